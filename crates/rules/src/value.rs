//! What is known about a case, as plain values: the input of every evaluation.
//!
//! A fact is never an `Option`: "not assessed" and "not applicable" are answers of their own, and
//! neither is ever read as zero, no or none. One question is no finding and stays closed until somebody
//! says yes: whether a count is a minimum (decision 0025).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A value that a person recorded, or that a mapping derived.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum FactValue {
    /// Yes or no.
    Bool(bool),
    /// A whole number, in the unit that the dictionary names.
    Integer(i64),
    /// A decimal number kept as canonical text ("3.5"), so that no digit is lost or invented.
    Decimal(String),
    /// One code of a closed value set.
    Code(String),
    /// Any number of codes of a closed value set; recorded and empty means "none of them".
    Codes(BTreeSet<String>),
    /// A calendar date, `2026`, `2026-06` or `2026-06-15`: the precision is the length.
    Date(String),
    /// An instant in UTC, RFC 3339.
    Instant(String),
    /// Free text; no rule reads it.
    Text(String),
    /// A list of records, each a map of field to value (earlier treatment courses).
    Records(Vec<BTreeMap<String, FactValue>>),
}

/// Why a fact was not assessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissingReason {
    /// The examination or test was not done.
    NotDone,
    /// Asked for, the result is awaited.
    Pending,
    /// Done elsewhere, the result cannot be had.
    NotAvailable,
    /// The patient declined.
    PatientDeclined,
    /// Done, and the answer stays open.
    Indeterminate,
}

/// The state of one fact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// Known, with its value.
    Known(FactValue),
    /// Not known, with or without a coded reason.
    NotAssessed(Option<MissingReason>),
    /// The question does not arise for this case.
    NotApplicable,
}

/// The facts of one lesion.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LesionFacts {
    /// The vertebral level, the key of the lesion (`T10`).
    pub level: String,
    /// Facts of lesion scope by code; an absent code is not assessed.
    pub facts: BTreeMap<String, Fact>,
}

/// Everything that an evaluation reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The time of the assessment (RFC 3339, UTC); without it, intervals up to now stay unknown.
    pub assessed_at: Option<String>,
    /// Facts of case and patient scope by code; an absent code is not assessed.
    pub case: BTreeMap<String, Fact>,
    /// The lesions in anatomical order.
    pub lesions: Vec<LesionFacts>,
}
