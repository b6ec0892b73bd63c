//! A first or new password: from standard input, or made here and shown once.

use std::io::BufRead as _;
use std::path::Path;

use mdt::chance::Sources;
use secrecy::{ExposeSecret as _, SecretString};
use store::password::hash;

use crate::commands::CommandError;
use crate::output::Output;

/// Letters and digits that cannot be taken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Five bits each: 100 bits.
const LENGTH: usize = 20;

/// A password and its stored form.
pub(super) struct NewPassword {
    password: SecretString,
    pub(super) hash: String,
    made_here: bool,
}

impl NewPassword {
    /// Reads one line of standard input, or makes a password.
    pub(super) fn choose(from_stdin: bool, sources: &Sources) -> Result<Self, CommandError> {
        let password = if from_stdin { read_line()? } else { random(sources) };
        let hash = hash(&password).map_err(|error| CommandError::Refused(error.to_string()))?;
        Ok(Self { password, hash, made_here: !from_stdin })
    }

    /// The password, if it was made here: the only time that it can be shown.
    pub(super) fn to_show(&self) -> Option<&str> {
        self.made_here.then(|| self.password.expose_secret())
    }

    /// Prints the password, if it was made here.
    pub(super) fn print(&self, output: &mut Output) -> std::io::Result<()> {
        match self.to_show() {
            Some(password) => output.line(format!("Password (shown once): {password}")),
            None => Ok(()),
        }
    }
}

fn read_line() -> Result<SecretString, CommandError> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|source| CommandError::at("read", Path::new("standard input"), source))?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}

fn random(sources: &Sources) -> SecretString {
    let letters = sources.bytes::<LENGTH>().map(|byte| {
        ALPHABET.get(usize::from(byte) % ALPHABET.len()).copied().map_or('x', char::from)
    });
    SecretString::from(letters.iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_is_made_is_long_and_never_the_same() {
        let sources = Sources::system().unwrap();
        let one = NewPassword::choose(false, &sources).unwrap();
        let two = NewPassword::choose(false, &sources).unwrap();
        assert_eq!(one.to_show().unwrap().len(), LENGTH);
        assert_ne!(one.to_show(), two.to_show());
    }
}
