//! The input of `evaluate`.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use proptest::prelude::*;
use rules::value::{Fact, FactValue, MissingReason};
use serde_json::{Value, json};
use spineboard_clinical::evaluate_input::{parse, to_json};

fn refused(input: &Value) -> String {
    parse(input.to_string().as_bytes()).unwrap_err().to_string()
}

#[test]
fn one_case_is_read_with_its_states() {
    let input = json!({
        "assessed_at": "2026-06-15T09:25:00+01:00",
        "case": {
            "histology": "breast",
            "kps": 80,
            "albumin": 35.50,
            "crp": "4.0",
            "red-flags": [],
            "birth-date": "1962-03-12",
            "visceral-removable": {"not_assessed": "pending"},
            "visceral-sites": {"not_applicable": true},
            "ecog": {"not_assessed": true},
            "radiosensitivity": {"not_assessed": true},
            "bone-metastases-pattern": "multiple",
            "prior-radiotherapy": [{"levels": ["T10"], "technique": "sbrt", "dose": 24}],
        },
        "lesions": [{"level": "L2", "escc-grade": "1b"}, {"level": "T10"}],
    });
    let read = parse(input.to_string().as_bytes()).unwrap();
    assert!(!read.is_list);
    let [facts] = read.cases.as_slice() else { panic!("one case") };
    assert_eq!(facts.assessed_at.as_deref(), Some("2026-06-15T08:25:00Z"));
    let known = |text: &str| Some(Fact::Known(FactValue::Decimal(text.to_owned())));
    assert_eq!(facts.case.get("albumin").cloned(), known("35.5"));
    assert_eq!(facts.case.get("crp").cloned(), known("4"));
    assert_eq!(
        facts.case.get("visceral-removable"),
        Some(&Fact::NotAssessed(Some(MissingReason::Pending)))
    );
    assert_eq!(facts.case.get("visceral-sites"), Some(&Fact::NotApplicable));
    assert_eq!(facts.case.get("ecog"), Some(&Fact::NotAssessed(None)));
    assert_eq!(facts.case.get("radiosensitivity"), None, "not stated, so derived");
    let levels: Vec<&str> = facts.lesions.iter().map(|lesion| lesion.level.as_str()).collect();
    assert_eq!(levels, ["T10", "L2"], "in anatomical order");
    assert_eq!(parse(to_json(facts).to_string().as_bytes()).unwrap().cases, read.cases);
}

#[test]
fn a_list_of_cases_gives_a_list() {
    let read = parse(b"[{\"case\": {\"kps\": 70}}, {}]").unwrap();
    assert!(read.is_list);
    assert_eq!(read.cases.len(), 2);
    assert!(parse(b"[]").unwrap().cases.is_empty());
}

#[test]
fn a_wrong_input_names_the_place_the_code_and_the_nearest() {
    let case = |code: &str, value: Value| refused(&json!({"case": {code: value}}));
    insta::assert_snapshot!(case("kpss", json!(70)), @"`kpss`: is no fact, nearest: kps");
    insta::assert_snapshot!(case("kps", json!(75)), @"`kps`: 75 is outside 10 to 100 %, in steps of 10");
    insta::assert_snapshot!(case("kps", json!("70")), @r#"`kps`: expects a whole number, but is "70""#);
    insta::assert_snapshot!(case("histology", json!("kidney")), @"`histology`: `kidney` is none of its codes, nearest: renal-cell");
    insta::assert_snapshot!(case("histology", json!(null)), @"`histology`: expects a code as text, but is null");
    insta::assert_snapshot!(case("red-flags", json!("rf-gait")), @r#"`red-flags`: expects a list of codes, but is "rf-gait""#);
    insta::assert_snapshot!(case("red-flags", json!(["rf-gate"])), @"`red-flags`: `rf-gate` is none of its codes, nearest: rf-gait, rf-band");
    insta::assert_snapshot!(case("albumin", json!(1e30)), @"`albumin`: expects a number, but is 1e+30");
    insta::assert_snapshot!(case("histology-date", json!("12/03/2024")), @r#"`histology-date`: expects a date such as "2026-06-15", but is "12/03/2024""#);
    insta::assert_snapshot!(case("sins-pain", json!("none")), @"`sins-pain`: is a fact of a lesion");
    insta::assert_snapshot!(case("ecog", json!({"not_assessed": "soon"})), @"`ecog`: `soon` is no reason: not-done, pending, not-available, patient-declined, indeterminate");
    insta::assert_snapshot!(case("ecog", json!({"not_applicable": true})), @"`ecog`: cannot be not applicable");
    insta::assert_snapshot!(case("ecog", json!({"maybe": 1})), @r#"`ecog`: has to be a value, {"not_assessed": a reason} or {"not_applicable": true}"#);
    insta::assert_snapshot!(case("prior-radiotherapy", json!([{"doze": 20}])), @"`prior-radiotherapy`: a record has no field `doze`, nearest: dose");
    insta::assert_snapshot!(case("prior-radiotherapy", json!([{"dose": -1}])), @"`prior-radiotherapy`: record 1, `dose`: -1 is outside 0 to 200 Gy");
    insta::assert_snapshot!(case("xyz", json!(1)), @"`xyz`: is no fact, nearest: sex, kps, inr");
    insta::assert_snapshot!(case("frankel", json!("Z")), @"`frankel`: `Z` is none of its codes, nearest: A, B, C");
    let lesion = |lesion: Value| refused(&json!({"lesions": [{"level": "L2"}, lesion]}));
    insta::assert_snapshot!(lesion(json!({"level": "T10", "escc-grade": 2})), @"lesion 2, `escc-grade`: expects a code as text, but is 2");
    insta::assert_snapshot!(lesion(json!({"level": "C0"})), @"lesion 2, `level`: `C0` is no vertebral level: nearest: C1, C2, C3");
    insta::assert_snapshot!(lesion(json!({"level": "L2"})), @"lesion 2, `level`: the level L2 is there twice");
    insta::assert_snapshot!(lesion(json!({"escc-grade": "2"})), @r#"lesion 2, `level`: has to be there, as text such as "T10""#);
    insta::assert_snapshot!(lesion(json!({"level": "T10", "kps": 70})), @"lesion 2, `kps`: is a fact of the case");
    insta::assert_snapshot!(refused(&json!([{}, {"case": {"frankle": "D"}}])), @"case 2 of the list, `frankle`: is no fact, nearest: frankel");
    insta::assert_snapshot!(refused(&json!({"facts": {}})), @"`facts`: is no key of a case: assessed_at, case, lesions");
    insta::assert_snapshot!(refused(&json!({"assessed_at": "today"})), @r#"`assessed_at`: has to be a time such as "2026-06-15T08:25:00Z""#);
    insta::assert_snapshot!(refused(&json!(7)), @"the case: has to be an object with `case` and `lesions`");
}

#[test]
fn the_golden_cases_can_be_read() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("golden-cases.json")).unwrap();
    let inputs: Vec<&Value> = cases.iter().map(|case| &case["facts"]).collect();
    let read = parse(serde_json::to_string(&inputs).unwrap().as_bytes()).unwrap();
    assert_eq!(read.cases.len(), cases.len());
    let protocol = spineboard_clinical::protocol::default_protocol().unwrap();
    for (facts, case) in read.cases.iter().zip(&cases) {
        assert!(rules::evaluate(&protocol, facts).is_ok(), "{}", case["id"]);
    }
}

proptest! {
    #[test]
    fn no_input_makes_it_fall_over(text in "\\PC{0,60}", value in "[-0-9.eE]{1,30}") {
        let _ = parse(text.as_bytes());
        let _ = parse(format!("{{\"case\": {{\"albumin\": {value}, \"kps\": {value}}}}}").as_bytes());
    }
}
