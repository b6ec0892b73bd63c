//! Which missing fact would narrow a result most.

use std::collections::BTreeSet;

use super::apply::{Split, Truth};
use crate::compile::{Compiled, Count, Gate, Kind, Step};
use crate::domain::{Cells, one_of};
use crate::state::{Origin, Place, State, States};

/// What the worst answer to a question leaves: bands, then totals or values.
type Left = (u32, u32);

impl Compiled {
    /// Appends the codes of the missing asked facts on which a result still depends, the one first
    /// whose worst answer leaves least.
    pub(super) fn list_missing(
        &self,
        index: u16,
        lesion: usize,
        states: &mut States,
        missing: &mut Vec<u16>,
    ) {
        let Some(step) = self.steps.get(usize::from(index)) else { return };
        let output = step.kind.output().and_then(|node| self.node(node));
        if output.is_some_and(|node| states.get(node.slot, lesion).is_fixed()) {
            return;
        }
        let mut open = BTreeSet::new();
        self.open_places(step, lesion, states, &mut open);
        let nodes: BTreeSet<u16> = open.iter().map(|place| place.node).collect();
        if nodes.len() < 2 {
            missing.extend(nodes);
            return;
        }
        let mut ranked: Vec<(Left, u32, u16)> = Vec::with_capacity(nodes.len());
        for node in nodes {
            let places = open.iter().filter(|place| place.node == node);
            let left = places.map(|place| self.worst(index, lesion, *place, states)).min();
            let order = self.node(node).map_or(u32::MAX, |node| node.order);
            ranked.push((left.unwrap_or((u32::MAX, u32::MAX)), order, node));
        }
        ranked.sort_unstable();
        missing.extend(ranked.into_iter().map(|(_, _, node)| node));
    }

    /// What the worst answer to one question leaves. The states are as before afterwards.
    fn worst(&self, index: u16, lesion: usize, place: Place, states: &mut States) -> Left {
        let Some(node) = self.node(place.node) else { return (u32::MAX, u32::MAX) };
        let before = states.get(node.slot, place.lesion);
        let mut worst = (0, 0);
        for class in &node.classes {
            let supposed = State::known(one_of(*class), 0, Origin::Supposed);
            states.set(node.slot, place.lesion, supposed);
            let cells = self.suppose(index, lesion, place.node, states);
            worst = worst.max((self.bands_of(index, cells).count_ones(), cells.count_ones()));
        }
        states.set(node.slot, place.lesion, before);
        if let Some(step) = self.steps.get(usize::from(index)) {
            self.refresh_after(step, lesion, Some(place.node), states);
        }
        worst
    }

    /// What a rule set gives after the state of a fact was changed.
    pub(crate) fn suppose(
        &self,
        index: u16,
        lesion: usize,
        changed: u16,
        states: &mut States,
    ) -> Cells {
        let Some(step) = self.steps.get(usize::from(index)) else { return 0 };
        self.refresh_after(step, lesion, Some(changed), states);
        self.outcome(step, lesion, states).cells
    }

    /// The missing asked facts whose answer can still matter to a step.
    fn open_places(&self, step: &Step, lesion: usize, states: &States, open: &mut BTreeSet<Place>) {
        match &step.kind {
            Kind::Score(score) => {
                for component in &score.components {
                    let cells = self.cells(component.input, lesion, states);
                    if !component.points(cells).is_power_of_two() {
                        self.open_behind(component.input, lesion, states, open);
                    }
                }
            }
            Kind::Tables { tables, .. } => {
                for table in tables {
                    if !self.cells(table.input, lesion, states).is_power_of_two() {
                        self.open_behind(table.input, lesion, states, open);
                    }
                }
            }
            Kind::Rows { rows, .. } => {
                let region: Vec<Cells> =
                    rows.inputs.iter().map(|input| self.cells(*input, lesion, states)).collect();
                let mut split = Split::new();
                rows.split(&region, 0, &mut split);
                for (place, input) in rows.inputs.iter().enumerate() {
                    let place = u32::try_from(place).unwrap_or(64);
                    if split.inputs.checked_shr(place).unwrap_or(0) & 1 == 1 {
                        self.open_behind(*input, lesion, states, open);
                    }
                }
            }
            Kind::Count { count, .. } => self.open_count(count, lesion, states, open),
            Kind::OverLesions { over, .. } => {
                self.open_gate(&over.gate, lesion, states, open);
                for place in 0..states.count {
                    self.open_behind(over.fact, place, states, open);
                }
            }
        }
    }

    fn open_count(
        &self,
        count: &Count,
        lesion: usize,
        states: &States,
        open: &mut BTreeSet<Place>,
    ) {
        let found = self.count(count, lesion, states);
        if found.complete == Truth::Open {
            self.open_gate(&count.gate, lesion, states, open);
        }
        for place in 0..states.count {
            let at = self.cells(count.place, place, states).trailing_zeros();
            let spot = usize::try_from(at).ok().and_then(|at| count.bit_of_place.get(at));
            if spot.is_some_and(|spot| spot & found.perhaps != 0) {
                self.open_behind(count.fact, place, states, open);
            }
        }
    }

    fn open_gate(&self, gate: &Gate, lesion: usize, states: &States, open: &mut BTreeSet<Place>) {
        if self.gate(gate, lesion, states) == Truth::Open {
            for (node, _) in &gate.conditions {
                self.open_behind(*node, lesion, states, open);
            }
        }
    }

    /// A fact that is open: itself, if it is asked and missing, or what it is derived from.
    fn open_behind(&self, node: u16, lesion: usize, states: &States, open: &mut BTreeSet<Place>) {
        let place = Place { node, lesion };
        let state = self.state_of(place, states);
        if state.is_single() || state.is_fixed() {
            return;
        }
        let Some(node) = self.node(node) else { return };
        match node.producer.and_then(|producer| self.steps.get(usize::from(producer))) {
            Some(step) => self.open_places(step, lesion, states, open),
            None if state.origin == Origin::Missing => {
                let lesion = if node.slot.of_lesion { lesion } else { 0 };
                open.insert(Place { lesion, ..place });
            }
            None => {}
        }
    }
}
