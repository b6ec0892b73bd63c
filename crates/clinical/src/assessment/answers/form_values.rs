//! The fields that a form of an assessment would post.

use std::collections::BTreeMap;

use rules::types::Scope;
use rules::value::{Fact, FactValue};

use super::{StateWord, reason_code};
use crate::assessment::{Assessment, FactKey, RecordedFact};
use crate::dictionary::dictionary;

/// The name of a fact's field: `case.kps`, `lesion.T10.sins-pain`.
pub fn field_name(key: &FactKey) -> String {
    match key.level {
        Some(level) => format!("lesion.{level}.{}", key.code),
        None => format!("case.{}", key.code),
    }
}

/// The fields that say all that an assessment says, in its order. Facts of the patient's record are
/// not among them: no form of the assessment asks for them.
pub fn form_values(assessment: &Assessment) -> Vec<(String, String)> {
    let on_form = |key: &FactKey| {
        dictionary().entry(&key.code).is_some_and(|entry| entry.scope() != Scope::Patient)
    };
    assessment
        .recorded()
        .filter(|(key, _)| on_form(key))
        .flat_map(|(key, recorded)| fact_values(key, recorded))
        .collect()
}

/// The fields of one fact.
pub fn fact_values(key: &FactKey, recorded: &RecordedFact) -> Vec<(String, String)> {
    let name = field_name(key);
    let mut fields = Vec::new();
    match (&recorded.fact, &recorded.entered) {
        (Fact::Known(_), Some(entered)) => {
            fields.push((name.clone(), entered.value.clone()));
            fields.push((format!("{name}.unit"), entered.unit.clone()));
        }
        (Fact::Known(value), None) => value_fields(&name, value, &mut fields),
        (Fact::NotAssessed(None), _) => state(&name, StateWord::NotAssessed, &mut fields),
        (Fact::NotAssessed(Some(reason)), _) => {
            state(&name, StateWord::Unknown, &mut fields);
            fields.push((format!("{name}.reason"), reason_code(*reason).to_owned()));
        }
        (Fact::NotApplicable, _) => state(&name, StateWord::NotApplicable, &mut fields),
    }
    let beside = [
        ("stated", recorded.stated.clone()),
        ("text", recorded.text.clone()),
        ("source", recorded.source.map(|source| source.code().to_owned())),
        ("observed", recorded.observed_at.clone()),
    ];
    for (what, text) in beside {
        fields.extend(text.map(|text| (format!("{name}.{what}"), text)));
    }
    fields
}

fn state(name: &str, word: StateWord, fields: &mut Vec<(String, String)>) {
    fields.push((name.to_owned(), word.posted().to_owned()));
}

fn value_fields(name: &str, value: &FactValue, fields: &mut Vec<(String, String)>) {
    match value {
        FactValue::Bool(answer) => fields.push((name.to_owned(), answer.to_string())),
        FactValue::Integer(number) => fields.push((name.to_owned(), number.to_string())),
        FactValue::Decimal(text)
        | FactValue::Code(text)
        | FactValue::Date(text)
        | FactValue::Instant(text)
        | FactValue::Text(text) => fields.push((name.to_owned(), text.clone())),
        FactValue::Codes(codes) if codes.is_empty() => state(name, StateWord::None, fields),
        FactValue::Codes(codes) => {
            fields.extend(codes.iter().map(|code| (name.to_owned(), code.clone())));
        }
        FactValue::Records(rows) if rows.is_empty() => state(name, StateWord::None, fields),
        FactValue::Records(rows) => {
            for (place, row) in rows.iter().enumerate() {
                record_fields(&format!("{name}.{place}"), row, fields);
            }
        }
    }
}

fn record_fields(
    name: &str,
    row: &BTreeMap<String, FactValue>,
    fields: &mut Vec<(String, String)>,
) {
    // A row says "none" by leaving the field out.
    let given = row
        .iter()
        .filter(|(_, value)| !matches!(value, FactValue::Codes(codes) if codes.is_empty()));
    for (field, value) in given {
        value_fields(&format!("{name}.{field}"), value, fields);
    }
}
