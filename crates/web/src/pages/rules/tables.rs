//! The tables of a rule set in words: points, values, bands, examples.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clinical::dictionary::dictionary;
use rules::RuleSet;
use rules::ruleset::{
    Band, Condition, Count, Example as Worked, Expected, Function, Given, LesionFunction, Mapping,
    Outcome, OverLesions, Provenance, Row, Score, Table,
};
use rules::verify::Check;

use crate::view::rule::{BandRow, Example, PointGroup, PointOption, ValueRow, ValueTable};
use crate::view::score::totals_in_words;
use crate::view::{Tag, Tone};

/// The words of facts and values: of the dictionary, and of the rule sets that derive them.
pub(super) struct Words<'a>(pub(super) &'a [Arc<RuleSet>]);

impl Words<'_> {
    /// The name of a fact.
    pub(super) fn fact(&self, code: &str) -> String {
        let derived = self.0.iter().find(|one| one.id == code).map(|one| one.title.clone());
        dictionary()
            .entry(code)
            .map(|entry| entry.label().to_owned())
            .or(derived)
            .unwrap_or_else(|| code.to_owned())
    }

    /// One value of a fact.
    fn value(&self, fact: &str, code: &str) -> String {
        let derived = || self.0.iter().rev().find(|one| one.id == fact)?.mapping()?.label(code);
        dictionary().value_label(fact, code).or_else(derived).unwrap_or(code).to_owned()
    }

    /// A set of values of a fact.
    pub(super) fn condition(&self, fact: &str, condition: &Condition) -> String {
        match condition {
            Condition::Codes(codes) => {
                codes.iter().map(|code| self.value(fact, code)).collect::<Vec<_>>().join(", ")
            }
            Condition::Bool(true) => "yes".to_owned(),
            Condition::Bool(false) => "no".to_owned(),
            Condition::Range { from: Some(from), to: Some(to) } if from == to => from.to_string(),
            Condition::Range { from: Some(from), to: Some(to) } => format!("{from}–{to}"),
            Condition::Range { from: Some(from), to: None } => format!("{from} or more"),
            Condition::Range { from: None, to: Some(to) } => format!("{to} or less"),
            Condition::Range { from: None, to: None } => "any".to_owned(),
            Condition::AnyOf(codes) => format!("any of {}", self.values(fact, codes)),
        }
    }

    fn conditions(&self, all: &BTreeMap<String, Condition>) -> String {
        let words = all
            .iter()
            .map(|(fact, when)| format!("{}: {}", self.fact(fact), self.condition(fact, when)));
        words.collect::<Vec<_>>().join("; ")
    }

    fn given(&self, fact: &str, given: &Given) -> String {
        match given {
            Given::Bool(value) => if *value { "yes" } else { "no" }.to_owned(),
            Given::Integer(number) => number.to_string(),
            Given::Code(code) => self.value(fact, code),
            Given::Codes(codes) if codes.is_empty() => "none of them".to_owned(),
            Given::Codes(codes) => self.values(fact, codes),
        }
    }

    /// Several values of a fact.
    fn values(&self, fact: &str, codes: &BTreeSet<String>) -> String {
        codes.iter().map(|code| self.value(fact, code)).collect::<Vec<_>>().join(", ")
    }
}

/// What is said beside a row that no source states, or whose value no source confirms.
fn marks(provenance: &Provenance) -> Vec<Tag> {
    let unconfirmed = (!provenance.verified).then(|| Tag::new(Tone::Warn, "Source not confirmed"));
    let local = provenance.local_rule.then(|| Tag::new(Tone::Info, "Local rule"));
    local.into_iter().chain(unconfirmed).collect()
}

fn sources(provenance: &Provenance) -> String {
    let keys = provenance.sources.join(", ");
    match &provenance.remark {
        Some(remark) if keys.is_empty() => remark.clone(),
        Some(remark) => format!("{keys}: {remark}"),
        None => keys,
    }
}

pub(super) fn points(score: &Score) -> Vec<PointGroup> {
    let option = |option: &rules::ruleset::PointOption| PointOption {
        words: option.label.clone(),
        points: option.points.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
        sources: sources(&option.provenance),
        marks: marks(&option.provenance),
    };
    score
        .components
        .iter()
        .map(|component| PointGroup {
            item: component.title.clone(),
            code: component.fact.clone(),
            options: component.options.iter().map(option).collect(),
        })
        .collect()
}

pub(super) fn bands(score: &Score) -> Vec<BandRow> {
    let row = |band: &Band| BandRow {
        range: if band.from == band.to {
            band.from.to_string()
        } else {
            format!("{}–{}", band.from, band.to)
        },
        name: band.title.clone(),
        survival: band.survival.clone().unwrap_or_default(),
        strategy: match &band.strategy {
            Some(strategy) if band.meaning.is_empty() => strategy.clone(),
            Some(strategy) => format!("{} {strategy}", band.meaning),
            None => band.meaning.clone(),
        },
        sources: sources(&band.provenance),
        marks: marks(&band.provenance),
    };
    score.bands.iter().map(row).collect()
}

pub(super) fn values(rule_set: &RuleSet, mapping: &Mapping, words: &Words<'_>) -> ValueTable {
    match &mapping.function {
        Function::Tables(tables) => of_tables(rule_set, mapping, tables, words),
        Function::Rows(rows) => of_rows(rule_set, mapping, rows, words),
        Function::Count(count) => of_count(rule_set, count, words),
        Function::OverLesions(over) => of_lesions(rule_set, over, words),
    }
}

fn outcome(mapping: &Mapping, outcome: &Outcome) -> String {
    match outcome {
        Outcome::OneOf(codes) => {
            let labels = codes.iter().map(|code| mapping.label(code).unwrap_or(code));
            labels.collect::<Vec<_>>().join(" or ")
        }
        Outcome::NotListed => "Not listed by the source: every value stays possible".to_owned(),
        Outcome::NotApplicable => "Not applicable".to_owned(),
    }
}

fn of_tables(
    rule_set: &RuleSet,
    mapping: &Mapping,
    tables: &[Table],
    words: &Words<'_>,
) -> ValueTable {
    let several = tables.len() > 1;
    let rows = tables.iter().flat_map(|table| {
        table.rows.iter().map(move |row| {
            let when = words.condition(&table.fact, &row.when);
            let cells = [
                several.then(|| words.fact(&table.fact)),
                Some(when),
                Some(outcome(mapping, &row.result)),
            ];
            ValueRow {
                cells: cells.into_iter().flatten().collect(),
                sources: sources(&row.provenance),
                marks: marks(&row.provenance),
            }
        })
    });
    let rows = rows.collect();
    let input = match tables {
        [only] => vec![words.fact(&only.fact)],
        _ => vec!["Fact".to_owned(), "Values".to_owned()],
    };
    let note = if several { "The first of these facts that is known decides." } else { "" };
    table(input, rule_set, rows, note)
}

fn of_rows(rule_set: &RuleSet, mapping: &Mapping, rows: &[Row], words: &Words<'_>) -> ValueTable {
    let row = |row: &Row| {
        let when =
            if row.when.is_empty() { "Always".to_owned() } else { words.conditions(&row.when) };
        ValueRow {
            cells: vec![row.id.clone(), when, outcome(mapping, &row.result)],
            sources: sources(&row.provenance),
            marks: marks(&row.provenance),
        }
    };
    let heads = vec!["Row".to_owned(), "When all of this holds".to_owned()];
    table(heads, rule_set, rows.iter().map(row).collect(), "The first row that matches counts.")
}

/// The closed functions have no rows of their own: each says in a line what it does.
fn of_count(rule_set: &RuleSet, count: &Count, words: &Words<'_>) -> ValueTable {
    let counted: Vec<String> =
        count.counted.iter().map(|code| words.value(&count.fact, code)).collect();
    let mut lines =
        vec![("Counts".to_owned(), format!("distinct places by {}", words.fact(&count.place)))];
    lines.push((words.fact(&count.fact), counted.join(", ")));
    lines.extend(count.together.iter().map(|group| {
        let places: Vec<String> =
            group.iter().map(|code| words.value(&count.place, code)).collect();
        ("Counted as one".to_owned(), places.join(", "))
    }));
    if !count.except.is_empty() {
        let places: Vec<String> =
            count.except.iter().map(|code| words.value(&count.place, code)).collect();
        lines.push(("Never counted".to_owned(), places.join(", ")));
    }
    lines.extend(complete(&count.complete_when, words, "the count is open upwards"));
    of_lines(rule_set, lines, &count.provenance)
}

fn of_lesions(rule_set: &RuleSet, over: &OverLesions, words: &Words<'_>) -> ValueTable {
    let function = match over.function {
        LesionFunction::Any => "Yes when at least one lesion has",
        LesionFunction::All => "Yes when every lesion has",
        LesionFunction::Highest => "The highest value of all lesions, from the lowest up",
    };
    let values: Vec<String> =
        over.values.iter().map(|value| words.condition(&over.fact, value)).collect();
    let mut lines = vec![(format!("{function}: {}", words.fact(&over.fact)), values.join(", "))];
    lines.extend(complete(&over.complete_when, words, "a lesion nobody saw may change the answer"));
    of_lines(rule_set, lines, &over.provenance)
}

fn complete(
    when: &BTreeMap<String, Condition>,
    words: &Words<'_>,
    otherwise: &str,
) -> Option<(String, String)> {
    let line = || (format!("The list is complete when, else {otherwise}"), words.conditions(when));
    (!when.is_empty()).then(line)
}

fn of_lines(
    rule_set: &RuleSet,
    lines: Vec<(String, String)>,
    provenance: &Provenance,
) -> ValueTable {
    let row = |(what, words): (String, String)| ValueRow {
        cells: vec![what, words],
        sources: sources(provenance),
        marks: marks(provenance),
    };
    ValueTable {
        heads: vec!["Function".to_owned(), rule_set.title.clone()],
        rows: lines.into_iter().map(row).collect(),
        note: "A function of the closed list.".to_owned(),
    }
}

fn table(
    mut heads: Vec<String>,
    rule_set: &RuleSet,
    rows: Vec<ValueRow>,
    note: &str,
) -> ValueTable {
    heads.push(rule_set.title.clone());
    ValueTable { heads, rows, note: note.to_owned() }
}

/// The worked examples with what the proof found of them.
pub(super) fn examples(
    rule_set: &RuleSet,
    report: &rules::Report,
    words: &Words<'_>,
) -> Vec<Example> {
    let example = |example: &Worked| {
        let problem = report
            .problems
            .iter()
            .find(|problem| problem.check == Check::Examples && problem.place == example.id);
        Example {
            name: format!("{}: {}", example.id, example.title),
            facts: facts(example, words),
            expected: expected(rule_set, &example.expect, words),
            result: problem.map_or_else(
                || Tag::new(Tone::Ok, "Same").with_icon(),
                |problem| {
                    Tag::new(Tone::Crit, format!("Different: {}", problem.message)).with_icon()
                },
            ),
        }
    };
    rule_set.examples.iter().map(example).collect()
}

/// Fact by fact; of several lesions each says which one it is of.
fn facts(example: &Worked, words: &Words<'_>) -> Vec<String> {
    let each = |facts: &BTreeMap<String, Given>, of: &str| -> Vec<String> {
        let line = |(fact, given): (&String, &Given)| {
            format!("{of}{}: {}", words.fact(fact), words.given(fact, given))
        };
        facts.iter().map(line).collect()
    };
    let several = example.lesions.len() > 1;
    let lesions = example.lesions.iter().zip(1..).flat_map(|(facts, place)| {
        each(facts, &if several { format!("Lesion {place}, ") } else { String::new() })
    });
    each(&example.case, "").into_iter().chain(lesions).collect()
}

fn expected(rule_set: &RuleSet, expected: &Expected, words: &Words<'_>) -> String {
    match expected {
        Expected::Totals { totals, bands, .. } => {
            let totals: Vec<i32> =
                totals.iter().filter_map(|total| i32::try_from(*total).ok()).collect();
            let titles = rule_set.score().into_iter().flat_map(|score| &score.bands);
            let titles =
                titles.filter(|band| bands.contains(&band.id)).map(|band| band.title.as_str());
            format!("{}: {}", totals_in_words(&totals), titles.collect::<Vec<_>>().join(" or "))
        }
        Expected::Values { values, .. } => values
            .iter()
            .map(|value| words.given(&rule_set.id, value))
            .collect::<Vec<_>>()
            .join(" or "),
        Expected::NotApplicable { .. } => "Not applicable".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_said_as_a_person_says_them() {
        let words = Words(&[]);
        let range = |from, to| words.condition("kps", &Condition::Range { from, to });
        assert_eq!(range(Some(1), Some(1)), "1");
        assert_eq!(range(Some(10), Some(40)), "10–40");
        assert_eq!(range(Some(3), None), "3 or more");
        assert_eq!(range(None, Some(2)), "2 or less");
        assert_eq!(words.condition("x", &Condition::Bool(false)), "no");
    }

    #[test]
    fn a_local_rule_that_no_source_confirms_says_both() {
        let said = |verified, local_rule| {
            let provenance = Provenance { sources: Vec::new(), verified, local_rule, remark: None };
            marks(&provenance).into_iter().map(|tag| tag.text).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(said(true, false), "");
        assert_eq!(said(true, true), "Local rule");
        assert_eq!(said(false, false), "Source not confirmed");
        assert_eq!(said(false, true), "Local rule, Source not confirmed");
    }

    #[test]
    fn every_bundled_rule_set_has_its_table() {
        let all: Vec<Arc<RuleSet>> = clinical::rulesets::RULE_SET_FILES
            .iter()
            .map(|file| Arc::new(rules::parse(file.name, file.text).unwrap()))
            .collect();
        let words = Words(&all);
        for rule_set in &all {
            match (rule_set.score(), rule_set.mapping()) {
                (Some(score), _) => {
                    assert!(
                        !points(score).is_empty() && !bands(score).is_empty(),
                        "{}",
                        rule_set.id
                    );
                }
                (None, Some(mapping)) => {
                    let table = values(rule_set, mapping, &words);
                    assert!(!table.rows.is_empty(), "{}", rule_set.id);
                    for row in &table.rows {
                        assert_eq!(row.cells.len(), table.heads.len(), "{}", rule_set.id);
                    }
                }
                (None, None) => panic!("{} is neither", rule_set.id),
            }
        }
    }
}
