//! The answers of a form, read from its fields.
//!
//! A field is `case.kps`, `lesion.T10.sins-pain` or `case.prior-radiotherapy.0.dose`; sets repeat the
//! field. `_none` is the recorded empty set, `_not-assessed`, `_unknown` (with `.reason`) and
//! `_not-applicable` are answers of their own, which typed fields take from `.state`. `.source`,
//! `.observed`, `.stated`, `.text` and `.unit` stand beside an answer. A list of levels is complete
//! when `lesion._listed` is there: `lesion.T10.level` ticks a level, and `lesion.T10._left-out` says
//! why one is no longer listed. Names that begin otherwise belong to the command, not to the facts.

mod fields;
mod form_values;
mod problem;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeZone};
use rules::types::{FactType, Scope};
use rules::value::{Fact, FactValue, MissingReason};

use self::fields::{Beside, Field, Name};
use super::{Entered, FactKey, Source};
use crate::dates::{Moment, instant_text, parse_moment};
use crate::dictionary::{Entry, dictionary};
use crate::json_value::shorten;
use crate::level::VertebralLevel;

pub use form_values::{fact_values, field_name, form_values};
pub use problem::{AnswerError, AnswerErrors, Problem, StateWord};

/// Characters of free text that one answer may have.
pub(crate) const TEXT_LIMIT: usize = 4000;

/// The answers of a form: what is absent is carried over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    pub(super) by_fact: BTreeMap<FactKey, Answer>,
    pub(super) listed: Option<BTreeSet<VertebralLevel>>,
    pub(super) left_out: BTreeMap<VertebralLevel, String>,
    /// Lists whose rows were all left empty: no answer, unless there were rows before.
    pub(super) emptied: BTreeSet<FactKey>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What is known.
    pub fact: Fact,
    /// Why a derived fact is stated.
    pub stated: Option<String>,
    /// Words beside a coded answer; empty words take earlier ones away, absent ones keep them.
    pub text: Option<String>,
    /// The number as it was entered, where it was entered in another unit.
    pub entered: Option<Entered>,
    /// Where the answer comes from.
    pub source: Option<Source>,
    /// When it was observed: a date, or an instant in UTC.
    pub observed_at: Option<String>,
}

impl Answer {
    /// An answer with nothing beside it.
    pub fn new(fact: Fact) -> Self {
        Self { fact, stated: None, text: None, entered: None, source: None, observed_at: None }
    }
}

/// Everything that a form said about one fact.
#[derive(Default)]
pub(super) struct Raw<'a> {
    values: Vec<&'a str>,
    beside: BTreeMap<Beside, &'a str>,
    records: BTreeMap<u32, BTreeMap<&'a str, Vec<&'a str>>>,
    /// The form had rows of a list, filled in or not.
    rows: bool,
}

/// A problem, and where below the field of the fact it belongs (`.reason`, `.0.dose`).
type Misplaced = (String, Problem);

fn at(place: &str, problem: Problem) -> Misplaced {
    (place.to_owned(), problem)
}

impl Answers {
    /// Reads the fields of a form. `now` is the time of the assessment in the zone of the site: it
    /// is what "today" and a time without an offset mean, and nothing may have happened after it.
    ///
    /// # Errors
    /// Every field that cannot be read, with what is wrong and what is allowed.
    pub fn parse<Z: TimeZone>(
        fields: &[(String, String)],
        now: &DateTime<Z>,
    ) -> Result<Self, AnswerErrors> {
        let mut errors = Vec::new();
        let mut answers = Self::default();
        let mut raw: BTreeMap<FactKey, Raw<'_>> = BTreeMap::new();
        for (name, value) in fields {
            match Field::parse(name) {
                Ok(None) => {}
                Ok(Some(field)) => {
                    if let Err(problem) = answers.take(field, value, &mut raw) {
                        errors.push(AnswerError::new(name, problem));
                    }
                }
                Err(problem) => errors.push(AnswerError::new(name, problem)),
            }
        }
        for (key, raw) in raw {
            let Some(entry) = dictionary().entry(&key.code) else { continue };
            match answer(entry, &raw, now) {
                Ok(None) if raw.rows => {
                    answers.emptied.insert(key);
                }
                Ok(None) => {}
                Ok(Some(answer)) => {
                    answers.by_fact.insert(key, answer);
                }
                Err((beside, problem)) => {
                    let name = format!("{}{beside}", field_name(&key));
                    errors.push(AnswerError::new(&name, problem));
                }
            }
        }
        errors.sort_by_key(|error| place_on_form(&error.field, fields));
        if errors.is_empty() { Ok(answers) } else { Err(AnswerErrors::new(errors)) }
    }

    /// The answers by fact, those of the case first, then by level.
    pub fn iter(&self) -> impl Iterator<Item = (&FactKey, &Answer)> {
        self.by_fact.iter()
    }

    /// The same answers with one more, or with another answer for a fact.
    #[must_use]
    pub fn with(mut self, key: FactKey, answer: Answer) -> Self {
        self.by_fact.insert(key, answer);
        self
    }

    /// The levels that the form ticked, where it held the complete list of levels.
    pub fn listed(&self) -> Option<&BTreeSet<VertebralLevel>> {
        self.listed.as_ref()
    }

    /// Whether the form says nothing about any fact or level.
    pub fn is_empty(&self) -> bool {
        self.by_fact.is_empty() && self.listed.is_none() && self.left_out.is_empty()
    }

    fn take<'a>(
        &mut self,
        field: Field<'a>,
        value: &'a str,
        raw: &mut BTreeMap<FactKey, Raw<'a>>,
    ) -> Result<(), Problem> {
        let value = value.trim();
        match field {
            Field::Listed => {
                self.listed.get_or_insert_default();
            }
            Field::LeftOut(level) => {
                if value.chars().count() > TEXT_LIMIT {
                    return Err(Problem::TooLong { limit: TEXT_LIMIT });
                }
                if !value.is_empty() {
                    self.left_out.insert(level, value.to_owned());
                }
            }
            Field::Fact(key, name) => {
                if let (Some(level), "level", Name::Value) = (key.level, key.code.as_str(), &name) {
                    return self.tick(level, &key, value);
                }
                let raw = raw.entry(key).or_default();
                match name {
                    Name::Record { .. } if value.is_empty() => raw.rows = true,
                    Name::Value if value.is_empty() => {}
                    Name::Value => raw.values.push(value),
                    // A word that is empty takes an earlier one away; another empty one says nothing.
                    Name::Beside(beside) if value.is_empty() && beside != Beside::Text => {}
                    Name::Beside(beside) => {
                        raw.beside.insert(beside, value);
                    }
                    Name::Record { place, field } => {
                        raw.records.entry(place).or_default().entry(field).or_default().push(value);
                    }
                }
            }
        }
        Ok(())
    }

    fn tick(&mut self, level: VertebralLevel, key: &FactKey, value: &str) -> Result<(), Problem> {
        if value.is_empty() {
            return Ok(());
        }
        if value != level.code() {
            return Err(Problem::OtherLevel { level, given: shorten(value) });
        }
        let known = Fact::Known(FactValue::Code(level.code().to_owned()));
        self.by_fact.insert(key.clone(), Answer::new(known));
        Ok(())
    }
}

/// Where on the form a field stands; one that was not posted stands with the field that it belongs to.
fn place_on_form(field: &str, fields: &[(String, String)]) -> usize {
    let exact = fields.iter().position(|(name, _)| name == field);
    let near = || {
        fields
            .iter()
            .position(|(name, _)| field.starts_with(name.as_str()) || name.starts_with(field))
    };
    exact.or_else(near).unwrap_or(fields.len())
}

/// What a form says about one fact; `None` when it says nothing. An error names the field beside
/// which it belongs, empty for the field itself.
fn answer<Z: TimeZone>(
    entry: &Entry,
    raw: &Raw<'_>,
    now: &DateTime<Z>,
) -> Result<Option<Answer>, Misplaced> {
    let mut entered = None;
    let fact = match state_of(raw).map_err(|problem| at("", problem))? {
        Some(state) => state_fact(entry, state, raw)?,
        None if raw.records.is_empty() && raw.values.is_empty() => return Ok(None),
        None if *entry.fact_type() == FactType::Records => {
            Fact::Known(value::records(entry, raw, now)?)
        }
        None => {
            let unit = raw.beside.get(&Beside::Unit).copied();
            let (value, other) = value::single(entry, &raw.values, unit, now)?;
            entered = other;
            Fact::Known(value)
        }
    };
    let stated = raw.beside.get(&Beside::Stated).map(|words| (*words).to_owned());
    let withdrawn = matches!(fact, Fact::NotAssessed(_));
    if entry.derived() && !entry.asked && stated.is_none() && !withdrawn {
        return Err(at(".stated", Problem::NoReasonStated));
    }
    let answer = Answer {
        fact,
        stated: stated.filter(|_| entry.derived() && !withdrawn),
        text: words(entry, raw)?,
        entered,
        source: source(raw)?,
        observed_at: observed(raw, now)?,
    };
    if [&answer.stated, &answer.text]
        .iter()
        .any(|text| text.as_ref().is_some_and(|text| text.chars().count() > TEXT_LIMIT))
    {
        return Err(at("", Problem::TooLong { limit: TEXT_LIMIT }));
    }
    Ok(Some(answer))
}

/// The reserved word that a form gives for a fact, from its field or its `.state`.
fn state_of(raw: &Raw<'_>) -> Result<Option<StateWord>, Problem> {
    let mut words = Vec::new();
    for &value in &raw.values {
        if let Some(word) = StateWord::parse(value)? {
            words.push(word);
        }
    }
    let typed = raw.values.len() - words.len() + raw.records.len();
    match raw.beside.get(&Beside::State) {
        None => {}
        Some(&("known" | "_known")) if typed > 0 => {}
        Some(&("known" | "_known")) => return Err(Problem::ValueMissing),
        Some(&word) => {
            let reserved = || Problem::Reserved { given: shorten(word) };
            words.push(StateWord::parse(word)?.ok_or_else(reserved)?);
        }
    }
    words.dedup();
    match words.as_slice() {
        [] => Ok(None),
        [word] if typed == 0 => Ok(Some(*word)),
        [_] => Err(Problem::ValueAndState),
        _ => Err(Problem::SeveralAnswers),
    }
}

fn state_fact(entry: &Entry, state: StateWord, raw: &Raw<'_>) -> Result<Fact, Misplaced> {
    let refused = || at("", Problem::StateNotAllowed(state));
    let not_assessed = entry.not_assessed || entry.derived();
    match state {
        StateWord::None => match entry.fact_type() {
            FactType::CodeSet(_) => Ok(Fact::Known(FactValue::Codes(BTreeSet::new()))),
            FactType::Records => Ok(Fact::Known(FactValue::Records(Vec::new()))),
            _ => Err(refused()),
        },
        StateWord::NotAssessed if not_assessed => Ok(Fact::NotAssessed(None)),
        StateWord::Unknown if entry.not_assessed && !entry.derived() => {
            let code =
                raw.beside.get(&Beside::Reason).ok_or_else(|| at(".reason", Problem::NoReason))?;
            match reason(code) {
                Some(reason) => Ok(Fact::NotAssessed(Some(reason))),
                None => Err(at(".reason", Problem::Reason { given: shorten(code) })),
            }
        }
        StateWord::NotApplicable if entry.not_applicable => Ok(Fact::NotApplicable),
        StateWord::NotAssessed | StateWord::Unknown | StateWord::NotApplicable => Err(refused()),
    }
}

/// The reason of a code.
pub(crate) fn reason(code: &str) -> Option<MissingReason> {
    Some(match code {
        "not-done" => MissingReason::NotDone,
        "pending" => MissingReason::Pending,
        "not-available" => MissingReason::NotAvailable,
        "patient-declined" => MissingReason::PatientDeclined,
        "indeterminate" => MissingReason::Indeterminate,
        _ => return None,
    })
}

/// The code of a reason.
pub(crate) fn reason_code(reason: MissingReason) -> &'static str {
    match reason {
        MissingReason::NotDone => "not-done",
        MissingReason::Pending => "pending",
        MissingReason::NotAvailable => "not-available",
        MissingReason::PatientDeclined => "patient-declined",
        MissingReason::Indeterminate => "indeterminate",
    }
}

fn words(entry: &Entry, raw: &Raw<'_>) -> Result<Option<String>, Misplaced> {
    match raw.beside.get(&Beside::Text) {
        None | Some(&"") if !entry.with_text => Ok(None),
        None => Ok(None),
        Some(_) if !entry.with_text => Err(at(".text", Problem::NoText)),
        Some(words) => Ok(Some((*words).to_owned())),
    }
}

fn source(raw: &Raw<'_>) -> Result<Option<Source>, Misplaced> {
    let Some(code) = raw.beside.get(&Beside::Source) else { return Ok(None) };
    Source::from_code(code)
        .map(Some)
        .ok_or_else(|| at(".source", Problem::Source { given: shorten(code) }))
}

fn observed<Z: TimeZone>(raw: &Raw<'_>, now: &DateTime<Z>) -> Result<Option<String>, Misplaced> {
    let Some(text) = raw.beside.get(&Beside::Observed) else { return Ok(None) };
    let moment =
        parse_moment(text, now, true).and_then(|moment| value::not_after(moment, text, now));
    match moment {
        Ok(Moment::Instant(instant)) => Ok(Some(instant_text(instant))),
        Ok(Moment::Day(day)) => Ok(Some(day.to_string())),
        Err(problem) => Err(at(".observed", Problem::Date(problem))),
    }
}

/// Whether a code may be answered on a form of this scope, and if not, why.
pub(super) fn answerable(entry: &Entry, level: Option<VertebralLevel>) -> Result<(), Problem> {
    match (entry.scope(), level) {
        (Scope::Patient, _) => Err(Problem::PatientFact { code: entry.code().to_owned() }),
        (Scope::Lesion, None) => Err(Problem::LesionFact { code: entry.code().to_owned() }),
        (Scope::Case | Scope::Treatment, Some(_)) => {
            Err(Problem::CaseFact { code: entry.code().to_owned() })
        }
        (Scope::Lesion, Some(_)) | (Scope::Case | Scope::Treatment, None) => Ok(()),
    }
}
