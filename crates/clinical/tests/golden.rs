//! The golden cases of the specification under the bundled protocol.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::BTreeMap;

use rules::value::{Fact, FactValue, Facts, LesionFacts, MissingReason};
use serde_json::Value;
use spineboard_clinical as clinical;

/// Expectations of `golden-cases.json` about rule sets that `core-scores` has.
const EXPECTATIONS: usize = 80;

fn value(value: &Value) -> Fact {
    match value {
        Value::Bool(value) => Fact::Known(FactValue::Bool(*value)),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Fact::Known(FactValue::Integer(number)),
            None => Fact::Known(FactValue::Decimal(number.to_string())),
        },
        Value::String(code) => Fact::Known(FactValue::Code(code.clone())),
        Value::Object(state) if state.contains_key("not_applicable") => Fact::NotApplicable,
        Value::Object(state) if state.get("not_assessed") == Some(&"pending".into()) => {
            Fact::NotAssessed(Some(MissingReason::Pending))
        }
        // Sets and lists: no rule of this protocol reads one.
        other => Fact::Known(FactValue::Text(other.to_string())),
    }
}

fn facts(case: &Value) -> Facts {
    let read = |facts: &Value| -> BTreeMap<String, Fact> {
        let facts = facts.as_object().unwrap().iter();
        facts.filter(|(code, _)| *code != "level").map(|(c, v)| (c.clone(), value(v))).collect()
    };
    let lesions = case["lesions"].as_array().unwrap().iter().map(|lesion| LesionFacts {
        level: lesion["level"].as_str().unwrap().to_owned(),
        facts: read(lesion),
    });
    Facts { assessed_at: None, case: read(&case["case"]), lesions: lesions.collect() }
}

#[test]
fn every_golden_case_comes_out_as_written() {
    let compiled = clinical::protocol::compile_bundled("core-scores").unwrap();
    let text = include_str!("golden-cases.json");
    let cases: Vec<Value> = serde_json::from_str(text).unwrap();
    let mut seen = 0;
    for case in &cases {
        let evaluation = rules::evaluate(&compiled, &facts(&case["facts"])).unwrap();
        let results = serde_json::to_value(&evaluation).unwrap();
        for expected in case["expect"]["results"].as_array().into_iter().flatten() {
            let id = expected["rule_set"].as_str().unwrap();
            if compiled.rule_set(id).is_none() {
                continue;
            }
            let level = expected.get("level");
            let found = results["results"]
                .as_array()
                .unwrap()
                .iter()
                .find(|result| result["rule_set"] == id && result.get("level") == level)
                .unwrap();
            for (field, wanted) in expected.as_object().unwrap() {
                assert_eq!(&found[field], wanted, "{} {id} {field}: {found:#}", case["id"]);
            }
            seen += 1;
        }
    }
    assert_eq!(seen, EXPECTATIONS);
}
