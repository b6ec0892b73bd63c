//! Passwords: Argon2id, one verification for every attempt, whether the user exists or not.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
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

/// Verifies the passwords of a running program, and counts that.
#[derive(Debug, Default)]
pub struct Verifier {
    done: AtomicU64,
    /// Working memory of Argon2, 19 MiB each, used again: given back to the allocator, each thread that
    /// ever verified would hold on to its own. There are as many as ever verified at once.
    memory: Mutex<Vec<Vec<Block>>>,
}

impl Verifier {
    /// Whether `password` is the one that `stored` was made from. Exactly one Argon2 verification, also
    /// for a user who does not exist or has no password. Takes tens of milliseconds of one core: call it
    /// where blocking is allowed.
    pub fn verify(&self, stored: Option<&str>, password: &SecretString) -> bool {
        self.done.fetch_add(1, Ordering::Relaxed);
        let text = stored.unwrap_or(&NOBODY);
        let same = PasswordHash::new(text)
            .ok()
            .and_then(|hash| Some((self.output(&hash, password)?, hash.hash?)))
            // Equality of outputs takes the same time wherever they differ.
            .is_some_and(|(made, kept)| made == kept);
        same && stored.is_some()
    }

    /// What `password` hashes to with the algorithm, parameters and salt of `stored`.
    fn output(&self, stored: &PasswordHash, password: &SecretString) -> Option<Output> {
        let algorithm = Algorithm::try_from(stored.algorithm.as_str()).ok()?;
        let version = Version::try_from(stored.version?).ok()?;
        let params = Params::try_from(stored).ok()?;
        let salt = stored.salt.as_ref()?;
        let mut output = vec![0; stored.hash.as_ref()?.len()];
        let mut memory = self.borrow_memory();
        memory.resize(memory.len().max(params.block_count()), Block::new());
        let made = Argon2::new(algorithm, version, params).hash_password_into_with_memory(
            password.expose_secret().as_bytes(),
            salt.as_ref(),
            &mut output,
            &mut memory,
        );
        self.return_memory(memory);
        made.ok()?;
        Output::new(&output).ok()
    }

    fn borrow_memory(&self) -> Vec<Block> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn return_memory(&self, memory: Vec<Block>) {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
    }

    /// How many verifications were made.
    pub fn count(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}

/// Whether a password may be set.
///
/// # Errors
/// [`PasswordError::TooShort`] under [`SHORTEST`] characters.
pub fn check(password: &SecretString) -> Result<(), PasswordError> {
    let long_enough = password.expose_secret().chars().count() >= SHORTEST;
    if long_enough { Ok(()) } else { Err(PasswordError::TooShort) }
}

/// The stored form of a password, with a salt of its own.
///
/// # Errors
/// [`PasswordError::TooShort`] under [`SHORTEST`] characters.
pub fn hash(password: &SecretString) -> Result<String, PasswordError> {
    check(password)?;
    let hash = Argon2::default()
        .hash_password(password.expose_secret().as_bytes())
        .map_err(|_| PasswordError::Hash)?;
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
    fn attempts_one_after_the_other_share_their_memory() {
        let verifier = Verifier::default();
        let password = SecretString::from("correct horse battery");
        let stored = hash(&password).unwrap();
        for _ in 0..3 {
            assert!(verifier.verify(Some(&stored), &password));
        }
        assert_eq!(verifier.memory.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_hash_with_other_parameters_is_verified_by_its_own() {
        let verifier = Verifier::default();
        let password = SecretString::from("correct horse battery");
        let params = Params::new(32 * 1024, 3, 1, None).unwrap();
        let stronger = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let stored = stronger.hash_password(b"correct horse battery").unwrap().to_string();
        assert!(verifier.verify(Some(&stored), &password));
        assert!(verifier.verify(Some(&hash(&password).unwrap()), &password));
        assert!(!verifier.verify(Some(&stored), &SecretString::from("wrong horse battery")));
    }

    #[test]
    fn what_is_no_hash_is_nobodys_password() {
        let password = SecretString::from("correct horse battery");
        for stored in ["", "correct horse battery", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA"] {
            assert!(!Verifier::default().verify(Some(stored), &password), "{stored}");
        }
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
