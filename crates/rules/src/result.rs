//! An evaluation and its results.
//!
//! What is kept is codes and numbers: states, rows, totals. The words stand in the rule sets, which
//! the evaluation holds on to, so that any page can explain it again.

mod explain;
mod json;

use std::sync::Arc;

pub use explain::{CountedPlaces, Explained, ExplainedComponent, ExplainedFact, ExplainedRow};

use crate::canonical::{self, CanonicalError, Hash};
use crate::compile::{Compiled, Kind, Step};
use crate::domain::{Cells, NOT_APPLICABLE, Value, each};
use crate::ruleset::{Band, RuleScope, RuleSet};
use crate::state::{State, States};

/// The plain parts of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationData {
    /// What is known about every fact, asked or derived.
    pub states: States,
    /// One row a rule set and lesion, in the order of the protocol.
    pub rows: Vec<ResultRow>,
    /// The missing facts of all rows, one row after the other.
    pub missing: Vec<u16>,
}

/// The result of one rule set, for the case or for one lesion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultRow {
    /// A mapping: the values that remain. A score: the totals that remain, from its lowest up.
    pub cells: Cells,
    /// The bands that a possible total hits, a bit a band.
    pub bands: u64,
    /// The place of the rule set in the protocol.
    pub step: u16,
    /// The lesion, in the order given; 0 for a rule set of case scope.
    pub lesion: u16,
    /// The part of the list of missing facts that belongs to this row.
    pub missing: (u32, u32),
    /// Whether the sets may hold too much.
    pub approximate: bool,
}

/// The evaluation of one case under one protocol.
#[derive(Debug, Clone)]
pub struct Evaluation {
    compiled: Arc<Compiled>,
    assessment: Option<Hash>,
    data: EvaluationData,
}

impl Evaluation {
    /// Puts an evaluation together from its parts, which have to be of that protocol.
    pub const fn new(compiled: Arc<Compiled>, data: EvaluationData) -> Self {
        Self { compiled, assessment: None, data }
    }

    /// The same evaluation, tied to the assessment that it was made from.
    #[must_use]
    pub const fn of_assessment(mut self, assessment: Hash) -> Self {
        self.assessment = Some(assessment);
        self
    }

    /// The hash of the assessment that it was made from, if it was made from a recorded one.
    pub const fn assessment(&self) -> Option<Hash> {
        self.assessment
    }

    /// The protocol that it was made under.
    pub const fn compiled(&self) -> &Arc<Compiled> {
        &self.compiled
    }

    /// Its plain parts.
    pub const fn data(&self) -> &EvaluationData {
        &self.data
    }

    /// The results, in the order of the protocol, lesions in the order given.
    pub fn results(&self) -> impl Iterator<Item = RuleResult<'_>> {
        self.data.rows.iter().filter_map(|row| self.result_of(*row))
    }

    pub(crate) fn result_of(&self, row: ResultRow) -> Option<RuleResult<'_>> {
        let step = usize::from(row.step);
        Some(RuleResult {
            evaluation: self,
            row,
            step: self.compiled.steps.get(step)?,
            rule_set: self.compiled.rule_sets.get(step)?,
        })
    }

    /// The result of one rule set; of one of lesion scope, at a level.
    pub fn result(&self, rule_set: &str, level: Option<&str>) -> Option<RuleResult<'_>> {
        self.results().find(|result| {
            result.rule_set.id == rule_set && (level.is_none() || result.level() == level)
        })
    }

    /// The values that a fact may have, asked or derived; of a lesion, at a level. None where it is not
    /// applicable, or where the protocol does not know it.
    pub fn possible(&self, fact: &str, level: Option<&str>) -> Vec<Value<'_>> {
        let lesion = match level {
            Some(level) => {
                (0..self.data.states.count).find(|one| self.level_of(*one) == Some(level))
            }
            None => Some(0),
        };
        let node = (0_u16..).zip(&self.compiled.nodes).find(|(_, node)| *node.code == *fact);
        match (node, lesion) {
            (Some((node, _)), Some(lesion)) => self.values(node, self.state(node, lesion)),
            _ => Vec::new(),
        }
    }

    /// The canonical JSON.
    ///
    /// # Errors
    /// When a number in it is beyond what JSON keeps exact.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::to_bytes(self)
    }

    /// The SHA-256 of the canonical JSON.
    ///
    /// # Errors
    /// When a number in it is beyond what JSON keeps exact.
    pub fn hash(&self) -> Result<Hash, CanonicalError> {
        Ok(Hash::of(&self.to_bytes()?))
    }

    fn state(&self, node: u16, lesion: usize) -> State {
        let place = crate::state::Place { node, lesion };
        self.compiled.state_of(place, &self.data.states)
    }

    pub(crate) fn level_of(&self, lesion: usize) -> Option<&str> {
        let node = self.compiled.node(self.compiled.level?)?;
        let cells = self.data.states.get(node.slot, lesion).cells;
        match each(cells).next().and_then(|cell| node.domain.value(cell)) {
            Some(Value::Code(code)) => Some(code),
            _ => None,
        }
    }

    /// The values that a set of cells of a fact stands for, one by one.
    pub(crate) fn values(&self, node: u16, state: State) -> Vec<Value<'_>> {
        let Some(node) = self.compiled.node(node) else { return Vec::new() };
        if state.is_not_applicable() {
            return Vec::new();
        }
        let values = each(state.cells).filter_map(|cell| node.domain.value(cell));
        if state.is_single() {
            // A number inside a wider cell is printed as it was recorded.
            return values
                .map(|value| match value {
                    Value::Between(..) => Value::Number(i64::from(state.number)),
                    value => value,
                })
                .collect();
        }
        values.collect()
    }
}

/// The total of a score.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Total {
    /// The lowest total that remains possible.
    pub min: i64,
    /// The highest total that remains possible.
    pub max: i64,
    /// Every total that remains possible, ascending.
    pub possible: Vec<i64>,
}

impl Total {
    /// The total, when only one remains.
    pub const fn exact(&self) -> Option<i64> {
        if self.min == self.max { Some(self.min) } else { None }
    }
}

/// What a mapping gives, or that an instrument does not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grade<'a> {
    /// The instrument does not apply.
    NotApplicable,
    /// The values that remain possible, in their order.
    Values(Vec<Value<'a>>),
}

/// The result of one rule set.
#[derive(Debug, Clone, Copy)]
pub struct RuleResult<'a> {
    evaluation: &'a Evaluation,
    row: ResultRow,
    step: &'a Step,
    rule_set: &'a Arc<RuleSet>,
}

impl<'a> RuleResult<'a> {
    /// The rule set.
    pub const fn rule_set(&self) -> &'a Arc<RuleSet> {
        self.rule_set
    }

    /// The hash of the rule set, as the protocol pins it.
    pub fn hash(&self) -> Option<Hash> {
        let pins = &self.evaluation.compiled.protocol.rule_sets;
        pins.get(usize::from(self.row.step)).map(|pin| pin.hash)
    }

    /// Case or lesion.
    pub fn scope(&self) -> RuleScope {
        self.rule_set.scope
    }

    /// The level of the lesion that it is about.
    pub fn level(&self) -> Option<&'a str> {
        if self.step.of_lesion { self.evaluation.level_of(self.lesion()) } else { None }
    }

    /// Whether the sets of totals and values may hold too much.
    pub const fn approximate(&self) -> bool {
        self.row.approximate
    }

    /// Whether the instrument does not apply.
    pub const fn is_not_applicable(&self) -> bool {
        self.row.cells == NOT_APPLICABLE
    }

    /// The total of a score that applies.
    pub fn total(&self) -> Option<Total> {
        let Kind::Score(score) = &self.step.kind else { return None };
        if self.is_not_applicable() {
            return None;
        }
        let places = each(self.row.cells).filter_map(|place| i64::try_from(place).ok());
        let possible: Vec<i64> = places.map(|place| score.offset + place).collect();
        Some(Total { min: *possible.first()?, max: *possible.last()?, possible })
    }

    /// The bands of a score that a possible total hits, from the lowest up.
    pub fn bands(&self) -> Vec<&'a Band> {
        let bands = self.rule_set.score().map_or(&[][..], |score| &score.bands);
        let hit = |index: u32| self.row.bands.checked_shr(index).unwrap_or(0) & 1 == 1;
        (0..).zip(bands).filter(|(index, _)| hit(*index)).map(|(_, band)| band).collect()
    }

    /// What a mapping gives; of a score only that it does not apply.
    pub fn grade(&self) -> Option<Grade<'a>> {
        if self.is_not_applicable() {
            return Some(Grade::NotApplicable);
        }
        let output = self.step.kind.output()?;
        let state = self.evaluation.state(output, self.lesion());
        let state = State { cells: self.row.cells, ..state };
        Some(Grade::Values(self.evaluation.values(output, state)))
    }

    /// The missing asked facts, the one that narrows most first.
    pub fn missing(&self) -> Vec<&'a str> {
        let range = usize::try_from(self.row.missing.0).unwrap_or(usize::MAX)
            ..usize::try_from(self.row.missing.1).unwrap_or(usize::MAX);
        let nodes = self.evaluation.data.missing.get(range).unwrap_or_default();
        let compiled: &'a Compiled = &self.evaluation.compiled;
        nodes.iter().filter_map(|node| compiled.node(*node)).map(|node| &*node.code).collect()
    }

    pub(crate) fn lesion(&self) -> usize {
        usize::from(self.row.lesion)
    }

    pub(crate) const fn row(&self) -> ResultRow {
        self.row
    }
}
