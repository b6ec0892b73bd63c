//! Assessments: reading a form, carrying facts over, what is refused, and the stored bytes.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod carried;
mod form;
mod laws;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rules::value::{Fact, FactValue};
use spineboard_clinical::assessment::{Answers, Assessment, Change, Context, FactKey, Route};
use spineboard_clinical::level::VertebralLevel;

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-23T21:06:40Z".parse().unwrap()
}

pub(crate) fn context(recorded_by: &str) -> Context {
    let birth = Fact::Known(FactValue::Date("1962-03-12".to_owned()));
    let sex = Fact::Known(FactValue::Code("female".to_owned()));
    Context {
        recorded_by: recorded_by.to_owned(),
        recorded_at: now(),
        assessed_at: now(),
        route: Route::Form,
        patient: BTreeMap::from([("birth-date".to_owned(), birth), ("sex".to_owned(), sex)]),
    }
}

pub(crate) fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

pub(crate) fn parse(pairs: &[(&str, &str)]) -> Answers {
    Answers::parse(&fields(pairs), &now()).unwrap()
}

/// The messages of a form that is refused, a line each.
pub(crate) fn refused(pairs: &[(&str, &str)]) -> String {
    let errors = match Answers::parse(&fields(pairs), &now()) {
        Ok(answers) => Assessment::next(None, &answers, &context("u1")).unwrap_err(),
        Err(errors) => errors,
    };
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

pub(crate) fn first(pairs: &[(&str, &str)]) -> Assessment {
    Assessment::next(None, &parse(pairs), &context("u1")).unwrap().0
}

pub(crate) fn level(code: &str) -> VertebralLevel {
    code.parse().unwrap()
}

pub(crate) fn names(keys: &[FactKey]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

pub(crate) fn taken(
    base: Option<(&Assessment, u32)>,
    form: &[(String, String)],
) -> (Assessment, Change) {
    let answers = Answers::parse(form, &now()).unwrap();
    Assessment::next(base, &answers, &context("u1")).unwrap()
}
