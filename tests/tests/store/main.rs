//! The store against a database of its own a test, as the application role: a superuser would pass
//! every policy in silence.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod arrange;
mod cases;
mod decisions;
mod demo;
mod evaluations;
mod meetings;
mod referrals;
mod rule_sets;
mod sites;
mod users;
