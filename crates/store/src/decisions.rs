//! Decisions: recorded as a draft, read back, confirmed, signed; amended by a new version, voided by two.
//!
//! Every step locks the case first, so that the facts it was checked against are those of its commit. A
//! case has one unsigned decision at a time ([`read::CaseDecisions::open`]); what is signed is never
//! overwritten. The bytes that are signed are those that were read back.

mod actions;
mod advice;
mod amend;
mod confirm;
mod context;
mod discard;
mod draft;
mod names;
pub mod read;
mod read_back;
mod record;
mod sign;
mod void;

pub use actions::complete_action;
pub use advice::advice_of;
pub use amend::{Amending, amend_decision};
pub use confirm::confirm_decision;
pub use discard::discard_decision;
pub use read::{actions_of, case_of_decision, decision_version, decisions_of, seal_of};
pub use read_back::{ReadBack, read_back_decision};
pub use record::{Recording, record_decision};
pub use sign::sign_decision;
pub use void::{VoidStep, void_decision};
