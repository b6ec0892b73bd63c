//! Starting the server process and waiting until it accepts connections.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use super::address::{PORT, SocketAddress};
use super::cluster::Durability;
use super::discover::Binaries;
use super::error::{AtPath as _, PostgresError};
use super::guard;
use super::leftover;
use super::postmaster::PostmasterFile;
use super::user::ServerUser;

/// How long a start may take while the process lives; crash recovery of a large database is slow.
const READY_LIMIT: Duration = Duration::from_mins(5);
/// How long starts are tried again while something of an earlier server holds on.
const RETRY_LIMIT: Duration = Duration::from_secs(20);
const RETRY_PAUSE: Duration = Duration::from_millis(100);
const POLL: Duration = Duration::from_millis(10);
/// A log beyond this size is set aside at the next start (bytes).
const LOG_LIMIT: u64 = 16 << 20;
/// How much of the log an error message shows (bytes).
const TAIL: u64 = 2000;

/// Everything that a start needs; it can be started again with it.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) binaries: Binaries,
    pub(super) user: ServerUser,
    pub(super) cluster: PathBuf,
    pub(super) socket: SocketAddress,
    pub(super) log: PathBuf,
    pub(super) guard: Option<PathBuf>,
    pub(super) durability: Durability,
    pub(super) max_connections: u16,
}

impl Launch {
    /// Starts the server and waits until it is ready; clears away what an earlier one left, and
    /// tries again for a while when something of that still holds on.
    pub(super) fn start(&self) -> Result<Child, PostgresError> {
        let end = Instant::now() + RETRY_LIMIT;
        loop {
            leftover::clear(&self.cluster)?;
            let (log, from) = self.open_log()?;
            let mut child = self.spawn(log)?;
            let Err(reason) = self.await_ready(&mut child) else { return Ok(child) };
            let said = self.log_from(from);
            if !held_on(&said) || Instant::now() >= end {
                return Err(PostgresError::Start { reason, log: self.log.clone(), tail: said });
            }
            thread::sleep(RETRY_PAUSE);
        }
    }

    fn spawn(&self, log: File) -> Result<Child, PostgresError> {
        let program = self.binaries.program("postgres");
        let mut command = match self.usable_guard() {
            Some(guard) => self.guarded(guard, &program),
            None => self.user.command(&program),
        };
        command.args(self.arguments());
        let output = log.try_clone().at("open", &self.log)?;
        command.stdout(output).stderr(log);
        command.spawn().at("run", &program)
    }

    /// The command up to the server's own arguments.
    fn guarded(&self, guard: &Path, program: &Path) -> Command {
        let mut command = self.user.command(guard);
        command.arg(guard::SUBCOMMAND).arg("--parent").arg(std::process::id().to_string());
        command.arg("--").arg(program);
        command
    }

    /// The guard, where the kernel knows the request and the server's user may run the program.
    fn usable_guard(&self) -> Option<&Path> {
        let guard = self.guard.as_deref().filter(|_| cfg!(target_os = "linux"))?;
        let executable = self.user.may_execute(&fs::metadata(guard).ok()?);
        (executable && self.user.obstacle(guard.parent()?).is_none()).then_some(guard)
    }

    /// All settings are given here, so that an edited file in the cluster cannot open it.
    fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["-D".into(), self.cluster.clone().into()];
        let mut set = |setting: &str| arguments.extend(["-c".into(), setting.into()]);
        set("listen_addresses=");
        set(&format!("port={PORT}"));
        set("unix_socket_permissions=0700");
        set(&format!("max_connections={}", self.max_connections));
        set("timezone=UTC");
        set("log_timezone=UTC");
        set("logging_collector=off");
        set("log_destination=stderr");
        // Statements and the DETAIL of an error hold row contents, which means patient data.
        set("log_statement=none");
        set("log_min_error_statement=panic");
        set("log_error_verbosity=terse");
        let durable = if self.durability == Durability::Durable { "on" } else { "off" };
        for name in ["fsync", "full_page_writes"] {
            set(&format!("{name}={durable}"));
        }
        // Also in tests: what is acknowledged survives the death of every process.
        set("synchronous_commit=on");
        let mut sockets = OsString::from("unix_socket_directories=");
        sockets.push(self.socket.directory());
        arguments.extend(["-c".into(), sockets]);
        arguments
    }

    /// Waits for the status line; the error says how it ended instead.
    fn await_ready(&self, child: &mut Child) -> Result<(), String> {
        let end = Instant::now() + READY_LIMIT;
        loop {
            if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
                return Err(ended(status));
            }
            let file = PostmasterFile::read(&self.cluster);
            if file.is_some_and(|file| file.ready && is_child(&file, child)) {
                return Ok(());
            }
            if Instant::now() >= end {
                // The wait below collects it; a failure means that it is gone already.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it was not ready after {} s", READY_LIMIT.as_secs()));
            }
            thread::sleep(POLL);
        }
    }

    /// Opens the log for appending and tells how long it was.
    fn open_log(&self) -> Result<(File, u64), PostgresError> {
        if fs::metadata(&self.log).is_ok_and(|metadata| metadata.len() > LOG_LIMIT) {
            let aside = self.log.with_extension("log.1");
            fs::rename(&self.log, &aside).at("rename", &self.log)?;
        }
        let log = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.log)
            .at("open", &self.log)?;
        let length = log.metadata().at("read", &self.log)?.len();
        Ok((log, length))
    }

    /// What the log gained since it was `from` bytes long, the last part of it.
    fn log_from(&self, from: u64) -> String {
        let mut text = Vec::new();
        let read = File::open(&self.log).and_then(|mut log| {
            let length = log.metadata()?.len();
            log.seek(SeekFrom::Start(from.max(length.saturating_sub(TAIL))))?;
            log.read_to_end(&mut text)
        });
        match read {
            Ok(_) => String::from_utf8_lossy(&text).trim().to_owned(),
            Err(error) => format!("(it cannot be read: {error})"),
        }
    }
}

/// How a process ended, in words.
pub(super) fn ended(status: ExitStatus) -> String {
    format!("it ended with {status}")
}

fn is_child(file: &PostmasterFile, child: &Child) -> bool {
    u32::try_from(file.pid.as_raw_pid()).is_ok_and(|pid| pid == child.id())
}

/// Whether the server refused because something of an earlier one is still there: its shared
/// memory, its `postmaster.pid`, or the lock of its socket.
fn held_on(said: &str) -> bool {
    said.contains("is still in use") || (said.contains("lock file") && said.contains("exists"))
}
