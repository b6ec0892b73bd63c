//! Meetings and their agendas: planning, listing cases, opening, closing, and what their pages read.
//!
//! A meeting holds agenda items, one a case; a case is on one open agenda at a time. An item ends in a
//! terminal state (decided, deferred, struck off, …) when its outcome is confirmed (see
//! [`crate::decisions`]), and a meeting closes only when every item has ended.

mod agenda;
mod plan;
mod read;
mod session;

pub use agenda::{Listing, list_case, move_item, propose_case, remove_item};
pub use plan::{NewMeeting, SeriesChoice, cancel_meeting, plan_meeting, roles_for};
pub use read::{
    AgendaEntry, AgendaFacts, AgendaPatient, AgendaTotal, DutyHolder, ItemCounts, ListableCase,
    Meeting, MeetingRange, Place, Series, agenda_facts, agenda_of, listable_cases, meeting_of,
    meetings_of, meetings_taking, place_of, series_of,
};
pub(crate) use session::hold_case;
pub use session::{close_meeting, open_meeting};
