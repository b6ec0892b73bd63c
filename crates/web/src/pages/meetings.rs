//! Meetings and agendas.

mod agenda;
mod list;
mod plan;
mod session;
mod show;

use mdt::event::EventKind;
use mdt::form_draft::FormKind;
use mdt::permission::Action;

use crate::routes::{Routes, needs};

pub(super) fn routes(routes: Routes) -> Routes {
    let reads = needs(Action::MeetingRead);
    let plans = needs(Action::MeetingPlan);
    let orders = needs(Action::AgendaList);
    let runs = needs(Action::MeetingRun);
    routes
        .page("/meetings", reads, list::show)
        .page("/meetings/new", plans, plan::form)
        .command(
            "/meetings",
            plans.leaves(EventKind::MeetingPlanned).draft(FormKind::Meeting, "/meetings/new"),
            plan::plan,
        )
        .page("/meetings/{id}", reads.leaves(EventKind::ListRead), show::show)
        // Whoever may not list proposes, which leaves `agenda.item_proposed`.
        .command(
            "/meetings/{id}/items",
            needs(Action::AgendaPropose).leaves(EventKind::AgendaItemListed),
            agenda::add,
        )
        .command(
            "/meetings/{id}/items/{item}/place",
            orders.leaves(EventKind::AgendaChanged),
            agenda::place,
        )
        .command(
            "/meetings/{id}/items/{item}/removal",
            orders.leaves(EventKind::AgendaChanged),
            agenda::remove,
        )
        .command("/meetings/{id}/opening", runs.leaves(EventKind::MeetingOpened), session::open)
        .command("/meetings/{id}/closing", runs.leaves(EventKind::MeetingClosed), session::close)
        .command(
            "/meetings/{id}/cancellation",
            plans.leaves(EventKind::MeetingCancelled),
            session::cancel,
        )
}
