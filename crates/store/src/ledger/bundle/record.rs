//! The records of a bundle, one type for each kind of line.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use rules::canonical::Hash;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// Bytes as they were hashed; base64 in the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Bytes({})", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// The kinds of records, in the order in which they stand in a bundle; leaves and inclusion proofs
/// take the same place, for a bundle has one or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What the bundle is about.
    Header,
    /// A version of a rule set.
    RuleSet,
    /// A version of a protocol.
    Protocol,
    /// The facts of a case at one time.
    Assessment,
    /// What a protocol made of an assessment.
    Evaluation,
    /// A signed version of a decision.
    DecisionVersion,
    /// An audit event.
    Event,
    /// What an event withholds, disclosed.
    Payload,
    /// The name of a person whom the records name by id.
    Staff,
    /// The place of an event in the log.
    Leaf,
    /// The proof that an event has its place in the log.
    Inclusion,
    /// What the log said of itself, signed.
    Checkpoint,
    /// The end of the bundle.
    End,
}

impl Kind {
    /// The word that stands in the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::RuleSet => "rule_set",
            Self::Protocol => "protocol",
            Self::Assessment => "assessment",
            Self::Evaluation => "evaluation",
            Self::DecisionVersion => "decision_version",
            Self::Event => "event",
            Self::Payload => "payload",
            Self::Staff => "staff",
            Self::Leaf => "leaf",
            Self::Inclusion => "inclusion",
            Self::Checkpoint => "checkpoint",
            Self::End => "end",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// What a bundle is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeKind {
    /// The whole log of a site, without a gap.
    Site,
    /// One case: its events, each with a proof that it is in the site's log.
    Case,
    /// One decision with what it rests on, likewise with proofs.
    Decision,
}

/// Which site, case or decision a bundle is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// A site, a case or a decision.
    pub kind: ScopeKind,
    /// Its id.
    pub id: Uuid,
    /// What people call it: the prefix of the site, the number of the case.
    pub label: String,
}

/// How many records of each kind a bundle has, header and end apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counts(pub BTreeMap<Kind, u64>);

impl Counts {
    /// The number of records of a kind.
    pub fn of(&self, kind: Kind) -> u64 {
        self.0.get(&kind).copied().unwrap_or(0)
    }

    /// Counts one record more; header and end are not counted.
    pub fn add(&mut self, kind: Kind) {
        if !matches!(kind, Kind::Header | Kind::End) {
            *self.0.entry(kind).or_insert(0) += 1;
        }
    }

    /// Sets the number of records of a kind.
    pub fn set(&mut self, kind: Kind, count: u64) {
        if count > 0 {
            self.0.insert(kind, count);
        }
    }
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The number of the format.
    pub format: u32,
    /// What the bundle is about.
    pub scope: Scope,
    /// The site whose log it is taken from.
    pub site: Uuid,
    /// The name of the log: `<installation>/<site prefix>`.
    pub origin: String,
    /// The public key that the log is said to be signed with; a reader who wants to be sure
    /// brings this key from elsewhere.
    pub key: String,
    /// Whether what the events withhold is disclosed, as far as it was not erased.
    pub disclosed: bool,
    /// When the bundle was written.
    pub exported_at: DateTime<Utc>,
    /// How many records of each kind follow.
    pub counts: Counts,
}

/// A version of a rule set or of a protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versioned {
    /// The id of the rule set or protocol (`tokuhashi-2005`).
    pub id: String,
    /// Its version.
    pub version: u32,
    /// SHA-256 of the document.
    pub hash: Hash,
    /// Its canonical JSON.
    pub document: Bytes,
}

/// The facts of a case at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// Its id.
    pub id: Uuid,
    /// The case.
    pub case: Uuid,
    /// Its number within the case, from 1.
    pub ordinal: u32,
    /// SHA-256 of the document.
    pub hash: Hash,
    /// The snapshot as it was hashed.
    pub document: Bytes,
}

/// What a protocol made of an assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Its id.
    pub id: Uuid,
    /// The case.
    pub case: Uuid,
    /// The hash of the assessment it was made from.
    pub assessment: Hash,
    /// The hash of the protocol it was made under.
    pub protocol: Hash,
    /// The number of the engine that made it.
    pub engine: u32,
    /// SHA-256 of the document.
    pub hash: Hash,
    /// The result as it was hashed.
    pub document: Bytes,
}

/// A signed version of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionVersion {
    /// The id of this version.
    pub id: Uuid,
    /// The decision.
    pub decision: Uuid,
    /// The case.
    pub case: Uuid,
    /// The number of the version, from 1.
    pub version: u32,
    /// The hash of the evaluation it was taken on.
    pub evaluation: Hash,
    /// SHA-256 of the document.
    pub hash: Hash,
    /// The document as it was signed.
    pub document: Bytes,
}

/// An audit event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id.
    pub id: Uuid,
    /// Its leaf hash: SHA-256(0x00 ‖ document).
    pub leaf: Hash,
    /// Its canonical JSON.
    pub document: Bytes,
}

/// What an event withholds: either disclosed, or erased since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The event.
    pub event: Uuid,
    /// The salt of the commitment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<Bytes>,
    /// What the event commits to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Bytes>,
    /// When it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<DateTime<Utc>>,
}

/// The name of a person whom the records name by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// The id in the records.
    pub id: Uuid,
    /// The name at the time of the export.
    pub name: String,
}

/// The place of an event in the log of its site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// The entry, from 0.
    pub index: u64,
    /// The event.
    pub event: Uuid,
}

/// The proof that an event has its place in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// The entry, from 0.
    pub index: u64,
    /// The event.
    pub event: Uuid,
    /// The number of entries of the checkpoint that the proof leads to.
    pub size: u64,
    /// The hashes from the leaf to the root (RFC 6962, 2.1.1).
    pub proof: Vec<Hash>,
}

/// What the log said of itself, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointRecord {
    /// Its number within the site, from 1.
    pub number: u64,
    /// How many entries the log had.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// The signed note.
    pub note: String,
    /// The proof that the checkpoint before it in this bundle is a beginning of this one (RFC
    /// 6962, 2.1.2); absent where the leaves themselves are in the bundle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consistency: Vec<Hash>,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// How many lines came before it.
    pub lines: u64,
    /// The signed note over their number and chain, where the key was at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One line of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// What the bundle is about.
    Header(Header),
    /// A version of a rule set.
    RuleSet(Versioned),
    /// A version of a protocol.
    Protocol(Versioned),
    /// The facts of a case at one time.
    Assessment(Assessment),
    /// What a protocol made of an assessment.
    Evaluation(Evaluation),
    /// A signed version of a decision.
    DecisionVersion(DecisionVersion),
    /// An audit event.
    Event(Event),
    /// What an event withholds, disclosed.
    Payload(Payload),
    /// The name of a person.
    Staff(Staff),
    /// The place of an event in the log.
    Leaf(Leaf),
    /// The proof that an event has its place in the log.
    Inclusion(Inclusion),
    /// What the log said of itself, signed.
    Checkpoint(CheckpointRecord),
    /// The end of the bundle.
    End(End),
}

impl Record {
    /// The kind of the record.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Header(_) => Kind::Header,
            Self::RuleSet(_) => Kind::RuleSet,
            Self::Protocol(_) => Kind::Protocol,
            Self::Assessment(_) => Kind::Assessment,
            Self::Evaluation(_) => Kind::Evaluation,
            Self::DecisionVersion(_) => Kind::DecisionVersion,
            Self::Event(_) => Kind::Event,
            Self::Payload(_) => Kind::Payload,
            Self::Staff(_) => Kind::Staff,
            Self::Leaf(_) => Kind::Leaf,
            Self::Inclusion(_) => Kind::Inclusion,
            Self::Checkpoint(_) => Kind::Checkpoint,
            Self::End(_) => Kind::End,
        }
    }

    /// What a person looks for when the record is named: an id, or a number.
    pub fn id(&self) -> String {
        match self {
            Self::Header(header) => header.scope.label.clone(),
            Self::RuleSet(version) | Self::Protocol(version) => {
                format!("{} v{}", version.id, version.version)
            }
            Self::Assessment(assessment) => assessment.id.to_string(),
            Self::Evaluation(evaluation) => evaluation.id.to_string(),
            Self::DecisionVersion(version) => version.id.to_string(),
            Self::Event(event) => event.id.to_string(),
            Self::Payload(payload) => payload.event.to_string(),
            Self::Staff(staff) => staff.id.to_string(),
            Self::Leaf(leaf) => format!("entry {}", leaf.index),
            Self::Inclusion(inclusion) => format!("entry {}", inclusion.index),
            Self::Checkpoint(checkpoint) => format!("checkpoint {}", checkpoint.number),
            Self::End(_) => String::new(),
        }
    }
}
