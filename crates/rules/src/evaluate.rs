//! From facts to an evaluation.
//!
//! Every fact has the set of values that it may still have. A rule set turns the sets of its inputs
//! into the exact set of its results: tables and scores because their inputs are independent of
//! each other, and where they are not — one fact reaches a rule set by two ways — by going through
//! the values of that fact one at a time.

mod apply;
mod joint;
mod missing;
mod read;

use std::sync::Arc;

pub(crate) use apply::add;
pub use read::InputError;

use crate::compile::{Compiled, Kind};
use crate::domain::{Cells, NOT_APPLICABLE};
use crate::result::{Evaluation, EvaluationData, ResultRow};
use crate::state::{Origin, State, States};
use crate::value::Facts;

/// The version of the evaluation itself. It changes only when results may change.
pub const ENGINE: u32 = 1;

/// What one rule set gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Given {
    /// A mapping: values of the derived fact. A score: totals, counted from its lowest.
    pub(crate) cells: Cells,
    /// The row that decided.
    pub(crate) row: u16,
    /// Whether the set may hold too much.
    pub(crate) approximate: bool,
}

impl Given {
    pub(crate) const fn exactly(cells: Cells, row: u16) -> Self {
        Self { cells, row, approximate: false }
    }

    /// Values for which the instrument does not apply are left out while others remain.
    pub(crate) const fn without_inapplicable(mut self) -> Self {
        if self.cells != NOT_APPLICABLE {
            self.cells &= !NOT_APPLICABLE;
        }
        self
    }
}

/// Evaluates a protocol for one case.
///
/// # Errors
/// When a fact has a value that its type does not have; nothing is guessed in its place.
pub fn evaluate(compiled: &Arc<Compiled>, facts: &Facts) -> Result<Evaluation, InputError> {
    let mut states = compiled.read(facts)?;
    let mut rows =
        Vec::with_capacity(compiled.steps.len() + compiled.lesion_steps() * states.count);
    let mut missing = Vec::new();
    for (step, index) in compiled.steps.iter().zip(0_u16..) {
        if step.of_lesion {
            for lesion in 0..states.count {
                compiled.run(index, lesion, &mut states, &mut rows, &mut missing);
            }
        } else {
            compiled.run(index, 0, &mut states, &mut rows, &mut missing);
        }
    }
    Ok(Evaluation::new(Arc::clone(compiled), EvaluationData { states, rows, missing }))
}

/// The possible totals of one score, for the case or for one lesion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PossibleTotals {
    /// The place of the rule set in the protocol.
    pub rule_set: u16,
    /// The lesion, in the order given; 0 for a rule set of case scope.
    pub lesion: u16,
    /// The totals, a bit a total, the lowest total of the score first; the highest bit alone when
    /// the score does not apply.
    pub totals: Cells,
}

/// The possible totals of all scores, without explanation: for counting over many cases.
///
/// # Errors
/// When a fact has a value that its type does not have.
pub fn possible_totals(
    compiled: &Compiled,
    facts: &Facts,
) -> Result<Vec<PossibleTotals>, InputError> {
    let mut states = compiled.read(facts)?;
    let mut found = Vec::with_capacity(compiled.steps.len());
    for (step, index) in compiled.steps.iter().zip(0_u16..) {
        let lesions = if step.of_lesion { states.count } else { 1 };
        for (lesion, number) in (0..lesions).zip(0_u16..) {
            let given = compiled.settle(index, lesion, &mut states);
            if matches!(step.kind, Kind::Score(_)) {
                found.push(PossibleTotals { rule_set: index, lesion: number, totals: given.cells });
            }
        }
    }
    Ok(found)
}

impl Compiled {
    fn lesion_steps(&self) -> usize {
        self.steps.iter().filter(|step| step.of_lesion).count()
    }

    fn run(
        &self,
        index: u16,
        lesion: usize,
        states: &mut States,
        rows: &mut Vec<ResultRow>,
        missing: &mut Vec<u16>,
    ) {
        let given = self.settle(index, lesion, states);
        let first = missing.len();
        if !given.cells.is_power_of_two() {
            self.list_missing(index, lesion, states, missing);
        }
        rows.push(ResultRow {
            cells: given.cells,
            bands: self.bands_of(index, given.cells),
            step: index,
            lesion: u16::try_from(lesion).unwrap_or(u16::MAX),
            missing: (
                u32::try_from(first).unwrap_or(u32::MAX),
                u32::try_from(missing.len()).unwrap_or(u32::MAX),
            ),
            approximate: given.approximate,
        });
    }

    /// Finds what a rule set gives and writes it down as the state of what it derives.
    pub(crate) fn settle(&self, index: u16, lesion: usize, states: &mut States) -> Given {
        let Some(step) = self.steps.get(usize::from(index)) else {
            return Given::exactly(0, crate::state::NO_ROW);
        };
        if let Some(output) = step.kind.output() {
            let Some(node) = self.node(output) else {
                return Given::exactly(0, crate::state::NO_ROW);
            };
            let before = states.get(node.slot, lesion);
            if before.is_fixed() {
                return Given::exactly(before.cells, crate::state::NO_ROW);
            }
            let given = self.outcome(step, lesion, states);
            states.set(node.slot, lesion, State::derived(given.cells, given.row));
            return given;
        }
        let given = self.outcome(step, lesion, states);
        if let Kind::Score(score) = &step.kind
            && (score.total_node.is_some() || score.band_node.is_some())
        {
            self.write_score(score, given.cells, lesion, states);
        }
        given
    }

    fn write_score(
        &self,
        score: &crate::compile::Score,
        mut totals: Cells,
        lesion: usize,
        states: &mut States,
    ) {
        if let Some(node) = score.total_node.and_then(|node| self.node(node)) {
            let before = states.get(node.slot, lesion);
            if before.origin == Origin::Supposed {
                totals = score.totals_of(&node.domain, before.cells);
            } else if !before.is_fixed() {
                let cells = score.total_cells(&node.domain, totals);
                states.set(node.slot, lesion, State::derived(cells, crate::state::NO_ROW));
            }
        }
        if let Some(node) = score.band_node.and_then(|node| self.node(node))
            && !states.get(node.slot, lesion).is_fixed()
        {
            let cells =
                if totals == NOT_APPLICABLE { NOT_APPLICABLE } else { score.band_cells(totals) };
            states.set(node.slot, lesion, State::derived(cells, crate::state::NO_ROW));
        }
    }

    /// The bands that a set of totals hits, of a score; a bit a band.
    pub(crate) fn bands_of(&self, index: u16, totals: Cells) -> u64 {
        match self.steps.get(usize::from(index)).map(|step| &step.kind) {
            Some(Kind::Score(score)) if totals != NOT_APPLICABLE => {
                u64::try_from(score.band_cells(totals)).unwrap_or(u64::MAX)
            }
            _ => 0,
        }
    }
}
