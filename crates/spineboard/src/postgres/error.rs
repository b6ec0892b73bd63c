//! What can go wrong with the private server, in words for the person who started it.

use std::io;
use std::path::{Path, PathBuf};

use super::discover::MINIMUM_MAJOR;

/// A fault of the private PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No usable installation was found.
    #[error(
        "PostgreSQL {MINIMUM_MAJOR} or later was not found; {install}, or name the directory of \
         its programs with --postgres-bin, or use a server of your own with DATABASE_URL"
    )]
    NotInstalled {
        /// What to type on this system.
        install: &'static str,
    },
    /// The directory that was named holds no PostgreSQL.
    #[error("`{}` holds no `initdb` and `postgres`", directory.display())]
    NoPrograms {
        /// The directory that was named.
        directory: PathBuf,
    },
    /// The installation that was named is too old, or does not say its version.
    #[error(
        "`{}` holds {found}; Spineboard needs PostgreSQL {MINIMUM_MAJOR} or later",
        directory.display()
    )]
    TooOld {
        /// The directory that was named.
        directory: PathBuf,
        /// What its `postgres --version` said.
        found: String,
    },
    /// Another process holds the lock of the data directory.
    #[error(
        "the data directory `{}` is in use by another Spineboard{}; stop that one first, or \
         choose another directory with --data-dir",
        directory.display(),
        holder.map_or_else(String::new, |pid| format!(" (process {pid})"))
    )]
    InUse {
        /// The data directory.
        directory: PathBuf,
        /// The process that wrote itself into the lock file, where it can be read.
        holder: Option<u32>,
    },
    /// The cluster was made by another major version than any that is installed.
    #[error(
        "the data directory `{}` was made by PostgreSQL {cluster}, but the one found in `{}` is \
         PostgreSQL {installed}; install PostgreSQL {cluster}, or move the data with \
         pg_dumpall or pg_upgrade",
        directory.display(),
        bin.display()
    )]
    OtherMajor {
        /// The data directory.
        directory: PathBuf,
        /// The major version that made the cluster.
        cluster: u32,
        /// The directory of the programs.
        bin: PathBuf,
        /// Their major version.
        installed: u32,
    },
    /// `PG_VERSION` does not hold a number.
    #[error("`{}` does not say which PostgreSQL made it", file.display())]
    UnreadableVersion {
        /// The file.
        file: PathBuf,
    },
    /// Something that is not a cluster is in its place.
    #[error("`{}` exists but is not a PostgreSQL cluster; move it away", directory.display())]
    NotACluster {
        /// The directory.
        directory: PathBuf,
    },
    /// The user that PostgreSQL runs as cannot come to the data directory.
    #[error(
        "PostgreSQL does not run as root, and its user `{user}` cannot enter `{}`, which is on \
         the way to the data directory `{}`; choose another --data-dir, or `chmod o+x {}`",
        obstacle.display(),
        directory.display(),
        obstacle.display()
    )]
    Unreachable {
        /// The data directory.
        directory: PathBuf,
        /// The first directory that the user may not enter.
        obstacle: PathBuf,
        /// The name of the user.
        user: String,
    },
    /// Started by root, and there is nobody else to be.
    #[error(
        "PostgreSQL does not run as root, and this system has neither a user `postgres` nor \
         `nobody`; start Spineboard as an ordinary user"
    )]
    NoUnprivilegedUser,
    /// A directory that must be ours alone belongs to somebody else.
    #[error("`{}` belongs to somebody else or is open to others; remove it", directory.display())]
    UnsafeSocketDirectory {
        /// The directory.
        directory: PathBuf,
    },
    /// No directory is short enough for a Unix socket.
    #[error(
        "the path `{}` is too long for a Unix socket and there is no runtime directory; choose a \
         shorter --data-dir",
        directory.display()
    )]
    SocketPathTooLong {
        /// The directory that was tried.
        directory: PathBuf,
    },
    /// `initdb` failed.
    #[error("initdb failed: {message}")]
    Initialise {
        /// What it said.
        message: String,
    },
    /// The server did not come up.
    #[error("PostgreSQL did not start ({reason}); the end of `{}`:\n{tail}", log.display())]
    Start {
        /// How the attempt ended.
        reason: String,
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// A server that an earlier run left behind does not go away.
    #[error(
        "a PostgreSQL of an earlier run (process {pid}) still uses `{}` and does not stop",
        directory.display()
    )]
    Leftover {
        /// The cluster directory.
        directory: PathBuf,
        /// The process.
        pid: i32,
    },
    /// The server had to be killed because it did not stop.
    #[error("PostgreSQL did not stop when asked and was killed; the next start recovers")]
    Killed,
    /// The thread that looks after the server is gone.
    #[error("the thread that looks after PostgreSQL has ended unexpectedly")]
    SupervisorGone,
    /// An operation on a file, directory or process failed.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

/// Names the operation and the path of an I/O error.
pub(super) trait AtPath<T> {
    /// Wraps the error as [`PostgresError::Io`].
    fn at(self, action: &'static str, path: &Path) -> Result<T, PostgresError>;
}

impl<T> AtPath<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, PostgresError> {
        self.map_err(|source| PostgresError::Io { action, path: path.to_owned(), source })
    }
}
