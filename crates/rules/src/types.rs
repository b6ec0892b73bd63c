//! What the rules need to know about the facts that they read: their codes, types and scopes.
//!
//! The dictionary itself belongs to whoever knows the field; this crate asks it through a trait.

/// Whom or what a fact belongs to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The patient (date of birth); rules read it with the case.
    Patient,
    /// One case, as one assessment sees it.
    Case,
    /// One vertebral level of a case.
    Lesion,
    /// One earlier course of treatment.
    Treatment,
}

/// The closed type of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactType {
    /// One of these codes, in the order in which they are asked and printed.
    Codes(Vec<String>),
    /// Any number of these codes.
    CodeSet(Vec<String>),
    /// Yes or no.
    Bool,
    /// A whole number from `min` to `max`, both included, in steps of `step` counted from `min`.
    Integer {
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
        /// The distance between two values, at least 1.
        step: i64,
    },
    /// A decimal number from `min` to `max`, both included, as canonical text.
    Decimal {
        /// The least value.
        min: String,
        /// The greatest value.
        max: String,
    },
    /// A calendar date.
    Date,
    /// An instant.
    Instant,
    /// A list of records.
    Records,
    /// Free text, which no rule reads.
    Text,
}

/// One entry of a dictionary of facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactSpec {
    /// The code that files, forms and results use.
    pub code: String,
    /// The short name, for a reader.
    pub label: String,
    /// Whom or what the fact belongs to.
    pub scope: Scope,
    /// The type of its values.
    pub fact_type: FactType,
    /// Whether a rule set derives it; a stated value still beats the derived one.
    pub derived: bool,
    /// Whether a what-if may suppose another answer. Not so for what names the person or the place: with
    /// another answer it would be another case or lesion; nor for what nobody is asked to imagine.
    pub what_if: bool,
    /// Its place in the dictionary, counted over all facts: the order of forms and of ties.
    pub order: u32,
}

/// A dictionary of facts, as the rules ask it.
pub trait Dictionary {
    /// The entry of a code.
    fn fact(&self, code: &str) -> Option<&FactSpec>;

    /// The codes that a mistyped one may have meant, the nearest first, at most `limit`.
    fn nearest(&self, code: &str, limit: usize) -> Vec<&str>;
}
