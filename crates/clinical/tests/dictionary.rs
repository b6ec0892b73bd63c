//! The data dictionary holds every fact of its specification and is sound.

use std::collections::BTreeSet;

use rules::types::{Dictionary as _, FactType, Scope};
use spineboard_clinical::dictionary::{Entry, dictionary};
use spineboard_clinical::level::VertebralLevel;

/// Every code of the specification of the dictionary, by its sections.
const CODES: [(&str, &[&str]); 8] = [
    (
        "patient",
        &[
            "birth-date",
            "sex",
            "cancer-history",
            "histology",
            "primary-site",
            "histology-basis",
            "histology-confirmed",
            "histology-date",
            "biopsy-kind",
            "haematological-suspected",
            "hormone-sensitivity",
            "targeted-therapy",
            "targetable-alteration",
            "growth-group-tomita",
            "primary-group-tokuhashi-1990",
            "primary-group-tokuhashi-2005",
            "primary-group-as-printed",
            "primary-group-bauer",
            "primary-group-van-der-linden",
            "primary-group-katagiri",
            "primary-group-rades",
            "radiosensitivity",
            "radiosensitivity-ao",
            "primary-status",
            "primary-controlled",
            "primary-malignancy-grade",
            "systemic-options-remaining",
            "previous-chemotherapy",
            "prior-systemic-lines",
            "current-systemic-therapy",
            "on-systemic-therapy",
            "needs-fast-return-to-systemic",
            "cancer-diagnosis-date",
            "metastasis-date",
            "months-diagnosis-to-compression",
            "spine-metastasis-icd10",
        ],
    ),
    (
        "extent",
        &[
            "visceral-metastases",
            "visceral-sites",
            "visceral-removable",
            "visceral-treatable",
            "visceral-pattern",
            "visceral-tomita",
            "organs-tokuhashi",
            "visceral-katagiri",
            "extraspinal-bone-foci-count",
            "extraspinal-count-is-minimum",
            "vertebral-metastases-count",
            "isolated-spinal-metastasis",
            "bone-metastases-pattern",
            "extraspinal-disease",
            "oligometastatic",
            "cure-likely",
            "pathological-fracture",
            "symptoms-recorded",
            "clinical-part",
            "imaging-done",
            "imaging-part",
            "whole-spine-imaged",
            "skeletal-staging",
            "staging-date",
            "lesion-list-complete",
            "lesions-contiguous",
            "contiguous-levels-max",
            "worst-escc",
            // Not of the specification: what rows U-5 and U-6 of the urgency read.
            "worst-sins-band",
            "index-lesion",
        ],
    ),
    (
        "condition",
        &[
            "kps",
            "ecog",
            "general-condition-tokuhashi",
            "noms-systemic",
            "asa-class",
            "cardiopulmonary-reserve",
            "serious-comorbidity",
            "charlson-index",
            "frailty-scale",
            "antithrombotic-drugs",
            "severe-malnutrition",
            "immune-weakened",
            "acute-immunosuppression",
            "infection",
            "coagulopathy",
            "cement-allergy",
            "cardiac-device",
            "allergies",
            "mri-possible",
            "lie-still-possible",
            "life-expectancy-clinician",
            "end-of-life",
            "benefit-exceeds-risk",
            "albumin",
            "haemoglobin",
            "platelets",
            "white-cells",
            "inr",
            "crp",
            "ldh",
            "bilirubin",
            "corrected-calcium",
            "creatinine",
            "alkaline-phosphatase",
            "labs-katagiri",
        ],
    ),
    (
        "neurology",
        &[
            "frankel",
            "ais",
            "isncsci-motor-score",
            "palsy-tokuhashi",
            "neurological-level",
            "ambulatory-status",
            "ambulatory-before",
            "ambulatory",
            "lower-limb-power-worst",
            "myelopathy",
            "radiculopathy",
            "mechanical-radiculopathy",
            "deficit-onset-at",
            "deficit-course",
            "motor-deficit-development",
            "complete-motor-loss-since",
            "hours-since-motor-loss",
            "paralysis-window-passed",
            "bladder-function",
            "bowel-function",
            "saddle-sensation",
            "anal-tone",
            "sphincter-impaired",
            "mscc-status",
            "red-flags",
            "urgency-class",
            "hours-suspicion-to-mri",
            "dexamethasone-dose-mg",
            "steroid-contraindication",
            "immobilised",
            // Not of the specification: a mark of the product, derived for lists and banners.
            "cord-at-risk",
        ],
    ),
    (
        "lesion",
        &[
            "level",
            "level-variant",
            "numbering-method",
            "region",
            "lesion-status",
            "lesion-symptomatic",
            "escc-grade",
            "escc-class",
            "escc-reference",
            "escc-read-from",
            "sins-location",
            "sins-pain",
            "sins-bone-lesion",
            "sins-alignment",
            "sins-collapse",
            "sins-posterolateral",
            "sins-total",
            "sins-band",
            "noms-neurologic",
            "noms-oncologic",
            "noms-mechanical",
            "noms-result",
            "pain-nrs",
            "pain-mechanism",
            "pain-refractory",
            "pain-weeks",
            "posterior-wall",
            "body-involved-percent",
            "lesion-columns",
            "pedicle-left",
            "pedicle-right",
            "lamina-arch-involved",
            "posterior-elements",
            "crosses-disc",
            "paraspinal-mass",
            "paraspinal-mass-mm",
            "soft-tissue-component",
            "anterior-paravertebral-extension",
            "vessel-contact",
            "epidural-cord-gap-mm",
            "compression-cause",
            "compression-side",
            "vertebral-fracture",
            "deformity",
            "fracture-severe",
            "fracture-risk-judged-high",
            "srs-deliverable",
            "target-small-well-defined",
            "vertebrae-in-target",
            "lesion-diameter-mm",
            "near-neural-structure",
            "near-unprotectable-structure",
            "heat-sink-neighbour",
            "safe-percutaneous-path",
            "metal-implant-near",
            "skin-compromised",
            "bone-quality",
            "hypervascular",
            "wbb-convention",
            "wbb-cells",
            "wbb-words",
            "wbb-sectors",
            "wbb-layers",
            "wbb-en-bloc-feasible",
            "tomita-surgical-type",
            "gtv-sectors",
            "gtv-body-pattern",
            "ctv-sectors",
            "pre-op-sectors",
        ],
    ),
    (
        "treatment",
        &[
            "prior-radiotherapy",
            "prior-rt-level",
            "months-since-rt",
            "rt-failed-level",
            "prior-spine-surgery",
            "separation-done",
            "residual-epidural-tumour",
            "planned-options",
            "body-resection-planned",
            "fixation-segments",
            "posterior-route-sufficient",
            "transthoracic-route-planned",
            "mri-follow-up-intended",
            "awaiting-surgery",
            "other-treatment-tolerated",
            "main-aim",
            "options-refused",
            "patient-preference",
            "capacity",
            "site-resources",
            "present-specialties",
        ],
    ),
    (
        "outcome",
        &[
            "pain-nrs-worst",
            "pain-nrs-back",
            "pain-nrs-leg-arm",
            "pain-vas-mm",
            "pain-worst-or-average",
            "opioid-omed-mg",
            "odi-1",
            "odi-2",
            "odi-3",
            "odi-4",
            "odi-5",
            "odi-6",
            "odi-7",
            "odi-8",
            "odi-9",
            "odi-10",
            "odi-percent",
            "sosgoq-version",
            "sosgoq-physical",
            "sosgoq-pain",
            "sosgoq-mental",
            "sosgoq-social",
            "sosgoq-neuro-1",
            "sosgoq-neuro-2",
            "sosgoq-neuro-3",
            "sosgoq-neuro-4",
            "eq5d-version",
            "eq5d-profile",
            "eq5d-vas",
            "eq5d-value-set",
            "eq5d-index",
            "prom-mode",
            "prom-proxy",
            "prom-missing-reason",
            "vital-status",
            "death-date",
            "vital-source",
            "last-known-alive",
            "death-cause",
            "local-control",
            "new-fracture",
            "reintervention",
            "complications",
            "readmission-30-days",
            "length-of-stay-days",
            "discharge-to",
            "systemic-after",
        ],
    ),
    ("results", &["tomita-total", "tokuhashi-1990-total", "tokuhashi-2005-total"]),
];

#[test]
fn every_fact_of_the_specification_is_there_in_its_order() {
    for (section, codes) in CODES {
        let there: Vec<&str> = dictionary().facts_of(section).map(Entry::code).collect();
        assert_eq!(there, codes, "{section}");
    }
    let all: usize = CODES.iter().map(|(_, codes)| codes.len()).sum();
    assert_eq!(dictionary().facts().len(), all);
}

#[test]
fn the_order_of_the_facts_is_the_order_of_the_dictionary() {
    let orders: Vec<u32> = dictionary().facts().iter().map(|entry| entry.spec.order).collect();
    assert_eq!(orders, (0..u32::try_from(orders.len()).unwrap()).collect::<Vec<_>>());
}

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

/// An ICD-10 category or subcategory of one chapter letter: `C50`, `C22.0`.
fn icd_10(code: &str, chapter: impl Fn(char) -> bool) -> bool {
    let mut signs = code.chars();
    signs.next().is_some_and(chapter)
        && match signs.as_str().split_once('.') {
            None => digits(signs.as_str(), 2),
            Some((category, subcategory)) => digits(category, 2) && digits(subcategory, 1),
        }
}

fn digits(text: &str, number: usize) -> bool {
    text.len() == number && text.bytes().all(|sign| sign.is_ascii_digit())
}

/// A concept id of the international edition of SNOMED CT: 6 to 18 digits, the partition `00`, and a
/// last digit that makes the Verhoeff check come out.
fn snomed_ct(id: &str) -> bool {
    (6..=18).contains(&id.len())
        && id.strip_suffix(|_: char| true).is_some_and(|rest| rest.ends_with("00"))
        && verhoeff(id)
}

/// Each digit, counted from the right, goes through the permutation as often as its place says; the
/// product of all of them in the symmetries of the pentagon must be 0.
fn verhoeff(number: &str) -> bool {
    const PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let mut product = 0;
    for (place, sign) in number.bytes().rev().enumerate() {
        if !sign.is_ascii_digit() {
            return false;
        }
        // The permutation is back where it was after eight times.
        let moved = (0..place % 8).fold(sign - b'0', |digit, _| PERMUTATION[usize::from(digit)]);
        product = pentagon(product, moved);
    }
    product == 0
}

/// The product of two symmetries of the pentagon: 0 to 4 turn it, 5 to 9 turn it over.
fn pentagon(left: u8, right: u8) -> u8 {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right) % 5,
        (false, true) => 5 + (left - right) % 5,
        (false, false) => (5 + left - right) % 5,
    }
}

#[test]
fn the_check_digit_finds_every_wrong_digit_and_every_swap_of_neighbours() {
    // The example of the literature: 236 has the check digit 3.
    assert!(verhoeff("2363"));
    let right = "254837009";
    assert!(snomed_ct(right));
    for place in 0..right.len() {
        for digit in '0'..='9' {
            let other: String = right
                .chars()
                .enumerate()
                .map(|(at, sign)| if at == place { digit } else { sign })
                .collect();
            assert_eq!(verhoeff(&other), other == right, "{other}");
        }
    }
    for place in 1..right.len() {
        let mut signs: Vec<char> = right.chars().collect();
        signs.swap(place - 1, place);
        let other = String::from_iter(signs);
        assert_eq!(verhoeff(&other), other == right, "{other}");
    }
    // What a shifted column would bring.
    for wrong in ["8046", "8046/3", "C50", "sensitive", "", "254837109"] {
        assert!(!snomed_ct(wrong), "{wrong}");
    }
}

#[test]
fn every_code_of_a_tumour_has_the_form_of_its_terminology() {
    let tumours = || dictionary().tumours().iter().flat_map(|group| &group.tumours);
    let cancer = |code: &str| icd_10(code, |chapter| chapter == 'C');
    for tumour in tumours() {
        let name = &tumour.code;
        for code in &tumour.icd_10 {
            let fits = match code.split_once('–') {
                Some((from, to)) => cancer(from) && cancer(to) && from < to,
                None => cancer(code),
            };
            assert!(fits, "{name}: ICD-10 {code}");
        }
        if let Some(code) = &tumour.icd_o_3 {
            let parts = code.split_once('/');
            let fits = parts.is_some_and(|(kind, nature)| digits(kind, 4) && digits(nature, 1));
            assert!(fits, "{name}: ICD-O-3 {code}");
        }
        if let Some(code) = &tumour.snomed_ct {
            assert!(snomed_ct(code), "{name}: SNOMED CT {code}");
        }
    }
    assert_eq!(tumours().filter(|tumour| !tumour.icd_10.is_empty()).count(), 45);
    assert_eq!(tumours().filter(|tumour| tumour.icd_o_3.is_some()).count(), 19);
    let known: Vec<&str> = tumours().filter_map(|tumour| tumour.snomed_ct.as_deref()).collect();
    assert_eq!((known.len(), BTreeSet::from_iter(&known).len()), (20, 20));
}

#[test]
fn every_code_of_a_level_has_its_check_digit() {
    let mut known = 0;
    for level in VertebralLevel::all() {
        for code in [level.snomed_ct(), level.snomed_ct_body()].into_iter().flatten() {
            assert!(snomed_ct(code), "{level}: SNOMED CT {code}");
            known += 1;
        }
        // The two columns name the vertebra and its body, one thing only at C1, C2 and S1.
        let same = level.snomed_ct().is_some() && level.snomed_ct() == level.snomed_ct_body();
        assert_eq!(same, ["C1", "C2", "S1"].contains(&level.code()), "{level}");
    }
    assert_eq!(known, 25 + 30);
}

#[test]
fn every_code_of_a_fact_has_the_form_of_its_terminology() {
    let mut known = BTreeSet::new();
    for entry in dictionary().facts() {
        let fields = entry.fields.iter().flat_map(|field| &field.choices);
        let choices = entry.choices.iter().chain(fields).flat_map(|choice| &choice.codes);
        for term in entry.codes.iter().chain(choices) {
            let fits = match term.system.as_str() {
                "SNOMED CT" => snomed_ct(&term.code),
                "ICD-10" => icd_10(&term.code, |chapter| chapter.is_ascii_uppercase()),
                "LOINC" | "RadElement" => !term.code.is_empty(),
                _ => false,
            };
            assert!(fits, "{}: {} {}", entry.code(), term.system, term.code);
            known.insert((term.system.as_str(), term.code.as_str()));
        }
    }
    let number = |system: &str| known.iter().filter(|(of, _)| *of == system).count();
    assert_eq!((number("SNOMED CT"), number("ICD-10")), (12, 2));
}
