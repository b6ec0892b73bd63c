//! What a list over several sites shows to its reader, so that every list draws the same line.

use mdt::actor::Actor;
use mdt::ids::{SiteId, UserId};
use mdt::permission::Action;
use uuid::Uuid;

/// The sites whose patients a list names, those whose cases it shows by number only, and the reader, who
/// sees anywhere what they sent themselves.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    /// Named: the treating roles.
    pub(crate) named: Vec<Uuid>,
    /// By number, age and sex: an auditor.
    pub(crate) unnamed: Vec<Uuid>,
    /// Whose referrals are always shown.
    pub(crate) user: Option<Uuid>,
}

impl Sight {
    /// What the actor sees of these sites.
    pub(crate) fn of(actor: &Actor, sites: &[SiteId]) -> Self {
        let (named, rest): (Vec<SiteId>, Vec<SiteId>) =
            sites.iter().partition(|site| actor.may(Action::PatientRead, **site));
        let unnamed = rest.into_iter().filter(|site| actor.may(Action::CaseRead, *site));
        Self {
            named: named.into_iter().map(SiteId::uuid).collect(),
            unnamed: unnamed.map(SiteId::uuid).collect(),
            user: actor.user().map(UserId::uuid),
        }
    }
}

#[cfg(test)]
mod tests {
    use mdt::actor::{ActorKind, Membership};
    use mdt::role::Role;

    use super::*;

    #[test]
    fn a_list_names_patients_where_the_reader_treats_them_and_nowhere_else() {
        let site = |n: u128| SiteId::from(Uuid::from_u128(n));
        let membership = |n, role| Membership {
            id: Uuid::from_u128(9).into(),
            site: site(n),
            role,
            specialty: None,
        };
        let reader = Actor {
            kind: ActorKind::User(Uuid::from_u128(7).into()),
            memberships: vec![
                membership(1, Role::Coordinator),
                membership(2, Role::Auditor),
                membership(3, Role::Referrer),
            ],
            home: site(1),
            session: None,
            request: None,
        };
        let sight = Sight::of(&reader, &[site(1), site(2), site(3)]);
        assert_eq!(sight.named, [site(1).uuid()]);
        assert_eq!(sight.unnamed, [site(2).uuid()]);
        assert_eq!(sight.user, Some(Uuid::from_u128(7)));
    }
}
