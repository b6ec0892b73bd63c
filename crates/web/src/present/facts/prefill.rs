//! The facts start from the referral: answers to the same questions are filled in, none is recorded. What is
//! then recorded as it was filled in keeps the referral as its source.

use std::collections::BTreeSet;

use chrono::DateTime;
use chrono_tz::Tz;
use clinical::assessment::{Answers, Assessment, Source};
use clinical::dictionary::dictionary;
use clinical::level::VertebralLevel;
use rules::types::{FactType, Scope};
use store::referrals::ReferralDocument;

use super::posted::{Fields, OFFERED, belongs};

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

/// Whether the facts still start from the referral: nothing besides levels and the index lesion is recorded.
pub fn is_start(base: Option<&Assessment>) -> bool {
    let of_the_case = |code: &str| {
        let scope = dictionary().entry(code).map(clinical::dictionary::Entry::scope);
        scope == Some(Scope::Case) && !matches!(code, "index-lesion" | "lesion-list-complete")
    };
    base.is_none_or(|base| !base.recorded().any(|(key, _)| of_the_case(&key.code)))
}

/// Source and date beside each answer of the case that stands as the referral has it, unless somebody gave
/// it another: what a referral says is a record from elsewhere, of the day on which it was sent.
pub fn sources(
    content: &[(String, String)],
    document: &ReferralDocument,
    sent_on: &str,
    now: &DateTime<Tz>,
) -> Fields {
    let filled_in = fields(document, now);
    let facts: BTreeSet<&str> = filled_in
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| name.starts_with("case."))
        .collect();
    let stands = |fact: &&str| {
        let of = |fields: &[(String, String)]| -> BTreeSet<String> {
            let own =
                fields.iter().filter(|(name, value)| name == fact && !value.trim().is_empty());
            own.map(|(_, value)| value.trim().to_owned()).collect()
        };
        let beside = content
            .iter()
            .any(|(name, value)| belongs(name, fact) && name != fact && !value.trim().is_empty());
        !beside && of(content) == of(&filled_in)
    };
    let beside = facts.into_iter().filter(stands).flat_map(|fact| {
        [
            (format!("{fact}.source"), Source::ExternalRecord.code().to_owned()),
            (format!("{fact}.observed"), sent_on.to_owned()),
        ]
    });
    beside.collect()
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

    #[test]
    fn what_stands_as_filled_in_keeps_the_referral_as_its_source() {
        let pairs = |fields: &[(&str, &str)]| -> Fields {
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let document = ReferralDocument::of(pairs(&[
            ("kps", "60"),
            ("ambulatory-status", "with-aid"),
            ("immobilised", "yes"),
        ]));
        let now = "2026-06-15T08:25:00Z"
            .parse::<DateTime<chrono::Utc>>()
            .unwrap()
            .with_timezone(&Tz::UTC);
        let content = pairs(&[
            ("case.kps", "70"),
            ("case.ambulatory-status", "with-aid"),
            ("case.immobilised", "true"),
            ("case.immobilised.source", "patient"),
        ]);
        assert_eq!(
            sources(&content, &document, "14-Jun-2026", &now),
            pairs(&[
                ("case.ambulatory-status.source", "external-record"),
                ("case.ambulatory-status.observed", "14-Jun-2026"),
            ])
        );
    }
}
