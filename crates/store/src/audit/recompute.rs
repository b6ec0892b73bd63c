//! Making evaluations again: what a page or `audit verify` calls "recomputed".

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use clinical::assessment::Assessment;
use clinical::dictionary::dictionary;
use rules::{CanonicalError, Compiled, Hash, PinnedProtocol, RuleSet};

use crate::ledger::Recompute;

/// Makes evaluations again under a protocol given as its canonical document, and keeps the protocols
/// that it made ready.
///
/// A protocol pins its rule sets by their hashes, and only rule sets with these hashes are taken.
#[derive(Debug)]
pub struct Recomputer {
    rule_sets: RuleSets,
    ready: Mutex<BTreeMap<Hash, Arc<Compiled>>>,
}

/// Where the rule sets come from.
#[derive(Debug)]
enum RuleSets {
    /// From the documents that come with the protocol.
    Given,
    /// Only these, each for the document that has its hash.
    Known(BTreeMap<Hash, Arc<RuleSet>>),
}

impl Recomputer {
    /// With the rule sets as they come with the protocol: nothing of the program but its engine and its
    /// dictionary goes in.
    pub fn with_given_rules() -> Self {
        Self { rule_sets: RuleSets::Given, ready: Mutex::default() }
    }

    /// With these rule sets only, so that a bundle cannot bring rules of its own making.
    ///
    /// # Errors
    /// When a rule set has no canonical form.
    pub fn with_rules_of(known: &[Arc<RuleSet>]) -> Result<Self, CanonicalError> {
        let by_hash = known.iter().map(|one| Ok((one.hash()?, Arc::clone(one))));
        let rule_sets = RuleSets::Known(by_hash.collect::<Result<_, CanonicalError>>()?);
        Ok(Self { rule_sets, ready: Mutex::default() })
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
        let pinned = PinnedProtocol::from_canonical(protocol)
            .map_err(|error| format!("the protocol cannot be read: {error}"))?;
        let found = rule_sets.iter().map(|(id, document)| self.rule_sets.find(id, document));
        let rule_sets = found.collect::<Result<Vec<_>, _>>()?;
        Compiled::from_pinned(pinned, rule_sets, dictionary()).map_err(|error| error.to_string())
    }
}

impl RuleSets {
    fn find(&self, id: &str, document: &[u8]) -> Result<Arc<RuleSet>, String> {
        match self {
            Self::Given => RuleSet::from_canonical(document)
                .map(Arc::new)
                .map_err(|error| format!("the rule set `{id}` cannot be read: {error}")),
            Self::Known(by_hash) => {
                let hash = Hash::of(document);
                let found = by_hash.get(&hash).cloned();
                found.ok_or_else(|| {
                    format!("this program has no rule set `{id}` with the hash {hash}")
                })
            }
        }
    }
}

impl Recompute for Recomputer {
    fn evaluate(
        &self,
        protocol: &[u8],
        rule_sets: &[(&str, &[u8])],
        assessment: &[u8],
    ) -> Result<Vec<u8>, String> {
        let compiled = self.compiled(protocol, rule_sets)?;
        let assessment = Assessment::from_canonical(assessment)
            .map_err(|error| format!("the assessment cannot be read: it {error}"))?;
        let evaluation = rules::evaluate(&compiled, &assessment.facts())
            .map_err(|error| format!("the facts cannot be evaluated: {error}"))?;
        evaluation.of_assessment(assessment.hash()).to_bytes().map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bundled protocol as its documents.
    fn documents() -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
        let compiled = clinical::protocol::default_protocol().unwrap();
        let bytes = |one: &Arc<RuleSet>| {
            (one.id.clone(), rules::canonical::to_bytes(one.as_ref()).unwrap())
        };
        let protocol = rules::canonical::to_bytes(compiled.protocol()).unwrap();
        (protocol, compiled.rule_sets().iter().map(bytes).collect())
    }

    fn compile(recomputer: &Recomputer) -> Result<Hash, String> {
        let (protocol, rule_sets) = documents();
        let rule_sets: Vec<(&str, &[u8])> =
            rule_sets.iter().map(|(id, bytes)| (id.as_str(), bytes.as_slice())).collect();
        recomputer.compiled(&protocol, &rule_sets).map(|compiled| compiled.hash())
    }

    #[test]
    fn given_rules_and_known_rules_make_the_same_protocol_ready() {
        let bundle = clinical::rulesets::bundled().unwrap();
        let known = Recomputer::with_rules_of(bundle.rule_sets()).unwrap();
        assert_eq!(compile(&known), compile(&Recomputer::with_given_rules()));
        assert!(compile(&known).is_ok());
    }

    #[test]
    fn rules_that_are_not_known_are_named_and_not_taken_from_the_documents() {
        let bundle = clinical::rulesets::bundled().unwrap();
        let all_but_sins: Vec<Arc<RuleSet>> =
            bundle.rule_sets().iter().filter(|one| one.id != "sins-2010").cloned().collect();
        let known = Recomputer::with_rules_of(&all_but_sins).unwrap();
        let refused = compile(&known).unwrap_err();
        assert!(refused.starts_with("this program has no rule set `sins-2010`"), "{refused}");
    }
}
