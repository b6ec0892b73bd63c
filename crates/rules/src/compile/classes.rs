//! Which values a protocol treats alike, and which facts reach a rule set by two ways.

use std::collections::BTreeSet;

use super::{Gate, Kind, Step};
use crate::domain::{Cells, bit};
use crate::state::Node;

impl Gate {
    pub(super) fn inputs(&self) -> impl Iterator<Item = u16> {
        self.conditions.iter().map(|(node, _)| *node)
    }
}

impl Kind {
    /// The facts that the rule set reads itself; one that is read twice stands here twice.
    pub(crate) fn inputs(&self) -> Vec<u16> {
        match self {
            Self::Tables { tables, .. } => tables.iter().map(|table| table.input).collect(),
            Self::Rows { rows, .. } => rows.inputs.clone(),
            Self::Count { count, .. } => {
                [count.place, count.fact].into_iter().chain(count.gate.inputs()).collect()
            }
            Self::OverLesions { over, .. } => {
                std::iter::once(over.fact).chain(over.gate.inputs()).collect()
            }
            Self::Score(score) => score.components.iter().map(|item| item.input).collect(),
        }
    }

    /// The masks by which it tells the values of its inputs apart.
    fn masks(&self) -> Vec<(u16, Cells)> {
        match self {
            Self::Tables { tables, .. } => tables
                .iter()
                .flat_map(|table| table.groups.iter().map(|(cells, _)| (table.input, *cells)))
                .collect(),
            Self::Rows { rows, .. } => rows
                .rows
                .iter()
                .flat_map(|row| rows.inputs.iter().copied().zip(row.masks.iter().copied()))
                .collect(),
            Self::Count { count, .. } => {
                let places = (0..count.bit_of_place.len()).map(|cell| (count.place, bit(cell)));
                places
                    .chain([(count.fact, count.counted)])
                    .chain(count.gate.conditions.iter().copied())
                    .collect()
            }
            Self::OverLesions { over, .. } => over
                .values
                .iter()
                .map(|cells| (over.fact, *cells))
                .chain(over.gate.conditions.iter().copied())
                .collect(),
            Self::Score(score) => score
                .components
                .iter()
                .flat_map(|item| item.options.iter().map(|(cells, _)| (item.input, *cells)))
                .collect(),
        }
    }
}

/// Cuts the cells of every fact into classes that no rule tells apart.
pub(super) fn partition(nodes: &mut [Node], steps: &[Step]) {
    for node in nodes.iter_mut() {
        node.classes = vec![node.domain.all()];
    }
    for (input, mask) in steps.iter().flat_map(|step| step.kind.masks()) {
        if let Some(node) = nodes.get_mut(usize::from(input)) {
            let halves = node.classes.iter().flat_map(|class| [class & mask, class & !mask]);
            node.classes = halves.filter(|class| *class != 0).collect();
        }
    }
    for node in nodes.iter_mut() {
        node.classes.sort_by_key(|class| class.trailing_zeros());
    }
    let openers: Vec<u16> = nodes.iter().filter_map(|node| node.opener).collect();
    for opener in openers {
        if let Some(node) = nodes.get_mut(usize::from(opener)) {
            node.classes = vec![bit(0), bit(1)];
        }
    }
}

/// Fills in, for every step, what feeds it and which facts reach it by two ways.
pub(super) fn connect(nodes: &[Node], steps: &mut [Step]) {
    let mut sources: Vec<BTreeSet<u16>> = Vec::with_capacity(steps.len());
    for index in 0..steps.len() {
        let Some(step) = steps.get(index) else { return };
        let mut all: BTreeSet<u16> = BTreeSet::new();
        let mut shared: BTreeSet<u16> = BTreeSet::new();
        for input in step.kind.inputs() {
            for node in closure(nodes, &sources, input) {
                if !all.insert(node) {
                    shared.insert(node);
                }
            }
        }
        let mut leaves: Vec<u16> =
            all.iter().copied().filter(|node| producer(nodes, *node).is_none()).collect();
        leaves.sort_by_key(|leaf| nodes.get(usize::from(*leaf)).map(|node| node.order));
        let upstream: BTreeSet<u16> =
            all.iter().filter_map(|node| producer(nodes, *node)).collect();
        let mut shared: Vec<u16> = shared.into_iter().collect();
        shared.sort_by_key(|node| (producer(nodes, *node), *node));
        if let Some(step) = steps.get_mut(index) {
            step.behind = all.iter().copied().collect();
            step.leaves = leaves;
            step.upstream = upstream.into_iter().collect();
            step.shared = shared;
        }
        sources.push(all);
    }
}

fn producer(nodes: &[Node], node: u16) -> Option<u16> {
    nodes.get(usize::from(node)).and_then(|node| node.producer)
}

/// A fact and everything that it is made of.
fn closure(nodes: &[Node], sources: &[BTreeSet<u16>], input: u16) -> BTreeSet<u16> {
    let mut all = BTreeSet::from([input]);
    if let Some(producer) = producer(nodes, input)
        && let Some(behind) = sources.get(usize::from(producer))
    {
        all.extend(behind);
    }
    if let Some(opener) = nodes.get(usize::from(input)).and_then(|node| node.opener) {
        all.insert(opener);
    }
    all
}
