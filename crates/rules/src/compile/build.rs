//! Nodes and steps from rule sets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::problem::{Check, CompileError, Problem};
use super::{Compiled, Gate, Kind, LEVEL, Step, classes, function, score};
use crate::canonical::Hash;
use crate::domain::{Cells, Cuts, Domain};
use crate::protocol::PinnedProtocol;
use crate::ruleset::{Body, Condition, Function, RuleScope, RuleSet};
use crate::state::{Node, Slot};
use crate::types::{Dictionary, FactSpec, Scope};

pub(super) struct Builder<'a> {
    dictionary: &'a dyn Dictionary,
    /// What each derived fact is made by: the place of the rule set in the protocol.
    producers: BTreeMap<&'a str, u16>,
    cuts: BTreeMap<&'a str, Cuts>,
    /// The facts that some rule set reads.
    read: BTreeSet<&'a str>,
    openers: BTreeMap<&'a str, &'a str>,
    pub(super) nodes: Vec<Node>,
    by_code: BTreeMap<String, u16>,
    widths: [u16; 2],
    problems: Vec<Problem>,
    /// The rule set at hand.
    current: &'a RuleSet,
    current_index: u16,
}

pub(super) fn build(
    protocol: PinnedProtocol,
    hash: Hash,
    rule_sets: Vec<Arc<RuleSet>>,
    dictionary: &dyn Dictionary,
) -> Result<Compiled, CompileError> {
    let Some(first) = rule_sets.first() else {
        return Err(CompileError::NotAsPinned { id: protocol.id });
    };
    let mut builder = Builder::new(dictionary, first);
    let mut steps = Vec::with_capacity(rule_sets.len());
    for (index, rule_set) in rule_sets.iter().enumerate() {
        builder.survey(u16::try_from(index).unwrap_or(u16::MAX), rule_set);
    }
    let level = builder.level();
    for (index, rule_set) in rule_sets.iter().enumerate() {
        builder.current = rule_set;
        builder.current_index = u16::try_from(index).unwrap_or(u16::MAX);
        steps.push(builder.step());
    }
    builder.attach_openers();
    let Builder { mut nodes, widths, problems, .. } = builder;
    if !problems.is_empty() {
        return Err(CompileError::Problems(problems));
    }
    classes::partition(&mut nodes, &steps);
    classes::connect(&nodes, &mut steps);
    let opened =
        (0_u16..).zip(&nodes).filter(|(_, node)| node.opener.is_some()).map(|(index, _)| index);
    Ok(Compiled {
        protocol,
        hash,
        case_inputs: inputs(&nodes, false, level),
        lesion_inputs: inputs(&nodes, true, level),
        level,
        case_width: usize::from(widths[0]),
        lesion_width: usize::from(widths[1]),
        opened: opened.collect(),
        rule_sets,
        nodes,
        steps,
    })
}

/// The facts that are looked up by code, in the order of their codes; the level is not.
fn inputs(nodes: &[Node], of_lesion: bool, level: Option<u16>) -> Vec<(Box<str>, u16)> {
    let wanted = (0_u16..)
        .zip(nodes)
        .filter(|(index, node)| node.slot.of_lesion == of_lesion && Some(*index) != level);
    let mut inputs: Vec<_> = wanted.map(|(index, node)| (node.code.clone(), index)).collect();
    inputs.sort();
    inputs
}

impl<'a> Builder<'a> {
    fn new(dictionary: &'a dyn Dictionary, current: &'a RuleSet) -> Self {
        Self {
            dictionary,
            producers: BTreeMap::new(),
            cuts: BTreeMap::new(),
            read: BTreeSet::new(),
            openers: BTreeMap::new(),
            nodes: Vec::new(),
            by_code: BTreeMap::new(),
            widths: [0, 0],
            problems: Vec::new(),
            current,
            current_index: 0,
        }
    }

    pub(super) fn problem(&mut self, check: Check, place: &str, message: impl Into<String>) {
        self.problems.push(Problem {
            rule_set: self.current.id.clone(),
            check,
            place: place.to_owned(),
            message: message.into(),
        });
    }

    /// Notes what a rule set derives and reads, and with which numbers it compares facts.
    fn survey(&mut self, index: u16, rule_set: &'a RuleSet) {
        match &rule_set.body {
            Body::Mapping(mapping) => {
                self.producers.insert(&rule_set.id, index);
                self.survey_function(&mapping.function);
            }
            Body::Score(score) => {
                for fact in score.total_fact.iter().chain(&score.band_fact) {
                    self.producers.insert(fact, index);
                }
                for component in &score.components {
                    self.read.insert(&component.fact);
                    for option in &component.options {
                        self.cut(&component.fact, &option.when);
                    }
                }
            }
        }
        for bound in &rule_set.lower_bounds {
            let before = self.openers.insert(&bound.fact, &bound.when);
            if before.is_some_and(|before| before != bound.when) {
                self.current = rule_set;
                let message = format!("another rule set opens `{}` by another fact", bound.fact);
                self.problem(Check::Dictionary, &bound.fact, message);
            }
        }
    }

    fn survey_function(&mut self, function: &'a Function) {
        match function {
            Function::Tables(tables) => {
                for table in tables {
                    self.read.insert(&table.fact);
                    table.rows.iter().for_each(|row| self.cut(&table.fact, &row.when));
                }
            }
            Function::Rows(rows) => {
                rows.iter().flat_map(|row| &row.when).for_each(|(fact, when)| self.cut(fact, when));
            }
            Function::Count(count) => {
                self.read.extend([count.place.as_str(), count.fact.as_str()]);
                count.complete_when.iter().for_each(|(fact, when)| self.cut(fact, when));
            }
            Function::OverLesions(over) => {
                self.read.insert(&over.fact);
                over.values.iter().for_each(|when| self.cut(&over.fact, when));
                over.complete_when.iter().for_each(|(fact, when)| self.cut(fact, when));
            }
        }
    }

    fn cut(&mut self, fact: &'a str, condition: &Condition) {
        self.read.insert(fact);
        match condition {
            Condition::Range { from, to } => {
                let cuts = self.cuts.entry(fact).or_default();
                cuts.numbers.extend(*from);
                cuts.numbers.extend(to.map(|to| to.saturating_add(1)));
            }
            Condition::AnyOf(codes) => {
                self.cuts.entry(fact).or_default().groups.insert(codes.clone());
            }
            Condition::Codes(_) | Condition::Bool(_) => {}
        }
    }

    /// The node of the level, which is there even when no rule reads it.
    fn level(&mut self) -> Option<u16> {
        let dictionary = self.dictionary;
        let spec = dictionary.fact(LEVEL)?;
        if spec.scope == Scope::Lesion { self.add(spec) } else { None }
    }

    fn step(&mut self) -> Step {
        let rule_set = self.current;
        let kind = match &rule_set.body {
            Body::Mapping(mapping) => function::mapping(self, mapping),
            Body::Score(score) => Kind::Score(score::score(self, score)),
        };
        Step {
            of_lesion: rule_set.scope == RuleScope::Lesion,
            kind,
            upstream: Vec::new(),
            behind: Vec::new(),
            leaves: Vec::new(),
            shared: Vec::new(),
        }
    }

    fn spec(&mut self, fact: &str) -> Option<&'a FactSpec> {
        let dictionary: &'a dyn Dictionary = self.dictionary;
        let spec = dictionary.fact(fact);
        if spec.is_none() {
            let nearest = dictionary.nearest(fact, 3).join("`, `");
            let message = if nearest.is_empty() {
                format!("there is no fact `{fact}`")
            } else {
                format!("there is no fact `{fact}`; the nearest are `{nearest}`")
            };
            self.problem(Check::Dictionary, "", message);
        }
        spec
    }

    /// The node of a fact that the rule set at hand reads once a case, or once a lesion.
    pub(super) fn reads(&mut self, fact: &str) -> Option<u16> {
        let of_lesion = self.current.scope == RuleScope::Lesion;
        self.reads_in(fact, of_lesion)
    }

    /// The node of a fact of lesion scope that the rule set at hand reads over all lesions.
    pub(super) fn reads_over_lesions(&mut self, fact: &str) -> Option<u16> {
        if self.current.scope == RuleScope::Lesion {
            let message = "a function over the lesions belongs to a rule set of case scope";
            self.problem(Check::Dictionary, fact, message);
        }
        let spec = self.spec(fact)?;
        if spec.scope != Scope::Lesion {
            self.problem(Check::Dictionary, fact, "is not a fact of a lesion");
        }
        self.reads_in(fact, true)
    }

    fn reads_in(&mut self, fact: &str, of_lesion: bool) -> Option<u16> {
        let spec = self.spec(fact)?;
        match spec.scope {
            Scope::Lesion if !of_lesion => {
                let message = "belongs to a lesion; a rule set of case scope cannot read it alone";
                self.problem(Check::Dictionary, fact, message);
            }
            Scope::Treatment => {
                let message = "belongs to a course of treatment, which rules cannot read";
                self.problem(Check::Dictionary, fact, message);
            }
            _ => {}
        }
        let producer = self.producers.get(fact).copied();
        match producer {
            Some(producer) if producer >= self.current_index => {
                let message = "is derived later in the protocol than it is read";
                self.problem(Check::Dictionary, fact, message);
            }
            None if spec.derived => {
                let message = "is a derived fact, and no rule set before this one derives it";
                self.problem(Check::Dictionary, fact, message);
            }
            _ => {}
        }
        self.add(spec)
    }

    /// The node of the fact that the rule set at hand derives.
    pub(super) fn writes(&mut self, fact: &str) -> Option<u16> {
        let spec = self.spec(fact)?;
        if !spec.derived {
            self.problem(Check::Dictionary, fact, "is asked, not derived");
        }
        let wants =
            if self.current.scope == RuleScope::Lesion { Scope::Lesion } else { Scope::Case };
        if spec.scope != wants {
            let message =
                format!("has another scope than its rule set (`{}`)", self.current.scope.as_str());
            self.problem(Check::Dictionary, fact, message);
        }
        self.add(spec)
    }

    /// Whether some rule set of the protocol reads a fact.
    pub(super) fn is_read(&self, fact: &str) -> bool {
        self.read.contains(fact)
    }

    fn add(&mut self, spec: &'a FactSpec) -> Option<u16> {
        if let Some(node) = self.by_code.get(&spec.code) {
            return Some(*node);
        }
        let none = Cuts::default();
        let cuts = self.cuts.get(spec.code.as_str()).unwrap_or(&none);
        let domain = match Domain::new(&spec.fact_type, cuts) {
            Ok(domain) => domain,
            Err(error) => {
                self.problem(Check::Dictionary, &spec.code, error.to_string());
                return None;
            }
        };
        let of_lesion = spec.scope == Scope::Lesion;
        let width = self.widths.get_mut(usize::from(of_lesion))?;
        let slot = Slot { of_lesion, index: *width };
        *width += 1;
        let index = u16::try_from(self.nodes.len()).ok()?;
        self.nodes.push(Node {
            code: spec.code.as_str().into(),
            slot,
            order: spec.order,
            what_if: spec.what_if,
            domain,
            producer: self.producers.get(spec.code.as_str()).copied(),
            opener: None,
            classes: Vec::new(),
        });
        self.by_code.insert(spec.code.clone(), index);
        Some(index)
    }

    /// The domain of a node.
    pub(super) fn domain(&self, node: u16) -> Option<&Domain> {
        self.nodes.get(usize::from(node)).map(|node| &node.domain)
    }

    /// The cells of a condition on a node; a condition that cannot hold is a problem.
    pub(super) fn cells(&mut self, node: u16, condition: &Condition, place: &str) -> Cells {
        match self.domain(node).map(|domain| domain.cells_of(condition)) {
            Some(Ok(cells)) => cells,
            Some(Err(error)) => {
                let code = self.nodes.get(usize::from(node)).map_or("", |node| &node.code);
                let message = format!("`{code}` {error}");
                self.problem(Check::Dictionary, place, message);
                0
            }
            None => 0,
        }
    }

    pub(super) fn gate(&mut self, conditions: &BTreeMap<String, Condition>) -> Gate {
        let mut gate = Vec::with_capacity(conditions.len());
        for (fact, condition) in conditions {
            if let Some(node) = self.reads(fact) {
                let cells = self.cells(node, condition, "complete_when");
                gate.push((node, cells));
            }
        }
        Gate { conditions: gate }
    }

    /// The id of the rule set at hand.
    pub(super) fn id(&self) -> &'a str {
        &self.current.id
    }

    fn attach_openers(&mut self) {
        let openers = std::mem::take(&mut self.openers);
        for (fact, when) in openers {
            let Some(node) = self.by_code.get(fact).copied() else { continue };
            let opener = self.spec(when).and_then(|spec| self.add(spec));
            let readable = opener.and_then(|opener| self.domain(opener).cloned());
            if !matches!(readable, Some(Domain::Bool))
                || !matches!(self.domain(node), Some(Domain::Numbers { .. }))
            {
                let message = "a lower bound is a number opened by a yes-or-no fact";
                self.problem(Check::Dictionary, fact, message);
            }
            if let Some(node) = self.nodes.get_mut(usize::from(node)) {
                node.opener = opener;
            }
        }
    }
}
