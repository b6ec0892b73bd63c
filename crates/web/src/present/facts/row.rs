//! One fact as a row: how it is asked, what stood before, what was typed, and the mark that follows.

use chrono::TimeDelta;
use clinical::assessment::{FactKey, RecordedFact, fact_values, field_name};
use clinical::dictionary::{Choice as Answerable, Entry, Precision};
use clinical::level::VertebralLevel;
use mdt::display;
use rules::result::Grade;
use rules::types::FactType;
use rules::value::Fact;

use super::{Sheet, lists, words};
use crate::present::score_card;
use crate::view::Choice;
use crate::view::fact::{Answer, Caveat, CaveatKind, FactRow, Kind, Standing, State, StateChoice};

/// More answers than this are a list to choose from, not buttons.
const MOST_BUTTONS: usize = 12;
/// Above this the meaning of a grade is left out of its button.
const MOST_WORDS: usize = 6;

impl Sheet<'_> {
    /// The row of a fact.
    pub fn row(&self, entry: &Entry, level: Option<VertebralLevel>) -> FactRow {
        let key = FactKey { level, code: entry.code().to_owned() };
        let field = field_name(&key);
        let recorded = self.base.and_then(|base| base.fact(entry.code(), level));
        let before = recorded.map(|recorded| codes(&key, recorded)).unwrap_or_default();
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        let shown = recorded
            .map(|recorded| words::recorded(entry, recorded, self.zone))
            .unwrap_or_default();
        let mut row = FactRow::new(
            &field,
            &entry.question,
            &self.help(entry),
            self.kind(entry, &field, recorded),
        );
        row.states = states(entry);
        row.caveats = caveats(entry);
        row.stated = (entry.derived() && !entry.asked).then(String::new);
        row.text = entry.with_text.then(String::new);
        let mut row = row.recorded(&before, &shown).filled(self.input, &before);
        self.keep_words(&mut row, recorded);
        row.standing = self.standing(entry, &key, recorded, row.standing);
        row.note = self.note(entry, &key, recorded, row.standing);
        row.gives = self.gives(entry, &row, &before);
        row
    }

    /// Words beside the answer stay in their field until somebody changes them: an empty field would take them away.
    fn keep_words(&self, row: &mut FactRow, recorded: Option<&RecordedFact>) {
        let Some(recorded) = recorded else { return };
        let untouched =
            |beside: &str| !self.input.values.contains_key(&format!("{}.{beside}", row.field));
        if let (Some(text), Some(earlier), true) =
            (&mut row.text, &recorded.text, untouched("text"))
        {
            earlier.clone_into(text);
        }
        if let (Some(stated), Some(earlier), true) =
            (&mut row.stated, &recorded.stated, untouched("stated"))
        {
            earlier.clone_into(stated);
        }
    }

    fn kind(&self, entry: &Entry, field: &str, recorded: Option<&RecordedFact>) -> Kind {
        match entry.fact_type() {
            FactType::Bool => {
                let answer = |value: &str, label: &str, key: &str| {
                    Answer::new(value, label, &self.detail(entry, value), key)
                };
                Kind::Choice(vec![answer("true", "Yes", "y"), answer("false", "No", "n")])
            }
            FactType::Codes(_) | FactType::Integer { .. } if !entry.choices.is_empty() => {
                self.choice(entry)
            }
            FactType::CodeSet(_) => Kind::Set {
                answers: entry
                    .choices
                    .iter()
                    .map(|one| Answer::new(&one.code, &one.label, "", ""))
                    .collect(),
                none: false,
                none_was: false,
            },
            FactType::Records => lists::records(entry, field, recorded, self.input),
            FactType::Text => typed(entry, entry.digits.is_some(), entry.digits.is_none()),
            _ => typed(entry, true, false),
        }
    }

    fn choice(&self, entry: &Entry) -> Kind {
        let few = entry.choices.len() <= MOST_WORDS;
        let answer = |one: &Answerable| {
            let label = match (entry.coded, entry.code()) {
                (_, "escc-grade") | (false, _) => one.label.clone(),
                (true, _) if few && one.label != one.code => format!("{} {}", one.code, one.label),
                (true, _) => one.code.clone(),
            };
            let key = one.key.map(String::from).unwrap_or_default();
            Answer::new(&one.code, &label, &self.detail(entry, &one.code), &key)
        };
        if entry.code() == "escc-grade" {
            Kind::Escc(entry.choices.iter().map(answer).collect())
        } else if entry.choices.len() <= MOST_BUTTONS {
            Kind::Choice(entry.choices.iter().map(answer).collect())
        } else {
            let plain = |one: &Answerable| Answer::new(&one.code, &one.label, "", "");
            Kind::List { groups: self.groups(entry, plain), was: String::new() }
        }
    }

    /// The groups of a long list. The index lesion is one of the lesions, wherever any is known.
    fn groups(
        &self,
        entry: &Entry,
        answer: impl Fn(&Answerable) -> Answer,
    ) -> Vec<(String, Vec<Answer>)> {
        let lesions: Vec<String> = match (entry.code(), self.base) {
            ("index-lesion", Some(base)) => base.levels().iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        let offered = |one: &&Answerable| lesions.is_empty() || lesions.contains(&one.code);
        let mut groups: Vec<(String, Vec<Answer>)> = Vec::new();
        for one in entry.choices.iter().filter(offered) {
            let title = if one.group.is_empty() { entry.label() } else { &one.group };
            match groups.last_mut() {
                Some((last, answers)) if last == title => answers.push(answer(one)),
                _ => groups.push((title.to_owned(), vec![answer(one)])),
            }
        }
        groups
    }

    fn detail(&self, entry: &Entry, value: &str) -> String {
        self.points.map(|points| points.detail(entry.code(), value)).unwrap_or_default()
    }

    /// How to answer it: the dictionary's words, its range, its points by range, how dates are written.
    fn help(&self, entry: &Entry) -> String {
        let range = entry
            .range()
            .filter(|_| entry.choices.is_empty())
            .map(|range| format!("From {range}."));
        let points = self.points.map(|points| points.ranges(entry.code()).to_owned());
        let written = match (entry.fact_type(), entry.precision) {
            (FactType::Date, Precision::Year | Precision::Month) => {
                Some("For example 17-Nov-2026, Nov-2026 or 2026.")
            }
            (FactType::Date, _) | (FactType::Instant, Precision::Day) => {
                Some("For example 17-Nov-2026.")
            }
            (FactType::Instant, _) => Some("For example 17-Nov-2026 16:42."),
            _ => None,
        };
        let parts = [Some(entry.help.clone()), range, written.map(str::to_owned), points];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    fn standing(
        &self,
        entry: &Entry,
        key: &FactKey,
        recorded: Option<&RecordedFact>,
        compared: Standing,
    ) -> Standing {
        match (self.answers.get(key), recorded) {
            (Some(answer), _) if matches!(answer.fact, Fact::NotAssessed(Some(_))) => {
                Standing::Unknown
            }
            (Some(answer), Some(recorded)) if answer.fact == recorded.fact => Standing::Confirmed,
            (Some(_), Some(_)) => Standing::Changed,
            (Some(_), None) => Standing::New,
            // Typed, but not to be read: as its text compares.
            (None, _) if self.typed(key) => compared,
            (None, Some(recorded)) if self.too_old(entry, recorded) => Standing::ToAnswer,
            (None, Some(_)) => Standing::Carried,
            (None, None) if entry.derived() => Standing::Derived,
            (None, None) => Standing::Open,
        }
    }

    fn too_old(&self, entry: &Entry, recorded: &RecordedFact) -> bool {
        let age = self.now - recorded.recorded_at;
        entry.answer_again_after_hours.is_some_and(|hours| age > TimeDelta::hours(hours.into()))
    }

    fn note(
        &self,
        entry: &Entry,
        key: &FactKey,
        recorded: Option<&RecordedFact>,
        standing: Standing,
    ) -> String {
        let Some(recorded) = recorded else {
            return if standing == Standing::Derived { self.derived(key) } else { String::new() };
        };
        let day = display::date(display::day_of(recorded.recorded_at, self.zone));
        let by = recorded.recorded_by.parse().ok().and_then(|id| self.names.get(&id).cloned());
        let source = Some(words::source(recorded, self.zone)).filter(|source| !source.is_empty());
        let shown = words::recorded(entry, recorded, self.zone);
        let rest: Vec<String> = std::iter::once(day).chain(by).chain(source).collect();
        let rest = rest.join(", ");
        match standing {
            Standing::Confirmed => format!("As {rest}"),
            Standing::ToAnswer => format!("Was {shown}, {rest}: too old, answer again"),
            _ => format!("Was {shown}, {rest}"),
        }
    }

    /// What a rule set gives for a derived fact now: one of the protocol, or one that only marks cases.
    fn derived(&self, key: &FactKey) -> String {
        let level = key.level.map(VertebralLevel::code);
        let mut evaluations = [self.evaluation, self.marks].into_iter().flatten();
        let result = evaluations.find_map(|one| one.result(&key.code, level));
        match result.and_then(|result| result.grade().map(|grade| (result, grade))) {
            None => "No rule set in use gives it".to_owned(),
            Some((result, grade)) => {
                let value = match grade {
                    Grade::NotApplicable => "not applicable".to_owned(),
                    Grade::Values(values) => score_card::values_words(&key.code, &values),
                };
                let badge = score_card::badge(result.rule_set());
                format!("Gives {value}, by {} {}", badge.title, badge.version)
            }
        }
    }

    /// What follows from the answer to a long list, which has no room beside its answers.
    fn gives(&self, entry: &Entry, row: &FactRow, before: &[&str]) -> String {
        let (Kind::List { groups, .. }, Some(points)) = (&row.kind, self.points) else {
            return String::new();
        };
        let mut answers = groups.iter().flat_map(|(_, answers)| answers);
        let chosen = answers.find(|one| one.chosen).map(|one| one.value.as_str());
        let value = chosen.or(before.first().copied()).unwrap_or_default();
        let gives = points.gives(entry.code(), value);
        if gives.is_empty() { gives } else { format!("Gives {gives}") }
    }
}

/// What was recorded, as the form posts it.
fn codes(key: &FactKey, recorded: &RecordedFact) -> Vec<String> {
    let field = field_name(key);
    fact_values(key, recorded)
        .into_iter()
        .filter(|(name, _)| *name == field)
        .map(|(_, value)| value)
        .collect()
}

/// What of the question is not published medicine, or rests on no source that was seen.
fn caveats(entry: &Entry) -> Vec<Caveat> {
    let kinds = [(CaveatKind::LocalRule, &entry.local_rule), (CaveatKind::Doubt, &entry.doubt)];
    let said = kinds.into_iter().filter(|(_, words)| !words.is_empty());
    said.map(|(kind, words)| Caveat { kind, words: words.clone() }).collect()
}

fn states(entry: &Entry) -> Vec<StateChoice> {
    let offered = [
        (State::Unknown, entry.not_assessed && !entry.derived()),
        (State::NotAssessed, entry.not_assessed || entry.derived()),
        (State::NotApplicable, entry.not_applicable),
    ];
    let offered = offered.into_iter().filter(|(_, allowed)| *allowed);
    offered.map(|(state, _)| StateChoice { state, chosen: false, was: false }).collect()
}

fn typed(entry: &Entry, figures: bool, lines: bool) -> Kind {
    let own = Choice::new(&entry.unit, &entry.unit);
    let others = entry.entry_units.iter().map(|one| Choice::new(&one.code, &one.unit));
    let units = if entry.entry_units.is_empty() {
        Vec::new()
    } else {
        std::iter::once(own).chain(others).collect()
    };
    Kind::Typed {
        value: String::new(),
        unit: entry.unit.clone(),
        units,
        figures,
        lines,
        was: String::new(),
    }
}
