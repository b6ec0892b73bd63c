//! One file per command: its options and what it does.

pub mod audit;
pub mod demo;
pub mod doctor;
pub mod evaluate;
pub mod migrate;
pub mod postgres_guard;
pub mod rules;
pub mod serve;
pub mod site;
pub mod user;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clinical::evaluate_input::EvaluateInputError;
use mdt::chance::EntropyError;
use store::StoreError;
use store::ledger::KeyError;

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
    /// The data directory holds no database.
    #[error(
        "there is no database in `{}` yet; `spineboard serve` or `spineboard migrate` makes one, \
         or name another directory with --data-dir",
        directory.display()
    )]
    NoDatabase {
        /// The data directory.
        directory: PathBuf,
    },
    /// The schema is missing or older than the program.
    #[error("the database is not up to date with this program; run `spineboard migrate` first")]
    NotMigrated,
    /// The schema is newer than the program.
    #[error(
        "the database has schema {version}, but this program was built for {expected}; use a \
         newer program"
    )]
    NewerSchema {
        /// The version in the database.
        version: i64,
        /// The version of the program.
        expected: i64,
    },
    /// The connection string does not read. The driver's words may quote it, so they are left out.
    #[error("the address of the database (DATABASE_URL) cannot be read")]
    DatabaseUrl,
    /// The database refused something, or cannot be reached.
    #[error("{0}")]
    Store(StoreError),
    /// The ledger's key cannot be used.
    #[error("the key of the audit log cannot be used")]
    LedgerKey(#[from] KeyError),
    /// There is no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The address to listen on is taken or not ours.
    #[error("cannot listen on {address}; choose another with --listen, or port 0 for any free one")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// What was asked for is not possible as things stand.
    #[error("{0}")]
    Refused(String),
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

    /// A connection string that the driver does not take.
    pub(crate) fn database_url<E>(_error: E) -> Self {
        Self::DatabaseUrl
    }

    /// An input that cannot be evaluated; its cause is part of the message.
    pub(crate) fn input(error: &EvaluateInputError) -> Self {
        let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
        Self::Refused(format!("{error}{}", cause.unwrap_or_default()))
    }

    /// Rules that do not hold together, with the whole chain of reasons.
    pub(crate) fn from_rules(error: impl std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(source) = cause {
            message = format!("{message}: {source}");
            cause = source.source();
        }
        Self::Refused(message)
    }

    /// Whether the reader of our output has gone away.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Carries out a command.
///
/// # Errors
/// When it cannot be carried out.
pub fn run(command: Command, output: &mut Output) -> Result<Outcome, CommandError> {
    match command {
        Command::Demo(options) => demo::run(&options, output),
        Command::Serve(options) => serve::run(&options, output),
        Command::Migrate(options) => migrate::run(&options, output),
        Command::User(options) => user::run(options, output),
        Command::Site(options) => site::run(options, output),
        Command::Rules(options) => rules::run(options, output),
        Command::Audit(options) => audit::run(options, output),
        Command::Evaluate(options) => evaluate::run(&options, output),
        Command::Doctor(options) => doctor::run(&options, output),
        Command::PostgresGuard(options) => postgres_guard::run(&options),
    }
}
