//! Facts as states.

use crate::compile::Compiled;
use crate::domain::{NOT_APPLICABLE, bit};
use crate::state::{Node, Origin, State, States};
use crate::value::{Fact, FactValue, Facts};

/// A fact that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// A value that the fact does not have.
    #[error("`{value}` is no value of `{fact}`{}", place(.level.as_ref()))]
    Value {
        /// The code of the fact.
        fact: String,
        /// The value.
        value: String,
        /// The level of the lesion, for a fact of a lesion.
        level: Option<String>,
    },
    /// A level that does not exist.
    #[error("there is no level `{level}`")]
    Level {
        /// The level.
        level: String,
    },
}

fn place(level: Option<&String>) -> String {
    level.map_or_else(String::new, |level| format!(" (lesion at {level})"))
}

impl Compiled {
    /// The states of everything that the protocol reads.
    pub(crate) fn read(&self, facts: &Facts) -> Result<States, InputError> {
        let count = facts.lesions.len();
        let mut states = States {
            case: vec![State::missing(0); self.case_width],
            lesions: vec![State::missing(0); self.lesion_width * count],
            width: self.lesion_width,
            count,
        };
        self.read_scope(&self.case_inputs, &facts.case, &mut states, 0, None)?;
        for (lesion, found) in facts.lesions.iter().enumerate() {
            let level = found.level.as_str();
            self.read_scope(&self.lesion_inputs, &found.facts, &mut states, lesion, Some(level))?;
            if let Some(node) = self.level.and_then(|node| self.node(node)) {
                let cell = node
                    .domain
                    .cell_of_code(level)
                    .ok_or_else(|| InputError::Level { level: level.to_owned() })?;
                states.set(node.slot, lesion, State::known(bit(cell), 0, Origin::Asked));
            }
        }
        self.open_upwards(&mut states);
        Ok(states)
    }

    fn read_scope(
        &self,
        inputs: &[(Box<str>, u16)],
        facts: &std::collections::BTreeMap<String, Fact>,
        states: &mut States,
        lesion: usize,
        level: Option<&str>,
    ) -> Result<(), InputError> {
        // Both sides are sorted by code, so one walk finds all of them.
        let mut recorded = facts.iter();
        let mut next = recorded.next();
        for (code, index) in inputs {
            let Some(node) = self.node(*index) else { continue };
            while let Some((found, _)) = next
                && **found < **code
            {
                next = recorded.next();
            }
            let fact = match next {
                Some((found, fact)) if **found == **code => Some(fact),
                _ => None,
            };
            let state = match fact {
                Some(Fact::Known(value)) => read_value(node, value, level)?,
                Some(Fact::NotApplicable) => {
                    let origin =
                        if node.producer.is_some() { Origin::Stated } else { Origin::Asked };
                    State::known(NOT_APPLICABLE, 0, origin)
                }
                Some(Fact::NotAssessed(_)) | None => State::missing(node.domain.all()),
            };
            states.set(node.slot, lesion, state);
        }
        Ok(())
    }

    /// Makes a least value of every number whose opener says yes. An opener that was not answered
    /// says no (decision 0025): it is no finding, and a recorded number stands until somebody opens it.
    pub(crate) fn open_upwards(&self, states: &mut States) {
        for node in self.opened.iter().filter_map(|index| self.node(*index)) {
            let Some(opener) = node.opener.and_then(|opener| self.node(opener)) else { continue };
            let lesions = if node.slot.of_lesion { states.count } else { 1 };
            for lesion in 0..lesions {
                let opens = states.get(opener.slot, lesion);
                if opens.origin == Origin::Missing {
                    let no = State { cells: bit(0), ..opens };
                    states.set(opener.slot, lesion, no);
                }
                let state = states.get(node.slot, lesion);
                if state.origin == Origin::Missing || state.is_not_applicable() {
                    continue;
                }
                // The recorded number is the lowest of what it may stand for.
                let least = lowest_cell(state);
                let upwards = opens.cells == bit(1) && opens.origin != Origin::Missing;
                let cells = if upwards { node.domain.cells_from(least) } else { bit(least) };
                states.set(node.slot, lesion, State { cells, ..state });
            }
        }
    }
}

fn lowest_cell(state: State) -> usize {
    usize::try_from(state.cells.trailing_zeros()).unwrap_or(0)
}

pub(crate) fn read_value(
    node: &Node,
    value: &FactValue,
    level: Option<&str>,
) -> Result<State, InputError> {
    let Some(cell) = node.domain.cell_of(value) else {
        return Err(InputError::Value {
            fact: node.code.to_string(),
            value: shown(value),
            level: level.map(str::to_owned),
        });
    };
    let origin = if node.producer.is_some() { Origin::Stated } else { Origin::Asked };
    let number = match value {
        FactValue::Integer(number) => i32::try_from(*number).unwrap_or(i32::MAX),
        _ => 0,
    };
    Ok(State::known(bit(cell), number, origin))
}

fn shown(value: &FactValue) -> String {
    match value {
        FactValue::Code(text)
        | FactValue::Decimal(text)
        | FactValue::Date(text)
        | FactValue::Instant(text)
        | FactValue::Text(text) => text.clone(),
        FactValue::Bool(value) => if *value { "yes" } else { "no" }.to_owned(),
        FactValue::Integer(number) => number.to_string(),
        FactValue::Codes(codes) => codes.iter().cloned().collect::<Vec<_>>().join(", "),
        FactValue::Records(records) => format!("{} records", records.len()),
    }
}
