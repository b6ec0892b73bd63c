//! `spineboard migrate`: the schema, the roles, the bundled rules, and the row that says what the
//! database is.

use mdt::chance::Sources;
use serde::Serialize;
use store::ledger::check_installation_name;
use store::sites::{Installation, InstallationKind};

use super::{CommandError, Outcome};
use crate::config::{Config, VisitFlags};
use crate::database::Database;
use crate::output::Output;
use crate::runtime::block_on;

/// Options of `migrate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  spineboard migrate                                      the private PostgreSQL in ./data
  DATABASE_URL=postgres://… spineboard migrate            a server of your own
  spineboard migrate --name mdt.example.org               the first time, with a name for its logs

A database is for real or for demonstration patients from its first migration on, for good; this
command makes one for real patients. It is safe to run again, and while others run it.")]
pub struct Migrate {
    /// Name of a new installation, the first part of its audit logs' names [default: a random one]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: VisitFlags,
}

/// What `migrate --json` prints.
#[derive(Debug, Serialize)]
struct Report {
    applied: Vec<i64>,
    version: i64,
    installation: String,
    kind: &'static str,
    created: bool,
    rule_sets: Vec<String>,
    protocols: Vec<String>,
}

pub(super) fn run(options: &Migrate, output: &mut Output) -> Result<Outcome, CommandError> {
    let config = Config::load(&options.config)?;
    crate::logging::start(&config.log);
    if let Some(name) = &options.name {
        check_installation_name(name).map_err(|error| CommandError::Refused(error.to_string()))?;
    }
    let database = Database::visit_or_create(&config)?;
    let done = block_on(&config, set_up(&database, options.name.as_deref()));
    database.stop()?;
    let (report, _) = done?;
    if options.json {
        output.json(&report)?;
    } else {
        print(&report, output)?;
    }
    Ok(Outcome::Done)
}

fn print(report: &Report, output: &mut Output) -> std::io::Result<()> {
    if report.created {
        let (kind, name) = (report.kind, &report.installation);
        output.line(format!("Created the {kind} installation `{name}`."))?;
    }
    if report.applied.is_empty() {
        output.line(format!("The schema is up to date (version {}).", report.version))?;
    } else {
        let versions: Vec<String> = report.applied.iter().map(ToString::to_string).collect();
        output.line(format!("Applied to the schema: {}.", versions.join(", ")))?;
    }
    let new = [report.rule_sets.as_slice(), &report.protocols].concat();
    if !new.is_empty() {
        output.line(format!("Loaded: {}.", new.join(", ")))?;
    }
    Ok(())
}

/// Brings the schema up to date and, the first time, makes the database an installation for real
/// patients; one program at a time, so that a second one finds it made.
async fn set_up(
    database: &Database,
    name: Option<&str>,
) -> Result<(Report, Installation), CommandError> {
    let alone = database.alone().await?;
    let migrated = database.migrate().await?;
    let store = database.store(Sources::system()?)?;
    let (installation, created) = match (store.installation().await?, name) {
        (Some(existing), Some(name)) if existing.name != name => {
            let message = format!("this database is the installation `{}` already", existing.name);
            return Err(CommandError::Refused(message));
        }
        (Some(existing), _) => (existing, false),
        (None, name) => {
            let name = name.map_or_else(|| random_name(store.sources()), ToOwned::to_owned);
            let kind = InstallationKind::Production;
            (store.create_installation(kind, &name, None).await?, true)
        }
    };
    store.record_migrations().await?;
    let loaded = store.load_bundled().await?;
    store.close().await;
    alone.release().await?;
    let report = Report {
        applied: migrated.applied,
        version: migrated.version,
        installation: installation.name.clone(),
        kind: installation.kind.code(),
        created,
        rule_sets: loaded.rule_sets,
        protocols: loaded.protocols,
    };
    Ok((report, installation))
}

/// For `serve` with a private server: what `migrate` does, without its report.
pub(super) async fn ensure_set_up(database: &Database) -> Result<Installation, CommandError> {
    set_up(database, None).await.map(|(_, installation)| installation)
}

/// A name that no other installation has.
fn random_name(sources: &Sources) -> String {
    format!("spineboard-{}", hex::encode(sources.bytes::<4>()))
}
