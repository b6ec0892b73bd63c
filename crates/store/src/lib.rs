//! PostgreSQL: the only crate that speaks SQL.
//!
//! Start at [`Command`]: every change is one that ends in one audit event, every page that
//! names a patient a [`Reading`] that does. [`scope`](self) sets what row-level security shows; the
//! repositories (`patients`, `cases`, …) are plain functions beside their queries. [`ledger`] is the
//! audit log: tree, checkpoints, bundles, and their verification without a database.

mod access;
pub mod assessments;
pub mod audit;
pub mod cases;
mod command;
pub mod decisions;
pub mod demo;
pub mod drafts;
mod elsewhere;
mod error;
pub mod ledger;
pub mod meetings;
pub mod migrate;
pub mod password;
pub mod patients;
mod purge;
pub mod referrals;
pub mod rule_sets;
mod scope;
mod sessions;
mod sight;
pub mod sites;
mod store;
mod stored;
#[cfg(feature = "testing")]
pub mod testing;
pub mod users;
pub mod worklist;

pub use access::{CaseKey, MeetingKey, PatientKey, ReferralKey};
pub use command::{Begun, Command, Committed, Reading, Submission};
pub use error::StoreError;
pub use purge::Purged;
pub use sessions::{SessionKey, SessionRow, SessionState};
pub use store::Store;
