//! Referrals: sending one, the inbox with its answers, and the referrals of a case.

mod amend;
mod answer;
mod change;
mod inbox;
mod of_case;
mod send;
mod typed;
mod urgency;

use mdt::event::EventKind;
use mdt::form_draft::FormKind;
use mdt::permission::Action;

use crate::routes::{Routes, needs};

pub(super) use of_case::{Refused, Sent};

pub(super) fn routes(routes: Routes) -> Routes {
    let sends = needs(Action::ReferralSend);
    let triages = needs(Action::ReferralTriage);
    routes
        .page("/referrals", needs(Action::CaseList).leaves(EventKind::ListRead), inbox::list)
        .page("/referrals/new", sends, send::form)
        .command(
            "/referrals",
            sends.leaves(EventKind::ReferralSent).draft(FormKind::Referral, "/referrals/new"),
            send::send,
        )
        .command(
            "/referrals/{id}/acceptance",
            triages.leaves(EventKind::ReferralAccepted),
            answer::accept,
        )
        .command(
            "/referrals/{id}/return",
            triages.leaves(EventKind::ReferralReturned),
            answer::give_back,
        )
        .command(
            "/referrals/{id}/redirection",
            triages.leaves(EventKind::ReferralRedirected),
            answer::redirect,
        )
        .command(
            "/referrals/{id}/withdrawal",
            needs(Action::ReferralWithdraw).leaves(EventKind::ReferralWithdrawn),
            answer::withdraw,
        )
        .page(
            "/cases/{number}/referral",
            needs(Action::ReferralRead).leaves(EventKind::CaseRead),
            of_case::show,
        )
        .command(
            "/cases/{number}/referral/urgency",
            needs(Action::UrgencyChange)
                .leaves(EventKind::UrgencyChanged)
                .draft(FormKind::Urgency, "/cases/{number}/referral"),
            change::change,
        )
        .command(
            "/cases/{number}/referral/amendment",
            needs(Action::ReferralAmend)
                .leaves(EventKind::ReferralAmended)
                .draft(FormKind::Amendment, "/cases/{number}/referral"),
            amend::amend,
        )
}
