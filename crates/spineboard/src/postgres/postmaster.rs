//! What `postmaster.pid` and the process table say about a server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// The part of `postmaster.pid` that matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PostmasterFile {
    /// The process that wrote the file.
    pub(super) pid: Pid,
    /// The directory of its socket, once it has one.
    pub(super) socket_directory: Option<PathBuf>,
    /// Whether it accepts connections.
    pub(super) ready: bool,
}

impl PostmasterFile {
    /// Where the file of `cluster` is.
    pub(super) fn path(cluster: &Path) -> PathBuf {
        cluster.join("postmaster.pid")
    }

    /// Reads the file; `None` when there is none, or when it is still being written.
    pub(super) fn read(cluster: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(Self::path(cluster)).ok()?)
    }

    /// Lines: pid, data directory, start time, port, socket directory, address, shared memory,
    /// status.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let pid = lines.first()?.parse::<i32>().ok().filter(|pid| *pid > 0)?;
        Some(Self {
            pid: Pid::from_raw(pid)?,
            socket_directory: lines.get(4).filter(|line| !line.is_empty()).map(PathBuf::from),
            ready: lines.get(7).is_some_and(|status| *status == "ready"),
        })
    }
}

/// Whether the process exists and is more than an entry that nobody has collected.
pub(super) fn is_alive(pid: Pid) -> bool {
    match fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())) {
        // `pid (name) state …`; the name may hold anything, also brackets.
        Ok(stat) => !stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X'])),
        Err(_) if Path::new("/proc/self/stat").exists() => false,
        Err(_) => !matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH)),
    }
}

/// Whether the process works in `cluster`, as every process of a PostgreSQL server does; where
/// there is no `/proc`, whether its command line names that directory.
pub(super) fn works_in(pid: Pid, cluster: &Path) -> bool {
    let raw = pid.as_raw_pid();
    if Path::new("/proc/self/cwd").exists() {
        return fs::read_link(format!("/proc/{raw}/cwd")).is_ok_and(|cwd| same(&cwd, cluster));
    }
    let output = Command::new("ps")
        .args(["-o", "args=", "-p", &raw.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    output.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).contains(&*cluster.to_string_lossy())
    })
}

/// All processes that work in `cluster`; empty where there is no `/proc`.
pub(super) fn all_in(cluster: &Path) -> Vec<Pid> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
        .filter(|pid| is_alive(*pid) && works_in(*pid, cluster))
        .collect()
}

/// Sends a signal; a process that is already gone is as good as one that obeys.
pub(super) fn signal(pid: Pid, signal: Signal) -> std::io::Result<()> {
    match kill_process(pid, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

fn same(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eighth_line_says_whether_the_server_is_ready() {
        let text = "4711\n/d/postgres\n1700000000\n5432\n/d/s\n\n   1234    7\nready   \n";
        let file = PostmasterFile::parse(text).unwrap();
        assert_eq!(file.pid.as_raw_pid(), 4711);
        assert_eq!(file.socket_directory.as_deref(), Some(Path::new("/d/s")));
        assert!(file.ready);
        assert!(!PostmasterFile::parse(&text.replace("ready ", "starting")).unwrap().ready);
    }

    #[test]
    fn half_a_file_is_a_server_that_is_not_ready() {
        let file = PostmasterFile::parse("4711\n/d/postgres\n").unwrap();
        assert_eq!((file.socket_directory, file.ready), (None, false));
        assert_eq!(PostmasterFile::parse(""), None);
        assert_eq!(PostmasterFile::parse("-4711\n"), None);
    }

    #[test]
    fn we_are_alive_and_work_where_we_are() {
        let me = rustix::process::getpid();
        assert!(is_alive(me));
        assert!(works_in(me, &std::env::current_dir().unwrap()));
        assert!(!works_in(me, Path::new("/dev")));
    }
}
