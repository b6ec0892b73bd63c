//! Making evaluations again from what a bundle holds, with the rules that this program was released
//! with: what `audit verify` calls "recomputed".

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use clinical::assessment::Assessment;
use clinical::dictionary::dictionary;
use clinical::rulesets::bundled;
use rules::protocol::PinnedRuleSet;
use rules::{Compiled, Hash, PinnedProtocol, RuleSet};
use serde::Deserialize;
use store::ledger::Recompute;

/// The rule sets that this program has, by hash, and the protocols that were made ready from them.
///
/// A rule set is taken from the program and not from the bundle, and only if its hash is that of the
/// bundle's document: so a bundle cannot bring rules of its own making.
#[derive(Debug)]
pub struct BundledRules {
    by_hash: BTreeMap<Hash, Arc<RuleSet>>,
    ready: Mutex<BTreeMap<Hash, Arc<Compiled>>>,
}

/// The canonical form of a protocol version, as `rules` writes it.
#[derive(Deserialize)]
struct ProtocolDocument {
    id: String,
    version: u32,
    title: String,
    rule_sets: Vec<PinDocument>,
}

#[derive(Deserialize)]
struct PinDocument {
    id: String,
    version: u32,
    hash: Hash,
}

impl BundledRules {
    /// The rules of this program.
    ///
    /// # Errors
    /// When a bundled file does not hold together, which a test rules out.
    pub fn new() -> Result<Self, String> {
        let mut by_hash = BTreeMap::new();
        for rule_set in bundled().map_err(ToString::to_string)?.rule_sets() {
            let hash = rule_set.hash().map_err(|error| error.to_string())?;
            by_hash.insert(hash, Arc::clone(rule_set));
        }
        Ok(Self { by_hash, ready: Mutex::default() })
    }

    fn compiled(
        &self,
        protocol: &[u8],
        rule_sets: &[(&str, &[u8])],
    ) -> Result<Arc<Compiled>, String> {
        let name = Hash::of(protocol);
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = ready.get(&name) {
            return Ok(Arc::clone(compiled));
        }
        let compiled = Arc::new(self.compile(protocol, rule_sets)?);
        ready.insert(name, Arc::clone(&compiled));
        Ok(compiled)
    }

    fn compile(&self, protocol: &[u8], rule_sets: &[(&str, &[u8])]) -> Result<Compiled, String> {
        let document: ProtocolDocument = serde_json::from_slice(protocol)
            .map_err(|error| format!("the protocol cannot be read: {error}"))?;
        let known = rule_sets.iter().map(|(id, document)| {
            let hash = Hash::of(document);
            self.by_hash
                .get(&hash)
                .cloned()
                .ok_or_else(|| format!("this program has no rule set `{id}` with the hash {hash}"))
        });
        let rule_sets = known.collect::<Result<Vec<_>, _>>()?;
        let pins = document.rule_sets.into_iter();
        let pinned = PinnedProtocol {
            id: document.id,
            version: document.version,
            title: document.title,
            rule_sets: pins
                .map(|pin| PinnedRuleSet { id: pin.id, version: pin.version, hash: pin.hash })
                .collect(),
        };
        Compiled::from_pinned(pinned, rule_sets, dictionary()).map_err(|error| error.to_string())
    }
}

impl Recompute for BundledRules {
    fn evaluate(
        &self,
        protocol: &[u8],
        rule_sets: &[(&str, &[u8])],
        assessment: &[u8],
    ) -> Result<Vec<u8>, String> {
        let compiled = self.compiled(protocol, rule_sets)?;
        let assessment = Assessment::from_canonical(assessment)
            .map_err(|error| format!("the assessment cannot be read: {error}"))?;
        let evaluation = rules::evaluate(&compiled, &assessment.facts())
            .map_err(|error| format!("the facts cannot be evaluated: {error}"))?;
        evaluation.of_assessment(assessment.hash()).to_bytes().map_err(|error| error.to_string())
    }
}
