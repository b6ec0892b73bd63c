//! Facts with any number of codes against brute force: every set of codes, one by one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use common::build::{COLOURS, GROUPS, mapping, outcome, provenance, some_codes, values};
use common::{case, code, compile, head};
use proptest::prelude::*;
use rules::ruleset::{Condition, Function, Outcome, Row};
use rules::value::{FactValue, Facts};
use rules::{CompileError, Compiled, RuleSet};
use spineboard_rules as rules;

const TAGS: [&str; 4] = ["u", "v", "w", "x"];

fn set(codes: &[&str]) -> BTreeSet<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

/// Every set of tags, the empty one among them.
fn every_set() -> Vec<BTreeSet<String>> {
    (0..16_u8)
        .map(|bits| {
            let held = TAGS.iter().zip(0..).filter(|(_, place)| bits >> place & 1 == 1);
            held.map(|(tag, _)| (*tag).to_owned()).collect()
        })
        .collect()
}

fn row() -> impl Strategy<Value = Row> {
    let tags = prop::option::of(
        prop::sample::subsequence(&TAGS, 1..=4).prop_map(|tags| Condition::AnyOf(set(&tags))),
    );
    (tags, some_codes(&COLOURS), outcome(&GROUPS)).prop_map(|(tags, colour, result)| {
        let when = [("tags", tags), ("colour", colour)];
        let when = when.into_iter().filter_map(|(fact, when)| Some((fact.to_owned(), when?)));
        Row { id: String::new(), when: when.collect(), result, provenance: provenance() }
    })
}

/// Up to four rows and one that always holds.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    (prop::collection::vec(row(), 0..5), outcome(&GROUPS)).prop_map(|(mut rows, result)| {
        let when = BTreeMap::new();
        rows.push(Row { id: String::new(), when, result, provenance: provenance() });
        for (row, number) in rows.iter_mut().zip(0..) {
            row.id = format!("row-{number}");
        }
        rows
    })
}

/// The protocol, without the rows that can never decide.
fn ready(rows: &mut Vec<Row>) -> Arc<Compiled> {
    loop {
        match compile(&[mapping("group", &GROUPS, Function::Rows(rows.clone()))]) {
            Ok(compiled) => return compiled,
            Err(CompileError::Problems(problems)) => {
                let dead: BTreeSet<String> =
                    problems.into_iter().map(|problem| problem.place).collect();
                rows.retain(|row| !dead.contains(&row.id));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// What the first row that holds gives.
fn brute(rows: &[Row], tags: &BTreeSet<String>, colour: &str) -> BTreeSet<usize> {
    let holds = |when: &Condition| match when {
        Condition::AnyOf(wanted) => !wanted.is_disjoint(tags),
        Condition::Codes(codes) => codes.iter().any(|one| one == colour),
        Condition::Bool(_) | Condition::Range { .. } => false,
    };
    let decides = rows.iter().find(|row| row.when.values().all(holds)).unwrap();
    let place = |code: &String| GROUPS.iter().position(|one| one == code).unwrap();
    match &decides.result {
        Outcome::NotApplicable => BTreeSet::new(),
        Outcome::NotListed => (0..GROUPS.len()).collect(),
        Outcome::OneOf(codes) => codes.iter().map(place).collect(),
    }
}

proptest! {
    #[test]
    fn rows_about_a_set_give_what_every_completion_gives(
        mut rows in rows(),
        tags in prop::option::of(0..16_usize),
        colour in prop::option::of(0..3_usize),
    ) {
        let compiled = ready(&mut rows);
        let sets = every_set();
        let mut all = BTreeSet::new();
        for tags in tags.map_or(&sets[..], |one| &sets[one..=one]) {
            for colour in colour.map_or(&COLOURS[..], |one| &COLOURS[one..=one]) {
                all.extend(brute(&rows, tags, colour));
            }
        }
        let tags = tags.map(|one| ("tags", FactValue::Codes(sets[one].clone())));
        let colour = colour.map(|one| ("colour", code(COLOURS[one])));
        let facts = case(&tags.into_iter().chain(colour).collect::<Vec<_>>());
        let evaluation = rules::evaluate(&compiled, &facts).unwrap();
        prop_assert_eq!(values(&evaluation, "group", &GROUPS), all);
        prop_assert!(evaluation.results().all(|result| !result.approximate()));
    }

    #[test]
    fn a_rule_set_about_a_set_reads_back_byte_by_byte(rows in rows()) {
        let before = mapping("group", &GROUPS, Function::Rows(rows));
        let bytes = rules::canonical::to_bytes(&before).unwrap();
        prop_assert_eq!(RuleSet::from_canonical(&bytes).unwrap(), before);
    }
}

const ROWS: &str = r#"
[sources]
A = "a paper"

[[output]]
code = "p"
label = "P"

[[output]]
code = "q"
label = "Q"

[[output]]
code = "r"
label = "R"

[[row]]
id = "first"
when = { tags = { any_of = ["v", "u"] } }
result = "p"
sources = ["A"]

[[row]]
id = "second"
when = { tags = { any_of = ["w"] } }
result = "q"
sources = ["A"]

[[row]]
id = "otherwise"
result = "r"
local_rule = true

[[example]]
id = "both"
title = "something of both groups"
case = { tags = ["w", "u"] }
expect = { values = ["p"] }

[[example]]
id = "none"
title = "none of them is an answer"
case = { tags = [] }
expect = { values = ["r"] }

[[example]]
id = "open"
title = "not assessed"
expect = { values = ["p", "q", "r"] }
"#;

fn file() -> String {
    head("mapping", "group", "case") + ROWS
}

#[test]
fn a_file_asks_for_any_of_several_codes_and_is_proven() {
    let rule_set = Arc::new(rules::parse("group/1.toml", &file()).unwrap());
    let report = rules::verify(&rule_set, &[], &common::toy());
    assert!(report.holds(), "{report}");
    // Of two groups: none, one, the other, both.
    assert_eq!(report.inputs, 4);
    // The order in which a file lists the codes is no part of what it says.
    let other = file().replace(r#"["v", "u"]"#, r#"["u", "v"]"#);
    let other = rules::parse("group/1.toml", &other).unwrap();
    assert_eq!(rule_set.hash().unwrap(), other.hash().unwrap());
}

#[test]
fn an_explanation_says_of_which_groups_something_is_there() {
    let rule_set = rules::parse("group/1.toml", &file()).unwrap();
    let compiled = compile(&[rule_set]).unwrap();
    let facts = case(&[("tags", FactValue::Codes(set(&["w", "x"])))]);
    let evaluation = rules::evaluate(&compiled, &facts).unwrap();
    let result = evaluation.result("group", None).unwrap();
    let json = serde_json::to_value(result).unwrap();
    assert_eq!(json["explanation"][0]["value"], serde_json::json!({ "some_of": [["w"]] }));
    assert_eq!(json["explanation"][1]["row"], "second");
    let open = rules::evaluate(&compiled, &Facts::default()).unwrap();
    assert_eq!(open.result("group", None).unwrap().missing(), ["tags"]);
}

#[test]
fn what_cannot_be_asked_of_a_set_is_refused() {
    let refused = |from: &str, to: &str| {
        let rule_set = rules::parse("group/1.toml", &file().replacen(from, to, 1)).unwrap();
        compile(&[rule_set]).unwrap_err().to_string()
    };
    let unknown = refused(r#"["w"]"#, r#"["y"]"#);
    assert!(unknown.contains("`tags` has no value `y`"), "{unknown}");
    let whole = refused(r#"{ any_of = ["w"] }"#, r#""w""#);
    assert!(whole.contains("`tags` is not compared with codes"), "{whole}");
    let single = refused(
        r#"when = { tags = { any_of = ["w"] } }"#,
        r#"when = { colour = { any_of = ["red"] } }"#,
    );
    assert!(single.contains("`colour` is not compared with any of several codes"), "{single}");
    let covered = refused(r#"["w"]"#, r#"["u"]"#);
    assert!(covered.contains("can never decide"), "{covered}");
    let wrong = case(&[("tags", FactValue::Codes(set(&["y"])))]);
    let compiled = compile(&[rules::parse("group/1.toml", &file()).unwrap()]).unwrap();
    let error = rules::evaluate(&compiled, &wrong).unwrap_err();
    assert_eq!(error.to_string(), "`y` is no value of `tags`");
}

#[test]
fn a_list_of_nothing_is_refused_with_its_place() {
    let text = file().replace(r#"{ any_of = ["w"] }"#, "{ any_of = [] }");
    let error = rules::parse("group/1.toml", &text).unwrap_err().to_string();
    assert!(error.contains("an empty list of codes matches nothing"), "{error}");
}
