//! The key that signs the audit log: made at the first start, in a file of its own, and never
//! replaced without being asked.

use std::path::Path;

use mdt::chance::Sources;
use store::Store;
use store::ledger::LedgerKey;
use store::sites::Installation;

use crate::commands::CommandError;

/// Reads the key of an installation, or makes it if there is no file and the database knows none.
///
/// # Errors
/// When the file cannot be used, belongs to another installation, or is not the key that the
/// database was begun with.
pub async fn open(
    path: &Path,
    store: &Store,
    installation: &Installation,
) -> Result<LedgerKey, CommandError> {
    let new = !path.exists();
    let key = read_or_make(path, &installation.name, store.sources())?;
    if let Err(error) = store.register_ledger_key(&key).await {
        if new {
            remove_unused(path);
            return Err(CommandError::Refused(format!(
                "the database was begun with a key that is not in `{}`; put the file back, or name \
                 it with --ledger-key-file ({error})",
                path.display()
            )));
        }
        return Err(error.into());
    }
    Ok(key)
}

/// Reads the key of an installation that is yet to be made, or makes it if there is no file.
///
/// # Errors
/// When the file cannot be used or belongs to another installation.
pub fn read_or_make(
    path: &Path,
    installation: &str,
    sources: &Sources,
) -> Result<LedgerKey, CommandError> {
    if !path.exists() {
        return create(path, installation, sources);
    }
    let key = LedgerKey::load(path)?;
    if key.installation() != installation {
        return Err(CommandError::Refused(format!(
            "`{}` is the key of the installation `{}`, but this database is `{installation}`",
            path.display(),
            key.installation(),
        )));
    }
    Ok(key)
}

fn create(path: &Path, installation: &str, sources: &Sources) -> Result<LedgerKey, CommandError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)
            .map_err(|source| CommandError::at("create", parent, source))?;
    }
    let key = LedgerKey::new(installation, &sources.bytes())?;
    key.save(path)?;
    tracing::warn!(file = %path.display(), "made the key of the audit log; keep a copy of it");
    Ok(key)
}

/// A key that signed nothing is better not left lying about for the next start to find.
fn remove_unused(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(file = %path.display(), error = %error, "an unused key file is left behind");
    }
}
