//! Functions over lesions against brute force: every completion of the missing facts, one by one.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use common::build::{LEVELS, STATES, mapping, provenance, values};
use common::{code, compile};
use proptest::prelude::*;
use rules::result::Grade;
use rules::ruleset::{Condition, Count, Function, LesionFunction, OverLesions};
use rules::value::{Fact, FactValue, Facts, LesionFacts};
use rules::{Compiled, Value};
use spineboard_rules as rules;

proptest! {
    #[test]
    fn functions_over_lesions_are_those_of_every_completion(
        states in prop::collection::vec(prop::option::of(0..3_usize), 0..4),
    ) {
        let compiled = over_lesions();
        let facts = lesions(&states);
        let evaluation = rules::evaluate(&compiled, &facts).unwrap();
        let mut any = BTreeSet::new();
        let mut worst = BTreeSet::new();
        for completion in completions(&states) {
            any.insert(completion.contains(&2));
            worst.extend(completion.iter().max().copied());
        }
        if states.is_empty() {
            any = BTreeSet::from([false, true]);
            worst = (0..3).collect();
        }
        let Some(Grade::Values(found)) = evaluation.result("any", None).unwrap().grade() else {
            panic!("values")
        };
        let any: Vec<Value<'_>> = any.into_iter().map(Value::Bool).collect();
        prop_assert_eq!(found, any);
        prop_assert_eq!(values(&evaluation, "worst", &STATES), worst);
    }

    #[test]
    fn a_count_is_an_interval_between_sure_and_possible(
        states in prop::collection::vec(prop::option::of(0..3_usize), 0..4),
        complete in prop::option::of(any::<bool>()),
    ) {
        let compiled = over_lesions();
        let mut facts = lesions(&states);
        if let Some(complete) = complete {
            facts.case.insert("least".to_owned(), Fact::Known(FactValue::Bool(complete)));
        }
        let evaluation = rules::evaluate(&compiled, &facts).unwrap();
        let Some(Grade::Values(found)) = evaluation.result("places", None).unwrap().grade() else {
            panic!("values")
        };
        // The places `one` and `two` are one place.
        let place = |lesion: usize| lesion.saturating_sub(1);
        let mut counts: BTreeSet<i64> = BTreeSet::new();
        for completion in completions(&states) {
            let bad = completion.iter().enumerate().filter(|(_, state)| **state == 2);
            let places: BTreeSet<usize> = bad.map(|(lesion, _)| place(lesion)).collect();
            counts.insert(i64::try_from(places.len()).unwrap());
        }
        let least = *counts.first().unwrap();
        let most = if complete == Some(true) { *counts.last().unwrap() } else { 4 };
        let (least, most) = if least == 0 { (1, 4) } else { (least, most) };
        let expected: Vec<Value<'_>> = (least..=most).map(Value::Number).collect();
        prop_assert_eq!(found, expected);
    }
}

fn completions(states: &[Option<usize>]) -> Vec<Vec<usize>> {
    states.iter().fold(vec![Vec::new()], |lists, state| {
        let choices = state.map_or(0..3, |state| state..state + 1);
        lists
            .iter()
            .flat_map(|list| choices.clone().map(move |state| [&list[..], &[state]].concat()))
            .collect()
    })
}

fn lesions(states: &[Option<usize>]) -> Facts {
    let lesions = states.iter().zip(LEVELS).map(|(state, level)| LesionFacts {
        level: level.to_owned(),
        facts: state
            .map(|state| ("state".to_owned(), Fact::Known(code(STATES[state]))))
            .into_iter()
            .collect(),
    });
    Facts { lesions: lesions.collect(), ..Facts::default() }
}

fn over_lesions() -> Arc<Compiled> {
    let codes =
        |codes: &[&str]| -> Vec<String> { codes.iter().map(|one| (*one).to_owned()).collect() };
    let over = |function, values: &[&str]| {
        Function::OverLesions(OverLesions {
            function,
            fact: "state".to_owned(),
            values: values.iter().map(|one| Condition::Codes(codes(&[one]))).collect(),
            complete_when: BTreeMap::new(),
            provenance: provenance(),
        })
    };
    let count = Count {
        place: "level".to_owned(),
        together: vec![codes(&["one", "two"])],
        except: Vec::new(),
        fact: "state".to_owned(),
        counted: codes(&["bad"]),
        complete_when: [("least".to_owned(), Condition::Bool(true))].into(),
        provenance: provenance(),
    };
    compile(&[
        mapping("any", &["no", "yes"], over(LesionFunction::Any, &["bad"])),
        mapping("worst", &STATES, over(LesionFunction::Highest, &STATES)),
        mapping("places", &[], Function::Count(count)),
    ])
    .unwrap()
}
