//! What is in the database, as far as `doctor` looks: schema, installation, rules, ledger.

use chrono::TimeDelta;
use store::Store;
use store::ledger::{LedgerKey, Sweep};
use store::sites::Installation;

use super::{Check, State};
use crate::commands::CommandError;
use crate::config::Config;
use crate::database::{Database, open_installation};
use crate::runtime::block_on;

/// Events without a seal for longer than this are an alarm.
const TOO_LONG: TimeDelta = TimeDelta::seconds(60);

/// The checks of the database; the private server is started for them if it does not run.
pub(super) fn all(config: &Config) -> Vec<Check> {
    const SUBJECT: &str = "database";
    match look(config) {
        Ok(checks) => checks,
        Err(CommandError::NoDatabase { .. }) => {
            vec![Check::new(SUBJECT, State::Note, "there is none yet; `serve` makes it")]
        }
        Err(error) => vec![Check::new(SUBJECT, State::Failed, error.to_string())],
    }
}

fn look(config: &Config) -> Result<Vec<Check>, CommandError> {
    let database = Database::visit(config)?;
    let looked = block_on(config, async {
        let (store, installation) = open_installation(&database).await?;
        let mut checks = vec![of_installation(&installation)];
        checks.push(ledger_key(config, &installation));
        checks.push(waiting(&store).await?);
        checks.push(protocols(&store).await?);
        store.close().await;
        Ok(checks)
    });
    database.stop()?;
    looked
}

fn of_installation(installation: &Installation) -> Check {
    let version = store::migrate::expected_version();
    let finding = format!(
        "{} installation `{}`, schema {version}",
        installation.kind.code(),
        installation.name
    );
    Check::new("database", State::Ok, finding)
}

fn ledger_key(config: &Config, installation: &Installation) -> Check {
    const SUBJECT: &str = "key of the audit log";
    let path = &config.ledger.key_file.value;
    if !path.exists() {
        let finding = format!(
            "{} is not there; `serve` makes a new one only if nothing was ever \
                               sealed",
            path.display()
        );
        return Check::new(SUBJECT, State::Note, finding);
    }
    match LedgerKey::load(path) {
        Ok(key) if key.installation() == installation.name => {
            Check::new(SUBJECT, State::Ok, format!("{}; keep a copy of it", path.display()))
        }
        Ok(key) => Check::new(
            SUBJECT,
            State::Failed,
            format!("{} is that of another installation, {}", path.display(), key.installation()),
        ),
        Err(error) => Check::new(SUBJECT, State::Failed, error.to_string()),
    }
}

async fn waiting(store: &Store) -> Result<Check, CommandError> {
    const SUBJECT: &str = "audit log";
    let waiting = store.waiting(Sweep::Whole).await?;
    let late = waiting.oldest.is_some_and(|oldest| store.sources().now() - oldest > TOO_LONG);
    let state = if late { State::Note } else { State::Ok };
    let finding = match (waiting.events, late) {
        (0, _) => "every event has its seal".to_owned(),
        (events, true) => format!("{events} events wait for their seal; is `serve` running?"),
        (events, false) => format!("{events} events wait for their seal"),
    };
    Ok(Check::new(SUBJECT, state, finding))
}

async fn protocols(store: &Store) -> Result<Check, CommandError> {
    const SUBJECT: &str = "protocols";
    let now = store.sources().now();
    let activations = store.activations().await?;
    let sites = store.sites().await?;
    let without: Vec<&str> = sites
        .iter()
        .filter(|site| {
            let mut here = activations.iter().filter(|one| one.site == site.id);
            !here.any(|one| one.active_from <= now)
        })
        .map(|site| site.prefix.as_str())
        .collect();
    Ok(match (sites.as_slice(), without.as_slice()) {
        ([], _) => Check::new(SUBJECT, State::Note, "there is no site yet; see `site add`"),
        (_, []) => Check::new(SUBJECT, State::Ok, "every site has a protocol in force"),
        (_, without) => Check::new(
            SUBJECT,
            State::Note,
            format!("none in force at {}; see `rules activate`", without.join(", ")),
        ),
    })
}
