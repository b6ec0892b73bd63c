//! The guard: a process that becomes PostgreSQL, having asked to be stopped when its parent dies.
//!
//! `spineboard postgres-guard --parent PID -- PROGRAM ARG …` runs as the unprivileged user. The
//! kernel keeps the request over `exec`, so there is no process between us and the server. The
//! signal (SIGINT, PostgreSQL's fast shutdown) comes when the *thread* that started the guard
//! ends, so that thread must live as long as the program: it is the supervisor's.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// The hidden subcommand under which the program is its own guard.
pub const SUBCOMMAND: &str = "postgres-guard";

/// Becomes `program`; returns only if that failed.
///
/// # Errors
/// When the parent has already died, or the program cannot be run.
pub fn become_server(parent: i32, program: &Path, arguments: &[OsString]) -> io::Error {
    if let Err(error) = follow_parent(parent) {
        return error;
    }
    Command::new(program).args(arguments).exec()
}

/// Asks for SIGINT at the parent's death, then looks whether it died before the request.
#[cfg(target_os = "linux")]
fn follow_parent(parent: i32) -> io::Result<()> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::INT))?;
    if getppid().is_some_and(|pid| pid.as_raw_pid() == parent) {
        return Ok(());
    }
    Err(io::Error::other("the process that asked for the server is gone"))
}

/// Elsewhere there is no such request, and no guard is used.
#[cfg(not(target_os = "linux"))]
fn follow_parent(_parent: i32) -> io::Result<()> {
    Ok(())
}
