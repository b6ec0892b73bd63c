//! Making evaluations again from rules as they are stored or exported.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use clinical::assessment::Assessment;
use clinical::dictionary::dictionary;
use rules::{Compiled, Hash, PinnedProtocol, RuleSet};

use crate::ledger::Recompute;

/// Makes evaluations again with the rule sets and the protocol that it is given as canonical documents:
/// nothing of the program but its engine and its dictionary goes in.
///
/// A protocol pins its rule sets by their hashes, and only rule sets with these hashes are taken.
#[derive(Debug, Default)]
pub struct StoredRules {
    ready: Mutex<BTreeMap<Hash, Arc<Compiled>>>,
}

impl StoredRules {
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
        let compiled = Arc::new(compile(protocol, rule_sets)?);
        ready.insert(name, Arc::clone(&compiled));
        Ok(compiled)
    }
}

fn compile(protocol: &[u8], rule_sets: &[(&str, &[u8])]) -> Result<Compiled, String> {
    let pinned = PinnedProtocol::from_canonical(protocol)
        .map_err(|error| format!("the protocol cannot be read: {error}"))?;
    let read = rule_sets.iter().map(|(id, document)| {
        let rule_set = RuleSet::from_canonical(document);
        rule_set
            .map(Arc::new)
            .map_err(|error| format!("the rule set `{id}` cannot be read: {error}"))
    });
    let rule_sets = read.collect::<Result<Vec<_>, _>>()?;
    Compiled::from_pinned(pinned, rule_sets, dictionary()).map_err(|error| error.to_string())
}

impl Recompute for StoredRules {
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
