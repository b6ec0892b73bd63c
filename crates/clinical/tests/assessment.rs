//! Assessments: reading a form, carrying facts over, what is refused, and the stored bytes.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use rules::types::{FactType, Scope};
use rules::value::{Fact, FactValue, MissingReason};
use spineboard_clinical::assessment::{
    Answers, Assessment, Change, Context, FactKey, Route, Side, differences, form_values,
};
use spineboard_clinical::dictionary::{Entry, dictionary};
use spineboard_clinical::level::VertebralLevel;

fn now() -> DateTime<Utc> {
    "2026-11-23T21:06:40Z".parse().unwrap()
}

fn context(recorded_by: &str) -> Context {
    let birth = Fact::Known(FactValue::Date("1962-03-12".to_owned()));
    let sex = Fact::Known(FactValue::Code("female".to_owned()));
    Context {
        recorded_by: recorded_by.to_owned(),
        recorded_at: now(),
        assessed_at: now(),
        route: Route::Form,
        patient: BTreeMap::from([("birth-date".to_owned(), birth), ("sex".to_owned(), sex)]),
    }
}

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn parse(pairs: &[(&str, &str)]) -> Answers {
    Answers::parse(&fields(pairs), &now()).unwrap()
}

/// The messages of a form that is refused, a line each.
fn refused(pairs: &[(&str, &str)]) -> String {
    let errors = match Answers::parse(&fields(pairs), &now()) {
        Ok(answers) => Assessment::next(None, &answers, &context("u1")).unwrap_err(),
        Err(errors) => errors,
    };
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn first(pairs: &[(&str, &str)]) -> Assessment {
    Assessment::next(None, &parse(pairs), &context("u1")).unwrap().0
}

fn level(code: &str) -> VertebralLevel {
    code.parse().unwrap()
}

fn names(keys: &[FactKey]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_form_becomes_an_assessment_with_its_bytes() {
    let assessment = first(&[
        ("base", "0"),
        ("case.histology", "renal-cell"),
        ("case.kps", " 70 "),
        ("case.kps.source", "examination"),
        ("case.kps.observed", "yesterday"),
        ("case.visceral-removable", "_unknown"),
        ("case.visceral-removable.reason", "pending"),
        ("case.red-flags", "rf-gait"),
        ("case.red-flags", "rf-night"),
        ("case.symptoms-recorded", "_none"),
        ("case.ecog", ""),
        ("case.ecog.state", "_not-assessed"),
        ("case.albumin", "035.50"),
        ("lesion.T10.sins-pain", "mechanical"),
        ("lesion.T10.escc-grade", "_not-applicable"),
        ("lesion.C7.level", "C7"),
    ]);
    let json: serde_json::Value = serde_json::from_slice(assessment.canonical_bytes()).unwrap();
    let lines: Vec<String> =
        json["facts"].as_array().unwrap().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
{"code":"albumin","recorded_at":"2026-11-23T21:06:40Z","recorded_by":"u1","route":"form","state":"known","value":"35.5"}
{"code":"birth-date","recorded_at":"2026-11-23T21:06:40Z","recorded_by":"u1","route":"form","state":"known","value":"1962-03-12"}
{"code":"ecog","recorded_at":"2026-11-23T21:06:40Z","recorded_by":"u1","route":"form","state":"not-assessed"}
{"code":"histology","recorded_at":"2026-11-23T21:06:40Z","recorded_by":"u1","route":"form","state":"known","value":"renal-cell"}
{"code":"kps","observed_at":"2026-11-22","recorded_at":"2026-11-23T21:06:40Z","recorded_by":"u1","route":"form","source":"examination","state":"known","value":70}
{"code":"red-flags","recorded_at":"2026-11-23T21:06:40Z","recorded_by":"u1","route":"form","state":"known","value":["rf-gait","rf-night"]}
{"code":"sex","recorded_at":"2026-11-23T21:06:40Z","recorded_by":"u1","route":"form","state":"known","value":"female"}
{"code":"symptoms-recorded","recorded_at":"2026-11-23T21:06:40Z","recorded_by":"u1","route":"form","state":"known","value":[]}
{"code":"visceral-removable","reason":"pending","recorded_at":"2026-11-23T21:06:40Z","recorded_by":"u1","route":"form","state":"not-assessed"}
{"code":"level","level":"C7","recorded_at":"2026-11-23T21:06:40Z","recorded_by":"u1","route":"form","state":"known","value":"C7"}
{"code":"escc-grade","level":"T10","recorded_at":"2026-11-23T21:06:40Z","recorded_by":"u1","route":"form","state":"not-applicable"}
{"code":"level","level":"T10","recorded_at":"2026-11-23T21:06:40Z","recorded_by":"u1","route":"form","state":"known","value":"T10"}
{"code":"sins-pain","level":"T10","recorded_at":"2026-11-23T21:06:40Z","recorded_by":"u1","route":"form","state":"known","value":"mechanical"}
"#);
    assert_eq!(json["assessed_at"], "2026-11-23T21:06:40Z");
    assert_eq!(json["dictionary_version"], 1);
}

#[test]
fn the_rules_read_the_facts_of_an_assessment() {
    let assessment = first(&[
        ("case.histology", "renal-cell"),
        ("case.visceral-metastases", "none"),
        ("case.bone-metastases-pattern", "multiple"),
        ("case.bone-metastases-pattern.stated", "two lesions on the bone scan"),
        ("lesion.T10.sins-pain", "mechanical"),
    ]);
    let protocol = spineboard_clinical::protocol::default_protocol().unwrap();
    let evaluation = rules::evaluate(&protocol, &assessment.facts()).unwrap();
    let json = serde_json::to_value(&evaluation).unwrap();
    let tomita = json["results"]
        .as_array()
        .unwrap()
        .iter()
        .find(|result| result["rule_set"] == "tomita-2001")
        .unwrap();
    assert_eq!(tomita["total"]["possible"], serde_json::json!([4]));
}

#[test]
fn every_wrong_field_is_named_with_what_is_allowed() {
    insta::assert_snapshot!(refused(&[
        ("case.kpss", "70"),
        ("case.kps", "75"),
        ("case.ecog", "two"),
        ("case.histology", "renal"),
        ("case.frankel", "d"),
        ("case.albumin", "3,5"),
        ("case.crp", "701"),
        ("case.histology-date", "31-Feb-2026"),
        ("case.staging-date", "24-Dec-2026"),
        ("case.cancer-diagnosis-date", "Mar-24"),
        ("case.sins-pain", "none"),
        ("case.birth-date", "12-Mar-1962"),
        ("case.visceral-metastases", "none"),
        ("case.visceral-metastases", "present"),
        ("case.noms-systemic", "_unknown"),
        ("case.whole-spine-imaged", "_not-assessed"),
        ("case.mri-possible", "yes"),
        ("case.radiosensitivity", "resistant"),
        ("case.kps.source", "hearsay"),
        ("case.prior-radiotherapy.0.dose", "two gray"),
        ("case.prior-radiotherapy.0.dosage", "20"),
        ("case.targetable-alteration.0.marker", "egfr"),
        ("case.infection.state", "_unknown"),
        ("case.infection", "none"),
        ("case.coagulopathy", "_unkown"),
        ("case.prior-systemic-lines.state", "known"),
        ("case.eq5d-profile", "2114"),
        ("case.cement-allergy.text", "to bone"),
        ("case.cement-allergy", "true"),
        ("lesion.T20.sins-pain", "none"),
        ("lesion.T10.kps", "70"),
        ("lesion.T10.level", "T11"),
        ("lesion.T10.sins-pain.colour", "red"),
        ("lesion.T10", "x"),
    ]), @r#"
case.kpss: `kpss` is no fact, nearest: kps
case.kps: `75` is out of range: enter 10 to 100 %, in steps of 10
case.ecog: `two` is no whole number: enter 0 to 4
case.histology: `renal` is not one of the answers, nearest: renal-cell, upper-urothelial
case.frankel: `d` is not one of the answers: A, B, C, D, E
case.albumin: `3,5` is no number: enter 5 to 70 g/L, with a point and not a comma
case.crp: `701` is out of range: enter 0 to 700 mg/L
case.histology-date: `31-Feb-2026` is no day of the calendar
case.staging-date: `24-Dec-2026` lies in the future
case.cancer-diagnosis-date: `Mar-24` has a year of two digits: write all four
case.sins-pain: `sins-pain` belongs to a lesion: name its level, as lesion.T10.sins-pain
case.birth-date: `birth-date` belongs to the patient's record, not to the assessment
case.visceral-metastases: has more than one answer: give one
case.noms-systemic.reason: say why it is unknown: not done, pending, not available, declined or indeterminate
case.whole-spine-imaged: "not assessed" is no answer to this question
case.mri-possible: `yes` is not one of the answers: true, false
case.radiosensitivity.stated: say why it is stated: it is worked out from other answers
case.prior-radiotherapy.0.dose: `two gray` is no number: enter 0 to 200 Gy, with a point and not a comma
case.prior-radiotherapy.0.dosage: a row has no field `dosage`, nearest: dose
case.infection: has a value and also says that there is none: give one of them
case.coagulopathy: `_unkown` is no reserved word: _none, _not-assessed, _unknown or _not-applicable
case.prior-systemic-lines: enter the value
case.eq5d-profile: `2114` is not 5 digits
case.cement-allergy.text: takes no words beside the answer
lesion.T20.sins-pain: `T20` is no vertebral level: nearest: T2, T10
lesion.T10.kps: `kps` belongs to the case: write case.kps
lesion.T10.level: ticks `T11` in the field of T10
lesion.T10.sins-pain.colour: `lesion.T10.sins-pain.colour` is no field of a fact
lesion.T10: `lesion.T10` is no field of a fact
case.targetable-alteration.0.finding: enter "Finding"
"#);
}

#[test]
fn facts_that_cannot_both_be_are_refused_in_plain_words() {
    insta::assert_snapshot!(refused(&[
        ("case.visceral-metastases", "none"),
        ("case.visceral-removable", "all-removable"),
    ]), @r#"case.visceral-removable: "Removable" is answered with "All removable", but "Visceral metastases" is "None": answer it as not applicable, or change the other answer"#);
    insta::assert_snapshot!(refused(&[
        ("case.visceral-metastases", "present"),
        ("case.visceral-sites", "_none"),
    ]), @"case.visceral-sites: organ metastases are present, but no organ is named: name one, or leave the organs open");
    insta::assert_snapshot!(refused(&[
        ("case.frankel", "E"),
        ("case.complete-motor-loss-since", "20-Nov-2026 06:00"),
        ("case.deficit-onset-at", "21-Nov-2026"),
        ("case.lower-limb-power-worst", "4"),
    ]), @"
case.complete-motor-loss-since: paralysis began before the first weakness
case.complete-motor-loss-since: the legs are paralysed, but Frankel E means that they move
case.complete-motor-loss-since: the legs are paralysed, but the weakest leg movement has grade 4
");
    insta::assert_snapshot!(refused(&[
        ("case.frankel", "B"),
        ("case.ambulatory-status", "with-aid"),
    ]), @"case.frankel: Frankel B means no motor function, but the patient walks");
    insta::assert_snapshot!(refused(&[("case.cancer-diagnosis-date", "1958")]), @r#"case.cancer-diagnosis-date: "Cancer found", 1958, lies before "Date of birth", 12-Mar-1962"#);
    insta::assert_snapshot!(refused(&[("case.extraspinal-count-is-minimum", "true")]), @"case.extraspinal-count-is-minimum: the number of bone metastases is called a minimum, but there is no number");
    insta::assert_snapshot!(refused(&[
        ("case.index-lesion", "T9"),
        ("lesion.T10.level", "T10"),
    ]), @"case.index-lesion: T9 is the index lesion, but no lesion is listed there");
    insta::assert_snapshot!(refused(&[
        ("lesion.L2.paraspinal-mass", "false"),
        ("lesion.L2.paraspinal-mass-mm", "30"),
    ]), @r#"lesion.L2.paraspinal-mass-mm: L2: "Size of the mass" is answered with "30 mm", but "Paraspinal mass" is "No": answer it as not applicable, or change the other answer"#);
    insta::assert_snapshot!(refused(&[
        ("lesion.L2.gtv-sectors", "1"),
        ("lesion.L2.gtv-sectors", "2"),
        ("lesion.L2.gtv-body-pattern", "focal"),
    ]), @r#"lesion.L2.gtv-body-pattern: L2: "Body pattern" is answered with "Focal, neither to one side nor diffuse", but "GTV sectors" is "1, body; 2, left pedicle": answer it as not applicable, or change the other answer"#);
}

#[test]
fn a_patient_record_that_cannot_be_is_refused() {
    let answers = parse(&[("case.kps", "70")]);
    let mut context = context("u1");
    let date = |text: &str| Fact::Known(FactValue::Date(text.to_owned()));
    let mut next = |code: &str, fact: Fact| {
        context.patient.insert(code.to_owned(), fact);
        match Assessment::next(None, &answers, &context) {
            Ok(_) => "taken".to_owned(),
            Err(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        }
    };
    assert_eq!(next("death-date", date("2026-11")), "taken");
    insta::assert_snapshot!(next("last-known-alive", date("2026-12-24")), @r#"
patient.death-date: "Date of death", Nov-2026, lies before "Last known alive", 24-Dec-2026
patient.last-known-alive: "Last known alive" lies after the assessment
"#);
    insta::assert_snapshot!(next("death-date", date("1961")), @r#"
patient.death-date: "Date of death", 1961, lies before "Date of birth", 12-Mar-1962
patient.death-date: "Date of death", 1961, lies before "Last known alive", 24-Dec-2026
patient.last-known-alive: "Last known alive" lies after the assessment
"#);
    insta::assert_snapshot!(next("birth-date", date("1890-01-01")), @r#"
patient.death-date: "Date of death", 1961, lies before "Last known alive", 24-Dec-2026
patient.last-known-alive: "Last known alive" lies after the assessment
patient.birth-date: the patient would be 136 years old
"#);
    insta::assert_snapshot!(next("kps", Fact::Known(FactValue::Integer(70))), @"patient.kps: the patient's record holds a value that the dictionary does not know");
}

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

/// Facts that other facts can contradict: they have tests of their own.
const TIED: [&str; 14] = [
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

fn taken(base: Option<(&Assessment, u32)>, form: &[(String, String)]) -> (Assessment, Change) {
    let answers = Answers::parse(form, &now()).unwrap();
    Assessment::next(base, &answers, &context("u1")).unwrap()
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
