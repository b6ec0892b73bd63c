//! What is known about each fact while a protocol is evaluated.

use crate::domain::{Cells, Domain, NOT_APPLICABLE};

/// Where the value of a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A person was asked and answered.
    Asked,
    /// Not assessed.
    Missing,
    /// A rule set derived it.
    Derived,
    /// A person stated a value that rules would otherwise derive.
    Stated,
    /// Assumed for the sake of a question: what if.
    Supposed,
}

/// No row.
pub const NO_ROW: u16 = u16::MAX;

/// What is known about one fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// The values that remain possible.
    pub cells: Cells,
    /// The recorded number, of a fact that is a number and known.
    pub number: i32,
    /// The row of the mapping that decided, or [`NO_ROW`].
    pub row: u16,
    /// Where it comes from.
    pub origin: Origin,
}

impl State {
    /// Not assessed: any value.
    pub const fn missing(cells: Cells) -> Self {
        Self { cells, number: 0, row: NO_ROW, origin: Origin::Missing }
    }

    /// One value, or the values that remain.
    pub const fn known(cells: Cells, number: i32, origin: Origin) -> Self {
        Self { cells, number, row: NO_ROW, origin }
    }

    /// Derived by a row.
    pub const fn derived(cells: Cells, row: u16) -> Self {
        Self { cells, number: 0, row, origin: Origin::Derived }
    }

    /// Whether exactly one value, or "not applicable", remains.
    pub const fn is_single(&self) -> bool {
        self.cells.is_power_of_two()
    }

    /// Whether the question does not arise.
    pub const fn is_not_applicable(&self) -> bool {
        self.cells == NOT_APPLICABLE
    }

    /// Whether no rule may write over it.
    pub(crate) const fn is_fixed(&self) -> bool {
        matches!(self.origin, Origin::Stated | Origin::Supposed)
    }
}

/// The states of all facts: those of the case, then lesion by lesion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct States {
    /// By slot of the facts of case scope.
    pub case: Vec<State>,
    /// `width` states for each lesion, in the order in which the lesions were given.
    pub lesions: Vec<State>,
    /// The number of facts of lesion scope.
    pub width: usize,
    /// The number of lesions.
    pub count: usize,
}

/// Which fact of which lesion; the lesion is ignored for a fact of case scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) node: u16,
    pub(crate) lesion: usize,
}

/// Where the state of a fact is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) of_lesion: bool,
    pub(crate) index: u16,
}

impl States {
    pub(crate) fn get(&self, slot: Slot, lesion: usize) -> State {
        let index = usize::from(slot.index);
        let state = if slot.of_lesion {
            self.lesions.get(lesion * self.width + index)
        } else {
            self.case.get(index)
        };
        state.copied().unwrap_or(State::missing(0))
    }

    pub(crate) fn set(&mut self, slot: Slot, lesion: usize, state: State) {
        let index = usize::from(slot.index);
        let place = if slot.of_lesion {
            self.lesions.get_mut(lesion * self.width + index)
        } else {
            self.case.get_mut(index)
        };
        if let Some(place) = place {
            *place = state;
        }
    }
}

/// One fact of a compiled protocol.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) code: Box<str>,
    pub(crate) slot: Slot,
    /// The place in the dictionary.
    pub(crate) order: u32,
    /// Whether a what-if may suppose another answer.
    pub(crate) what_if: bool,
    pub(crate) domain: Domain,
    /// The step that derives it; none for an asked fact.
    pub(crate) producer: Option<u16>,
    /// The fact whose yes makes the number a least value.
    pub(crate) opener: Option<u16>,
    /// Cells that every rule of the protocol treats alike.
    pub(crate) classes: Vec<Cells>,
}
