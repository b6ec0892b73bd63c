//! Worked examples: they come out as written, and there is one at every band edge.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Check, Problem, bands, problem};
use crate::compile::{Compiled, Kind, LEVEL};
use crate::evaluate::evaluate;
use crate::result::{Grade, RuleResult};
use crate::ruleset::{Example, Expected, Given, RuleSet};
use crate::types::Dictionary;
use crate::value::{Fact, FactValue, Facts, LesionFacts};

pub(super) fn check(
    rule_set: &RuleSet,
    compiled: &Arc<Compiled>,
    dictionary: &dyn Dictionary,
    problems: &mut Vec<Problem>,
) {
    for example in &rule_set.examples {
        if let Err(message) = run(rule_set, compiled, dictionary, example) {
            problems.push(problem(rule_set, Check::Examples, &example.id, message));
        }
    }
    if rule_set.examples.is_empty() {
        problems.push(problem(rule_set, Check::Edges, "", "there is no worked example"));
    }
    edges(rule_set, compiled, problems);
}

/// Every edge of every band has an example with exactly that total.
fn edges(rule_set: &RuleSet, compiled: &Compiled, problems: &mut Vec<Problem>) {
    let (Some(score), Some(Kind::Score(ready))) =
        (rule_set.score(), compiled.steps.last().map(|step| &step.kind))
    else {
        return;
    };
    let totals = bands::totals(compiled, ready);
    for band in &score.bands {
        let Some((least, most)) = bands::edges(band, &totals) else { continue };
        for edge in if least == most { vec![least] } else { vec![least, most] } {
            let shown = rule_set.examples.iter().any(|example| {
                matches!(&example.expect, Expected::Totals { totals, .. } if *totals == [edge])
            });
            if !shown {
                let message = format!("no example with a total of {edge}");
                problems.push(problem(rule_set, Check::Edges, &band.id, message));
            }
        }
    }
}

/// Runs one example. What does not come out as written is the error.
fn run(
    rule_set: &RuleSet,
    compiled: &Arc<Compiled>,
    dictionary: &dyn Dictionary,
    example: &Example,
) -> Result<(), String> {
    let facts = facts(example, dictionary)?;
    let evaluation = evaluate(compiled, &facts).map_err(|error| error.to_string())?;
    let level = match &example.expect {
        Expected::Totals { level, .. }
        | Expected::Values { level, .. }
        | Expected::NotApplicable { level } => level.as_deref(),
    };
    let result = evaluation
        .result(&rule_set.id, level)
        .ok_or_else(|| "there is no result for that lesion".to_owned())?;
    compare(&result, &example.expect)
}

fn compare(result: &RuleResult<'_>, expected: &Expected) -> Result<(), String> {
    match expected {
        Expected::NotApplicable { .. } => {
            if result.is_not_applicable() {
                Ok(())
            } else {
                Err("applies, but was written as not applicable".to_owned())
            }
        }
        Expected::Totals { totals, bands, .. } => {
            let found = result.total().map_or_else(Vec::new, |total| total.possible);
            if found != *totals {
                return Err(format!("gives the totals {found:?}, written as {totals:?}"));
            }
            let found: Vec<&str> = result.bands().iter().map(|band| band.id.as_str()).collect();
            if found == *bands {
                Ok(())
            } else {
                Err(format!("gives the bands {found:?}, written as {bands:?}"))
            }
        }
        Expected::Values { values, .. } => {
            let found = match result.grade() {
                Some(Grade::Values(found)) => found.iter().map(ToString::to_string).collect(),
                _ => Vec::new(),
            };
            let written: Vec<String> = values.iter().map(shown).collect();
            if found == written {
                Ok(())
            } else {
                Err(format!("gives {found:?}, written as {written:?}"))
            }
        }
    }
}

fn shown(value: &Given) -> String {
    match value {
        Given::Bool(value) => if *value { "yes" } else { "no" }.to_owned(),
        Given::Integer(number) => number.to_string(),
        Given::Code(code) => code.clone(),
        Given::Codes(codes) => codes.iter().cloned().collect::<Vec<_>>().join(", "),
    }
}

/// The facts of an example. A fact that the dictionary does not have is an error.
fn facts(example: &Example, dictionary: &dyn Dictionary) -> Result<Facts, String> {
    let read = |given: &BTreeMap<String, Given>| -> Result<BTreeMap<String, Fact>, String> {
        let facts = given.iter().filter(|(code, _)| *code != LEVEL);
        facts
            .map(|(code, value)| match dictionary.fact(code) {
                Some(_) => Ok((code.clone(), Fact::Known(known(value)))),
                None => Err(format!("there is no fact `{code}`")),
            })
            .collect()
    };
    let mut lesions = Vec::with_capacity(example.lesions.len());
    for lesion in &example.lesions {
        let Some(Given::Code(level)) = lesion.get(LEVEL) else {
            return Err("a lesion of the example has no level".to_owned());
        };
        lesions.push(LesionFacts { level: level.clone(), facts: read(lesion)? });
    }
    Ok(Facts { assessed_at: None, case: read(&example.case)?, lesions })
}

fn known(value: &Given) -> FactValue {
    match value {
        Given::Bool(value) => FactValue::Bool(*value),
        Given::Integer(number) => FactValue::Integer(*number),
        Given::Code(code) => FactValue::Code(code.clone()),
        Given::Codes(codes) => FactValue::Codes(codes.clone()),
    }
}
