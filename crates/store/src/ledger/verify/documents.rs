//! The documents of a bundle: rule sets, protocols, assessments, evaluations, decisions; and how
//! each rests on the others.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rules::canonical::Hash;
use serde::Deserialize;
use uuid::Uuid;

use super::super::bundle::{Assessment, DecisionVersion, Evaluation, Kind, Versioned};
use super::report::{At, Check, DecisionReport, Findings, SignatureState};
use super::statements::{Evaluated, Statement};

/// Evaluates facts under rules again; whoever knows the rules implements it.
pub trait Recompute {
    /// The canonical evaluation of an assessment under a protocol whose rule sets are given by id
    /// and document, in the order of the protocol.
    ///
    /// # Errors
    /// Why it cannot be evaluated, in words for a person.
    fn evaluate(
        &self,
        protocol: &[u8],
        rule_sets: &[(&str, &[u8])],
        assessment: &[u8],
    ) -> Result<Vec<u8>, String>;
}

/// What is read of the document of a rule set or protocol.
#[derive(Deserialize)]
struct Named {
    id: String,
    version: u32,
    #[serde(default)]
    rule_sets: Vec<Pin>,
}

/// A rule set as a protocol pins it.
#[derive(Deserialize)]
struct Pin {
    id: String,
    version: u32,
    hash: Hash,
}

/// What is read of the document of a decision: the names that its record repeats.
#[derive(Deserialize)]
struct Decision {
    heading: Heading,
    basis: Basis,
}

#[derive(Deserialize)]
struct Heading {
    case: Uuid,
    decision: Uuid,
    version: u32,
}

#[derive(Deserialize)]
struct Basis {
    assessment: Hash,
    evaluation: Hash,
    protocol: Hash,
}

struct RuleSet {
    at: At,
    id: String,
    bytes: Vec<u8>,
    pinned: bool,
}

struct Protocol {
    at: At,
    bytes: Vec<u8>,
    pins: Vec<Pin>,
    used: bool,
}

struct Facts {
    line: u64,
    id: Uuid,
    bytes: Vec<u8>,
    stated: bool,
}

struct Outcome {
    line: u64,
    id: Uuid,
    of: Evaluated,
    recomputed: bool,
    stated: bool,
}

struct Decided {
    line: u64,
    record: DecisionVersion,
    recomputed: bool,
    // The event that says it was signed, with its entry once it is sealed.
    signed_by: Option<(Uuid, Option<u64>)>,
}

/// The documents read so far. Each is known by the hash of its bytes, whatever its record states;
/// facts and results also by their case, for two cases may have the same.
#[derive(Default)]
pub(super) struct Documents {
    rule_sets: BTreeMap<Hash, RuleSet>,
    protocols: BTreeMap<Hash, Protocol>,
    assessments: BTreeMap<(Uuid, Hash), Vec<Facts>>,
    evaluations: BTreeMap<(Uuid, Hash), Vec<Outcome>>,
    decisions: Vec<Decided>,
}

impl Documents {
    /// Takes a rule set in.
    pub(super) fn rule_set(&mut self, at: At, record: Versioned, found: &mut Findings) {
        let hash = check_hash(&record.document.0, &record.hash, &at, found);
        found.check(Check::RuleSets, &at, named(&record).map(|_| ()));
        match self.rule_sets.entry(hash) {
            Entry::Occupied(_) => {
                found.check(Check::RuleSets, &at, Err("the rule set stands twice".to_owned()));
            }
            Entry::Vacant(place) => {
                let (id, bytes) = (record.id, record.document.0);
                place.insert(RuleSet { at, id, bytes, pinned: false });
            }
        }
    }

    /// Takes a protocol in: the rule sets that it pins came before it.
    pub(super) fn protocol(&mut self, at: At, record: Versioned, found: &mut Findings) {
        let hash = check_hash(&record.document.0, &record.hash, &at, found);
        let pins = match named(&record) {
            Ok(named) => named.rule_sets,
            Err(problem) => {
                found.check(Check::RuleSets, &at, Err(problem));
                Vec::new()
            }
        };
        for pin in &pins {
            let (at, result) = self.pin(pin, &at);
            found.check(Check::RuleSets, &at, result);
        }
        match self.protocols.entry(hash) {
            Entry::Occupied(_) => {
                found.check(Check::RuleSets, &at, Err("the protocol stands twice".to_owned()));
            }
            Entry::Vacant(place) => {
                place.insert(Protocol { at, bytes: record.document.0, pins, used: false });
            }
        }
    }

    /// Finds a rule set that a protocol pins. If there is one of that name with another content, it
    /// is the one that is wrong.
    fn pin(&mut self, pin: &Pin, protocol: &At) -> (At, Result<(), String>) {
        let Pin { id, version, hash } = pin;
        if let Some(rule_set) = self.rule_sets.get_mut(hash) {
            rule_set.pinned = true;
            return (protocol.clone(), Ok(()));
        }
        match self.rule_sets.values().find(|rule_set| rule_set.id == *id) {
            Some(other) => {
                let pinned = format!("{} pins {id} v{version} with the hash {hash}", protocol.id);
                (
                    other.at.clone(),
                    Err(format!("it is another one than its protocol asks for: {pinned}")),
                )
            }
            None => (protocol.clone(), Err(format!("it pins {id} v{version}, which is not here"))),
        }
    }

    /// Takes an assessment in.
    pub(super) fn assessment(&mut self, at: &At, record: Assessment, found: &mut Findings) {
        let hash = check_hash(&record.document.0, &record.hash, at, found);
        let same = self.assessments.entry((record.case, hash)).or_default();
        let twice = same.iter().any(|facts| facts.id == record.id);
        found.check(Check::References, at, once(twice, "assessment"));
        let (id, bytes) = (record.id, record.document.0);
        same.push(Facts { line: at.line, id, bytes, stated: false });
    }

    /// Takes an evaluation in and makes it again from its assessment and the rule sets of its
    /// protocol, which came before it.
    pub(super) fn evaluation(
        &mut self,
        at: &At,
        record: &Evaluation,
        recompute: &dyn Recompute,
        found: &mut Findings,
    ) {
        let hash = check_hash(&record.document.0, &record.hash, at, found);
        let result = self.recompute(record, recompute);
        let recomputed = found.check(Check::Evaluations, at, result);
        let same = self.evaluations.entry((record.case, hash)).or_default();
        let twice = same.iter().any(|outcome| outcome.id == record.id);
        found.check(Check::References, at, once(twice, "evaluation"));
        let Evaluation { id, assessment, protocol, .. } = *record;
        let of = Evaluated { evaluation: hash, assessment, protocol };
        same.push(Outcome { line: at.line, id, of, recomputed, stated: false });
    }

    fn recompute(&mut self, record: &Evaluation, again: &dyn Recompute) -> Result<(), String> {
        let protocol = self.protocols.get_mut(&record.protocol).ok_or_else(|| {
            format!("the protocol it was made under ({}) is not here", record.protocol)
        })?;
        protocol.used = true;
        let facts = self.assessments.get(&(record.case, record.assessment));
        let facts = facts.and_then(|same| same.first()).ok_or_else(|| {
            format!("the assessment it was made from ({}) is not here", record.assessment)
        })?;
        let mut rule_sets = Vec::with_capacity(protocol.pins.len());
        for pin in &protocol.pins {
            let rule_set = self.rule_sets.get(&pin.hash).ok_or_else(|| {
                format!("the rule set {} v{} of its protocol is not here", pin.id, pin.version)
            })?;
            rule_sets.push((pin.id.as_str(), rule_set.bytes.as_slice()));
        }
        let bytes = again
            .evaluate(&protocol.bytes, &rule_sets, &facts.bytes)
            .map_err(|why| format!("it cannot be made again: {why}"))?;
        if bytes == record.document.0 {
            Ok(())
        } else {
            let hash = Hash::of(&bytes);
            Err(format!("made again from the same facts and rules it has the hash {hash}"))
        }
    }

    /// Takes a decision in: the evaluation that it was taken on came before it.
    pub(super) fn decision(&mut self, at: &At, record: DecisionVersion, found: &mut Findings) {
        let hash = check_hash(&record.document.0, &record.hash, at, found);
        let outcome = self.basis(&record);
        let recomputed = outcome.as_ref().is_ok_and(|outcome| outcome.recomputed);
        found.check(Check::References, at, outcome.map(|_| ()));
        let twice = self.decisions.iter().any(|decided| decided.record.id == record.id);
        found.check(Check::References, at, once(twice, "decision"));
        let record = DecisionVersion { hash, ..record };
        self.decisions.push(Decided { line: at.line, record, recomputed, signed_by: None });
    }

    /// The evaluation that a decision was taken on, if the document of the decision says of itself
    /// and of its basis what its record and the evaluation say.
    fn basis(&self, record: &DecisionVersion) -> Result<&Outcome, String> {
        let read = serde_json::from_slice::<Decision>(&record.document.0);
        let Decision { heading, basis } =
            read.map_err(|why| format!("its document cannot be read: {why}"))?;
        let own = (record.case, record.decision, record.version);
        if (heading.case, heading.decision, heading.version) != own {
            let Heading { decision, version, .. } = heading;
            return Err(format!("its document is version {version} of the decision {decision}"));
        }
        if basis.evaluation != record.evaluation {
            return Err(format!("its document rests on the evaluation {}", basis.evaluation));
        }
        let Basis { evaluation, assessment, protocol } = basis;
        let of = Evaluated { evaluation, assessment, protocol };
        let same = self.evaluations.get(&(record.case, evaluation)).into_iter().flatten();
        same.into_iter()
            .find(|outcome| outcome.of == of)
            .ok_or_else(|| format!("the evaluation it was taken on ({evaluation}) is not here"))
    }

    /// Meets what an event says of documents with the documents; what it names must be here.
    pub(super) fn meet(
        &mut self,
        event: Uuid,
        entry: Option<u64>,
        statement: &Statement,
    ) -> Result<(), String> {
        let case = statement.case();
        match statement {
            Statement::Assessed { id, assessment, evaluated, .. } => {
                let same = self.assessments.get_mut(&(case, *assessment));
                let facts =
                    same.into_iter().flatten().find(|facts| id.is_none_or(|id| id == facts.id));
                facts.map(|facts| facts.stated = true).ok_or_else(|| {
                    format!(
                        "it says that an assessment ({assessment}) was saved, which is not here"
                    )
                })?;
                evaluated.as_ref().map_or(Ok(()), |evaluated| self.meet_evaluation(case, evaluated))
            }
            Statement::Evaluated { evaluated, .. } => self.meet_evaluation(case, evaluated),
            Statement::Signed { id, decision, version, document, evaluation, .. } => {
                let decided = self.decisions.iter_mut().find(|decided| {
                    let record = &decided.record;
                    (record.case, record.hash, record.evaluation) == (case, *document, *evaluation)
                        && (record.decision, record.version) == (*decision, *version)
                        && id.is_none_or(|id| id == record.id)
                });
                let missing = || {
                    format!(
                        "it says that version {version} of a decision ({document}) was signed, which is not here"
                    )
                };
                decided.map(|decided| decided.signed_by = Some((event, entry))).ok_or_else(missing)
            }
        }
    }

    fn meet_evaluation(&mut self, case: Uuid, evaluated: &Evaluated) -> Result<(), String> {
        let same = self.evaluations.get_mut(&(case, evaluated.evaluation));
        let outcome = same.into_iter().flatten().find(|outcome| outcome.of == *evaluated);
        outcome.map(|outcome| outcome.stated = true).ok_or_else(|| {
            format!(
                "it says that an evaluation ({}) was made, which is not here",
                evaluated.evaluation
            )
        })
    }

    /// Checks what can be checked only when all was read: that every document has its place in the
    /// log, and every rule its use.
    pub(super) fn finish(&self, live: bool, found: &mut Findings) -> Vec<DecisionReport> {
        for rule_set in self.rule_sets.values() {
            let problem = "no protocol here pins this version of the rule set";
            found.check_aside(Check::RuleSets, &rule_set.at, used(rule_set.pinned, problem));
        }
        for protocol in self.protocols.values() {
            let problem = "no evaluation here was made under this version of the protocol";
            found.check_aside(Check::RuleSets, &protocol.at, used(protocol.used, problem));
        }
        for facts in self.assessments.values().flatten() {
            let at = At::new(facts.line, Kind::Assessment, &facts.id);
            let problem = "no event of the log says that this assessment was saved";
            found.check(Check::References, &at, used(facts.stated, problem));
        }
        for outcome in self.evaluations.values().flatten() {
            let at = At::new(outcome.line, Kind::Evaluation, &outcome.id);
            let problem = "no event of the log says that this evaluation was made";
            found.check(Check::References, &at, used(outcome.stated, problem));
        }
        self.decisions.iter().map(|decided| decided.finish(live, found)).collect()
    }
}

impl Decided {
    fn finish(&self, live: bool, found: &mut Findings) -> DecisionReport {
        let at = At::new(self.line, Kind::DecisionVersion, &self.record.id);
        let (signature, result) = match self.signed_by {
            Some((_, Some(_))) => (SignatureState::Valid, Ok(())),
            Some((_, None)) if live => (SignatureState::Waiting, Ok(())),
            Some((_, None)) => (
                SignatureState::Waiting,
                Err("the event that says it was signed has no place in the log yet".to_owned()),
            ),
            None => (
                SignatureState::Invalid,
                Err("no event of the log says that these bytes were signed".to_owned()),
            ),
        };
        found.check(Check::Decisions, &at, result);
        DecisionReport {
            id: self.record.id,
            decision: self.record.decision,
            version: self.record.version,
            hash: self.record.hash,
            signature,
            event: self.signed_by.map(|(event, _)| event),
            entry: self.signed_by.and_then(|(_, entry)| entry),
            recomputed: self.recomputed,
        }
    }
}

/// Checks the hash that a record states; the hash that its bytes have.
fn check_hash(bytes: &[u8], stated: &Hash, at: &At, found: &mut Findings) -> Hash {
    let hash = Hash::of(bytes);
    let wrong = || format!("its document has the hash {hash}, the record states {stated}");
    let result = if hash == *stated { Ok(()) } else { Err(wrong()) };
    found.check(Check::Documents, at, result);
    hash
}

/// Reads what a document calls itself, which must be what its record calls it.
fn named(record: &Versioned) -> Result<Named, String> {
    let read = serde_json::from_slice::<Named>(&record.document.0);
    let named = read.map_err(|why| format!("its document cannot be read: {why}"))?;
    if (named.id.as_str(), named.version) == (record.id.as_str(), record.version) {
        Ok(named)
    } else {
        Err(format!("its document calls itself {} v{}", named.id, named.version))
    }
}

fn once(twice: bool, what: &str) -> Result<(), String> {
    if twice { Err(format!("the {what} stands twice")) } else { Ok(()) }
}

fn used(used: bool, problem: &str) -> Result<(), String> {
    if used { Ok(()) } else { Err(problem.to_owned()) }
}
