//! One version of a rule set as a page: points or values as published with their sources, bands,
//! worked examples, identity, where it is active.

use askama::Template;

use super::parts::{Link, Tag};
use super::shell::Shell;

mod samples;

/// `/rules/{id}/{v}`.
#[derive(Debug, Template)]
#[template(path = "rule/show.html")]
pub struct RulePage {
    /// Frame.
    pub shell: Shell,
    /// Kind under which the list shows it: `Scores`.
    pub kind: String,
    /// `Revised Tokuhashi score`
    pub title: String,
    /// `v1`
    pub version: String,
    /// `Active at 3 sites`, `Verified: complete, consistent, reachable`, `Recalled`.
    pub tags: Vec<Tag>,
    /// `Score, per case, 0 to 15, higher is better`
    pub line: String,
    /// What the header says must not be overlooked: superseded, on hold, recalled and why.
    pub notice: Option<String>,
    /// What is stored is not what was loaded: said before everything else.
    pub damage: Option<String>,
    /// Points table of a score; empty for a mapping.
    pub points: Vec<PointGroup>,
    /// Value table of a mapping or rows of a decision table; none for a score.
    pub values: Option<ValueTable>,
    /// Bands of a score.
    pub bands: Vec<BandRow>,
    /// What is known against the bands: calibration, validation.
    pub bands_note: String,
    /// Where sources disagree and which reading was taken.
    pub readings: Vec<Reading>,
    /// Worked examples, run at each start.
    pub examples: Vec<Example>,
    /// `24 examples. Every band edge has one.`
    pub examples_note: String,
    /// The header's slots: label and words. Citation, cohort, end point, author, change note.
    pub header: Vec<(String, String)>,
    /// Who approved it, the first first.
    pub approvals: Vec<ApprovalRow>,
    /// Sources by key.
    pub citations: Vec<Citation>,
    /// SHA-256 of the canonical table, hex.
    pub hash: String,
    /// `/rules/tokuhashi-2005/1`
    pub address: String,
    /// Protocols that hold it.
    pub protocols: Vec<Link>,
    /// Rule sets that it reads from, and that read it.
    pub related: Vec<Link>,
    /// Where it is active, site by site.
    pub activations: Vec<Activation>,
    /// All versions, the latest first.
    pub versions: Vec<RuleVersion>,
}

/// One approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRow {
    /// `Prof. M. Tan`, `The release that carries it`.
    pub who: String,
    /// `15-Dec-2025 09:00`
    pub at: String,
    /// What was said by it: `Approved by the release`.
    pub meaning: String,
}

/// One item of a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointGroup {
    /// `General condition`
    pub item: String,
    /// Code of the fact that it reads.
    pub code: String,
    /// Its options.
    pub options: Vec<PointOption>,
}

/// One option of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointOption {
    /// `KPS 80–100 %`
    pub words: String,
    /// `2`, or `2 or 3` where the paper is silent.
    pub points: String,
    /// Keys of the sources of this row: `T05-NICE, T05-EXP`.
    pub sources: String,
    /// `Local rule`, `Source not confirmed`, or both.
    pub marks: Vec<Tag>,
}

/// The value table of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueTable {
    /// Heads of the inputs, the last is the value.
    pub heads: Vec<String>,
    /// Rows in their order.
    pub rows: Vec<ValueRow>,
    /// How it is read: `The first row that matches counts.`
    pub note: String,
}

/// One row of a value table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueRow {
    /// One cell a head.
    pub cells: Vec<String>,
    /// Keys of its sources.
    pub sources: String,
    /// `Local rule`, `Source not confirmed`, or both.
    pub marks: Vec<Tag>,
}

/// One band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BandRow {
    /// `9–11`
    pub range: String,
    /// What it is called: `Potentially unstable`; may be empty.
    pub name: String,
    /// Survival that the paper gives; empty where it gives none.
    pub survival: String,
    /// Strategy or meaning in the paper.
    pub strategy: String,
    /// Keys of its sources.
    pub sources: String,
    /// `Local rule`, `Source not confirmed`, or both.
    pub marks: Vec<Tag>,
}

/// One point on which sources disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What they say.
    pub matter: String,
    /// What was taken, and why.
    pub taken: String,
}

/// One worked example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// `G1`, `Edge 8 / 9`
    pub name: String,
    /// Facts in words, one each.
    pub facts: Vec<String>,
    /// `2+2+2+2+5+2 = 15, 12 months or more`
    pub expected: String,
    /// `Same`, `Different: 14`.
    pub result: Tag,
}

/// One source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// `T05-ABS`
    pub key: String,
    /// Authors, journal, year.
    pub text: String,
    /// `10.1097/01.brs…`; none if not known.
    pub doi: Option<String>,
}

/// One site's use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// Site.
    pub site: String,
    /// `01-Mar-2026`
    pub from: String,
    /// `core-scores v1`
    pub protocol: String,
    /// `Active`, `Not adopted`.
    pub state: Tag,
}

/// One version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleVersion {
    /// `v1`
    pub version: String,
    /// Its page.
    pub href: String,
    /// `Approved`, `Retired`, `Recalled`.
    pub state: Tag,
    /// First figures of its hash.
    pub hash: String,
    /// This is the version shown.
    pub current: bool,
}

impl RulePage {
    /// The points table in two halves of about the same height, items unbroken.
    fn halves(&self) -> Vec<&[PointGroup]> {
        let rows: usize = self.points.iter().map(|group| group.options.len()).sum();
        let mut above = 0;
        let cut = self
            .points
            .iter()
            .position(|group| {
                above += group.options.len();
                above * 2 >= rows
            })
            .map_or(self.points.len(), |at| at + 1);
        let (left, right) = self.points.split_at(cut);
        [left, right].into_iter().filter(|half| !half.is_empty()).collect()
    }

    /// The hash in groups of eight figures.
    fn hash_groups(&self) -> String {
        let figures: Vec<char> = self.hash.chars().collect();
        figures
            .chunks(8)
            .map(|group| group.iter().collect::<String>())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn has_survival(&self) -> bool {
        self.bands.iter().any(|band| !band.survival.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Page;
    use super::*;

    #[test]
    fn the_points_table_is_cut_between_items() {
        let (_, page) = RulePage::samples().into_iter().find(|(name, _)| *name == "score").unwrap();
        let halves = page.halves();
        assert_eq!(halves.iter().map(|half| half.len()).sum::<usize>(), page.points.len());
        assert_eq!(halves.len(), 2);
    }

    #[test]
    fn the_hash_is_shown_whole() {
        let (_, page) = RulePage::samples().into_iter().find(|(name, _)| *name == "score").unwrap();
        assert_eq!(page.hash_groups().replace(' ', ""), page.hash);
        assert_eq!(page.hash_groups().split(' ').count(), 8);
    }
}
