//! Facts in words, for people.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rules::types::FactType;
use rules::value::{Fact, FactValue};

use super::{Choice, Entry, dictionary};
use crate::dates::CalendarDate;

impl Entry {
    /// A value in words: the label of a code (a grade as its code), a number with its unit, a date
    /// as `17-Nov-2026`, a time in UTC, the rows of a list one after the other.
    pub fn shown(&self, value: &FactValue) -> String {
        let words = Words { choices: &self.choices, coded: self.coded, unit: &self.unit };
        match value {
            FactValue::Records(rows) if rows.is_empty() => "None".to_owned(),
            FactValue::Records(rows) => {
                rows.iter().map(|row| self.shown_row(row)).collect::<Vec<_>>().join("; ")
            }
            other => words.of_value(other),
        }
    }

    /// A fact in words: its value, "Not assessed" with its reason, or "Not applicable".
    pub fn shown_fact(&self, fact: &Fact) -> String {
        match fact {
            Fact::Known(value) => self.shown(value),
            Fact::NotAssessed(None) => "Not assessed".to_owned(),
            Fact::NotAssessed(Some(reason)) => {
                let code = crate::assessment::reason_words(*reason);
                let reasons = dictionary().missing_reasons();
                let label = reasons.iter().find(|choice| choice.code == code);
                format!("Unknown: {}", label.map_or(code, |choice| &choice.label).to_lowercase())
            }
            Fact::NotApplicable => "Not applicable".to_owned(),
        }
    }

    fn shown_row(&self, row: &BTreeMap<String, FactValue>) -> String {
        let given = self.fields.iter().filter_map(|field| Some((field, row.get(&field.code)?)));
        let words = given.map(|(field, value)| {
            let words = Words { choices: &field.choices, coded: false, unit: &field.unit };
            format!("{} {}", field.label, words.of_value(value))
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

#[derive(Clone, Copy)]
struct Words<'a> {
    choices: &'a [Choice],
    coded: bool,
    unit: &'a str,
}

impl Words<'_> {
    fn of_code<'b>(&'b self, code: &'b str) -> &'b str {
        let choice = self.choices.iter().find(|choice| choice.code == code);
        match choice {
            Some(choice) if !self.coded => &choice.label,
            _ => code,
        }
    }

    fn of_value(&self, value: &FactValue) -> String {
        let with_unit = |number: &str| {
            let space = if self.unit.is_empty() { "" } else { " " };
            format!("{number}{space}{}", self.unit)
        };
        match value {
            FactValue::Bool(true) => "Yes".to_owned(),
            FactValue::Bool(false) => "No".to_owned(),
            FactValue::Integer(number) => with_unit(&number.to_string()),
            FactValue::Decimal(number) => with_unit(number),
            FactValue::Code(code) => self.of_code(code).to_owned(),
            FactValue::Codes(codes) if codes.is_empty() => "None".to_owned(),
            // In the order in which they are asked, not in that of their codes.
            FactValue::Codes(codes) => {
                let asked = self.choices.iter().filter(|choice| codes.contains(&choice.code));
                asked.map(|choice| self.of_code(&choice.code)).collect::<Vec<_>>().join("; ")
            }
            FactValue::Date(text) => {
                CalendarDate::from_canonical(text).map_or_else(|| text.clone(), CalendarDate::shown)
            }
            FactValue::Instant(text) => DateTime::parse_from_rfc3339(text).map_or_else(
                |_| text.clone(),
                |instant| instant.with_timezone(&Utc).format("%d-%b-%Y %H:%M UTC").to_string(),
            ),
            FactValue::Text(text) => text.clone(),
            FactValue::Records(rows) => format!("{} rows", rows.len()),
        }
    }
}

/// The range of a number in words.
pub(crate) fn range_words(fact_type: &FactType, unit: &str) -> Option<String> {
    let space = if unit.is_empty() { "" } else { " " };
    match fact_type {
        FactType::Integer { min, max, step: 1 } => Some(format!("{min} to {max}{space}{unit}")),
        FactType::Integer { min, max, step } => {
            Some(format!("{min} to {max}{space}{unit}, in steps of {step}"))
        }
        FactType::Decimal { min, max } => Some(format!("{min} to {max}{space}{unit}")),
        _ => None,
    }
}
