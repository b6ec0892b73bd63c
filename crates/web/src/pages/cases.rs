//! Cases: the list, closing and reopening one.

mod closure;
mod list;

use mdt::event::EventKind;
use mdt::form_draft::FormKind;
use mdt::permission::Action;

use crate::routes::{Routes, needs};

pub(super) fn routes(routes: Routes) -> Routes {
    let page = "/cases/{number}/referral";
    routes
        .page("/cases", needs(Action::CaseList).leaves(EventKind::ListRead), list::list)
        .command(
            "/cases/{number}/closure",
            needs(Action::CaseClose).leaves(EventKind::CaseClosed).draft(FormKind::Closure, page),
            closure::close,
        )
        .command(
            "/cases/{number}/reopening",
            needs(Action::CaseReopen)
                .leaves(EventKind::CaseReopened)
                .draft(FormKind::Closure, page),
            closure::reopen,
        )
}
