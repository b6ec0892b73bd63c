//! The list of rule sets.

use askama::Template;

use super::parts::{Empty, RuleBadge, Tag, Tone};
use super::shell::{Section, Shell};
use super::{HOSTILE, Page};

/// `/rules`.
#[derive(Debug, Template)]
#[template(path = "rules/list.html")]
pub struct RuleListPage {
    /// Frame.
    pub shell: Shell,
    /// The protocol that each of the user's sites uses now.
    pub protocols: Vec<ProtocolRow>,
    /// Rule sets by title.
    pub rules: Vec<RuleRow>,
    /// What to say when there is none.
    pub empty: Empty,
}

/// The protocol of a site.
#[derive(Debug, Clone)]
pub struct ProtocolRow {
    /// `Northfield`.
    pub site: String,
    /// `core-scores v1`, leading to its page; none: nothing is evaluated there.
    pub protocol: Option<RuleBadge>,
    /// `since Mon 05-Jan-2026 00:00`, or the steward who can activate one.
    pub since: String,
    /// Hash of the protocol version.
    pub hash: String,
}

/// One rule set, in one version.
#[derive(Debug, Clone)]
pub struct RuleRow {
    /// Title and version, leading to its page.
    pub badge: RuleBadge,
    /// `score`, `mapping`.
    pub kind: String,
    /// `case`, `lesion`.
    pub scope: String,
    /// `Tokuhashi et al., Spine 2005`.
    pub source: String,
    /// `approved`, `in review`, `not for use`.
    pub state: Tag,
    /// Sites that use it now.
    pub sites: String,
    /// Hash of the version, shortened.
    pub hash: String,
}

impl Page for RuleListPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let rule = |title: &str, id: &str, kind: &str, source: &str| RuleRow {
            badge: RuleBadge {
                title: title.to_owned(),
                version: "v1".to_owned(),
                href: format!("/rules/{id}/1"),
            },
            kind: kind.to_owned(),
            scope: if id == "sins-2010" { "lesion" } else { "case" }.to_owned(),
            source: source.to_owned(),
            state: Tag::new(Tone::Ok, "Approved").with_icon(),
            sites: "Northfield, Eastmoor, Westhaven".to_owned(),
            hash: "4b1f0c22d9a7".to_owned(),
        };
        let page = |words: &str| Self {
            shell: Shell::sample("Rules", Section::Rules),
            protocols: vec![
                ProtocolRow {
                    site: "Northfield".to_owned(),
                    protocol: Some(RuleBadge {
                        title: "core-scores".to_owned(),
                        version: "v1".to_owned(),
                        href: "/rules/protocols/core-scores/1".to_owned(),
                    }),
                    since: "since Mon 05-Jan-2026 00:00".to_owned(),
                    hash: "3f21c0aa9d0e".to_owned(),
                },
                ProtocolRow {
                    site: words.to_owned(),
                    protocol: None,
                    since: "Prof. M. Tan can activate one".to_owned(),
                    hash: String::new(),
                },
            ],
            rules: vec![
                rule("SINS", "sins-2010", "score", "Fisher et al., Spine 2010"),
                rule(
                    "Revised Tokuhashi (2005)",
                    "tokuhashi-2005",
                    "score",
                    "Tokuhashi et al., Spine 2005",
                ),
                rule("Tomita (2001)", "tomita-2001", "score", words),
            ],
            empty: Empty::new(
                "No rule set is loaded. The operator can load the bundled ones with “spineboard migrate”.",
            ),
        };
        let mut hostile = page(HOSTILE);
        hostile.shell = hostile.shell.hostile();
        vec![
            ("empty", Self { protocols: Vec::new(), rules: Vec::new(), ..page("") }),
            ("full", page("Tomita et al., Spine 2001")),
            ("hostile", hostile),
        ]
    }
}
