//! Cases to evaluate: complete ones with one lesion, and the same with five facts missing.

use std::collections::BTreeMap;

use rules::value::{Fact, FactValue, Facts, LesionFacts};

const TUMOURS: [&str; 8] = [
    "breast",
    "renal-cell",
    "lung-nsclc",
    "prostate",
    "melanoma",
    "rectum",
    "unknown-primary",
    "thyroid-differentiated",
];
const LEVELS: [&str; 8] = ["T6", "L1", "C4", "T12", "L3", "S2", "T9", "C7"];

fn code(code: &str) -> Fact {
    Fact::Known(FactValue::Code(code.to_owned()))
}

fn pick<'a>(number: usize, codes: &[&'a str]) -> &'a str {
    codes.get(number % codes.len()).copied().unwrap_or_default()
}

/// Sixty-four cases, each fact going through its values at a pace of its own.
pub(crate) fn complete() -> Vec<Facts> {
    (0..64).map(case).collect()
}

fn case(number: usize) -> Facts {
    let whole = |number: usize| Fact::Known(FactValue::Integer(i64::try_from(number).unwrap_or(0)));
    let case = [
        ("histology", code(pick(number, &TUMOURS))),
        ("visceral-metastases", code(pick(number / 3, &["present", "none"]))),
        ("visceral-treatable", code(pick(number / 5, &["treatable", "untreatable"]))),
        ("visceral-removable", code(pick(number / 7, &["all-removable", "not-removable"]))),
        ("extraspinal-bone-foci-count", whole(number / 2 % 5)),
        ("kps", whole(10 * (number % 10) + 10)),
        ("ecog", whole(number % 5)),
        ("frankel", code(pick(number / 4, &["E", "D", "C", "B", "A"]))),
        ("whole-spine-imaged", code("mri")),
        ("lesion-list-complete", Fact::Known(FactValue::Bool(true))),
    ];
    let lesion = [
        ("lesion-status", code("metastasis-proven")),
        ("sins-pain", code(pick(number / 2, &["mechanical", "non-mechanical", "none"]))),
        ("sins-bone-lesion", code(pick(number / 3, &["lytic", "mixed", "blastic"]))),
        ("sins-alignment", code(pick(number / 5, &["normal", "deformity", "subluxation"]))),
        ("sins-collapse", code(pick(number, &["none", "under-50", "over-50"]))),
        ("sins-posterolateral", code(pick(number / 6, &["none", "unilateral", "bilateral"]))),
    ];
    let owned = |facts: &[(&str, Fact)]| -> BTreeMap<String, Fact> {
        facts.iter().map(|(code, fact)| ((*code).to_owned(), fact.clone())).collect()
    };
    Facts {
        assessed_at: None,
        case: owned(&case),
        lesions: vec![LesionFacts {
            level: pick(number, &LEVELS).to_owned(),
            facts: owned(&lesion),
        }],
    }
}

/// The same cases without five facts: two of SINS, three of the case.
pub(crate) fn five_missing() -> Vec<Facts> {
    let mut cases = complete();
    for facts in &mut cases {
        for code in ["histology", "frankel", "extraspinal-bone-foci-count"] {
            facts.case.remove(code);
        }
        for lesion in &mut facts.lesions {
            lesion.facts.remove("sins-pain");
            lesion.facts.remove("sins-posterolateral");
        }
    }
    cases
}
