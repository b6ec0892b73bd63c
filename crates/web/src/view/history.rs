//! The audit trail of one case.

use askama::Template;

use super::form::{Choice, FieldView, FormInput};
use super::parts::{Empty, Pager, Tone};
use super::patient::{CaseTab, PatientBanner, Tabs};
use super::shell::{Section, Shell};
use super::{HOSTILE, LONG_NAME, Page};

/// `/cases/{n}/history`.
#[derive(Debug, Template)]
#[template(path = "cases/history.html")]
pub struct HistoryPage {
    /// Frame.
    pub shell: Shell,
    /// The patient.
    pub banner: PatientBanner,
    /// Tabs of the case.
    pub tabs: Tabs,
    /// Address of this page, for the filter.
    pub action: String,
    /// `group`: all, changes, views, decisions.
    pub filters: Vec<FieldView>,
    /// Events, the newest first.
    pub events: Vec<EventRow>,
    /// Range and way through.
    pub pager: Pager,
    /// What to say when there is none.
    pub empty: Empty,
    /// The log does not verify: said in words, cannot be dismissed.
    pub broken: Option<String>,
}

/// One event of an audit trail.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// `15-Jun-2026 08:31:07`.
    pub at: String,
    /// `Dr P. Okafor`.
    pub who: String,
    /// `chair, Northfield`; `job`; `operator`.
    pub role: String,
    /// In words: `Opened the overview`; `Saved assessment 3`.
    pub what: String,
    /// Kind as in the log: `assessment.saved`.
    pub kind: String,
    /// Details in words: label and value.
    pub details: Vec<(String, String)>,
    /// Reason given; empty where there is none.
    pub reason: String,
    /// `entry 4,812, checkpoint 913`, or `waiting for its seal`.
    pub entry: String,
    /// Critical for refused and failed ones.
    pub tone: Tone,
    /// Where it can be seen.
    pub href: Option<String>,
}

impl HistoryPage {
    /// The filter by kind of event, filled.
    pub fn group_filter(input: &FormInput) -> FieldView {
        let groups = vec![
            Choice::new("", "Everything"),
            Choice::new("changes", "Changes"),
            Choice::new("reads", "Views"),
            Choice::new("decisions", "Decisions"),
        ];
        FieldView::select("group", "Show", groups).filled(input)
    }
}

/// Events for samples, shared with the audit log.
pub(super) fn sample_events(words: &str) -> Vec<EventRow> {
    let event = |who: &str, what: &str, kind: &str, tone| EventRow {
        at: "15-Jun-2026 08:31:07".to_owned(),
        who: who.to_owned(),
        role: "clinician, Northfield".to_owned(),
        what: what.to_owned(),
        kind: kind.to_owned(),
        details: Vec::new(),
        reason: String::new(),
        entry: "entry 4,812, checkpoint 913".to_owned(),
        tone,
        href: None,
    };
    vec![
        EventRow {
            entry: "waiting for its seal".to_owned(),
            ..event("Dr P. Okafor", "Opened the overview", "case.read", Tone::Plain)
        },
        EventRow {
            details: vec![
                ("Changed".to_owned(), "kps, visceral-metastases".to_owned()),
                ("Assessment".to_owned(), "2 to 3".to_owned()),
            ],
            href: Some("/cases/NF-2026-0148/assessments/3".to_owned()),
            ..event("Dr R. Lindqvist", "Saved assessment 3", "assessment.saved", Tone::Info)
        },
        EventRow {
            reason: words.to_owned(),
            ..event(words, "Was refused the decision", "access.denied", Tone::Crit)
        },
    ]
}

impl Page for HistoryPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |words: &str| Self {
            shell: Shell::sample("Case NF-2026-0148, history", Section::Cases).for_patient(),
            banner: PatientBanner::sample(),
            tabs: Tabs::sample(CaseTab::History),
            action: "/cases/NF-2026-0148/history".to_owned(),
            filters: vec![Self::group_filter(&FormInput::default())],
            events: sample_events(words),
            pager: Pager {
                range: "1 to 3 of 61".to_owned(),
                next: Some("?before=58".to_owned()),
                ..Pager::default()
            },
            empty: Empty::new("No event of this kind."),
            broken: None,
        };
        let broken = Some(
            "Entry 4,790 does not fit checkpoint 913. Tell the auditor of Northfield now."
                .to_owned(),
        );
        let mut hostile = page(HOSTILE);
        hostile.banner = PatientBanner::sample_hostile();
        hostile.shell = hostile.shell.hostile();
        vec![
            ("empty", Self { events: Vec::new(), pager: Pager::default(), ..page("") }),
            ("full", page("no relation to the case")),
            ("broken", Self { broken, ..page("no relation to the case") }),
            ("hostile", hostile),
            ("long", page(LONG_NAME)),
        ]
    }
}
