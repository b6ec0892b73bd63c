//! Values of facts as JSON: in stored assessments and in the input of `evaluate`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rules::types::FactType;
use rules::value::FactValue;
use serde_json::Value;

use crate::dates::{CalendarDate, instant_text};
use crate::decimal::{self, Decimal};
use crate::dictionary::{Choice, Entry, Field, Precision, nearest, nearest_choices, range_words};

/// Why a JSON value is no value of a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Of another JSON type than the fact has.
    #[error("expects {expected}, but is {given}")]
    Type {
        /// What the fact takes.
        expected: &'static str,
        /// What was given, shortened.
        given: String,
    },
    /// A code that is none of the fact's.
    #[error("`{given}` is none of its codes{}", among(nearest))]
    Code {
        /// The code as given.
        given: String,
        /// The nearest codes, the nearest first.
        nearest: Vec<String>,
    },
    /// A number outside its range.
    #[error("{given} is outside {range}")]
    Range {
        /// The number as given.
        given: String,
        /// The range in words.
        range: String,
    },
    /// A field that the records of the list do not have.
    #[error("a record has no field `{given}`{}", among(nearest))]
    Field {
        /// The field as given.
        given: String,
        /// The nearest fields.
        nearest: Vec<String>,
    },
    /// A record lacks a field that it must have.
    #[error("a record lacks the field `{0}`")]
    Lacks(String),
    /// A value inside a record.
    #[error("record {place}, `{field}`: {inner}")]
    Record {
        /// The place in the list, from 1.
        place: usize,
        /// The field.
        field: String,
        /// What is wrong with it.
        inner: Box<ValueError>,
    },
}

pub(crate) fn among(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!(", nearest: {}", nearest.join(", ")) }
}

/// What a value has to be, for a fact or for a field of a record.
struct Shape<'a> {
    fact_type: &'a FactType,
    choices: &'a [Choice],
    fields: &'a [Field],
    unit: &'a str,
    precision: Precision,
    digits: Option<usize>,
    code: &'a str,
}

/// The value of a fact from its JSON.
pub(crate) fn fact_value(entry: &Entry, json: &Value) -> Result<FactValue, ValueError> {
    value(
        &Shape {
            fact_type: entry.fact_type(),
            choices: &entry.choices,
            fields: &entry.fields,
            unit: &entry.unit,
            precision: entry.precision,
            digits: entry.digits,
            code: entry.code(),
        },
        json,
    )
}

fn value(shape: &Shape<'_>, json: &Value) -> Result<FactValue, ValueError> {
    let wrong = |expected| ValueError::Type { expected, given: shortened(json) };
    match (shape.fact_type, json) {
        (FactType::Codes(codes), Value::String(text)) => {
            known_code(shape, codes, text).map(FactValue::Code)
        }
        (FactType::Codes(_), _) => Err(wrong("a code as text")),
        (FactType::CodeSet(codes), Value::Array(items)) => {
            let code = |item: &Value| match item {
                Value::String(text) => known_code(shape, codes, text),
                other => {
                    Err(ValueError::Type { expected: "codes as text", given: shortened(other) })
                }
            };
            let set = items.iter().map(code).collect::<Result<BTreeSet<String>, ValueError>>()?;
            Ok(FactValue::Codes(set))
        }
        (FactType::CodeSet(_), _) => Err(wrong("a list of codes")),
        (FactType::Bool, Value::Bool(answer)) => Ok(FactValue::Bool(*answer)),
        (FactType::Bool, _) => Err(wrong("true or false")),
        (&FactType::Integer { min, max, step }, Value::Number(number)) => {
            let Some(whole) = number.as_i64() else { return Err(wrong("a whole number")) };
            if whole < min || whole > max || (whole - min) % step != 0 {
                return Err(out_of_range(shape, number.to_string()));
            }
            Ok(FactValue::Integer(whole))
        }
        (FactType::Integer { .. }, _) => Err(wrong("a whole number")),
        (FactType::Decimal { min, max }, Value::Number(_) | Value::String(_)) => {
            let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
            let number = Decimal::parse(&text).ok_or_else(|| wrong("a number"))?;
            if !decimal::within(number, min, max) {
                return Err(out_of_range(shape, text));
            }
            Ok(FactValue::Decimal(number.text()))
        }
        (FactType::Decimal { .. }, _) => Err(wrong("a number")),
        (FactType::Date, Value::String(text)) => {
            date(shape.precision, text).ok_or_else(|| wrong("a date such as \"2026-06-15\""))
        }
        (FactType::Date, _) => Err(wrong("a date such as \"2026-06-15\"")),
        (FactType::Instant, Value::String(text)) => instant(shape.precision, text)
            .ok_or_else(|| wrong("a time such as \"2026-06-15T08:25:00Z\"")),
        (FactType::Instant, _) => Err(wrong("a time such as \"2026-06-15T08:25:00Z\"")),
        (FactType::Text, Value::String(text)) => match shape.digits {
            Some(digits) if !only_digits(text, digits) => {
                Err(wrong("text of digits, as many as it has"))
            }
            _ => Ok(FactValue::Text(text.clone())),
        },
        (FactType::Text, _) => Err(wrong("text")),
        (FactType::Records, Value::Array(items)) => {
            let records = (1..).zip(items).map(|(place, item)| record(shape, place, item));
            records.collect::<Result<Vec<_>, _>>().map(FactValue::Records)
        }
        (FactType::Records, _) => Err(wrong("a list of records")),
    }
}

/// Whether a text is exactly so many digits.
pub(crate) fn only_digits(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn known_code(shape: &Shape<'_>, codes: &[String], text: &str) -> Result<String, ValueError> {
    codes.iter().find(|code| *code == text).cloned().ok_or_else(|| {
        let found = if shape.fields.is_empty() && !shape.code.is_empty() {
            crate::dictionary::dictionary().nearest_values(shape.code, text, 3)
        } else {
            nearest_choices(shape.choices, text, 3)
        };
        // With few codes all of them are near.
        let nearest = if found.is_empty() && codes.len() <= 12 {
            codes.to_vec()
        } else {
            found.into_iter().map(str::to_owned).collect()
        };
        ValueError::Code { given: shorten(text), nearest }
    })
}

fn out_of_range(shape: &Shape<'_>, given: String) -> ValueError {
    let range = range_words(shape.fact_type, shape.unit).unwrap_or_default();
    ValueError::Range { given, range }
}

fn date(coarsest: Precision, text: &str) -> Option<FactValue> {
    let date = CalendarDate::from_canonical(text)?;
    let enough = match text.len() {
        4 => coarsest == Precision::Year,
        7 => matches!(coarsest, Precision::Year | Precision::Month),
        _ => true,
    };
    enough.then(|| FactValue::Date(date.to_string()))
}

fn instant(coarsest: Precision, text: &str) -> Option<FactValue> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(FactValue::Instant(instant_text(instant.with_timezone(&Utc))));
    }
    let day = CalendarDate::from_canonical(text)?;
    (coarsest == Precision::Day && text.len() == 10).then(|| FactValue::Date(day.to_string()))
}

fn record(
    shape: &Shape<'_>,
    place: usize,
    json: &Value,
) -> Result<BTreeMap<String, FactValue>, ValueError> {
    let Value::Object(given) = json else {
        return Err(ValueError::Type { expected: "a record", given: shortened(json) });
    };
    let mut record = BTreeMap::new();
    for (name, json) in given {
        let Some(field) = shape.fields.iter().find(|field| field.code == *name) else {
            let codes = shape.fields.iter().map(|field| field.code.as_str());
            let nearest = nearest(name, codes, 3).into_iter().map(str::to_owned).collect();
            return Err(ValueError::Field { given: shorten(name), nearest });
        };
        let inner = Shape {
            fact_type: &field.fact_type,
            choices: &field.choices,
            fields: &[],
            unit: &field.unit,
            precision: field.precision,
            digits: None,
            code: "",
        };
        let value = value(&inner, json).map_err(|inner| ValueError::Record {
            place,
            field: name.clone(),
            inner: Box::new(inner),
        })?;
        record.insert(name.clone(), value);
    }
    let missing =
        shape.fields.iter().find(|field| field.required && !record.contains_key(&field.code));
    missing.map_or(Ok(record), |field| Err(ValueError::Lacks(field.code.clone())))
}

fn shortened(json: &Value) -> String {
    match json {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) => format!("\"{}\"", shorten(text)),
        other => other.to_string(),
    }
}

/// At most 60 characters, for a message.
pub(crate) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}
