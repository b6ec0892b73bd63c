//! Facts that reach a rule set by two ways: one value at a time.

use super::Given;
use crate::compile::{Compiled, Step};
use crate::domain::{Cells, bit, each, one_of};
use crate::state::{NO_ROW, Origin, Place, State, States};

/// The largest number of joint values that are gone through one by one.
const MOST_COMBINATIONS: usize = 10_000;

impl Compiled {
    /// What a step gives: exactly, unless there are too many joint values to go through.
    pub(crate) fn outcome(&self, step: &Step, lesion: usize, states: &States) -> Given {
        let given = self.apply(step, lesion, states);
        if step.shared.is_empty() || given.cells.is_power_of_two() {
            return given;
        }
        let places: Vec<Place> = self
            .shared_places(step, lesion, states)
            .filter(|place| !self.state_of(*place, states).is_single())
            .collect();
        if places.is_empty() {
            return given;
        }
        let mut scratch = states.clone();
        let mut walk = Walk {
            step,
            lesion,
            places: &places,
            left: MOST_COMBINATIONS,
            cells: 0,
            approximate: false,
        };
        if self.walk(&mut walk, 0, &mut scratch) {
            Given { cells: walk.cells, row: NO_ROW, approximate: walk.approximate }
                .without_inapplicable()
        } else {
            Given { approximate: true, ..given }
        }
    }

    fn shared_places(
        &self,
        step: &Step,
        lesion: usize,
        states: &States,
    ) -> impl Iterator<Item = Place> {
        step.shared.iter().flat_map(move |node| {
            let everywhere =
                !step.of_lesion && self.node(*node).is_some_and(|node| node.slot.of_lesion);
            let lesions = if everywhere { 0..states.count } else { lesion..lesion + 1 };
            lesions.map(|lesion| Place { node: *node, lesion })
        })
    }

    pub(crate) fn state_of(&self, place: Place, states: &States) -> State {
        self.node(place.node).map_or(State::missing(0), |node| states.get(node.slot, place.lesion))
    }

    /// Fixes the shared facts one after the other, each to one of its values. False when there
    /// are too many combinations.
    fn walk(&self, walk: &mut Walk<'_>, depth: usize, states: &mut States) -> bool {
        let Some(place) = walk.places.get(depth).copied() else {
            if walk.left == 0 {
                return false;
            }
            walk.left -= 1;
            self.refresh(walk.step, walk.lesion, states);
            let given = self.apply(walk.step, walk.lesion, states);
            walk.cells |= given.cells;
            walk.approximate |= given.approximate;
            return true;
        };
        let Some(node) = self.node(place.node) else { return true };
        if node.producer.is_some() {
            self.refresh(walk.step, walk.lesion, states);
        }
        let before = states.get(node.slot, place.lesion);
        let choices: Vec<Cells> = if node.producer.is_some() || before.origin != Origin::Missing {
            each(before.cells).map(bit).collect()
        } else {
            node.classes.iter().map(|class| one_of(*class)).collect()
        };
        for cells in choices {
            states.set(
                node.slot,
                place.lesion,
                State::known(cells, before.number, Origin::Supposed),
            );
            if !self.walk(walk, depth + 1, states) {
                return false;
            }
        }
        states.set(node.slot, place.lesion, before);
        true
    }

    /// Derives again everything that feeds a step.
    pub(crate) fn refresh(&self, step: &Step, lesion: usize, states: &mut States) {
        self.refresh_after(step, lesion, None, states);
    }

    /// Derives again what feeds a step and is made of a fact that changed; of any, if none is named.
    pub(crate) fn refresh_after(
        &self,
        step: &Step,
        lesion: usize,
        changed: Option<u16>,
        states: &mut States,
    ) {
        for index in &step.upstream {
            let Some(fed) = self.steps.get(usize::from(*index)) else { continue };
            if changed.is_some_and(|changed| fed.behind.binary_search(&changed).is_err()) {
                continue;
            }
            let of_lesion = fed.of_lesion;
            if of_lesion && !step.of_lesion {
                for lesion in 0..states.count {
                    self.settle(*index, lesion, states);
                }
            } else {
                self.settle(*index, if of_lesion { lesion } else { 0 }, states);
            }
        }
    }
}

struct Walk<'a> {
    step: &'a Step,
    lesion: usize,
    places: &'a [Place],
    left: usize,
    cells: Cells,
    approximate: bool,
}
