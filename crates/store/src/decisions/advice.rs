//! Which scores advise: what the agreements of a decision are stated against.

use mdt::decision::Advice;
use rules::Evaluation;
use rules::ruleset::RuleScope;

/// The scores about the case as a whole whose bands carry a strategy, in the order of the protocol:
/// Tomita (Tomita, Spine, 2001) and revised Tokuhashi (Tokuhashi, Spine, 2005) among the bundled ones.
/// The key of a strategy is the id of its band.
pub fn advice_of(evaluation: &Evaluation) -> Vec<Advice> {
    evaluation
        .results()
        .filter(|result| result.scope() == RuleScope::Case && !result.is_not_applicable())
        .filter_map(|result| {
            let rule_set = result.rule_set();
            let advises = rule_set.score()?.bands.iter().any(|band| band.strategy.is_some());
            let bands = result.bands();
            let strategy = match bands.as_slice() {
                [only] => only.strategy.as_ref().map(|_| only.id.clone()),
                _ => None,
            };
            advises.then_some(Advice {
                rule_set: rule_set.id.clone(),
                version: rule_set.version,
                hash: result.hash()?,
                bands: bands.into_iter().map(|band| band.id.clone()).collect(),
                strategy,
            })
        })
        .collect()
}
