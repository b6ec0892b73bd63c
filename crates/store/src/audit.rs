//! What the pages of an auditor read: the log of a site, and where a signed decision comes from.
//!
//! Nothing here trusts a stored hash or refuses a damaged row: [`Provenance::check`] makes every hash
//! and the evaluation again from the stored bytes, and names the first record that does not fit.

mod check;
mod decisions;
mod entry;
mod log;
mod provenance;
mod recompute;

pub use check::{Broken, Findings, Outcome};
pub use decisions::SignedDecision;
pub use entry::Entry;
pub use log::{LogFilter, LogPlace, LogReading, LogState, record_verification};
pub use provenance::{
    Checkpointed, EvaluationRecord, Provenance, RuleRecord, SignedRecord, StoredDocument,
    provenance, reads_of,
};
pub use recompute::Recomputer;
