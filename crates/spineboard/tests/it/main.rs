//! Tests of the program and its private PostgreSQL, with real processes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail loudly, and so may its helpers"
)]

mod demo;
mod deployment;
mod offline;
mod panics;
mod private_cluster;
mod program;
mod serve;
mod support;
