//! The checks that `doctor` makes.

mod database;

use serde::Serialize;

use crate::config::Config;
use crate::postgres::{DataDirectory, PostgresError, PrivateCluster, discover};

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// It works.
    Ok,
    /// It works, or will; somebody should know about this.
    Note,
    /// It does not work.
    Failed,
}

impl State {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Failed => "FAILED",
        }
    }
}

/// One check.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Check {
    pub(super) subject: &'static str,
    pub(super) state: State,
    pub(super) finding: String,
}

impl Check {
    fn new(subject: &'static str, state: State, finding: impl Into<String>) -> Self {
        Self { subject, state, finding: finding.into() }
    }

    pub(super) fn is_well(&self) -> bool {
        self.state != State::Failed
    }
}

/// All checks that apply to this configuration.
pub(super) fn all(config: &Config) -> Vec<Check> {
    let mut checks = vec![data_directory(config)];
    if config.database.url.value.is_none() {
        checks.push(postgres(config));
    }
    if checks.iter().all(Check::is_well) {
        checks.extend(database::all(config));
    }
    checks
}

fn data_directory(config: &Config) -> Check {
    const SUBJECT: &str = "data directory";
    let path = &config.data.directory.value;
    let state = if path.is_dir() { "exists" } else { "will be made at the first start" };
    match &config.data.moved_away_from {
        Some(obstacle) => Check::new(
            SUBJECT,
            State::Note,
            format!(
                "{} {state}; ./data is not used, because PostgreSQL's user cannot enter {}",
                path.display(),
                obstacle.display()
            ),
        ),
        None => Check::new(SUBJECT, State::Ok, format!("{} {state}", path.display())),
    }
}

fn postgres(config: &Config) -> Check {
    const SUBJECT: &str = "private PostgreSQL";
    match look_for_postgres(config) {
        Ok(finding) => Check::new(SUBJECT, State::Ok, finding),
        Err(error) => Check::new(SUBJECT, State::Failed, error.to_string()),
    }
}

fn look_for_postgres(config: &Config) -> Result<String, PostgresError> {
    let directory = DataDirectory::at(&config.data.directory.value)?;
    let cluster = directory.major()?;
    let found = discover(config.database.postgres_bin.value.as_deref(), cluster)?;
    found.check_cluster(&directory, cluster)?;
    let running = match PrivateCluster::running_in(&directory) {
        Some(socket) => format!("running, socket in {}", socket.directory().display()),
        None => "not running".to_owned(),
    };
    Ok(format!("{} in {}, {running}", found.version, found.directory.display()))
}
