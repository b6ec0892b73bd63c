//! Worked examples as data.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A worked example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Its id.
    pub id: String,
    /// The story in a line.
    pub title: String,
    /// The facts of the case.
    pub case: BTreeMap<String, Given>,
    /// The lesions, each with its facts; the level is one of them.
    pub lesions: Vec<BTreeMap<String, Given>>,
    /// What has to come out.
    pub expect: Expected,
}

/// A fact as an example gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Given {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A code.
    Code(String),
    /// Any number of codes.
    Codes(BTreeSet<String>),
}

/// What has to come out of an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// A score: every total that stays possible, and every band.
    Totals {
        /// The lesion that is meant, for a rule set of lesion scope with several lesions.
        level: Option<String>,
        /// The totals, ascending.
        totals: Vec<i64>,
        /// The ids of the bands, from the lowest total up.
        bands: Vec<String>,
    },
    /// A mapping: every value that stays possible.
    Values {
        /// The lesion that is meant.
        level: Option<String>,
        /// The values, in their order.
        values: Vec<Given>,
    },
    /// The instrument does not apply.
    NotApplicable {
        /// The lesion that is meant.
        level: Option<String>,
    },
}
