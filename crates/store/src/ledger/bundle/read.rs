//! Reading a bundle, line by line; whatever the file holds, a reader never panics.

use std::io::{self, BufRead, Read as _};

use rules::canonical::{self, Hash};
use serde::{Deserialize, Serialize};

use super::{Record, first_chain, next_chain};

/// No line of a bundle is longer: 64 MiB.
const LONGEST_LINE: u64 = 64 << 20;

/// Why a line cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The file breaks off within the line.
    #[error("the file breaks off within this line")]
    Truncated,
    /// The line is longer than any record can be.
    #[error("the line is longer than any record can be")]
    TooLong,
    /// The line is no record.
    #[error("the line is no record of a bundle: {0}")]
    Unreadable(String),
    /// The line says what a record says, in other bytes than the canonical ones.
    #[error("the line is not written in the canonical form of what it says")]
    NotCanonical,
}

/// A line that was read.
#[derive(Debug, Clone)]
pub struct ReadLine {
    /// The number of the line, from 1.
    pub number: u64,
    /// What it says, or why that cannot be read.
    pub record: Result<Record, LineError>,
    /// The chain that the lines up to the one before state; none when that could not be read.
    pub before: Option<Hash>,
    /// Whether the chain of this line follows from the one before and from what the line says.
    pub follows: bool,
}

#[derive(Serialize, Deserialize)]
struct Line {
    chain: Hash,
    #[serde(flatten)]
    record: Record,
}

/// Reads a bundle from a file or a connection.
pub struct BundleReader<R> {
    input: R,
    number: u64,
    // The chain that the last line states: damage in one line does not spread to the next.
    chain: Option<Hash>,
}

impl<R: BufRead> BundleReader<R> {
    /// A reader that begins at the first line.
    pub fn new(input: R) -> Self {
        Self { input, number: 0, chain: Some(first_chain()) }
    }

    /// The next line; none at the end of the file.
    ///
    /// # Errors
    /// When the file cannot be read at all; a line that makes no sense is no such error.
    pub fn next_line(&mut self) -> io::Result<Option<ReadLine>> {
        let mut bytes = Vec::new();
        (&mut self.input).take(LONGEST_LINE).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let before = self.chain;
        let line = match bytes.pop() {
            Some(b'\n') => parse(&bytes),
            _ if u64::try_from(bytes.len()).is_ok_and(|length| length + 1 >= LONGEST_LINE) => {
                self.input.skip_until(b'\n')?;
                Err(LineError::TooLong)
            }
            _ => Err(LineError::Truncated),
        };
        self.chain = line.as_ref().ok().map(|(line, _)| line.chain);
        let (record, follows) = match line {
            // After a line that could not be read there is nothing to follow from.
            Ok((line, own)) => {
                let follows = before.is_none_or(|before| next_chain(&before, &own) == line.chain);
                (Ok(line.record), follows)
            }
            Err(error) => (Err(error), true),
        };
        Ok(Some(ReadLine { number: self.number, record, before, follows }))
    }
}

/// A line, with the canonical bytes of its record alone.
fn parse(bytes: &[u8]) -> Result<(Line, Vec<u8>), LineError> {
    let unreadable = |why: serde_json::Error| LineError::Unreadable(why.to_string());
    let line: Line = serde_json::from_slice(bytes).map_err(unreadable)?;
    let inexact = |why: canonical::CanonicalError| LineError::Unreadable(why.to_string());
    if canonical::to_bytes(&line).map_err(inexact)? != bytes {
        return Err(LineError::NotCanonical);
    }
    let record = canonical::to_bytes(&line.record).map_err(inexact)?;
    Ok((line, record))
}
