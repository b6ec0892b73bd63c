//! Reading a form: what becomes of it, and what is refused.

use rules::value::{Fact, FactValue};
use spineboard_clinical::assessment::Assessment;

use crate::{context, first, parse, refused};

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
fn no_weakness_cannot_get_worse_but_a_flag_of_the_last_days_may_stand_beside_it() {
    assert_eq!(
        refused(&[("case.frankel", "E"), ("case.deficit-course", "rapid")]),
        "case.deficit-course: Frankel E means that there is no weakness, but the deficit gets worse"
    );
    first(&[("case.frankel", "E"), ("case.deficit-course", "improving")]);
    first(&[("case.frankel", "E"), ("case.red-flags", "rf-limb-weakness")]);
    first(&[("case.frankel", "D"), ("case.deficit-course", "rapid")]);
}
