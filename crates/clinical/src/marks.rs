//! The marks that lists and banners set on a case: the worst ESCC grade, the cord at risk, and the class
//! of urgency that its facts demand.
//!
//! What earns a mark stands in rule sets of `crates/clinical/rulesets`, under the protocol
//! `case-marks`. It is the product's own and the same at every site, so that no list of a joint meeting
//! and no two pages can disagree: no site activates it and no decision rests on it.

mod answers;
mod reasons;

use std::sync::{Arc, LazyLock};

pub use answers::facts_of_answers;
use rules::result::{Evaluation, Grade};
use rules::value::{Fact, FactValue, Facts};
use rules::{Compiled, InputError, Value};

use crate::assessment::Assessment;
use crate::level::VertebralLevel;
use crate::protocol::{ProtocolError, compile};
use crate::rulesets::bundled;
use crate::urgency;

/// The protocol of marks.
pub const PROTOCOL: &str = "case-marks";

/// The derived fact of the worst grade of all lesions.
const WORST_ESCC: &str = "worst-escc";

/// The derived fact of the cord at risk.
const CORD_AT_RISK: &str = "cord-at-risk";

/// The class of urgency that the facts demand.
const URGENCY: &str = "urgency-class";

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

/// The class of urgency that facts demand, whatever the missing answers would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The code of the least urgent class that is possible (`U1` the most urgent).
    pub class: String,
    /// Why, of every row that surely holds and asks for that class or a more urgent one. Where only several
    /// rows together leave no less urgent class, one reason without facts says so.
    pub reasons: Vec<Reason>,
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
    evaluate_facts(&assessment.facts())
}

fn evaluate_facts(facts: &Facts) -> Result<Evaluation, MarksError> {
    let compiled = protocol().map_err(MarksError::Protocol)?;
    Ok(rules::evaluate(compiled, facts)?)
}

/// The marks of the facts of an assessment.
///
/// # Errors
/// When a recorded value is none of the dictionary's; nothing is guessed in its place.
pub fn of(assessment: &Assessment) -> Result<Marks, MarksError> {
    let facts = assessment.facts();
    let evaluation = evaluate_facts(&facts)?;
    let marked = values(&evaluation, CORD_AT_RISK) == [Value::Bool(true)];
    let reasons = || {
        let sets = |code: &str| code == "yes";
        let found = reasons::of(&facts, &evaluation, CORD_AT_RISK, sets);
        // Stated, or only all of its rows together make it sure: the name of the mark has to do.
        let name = || evaluation.result(CORD_AT_RISK, None).map(|one| one.rule_set().title.clone());
        let unnamed = || name().map(|words| Reason { words, facts: Vec::new() });
        if found.is_empty() { unnamed().into_iter().collect() } else { found }
    };
    Ok(Marks {
        worst_escc: worst(&evaluation),
        cord_at_risk: if marked { reasons() } else { Vec::new() },
    })
}

/// The class of urgency that facts demand. A class that somebody stated among the facts is left out, or it
/// would silence the rule for every later finding. Facts that nobody has answered are read on the safe side
/// where `dictionary/urgency.toml` says how (decision 0024).
///
/// # Errors
/// When a recorded value is none of the dictionary's; nothing is guessed in its place.
pub fn demand(facts: &Facts) -> Result<Demand, MarksError> {
    let mut facts = facts.clone();
    facts.case.remove(URGENCY);
    let demand = demanded(&facts)?;
    for reading in urgency::unanswered() {
        let answered = matches!(facts.case.get(&reading.fact), Some(Fact::Known(_)));
        if answered || demand.class == reading.class {
            continue;
        }
        let mut read = facts.clone();
        let value = Fact::Known(FactValue::Code(reading.read_as.clone()));
        read.case.insert(reading.fact.clone(), value);
        let mut found = demanded(&read)?;
        if found.class == reading.class {
            for reason in &mut found.reasons {
                // Nobody has answered it, so it is no reason.
                reason.facts.retain(|because| because.fact != reading.fact);
            }
            return Ok(found);
        }
    }
    Ok(demand)
}

/// What the rule set demands of these facts as they are.
fn demanded(facts: &Facts) -> Result<Demand, MarksError> {
    let evaluation = evaluate_facts(facts)?;
    let possible: Vec<String> =
        values(&evaluation, URGENCY).iter().map(ToString::to_string).collect();
    // The values come in the order of the dictionary, the most urgent class first.
    let class = possible.last().cloned().unwrap_or_default();
    let asks = |code: &str| code <= class.as_str();
    let mut reasons = reasons::of(facts, &evaluation, URGENCY, asks);
    let mapping = evaluation.compiled().rule_set(URGENCY).and_then(|one| one.mapping());
    let least = mapping.and_then(|mapping| mapping.outputs.last());
    if reasons.is_empty() && least.is_some_and(|least| least.code != class) {
        let words = "No less urgent class is possible with what is known".to_owned();
        reasons.push(Reason { words, facts: Vec::new() });
    }
    Ok(Demand { class, reasons })
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
