//! What a rule set gives, taking the sets of its inputs as independent of each other.

use super::Given;
use crate::compile::{self, Compiled, Gate, Kind, Rows, Score, Step};
use crate::domain::{Cells, Domain, NOT_APPLICABLE, Value, bit, each};
use crate::ruleset::LesionFunction;
use crate::state::{NO_ROW, States};

/// Three-valued truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Open,
}

/// The largest number of boxes into which the space of open inputs is split.
const MOST_BOXES: usize = 10_000;

impl Compiled {
    /// What a step gives for the states at hand.
    pub(super) fn apply(&self, step: &Step, lesion: usize, states: &States) -> Given {
        let given = match &step.kind {
            Kind::Score(score) => Given::exactly(self.score(score, lesion, states), NO_ROW),
            Kind::Tables { output, tables } => self.tables(*output, tables, lesion, states),
            Kind::Rows { rows, .. } => self.rows(rows, lesion, states),
            Kind::Count { output, count } => {
                let found = self.count(count, lesion, states);
                let cells = self.node(*output).map_or(0, |node| found.cells(&node.domain));
                Given::exactly(cells, NO_ROW)
            }
            Kind::OverLesions { over, .. } => {
                Given::exactly(self.over_lesions(over, lesion, states), NO_ROW)
            }
        };
        given.without_inapplicable()
    }

    pub(super) fn cells(&self, node: u16, lesion: usize, states: &States) -> Cells {
        self.node(node).map_or(0, |node| states.get(node.slot, lesion).cells)
    }

    fn score(&self, score: &Score, lesion: usize, states: &States) -> Cells {
        let mut totals: Cells = 1;
        for component in &score.components {
            let cells = self.cells(component.input, lesion, states);
            if cells == NOT_APPLICABLE {
                return NOT_APPLICABLE;
            }
            totals = add(totals, component.points(cells));
        }
        totals
    }

    fn tables(
        &self,
        output: u16,
        tables: &[compile::Table],
        lesion: usize,
        states: &States,
    ) -> Given {
        let Some((first, more)) = tables.split_first() else { return Given::exactly(0, NO_ROW) };
        let cells = self.cells(first.input, lesion, states);
        if more.is_empty() {
            return first.given(cells);
        }
        for table in tables {
            let cells = self.cells(table.input, lesion, states);
            if cells.is_power_of_two() && cells != NOT_APPLICABLE {
                return table.given(cells);
            }
        }
        // Nothing is known: a known value of any of the facts would decide.
        let mut possible = 0;
        for table in tables {
            possible |= table.given(self.cells(table.input, lesion, states)).cells;
        }
        if possible == 0 {
            possible = self.node(output).map_or(0, |node| node.domain.all());
        }
        Given::exactly(possible, NO_ROW)
    }

    fn rows(&self, rows: &Rows, lesion: usize, states: &States) -> Given {
        'rows: for (row, index) in rows.rows.iter().zip(0_u16..) {
            let mut holds = true;
            for (input, mask) in rows.inputs.iter().zip(&row.masks) {
                let cells = self.cells(*input, lesion, states);
                if cells & mask == 0 {
                    continue 'rows;
                }
                holds &= cells & !mask == 0;
            }
            if holds {
                return Given::exactly(row.output, index);
            }
            let region: Vec<Cells> =
                rows.inputs.iter().map(|input| self.cells(*input, lesion, states)).collect();
            let mut split = Split { output: 0, inputs: 0, boxes: 0 };
            let exact = rows.split(&region, usize::from(index), &mut split);
            return Given { cells: split.output, row: NO_ROW, approximate: !exact };
        }
        Given::exactly(NOT_APPLICABLE, NO_ROW)
    }

    pub(super) fn gate(&self, gate: &Gate, lesion: usize, states: &States) -> Truth {
        let mut truth = Truth::Yes;
        for (node, mask) in &gate.conditions {
            let cells = self.cells(*node, lesion, states);
            if cells & mask == 0 {
                return Truth::No;
            }
            if cells & !mask != 0 {
                truth = Truth::Open;
            }
        }
        truth
    }

    pub(super) fn count(&self, count: &compile::Count, lesion: usize, states: &States) -> Counted {
        let mut surely: Cells = 0;
        let mut perhaps: Cells = 0;
        for place in 0..states.count {
            let at = self.cells(count.place, place, states);
            let spot = usize::try_from(at.trailing_zeros())
                .ok()
                .and_then(|cell| count.bit_of_place.get(cell))
                .copied()
                .unwrap_or(0);
            let found = self.cells(count.fact, place, states);
            if found & count.counted != 0 {
                if found & !count.counted == 0 {
                    surely |= spot;
                } else {
                    perhaps |= spot;
                }
            }
        }
        let complete = self.gate(&count.gate, lesion, states);
        Counted { surely, perhaps: perhaps & !surely, complete }
    }

    fn over_lesions(&self, over: &compile::OverLesions, lesion: usize, states: &States) -> Cells {
        let complete = self.gate(&over.gate, lesion, states) == Truth::Yes;
        if over.function == LesionFunction::Highest {
            return self.highest(over, complete, states);
        }
        let holds = over.values.first().copied().unwrap_or(0);
        // `any` looks for one yes, `all` for one no; both stay open while nothing is listed.
        let wanted = over.function == LesionFunction::Any;
        let mut found = Truth::No;
        let mut applicable = false;
        for place in 0..states.count {
            let cells = self.cells(over.fact, place, states);
            if cells == NOT_APPLICABLE {
                continue;
            }
            applicable = true;
            let yes = if wanted { cells & holds } else { cells & !holds };
            if yes == cells {
                found = Truth::Yes;
            } else if yes != 0 && found == Truth::No {
                found = Truth::Open;
            }
        }
        let open = found == Truth::Open || (found == Truth::No && !(complete && applicable));
        match (open, (found == Truth::Yes) == wanted) {
            (true, _) => bit(0) | bit(1),
            (false, true) => bit(1),
            (false, false) => bit(0),
        }
    }

    fn highest(&self, over: &compile::OverLesions, complete: bool, states: &States) -> Cells {
        // Ranks are bits, the lowest value first; `least` is the highest rank that is sure.
        let mut least = 0;
        let mut possible: Cells = 0;
        let mut listed = false;
        for place in 0..states.count {
            let cells = self.cells(over.fact, place, states);
            if cells == NOT_APPLICABLE {
                continue;
            }
            listed = true;
            let ranks = (0..)
                .zip(&over.values)
                .filter(|(_, mask)| cells & **mask != 0)
                .fold(0, |all, (rank, _)| all | bit(rank));
            least = least.max(ranks.trailing_zeros());
            possible |= ranks;
        }
        if !(complete && listed) {
            possible = bit(over.values.len()).wrapping_sub(1);
        }
        let sure = usize::try_from(least).unwrap_or(0);
        let reachable = possible & !(bit(sure).wrapping_sub(1));
        let reachable = if listed { reachable } else { possible };
        each(reachable).filter_map(|rank| over.outputs.get(rank)).fold(0, |all, cells| all | cells)
    }
}

/// What a count found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    /// The places that surely count.
    pub(super) surely: Cells,
    /// The places that may count.
    pub(super) perhaps: Cells,
    /// Whether the list is complete.
    pub(super) complete: Truth,
}

impl Counted {
    /// The numbers that remain. As long as nothing surely counts, nothing is concluded.
    fn cells(self, domain: &Domain) -> Cells {
        let least = i64::from(self.surely.count_ones());
        if least == 0 {
            return domain.all();
        }
        let most = if self.complete == Truth::Yes {
            least + i64::from(self.perhaps.count_ones())
        } else {
            i64::MAX
        };
        domain.cells_between(least, most)
    }
}

impl compile::Table {
    /// What a set of values gives.
    fn given(&self, cells: Cells) -> Given {
        if cells.is_power_of_two() {
            let row = usize::try_from(cells.trailing_zeros())
                .ok()
                .and_then(|cell| self.row_of_cell.get(cell))
                .copied()
                .unwrap_or(NO_ROW);
            let output = self.row_outputs.get(usize::from(row)).copied();
            return match output {
                Some(output) => Given::exactly(output, self.first_row.saturating_add(row)),
                None => Given::exactly(NOT_APPLICABLE, NO_ROW),
            };
        }
        let groups = self.groups.iter().filter(|(mask, _)| cells & mask != 0);
        Given::exactly(groups.fold(0, |all, (_, output)| all | output), NO_ROW)
    }
}

impl compile::Component {
    /// The points that a set of values can have, counted from the lowest.
    pub(crate) fn points(&self, cells: Cells) -> Cells {
        let mut points = 0;
        for (mask, given) in &self.options {
            if cells & mask != 0 {
                points |= given;
            }
        }
        points
    }
}

/// All sums of a number of one set and a number of another.
pub(crate) fn add(totals: Cells, points: Cells) -> Cells {
    if points.is_power_of_two() {
        return totals << points.trailing_zeros();
    }
    each(points).fold(0, |all, points| all | (totals << points))
}

/// The result of splitting the space of the open inputs along the rows.
pub(super) struct Split {
    pub(super) output: Cells,
    /// The inputs along which it had to be split: their values matter.
    pub(super) inputs: u64,
    boxes: usize,
}

impl Split {
    pub(super) const fn new() -> Self {
        Self { output: 0, inputs: 0, boxes: 0 }
    }
}

impl Rows {
    /// Sends a box of the input space through the rows from one on: what a row takes is given its
    /// result, what is left goes on in pieces. False if there were too many pieces; then the result
    /// is that of the rows taken one by one, a superset.
    pub(super) fn split(&self, region: &[Cells], from: usize, split: &mut Split) -> bool {
        split.boxes += 1;
        if split.boxes > MOST_BOXES {
            for row in self.rows.iter().skip(from) {
                if region.iter().zip(&row.masks).all(|(cells, mask)| cells & mask != 0) {
                    split.output |= row.output;
                }
            }
            return false;
        }
        for (index, row) in self.rows.iter().enumerate().skip(from) {
            if region.iter().zip(&row.masks).any(|(cells, mask)| cells & mask == 0) {
                continue;
            }
            split.output |= row.output;
            for (place, (cells, mask)) in region.iter().zip(&row.masks).enumerate() {
                if cells & !mask != 0 {
                    split.inputs |=
                        1_u64.checked_shl(u32::try_from(place).unwrap_or(64)).unwrap_or(0);
                }
            }
            let mut left = Vec::new();
            compile::subtract(region, &row.masks, &mut left);
            let mut exact = true;
            for rest in left {
                exact &= self.split(&rest, index + 1, split);
            }
            return exact;
        }
        split.output |= NOT_APPLICABLE;
        true
    }
}

impl Score {
    /// The bands that a set of totals hits, a bit a band.
    pub(crate) fn band_cells(&self, totals: Cells) -> Cells {
        let hit = (0..).zip(&self.bands).filter(|(_, band)| totals & **band != 0);
        hit.fold(0, |all, (index, _)| all | bit(index))
    }

    /// A set of totals as values of the fact that holds them.
    pub(crate) fn total_cells(&self, domain: &Domain, totals: Cells) -> Cells {
        if totals == NOT_APPLICABLE {
            return NOT_APPLICABLE;
        }
        each(totals)
            .filter_map(|place| i64::try_from(place).ok())
            .filter_map(|place| domain.cell_of_number(self.offset + place))
            .fold(0, |all, cell| all | bit(cell))
    }

    /// Values of the fact that holds the total, as totals.
    pub(crate) fn totals_of(&self, domain: &Domain, cells: Cells) -> Cells {
        if cells == NOT_APPLICABLE {
            return NOT_APPLICABLE;
        }
        each(cells)
            .filter_map(|cell| match domain.value(cell) {
                Some(Value::Number(number)) => usize::try_from(number - self.offset).ok(),
                _ => None,
            })
            .fold(0, |all, place| all | bit(place))
    }
}
