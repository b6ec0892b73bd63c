//! `spineboard doctor`: what is in force, from where, and whether it works.

mod checks;
mod health;

use serde::Serialize;

use super::{CommandError, Outcome};
use crate::config::{Config, ConfigFlags, InForce, settings};
use crate::output::Output;
use checks::Check;

/// Options of `doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  spineboard doctor                   the settings in force, and a check of each part
  spineboard doctor --list-settings   every setting with its option, variable, file key and default
  spineboard doctor --health          whether the server on this machine answers (for containers)

Exit code: 0 all is well, 1 something does not work, 2 the configuration cannot be read.")]
pub struct Doctor {
    #[command(flatten)]
    config: ConfigFlags,
    /// Print every setting with its names and default, as a Markdown table
    #[arg(long, conflicts_with = "health")]
    list_settings: bool,
    /// Only ask the running server's /healthz
    #[arg(long)]
    health: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What `doctor --json` prints.
#[derive(Debug, Serialize)]
struct Report {
    version: &'static str,
    config_file: Option<String>,
    settings: Vec<InForce>,
    checks: Vec<Check>,
}

pub(super) fn run(options: &Doctor, output: &mut Output) -> Result<Outcome, CommandError> {
    if options.list_settings {
        list_settings(options.json, output)?;
        return Ok(Outcome::Done);
    }
    let config = Config::load(&options.config)?;
    if options.health {
        return health(&config, output, options.json);
    }
    crate::logging::start(&config.log);
    let checks = checks::all(&config);
    let healthy = checks.iter().all(Check::is_well);
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        config_file: config.file.as_ref().map(|path| path.display().to_string()),
        settings: config.in_force(),
        checks,
    };
    if options.json {
        output.json(&report)?;
    } else {
        print(&report, output)?;
    }
    Ok(Outcome::from_answer(healthy))
}

fn health(config: &Config, output: &mut Output, json: bool) -> Result<Outcome, CommandError> {
    let address = config.server.listen.value;
    let answer = health::ask(address);
    if json {
        let problem = answer.as_ref().err().map(ToString::to_string);
        output.json(&serde_json::json!({ "healthy": answer.is_ok(), "problem": problem }))?;
    } else {
        match &answer {
            Ok(()) => output.line("healthy")?,
            Err(error) => output.message(format!("{address} is not healthy: {error}")),
        }
    }
    Ok(Outcome::from_answer(answer.is_ok()))
}

fn print(report: &Report, output: &mut Output) -> std::io::Result<()> {
    output.line(format!("Spineboard {}", report.version))?;
    let file = report.config_file.as_deref().unwrap_or("none");
    output.line(format!("Configuration file: {file}\n"))?;
    let mut rows = vec![row(["setting", "value", "from"])];
    rows.extend(
        report.settings.iter().map(|setting| row([setting.key, &setting.value, &setting.origin])),
    );
    output.table(&rows)?;
    output.line("")?;
    let rows: Vec<Vec<String>> = report
        .checks
        .iter()
        .map(|check| row([check.state.word(), check.subject, &check.finding]))
        .collect();
    output.table(&rows)
}

/// The table of the README, from the descriptions.
fn list_settings(json: bool, output: &mut Output) -> std::io::Result<()> {
    let listed = settings();
    if json {
        let rows: Vec<serde_json::Value> = listed
            .iter()
            .map(|setting| {
                serde_json::json!({
                    "key": setting.key,
                    "option": format!("--{}", setting.flag),
                    "variable": setting.variable,
                    "default": setting.default,
                    "meaning": setting.meaning,
                    "secret": setting.secret,
                })
            })
            .collect();
        return output.json(&rows);
    }
    output.line("| option | environment | file | default | meaning |")?;
    output.line("|---|---|---|---|---|")?;
    for setting in listed {
        let value = setting.value_name.replace('|', "\\|");
        output.line(format!(
            "| `--{} {value}` | `{}` | `{}` | {} | {} |",
            setting.flag, setting.variable, setting.key, setting.default, setting.meaning
        ))?;
    }
    Ok(())
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}
