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
