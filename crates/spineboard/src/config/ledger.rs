//! The key that signs the audit log's checkpoints.

use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::setting::{Descriptor, InForce, Setting};
use super::sources::Sources;

const KEY_FILE: Descriptor = Descriptor {
    key: "ledger.key-file",
    flag: "ledger-key-file",
    variable: "SPINEBOARD_LEDGER_KEY_FILE",
    value_name: "FILE",
    default: "ledger.key in the data directory",
    meaning: "Ed25519 key that signs the audit log; made at the first start, never in the database",
    secret: false,
};

/// The settings of this section.
pub(super) const SETTINGS: &[&Descriptor] = &[&KEY_FILE];

/// The key of the audit log.
#[derive(Debug, Clone)]
pub struct LedgerConfig {
    /// Its file.
    pub key_file: Setting<PathBuf>,
}

impl LedgerConfig {
    pub(super) fn resolve(
        sources: &Sources<'_>,
        data_directory: &Path,
    ) -> Result<Self, ConfigError> {
        let named = sources.path(&KEY_FILE)?;
        let path = named.value.unwrap_or_else(|| data_directory.join("ledger.key"));
        let shown = path.display().to_string();
        Ok(Self { key_file: Setting::new(&KEY_FILE, path, &shown, named.origin) })
    }

    pub(super) fn in_force(&self) -> Vec<InForce> {
        vec![self.key_file.in_force()]
    }
}
