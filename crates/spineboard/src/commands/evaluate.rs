//! `spineboard evaluate`: facts in, evaluations out; no database, no clock.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clinical::dictionary::dictionary;
use clinical::evaluate_input;
use clinical::protocol::{DEFAULT, compile_bundled};
use rules::result::Grade;
use rules::{Compiled, Evaluation, RuleResult, Value};

use super::rules::files::{RuleFiles, is_file_name, read_text};
use super::{CommandError, Outcome};
use crate::output::Output;

/// Options of `evaluate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Input: {\"case\": {code: value, …}, \"lesions\": [{\"level\": \"T10\", code: value, …}, …]}, or a list of
such cases. An absent fact is not assessed; {\"not_assessed\": \"pending\"} says why. \"assessed_at\" beside
\"case\" gives the time of the assessment; without it, intervals up to now stay unknown.

Examples:
  spineboard evaluate facts.json
  spineboard evaluate facts.json --json | jq '.results[] | {rule_set, total, bands}'
  cat cases.json | spineboard evaluate - --json
  spineboard evaluate facts.json --protocol my-protocol.toml --rules my-rules/

Exit code: 0, or 2 when the input, a rule file or the protocol cannot be read.")]
pub struct Evaluate {
    /// File with the facts (JSON), or - for standard input
    #[arg(value_name = "FACTS.json")]
    facts: PathBuf,
    /// Bundled protocol by name, or a protocol file
    #[arg(long, value_name = "NAME|FILE", default_value = DEFAULT)]
    protocol: String,
    /// Directory of further rule-set files (*.toml) for a protocol file
    #[arg(long, value_name = "DIR")]
    rules: Vec<PathBuf>,
    /// Print JSON: one evaluation for one case, a list for a list
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Evaluate, output: &mut Output) -> Result<Outcome, CommandError> {
    let compiled = protocol(options)?;
    let json = read_input(&options.facts)?;
    let input = evaluate_input::parse(&json).map_err(|error| CommandError::input(&error))?;
    let mut evaluations = Vec::with_capacity(input.cases.len());
    for (number, facts) in (1..).zip(&input.cases) {
        let evaluation = rules::evaluate(&compiled, facts).map_err(|error| {
            let place = if input.is_list { format!("case {number}: ") } else { String::new() };
            CommandError::Refused(format!("{place}{error}"))
        })?;
        evaluations.push(evaluation);
    }
    if options.json {
        output.bytes(&canonical(&evaluations, input.is_list)?)?;
    } else {
        print(&evaluations, output)?;
    }
    Ok(Outcome::Done)
}

fn protocol(options: &Evaluate) -> Result<Arc<Compiled>, CommandError> {
    if !is_file_name(&options.protocol) {
        return compile_bundled(&options.protocol).map_err(CommandError::from_rules);
    }
    let files = RuleFiles::bundled_and(&options.rules)?;
    let path = Path::new(&options.protocol);
    let text = read_text(path)?;
    let protocol = rules::parse_protocol(&options.protocol, &text)
        .map_err(|errors| CommandError::Refused(errors.to_string()))?;
    let compiled = Compiled::new(&protocol, files.all(), dictionary());
    compiled.map(Arc::new).map_err(CommandError::from_rules)
}

fn read_input(path: &Path) -> Result<Vec<u8>, CommandError> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|source| CommandError::at("read", Path::new("standard input"), source))?;
        return Ok(bytes);
    }
    std::fs::read(path).map_err(|source| CommandError::at("read", path, source))
}

/// The canonical bytes of the evaluations, so that a hash over them can be compared; one line.
fn canonical(evaluations: &[Evaluation], is_list: bool) -> Result<Vec<u8>, CommandError> {
    let documents: Vec<Vec<u8>> = evaluations
        .iter()
        .map(Evaluation::to_bytes)
        .collect::<Result<_, _>>()
        .map_err(CommandError::from_rules)?;
    let mut bytes = documents.join(&b","[..]);
    if is_list {
        bytes.insert(0, b'[');
        bytes.push(b']');
    }
    bytes.push(b'\n');
    Ok(bytes)
}

fn print(evaluations: &[Evaluation], output: &mut Output) -> std::io::Result<()> {
    for (number, evaluation) in (1..).zip(evaluations) {
        if evaluations.len() > 1 {
            output.line(format!("Case {number}"))?;
        }
        let protocol = evaluation.compiled().protocol();
        output.line(format!("{} · v{}", protocol.title, protocol.version))?;
        let rows: Vec<Vec<String>> = evaluation.results().map(|result| row(&result)).collect();
        output.table(&rows)?;
        output.line("")?;
    }
    output.line(
        "Decision support: published rules applied to the facts given; clinicians decide and sign.",
    )
}

/// Rule set, level, what came out, what is missing.
fn row(result: &RuleResult<'_>) -> Vec<String> {
    let missing = result.missing();
    let missing = match missing.as_slice() {
        [] => String::new(),
        codes => format!("missing: {}", codes.join(", ")),
    };
    vec![
        result.rule_set().short_title.clone(),
        result.level().unwrap_or_default().to_owned(),
        outcome(result),
        missing,
    ]
}

fn outcome(result: &RuleResult<'_>) -> String {
    if let Some(total) = result.total() {
        let points = match total.exact() {
            Some(exact) => exact.to_string(),
            None => format!("{} to {}", total.min, total.max),
        };
        let bands: Vec<&str> = result.bands().iter().map(|band| band.title.as_str()).collect();
        return format!("{points} ({})", bands.join(" or "));
    }
    match result.grade() {
        Some(Grade::NotApplicable) => "does not apply".to_owned(),
        Some(Grade::Values(values)) => {
            let number = |value: &Value<'_>| match value {
                Value::Number(number) => Some(*number),
                _ => None,
            };
            let numbers: Option<Vec<i64>> = values.iter().map(number).collect();
            match numbers.as_deref() {
                Some([least, .., greatest]) if is_run(*least, *greatest, values.len()) => {
                    format!("{least} to {greatest}")
                }
                _ => values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
            }
        }
        None => "unknown".to_owned(),
    }
}

/// Whether so many different numbers fill everything between two, and there are enough to say it so.
fn is_run(least: i64, greatest: i64, count: usize) -> bool {
    count > 2 && usize::try_from(greatest.saturating_sub(least)).is_ok_and(|span| span + 1 == count)
}
