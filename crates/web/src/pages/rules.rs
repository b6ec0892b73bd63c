//! Rule sets: the list with the protocol of each site, and the page of one version.

mod list;
mod proof;
mod show;
mod stored;
mod tables;
mod uses;

use mdt::permission::Action;

use crate::routes::{Routes, needs};

pub(super) use list::in_force;

pub(super) fn routes(routes: Routes) -> Routes {
    let reads = needs(Action::RuleRead);
    routes.page("/rules", reads, list::list).page("/rules/{id}/{version}", reads, show::show)
}
