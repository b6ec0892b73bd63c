//! The input of `spineboard evaluate`: the facts of one case, or of a list of cases, as JSON.
//!
//! `{"assessed_at": "2026-06-15T08:25:00Z", "case": {code: value, …}, "lesions": [{"level": "T10",
//! code: value, …}, …]}`. An absent fact is not assessed; `{"not_assessed": "pending"}` says why, and
//! `{"not_applicable": true}` that the question does not arise. A derived fact that is given is
//! stated. One bad case refuses the whole list.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use rules::types::Scope;
use rules::value::{Fact, FactValue, Facts, LesionFacts};
use serde_json::{Map, Value};

use crate::assessment::reason_of;
use crate::dates::instant_text;
use crate::dictionary::{Entry, closest, dictionary, nearest};
use crate::json_value::{ValueError, among, fact_value, shorten};
use crate::level::{LevelError, VertebralLevel};

/// The cases of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluateInput {
    /// The facts of each case, in the order of the input.
    pub cases: Vec<Facts>,
    /// Whether the input was a list: then the output is one, too.
    pub is_list: bool,
}

/// Why an input cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateInputError {
    /// No JSON.
    #[error("the input is not JSON")]
    Json(#[from] serde_json::Error),
    /// A fact, value or key that cannot be.
    #[error("{place}: {problem}")]
    Fact {
        /// Where in the input.
        place: Place,
        /// What is wrong there.
        problem: InputProblem,
    },
}

/// A place in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The number of the case in a list, from 1; `None` if the input is one case.
    pub case: Option<usize>,
    /// The number of the lesion in its list, from 1; `None` for the case itself.
    pub lesion: Option<usize>,
    /// The code or key; may be empty.
    pub code: String,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(case) = self.case {
            parts.push(format!("case {case} of the list"));
        }
        if let Some(lesion) = self.lesion {
            parts.push(format!("lesion {lesion}"));
        }
        if !self.code.is_empty() {
            parts.push(format!("`{}`", self.code));
        }
        if parts.is_empty() {
            parts.push("the case".to_owned());
        }
        formatter.write_str(&parts.join(", "))
    }
}

/// What is wrong at a place of the input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputProblem {
    /// A code that is no fact.
    #[error("is no fact{}", among(.0))]
    UnknownCode(
        /// The nearest codes.
        Vec<String>,
    ),
    /// A key that a case does not have.
    #[error("is no key of a case: assessed_at, case, lesions")]
    UnknownKey,
    /// A value that the fact cannot have.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// A level that does not exist.
    #[error(transparent)]
    Level(#[from] LevelError),
    /// The same level twice.
    #[error("the level {0} is there twice")]
    LevelTwice(VertebralLevel),
    /// Something of another JSON type.
    #[error("has to be {0}")]
    Shape(&'static str),
    /// A reason that is none of the five.
    #[error(
        "`{0}` is no reason: not-done, pending, not-available, patient-declined, indeterminate"
    )]
    Reason(String),
    /// "Not applicable" where the dictionary does not allow it.
    #[error("cannot be not applicable")]
    NotApplicable,
    /// A fact in the wrong part.
    #[error("is a fact of {0}")]
    Scope(&'static str),
}

/// Reads the facts of one case or of a list of cases.
///
/// # Errors
/// The first place that is wrong, with the code and the nearest codes.
pub fn parse(json: &[u8]) -> Result<EvaluateInput, EvaluateInputError> {
    match serde_json::from_slice(json)? {
        Value::Array(items) => {
            let numbered = (1..).zip(&items);
            let cases = numbered.map(|(number, item)| one_case(Some(number), item));
            Ok(EvaluateInput { cases: cases.collect::<Result<_, _>>()?, is_list: true })
        }
        single => Ok(EvaluateInput { cases: vec![one_case(None, &single)?], is_list: false }),
    }
}

/// A place of which the code is not known yet.
#[derive(Clone, Copy)]
struct At {
    case: Option<usize>,
    lesion: Option<usize>,
}

impl At {
    fn error(self, code: &str, problem: impl Into<InputProblem>) -> EvaluateInputError {
        let place = Place { case: self.case, lesion: self.lesion, code: shorten(code) };
        EvaluateInputError::Fact { place, problem: problem.into() }
    }
}

fn one_case(number: Option<usize>, json: &Value) -> Result<Facts, EvaluateInputError> {
    let at = At { case: number, lesion: None };
    let Value::Object(case) = json else {
        return Err(at.error("", InputProblem::Shape("an object with `case` and `lesions`")));
    };
    let mut facts = Facts::default();
    for (key, value) in case {
        match key.as_str() {
            "assessed_at" => facts.assessed_at = Some(instant(at, value)?),
            "case" => {
                let Value::Object(given) = value else {
                    return Err(at.error(key, InputProblem::Shape("an object of facts")));
                };
                facts.case = facts_of(at, given, None)?;
            }
            "lesions" => {
                let Value::Array(given) = value else {
                    return Err(at.error(key, InputProblem::Shape("a list of lesions")));
                };
                facts.lesions = lesions(number, given)?;
            }
            other => return Err(at.error(other, InputProblem::UnknownKey)),
        }
    }
    Ok(facts)
}

fn instant(at: At, json: &Value) -> Result<String, EvaluateInputError> {
    let text = json.as_str().unwrap_or_default();
    DateTime::parse_from_rfc3339(text)
        .map(|instant| instant_text(instant.with_timezone(&Utc)))
        .map_err(|_| {
            let shape = "a time such as \"2026-06-15T08:25:00Z\"";
            at.error("assessed_at", InputProblem::Shape(shape))
        })
}

fn lesions(number: Option<usize>, given: &[Value]) -> Result<Vec<LesionFacts>, EvaluateInputError> {
    let mut lesions: BTreeMap<VertebralLevel, LesionFacts> = BTreeMap::new();
    for (place, json) in (1..).zip(given) {
        let at = At { case: number, lesion: Some(place) };
        let Value::Object(lesion) = json else {
            return Err(at.error("", InputProblem::Shape("an object with `level`")));
        };
        let Some(Value::String(level)) = lesion.get("level") else {
            return Err(at.error("level", InputProblem::Shape("there, as text such as \"T10\"")));
        };
        let level: VertebralLevel = level
            .parse()
            .map_err(|error: LevelError| at.error("level", InputProblem::Level(error)))?;
        let facts = facts_of(at, lesion, Some(level))?;
        let facts = LesionFacts { level: level.code().to_owned(), facts };
        if lesions.insert(level, facts).is_some() {
            return Err(at.error("level", InputProblem::LevelTwice(level)));
        }
    }
    Ok(lesions.into_values().collect())
}

fn facts_of(
    at: At,
    given: &Map<String, Value>,
    level: Option<VertebralLevel>,
) -> Result<BTreeMap<String, Fact>, EvaluateInputError> {
    let mut facts = BTreeMap::new();
    for (code, json) in given {
        let entry = dictionary().entry(code).ok_or_else(|| at.error(code, unknown(code)))?;
        match (entry.scope(), level) {
            (Scope::Lesion, None) => return Err(at.error(code, InputProblem::Scope("a lesion"))),
            (Scope::Patient | Scope::Case | Scope::Treatment, Some(_)) => {
                return Err(at.error(code, InputProblem::Scope("the case")));
            }
            _ => {}
        }
        let fact = one_fact(entry, json).map_err(|problem| at.error(code, problem))?;
        // A derived fact that is not assessed is not stated: it is derived.
        if !(entry.derived() && matches!(fact, Fact::NotAssessed(_))) {
            facts.insert(code.clone(), fact);
        }
    }
    Ok(facts)
}

fn unknown(code: &str) -> InputProblem {
    let codes = || dictionary().facts().iter().map(Entry::code);
    let mut found = nearest(code, codes(), 3);
    if found.is_empty() {
        found = closest(code, codes(), 3);
    }
    InputProblem::UnknownCode(found.into_iter().map(str::to_owned).collect())
}

fn one_fact(entry: &Entry, json: &Value) -> Result<Fact, InputProblem> {
    let Value::Object(state) = json else {
        return Ok(Fact::Known(fact_value(entry, json)?));
    };
    let shape = "a value, {\"not_assessed\": a reason} or {\"not_applicable\": true}";
    let mut keys = state.iter();
    match (keys.next(), keys.next()) {
        (Some((key, Value::Bool(true) | Value::Null)), None) if key == "not_assessed" => {
            Ok(Fact::NotAssessed(None))
        }
        (Some((key, Value::String(code))), None) if key == "not_assessed" => reason_of(code)
            .map(|reason| Fact::NotAssessed(Some(reason)))
            .ok_or_else(|| InputProblem::Reason(shorten(code))),
        (Some((key, Value::Bool(true))), None) if key == "not_applicable" => {
            if entry.not_applicable {
                Ok(Fact::NotApplicable)
            } else {
                Err(InputProblem::NotApplicable)
            }
        }
        _ => Err(InputProblem::Shape(shape)),
    }
}

/// The facts of one case as the input would say them: the inverse of [`parse`].
pub fn to_json(facts: &Facts) -> Value {
    let mut case = Map::new();
    if let Some(at) = &facts.assessed_at {
        case.insert("assessed_at".to_owned(), Value::String(at.clone()));
    }
    case.insert("case".to_owned(), Value::Object(object(&facts.case)));
    let lesions = facts.lesions.iter().map(|lesion| {
        let mut object = object(&lesion.facts);
        object.insert("level".to_owned(), Value::String(lesion.level.clone()));
        Value::Object(object)
    });
    case.insert("lesions".to_owned(), Value::Array(lesions.collect()));
    Value::Object(case)
}

fn object(facts: &BTreeMap<String, Fact>) -> Map<String, Value> {
    let json = |fact: &Fact| match fact {
        Fact::Known(value) => value_json(value),
        Fact::NotAssessed(reason) => {
            let reason = reason.map_or(Value::Bool(true), |reason| {
                Value::String(crate::assessment::reason_words(reason).to_owned())
            });
            Value::Object(Map::from_iter([("not_assessed".to_owned(), reason)]))
        }
        Fact::NotApplicable => {
            Value::Object(Map::from_iter([("not_applicable".to_owned(), Value::Bool(true))]))
        }
    };
    facts.iter().map(|(code, fact)| (code.clone(), json(fact))).collect()
}

fn value_json(value: &FactValue) -> Value {
    match value {
        FactValue::Bool(answer) => Value::Bool(*answer),
        FactValue::Integer(number) => Value::from(*number),
        FactValue::Decimal(text)
        | FactValue::Code(text)
        | FactValue::Date(text)
        | FactValue::Instant(text)
        | FactValue::Text(text) => Value::String(text.clone()),
        FactValue::Codes(codes) => codes.iter().cloned().map(Value::String).collect(),
        FactValue::Records(rows) => rows
            .iter()
            .map(|row| {
                Value::Object(
                    row.iter().map(|(field, value)| (field.clone(), value_json(value))).collect(),
                )
            })
            .collect(),
    }
}
