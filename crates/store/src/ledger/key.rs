//! The key with which an installation signs the checkpoints of its logs.
//!
//! It lives in one text file that only its owner may read, never in the database: whoever can
//! write the database still cannot sign a log that was rewritten.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use super::note::{
    Checkpoint, ED25519, NoteError, NoteSignature, SignedNote, VerifierKey, is_name,
};
use super::tree::TreeHead;

/// What begins the one line of a key file, as other tools for signed notes write it.
const FILE_MARK: &str = "PRIVATE+KEY+";

/// A key file is one line of a few hundred bytes; what is longer is something else.
const LONGEST_FILE: u64 = 4096;

/// Why a ledger key cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the ledger key file `{path}` cannot be used")]
    File {
        /// Where it is.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// Others than its owner may read the file.
    #[error("the ledger key file `{path}` has mode {mode:03o}: only its owner may read it (600)")]
    Exposed {
        /// Where it is.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds something else.
    #[error("the file `{0}` holds no ledger key")]
    Content(String),
    /// The name of the installation cannot stand in the name of a log.
    #[error("`{0}` cannot name an installation: it is empty, or has a space, a slash or a plus")]
    Installation(String),
}

/// Whether a text can name an installation: it is the first part of every log's name.
///
/// # Errors
/// [`KeyError::Installation`] when it is empty or has white space, a slash or a plus sign.
pub fn check_installation_name(name: &str) -> Result<(), KeyError> {
    if is_name(name) && !name.contains('/') {
        Ok(())
    } else {
        Err(KeyError::Installation(name.to_owned()))
    }
}

/// The signing key of an installation, with the name under which its logs are known.
#[derive(Clone)]
pub struct LedgerKey {
    installation: String,
    // Wipes itself when dropped.
    key: SigningKey,
}

impl LedgerKey {
    /// A key from 32 random bytes, under the name of the installation.
    ///
    /// # Errors
    /// When the name is empty or has white space, a slash or a plus sign.
    pub fn new(installation: &str, random: &[u8; 32]) -> Result<Self, KeyError> {
        check_installation_name(installation)?;
        let key = SigningKey::from_bytes(random);
        Ok(Self { installation: installation.to_owned(), key })
    }

    /// The name of the installation.
    pub fn installation(&self) -> &str {
        &self.installation
    }

    /// The name of a site's log: `<installation>/<site prefix>`.
    pub fn origin(&self, site_prefix: &str) -> String {
        format!("{}/{site_prefix}", self.installation)
    }

    /// The public key, under the name of a site's log.
    ///
    /// # Errors
    /// When the prefix cannot stand in a name.
    pub fn verifier(&self, site_prefix: &str) -> Result<VerifierKey, NoteError> {
        VerifierKey::new(&self.origin(site_prefix), self.key.verifying_key())
    }

    /// The public key under the bare name of the installation, as the database keeps it.
    ///
    /// # Errors
    /// Never for a key that could be made.
    pub fn public(&self) -> Result<VerifierKey, NoteError> {
        VerifierKey::new(&self.installation, self.key.verifying_key())
    }

    /// Signs what a site's log says of itself.
    ///
    /// # Errors
    /// When the prefix cannot stand in a name.
    pub fn sign_checkpoint(
        &self,
        site_prefix: &str,
        head: TreeHead,
    ) -> Result<SignedNote, NoteError> {
        let checkpoint = Checkpoint { origin: self.origin(site_prefix), head };
        self.sign_text(site_prefix, checkpoint.text())
    }

    /// Signs a text, which ends in a line feed, in the name of a site's log.
    ///
    /// # Errors
    /// When the prefix cannot stand in a name, or the text is none that a note can hold.
    pub fn sign_text(&self, site_prefix: &str, text: String) -> Result<SignedNote, NoteError> {
        let verifier = self.verifier(site_prefix)?;
        let bytes = self.key.sign(text.as_bytes()).to_bytes().to_vec();
        let name = verifier.name().to_owned();
        SignedNote::new(text, vec![NoteSignature { name, key_id: verifier.id(), bytes }])
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// When the file cannot be read, may be read by others, or holds no key.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let name = path.display().to_string();
        let refused = |source| KeyError::File { path: name.clone(), source };
        let file = File::open(path).map_err(refused)?;
        let mode = file.metadata().map_err(refused)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed { path: name, mode });
        }
        let mut text = Zeroizing::new(String::new());
        file.take(LONGEST_FILE).read_to_string(&mut text).map_err(refused)?;
        Self::parse(&text).ok_or(KeyError::Content(name))
    }

    /// Writes a new key file that only its owner may read, and waits until it is on the disk.
    ///
    /// # Errors
    /// When there is such a file already (a key is never overwritten), or it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        let refused = |source| KeyError::File { path: path.display().to_string(), source };
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create_new(true).mode(0o600).open(path).map_err(refused)?;
        file.write_all(self.to_text().as_bytes()).map_err(refused)?;
        file.sync_all().map_err(refused)?;
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = File::open(directory.unwrap_or(Path::new("."))).map_err(refused)?;
        directory.sync_all().map_err(refused)
    }

    fn to_text(&self) -> Zeroizing<String> {
        let mut typed = Zeroizing::new([ED25519; 33]);
        if let Some(seed) = typed.last_chunk_mut::<32>() {
            seed.copy_from_slice(self.key.as_bytes());
        }
        let encoded = Zeroizing::new(STANDARD.encode(typed.as_slice()));
        let id = self.id();
        Zeroizing::new(format!("{FILE_MARK}{}+{id}+{}\n", self.installation, *encoded))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_suffix('\n')?.strip_prefix(FILE_MARK)?.splitn(3, '+');
        let (installation, id, encoded) = (parts.next()?, parts.next()?, parts.next()?);
        let typed = Zeroizing::new(STANDARD.decode(encoded).ok()?);
        let (&ED25519, seed) = typed.split_first()? else { return None };
        let key = Self::new(installation, seed.try_into().ok()?).ok()?;
        (key.id() == id).then_some(key)
    }

    /// The id of the public key under the bare name of the installation, as the file states it.
    fn id(&self) -> String {
        self.public().map(|verifier| hex::encode(verifier.id())).unwrap_or_default()
    }
}

impl fmt::Debug for LedgerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LedgerKey({}, {})", self.installation, self.id())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("ledger-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_key_file_reads_back_is_private_and_is_never_overwritten() {
        let folder = Folder::new("key");
        let path = folder.0.join("ledger.key");
        let key = LedgerKey::new("demo", &[7; 32]).unwrap();
        key.save(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = LedgerKey::load(&path).unwrap();
        assert_eq!(again.verifier("NF").unwrap(), key.verifier("NF").unwrap());
        let other = LedgerKey::new("demo", &[8; 32]).unwrap();
        assert!(matches!(other.save(&path), Err(KeyError::File { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), *key.to_text());
    }

    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        let folder = Folder::new("mode");
        let path = folder.0.join("ledger.key");
        LedgerKey::new("demo", &[7; 32]).unwrap().save(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = LedgerKey::load(&path).unwrap_err();
        assert!(refused.to_string().contains("mode 640"), "{refused}");
    }

    #[test]
    fn a_damaged_key_file_is_no_key() {
        let good = LedgerKey::new("demo", &[7; 32]).unwrap().to_text();
        assert!(LedgerKey::parse(&good).is_some());
        assert!(LedgerKey::parse(&good.replace("demo", "dame")).is_none());
        assert!(LedgerKey::parse(good.trim_end()).is_none());
        assert!(LedgerKey::parse("").is_none());
        let folder = Folder::new("none");
        assert!(matches!(LedgerKey::load(&folder.0.join("no.key")), Err(KeyError::File { .. })));
    }

    #[test]
    fn a_name_that_would_blur_the_origin_is_refused() {
        for name in ["", "a b", "a/b", "a+b", "a\n"] {
            assert!(LedgerKey::new(name, &[7; 32]).is_err(), "{name}");
        }
        assert!(LedgerKey::new("demo", &[7; 32]).unwrap().verifier("N F").is_err());
    }

    #[test]
    fn the_debug_form_does_not_show_the_secret() {
        let key = LedgerKey::new("demo", &[7; 32]).unwrap();
        assert_eq!(format!("{key:?}"), format!("LedgerKey(demo, {})", key.id()));
        assert_eq!(key.id().len(), 8);
    }
}
