//! `spineboard rules verify`.

use std::sync::Arc;

use clinical::dictionary::dictionary;
use rules::{ParseErrors, Report, RuleSet};
use serde::Serialize;

use super::files::{bundle, named};
use crate::commands::{CommandError, Outcome};
use crate::output::Output;

/// Options of `rules verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
For the whole input space, by enumeration and never by sampling: every input has a result, none has
two, every row can be reached, bands cover exactly the reachable totals, every worked example comes
out, and every band edge has an example.

Examples:
  spineboard rules verify                              all bundled rule sets
  spineboard rules verify sins-2010 tomita-2001@1
  spineboard rules verify my-rules/*.toml --json       files, which may build on each other

Exit code: 0 everything holds, 1 something does not, 2 a file cannot be read.")]
pub struct Verify {
    /// Rule sets by id, by id@version, or files [default: all bundled ones]
    #[arg(value_name = "ID|FILE")]
    rule_sets: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One rule set or file, as `--json` prints it.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Proven {
        holds: bool,
        #[serde(flatten)]
        report: Report,
    },
    Unreadable {
        holds: bool,
        file: String,
        errors: Vec<FileError>,
    },
}

#[derive(Serialize)]
struct FileError {
    line: usize,
    message: String,
}

impl Answer {
    fn holds(&self) -> bool {
        match self {
            Self::Proven { holds, .. } | Self::Unreadable { holds, .. } => *holds,
        }
    }
}

pub(super) fn run(options: &Verify, output: &mut Output) -> Result<Outcome, CommandError> {
    let (rule_sets, unreadable) = read(&options.rule_sets)?;
    let at_hand = [bundle()?.rule_sets(), &rule_sets].concat();
    let mut answers: Vec<Answer> = rule_sets
        .iter()
        .map(|rule_set| rules::verify(rule_set, &at_hand, dictionary()))
        .map(|report| Answer::Proven { holds: report.holds(), report })
        .collect();
    answers.extend(unreadable.iter().map(answer_of));
    if options.json {
        output.json(&answers)?;
    } else {
        for answer in &answers {
            if let Answer::Proven { report, .. } = answer {
                output.line(report.to_string())?;
            }
        }
        for errors in &unreadable {
            output.line(errors.to_string())?;
        }
    }
    Ok(Outcome::from_answer(answers.iter().all(Answer::holds)))
}

type Unreadable = Vec<ParseErrors>;

fn read(arguments: &[String]) -> Result<(Vec<Arc<RuleSet>>, Unreadable), CommandError> {
    if arguments.is_empty() {
        return Ok((bundle()?.rule_sets().to_vec(), Vec::new()));
    }
    let (mut rule_sets, mut unreadable) = (Vec::new(), Vec::new());
    for argument in arguments {
        match named(argument)?.0 {
            Ok(rule_set) => rule_sets.push(rule_set),
            Err(errors) => unreadable.push(errors),
        }
    }
    Ok((rule_sets, unreadable))
}

fn answer_of(errors: &ParseErrors) -> Answer {
    let found = errors.errors().iter();
    Answer::Unreadable {
        holds: false,
        file: errors.name().to_owned(),
        errors: found
            .map(|error| FileError { line: errors.line(error), message: error.message.clone() })
            .collect(),
    }
}
