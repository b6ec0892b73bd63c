//! The decision of a case: recorded, read back, confirmed, signed; amended, voided, discarded.

mod about;
mod actions;
mod acts;
mod conflict;
mod earlier;
mod form;
mod lines;
mod lists;
mod loaded;
mod post;
mod show;
mod signing;
mod standing;

use mdt::event::EventKind;
use mdt::form_draft::FormKind;
use mdt::permission::Action;

use crate::routes::{Routes, needs};

/// The page that shows the form of a decision.
const PAGE: &str = "/cases/{number}/decision";

pub(super) fn routes(routes: Routes) -> Routes {
    let reads = needs(Action::CaseRead).leaves(EventKind::DecisionRead);
    let act = |action| needs(action).leaves(EventKind::DecisionRead);
    routes
        .page(PAGE, reads, show::decision)
        .command(
            PAGE,
            needs(Action::DecisionRecord)
                .leaves(EventKind::DecisionRecorded)
                .draft(FormKind::Decision, PAGE),
            post::record,
        )
        .command(
            "/cases/{number}/decision/read-back",
            needs(Action::DecisionReadBack)
                .leaves(EventKind::DecisionReadBack)
                .draft(FormKind::Decision, PAGE),
            post::read_back,
        )
        .command(
            "/cases/{number}/decision/confirmation",
            needs(Action::DecisionConfirm).leaves(EventKind::DecisionConfirmed),
            signing::confirm,
        )
        .command(
            "/cases/{number}/decision/signature",
            needs(Action::DecisionSign).leaves(EventKind::DecisionSigned),
            signing::sign,
        )
        .page("/cases/{number}/decision/amendment", act(Action::DecisionAmend), acts::amendment)
        .command(
            "/cases/{number}/decision/amendment",
            needs(Action::DecisionAmend).leaves(EventKind::DecisionRecorded),
            acts::amend,
        )
        .page("/cases/{number}/decision/void", act(Action::DecisionVoid), acts::voiding)
        // The second person's leaves `decision.voided`.
        .command(
            "/cases/{number}/decision/void",
            needs(Action::DecisionVoid).leaves(EventKind::DecisionVoidAsked),
            acts::void,
        )
        .page("/cases/{number}/decision/discard", act(Action::DecisionDiscard), acts::discarding)
        .command(
            "/cases/{number}/decision/discard",
            needs(Action::DecisionDiscard).leaves(EventKind::DecisionDiscarded),
            acts::discard,
        )
        .page("/cases/{number}/decisions/{ordinal}/{version}", reads, show::version)
        .command(
            "/cases/{number}/actions/{id}/completion",
            needs(Action::ActionComplete).leaves(EventKind::ActionDone),
            actions::complete,
        )
}
