//! Users and sites, for administrators. No patient is named here, so no view leaves an event.

mod password;
mod sites;
mod typed;
mod users;

use mdt::event::EventKind;
use mdt::form_draft::FormKind;
use mdt::permission::Action;

use crate::routes::{Routes, needs};

pub(super) fn routes(routes: Routes) -> Routes {
    let manages = needs(Action::UserManage);
    let sites_of = needs(Action::SiteManage);
    routes
        .page("/admin/users", manages, users::list)
        .command(
            "/admin/users",
            manages.leaves(EventKind::UserAdded).draft(FormKind::User, "/admin/users"),
            users::add,
        )
        .command("/admin/users/{id}", manages.leaves(EventKind::UserChanged), users::change)
        .command(
            "/admin/users/{id}/roles",
            manages.leaves(EventKind::MembershipGranted),
            users::grant,
        )
        .command(
            "/admin/users/{id}/roles/{membership}/end",
            manages.leaves(EventKind::MembershipEnded),
            users::end_role,
        )
        .command(
            "/admin/users/{id}/password",
            manages.leaves(EventKind::UserReset),
            password::reset,
        )
        .page("/admin/sites", sites_of, sites::list)
        .command(
            "/admin/sites",
            sites_of.leaves(EventKind::SiteChanged).draft(FormKind::Site, "/admin/sites"),
            sites::add,
        )
        .command("/admin/sites/{id}", sites_of.leaves(EventKind::SiteChanged), sites::change)
}
