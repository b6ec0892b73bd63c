//! What holds of every form, tried with random ones.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::prelude::*;
use rules::types::{FactType, Scope};
use spineboard_clinical::assessment::{Answers, Assessment, Context, FactKey, form_values};
use spineboard_clinical::dictionary::{Entry, dictionary};

use crate::{context, now, taken};

/// Facts that other facts can contradict: they have tests of their own.
const TIED: [&str; 15] = [
    "deficit-course",
    "visceral-metastases",
    "visceral-sites",
    "visceral-removable",
    "visceral-treatable",
    "visceral-pattern",
    "extraspinal-count-is-minimum",
    "index-lesion",
    "complete-motor-loss-since",
    "ambulatory-status",
    "paraspinal-mass",
    "paraspinal-mass-mm",
    "gtv-body-pattern",
    "mri-possible",
    "level",
];

/// Fields that answer one fact, chosen by a number.
fn answer_fields(entry: &Entry, name: &str, seed: u32) -> Vec<(String, String)> {
    let field = |value: &str| vec![(name.to_owned(), value.to_owned())];
    let pick = |codes: &[String]| codes[usize::try_from(seed).unwrap() % codes.len()].clone();
    let mut fields = match entry.fact_type() {
        _ if seed.is_multiple_of(11) && entry.not_applicable => field("_not-applicable"),
        _ if seed.is_multiple_of(7) && entry.not_assessed && !entry.derived() => {
            let mut fields = field("_unknown");
            fields.push((format!("{name}.reason"), "indeterminate".to_owned()));
            fields
        }
        _ if seed.is_multiple_of(5) && entry.not_assessed && !entry.derived() => {
            field("_not-assessed")
        }
        FactType::CodeSet(_) | FactType::Records if seed.is_multiple_of(3) => field("_none"),
        FactType::Codes(codes) => field(&pick(codes)),
        FactType::CodeSet(codes) => {
            let mut fields = field(&pick(codes));
            fields.extend(field(&codes[0]));
            fields
        }
        FactType::Bool => field(if seed.is_multiple_of(2) { "true" } else { "false" }),
        FactType::Integer { min, max, step } => {
            let steps = (max - min) / step + 1;
            field(&(min + i64::from(seed) % steps * step).to_string())
        }
        FactType::Decimal { min, max } => field(if seed.is_multiple_of(2) { min } else { max }),
        FactType::Date => {
            field(["2025-01-31", "17/3/2024", "today"][usize::try_from(seed).unwrap() % 3])
        }
        FactType::Instant => field("22-Nov-2026 06:30"),
        FactType::Text if entry.digits.is_some() => field("21143"),
        FactType::Text => field("some words"),
        FactType::Records => entry
            .fields
            .iter()
            .flat_map(|one| {
                let value = match &one.fact_type {
                    FactType::Codes(codes) | FactType::CodeSet(codes) => codes[0].clone(),
                    FactType::Bool => "true".to_owned(),
                    FactType::Integer { min, .. } => min.to_string(),
                    FactType::Decimal { max, .. } => max.clone(),
                    FactType::Date | FactType::Instant => "2025-01-31".to_owned(),
                    FactType::Text | FactType::Records => "words".to_owned(),
                };
                vec![(format!("{name}.{}.{}", seed % 4, one.code), value)]
            })
            .collect(),
    };
    if entry.derived() && !entry.asked {
        fields.push((format!("{name}.stated"), "the reader says so".to_owned()));
    }
    if seed.is_multiple_of(2) {
        fields.push((format!("{name}.source"), "report".to_owned()));
        fields.push((format!("{name}.observed"), "20-Nov-2026".to_owned()));
    }
    fields
}

/// The fields of a form that answers some of the facts.
fn a_form() -> impl Strategy<Value = Vec<(String, String)>> {
    let facts = dictionary().facts().len();
    let chosen = proptest::collection::vec((0..facts, 0..4_usize, any::<u32>()), 1..40);
    chosen.prop_map(|chosen| {
        let mut seen = BTreeSet::new();
        let mut fields = Vec::new();
        for (place, level, seed) in chosen {
            let entry = &dictionary().facts()[place];
            let name = match entry.scope() {
                Scope::Patient => continue,
                Scope::Lesion => {
                    let level = ["C7", "T10", "L2", "S1"][level];
                    format!("lesion.{level}.{}", entry.code())
                }
                Scope::Case | Scope::Treatment => format!("case.{}", entry.code()),
            };
            if !TIED.contains(&entry.code()) && seen.insert(name.clone()) {
                fields.extend(answer_fields(entry, &name, seed));
            }
        }
        fields.push(("case.mri-possible".to_owned(), "true".to_owned()));
        fields
    })
}

proptest! {
    #[test]
    fn no_form_makes_it_fall_over(form in proptest::collection::vec(
        ("(case|lesion)?\\.?[A-Za-z0-9_.-]{0,24}", "\\PC{0,20}"), 0..12))
    {
        let _ = Answers::parse(&form, &now());
    }

    #[test]
    fn no_value_of_a_real_field_makes_it_fall_over(
        place in 0..dictionary().facts().len(),
        value in "\\PC{0,20}|[0-9./:T-]{1,20}|_[a-z-]{1,14}",
        beside in "|\\.(state|reason|source|observed|stated|text|unit|0\\.dose|1\\.levels)",
    ) {
        let entry = &dictionary().facts()[place];
        let part = if entry.scope() == Scope::Lesion { "lesion.T10" } else { "case" };
        let form = vec![(format!("{part}.{}{beside}", entry.code()), value)];
        if let Ok(answers) = Answers::parse(&form, &now()) {
            let _ = Assessment::next(None, &answers, &context("u1"));
        }
    }

    #[test]
    fn no_bytes_make_reading_fall_over(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        prop_assert!(Assessment::from_canonical(&bytes).is_err());
    }

    #[test]
    fn the_bytes_read_back_as_the_same_assessment(form in a_form()) {
        let (assessment, _) = taken(None, &form);
        let read = Assessment::from_canonical(assessment.canonical_bytes()).unwrap();
        prop_assert_eq!(read.hash(), assessment.hash());
        prop_assert_eq!(read, assessment);
    }

    #[test]
    fn the_fields_of_an_assessment_make_it_again(form in a_form()) {
        let (assessment, _) = taken(None, &form);
        let (again, _) = taken(None, &form_values(&assessment));
        prop_assert_eq!(again.canonical_bytes(), assessment.canonical_bytes());
    }

    #[test]
    fn the_order_of_the_fields_does_not_matter(form in a_form(), seed in any::<u64>()) {
        let (assessment, _) = taken(None, &form);
        let mut shuffled = form;
        let length = shuffled.len();
        let mut state = seed;
        for place in (1..length).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
            let other = usize::try_from(state >> 33).unwrap() % (place + 1);
            shuffled.swap(place, other);
        }
        let (other, _) = taken(None, &shuffled);
        prop_assert_eq!(other.hash(), assessment.hash());
    }

    #[test]
    fn the_next_assessment_keeps_what_was_not_answered(one in a_form(), two in a_form()) {
        let (base, _) = taken(None, &one);
        let answers = Answers::parse(&two, &now()).unwrap();
        let later = Context { recorded_at: now() + TimeDelta::hours(1), ..context("u2") };
        let Ok((next, change)) = Assessment::next(Some((&base, 4)), &answers, &later) else {
            return Ok(());
        };
        let answered: BTreeSet<&FactKey> = answers.iter().map(|(key, _)| key).collect();
        for (key, before) in base.recorded().filter(|(key, _)| !answered.contains(key)) {
            let after = next.fact(&key.code, key.level).unwrap();
            prop_assert_eq!(&after.fact, &before.fact);
            prop_assert_eq!(&after.recorded_by, "u1");
            prop_assert_eq!(after.recorded_at, before.recorded_at);
            prop_assert_eq!(after.source, before.source);
            prop_assert_eq!(after.carried_from, Some(4));
        }
        for key in &change.confirmed {
            let (before, after) = (base.fact(&key.code, key.level), next.fact(&key.code, key.level));
            prop_assert_eq!(&before.unwrap().fact, &after.unwrap().fact);
            prop_assert_eq!(&after.unwrap().recorded_by, "u2");
        }
        for key in &change.changed {
            prop_assert!(answered.contains(key));
            let (before, after) = (base.fact(&key.code, key.level), next.fact(&key.code, key.level));
            prop_assert_ne!(before.map(|fact| (&fact.fact, &fact.text)), after.map(|fact| (&fact.fact, &fact.text)));
        }
    }
}
