//! Meetings: the list, a new one, and the agenda of one.

use askama::Template;

use super::form::{Choice, ErrorSummary, FieldView, FormInput, FormView, SAMPLE_COMMAND};
use super::parts::{Empty, Link, Tag, Tone};
use super::shell::{Section, Shell};
use super::worklist::Figure;
use super::{HOSTILE, LONG_NAME, Page};

/// `/meetings`.
#[derive(Debug, Template)]
#[template(path = "meetings/list.html")]
pub struct MeetingListPage {
    /// Frame.
    pub shell: Shell,
    /// The user may plan one.
    pub may_plan: bool,
    /// The case that somebody came to list: `NF-2026-0148`.
    pub for_case: Option<String>,
    /// Planned and running, the next first.
    pub next: Vec<MeetingRow>,
    /// Closed and cancelled, the latest first.
    pub past: Vec<MeetingRow>,
    /// Leads to those before them.
    pub older: Option<Link>,
}

/// One meeting.
#[derive(Debug, Clone)]
pub struct MeetingRow {
    /// `Tue 16-Jun-2026 08:00`.
    pub when: String,
    /// Its address.
    pub href: String,
    /// `Northfield spinal metastases MDT`.
    pub title: String,
    /// `room 4 and video`.
    pub place: String,
    /// `6 of 12`.
    pub cases: String,
    /// `planned`, `in session`, `closed`.
    pub state: Tag,
    /// `4 decided, 1 deferred`, for past ones.
    pub outcome: String,
}

/// `/meetings/new`.
#[derive(Debug, Template)]
#[template(path = "meetings/new.html")]
pub struct MeetingNewPage {
    /// Frame.
    pub shell: Shell,
    /// Posts to `/meetings`.
    pub form: FormView,
    /// `site`, `series`, `name`, `date`, `start`, `end`, `place`, `capacity`, `chair`, `nominated`, `scribe`.
    pub fields: Vec<FieldView>,
}

/// What a new meeting can be chosen from.
#[derive(Debug, Clone, Default)]
pub struct MeetingChoices {
    /// Sites where the user may plan.
    pub sites: Vec<Choice>,
    /// Series of meetings.
    pub series: Vec<Choice>,
    /// Who can chair.
    pub chairs: Vec<Choice>,
    /// Who can confirm outcomes.
    pub nominated: Vec<Choice>,
    /// Who can be scribe.
    pub scribes: Vec<Choice>,
}

impl MeetingNewPage {
    /// The page with what was typed.
    pub fn new(shell: Shell, command_id: &str, choices: MeetingChoices, input: &FormInput) -> Self {
        let fields = [
            FieldView::select("site", "Site", choices.sites),
            FieldView::select("series", "Meeting", choices.series),
            FieldView::text("name", "Name")
                .hint("A meeting of a series has its name unless you give another")
                .optional(),
            FieldView::figures("date", "Date").hint("For example 23-Jun-2026 or 23/06/2026"),
            FieldView::figures("start", "Starts at").hint("24 hours, for example 08:00"),
            FieldView::figures("end", "Ends at").hint("For example 09:30"),
            FieldView::text("place", "Where").hint("Room, and video if there is any"),
            FieldView::figures("capacity", "At most how many cases")
                .hint("A number, for example 12")
                .optional(),
            FieldView::select("chair", "Chair", choices.chairs),
            FieldView::select("nominated", "Confirms each outcome", choices.nominated)
                .hint("The chair, unless you name somebody else"),
            FieldView::select("scribe", "Scribe", choices.scribes).optional(),
        ];
        Self {
            shell: Shell { problem: !input.problems.is_empty(), ..shell },
            form: FormView::new("/meetings", command_id, input).naming(&fields),
            fields: fields.into_iter().map(|field| field.filled(input)).collect(),
        }
    }
}

/// `/meetings/{id}`.
#[derive(Debug, Template)]
#[template(path = "meetings/page.html")]
pub struct MeetingPage {
    /// Frame.
    pub shell: Shell,
    /// `Northfield spinal metastases MDT`.
    pub title: String,
    /// `Tue 16-Jun-2026 08:00, room 4 and video`.
    pub when: String,
    /// State of the meeting.
    pub state: Tag,
    /// Problems of whichever form of the page was sent.
    pub summary: ErrorSummary,
    /// Figures: listed, complete, decided.
    pub figures: Vec<Figure>,
    /// Duty and person.
    pub duties: Vec<(String, String)>,
    /// The agenda in order.
    pub items: Vec<AgendaRow>,
    /// What to say when the agenda is empty.
    pub empty: Empty,
    /// Posts to `/meetings/{id}/items`; there when the user may list or propose.
    pub add: Option<AddItem>,
    /// Posts to `/meetings/{id}/opening`; there when the user may and it is planned.
    pub opening: Option<FormView>,
    /// Posts to `/meetings/{id}/closing`; there when the user may and it is in session.
    pub closing: Option<FormView>,
    /// Items without an outcome: closing is refused while there are any.
    pub unfinished: Vec<Link>,
    /// Posts to `/meetings/{id}/cancellation`; there when the user may and it has not been opened.
    pub cancellation: Option<WithReason>,
}

/// A form that asks for a reason and nothing else: `reason`.
#[derive(Debug, Clone)]
pub struct WithReason {
    /// Where it posts, and its problems.
    pub form: FormView,
    /// The reason.
    pub reason: FieldView,
}

impl WithReason {
    /// The form with what was typed; `id` tells apart several of them on a page.
    pub fn new(form: FormView, id: &str, label: &str) -> Self {
        Self { form, reason: FieldView::text("reason", label).with_id(id) }
    }
}

/// One item of the agenda.
#[derive(Debug, Clone)]
pub struct AgendaRow {
    /// Item id, for element ids.
    pub id: String,
    /// Place from 1.
    pub place: usize,
    /// `ASHWORTH, Margaret`.
    pub name: String,
    /// `12-Mar-1962 · NF-2026-0148`.
    pub identity: String,
    /// Address of the case.
    pub href: String,
    /// `Clear-cell renal carcinoma · T10`.
    pub summary: String,
    /// The question to the meeting.
    pub question: String,
    /// `U1`.
    pub urgency: Tag,
    /// `Referral not accepted`; none once it is.
    pub waiting: Option<Tag>,
    /// What is missing, or that it is complete.
    pub readiness: Tag,
    /// `listed`, `open`, `decided`.
    pub state: Tag,
    /// Posts to `…/items/{id}/place` with `place` one lower; none for the first or where the user may not.
    pub up: Option<FormView>,
    /// The same with `place` one higher.
    pub down: Option<FormView>,
    /// Posts to `…/items/{id}/removal`; there before the case is discussed, for who may.
    pub removal: Option<WithReason>,
    /// Leads to the decision.
    pub decision: Option<Link>,
}

/// Adding a case to the agenda.
#[derive(Debug, Clone)]
pub struct AddItem {
    /// Where it posts, and its problems.
    pub form: FormView,
    /// `case`: open cases on no other agenda.
    pub case: FieldView,
    /// `reason`: asked after the cut-off; none before it.
    pub reason: Option<FieldView>,
    /// The user proposes; else lists.
    pub proposes: bool,
    /// What to say when no case can be added.
    pub empty: Empty,
}

/// Problems of whichever form of the page was sent.
pub fn problems_of_meeting(input: &FormInput) -> ErrorSummary {
    ErrorSummary::of(input).named([
        ("case", "Case"),
        ("reason", LATE),
        ("cancellation", "Why it is cancelled"),
    ])
}

/// Label of the reason for a case that comes after the cut-off.
const LATE: &str = "Why so late";

impl AddItem {
    /// The form with what was typed.
    pub fn new(
        meeting_id: &str,
        command_id: &str,
        cases: Vec<Choice>,
        late: bool,
        input: &FormInput,
    ) -> Self {
        let reason =
            FieldView::text("reason", LATE).hint("The agenda was complete at the cut-off.");
        Self {
            form: FormView::new(format!("/meetings/{meeting_id}/items"), command_id, input),
            case: FieldView::select("case", "Case", cases).filled(input),
            reason: late.then(|| reason.filled(input)),
            proposes: false,
            empty: Empty::with_link(
                "Every open case is on an agenda.",
                Link::new("Accept a referral", "/referrals"),
            ),
        }
    }
}

fn sample_meeting_rows(title: &str) -> Vec<MeetingRow> {
    let row = |when: &str, state: Tag, outcome: &str| MeetingRow {
        when: when.to_owned(),
        href: "/meetings/019e8f3a-2b4c-7d5e-8f60-718293a4b5c6".to_owned(),
        title: title.to_owned(),
        place: "room 4 and video".to_owned(),
        cases: "6 of 12".to_owned(),
        state,
        outcome: outcome.to_owned(),
    };
    vec![
        row("Tue 16-Jun-2026 08:00", Tag::new(Tone::Info, "Planned"), ""),
        row("Tue 09-Jun-2026 08:00", Tag::new(Tone::Ok, "Closed"), "4 decided, 1 deferred"),
    ]
}

impl Page for MeetingListPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |title: &str| {
            let mut rows = sample_meeting_rows(title);
            let past = rows.split_off(1);
            Self {
                shell: Shell::sample("Meetings", Section::Meetings),
                may_plan: true,
                for_case: Some("NF-2026-0148".to_owned()),
                next: rows,
                past,
                older: Some(Link::new("Older meetings", "/meetings?before=1780963200")),
            }
        };
        vec![
            ("empty", Self { next: Vec::new(), past: Vec::new(), older: None, ..page("") }),
            ("full", page("Northfield spinal metastases MDT")),
            (
                "hostile",
                Self {
                    shell: Shell::sample("Meetings", Section::Meetings).hostile(),
                    ..page(HOSTILE)
                },
            ),
        ]
    }
}

impl Page for MeetingNewPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let choices = |words: &str| MeetingChoices {
            sites: vec![Choice::new("northfield", "Northfield")],
            series: vec![Choice::new("weekly", words)],
            chairs: vec![Choice::new("okafor", "Dr P. Okafor")],
            nominated: vec![Choice::new("", "The chair")],
            scribes: vec![Choice::new("", "None"), Choice::new("whelan", "S. Whelan")],
        };
        let page = |words: &str, input: &FormInput| {
            Self::new(
                Shell::sample("New meeting", Section::Meetings),
                SAMPLE_COMMAND,
                choices(words),
                input,
            )
        };
        let weekly = "Northfield spinal metastases MDT";
        let wrong = FormInput::from_pairs([
            ("date", "31/06/2026"),
            ("start", "8"),
            ("place", "room 4"),
            ("capacity", "many"),
        ])
        .with_problem("date", "June has 30 days")
        .with_problem("start", "Write the time as 08:00")
        .with_problem("capacity", "Write a number from 1 to 60");
        vec![
            ("empty", page(weekly, &FormInput::default())),
            ("wrong", page(weekly, &wrong)),
            ("hostile", page(HOSTILE, &FormInput::from_pairs([("place", HOSTILE)]))),
        ]
    }
}

fn sample_item(place: usize, last: usize, name: &str, words: &str) -> AgendaRow {
    let none = FormInput::default();
    let id = format!("019e8f3a-2b4c-7d5e-8f60-71829300000{place}");
    let form = || {
        FormView::new(format!("/meetings/019e8f3a/items/{id}/place"), SAMPLE_COMMAND, &none)
            .based_on("3")
    };
    AgendaRow {
        place,
        name: name.to_owned(),
        identity: "12-Mar-1962 · NF-2026-0148".to_owned(),
        href: "/cases/NF-2026-0148".to_owned(),
        summary:
            "Clear-cell renal carcinoma · ESCC 2 at T10 · SINS 9 at T10 · Tokuhashi 9 · Tomita 6"
                .to_owned(),
        question: words.to_owned(),
        urgency: if place == 1 {
            Tag::new(Tone::Crit, "U1").with_icon()
        } else {
            Tag::new(Tone::Plain, "U5")
        },
        waiting: (place == 2).then(|| Tag::new(Tone::Warn, "Referral not accepted").with_icon()),
        readiness: if place == 2 {
            Tag::new(Tone::Warn, "6 facts open").with_icon()
        } else {
            Tag::new(Tone::Ok, "Complete").with_icon()
        },
        state: Tag::new(Tone::Plain, "Listed"),
        up: (place > 1).then(form),
        down: (place < last).then(form),
        removal: Some(WithReason::new(form(), &format!("removal-{id}"), "Why it is taken off")),
        decision: Some(Link::new("Decision", "/cases/NF-2026-0148/decision")),
        id,
    }
}

impl MeetingPage {
    fn sample_empty() -> Self {
        let none = FormInput::default();
        Self {
            shell: Shell::sample("Meeting Tue 16-Jun-2026", Section::Meetings).for_list(0),
            title: "Northfield spinal metastases MDT".to_owned(),
            when: "Tue 16-Jun-2026 08:00, room 4 and video".to_owned(),
            state: Tag::new(Tone::Info, "Planned"),
            summary: ErrorSummary::default(),
            figures: vec![
                Figure::new("Listed", "0", "of 12"),
                Figure::new("Complete", "0", "of 0"),
                Figure::new("Decided", "0", "of 0"),
            ],
            duties: vec![
                ("Chair".to_owned(), "Dr P. Okafor".to_owned()),
                ("Scribe".to_owned(), "S. Whelan".to_owned()),
            ],
            items: Vec::new(),
            empty: Empty::new("The agenda is empty. Add a case below."),
            add: Some(AddItem::new(
                "019e8f3a",
                SAMPLE_COMMAND,
                vec![Choice::new(
                    "NF-2026-0148",
                    "NF-2026-0148 ASHWORTH, Margaret, born 12-Mar-1962",
                )],
                false,
                &none,
            )),
            opening: Some(
                FormView::new("/meetings/019e8f3a/opening", SAMPLE_COMMAND, &none).based_on("3"),
            ),
            closing: None,
            unfinished: Vec::new(),
            cancellation: Some(WithReason::new(
                FormView::new("/meetings/019e8f3a/cancellation", SAMPLE_COMMAND, &none)
                    .based_on("3"),
                "cancellation",
                "Why it is cancelled",
            )),
        }
    }
}

impl Page for MeetingPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let none = FormInput::default();
        let full = || Self {
            shell: Shell::sample("Meeting Tue 16-Jun-2026", Section::Meetings).for_list(3),
            figures: vec![
                Figure::new("Listed", "3", "of 12"),
                Figure::new("Complete", "2", "of 3"),
                Figure::new("Decided", "0", "of 3"),
            ],
            items: vec![
                sample_item(1, 3, "ASHWORTH, Margaret", "Decompress before SBRT?"),
                sample_item(2, 3, "DEMPSEY, Fergal", "Biopsy route; surgery at L1?"),
                sample_item(3, 3, "NAKAMURA, Keiko", "SBRT to C5, or fix first?"),
            ],
            ..Self::sample_empty()
        };
        let session = Self {
            state: Tag::new(Tone::Ok, "In session since 08:02"),
            opening: None,
            closing: Some(
                FormView::new("/meetings/019e8f3a/closing", SAMPLE_COMMAND, &none).based_on("4"),
            ),
            unfinished: vec![Link::new("2. DEMPSEY, Fergal", "/cases/NF-2026-0150/decision")],
            ..full()
        };
        let late = FormInput::from_pairs([("case", "NF-2026-0148")])
            .with_problem("reason", "Say why so late");
        let cases = || vec![Choice::new("NF-2026-0148", HOSTILE)];
        let mut wrong = Self {
            add: Some(AddItem::new("019e8f3a", SAMPLE_COMMAND, cases(), true, &late)),
            ..full()
        };
        wrong.shell = wrong.shell.with_problem();
        wrong.summary = problems_of_meeting(&late);
        let read_only = Self { add: None, opening: None, cancellation: None, ..full() };
        let mut hostile = full();
        hostile.shell = hostile.shell.hostile();
        HOSTILE.clone_into(&mut hostile.title);
        for item in &mut hostile.items {
            LONG_NAME.clone_into(&mut item.name);
            HOSTILE.clone_into(&mut item.question);
        }
        vec![
            ("empty", Self::sample_empty()),
            ("full", full()),
            ("session", session),
            ("read-only", read_only),
            ("wrong", wrong),
            ("hostile", hostile),
        ]
    }
}
