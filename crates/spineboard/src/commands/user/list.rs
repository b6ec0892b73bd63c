//! `spineboard user list`.

use mdt::actor::Membership;
use serde::Serialize;
use store::sites::Site;
use store::users::UserRow;

use crate::commands::{CommandError, Outcome};
use crate::config::{Config, VisitFlags};
use crate::database::{Database, open_installation};
use crate::output::Output;
use crate::runtime::block_on;

/// Options of `user list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: VisitFlags,
}

/// A user as it is printed.
#[derive(Debug, Serialize)]
struct Listed {
    email: String,
    name: String,
    active: bool,
    roles: Vec<String>,
}

pub(super) fn run(options: &List, output: &mut Output) -> Result<Outcome, CommandError> {
    let config = Config::load(&options.config)?;
    crate::logging::start(&config.log);
    let database = Database::visit(&config)?;
    let read = block_on(&config, async {
        let (store, _) = open_installation(&database).await?;
        let read = (store.users().await?, store.sites().await?);
        store.close().await;
        Ok(read)
    });
    database.stop()?;
    let (users, sites) = read?;
    let users: Vec<Listed> = users.into_iter().map(|user| listed(user, &sites)).collect();
    if options.json {
        output.json(&users)?;
    } else {
        output.table(&users.into_iter().map(row).collect::<Vec<_>>())?;
    }
    Ok(Outcome::Done)
}

fn listed(user: UserRow, sites: &[Site]) -> Listed {
    Listed {
        email: user.email,
        name: user.display_name,
        active: user.active,
        roles: user.memberships.iter().map(|membership| role(membership, sites)).collect(),
    }
}

/// `NF:chair`, `NF:clinician (spinal-surgery)`.
fn role(membership: &Membership, sites: &[Site]) -> String {
    let site = sites.iter().find(|site| site.id == membership.site);
    let prefix = site.map_or_else(|| membership.site.to_string(), |site| site.prefix.clone());
    match membership.specialty {
        Some(specialty) => format!("{prefix}:{} ({specialty})", membership.role),
        None => format!("{prefix}:{}", membership.role),
    }
}

fn row(user: Listed) -> Vec<String> {
    let state = if user.active { "active" } else { "inactive" };
    vec![user.email, user.name, state.to_owned(), user.roles.join(", ")]
}
