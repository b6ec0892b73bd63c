//! The private PostgreSQL of the server, as its superuser.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::Result;
use crate::plan::Plan;

/// The superuser, and the database that the program uses.
pub(crate) const SUPERUSER: &str = "postgres";
pub(crate) const DATABASE: &str = "postgres";

/// Where it listens and what it logs to.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    /// Directory of the socket.
    pub(crate) socket: PathBuf,
    log: PathBuf,
}

impl Cluster {
    /// The one that runs in the data directory.
    pub(crate) fn of(plan: &Plan) -> Result<Self> {
        let file = plan.data().join("postgres/postmaster.pid");
        let text = std::fs::read_to_string(&file)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        // Line 5 is the directory of the socket.
        let socket =
            text.lines().nth(4).map(PathBuf::from).ok_or("postmaster.pid names no socket")?;
        Ok(Self { socket, log: plan.data().join("postgres.log") })
    }

    /// Runs statements one by one.
    pub(crate) async fn execute(&self, statements: &[&str]) -> Result<()> {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(&self.socket)
            .port(5432)
            .username(SUPERUSER)
            .database(DATABASE);
        let mut connection = PgConnection::connect_with(&options).await?;
        for statement in statements {
            connection.execute(AssertSqlSafe((*statement).to_owned())).await?;
        }
        connection.close().await?;
        Ok(())
    }

    /// Closes the connections of everybody else: what is set for the database holds for new ones.
    const FRESH_CONNECTIONS: &'static str = "select pg_terminate_backend(pid) from pg_stat_activity \
         where datname = current_database() and pid <> pg_backend_pid()";

    /// Has every statement logged with its parameters. The program's own server never does: they are
    /// patients' data, here invented ones.
    pub(crate) async fn log_statements(&self) -> Result<()> {
        self.execute(&[
            "alter database postgres set log_statement = 'all'",
            "alter database postgres set log_error_verbosity = 'default'",
            Self::FRESH_CONNECTIONS,
        ])
        .await?;
        Self::noticed().await
    }

    /// The server takes a connection that it used just now without asking whether it still lives.
    async fn noticed() -> Result<()> {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok(())
    }

    /// Ends that.
    pub(crate) async fn stop_logging(&self) -> Result<()> {
        self.execute(&["alter database postgres reset all", Self::FRESH_CONNECTIONS]).await?;
        Self::noticed().await
    }

    /// Makes the next turn begin like every other: nothing left to write from the one before.
    pub(crate) async fn settle(&self) -> Result<()> {
        self.execute(&["checkpoint"]).await
    }

    /// How long the log is.
    pub(crate) fn log_length(&self) -> Result<u64> {
        Ok(std::fs::metadata(&self.log)?.len())
    }

    /// What was logged after the first `start` bytes.
    pub(crate) fn log_since(&self, start: u64) -> Result<String> {
        let bytes = std::fs::read(&self.log)?;
        let new = bytes.get(usize::try_from(start)?..).unwrap_or_default();
        Ok(String::from_utf8_lossy(new).into_owned())
    }
}
