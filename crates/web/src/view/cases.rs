//! The list of cases: search, filters, table.

use askama::Template;

use super::form::{Choice, FieldView, FormInput};
use super::parts::{Empty, Link, Pager, SortDirection, SortHead, Tag, Tone};
use super::shell::{Section, Shell};
use super::{HOSTILE, LONG_NAME, Page};

/// `/cases`.
#[derive(Debug, Template)]
#[template(path = "cases/list.html")]
pub struct CaseListPage {
    /// Frame.
    pub shell: Shell,
    /// `q`: name, NHS number, hospital number or case number.
    pub search: FieldView,
    /// `state`, and `site` where the user has more than one.
    pub filters: Vec<FieldView>,
    /// Heads of the columns: patient, case, tumour, stage, meeting, last change.
    pub heads: Vec<SortHead>,
    /// Rows of this page.
    pub rows: Vec<CaseRow>,
    /// Range and way through.
    pub pager: Pager,
    /// What to say when there is none.
    pub empty: Empty,
    /// The user may register a patient.
    pub may_register: bool,
}

/// One case.
#[derive(Debug, Clone)]
pub struct CaseRow {
    /// `ASHWORTH, Margaret`, or for an auditor without a grant `Female, 64 y`.
    pub name: String,
    /// `12-Mar-1962 · NHS No. 999 012 3470`; empty where not to be named.
    pub identity: String,
    /// Address of the case.
    pub href: String,
    /// `NF-2026-0148`.
    pub number: String,
    /// `Northfield`.
    pub site: String,
    /// `Clear-cell renal carcinoma, T10`.
    pub summary: String,
    /// Derived stage: `Assessed`, `Decided`, `Signed`.
    pub stage: Tag,
    /// `Tue 16-Jun-2026`, when listed.
    pub meeting: String,
    /// `12-Jun-2026 16:42`.
    pub changed: String,
    /// ESCC 2 or 3, or new weakness.
    pub cord_at_risk: bool,
}

impl CaseListPage {
    /// The heads of the list, without sorting.
    pub fn plain_heads() -> Vec<SortHead> {
        ["Patient", "Case", "Tumour and levels", "Stage", "Meeting", "Last change"]
            .into_iter()
            .map(SortHead::plain)
            .collect()
    }

    /// The search field, filled.
    pub fn search_field(input: &FormInput) -> FieldView {
        FieldView::figures("q", "Name, NHS No., hospital No. or case")
            .with_id("case-search")
            .filled(input)
    }

    /// The filter by state, filled.
    pub fn state_filter(input: &FormInput) -> FieldView {
        let states = vec![
            Choice::new("", "All"),
            Choice::new("open", "Open"),
            Choice::new("closed", "Closed"),
        ];
        FieldView::select("state", "State", states).filled(input)
    }
}

impl Page for CaseListPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, stage: Tag, cord| CaseRow {
            name: name.to_owned(),
            identity: "12-Mar-1962 · NHS No. 999 012 3470".to_owned(),
            href: "/cases/NF-2026-0148".to_owned(),
            number: "NF-2026-0148".to_owned(),
            site: "Northfield".to_owned(),
            summary: "Clear-cell renal carcinoma, T10 index".to_owned(),
            stage,
            meeting: "Tue 16-Jun-2026".to_owned(),
            changed: "12-Jun-2026 16:42".to_owned(),
            cord_at_risk: cord,
        };
        let page = |input: &FormInput| Self {
            shell: Shell::sample("Cases", Section::Cases).for_list(0),
            search: Self::search_field(input),
            filters: vec![Self::state_filter(input)],
            heads: Self::plain_heads(),
            rows: Vec::new(),
            pager: Pager::default(),
            empty: Empty::with_link(
                "No case matches. Check the NHS number, or register the patient.",
                Link::new("Register a patient", "/patients/new"),
            ),
            may_register: true,
        };
        let mut heads = Self::plain_heads();
        heads[0] = SortHead::sortable("Patient", "/cases?sort=patient", SortDirection::None);
        heads[5] =
            SortHead::sortable("Last change", "/cases?sort=changed", SortDirection::Descending);
        let bad = FormInput::from_pairs([("q", "999 012 3471")]).with_problem(
            "q",
            "The last digit of this NHS number does not fit the others: check each digit",
        );
        let mut hostile = page(&FormInput::from_pairs([("q", HOSTILE)]));
        hostile.shell = hostile.shell.hostile();
        hostile.rows = vec![CaseRow {
            summary: HOSTILE.to_owned(),
            ..row(LONG_NAME, Tag::new(Tone::Plain, HOSTILE), true)
        }];
        let mut bad = page(&bad);
        bad.empty = Empty::new("Nothing was searched.");
        vec![
            ("empty", page(&FormInput::default())),
            ("bad-number", bad),
            (
                "full",
                Self {
                    shell: Shell::sample("Cases", Section::Cases).for_list(3),
                    heads,
                    rows: vec![
                        row("ASHWORTH, Margaret", Tag::new(Tone::Info, "Listed"), true),
                        row("OSBORNE, Vera", Tag::new(Tone::Ok, "Signed").with_icon(), false),
                        row(
                            "DEMPSEY, Fergal",
                            Tag::new(Tone::Warn, "6 facts open").with_icon(),
                            false,
                        ),
                    ],
                    pager: Pager {
                        range: "1 to 25 of 60".to_owned(),
                        previous: None,
                        next: Some("/cases?after=NF-2026-0120".to_owned()),
                        export: None,
                    },
                    ..page(&FormInput::from_pairs([("state", "open")]))
                },
            ),
            ("hostile", hostile),
        ]
    }
}
