//! `spineboard rules activate`.

use chrono::{DateTime, Utc};
use mdt::permission::act;
use store::rule_sets::{ProtocolRow, activate};
use store::{Begun, Store, Submission};

use crate::commands::{CommandError, Outcome};
use crate::config::{Config, VisitFlags};
use crate::database::{Database, open_installation};
use crate::output::Output;
use crate::runtime::block_on;

/// Options of `rules activate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  spineboard rules activate core-scores --site NF

A case keeps the protocol that it began with; the new one counts for cases that begin later.")]
pub struct Activate {
    /// Protocol by id (the newest version), or id@version
    #[arg(value_name = "PROTOCOL")]
    protocol: String,
    /// Prefix of the site; may be given more than once
    #[arg(long = "site", value_name = "PREFIX", required = true)]
    sites: Vec<String>,
    /// From when on (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME")]
    from: Option<DateTime<Utc>>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: VisitFlags,
}

pub(super) fn run(options: &Activate, output: &mut Output) -> Result<Outcome, CommandError> {
    let config = Config::load(&options.config)?;
    crate::logging::start(&config.log);
    let database = Database::visit(&config)?;
    let done = block_on(&config, async {
        let (store, _) = open_installation(&database).await?;
        let done = activate_at(&store, options).await?;
        store.close().await;
        Ok(done)
    });
    database.stop()?;
    let (protocol, from) = done?;
    if options.json {
        output.json(&serde_json::json!({
            "protocol": protocol.protocol,
            "version": protocol.version,
            "hash": protocol.hash,
            "sites": options.sites,
            "from": from,
        }))?;
    } else {
        let sites = options.sites.join(", ");
        let (name, version) = (protocol.protocol, protocol.version);
        output.line(format!("{name} · v{version} is in force at {sites} from {from}."))?;
    }
    Ok(Outcome::Done)
}

async fn activate_at(
    store: &Store,
    options: &Activate,
) -> Result<(ProtocolRow, DateTime<Utc>), CommandError> {
    let from = options.from.unwrap_or_else(|| store.sources().now());
    let protocol = wanted(store.protocol_versions().await?, &options.protocol)?;
    let sites = store.sites().await?;
    let operator = store.operator().await?;
    // All prefixes are looked up before anything is done.
    let chosen: Vec<_> = options
        .sites
        .iter()
        .map(|prefix| crate::commands::site::by_prefix(&sites, prefix))
        .collect::<Result<_, _>>()?;
    for site in chosen {
        let once = Submission::single(store.sources());
        let begun =
            store.command_at_site::<act::ProtocolActivate>(&operator, site.id, once).await?;
        if let Begun::Fresh(command) = begun {
            activate(command, protocol.id, from).await?;
        }
    }
    Ok((protocol, from))
}

fn wanted(all: Vec<ProtocolRow>, argument: &str) -> Result<ProtocolRow, CommandError> {
    let (id, version) = match argument.split_once('@') {
        Some((id, version)) => (id, Some(version)),
        None => (argument, None),
    };
    let fits = |row: &ProtocolRow| {
        row.protocol == id && version.is_none_or(|version| row.version.to_string() == version)
    };
    let found = all.into_iter().filter(fits).max_by_key(|row| row.version);
    found.ok_or_else(|| CommandError::Refused(format!("there is no protocol `{argument}`")))
}
