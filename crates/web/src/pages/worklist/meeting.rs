//! The next meeting of the user's sites.

use mdt::meeting::MeetingState;
use mdt::permission::Action;
use store::meetings::Meeting;
use store::worklist::MeetingFigures;

use crate::pages::clock::span;
use crate::state::App;
use crate::view::worklist::{Figure, NextMeeting};
use crate::visitor::Visitor;

pub(super) fn shown(
    app: &App,
    visitor: &Visitor,
    meeting: &Meeting,
    figures: MeetingFigures,
) -> NextMeeting {
    let all = figures.listed + figures.proposed;
    let of_capacity = meeting.capacity.map(|capacity| format!("of {capacity}")).unwrap_or_default();
    let open = all.saturating_sub(figures.complete);
    NextMeeting {
        title: meeting.name.clone(),
        when: when(app, meeting),
        href: format!("/meetings/{}", meeting.id),
        may_plan: visitor.actor.may(Action::AgendaList, meeting.site),
        figures: vec![
            Figure::new("Listed", figures.listed.to_string(), of_capacity),
            Figure::new("Complete", figures.complete.to_string(), format!("of {all}")),
            Figure::new("Emergencies", figures.emergencies.to_string(), "U1"),
            Figure::new("Proposed", figures.proposed.to_string(), "to list"),
        ],
        note: match open {
            0 => None,
            1 => Some("1 case has facts that are not assessed.".to_owned()),
            count => Some(format!("{count} cases have facts that are not assessed.")),
        },
    }
}

/// `Tue 16-Jun-2026 08:00, room 4 · in 23 h 28 min`.
fn when(app: &App, meeting: &Meeting) -> String {
    let start = meeting.starts_at.with_timezone(&meeting.zone).format("%a %d-%b-%Y %H:%M");
    let place = meeting.place.as_deref().map(|place| format!(", {place}")).unwrap_or_default();
    let now = app.now();
    let distance = if meeting.state == MeetingState::InSession {
        "in session".to_owned()
    } else if meeting.starts_at > now {
        format!("in {}", span(meeting.starts_at - now))
    } else {
        format!("since {}", span(now - meeting.starts_at))
    };
    format!("{start}{place} · {distance}")
}
