//! Why a result is what it is: every component, where its fact comes from, its points, its source.

use super::RuleResult;
use crate::compile::Kind;
use crate::domain::{Value, each};
use crate::ruleset::{Component, Function, Outcome, PointOption, Provenance, RuleSet};
use crate::state::{NO_ROW, Origin};

/// One part of an explanation.
#[derive(Debug, Clone)]
pub enum Explained<'a> {
    /// A component of a score.
    Component(ExplainedComponent<'a>),
    /// A fact that a mapping read.
    Fact(ExplainedFact<'a>),
    /// The row of a mapping that decided.
    Row(ExplainedRow<'a>),
    /// The places that a count found.
    Counted(CountedPlaces<'a>),
}

/// A fact as a rule set saw it.
#[derive(Debug, Clone)]
pub struct ExplainedFact<'a> {
    /// The code of the fact.
    pub fact: &'a str,
    /// The values that it may have; none when it is not applicable.
    pub values: Vec<Value<'a>>,
    /// Whether the question does not arise.
    pub not_applicable: bool,
    /// Where it comes from.
    pub origin: Origin,
    /// The rule set that derived it.
    pub by: Option<&'a RuleSet>,
    /// The facts that it was derived from.
    pub from: Vec<&'a str>,
    /// Whether the source of the derivation does not list the value, so that all stay possible.
    pub not_listed: bool,
    /// Source and certainty of the row that derived it.
    pub provenance: Option<&'a Provenance>,
}

/// A component of a score with its points.
#[derive(Debug, Clone)]
pub struct ExplainedComponent<'a> {
    /// The component, with every option of its points table.
    pub component: &'a Component,
    /// The fact that it read.
    pub fact: ExplainedFact<'a>,
    /// The options that remain possible.
    pub options: Vec<&'a PointOption>,
    /// The points that remain possible, ascending.
    pub points: Vec<i64>,
}

impl ExplainedComponent<'_> {
    /// Every option of the points table, and whether it is among those that remain.
    pub fn table(&self) -> impl Iterator<Item = (&PointOption, bool)> {
        let chosen =
            |option: &PointOption| self.options.iter().any(|one| std::ptr::eq(*one, option));
        self.component.options.iter().map(move |option| (option, chosen(option)))
    }
}

/// The row of a mapping that decided.
#[derive(Debug, Clone)]
pub struct ExplainedRow<'a> {
    /// The id of the row, or the values that it stands for.
    pub id: String,
    /// What it gives.
    pub result: &'a Outcome,
    /// Source and certainty.
    pub provenance: &'a Provenance,
}

/// The places that a count found.
#[derive(Debug, Clone)]
pub struct CountedPlaces<'a> {
    /// The places of lesions that surely count.
    pub counted: Vec<&'a str>,
    /// The places of lesions that may count.
    pub perhaps: Vec<&'a str>,
    /// Source and certainty.
    pub provenance: &'a Provenance,
}

impl<'a> RuleResult<'a> {
    /// The explanation: of a score its components in their order; of a mapping the facts that it
    /// read and the row that decided. Nothing, when an instrument does not apply to what is known.
    pub fn explanation(&self) -> Vec<Explained<'a>> {
        match (&self.step.kind, &self.rule_set.body) {
            (Kind::Score(_), crate::ruleset::Body::Score(score)) => {
                self.components(score).into_iter().map(Explained::Component).collect()
            }
            (_, crate::ruleset::Body::Mapping(mapping)) => self.mapping(&mapping.function),
            _ => Vec::new(),
        }
    }

    /// The components of a score, in the order of the paper.
    pub fn components(&self, score: &'a crate::ruleset::Score) -> Vec<ExplainedComponent<'a>> {
        let Kind::Score(compiled) = &self.step.kind else { return Vec::new() };
        score
            .components
            .iter()
            .zip(&compiled.components)
            .map(|(component, ready)| {
                let cells = self.evaluation.state(ready.input, self.lesion()).cells;
                let options = component
                    .options
                    .iter()
                    .zip(&ready.options)
                    .filter(|(_, (mask, _))| cells & mask != 0)
                    .map(|(option, _)| option)
                    .collect();
                let points =
                    each(ready.points(cells)).filter_map(|place| i64::try_from(place).ok());
                ExplainedComponent {
                    component,
                    fact: self.fact(ready.input),
                    options,
                    points: points.map(|place| ready.offset + place).collect(),
                }
            })
            .collect()
    }

    fn mapping(&self, function: &'a Function) -> Vec<Explained<'a>> {
        let output = self.step.kind.output().unwrap_or(u16::MAX);
        let state = self.evaluation.state(output, self.lesion());
        if state.origin == Origin::Stated {
            return vec![Explained::Fact(self.fact(output))];
        }
        let mut parts: Vec<Explained<'a>> = match &self.step.kind {
            Kind::Count { count, .. } => count
                .gate
                .conditions
                .iter()
                .map(|(node, _)| self.fact(*node))
                .map(Explained::Fact)
                .collect(),
            Kind::OverLesions { over, .. } => over
                .gate
                .conditions
                .iter()
                .map(|(node, _)| self.fact(*node))
                .map(Explained::Fact)
                .collect(),
            kind => {
                kind.inputs().into_iter().map(|node| self.fact(node)).map(Explained::Fact).collect()
            }
        };
        if let (Kind::Count { count, .. }, Function::Count(item)) = (&self.step.kind, function) {
            parts.push(Explained::Counted(self.counted(count, &item.provenance)));
        }
        if let Some((id, result, provenance)) = row(function, state.row) {
            parts.push(Explained::Row(ExplainedRow { id, result, provenance }));
        }
        parts
    }

    fn counted(
        &self,
        count: &crate::compile::Count,
        provenance: &'a Provenance,
    ) -> CountedPlaces<'a> {
        let evaluation = self.evaluation;
        let mut counted = Vec::new();
        let mut perhaps = Vec::new();
        for lesion in 0..evaluation.data.states.count {
            let cells = evaluation.state(count.fact, lesion).cells;
            let place = each(evaluation.state(count.place, lesion).cells).next();
            let counts =
                place.and_then(|place| count.bit_of_place.get(place)).is_some_and(|bit| *bit != 0);
            let Some(level) = evaluation.level_of(lesion).filter(|_| counts) else { continue };
            if cells & !count.counted == 0 {
                counted.push(level);
            } else if cells & count.counted != 0 {
                perhaps.push(level);
            }
        }
        CountedPlaces { counted, perhaps, provenance }
    }

    fn fact(&self, node: u16) -> ExplainedFact<'a> {
        let evaluation = self.evaluation;
        let state = evaluation.state(node, self.lesion());
        let compiled = &evaluation.compiled;
        let code = compiled.node(node).map_or("", |node| &*node.code);
        let producer = compiled.node(node).and_then(|node| node.producer);
        let derived = producer.filter(|_| !state.is_fixed());
        let by = derived.and_then(|step| compiled.rule_sets.get(usize::from(step)));
        let step = derived.and_then(|step| compiled.steps.get(usize::from(step)));
        let inputs = step.map_or_else(Vec::new, |step| step.kind.inputs());
        let mut from: Vec<&str> = inputs
            .iter()
            .filter_map(|input| compiled.node(*input))
            .map(|node| &*node.code)
            .collect();
        from.dedup();
        let function = by.and_then(|by| by.mapping()).map(|mapping| &mapping.function);
        let decided = function.and_then(|function| row(function, state.row));
        let not_listed = matches!(decided, Some((_, Outcome::NotListed, _)));
        let provenance = match (decided, function) {
            (Some((_, _, provenance)), _) => Some(provenance),
            (None, Some(Function::Count(count))) => Some(&count.provenance),
            (None, Some(Function::OverLesions(over))) => Some(&over.provenance),
            _ => None,
        };
        ExplainedFact {
            fact: code,
            values: crate::domain::in_runs(evaluation.values(node, state)),
            not_applicable: state.is_not_applicable(),
            origin: if producer.is_some() && !state.is_fixed() {
                Origin::Derived
            } else {
                state.origin
            },
            by: by.map(AsRef::as_ref),
            from,
            not_listed,
            provenance,
        }
    }
}

type Decided<'a> = (String, &'a Outcome, &'a Provenance);

/// The row with a number, of a mapping made of rows.
fn row(function: &Function, index: u16) -> Option<Decided<'_>> {
    if index == NO_ROW {
        return None;
    }
    let mut index = usize::from(index);
    match function {
        Function::Rows(rows) => {
            rows.get(index).map(|row| (row.id.clone(), &row.result, &row.provenance))
        }
        Function::Tables(tables) => {
            for table in tables {
                match table.rows.get(index) {
                    Some(row) => return Some((row.when.key(), &row.result, &row.provenance)),
                    None => index -= table.rows.len(),
                }
            }
            None
        }
        Function::Count(_) | Function::OverLesions(_) => None,
    }
}
