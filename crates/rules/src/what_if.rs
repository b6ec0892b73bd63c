//! What if: the smallest changes of fact that would change a result.

use serde::{Serialize, Serializer};

use crate::compile::{Compiled, Kind, Step};
use crate::domain::{Cells, Domain, NOT_APPLICABLE, Value, bit, each, one_of};
use crate::result::{Evaluation, Grade, ResultRow, RuleResult, Total};
use crate::ruleset::Band;
use crate::state::{Node, Origin, Place, State, States};

/// The largest number of rows.
const MOST_ROWS: usize = 12;

/// A change of one fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// The code of the fact.
    pub fact: &'a str,
    /// The level, of a fact of a lesion.
    pub level: Option<&'a str>,
    /// The recorded value; none when the fact was not assessed or is not applicable.
    pub from: Option<Value<'a>>,
    /// The values, each of which would have the effect.
    pub to: Vec<Value<'a>>,
}

/// A change of facts and what would come out.
#[derive(Debug, Clone)]
pub struct WhatIf<'a> {
    /// One change, or two that only together have the effect.
    pub changes: Vec<Change<'a>>,
    /// The total that would come out, of a score that would apply.
    pub total: Option<Total>,
    /// The bands that would come out.
    pub bands: Vec<&'a Band>,
    /// What a mapping would give.
    pub grade: Option<Grade<'a>>,
}

/// One supposed value of one fact: cells that no rule tells apart.
#[derive(Debug, Clone, Copy)]
struct Supposed {
    place: Place,
    cells: Cells,
}

impl Evaluation {
    /// The changes of one asked fact that would change the bands of a score or the value of a
    /// mapping; for a score that no single change moves, changes of two. In dictionary order,
    /// at most twelve. A number is changed to the nearest one that rules tell apart.
    pub fn what_if(&self, rule_set: &str, level: Option<&str>) -> Vec<WhatIf<'_>> {
        let Some(result) = self.result(rule_set, level) else { return Vec::new() };
        let search = Search { evaluation: self, compiled: self.compiled(), now: result.row() };
        search.rows()
    }
}

struct Search<'a> {
    evaluation: &'a Evaluation,
    compiled: &'a Compiled,
    now: ResultRow,
}

impl<'a> Search<'a> {
    fn rows(&self) -> Vec<WhatIf<'a>> {
        let Some(step) = self.compiled.steps.get(usize::from(self.now.step)) else {
            return Vec::new();
        };
        let supposed: Vec<Supposed> =
            self.places(step).flat_map(|place| self.supposed(place)).collect();
        let mut states = self.evaluation.data().states.clone();
        let mut rows: Vec<WhatIf<'a>> = Vec::new();
        for one in &supposed {
            if let Some(row) = self.try_out(&[*one], &mut states) {
                self.merge(&mut rows, row);
            }
        }
        if rows.is_empty() && matches!(step.kind, Kind::Score(_)) {
            for (place, first) in supposed.iter().enumerate() {
                for second in supposed.iter().skip(place + 1) {
                    if rows.len() < MOST_ROWS && first.place != second.place {
                        rows.extend(self.try_out(&[*first, *second], &mut states));
                    }
                }
            }
        }
        rows.truncate(MOST_ROWS);
        rows
    }

    /// The asked facts that the result rests on and that may be supposed otherwise, in dictionary order.
    fn places(&self, step: &'a Step) -> impl Iterator<Item = Place> {
        let count = self.evaluation.data().states.count;
        let own = usize::from(self.now.lesion);
        step.leaves.iter().flat_map(move |leaf| {
            let node = self.compiled.node(*leaf);
            let of_lesion = node.is_some_and(|node| node.slot.of_lesion);
            let supposed = node.is_some_and(|node| node.what_if);
            let lesions = match (supposed, of_lesion, step.of_lesion) {
                (false, ..) => 0..0,
                (_, false, _) => 0..1,
                (_, true, true) => own..own + 1,
                (_, true, false) => 0..count,
            };
            lesions.map(|lesion| Place { node: *leaf, lesion })
        })
    }

    /// Every other value of a fact: a class of values that no rule tells apart.
    fn supposed(&self, place: Place) -> Vec<Supposed> {
        let Some(node) = self.compiled.node(place.node) else { return Vec::new() };
        let now = self.recorded(place);
        let others = node.classes.iter().filter(|class| **class & now == 0);
        others.map(|class| Supposed { place, cells: *class }).collect()
    }

    /// The cell of the recorded value, even of a number that is only a least value.
    fn recorded(&self, place: Place) -> Cells {
        let state = self.compiled.state_of(place, &self.evaluation.data().states);
        if state.origin == Origin::Missing {
            // An opener that was not answered says no.
            return if state.is_single() { state.cells } else { 0 };
        }
        bit(usize::try_from(state.cells.trailing_zeros()).unwrap_or(0))
    }

    /// What a change gives, if it changes the result. The states are as before afterwards.
    fn try_out(&self, supposed: &[Supposed], states: &mut States) -> Option<WhatIf<'a>> {
        let step = self.compiled.steps.get(usize::from(self.now.step))?;
        let lesion = usize::from(self.now.lesion);
        let before = states.clone();
        for one in supposed {
            let node = self.compiled.node(one.place.node)?;
            let value = State::known(one_of(one.cells), 0, Origin::Supposed);
            states.set(node.slot, one.place.lesion, value);
        }
        self.compiled.open_upwards(states);
        self.compiled.refresh(step, lesion, states);
        let given = self.compiled.outcome(step, lesion, states);
        states.clone_from(&before);
        let bands = self.compiled.bands_of(self.now.step, given.cells);
        let is_score = matches!(step.kind, Kind::Score(_));
        let fixed = step.kind.output().and_then(|output| self.compiled.node(output));
        if fixed.is_some_and(|node| states.get(node.slot, lesion).is_fixed()) {
            return None;
        }
        let same = if is_score { bands == self.now.bands } else { given.cells == self.now.cells };
        // A change after which the instrument does not apply is another question, not another band.
        if same || given.cells == NOT_APPLICABLE {
            return None;
        }
        let row = ResultRow { cells: given.cells, bands, missing: (0, 0), ..self.now };
        let result = self.evaluation.result_of(row)?;
        Some(self.row(supposed, &result))
    }

    fn row(&self, supposed: &[Supposed], result: &RuleResult<'a>) -> WhatIf<'a> {
        WhatIf {
            changes: supposed.iter().filter_map(|one| self.change(*one)).collect(),
            total: result.total(),
            bands: result.bands(),
            grade: result.grade(),
        }
    }

    fn change(&self, one: Supposed) -> Option<Change<'a>> {
        let node = self.compiled.node(one.place.node)?;
        let state = self.compiled.state_of(one.place, &self.evaluation.data().states);
        let recorded = State { cells: self.recorded(one.place), ..state };
        let from = if state.origin == Origin::Missing || state.is_not_applicable() {
            None
        } else {
            self.evaluation.values(one.place.node, recorded).first().copied()
        };
        let to = if matches!(node.domain, Domain::Numbers { .. }) {
            vec![nearest(node, one.cells, from)?]
        } else {
            each(one.cells).filter_map(|cell| node.domain.value(cell)).collect()
        };
        let level = node.slot.of_lesion.then(|| self.evaluation.level_of(one.place.lesion));
        Some(Change { fact: &node.code, level: level.flatten(), from, to })
    }

    /// Adds a row; codes of one fact with the same effect share a row.
    fn merge(&self, rows: &mut Vec<WhatIf<'a>>, row: WhatIf<'a>) {
        let alike = rows.iter_mut().find(|one| {
            let (Some(old), Some(new)) = (one.changes.first(), row.changes.first()) else {
                return false;
            };
            let codes = !matches!(new.to.first(), Some(Value::Number(_) | Value::Between(..)));
            let same = one.total == row.total && one.grade == row.grade;
            codes && same && old.fact == new.fact && old.level == new.level
        });
        match (alike, row.changes.first()) {
            (Some(one), Some(new)) => {
                if let Some(old) = one.changes.first_mut() {
                    old.to.extend(&new.to);
                    let domain = self.compiled.nodes.iter().find(|node| *node.code == *old.fact);
                    old.to.sort_by_key(|value| match (domain, value) {
                        (Some(node), Value::Code(code)) => node.domain.cell_of_code(code),
                        _ => None,
                    });
                }
            }
            _ => rows.push(row),
        }
    }
}

/// The number of a class that is nearest to the recorded one, the least when none is recorded.
fn nearest<'a>(node: &'a Node, cells: Cells, from: Option<Value<'_>>) -> Option<Value<'a>> {
    let ends = each(cells).filter_map(|cell| node.domain.stretch(cell));
    let numbers = ends.flat_map(|(start, end)| [start, end]);
    let number = match from {
        Some(Value::Number(from)) => numbers.min_by_key(|number| (number.abs_diff(from), *number)),
        _ => numbers.min(),
    };
    number.map(Value::Number)
}

impl Serialize for Change<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json<'a> {
            fact: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            level: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            from: Option<Value<'a>>,
            to: &'a [Value<'a>],
        }
        Json { fact: self.fact, level: self.level, from: self.from, to: &self.to }
            .serialize(serializer)
    }
}

impl Serialize for WhatIf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Json<'a> {
            changes: &'a [Change<'a>],
            #[serde(skip_serializing_if = "Option::is_none")]
            total: Option<&'a Total>,
            bands: Vec<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            grade: Option<&'a Grade<'a>>,
        }
        Json {
            changes: &self.changes,
            total: self.total.as_ref(),
            bands: self.bands.iter().map(|band| band.id.as_str()).collect(),
            grade: self.grade.as_ref(),
        }
        .serialize(serializer)
    }
}
