//! The program `spineboard`: command line, configuration, the private PostgreSQL, and the wiring of
//! the other crates. What a command does is in `commands/`, one file each; what it does it *with* is
//! in `store`, `web`, `clinical` and `rules`.
//!
//! Start at [`run`]. This crate knows no SQL, no HTML and no rule of medicine.

pub mod cli;
pub mod commands;
pub mod config;
pub mod database;
pub mod ledger_key;
pub mod logging;
pub mod output;
pub mod panics;
pub mod postgres;
pub mod runtime;
pub mod shutdown;
pub mod worker;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use commands::{CommandError, Outcome};
use output::Output;

/// Runs the program with these arguments, the first being its own name.
///
/// The exit code is 0 (as asked), 1 (the answer is no) or 2 (it could not be done).
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    panics::report_only_the_place();
    let cli = match cli::Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // `--help` and `--version` come this way too; a closed pipe is nobody's fault.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let mut output = Output::stdout();
    match commands::run(cli.command, &mut output) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Err(error) => {
            report(&error);
            ExitCode::from(2)
        }
    }
}

/// The error and what caused it, on stderr. A reader who closed the pipe needs no message.
fn report(error: &CommandError) {
    if error.is_closed_pipe() {
        return;
    }
    let mut messages = std::io::stderr().lock();
    // If stderr is gone too, there is nobody left to tell.
    let _ = writeln!(messages, "spineboard: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        let _ = writeln!(messages, "  because {source}");
        cause = source.source();
    }
}
