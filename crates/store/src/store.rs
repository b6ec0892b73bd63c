//! The handle to the database.

use std::sync::Arc;
use std::time::Duration;

use mdt::chance::Sources;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, Executor};

use crate::rule_sets::CompiledProtocols;
use crate::{StoreError, migrate};

/// A connection that was used this short a time ago is taken without asking whether it still lives:
/// the question is a round trip, and under load every request would ask it.
const SURELY_ALIVE: Duration = Duration::from_millis(100);

/// Connections besides those of the pool; see [`Store::aside`].
const ASIDE: u32 = 4;

/// The database as the program uses it: a pool of connections in the application role, and the sources
/// of time and chance.
#[derive(Clone)]
pub struct Store {
    pool: PgPool,
    aside: PgPool,
    sources: Sources,
    protocols: Arc<CompiledProtocols>,
}

impl Store {
    /// Opens a pool of at most `connections`, and four more for what is looked up beside a transaction;
    /// each in the application role. Connects lazily: a database that is down now may be up when the
    /// first request comes.
    pub fn open(options: PgConnectOptions, connections: u32, sources: Sources) -> Self {
        let pool = pool(connections, options.clone());
        Self { pool, aside: self::pool(ASIDE, options), sources, protocols: Arc::default() }
    }

    /// The same database with other sources of time and chance (a demonstration's clock).
    #[must_use]
    pub fn with_sources(&self, sources: Sources) -> Self {
        Self { sources, ..self.clone() }
    }

    /// Time, ids and randomness.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Whether the database answers, has the schema this program was built for, and is an installation.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it does not answer, [`StoreError::Schema`] when its schema is
    /// another one or nothing was set up in it.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let (version, expected) = (self.schema_version().await?, migrate::expected_version());
        if version != Some(expected) {
            let version =
                version.map_or_else(|| "no schema".to_owned(), |one| format!("schema {one}"));
            return Err(StoreError::Schema(format!(
                "the database has {version}, this program was built for {expected}"
            )));
        }
        let kind =
            sqlx::query_scalar!("select kind from installation").fetch_optional(&self.pool).await?;
        match kind {
            Some(_) => Ok(()),
            None => Err(StoreError::Schema("the installation has not been created".to_owned())),
        }
    }

    /// The version of the schema in the database; `None` before the first migration.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn schema_version(&self) -> Result<Option<i64>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        Ok(migrate::applied_versions(&mut connection).await?.last().copied())
    }

    /// Waits for the connections in use and closes them.
    pub async fn close(&self) {
        self.pool.close().await;
        self.aside.close().await;
    }

    pub(crate) fn protocols(&self) -> &CompiledProtocols {
        &self.protocols
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// For what may be looked up while a transaction of [`Store::pool`] is open. Were it the same pool,
    /// as many requests as it has connections could each hold one and wait for a second for ever.
    pub(crate) fn aside(&self) -> &PgPool {
        &self.aside
    }
}

/// Connections of at most this number in the application role.
fn pool(connections: u32, options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(4))
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(
                async move { Ok(state.idle_for < SURELY_ALIVE || connection.ping().await.is_ok()) },
            )
        })
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute("set role spineboard_app; set time zone 'UTC'").await?;
                Ok(())
            })
        })
        .connect_lazy_with(options)
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Store")
            .field("connections", &self.pool.size())
            .finish_non_exhaustive()
    }
}
