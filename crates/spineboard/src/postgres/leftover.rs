//! A server that an earlier run left behind is stopped before a new one is started.
//!
//! We hold the lock of the data directory here, so no living Spineboard owns what is found.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::error::{AtPath as _, PostgresError};
use super::postmaster::{self, PostmasterFile};

/// How long an orphaned server gets for its shutdown checkpoint.
const FAST_SHUTDOWN: Duration = Duration::from_mins(1);
/// How long it then gets for dropping everything.
const IMMEDIATE_SHUTDOWN: Duration = Duration::from_secs(10);
/// How long the other processes of a killed server may hold on.
const LINGER: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(20);

/// Stops the server that `postmaster.pid` names, or clears the file away if it names nobody.
pub(super) fn clear(cluster: &Path) -> Result<(), PostgresError> {
    let Some(file) = PostmasterFile::read(cluster) else { return Ok(()) };
    if postmaster::is_alive(file.pid) && postmaster::works_in(file.pid, cluster) {
        tracing::warn!(postgres.pid = file.pid.as_raw_pid(), "stopping an orphaned PostgreSQL");
        stop(file.pid, cluster)?;
    }
    await_last_process(cluster)?;
    remove_stale_file(cluster, file.pid)
}

fn stop(pid: Pid, cluster: &Path) -> Result<(), PostgresError> {
    for (signal, limit) in [(Signal::INT, FAST_SHUTDOWN), (Signal::QUIT, IMMEDIATE_SHUTDOWN)] {
        postmaster::signal(pid, signal).at("stop the server of", cluster)?;
        if wait_until(limit, || !postmaster::is_alive(pid)) {
            return Ok(());
        }
    }
    Err(leftover(cluster, pid))
}

/// Backends of a killed postmaster notice its death within moments, and end.
fn await_last_process(cluster: &Path) -> Result<(), PostgresError> {
    if wait_until(LINGER, || postmaster::all_in(cluster).is_empty()) {
        return Ok(());
    }
    match postmaster::all_in(cluster).first() {
        Some(pid) => Err(leftover(cluster, *pid)),
        None => Ok(()),
    }
}

/// A file whose process is dead, or is somebody else by now, would keep PostgreSQL from
/// starting if that somebody runs as the same user.
fn remove_stale_file(cluster: &Path, pid: Pid) -> Result<(), PostgresError> {
    let still_there = PostmasterFile::read(cluster).is_some_and(|file| file.pid == pid);
    if !still_there || postmaster::works_in(pid, cluster) {
        return Ok(());
    }
    let path = PostmasterFile::path(cluster);
    fs::remove_file(&path).at("remove", &path)
}

fn leftover(cluster: &Path, pid: Pid) -> PostgresError {
    PostgresError::Leftover { directory: cluster.to_owned(), pid: pid.as_raw_pid() }
}

fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(STEP);
    }
}
