//! One event of a log as it is stored.

use chrono::{DateTime, Utc};
use mdt::event::{AuditEvent, leaf_hash};
use mdt::ids::EventId;
use rules::canonical::Hash;

/// One event of a log as its row has it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The event.
    pub id: EventId,
    /// When.
    pub at: DateTime<Utc>,
    /// The code of its kind: `decision.signed`.
    pub kind: String,
    /// The bytes that were hashed.
    pub document: Vec<u8>,
    /// The leaf hash that is stored beside them; none when that is no hash.
    pub leaf: Option<Hash>,
    /// Its entry number from 0, once it is sealed.
    pub index: Option<i64>,
    /// What the bytes say; none when they are no event.
    pub event: Option<AuditEvent>,
    /// The number of its case, where it has one.
    pub case_number: Option<String>,
}

impl Entry {
    /// The row as it stands, read as far as it can be read.
    pub(super) fn of(row: EntryRow) -> Self {
        let leaf = <[u8; 32]>::try_from(row.leaf_hash.as_slice()).ok().map(Hash::from_bytes);
        let event = AuditEvent::from_bytes(&row.document).ok();
        Self {
            id: row.id,
            at: row.at,
            kind: row.kind,
            document: row.document,
            leaf,
            index: row.index,
            event,
            case_number: row.case_number,
        }
    }

    /// The leaf hash of the bytes, made again.
    pub fn leaf_again(&self) -> Hash {
        leaf_hash(&self.document)
    }

    /// What does not fit of the event, if anything: in words for a person.
    pub fn damage(&self) -> Option<String> {
        let again = self.leaf_again();
        if self.leaf != Some(again) {
            let stated = self.leaf.map_or_else(|| "no hash".to_owned(), |leaf| leaf.to_string());
            return Some(format!("its bytes have the leaf hash {again}, the log has {stated}"));
        }
        match &self.event {
            None => Some("its bytes are no audit event".to_owned()),
            Some(event) if event.id != self.id => {
                Some(format!("its bytes are the event {}", event.id))
            }
            Some(_) => None,
        }
    }

    /// Whether it fits its leaf hash.
    pub fn fits(&self) -> bool {
        self.damage().is_none()
    }

    /// `entry 4812 (decision.signed)`, or the event by its id while it waits for its seal.
    pub fn name(&self) -> String {
        match self.index {
            Some(index) => format!("entry {index} ({})", self.kind),
            None => format!("event {} ({})", self.id, self.kind),
        }
    }
}

/// The columns of [`Entry`].
pub(super) struct EntryRow {
    pub(super) id: EventId,
    pub(super) at: DateTime<Utc>,
    pub(super) kind: String,
    pub(super) document: Vec<u8>,
    pub(super) leaf_hash: Vec<u8>,
    pub(super) index: Option<i64>,
    pub(super) case_number: Option<String>,
}
