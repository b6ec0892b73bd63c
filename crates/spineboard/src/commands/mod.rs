//! One file per command: its options and what it does.

pub mod doctor;
pub mod postgres_guard;

use std::io;
use std::path::{Path, PathBuf};

use crate::cli::Command;
use crate::config::ConfigError;
use crate::output::Output;
use crate::postgres::PostgresError;

/// How a command ended that could be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As asked.
    Done,
    /// The answer is no: something does not verify, match or work.
    No,
}

impl Outcome {
    /// Yes or no.
    pub fn from_answer(yes: bool) -> Self {
        if yes { Self::Done } else { Self::No }
    }
}

/// Why a command could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration is not valid.
    #[error("the configuration is not valid")]
    Config(#[from] ConfigError),
    /// The private PostgreSQL cannot be used.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// The result cannot be written.
    #[error("cannot write the result")]
    Output(#[from] io::Error),
    /// A file cannot be used.
    #[error("cannot {action} `{}`", path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl CommandError {
    /// An I/O error with its operation and path.
    pub(crate) fn at(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File { action, path: path.to_owned(), source }
    }

    /// Whether the reader of our output has gone away.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Carries out a command.
///
/// # Errors
/// When it cannot be carried out.
pub fn run(command: Command, output: &mut Output) -> Result<Outcome, CommandError> {
    match command {
        Command::Doctor(options) => doctor::run(&options, output),
        Command::PostgresGuard(options) => postgres_guard::run(&options),
    }
}
