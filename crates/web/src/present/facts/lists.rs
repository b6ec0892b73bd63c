//! Facts that are lists of records: a row a record, and one more.

use std::collections::BTreeSet;

use clinical::assessment::RecordedFact;
use clinical::dates::CalendarDate;
use clinical::dictionary::{Entry, Field};
use rules::types::FactType;
use rules::value::{Fact, FactValue};

use super::posted::Fields;
use crate::view::fact::Kind;
use crate::view::{Choice, FieldView, FormInput};

/// The rows as typed; as recorded, where nothing was typed yet.
pub(super) fn records(
    entry: &Entry,
    field: &str,
    recorded: Option<&RecordedFact>,
    input: &FormInput,
) -> Kind {
    let places = typed_places(field, input);
    let earlier = match recorded.map(|recorded| &recorded.fact) {
        Some(Fact::Known(FactValue::Records(rows))) => rows.as_slice(),
        _ => &[],
    };
    let filled;
    let (source, count) = if places.is_empty() {
        filled = FormInput {
            problems: input.problems.clone(),
            ..FormInput::from_pairs(row_fields(field, earlier))
        };
        (&filled, earlier.len())
    } else {
        (input, places.last().map_or(0, |last| last + 1))
    };
    // One more than there are, unless the last one typed is still empty.
    let last_is_empty = count > 0 && is_empty(entry, field, count - 1, source);
    let count = if last_is_empty { count } else { count + 1 };
    Kind::Records {
        rows: (0..count).map(|place| row(entry, &format!("{field}.{place}"), source)).collect(),
        none: false,
        none_was: false,
        confirm: (!earlier.is_empty()).then_some(false),
    }
}

fn typed_places(field: &str, input: &FormInput) -> Vec<usize> {
    let below = format!("{field}.");
    let places: BTreeSet<usize> = input
        .values
        .keys()
        .filter_map(|name| name.strip_prefix(&below)?.split('.').next()?.parse().ok())
        // Far more rows than the domain takes; a crafted number must not make a page of that length.
        .filter(|place| *place < 100)
        .collect();
    places.into_iter().collect()
}

fn is_empty(entry: &Entry, field: &str, place: usize, input: &FormInput) -> bool {
    entry
        .fields
        .iter()
        .all(|one| input.value(&format!("{field}.{place}.{}", one.code)).trim().is_empty())
}

fn row(entry: &Entry, name: &str, input: &FormInput) -> Vec<FieldView> {
    entry
        .fields
        .iter()
        .map(|field| control(field, &format!("{name}.{}", field.code)).filled(input))
        .collect()
}

fn control(field: &Field, name: &str) -> FieldView {
    let unit = if field.unit.is_empty() { String::new() } else { format!(", {}", field.unit) };
    let label = format!("{}{unit}", field.label);
    let choices = || field.choices.iter().map(|one| Choice::new(&one.code, &one.label));
    let view = match field.fact_type {
        FactType::Codes(_) => {
            let none = std::iter::once(Choice::new("", "Choose"));
            FieldView::select(name, &label, none.chain(choices()).collect())
        }
        FactType::CodeSet(_) => FieldView::checkboxes(name, &label, choices().collect()),
        FactType::Bool => FieldView::radio(
            name,
            &label,
            vec![Choice::new("true", "Yes"), Choice::new("false", "No")],
        ),
        FactType::Text => FieldView::text(name, &label),
        FactType::Date => {
            FieldView::figures(name, &label).hint("For example 17-Nov-2026, Nov-2026 or 2026")
        }
        _ => FieldView::figures(name, &label),
    };
    if field.required { view } else { view.optional() }
}

/// Recorded rows as the form posts them, dates as people write them.
fn row_fields(field: &str, rows: &[std::collections::BTreeMap<String, FactValue>]) -> Fields {
    let mut fields = Fields::new();
    for (place, row) in rows.iter().enumerate() {
        for (code, value) in row {
            let name = format!("{field}.{place}.{code}");
            match value {
                FactValue::Codes(codes) => {
                    fields.extend(codes.iter().map(|one| (name.clone(), one.clone())));
                }
                FactValue::Bool(answer) => fields.push((name, answer.to_string())),
                FactValue::Integer(number) => fields.push((name, number.to_string())),
                FactValue::Date(text) => {
                    let shown = CalendarDate::from_canonical(text)
                        .map_or_else(|| text.clone(), CalendarDate::shown);
                    fields.push((name, shown));
                }
                FactValue::Code(text)
                | FactValue::Decimal(text)
                | FactValue::Instant(text)
                | FactValue::Text(text) => fields.push((name, text.clone())),
                FactValue::Records(_) => {}
            }
        }
    }
    fields
}
