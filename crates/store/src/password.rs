//! Passwords: Argon2id, one verification for every attempt, whether the user exists or not.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};

/// The fewest characters a password may have.
pub const SHORTEST: usize = 12;

/// Why a password cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("a password needs at least {SHORTEST} characters")]
    TooShort,
    /// The hash could not be made.
    #[error("the password could not be hashed")]
    Hash,
}

/// Hash of a password that nobody has: what an unknown user's attempt is verified against, so that it
/// costs the same as a known user's.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    Argon2::default()
        .hash_password(b"no user has this password")
        .map(|hash| hash.to_string())
        .unwrap_or_default()
});

/// Counts the verifications of a running program.
#[derive(Debug, Default)]
pub struct Verifier {
    done: AtomicU64,
}

impl Verifier {
    /// Whether `password` is the one that `stored` was made from. Exactly one Argon2 verification, also
    /// for a user who does not exist or has no password. Takes tens of milliseconds of one core: call it
    /// where blocking is allowed.
    pub fn verify(&self, stored: Option<&str>, password: &SecretString) -> bool {
        self.done.fetch_add(1, Ordering::Relaxed);
        let text = stored.unwrap_or(&NOBODY);
        let Ok(hash) = PasswordHash::new(text) else { return false };
        let same =
            Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash).is_ok();
        same && stored.is_some()
    }

    /// How many verifications were made.
    pub fn count(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}

/// The stored form of a password, with a salt of its own.
///
/// # Errors
/// [`PasswordError::TooShort`] under [`SHORTEST`] characters.
pub fn hash(password: &SecretString) -> Result<String, PasswordError> {
    let text = password.expose_secret();
    if text.chars().count() < SHORTEST {
        return Err(PasswordError::TooShort);
    }
    let hash = Argon2::default().hash_password(text.as_bytes()).map_err(|_| PasswordError::Hash)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_costs_one_verification_whether_the_user_exists_or_not() {
        let verifier = Verifier::default();
        let password = SecretString::from("correct horse battery");
        let stored = hash(&password).unwrap();
        assert!(verifier.verify(Some(&stored), &password));
        assert!(!verifier.verify(Some(&stored), &SecretString::from("wrong horse battery")));
        assert!(!verifier.verify(None, &password));
        assert_eq!(verifier.count(), 3);
    }

    #[test]
    fn nobody_signs_in_with_the_password_that_nobody_has() {
        let verifier = Verifier::default();
        assert!(!verifier.verify(None, &SecretString::from("no user has this password")));
    }

    #[test]
    fn a_short_password_is_refused() {
        assert_eq!(hash(&SecretString::from("short")), Err(PasswordError::TooShort));
    }
}
