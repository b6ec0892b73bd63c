//! The values of a fact as the bits of a mask.
//!
//! Every fact that a protocol reads has at most 127 cells: its codes, no and yes, its whole numbers,
//! or, where the numbers are too many, the stretches between the constants that rules compare them
//! with; of a fact with any number of codes the ways in which it can hold something of the groups of
//! codes that rules ask for. What is possible is a set of cells, and all set algebra is bit arithmetic. The highest bit
//! means "not applicable"; it is never among the cells that a missing fact stands for.

use std::collections::BTreeSet;

use crate::ruleset::Condition;
use crate::types::FactType;
use crate::value::FactValue;

/// A set of cells.
pub type Cells = u128;

/// The cell of a question that does not arise.
pub(crate) const NOT_APPLICABLE: Cells = 1 << 127;

/// The number of cells besides "not applicable".
pub(crate) const MOST_CELLS: usize = 127;

/// The number of groups of codes that may be asked of one fact: each doubles its cells.
const MOST_GROUPS: usize = 6;

/// The cells of one fact.
#[derive(Debug, Clone)]
pub(crate) enum Domain {
    /// Codes in dictionary order, and their cells sorted by code.
    Codes { codes: Vec<Box<str>>, sorted: Vec<(Box<str>, u8)> },
    /// No, yes.
    Bool,
    /// Whole numbers; cell `i` holds `starts[i]` up to the next start, the last one up to `max`.
    Numbers { starts: Vec<i64>, max: i64, step: i64 },
    /// Any number of `codes`; a cell names the groups of which it holds something, and no other.
    Sets { codes: BTreeSet<String>, groups: Vec<Group>, cells: Vec<Vec<Group>> },
}

/// Codes of which a rule asks whether a fact holds any.
pub(crate) type Group = BTreeSet<String>;

/// Where the values of one fact have to be told apart, because some rule begins to answer differently.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cuts {
    /// Of numbers.
    pub(crate) numbers: BTreeSet<i64>,
    /// Of sets of codes.
    pub(crate) groups: BTreeSet<Group>,
}

/// One value, as results print it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value<'a> {
    /// A code.
    Code(&'a str),
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// Any whole number between two ends, both included.
    Between(i64, i64),
    /// Any set that holds something of each of these groups of codes, and nothing of the other groups that
    /// rules ask for.
    SomeOf(&'a [BTreeSet<String>]),
}

impl std::fmt::Display for Value<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => formatter.write_str(code),
            Self::Bool(value) => formatter.write_str(if *value { "yes" } else { "no" }),
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Between(from, to) => write!(formatter, "{from} to {to}"),
            Self::SomeOf([]) => formatter.write_str("none that is asked for"),
            Self::SomeOf(groups) => {
                let each = groups.iter().map(|group| {
                    let codes: Vec<&str> = group.iter().map(String::as_str).collect();
                    format!("any of {}", codes.join(", "))
                });
                formatter.write_str(&each.collect::<Vec<_>>().join(" and "))
            }
        }
    }
}

/// Runs of three or more consecutive numbers as one stretch each.
pub(crate) fn in_runs(values: Vec<Value<'_>>) -> Vec<Value<'_>> {
    let mut runs: Vec<Value<'_>> = Vec::with_capacity(values.len());
    for value in values {
        match (runs.last_mut(), value) {
            (Some(Value::Between(_, to)), Value::Number(number)) if *to + 1 == number => {
                *to = number;
            }
            _ => runs.push(value),
        }
        if let [.., Value::Number(first), Value::Number(second), Value::Number(third)] = runs[..]
            && first + 1 == second
            && second + 1 == third
        {
            runs.truncate(runs.len() - 3);
            runs.push(Value::Between(first, third));
        }
    }
    runs
}

/// Why a type has no cells, or a condition none in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DomainError {
    #[error("rules cannot read a fact of this type")]
    Unreadable,
    #[error("has more than {MOST_CELLS} values")]
    TooMany,
    #[error("has no value `{0}`")]
    UnknownCode(String),
    #[error("has no number between {0} and {1}")]
    NoNumber(i64, i64),
    #[error("is not compared with {0}")]
    WrongType(&'static str),
}

/// The bit of a cell.
pub(crate) fn bit(cell: usize) -> Cells {
    u32::try_from(cell).ok().and_then(|shift| 1_u128.checked_shl(shift)).unwrap_or(0)
}

/// The lowest `count` cells.
fn lowest(count: usize) -> Cells {
    bit(count).wrapping_sub(1)
}

/// The lowest cell of a set, alone: one value in the place of a class that no rule tells apart.
pub(crate) const fn one_of(cells: Cells) -> Cells {
    cells & cells.wrapping_neg()
}

/// The cells of a set, the lowest first.
pub(crate) fn each(mut cells: Cells) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if cells == 0 {
            return None;
        }
        let cell = cells.trailing_zeros();
        cells &= cells - 1;
        usize::try_from(cell).ok()
    })
}

impl Domain {
    /// The cells of a type, told apart at the cuts.
    pub(crate) fn new(fact_type: &FactType, cuts: &Cuts) -> Result<Self, DomainError> {
        let domain = match fact_type {
            FactType::Codes(codes) => {
                let codes: Vec<Box<str>> = codes.iter().map(|code| code.as_str().into()).collect();
                let mut sorted = Vec::with_capacity(codes.len());
                for (cell, code) in codes.iter().enumerate() {
                    let cell = u8::try_from(cell).map_err(|_| DomainError::TooMany)?;
                    sorted.push((code.clone(), cell));
                }
                sorted.sort();
                Self::Codes { codes, sorted }
            }
            FactType::Bool => Self::Bool,
            FactType::Integer { min, max, step } => Self::numbers(*min, *max, *step, &cuts.numbers),
            FactType::CodeSet(codes) => Self::sets(codes, &cuts.groups)?,
            _ => return Err(DomainError::Unreadable),
        };
        if domain.count() > MOST_CELLS { Err(DomainError::TooMany) } else { Ok(domain) }
    }

    fn numbers(min: i64, max: i64, step: i64, cuts: &BTreeSet<i64>) -> Self {
        let step = step.max(1);
        let values = max.saturating_sub(min) / step;
        let starts = if usize::try_from(values).is_ok_and(|values| values < MOST_CELLS) {
            (0..=values).map(|place| min + place * step).collect()
        } else {
            let inside = cuts.iter().copied().filter(|cut| *cut > min && *cut <= max);
            std::iter::once(min).chain(inside).collect()
        };
        Self::Numbers { starts, max, step }
    }

    /// Every way of holding something of some groups and nothing of the others that a set of the codes
    /// can have. The cell of no group at all is the first.
    fn sets(codes: &[String], groups: &BTreeSet<Group>) -> Result<Self, DomainError> {
        let codes: BTreeSet<String> = codes.iter().cloned().collect();
        let mut cells: Vec<Vec<Group>> = Vec::new();
        if groups.len() > MOST_GROUPS {
            return Err(DomainError::TooMany);
        }
        for pattern in 0..bit(groups.len()) {
            let held = |held: bool| {
                let chosen = move |place: &usize| (pattern & bit(*place) != 0) == held;
                groups.iter().enumerate().filter(move |(place, _)| chosen(place))
            };
            let refused: Group = held(false).flat_map(|(_, group)| group).cloned().collect();
            if held(true).all(|(_, group)| !group.is_subset(&refused)) {
                cells.push(held(true).map(|(_, group)| group.clone()).collect());
            }
        }
        Ok(Self::Sets { codes, groups: groups.iter().cloned().collect(), cells })
    }

    /// The number of cells.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Codes { codes, .. } => codes.len(),
            Self::Bool => 2,
            Self::Numbers { starts, .. } => starts.len(),
            Self::Sets { cells, .. } => cells.len(),
        }
    }

    /// All cells.
    pub(crate) fn all(&self) -> Cells {
        lowest(self.count())
    }

    /// The cell of a recorded value, if the fact can have it.
    pub(crate) fn cell_of(&self, value: &FactValue) -> Option<usize> {
        match (self, value) {
            (Self::Codes { .. }, FactValue::Code(code)) => self.cell_of_code(code),
            (Self::Bool, FactValue::Bool(value)) => Some(usize::from(*value)),
            (Self::Numbers { .. }, FactValue::Integer(number)) => self.cell_of_number(*number),
            (Self::Sets { codes, groups, cells }, FactValue::Codes(value)) => {
                let held = |group: &&Group| !group.is_disjoint(value);
                let held: Vec<&Group> = groups.iter().filter(held).collect();
                let known = value.is_subset(codes);
                cells.iter().position(|cell| known && cell.iter().eq(held.iter().copied()))
            }
            _ => None,
        }
    }

    /// The cell of a code; of a yes-or-no fact, `yes` and `no`.
    pub(crate) fn cell_of_code(&self, code: &str) -> Option<usize> {
        match self {
            Self::Codes { codes, .. } if codes.len() <= 8 => {
                codes.iter().position(|one| **one == *code)
            }
            Self::Codes { sorted, .. } => {
                let place = sorted.binary_search_by(|(one, _)| (**one).cmp(code)).ok()?;
                sorted.get(place).map(|(_, cell)| usize::from(*cell))
            }
            Self::Bool => match code {
                "no" => Some(0),
                "yes" => Some(1),
                _ => None,
            },
            Self::Numbers { .. } | Self::Sets { .. } => None,
        }
    }

    /// The cell of a number, if it is in range and on a step.
    pub(crate) fn cell_of_number(&self, number: i64) -> Option<usize> {
        let Self::Numbers { starts, max, step } = self else { return None };
        let min = *starts.first()?;
        if number < min || number > *max || (number - min) % step != 0 {
            return None;
        }
        if let Ok(place) = usize::try_from((number - min) / step)
            && starts.get(place) == Some(&number)
        {
            return Some(place);
        }
        starts.partition_point(|start| *start <= number).checked_sub(1)
    }

    /// The cells from one upwards.
    pub(crate) fn cells_from(&self, cell: usize) -> Cells {
        self.all() & !lowest(cell)
    }

    /// The cells that a condition holds for.
    pub(crate) fn cells_of(&self, condition: &Condition) -> Result<Cells, DomainError> {
        match (self, condition) {
            (Self::Codes { .. }, Condition::Codes(codes)) => {
                codes.iter().try_fold(0, |all, code| match self.cell_of_code(code) {
                    Some(cell) => Ok(all | bit(cell)),
                    None => Err(DomainError::UnknownCode(code.clone())),
                })
            }
            (Self::Bool, Condition::Bool(value)) => Ok(bit(usize::from(*value))),
            (Self::Numbers { .. }, Condition::Range { from, to }) => {
                let low = from.unwrap_or(i64::MIN);
                let high = to.unwrap_or(i64::MAX);
                let cells = self.cells_between(low, high);
                if cells == 0 { Err(DomainError::NoNumber(low, high)) } else { Ok(cells) }
            }
            (Self::Sets { codes, cells, .. }, Condition::AnyOf(wanted)) => {
                if let Some(unknown) = wanted.iter().find(|code| !codes.contains(*code)) {
                    return Err(DomainError::UnknownCode(unknown.clone()));
                }
                let holds = (0..).zip(cells).filter(|(_, cell)| cell.contains(wanted));
                Ok(holds.fold(0, |all, (cell, _)| all | bit(cell)))
            }
            (_, Condition::AnyOf(_)) => Err(DomainError::WrongType("any of several codes")),
            (_, Condition::Codes(_)) => Err(DomainError::WrongType("codes")),
            (_, Condition::Bool(_)) => Err(DomainError::WrongType("yes or no")),
            (_, Condition::Range { .. }) => Err(DomainError::WrongType("numbers")),
        }
    }

    /// The cells that hold a number between two ends, both included.
    pub(crate) fn cells_between(&self, low: i64, high: i64) -> Cells {
        let Self::Numbers { starts, .. } = self else { return 0 };
        let above = starts.partition_point(|start| *start <= high);
        let mut first = starts.partition_point(|start| *start < low);
        // The cell before may reach into the range with its upper part.
        if let Some(before) = first.checked_sub(1)
            && self.stretch(before).is_some_and(|(_, end)| end >= low)
        {
            first = before;
        }
        lowest(above) & !lowest(first)
    }

    /// The value of a cell.
    pub(crate) fn value(&self, cell: usize) -> Option<Value<'_>> {
        match self {
            Self::Codes { codes, .. } => codes.get(cell).map(|code| Value::Code(code)),
            Self::Bool => (cell < 2).then_some(Value::Bool(cell == 1)),
            Self::Numbers { .. } => {
                let (start, end) = self.stretch(cell)?;
                Some(if start == end { Value::Number(start) } else { Value::Between(start, end) })
            }
            Self::Sets { cells, .. } => cells.get(cell).map(|cell| Value::SomeOf(cell)),
        }
    }

    /// The least and the greatest number of a cell.
    pub(crate) fn stretch(&self, cell: usize) -> Option<(i64, i64)> {
        let Self::Numbers { starts, max, step } = self else { return None };
        let start = *starts.get(cell)?;
        let end = starts.get(cell + 1).map_or(*max, |next| next - 1);
        Some((start, start + (end - start) / step * step))
    }
}
