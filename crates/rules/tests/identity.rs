//! The hash of a rule set: its content, nothing else.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod common;

use common::score_text;
use proptest::prelude::*;
use rules::ruleset::{Body, RuleSet};
use spineboard_rules as rules;

fn parsed(text: &str) -> RuleSet {
    rules::parse("toy/1.toml", text).unwrap()
}

/// The file written anew: other order of keys, other layout, no comments.
fn rewritten(text: &str) -> String {
    toml::to_string(&text.parse::<toml::Table>().unwrap()).unwrap()
}

fn score(rule_set: &mut RuleSet) -> &mut rules::ruleset::Score {
    match &mut rule_set.body {
        Body::Score(score) => score,
        Body::Mapping(_) => panic!("a score"),
    }
}

#[test]
fn the_order_of_keys_and_the_layout_do_not_matter() {
    let text = score_text();
    let other = rewritten(&text);
    assert_ne!(text, other);
    assert_eq!(parsed(&text).hash().unwrap(), parsed(&other).hash().unwrap());
}

#[test]
fn a_stored_rule_set_reads_back_byte_by_byte_or_not_at_all() {
    let before = parsed(&score_text());
    let bytes = rules::canonical::to_bytes(&before).unwrap();
    assert_eq!(RuleSet::from_canonical(&bytes).unwrap(), before);
    let text = String::from_utf8(bytes).unwrap();
    let more = text.replacen('{', "{\"a\":1,", 1);
    let spaced = text.replacen(',', ", ", 1);
    for other in [more, spaced, text.replacen("\"kind\":\"score\"", "\"kind\":\"guess\"", 1)] {
        assert!(RuleSet::from_canonical(other.as_bytes()).is_err(), "{other}");
    }
}

#[test]
fn the_hash_of_a_file_stays_what_it_was() {
    // If this changes, every hash that was ever stored has lost its rule set.
    let hash = parsed(&score_text()).hash().unwrap().to_string();
    insta::assert_snapshot!(hash, @"d08865bd5eab810dd505e377318e03b8d7dfbdb81b53a37a3039dd0db72661ff");
}

proptest! {
    #[test]
    fn comments_and_blank_lines_do_not_matter(places in prop::collection::vec(0..70_usize, 1..6), words in "[a-zé ]{0,12}") {
        let text = score_text();
        let mut commented = String::new();
        for (number, line) in text.lines().enumerate() {
            if places.contains(&number) {
                commented.extend(["# ", &words, "\n\n"]);
            }
            commented.push_str(line);
            commented.push('\n');
        }
        prop_assert_eq!(parsed(&text).hash().unwrap(), parsed(&commented).hash().unwrap());
    }

    #[test]
    fn a_changed_point_changes_it(component in 0..2_usize, option in 0..2_usize, by in 1..5_i64) {
        let before = parsed(&score_text());
        let mut after = before.clone();
        score(&mut after).components[component].options[option].points[0] += by;
        prop_assert_ne!(before.hash().unwrap(), after.hash().unwrap());
    }

    #[test]
    fn a_changed_word_changes_it(band in 0..3_usize, which in 0..4_usize, word in "[a-z]{1,8}") {
        let before = parsed(&score_text());
        let mut after = before.clone();
        let band = &mut score(&mut after).bands[band];
        match which {
            0 => band.meaning.push_str(&word),
            1 => band.strategy = Some(word),
            2 => band.survival = Some(word),
            _ => after.purpose.push_str(&word),
        }
        prop_assert_ne!(before.hash().unwrap(), after.hash().unwrap());
    }

    #[test]
    fn canonical_json_reads_back_as_what_it_was(value in json()) {
        let bytes = rules::canonical::to_bytes(&value).unwrap();
        let back: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        prop_assert_eq!(&back, &value);
        prop_assert_eq!(rules::canonical::to_bytes(&back).unwrap(), bytes.clone());
        prop_assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), bytes);
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (-1_000_000_i64..1_000_000).prop_map(Into::into),
        "\\PC{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::btree_map("\\PC{0,6}", inner, 0..5)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}
