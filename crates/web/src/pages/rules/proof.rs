//! What is proven of a rule set, with the very versions that it is evaluated with.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use clinical::dictionary::dictionary;
use rules::{CanonicalError, Hash, Report, RuleSet};

use crate::error::WebError;

/// What was proven, by the hashes of a rule set and of those at hand: versions never change, so it is
/// proven once in the life of the process.
static PROVEN: LazyLock<Mutex<BTreeMap<Vec<Hash>, Arc<Report>>>> = LazyLock::new(Mutex::default);

/// Proves a rule set with what is at hand. Proving walks the whole input space, so it is done off the
/// threads that answer.
pub(super) async fn proven(
    rule_set: &Arc<RuleSet>,
    at_hand: &[Arc<RuleSet>],
) -> Result<Arc<Report>, WebError> {
    let hashes = std::iter::once(rule_set).chain(at_hand).map(|one| one.hash());
    let name = hashes
        .collect::<Result<Vec<Hash>, CanonicalError>>()
        .map_err(|error| WebError::Internal(error.to_string()))?;
    if let Some(known) = PROVEN.lock().unwrap_or_else(PoisonError::into_inner).get(&name) {
        return Ok(Arc::clone(known));
    }
    let (rule_set, at_hand) = (Arc::clone(rule_set), at_hand.to_vec());
    let prove = move || rules::verify(&rule_set, &at_hand, dictionary());
    let report = tokio::task::spawn_blocking(prove)
        .await
        .map_err(|_| WebError::Internal("the proof of a rule set did not end".to_owned()))?;
    let report = Arc::new(report);
    PROVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(name, Arc::clone(&report));
    Ok(report)
}
