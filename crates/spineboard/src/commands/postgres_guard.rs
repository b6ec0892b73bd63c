//! `spineboard postgres-guard`: hidden, see [`crate::postgres::guard`].

use std::ffi::OsString;
use std::path::PathBuf;

use super::{CommandError, Outcome};
use crate::postgres::guard;

/// Options of the guard.
#[derive(Debug, clap::Args)]
pub struct PostgresGuard {
    /// The process at whose death the server stops
    #[arg(long, value_name = "PID")]
    parent: i32,
    /// The server program
    program: PathBuf,
    /// Its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Becomes the server; comes back only when that failed.
pub(super) fn run(options: &PostgresGuard) -> Result<Outcome, CommandError> {
    let error = guard::become_server(options.parent, &options.program, &options.arguments);
    Err(CommandError::at("run", &options.program, error))
}
