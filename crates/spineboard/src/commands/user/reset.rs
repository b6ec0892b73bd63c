//! `spineboard user reset`.

use store::users::reset_password;

use super::begin;
use super::password::NewPassword;
use crate::commands::{CommandError, Outcome};
use crate::config::{Config, VisitFlags};
use crate::database::{Database, open_installation};
use crate::output::Output;
use crate::runtime::block_on;

/// Options of `user reset`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  spineboard user reset jo@nf.example")]
pub struct Reset {
    /// Address that the user signs in with
    #[arg(value_name = "ADDRESS")]
    email: String,
    /// Read the password from standard input instead of making one
    #[arg(long)]
    password_stdin: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: VisitFlags,
}

pub(super) fn run(options: &Reset, output: &mut Output) -> Result<Outcome, CommandError> {
    let config = Config::load(&options.config)?;
    crate::logging::start(&config.log);
    let database = Database::visit(&config)?;
    let done = block_on(&config, reset(&database, options));
    database.stop()?;
    let password = done?;
    if options.json {
        output.json(&serde_json::json!({
            "email": options.email,
            "password": password.to_show(),
        }))?;
    } else {
        output.line(format!("{} has a new password; their sessions have ended.", options.email))?;
        password.print(output)?;
    }
    Ok(Outcome::Done)
}

async fn reset(database: &Database, options: &Reset) -> Result<NewPassword, CommandError> {
    let (store, _) = open_installation(database).await?;
    let email = options.email.to_lowercase();
    let users = store.users().await?;
    let Some(user) = users.iter().find(|user| user.email == email) else {
        return Err(CommandError::Refused(format!("there is no user `{email}`")));
    };
    let password = NewPassword::choose(options.password_stdin, store.sources())?;
    reset_password(begin(&store, user.home).await?, user.id, &password.hash).await?;
    store.close().await;
    Ok(password)
}
