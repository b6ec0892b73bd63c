//! The mapping of a file.

use std::ops::Range;

use serde_spanned::Spanned;

use super::{Checker, raw};
use crate::ruleset::{Count, Function, Mapping, Outcome, OverLesions, Row, Table, TableRow};

pub(super) fn mapping(checker: &mut Checker, file: &mut raw::File) -> Mapping {
    refuse_score(checker, file);
    let outputs = std::mem::take(&mut file.output);
    let named = outputs.iter().map(|output| (output.span(), output.get_ref().code.as_str()));
    checker.distinct("the output", named);
    let tables = std::mem::take(&mut file.table);
    let rows = std::mem::take(&mut file.row);
    let function =
        match (tables.is_empty(), rows.is_empty(), file.count.take(), file.over_lesions.take()) {
            (false, true, None, None) => Function::Tables(
                tables.into_iter().map(|item| table(checker, item.into_inner())).collect(),
            ),
            (true, false, None, None) => {
                let named = rows.iter().map(|row| (row.span(), row.get_ref().id.as_str()));
                checker.distinct("the row", named);
                Function::Rows(rows.into_iter().map(|item| row(checker, item)).collect())
            }
            (true, true, Some(item), None) => Function::Count(count(checker, item)),
            (true, true, None, Some(item)) => Function::OverLesions(over_lesions(checker, item)),
            _ => {
                let label = "`[[table]]`, `[[row]]`, `[count]` or `[over_lesions]`, one of them";
                checker.error(file.kind.span(), "a mapping has one function", label);
                Function::Rows(Vec::new())
            }
        };
    Mapping { outputs: outputs.into_iter().map(Spanned::into_inner).collect(), function }
}

fn table(checker: &mut Checker, item: raw::Table) -> Table {
    let rows = item.rows.into_iter().map(|row| {
        let span = row.span();
        let row = row.into_inner();
        TableRow {
            when: checker.when(span.clone(), row.value, row.from, row.to),
            result: outcome(checker, &span, row.result, row.not_listed, row.not_applicable),
            provenance: checker.provenance(
                span,
                row.sources,
                row.verified,
                row.local_rule,
                row.remark,
            ),
        }
    });
    Table { fact: item.fact, rows: rows.collect() }
}

fn row(checker: &mut Checker, item: Spanned<raw::Row>) -> Row {
    let span = item.span();
    let item = item.into_inner();
    Row {
        id: item.id,
        when: checker.conditions(item.when),
        result: outcome(checker, &span, item.result, item.not_listed, item.not_applicable),
        provenance: checker.provenance(
            span,
            item.sources,
            item.verified,
            item.local_rule,
            item.remark,
        ),
    }
}

fn outcome(
    checker: &mut Checker,
    span: &Range<usize>,
    result: Option<raw::Codes>,
    not_listed: Option<bool>,
    not_applicable: Option<bool>,
) -> Outcome {
    match (result, not_listed, not_applicable) {
        (Some(raw::Codes::One(code)), None, None) => Outcome::OneOf(vec![code]),
        (Some(raw::Codes::Several(codes)), None, None) if !codes.is_empty() => {
            Outcome::OneOf(codes)
        }
        (None, Some(true), None) => Outcome::NotListed,
        (None, None, Some(true)) => Outcome::NotApplicable,
        _ => {
            let label = "`result`, or `not_listed = true`, or `not_applicable = true`";
            checker.error(span.clone(), "the row does not say what it gives", label);
            Outcome::NotListed
        }
    }
}

fn count(checker: &mut Checker, item: Spanned<raw::Count>) -> Count {
    let span = item.span();
    let item = item.into_inner();
    if item.counted.is_empty() {
        checker.error(span.clone(), "a count that counts nothing", "`counted` is empty");
    }
    Count {
        place: item.place,
        together: item.together,
        except: item.except,
        fact: item.fact,
        counted: item.counted,
        complete_when: checker.conditions(item.complete_when),
        provenance: checker.provenance(
            span,
            item.sources,
            item.verified,
            item.local_rule,
            item.remark,
        ),
    }
}

fn over_lesions(checker: &mut Checker, item: Spanned<raw::OverLesions>) -> OverLesions {
    let span = item.span();
    let item = item.into_inner();
    if item.values.is_empty() {
        checker.error(span.clone(), "a function over no values", "`values` is empty");
    }
    OverLesions {
        function: item.function,
        fact: item.fact,
        values: item.values.into_iter().map(|value| checker.condition(value)).collect(),
        complete_when: checker.conditions(item.complete_when),
        provenance: checker.provenance(
            span,
            item.sources,
            item.verified,
            item.local_rule,
            item.remark,
        ),
    }
}

fn refuse_score(checker: &mut Checker, file: &raw::File) {
    let parts = [
        ("direction", file.direction.as_ref().map(Spanned::span)),
        ("total_fact", file.total_fact.as_ref().map(Spanned::span)),
        ("band_fact", file.band_fact.as_ref().map(Spanned::span)),
        ("component", file.component.first().map(Spanned::span)),
        ("band", file.band.first().map(Spanned::span)),
    ];
    for (part, span) in parts {
        if let Some(span) = span {
            checker.error(span, format!("a mapping has no `{part}`"), "this belongs to a score");
        }
    }
}
