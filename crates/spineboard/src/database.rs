//! The database in force: the private PostgreSQL of the data directory, or the server that
//! `DATABASE_URL` names. Whoever gets a [`Database`] need not care which.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use mdt::chance::Sources;
use mdt::clock::{Clock, OffsetClock, SystemClock};
use secrecy::{ExposeSecret as _, SecretString};
use store::Store;
use store::demo::{Order, Seeded};
use store::migrate::{Alone, Migrated};
use store::sites::Installation;

use crate::commands::CommandError;
use crate::config::Config;
use crate::postgres::{
    ClusterOptions, DataDirectory, Durability, PostgresError, PrivateCluster, superuser_url,
};

/// How long a command waits for a server that another process is just starting.
const STARTING: Duration = Duration::from_secs(10);
/// Connections of the private server beyond one process's pool: migrations, `psql`, backups.
const SPARE_CONNECTIONS: u16 = 40;
/// Connections of a command that runs and ends.
const COMMAND_CONNECTIONS: u32 = 2;

/// A database that answers, for as long as this lives.
#[derive(Debug)]
pub struct Database {
    url: SecretString,
    /// The private server, where it is ours to stop.
    cluster: Option<PrivateCluster>,
    private: bool,
    pool_size: u32,
}

impl Database {
    /// For a process that serves: takes the data directory and starts the private server, or uses
    /// the one that is configured.
    ///
    /// # Errors
    /// When the data directory is in use, or the private server cannot be started.
    pub fn start(config: &Config, durability: Durability) -> Result<Self, CommandError> {
        let pool_size = u32::from(config.database.pool_size.value);
        if let Some(url) = &config.database.url.value {
            return Ok(Self { url: url.clone(), cluster: None, private: false, pool_size });
        }
        let cluster = PrivateCluster::start(&options(config, durability)?)?;
        let url = cluster.superuser_url().into();
        Ok(Self { url, cluster: Some(cluster), private: true, pool_size })
    }

    /// For a command that runs and ends: the private server of a running `serve`, if there is one,
    /// else our own for the time being, or the one that is configured.
    ///
    /// # Errors
    /// When the data directory holds no database, or the private server cannot be started.
    pub fn visit(config: &Config) -> Result<Self, CommandError> {
        let directory = DataDirectory::at(&config.data.directory.value)?;
        if config.database.url.value.is_none() && directory.major()?.is_none() {
            return Err(CommandError::NoDatabase { directory: directory.root().to_owned() });
        }
        Self::visit_or_create(config)
    }

    /// As [`Database::visit`], and makes the private cluster if there is none.
    ///
    /// # Errors
    /// When the private server cannot be started.
    pub fn visit_or_create(config: &Config) -> Result<Self, CommandError> {
        let end = Instant::now() + STARTING;
        loop {
            if config.database.url.value.is_none()
                && let Some(running) = Self::running(config)?
            {
                return Ok(running);
            }
            match Self::start(config, Durability::Durable) {
                Err(CommandError::Postgres(PostgresError::InUse { .. }))
                    if Instant::now() < end =>
                {
                    thread::sleep(Duration::from_millis(100));
                }
                other => return Ok(Self { pool_size: COMMAND_CONNECTIONS, ..other? }),
            }
        }
    }

    fn running(config: &Config) -> Result<Option<Self>, CommandError> {
        let directory = DataDirectory::at(&config.data.directory.value)?;
        let socket = PrivateCluster::running_in(&directory);
        Ok(socket.map(|socket| Self {
            url: superuser_url(&socket).into(),
            cluster: None,
            private: true,
            pool_size: COMMAND_CONNECTIONS,
        }))
    }

    /// Whether it is the private server of the data directory.
    pub fn is_private(&self) -> bool {
        self.private
    }

    /// The private server, where this process runs it.
    pub fn cluster(&self) -> Option<&PrivateCluster> {
        self.cluster.as_ref()
    }

    /// A pool of connections in the application role; it connects when it is first used.
    ///
    /// # Errors
    /// When the connection string does not read.
    pub fn store(&self, sources: Sources) -> Result<Store, CommandError> {
        let options = self.url.expose_secret().parse().map_err(CommandError::database_url)?;
        Ok(Store::open(options, self.pool_size, sources))
    }

    /// Waits until no other program sets the database up.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn alone(&self) -> Result<Alone, CommandError> {
        let options = self.url.expose_secret().parse().map_err(CommandError::database_url)?;
        Ok(store::migrate::alone(&options).await?)
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// When the server cannot be reached, the login may not, or a migration fails.
    pub async fn migrate(&self) -> Result<Migrated, CommandError> {
        let options = self.url.expose_secret().parse().map_err(CommandError::database_url)?;
        Ok(store::migrate::run(&options).await?)
    }

    /// Fills the database, which has a schema and nothing else, with the demonstration network.
    ///
    /// # Errors
    /// When there is anything in it already.
    pub async fn seed(
        &self,
        order: &Order<'_>,
        progress: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Seeded, CommandError> {
        let options = self.url.expose_secret().parse().map_err(CommandError::database_url)?;
        Ok(store::demo::seed(options, order, progress).await?)
    }

    /// The version of the schema in the database; `None` before the first migration.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn schema_version(&self) -> Result<Option<i64>, CommandError> {
        let options = self.url.expose_secret().parse().map_err(CommandError::database_url)?;
        Ok(store::migrate::version(&options).await?)
    }

    /// Refuses a schema that is older or newer than this program.
    async fn require_schema(&self) -> Result<(), CommandError> {
        let expected = store::migrate::expected_version();
        match self.schema_version().await? {
            Some(version) if version == expected => Ok(()),
            Some(version) if version > expected => {
                Err(CommandError::NewerSchema { version, expected })
            }
            _ => Err(CommandError::NotMigrated),
        }
    }

    /// Stops the private server, where it is ours, and removes its cluster with all that is in it.
    ///
    /// # Errors
    /// When it cannot be stopped or removed.
    pub fn discard(self) -> Result<(), PostgresError> {
        self.cluster.map_or(Ok(()), PrivateCluster::discard)
    }

    /// Stops the private server, where it is ours.
    ///
    /// # Errors
    /// When it had to be killed.
    pub fn stop(self) -> Result<(), PostgresError> {
        self.cluster.map_or(Ok(()), PrivateCluster::stop)
    }
}

fn options(config: &Config, durability: Durability) -> Result<ClusterOptions, PostgresError> {
    Ok(ClusterOptions {
        postgres_bin: config.database.postgres_bin.value.clone(),
        guard: own_program(),
        durability,
        max_connections: config.database.pool_size.value.saturating_add(SPARE_CONNECTIONS),
        ..ClusterOptions::new(DataDirectory::at(&config.data.directory.value)?)
    })
}

/// Our own binary; without it the server runs unguarded.
fn own_program() -> Option<PathBuf> {
    std::env::current_exe().ok()
}

/// Time and chance for an installation: a demonstration's clock runs on from its own day.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn sources_of(installation: &Installation) -> Result<Sources, CommandError> {
    let clock: Arc<dyn Clock> = match installation.demonstration_clock {
        Some((starts_at, set_at)) => {
            Arc::new(OffsetClock::starting_at(starts_at + (SystemClock.now() - set_at)))
        }
        None => Arc::new(SystemClock),
    };
    Sources::unpredictable(clock).map_err(CommandError::from)
}

/// What the database is, and a store whose clock fits it.
///
/// # Errors
/// When the schema is not that of this program, or nothing was set up in the database yet.
pub async fn open_installation(database: &Database) -> Result<(Store, Installation), CommandError> {
    database.require_schema().await?;
    let store = database.store(Sources::system()?)?;
    let installation = store.installation().await?.ok_or(CommandError::NotMigrated)?;
    let sources = sources_of(&installation)?;
    Ok((store.with_sources(sources), installation))
}
