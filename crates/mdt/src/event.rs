//! Audit events: what is written down about every command and every reading, as canonical bytes.
//!
//! An event holds ids and codes only. Names, texts, typed addresses and the client's address go to a
//! [`Payload`], which can be erased: the event keeps a salted commitment to it.

mod data;
mod kind;
mod payload;

use chrono::{DateTime, SecondsFormat, Utc};
use rules::canonical::{self, CanonicalError, Hash};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use data::{Change, DataValue};
pub use kind::{EventGroup, EventKind, SubjectKind};
pub use payload::{Payload, Salt};

use crate::actor::{Actor, ActorKind, Basis, Grounds};
use crate::chance::Sources;
use crate::coded::coded;
use crate::ids::{CaseId, EventId, PatientId, RequestId, SessionId, SiteId, UserId};
use crate::role::Role;

/// The version of the event format.
pub const FORMAT: u32 = 1;

/// RFC 6962: the byte that tells a leaf from an inner node of the tree.
const LEAF_PREFIX: u8 = 0;

coded! {
    /// How it ended.
    Outcome, "outcome" {
        Done = "done", "Done";
        Denied = "denied", "Refused";
        Failed = "failed", "Failed";
    }
}

coded! {
    /// What sort of actor an event names.
    ActorCode, "kind of actor" {
        User = "user", "A user";
        Operator = "operator", "The command line";
        Job = "job", "The program itself";
        Anonymous = "anonymous", "Someone not signed in";
    }
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventActor {
    /// What sort of actor.
    pub kind: ActorCode,
    /// Which user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<UserId>,
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// What sort of thing.
    #[serde(rename = "type")]
    pub kind: SubjectKind,
    /// Its id: a UUID, or the id of a rule set.
    pub id: String,
    /// Its version or ordinal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// An event as it is stored and hashed. Absent fields are left out; the order of fields does not count,
/// because the bytes are canonical.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditEvent {
    /// The version of the format, [`FORMAT`].
    pub v: u32,
    /// The event's own id.
    pub id: EventId,
    /// The site whose log it is in.
    pub site: SiteId,
    /// When, in UTC.
    #[serde(with = "instant")]
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: EventActor,
    /// The role that counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What the right rested on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// The HTTP request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// What happened.
    pub kind: EventKind,
    /// How it ended.
    pub outcome: Outcome,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The case concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// The patient concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientId>,
    /// What for: a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Why: a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the kind calls for: ids, codes, numbers and hashes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, DataValue>,
    /// The commitment to the payload, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<Hash>,
}

/// Why bytes are no audit event.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// Not the shape of an event; the message names what is wrong.
    #[error("not an audit event: {0}")]
    Shape(String),
    /// Another version of the format.
    #[error("audit events of format {0} are not known here")]
    Format(u32),
    /// Readable, but not in canonical form, so its hash would mean nothing.
    #[error("the bytes of the event are not in canonical form")]
    NotCanonical,
    /// The value has no canonical form.
    #[error("the event has no canonical form")]
    Canonical(#[from] CanonicalError),
}

impl AuditEvent {
    /// The bytes that are stored and hashed.
    ///
    /// # Errors
    /// [`EventError::Canonical`] when a value has no canonical form.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EventError> {
        Ok(canonical::to_bytes(self)?)
    }

    /// Reads an event back.
    ///
    /// # Errors
    /// [`EventError`] when the bytes are no event, name an unknown kind or field, or are not canonical.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EventError> {
        let event: Self =
            serde_json::from_slice(bytes).map_err(|error| EventError::Shape(error.to_string()))?;
        if event.v != FORMAT {
            return Err(EventError::Format(event.v));
        }
        if event.to_bytes()? != bytes {
            return Err(EventError::NotCanonical);
        }
        Ok(event)
    }
}

/// The hash of a leaf of the log (RFC 6962): SHA-256 of a zero byte and the event's bytes.
pub fn leaf_hash(event_bytes: &[u8]) -> Hash {
    let mut leaf = Vec::with_capacity(event_bytes.len() + 1);
    leaf.push(LEAF_PREFIX);
    leaf.extend_from_slice(event_bytes);
    Hash::of(&leaf)
}

/// An event that a command is about to write: everything but who, when and where, which [`Event::seal`]
/// takes from the actor and the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    kind: EventKind,
    outcome: Outcome,
    subject: Option<Subject>,
    case: Option<CaseId>,
    patient: Option<PatientId>,
    purpose: Option<String>,
    reason: Option<String>,
    data: BTreeMap<String, DataValue>,
    payload: Payload,
}

/// An event with its bytes, leaf hash and payload: what one transaction inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEvent {
    /// The event.
    pub event: AuditEvent,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// SHA-256(0x00 ‖ bytes).
    pub leaf: Hash,
    /// The payload's salt and canonical bytes, when there is a payload.
    pub payload: Option<(Salt, Vec<u8>)>,
}

impl Event {
    /// An event of this kind that was done.
    pub fn new(kind: EventKind) -> Self {
        Self {
            kind,
            outcome: Outcome::Done,
            subject: None,
            case: None,
            patient: None,
            purpose: None,
            reason: None,
            data: BTreeMap::new(),
            payload: Payload::default(),
        }
    }

    /// What kind it is.
    pub fn kind(&self) -> EventKind {
        self.kind
    }

    /// The case it concerns, as far as said.
    pub fn case_id(&self) -> Option<CaseId> {
        self.case
    }

    /// The patient it concerns, as far as said.
    pub fn patient_id(&self) -> Option<PatientId> {
        self.patient
    }

    /// How it ended, if not done.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// What it is about.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "ids and codes are passed as they are")]
    pub fn subject(mut self, kind: SubjectKind, id: impl ToString) -> Self {
        self.subject = Some(Subject { kind, id: id.to_string(), version: None });
        self
    }

    /// What it is about, and which version or ordinal of it.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "ids and codes are passed as they are")]
    pub fn subject_version(mut self, kind: SubjectKind, id: impl ToString, version: u32) -> Self {
        self.subject = Some(Subject { kind, id: id.to_string(), version: Some(version) });
        self
    }

    /// The case concerned.
    #[must_use]
    pub fn case(mut self, case: CaseId) -> Self {
        self.case = Some(case);
        self
    }

    /// The patient concerned.
    #[must_use]
    pub fn patient(mut self, patient: PatientId) -> Self {
        self.patient = Some(patient);
        self
    }

    /// What for, as a code.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "ids and codes are passed as they are")]
    pub fn purpose(mut self, code: impl ToString) -> Self {
        self.purpose = Some(code.to_string());
        self
    }

    /// Why, as a code; the words belong to the payload.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "ids and codes are passed as they are")]
    pub fn reason(mut self, code: impl ToString) -> Self {
        self.reason = Some(code.to_string());
        self
    }

    /// One entry of the data: an id, a code, a number or a hash, never a name or a text.
    #[must_use]
    pub fn data(mut self, key: &str, value: impl Into<DataValue>) -> Self {
        self.data.insert(key.to_owned(), value.into());
        self
    }

    /// One entry of the payload: whatever may have to be erased one day.
    #[must_use]
    pub fn private(mut self, key: &str, value: impl Into<DataValue>) -> Self {
        self.payload.insert(key, value);
        self
    }

    /// Completes the event for the log of `site`: who from the actor and the grounds, id, time and salt
    /// from the sources.
    ///
    /// # Errors
    /// [`EventError::Canonical`] when a value has no canonical form.
    pub fn seal(
        self,
        actor: &Actor,
        grounds: Option<&Grounds>,
        site: SiteId,
        sources: &Sources,
    ) -> Result<SealedEvent, EventError> {
        let payload = if self.payload.is_empty() {
            None
        } else {
            let salt = Salt::from(sources.bytes());
            Some((salt, self.payload.to_bytes()?))
        };
        let commitment = payload.as_ref().map(|(salt, bytes)| salt.commit(bytes));
        let event = AuditEvent {
            v: FORMAT,
            id: sources.new_id(),
            site,
            at: sources.now(),
            actor: EventActor::from(actor),
            role: grounds.and_then(|grounds| grounds.role),
            basis: grounds.map(|grounds| grounds.basis).or(basis_of(actor.kind)),
            session: actor.session,
            request: actor.request,
            kind: self.kind,
            outcome: self.outcome,
            subject: self.subject,
            case: self.case,
            patient: self.patient,
            purpose: self.purpose,
            reason: self.reason,
            data: self.data,
            commitment,
        };
        let bytes = event.to_bytes()?;
        let leaf = leaf_hash(&bytes);
        Ok(SealedEvent { event, bytes, leaf, payload })
    }
}

fn basis_of(kind: ActorKind) -> Option<Basis> {
    match kind {
        ActorKind::User(_) | ActorKind::Anonymous => None,
        ActorKind::Operator => Some(Basis::Operator),
        ActorKind::Job => Some(Basis::Job),
    }
}

impl From<&Actor> for EventActor {
    fn from(actor: &Actor) -> Self {
        let kind = match actor.kind {
            ActorKind::User(_) => ActorCode::User,
            ActorKind::Operator => ActorCode::Operator,
            ActorKind::Job => ActorCode::Job,
            ActorKind::Anonymous => ActorCode::Anonymous,
        };
        Self { kind, id: actor.user() }
    }
}

/// An instant as it stands in canonical documents: RFC 3339, UTC, microseconds.
pub fn instant_text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Serde as [`instant_text`].
pub(crate) mod instant {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        at: &DateTime<Utc>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::instant_text(*at))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<DateTime<Utc>, D::Error> {
        DateTime::<Utc>::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests;
