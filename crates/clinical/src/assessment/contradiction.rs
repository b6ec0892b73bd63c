//! Facts that cannot both be, as the meanings in the dictionary say.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rules::types::Scope;
use rules::value::{Fact, FactValue};

use super::answers::field_name;
use super::{AnswerError, FactKey, Problem, RecordedFact};
use crate::dates::CalendarDate;
use crate::dictionary::{Entry, OnlyIf, dictionary};

type Recorded = BTreeMap<FactKey, RecordedFact>;

/// Every contradiction among the facts, at the field of one of the two.
pub(super) fn contradictions(facts: &Recorded, assessed_at: DateTime<Utc>) -> Vec<AnswerError> {
    let mut found = Vec::new();
    for (key, recorded) in facts {
        if let (Fact::Known(value), Some(entry)) = (&recorded.fact, dictionary().entry(&key.code))
            && let Some(condition) = &entry.only_if
        {
            found.extend(unmet(facts, key, value, entry, condition));
        }
    }
    let view = View { facts };
    found.extend(view.organs());
    found.extend(view.dates(assessed_at));
    found.extend(view.paralysis());
    found.extend(view.walking());
    found.extend(view.no_weakness());
    found.extend(view.minimum());
    found.extend(view.index_lesion());
    found
}

fn error(key: &FactKey, words: String) -> AnswerError {
    let scope = dictionary().entry(&key.code).map(Entry::scope);
    let field = match scope {
        Some(Scope::Patient) => format!("patient.{}", key.code),
        _ => field_name(key),
    };
    AnswerError::new(&field, Problem::Contradiction(words))
}

/// A value that only makes sense with another answer, which is not the one given.
fn unmet(
    facts: &Recorded,
    key: &FactKey,
    value: &FactValue,
    entry: &Entry,
    condition: &OnlyIf,
) -> Option<AnswerError> {
    if matches!(value, FactValue::Codes(codes) if codes.is_empty()) {
        return None;
    }
    let other = dictionary().entry(&condition.fact)?;
    let other_key = FactKey { level: key.level, code: condition.fact.clone() };
    let Fact::Known(given) = &facts.get(&other_key)?.fact else { return None };
    let met = match given {
        FactValue::Codes(codes) => codes.iter().eq(condition.values.iter()),
        single => condition.values.contains(&plain(single)),
    };
    if met {
        return None;
    }
    let place = key.level.map_or_else(String::new, |level| format!("{level}: "));
    Some(error(
        key,
        format!(
            "{place}\"{}\" is answered with \"{}\", but \"{}\" is \"{}\": answer it as not \
             applicable, or change the other answer",
            entry.label(),
            entry.shown(value),
            other.label(),
            other.shown(given),
        ),
    ))
}

/// A value as the condition of a fact names it.
fn plain(value: &FactValue) -> String {
    match value {
        FactValue::Bool(answer) => answer.to_string(),
        FactValue::Code(code) => code.clone(),
        other => format!("{other:?}"),
    }
}

struct View<'a> {
    facts: &'a Recorded,
}

/// Dates that cannot lie before the birth of the patient.
const AFTER_BIRTH: [&str; 6] = [
    "histology-date",
    "cancer-diagnosis-date",
    "metastasis-date",
    "staging-date",
    "last-known-alive",
    "death-date",
];

impl View<'_> {
    fn value(&self, code: &str) -> Option<&FactValue> {
        match &self.facts.get(&FactKey::case(code))?.fact {
            Fact::Known(value) => Some(value),
            Fact::NotAssessed(_) | Fact::NotApplicable => None,
        }
    }

    fn code(&self, code: &str) -> Option<&str> {
        match self.value(code)? {
            FactValue::Code(value) => Some(value),
            _ => None,
        }
    }

    fn date(&self, code: &str) -> Option<CalendarDate> {
        match self.value(code)? {
            FactValue::Date(text) => CalendarDate::from_canonical(text),
            _ => None,
        }
    }

    /// The first and the last instant that a time may mean.
    fn span(&self, code: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        match self.value(code)? {
            FactValue::Instant(text) => {
                let instant = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
                Some((instant, instant))
            }
            FactValue::Date(text) => {
                let day = CalendarDate::from_canonical(text)?;
                // A day of any time zone: it may begin half a day earlier and end half a day later.
                let begin = day.first_day().and_hms_opt(0, 0, 0)?.and_utc();
                let end = day.last_day().and_hms_opt(23, 59, 59)?.and_utc();
                let slack = chrono::TimeDelta::hours(14);
                Some((begin - slack, end + slack))
            }
            _ => None,
        }
    }

    fn organs(&self) -> Option<AnswerError> {
        let present = self.code("visceral-metastases")? == "present";
        let empty = matches!(
            self.value("visceral-sites")?,
            FactValue::Codes(codes) if codes.is_empty()
        );
        (present && empty).then(|| {
            let words = "organ metastases are present, but no organ is named: name one, or leave \
                         the organs open";
            error(&FactKey::case("visceral-sites"), words.to_owned())
        })
    }

    fn dates(&self, assessed_at: DateTime<Utc>) -> Vec<AnswerError> {
        let mut found = Vec::new();
        if let Some(birth) = self.date("birth-date") {
            for code in AFTER_BIRTH {
                if self.date(code).is_some_and(|date| date.last_day() < birth.first_day()) {
                    found.push(self.before(code, "birth-date"));
                }
            }
        }
        let last_known = self.date("last-known-alive");
        if let (Some(death), Some(alive)) = (self.date("death-date"), last_known)
            && death.last_day() < alive.first_day()
        {
            found.push(self.before("death-date", "last-known-alive"));
        }
        let today = (assessed_at + chrono::TimeDelta::hours(14)).date_naive();
        for code in AFTER_BIRTH.into_iter().chain(["birth-date"]) {
            if self.date(code).is_some_and(|date| date.first_day() > today) {
                let label = label(code);
                let words = format!("\"{label}\" lies after the assessment");
                found.push(error(&FactKey::case(code), words));
            }
        }
        found.extend(self.age(today));
        for code in ["deficit-onset-at", "complete-motor-loss-since"] {
            if self.span(code).is_some_and(|(first, _)| first > assessed_at) {
                let words = format!("\"{}\" lies after the assessment", label(code));
                found.push(error(&FactKey::case(code), words));
            }
        }
        found
    }

    fn before(&self, code: &str, other: &str) -> AnswerError {
        let at = |code: &str| self.date(code).map(CalendarDate::shown).unwrap_or_default();
        let words = format!(
            "\"{}\", {}, lies before \"{}\", {}",
            label(code),
            at(code),
            label(other),
            at(other)
        );
        error(&FactKey::case(code), words)
    }

    fn age(&self, today: NaiveDate) -> Option<AnswerError> {
        let birth = self.date("birth-date")?;
        let years = today.years_since(birth.first_day())?;
        (years > 120).then(|| {
            let words = format!("the patient would be {years} years old");
            error(&FactKey::case("birth-date"), words)
        })
    }

    /// Complete motor loss is "no leg movement": later than the first weakness, and not beside any
    /// movement.
    fn paralysis(&self) -> Vec<AnswerError> {
        let mut found = Vec::new();
        let Some((_, latest)) = self.span("complete-motor-loss-since") else { return found };
        let mut say = |words: String| {
            found.push(error(&FactKey::case("complete-motor-loss-since"), words));
        };
        if self.span("deficit-onset-at").is_some_and(|(earliest, _)| latest < earliest) {
            say("paralysis began before the first weakness".to_owned());
        }
        if let Some(grade @ ("C" | "D" | "E")) = self.code("frankel") {
            say(format!("the legs are paralysed, but Frankel {grade} means that they move"));
        }
        if let Some(FactValue::Integer(power @ 1..)) = self.value("lower-limb-power-worst") {
            say(format!("the legs are paralysed, but the weakest leg movement has grade {power}"));
        }
        if let Some("independent" | "with-aid") = self.code("ambulatory-status") {
            say("the legs are paralysed, but the patient walks".to_owned());
        }
        found
    }

    fn walking(&self) -> Option<AnswerError> {
        let grade = self.code("frankel").filter(|grade| matches!(*grade, "A" | "B"))?;
        let walks = matches!(self.code("ambulatory-status")?, "independent" | "with-aid");
        walks.then(|| {
            let words = format!("Frankel {grade} means no motor function, but the patient walks");
            error(&FactKey::case("frankel"), words)
        })
    }

    /// Frankel E is no weakness (Frankel, Paraplegia 1969): nothing of it can get worse. A flag of weakness
    /// speaks of the last 14 days and a weak leg may have a cause outside the spine, so neither is refused.
    fn no_weakness(&self) -> Option<AnswerError> {
        let worsens = matches!(self.code("deficit-course")?, "slow" | "rapid");
        (worsens && self.code("frankel") == Some("E")).then(|| {
            let words = "Frankel E means that there is no weakness, but the deficit gets worse";
            error(&FactKey::case("deficit-course"), words.to_owned())
        })
    }

    fn minimum(&self) -> Option<AnswerError> {
        let minimum = self.value("extraspinal-count-is-minimum")? == &FactValue::Bool(true);
        let open = self.value("extraspinal-bone-foci-count").is_none();
        (minimum && open).then(|| {
            let words = "the number of bone metastases is called a minimum, but there is no number";
            error(&FactKey::case("extraspinal-count-is-minimum"), words.to_owned())
        })
    }

    fn index_lesion(&self) -> Option<AnswerError> {
        let named = self.code("index-lesion")?;
        let level = named.parse().ok()?;
        let listed = self.facts.contains_key(&FactKey::lesion(level, "level"));
        (!listed).then(|| {
            let words = format!("{named} is the index lesion, but no lesion is listed there");
            error(&FactKey::case("index-lesion"), words)
        })
    }
}

fn label(code: &str) -> String {
    dictionary().entry(code).map_or_else(|| code.to_owned(), |entry| entry.label().to_owned())
}
