//! Making again what a signed decision rests on, and comparing it with what is stored.

use mdt::event::{DataValue, EventGroup, EventKind, Outcome as Ending, SubjectKind};
use rules::canonical::Hash;

use super::Recomputer;
use super::provenance::{Checkpointed, EvaluationRecord, Provenance, StoredDocument};
use crate::decisions::read::Signature;
use crate::ledger::note::{Checkpoint, SignedNote};
use crate::ledger::tree::{Tree, TreeHead, verify_inclusion};
use crate::ledger::{Recompute, VerifierKey, reference};

/// The record that does not fit, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its name: `evaluation of assessment 3`, `entry 4,790 (assessment.saved)`.
    pub record: String,
    /// What is wrong with it, in words.
    pub why: String,
}

/// How one check came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything fits.
    Holds,
    /// Nothing can be said before the next seal.
    Waiting,
    /// Something does not fit.
    Broken(Broken),
}

/// How the four checks came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// The stored facts under the stored rules give the stored result, byte for byte.
    pub evaluation: Outcome,
    /// The signed bytes are those of the signing event.
    pub signature: Outcome,
    /// The events about the decision have the leaf hashes that the log has for them.
    pub log: Outcome,
    /// A signed checkpoint covers them.
    pub checkpoint: Outcome,
}

impl Findings {
    /// The first record that does not fit.
    pub fn first_broken(&self) -> Option<&Broken> {
        let all = [&self.evaluation, &self.signature, &self.log, &self.checkpoint];
        all.into_iter().find_map(|outcome| match outcome {
            Outcome::Broken(broken) => Some(broken),
            Outcome::Holds | Outcome::Waiting => None,
        })
    }
}

type Fits = Result<(), Broken>;

fn broken(record: impl Into<String>, why: impl Into<String>) -> Broken {
    Broken { record: record.into(), why: why.into() }
}

impl Provenance {
    /// Makes everything again from the stored bytes. Takes a few milliseconds, and more for a long log.
    pub fn check(&self) -> Findings {
        let held = |fits: Fits| fits.map_or_else(Outcome::Broken, |()| Outcome::Holds);
        Findings {
            evaluation: held(self.evaluation.check()),
            signature: held(self.check_signature()),
            log: self.check_log().map_or_else(Outcome::Broken, |()| self.sealed()),
            checkpoint: match &self.checkpoint {
                Some(checkpoint) => held(self.check_checkpoint(checkpoint)),
                None => Outcome::Waiting,
            },
        }
    }

    fn sealed(&self) -> Outcome {
        match self.signing() {
            Some(entry) if entry.index.is_some() => Outcome::Holds,
            _ => Outcome::Waiting,
        }
    }

    fn name(&self) -> String {
        format!("decision {}, version {}", self.record.ordinal, self.record.version)
    }

    fn check_signature(&self) -> Fits {
        check_hash(&self.name(), &self.record.signed)?;
        let document = self.record.document.as_ref().map_err(|why| broken(self.name(), why))?;
        let basis = &document.basis;
        let named = [
            ("assessment", basis.assessment, &self.evaluation.facts),
            ("evaluation", basis.evaluation, &self.evaluation.result),
            ("protocol", basis.protocol, &self.evaluation.pins),
        ];
        for (what, stated, stored) in named {
            let again = stored.hash_again();
            if stated != again {
                let why = format!(
                    "it rests on an {what} with the hash {stated}, stored is one with {again}"
                );
                return Err(broken(self.name(), why));
            }
        }
        let heading = &document.heading;
        if (heading.decision, heading.version) != (self.record.decision, self.record.version) {
            let why = format!(
                "its bytes are version {} of the decision {}",
                heading.version, heading.decision
            );
            return Err(broken(self.name(), why));
        }
        if self.record.signatures.is_empty() {
            return Err(broken(self.name(), "nobody has signed it"));
        }
        self.record.signatures.iter().try_for_each(|signature| self.check_event(signature))
    }

    /// The event of a signature says that this person signed these very bytes.
    fn check_event(&self, signature: &Signature) -> Fits {
        let missing = || {
            let why = format!(
                "the log of its case has no event {}, which its signature names",
                signature.event
            );
            broken(self.name(), why)
        };
        let entry =
            self.entries.iter().find(|entry| entry.id == signature.event).ok_or_else(missing)?;
        let event = entry
            .event
            .as_ref()
            .ok_or_else(|| broken(entry.name(), "its bytes are no audit event"))?;
        let subject =
            event.subject.as_ref().filter(|subject| subject.kind == SubjectKind::Decision);
        let of_this = subject.is_some_and(|subject| {
            subject.id == self.record.decision.to_string()
                && subject.version == Some(self.record.version)
        });
        if event.kind != EventKind::DecisionSigned || event.outcome != Ending::Done || !of_this {
            return Err(broken(
                entry.name(),
                format!("it does not say that {} was signed", self.name()),
            ));
        }
        if event.actor.id != Some(signature.signer.user) {
            return Err(broken(entry.name(), "somebody else signed than the signature says"));
        }
        let states = |key: &str, hash: Hash| event.data.get(key) == Some(&DataValue::from(hash));
        let (signed, result) =
            (self.record.signed.hash_again(), self.evaluation.result.hash_again());
        if states(reference::DECISION, signed) && states(reference::EVALUATION, result) {
            Ok(())
        } else {
            Err(broken(
                entry.name(),
                format!("other bytes were signed than those stored, which have the hash {signed}"),
            ))
        }
    }

    fn check_log(&self) -> Fits {
        for entry in &self.entries {
            if let Some(why) = entry.damage() {
                return Err(broken(entry.name(), why));
            }
        }
        let evaluation = &self.evaluation;
        let stated = |key: &str, hash: Hash| {
            let mut events = self.entries.iter().filter_map(|entry| entry.event.as_ref());
            events.any(|event| {
                event.kind.group() == EventGroup::Facts
                    && event.data.get(key) == Some(&DataValue::from(hash))
            })
        };
        if !stated(reference::ASSESSMENT, evaluation.facts.hash_again()) {
            return Err(broken(
                evaluation.facts_name(),
                "no event of the log says that these facts were saved",
            ));
        }
        if !stated(reference::EVALUATION, evaluation.result.hash_again()) {
            return Err(broken(
                evaluation.name(),
                "no event of the log says that this evaluation was made",
            ));
        }
        Ok(())
    }

    fn check_checkpoint(&self, checkpoint: &Checkpointed) -> Fits {
        let name = format!("checkpoint {}", checkpoint.number);
        let wrong = |why: String| broken(name.clone(), why);
        let head = self.signed_head(checkpoint).map_err(wrong)?;
        let tree = tree_of(checkpoint).map_err(wrong)?;
        let size = tree.size();
        for entry in &self.entries {
            let Some(index) = entry.index.filter(|index| *index < checkpoint.size) else {
                continue;
            };
            let place = usize::try_from(index).unwrap_or(usize::MAX);
            let proof = tree.inclusion(place, size).unwrap_or_default();
            let index = u64::try_from(index).unwrap_or(u64::MAX);
            verify_inclusion(&entry.leaf_again(), index, head.size, &proof, &head.root)
                .map_err(|why| wrong(format!("it does not cover {}: {why}", entry.name())))?;
        }
        Ok(())
    }

    /// What the note of the checkpoint says, if the installation's key signed it and the row says the same.
    fn signed_head(&self, checkpoint: &Checkpointed) -> Result<TreeHead, String> {
        let key = self.key.as_deref().ok_or("the database knows no key")?;
        let key: VerifierKey =
            key.parse().map_err(|why| format!("its key cannot be read: {why}"))?;
        let key = key.named(&self.origin).map_err(|why| why.to_string())?;
        let note: SignedNote =
            checkpoint.note.parse().map_err(|why| format!("its note cannot be read: {why}"))?;
        key.verify(&note).map_err(|why| why.to_string())?;
        let signed = Checkpoint::of(&note).map_err(|why| why.to_string())?;
        if signed.origin != self.origin {
            return Err(format!("it is signed for the log {}", signed.origin));
        }
        let stored = (u64::try_from(checkpoint.size).ok(), checkpoint.root);
        if stored != (Some(signed.head.size), Some(signed.head.root)) {
            return Err("what is signed is not what is stored".to_owned());
        }
        Ok(signed.head)
    }
}

fn tree_of(checkpoint: &Checkpointed) -> Result<Tree, String> {
    let covered = usize::try_from(checkpoint.size).unwrap_or(usize::MAX);
    if checkpoint.leaves.len() != covered {
        let there = checkpoint.leaves.len();
        return Err(format!("it covers {covered} entries, of which {there} are there"));
    }
    let damaged = |place: usize| format!("entry {place} below it has no leaf hash");
    let leaves = checkpoint.leaves.iter().enumerate();
    leaves.map(|(place, leaf)| leaf.ok_or_else(|| damaged(place))).collect()
}

impl EvaluationRecord {
    /// `evaluation of assessment 3`.
    pub fn name(&self) -> String {
        format!("evaluation of assessment {}", self.assessment_ordinal)
    }

    fn facts_name(&self) -> String {
        format!("assessment {}", self.assessment_ordinal)
    }

    fn check(&self) -> Fits {
        check_hash(&self.facts_name(), &self.facts)?;
        for rule_set in &self.rule_sets {
            check_hash(
                &format!("rule set {} v{}", rule_set.rule_set, rule_set.version),
                &rule_set.document,
            )?;
        }
        check_hash(&format!("protocol {} v{}", self.protocol, self.protocol_number), &self.pins)?;
        check_hash(&self.name(), &self.result)?;
        let rule_sets: Vec<(&str, &[u8])> = self
            .rule_sets
            .iter()
            .map(|one| (one.rule_set.as_str(), one.document.bytes.as_slice()))
            .collect();
        let again = Recomputer::with_given_rules()
            .evaluate(&self.pins.bytes, &rule_sets, &self.facts.bytes)
            .map_err(|why| broken(self.name(), format!("it cannot be made again: {why}")))?;
        if again == self.result.bytes {
            return Ok(());
        }
        let (stored, again) = (self.result.hash_again(), Hash::of(&again));
        Err(broken(
            self.name(),
            format!("stored with the hash {stored}, made again it has {again}"),
        ))
    }
}

fn check_hash(record: &str, document: &StoredDocument) -> Fits {
    let again = document.hash_again();
    if document.hash == Some(again) {
        return Ok(());
    }
    let stored = document.hash.map_or_else(|| "none".to_owned(), |hash| hash.to_string());
    Err(broken(record, format!("its bytes have the hash {again}, stored is {stored}")))
}
