//! A small dictionary and a small rule set, for tests that need no medicine.

#![expect(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod build;

use std::sync::Arc;

use spineboard_rules as rules;

use rules::protocol::{Protocol, RuleSetRef};
use rules::ruleset::RuleSet;
use rules::types::{Dictionary, FactSpec, FactType, Scope};
use rules::value::{Fact, FactValue, Facts};
use rules::{CompileError, Compiled};

/// Facts of a toy world.
pub(crate) struct Toy(Vec<FactSpec>);

impl Dictionary for Toy {
    fn fact(&self, code: &str) -> Option<&FactSpec> {
        self.0.iter().find(|spec| spec.code == code)
    }

    fn nearest(&self, code: &str, limit: usize) -> Vec<&str> {
        let alike = self.0.iter().map(|spec| spec.code.as_str());
        alike.filter(|one| one.starts_with(code.get(..2).unwrap_or("?"))).take(limit).collect()
    }
}

fn codes(codes: &[&str]) -> FactType {
    FactType::Codes(codes.iter().map(|code| (*code).to_owned()).collect())
}

fn tags() -> FactType {
    FactType::CodeSet(["u", "v", "w", "x"].map(str::to_owned).to_vec())
}

/// Asked: `colour`, `shape`, `number` (0 to 9), `wide` (0 to 5000), `least`, `tags` (any of four); of a lesion `level`,
/// `state`. Derived: `group`, `kind`, `sum`, `any`, `worst`, `places`.
pub(crate) fn toy() -> Toy {
    let whole = |max| FactType::Integer { min: 0, max, step: 1 };
    let facts = [
        ("colour", Scope::Case, codes(&["red", "green", "blue"]), false),
        ("shape", Scope::Case, codes(&["round", "square"]), false),
        ("number", Scope::Case, whole(9), false),
        ("wide", Scope::Case, whole(5000), false),
        ("least", Scope::Case, FactType::Bool, false),
        ("words", Scope::Case, FactType::Text, false),
        ("tags", Scope::Case, tags(), false),
        ("level", Scope::Lesion, codes(&["one", "two", "three", "four"]), false),
        ("state", Scope::Lesion, codes(&["good", "fair", "bad"]), false),
        ("group", Scope::Case, codes(&["p", "q", "r"]), true),
        ("kind", Scope::Case, codes(&["k", "l"]), true),
        ("sum", Scope::Case, whole(40), true),
        ("any", Scope::Case, FactType::Bool, true),
        ("worst", Scope::Case, codes(&["good", "fair", "bad"]), true),
        ("places", Scope::Case, FactType::Integer { min: 1, max: 4, step: 1 }, true),
    ];
    let specs =
        facts.into_iter().zip(0..).map(|((code, scope, fact_type, derived), order)| FactSpec {
            code: code.to_owned(),
            label: code.to_owned(),
            scope,
            fact_type,
            derived,
            what_if: code != "level",
            order,
        });
    Toy(specs.collect())
}

/// A protocol of these rule sets, in this order.
pub(crate) fn compile(rule_sets: &[RuleSet]) -> Result<Arc<Compiled>, CompileError> {
    let protocol = Protocol {
        id: "toy".to_owned(),
        version: 1,
        title: "Toy".to_owned(),
        author: "test".to_owned(),
        purpose: "test".to_owned(),
        change_note: "test".to_owned(),
        rule_sets: rule_sets
            .iter()
            .map(|one| RuleSetRef { id: one.id.clone(), version: one.version })
            .collect(),
    };
    let at_hand: Vec<Arc<RuleSet>> = rule_sets.iter().cloned().map(Arc::new).collect();
    Compiled::new(&protocol, &at_hand, &toy()).map(Arc::new)
}

/// Facts of the case from codes and values.
pub(crate) fn case(facts: &[(&str, FactValue)]) -> Facts {
    let facts = facts.iter().map(|(code, value)| ((*code).to_owned(), Fact::Known(value.clone())));
    Facts { case: facts.collect(), ..Facts::default() }
}

pub(crate) fn code(code: &str) -> FactValue {
    FactValue::Code(code.to_owned())
}

/// The head that every file needs.
pub(crate) fn head(kind: &str, id: &str, scope: &str) -> String {
    format!(
        "kind = \"{kind}\"\nid = \"{id}\"\nversion = 1\ntitle = \"A {id}\"\nshort_title = \"{id}\"\n\
         scope = \"{scope}\"\nstatus = \"in-use\"\ncitation = \"Nobody. Nowhere 2001;1:1\"\n\
         author = \"test\"\npurpose = \"testing\"\npopulation = \"none\"\nchange_note = \"first\"\n\
         review_date = \"2030-01-01\"\n"
    )
}

/// A whole score: two components, three bands, an example at every edge.
pub(crate) fn score_text() -> String {
    head("score", "toy-score", "case")
        + r#"direction = "higher-is-worse"
total_fact = "sum"
notes = ["a note"]

[sources]
A = "a paper"

[[component]]
fact = "colour"
title = "Colour"
options = [
  { value = "red", points = 0, label = "Red", sources = ["A"] },
  { value = ["green", "blue"], points = 2, label = "Not red", sources = ["A"] },
]

[[component]]
fact = "number"
title = "Number"
options = [
  { from = 0, to = 0, points = 0, label = "None", sources = ["A"] },
  { from = 1, to = 3, points = 1, label = "Few", sources = ["A"] },
  { from = 4, points = [3, 4], label = "Many", local_rule = true },
]

[[band]]
id = "low"
from = 0
to = 1
title = "Low"
meaning = "Little."
sources = ["A"]

[[band]]
id = "middle"
from = 2
to = 3
title = "Middle"
meaning = "Some."
strategy = "Wait."
sources = ["A"]

[[band]]
id = "high"
from = 4
to = 6
title = "High"
meaning = "Much."
survival = "Long."
verified = false

[[example]]
id = "e0"
title = "lowest"
case = { colour = "red", number = 0 }
expect = { totals = [0], bands = ["low"] }

[[example]]
id = "e1"
title = "upper edge of low"
case = { colour = "red", number = 3 }
expect = { totals = [1], bands = ["low"] }

[[example]]
id = "e2"
title = "lower edge of middle"
case = { colour = "blue", number = 0 }
expect = { totals = [2], bands = ["middle"] }

[[example]]
id = "e3"
title = "upper edge of middle"
case = { colour = "green", number = 1 }
expect = { totals = [3], bands = ["middle"] }

[[example]]
id = "e4"
title = "many: the paper leaves 3 or 4 open"
case = { colour = "red", number = 9 }
expect = { totals = [3, 4], bands = ["middle", "high"] }
"#
}
