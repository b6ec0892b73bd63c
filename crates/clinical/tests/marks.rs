//! The marks of lists and banners. ESCC grades and their order: Bilsky, J Neurosurg Spine 2010; that
//! grades 2 and 3 are high-grade compression: as Radiopaedia gives the scale (2024).

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use clinical::assessment::{Answers, Assessment, Context, Route};
use clinical::marks::{self, Marks};
use rules::value::FactValue;
use spineboard_clinical as clinical;

/// The scale in its order, written down a second time.
const GRADES: [&str; 6] = ["0", "1a", "1b", "1c", "2", "3"];

fn marks(fields: &[(&str, &str)]) -> Marks {
    let now: DateTime<Utc> = "2026-11-23T21:06:40Z".parse().unwrap();
    let fields: Vec<(String, String)> =
        fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    let answers = Answers::parse(&fields, &now).unwrap();
    let context = Context {
        recorded_by: "u1".to_owned(),
        recorded_at: now,
        assessed_at: now,
        route: Route::Form,
        patient: BTreeMap::new(),
    };
    marks::of(&Assessment::next(None, &answers, &context).unwrap().0).unwrap()
}

/// The reasons in words: `High-grade compression: escc-grade 2 T10`.
fn reasons(marks: &Marks) -> Vec<String> {
    let text = |value: &FactValue| match value {
        FactValue::Code(code) => code.clone(),
        other => format!("{other:?}"),
    };
    let of = marks.cord_at_risk.iter().map(|reason| {
        let facts = reason.facts.iter().map(|fact| {
            let level = fact.level.map(|level| format!(" {level}")).unwrap_or_default();
            format!("{} {}{level}", fact.fact, text(&fact.value))
        });
        format!("{}: {}", reason.words, facts.collect::<Vec<_>>().join(", "))
    });
    of.collect()
}

#[test]
fn every_pair_of_grades_with_every_course_is_marked_as_a_second_statement_says() {
    let courses = ["", "_not-applicable", "stable", "slow", "rapid", "improving"];
    for (first, one) in GRADES.iter().enumerate() {
        for (second, other) in GRADES.iter().enumerate() {
            for course in courses {
                let found = marks(&[
                    ("lesion.T10.escc-grade", one),
                    ("lesion.L1.escc-grade", other),
                    ("case.deficit-course", course),
                ]);
                let worst = first.max(second);
                assert_eq!(found.worst_escc.as_deref(), Some(GRADES[worst]));
                let expected = worst >= 4 || matches!(course, "slow" | "rapid");
                assert_eq!(found.is_cord_at_risk(), expected, "{one} {other} {course}");
            }
        }
    }
}

#[test]
fn every_level_with_high_grade_compression_is_a_reason_and_so_is_a_course_that_worsens() {
    let found = marks(&[
        ("lesion.T4.escc-grade", "1c"),
        ("lesion.T10.escc-grade", "2"),
        ("lesion.L1.escc-grade", "3"),
        ("case.deficit-course", "rapid"),
    ]);
    insta::assert_snapshot!(reasons(&found).join("\n"), @r"
    High-grade compression: escc-grade 2 T10, escc-grade 3 L1
    Weakness is getting worse: deficit-course rapid
    ");
    let one = marks(&[("lesion.T10.escc-grade", "2")]);
    assert_eq!(reasons(&one), ["High-grade compression: escc-grade 2 T10"]);
}

#[test]
fn with_a_lesion_ungraded_the_worst_grade_is_the_least_that_it_can_be() {
    let high = marks(&[("lesion.T10.escc-grade", "2"), ("lesion.L1.sins-pain", "none")]);
    assert_eq!(high.worst_escc.as_deref(), Some("2"));
    assert!(high.is_cord_at_risk());
    let low = marks(&[("lesion.T10.escc-grade", "1b"), ("lesion.L1.sins-pain", "none")]);
    assert_eq!(low.worst_escc.as_deref(), Some("1b"));
    assert!(!low.is_cord_at_risk());
}

#[test]
fn while_nothing_is_known_there_is_no_grade_and_no_mark() {
    for fields in [
        &[("lesion.T10.sins-pain", "none")][..],
        &[("lesion.T10.escc-grade", "_not-applicable")],
        &[("case.kps", "70")],
    ] {
        assert_eq!(marks(fields), Marks::default(), "{fields:?}");
    }
}

#[test]
fn a_grade_that_a_person_states_for_the_case_counts_as_the_worst() {
    let found = marks(&[
        ("lesion.T10.escc-grade", "0"),
        ("case.worst-escc", "3"),
        ("case.worst-escc.stated", "an outside report names a level that is not listed"),
    ]);
    assert_eq!(found.worst_escc.as_deref(), Some("3"));
    assert_eq!(reasons(&found), ["High-grade compression: worst-escc 3"]);
}

/// The class that answers of a referral demand, and the reasons.
fn demanded(fields: &[(&str, &[&str])]) -> (String, String) {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let fields: BTreeMap<String, Vec<String>> =
        fields.iter().map(|&(name, values)| (name.to_owned(), owned(values))).collect();
    let demand = marks::demand(&marks::facts_of_answers(&fields)).unwrap();
    (demand.class, in_words(&demand.reasons))
}

fn in_words(reasons: &[marks::Reason]) -> String {
    let of = reasons.iter().map(|reason| {
        let facts = reason.facts.iter().map(|fact| match (&fact.value, fact.level) {
            (FactValue::Codes(codes), _) => codes.iter().cloned().collect::<Vec<_>>().join("+"),
            (FactValue::Code(code), Some(level)) => format!("{} {code} {level}", fact.fact),
            (FactValue::Code(code), None) => format!("{} {code}", fact.fact),
            (other, _) => format!("{} {other:?}", fact.fact),
        });
        format!("{}: {}", reason.words, facts.collect::<Vec<_>>().join(", "))
    });
    of.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_neurological_flag_of_somebody_with_cancer_demands_an_emergency_and_only_it_is_named() {
    let (class, why) = demanded(&[
        ("cancer-history", &["current"]),
        ("red-flags", &["rf-limb-weakness", "rf-night"]),
        ("ambulatory-status", &["with-aid"]),
    ]);
    assert_eq!(class, "U1");
    assert_eq!(
        why,
        "A neurological symptom or sign in somebody who has or had cancer: cancer-history current, \
         rf-limb-weakness"
    );
}

#[test]
fn what_nobody_has_looked_at_demands_nothing() {
    for fields in [
        &[("red-flags", &["rf-limb-weakness"][..])][..],
        &[("cancer-history", &["_not-assessed"]), ("red-flags", &["rf-gait"])],
        &[("cancer-history", &["current"]), ("red-flags", &["_not-assessed"])],
        &[("cancer-history", &["current"]), ("red-flags", &["_none"])],
        &[],
    ] {
        assert_eq!(demanded(fields), ("U5".to_owned(), String::new()), "{fields:?}");
    }
}

#[test]
fn a_pattern_of_pain_demands_more_once_it_is_known_whether_compression_is_confirmed() {
    let pain: [(&str, &[&str]); 2] =
        [("cancer-history", &["past"]), ("red-flags", &["rf-mechanical"])];
    let with =
        |status: &'static [&'static str]| demanded(&[pain[0], pain[1], ("mscc-status", status)]);
    assert_eq!(with(&["suspected"]).0, "U2");
    assert_eq!(with(&["confirmed"]).0, "U3");
    assert_eq!(
        demanded(&pain).0,
        "U3",
        "U2, or U3 if compression is confirmed: the lesser of both"
    );
}

#[test]
fn a_derived_sign_is_explained_by_the_answers_behind_it() {
    let (class, why) = demanded(&[("bladder-function", &["retention"])]);
    assert_eq!(class, "U1");
    assert_eq!(
        why,
        "Signs of the cauda equina: a new disturbance of bladder, bowel or saddle: bladder-function retention"
    );
}

#[test]
fn an_unstable_lesion_is_named_with_its_level() {
    use rules::value::{Fact, Facts, LesionFacts};
    let code = |code: &str| Fact::Known(FactValue::Code(code.to_owned()));
    let facts = Facts {
        case: [("mscc-status".to_owned(), code("none"))].into(),
        lesions: vec![LesionFacts {
            level: "T10".to_owned(),
            facts: [
                ("sins-pain", "mechanical"),
                ("sins-bone-lesion", "lytic"),
                ("sins-alignment", "subluxation"),
                ("sins-collapse", "over-50"),
                ("sins-posterolateral", "bilateral"),
            ]
            .map(|(fact, value)| (fact.to_owned(), code(value)))
            .into(),
        }],
        ..Facts::default()
    };
    let demand = marks::demand(&facts).unwrap();
    assert_eq!(demand.class, "U3");
    assert_eq!(in_words(&demand.reasons), "SINS of 13 or more: sins-band unstable T10");
}

#[test]
fn a_motor_deficit_counts_while_nobody_has_excluded_compression() {
    let (class, why) = demanded(&[("frankel", &["C"])]);
    assert_eq!(class, "U1");
    assert!(why.contains("frankel C") && !why.contains("mscc-status"), "{why}");
    let excluded = demanded(&[("frankel", &["C"]), ("mscc-status", &["excluded"])]);
    assert_eq!(excluded.0, "U5");
}

#[test]
fn a_class_that_somebody_stated_does_not_silence_a_later_finding() {
    use rules::value::Fact;
    let known = |code: &str| Fact::Known(FactValue::Code(code.to_owned()));
    let facts = rules::value::Facts {
        case: [
            ("urgency-class".to_owned(), known("U5")),
            ("mscc-status".to_owned(), known("suspected")),
            ("frankel".to_owned(), known("C")),
        ]
        .into(),
        ..rules::value::Facts::default()
    };
    assert_eq!(marks::demand(&facts).unwrap().class, "U1");
}

#[test]
fn a_class_that_only_several_rows_leave_has_a_reason_in_words() {
    use rules::value::{Fact, Facts, LesionFacts};
    let code = |code: &str| Fact::Known(FactValue::Code(code.to_owned()));
    // Seven points without the collapse: 7 to 10; with the bone lesion open too it may be unstable or not.
    let facts = Facts {
        case: [("mscc-status".to_owned(), code("excluded"))].into(),
        lesions: vec![LesionFacts {
            level: "T12".to_owned(),
            facts: [
                ("sins-pain", "mechanical"),
                ("sins-alignment", "deformity"),
                ("sins-posterolateral", "bilateral"),
            ]
            .map(|(fact, value)| (fact.to_owned(), code(value)))
            .into(),
        }],
        ..Facts::default()
    };
    let demand = marks::demand(&facts).unwrap();
    assert_eq!(demand.class, "U4");
    assert!(!in_words(&demand.reasons).is_empty());
}
