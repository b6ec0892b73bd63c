//! A protocol: an ordered, pinned list of rule-set versions.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError, FromBytesError, Hash};
use crate::ruleset::RuleSet;

/// A protocol as its file says it: names and versions, nothing resolved yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protocol {
    /// Its id.
    pub id: String,
    /// Its version, from 1 upwards.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// Who answers for it.
    pub author: String,
    /// What it is for.
    pub purpose: String,
    /// What changed against the version before.
    pub change_note: String,
    /// The rule sets, in the order in which they are evaluated.
    pub rule_sets: Vec<RuleSetRef>,
}

/// One version of one rule set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleSetRef {
    /// The id of the rule set.
    pub id: String,
    /// The version.
    pub version: u32,
}

/// One version of one rule set, with the hash of its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedRuleSet {
    /// The id of the rule set.
    pub id: String,
    /// The version.
    pub version: u32,
    /// The hash of its canonical form.
    pub hash: Hash,
}

/// A protocol whose rule sets are pinned by hash. Its canonical JSON is its identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedProtocol {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// The rule sets, in the order in which they are evaluated.
    pub rule_sets: Vec<PinnedRuleSet>,
}

/// Why a protocol cannot be pinned.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// A rule set that nobody has.
    #[error("there is no rule set `{id}` of version {version}")]
    Unknown {
        /// The id that the protocol names.
        id: String,
        /// The version that it names.
        version: u32,
    },
    /// A rule set without canonical form.
    #[error("the rule set `{id}` has no canonical form")]
    Canonical {
        /// The id of the rule set.
        id: String,
        /// Why.
        source: CanonicalError,
    },
}

impl Protocol {
    /// Finds the rule sets and pins them by their hashes, in the order of the protocol.
    ///
    /// # Errors
    /// When a rule set is not among those at hand.
    pub fn pin(
        &self,
        at_hand: &[Arc<RuleSet>],
    ) -> Result<(PinnedProtocol, Vec<Arc<RuleSet>>), PinError> {
        let mut pinned = Vec::with_capacity(self.rule_sets.len());
        let mut found = Vec::with_capacity(self.rule_sets.len());
        for wanted in &self.rule_sets {
            let rule_set = at_hand
                .iter()
                .find(|one| one.id == wanted.id && one.version == wanted.version)
                .ok_or_else(|| PinError::Unknown {
                    id: wanted.id.clone(),
                    version: wanted.version,
                })?;
            let hash = rule_set
                .hash()
                .map_err(|source| PinError::Canonical { id: wanted.id.clone(), source })?;
            pinned.push(PinnedRuleSet { id: wanted.id.clone(), version: wanted.version, hash });
            found.push(Arc::clone(rule_set));
        }
        let protocol = PinnedProtocol {
            id: self.id.clone(),
            version: self.version,
            title: self.title.clone(),
            rule_sets: pinned,
        };
        Ok((protocol, found))
    }
}

impl PinnedProtocol {
    /// The protocol of a canonical JSON, as it was stored or exported.
    ///
    /// # Errors
    /// When the bytes are no protocol, or not its canonical form, byte by byte.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, FromBytesError> {
        canonical::from_bytes(bytes)
    }

    /// The identity of the protocol: SHA-256 over its canonical JSON.
    ///
    /// # Errors
    /// When a version number is beyond what JSON keeps exact.
    pub fn hash(&self) -> Result<Hash, CanonicalError> {
        Hash::of_value(self)
    }
}
