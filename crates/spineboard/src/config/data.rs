//! Where the data lies.

use std::path::PathBuf;

use super::error::ConfigError;
use super::setting::{Descriptor, InForce, Setting};
use super::sources::Sources;
use crate::postgres::default_data_directory;

/// `data.dir`.
pub(super) const DIRECTORY: Descriptor = Descriptor {
    key: "data.dir",
    flag: "data-dir",
    variable: "SPINEBOARD_DATA_DIR",
    value_name: "DIR",
    default: "./data (as root, where PostgreSQL's user cannot reach that: /var/lib/spineboard)",
    meaning: "Directory of the private PostgreSQL, the ledger key and spineboard.toml",
    secret: false,
};

/// The settings of this section.
pub(super) const SETTINGS: &[&Descriptor] = &[&DIRECTORY];

/// The data directory.
#[derive(Debug, Clone)]
pub struct DataConfig {
    /// The directory, absolute.
    pub directory: Setting<PathBuf>,
    /// Set when nobody named a directory and the usual one is out of reach for PostgreSQL's user:
    /// the directory that user may not enter.
    pub moved_away_from: Option<PathBuf>,
}

impl DataConfig {
    pub(super) fn resolve(sources: &Sources<'_>) -> Result<Self, ConfigError> {
        let named = sources.path(&DIRECTORY)?;
        if let Some(path) = &named.value {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            let shown = path.display().to_string();
            let directory = Setting::new(&DIRECTORY, path, &shown, named.origin);
            return Ok(Self { directory, moved_away_from: None });
        }
        let (path, moved_away_from) = default_data_directory();
        let shown = path.display().to_string();
        let directory = Setting::new(&DIRECTORY, path, &shown, named.origin);
        Ok(Self { directory, moved_away_from })
    }

    pub(super) fn in_force(&self) -> Vec<InForce> {
        vec![self.directory.in_force()]
    }
}
