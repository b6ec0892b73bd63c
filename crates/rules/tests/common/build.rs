//! Rule sets of the toy world, built in code.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rules::Value;
use rules::result::Grade;
use rules::ruleset::{
    Band, Body, Condition, Function, Mapping, Outcome, Output, Provenance, RuleScope, RuleSet,
    Status,
};
use spineboard_rules as rules;

pub(crate) const COLOURS: [&str; 3] = ["red", "green", "blue"];
pub(crate) const SHAPES: [&str; 2] = ["round", "square"];
pub(crate) const GROUPS: [&str; 3] = ["p", "q", "r"];
pub(crate) const KINDS: [&str; 2] = ["k", "l"];
pub(crate) const STATES: [&str; 3] = ["good", "fair", "bad"];
pub(crate) const LEVELS: [&str; 4] = ["one", "two", "three", "four"];

pub(crate) fn provenance() -> Provenance {
    Provenance { sources: Vec::new(), verified: false, local_rule: true, remark: None }
}

pub(crate) fn rule_set(id: &str, body: Body) -> RuleSet {
    RuleSet {
        id: id.to_owned(),
        version: 1,
        title: id.to_owned(),
        short_title: id.to_owned(),
        scope: RuleScope::Case,
        status: Status::InUse,
        citation: "none".to_owned(),
        author: "test".to_owned(),
        purpose: "test".to_owned(),
        population: "none".to_owned(),
        change_note: "first".to_owned(),
        review_date: "2030-01-01".to_owned(),
        sources: BTreeMap::new(),
        notes: Vec::new(),
        disagreements: Vec::new(),
        lower_bounds: Vec::new(),
        body,
        examples: Vec::new(),
    }
}

pub(crate) fn mapping(id: &str, outputs: &[&str], function: Function) -> RuleSet {
    let outputs =
        outputs.iter().map(|code| Output { code: (*code).to_owned(), label: String::new() });
    rule_set(id, Body::Mapping(Mapping { outputs: outputs.collect(), function }))
}

pub(crate) fn outcome(codes: &'static [&'static str]) -> impl Strategy<Value = Outcome> {
    prop_oneof![
        6 => prop::sample::subsequence(codes, 1..=codes.len())
            .prop_map(|codes| Outcome::OneOf(codes.iter().map(|one| (*one).to_owned()).collect())),
        1 => Just(Outcome::NotListed),
        1 => Just(Outcome::NotApplicable),
    ]
}

pub(crate) fn some_codes(
    codes: &'static [&'static str],
) -> impl Strategy<Value = Option<Condition>> {
    prop::option::of(
        prop::sample::subsequence(codes, 1..=codes.len()).prop_map(|codes| {
            Condition::Codes(codes.iter().map(|one| (*one).to_owned()).collect())
        }),
    )
}

pub(crate) fn band(id: &str, from: i64, to: i64) -> Band {
    Band {
        id: id.to_owned(),
        from,
        to,
        title: String::new(),
        meaning: String::new(),
        strategy: None,
        survival: None,
        provenance: provenance(),
    }
}

/// The places of the values that a mapping leaves possible among the codes; none where not applicable.
pub(crate) fn values(evaluation: &rules::Evaluation, id: &str, codes: &[&str]) -> BTreeSet<usize> {
    let values = match evaluation.result(id, None).and_then(|result| result.grade()) {
        Some(Grade::Values(values)) => values,
        Some(Grade::NotApplicable) | None => Vec::new(),
    };
    let place = |value: &Value<'_>| codes.iter().position(|one| *one == value.to_string());
    values.iter().filter_map(place).collect()
}
