//! On which facts and under which rules: the facts that a score rests on, and every rule set applied.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use clinical::assessment::{Assessment, FactKey, RecordedFact, Route};
use clinical::dictionary::dictionary;
use mdt::display;
use mdt::ids::UserId;
use rules::result::Grade;
use rules::{Compiled, Evaluation, RuleResult};
use store::audit::{EvaluationRecord, RuleRecord};

use super::shortened;
use crate::pages::asked::capitalised;
use crate::present::facts::words;
use crate::present::score_card::{self, badge, possible, values_words};
use crate::view::RuleBadge;
use crate::view::provenance::{AppliedRule, UsedFact};
use crate::view::score::totals_in_words;

/// Facts of the patient that would tell who it is.
const IDENTIFYING: [&str; 2] = ["birth-date", "death-date"];

/// What the tables need beside facts and results.
pub(super) struct Basis<'a> {
    pub(super) assessment: &'a Assessment,
    pub(super) evaluation: &'a Evaluation,
    pub(super) names: &'a BTreeMap<UserId, String>,
    pub(super) zone: Tz,
    /// Whether names and free text may be shown.
    pub(super) named: bool,
}

impl Basis<'_> {
    /// The recorded facts that a score rests on, those of the case first.
    pub(super) fn facts(&self) -> Vec<UsedFact> {
        let used = self.used_by();
        let mut recorded: Vec<(&FactKey, &RecordedFact)> = self.assessment.recorded().collect();
        recorded.sort_by_key(|(key, _)| {
            (key.level, dictionary().entry(&key.code).map(|entry| entry.spec.order))
        });
        recorded
            .into_iter()
            .filter(|(key, _)| key.code != "level")
            .filter_map(|(key, fact)| Some(self.fact(key, fact, used.get(key.code.as_str())?)))
            .collect()
    }

    /// By fact, the short titles of the scores that rest on it.
    fn used_by(&self) -> BTreeMap<&str, Vec<&str>> {
        let compiled = self.evaluation.compiled();
        let mut used: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for score in compiled.rule_sets().iter().filter(|one| one.score().is_some()) {
            for fact in behind(compiled, &score.id) {
                used.entry(fact).or_default().push(&score.short_title);
            }
        }
        used
    }

    fn fact(&self, key: &FactKey, recorded: &RecordedFact, used: &[&str]) -> UsedFact {
        let label = score_card::label(&key.code);
        let by: Option<UserId> = recorded.recorded_by.parse().ok();
        let by = by
            .and_then(|id| self.names.get(&id).cloned())
            .unwrap_or_else(|| "Somebody unknown".to_owned());
        UsedFact {
            fact: key.level.map_or_else(|| label.clone(), |level| format!("{label}, {level}")),
            value: self.value(key, recorded),
            came_from: self.came_from(recorded),
            by: format!("{by}, {}", display::date_time(recorded.recorded_at, self.zone)),
            used_by: used.join(", "),
        }
    }

    fn value(&self, key: &FactKey, recorded: &RecordedFact) -> String {
        let Some(entry) = dictionary().entry(&key.code) else {
            return "Not in the dictionary any more".to_owned();
        };
        if !self.named && IDENTIFYING.contains(&key.code.as_str()) {
            return "Not shown without names".to_owned();
        }
        let value = if self.named {
            words::recorded(entry, recorded, self.zone)
        } else {
            words::without_text(entry, &recorded.fact, self.zone)
        };
        match &recorded.stated {
            Some(reason) if self.named => format!("{value}, stated: {reason}"),
            Some(_) => format!("{value}, stated"),
            None => value,
        }
    }

    fn came_from(&self, recorded: &RecordedFact) -> String {
        let source = Some(words::source(recorded, self.zone)).filter(|words| !words.is_empty());
        let route = match recorded.route {
            Route::Form => None,
            Route::Import => Some("import".to_owned()),
            Route::Fhir => Some("FHIR".to_owned()),
            Route::Job => Some("worked out by the program".to_owned()),
        };
        let carried =
            recorded.carried_from.map(|ordinal| format!("carried over from assessment {ordinal}"));
        let parts: Vec<String> = source.into_iter().chain(route).chain(carried).collect();
        if parts.is_empty() { "Form".to_owned() } else { capitalised(&parts.join(", ")) }
    }

    /// What was missing, in a sentence.
    pub(super) fn note(&self) -> String {
        let scores = self.evaluation.results().filter(|result| result.rule_set().score().is_some());
        let missing: BTreeSet<String> = scores
            .flat_map(|result| {
                let at = result.level().map(|level| format!(" at {level}")).unwrap_or_default();
                result
                    .missing()
                    .into_iter()
                    .map(move |code| format!("{}{at}", score_card::label(code)))
                    .collect::<Vec<_>>()
            })
            .collect();
        if missing.is_empty() {
            return "Every fact that a score rests on. None was missing.".to_owned();
        }
        let missing = missing.into_iter().collect::<Vec<_>>().join(", ");
        format!("Every recorded fact that a score rests on. Missing: {missing}.")
    }
}

/// The facts that a rule set is made of, asked or derived.
fn behind<'a>(compiled: &'a Compiled, rule_set: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<String> = vec![rule_set.to_owned()];
    while let Some(id) = open.pop() {
        for fact in compiled.read_facts(&id) {
            if found.insert(fact) {
                open.push(fact.to_owned());
            }
        }
    }
    found
}

/// Every rule set of the protocol with its results; without them where they cannot be made.
pub(super) fn rules(
    record: &EvaluationRecord,
    evaluation: Option<&Evaluation>,
) -> Vec<AppliedRule> {
    record.rule_sets.iter().flat_map(|rule| applied(rule, evaluation)).collect()
}

fn applied(rule: &RuleRecord, evaluation: Option<&Evaluation>) -> Vec<AppliedRule> {
    let row = |badge: RuleBadge, level: &str, result: String| AppliedRule {
        badge,
        level: level.to_owned(),
        result,
        hash: rule.document.hash.as_ref().map(shortened).unwrap_or_default(),
        status: status(rule),
    };
    let results = evaluation.into_iter().flat_map(Evaluation::results);
    let rows: Vec<AppliedRule> = results
        .filter(|result| result.rule_set().id == rule.rule_set)
        .map(|result| {
            row(
                badge(result.rule_set()),
                result.level().unwrap_or_default(),
                result_in_words(&result),
            )
        })
        .collect();
    if !rows.is_empty() {
        return rows;
    }
    let badge = RuleBadge {
        title: rule.title.clone(),
        version: format!("v{}", rule.version),
        href: format!("/rules/{}/{}", rule.rule_set, rule.version),
    };
    vec![row(badge, "", "–".to_owned())]
}

/// `Approved, approved`.
fn status(rule: &RuleRecord) -> String {
    let words = |state: &Option<String>| state.as_deref().unwrap_or("unknown").replace('_', " ");
    format!("{}, {}", capitalised(&words(&rule.state_then)), words(&rule.state_now))
}

/// `9, 6 months or more`; of a mapping its value, or those still possible.
pub(super) fn result_in_words(result: &RuleResult<'_>) -> String {
    match result.grade() {
        Some(Grade::NotApplicable) => "Not applicable".to_owned(),
        Some(Grade::Values(values)) => values_words(&result.rule_set().id, &values),
        None => {
            let bands: Vec<&str> =
                result.bands().into_iter().map(|band| band.title.as_str()).collect();
            format!("{}, {}", totals_in_words(&possible(result)), bands.join(" or "))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_score_rests_on_what_its_mappings_read() {
        let bundle = clinical::rulesets::bundled().unwrap();
        let protocol = bundle.protocol("core-scores").unwrap();
        let compiled = Arc::new(Compiled::new(protocol, bundle.rule_sets(), dictionary()).unwrap());
        let facts = behind(&compiled, "tokuhashi-2005");
        for fact in ["kps", "histology", "frankel", "general-condition-tokuhashi"] {
            assert!(facts.contains(fact), "{fact}");
        }
        assert!(!facts.contains("sins-pain"));
    }
}
