//! What does not hold of a rule set.

use std::fmt;

use crate::protocol::PinError;

/// The promises that a rule set is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Its facts, codes and outputs are those of the dictionary, and what it reads is there.
    Dictionary,
    /// Every input has a result.
    Complete,
    /// No input has two.
    Consistent,
    /// Every row can decide.
    Reachable,
    /// The bands cover exactly the totals that can occur, without gap or overlap.
    Bands,
    /// Every worked example comes out as it says.
    Examples,
    /// Every edge of a band has an example; every rule set has one.
    Edges,
    /// Every listed source is used.
    Sources,
}

impl Check {
    /// All checks, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Dictionary,
        Self::Complete,
        Self::Consistent,
        Self::Reachable,
        Self::Bands,
        Self::Examples,
        Self::Edges,
        Self::Sources,
    ];

    /// What it promises, for a reader.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Dictionary => "fits the dictionary",
            Self::Complete => "complete: every input has a result",
            Self::Consistent => "consistent: no input has two",
            Self::Reachable => "reachable: every row can decide",
            Self::Bands => "bands cover exactly the totals that can occur",
            Self::Examples => "worked examples come out as written",
            Self::Edges => "an example at every band edge",
            Self::Sources => "every listed source is used",
        }
    }
}

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Problem {
    /// The id of the rule set.
    pub rule_set: String,
    /// Which promise is broken.
    pub check: Check,
    /// Where in the rule set: a component, a row, a band; may be empty.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            write!(formatter, "{}: {}", self.rule_set, self.message)
        } else {
            write!(formatter, "{}, {}: {}", self.rule_set, self.place, self.message)
        }
    }
}

/// Why a protocol cannot be made ready.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// A rule set is not there.
    #[error(transparent)]
    Pin(PinError),
    /// A rule set is another one than the protocol pins.
    #[error("the rule set `{id}` is not the one that the protocol pins")]
    NotAsPinned {
        /// The id in the protocol.
        id: String,
    },
    /// The rule sets do not fit the dictionary or each other.
    #[error("the protocol does not hold together:\n{}", list(.0))]
    Problems(Vec<Problem>),
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("- {problem}")).collect::<Vec<_>>().join("\n")
}
