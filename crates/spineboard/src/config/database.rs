//! The database.

use std::path::PathBuf;

use secrecy::SecretString;

use super::error::ConfigError;
use super::setting::{Descriptor, InForce, Setting};
use super::sources::Sources;

const URL: Descriptor = Descriptor {
    key: "database.url",
    flag: "database-url",
    variable: "DATABASE_URL",
    value_name: "URL",
    default: "none: a private PostgreSQL in the data directory",
    meaning: "PostgreSQL server to use, postgres://user:password@host/database",
    secret: true,
};

const POOL_SIZE: Descriptor = Descriptor {
    key: "database.pool-size",
    flag: "pool-size",
    variable: "SPINEBOARD_POOL_SIZE",
    value_name: "N",
    default: "16",
    meaning: "Connections for requests that one process holds at most; four more are for what is looked up beside them",
    secret: false,
};

const POSTGRES_BIN: Descriptor = Descriptor {
    key: "database.postgres-bin",
    flag: "postgres-bin",
    variable: "SPINEBOARD_POSTGRES_BIN",
    value_name: "DIR",
    default: "found: PATH, then the usual places of the system",
    meaning: "Directory of initdb and postgres for the private PostgreSQL (15 or later)",
    secret: false,
};

/// The settings of this section.
pub(super) const SETTINGS: &[&Descriptor] = &[&URL, &POOL_SIZE, &POSTGRES_BIN];

/// The database.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// The server to use; `None` is a private one.
    pub url: Setting<Option<SecretString>>,
    /// Connections of this process, 2 to 500.
    pub pool_size: Setting<u16>,
    /// The programs of the private server; `None` looks for them.
    pub postgres_bin: Setting<Option<PathBuf>>,
}

impl DatabaseConfig {
    pub(super) fn resolve(sources: &Sources<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            url: sources.setting(
                &URL,
                "an address that begins with postgres:// or postgresql://",
                |text| {
                    let known = ["postgres://", "postgresql://"]
                        .iter()
                        .any(|scheme| text.starts_with(scheme));
                    known.then(|| Some(SecretString::from(text)))
                },
                || None,
            )?,
            pool_size: sources.setting(
                &POOL_SIZE,
                "a number of connections from 2 to 500",
                |text| text.parse().ok().filter(|size| (2..=500).contains(size)),
                || 16,
            )?,
            postgres_bin: sources.path(&POSTGRES_BIN)?,
        })
    }

    pub(super) fn in_force(&self) -> Vec<InForce> {
        vec![self.url.in_force(), self.pool_size.in_force(), self.postgres_bin.in_force()]
    }
}
