//! The exported bundle: one file of JSON lines that carries everything needed to check a log, or
//! a part of one, without the database and without trusting the server it came from.
//!
//! Each line is one record in canonical JSON (RFC 8785) with its `kind`, in this order: header ·
//! `rule_set` · `protocol` · `assessment` · `evaluation` · `decision_version` · `event` ·
//! `payload` · `staff` · `leaf` or `inclusion` · `checkpoint` · `end`. Documents are the exact
//! bytes that were hashed, in base64.
//!
//! Each line carries `chain`, the SHA-256 of the chain of the line before and of the record's own
//! canonical bytes. It proves nothing against somebody who writes a new file (the log and its
//! signatures do that); it is there so that damage is named by the line where it lies, whatever
//! the record. As a line must also be exactly the canonical form of what it says, no byte of the
//! file can change unseen. The last line says how many came before it, and is signed by the
//! installation where its key was at hand: that covers what the log does not, the names of staff.

mod read;
mod record;
mod write;

pub use read::{BundleReader, LineError, ReadLine};
pub use record::{
    Assessment, Bytes, CheckpointRecord, Counts, DecisionVersion, End, Evaluation, Event, Header,
    Inclusion, Kind, Leaf, Payload, Record, Scope, ScopeKind, Staff, Versioned,
};
#[cfg(test)]
pub(super) use write::chained_line;
pub use write::{BundleWriter, Summary, WriteError};

use rules::canonical::Hash;

/// The number of the bundle's format; a reader refuses any other.
pub const FORMAT: u32 = 1;

/// The chain before the first line.
pub(super) fn first_chain() -> Hash {
    Hash::of(format!("spineboard bundle {FORMAT}\n").as_bytes())
}

/// The chain of a line: SHA-256 of the chain before it and the record's canonical bytes.
pub(super) fn next_chain(before: &Hash, record: &[u8]) -> Hash {
    let mut bytes = before.as_bytes().to_vec();
    bytes.extend_from_slice(record);
    Hash::of(&bytes)
}

/// The text that is signed at the end of a bundle: it cannot be taken for a checkpoint, because
/// its first line has spaces.
pub(super) fn signed_text(lines: u64, chain: &Hash) -> String {
    format!("spineboard bundle {FORMAT}\n{lines}\n{chain}\n")
}
