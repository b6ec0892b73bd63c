//! From one assessment to the next, and the stored bytes.

use chrono::TimeDelta;
use rules::value::{Fact, FactValue, MissingReason};
use spineboard_clinical::assessment::{Answers, Assessment, Context, Side, differences};
use spineboard_clinical::dictionary::dictionary;

use crate::{context, fields, first, level, names, now, parse, refused, taken};

#[test]
fn what_is_not_answered_is_carried_over_with_its_recorder() {
    let base = first(&[
        ("case.kps", "70"),
        ("case.kps.source", "examination"),
        ("case.frankel", "D"),
        ("lesion.T10.sins-pain", "mechanical"),
    ]);
    let later = Context { recorded_at: now() + TimeDelta::hours(2), ..context("u2") };
    let answers = parse(&[
        ("case.kps", "70"),
        ("case.ecog", "2"),
        ("lesion.T10.sins-pain", "none"),
        ("lesion.L2.lesion-status", "metastasis-proven"),
    ]);
    let (next, change) = Assessment::next(Some((&base, 1)), &answers, &later).unwrap();
    assert_eq!(names(&change.changed), "ecog, T10 sins-pain, L2 lesion-status");
    assert_eq!(names(&change.confirmed), "kps");
    assert_eq!(change.added_levels, [level("L2")]);
    assert_eq!(next.levels(), [level("T10"), level("L2")]);

    let frankel = next.fact("frankel", None).unwrap();
    assert_eq!((frankel.recorded_by.as_str(), frankel.carried_from), ("u1", Some(1)));
    assert_eq!(frankel.recorded_at, now());
    let kps = next.fact("kps", None).unwrap();
    assert_eq!((kps.recorded_by.as_str(), kps.carried_from), ("u2", None));
    assert_eq!(kps.source.unwrap().code(), "examination", "a confirmation keeps the source");

    let answers = parse(&[("case.ecog", "3")]);
    let (third, _) = Assessment::next(Some((&next, 2)), &answers, &context("u3")).unwrap();
    assert_eq!(third.fact("frankel", None).unwrap().carried_from, Some(1));
    assert_eq!(third.fact("kps", None).unwrap().carried_from, Some(2));
    let birth = third.fact("birth-date", None).unwrap();
    assert_eq!((birth.recorded_by.as_str(), birth.carried_from), ("u1", Some(1)));
}

#[test]
fn nothing_new_changed_or_confirmed_is_no_assessment() {
    let base = first(&[("case.kps", "70"), ("lesion.T10.level", "T10")]);
    for pairs in [
        vec![],
        vec![("case.kps", ""), ("case.kps.source", "report"), ("case.ecog.reason", "pending")],
        vec![("command_id", "x"), ("base", "1")],
        vec![("lesion._listed", "1"), ("lesion.T10.level", "T10")],
        vec![("case.radiosensitivity", "_not-assessed")],
    ] {
        let errors =
            Assessment::next(Some((&base, 1)), &parse(&pairs), &context("u2")).unwrap_err();
        assert!(errors.is_nothing_recorded(), "{errors:?}");
    }
    assert!(Assessment::next(None, &Answers::default(), &context("u1")).is_err());
}

#[test]
fn a_level_is_left_out_only_with_a_reason() {
    let base = first(&[
        ("case.kps", "70"),
        ("lesion.T10.sins-pain", "mechanical"),
        ("lesion.L2.sins-pain", "none"),
    ]);
    let next =
        |pairs: &[(&str, &str)]| Assessment::next(Some((&base, 1)), &parse(pairs), &context("u2"));
    let refused = next(&[("lesion._listed", "1"), ("lesion.T10.level", "T10")]).unwrap_err();
    insta::assert_snapshot!(refused.iter().next().unwrap(), @"lesion.L2._left-out: say why L2 is left out: its facts will not be carried over");
    let refused = next(&[
        ("lesion._listed", "1"),
        ("lesion.T10.level", "T10"),
        ("lesion.L2.level", "L2"),
        ("lesion.L2._left-out", "a haemangioma"),
    ]);
    insta::assert_snapshot!(refused.unwrap_err().iter().next().unwrap(), @"lesion.L2._left-out: L2 is ticked and also left out: untick it, or clear the reason");
    let refused = next(&[
        ("lesion._listed", "1"),
        ("lesion.T10.level", "T10"),
        ("lesion.L2.level", "L2"),
        ("lesion.L4.sins-pain", "none"),
    ]);
    insta::assert_snapshot!(refused.unwrap_err().iter().next().unwrap(), @"lesion.L4.level: L4 has answers but is not ticked in the list of levels");

    let (assessment, change) = next(&[
        ("lesion._listed", "1"),
        ("lesion.T10.level", "T10"),
        ("lesion.L2.sins-pain", "none"),
        ("lesion.L2._left-out", "a haemangioma on the new MRI"),
    ])
    .unwrap();
    assert_eq!(assessment.levels(), [level("T10")]);
    let [left] = change.removed_levels.as_slice() else { panic!("one level") };
    assert_eq!((left.level, left.reason.as_str()), (level("L2"), "a haemangioma on the new MRI"));
    assert!(change.changed.is_empty() && change.confirmed.is_empty());
}

#[test]
fn a_stated_fact_keeps_its_reason_and_can_be_withdrawn() {
    let base = first(&[
        ("case.radiosensitivity", "sensitive"),
        ("case.radiosensitivity.stated", "proven response in 2025"),
        ("lesion.T10.level", "T10"),
        ("case.index-lesion", "T10"),
    ]);
    let stated = base.fact("radiosensitivity", None).unwrap();
    assert_eq!(stated.stated.as_deref(), Some("proven response in 2025"));
    let answers = parse(&[("case.radiosensitivity", "_not-assessed")]);
    let (next, change) = Assessment::next(Some((&base, 1)), &answers, &context("u2")).unwrap();
    assert!(next.fact("radiosensitivity", None).is_none());
    assert_eq!(names(&change.changed), "radiosensitivity");
}

#[test]
fn a_value_in_another_unit_is_converted_and_both_are_kept() {
    let assessment = first(&[("case.bilirubin", "25"), ("case.bilirubin.unit", "umol-per-l")]);
    let bilirubin = assessment.fact("bilirubin", None).unwrap();
    assert_eq!(bilirubin.fact, Fact::Known(FactValue::Decimal("1.462".to_owned())));
    assert_eq!(bilirubin.entered.as_ref().unwrap().value, "25");
    let same = first(&[("case.bilirubin", "1.5"), ("case.bilirubin.unit", "mg/dL")]);
    assert!(same.fact("bilirubin", None).unwrap().entered.is_none());
    insta::assert_snapshot!(refused(&[
        ("case.bilirubin", "25"),
        ("case.bilirubin.unit", "mmol"),
        ("case.corrected-calcium", "25"),
        ("case.corrected-calcium.unit", "mmol-per-l"),
    ]), @"
case.bilirubin.unit: `mmol` is no unit of this value: mg/dL, umol-per-l
case.corrected-calcium: `25 mmol/L` is out of range: enter 2 to 25 mg/dL
");
}

#[test]
fn records_are_read_row_by_row() {
    let assessment = first(&[
        ("case.prior-radiotherapy.3.levels", "T10"),
        ("case.prior-radiotherapy.3.levels", "T9"),
        ("case.prior-radiotherapy.3.dose", "20.0"),
        ("case.prior-radiotherapy.3.end-date", "Mar-2025"),
        ("case.prior-radiotherapy.0.technique", "sbrt"),
        ("case.prior-radiotherapy.1.technique", ""),
        ("case.current-systemic-therapy", "_none"),
    ]);
    let json = |code: &str| serde_json::to_string(assessment.value(code, None).unwrap()).unwrap();
    insta::assert_snapshot!(json("prior-radiotherapy"), @r#"[{"technique":"sbrt"},{"dose":"20","end-date":"2025-03","levels":["T10","T9"]}]"#);
    assert_eq!(json("current-systemic-therapy"), "[]");
}

#[test]
fn words_beside_an_answer_can_be_changed_and_taken_away() {
    let base = first(&[
        ("case.histology", "other"),
        ("case.histology.text", "small bowel carcinoma"),
        ("case.kps", "70"),
    ]);
    let text = |assessment: &Assessment| assessment.fact("histology", None).unwrap().text.clone();
    assert_eq!(text(&base).as_deref(), Some("small bowel carcinoma"));
    let next = |pairs: &[(&str, &str)]| {
        Assessment::next(Some((&base, 1)), &parse(pairs), &context("u2")).unwrap()
    };
    let (kept, change) = next(&[("case.histology", "other")]);
    assert_eq!(text(&kept), text(&base));
    assert_eq!(names(&change.confirmed), "histology");
    let (gone, change) = next(&[("case.histology", "other"), ("case.histology.text", "")]);
    assert_eq!(text(&gone), None);
    assert_eq!(names(&change.changed), "histology");
}

#[test]
fn two_forms_from_one_base_are_compared_fact_by_fact() {
    let base = first(&[
        ("case.kps", "70"),
        ("case.ecog", "2"),
        ("case.frankel", "D"),
        ("case.asa-class", "3"),
        ("case.crp", "4"),
    ]);
    let (theirs, _) = taken(
        Some((&base, 1)),
        &fields(&[
            ("case.kps", "60"),
            ("case.ecog", "3"),
            ("case.frankel", "C"),
            ("lesion.T10.level", "T10"),
        ]),
    );
    let yours = parse(&[
        ("case.kps", "50"),
        ("case.ecog", "3"),
        ("case.asa-class", "4"),
        ("case.crp", "4"),
    ]);
    let found = differences(Some(&base), &theirs, &yours);
    let sides: Vec<(String, Side)> =
        found.iter().map(|difference| (difference.key.to_string(), difference.side)).collect();
    let expected = [
        ("asa-class", Side::Yours),
        ("ecog", Side::Same),
        ("frankel", Side::Theirs),
        ("kps", Side::Conflict),
        ("T10 level", Side::Theirs),
    ];
    assert_eq!(sides, expected.map(|(key, side)| (key.to_owned(), side)));
}

#[test]
fn facts_are_shown_in_words() {
    let assessment = first(&[
        ("case.kps", "70"),
        ("case.frankel", "C"),
        ("case.visceral-metastases", "present"),
        ("case.visceral-sites", "lung"),
        ("case.visceral-sites", "brain"),
        ("case.mri-possible", "true"),
        ("case.albumin", "35.5"),
        ("case.ecog", "_unknown"),
        ("case.ecog.reason", "pending"),
        ("case.cancer-diagnosis-date", "Mar-2024"),
        ("case.deficit-onset-at", "22-Nov-2026 06:30"),
        ("case.prior-radiotherapy.0.technique", "sbrt"),
        ("case.prior-radiotherapy.0.dose", "24"),
        ("case.prior-radiotherapy.0.levels", "T9"),
        ("case.prior-radiotherapy.0.levels", "T10"),
        ("case.prior-spine-surgery", "_none"),
    ]);
    let shown: Vec<String> = assessment
        .recorded()
        .map(|(key, recorded)| {
            let entry = dictionary().entry(&key.code).unwrap();
            format!("{}: {}", entry.label(), entry.shown_fact(&recorded.fact))
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
Albumin: 35.5 g/L
Date of birth: 12-Mar-1962
Cancer found: Mar-2024
Onset: 22-Nov-2026 06:30 UTC
ECOG: Unknown: pending, the result is awaited
Frankel: C
Karnofsky: 70 %
MRI possible: Yes
Courses: Levels T9; T10, Technique Stereotactic, Dose 24 Gy
Operations: None
Sex: Female
Visceral metastases: Present
Organs: Lung; Brain
");
}

#[test]
fn required_facts_without_an_answer_are_known() {
    let assessment = first(&[
        ("case.histology-basis", "spine-biopsy"),
        ("case.pain-nrs-worst", "7"),
        ("lesion.T10.level", "T10"),
    ]);
    insta::assert_snapshot!(names(&assessment.unanswered()), @"whole-spine-imaged, skeletal-staging, lesion-list-complete, mscc-status, T10 lesion-status, T10 escc-read-from, T10 planned-options, site-resources, present-specialties, pain-worst-or-average");
}

#[test]
fn stored_bytes_that_are_not_an_assessment_are_refused() {
    let base = first(&[("case.kps", "70"), ("lesion.T10.sins-pain", "none")]);
    let text = String::from_utf8(base.canonical_bytes().to_vec()).unwrap();
    let message = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let wrong = text.replacen(from, to, 1);
        Assessment::from_canonical(wrong.as_bytes()).unwrap_err().to_string()
    };
    insta::assert_snapshot!(message("{", "["), @"is no stored assessment");
    insta::assert_snapshot!(message(r#""code":"kps""#, r#""code":"kpx""#), @"`kpx` is no fact, nearest: kps");
    insta::assert_snapshot!(message(r#""value":70"#, r#""value":75"#), @"`kps`: 75 is outside 10 to 100 %, in steps of 10");
    insta::assert_snapshot!(message(r#""value":70"#, r#""value": 70"#), @"is not in canonical form");
    insta::assert_snapshot!(message(r#""state":"known""#, r#""state":"not-assessed""#), @"`birth-date`: state, value and reason do not fit");
    insta::assert_snapshot!(message(r#""value":"T10""#, r#""value":"T11""#), @"`level`: names another level than it stands at");
    insta::assert_snapshot!(message(r#""level":"T10""#, r#""level":"T11""#), @"`level`: names another level than it stands at");
}

#[test]
fn unknown_and_not_assessed_are_one_state_with_and_without_a_reason() {
    let assessment = first(&[
        ("case.kps", "_unknown"),
        ("case.kps.reason", "patient-declined"),
        ("case.ecog", "_not-assessed"),
    ]);
    let fact = |code: &str| assessment.fact(code, None).unwrap().fact.clone();
    assert_eq!(fact("kps"), Fact::NotAssessed(Some(MissingReason::PatientDeclined)));
    assert_eq!(fact("ecog"), Fact::NotAssessed(None));
}

#[test]
fn rows_that_were_all_emptied_are_neither_kept_nor_dropped_without_a_word() {
    let base = first(&[
        ("case.prior-radiotherapy.0.technique", "sbrt"),
        ("case.prior-radiotherapy.0.levels", "T9"),
    ]);
    let next =
        |pairs: &[(&str, &str)]| Assessment::next(Some((&base, 1)), &parse(pairs), &context("u2"));
    let empty = [
        ("case.kps", "70"),
        ("case.prior-radiotherapy.0.technique", ""),
        ("case.prior-radiotherapy.0.levels", " "),
    ];
    assert_eq!(
        next(&empty).unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["case.prior-radiotherapy: all rows are empty: tick none, or keep the rows"]
    );
    let none = [&empty[..], &[("case.prior-radiotherapy", "_none")]].concat();
    let (none, _) = next(&none).unwrap();
    assert_eq!(none.value("prior-radiotherapy", None), Some(&FactValue::Records(Vec::new())));
    // The empty row that every form has below the filled ones says nothing, and so does a form without rows.
    let kept = [
        ("case.kps", "70"),
        ("case.prior-radiotherapy.0.technique", "sbrt"),
        ("case.prior-radiotherapy.0.levels", "T9"),
        ("case.prior-radiotherapy.1.technique", ""),
    ];
    assert!(next(&kept).is_ok() && next(&kept[..1]).is_ok());
    first(&empty);
}
