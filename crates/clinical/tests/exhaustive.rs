//! The whole input space of the three scores, every fact also unknown, against a second statement of
//! the tables that shares nothing with the rule files: plain lists and loops.
//!
//! SINS: Fisher, Spine 2010. Tokuhashi: Tokuhashi, Spine 2005. Tomita: Tomita, Spine 2001.
//!
//! Tokuhashi has 1.9 million inputs. What a component is worth depends on its own facts only, so the
//! space is gone through in two steps that together are the whole of it: first every input of every
//! component on its own, then every combination of what the components can be worth, known or open.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod stated;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rules::result::Grade;
use rules::value::{Fact, FactValue, Facts, LesionFacts};
use rules::{Compiled, Evaluation, Value};
use spineboard_clinical as clinical;
use stated::{Points, bands, sums};

type Given = Vec<(&'static str, FactValue)>;

fn compiled() -> Arc<Compiled> {
    clinical::protocol::compile_bundled("core-scores").unwrap()
}

fn code(code: &str) -> FactValue {
    FactValue::Code(code.to_owned())
}

fn known(facts: &Given) -> BTreeMap<String, Fact> {
    facts.iter().map(|(code, value)| ((*code).to_owned(), Fact::Known(value.clone()))).collect()
}

/// Every value of a fact that has codes, and unknown.
fn codes(fact: &'static str, codes: &[&str]) -> Vec<Given> {
    let values = codes.iter().map(|value| vec![(fact, code(value))]);
    std::iter::once(Vec::new()).chain(values).collect()
}

fn numbers(fact: &'static str, numbers: impl IntoIterator<Item = i64>) -> Vec<Given> {
    let values = numbers.into_iter().map(|number| vec![(fact, FactValue::Integer(number))]);
    std::iter::once(Vec::new()).chain(values).collect()
}

fn flags(fact: &'static str) -> Vec<Given> {
    vec![vec![], vec![(fact, FactValue::Bool(false))], vec![(fact, FactValue::Bool(true))]]
}

/// Every combination of two lists of givens.
fn product(left: &[Given], right: &[Given]) -> Vec<Given> {
    left.iter().flat_map(|one| right.iter().map(move |two| [&one[..], two].concat())).collect()
}

fn text<'a>(given: &'a Given, fact: &str) -> Option<&'a str> {
    match given.iter().find(|(code, _)| *code == fact)?.1 {
        FactValue::Code(ref code) => Some(code),
        _ => None,
    }
}

fn number(given: &Given, fact: &str) -> Option<i64> {
    match given.iter().find(|(code, _)| *code == fact)?.1 {
        FactValue::Integer(number) => Some(number),
        _ => None,
    }
}

fn flag(given: &Given, fact: &str) -> Option<bool> {
    match given.iter().find(|(code, _)| *code == fact)?.1 {
        FactValue::Bool(value) => Some(value),
        _ => None,
    }
}

/// A case of which only the count of vertebrae is open.
fn complete_case() -> Given {
    vec![
        ("histology", code("breast")),
        ("kps", FactValue::Integer(90)),
        ("visceral-metastases", code("none")),
        ("frankel", code("E")),
        ("extraspinal-bone-foci-count", FactValue::Integer(0)),
    ]
}

/// Holds totals and bands of a result against the second statement; `None`: not applicable.
fn hold(evaluation: &Evaluation, id: &str, level: Option<&str>, stated: Option<&Points>) {
    let result = evaluation.result(id, level).unwrap();
    let Some(stated) = stated else {
        assert!(result.is_not_applicable(), "{id}: {result:?}");
        return;
    };
    let total = result.total().unwrap();
    let possible: Points = total.possible.iter().copied().collect();
    assert_eq!(&possible, stated, "{id} {level:?} {:?}", evaluation.data().states);
    assert_eq!(Some(&total.min), stated.first());
    assert_eq!(Some(&total.max), stated.last());
    let found: Vec<&str> = result.bands().iter().map(|band| band.id.as_str()).collect();
    assert_eq!(found, bands(id, stated));
    assert!(!result.approximate());
    assert!(total.exact().is_none() || result.missing().is_empty());
}

#[test]
fn sins_over_its_whole_input_space() {
    let compiled = compiled();
    let pain = codes("sins-pain", &["mechanical", "non-mechanical", "none"]);
    let bone = codes("sins-bone-lesion", &["lytic", "mixed", "blastic"]);
    let alignment = codes("sins-alignment", &["subluxation", "deformity", "normal"]);
    let collapse = codes(
        "sins-collapse",
        &["over-50", "exactly-50", "under-50", "no-collapse-over-50-involved", "none"],
    );
    let sides = codes("sins-posterolateral", &["bilateral", "unilateral", "none"]);
    let location = codes("sins-location", &["junctional", "mobile", "semirigid", "rigid"]);
    let rest = product(&product(&pain, &bone), &product(&product(&alignment, &collapse), &sides));
    let mut seen = 0;
    for given in &rest {
        // One lesion at every level, and one for every class stated at a variant level.
        let at_levels = stated::LEVELS.iter().map(|level| (*level, given.clone()));
        let as_stated = location.iter().skip(1).map(|place| ("L6", [&given[..], place].concat()));
        let lesions: Vec<(&str, Given)> = at_levels.chain(as_stated).collect();
        let facts = Facts {
            lesions: lesions
                .iter()
                .map(|(level, given)| LesionFacts {
                    level: (*level).to_owned(),
                    facts: known(given),
                })
                .collect(),
            case: known(&complete_case()),
            ..Facts::default()
        };
        let evaluation = rules::evaluate(&compiled, &facts).unwrap();
        let results = evaluation.results().filter(|result| result.rule_set().id == "sins-2010");
        for ((level, given), result) in lesions.iter().zip(results) {
            let stated = stated::sins(level, |fact| text(given, fact));
            assert_eq!(result.level(), Some(*level));
            match (&stated, result.total()) {
                (None, None) => assert!(result.is_not_applicable()),
                (Some(stated), Some(total)) => {
                    assert_eq!(total.possible, stated.iter().copied().collect::<Vec<_>>());
                    let bands: Vec<&str> =
                        result.bands().iter().map(|band| band.id.as_str()).collect();
                    assert_eq!(bands, stated::bands("sins-2010", stated));
                }
                other => panic!("{level} {given:?}: {other:?}"),
            }
            seen += 1;
        }
    }
    assert_eq!(seen, (33 + 4) * 4 * 4 * 4 * 6 * 4);
}

/// Every list of up to three lesions at places that are counted differently, every status.
fn lists() -> Vec<Vec<(&'static str, Option<&'static str>)>> {
    let statuses = [
        None,
        Some("metastasis-proven"),
        Some("metastasis-probable"),
        Some("treated"),
        Some("indeterminate"),
        Some("benign"),
    ];
    let places = [
        &[][..],
        &["T4"],
        &["O"],
        &["T4", "T4"],
        &["S1", "S5"],
        &["T4", "O"],
        &["CO", "L6"],
        &["C1", "S2", "S3"],
        &["T4", "T13", "L5"],
    ];
    let mut lists = Vec::new();
    for levels in places {
        let mut open: Vec<Vec<(&str, Option<&str>)>> = vec![Vec::new()];
        for level in levels {
            open = open
                .into_iter()
                .flat_map(|list| statuses.map(|status| [&list[..], &[(*level, status)]].concat()))
                .collect();
        }
        lists.extend(open);
    }
    lists
}

fn lesions(list: &[(&'static str, Option<&'static str>)]) -> Vec<LesionFacts> {
    list.iter()
        .map(|(level, status)| LesionFacts {
            level: (*level).to_owned(),
            facts: known(
                &status.map(|status| ("lesion-status", code(status))).into_iter().collect(),
            ),
        })
        .collect()
}

#[test]
fn the_vertebral_count_over_lists_of_lesions() {
    let compiled = compiled();
    let gates = product(
        &codes("whole-spine-imaged", &["mri", "ct", "pet-ct", "partial", "no"]),
        &flags("lesion-list-complete"),
    );
    let base = complete_case();
    for list in lists() {
        for gate in &gates {
            let facts = Facts {
                case: known(&[&base[..], gate].concat()),
                lesions: lesions(&list),
                ..Facts::default()
            };
            let evaluation = rules::evaluate(&compiled, &facts).unwrap();
            let result = evaluation.result("vertebral-metastases-count", None).unwrap();
            let Some(Grade::Values(values)) = result.grade() else {
                panic!("{list:?}: {result:?}")
            };
            let found: BTreeSet<i64> = values
                .into_iter()
                .map(|value| match value {
                    Value::Number(number) => number,
                    other => panic!("{other}"),
                })
                .collect();
            let complete = matches!(text(gate, "whole-spine-imaged"), Some("mri" | "pet-ct"))
                && flag(gate, "lesion-list-complete") == Some(true);
            assert_eq!(found, stated::vertebrae(&list, complete), "{list:?} {gate:?}");
        }
    }
}

/// The asked facts behind the bone pattern: foci outside the spine, cut where rules cut them.
fn foci() -> Vec<Given> {
    product(
        &numbers("extraspinal-bone-foci-count", [0, 1, 2, 3, 99]),
        &flags("extraspinal-count-is-minimum"),
    )
}

/// The vertebral count, stated: cut where rules cut it.
fn vertebrae() -> Vec<Given> {
    numbers("vertebral-metastases-count", [1, 2, 3, 34])
}

fn visceral(detail: &'static str, details: &[&str]) -> Vec<Given> {
    product(&codes("visceral-metastases", &["none", "present"]), &codes(detail, details))
}

#[test]
fn tomita_over_its_whole_input_space() {
    let compiled = compiled();
    let bones = product(&foci(), &vertebrae());
    let patterns = codes("bone-metastases-pattern", &["solitary-or-isolated", "multiple"]);
    let bones: Vec<Given> = bones.into_iter().chain(patterns.into_iter().skip(1)).collect();
    let organs = visceral("visceral-treatable", &["treatable", "untreatable"]);
    let mut seen = 0;
    for tumour in codes("histology", &stated::TUMOURS) {
        for given in product(&organs, &bones) {
            let facts = Facts { case: known(&[&tumour[..], &given].concat()), ..Facts::default() };
            let evaluation = rules::evaluate(&compiled, &facts).unwrap();
            let pattern = match text(&given, "bone-metastases-pattern") {
                Some("multiple") => Points::from([2]),
                Some(_) => Points::from([1]),
                None => stated::bone_points(
                    number(&given, "extraspinal-bone-foci-count"),
                    flag(&given, "extraspinal-count-is-minimum") == Some(true),
                    number(&given, "vertebral-metastases-count"),
                ),
            };
            let organs = stated::visceral_points(
                text(&given, "visceral-metastases"),
                text(&given, "visceral-treatable").map(|detail| detail == "treatable"),
                [0, 2, 4],
            );
            let growth = stated::growth_points(text(&tumour, "histology"));
            let stated = growth.map(|growth| sums(&[growth, organs, pattern]));
            hold(&evaluation, "tomita-2001", None, stated.as_ref());
            seen += 1;
        }
    }
    assert_eq!(seen, 53 * 9 * (18 * 5 + 2));
}

/// What a component is worth, by everything that it can be worth: one input for each, after every
/// input was held against the second statement.
struct Component {
    place: usize,
    by_worth: BTreeMap<Points, Given>,
}

impl Component {
    fn over(
        compiled: &Arc<Compiled>,
        place: usize,
        inputs: Vec<Given>,
        worth: impl Fn(&Given) -> Option<Points>,
    ) -> Self {
        let mut by_worth = BTreeMap::new();
        for given in inputs {
            let facts = Facts { case: known(&given), ..Facts::default() };
            let evaluation = rules::evaluate(compiled, &facts).unwrap();
            let result = evaluation.result("tokuhashi-2005", None).unwrap();
            let Some(stated) = worth(&given) else {
                assert!(result.is_not_applicable(), "{given:?}");
                continue;
            };
            let score = result.rule_set().score().unwrap();
            let found: Points = result.components(score)[place].points.iter().copied().collect();
            assert_eq!(found, stated, "{given:?}");
            by_worth.entry(stated).or_insert(given);
        }
        Self { place, by_worth }
    }
}

fn tokuhashi_components(compiled: &Arc<Compiled>) -> Vec<Component> {
    let condition = product(&numbers("kps", (10..=100).step_by(10)), &numbers("ecog", 0..=4));
    let organs = visceral("visceral-removable", &["all-removable", "not-removable"]);
    vec![
        Component::over(compiled, 0, condition, |given| {
            Some(stated::condition_points(number(given, "kps"), number(given, "ecog")))
        }),
        Component::over(compiled, 1, foci(), |given| {
            let minimum = flag(given, "extraspinal-count-is-minimum") == Some(true);
            Some(stated::foci_points(number(given, "extraspinal-bone-foci-count"), minimum))
        }),
        Component::over(compiled, 2, vertebrae(), |given| {
            Some(stated::vertebra_points(number(given, "vertebral-metastases-count")))
        }),
        Component::over(compiled, 3, organs, |given| {
            let detail = text(given, "visceral-removable").map(|detail| detail == "all-removable");
            let present = text(given, "visceral-metastases");
            Some(stated::visceral_points(present, detail, [2, 1, 0]))
        }),
        Component::over(compiled, 4, codes("histology", &stated::TUMOURS), |given| {
            stated::site_points(text(given, "histology"))
        }),
        Component::over(compiled, 5, codes("frankel", &["A", "B", "C", "D", "E"]), |given| {
            Some(stated::palsy_points(text(given, "frankel")))
        }),
    ]
}

#[test]
fn tokuhashi_over_its_whole_input_space() {
    let compiled = compiled();
    let components = tokuhashi_components(&compiled);
    let sizes: Vec<usize> = components.iter().map(|one| one.by_worth.len()).collect();
    assert_eq!(sizes, [6, 5, 4, 7, 9, 4]);
    assert!(components.iter().zip(0..).all(|(one, place)| one.place == place));
    let mut combinations: Vec<(Vec<&Points>, Given)> = vec![(Vec::new(), Vec::new())];
    for component in &components {
        combinations = combinations
            .iter()
            .flat_map(|(worths, given)| {
                component.by_worth.iter().map(move |(worth, more)| {
                    let mut worths = worths.clone();
                    worths.push(worth);
                    (worths, [&given[..], more].concat())
                })
            })
            .collect();
    }
    assert_eq!(combinations.len(), 6 * 5 * 4 * 7 * 9 * 4);
    for (worths, given) in combinations {
        let facts = Facts { case: known(&given), ..Facts::default() };
        let evaluation = rules::evaluate(&compiled, &facts).unwrap();
        let worths: Vec<Points> = worths.into_iter().cloned().collect();
        hold(&evaluation, "tokuhashi-2005", None, Some(&sums(&worths)));
    }
}

/// Lists of lesions in the place of a stated count: the same sums.
#[test]
fn tokuhashi_and_tomita_over_lists_of_lesions() {
    let compiled = compiled();
    let base = complete_case();
    let gates: [Given; 2] = [
        vec![("whole-spine-imaged", code("mri")), ("lesion-list-complete", FactValue::Bool(true))],
        vec![],
    ];
    for list in lists() {
        for (gate, complete) in gates.iter().zip([true, false]) {
            let case = known(&[&base[..], gate].concat());
            let facts = Facts { case, lesions: lesions(&list), ..Facts::default() };
            let evaluation = rules::evaluate(&compiled, &facts).unwrap();
            let counts = stated::vertebrae(&list, complete);
            let points: Points =
                counts.iter().flat_map(|count| stated::vertebra_points(Some(*count))).collect();
            let rest = Points::from([5 + 2 + 2 + 2 + 2]);
            hold(&evaluation, "tokuhashi-2005", None, Some(&sums(&[points, rest])));
            let bones: Points = counts
                .iter()
                .flat_map(|count| stated::bone_points(Some(0), false, Some(*count)))
                .collect();
            hold(&evaluation, "tomita-2001", None, Some(&sums(&[bones, Points::from([1])])));
        }
    }
}
