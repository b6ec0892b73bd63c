//! The workflow of the meeting as state machines over plain types: who may do what, what a referral, a
//! meeting and a decision can become, what a decision says, and what is written down about each step.
//!
//! This crate knows no database, no HTTP, no clock of its own: time, ids and chance come in through
//! [`chance::Sources`]. Start at [`permission`] for rights, at [`event`] for the audit trail and at
//! [`decision`] for what is signed.

pub mod actor;
pub mod case;
pub mod case_number;
pub mod chance;
pub mod clock;
pub mod coded;
pub mod decision;
pub mod display;
pub mod event;
pub mod form_draft;
pub mod ids;
pub mod level;
pub mod meeting;
pub mod nhs_number;
pub mod permission;
pub mod person;
pub mod protocol;
pub mod referral;
pub mod role;
pub mod text;
pub mod urgency;

mod words;
