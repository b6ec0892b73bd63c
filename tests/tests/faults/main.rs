//! The product as processes, and what befalls them: PostgreSQL killed and stopped, the server killed, a
//! bundle that somebody touched. Whatever was acknowledged is there afterwards.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot arrange should fail loudly"
)]

mod bundle;
mod kill;
mod outage;
mod process;
mod site;
