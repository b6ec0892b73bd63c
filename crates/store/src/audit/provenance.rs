//! Where a signed version of a decision comes from: its rows, those it rests on, and its events.

mod rows;

use chrono::{DateTime, Utc};
use mdt::decision::{Amendment, DecisionDocument};
use mdt::event::{EventGroup, EventKind};
use mdt::ids::{AssessmentId, DecisionId, DecisionVersionId, EvaluationId, ProtocolVersionId};
use mdt::permission::Act;
use rules::canonical::Hash;

use super::entry::Entry;
use crate::decisions::read::{Deed, Signature};
use crate::{CaseKey, Reading, StoreError};

pub(super) use rows::log_of;

/// Bytes as they are stored, with the hash that is stored beside them.
#[derive(Debug, Clone)]
pub struct StoredDocument {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The hash beside them; none when that is no hash.
    pub hash: Option<Hash>,
}

impl StoredDocument {
    fn of(bytes: Vec<u8>, hash: &[u8]) -> Self {
        let hash = <[u8; 32]>::try_from(hash).ok().map(Hash::from_bytes);
        Self { bytes, hash }
    }

    /// The hash that the bytes have.
    pub fn hash_again(&self) -> Hash {
        Hash::of(&self.bytes)
    }
}

/// A signed version, read as far as it can be read.
#[derive(Debug, Clone)]
pub struct SignedRecord {
    /// The decision.
    pub decision: DecisionId,
    /// Its number in the case, from 1.
    pub ordinal: i32,
    /// The version's id.
    pub id: DecisionVersionId,
    /// The version's number, from 1.
    pub version: u32,
    /// The bytes that were signed.
    pub signed: StoredDocument,
    /// What they say, or why that cannot be read.
    pub document: Result<DecisionDocument, String>,
    /// What was read out and confirmed.
    pub sentence: String,
    /// The evaluation that it rests on.
    pub evaluation: EvaluationId,
    /// Why it amends the version before.
    pub amendment: Option<Amendment>,
    /// Who recorded it.
    pub recorded: Deed,
    /// Who confirmed it.
    pub confirmed: Deed,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// Who signed it.
    pub signatures: Vec<Signature>,
}

/// A rule set of the protocol.
#[derive(Debug, Clone)]
pub struct RuleRecord {
    /// Its id.
    pub rule_set: String,
    /// Its version.
    pub version: i32,
    /// Its title.
    pub title: String,
    /// Its canonical form.
    pub document: StoredDocument,
    /// Its state when the decision was signed.
    pub state_then: Option<String>,
    /// Its state now.
    pub state_now: Option<String>,
}

/// The evaluation that the decision rests on, with what it was made from.
#[derive(Debug, Clone)]
pub struct EvaluationRecord {
    /// Its id.
    pub id: EvaluationId,
    /// The number of the engine.
    pub engine: i32,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// The result.
    pub result: StoredDocument,
    /// The assessment.
    pub assessment: AssessmentId,
    /// Its number in the case.
    pub assessment_ordinal: i32,
    /// The facts.
    pub facts: StoredDocument,
    /// The protocol version.
    pub protocol_version: ProtocolVersionId,
    /// The id of the protocol.
    pub protocol: String,
    /// Its version.
    pub protocol_number: i32,
    /// Its canonical form.
    pub pins: StoredDocument,
    /// The rule sets, in the order of the protocol.
    pub rule_sets: Vec<RuleRecord>,
}

/// The first checkpoint that covers the signature, and the leaves below it.
#[derive(Debug, Clone)]
pub struct Checkpointed {
    /// Its number.
    pub number: i64,
    /// How many entries it covers.
    pub size: i64,
    /// The root that is stored.
    pub root: Option<Hash>,
    /// The signed note.
    pub note: String,
    /// When it was sealed.
    pub sealed_at: DateTime<Utc>,
    /// The stored leaf hashes of the entries that it covers, in order; none for one that is no hash.
    pub leaves: Vec<Option<Hash>>,
}

/// Where a signed version comes from.
#[derive(Debug, Clone)]
pub struct Provenance {
    /// The version.
    pub record: SignedRecord,
    /// All versions of the decision: number, and when signed.
    pub versions: Vec<(u32, DateTime<Utc>)>,
    /// What it rests on.
    pub evaluation: EvaluationRecord,
    /// The events about it and about what it rests on, the oldest first.
    pub entries: Vec<Entry>,
    /// The checkpoint; none while the signature waits for its seal.
    pub checkpoint: Option<Checkpointed>,
    /// How many entries the log has now.
    pub log_size: i64,
    /// The name of the log: `<installation>/<site prefix>`.
    pub origin: String,
    /// The public key of the installation as the database knows it; none before the first seal.
    pub key: Option<String>,
}

impl Provenance {
    /// The event of the first signature, if it is among the entries.
    pub fn signing(&self) -> Option<&Entry> {
        let event = self.record.signatures.first()?.event;
        self.entries.iter().find(|entry| entry.id == event)
    }
}

/// Reads where a version of a decision of the case comes from.
///
/// # Errors
/// [`StoreError::NotFound`] when the case has no such version.
pub async fn provenance<A: Act>(
    reading: &mut Reading<A, CaseKey>,
    decision: DecisionId,
    version: u32,
) -> Result<Provenance, StoreError> {
    let (site, case) = (reading.subject.site, reading.subject.id);
    let connection = reading.connection();
    let mut records = rows::records(connection, site, case, decision).await?;
    let versions = records.iter().map(|record| (record.version, record.signed_at)).collect();
    let place =
        records.iter().position(|record| record.version == version).ok_or(StoreError::NotFound)?;
    let mut record = records.swap_remove(place);
    record.signatures = rows::signatures(connection, site, record.id).await?;
    let evaluation = rows::evaluation(connection, site, &record).await?;
    let entries = rows::events_about(connection, site, case, &record, &evaluation).await?;
    let index = record
        .signatures
        .first()
        .and_then(|signature| entries.iter().find(|entry| entry.id == signature.event)?.index);
    let checkpoint = match index {
        Some(index) => rows::checkpoint(connection, site, index).await?,
        None => None,
    };
    let (origin, key, log_size) = rows::log_of(connection, site).await?;
    Ok(Provenance { record, versions, evaluation, entries, checkpoint, log_size, origin, key })
}

/// Who has read the case, the latest first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn reads_of<A: Act>(
    reading: &mut Reading<A, CaseKey>,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let (site, case) = (reading.subject.site, reading.subject.id);
    let kinds: Vec<EventKind> = EventKind::of(EventGroup::Read).collect();
    rows::of_case(reading.connection(), site, case, &kinds, Some(limit)).await
}
