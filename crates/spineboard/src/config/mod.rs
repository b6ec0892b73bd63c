//! The configuration: options, then environment, then file, then defaults; each value remembers
//! which it was, so that `doctor` can say what is in force and why.
//!
//! One file per section. To add a setting, describe it there (a [`Descriptor`]), put it into the
//! section's `SETTINGS`, its struct, its `resolve` and its `in_force`; the option, the variable,
//! the file key, `--help` and `doctor` follow from the description.

mod data;
mod database;
mod error;
mod flags;
mod ledger;
mod log;
mod server;
mod session;
mod setting;
mod sources;

use std::path::{Path, PathBuf};

pub use data::DataConfig;
pub use database::DatabaseConfig;
pub use error::ConfigError;
pub use flags::{ConfigFlags, VisitFlags};
pub use ledger::LedgerConfig;
pub use log::{LogConfig, LogFormat};
pub use server::ServerConfig;
pub use session::SessionConfig;
pub use setting::{Descriptor, InForce, Origin, Setting};
pub use sources::{Environment, FlagValues};
use sources::{FileValues, Sources};

/// The environment variable that names the file.
pub const FILE_VARIABLE: &str = "SPINEBOARD_CONFIG";

/// The name of the file in the data directory.
pub const FILE_NAME: &str = "spineboard.toml";

/// Everything that can be set, as it is in force.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
    /// Where the data lies.
    pub data: DataConfig,
    /// The HTTP server.
    pub server: ServerConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// Sessions.
    pub session: SessionConfig,
    /// The log.
    pub log: LogConfig,
    /// The audit log's key.
    pub ledger: LedgerConfig,
}

/// The descriptions of all settings, in the order in which they are shown.
pub fn settings() -> Vec<&'static Descriptor> {
    [
        data::SETTINGS,
        server::SETTINGS,
        database::SETTINGS,
        session::SETTINGS,
        log::SETTINGS,
        ledger::SETTINGS,
    ]
    .concat()
}

impl Config {
    /// Reads the configuration of this process.
    ///
    /// # Errors
    /// When a file that was named cannot be read, holds an unknown key, or a value is not valid.
    pub fn load(flags: &ConfigFlags) -> Result<Self, ConfigError> {
        Self::resolve(flags, &|variable| std::env::var(variable).ok())
    }

    /// Reads the configuration from these sources and the file that they name.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn resolve(flags: &ConfigFlags, environment: Environment<'_>) -> Result<Self, ConfigError> {
        let named = flags.config.clone().or_else(|| environment(FILE_VARIABLE));
        let named = named.filter(|path| !path.is_empty());
        let file = named.map(|path| FileValues::read(Path::new(&path), &settings())).transpose()?;
        let mut sources = Sources { flags: &flags.values, environment, file };
        let data = DataConfig::resolve(&sources)?;
        if sources.file.is_none() {
            sources.file = file_inside(&data.directory.value)?;
        }
        Ok(Self {
            server: ServerConfig::resolve(&sources)?,
            database: DatabaseConfig::resolve(&sources)?,
            session: SessionConfig::resolve(&sources)?,
            log: LogConfig::resolve(&sources)?,
            ledger: LedgerConfig::resolve(&sources, &data.directory.value)?,
            file: sources.file.as_ref().map(|file| file.path().to_owned()),
            data,
        })
    }

    /// All settings as they are in force, secrets hidden.
    pub fn in_force(&self) -> Vec<InForce> {
        [
            self.data.in_force(),
            self.server.in_force(),
            self.database.in_force(),
            self.session.in_force(),
            self.log.in_force(),
            self.ledger.in_force(),
        ]
        .concat()
    }
}

/// `spineboard.toml` of the data directory, if there is one.
fn file_inside(directory: &Path) -> Result<Option<FileValues>, ConfigError> {
    let path = directory.join(FILE_NAME);
    if !path.is_file() {
        return Ok(None);
    }
    let file = FileValues::read(&path, &settings())?;
    if file.sets(&data::DIRECTORY) {
        return Err(ConfigError::DirectoryInside { file: path });
    }
    Ok(Some(file))
}

#[cfg(test)]
mod tests;
