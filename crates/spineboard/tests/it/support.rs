//! What the tests share: directories that go away, processes, waiting.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use spineboard::postgres::{ClusterOptions, DataDirectory, Durability};

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A directory that everybody may enter (PostgreSQL is another user when the tests run as root)
/// and that goes away with the test.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("spineboard-it-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn data_directory(&self) -> DataDirectory {
        DataDirectory::at(&self.0.join("data")).unwrap()
    }

    /// A cluster here, without durability, guarded by the program under test.
    pub(crate) fn cluster_options(&self) -> ClusterOptions {
        ClusterOptions {
            durability: Durability::TestsOnly,
            guard: Some(PROGRAM.into()),
            ..ClusterOptions::new(self.data_directory())
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_spineboard");

/// The program with nothing of our environment that it would read.
pub(crate) fn program() -> Command {
    let mut command = Command::new(PROGRAM);
    for (name, _) in std::env::vars() {
        if name.starts_with("SPINEBOARD_") || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command
}

/// Waits for something that must happen within `seconds`.
pub(crate) fn eventually(seconds: u64, what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(seconds);
    while !condition() {
        assert!(Instant::now() < end, "{what}: not within {seconds} s");
        thread::sleep(Duration::from_millis(10));
    }
}

pub(crate) fn signal(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

/// Whether a process runs (a dead one that nobody has collected does not).
pub(crate) fn runs(pid: i32) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => !stat.rsplit_once(") ").unwrap().1.starts_with('Z'),
        Err(_) if Path::new("/proc/self").exists() => false,
        Err(_) => rustix::process::test_kill_process(Pid::from_raw(pid).unwrap()).is_ok(),
    }
}
