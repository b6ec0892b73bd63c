//! Why a mark is set: the rows that surely hold, each with the facts that make it hold.

use std::collections::BTreeSet;

use rules::Value;
use rules::result::{Evaluation, Explained, ExplainedFact};
use rules::ruleset::{Condition, Function, LesionFunction, Outcome, OverLesions, Row};
use rules::state::Origin;
use rules::value::{Fact, FactValue, Facts};

use super::{Because, Reason};

/// The rows of a mapping that surely hold and give a wanted value. A row without a condition says only
/// that no other one holds, so it is no reason.
pub(super) fn of(
    facts: &Facts,
    evaluation: &Evaluation,
    rule_set: &str,
    wanted: impl Fn(&str) -> bool,
) -> Vec<Reason> {
    let Some(result) = evaluation.result(rule_set, None) else { return Vec::new() };
    let explained = result.explanation();
    let read: Vec<&ExplainedFact<'_>> = explained
        .iter()
        .filter_map(|part| match part {
            Explained::Fact(fact) => Some(fact),
            _ => None,
        })
        .collect();
    let rows = match result.rule_set().mapping().map(|mapping| &mapping.function) {
        Some(Function::Rows(rows)) => &rows[..],
        _ => &[],
    };
    let gives = |row: &&Row| match &row.result {
        Outcome::OneOf(codes) => !row.when.is_empty() && codes.iter().all(|code| wanted(code)),
        Outcome::NotListed | Outcome::NotApplicable => false,
    };
    let reason = |row: &Row| {
        let holds = row.when.iter().map(|(fact, when)| {
            let fact = read.iter().find(|one| one.fact == fact)?;
            let surely =
                !fact.values.is_empty() && fact.values.iter().all(|value| when.holds(value));
            surely.then(|| because(facts, evaluation, fact, when))
        });
        let facts = holds.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
        let words = row.provenance.remark.clone().unwrap_or_else(|| row.id.clone());
        Some(Reason { words, facts })
    };
    rows.iter().filter(gives).filter_map(reason).collect()
}

/// The facts behind a condition that holds: a fact of the case as it was answered, or those answers from
/// which it was derived.
fn because(
    facts: &Facts,
    evaluation: &Evaluation,
    fact: &ExplainedFact<'_>,
    when: &Condition,
) -> Vec<Because> {
    let derived = evaluation.compiled().rule_set(fact.fact);
    let derived = derived.filter(|_| fact.origin == Origin::Derived);
    match derived.and_then(|one| one.mapping()).map(|mapping| &mapping.function) {
        Some(Function::OverLesions(over)) if over.function == LesionFunction::Highest => {
            of_lesions(facts, evaluation, over, when)
        }
        Some(Function::Rows(_)) => {
            let is_value = |code: &str| fact.values.iter().any(|one| one.to_string() == code);
            of(facts, evaluation, fact.fact, is_value)
                .into_iter()
                .flat_map(|reason| reason.facts)
                .collect()
        }
        _ => {
            let value = match (when, facts.case.get(fact.fact)) {
                (Condition::AnyOf(wanted), Some(Fact::Known(FactValue::Codes(codes)))) => {
                    let held: BTreeSet<String> = codes.intersection(wanted).cloned().collect();
                    Some(FactValue::Codes(held))
                }
                _ => fact.values.first().and_then(plain),
            };
            let found =
                value.map(|value| Because { fact: fact.fact.to_owned(), level: None, value });
            found.into_iter().collect()
        }
    }
}

/// The highest of the lesions has the codes of the lesions, so the condition is about both.
fn of_lesions(
    facts: &Facts,
    evaluation: &Evaluation,
    over: &OverLesions,
    when: &Condition,
) -> Vec<Because> {
    let levels = facts.lesions.iter().map(|lesion| lesion.level.as_str());
    let found = levels.filter_map(|level| match evaluation.possible(&over.fact, Some(level))[..] {
        [value] if when.holds(&value) => Some(Because {
            fact: over.fact.clone(),
            level: level.parse().ok(),
            value: plain(&value)?,
        }),
        _ => None,
    });
    found.collect()
}

/// A single value as it would be recorded; of a set of codes only the set itself says which.
fn plain(value: &Value<'_>) -> Option<FactValue> {
    match value {
        Value::Code(code) => Some(FactValue::Code((*code).to_owned())),
        Value::Bool(value) => Some(FactValue::Bool(*value)),
        Value::Number(number) | Value::Between(number, _) => Some(FactValue::Integer(*number)),
        Value::SomeOf(_) => None,
    }
}
