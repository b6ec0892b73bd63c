//! `spineboard audit verify`: a bundle without the database, or the database in force the same way.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clinical::rulesets::bundled;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::SiteId;
use mdt::permission::act;
use serde::Serialize;
use store::Store;
use store::audit::Recomputer;
use store::ledger::verify::Trust;
use store::ledger::{LogPermit, Report, VerifierKey, verify};

use crate::commands::site::by_prefix;
use crate::commands::{CommandError, Outcome};
use crate::config::{Config, VisitFlags};
use crate::database::{Database, open_installation};
use crate::output::Output;
use crate::runtime::block_on;

/// Options of `audit verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Checked are: every line, document and event against its hash; every place in the log; every
checkpoint's root and signature, and that each is a beginning of the next; and every decision's
evaluation, which is made again from its facts and rules. A bundle is checked without the database
and without trusting who made it; with --key or --checkpoint from elsewhere also that it is the log
you know. The first record that does not hold is named.

Examples:
  spineboard audit verify northfield.jsonl
  spineboard audit verify northfield.jsonl --key 'mdt.example.org/NF+1a2b3c4d+AZ…' --json
  spineboard audit verify --data-dir /srv/mdt            the database in force, every site

Exit code: 0 it verifies, 1 it does not, 2 it could not be checked.")]
pub struct Verify {
    /// Bundle (a file, or - for standard input) [default: the database in force]
    #[arg(value_name = "BUNDLE")]
    bundle: Option<PathBuf>,
    /// Key of the log that you trust: its text, or a file with it
    #[arg(long, value_name = "KEY|FILE")]
    key: Option<String>,
    /// File with a checkpoint of the log that you trust
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Only this site of the database, by its prefix [default: all, and the installation's own log]
    #[arg(long, value_name = "PREFIX", conflicts_with = "bundle")]
    site: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: VisitFlags,
}

/// The report over one log of the database.
#[derive(Serialize)]
struct LogReport {
    site: String,
    #[serde(flatten)]
    report: Report,
}

pub(super) fn run(options: &Verify, output: &mut Output) -> Result<Outcome, CommandError> {
    let trust = trust(options)?;
    let rules = bundled_rules()?;
    match &options.bundle {
        Some(path) => of_bundle(path, &trust, &rules, options.json, output),
        None => of_database(options, &trust, &Arc::new(rules), output),
    }
}

/// A rule set is taken from the program and not from the bundle: so a bundle cannot bring rules of its
/// own making.
fn bundled_rules() -> Result<Recomputer, CommandError> {
    let bundle = bundled().map_err(CommandError::from_rules)?;
    Recomputer::with_rules_of(bundle.rule_sets()).map_err(CommandError::from_rules)
}

fn trust(options: &Verify) -> Result<Trust, CommandError> {
    let key = options.key.as_deref().map(read_key).transpose()?;
    let checkpoint = options.checkpoint.as_deref().map(read_text).transpose()?;
    Ok(Trust { key, checkpoint, live: false })
}

fn read_key(argument: &str) -> Result<VerifierKey, CommandError> {
    let path = Path::new(argument);
    let text = if path.is_file() { read_text(path)? } else { argument.to_owned() };
    let bad = |error| CommandError::Refused(format!("--key: this is no key of a log: {error}"));
    text.trim().parse().map_err(bad)
}

fn read_text(path: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(path).map_err(|source| CommandError::at("read", path, source))
}

fn of_bundle(
    path: &Path,
    trust: &Trust,
    rules: &Recomputer,
    json: bool,
    output: &mut Output,
) -> Result<Outcome, CommandError> {
    let failed = |source| CommandError::at("read", path, source);
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    let report = verify(BufReader::new(input), trust, rules).map_err(failed)?;
    if json {
        output.json(&report)?;
    } else {
        print(&report, output)?;
    }
    Ok(Outcome::from_answer(report.is_ok()))
}

fn of_database(
    options: &Verify,
    trust: &Trust,
    rules: &Arc<Recomputer>,
    output: &mut Output,
) -> Result<Outcome, CommandError> {
    let config = Config::load(&options.config)?;
    crate::logging::start(&config.log);
    let database = Database::visit(&config)?;
    let done = block_on(&config, async {
        let (store, _) = open_installation(&database).await?;
        let reports = verify_logs(&store, options.site.as_deref(), trust, rules).await?;
        store.close().await;
        Ok(reports)
    });
    database.stop()?;
    let reports = done?;
    if options.json {
        output.json(&reports)?;
    } else {
        for log in &reports {
            output.line(format!("Log of {}", log.site))?;
            print(&log.report, output)?;
        }
    }
    Ok(Outcome::from_answer(reports.iter().all(|log| log.report.is_ok())))
}

async fn verify_logs(
    store: &Store,
    site: Option<&str>,
    trust: &Trust,
    rules: &Arc<Recomputer>,
) -> Result<Vec<LogReport>, CommandError> {
    let operator = store.operator().await?;
    let sites = store.sites().await?;
    let mut logs: Vec<(SiteId, String)> = match site {
        Some(prefix) => vec![by_prefix(&sites, prefix)?],
        None => sites.iter().collect(),
    }
    .into_iter()
    .map(|site| (site.id, site.name.clone()))
    .collect();
    if site.is_none() {
        logs.push((operator.home, "the installation".to_owned()));
    }
    let mut reports = Vec::with_capacity(logs.len());
    for (id, site) in logs {
        let reading = store.read_site::<act::LedgerVerify>(&operator, id).await?;
        let permit = LogPermit::from(&reading);
        let rules = Arc::clone(rules);
        let report = store.verify_log(&permit, trust.clone(), rules).await;
        let report = report.map_err(|error| CommandError::from_rules(&error))?;
        let event = Event::new(EventKind::HistoryRead)
            .subject(SubjectKind::Site, id)
            .data("page", "audit-verify")
            .data("ok", report.is_ok());
        reading.record(event).await?;
        reports.push(LogReport { site, report });
    }
    Ok(reports)
}

fn print(report: &Report, output: &mut Output) -> std::io::Result<()> {
    output.line(&report.verdict)?;
    let rows: Vec<Vec<String>> = report
        .checks
        .iter()
        .filter(|check| check.checked > 0)
        .map(|check| {
            let state = if check.ok { "ok" } else { "FAILED" };
            let failed = if check.ok { String::new() } else { format!("{} failed", check.failed) };
            let label = check.label.to_owned();
            vec![format!("  {state}"), label, check.checked.to_string(), failed]
        })
        .collect();
    output.table(&rows)?;
    if let Some(first) = &report.first_bad {
        output.line(format!("  First: line {}, {}: {}", first.line, first.id, first.problem))?;
    }
    if let Some(checkpoint) = &report.checkpoint {
        output.line(format!(
            "  Checkpoint {}: {} entries, root {}; {} waiting",
            checkpoint.number, checkpoint.size, checkpoint.root, report.waiting
        ))?;
    }
    output.line("")
}
