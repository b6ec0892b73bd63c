//! Evaluation against brute force: every completion of the missing facts, one by one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use common::build::{
    COLOURS, GROUPS, KINDS, SHAPES, band, mapping, outcome, provenance, rule_set, some_codes,
    values,
};
use common::{case, code, compile};
use proptest::prelude::*;
use rules::ruleset::{
    Band, Body, Component, Condition, Direction, Function, Outcome, PointOption, Row, RuleSet,
    Score, Table, TableRow,
};
use rules::value::{Fact, FactValue, Facts};
use rules::{CompileError, Compiled, Value};
use spineboard_rules as rules;

/// Rules of random content: `group` from rows over three facts, `kind` from a table over one of
/// them, a score over all of it, so that one fact reaches the total by several ways.
#[derive(Debug, Clone)]
struct World {
    rows: Vec<Row>,
    kinds: Vec<Outcome>,
    points: Vec<Vec<Vec<i64>>>,
}

fn row() -> impl Strategy<Value = Row> {
    let number = prop::option::of((0..=9_i64, 0..=9_i64).prop_map(|(one, two)| Condition::Range {
        from: Some(one.min(two)),
        to: Some(one.max(two)),
    }));
    (some_codes(&COLOURS), some_codes(&SHAPES), number, outcome(&GROUPS)).prop_map(
        |(colour, shape, number, result)| {
            let when = [("colour", colour), ("shape", shape), ("number", number)];
            let when = when.into_iter().filter_map(|(fact, when)| Some((fact.to_owned(), when?)));
            Row { id: String::new(), when: when.collect(), result, provenance: provenance() }
        },
    )
}

fn world() -> impl Strategy<Value = World> {
    let points = prop::collection::vec(prop::collection::vec(0..4_i64, 1..=2), 3);
    (
        prop::collection::vec(row(), 0..5),
        outcome(&GROUPS),
        prop::collection::vec(outcome(&KINDS), 3),
        prop::collection::vec(points, 4),
    )
        .prop_map(|(mut rows, last, kinds, points)| {
            let all = BTreeMap::new();
            rows.push(Row { id: String::new(), when: all, result: last, provenance: provenance() });
            for (row, number) in rows.iter_mut().zip(0..) {
                row.id = format!("row-{number}");
            }
            World { rows, kinds, points }
        })
}

impl World {
    fn component(&self, place: usize, fact: &str, codes: &[&str]) -> Component {
        let options = codes.iter().zip(&self.points[place]).map(|(code, points)| PointOption {
            when: Condition::Codes(vec![(*code).to_owned()]),
            label: String::new(),
            points: points.clone(),
            provenance: provenance(),
        });
        Component { fact: fact.to_owned(), title: fact.to_owned(), options: options.collect() }
    }

    fn rule_sets(&self) -> Vec<RuleSet> {
        let table = COLOURS.iter().zip(&self.kinds).map(|(colour, result)| TableRow {
            when: Condition::Codes(vec![(*colour).to_owned()]),
            result: result.clone(),
            provenance: provenance(),
        });
        let table = Table { fact: "colour".to_owned(), rows: table.collect() };
        let score = Score {
            direction: Direction::HigherIsBetter,
            total_fact: None,
            band_fact: None,
            components: vec![
                self.component(0, "colour", &COLOURS),
                self.component(1, "group", &GROUPS),
                self.component(2, "kind", &KINDS),
                self.component(3, "shape", &SHAPES),
            ],
            bands: vec![band("low", 0, 4), band("high", 5, 20)],
        };
        vec![
            mapping("group", &GROUPS, Function::Rows(self.rows.clone())),
            mapping("kind", &KINDS, Function::Tables(vec![table])),
            rule_set("toy-score", Body::Score(score)),
        ]
    }

    /// The protocol, without the rows that can never decide.
    fn compile(&mut self) -> Arc<Compiled> {
        loop {
            match compile(&self.rule_sets()) {
                Ok(compiled) => return compiled,
                Err(CompileError::Problems(problems)) => {
                    let dead: BTreeSet<String> =
                        problems.into_iter().map(|problem| problem.place).collect();
                    self.rows.retain(|row| !dead.contains(&row.id));
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// What a completion gives: possible groups, kinds, totals; nothing where not applicable.
    fn brute(&self, colour: usize, shape: usize, number: i64) -> Brute {
        let holds = |fact: &str, when: &Condition| match when {
            Condition::Codes(codes) => {
                let value = if fact == "colour" { COLOURS[colour] } else { SHAPES[shape] };
                codes.iter().any(|one| one == value)
            }
            Condition::Range { from, to } => {
                from.is_none_or(|from| number >= from) && to.is_none_or(|to| number <= to)
            }
            Condition::Bool(_) | Condition::AnyOf(_) => false,
        };
        let row =
            self.rows.iter().find(|row| row.when.iter().all(|(fact, when)| holds(fact, when)));
        let groups = possible(&row.unwrap().result, &GROUPS);
        let kinds = possible(&self.kinds[colour], &KINDS);
        let mut totals = BTreeSet::new();
        for (group, kind) in groups.iter().flat_map(|one| kinds.iter().map(move |two| (one, two))) {
            let parts = [
                &self.points[0][colour],
                &self.points[1][*group],
                &self.points[2][*kind],
                &self.points[3][shape],
            ];
            let sums = parts.iter().fold(BTreeSet::from([0]), |sums, part| {
                sums.iter().flat_map(|sum| part.iter().map(move |points| sum + points)).collect()
            });
            totals.extend(sums);
        }
        Brute { groups, kinds, totals }
    }
}

#[derive(Default)]
struct Brute {
    groups: BTreeSet<usize>,
    kinds: BTreeSet<usize>,
    totals: BTreeSet<i64>,
}

fn possible(outcome: &Outcome, codes: &[&str]) -> BTreeSet<usize> {
    match outcome {
        Outcome::NotApplicable => BTreeSet::new(),
        Outcome::NotListed => (0..codes.len()).collect(),
        Outcome::OneOf(given) => {
            given.iter().map(|code| codes.iter().position(|one| one == code).unwrap()).collect()
        }
    }
}

type Known = (Option<usize>, Option<usize>, Option<i64>);

fn facts((colour, shape, number): Known) -> Facts {
    let colour = colour.map(|colour| ("colour", code(COLOURS[colour])));
    let shape = shape.map(|shape| ("shape", code(SHAPES[shape])));
    let number = number.map(|number| ("number", FactValue::Integer(number)));
    case(&[colour, shape, number].into_iter().flatten().collect::<Vec<_>>())
}

fn totals(compiled: &Arc<Compiled>, known: Known) -> Option<BTreeSet<i64>> {
    let evaluation = rules::evaluate(compiled, &facts(known)).unwrap();
    let total = evaluation.result("toy-score", None).unwrap().total();
    total.map(|total| total.possible.into_iter().collect())
}

fn known() -> impl Strategy<Value = Known> {
    (prop::option::of(0..3_usize), prop::option::of(0..2_usize), prop::option::of(0..=9_i64))
}

proptest! {
    #[test]
    fn possible_results_are_those_of_every_completion(mut world in world(), known in known()) {
        let compiled = world.compile();
        let mut all = Brute::default();
        for colour in known.0.map_or(0..3, |one| one..one + 1) {
            for shape in known.1.map_or(0..2, |one| one..one + 1) {
                for number in known.2.map_or(0..10, |one| one..one + 1) {
                    let one = world.brute(colour, shape, number);
                    all.groups.extend(one.groups);
                    all.kinds.extend(one.kinds);
                    all.totals.extend(one.totals);
                }
            }
        }
        let evaluation = rules::evaluate(&compiled, &facts(known)).unwrap();
        prop_assert_eq!(values(&evaluation, "group", &GROUPS), all.groups);
        prop_assert_eq!(values(&evaluation, "kind", &KINDS), all.kinds);
        prop_assert_eq!(totals(&compiled, known).unwrap_or_default(), all.totals);
        prop_assert!(evaluation.results().all(|result| !result.approximate()));
    }

    #[test]
    fn an_answer_only_ever_narrows(mut world in world(), known in known(), more in known()) {
        let compiled = world.compile();
        let after = (known.0.or(more.0), known.1.or(more.1), known.2.or(more.2));
        // What does not apply any more is another answer than a narrower one.
        if let (Some(before), Some(after)) = (totals(&compiled, known), totals(&compiled, after)) {
            prop_assert!(after.is_subset(&before), "{after:?} within {before:?}");
        }
    }

    #[test]
    fn missing_facts_are_unanswered_and_come_once(mut world in world(), known in known()) {
        let compiled = world.compile();
        let facts = facts(known);
        let evaluation = rules::evaluate(&compiled, &facts).unwrap();
        for result in evaluation.results() {
            let missing = result.missing();
            let distinct: BTreeSet<&str> = missing.iter().copied().collect();
            prop_assert_eq!(distinct.len(), missing.len());
            prop_assert!(missing.iter().all(|code| !facts.case.contains_key(*code)));
            // A certain result misses nothing.
            let certain = result.total().is_some_and(|total| total.exact().is_some());
            prop_assert!(!certain || missing.is_empty());
        }
    }

    #[test]
    fn the_first_missing_fact_leaves_least_in_its_worst_case(mut world in world(), known in known()) {
        let compiled = world.compile();
        let evaluation = rules::evaluate(&compiled, &facts(known)).unwrap();
        let missing = evaluation.result("toy-score", None).unwrap().missing();
        let worst = |fact: &str| {
            let answers: Vec<Known> = match fact {
                "colour" => (0..3).map(|one| (Some(one), known.1, known.2)).collect(),
                "shape" => (0..2).map(|one| (known.0, Some(one), known.2)).collect(),
                _ => (0..=9).map(|one| (known.0, known.1, Some(one))).collect(),
            };
            let left = answers.into_iter().filter_map(|answer| totals(&compiled, answer));
            left.map(|left| {
                let bands = [0..=4, 5..=20];
                let hit = bands.iter().filter(|band| left.iter().any(|one| band.contains(one)));
                (hit.count(), left.len())
            })
            .max()
            .unwrap_or_default()
        };
        let ranks: Vec<(usize, usize)> = missing.iter().map(|fact| worst(fact)).collect();
        prop_assert!(ranks.is_sorted(), "{missing:?} {ranks:?}");
    }

    #[test]
    fn what_if_changes_what_it_says(mut world in world(), known in known()) {
        let compiled = world.compile();
        let evaluation = rules::evaluate(&compiled, &facts(known)).unwrap();
        let now = evaluation.result("toy-score", None).unwrap();
        let rows = evaluation.what_if("toy-score", None);
        prop_assert!(rows.len() <= 12);
        for row in &rows {
            let first: Vec<(String, FactValue)> = row.changes.iter().map(|change| {
                let value = match change.to[0] {
                    Value::Code(code) => FactValue::Code(code.to_owned()),
                    Value::Number(number) => FactValue::Integer(number),
                    other => panic!("{other}"),
                };
                (change.fact.to_owned(), value)
            }).collect();
            let mut changed = facts(known);
            for (fact, value) in first {
                changed.case.insert(fact, Fact::Known(value));
            }
            let then = rules::evaluate(&compiled, &changed).unwrap();
            let then = then.result("toy-score", None).unwrap();
            prop_assert_eq!(then.total(), row.total.clone());
            let bands = |bands: &[&Band]| -> Vec<String> {
                bands.iter().map(|band| band.id.clone()).collect()
            };
            prop_assert_eq!(bands(&then.bands()), bands(&row.bands));
            prop_assert_ne!(bands(&row.bands), bands(&now.bands()));
        }
    }

    #[test]
    fn the_same_facts_give_the_same_bytes(mut world in world(), known in known()) {
        let compiled = world.compile();
        let one = rules::evaluate(&compiled, &facts(known)).unwrap().to_bytes().unwrap();
        let two = rules::evaluate(&world.compile(), &facts(known)).unwrap().to_bytes().unwrap();
        prop_assert_eq!(one, two);
    }

}

/// A component with one number of points an option.
fn scored(title: &str, fact: &str, options: Vec<(Condition, i64)>) -> Component {
    let options = options.into_iter().map(|(when, points)| PointOption {
        when,
        label: String::new(),
        points: vec![points],
        provenance: provenance(),
    });
    Component { fact: fact.to_owned(), title: title.to_owned(), options: options.collect() }
}

fn one_code(code: &str) -> Condition {
    Condition::Codes(vec![code.to_owned()])
}

fn by_code(title: &str, fact: &str, codes: &[&str], points: &[i64]) -> Component {
    let options = codes.iter().map(|code| one_code(code)).zip(points.iter().copied());
    scored(title, fact, options.collect())
}

fn of_components(components: Vec<Component>) -> Arc<Compiled> {
    let score = Score {
        direction: Direction::HigherIsBetter,
        total_fact: None,
        band_fact: None,
        components,
        bands: vec![band("low", 0, 1), band("high", 2, 60)],
    };
    compile(&[rule_set("toy-score", Body::Score(score))]).unwrap()
}

#[test]
fn a_fact_read_twice_has_one_value_at_a_time() {
    let compiled = of_components(vec![
        by_code("one", "shape", &SHAPES, &[0, 3]),
        by_code("two", "shape", &SHAPES, &[1, 0]),
    ]);
    // Independent of each other they would also give 0 and 4.
    assert_eq!(totals(&compiled, (None, None, None)), Some(BTreeSet::from([1, 3])));
}

#[test]
fn too_many_joint_values_give_a_superset_that_says_so() {
    let stretch =
        |from: i64, step: i64| Condition::Range { from: Some(from), to: Some(from + step - 1) };
    let stretches = |title, fact, step: i64, most: i64, offset: i64| {
        let starts = (0..=most).filter(|number| number % step == 0);
        let options = starts.map(|from| (stretch(from, step), (from / step + offset) % 5));
        scored(title, fact, options.collect())
    };
    let flag = |title, points: [i64; 2]| {
        let options = [false, true].into_iter().map(Condition::Bool).zip(points);
        scored(title, "least", options.collect())
    };
    // 101 stretches, 10 numbers, 3 colours and 2 shapes, each read twice: 6060 joint values. The
    // flag doubles them to more than 10,000.
    let mut components = vec![
        stretches("a", "wide", 50, 5000, 0),
        stretches("b", "wide", 50, 5000, 3),
        stretches("c", "number", 1, 9, 0),
        stretches("d", "number", 1, 9, 1),
        by_code("e", "colour", &COLOURS, &[0, 1, 2]),
        by_code("f", "colour", &COLOURS, &[2, 1, 0]),
        by_code("g", "shape", &SHAPES, &[0, 1]),
        by_code("h", "shape", &SHAPES, &[1, 0]),
    ];
    let exact = rules::evaluate(&of_components(components.clone()), &Facts::default()).unwrap();
    assert!(!exact.result("toy-score", None).unwrap().approximate());
    components.extend([flag("i", [0, 1]), flag("j", [1, 0])]);
    let compiled = of_components(components);
    let wide = rules::evaluate(&compiled, &Facts::default()).unwrap();
    let wide = wide.result("toy-score", None).unwrap();
    assert!(wide.approximate());
    assert_eq!(serde_json::to_value(wide).unwrap()["approximate"], true);
    // With one answer it is exact again, and within the superset.
    let facts = case(&[("least", FactValue::Bool(true))]);
    let narrow = rules::evaluate(&compiled, &facts).unwrap();
    let narrow = narrow.result("toy-score", None).unwrap();
    assert!(!narrow.approximate());
    let all: BTreeSet<i64> = wide.total().unwrap().possible.into_iter().collect();
    assert!(narrow.total().unwrap().possible.iter().all(|total| all.contains(total)));
}

#[test]
fn a_value_outside_its_type_is_refused_by_name() {
    let mut world = World {
        rows: vec![Row {
            id: "all".to_owned(),
            when: [("number".to_owned(), Condition::Range { from: Some(0), to: None })].into(),
            result: Outcome::NotListed,
            provenance: provenance(),
        }],
        kinds: vec![Outcome::NotListed; 3],
        points: vec![vec![vec![0]; 3]; 4],
    };
    let compiled = world.compile();
    let refused = |facts: Facts| rules::evaluate(&compiled, &facts).unwrap_err().to_string();
    assert_eq!(
        refused(case(&[("number", FactValue::Integer(10))])),
        "`10` is no value of `number`"
    );
    assert_eq!(refused(case(&[("colour", code("pink"))])), "`pink` is no value of `colour`");
    assert_eq!(
        refused(case(&[("colour", FactValue::Bool(true))])),
        "`yes` is no value of `colour`"
    );
}
