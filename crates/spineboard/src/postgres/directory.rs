//! The data directory: its layout, its lock, and who may enter it.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::address::SocketAddress;
use super::error::{AtPath as _, PostgresError};
use super::user::ServerUser;

/// Where the data goes when root starts us in a place that PostgreSQL's user cannot reach.
pub const FALLBACK_DIRECTORY: &str = "/var/lib/spineboard";

/// The data directory when none is named: `data` in the current directory, or, for root, where
/// PostgreSQL's user cannot come there, [`FALLBACK_DIRECTORY`] with the directory in the way.
pub fn default_data_directory() -> (PathBuf, Option<PathBuf>) {
    let usual = std::path::absolute("data").unwrap_or_else(|_| PathBuf::from("data"));
    let obstacle = match ServerUser::choose() {
        Ok(user) if user.is_other() => user.obstacle(&usual),
        _ => None,
    };
    match obstacle {
        Some(obstacle) => (PathBuf::from(FALLBACK_DIRECTORY), Some(obstacle)),
        None => (usual, None),
    }
}

/// A data directory; a lock in it, which a cluster holds, makes it one process's own.
#[derive(Debug, Clone)]
pub struct DataDirectory {
    root: PathBuf,
}

/// The lock of a data directory; let go when dropped, and by the kernel when we die.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    _file: File,
}

impl DataDirectory {
    /// The directory at `root`, which need not exist yet.
    ///
    /// # Errors
    /// When the current directory is needed and cannot be told.
    pub fn at(root: &Path) -> Result<Self, PostgresError> {
        let root = std::path::absolute(root).at("resolve", root)?;
        Ok(Self { root })
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The cluster.
    pub fn cluster(&self) -> PathBuf {
        self.root.join("postgres")
    }

    /// The log of the server.
    pub fn server_log(&self) -> PathBuf {
        self.root.join("postgres.log")
    }

    /// The major version of PostgreSQL that made the cluster; `None` if there is none yet.
    ///
    /// # Errors
    /// When something else is in its place.
    pub fn major(&self) -> Result<Option<u32>, PostgresError> {
        let cluster = self.cluster();
        let file = cluster.join("PG_VERSION");
        match fs::read_to_string(&file) {
            Ok(text) => match text.trim().parse() {
                Ok(major) => Ok(Some(major)),
                Err(_) => Err(PostgresError::UnreadableVersion { file }),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if cluster.exists() {
                    return Err(PostgresError::NotACluster { directory: cluster });
                }
                Ok(None)
            }
            Err(source) => Err(source).at("read", &file),
        }
    }

    fn lock_file(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Creates the directory if it is missing. Only the owner may look into it; where PostgreSQL
    /// is another user, that user may pass through to what belongs to it.
    pub(super) fn create(&self, user: &ServerUser) -> Result<(), PostgresError> {
        let mode = if user.is_other() { 0o711 } else { 0o700 };
        if let Some(parent) = self.root.parent() {
            fs::create_dir_all(parent).at("create", parent)?;
        }
        match DirBuilder::new().mode(mode).create(&self.root) {
            Ok(()) => set_mode(&self.root, mode)?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                self.let_through(user)?;
            }
            Err(source) => return Err(source).at("create", &self.root),
        }
        match user.obstacle(&self.root) {
            Some(obstacle) if user.is_other() => Err(PostgresError::Unreachable {
                directory: self.root.clone(),
                obstacle,
                user: user.name.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Opens our own directory (empty, or with our lock in it) for PostgreSQL's user to pass.
    fn let_through(&self, user: &ServerUser) -> Result<(), PostgresError> {
        let metadata = fs::metadata(&self.root).at("read", &self.root)?;
        let ours = metadata.uid() == rustix::process::geteuid().as_raw();
        if !ours || !user.is_other() || user.may_execute(&metadata) {
            return Ok(());
        }
        let empty = fs::read_dir(&self.root).at("read", &self.root)?.next().is_none();
        if empty || self.lock_file().exists() {
            set_mode(&self.root, metadata.mode() & 0o777 | 0o001)?;
        }
        Ok(())
    }

    /// Takes the lock or says who has it.
    pub(super) fn lock(&self) -> Result<DirectoryLock, PostgresError> {
        let path = self.lock_file();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .at("open", &path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0).at("write", &path)?;
                file.rewind().at("write", &path)?;
                writeln!(file, "{}", std::process::id()).at("write", &path)?;
                Ok(DirectoryLock { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let read = file.read_to_string(&mut holder);
                let holder = read.ok().and_then(|_| holder.trim().parse().ok());
                Err(PostgresError::InUse { directory: self.root.clone(), holder })
            }
            Err(TryLockError::Error(source)) => Err(source).at("lock", &path),
        }
    }

    /// Makes the directory of the socket: in the data directory, or, where that path is too long
    /// for a socket, in a runtime directory under a name made from it.
    pub(super) fn socket(&self, user: &ServerUser) -> Result<SocketAddress, PostgresError> {
        let beside = self.root.join("postgres-socket");
        let directory = if SocketAddress::fits(&beside) {
            beside
        } else {
            let short = runtime_directory().join(self.short_name());
            if !SocketAddress::fits(&short) {
                return Err(PostgresError::SocketPathTooLong { directory: beside });
            }
            short
        };
        match DirBuilder::new().mode(0o700).create(&directory) {
            Ok(()) => user.own(&directory).at("change the owner of", &directory)?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(source).at("create", &directory),
        }
        let metadata = fs::symlink_metadata(&directory).at("read", &directory)?;
        let private = metadata.is_dir() && metadata.mode() & 0o777 == 0o700;
        if !private || !user.owns(&directory) {
            return Err(PostgresError::UnsafeSocketDirectory { directory });
        }
        Ok(SocketAddress::in_directory(directory))
    }

    /// A short name that two data directories do not share.
    fn short_name(&self) -> String {
        use sha2::Digest as _;
        let hash = sha2::Sha256::digest(self.root.as_os_str().as_encoded_bytes());
        let name: String = hex::encode(hash).chars().take(12).collect();
        format!("spineboard-{name}")
    }
}

/// `/run` for root; for others the session's runtime directory, else `/tmp` (the name is checked
/// to be ours before it is used).
fn runtime_directory() -> PathBuf {
    if rustix::process::geteuid().is_root() && Path::new("/run").is_dir() {
        return PathBuf::from("/run");
    }
    std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|directory| directory.is_dir())
        .unwrap_or_else(|| PathBuf::from("/tmp"))
}

pub(super) fn set_mode(path: &Path, mode: u32) -> Result<(), PostgresError> {
    fs::set_permissions(path, Permissions::from_mode(mode)).at("change the mode of", path)
}
