//! What a score says: total or possible totals, bands, points, meaning, explanation, what-if.
//! Shared by the case overview, the evaluation page, the form's totals and the rule page.

use askama::Template;
use askama::filters::HtmlSafe;

use super::parts::{Link, RuleBadge, Tag};

pub mod samples;

/// Totals as words: `9`, `9 to 12`, `6 or 8`, `3 to 5 or 8`. A gap is never papered over: `6 to 8`
/// is written only if 7 can occur. Expects the totals in ascending order.
#[must_use]
pub fn totals_in_words(totals: &[i32]) -> String {
    let runs: Vec<String> = runs(totals)
        .into_iter()
        .map(|(from, to)| if from == to { from.to_string() } else { format!("{from} to {to}") })
        .collect();
    match runs.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
    }
}

/// Neighbouring totals joined, each as first and last.
fn runs(totals: &[i32]) -> Vec<(i32, i32)> {
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for total in totals {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *total => *last = *total,
            _ => runs.push((*total, *total)),
        }
    }
    runs
}

/// One band of a scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaleBand {
    /// Lowest total, inclusive.
    pub from: i32,
    /// Highest total, inclusive.
    pub to: i32,
    /// Words in front of the range where there is room: `Stable`; empty for the range alone.
    pub words: String,
}

/// A score's whole range as a bar: its bands, and the totals that are possible.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "components/case_scale.html")]
pub struct Scale {
    /// Bands in ascending order, without gaps.
    pub bands: Vec<ScaleBand>,
    /// Possible totals in ascending order; one when every input is recorded.
    pub possible: Vec<i32>,
}

/// The markup is ours, and every value in it is escaped by its own template.
impl HtmlSafe for Scale {}

/// A piece of the bar in per cent of its width.
struct Piece {
    x: String,
    width: String,
    middle: String,
    label: String,
    long_label: String,
    hit: bool,
}

impl Scale {
    fn lowest(&self) -> i32 {
        self.bands.first().map_or(0, |band| band.from)
    }

    /// Left edge of the cell of a total, in per cent. Every total has a cell of the same width.
    fn edge(&self, total: i32) -> f64 {
        let cells = self.bands.last().map_or(1, |band| band.to - self.lowest() + 1).max(1);
        f64::from(total - self.lowest()) * 100.0 / f64::from(cells)
    }

    fn piece(&self, from: i32, to: i32, words: &str) -> Piece {
        let (left, right) = (self.edge(from), self.edge(to + 1));
        let label = if from == to { from.to_string() } else { format!("{from}–{to}") };
        let percent = |value: f64| format!("{value:.2}%");
        Piece {
            x: percent(left + 0.25),
            width: percent(right - left - 0.5),
            middle: percent(f64::midpoint(left, right)),
            long_label: if words.is_empty() { label.clone() } else { format!("{words} {label}") },
            label,
            hit: self.possible.iter().any(|total| (from..=to).contains(total)),
        }
    }

    fn pieces(&self) -> Vec<Piece> {
        self.bands.iter().map(|band| self.piece(band.from, band.to, &band.words)).collect()
    }

    /// One total: the band is filled and an arrow stands over it. Several: the totals are filled.
    fn single(&self) -> Option<String> {
        match self.possible.as_slice() {
            [only] => Some(self.piece(*only, *only, "").middle),
            _ => None,
        }
    }

    fn marks(&self) -> Vec<Piece> {
        runs(&self.possible).into_iter().map(|(from, to)| self.piece(from, to, "")).collect()
    }
}

/// How far a score could be computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Every input is recorded.
    Total {
        /// `9`
        value: String,
    },
    /// Inputs are missing: the totals that are still possible, never a guess.
    Possible {
        /// `9 to 12`, from [`totals_in_words`].
        totals: String,
        /// The missing facts, each leading to its question; the one that narrows most first.
        missing: Vec<Link>,
    },
    /// The instrument does not apply to this case or level.
    NotApplicable {
        /// `The coccyx is not part of SINS.`
        why: String,
    },
}

/// One item of a score.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PointRow {
    /// `Location`
    pub item: String,
    /// `Semi-rigid, T3–T10`, `Not assessed: pending`.
    pub recorded: String,
    /// `1`, or the possible points, `0, 1 or 3`.
    pub points: String,
    /// The input is missing.
    pub open: bool,
    /// Where the fact can be answered, for a missing one.
    pub href: Option<String>,
}

/// The points table of a score.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "components/case_points.html")]
pub struct Points {
    /// Caption for screen readers: `SINS at T10, item by item`.
    pub caption: String,
    /// Items in the order of the published table.
    pub rows: Vec<PointRow>,
    /// `9`, `9 to 12`; empty leaves the foot out.
    pub total: String,
}

impl HtmlSafe for Points {}

/// One step of an explanation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// What was concluded: `Primary site group 3, kidney: 3 points`.
    pub text: String,
    /// From what: `Histology is clear-cell renal carcinoma, recorded 19-May-2026`.
    pub because: String,
    /// `Tokuhashi 2005, Spine 30(19):2186`.
    pub source: String,
}

/// What one other answer would change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// `Posterolateral: both sides`
    pub answer: String,
    /// Answer that stands now: `one side`.
    pub instead_of: String,
    /// Total with it: `11`.
    pub total: String,
    /// Band with it.
    pub band: String,
}

/// What-if of one score: computed on request, never stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// Page that is asked again with the query below.
    pub action: String,
    /// Value of the field `what-if`: `sins-2010.T10`.
    pub value: String,
    /// Answers; none while it was not asked. Empty: no single answer changes the band.
    pub changes: Option<Vec<Change>>,
}

/// A score of one case or one lesion.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/case_score.html")]
pub struct ScoreCard {
    /// Element id: `sins-2010-T10`.
    pub id: String,
    /// `SINS`
    pub title: String,
    /// `Index level T10 · spinal instability`
    pub subtitle: String,
    /// Total, possible totals, or why there is none.
    pub standing: Standing,
    /// Highest total of the instrument: `18`.
    pub max: String,
    /// Every band that a possible total falls in.
    pub bands: Vec<Tag>,
    /// The bar; none when the instrument does not apply.
    pub scale: Option<Scale>,
    /// Item by item.
    pub points: Points,
    /// What the band means in the paper.
    pub meaning: String,
    /// Author, journal, year of that meaning, and what is known against it.
    pub source: String,
    /// How each item came about.
    pub explanation: Vec<Step>,
    /// Explanation open: on its own page.
    pub explained: bool,
    /// What would change it; none where it makes no sense.
    pub what_if: Option<WhatIf>,
    /// Rule set and version.
    pub badge: RuleBadge,
    /// `Dr R. Lindqvist · 19-May-2026 16:42`
    pub by: String,
}

impl HtmlSafe for ScoreCard {}

impl ScoreCard {
    /// Number of missing inputs in words: `2 inputs missing`.
    fn missing_words(missing: &[Link]) -> String {
        match missing.len() {
            1 => "1 input missing".to_owned(),
            count => format!("{count} inputs missing"),
        }
    }

    /// Short form for a list: `1 / 18`.
    #[must_use]
    pub fn short(&self) -> String {
        match &self.standing {
            Standing::Total { value } => format!("{value} / {}", self.max),
            Standing::Possible { totals, .. } => format!("{totals} / {}", self.max),
            Standing::NotApplicable { .. } => "does not apply".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sins(possible: &[i32]) -> Scale {
        let band = |from, to, words: &str| ScaleBand { from, to, words: words.to_owned() };
        Scale {
            bands: vec![
                band(0, 6, "Stable"),
                band(7, 12, "Potentially unstable"),
                band(13, 18, "Unstable"),
            ],
            possible: possible.to_vec(),
        }
    }

    #[test]
    fn totals_name_every_gap() {
        assert_eq!(totals_in_words(&[9]), "9");
        assert_eq!(totals_in_words(&[8, 9]), "8 to 9");
        assert_eq!(totals_in_words(&[6, 8]), "6 or 8");
        assert_eq!(totals_in_words(&[3, 4, 5, 8]), "3 to 5 or 8");
        assert_eq!(totals_in_words(&[1, 3, 5]), "1, 3 or 5");
        assert_eq!(totals_in_words(&[]), "none");
    }

    #[test]
    fn one_total_fills_its_band_and_has_an_arrow() {
        let scale = sins(&[9]);
        let hit: Vec<bool> = scale.pieces().iter().map(|piece| piece.hit).collect();
        assert_eq!(hit, [false, true, false]);
        assert_eq!(scale.single().as_deref(), Some("50.00%"));
        assert!(scale.to_string().contains("Potentially unstable 7–12"));
    }

    #[test]
    fn several_totals_fill_only_themselves() {
        let scale = sins(&[6, 8]);
        assert_eq!(scale.single(), None);
        let marks: Vec<String> = scale.marks().into_iter().map(|mark| mark.label).collect();
        assert_eq!(marks, ["6", "8"]);
        assert_eq!(scale.pieces().iter().filter(|piece| piece.hit).count(), 2);
    }

    #[test]
    fn a_scale_that_does_not_begin_at_zero_uses_its_whole_width() {
        let tomita = Scale {
            bands: [(2, 3), (4, 5), (6, 7), (8, 10)]
                .map(|(from, to)| ScaleBand { from, to, words: String::new() })
                .to_vec(),
            possible: vec![2],
        };
        assert_eq!(tomita.pieces().first().map(|piece| piece.x.clone()).as_deref(), Some("0.25%"));
        assert_eq!(
            tomita.pieces().last().map(|piece| piece.label.clone()).as_deref(),
            Some("8–10")
        );
        assert!(tomita.edge(11) <= 100.0);
    }
}
