//! Scores made ready.

use super::build::Builder;
use super::function::named;
use super::problem::Check;
use super::{Component, Score};
use crate::domain::{Cells, Domain, MOST_CELLS, bit, each};
use crate::ruleset::{self, Band};

pub(super) fn score(builder: &mut Builder<'_>, score: &ruleset::Score) -> Score {
    let components: Vec<Component> =
        score.components.iter().filter_map(|item| component(builder, item)).collect();
    let offset = components.iter().map(|item| item.offset).sum();
    let width: u32 = components.iter().map(|item| highest(item).ilog2()).sum();
    if usize::try_from(width).map_or(true, |width| width >= MOST_CELLS) {
        builder.problem(Check::Dictionary, "", "the totals span more than 127 points");
    }
    let bands = score.bands.iter().map(|band| band_cells(band, offset)).collect();
    let mut derived = |fact: &Option<String>| {
        let fact = fact.as_ref().filter(|fact| builder.is_read(fact))?;
        builder.writes(fact)
    };
    let total_node = derived(&score.total_fact);
    let band_node = derived(&score.band_fact);
    Score { components, offset, bands, total_node, band_node }
}

/// The highest bit of the points of a component.
fn highest(component: &Component) -> Cells {
    component.options.iter().fold(1, |all, (_, points)| all | points)
}

/// The bits of the totals of a band.
fn band_cells(band: &Band, offset: i64) -> Cells {
    (0..MOST_CELLS)
        .filter(|place| {
            i64::try_from(*place)
                .is_ok_and(|place| (band.from..=band.to).contains(&(offset + place)))
        })
        .fold(0, |all, place| all | bit(place))
}

fn component(builder: &mut Builder<'_>, item: &ruleset::Component) -> Option<Component> {
    let input = builder.reads(&item.fact)?;
    let domain: Domain = builder.domain(input)?.clone();
    let offset = item.options.iter().flat_map(|option| &option.points).min().copied()?;
    let mut covered: Cells = 0;
    let mut options = Vec::with_capacity(item.options.len());
    for option in &item.options {
        let place = format!("{}, {}", item.fact, option.when.key());
        let cells = builder.cells(input, &option.when, &place);
        for cell in each(cells & covered) {
            let message = format!("{} stands in two options", named(&domain, cell));
            builder.problem(Check::Consistent, &place, message);
        }
        covered |= cells;
        let points = option
            .points
            .iter()
            .fold(0, |all, points| all | usize::try_from(points - offset).map_or(0, bit));
        options.push((cells, points));
    }
    for cell in each(domain.all() & !covered) {
        let message = format!("no option for {}", named(&domain, cell));
        builder.problem(Check::Complete, &item.fact, message);
    }
    Some(Component { input, offset, options })
}
