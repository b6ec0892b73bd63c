//! One version of a protocol.

use askama::Template;

use super::parts::{RuleBadge, Tag, Tone};
use super::shell::{Section, Shell};
use super::{HOSTILE, Page};

/// `/rules/protocols/{id}/{version}`.
#[derive(Debug, Template)]
#[template(path = "protocol/show.html")]
pub struct ProtocolPage {
    /// Frame.
    pub shell: Shell,
    /// `core-scores`
    pub id: String,
    /// `Core scores`
    pub title: String,
    /// `v1`
    pub version: String,
    /// At how many sites it is active.
    pub active: Tag,
    /// The rule sets, in the order of evaluation.
    pub rule_sets: Vec<PinnedRow>,
    /// Purpose, author and change note; empty when the release does not hold this protocol.
    pub header: Vec<(String, String)>,
    /// Its hash, in groups of figures.
    pub hash: String,
    /// Its own address.
    pub address: String,
    /// Every time that a site took it, site by site.
    pub activations: Vec<ActivationRow>,
    /// All versions, the latest first.
    pub versions: Vec<VersionRow>,
}

/// One pinned rule set.
#[derive(Debug, Clone)]
pub struct PinnedRow {
    /// Title and version, leading to its page.
    pub badge: RuleBadge,
    /// `score`, `mapping`.
    pub kind: String,
    /// `case`, `lesion`.
    pub scope: String,
    /// `Approved`, `Recalled`, …
    pub state: Tag,
    /// First figures of its hash.
    pub hash: String,
}

/// An activation at a site.
#[derive(Debug, Clone)]
pub struct ActivationRow {
    /// `Northfield`.
    pub site: String,
    /// `05-Jan-2026 00:00`
    pub from: String,
    /// When another took its place; a dash while none has.
    pub until: String,
    /// `Active`, `Ended`, `Begins later`.
    pub state: Tag,
}

/// One version of the protocol.
#[derive(Debug, Clone)]
pub struct VersionRow {
    /// `v1`
    pub version: String,
    /// Its page.
    pub href: String,
    /// First figures of its hash.
    pub hash: String,
    /// This is the version shown.
    pub current: bool,
}

impl Page for ProtocolPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let rule = |title: &str, id: &str, kind: &str, scope: &str| PinnedRow {
            badge: RuleBadge {
                title: title.to_owned(),
                version: "v1".to_owned(),
                href: format!("/rules/{id}/1"),
            },
            kind: kind.to_owned(),
            scope: scope.to_owned(),
            state: Tag::new(Tone::Ok, "Approved").with_icon(),
            hash: "4b1f0c22d9a7".to_owned(),
        };
        let activation = |site: &str, until: &str, state: Tag| ActivationRow {
            site: site.to_owned(),
            from: "05-Jan-2026 00:00".to_owned(),
            until: until.to_owned(),
            state,
        };
        let page = |words: &str| Self {
            shell: Shell::sample("Core scores v1", Section::Rules),
            id: "core-scores".to_owned(),
            title: "Core scores".to_owned(),
            version: "v1".to_owned(),
            active: Tag::new(Tone::Ok, "Active at 1 site").with_icon(),
            rule_sets: vec![
                rule("Growth group (Tomita)", "growth-group-tomita", "mapping", "case"),
                rule("Spinal Instability Neoplastic Score", "sins-2010", "score", "lesion"),
                rule("Revised Tokuhashi score", "tokuhashi-2005", "score", "case"),
            ],
            header: vec![
                ("For".to_owned(), words.to_owned()),
                ("Author".to_owned(), "Spineboard rule stewards".to_owned()),
                ("Change".to_owned(), "First version.".to_owned()),
            ],
            hash: "3f21c0aa 9d0e4b1f 0c22d9a7 3f21c0aa 9d0e4b1f 0c22d9a7 3f21c0aa 9d0e4b1f"
                .to_owned(),
            address: "/rules/protocols/core-scores/1".to_owned(),
            activations: vec![
                activation("Northfield", "–", Tag::new(Tone::Ok, "Active").with_icon()),
                activation("Eastmoor", "01-Jun-2026 00:00", Tag::new(Tone::Plain, "Ended")),
            ],
            versions: vec![VersionRow {
                version: "v1".to_owned(),
                href: "/rules/protocols/core-scores/1".to_owned(),
                hash: "3f21c0aa9d0e".to_owned(),
                current: true,
            }],
        };
        let mut hostile = page(HOSTILE);
        hostile.shell = hostile.shell.hostile();
        let unused = Tag::new(Tone::Plain, "Active at no site");
        vec![
            (
                "full",
                page("SINS of each lesion, the revised Tokuhashi score and the Tomita score."),
            ),
            (
                "own",
                Self { header: Vec::new(), activations: Vec::new(), active: unused, ..page("") },
            ),
            ("hostile", hostile),
        ]
    }
}
