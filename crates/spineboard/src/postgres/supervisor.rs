//! The thread that owns the server process: it starts it, watches it, starts it again when it
//! dies, and stops it.
//!
//! INVARIANT: the server is spawned from this thread and no other, because the kernel's signal at
//! our death is bound to the thread that spawned the guard.

use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::error::{AtPath as _, PostgresError};
use super::launch::{Launch, ended};
use super::postmaster;

/// How often the process is looked at.
const WATCH: Duration = Duration::from_millis(100);
/// How long a shutdown checkpoint may take before the server is told to drop everything.
const FAST_SHUTDOWN: Duration = Duration::from_mins(1);
const IMMEDIATE_SHUTDOWN: Duration = Duration::from_secs(10);
const STOP_POLL: Duration = Duration::from_millis(5);
/// The pause before another attempt when the server cannot be started again, and its limit.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

type Answer = Result<(), PostgresError>;

/// A handle on the thread; dropping it stops the server.
#[derive(Debug)]
pub(super) struct Supervisor {
    orders: Option<Sender<Sender<Answer>>>,
    thread: Option<JoinHandle<()>>,
}

impl Supervisor {
    /// Starts the thread and waits until the server is ready.
    pub(super) fn start(launch: Launch) -> Result<Self, PostgresError> {
        let (orders, inbox) = mpsc::channel();
        let (report, started) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || match launch.start() {
                Ok(child) => {
                    // A receiver that is gone also drops its orders, which ends the watch.
                    let _ = report.send(Ok(()));
                    watch(&launch, child, &inbox);
                }
                Err(error) => {
                    let _ = report.send(Err(error));
                }
            })
            .at("start the thread for", Path::new("postgres"))?;
        started.recv().map_err(|_| PostgresError::SupervisorGone)??;
        Ok(Self { orders: Some(orders), thread: Some(thread) })
    }

    /// Stops the server cleanly and waits for it.
    pub(super) fn stop(mut self) -> Answer {
        self.stop_and_join()
    }

    fn stop_and_join(&mut self) -> Answer {
        let Some(orders) = self.orders.take() else { return Ok(()) };
        let (answer, answered) = mpsc::channel();
        let sent = orders.send(answer);
        let outcome = answered.recv();
        if let Some(thread) = self.thread.take() {
            thread.join().map_err(|_| PostgresError::SupervisorGone)?;
        }
        sent.map_err(|_| PostgresError::SupervisorGone)?;
        outcome.map_err(|_| PostgresError::SupervisorGone)?
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        if let Err(error) = self.stop_and_join() {
            tracing::error!(error = %error, "PostgreSQL did not stop cleanly");
        }
    }
}

/// Looks after the server until an order to stop comes.
fn watch(launch: &Launch, first: Child, orders: &Receiver<Sender<Answer>>) {
    let mut running = Some(first);
    let mut pause = FIRST_PAUSE;
    loop {
        let wait = if running.is_some() { WATCH } else { pause };
        match orders.recv_timeout(wait) {
            Ok(answer) => {
                // Whoever asked and no longer waits does not need to know.
                let _ = answer.send(running.map_or(Ok(()), stop));
                return;
            }
            Err(RecvTimeoutError::Disconnected) => {
                if let Some(Err(error)) = running.map(stop) {
                    tracing::error!(error = %error, "PostgreSQL did not stop cleanly");
                }
                return;
            }
            Err(RecvTimeoutError::Timeout) => {
                running = running.and_then(still_running).or_else(|| start_again(launch));
                pause =
                    if running.is_some() { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
            }
        }
    }
}

fn still_running(mut child: Child) -> Option<Child> {
    match child.try_wait() {
        Ok(None) => Some(child),
        Ok(Some(status)) => {
            tracing::error!(reason = ended(status), "PostgreSQL has died; starting it again");
            None
        }
        Err(error) => {
            tracing::error!(error = %error, "PostgreSQL cannot be watched; starting it again");
            None
        }
    }
}

fn start_again(launch: &Launch) -> Option<Child> {
    let before = Instant::now();
    match launch.start() {
        Ok(child) => {
            let duration_ms = before.elapsed().as_millis();
            tracing::warn!(postgres.pid = child.id(), duration_ms, "PostgreSQL runs again");
            Some(child)
        }
        Err(error) => {
            tracing::error!(error = %error, "PostgreSQL cannot be started again");
            None
        }
    }
}

/// SIGINT (fast: roll back, checkpoint), then SIGQUIT (immediate), then the kernel's way.
fn stop(mut child: Child) -> Answer {
    for (signal, limit) in [(Signal::INT, FAST_SHUTDOWN), (Signal::QUIT, IMMEDIATE_SHUTDOWN)] {
        send(&child, signal)?;
        if ends_within(&mut child, limit)? {
            return Ok(());
        }
    }
    let process = Path::new("postgres");
    child.kill().and_then(|()| child.wait()).at("kill", process)?;
    Err(PostgresError::Killed)
}

/// The process is our child and not yet collected, so the number is still its own.
fn send(child: &Child, signal: Signal) -> Answer {
    match i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        Some(pid) => postmaster::signal(pid, signal).at("signal", Path::new("postgres")),
        None => Ok(()),
    }
}

fn ends_within(child: &mut Child, limit: Duration) -> Result<bool, PostgresError> {
    let end = Instant::now() + limit;
    loop {
        if child.try_wait().at("wait for", Path::new("postgres"))?.is_some() {
            return Ok(true);
        }
        if Instant::now() >= end {
            return Ok(false);
        }
        thread::sleep(STOP_POLL);
    }
}
