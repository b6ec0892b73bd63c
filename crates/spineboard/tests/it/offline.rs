//! `evaluate` and `rules`: what needs no database.

use std::io::Write as _;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::support::{Scratch, program};

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = program()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn json(output: &Output) -> Value {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Three instruments of an assessment in which nothing is known.
const NOTHING: &str = r#"{"case": {}, "lesions": [{"level": "T10"}]}"#;

#[test]
fn one_case_gives_one_evaluation_and_a_list_gives_a_list() {
    let one = json(&run(&["evaluate", "-", "--json"], NOTHING));
    assert_eq!(one["protocol"]["id"], "core-scores");
    assert_eq!(one["protocol"]["version"], 1);
    assert_eq!(one["engine"], 1);
    let list = json(&run(&["evaluate", "-", "--json"], &format!("[{NOTHING}, {NOTHING}]")));
    assert_eq!(list, Value::Array(vec![one.clone(), one]));
}

#[test]
fn the_whole_range_is_possible_when_nothing_is_known() {
    let evaluation = json(&run(&["evaluate", "-", "--json"], NOTHING));
    let results = evaluation["results"].as_array().unwrap();
    let total = |id: &str| {
        let result = results.iter().find(|result| result["rule_set"] == id).unwrap();
        (result["total"]["min"].as_i64().unwrap(), result["total"]["max"].as_i64().unwrap())
    };
    assert_eq!(total("tokuhashi-2005"), (0, 15));
    assert_eq!(total("tomita-2001"), (2, 10));
}

#[test]
fn an_unknown_code_is_exit_code_2_and_names_the_nearest() {
    let output = run(&["evaluate", "-", "--json"], r#"{"case": {"kpss": 80}}"#);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("`kpss`") && message.contains("kps"), "{message}");
}

#[test]
fn a_protocol_that_does_not_exist_is_refused_with_those_that_do() {
    let output = run(&["evaluate", "-", "--protocol", "no-such"], NOTHING);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("core-scores"));
}

#[test]
fn every_bundled_rule_set_is_listed_shown_and_verifies() {
    let listed = json(&run(&["rules", "list", "--json"], ""));
    for rule_set in listed["rule_sets"].as_array().unwrap() {
        let name = format!("{}@{}", rule_set["id"].as_str().unwrap(), rule_set["version"]);
        let shown = json(&run(&["rules", "show", &name, "--json"], ""));
        assert_eq!(shown["hash"], rule_set["hash"], "{name}");
        let text = run(&["rules", "show", &name], "");
        let text = String::from_utf8(text.stdout).unwrap();
        assert!(text.contains(rule_set["title"].as_str().unwrap()), "{name}");
    }
    let reports = json(&run(&["rules", "verify", "--json"], ""));
    let reports = reports.as_array().unwrap();
    assert_eq!(reports.len(), listed["rule_sets"].as_array().unwrap().len());
    assert!(reports.iter().all(|report| report["holds"] == true));
}

#[test]
fn a_file_with_another_point_has_another_hash_and_does_not_verify() {
    let scratch = Scratch::new();
    let original = run(&["rules", "show", "sins-2010"], "");
    let text = String::from_utf8(original.stdout).unwrap();
    let changed = text.replacen("points = 3", "points = 2", 1);
    assert_ne!(text, changed);
    let file = scratch.path().join("sins.toml");
    std::fs::write(&file, changed).unwrap();
    let file = file.to_str().unwrap();
    let hash =
        |argument: &str| json(&run(&["rules", "show", argument, "--json"], ""))["hash"].clone();
    assert_ne!(hash("sins-2010"), hash(file));
    let verified = run(&["rules", "verify", file, "--json"], "");
    assert_eq!(verified.status.code(), Some(1));
    let reports: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(reports[0]["holds"], false);
}

#[test]
fn a_file_that_does_not_parse_is_shown_with_its_line() {
    let scratch = Scratch::new();
    let file = scratch.path().join("broken.toml");
    std::fs::write(&file, "id = \"x\"\nversion = \"one\"\n").unwrap();
    let output = run(&["rules", "verify", file.to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(1));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("broken.toml:2"), "{shown}");
    let missing = run(&["rules", "verify", "no/such/file.toml"], "");
    assert_eq!(missing.status.code(), Some(2));
}

/// The published cases of the three scores, as one list, the way a script would ask.
#[test]
fn the_golden_cases_come_out_with_their_published_totals() {
    const SCORES: [&str; 3] = ["sins-2010", "tokuhashi-2005", "tomita-2001"];
    let text = include_str!("../../../clinical/tests/golden-cases.json");
    let cases: Vec<Value> = serde_json::from_str(text).unwrap();
    let expected = |case: &Value| -> Vec<Value> {
        let results = case["expect"]["results"].as_array().cloned().unwrap_or_default();
        results
            .into_iter()
            .filter(|result| SCORES.contains(&result["rule_set"].as_str().unwrap()))
            .collect()
    };
    let cases: Vec<Value> = cases.into_iter().filter(|case| !expected(case).is_empty()).collect();
    assert!(cases.len() >= 70, "only {} golden cases", cases.len());
    let facts: Vec<&Value> = cases.iter().map(|case| &case["facts"]).collect();
    let input = serde_json::to_string(&facts).unwrap();
    let evaluations = json(&run(&["evaluate", "-", "--json"], &input));
    for (case, evaluation) in cases.iter().zip(evaluations.as_array().unwrap()) {
        for wanted in expected(case) {
            let results = evaluation["results"].as_array().unwrap();
            let found = results.iter().find(|result| {
                result["rule_set"] == wanted["rule_set"]
                    && (wanted["level"].is_null() || result["level"] == wanted["level"])
            });
            let found = found.unwrap();
            for part in ["total", "bands"] {
                let same = wanted[part].is_null() || wanted[part] == found[part];
                assert!(same, "{} {}: {}", case["id"], wanted["rule_set"], found[part]);
            }
        }
    }
}
