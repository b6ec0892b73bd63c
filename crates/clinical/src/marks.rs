//! The marks that lists and banners set on a case: the worst ESCC grade, the cord at risk.
//!
//! What earns a mark stands in rule sets of `crates/clinical/rulesets`, under the protocol
//! `case-marks`. It is the product's own and the same at every site, so that no list of a joint meeting
//! and no two pages can disagree: no site activates it and no decision rests on it.

use std::sync::{Arc, LazyLock};

use rules::result::{Evaluation, Explained, ExplainedFact, Grade};
use rules::ruleset::{Condition, Function, LesionFunction, Outcome, OverLesions, Row};
use rules::state::Origin;
use rules::value::FactValue;
use rules::{Compiled, InputError, Value};

use crate::assessment::Assessment;
use crate::level::VertebralLevel;
use crate::protocol::{ProtocolError, compile};
use crate::rulesets::bundled;

/// The protocol of marks.
pub const PROTOCOL: &str = "case-marks";

/// The derived fact of the worst grade of all lesions.
const WORST_ESCC: &str = "worst-escc";

/// The derived fact of the cord at risk.
const CORD_AT_RISK: &str = "cord-at-risk";

/// The marks of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// The worst ESCC grade; with a lesion ungraded the least that it can be, while nothing is known none.
    pub worst_escc: Option<String>,
    /// Why the cord is surely at risk; empty while that is not known to be so.
    pub cord_at_risk: Vec<Reason>,
}

/// A row of a mark that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The row's own words.
    pub words: String,
    /// The facts that make it hold.
    pub facts: Vec<Because>,
}

/// A fact that makes a row hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    /// The code of the fact.
    pub fact: String,
    /// The level, of a fact of a lesion.
    pub level: Option<VertebralLevel>,
    /// Its value.
    pub value: FactValue,
}

/// Why the marks of a case cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum MarksError {
    /// The bundled protocol does not hold together, which a test rules out.
    #[error("the protocol of marks cannot be made ready")]
    Protocol(#[source] &'static ProtocolError),
    /// A recorded value that the dictionary does not have.
    #[error("a recorded fact has a value that the dictionary does not have")]
    Input(#[from] InputError),
}

/// The protocol of marks, made ready once: its newest version.
///
/// # Errors
/// When it does not hold together, which a test rules out.
pub fn protocol() -> Result<&'static Arc<Compiled>, &'static ProtocolError> {
    static READY: LazyLock<Result<Arc<Compiled>, ProtocolError>> = LazyLock::new(|| {
        let bundle = bundled().map_err(ProtocolError::Parse)?;
        compile(PROTOCOL, bundle.marks(), bundle.rule_sets())
    });
    READY.as_ref()
}

/// The facts of an assessment evaluated under the protocol of marks.
///
/// # Errors
/// When a recorded value is none of the dictionary's; nothing is guessed in its place.
pub fn evaluate(assessment: &Assessment) -> Result<Evaluation, MarksError> {
    let compiled = protocol().map_err(MarksError::Protocol)?;
    Ok(rules::evaluate(compiled, &assessment.facts())?)
}

/// The marks of the facts of an assessment.
///
/// # Errors
/// When a recorded value is none of the dictionary's; nothing is guessed in its place.
pub fn of(assessment: &Assessment) -> Result<Marks, MarksError> {
    let evaluation = evaluate(assessment)?;
    let marked = values(&evaluation, CORD_AT_RISK) == [Value::Bool(true)];
    let reasons = || reasons(assessment, &evaluation, CORD_AT_RISK);
    Ok(Marks {
        worst_escc: worst(&evaluation),
        cord_at_risk: if marked { reasons() } else { Vec::new() },
    })
}

impl Marks {
    /// Whether the cord is at risk.
    pub fn is_cord_at_risk(&self) -> bool {
        !self.cord_at_risk.is_empty()
    }
}

/// The values that a mapping leaves possible.
fn values<'a>(evaluation: &'a Evaluation, rule_set: &str) -> Vec<Value<'a>> {
    match evaluation.result(rule_set, None).and_then(|result| result.grade()) {
        Some(Grade::Values(values)) => values,
        Some(Grade::NotApplicable) | None => Vec::new(),
    }
}

/// The least grade that is possible. While every grade is, nothing is known.
fn worst(evaluation: &Evaluation) -> Option<String> {
    let possible = values(evaluation, WORST_ESCC);
    let all = evaluation.compiled().rule_set(WORST_ESCC)?.mapping()?.outputs.len();
    match possible.first() {
        Some(Value::Code(grade)) if possible.len() < all => Some((*grade).to_owned()),
        _ => None,
    }
}

/// The rows of a mark that set it and surely hold, each with the facts that make it hold. A person may
/// also have stated the mark itself.
fn reasons(assessment: &Assessment, evaluation: &Evaluation, mark: &str) -> Vec<Reason> {
    let Some(result) = evaluation.result(mark, None) else { return Vec::new() };
    let explained = result.explanation();
    let facts = explained.iter().filter_map(|part| match part {
        Explained::Fact(fact) => Some(fact),
        _ => None,
    });
    let facts: Vec<&ExplainedFact<'_>> = facts.collect();
    let rows = match result.rule_set().mapping().map(|mapping| &mapping.function) {
        Some(Function::Rows(rows)) => &rows[..],
        _ => &[],
    };
    let sets = |row: &&Row| row.result == Outcome::OneOf(vec!["yes".to_owned()]);
    let mut reasons: Vec<Reason> = rows
        .iter()
        .filter(sets)
        .filter_map(|row| {
            let holds = row.when.iter().map(|(fact, when)| {
                let fact = facts.iter().find(|one| one.fact == fact)?;
                let holds = |value| when.holds(value);
                let surely = !fact.values.is_empty() && fact.values.iter().all(holds);
                surely.then(|| because(assessment, evaluation, fact, when))
            });
            let facts = holds.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
            let words = row.provenance.remark.clone().unwrap_or_else(|| row.id.clone());
            Some(Reason { words, facts })
        })
        .collect();
    if reasons.is_empty() {
        // Stated, or only all of its rows together make it sure: the name of the mark has to do.
        reasons.push(Reason { words: result.rule_set().title.clone(), facts: Vec::new() });
    }
    reasons
}

/// A fact of the case, or the facts of the lesions from which it was taken.
fn because(
    assessment: &Assessment,
    evaluation: &Evaluation,
    fact: &ExplainedFact<'_>,
    when: &Condition,
) -> Vec<Because> {
    let of_lesions = evaluation
        .compiled()
        .rule_set(fact.fact)
        .filter(|_| fact.origin == Origin::Derived)
        .and_then(|rule_set| rule_set.mapping());
    if let Some(Function::OverLesions(OverLesions {
        function: LesionFunction::Highest,
        fact,
        ..
    })) = of_lesions.map(|mapping| &mapping.function)
    {
        // The highest of the lesions has the codes of the lesions, so the condition is about both.
        let levels = assessment.levels().into_iter();
        let found = levels.filter_map(|level| match assessment.value(fact, Some(level))? {
            FactValue::Code(code) if when.holds(&Value::Code(code)) => Some(Because {
                fact: fact.clone(),
                level: Some(level),
                value: FactValue::Code(code.clone()),
            }),
            _ => None,
        });
        return found.collect();
    }
    let value = fact.values.first().map(|value| match value {
        Value::Code(code) => FactValue::Code((*code).to_owned()),
        Value::Bool(value) => FactValue::Bool(*value),
        Value::Number(number) | Value::Between(number, _) => FactValue::Integer(*number),
    });
    let found = value.map(|value| Because { fact: fact.fact.to_owned(), level: None, value });
    found.into_iter().collect()
}
