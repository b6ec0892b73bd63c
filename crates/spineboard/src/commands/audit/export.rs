//! `spineboard audit export`.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use mdt::case_number::CaseNumber;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::permission::act;
use store::ledger::bundle::Summary;
use store::ledger::{ExportOptions, Extent, LedgerKey, LogPermit, Sweep};
use store::sites::Installation;
use store::{Begun, Store, StoreError, Submission};

use crate::commands::site::by_prefix;
use crate::commands::{CommandError, Outcome};
use crate::config::{Config, VisitFlags};
use crate::database::{Database, open_installation};
use crate::ledger_key;
use crate::output::Output;
use crate::runtime::block_on;

/// Options of `audit export`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A bundle is one file of JSON lines: rule sets, protocols, assessments, evaluations, decisions, events,
proofs and checkpoints. `spineboard audit verify` checks it anywhere. What may have to be erased one
day (names, free text) is left out unless --disclose is given. The export is itself an event.

Examples:
  spineboard audit export --site NF --out northfield.jsonl
  spineboard audit export --case NF-2026-0148 --out case.jsonl --disclose")]
pub struct Export {
    /// The whole log of the site with this prefix
    #[arg(long, value_name = "PREFIX", required_unless_present = "case", conflicts_with = "case")]
    site: Option<String>,
    /// What the log holds of one case, by its number
    #[arg(long, value_name = "NUMBER")]
    case: Option<CaseNumber>,
    /// File to write; it must not exist yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Disclose names, free text and addresses
    #[arg(long)]
    disclose: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: VisitFlags,
}

pub(super) fn run(options: &Export, output: &mut Output) -> Result<Outcome, CommandError> {
    let config = Config::load(&options.config)?;
    crate::logging::start(&config.log);
    let database = Database::visit(&config)?;
    let done = block_on(&config, async {
        let (store, installation) = open_installation(&database).await?;
        let summary = export(&store, &installation, &config, options).await?;
        store.close().await;
        Ok(summary)
    });
    database.stop()?;
    let summary = done?;
    let file = options.out.display();
    if options.json {
        output.json(&serde_json::json!({
            "file": file.to_string(),
            "lines": summary.lines,
            "sha256": summary.hash,
        }))?;
    } else {
        output.line(format!("{file}: {} lines, SHA-256 {}", summary.lines, summary.hash))?;
    }
    Ok(Outcome::Done)
}

async fn export(
    store: &Store,
    installation: &Installation,
    config: &Config,
    options: &Export,
) -> Result<Summary, CommandError> {
    let key = ledger_key::open(&config.ledger.key_file.value, store, installation).await?;
    // What still waits for its place would be left out of a file.
    store.seal_all(&key, Sweep::Whole).await?;
    let file = create(&options.out)?;
    let written = match &options.case {
        Some(number) => of_case(store, number, &key, options, &file).await,
        None => of_site(store, &key, options, &file).await,
    };
    if written.is_err() {
        remove(&options.out);
    }
    let synced = file.sync_all().map_err(|source| CommandError::at("write", &options.out, source));
    written.and_then(|summary| synced.map(|()| summary))
}

async fn of_site(
    store: &Store,
    key: &LedgerKey,
    options: &Export,
    file: &File,
) -> Result<Summary, CommandError> {
    let sites = store.sites().await?;
    let site = by_prefix(&sites, options.site.as_deref().unwrap_or_default())?.id;
    let operator = store.operator().await?;
    let once = Submission::single(store.sources());
    let begun = store.command_at_site::<act::BundleExport>(&operator, site, once).await?;
    let Begun::Fresh(command) = begun else { return Err(repeated()) };
    let permit = LogPermit::from(&command);
    let summary = write(store, &permit, Extent::Site, key, options, file).await?;
    let event = event(&summary, options).subject(SubjectKind::Site, site);
    command.commit(event, "/audit/log").await?;
    Ok(summary)
}

async fn of_case(
    store: &Store,
    number: &CaseNumber,
    key: &LedgerKey,
    options: &Export,
    file: &File,
) -> Result<Summary, CommandError> {
    let operator = store.operator().await?;
    let once = Submission::single(store.sources());
    let begun = store.command_on_case::<act::BundleExport>(&operator, number, once).await;
    let begun = begun.map_err(|error| match error {
        StoreError::NotFound => CommandError::Refused(format!("there is no case `{number}`")),
        other => other.into(),
    })?;
    let Begun::Fresh(command) = begun else { return Err(repeated()) };
    let permit = LogPermit::from(&command);
    let case = command.subject.id;
    let summary = write(store, &permit, Extent::Case(case), key, options, file).await?;
    let event = event(&summary, options).subject(SubjectKind::Case, case);
    command.commit(event, "/audit/log").await?;
    Ok(summary)
}

async fn write(
    store: &Store,
    permit: &LogPermit,
    extent: Extent,
    key: &LedgerKey,
    options: &Export,
    file: &File,
) -> Result<Summary, CommandError> {
    let how =
        ExportOptions { disclose: options.disclose, signer: Some(key), ..ExportOptions::default() };
    let mut out = BufWriter::new(file);
    let summary = store
        .export_bundle(permit, extent, &how, &mut out)
        .await
        .map_err(|error| CommandError::from_rules(&error))?;
    out.flush().map_err(|source| CommandError::at("write", &options.out, source))?;
    Ok(summary)
}

fn event(summary: &Summary, options: &Export) -> Event {
    Event::new(EventKind::BundleExported)
        .data("format", "jsonl")
        .data("rows", i64::try_from(summary.lines).unwrap_or(i64::MAX))
        .data("hash", summary.hash)
        .data("disclosed", options.disclose)
}

/// A new file that only its owner may read: it may hold names.
fn create(path: &Path) -> Result<File, CommandError> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    file.map_err(|source| CommandError::at("create", path, source))
}

/// Half a bundle is of no use to anybody.
fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(file = %path.display(), error = %error, "an unfinished bundle is left behind");
    }
}

fn repeated() -> CommandError {
    CommandError::Refused("this was exported already".to_owned())
}
