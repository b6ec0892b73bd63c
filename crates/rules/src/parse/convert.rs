//! From the file as written to the rule set, with the checks that need no dictionary.

mod mapping;
mod score;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_spanned::Spanned;

use super::error::{ParseError, ParseErrors};
use super::raw;
use crate::ruleset::{Body, Condition, Example, Expected, Provenance, RuleSet};

/// Collects what is wrong; what it returns in the meantime is never used when anything was.
#[derive(Default)]
pub(super) struct Checker {
    errors: Vec<ParseError>,
    sources: BTreeSet<String>,
}

/// Whether a text can be the id of a rule set, row or fact.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !text.starts_with('-')
        && !text.ends_with('-')
}

impl Checker {
    pub(super) fn error(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) {
        self.errors.push(ParseError { message: message.into(), label: label.into(), span });
    }

    pub(super) fn finish(self, name: &str, text: &str) -> Result<(), ParseErrors> {
        if self.errors.is_empty() { Ok(()) } else { Err(ParseErrors::new(name, text, self.errors)) }
    }

    pub(super) fn id(&mut self, id: Spanned<String>) -> String {
        if !is_id(id.get_ref()) {
            let message = format!("`{}` is not an id", id.get_ref());
            self.error(id.span(), message, "small letters, digits and dashes");
        }
        id.into_inner()
    }

    pub(super) fn version(&mut self, version: &Spanned<u32>) -> u32 {
        if *version.get_ref() == 0 {
            self.error(version.span(), "versions begin at 1", "");
        }
        *version.get_ref()
    }

    pub(super) fn text(&mut self, field: &str, text: Spanned<String>) -> String {
        if text.get_ref().trim().is_empty() {
            self.error(text.span(), format!("`{field}` is empty"), "say it in words");
        }
        text.into_inner()
    }

    fn date(&mut self, date: Spanned<String>) -> String {
        let text = date.get_ref().as_bytes();
        let shaped = text.len() == 10
            && text.iter().enumerate().all(|(place, byte)| match place {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            let message = format!("`{}` is not a date", date.get_ref());
            self.error(date.span(), message, "write it as 2027-03-01");
        }
        date.into_inner()
    }

    /// Source keys, certainty and remark of a row. A row has to say where it comes from.
    fn provenance(
        &mut self,
        row: Range<usize>,
        sources: Vec<Spanned<String>>,
        verified: Option<bool>,
        local_rule: Option<bool>,
        remark: Option<String>,
    ) -> Provenance {
        for source in &sources {
            if !self.sources.contains(source.get_ref()) {
                let message = format!("the source `{}` is not listed", source.get_ref());
                self.error(source.span(), message, "no such key under [sources]");
            }
        }
        let verified = verified.unwrap_or(true);
        let local_rule = local_rule.unwrap_or(false);
        if sources.is_empty() && verified && !local_rule {
            let label = "name a source, or say `verified = false` or `local_rule = true`";
            self.error(row, "the row does not say where it comes from", label);
        }
        let sources = sources.into_iter().map(Spanned::into_inner).collect();
        Provenance { sources, verified, local_rule, remark }
    }

    /// The values that a row of a table or an option of a score stands for.
    fn when(
        &mut self,
        row: Range<usize>,
        value: Option<raw::Value>,
        from: Option<i64>,
        to: Option<i64>,
    ) -> Condition {
        match (value, from, to) {
            (Some(raw::Value::Bool(value)), None, None) => Condition::Bool(value),
            (Some(raw::Value::Code(code)), None, None) => Condition::Codes(vec![code]),
            (Some(raw::Value::Codes(codes)), None, None) => self.codes(row, codes),
            (None, from, to) if from.is_some() || to.is_some() => self.range(row, from, to),
            _ => {
                let label = "either `value`, or `from` and `to`";
                self.error(row, "the row does not say for which values it stands", label);
                Condition::Codes(Vec::new())
            }
        }
    }

    fn codes(&mut self, span: Range<usize>, codes: Vec<String>) -> Condition {
        if codes.is_empty() {
            self.error(span.clone(), "an empty list of codes matches nothing", "");
        }
        let distinct: BTreeSet<&String> = codes.iter().collect();
        if distinct.len() != codes.len() {
            self.error(span, "a code is listed twice", "");
        }
        Condition::Codes(codes)
    }

    fn range(&mut self, span: Range<usize>, from: Option<i64>, to: Option<i64>) -> Condition {
        if let (Some(low), Some(high)) = (from, to)
            && low > high
        {
            self.error(span, format!("no number is between {low} and {high}"), "");
        }
        Condition::Range { from, to }
    }

    fn condition(&mut self, condition: Spanned<raw::Condition>) -> Condition {
        let span = condition.span();
        match condition.into_inner() {
            raw::Condition::Bool(value) => Condition::Bool(value),
            raw::Condition::Number(number) => {
                Condition::Range { from: Some(number), to: Some(number) }
            }
            raw::Condition::Code(code) => Condition::Codes(vec![code]),
            raw::Condition::Codes(codes) => self.codes(span, codes),
            raw::Condition::Range(range) => self.range(span, range.from, range.to),
            raw::Condition::AnyOf(raw::AnyOf { any_of }) => match self.codes(span, any_of) {
                Condition::Codes(codes) => Condition::AnyOf(codes.into_iter().collect()),
                other => other,
            },
        }
    }

    fn conditions(
        &mut self,
        conditions: BTreeMap<String, Spanned<raw::Condition>>,
    ) -> BTreeMap<String, Condition> {
        conditions.into_iter().map(|(fact, when)| (fact, self.condition(when))).collect()
    }

    fn example(&mut self, example: raw::Example) -> Example {
        let span = example.expect.span();
        let expected = example.expect.into_inner();
        let level = expected.level;
        let expect = match (
            expected.totals,
            expected.bands,
            expected.values,
            expected.not_applicable == Some(true),
        ) {
            (Some(totals), Some(bands), None, false) => Expected::Totals { level, totals, bands },
            (None, None, Some(values), false) => {
                Expected::Values { level, values: values.into_iter().map(Into::into).collect() }
            }
            (None, None, None, true) => Expected::NotApplicable { level },
            _ => {
                let label = "`totals` with `bands`, or `values`, or `not_applicable = true`";
                self.error(span, "the example does not say what has to come out", label);
                Expected::NotApplicable { level }
            }
        };
        let given = |facts: BTreeMap<String, raw::GivenValue>| {
            facts.into_iter().map(|(code, value)| (code, value.into())).collect()
        };
        Example {
            id: example.id,
            title: example.title,
            case: given(example.case),
            lesions: example.lesions.into_iter().map(given).collect(),
            expect,
        }
    }

    fn distinct<'a>(&mut self, what: &str, items: impl Iterator<Item = (Range<usize>, &'a str)>) {
        let mut seen = BTreeSet::new();
        for (span, name) in items {
            if !seen.insert(name) {
                self.error(span, format!("{what} `{name}` stands here twice"), "");
            }
        }
    }
}

/// The rule set that a file holds, or everything that is wrong with it.
pub(super) fn rule_set(mut file: raw::File) -> Result<RuleSet, Vec<ParseError>> {
    let mut checker =
        Checker { sources: file.sources.keys().cloned().collect(), ..Checker::default() };
    let examples = std::mem::take(&mut file.example);
    let named = examples.iter().map(|example| (example.span(), example.get_ref().id.as_str()));
    checker.distinct("the example", named);
    let body = match file.kind.get_ref() {
        raw::Kind::Score => Body::Score(score::score(&mut checker, &mut file)),
        raw::Kind::Mapping => Body::Mapping(mapping::mapping(&mut checker, &mut file)),
    };
    let examples =
        examples.into_iter().map(|example| checker.example(example.into_inner())).collect();
    let rule_set = RuleSet {
        id: checker.id(file.id),
        version: checker.version(&file.version),
        title: checker.text("title", file.title),
        short_title: checker.text("short_title", file.short_title),
        scope: file.scope,
        status: file.status,
        citation: checker.text("citation", file.citation),
        author: checker.text("author", file.author),
        purpose: checker.text("purpose", file.purpose),
        population: checker.text("population", file.population),
        change_note: checker.text("change_note", file.change_note),
        review_date: checker.date(file.review_date),
        sources: file.sources,
        notes: file.notes,
        disagreements: file.disagreement,
        lower_bounds: file.lower_bound,
        body,
        examples,
    };
    if checker.errors.is_empty() { Ok(rule_set) } else { Err(checker.errors) }
}
