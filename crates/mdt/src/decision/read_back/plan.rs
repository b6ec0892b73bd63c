//! The rows of a plan in words: what they share is said once, at the end.

use super::Names;
use crate::coded::Coded;
use crate::decision::content::{PlanRow, SequenceRelation};
use crate::display;
use crate::level;
use crate::words::{list, lower_first};

/// `Decompression at T10 to L2, then stereotactic radiotherapy; palliative intent; …`, without full stop;
/// nothing for no rows.
pub(super) fn in_words(rows: &[PlanRow], names: &Names) -> String {
    let described: Vec<Attributes> = rows.iter().map(|row| attributes(row, names)).collect();
    let Some(first) = described.first() else {
        return String::new();
    };
    let shared: Attributes = std::array::from_fn(|index| {
        let same = described.iter().all(|one| one.get(index) == first.get(index));
        first.get(index).cloned().flatten().filter(|_| same)
    });
    let treatments: String = rows
        .iter()
        .zip(&described)
        .enumerate()
        .map(|(index, (row, attributes))| {
            let own = attributes
                .iter()
                .zip(&shared)
                .filter_map(|(own, shared)| own.clone().filter(|_| shared.is_none()));
            link(index, row, rows) + &treatment(index, row, own.collect(), names)
        })
        .collect();
    std::iter::once(treatments).chain(shared.into_iter().flatten()).collect::<Vec<_>>().join("; ")
}

/// Intent, goals, priority, responsible clinician, target date: in the order in which they are said.
type Attributes = [Option<String>; 5];

fn attributes(row: &PlanRow, names: &Names) -> Attributes {
    let goals: Vec<String> = row.goals.iter().map(|goal| lower_first(goal.label())).collect();
    [
        row.intent.map(|intent| format!("{} intent", lower_first(intent.label()))),
        (!goals.is_empty()).then(|| format!("to reach {}", list(&goals, "and"))),
        row.priority.map(|priority| lower_first(priority.label())),
        row.responsible.map(|id| format!("responsible {}", names.person(Some(id)))),
        row.target_date.map(|date| format!("by {}", display::date(date))),
    ]
}

fn treatment(index: usize, row: &PlanRow, own: Vec<String>, names: &Names) -> String {
    let label = row.modality.map_or("Treatment", Coded::label);
    let what = if index == 0 { label.to_owned() } else { lower_first(label) };
    let levels = (!row.levels.is_empty()).then(|| format!("at {}", level::in_words(&row.levels)));
    let site = row
        .site
        .map(|site| names.sites.get(&site).map_or("another site", String::as_str))
        .map(|site| format!("in {site}"));
    let details: Vec<String> =
        row.dose.iter().cloned().chain(own).chain(row.note.clone()).collect();
    let details = (!details.is_empty()).then(|| format!("({})", details.join(", ")));
    [Some(what), levels, site, details].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What joins a row to those before it.
fn link(index: usize, row: &PlanRow, rows: &[PlanRow]) -> String {
    let Some(sequence) = row.sequence else {
        return if index == 0 { String::new() } else { ", then ".to_owned() };
    };
    let other = usize::try_from(sequence.row).unwrap_or(usize::MAX);
    if index > 0 && other == index {
        return match sequence.relation {
            SequenceRelation::After => ", then ",
            SequenceRelation::With => ", together with ",
            SequenceRelation::Before => ", and before that ",
        }
        .to_owned();
    }
    let modality = rows.get(other.wrapping_sub(1)).and_then(|row| row.modality);
    let name = lower_first(modality.map_or("another treatment", Coded::label));
    let relation = sequence.relation.label();
    if index == 0 {
        format!("{relation} {name} (row {other}): ")
    } else {
        format!(", and {} {name} (row {other}): ", lower_first(relation))
    }
}
