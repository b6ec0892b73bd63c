//! A rule set as data: what a file says, after it was read and before anything is proven about it.
//!
//! The canonical JSON of a [`RuleSet`] is its identity: comments, white space and the order of keys
//! are gone, every point and every word of advice is there. New kinds of rule set are new variants
//! of [`Body`]; the form of a kind that exists never changes, so that old files keep their hash: a
//! field that is added later is left out of the JSON as long as it is empty.

mod example;
mod mapping;

use std::collections::{BTreeMap, BTreeSet};

pub use example::{Example, Expected, Given};
pub use mapping::{
    Count, Function, LesionFunction, Mapping, Outcome, Output, OverLesions, Row, Table, TableRow,
};
use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError, FromBytesError, Hash};
use crate::domain::Value;

/// One rule set: one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSet {
    /// The id that results, addresses and protocols use; for a mapping the code of the derived fact.
    pub id: String,
    /// The version, from 1 upwards.
    pub version: u32,
    /// The full title.
    pub title: String,
    /// The title where room is short.
    pub short_title: String,
    /// Evaluated once a case, or once a lesion.
    pub scope: RuleScope,
    /// Whether and how it may be used.
    pub status: Status,
    /// The publication that it restates.
    pub citation: String,
    /// Who answers for the wording of the file.
    pub author: String,
    /// What it is for.
    pub purpose: String,
    /// The patients that it was made from.
    pub population: String,
    /// What changed against the version before.
    pub change_note: String,
    /// When it has to be looked at again (a calendar date).
    pub review_date: String,
    /// The sources by their keys, in full.
    pub sources: BTreeMap<String, String>,
    /// Remarks for the reader.
    pub notes: Vec<String>,
    /// Where sources disagree, and which reading the file takes.
    pub disagreements: Vec<Disagreement>,
    /// Facts whose recorded number is only a least value while another fact says so.
    pub lower_bounds: Vec<LowerBound>,
    /// The rule itself.
    pub body: Body,
    /// Worked examples.
    pub examples: Vec<Example>,
}

impl RuleSet {
    /// The identity of the rule set: SHA-256 over its canonical JSON.
    ///
    /// # Errors
    /// When a number in it is beyond 2^53.
    pub fn hash(&self) -> Result<Hash, CanonicalError> {
        Hash::of_value(self)
    }

    /// The rule set of a canonical JSON, as it was stored or exported.
    ///
    /// # Errors
    /// When the bytes are no rule set, or not its canonical form, byte by byte.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, FromBytesError> {
        canonical::from_bytes(bytes)
    }

    /// The score in it, if it is one.
    pub const fn score(&self) -> Option<&Score> {
        match &self.body {
            Body::Score(score) => Some(score),
            Body::Mapping(_) => None,
        }
    }

    /// The mapping in it, if it is one.
    pub const fn mapping(&self) -> Option<&Mapping> {
        match &self.body {
            Body::Mapping(mapping) => Some(mapping),
            Body::Score(_) => None,
        }
    }

    /// The word for its kind, as files write it.
    pub const fn kind(&self) -> &'static str {
        match &self.body {
            Body::Mapping(_) => "mapping",
            Body::Score(_) => "score",
        }
    }
}

/// How often a rule set is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleScope {
    /// Once a case.
    Case,
    /// Once a lesion.
    Lesion,
}

impl RuleScope {
    /// The word that results and files use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Lesion => "lesion",
        }
    }
}

/// Whether and how a rule set may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// In use.
    InUse,
    /// To be used once a clinician has signed it off: until then in review.
    AfterSignOff,
    /// May be added to a protocol; feeds no recommendation.
    Optional,
    /// Kept for fidelity; refused in an activated protocol.
    NotForUse,
    /// Listed by name only, never evaluated.
    Hold,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::InUse, Self::AfterSignOff, Self::Optional, Self::NotForUse, Self::Hold];

    /// The word that files use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InUse => "in-use",
            Self::AfterSignOff => "after-sign-off",
            Self::Optional => "optional",
            Self::NotForUse => "not-for-use",
            Self::Hold => "hold",
        }
    }

    /// Whether the release that carries a rule set approves it. What waits for a signature, or is only
    /// listed, it does not.
    pub const fn is_approved_by_release(self) -> bool {
        match self {
            Self::InUse | Self::Optional | Self::NotForUse => true,
            Self::AfterSignOff | Self::Hold => false,
        }
    }
}

/// Where sources disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disagreement {
    /// The number under which it is discussed.
    pub id: String,
    /// What the sources say.
    pub text: String,
    /// The reading that this rule set takes.
    pub reading: String,
}

/// A number that is only a least value while `when` is yes ("three or more").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LowerBound {
    /// The number.
    pub fact: String,
    /// The yes-or-no fact that opens it upwards.
    pub when: String,
}

/// The rule itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Body {
    /// Facts to one value of a derived fact, or to the values that remain possible.
    Mapping(Mapping),
    /// A sum of points with bands.
    Score(Score),
}

/// Where a row comes from and how far it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Keys of [`RuleSet::sources`].
    pub sources: Vec<String>,
    /// Whether the value was seen in a source; a clinician confirms the others before release.
    pub verified: bool,
    /// A convention of this product, found in no paper.
    pub local_rule: bool,
    /// A remark shown with the row.
    pub remark: Option<String>,
}

/// A set of values of one fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// One of these codes.
    Codes(Vec<String>),
    /// Yes, or no.
    Bool(bool),
    /// A whole number between two ends, both included; an absent end is open.
    Range {
        /// The least value.
        from: Option<i64>,
        /// The greatest value.
        to: Option<i64>,
    },
    /// Of a fact with any number of codes: at least one of these.
    AnyOf(BTreeSet<String>),
}

impl Condition {
    /// Whether a value is one of the set, an interval with both of its ends.
    pub fn holds(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Codes(codes), Value::Code(code)) => codes.iter().any(|one| one == code),
            (Self::Bool(wanted), Value::Bool(found)) => wanted == found,
            (Self::Range { .. }, Value::Number(number)) => {
                self.holds(&Value::Between(*number, *number))
            }
            (Self::Range { from, to }, Value::Between(low, high)) => {
                from.is_none_or(|from| from <= *low) && to.is_none_or(|to| *high <= to)
            }
            (Self::AnyOf(codes), Value::SomeOf(groups)) => groups.contains(codes),
            _ => false,
        }
    }

    /// A short name of the condition, unique within its table: `lytic`, `1-2`, `3+`.
    pub fn key(&self) -> String {
        match self {
            Self::Codes(codes) => codes.join("|"),
            Self::Bool(true) => "yes".to_owned(),
            Self::Bool(false) => "no".to_owned(),
            Self::Range { from: Some(from), to: Some(to) } if from == to => from.to_string(),
            Self::Range { from: Some(from), to: Some(to) } => format!("{from}-{to}"),
            Self::Range { from: Some(from), to: None } => format!("{from}+"),
            Self::Range { from: None, to: Some(to) } => format!("up-to-{to}"),
            Self::Range { from: None, to: None } => "any".to_owned(),
            Self::AnyOf(codes) => {
                let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
                format!("any-of-{}", codes.join("|"))
            }
        }
    }
}

/// A score: points by component, a total, bands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Which end of the scale is the good one.
    pub direction: Direction,
    /// The derived fact that holds the total for later rules, if any.
    pub total_fact: Option<String>,
    /// The derived fact that holds the band for later rules, if any.
    pub band_fact: Option<String>,
    /// The components, in the order of the paper.
    pub components: Vec<Component>,
    /// The bands, from the lowest total up.
    pub bands: Vec<Band>,
}

/// Which end of a scale is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// More points, better outlook.
    HigherIsBetter,
    /// More points, worse outlook.
    HigherIsWorse,
}

/// One component of a score: one fact and its points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// The fact that it reads.
    pub fact: String,
    /// Its name in the paper.
    pub title: String,
    /// The options with their points, in the order of the paper.
    pub options: Vec<PointOption>,
}

/// One option of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointOption {
    /// The values of the fact that it stands for.
    pub when: Condition,
    /// Its wording, ours.
    pub label: String,
    /// Its points; several when the paper leaves open which of them applies.
    pub points: Vec<i64>,
    /// Source and certainty.
    #[serde(flatten)]
    pub provenance: Provenance,
}

/// One band of a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// The id that results use.
    pub id: String,
    /// The lowest total.
    pub from: i64,
    /// The highest total.
    pub to: i64,
    /// A word or two for the band.
    pub title: String,
    /// What it means.
    pub meaning: String,
    /// The strategy that the paper attaches to it.
    pub strategy: Option<String>,
    /// The survival that the paper attaches to it, in the paper's own terms.
    pub survival: Option<String>,
    /// Source and certainty.
    #[serde(flatten)]
    pub provenance: Provenance,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_approves_neither_what_waits_for_a_signature_nor_what_is_only_listed() {
        let waiting = Status::ALL.into_iter().filter(|status| !status.is_approved_by_release());
        assert_eq!(waiting.collect::<Vec<_>>(), [Status::AfterSignOff, Status::Hold]);
    }

    #[test]
    fn a_status_is_written_as_it_is_stored() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }

    #[test]
    fn a_condition_holds_of_the_values_that_it_lists_and_of_no_other() {
        let codes = Condition::Codes(vec!["2".to_owned(), "3".to_owned()]);
        assert!(codes.holds(&Value::Code("3")));
        assert!(!codes.holds(&Value::Code("1c")) && !codes.holds(&Value::Number(3)));
        assert!(Condition::Bool(false).holds(&Value::Bool(false)));
        let range = Condition::Range { from: Some(3), to: None };
        assert!(range.holds(&Value::Number(3)) && range.holds(&Value::Between(3, 9)));
        assert!(!range.holds(&Value::Between(2, 9)));
    }
}
