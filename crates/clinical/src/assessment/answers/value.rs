//! Values as people type and tick them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeZone, Utc};
use rules::types::FactType;
use rules::value::FactValue;

use super::{Problem, Raw, TEXT_LIMIT};
use crate::assessment::Entered;
use crate::dates::{DateProblem, Moment, instant_text, parse_date, parse_moment};
use crate::decimal::{self, Decimal};
use crate::dictionary::{
    Choice, Entry, EntryUnit, Precision, dictionary, nearest_choices, range_words,
};
use crate::json_value::{only_digits, shorten};

/// Rows that one list may have.
const ROW_LIMIT: usize = 50;
/// Answers that a message lists in full.
const FEW: usize = 12;

/// Where below the field of the fact a problem belongs; empty for the field itself.
type Place = String;

/// What a typed value has to be.
struct Shape<'a> {
    /// The code of the fact; empty inside a record.
    code: &'a str,
    fact_type: &'a FactType,
    choices: &'a [Choice],
    unit: &'a str,
    precision: Precision,
    digits: Option<usize>,
    future: bool,
}

/// The value of a fact that is no list, and the number as entered if its unit was another.
pub(super) fn single<Z: TimeZone>(
    entry: &Entry,
    values: &[&str],
    unit: Option<&str>,
    now: &DateTime<Z>,
) -> Result<(FactValue, Option<Entered>), (Place, Problem)> {
    if let (FactType::Decimal { min, max }, Some(unit)) = (entry.fact_type(), unit)
        && unit != entry.unit
    {
        let unit = entry_unit(entry, unit).map_err(|problem| (".unit".to_owned(), problem))?;
        return converted(entry, unit, values, min, max).map_err(|problem| (Place::new(), problem));
    }
    let shape = Shape {
        code: entry.code(),
        fact_type: entry.fact_type(),
        choices: &entry.choices,
        unit: &entry.unit,
        precision: entry.precision,
        digits: entry.digits,
        future: false,
    };
    value(&shape, values, now).map(|value| (value, None)).map_err(|problem| (Place::new(), problem))
}

/// The rows of a list.
pub(super) fn records<Z: TimeZone>(
    entry: &Entry,
    raw: &Raw<'_>,
    now: &DateTime<Z>,
) -> Result<FactValue, (Place, Problem)> {
    if !raw.values.is_empty() {
        let problem = Problem::Shape("is a list of rows: name the row and its field");
        return Err((Place::new(), problem));
    }
    if raw.records.len() > ROW_LIMIT {
        return Err((Place::new(), Problem::TooMany { limit: ROW_LIMIT }));
    }
    let rows = raw.records.iter().map(|(place, row)| {
        record(entry, row, now).map_err(|(field, problem)| (format!(".{place}.{field}"), problem))
    });
    rows.collect::<Result<Vec<_>, _>>().map(FactValue::Records)
}

fn record<Z: TimeZone>(
    entry: &Entry,
    row: &BTreeMap<&str, Vec<&str>>,
    now: &DateTime<Z>,
) -> Result<BTreeMap<String, FactValue>, (String, Problem)> {
    let mut record = BTreeMap::new();
    for field in &entry.fields {
        let Some(values) = row.get(field.code.as_str()) else {
            if field.required {
                return Err((field.code.clone(), Problem::RowLacks(field.label.clone())));
            }
            continue;
        };
        let shape = Shape {
            code: "",
            fact_type: &field.fact_type,
            choices: &field.choices,
            unit: &field.unit,
            precision: field.precision,
            digits: None,
            future: field.future,
        };
        let value = value(&shape, values, now);
        let value = value.map_err(|problem| (field.code.clone(), problem))?;
        record.insert(field.code.clone(), value);
    }
    Ok(record)
}

fn value<Z: TimeZone>(
    shape: &Shape<'_>,
    values: &[&str],
    now: &DateTime<Z>,
) -> Result<FactValue, Problem> {
    if let FactType::CodeSet(codes) = shape.fact_type {
        let code = |value: &&str| known(shape, codes, value);
        return values.iter().map(code).collect::<Result<BTreeSet<_>, _>>().map(FactValue::Codes);
    }
    let text = one(values)?;
    match shape.fact_type {
        FactType::Codes(codes) => known(shape, codes, text).map(FactValue::Code),
        FactType::Bool => match text {
            "true" => Ok(FactValue::Bool(true)),
            "false" => Ok(FactValue::Bool(false)),
            other => Err(Problem::Value {
                given: shorten(other),
                nearest: Vec::new(),
                all: vec!["true".to_owned(), "false".to_owned()],
            }),
        },
        &FactType::Integer { min, max, step } => integer(shape, text, min, max, step),
        FactType::Decimal { min, max } => {
            let number = decimal_of(shape, text)?;
            if decimal::within(number, min, max) {
                Ok(FactValue::Decimal(number.text()))
            } else {
                Err(Problem::Range { given: shorten(text), range: range(shape) })
            }
        }
        FactType::Date => {
            let today = now.naive_local().date();
            let date = parse_date(text, today, shape.precision)?;
            if !shape.future && date.first_day() > today {
                return Err(DateProblem::Future(shorten(text)).into());
            }
            Ok(FactValue::Date(date.to_string()))
        }
        FactType::Instant => {
            let day_is_enough = shape.precision == Precision::Day;
            let moment = parse_moment(text, now, day_is_enough)?;
            match not_after(moment, text, now)? {
                Moment::Instant(instant) => Ok(FactValue::Instant(instant_text(instant))),
                Moment::Day(day) => Ok(FactValue::Date(day.to_string())),
            }
        }
        FactType::Text => free_text(shape, text),
        FactType::CodeSet(_) | FactType::Records => Err(Problem::Shape("takes no single value")),
    }
}

fn one<'a>(values: &[&'a str]) -> Result<&'a str, Problem> {
    match values {
        [] => Err(Problem::ValueMissing),
        [first, rest @ ..] if rest.iter().all(|other| other == first) => Ok(first),
        _ => Err(Problem::SeveralAnswers),
    }
}

fn known(shape: &Shape<'_>, codes: &[String], text: &str) -> Result<String, Problem> {
    codes.iter().find(|code| *code == text).cloned().ok_or_else(|| {
        let few = if codes.len() <= FEW { codes.to_vec() } else { Vec::new() };
        let near = if shape.code.is_empty() {
            nearest_choices(shape.choices, text, 3)
        } else {
            dictionary().nearest_values(shape.code, text, 3)
        };
        let nearest = near.into_iter().map(str::to_owned).collect();
        Problem::Value { given: shorten(text), nearest, all: few }
    })
}

fn range(shape: &Shape<'_>) -> String {
    range_words(shape.fact_type, shape.unit).unwrap_or_default()
}

fn integer(
    shape: &Shape<'_>,
    text: &str,
    min: i64,
    max: i64,
    step: i64,
) -> Result<FactValue, Problem> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain {
        return Err(Problem::Whole { given: shorten(text), range: range(shape) });
    }
    match text.parse::<i64>() {
        Ok(number) if (min..=max).contains(&number) && (number - min) % step == 0 => {
            Ok(FactValue::Integer(number))
        }
        _ => Err(Problem::Range { given: shorten(text), range: range(shape) }),
    }
}

fn decimal_of(shape: &Shape<'_>, text: &str) -> Result<Decimal, Problem> {
    Decimal::parse(text)
        .ok_or_else(|| Problem::Decimal { given: shorten(text), range: range(shape) })
}

fn free_text(shape: &Shape<'_>, text: &str) -> Result<FactValue, Problem> {
    if text.chars().count() > TEXT_LIMIT {
        return Err(Problem::TooLong { limit: TEXT_LIMIT });
    }
    match shape.digits {
        Some(digits) if !only_digits(text, digits) => {
            Err(Problem::Digits { given: shorten(text), digits })
        }
        _ => Ok(FactValue::Text(text.to_owned())),
    }
}

fn entry_unit<'a>(entry: &'a Entry, unit: &str) -> Result<&'a EntryUnit, Problem> {
    let found = entry.entry_units.iter().find(|known| known.code == unit || known.unit == unit);
    found.ok_or_else(|| {
        let own = std::iter::once(entry.unit.clone());
        let others = entry.entry_units.iter().map(|known| known.code.clone());
        Problem::Unit { given: shorten(unit), units: own.chain(others).collect() }
    })
}

fn converted(
    entry: &Entry,
    unit: &EntryUnit,
    values: &[&str],
    min: &str,
    max: &str,
) -> Result<(FactValue, Option<Entered>), Problem> {
    let text = one(values)?;
    let range = || range_words(entry.fact_type(), &entry.unit).unwrap_or_default();
    let number = Decimal::parse(text)
        .ok_or_else(|| Problem::Decimal { given: shorten(text), range: range() })?;
    let factors = Decimal::parse(&unit.multiply).zip(Decimal::parse(&unit.divide));
    let value = factors
        .and_then(|(multiply, divide)| number.converted(multiply, divide))
        .filter(|value| decimal::within(*value, min, max))
        .ok_or_else(|| Problem::Range {
            given: format!("{} {}", shorten(text), unit.unit),
            range: range(),
        })?;
    let entered = Entered { unit: unit.code.clone(), value: number.text() };
    Ok((FactValue::Decimal(value.text()), Some(entered)))
}

/// A moment that is not after the assessment.
pub(super) fn not_after<Z: TimeZone>(
    moment: Moment,
    text: &str,
    now: &DateTime<Z>,
) -> Result<Moment, DateProblem> {
    let later = match moment {
        Moment::Instant(instant) => instant > now.with_timezone(&Utc),
        Moment::Day(day) => day.first_day() > now.naive_local().date(),
    };
    if later { Err(DateProblem::Future(shorten(text))) } else { Ok(moment) }
}
