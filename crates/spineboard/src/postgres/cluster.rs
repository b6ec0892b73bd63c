//! The private cluster as the rest of the program sees it.

use std::path::PathBuf;

use super::address::SocketAddress;
use super::directory::{DataDirectory, DirectoryLock};
use super::discover::{Binaries, discover};
use super::error::{AtPath as _, PostgresError};
use super::initialise::{self, SUPERUSER};
use super::launch::Launch;
use super::postmaster::{self, PostmasterFile};
use super::supervisor::Supervisor;
use super::user::ServerUser;

/// Whether acknowledged work must survive a crash of the machine. That of a process it survives
/// either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// It must. There is no other setting for anything that people use.
    #[default]
    Durable,
    /// It need not: the cluster of a test run, thrown away afterwards.
    TestsOnly,
}

/// How to start a private cluster.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// The data directory; it is created if it is missing.
    pub data_directory: DataDirectory,
    /// Where `initdb` and `postgres` are; `None` looks in the usual places.
    pub postgres_bin: Option<PathBuf>,
    /// The program that has the [`super::guard`] subcommand: our own binary.
    pub guard: Option<PathBuf>,
    /// Durable, outside tests.
    pub durability: Durability,
    /// How many connections the server accepts.
    pub max_connections: u16,
}

impl ClusterOptions {
    /// A durable cluster in `data_directory` with the programs in the usual places.
    pub fn new(data_directory: DataDirectory) -> Self {
        Self {
            data_directory,
            postgres_bin: None,
            guard: None,
            durability: Durability::Durable,
            max_connections: 100,
        }
    }
}

/// A running private PostgreSQL. It is stopped when this is dropped; [`PrivateCluster::stop`]
/// also says whether that went well.
#[derive(Debug)]
pub struct PrivateCluster {
    // Order matters: the server goes down before the lock is let go.
    supervisor: Supervisor,
    socket: SocketAddress,
    binaries: Binaries,
    created: bool,
    data_directory: DataDirectory,
    _lock: DirectoryLock,
}

impl PrivateCluster {
    /// Takes the data directory, makes the cluster if there is none, starts the server and waits
    /// until it accepts connections.
    ///
    /// # Errors
    /// When the directory is in use, was made by another major version or cannot be reached by
    /// the server's user, when no PostgreSQL is installed, or when it does not start.
    pub fn start(options: &ClusterOptions) -> Result<Self, PostgresError> {
        let user = ServerUser::choose()?;
        let directory = &options.data_directory;
        directory.create(&user)?;
        let lock = directory.lock()?;
        let existing = directory.major()?;
        let binaries = discover(options.postgres_bin.as_deref(), existing)?;
        binaries.check_cluster(directory, existing)?;
        if existing.is_none() {
            initialise::create_cluster(directory, &binaries, &user, options.durability)?;
        }
        let socket = directory.socket(&user)?;
        let launch = Launch {
            binaries: binaries.clone(),
            user,
            cluster: directory.cluster(),
            socket: socket.clone(),
            log: directory.server_log(),
            guard: options.guard.clone(),
            durability: options.durability,
            max_connections: options.max_connections,
        };
        Ok(Self {
            supervisor: Supervisor::start(launch)?,
            socket,
            binaries,
            created: existing.is_none(),
            data_directory: directory.clone(),
            _lock: lock,
        })
    }

    /// The socket of a server that another process of ours is running in `directory`, if one is
    /// there, ready, and we may read about it.
    pub fn running_in(directory: &DataDirectory) -> Option<SocketAddress> {
        let file = PostmasterFile::read(&directory.cluster())?;
        let ready = file.ready && postmaster::is_alive(file.pid);
        file.socket_directory.filter(|_| ready).map(SocketAddress::in_directory)
    }

    /// Where the server listens.
    pub fn socket(&self) -> &SocketAddress {
        &self.socket
    }

    /// A connection string for a role inside the cluster.
    pub fn url(&self, role: &str, database: &str) -> String {
        self.socket.url(role, database)
    }

    /// A connection string for the superuser and the database `postgres`, from which roles and
    /// databases are made.
    pub fn superuser_url(&self) -> String {
        superuser_url(&self.socket)
    }

    /// The installation that was taken.
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// Whether this start made the cluster.
    pub fn was_created(&self) -> bool {
        self.created
    }

    /// The process number of the server at this moment; it changes when the server is restarted.
    pub fn server_pid(&self) -> Option<i32> {
        PostmasterFile::read(&self.data_directory.cluster()).map(|file| file.pid.as_raw_pid())
    }

    /// Stops the server cleanly and lets the data directory go.
    ///
    /// # Errors
    /// When the server had to be killed, or its supervisor had died.
    pub fn stop(self) -> Result<(), PostgresError> {
        self.supervisor.stop()
    }

    /// Stops the server and removes the cluster with all that is in it.
    ///
    /// # Errors
    /// When it cannot be stopped or removed.
    pub fn discard(self) -> Result<(), PostgresError> {
        let Self { supervisor, data_directory, _lock, .. } = self;
        supervisor.stop()?;
        // The lock is still held, so nobody starts it meanwhile.
        let cluster = data_directory.cluster();
        std::fs::remove_dir_all(&cluster).at("remove", &cluster)
    }
}

/// A connection string for the superuser of the private cluster behind `socket`.
pub fn superuser_url(socket: &SocketAddress) -> String {
    socket.url(SUPERUSER, "postgres")
}
