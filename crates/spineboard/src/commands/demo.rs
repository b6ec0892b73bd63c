//! `spineboard demo`: a network of invented hospitals and patients, to look around in.

mod as_of;

use chrono::{DateTime, Utc};
use mdt::chance::Sources;
use mdt::clock::{Clock as _, SystemClock};
use secrecy::SecretString;
use store::demo::{DemoState, INSTALLATION, Order, sign_ins, state_of};

use super::serve::{Testing, answer, check_address, say_where};
use super::{CommandError, Outcome, migrate};
use crate::config::{Config, ConfigFlags};
use crate::database::{Database, open_installation};
use crate::ledger_key;
use crate::output::Output;
use crate::runtime::block_on;

/// The password of everybody in a demonstration; it is printed, so it is no secret.
const PASSWORD: &str = "demonstration";

/// Options of `demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  spineboard demo
  spineboard demo --listen 127.0.0.1:0 --data-dir /tmp/demo
  spineboard demo --seed 7 --as-of 2026-06-15T08:25

Prints `ready http://…` when it answers, then the sign-ins. The same seed and time give the same
patients, ids and audit log. A demonstration stays one: its database never takes real patients, and
a database with real patients never takes a demonstration. To begin anew, remove its data directory.")]
pub struct Demo {
    /// Whatever is left to chance follows from this number
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    /// The day and time at which the demonstration stands, in London
    /// [default: this week's Monday, 08:25]
    #[arg(long, value_name = "TIME", value_parser = as_of::parse)]
    as_of: Option<DateTime<Utc>>,
    #[command(flatten)]
    config: ConfigFlags,
    #[command(flatten)]
    testing: Testing,
}

pub(super) fn run(options: &Demo, output: &mut Output) -> Result<Outcome, CommandError> {
    let config = Config::load(&options.config)?;
    crate::logging::start(&config.log);
    check_address(&config)?;
    say_where(&config, output);
    let start = || Database::start(&config, options.testing.durability());
    let mut database = start()?;
    let mut state = block_on(&config, examine(&database))?;
    if state == DemoState::Interrupted && database.is_private() {
        output.message("An earlier start was interrupted; making the demonstration anew.");
        database.discard()?;
        database = start()?;
        state = block_on(&config, examine(&database))?;
    }
    let served = block_on(&config, async {
        match state {
            DemoState::Empty => seed(&config, &database, options, output).await?,
            DemoState::Ready => {
                migrate::ensure_set_up(&database).await?;
            }
            DemoState::Interrupted => return Err(CommandError::Refused(INTERRUPTED.to_owned())),
            DemoState::Production => return Err(CommandError::Refused(PRODUCTION.to_owned())),
        }
        let (store, installation) = open_installation(&database).await?;
        answer(&config, store, installation, output, list_sign_ins).await
    });
    let stopped = database.stop();
    served?;
    stopped?;
    Ok(Outcome::Done)
}

const INTERRUPTED: &str = "the database holds a demonstration whose making was interrupted; drop and \
                           create it anew";
const PRODUCTION: &str = "the database is for real patients and never takes a demonstration; choose \
                          another one with --data-dir or DATABASE_URL";

/// Brings the schema up to date, which makes no installation, and looks what is there.
async fn examine(database: &Database) -> Result<DemoState, CommandError> {
    database.migrate().await?;
    let store = database.store(Sources::system()?)?;
    let state = state_of(&store).await?;
    store.close().await;
    Ok(state)
}

async fn seed(
    config: &Config,
    database: &Database,
    options: &Demo,
    output: &mut Output,
) -> Result<(), CommandError> {
    let now = SystemClock.now();
    let hashed = store::password::hash(&SecretString::from(PASSWORD));
    let password_hash = hashed.map_err(|error| CommandError::Refused(error.to_string()))?;
    let as_of = options.as_of.unwrap_or_else(|| as_of::this_monday(now));
    let file = &config.ledger.key_file.value;
    let key = ledger_key::read_or_make(file, INSTALLATION, &Sources::system()?)?;
    let order =
        Order { seed: options.seed, as_of, set_at: now, password_hash: &password_hash, key: &key };
    output.message("Making the demonstration:");
    let seeded = database.seed(&order, &mut |step| output.message(format!("  {step}"))).await?;
    output.message(format!(
        "  {} sites, {} patients, {} meetings, {} signatures",
        seeded.sites.len(),
        seeded.patients,
        seeded.meetings,
        seeded.decisions
    ));
    Ok(())
}

fn list_sign_ins(output: &mut Output) -> std::io::Result<()> {
    output.line("Synthetic patients only. Sign in as:")?;
    let rows: Vec<Vec<String>> = sign_ins()
        .into_iter()
        .map(|person| vec![format!("  {}", person.email), person.name, person.roles.join("; ")])
        .collect();
    output.table(&rows)?;
    output.line(format!("Password of everybody: {PASSWORD}"))
}
