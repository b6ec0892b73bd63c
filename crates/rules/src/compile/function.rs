//! Mappings made ready.

use std::collections::BTreeMap;

use super::build::Builder;
use super::problem::Check;
use super::{CompiledRow, Count, Kind, OverLesions, Rows, Table};
use crate::domain::{Cells, Domain, NOT_APPLICABLE, Value, bit, each};
use crate::ruleset::{self, Function, LesionFunction, Mapping, Outcome};

pub(super) fn mapping(builder: &mut Builder<'_>, mapping: &Mapping) -> Kind {
    let output = builder.writes(builder.id()).unwrap_or(u16::MAX);
    check_outputs(builder, output, mapping);
    match &mapping.function {
        Function::Tables(tables) => {
            let several = tables.len() > 1;
            let mut first_row = 0;
            let mut compiled = Vec::with_capacity(tables.len());
            for item in tables {
                compiled.extend(table(builder, output, item, several, first_row));
                first_row += u16::try_from(item.rows.len()).unwrap_or(0);
            }
            Kind::Tables { output, tables: compiled }
        }
        Function::Rows(items) => Kind::Rows { output, rows: rows(builder, output, items) },
        Function::Count(item) => Kind::Count { output, count: count(builder, item) },
        Function::OverLesions(item) => {
            Kind::OverLesions { output, over: over_lesions(builder, output, item) }
        }
    }
}

/// The outputs of a file have to be the values of the derived fact, in the dictionary's order.
fn check_outputs(builder: &mut Builder<'_>, output: u16, mapping: &Mapping) {
    let listed: Vec<&str> = mapping.outputs.iter().map(|output| output.code.as_str()).collect();
    let message = match (builder.domain(output), &mapping.function) {
        (None, _) => return,
        (Some(Domain::Numbers { .. }), Function::Count(_)) => {
            (!listed.is_empty()).then(|| "a count lists no outputs".to_owned())
        }
        (Some(_), Function::Count(_)) => Some("a count gives a whole number".to_owned()),
        (Some(Domain::Codes { codes, .. }), _) => {
            let expected: Vec<&str> = codes.iter().map(|code| &**code).collect();
            (listed != expected).then(|| {
                format!("the outputs have to be `{}`, in this order", expected.join("`, `"))
            })
        }
        (Some(Domain::Bool), _) => (listed != ["no", "yes"])
            .then(|| "the outputs have to be `no`, `yes`, in this order".to_owned()),
        (Some(Domain::Numbers { .. }), _) => Some("only a count gives a number".to_owned()),
        (Some(Domain::Sets { .. }), _) => Some("no mapping gives any number of codes".to_owned()),
    };
    if let Some(message) = message {
        builder.problem(Check::Dictionary, "outputs", message);
    }
}

fn outcome(builder: &mut Builder<'_>, output: u16, outcome: &Outcome, place: &str) -> Cells {
    match outcome {
        Outcome::NotApplicable => NOT_APPLICABLE,
        Outcome::NotListed => builder.domain(output).map_or(0, Domain::all),
        Outcome::OneOf(codes) => codes.iter().fold(0, |cells, code| {
            let cell = builder.domain(output).and_then(|domain| domain.cell_of_code(code));
            if cell.is_none() {
                let message = format!("gives `{code}`, which is no value of the derived fact");
                builder.problem(Check::Dictionary, place, message);
            }
            cells | cell.map_or(0, bit)
        }),
    }
}

fn table(
    builder: &mut Builder<'_>,
    output: u16,
    item: &ruleset::Table,
    several: bool,
    first_row: u16,
) -> Option<Table> {
    let input = builder.reads(&item.fact)?;
    if several && builder.nodes.get(usize::from(input)).is_some_and(|node| node.producer.is_some())
    {
        let message =
            "only an asked fact is known or not; of several tables none reads a derived one";
        builder.problem(Check::Dictionary, &item.fact, message);
    }
    let domain = builder.domain(input)?.clone();
    let mut row_of_cell = vec![u16::MAX; domain.count()];
    let mut row_outputs = Vec::with_capacity(item.rows.len());
    for (index, row) in (0_u16..).zip(&item.rows) {
        let place = row.when.key();
        let cells = builder.cells(input, &row.when, &place);
        for cell in each(cells) {
            match row_of_cell.get_mut(cell) {
                Some(decides) if *decides == u16::MAX => *decides = index,
                _ => {
                    let message = format!("{} stands in two rows", named(&domain, cell));
                    builder.problem(Check::Consistent, &place, message);
                }
            }
        }
        row_outputs.push(outcome(builder, output, &row.result, &place));
    }
    let mut groups: BTreeMap<Cells, Cells> = BTreeMap::new();
    for (cell, row) in row_of_cell.iter().enumerate() {
        if let Some(given) = row_outputs.get(usize::from(*row)) {
            *groups.entry(*given).or_default() |= bit(cell);
        } else {
            let message = format!("no row for {}", named(&domain, cell));
            builder.problem(Check::Complete, &item.fact, message);
        }
    }
    let groups = groups.into_iter().map(|(given, cells)| (cells, given)).collect();
    Some(Table { input, first_row, row_of_cell, row_outputs, groups })
}

/// A cell for a message.
pub(super) fn named(domain: &Domain, cell: usize) -> String {
    match domain.value(cell) {
        Some(Value::Code(code)) => format!("`{code}`"),
        Some(Value::Bool(value)) => format!("`{}`", if value { "yes" } else { "no" }),
        Some(Value::Number(number)) => number.to_string(),
        Some(value @ (Value::Between(..) | Value::SomeOf(_))) => value.to_string(),
        None => "not applicable".to_owned(),
    }
}

fn rows(builder: &mut Builder<'_>, output: u16, items: &[ruleset::Row]) -> Rows {
    let mut inputs: Vec<u16> = Vec::new();
    for fact in items.iter().flat_map(|row| row.when.keys()) {
        if let Some(node) = builder.reads(fact)
            && !inputs.contains(&node)
        {
            inputs.push(node);
        }
    }
    inputs.sort_by_key(|input| builder.nodes.get(usize::from(*input)).map(|node| node.order));
    let mut compiled = Vec::with_capacity(items.len());
    for item in items {
        let mut masks = Vec::with_capacity(inputs.len());
        for input in &inputs {
            let code = builder.nodes.get(usize::from(*input)).map(|node| node.code.clone());
            let condition = code.and_then(|code| item.when.get(&*code));
            masks.push(match condition {
                Some(condition) => builder.cells(*input, condition, &item.id),
                None => builder
                    .domain(*input)
                    .map_or(NOT_APPLICABLE, |domain| domain.all() | NOT_APPLICABLE),
            });
        }
        let output = outcome(builder, output, &item.result, &item.id);
        compiled.push(CompiledRow { masks, output });
    }
    let rows = Rows { inputs, rows: compiled };
    prove_rows(builder, items, &rows);
    rows
}

/// Holds the rows against the whole space of their inputs, as a union of boxes.
fn prove_rows(builder: &mut Builder<'_>, items: &[ruleset::Row], rows: &Rows) {
    let all: Vec<Cells> =
        rows.inputs.iter().map(|input| builder.domain(*input).map_or(0, Domain::all)).collect();
    let mut open = vec![all];
    for (item, row) in items.iter().zip(&rows.rows) {
        let mut left = Vec::new();
        let mut decides = false;
        for region in open {
            decides |= region.iter().zip(&row.masks).all(|(cells, mask)| cells & mask != 0);
            subtract(&region, &row.masks, &mut left);
        }
        if !decides {
            let message = "the row can never decide: the rows above it take all of its cases";
            builder.problem(Check::Reachable, &item.id, message);
        }
        open = left;
    }
    if let Some(region) = open.first() {
        let case: Vec<String> = rows
            .inputs
            .iter()
            .zip(region)
            .filter_map(|(input, cells)| {
                let node = builder.nodes.get(usize::from(*input))?;
                Some(format!("`{}` = {}", node.code, named(&node.domain, each(*cells).next()?)))
            })
            .collect();
        builder.problem(Check::Complete, "rows", format!("no row for {}", case.join(", ")));
    }
}

/// What is left of a box of cells after another one is taken out of it, as disjoint boxes.
pub(crate) fn subtract(region: &[Cells], taken: &[Cells], left: &mut Vec<Vec<Cells>>) {
    if region.iter().zip(taken).any(|(cells, mask)| cells & mask == 0) {
        left.push(region.to_vec());
        return;
    }
    let mut inside = region.to_vec();
    for place in 0..region.len() {
        let (Some(cells), Some(mask)) = (inside.get(place).copied(), taken.get(place)) else {
            return;
        };
        if cells & !mask != 0 {
            let mut outside = inside.clone();
            if let Some(slot) = outside.get_mut(place) {
                *slot = cells & !mask;
            }
            left.push(outside);
        }
        if let Some(slot) = inside.get_mut(place) {
            *slot = cells & mask;
        }
    }
}

fn count(builder: &mut Builder<'_>, item: &ruleset::Count) -> Count {
    let place = builder.reads_over_lesions(&item.place).unwrap_or(u16::MAX);
    let fact = builder.reads_over_lesions(&item.fact).unwrap_or(u16::MAX);
    let mut bit_of_place: Vec<Cells> =
        (0..builder.domain(place).map_or(0, Domain::count)).map(bit).collect();
    let as_codes = |codes: &[String]| ruleset::Condition::Codes(codes.to_vec());
    for group in &item.together {
        let cells = builder.cells(place, &as_codes(group), "together");
        let first = each(cells).next().map_or(0, bit);
        for cell in each(cells) {
            if let Some(slot) = bit_of_place.get_mut(cell) {
                *slot = first;
            }
        }
    }
    if !item.except.is_empty() {
        let cells = builder.cells(place, &as_codes(&item.except), "except");
        for cell in each(cells) {
            if let Some(slot) = bit_of_place.get_mut(cell) {
                *slot = 0;
            }
        }
    }
    let counted = builder.cells(fact, &as_codes(&item.counted), "counted");
    Count { place, fact, bit_of_place, counted, gate: builder.gate(&item.complete_when) }
}

fn over_lesions(
    builder: &mut Builder<'_>,
    output: u16,
    item: &ruleset::OverLesions,
) -> OverLesions {
    let fact = builder.reads_over_lesions(&item.fact).unwrap_or(u16::MAX);
    let mut values: Vec<Cells> =
        item.values.iter().map(|value| builder.cells(fact, value, "values")).collect();
    let mut outputs = Vec::new();
    if item.function == LesionFunction::Highest {
        let all = builder.domain(fact).map_or(0, Domain::all);
        let covered = values.iter().fold(0, |all, cells| all | cells);
        let listed: u32 = values.iter().map(|cells| cells.count_ones()).sum();
        if covered != all || listed != all.count_ones() {
            let message = "`highest` lists every value of its fact once, from the lowest up";
            builder.problem(Check::Complete, "values", message);
        }
        for value in &item.values {
            let code = value.key();
            outputs.push(outcome(builder, output, &Outcome::OneOf(vec![code]), "values"));
        }
    } else {
        values = vec![values.iter().fold(0, |all, cells| all | cells)];
    }
    OverLesions {
        function: item.function,
        fact,
        values,
        outputs,
        gate: builder.gate(&item.complete_when),
    }
}
