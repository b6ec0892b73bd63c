//! `spineboard user add|reset|list`: users, from the command line, as the operator.

mod add;
mod list;
mod password;
mod reset;

use clap::Subcommand;
use mdt::ids::SiteId;
use mdt::permission::act;
use store::{Begun, Command, Store, Submission};

use super::{CommandError, Outcome};
use crate::output::Output;

/// Users.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add a user with a first password and roles
    Add(add::Add),
    /// Give a user a new password and end their sessions
    Reset(reset::Reset),
    /// List the users with their roles
    List(list::List),
}

pub(super) fn run(options: User, output: &mut Output) -> Result<Outcome, CommandError> {
    match options {
        User::Add(options) => add::run(&options, output),
        User::Reset(options) => reset::run(&options, output),
        User::List(options) => list::run(&options, output),
    }
}

/// The operator, about to change the users of a site.
async fn begin(
    store: &Store,
    site: SiteId,
) -> Result<Command<act::UserManage, SiteId>, CommandError> {
    let operator = store.operator().await?;
    let once = Submission::single(store.sources());
    match store.command_at_site(&operator, site, once).await? {
        Begun::Fresh(command) => Ok(command),
        Begun::Repeated(location) => {
            Err(CommandError::Refused(format!("this was done already: {location}")))
        }
    }
}
