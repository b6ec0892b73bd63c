//! Writing a bundle, line by line as the records come.

use std::io::{self, Write};

use rules::canonical::{self, CanonicalError, Hash};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::super::key::LedgerKey;
use super::super::note::NoteError;
use super::{Counts, End, Header, Kind, Record, first_chain, next_chain, signed_text};

/// Why a bundle cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file or the connection does not take it.
    #[error("the bundle cannot be written")]
    Output(#[from] io::Error),
    /// A record has no canonical form.
    #[error("a record has no canonical form")]
    Canonical(#[from] CanonicalError),
    /// The end cannot be signed.
    #[error("the bundle cannot be signed")]
    Signature(#[from] NoteError),
    /// A record comes after one that it must come before.
    #[error("a record of kind {0} comes too late in the bundle")]
    Order(Kind),
    /// The header promised other numbers of records.
    #[error("the header promised {promised:?}, written were {written:?}")]
    Counts {
        /// What the header says.
        promised: Counts,
        /// What was written.
        written: Counts,
    },
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The number of lines, the last included.
    pub lines: u64,
    /// SHA-256 of the whole file.
    pub hash: Hash,
}

#[derive(Serialize)]
struct Line<'a> {
    chain: Hash,
    #[serde(flatten)]
    record: &'a Record,
}

/// Writes a bundle: the header first, the records in their order, the end last.
pub struct BundleWriter<W> {
    out: W,
    file: Sha256,
    chain: Hash,
    lines: u64,
    last: Kind,
    promised: Counts,
    written: Counts,
}

impl<W: Write> BundleWriter<W> {
    /// Begins a bundle with its header.
    ///
    /// # Errors
    /// When the output does not take it.
    pub fn new(out: W, header: Header) -> Result<Self, WriteError> {
        let promised = header.counts.clone();
        let mut writer = Self {
            out,
            file: Sha256::new(),
            chain: first_chain(),
            lines: 0,
            last: Kind::Header,
            promised,
            written: Counts::default(),
        };
        writer.line(&Record::Header(header))?;
        Ok(writer)
    }

    /// Writes a record.
    ///
    /// # Errors
    /// When the record comes too late, has no canonical form, or the output does not take it.
    pub fn write(&mut self, record: &Record) -> Result<(), WriteError> {
        let kind = record.kind();
        if kind < self.last || matches!(kind, Kind::Header | Kind::End) {
            return Err(WriteError::Order(kind));
        }
        self.last = kind;
        self.written.add(kind);
        self.line(record)
    }

    /// Ends the bundle, signed with the key where it is at hand.
    ///
    /// # Errors
    /// When the header promised other numbers of records, or the output does not take it.
    pub fn finish(mut self, signer: Option<(&LedgerKey, &str)>) -> Result<Summary, WriteError> {
        if self.promised != self.written {
            let (promised, written) = (self.promised, self.written);
            return Err(WriteError::Counts { promised, written });
        }
        let lines = self.lines;
        let text = signed_text(lines, &self.chain);
        let note = signer.map(|(key, prefix)| key.sign_text(prefix, text)).transpose()?;
        let note = note.map(|note| note.to_string());
        self.line(&Record::End(End { lines, note }))?;
        self.out.flush()?;
        Ok(Summary { lines: self.lines, hash: Hash::from_bytes(self.file.finalize().into()) })
    }

    fn line(&mut self, record: &Record) -> Result<(), WriteError> {
        let (chain, bytes) = chained_line(&self.chain, record)?;
        self.chain = chain;
        self.out.write_all(&bytes)?;
        self.file.update(&bytes);
        self.lines += 1;
        Ok(())
    }
}

/// The line of a record after a chain, and the chain that it carries on.
pub(in super::super) fn chained_line(
    before: &Hash,
    record: &Record,
) -> Result<(Hash, Vec<u8>), CanonicalError> {
    let chain = next_chain(before, &canonical::to_bytes(record)?);
    let mut bytes = canonical::to_bytes(&Line { chain, record })?;
    bytes.push(b'\n');
    Ok((chain, bytes))
}
