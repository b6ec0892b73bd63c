//! Answers of a form whose fields bear the codes of facts, as facts: a referral before any assessment.

use std::collections::{BTreeMap, BTreeSet};

use rules::types::{FactType, Scope};
use rules::value::{Fact, FactValue, Facts};

use crate::dictionary::{Entry, dictionary};

/// The answer that says that none of a list is there.
const NONE: &str = "_none";

/// The facts of the case that the fields answer. What is no asked fact of a case, what says that nobody has
/// looked, and what the dictionary does not take is left out: it is not known.
pub fn facts_of_answers(fields: &BTreeMap<String, Vec<String>>) -> Facts {
    let case = fields.iter().filter_map(|(code, answers)| {
        let entry = dictionary().entry(code)?;
        let asked = entry.scope() == Scope::Case && !entry.derived();
        let value = value(entry, answers).filter(|_| asked)?;
        Some((code.clone(), Fact::Known(value)))
    });
    Facts { case: case.collect(), ..Facts::default() }
}

fn value(entry: &Entry, answers: &[String]) -> Option<FactValue> {
    match (entry.fact_type(), answers) {
        (FactType::CodeSet(_), [none]) if none == NONE => Some(FactValue::Codes(BTreeSet::new())),
        (FactType::CodeSet(codes), [_, ..]) => {
            let known = answers.iter().all(|answer| codes.contains(answer));
            known.then(|| FactValue::Codes(answers.iter().cloned().collect()))
        }
        (FactType::Codes(codes), [code]) => {
            codes.contains(code).then(|| FactValue::Code(code.clone()))
        }
        (FactType::Bool, [answer]) => match answer.as_str() {
            "yes" => Some(FactValue::Bool(true)),
            "no" => Some(FactValue::Bool(false)),
            _ => None,
        },
        (FactType::Integer { min, max, step }, [number]) => {
            let number = number.parse::<i64>().ok()?;
            let fits = (*min..=*max).contains(&number) && (number - min) % (*step).max(1) == 0;
            fits.then_some(FactValue::Integer(number))
        }
        _ => None,
    }
}
