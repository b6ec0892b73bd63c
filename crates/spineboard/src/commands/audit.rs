//! `spineboard audit verify|export`: the audit log, outside the pages.

mod export;
mod verify;

use clap::Subcommand;

use super::{CommandError, Outcome};
use crate::output::Output;

/// The audit log.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check a bundle, or the log in the database
    Verify(verify::Verify),
    /// Write a bundle that can be checked elsewhere
    Export(export::Export),
}

pub(super) fn run(options: Audit, output: &mut Output) -> Result<Outcome, CommandError> {
    match options {
        Audit::Verify(options) => verify::run(&options, output),
        Audit::Export(options) => export::run(&options, output),
    }
}
