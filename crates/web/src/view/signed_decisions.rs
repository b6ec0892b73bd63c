//! The signed decisions of a site, for who audits them.

use askama::Template;

use super::form::{Choice, FieldView, FormInput};
use super::parts::{Empty, Pager, Tag, Tone};
use super::shell::{Section, Shell};
use super::{HOSTILE, Page};

/// `/audit/decisions`.
#[derive(Debug, Template)]
#[template(path = "audit/decisions.html")]
pub struct SignedDecisionsPage {
    /// Frame.
    pub shell: Shell,
    /// `site`, where there are several.
    pub filters: Vec<FieldView>,
    /// Signed versions, the latest first.
    pub rows: Vec<DecisionRow>,
    /// Range and way through.
    pub pager: Pager,
    /// What to say when there is none.
    pub empty: Empty,
}

/// One signed version.
#[derive(Debug, Clone)]
pub struct DecisionRow {
    /// `NF-2026-0148`
    pub case: String,
    /// `Version 1`
    pub version: String,
    /// Its provenance.
    pub href: String,
    /// `16-Jun-2026 08:31`
    pub at: String,
    /// Who signed it.
    pub by: String,
    /// `Holds`, `Replaced by version 2`, `Void`.
    pub state: Tag,
}

impl SignedDecisionsPage {
    /// The choice of the site, filled; none where there is nothing to choose.
    pub fn filters(sites: Vec<Choice>, input: &FormInput) -> Vec<FieldView> {
        if sites.len() < 2 {
            return Vec::new();
        }
        vec![FieldView::select("site", "Decisions of", sites).filled(input)]
    }
}

impl Page for SignedDecisionsPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |version: u32, by: &str, state: Tag| DecisionRow {
            case: "NF-2026-0148".to_owned(),
            version: format!("Version {version}"),
            href: format!("/audit/decisions/019e8f3a-2b4c-7d5e-8f60-718293a4b5c6/{version}"),
            at: "16-Jun-2026 08:31".to_owned(),
            by: by.to_owned(),
            state,
        };
        let page = |by: &str| Self {
            shell: Shell::sample("Decisions of Northfield", Section::Audit).for_list(0),
            filters: Self::filters(
                vec![Choice::new("NF", "Northfield"), Choice::new("EM", "Eastmoor")],
                &FormInput::default(),
            ),
            rows: vec![
                row(2, by, Tag::new(Tone::Ok, "Holds").with_icon()),
                row(1, by, Tag::new(Tone::Plain, "Replaced by version 2")),
                row(1, by, Tag::new(Tone::Crit, "Void").with_icon()),
            ],
            pager: Pager { range: "3 signed versions".to_owned(), ..Pager::default() },
            empty: Empty::new("No decision is signed here yet."),
        };
        let mut hostile = page(HOSTILE);
        hostile.shell = hostile.shell.hostile();
        vec![
            ("empty", Self { rows: Vec::new(), filters: Vec::new(), ..page("") }),
            ("full", page("Dr P. Okafor")),
            ("hostile", hostile),
        ]
    }
}
