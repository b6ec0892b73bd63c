//! A small log as a site could have it, and a stand-in for the rules whose result depends on every
//! byte that it is given.

use std::sync::Arc;

use mdt::actor::Actor;
use mdt::chance::Sources;
use mdt::clock::FixedClock;
use mdt::event::{Event, EventKind, SealedEvent, SubjectKind};
use rules::canonical::{self, Hash};
use serde_json::json;
use uuid::Uuid;

use super::super::super::bundle::{
    Assessment, BundleWriter, Bytes, CheckpointRecord, Counts, DecisionVersion, Evaluation,
    Event as EventRecord, FORMAT, Header, Inclusion, Leaf, Payload, Record, Scope, ScopeKind,
    Staff, Versioned,
};
use super::super::super::key::LedgerKey;
use super::super::super::reference;
use super::super::super::tree::{Tree, TreeHead};
use super::super::Recompute;

/// The result is the hashes of what it was made from.
pub(in crate::ledger) struct Rules;

impl Recompute for Rules {
    fn evaluate(
        &self,
        protocol: &[u8],
        rule_sets: &[(&str, &[u8])],
        assessment: &[u8],
    ) -> Result<Vec<u8>, String> {
        let rules: Vec<_> = rule_sets.iter().map(|(id, bytes)| (id, Hash::of(bytes))).collect();
        let result = json!({
            "assessment": Hash::of(assessment),
            "protocol": Hash::of(protocol),
            "results": rules,
        });
        canonical::to_bytes(&result).map_err(|why| why.to_string())
    }
}

pub(in crate::ledger) fn key() -> LedgerKey {
    LedgerKey::new("demo", &[7; 32]).unwrap()
}

pub(in crate::ledger) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(in crate::ledger) const SITE: u128 = 1;
pub(in crate::ledger) const CASE: u128 = 10;
pub(in crate::ledger) const DECISION: u128 = 20;

pub(in crate::ledger) fn versioned(
    id: &str,
    version: u32,
    mut document: serde_json::Value,
) -> Versioned {
    document["id"] = json!(id);
    document["version"] = json!(version);
    let bytes = canonical::to_bytes(&document).unwrap();
    Versioned { id: id.to_owned(), version, hash: Hash::of(&bytes), document: Bytes(bytes) }
}

pub(in crate::ledger) fn rule_set(id: &str, version: u32) -> Versioned {
    versioned(id, version, json!({"points": [version, 2, 3]}))
}

pub(in crate::ledger) fn protocol(rule_sets: &[Versioned]) -> Versioned {
    let pins: Vec<_> = rule_sets
        .iter()
        .map(|one| json!({"id": one.id, "version": one.version, "hash": one.hash}))
        .collect();
    versioned("sample-scores", 1, json!({"title": "Sample scores", "rule_sets": pins}))
}

pub(in crate::ledger) fn assessment(number: u128, case: u128, kps: u32) -> Assessment {
    let bytes = canonical::to_bytes(&json!({"assessed_at": number.to_string(), "kps": kps}));
    let bytes = bytes.unwrap();
    let hash = Hash::of(&bytes);
    Assessment { id: id(number), case: id(case), ordinal: 1, hash, document: Bytes(bytes) }
}

pub(in crate::ledger) fn evaluation(
    number: u128,
    assessment: &Assessment,
    protocol: &Versioned,
    rule_sets: &[Versioned],
) -> Evaluation {
    let rules: Vec<_> =
        rule_sets.iter().map(|one| (one.id.as_str(), one.document.0.as_slice())).collect();
    let bytes = Rules.evaluate(&protocol.document.0, &rules, &assessment.document.0).unwrap();
    Evaluation {
        id: id(number),
        case: assessment.case,
        assessment: assessment.hash,
        protocol: protocol.hash,
        engine: 1,
        hash: Hash::of(&bytes),
        document: Bytes(bytes),
    }
}

pub(in crate::ledger) fn decision(
    number: u128,
    evaluation: &Evaluation,
    words: &str,
) -> DecisionVersion {
    let document = json!({
        "heading": {"case": evaluation.case, "decision": id(DECISION), "version": 1},
        "basis": {
            "assessment": evaluation.assessment,
            "evaluation": evaluation.hash,
            "protocol": evaluation.protocol,
        },
        "outcome": words,
    });
    let bytes = canonical::to_bytes(&document).unwrap();
    DecisionVersion {
        id: id(number),
        decision: id(DECISION),
        case: evaluation.case,
        version: 1,
        evaluation: evaluation.hash,
        hash: Hash::of(&bytes),
        document: Bytes(bytes),
    }
}

/// Everything that a site has: the parts of a bundle before they are written.
#[derive(Clone)]
pub(in crate::ledger) struct Sample {
    pub(in crate::ledger) rule_sets: Vec<Versioned>,
    pub(in crate::ledger) protocol: Versioned,
    pub(in crate::ledger) assessments: Vec<Assessment>,
    pub(in crate::ledger) evaluations: Vec<Evaluation>,
    pub(in crate::ledger) decision: DecisionVersion,
    pub(in crate::ledger) events: Vec<SealedEvent>,
}

impl Sample {
    pub(in crate::ledger) fn new() -> Self {
        let rule_sets = vec![rule_set("growth-2001", 1), rule_set("survival-2005", 1)];
        let protocol = protocol(&rule_sets);
        let assessments = vec![assessment(11, CASE, 70), assessment(31, 30, 90)];
        let evaluations = vec![
            evaluation(12, &assessments[0], &protocol, &rule_sets),
            evaluation(32, &assessments[1], &protocol, &rule_sets),
        ];
        let decision = decision(21, &evaluations[0], "radiotherapy");
        let mut sample =
            Self { rule_sets, protocol, assessments, evaluations, decision, events: Vec::new() };
        sample.events = sample.write_events();
        sample
    }

    pub(in crate::ledger) fn write_events(&self) -> Vec<SealedEvent> {
        let clock = FixedClock::new("2026-06-15T07:25:00Z".parse().unwrap());
        let sources = Sources::seeded(Arc::new(clock), 42);
        let seal = |event: Event| {
            event.seal(&Actor::operator(id(SITE).into()), None, id(SITE).into(), &sources).unwrap()
        };
        let registered =
            |family: &str| seal(Event::new(EventKind::PatientRegistered).private("family", family));
        let mut events = vec![registered("Ashworth"), registered("Brennan")];
        for (facts, result) in self.assessments.iter().zip(&self.evaluations) {
            events.push(seal(
                Event::new(EventKind::AssessmentSaved)
                    .subject(SubjectKind::Assessment, facts.id)
                    .case(facts.case.into())
                    .data(reference::ASSESSMENT, facts.hash)
                    .data(reference::EVALUATION, result.hash)
                    .data(reference::PROTOCOL, result.protocol),
            ));
        }
        let decision = &self.decision;
        events.push(seal(
            Event::new(EventKind::DecisionSigned)
                .subject_version(SubjectKind::Decision, decision.decision, decision.version)
                .case(decision.case.into())
                .data(reference::DECISION, decision.hash)
                .data(reference::EVALUATION, decision.evaluation)
                .data("decision_version", decision.id.to_string()),
        ));
        let erased = events[1].event.id;
        events.push(seal(Event::new(EventKind::PayloadErased).subject(SubjectKind::Event, erased)));
        events.push(seal(Event::new(EventKind::CaseRead).case(id(CASE).into())));
        events
    }

    fn tree(&self) -> Tree {
        self.events.iter().map(|event| event.leaf).collect()
    }

    pub(in crate::ledger) fn note(&self, size: usize) -> String {
        key().sign_checkpoint("NF", self.head(size)).unwrap().to_string()
    }

    fn head(&self, size: usize) -> TreeHead {
        let root = self.tree().root(size).unwrap();
        TreeHead { size: u64::try_from(size).unwrap(), root }
    }

    fn checkpoint(&self, number: u64, size: usize) -> CheckpointRecord {
        let TreeHead { size: entries, root } = self.head(size);
        let note = self.note(size);
        CheckpointRecord { number, size: entries, root, note, consistency: Vec::new() }
    }

    /// The records of the whole site: three checkpoints over seven entries.
    pub(in crate::ledger) fn site(&self) -> Vec<Record> {
        let mut records = vec![header(ScopeKind::Site, SITE, "NF")];
        records.extend(self.rule_sets.iter().cloned().map(Record::RuleSet));
        records.push(Record::Protocol(self.protocol.clone()));
        records.extend(self.assessments.iter().cloned().map(Record::Assessment));
        records.extend(self.evaluations.iter().cloned().map(Record::Evaluation));
        records.push(Record::DecisionVersion(self.decision.clone()));
        records.extend(self.events.iter().map(event_record));
        records.extend(self.payloads());
        records.push(staff());
        for (index, event) in (0..).zip(&self.events) {
            records.push(Record::Leaf(Leaf { index, event: event.event.id.uuid() }));
        }
        for (number, size) in [(1, 2), (2, 5), (3, 7)] {
            records.push(Record::Checkpoint(self.checkpoint(number, size)));
        }
        records
    }

    fn payloads(&self) -> Vec<Record> {
        let erased = self.events[1].event.id.uuid();
        let with = self.events.iter().filter_map(|one| Some((one, one.payload.as_ref()?)));
        with.map(|(one, (salt, document))| {
            let event = one.event.id.uuid();
            Record::Payload(if event == erased {
                let erased_at = Some("2026-06-15T07:30:00Z".parse().unwrap());
                Payload { event, salt: None, document: None, erased_at }
            } else {
                let salt = Some(Bytes(salt.as_bytes().to_vec()));
                Payload { event, salt, document: Some(Bytes(document.clone())), erased_at: None }
            })
        })
        .collect()
    }

    /// The records of one case, proven to two checkpoints.
    pub(in crate::ledger) fn case(&self) -> Vec<Record> {
        let mut records = vec![header(ScopeKind::Case, CASE, "NF-2026-0148")];
        records.extend(self.rule_sets.iter().cloned().map(Record::RuleSet));
        records.push(Record::Protocol(self.protocol.clone()));
        records.push(Record::Assessment(self.assessments[0].clone()));
        records.push(Record::Evaluation(self.evaluations[0].clone()));
        records.push(Record::DecisionVersion(self.decision.clone()));
        let case = Some(id(CASE).into());
        let of_case = || (0..).zip(&self.events).filter(|(_, event)| event.event.case == case);
        records.extend(of_case().map(|(_, event)| event_record(event)));
        records.push(staff());
        let tree = self.tree();
        for (index, event) in of_case() {
            let size = if index < 5 { 5 } else { 7 };
            records.push(Record::Inclusion(Inclusion {
                index: u64::try_from(index).unwrap(),
                event: event.event.id.uuid(),
                size: u64::try_from(size).unwrap(),
                proof: tree.inclusion(index, size).unwrap(),
            }));
        }
        records.push(Record::Checkpoint(self.checkpoint(2, 5)));
        let consistency = tree.consistency(5, 7).unwrap();
        let last = CheckpointRecord { consistency, ..self.checkpoint(3, 7) };
        records.push(Record::Checkpoint(last));
        records
    }
}

fn event_record(event: &SealedEvent) -> Record {
    let document = Bytes(event.bytes.clone());
    Record::Event(EventRecord { id: event.event.id.uuid(), leaf: event.leaf, document })
}

fn staff() -> Record {
    Record::Staff(Staff { id: id(2), name: "Dr P. Okafor".to_owned() })
}

fn header(kind: ScopeKind, of: u128, label: &str) -> Record {
    Record::Header(Header {
        format: FORMAT,
        scope: Scope { kind, id: id(of), label: label.to_owned() },
        site: id(SITE),
        origin: "demo/NF".to_owned(),
        key: key().verifier("NF").unwrap().to_string(),
        disclosed: kind == ScopeKind::Site,
        exported_at: "2026-06-15T08:00:00Z".parse().unwrap(),
        counts: Counts::default(),
    })
}

/// Writes the records as anybody could, with the counts and the chain that belong to them.
pub(in crate::ledger) fn write(records: &[Record], signer: Option<&LedgerKey>) -> Vec<u8> {
    let mut counts = Counts::default();
    for record in records {
        counts.add(record.kind());
    }
    let Some((Record::Header(header), rest)) = records.split_first() else {
        panic!("the first record is the header")
    };
    let mut bytes = Vec::new();
    let mut writer = BundleWriter::new(&mut bytes, Header { counts, ..header.clone() }).unwrap();
    for record in rest {
        writer.write(record).unwrap();
    }
    writer.finish(signer.map(|key| (key, "NF"))).unwrap();
    bytes
}
