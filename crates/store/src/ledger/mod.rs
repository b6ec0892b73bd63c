//! The audit log of each site, as certificate transparency keeps one: a Merkle tree over its
//! events, checkpoints signed over the tree, bundles that carry a log or a part of it elsewhere, and
//! their verification without the database.
//!
//! [`tree`], [`note`], [`key`], [`bundle`] and [`mod@verify`] know no database. Start at
//! [`mod@verify`] for what is promised, at [`bundle`] for the file.

pub mod bundle;
mod export;
pub mod key;
pub mod note;
mod seal;
pub mod tree;
pub mod verify;

#[cfg(test)]
#[cfg(feature = "testing")]
mod database_tests;

pub use export::{ExportError, ExportOptions, Extent, LogPermit};
pub use key::{KeyError, LedgerKey, check_installation_name};
pub use note::{NoteError, VerifierKey};
pub use seal::{Sweep, Waiting};
pub use verify::{Recompute, Report, Trust, verify};

/// The names under which events state the hashes of documents in their data.
///
/// `assessment.saved` states the assessment and, where the site has a protocol, the evaluation and
/// the protocol; `evaluation.made` all three; `decision.signed` the decision's document and the
/// evaluation it was taken on, with the decision and its version as the subject. All of them name
/// their case.
pub mod reference {
    /// The hash of an assessment.
    pub const ASSESSMENT: &str = "assessment";
    /// The hash of an evaluation.
    pub const EVALUATION: &str = "evaluation";
    /// The hash of a protocol.
    pub const PROTOCOL: &str = "protocol";
    /// The hash of the document of a decision.
    pub const DECISION: &str = "hash";
}
