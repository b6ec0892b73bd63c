//! `spineboard site add|list`: the hospitals of the installation.

mod add;
mod list;

use clap::Subcommand;

use super::{CommandError, Outcome};
use crate::output::Output;

/// Hospitals.
#[derive(Debug, Subcommand)]
pub enum Site {
    /// Add a hospital
    Add(add::Add),
    /// List the hospitals
    List(list::List),
}

pub(super) fn run(options: Site, output: &mut Output) -> Result<Outcome, CommandError> {
    match options {
        Site::Add(options) => add::run(options, output),
        Site::List(options) => list::run(&options, output),
    }
}
