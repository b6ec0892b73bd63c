//! Bands against the totals that can occur.

use std::collections::BTreeMap;

use super::{Check, Problem, problem};
use crate::compile::{Compiled, Kind, Score};
use crate::domain::{Cells, each};
use crate::evaluate::add;
use crate::ruleset::{self, RuleSet};

/// Every total that can occur, ascending: the facts that a score reads are independent of each
/// other, as each of them may be stated; a fact that is read twice has one value at a time.
pub(super) fn totals(compiled: &Compiled, score: &Score) -> Vec<i64> {
    let mut by_input: BTreeMap<u16, Vec<&crate::compile::Component>> = BTreeMap::new();
    for component in &score.components {
        by_input.entry(component.input).or_default().push(component);
    }
    let mut totals: Cells = 1;
    for (input, components) in by_input {
        let classes = compiled.node(input).map_or(&[][..], |node| &node.classes);
        let sums = classes.iter().fold(0, |all, class| {
            all | components.iter().fold(1, |sum, component| add(sum, component.points(*class)))
        });
        totals = add(totals, sums);
    }
    let places = each(totals).filter_map(|place| i64::try_from(place).ok());
    places.map(|place| score.offset + place).collect()
}

pub(super) fn check(rule_set: &RuleSet, compiled: &Compiled, problems: &mut Vec<Problem>) {
    let (Some(score), Some(Kind::Score(ready))) =
        (rule_set.score(), compiled.steps.last().map(|step| &step.kind))
    else {
        return;
    };
    let totals = totals(compiled, ready);
    let mut found = |place: &str, message: String| {
        problems.push(problem(rule_set, Check::Bands, place, message));
    };
    for message in uncovered(&score.bands, &totals) {
        found("", message);
    }
    for pair in score.bands.windows(2) {
        if let [low, high] = pair
            && low.to + 1 != high.from
        {
            let message = format!("begins at {}, but `{}` ends at {}", high.from, low.id, low.to);
            found(&high.id, message);
        }
    }
    for band in &score.bands {
        if edges(band, &totals).is_none() {
            found(&band.id, "no total of this band can occur".to_owned());
        }
    }
    let ends = (totals.first(), totals.last(), score.bands.first(), score.bands.last());
    if let (Some(least), Some(most), Some(lowest), Some(highest)) = ends {
        if lowest.from != *least {
            let message = format!("begins at {}, the lowest total is {least}", lowest.from);
            found(&lowest.id, message);
        }
        if highest.to != *most {
            let message = format!("ends at {}, the highest total is {most}", highest.to);
            found(&highest.id, message);
        }
    }
}

/// The totals that are in no band, or in several.
fn uncovered(bands: &[ruleset::Band], totals: &[i64]) -> Vec<String> {
    let mut found = Vec::new();
    for total in totals {
        let holding: Vec<&str> = bands
            .iter()
            .filter(|band| (band.from..=band.to).contains(total))
            .map(|band| band.id.as_str())
            .collect();
        match holding.as_slice() {
            [_] => {}
            [] => found.push(format!("no band for the total {total}")),
            several => {
                found.push(format!("the total {total} is in {}", several.join(" and ")));
            }
        }
    }
    found
}

/// The lowest and the highest total of a band that can occur.
pub(super) fn edges(band: &ruleset::Band, totals: &[i64]) -> Option<(i64, i64)> {
    let mut inside = totals.iter().copied().filter(|total| (band.from..=band.to).contains(total));
    let least = inside.next()?;
    Some((least, inside.next_back().unwrap_or(least)))
}
