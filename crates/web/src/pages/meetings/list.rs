//! The list of meetings.

use axum::extract::State;
use axum::response::Response;
use axum_extra::extract::Query;
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::display;
use mdt::ids::MeetingId;
use mdt::meeting::MeetingState;
use mdt::permission::{Action, act};
use serde::Deserialize;
use store::meetings::{Meeting, MeetingRange, meetings_of};

use crate::error::WebError;
use crate::pages::page;
use crate::paths;
use crate::state::App;
use crate::view::meetings::{MeetingListPage, MeetingRow};
use crate::view::{Link, Section, Tag, Tone};
use crate::visitor::Visitor;

/// Past meetings on one page.
const LIMIT: u32 = 25;

/// What the list is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    /// Where the page of past meetings begins: after the last one of the page before.
    before: Option<MeetingId>,
    /// The case that somebody wants to list; each coming meeting then has it chosen.
    case: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let mut reading = app.store.read_sites::<act::MeetingRead>(&visitor.actor).await?;
    let before = wanted.before;
    let case = wanted.case.and_then(|case| case.parse::<CaseNumber>().ok());
    let next = meetings_of(&mut reading, MeetingRange::Coming).await?;
    let past = meetings_of(&mut reading, MeetingRange::Past { before, limit: LIMIT }).await?;
    // No patient is named here, so there is nothing to write down.
    reading.finish().await?;
    let full = past.len() >= usize::try_from(LIMIT).unwrap_or(usize::MAX);
    let older = past.last().filter(|_| full).map(|last| {
        let address = paths::Meetings.to_string();
        let case = case.as_ref().map(|case| format!("&case={case}")).unwrap_or_default();
        Link::new("Older meetings", format!("{address}?before={}{case}", last.id))
    });
    page(&MeetingListPage {
        shell: visitor.shell("Meetings", Some(Section::Meetings)),
        for_case: case.as_ref().map(ToString::to_string),
        may_plan: visitor.may_somewhere(Action::MeetingPlan),
        next: next.iter().map(|meeting| for_case(row(meeting), case.as_ref())).collect(),
        past: past.iter().map(row).collect(),
        older,
    })
}

/// The row of a coming meeting, which leads to the form with this case chosen.
fn for_case(row: MeetingRow, case: Option<&CaseNumber>) -> MeetingRow {
    match case {
        Some(case) => MeetingRow { href: format!("{}?case={case}#add", row.href), ..row },
        None => row,
    }
}

fn row(meeting: &Meeting) -> MeetingRow {
    MeetingRow {
        when: when(meeting),
        href: paths::Meeting { id: meeting.id.to_string() }.to_string(),
        title: meeting.name.clone(),
        place: meeting.place.clone().unwrap_or_default(),
        cases: cases(meeting),
        state: state(meeting),
        outcome: outcome(meeting),
    }
}

/// `Tue 16-Jun-2026 08:00`, at the site that holds it.
pub(super) fn when(meeting: &Meeting) -> String {
    let day = display::date_with_day(display::day_of(meeting.starts_at, meeting.zone));
    let time = meeting.starts_at.with_timezone(&meeting.zone).format("%H:%M");
    format!("{day} {time}")
}

fn cases(meeting: &Meeting) -> String {
    match meeting.capacity {
        Some(capacity) => format!("{} of {capacity}", meeting.items.all),
        None => meeting.items.all.to_string(),
    }
}

pub(super) fn state(meeting: &Meeting) -> Tag {
    let label = meeting.state.label();
    match (meeting.state, meeting.opened_at) {
        (MeetingState::Planned, _) => Tag::new(Tone::Info, label),
        (MeetingState::InSession, Some(at)) => {
            let since = at.with_timezone(&meeting.zone).format("%H:%M");
            Tag::new(Tone::Ok, format!("{label} since {since}")).with_icon()
        }
        (MeetingState::InSession, None) => Tag::new(Tone::Ok, label).with_icon(),
        (MeetingState::Closed, _) => Tag::new(Tone::Plain, label),
        (MeetingState::Cancelled, _) => Tag::new(Tone::Warn, label).with_icon(),
    }
}

fn outcome(meeting: &Meeting) -> String {
    let items = meeting.items;
    let other = items.done.saturating_sub(items.decided).saturating_sub(items.deferred);
    [(items.decided, "decided"), (items.deferred, "deferred"), (other, "otherwise")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
}
