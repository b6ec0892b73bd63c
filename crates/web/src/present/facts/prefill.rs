//! The first assessment starts from the referral: answers to the same questions are filled in, none is recorded.

use chrono::DateTime;
use chrono_tz::Tz;
use clinical::assessment::Answers;
use clinical::dictionary::dictionary;
use clinical::level::VertebralLevel;
use rules::types::{FactType, Scope};
use store::referrals::ReferralDocument;

use super::posted::{Fields, OFFERED};

/// Answers of the referral under the names of the assessment's fields. What the dictionary does not take, and what
/// says only that nobody has looked, is left open.
pub fn fields(document: &ReferralDocument, now: &DateTime<Tz>) -> Fields {
    let case_facts = document.fields.iter().filter_map(|(code, values)| {
        let entry = dictionary().entry(code).filter(|entry| entry.scope() == Scope::Case)?;
        let name = format!("case.{code}");
        let of_fact = values.iter().map(|value| {
            let value = match (entry.fact_type(), value.as_str()) {
                (FactType::Bool, "yes") => "true",
                (FactType::Bool, "no") => "false",
                (_, other) => other,
            };
            (name.clone(), value.to_owned())
        });
        let of_fact: Fields =
            of_fact.filter(|(_, value)| value == "_none" || !value.starts_with('_')).collect();
        Answers::parse(&of_fact, now).is_ok_and(|answers| !answers.is_empty()).then_some(of_fact)
    });
    let offered = levels(document).into_iter().flat_map(|level| {
        [
            (OFFERED.to_owned(), level.to_string()),
            (format!("lesion.{level}.level"), level.to_string()),
        ]
    });
    case_facts.flatten().chain(offered).collect()
}

/// The levels that the referral names, the index level among them, from head to foot.
pub fn levels(document: &ReferralDocument) -> Vec<VertebralLevel> {
    let named =
        ["level", "index-lesion"].iter().filter_map(|field| document.fields.get(*field)).flatten();
    let mut levels: Vec<VertebralLevel> = named.filter_map(|level| level.parse().ok()).collect();
    levels.sort();
    levels.dedup();
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_answers_that_the_dictionary_takes_are_filled_in() {
        let document = ReferralDocument::of(
            [
                ("kps", "60"),
                ("ambulatory-status", "_not-assessed"),
                ("haematological-suspected", "no"),
                ("red-flags", "rf-gait"),
                ("red-flags", "rf-night"),
                ("immobilised", "flat"),
                ("referrer_name", "Dr X"),
                ("level", "T12"),
                ("level", "T9"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let now = "2026-06-15T08:25:00Z"
            .parse::<DateTime<chrono::Utc>>()
            .unwrap()
            .with_timezone(&Tz::UTC);
        let expected = [
            ("case.haematological-suspected", "false"),
            ("case.kps", "60"),
            ("case.red-flags", "rf-gait"),
            ("case.red-flags", "rf-night"),
            ("offered", "T9"),
            ("lesion.T9.level", "T9"),
            ("offered", "T12"),
            ("lesion.T12.level", "T12"),
        ];
        assert_eq!(
            fields(&document, &now),
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        let levels: Vec<String> = levels(&document).iter().map(ToString::to_string).collect();
        assert_eq!(levels, ["T9", "T12"]);
    }
}
