//! The entries are sound.

use std::collections::BTreeSet;

use rules::types::{Dictionary as _, FactType, Scope};
use spineboard_clinical::dictionary::{Entry, dictionary};
use spineboard_clinical::level::VertebralLevel;

#[test]
fn every_fact_can_be_put_to_a_person() {
    for entry in dictionary().facts() {
        let code = entry.code();
        assert!(!entry.label().is_empty() && !entry.question.is_empty(), "{code}");
        assert!(!entry.used_by.is_empty(), "{code}");
        for text in [entry.label(), &entry.question, &entry.help, &entry.doubt, &entry.local_rule] {
            assert!(!text.contains(['`', '§', '[', '*']), "{code}: {text}");
            assert_eq!(text.trim(), text, "{code}");
        }
        for choice in &entry.choices {
            assert!(!choice.label.is_empty(), "{code} {}", choice.code);
        }
        let labels: BTreeSet<&str> = entry.choices.iter().map(|c| c.label.as_str()).collect();
        assert_eq!(labels.len(), entry.choices.len(), "{code}: two answers with the same words");
        for text in [&entry.help, &entry.doubt, &entry.local_rule] {
            assert!(text.is_empty() || text.ends_with('.'), "{code}: {text}");
        }
    }
}

#[test]
fn a_fact_that_no_rule_derives_has_an_answer_for_everything_that_can_happen() {
    for entry in dictionary().facts().iter().filter(|entry| !entry.derived()) {
        let answerable = entry.required
            || entry.not_assessed
            || entry.not_applicable
            || !entry.required_with.is_empty();
        assert!(answerable, "{}", entry.code());
    }
}

#[test]
fn the_open_sections_hold_what_the_three_scores_need() {
    let open: Vec<&str> = dictionary().form().score_facts().collect();
    insta::assert_snapshot!(open.join("\n"), @"
histology
histology-basis
primary-status
visceral-metastases
visceral-sites
visceral-removable
visceral-treatable
extraspinal-bone-foci-count
extraspinal-count-is-minimum
whole-spine-imaged
skeletal-staging
lesion-list-complete
kps
ecog
frankel
deficit-course
ambulatory-status
noms-systemic
lesion-status
lesion-symptomatic
escc-grade
sins-pain
sins-bone-lesion
sins-alignment
sins-collapse
sins-posterolateral
");
}

#[test]
fn what_names_the_person_or_the_place_is_never_supposed_otherwise() {
    let facts = dictionary().facts().iter().filter(|entry| !entry.spec.what_if);
    let codes: Vec<&str> = facts.map(Entry::code).collect();
    let expected = ["birth-date", "sex", "index-lesion", "end-of-life", "level", "level-variant"];
    assert_eq!(codes, expected);
}

#[test]
fn lesion_facts_and_case_facts_are_in_sections_of_their_own() {
    let form = dictionary().form();
    assert!(form.case_sections().all(|section| section.scope == Scope::Case));
    assert!(form.lesion_sections().count() >= 2);
}

#[test]
fn a_mistyped_code_finds_its_fact() {
    assert_eq!(dictionary().nearest("frankle", 3), ["frankel"]);
    assert_eq!(dictionary().nearest("ksp", 1), ["kps"]);
    assert_eq!(dictionary().nearest("sins-pian", 1), ["sins-pain"]);
    assert_eq!(dictionary().nearest_values("sins-bone-lesion", "lytik", 3), ["lytic"]);
    assert!(dictionary().nearest_values("histology", "renal", 3).contains(&"renal-cell"));
    for (old, code) in [
        ("kidney", "renal-cell"),
        ("liver", "hepatocellular"),
        ("carcinoid", "neuroendocrine-tumour"),
        ("unidentified", "unknown-primary"),
        ("gastric", "stomach"),
        ("sarcoma", "soft-tissue-sarcoma"),
        ("biliary", "cholangiocarcinoma"),
        ("urothelial", "bladder"),
    ] {
        let found = dictionary().nearest_values("histology", old, 20);
        assert!(found.contains(&code), "{old}: {found:?}");
    }
}

#[test]
fn the_histologies_have_known_sites() {
    let sites = dictionary().entry("primary-site").unwrap();
    let FactType::Codes(codes) = sites.fact_type() else { panic!("one site") };
    let mut used = BTreeSet::new();
    for tumour in dictionary().tumours().iter().flat_map(|group| &group.tumours) {
        assert!(tumour.sites.iter().all(|site| codes.contains(site)), "{}", tumour.code);
        used.extend(tumour.sites.iter().cloned());
        assert_eq!(dictionary().value_label("histology", &tumour.code), Some(tumour.term.as_str()));
    }
    assert_eq!(used, codes.iter().cloned().collect());
    assert_eq!(dictionary().tumours().iter().map(|group| group.tumours.len()).sum::<usize>(), 52);
    assert!(!dictionary().tumour("chordoma").unwrap().in_scope);
}

#[test]
fn the_regions_of_the_levels_are_values_of_the_region() {
    let region = dictionary().entry("region").unwrap();
    for level in VertebralLevel::all().filter(|level| !level.region().is_empty()) {
        let words = region.choice(level.region()).unwrap().label.to_lowercase();
        assert_eq!(words, level.region_words(), "{level}");
    }
}

#[test]
fn ranges_are_said_in_words() {
    let range = |code: &str| dictionary().entry(code).unwrap().range().unwrap();
    insta::assert_snapshot!(range("kps"), @"10 to 100 %, in steps of 10");
    insta::assert_snapshot!(range("albumin"), @"5 to 70 g/L");
    insta::assert_snapshot!(range("pain-nrs"), @"0 to 10");
}
