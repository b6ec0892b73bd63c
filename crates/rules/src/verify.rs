//! Proving a rule set over its whole input space.
//!
//! Spaces are finite: every fact has cells, numbers are cut where rules compare them. Tables are
//! walked cell by cell; rows of conditions are taken out of the space as boxes, so that what is left
//! is exactly what no row covers; totals are summed as sets. Nothing is sampled.

mod bands;
mod examples;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::canonical::Hash;
pub use crate::compile::{Check, Problem};
use crate::compile::{CompileError, Compiled};
use crate::protocol::{PinnedProtocol, PinnedRuleSet, Protocol};
use crate::ruleset::{Body, Function, Outcome, Provenance, RuleSet};
use crate::types::Dictionary;

/// What was proven of one rule set, and what does not hold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// The id of the rule set.
    pub rule_set: String,
    /// Its version.
    pub version: u32,
    /// Its hash, if it has a canonical form.
    pub hash: Option<Hash>,
    /// The number of joint values of the facts that it reads, each one of them covered.
    pub inputs: u64,
    /// The number of worked examples.
    pub examples: usize,
    /// What does not hold.
    pub problems: Vec<Problem>,
    /// Whether it held together well enough to prove anything further.
    #[serde(skip)]
    sound: bool,
}

impl Report {
    /// Whether everything holds.
    pub const fn holds(&self) -> bool {
        self.problems.is_empty()
    }

    /// Every check with whether it holds, in the order of reports. When a rule set does not fit the
    /// dictionary or is not complete, what rests on that is not claimed.
    pub fn checks(&self) -> impl Iterator<Item = (Check, bool)> {
        Check::ALL.into_iter().map(|check| {
            let broken = self.problems.iter().any(|problem| problem.check == check);
            (check, !broken && (self.sound || check <= Check::Reachable))
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.holds() { "holds" } else { "does not hold" };
        writeln!(formatter, "{} version {}: {word}", self.rule_set, self.version)?;
        for (check, holds) in self.checks() {
            writeln!(formatter, "  {} {}", if holds { "✓" } else { "✗" }, check.title())?;
        }
        for problem in &self.problems {
            writeln!(formatter, "  - {problem}")?;
        }
        write!(formatter, "  {} inputs, {} examples", self.inputs, self.examples)
    }
}

/// Proves one rule set. `at_hand` holds the rule sets that derive what it reads; of several
/// versions the newest is taken.
pub fn verify(
    rule_set: &Arc<RuleSet>,
    at_hand: &[Arc<RuleSet>],
    dictionary: &dyn Dictionary,
) -> Report {
    let mut needed = Vec::new();
    collect(rule_set, at_hand, &mut BTreeSet::new(), &mut needed);
    verify_within(rule_set, needed, dictionary)
}

/// Proves every rule set of a protocol with the very versions that it names, in its order.
pub fn verify_protocol(
    protocol: &Protocol,
    at_hand: &[Arc<RuleSet>],
    dictionary: &dyn Dictionary,
) -> Vec<Report> {
    let mut named: Vec<Arc<RuleSet>> = Vec::with_capacity(protocol.rule_sets.len());
    let mut reports = Vec::with_capacity(protocol.rule_sets.len());
    for wanted in &protocol.rule_sets {
        let found = at_hand.iter().find(|one| one.id == wanted.id && one.version == wanted.version);
        match found {
            Some(rule_set) => {
                reports.push(verify(rule_set, &named, dictionary));
                named.push(Arc::clone(rule_set));
            }
            None => reports.push(Report {
                rule_set: wanted.id.clone(),
                version: wanted.version,
                hash: None,
                inputs: 0,
                examples: 0,
                problems: vec![Problem {
                    rule_set: wanted.id.clone(),
                    check: Check::Dictionary,
                    place: String::new(),
                    message: format!("there is no version {}", wanted.version),
                }],
                sound: false,
            }),
        }
    }
    reports
}

/// The rule sets that derive what one reads, dependencies first, itself last.
fn collect(
    rule_set: &Arc<RuleSet>,
    at_hand: &[Arc<RuleSet>],
    seen: &mut BTreeSet<String>,
    needed: &mut Vec<Arc<RuleSet>>,
) {
    if !seen.insert(rule_set.id.clone()) {
        return;
    }
    for fact in reads(rule_set) {
        let makers = at_hand.iter().filter(|one| one.id != rule_set.id && makes(one, fact));
        if let Some(maker) = makers.max_by_key(|one| one.version) {
            collect(maker, at_hand, seen, needed);
        }
    }
    needed.push(Arc::clone(rule_set));
}

fn makes(rule_set: &RuleSet, fact: &str) -> bool {
    match &rule_set.body {
        Body::Mapping(_) => rule_set.id == fact,
        Body::Score(score) => {
            [&score.total_fact, &score.band_fact].into_iter().flatten().any(|made| made == fact)
        }
    }
}

/// The facts that a rule set reads itself.
fn reads(rule_set: &RuleSet) -> BTreeSet<&str> {
    let mut facts = BTreeSet::new();
    match &rule_set.body {
        Body::Score(score) => facts.extend(score.components.iter().map(|one| one.fact.as_str())),
        Body::Mapping(mapping) => match &mapping.function {
            Function::Tables(tables) => facts.extend(tables.iter().map(|one| one.fact.as_str())),
            Function::Rows(rows) => {
                facts.extend(rows.iter().flat_map(|row| row.when.keys()).map(String::as_str));
            }
            Function::Count(count) => {
                facts.extend([count.place.as_str(), count.fact.as_str()]);
                facts.extend(count.complete_when.keys().map(String::as_str));
            }
            Function::OverLesions(over) => {
                facts.insert(over.fact.as_str());
                facts.extend(over.complete_when.keys().map(String::as_str));
            }
        },
    }
    facts
}

fn verify_within(
    rule_set: &Arc<RuleSet>,
    needed: Vec<Arc<RuleSet>>,
    dictionary: &dyn Dictionary,
) -> Report {
    let mut report = Report {
        rule_set: rule_set.id.clone(),
        version: rule_set.version,
        hash: rule_set.hash().ok(),
        inputs: 0,
        examples: rule_set.examples.len(),
        problems: Vec::new(),
        sound: false,
    };
    match compile(rule_set, needed, dictionary) {
        Ok(compiled) => {
            let compiled = Arc::new(compiled);
            report.sound = true;
            report.inputs = inputs(&compiled);
            outputs(rule_set, &mut report.problems);
            bands::check(rule_set, &compiled, &mut report.problems);
            examples::check(rule_set, &compiled, dictionary, &mut report.problems);
            sources(rule_set, &mut report.problems);
        }
        Err(CompileError::Problems(problems)) => report.problems = problems,
        Err(error) => {
            report.problems.push(problem(rule_set, Check::Dictionary, "", error.to_string()));
        }
    }
    report
}

fn compile(
    rule_set: &RuleSet,
    needed: Vec<Arc<RuleSet>>,
    dictionary: &dyn Dictionary,
) -> Result<Compiled, CompileError> {
    let mut pins = Vec::with_capacity(needed.len());
    for one in &needed {
        let hash = one.hash().map_err(|source| {
            CompileError::Pin(crate::protocol::PinError::Canonical { id: one.id.clone(), source })
        })?;
        pins.push(PinnedRuleSet { id: one.id.clone(), version: one.version, hash });
    }
    let protocol = PinnedProtocol {
        id: rule_set.id.clone(),
        version: rule_set.version,
        title: rule_set.title.clone(),
        rule_sets: pins,
    };
    Compiled::from_pinned(protocol, needed, dictionary)
}

fn problem(rule_set: &RuleSet, check: Check, place: &str, message: impl Into<String>) -> Problem {
    Problem {
        rule_set: rule_set.id.clone(),
        check,
        place: place.to_owned(),
        message: message.into(),
    }
}

/// The number of joint values of what the last rule set reads.
fn inputs(compiled: &Compiled) -> u64 {
    let Some(step) = compiled.steps.last() else { return 0 };
    let nodes: BTreeSet<u16> = step.kind.inputs().into_iter().collect();
    nodes.into_iter().filter_map(|node| compiled.node(node)).fold(1, |all, node| {
        all.saturating_mul(u64::try_from(node.domain.count()).unwrap_or(u64::MAX))
    })
}

/// Every value that a mapping lists is given by some row.
fn outputs(rule_set: &RuleSet, problems: &mut Vec<Problem>) {
    let Some(mapping) = rule_set.mapping() else { return };
    let results: Vec<&Outcome> = match &mapping.function {
        Function::Tables(tables) => {
            tables.iter().flat_map(|table| &table.rows).map(|row| &row.result).collect()
        }
        Function::Rows(rows) => rows.iter().map(|row| &row.result).collect(),
        Function::Count(_) | Function::OverLesions(_) => return,
    };
    for output in &mapping.outputs {
        let given = results
            .iter()
            .any(|result| matches!(result, Outcome::OneOf(codes) if codes.contains(&output.code)));
        if !given {
            let message = "no row gives this value";
            problems.push(problem(rule_set, Check::Reachable, &output.code, message));
        }
    }
}

fn sources(rule_set: &RuleSet, problems: &mut Vec<Problem>) {
    let used: BTreeSet<&String> = rows(rule_set).into_iter().flat_map(|row| &row.sources).collect();
    for key in rule_set.sources.keys().filter(|key| !used.contains(key)) {
        problems.push(problem(rule_set, Check::Sources, key, "no row cites this source"));
    }
}

fn rows(rule_set: &RuleSet) -> Vec<&Provenance> {
    match &rule_set.body {
        Body::Score(score) => {
            let options = score.components.iter().flat_map(|one| &one.options);
            let bands = score.bands.iter().map(|band| &band.provenance);
            options.map(|option| &option.provenance).chain(bands).collect()
        }
        Body::Mapping(mapping) => match &mapping.function {
            Function::Tables(tables) => {
                tables.iter().flat_map(|table| &table.rows).map(|row| &row.provenance).collect()
            }
            Function::Rows(rows) => rows.iter().map(|row| &row.provenance).collect(),
            Function::Count(count) => vec![&count.provenance],
            Function::OverLesions(over) => vec![&over.provenance],
        },
    }
}
