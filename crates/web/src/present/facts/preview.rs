//! What would be recorded if the form were saved now, as far as it can be read: for the totals beside it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::DateTime;
use chrono_tz::Tz;
use clinical::assessment::{AnswerErrors, Answers, Assessment, Context, Route};
use clinical::marks;
use mdt::coded::Coded;
use rules::value::{Fact, FactValue};
use rules::{Compiled, Evaluation};
use store::patients::Patient;

use super::posted::{Fields, belongs, fact_of};

/// Rounds in which answers that do not fit are left out; a form can contradict itself only so often.
const ROUNDS: usize = 12;

/// The base and what was typed, put together.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// What of the form can be read.
    pub answers: Answers,
    /// The base with these answers; none when there is neither.
    pub assessment: Option<Assessment>,
    /// Its evaluation; none without a protocol.
    pub evaluation: Option<Evaluation>,
    /// The evaluation of what only marks cases.
    pub marks: Option<Evaluation>,
    /// Answers that were left out, because they cannot be read or contradict others.
    pub left_out: usize,
}

/// Puts the base and the fields of a form together. Nothing here is recorded.
pub fn preview(
    base: Option<(&Assessment, u32)>,
    fields: &[(String, String)],
    patient: &Patient,
    compiled: Option<&Arc<Compiled>>,
    now: &DateTime<Tz>,
) -> Preview {
    let context = Context {
        recorded_by: String::new(),
        recorded_at: now.to_utc(),
        assessed_at: now.to_utc(),
        route: Route::Form,
        patient: patient_facts(patient),
    };
    let mut preview = Preview::default();
    let mut fields: Fields = fields.to_vec();
    for _ in 0..ROUNDS {
        let made = Answers::parse(&fields, now).and_then(|answers| {
            preview.answers = answers;
            Assessment::next(base, &preview.answers, &context)
        });
        match made {
            Ok((assessment, _)) => {
                preview.assessment = Some(assessment);
                break;
            }
            Err(errors) => match without(&fields, &errors) {
                Some(fewer) => {
                    preview.left_out += 1;
                    fields = fewer;
                }
                None => break,
            },
        }
    }
    if preview.assessment.is_none() {
        preview.assessment = base.map(|(base, _)| base.clone());
    }
    preview.evaluation = evaluated(compiled, preview.assessment.as_ref());
    preview.marks = preview.assessment.as_ref().and_then(|one| marks::evaluate(one).ok());
    preview
}

fn evaluated(
    compiled: Option<&Arc<Compiled>>,
    assessment: Option<&Assessment>,
) -> Option<Evaluation> {
    let (compiled, assessment) = compiled.zip(assessment)?;
    rules::evaluate(compiled, &assessment.facts()).ok()
}

/// The fields without the facts that are wrong; none when that changes nothing.
fn without(fields: &[(String, String)], errors: &AnswerErrors) -> Option<Fields> {
    let wrong: Vec<&str> = errors
        .iter()
        .map(|error| fact_of(&error.field).unwrap_or(&error.field))
        .filter(|field| !field.is_empty())
        .collect();
    let is_wrong = |name: &str| wrong.iter().any(|fact| belongs(name, fact));
    let mut fewer: Fields = fields.iter().filter(|(name, _)| !is_wrong(name)).cloned().collect();
    if fewer.len() == fields.len() {
        // A level that is neither ticked nor left out: without the list it is carried over.
        fewer.retain(|(name, _)| name != "lesion._listed");
    }
    (fewer.len() < fields.len()).then_some(fewer)
}

/// The facts of the patient's record, as an assessment takes them up.
fn patient_facts(patient: &Patient) -> BTreeMap<String, Fact> {
    let known = |code: &str, value| (code.to_owned(), Fact::Known(value));
    let particulars = &patient.particulars;
    let mut facts = BTreeMap::from([
        known("birth-date", FactValue::Date(particulars.birth_date.date().to_string())),
        known("sex", FactValue::Code(particulars.sex.code().to_owned())),
    ]);
    if let Some(date) = patient.death_date {
        facts.extend([
            known("vital-status", FactValue::Code("dead".to_owned())),
            known("death-date", FactValue::Date(date.to_string())),
        ]);
    }
    facts
}
