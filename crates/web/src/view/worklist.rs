//! The worklist: a user's next work, most urgent first.

use askama::Template;

use super::form::{FormInput, FormView, SAMPLE_COMMAND};
use super::parts::{Empty, Link, Tag, Tone};
use super::shell::{Section, Shell};
use super::{HOSTILE, LONG_NAME, Page};

/// `/`: what waits for the user. One screen holds cord at risk and the next meeting.
#[derive(Debug, Template)]
#[template(path = "worklist/page.html")]
pub struct WorklistPage {
    /// Frame.
    pub shell: Shell,
    /// `Mon 15-Jun-2026 08:32. Northfield. Data as of 08:32.`
    pub subtitle: String,
    /// The user may send a referral.
    pub may_refer: bool,
    /// The list is older than it should be: time of the last good data.
    pub stale_since: Option<String>,
    /// Cases with the cord at risk, overdue first.
    pub cord_at_risk: Vec<CordRow>,
    /// The user may read meetings: the next one is shown, or that there is none.
    pub reads_meetings: bool,
    /// The next meeting of the user's sites.
    pub meeting: Option<NextMeeting>,
    /// Everything else, in order of urgency: referrals, drafts, decisions to sign, missing facts, actions.
    pub groups: Vec<WorkGroup>,
    /// What to say when nothing at all waits.
    pub empty: Empty,
}

/// A case with the cord at risk.
#[derive(Debug, Clone)]
pub struct CordRow {
    /// `ASHWORTH, Margaret`.
    pub name: String,
    /// Address of the case.
    pub href: String,
    /// `12-Mar-1962`.
    pub born: String,
    /// What is known and due: `Suspected 14-Jun 06:50 at Westhaven.`
    pub text: String,
    /// What is due, in bold: `MRI due Mon 15-Jun 06:50`.
    pub due: Option<String>,
    /// `Overdue 2 d 15 h`, `22 h 18 min left`.
    pub clock: Tag,
    /// The limit has passed.
    pub overdue: bool,
}

/// The next meeting.
#[derive(Debug, Clone)]
pub struct NextMeeting {
    /// `Northfield spinal metastases MDT`.
    pub title: String,
    /// `Tue 16-Jun-2026 08:00, room 4 and video · in 23 h 28 min`.
    pub when: String,
    /// Address of its page.
    pub href: String,
    /// The user may plan its agenda.
    pub may_plan: bool,
    /// Figures: listed, complete, cut-off.
    pub figures: Vec<Figure>,
    /// What would be lost, or what else to know.
    pub note: Option<String>,
}

/// A figure with its label.
#[derive(Debug, Clone)]
pub struct Figure {
    /// `Listed`.
    pub label: String,
    /// `6`.
    pub value: String,
    /// `of 12`.
    pub note: String,
}

impl Figure {
    /// A figure with label and note.
    pub fn new(label: &str, value: impl Into<String>, note: impl Into<String>) -> Self {
        Self { label: label.to_owned(), value: value.into(), note: note.into() }
    }
}

/// A group of like work.
#[derive(Debug, Clone)]
pub struct WorkGroup {
    /// Element id, unique on the page: `referrals`.
    pub id: String,
    /// `New referrals`.
    pub title: String,
    /// Leads to the whole list.
    pub all: Option<Link>,
    /// Single key of the first row's action.
    pub key: Option<String>,
    /// Rows; an empty group is not shown.
    pub rows: Vec<WorkRow>,
}

/// One piece of work.
#[derive(Debug, Clone)]
pub struct WorkRow {
    /// What it is: `Sign the decision`; `3 to triage`.
    pub title: String,
    /// The patient: leads to the case.
    pub patient: Option<Link>,
    /// More words.
    pub detail: String,
    /// State or clock.
    pub tag: Option<Tag>,
    /// What to do.
    pub action: Option<Link>,
    /// Marks it as done without opening it.
    pub complete: Option<FormView>,
}

impl WorklistPage {
    /// Whether nothing at all waits.
    pub fn is_idle(&self) -> bool {
        self.cord_at_risk.is_empty() && self.groups.iter().all(|group| group.rows.is_empty())
    }

    /// Whether anything stands in the wider column; without it the work takes the whole width.
    pub fn has_left(&self) -> bool {
        self.reads_meetings || !self.cord_at_risk.is_empty()
    }

    fn sample_empty() -> Self {
        Self {
            shell: Shell::sample("My week", Section::Worklist).for_list(0),
            subtitle: "Mon 15-Jun-2026 08:32. Northfield. Data as of 08:32.".to_owned(),
            may_refer: true,
            stale_since: None,
            cord_at_risk: Vec::new(),
            reads_meetings: true,
            meeting: None,
            groups: Vec::new(),
            empty: Empty::new("Nothing waits for you. Next meeting Tue 16-Jun-2026 08:00."),
        }
    }

    fn sample_meeting() -> NextMeeting {
        NextMeeting {
            title: "Northfield spinal metastases MDT".to_owned(),
            when: "Tue 16-Jun-2026 08:00, room 4 and video · in 23 h 28 min".to_owned(),
            href: "/meetings/019e8f3a-2b4c-7d5e-8f60-718293a4b5c6".to_owned(),
            may_plan: true,
            figures: vec![
                Figure::new("Listed", "6", "of 12"),
                Figure::new("Complete", "2", "of 6"),
                Figure::new("Emergencies", "1", "U1"),
                Figure::new("Proposed", "1", "to list"),
            ],
            note: Some("4 cases have facts that are not assessed.".to_owned()),
        }
    }

    fn sample_full() -> Self {
        Self {
            shell: Shell::sample("My week", Section::Worklist).for_list(9),
            cord_at_risk: vec![
                CordRow {
                    name: "ASHWORTH, Margaret".to_owned(),
                    href: "/cases/NF-2026-0148".to_owned(),
                    born: "12-Mar-1962".to_owned(),
                    text: "Confirmed 12-Jun 16:42. Steroid since 09-Jun.".to_owned(),
                    due: Some("Treatment was due 13-Jun 16:42.".to_owned()),
                    clock: Tag::new(Tone::Crit, "Overdue 1 d 15 h"),
                    overdue: true,
                },
                CordRow {
                    name: "KOWALCZYK, Piotr".to_owned(),
                    href: "/cases/NF-2026-0151".to_owned(),
                    born: "03-Aug-1971".to_owned(),
                    text: "Suspected 15-Jun 06:50 at Westhaven.".to_owned(),
                    due: Some("MRI due Tue 16-Jun 06:50.".to_owned()),
                    clock: Tag::new(Tone::Warn, "22 h 18 min left"),
                    overdue: false,
                },
            ],
            meeting: Some(Self::sample_meeting()),
            groups: sample_groups(),
            ..Self::sample_empty()
        }
    }

    fn sample_hostile() -> Self {
        let mut page = Self::sample_full();
        page.shell = page.shell.hostile();
        HOSTILE.clone_into(&mut page.subtitle);
        page.stale_since = Some("07:55".to_owned());
        for row in &mut page.cord_at_risk {
            LONG_NAME.clone_into(&mut row.name);
            HOSTILE.clone_into(&mut row.text);
        }
        for group in &mut page.groups {
            for row in &mut group.rows {
                HOSTILE.clone_into(&mut row.title);
                LONG_NAME.clone_into(&mut row.detail);
            }
        }
        page
    }
}

fn sample_groups() -> Vec<WorkGroup> {
    let row = |title: &str, patient: &str, detail: &str, tag: Option<Tag>, action: &str| WorkRow {
        title: title.to_owned(),
        patient: (!patient.is_empty()).then(|| Link::new(patient, "/cases/NF-2026-0148")),
        detail: detail.to_owned(),
        tag,
        action: Some(Link::new(action, "/cases/NF-2026-0148/decision")),
        complete: None,
    };
    vec![
        WorkGroup {
            id: "referrals".to_owned(),
            title: "New referrals".to_owned(),
            all: Some(Link::new("All referrals", "/referrals")),
            key: Some("r".to_owned()),
            rows: vec![row("3 to triage", "", "1 with cord at risk", None, "Triage")],
        },
        WorkGroup {
            id: "sign".to_owned(),
            title: "Decisions to sign".to_owned(),
            all: None,
            key: None,
            rows: vec![
                row("Sign the decision", "OSBORNE, Vera", "confirmed 09-Jun 08:51", None, "Sign"),
                row(
                    "Read back the decision",
                    "PATEL, Rohan",
                    "draft of 09-Jun, Dr R. Lindqvist",
                    Some(Tag::new(Tone::Warn, "2 d")),
                    "Open",
                ),
            ],
        },
        WorkGroup {
            id: "facts".to_owned(),
            title: "Facts not assessed".to_owned(),
            all: None,
            key: None,
            rows: vec![row(
                "6 facts open",
                "DEMPSEY, Fergal",
                "Tomita could be 4, 6 or 8",
                Some(Tag::new(Tone::Warn, "Listed 16-Jun").with_icon()),
                "Answer",
            )],
        },
        WorkGroup {
            id: "actions".to_owned(),
            title: "Your actions".to_owned(),
            all: Some(Link::new("All 7", "/?actions=all#group-actions")),
            key: None,
            rows: vec![WorkRow {
                complete: Some(FormView::new(
                    "/cases/NF-2026-0148/actions/019e8f3a-2b4c-7d5e-8f60-718293a4b5c6/completion",
                    SAMPLE_COMMAND,
                    &FormInput::default(),
                )),
                ..row("Theatre list, T10", "ASHWORTH, Margaret", "due 18-Jun-2026", None, "Open")
            }],
        },
        WorkGroup {
            id: "drafts".to_owned(),
            title: "Your drafts".to_owned(),
            all: None,
            key: None,
            rows: vec![row("Assessment", "REID, Alasdair", "saved 07:14:07", None, "Continue")],
        },
    ]
}

impl Page for WorklistPage {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![
            ("empty", Self::sample_empty()),
            ("no-meetings", Self { reads_meetings: false, ..Self::sample_empty() }),
            (
                "meeting-only",
                Self { meeting: Some(Self::sample_meeting()), ..Self::sample_empty() },
            ),
            ("full", Self::sample_full()),
            ("hostile", Self::sample_hostile()),
        ]
    }
}
