//! Facts in words, in the zone of the site.

use chrono::DateTime;
use chrono_tz::Tz;
use clinical::assessment::RecordedFact;
use clinical::dates::CalendarDate;
use clinical::dictionary::{Dictionary, Entry, dictionary};
use mdt::display;
use rules::types::FactType;
use rules::value::{Fact, FactValue};

/// What stands in for words that a reader may not see.
pub const WITHHELD: &str = "Free text, not shown without names";

/// A fact in words.
pub fn fact(entry: &Entry, fact: &Fact, zone: Tz) -> String {
    match fact {
        Fact::Known(FactValue::Instant(text)) => moment(text, zone),
        other => entry.shown_fact(other),
    }
}

/// A fact in words for a reader who sees no free text.
pub fn without_text(entry: &Entry, fact: &Fact, zone: Tz) -> String {
    match fact {
        Fact::Known(FactValue::Text(_)) => WITHHELD.to_owned(),
        Fact::Known(FactValue::Records(rows)) => {
            let text = |field: &str| {
                entry
                    .fields
                    .iter()
                    .any(|known| known.code == field && known.fact_type == FactType::Text)
            };
            let mut rows = rows.clone();
            for row in &mut rows {
                row.retain(|field, _| !text(field));
            }
            entry.shown(&FactValue::Records(rows))
        }
        other => self::fact(entry, other, zone),
    }
}

/// A recorded fact in words, with the words that stand beside its code.
pub fn recorded(entry: &Entry, recorded: &RecordedFact, zone: Tz) -> String {
    let words = fact(entry, &recorded.fact, zone);
    match &recorded.text {
        Some(text) => format!("{words}, “{text}”"),
        None => words,
    }
}

/// A date or an instant as it is stored, in words.
pub fn moment(text: &str, zone: Tz) -> String {
    if let Some(date) = CalendarDate::from_canonical(text) {
        return date.shown();
    }
    DateTime::parse_from_rfc3339(text)
        .map_or_else(|_| text.to_owned(), |instant| display::date_time(instant.to_utc(), zone))
}

/// Source and date of observation: `Examination, observed 12-Jun-2026`; empty without either.
pub fn source(recorded: &RecordedFact, zone: Tz) -> String {
    let source = recorded.source.map(|source| source_label(dictionary(), source.code()));
    let observed = recorded.observed_at.as_ref().map(|at| format!("observed {}", moment(at, zone)));
    super::posted::capitalised(&source.into_iter().chain(observed).collect::<Vec<_>>().join(", "))
}

fn source_label(dictionary: &Dictionary, code: &str) -> String {
    let known = dictionary.sources().iter().find(|one| one.code == code);
    known.map_or_else(|| code.to_owned(), |one| one.label.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_shown_in_the_zone_of_the_site() {
        let entry = dictionary().entry("deficit-onset-at").unwrap();
        let onset = Fact::Known(FactValue::Instant("2026-06-14T17:30:00Z".to_owned()));
        assert_eq!(fact(entry, &onset, Tz::Europe__London), "14-Jun-2026 18:30");
        assert_eq!(fact(entry, &onset, Tz::UTC), "14-Jun-2026 17:30");
    }

    #[test]
    fn an_auditor_sees_no_free_text_and_no_text_of_a_row() {
        let entry = dictionary().entry("allergies").unwrap();
        let text = Fact::Known(FactValue::Text("Mrs Ashworth says latex".to_owned()));
        assert_eq!(without_text(entry, &text, Tz::UTC), WITHHELD);
        let entry = dictionary().entry("prior-spine-surgery").unwrap();
        let row = [
            ("type".to_owned(), FactValue::Text("fixation by Dr X".to_owned())),
            ("date".to_owned(), FactValue::Date("2025".to_owned())),
        ];
        let rows = Fact::Known(FactValue::Records(vec![row.into()]));
        assert_eq!(without_text(entry, &rows, Tz::UTC), "Date 2025");
    }
}
