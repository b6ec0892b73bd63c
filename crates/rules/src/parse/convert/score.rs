//! The score of a file.

use serde_spanned::Spanned;

use super::{Checker, raw};
use crate::ruleset::{Band, Component, Direction, PointOption, Score};

pub(super) fn score(checker: &mut Checker, file: &mut raw::File) -> Score {
    refuse_mapping(checker, file);
    let direction = file.direction.as_ref().map(|direction| *direction.get_ref());
    if direction.is_none() {
        let label = "`direction = \"higher-is-better\"` or `\"higher-is-worse\"`";
        checker.error(file.kind.span(), "a score has to say which end is the good one", label);
    }
    let components = std::mem::take(&mut file.component);
    let bands = std::mem::take(&mut file.band);
    if components.is_empty() {
        checker.error(file.kind.span(), "a score has at least one `[[component]]`", "");
    }
    if bands.is_empty() {
        checker.error(file.kind.span(), "a score has at least one `[[band]]`", "");
    }
    let named = bands.iter().map(|band| (band.span(), band.get_ref().id.as_str()));
    checker.distinct("the band", named);
    let titled = components.iter().map(|item| (item.span(), item.get_ref().title.as_str()));
    checker.distinct("the component", titled);
    Score {
        direction: direction.unwrap_or(Direction::HigherIsBetter),
        total_fact: file.total_fact.take().map(|fact| checker.id(fact)),
        band_fact: file.band_fact.take().map(|fact| checker.id(fact)),
        components: components
            .into_iter()
            .map(|item| component(checker, item.into_inner()))
            .collect(),
        bands: bands.into_iter().map(|item| band(checker, item)).collect(),
    }
}

fn band(checker: &mut Checker, item: Spanned<raw::Band>) -> Band {
    let span = item.span();
    let item = item.into_inner();
    if item.from > item.to {
        let message = format!("no total is between {} and {}", item.from, item.to);
        checker.error(span.clone(), message, "");
    }
    Band {
        id: item.id,
        from: item.from,
        to: item.to,
        title: item.title,
        meaning: item.meaning,
        strategy: item.strategy,
        survival: item.survival,
        provenance: checker.provenance(
            span,
            item.sources,
            item.verified,
            item.local_rule,
            item.remark,
        ),
    }
}

fn component(checker: &mut Checker, item: raw::Component) -> Component {
    let options = item.options.into_iter().map(|option| {
        let span = option.span();
        let option = option.into_inner();
        let points = match option.points {
            raw::Points::One(points) => vec![points],
            raw::Points::Several(mut points) => {
                points.sort_unstable();
                points.dedup();
                points
            }
        };
        if points.is_empty() {
            checker.error(span.clone(), "an option without points", "");
        }
        if points.iter().any(|points| points.unsigned_abs() > 1000) {
            checker.error(span.clone(), "points are between -1000 and 1000", "");
        }
        PointOption {
            when: checker.when(span.clone(), option.value, option.from, option.to),
            label: option.label,
            points,
            provenance: checker.provenance(
                span,
                option.sources,
                option.verified,
                option.local_rule,
                option.remark,
            ),
        }
    });
    Component { fact: item.fact, title: item.title, options: options.collect() }
}

fn refuse_mapping(checker: &mut Checker, file: &raw::File) {
    let parts = [
        ("output", file.output.first().map(Spanned::span)),
        ("table", file.table.first().map(Spanned::span)),
        ("row", file.row.first().map(Spanned::span)),
        ("count", file.count.as_ref().map(Spanned::span)),
        ("over_lesions", file.over_lesions.as_ref().map(Spanned::span)),
    ];
    for (part, span) in parts {
        if let Some(span) = span {
            checker.error(span, format!("a score has no `{part}`"), "this belongs to a mapping");
        }
    }
}
