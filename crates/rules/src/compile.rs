//! A pinned protocol made ready for evaluation: every code a number, every condition a mask.
//!
//! Compiling is also where rule sets are held against the dictionary and against each other: a
//! protocol that compiles has a result for every input that the dictionary allows.

mod build;
mod classes;
mod function;
mod problem;
mod score;

use std::sync::Arc;

pub(crate) use function::subtract;
pub use problem::{Check, CompileError, Problem};

use crate::canonical::Hash;
use crate::domain::Cells;
use crate::protocol::{PinError, PinnedProtocol, Protocol};
use crate::ruleset::RuleSet;
use crate::state::Node;
use crate::types::Dictionary;

/// The fact that names the place of a lesion.
pub(crate) const LEVEL: &str = "level";

/// A protocol ready for evaluation.
#[derive(Debug)]
pub struct Compiled {
    pub(crate) protocol: PinnedProtocol,
    pub(crate) hash: Hash,
    pub(crate) rule_sets: Vec<Arc<RuleSet>>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) steps: Vec<Step>,
    /// Facts of the case by code, with their nodes.
    pub(crate) case_inputs: Vec<(Box<str>, u16)>,
    /// Facts of a lesion by code, with their nodes; the level is not among them.
    pub(crate) lesion_inputs: Vec<(Box<str>, u16)>,
    pub(crate) level: Option<u16>,
    pub(crate) case_width: usize,
    pub(crate) lesion_width: usize,
    /// Nodes whose recorded number may be a least value only.
    pub(crate) opened: Vec<u16>,
}

/// One rule set of a protocol.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) of_lesion: bool,
    pub(crate) kind: Kind,
    /// The steps that feed it, in order, without itself.
    pub(crate) upstream: Vec<u16>,
    /// Every fact that it is made of, asked or derived, in ascending order.
    pub(crate) behind: Vec<u16>,
    /// The asked facts that it rests on.
    pub(crate) leaves: Vec<u16>,
    /// Facts that reach it by two ways, those asked first.
    pub(crate) shared: Vec<u16>,
}

/// What a rule set does.
#[derive(Debug)]
pub(crate) enum Kind {
    Tables { output: u16, tables: Vec<Table> },
    Rows { output: u16, rows: Rows },
    Count { output: u16, count: Count },
    OverLesions { output: u16, over: OverLesions },
    Score(Score),
}

impl Kind {
    /// The derived fact of a mapping.
    pub(crate) const fn output(&self) -> Option<u16> {
        match self {
            Self::Tables { output, .. }
            | Self::Rows { output, .. }
            | Self::Count { output, .. }
            | Self::OverLesions { output, .. } => Some(*output),
            Self::Score(_) => None,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) input: u16,
    /// The number of its first row, counted over all tables of the mapping.
    pub(crate) first_row: u16,
    /// The row of every cell, counted in the table.
    pub(crate) row_of_cell: Vec<u16>,
    /// What each row gives.
    pub(crate) row_outputs: Vec<Cells>,
    /// The cells that give the same, with what they give.
    pub(crate) groups: Vec<(Cells, Cells)>,
}

#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) inputs: Vec<u16>,
    pub(crate) rows: Vec<CompiledRow>,
}

#[derive(Debug)]
pub(crate) struct CompiledRow {
    /// By input the cells for which the row holds.
    pub(crate) masks: Vec<Cells>,
    pub(crate) output: Cells,
}

#[derive(Debug)]
pub(crate) struct Count {
    pub(crate) place: u16,
    pub(crate) fact: u16,
    /// By cell of the place the bit that it counts for; nothing for places that never count.
    pub(crate) bit_of_place: Vec<Cells>,
    pub(crate) counted: Cells,
    pub(crate) gate: Gate,
}

#[derive(Debug)]
pub(crate) struct OverLesions {
    pub(crate) function: crate::ruleset::LesionFunction,
    pub(crate) fact: u16,
    /// `any`, `all`: one mask of the values that hold; `highest`: a mask a value, lowest first.
    pub(crate) values: Vec<Cells>,
    /// `highest`: the output of each value.
    pub(crate) outputs: Vec<Cells>,
    pub(crate) gate: Gate,
}

/// Conditions that all have to hold for a list of lesions to be complete.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) conditions: Vec<(u16, Cells)>,
}

#[derive(Debug)]
pub(crate) struct Score {
    pub(crate) components: Vec<Component>,
    /// The total that the lowest bit stands for.
    pub(crate) offset: i64,
    /// By band the bits of its totals.
    pub(crate) bands: Vec<Cells>,
    pub(crate) total_node: Option<u16>,
    pub(crate) band_node: Option<u16>,
}

#[derive(Debug)]
pub(crate) struct Component {
    pub(crate) input: u16,
    /// The points that the lowest bit stands for.
    pub(crate) offset: i64,
    /// By option its cells and the bits of its points.
    pub(crate) options: Vec<(Cells, Cells)>,
}

impl Compiled {
    /// Pins a protocol to the rule sets at hand and makes it ready.
    ///
    /// # Errors
    /// When a rule set is missing, or when the rule sets do not fit the dictionary or each other.
    pub fn new(
        protocol: &Protocol,
        at_hand: &[Arc<RuleSet>],
        dictionary: &dyn Dictionary,
    ) -> Result<Self, CompileError> {
        let (pinned, rule_sets) = protocol.pin(at_hand).map_err(CompileError::Pin)?;
        Self::from_pinned(pinned, rule_sets, dictionary)
    }

    /// Makes a pinned protocol ready. The rule sets have to be those that it pins, in its order.
    ///
    /// # Errors
    /// When a rule set is another one than pinned, or when they do not fit the dictionary.
    pub fn from_pinned(
        pinned: PinnedProtocol,
        rule_sets: Vec<Arc<RuleSet>>,
        dictionary: &dyn Dictionary,
    ) -> Result<Self, CompileError> {
        let canonical =
            |id: &str, source| CompileError::Pin(PinError::Canonical { id: id.to_owned(), source });
        let hash = pinned.hash().map_err(|source| canonical(&pinned.id, source))?;
        if pinned.rule_sets.len() != rule_sets.len() {
            return Err(CompileError::NotAsPinned { id: pinned.id });
        }
        for (pin, rule_set) in pinned.rule_sets.iter().zip(&rule_sets) {
            let found = rule_set.hash().map_err(|source| canonical(&rule_set.id, source))?;
            if pin.id != rule_set.id || pin.version != rule_set.version || pin.hash != found {
                return Err(CompileError::NotAsPinned { id: pin.id.clone() });
            }
        }
        build::build(pinned, hash, rule_sets, dictionary)
    }

    /// The protocol with the hashes of its rule sets.
    pub const fn protocol(&self) -> &PinnedProtocol {
        &self.protocol
    }

    /// The identity of the protocol.
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The rule sets, in the order of evaluation.
    pub fn rule_sets(&self) -> &[Arc<RuleSet>] {
        &self.rule_sets
    }

    /// A rule set by its id.
    pub fn rule_set(&self, id: &str) -> Option<&Arc<RuleSet>> {
        self.rule_sets.iter().find(|rule_set| rule_set.id == id)
    }

    /// The codes of the asked facts that a rule set rests on, in dictionary order.
    pub fn asked_facts(&self, rule_set: &str) -> Vec<&str> {
        let Some(index) = self.rule_sets.iter().position(|one| one.id == rule_set) else {
            return Vec::new();
        };
        let leaves = self.steps.get(index).map_or(&[][..], |step| &step.leaves);
        leaves.iter().filter_map(|leaf| self.node(*leaf)).map(|node| &*node.code).collect()
    }

    /// The codes of the facts that a rule set reads itself, asked or derived, in its own order.
    pub fn read_facts(&self, rule_set: &str) -> Vec<&str> {
        let Some(index) = self.rule_sets.iter().position(|one| one.id == rule_set) else {
            return Vec::new();
        };
        self.steps.get(index).map_or_else(Vec::new, |step| {
            let inputs = step.kind.inputs();
            inputs.iter().filter_map(|input| self.node(*input)).map(|node| &*node.code).collect()
        })
    }

    pub(crate) fn node(&self, node: u16) -> Option<&Node> {
        self.nodes.get(usize::from(node))
    }

    /// Where an evaluation keeps the state of a fact: of a lesion or of the case, and the place.
    pub fn slot(&self, code: &str) -> Option<(bool, usize)> {
        let node = self.nodes.iter().find(|node| *node.code == *code)?;
        Some((node.slot.of_lesion, usize::from(node.slot.index)))
    }

    /// The cell of a code of a fact, or of the text of a number.
    pub fn cell(&self, fact: &str, value: &crate::value::FactValue) -> Option<usize> {
        self.nodes.iter().find(|node| *node.code == *fact)?.domain.cell_of(value)
    }
}
