//! The documents of a bundle: rule sets, protocols, assessments, evaluations, decisions; and how
//! each rests on the others.

use std::collections::{BTreeMap, HashMap};

use rules::canonical::Hash;
use serde::Deserialize;
use uuid::Uuid;

use super::super::bundle::{Assessment, DecisionVersion, Evaluation, Kind, Versioned};
use super::events::{EvaluationNames, Names};
use super::report::{At, Check, DecisionReport, Findings, SignatureState};

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

/// A rule set that a protocol pins.
#[derive(Deserialize)]
struct Pin {
    id: String,
    version: u32,
    hash: Hash,
}

struct RuleSet {
    at: At,
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
    named: bool,
}

struct Result_ {
    line: u64,
    id: Uuid,
    assessment: Hash,
    protocol: Hash,
    recomputed: bool,
    named: bool,
}

struct Decision {
    line: u64,
    record: DecisionVersion,
    recomputed: bool,
    signed_by: Option<(Uuid, Option<u64>)>,
}

/// The documents read so far. Each is known by the hash of its bytes, whatever its record states;
/// facts and results besides by their case, for two cases may hold the same.
#[derive(Default)]
pub(super) struct Documents {
    rule_sets: BTreeMap<Hash, RuleSet>,
    protocols: BTreeMap<Hash, Protocol>,
    assessments: HashMap<(Uuid, Hash), Facts>,
    evaluations: HashMap<(Uuid, Hash), Vec<Result_>>,
    decisions: Vec<Decision>,
}
