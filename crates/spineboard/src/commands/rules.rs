//! `spineboard rules list|show|verify|activate`: the rules as this program has them.

mod activate;
pub(super) mod files;
mod list;
mod show;
mod verify;

use clap::Subcommand;

use super::{CommandError, Outcome};
use crate::output::Output;

/// Rule sets and protocols.
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// List the bundled rule sets and protocols with their hashes
    List(list::List),
    /// Print a rule set: its file, or its canonical form
    Show(show::Show),
    /// Prove rule sets over their whole input space
    Verify(verify::Verify),
    /// Put a protocol in force at a site
    Activate(activate::Activate),
}

pub(super) fn run(options: Rules, output: &mut Output) -> Result<Outcome, CommandError> {
    match options {
        Rules::List(options) => list::run(&options, output),
        Rules::Show(options) => show::run(&options, output),
        Rules::Verify(options) => verify::run(&options, output),
        Rules::Activate(options) => activate::run(&options, output),
    }
}
