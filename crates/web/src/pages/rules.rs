//! Rule sets: the list with the protocol of each site, and the pages of one version of either.

mod list;
mod proof;
mod protocol;
mod show;
mod stored;
mod tables;
mod uses;

use mdt::permission::Action;

use crate::routes::{Routes, needs};

pub(super) use list::in_force;
pub(super) use protocol::badge as protocol_badge;

pub(super) fn routes(routes: Routes) -> Routes {
    let reads = needs(Action::RuleRead);
    routes.page("/rules", reads, list::list).page("/rules/{id}/{version}", reads, show::show).page(
        "/rules/protocols/{id}/{version}",
        reads,
        protocol::show,
    )
}
