//! The next assessment: the one before it and the answers that a person gave.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rules::types::{FactType, Scope};
use rules::value::{Fact, FactValue};

use super::answers::{answerable, field_name};
use super::contradiction::contradictions;
use super::{
    Answer, AnswerError, AnswerErrors, Answers, Assessment, FactKey, Problem, RecordedFact, Route,
};
use crate::dictionary::dictionary;
use crate::level::VertebralLevel;

/// Who records, when, and what is taken from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The id of the user.
    pub recorded_by: String,
    /// The time of the command.
    pub recorded_at: DateTime<Utc>,
    /// The time that the facts speak of.
    pub assessed_at: DateTime<Utc>,
    /// By which way the answers came in.
    pub route: Route,
    /// The facts of the patient's record at this moment, by code.
    pub patient: BTreeMap<String, Fact>,
}

/// What an assessment says anew. Facts of the patient's record and of levels that were left out are
/// not listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Facts that are new, have another answer, or are no longer stated.
    pub changed: Vec<FactKey>,
    /// Facts that were answered as before.
    pub confirmed: Vec<FactKey>,
    /// Levels that the base did not have.
    pub added_levels: Vec<VertebralLevel>,
    /// Levels that are no longer listed, each with the reason.
    pub removed_levels: Vec<LeftOut>,
}

/// A level that is no longer listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The level.
    pub level: VertebralLevel,
    /// Why it was left out, in the words of the person.
    pub reason: String,
}

impl Change {
    fn is_nothing(&self) -> bool {
        self.changed.is_empty()
            && self.confirmed.is_empty()
            && self.added_levels.is_empty()
            && self.removed_levels.is_empty()
    }
}

impl Assessment {
    /// Makes the next assessment of a case.
    ///
    /// What was not answered is carried over from the base with its recorder, time and source. The
    /// same answer again is a confirmation, another one a change. A derived fact answered "not
    /// assessed" is no longer stated. `base` is the assessment before it with its ordinal; `None`
    /// for the first of a case.
    ///
    /// # Errors
    /// When facts contradict each other, when a level is left out without a reason, or when nothing
    /// is new, changed or confirmed.
    pub fn next(
        base: Option<(&Self, u32)>,
        answers: &Answers,
        context: &Context,
    ) -> Result<(Self, Change), AnswerErrors> {
        let mut draft =
            Draft { facts: carried(base), change: Change::default(), errors: Vec::new() };
        draft.leave_out(answers);
        draft.levels_of(answers, context);
        for (key, answer) in &answers.by_fact {
            let left = key.level.is_some_and(|level| draft.is_left_out(level));
            if !left && key.code != "level" {
                draft.record(key, answer, context);
            }
        }
        draft.emptied(answers);
        draft.patient(context);
        if draft.errors.is_empty() {
            draft.errors = contradictions(&draft.facts, context.assessed_at);
        }
        if !draft.errors.is_empty() {
            return Err(AnswerErrors::new(draft.errors));
        }
        if draft.change.is_nothing() {
            return Err(AnswerErrors::whole(Problem::NothingRecorded));
        }
        Self::made(context.assessed_at, dictionary().version(), draft.facts)
            .map(|assessment| (assessment, draft.change))
            .map_err(|_| AnswerErrors::whole(Problem::Unstorable))
    }
}

/// The facts of the base, each with the assessment in which it was recorded.
fn carried(base: Option<(&Assessment, u32)>) -> BTreeMap<FactKey, RecordedFact> {
    let Some((base, ordinal)) = base else { return BTreeMap::new() };
    let carry = |(key, recorded): (&FactKey, &RecordedFact)| {
        let carried_from = recorded.carried_from.or(Some(ordinal));
        (key.clone(), RecordedFact { carried_from, ..recorded.clone() })
    };
    base.facts.iter().map(carry).collect()
}

struct Draft {
    facts: BTreeMap<FactKey, RecordedFact>,
    change: Change,
    errors: Vec<AnswerError>,
}

impl Draft {
    fn refuse(&mut self, field: &str, problem: Problem) {
        self.errors.push(AnswerError::new(field, problem));
    }

    fn is_left_out(&self, level: VertebralLevel) -> bool {
        self.change.removed_levels.iter().any(|left| left.level == level)
    }

    /// Levels of the base that the form no longer ticks, or for which it gives a reason.
    fn leave_out(&mut self, answers: &Answers) {
        let present: Vec<VertebralLevel> = self
            .facts
            .keys()
            .filter(|key| key.code == "level")
            .filter_map(|key| key.level)
            .collect();
        for level in present {
            let ticked = answers.by_fact.contains_key(&FactKey::lesion(level, "level"));
            let unticked = answers.listed.is_some() && !ticked;
            let field = format!("lesion.{level}._left-out");
            match answers.left_out.get(&level) {
                Some(_) if ticked => self.refuse(&field, Problem::TickedAndLeftOut(level)),
                Some(reason) => {
                    self.facts.retain(|key, _| key.level != Some(level));
                    let reason = reason.clone();
                    self.change.removed_levels.push(LeftOut { level, reason });
                }
                None if unticked => self.refuse(&field, Problem::NoReasonLeftOut(level)),
                None => {}
            }
        }
    }

    /// The levels that the form ticks, and those that it says something about.
    fn levels_of(&mut self, answers: &Answers, context: &Context) {
        let mut named: Vec<VertebralLevel> =
            answers.by_fact.keys().filter_map(|key| key.level).collect();
        named.dedup();
        for level in named {
            let key = FactKey::lesion(level, "level");
            if self.is_left_out(level) || self.facts.contains_key(&key) {
                continue;
            }
            if answers.listed.is_some() && !answers.by_fact.contains_key(&key) {
                self.refuse(&field_name(&key), Problem::NotTicked(level));
                continue;
            }
            let known = Fact::Known(FactValue::Code(level.code().to_owned()));
            self.facts.insert(key, recorded(&Answer::new(known), None, context));
            self.change.added_levels.push(level);
        }
    }

    fn record(&mut self, key: &FactKey, answer: &Answer, context: &Context) {
        let Some(entry) = dictionary().entry(&key.code) else {
            let nearest = rules::types::Dictionary::nearest(dictionary(), &key.code, 3);
            let nearest = nearest.into_iter().map(str::to_owned).collect();
            self.refuse(&field_name(key), Problem::Code { given: key.code.clone(), nearest });
            return;
        };
        if let Err(problem) = answerable(entry, key.level) {
            self.refuse(&field_name(key), problem);
            return;
        }
        if entry.derived() && matches!(answer.fact, Fact::NotAssessed(_)) {
            if self.facts.remove(key).is_some() {
                self.change.changed.push(key.clone());
            }
            return;
        }
        let before = self.facts.get(key);
        let same = before.is_some_and(|before| {
            before.fact == answer.fact
                && answer
                    .text
                    .as_ref()
                    .is_none_or(|text| text.as_str() == before.text.as_deref().unwrap_or_default())
        });
        let fact = recorded(answer, before.filter(|_| same), context);
        self.facts.insert(key.clone(), fact);
        let list = if same { &mut self.change.confirmed } else { &mut self.change.changed };
        list.push(key.clone());
    }

    /// Rows that were there and were all emptied say nothing: neither that there are none now, nor that they
    /// still stand.
    fn emptied(&mut self, answers: &Answers) {
        for key in &answers.emptied {
            let before = self.facts.get(key).map(|before| &before.fact);
            if matches!(before, Some(Fact::Known(FactValue::Records(rows))) if !rows.is_empty()) {
                self.refuse(&field_name(key), Problem::RowsEmptied);
            }
        }
    }

    /// The facts of the patient's record as they are now; they neither change nor confirm anything.
    fn patient(&mut self, context: &Context) {
        let of_patient = |code: &str| {
            dictionary().entry(code).is_some_and(|entry| entry.scope() == Scope::Patient)
        };
        let gone =
            |key: &FactKey| of_patient(&key.code) && !context.patient.contains_key(&key.code);
        self.facts.retain(|key, _| !gone(key));
        for (code, fact) in &context.patient {
            if !of_patient(code) || !fits(code, fact) {
                self.refuse(&format!("patient.{code}"), Problem::Patient);
                continue;
            }
            let key = FactKey::case(code);
            if self.facts.get(&key).is_none_or(|before| before.fact != *fact) {
                let fact = recorded(&Answer::new(fact.clone()), None, context);
                self.facts.insert(key, fact);
            }
        }
    }
}

/// Whether a value is one of the fact's.
fn fits(code: &str, fact: &Fact) -> bool {
    let Some(entry) = dictionary().entry(code) else { return false };
    let Fact::Known(value) = fact else { return true };
    match (entry.fact_type(), value) {
        (FactType::Codes(codes), FactValue::Code(code)) => codes.contains(code),
        (FactType::Date, FactValue::Date(date)) => {
            crate::dates::CalendarDate::from_canonical(date).is_some()
        }
        _ => false,
    }
}

/// A fact recorded now. A confirmation keeps what stood beside the answer before, where the form
/// says nothing about it.
fn recorded(answer: &Answer, confirms: Option<&RecordedFact>, context: &Context) -> RecordedFact {
    let Answer { fact, stated, text, entered, source, observed_at } = answer.clone();
    let before = confirms.cloned();
    let kept = |now: Option<String>, pick: fn(&RecordedFact) -> &Option<String>| {
        now.or_else(|| before.as_ref().and_then(|before| pick(before).clone()))
    };
    RecordedFact {
        fact,
        stated: kept(stated, |before| &before.stated),
        text: kept(text, |before| &before.text).filter(|text| !text.is_empty()),
        entered: entered.or_else(|| before.as_ref().and_then(|before| before.entered.clone())),
        source: source.or_else(|| before.as_ref().and_then(|before| before.source)),
        observed_at: kept(observed_at, |before| &before.observed_at),
        recorded_by: context.recorded_by.clone(),
        recorded_at: context.recorded_at,
        route: context.route,
        carried_from: None,
    }
}
