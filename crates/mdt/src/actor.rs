//! Who acts, and on what grounds they may.

use std::collections::BTreeSet;

use crate::coded::coded;
use crate::ids::{MembershipId, RequestId, SessionId, SiteId, UserId};
use crate::permission::{Action, Relation, Verdict, allowed_at_site, operator_may, verdict};
use crate::role::{Duty, Role, Specialty};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorKind {
    /// A signed-in person.
    User(UserId),
    /// The command line.
    Operator,
    /// Work that the program does by itself.
    Job,
    /// Someone who is not signed in.
    Anonymous,
}

/// A role that a user has at a site now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Its row.
    pub id: MembershipId,
    /// Where.
    pub site: SiteId,
    /// As what.
    pub role: Role,
    /// The specialty, of a clinician.
    pub specialty: Option<Specialty>,
}

/// Whoever acts, with everything that decides what they may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub kind: ActorKind,
    /// The roles that hold now; none for those who are no users.
    pub memberships: Vec<Membership>,
    /// The site whose log takes what belongs to no other; the installation for those who are no users.
    pub home: SiteId,
    /// The session, of a signed-in person.
    pub session: Option<SessionId>,
    /// The request that is being answered.
    pub request: Option<RequestId>,
}

coded! {
    /// On what grounds something was allowed: `basis` of an audit event.
    Basis, "basis" {
        Role = "role", "By role";
        Duty = "duty", "By a duty in the meeting";
        Sender = "sender", "As sender of the referral";
        Operator = "operator", "From the command line";
        Job = "job", "By the program itself";
    }
}

/// The thing an action is about, as far as rights depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The owning site.
    pub site: SiteId,
    /// The site that its referral is addressed to, of a referral or a case.
    pub addressed: Option<SiteId>,
    /// Who sent a referral of it.
    pub senders: Vec<UserId>,
    /// The duties that the actor has in the meeting concerned.
    pub duties: Vec<Duty>,
}

impl Object {
    /// Something that a site owns.
    pub fn of(site: SiteId) -> Self {
        Self { site, addressed: None, senders: Vec::new(), duties: Vec::new() }
    }

    /// The same, with its referral addressed to that site now.
    #[must_use]
    pub fn addressed_to(mut self, site: SiteId) -> Self {
        self.addressed = Some(site);
        self
    }

    /// The same, sent by these users.
    #[must_use]
    pub fn sent_by(mut self, senders: impl IntoIterator<Item = UserId>) -> Self {
        self.senders.extend(senders);
        self
    }

    /// The same, with the actor's duties in the meeting concerned.
    #[must_use]
    pub fn on_duty(mut self, duties: impl IntoIterator<Item = Duty>) -> Self {
        self.duties.extend(duties);
        self
    }
}

/// Why something is allowed: what the permit and the audit event state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grounds {
    /// The owning site.
    pub site: SiteId,
    /// The relation that counted.
    pub relation: Relation,
    /// The role that counted; none for operator and job.
    pub role: Option<Role>,
    /// What the right rests on.
    pub basis: Basis,
}

/// Why something is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Not signed in: sign in and come back.
    #[error("sign in first")]
    SignIn,
    /// No relation to it: answered as if it did not exist (404).
    #[error("not found, or you do not have access")]
    Unknown,
    /// Knows of it, but has not the right (403, naming who has).
    #[error("{}", crate::permission::refusal(*.0))]
    Forbidden(Action),
}

impl Actor {
    /// Someone who is not signed in; `installation` owns what they do.
    pub fn anonymous(installation: SiteId, request: Option<RequestId>) -> Self {
        Self::without_roles(ActorKind::Anonymous, installation, request)
    }

    /// The command line.
    pub fn operator(installation: SiteId) -> Self {
        Self::without_roles(ActorKind::Operator, installation, None)
    }

    /// The program's own work.
    pub fn job(installation: SiteId) -> Self {
        Self::without_roles(ActorKind::Job, installation, None)
    }

    fn without_roles(kind: ActorKind, home: SiteId, request: Option<RequestId>) -> Self {
        Self { kind, memberships: Vec::new(), home, session: None, request }
    }

    /// The user, of a signed-in person.
    pub fn user(&self) -> Option<UserId> {
        match self.kind {
            ActorKind::User(id) => Some(id),
            ActorKind::Operator | ActorKind::Job | ActorKind::Anonymous => None,
        }
    }

    /// The sites at which the actor has any role, for row-level security.
    pub fn sites(&self) -> BTreeSet<SiteId> {
        self.memberships.iter().map(|membership| membership.site).collect()
    }

    /// The roles at a site, in the order of the list of roles.
    pub fn roles_at(&self, site: SiteId) -> BTreeSet<Role> {
        self.memberships.iter().filter(|one| one.site == site).map(|one| one.role).collect()
    }

    /// All roles, anywhere.
    pub fn roles(&self) -> BTreeSet<Role> {
        self.memberships.iter().map(|one| one.role).collect()
    }

    /// The specialty at a site, of a clinician.
    pub fn specialty_at(&self, site: SiteId) -> Option<Specialty> {
        self.memberships.iter().filter(|one| one.site == site).find_map(|one| one.specialty)
    }

    /// May the actor do this to something that `site` owns or that is addressed to it, duties set aside?
    /// For menus and buttons.
    pub fn may(&self, action: Action, site: SiteId) -> bool {
        match self.kind {
            ActorKind::User(_) => {
                self.roles_at(site).into_iter().any(|role| allowed_at_site(role, action))
            }
            ActorKind::Operator => operator_may(action),
            ActorKind::Job | ActorKind::Anonymous => false,
        }
    }

    /// The sites at which the actor may do this, duties set aside: the scope of a list.
    pub fn sites_where(&self, action: Action) -> BTreeSet<SiteId> {
        self.sites().into_iter().filter(|site| self.may(action, *site)).collect()
    }

    /// On what grounds may the actor do this to `object`?
    ///
    /// # Errors
    /// [`Denied`]: not signed in, no relation to it, or a relation without the right.
    pub fn authorise(&self, action: Action, object: &Object) -> Result<Grounds, Denied> {
        let site = object.site;
        match self.kind {
            ActorKind::Anonymous => Err(Denied::SignIn),
            ActorKind::Operator if operator_may(action) => Ok(Grounds {
                site,
                relation: Relation::Stranger,
                role: None,
                basis: Basis::Operator,
            }),
            ActorKind::Operator | ActorKind::Job => Err(Denied::Forbidden(action)),
            ActorKind::User(user) => self.authorise_user(user, action, object),
        }
    }

    fn authorise_user(
        &self,
        user: UserId,
        action: Action,
        object: &Object,
    ) -> Result<Grounds, Denied> {
        if action == Action::AccountUse {
            // Whoever signed in has an account, also after the last role ended.
            let role = self.roles().into_iter().next();
            let relation = Relation::Member;
            return Ok(Grounds { site: object.site, relation, role, basis: Basis::Role });
        }
        let as_member = self.roles_at(object.site).into_iter().map(|role| (Relation::Member, role));
        let as_addressed = object
            .addressed
            .into_iter()
            .flat_map(|site| self.roles_at(site))
            .map(|role| (Relation::Addressed, role));
        let sent = object.senders.contains(&user);
        let as_sender =
            self.roles().into_iter().filter(|_| sent).map(|role| (Relation::Sender, role));
        let mut related = false;
        for (relation, role) in as_member.chain(as_addressed).chain(as_sender) {
            related = true;
            let basis = match (verdict(role, action, relation), relation) {
                (Verdict::Yes, Relation::Sender) => Basis::Sender,
                (Verdict::Yes, _) => Basis::Role,
                (Verdict::OnDuty(needed), _)
                    if needed.iter().any(|duty| object.duties.contains(duty)) =>
                {
                    Basis::Duty
                }
                (Verdict::OnDuty(_) | Verdict::No, _) => continue,
            };
            return Ok(Grounds { site: object.site, relation, role: Some(role), basis });
        }
        Err(if related { Denied::Forbidden(action) } else { Denied::Unknown })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn site(n: u128) -> SiteId {
        Uuid::from_u128(n).into()
    }

    fn user(roles: &[(SiteId, Role)]) -> Actor {
        Actor {
            kind: ActorKind::User(Uuid::from_u128(7).into()),
            memberships: roles
                .iter()
                .map(|(site, role)| Membership {
                    id: Uuid::from_u128(9).into(),
                    site: *site,
                    role: *role,
                    specialty: None,
                })
                .collect(),
            home: site(1),
            session: None,
            request: None,
        }
    }

    #[test]
    fn what_another_site_owns_is_unknown_and_what_one_may_not_do_is_forbidden() {
        let actor = user(&[(site(1), Role::Coordinator)]);
        let elsewhere = actor.authorise(Action::CaseRead, &Object::of(site(2)));
        assert_eq!(elsewhere, Err(Denied::Unknown));
        let signing = actor.authorise(Action::DecisionSign, &Object::of(site(1)));
        assert_eq!(signing, Err(Denied::Forbidden(Action::DecisionSign)));
    }

    #[test]
    fn a_right_counts_only_at_the_site_of_the_role() {
        let actor = user(&[(site(1), Role::Auditor), (site(2), Role::Chair)]);
        let object = Object::of(site(1)).on_duty([Duty::Chair]);
        assert_eq!(
            actor.authorise(Action::DecisionSign, &object),
            Err(Denied::Forbidden(Action::DecisionSign))
        );
        let there = Object::of(site(2)).on_duty([Duty::Chair]);
        let grounds = actor.authorise(Action::DecisionSign, &there).unwrap();
        assert_eq!((grounds.role, grounds.basis), (Some(Role::Chair), Basis::Duty));
        assert_eq!(actor.sites_where(Action::DecisionSign), BTreeSet::from([site(2)]));
    }

    #[test]
    fn a_sender_reads_their_own_case_at_another_site() {
        let actor = user(&[(site(1), Role::Referrer)]);
        let object = Object::of(site(2)).sent_by(actor.user());
        let grounds = actor.authorise(Action::CaseRead, &object).unwrap();
        assert_eq!((grounds.relation, grounds.basis), (Relation::Sender, Basis::Sender));
        assert_eq!(
            actor.authorise(Action::AssessmentSave, &object),
            Err(Denied::Forbidden(Action::AssessmentSave))
        );
    }

    #[test]
    fn a_referral_is_answered_where_it_is_addressed_to_and_no_longer_where_it_came_from() {
        let (here, there) = (site(1), site(2));
        let own = Object::of(here).addressed_to(here);
        let redirected = Object::of(here).addressed_to(there);
        let triage = Action::ReferralTriage;
        let owner = user(&[(here, Role::Coordinator)]);
        let grounds = owner.authorise(triage, &own).unwrap();
        assert_eq!((grounds.relation, grounds.basis), (Relation::Addressed, Basis::Role));
        assert_eq!(owner.authorise(triage, &redirected), Err(Denied::Forbidden(triage)));
        assert!(owner.authorise(Action::ReferralRead, &redirected).is_ok());

        let other = user(&[(there, Role::Coordinator)]);
        let grounds = other.authorise(triage, &redirected).unwrap();
        assert_eq!((grounds.site, grounds.role), (here, Some(Role::Coordinator)));
        assert_eq!(other.authorise(triage, &own), Err(Denied::Unknown));
        let saving = Action::AssessmentSave;
        assert_eq!(other.authorise(saving, &redirected), Err(Denied::Forbidden(saving)));
    }

    #[test]
    fn someone_whose_roles_all_ended_still_has_an_account_and_nothing_else() {
        let actor = user(&[]);
        assert!(actor.authorise(Action::AccountUse, &Object::of(site(1))).is_ok());
        assert_eq!(actor.authorise(Action::RuleRead, &Object::of(site(1))), Err(Denied::Unknown));
    }

    #[test]
    fn nobody_acts_without_signing_in_and_a_job_asks_for_no_permit() {
        let nobody = Actor::anonymous(site(1), None);
        assert_eq!(nobody.authorise(Action::AccountUse, &Object::of(site(1))), Err(Denied::SignIn));
        let job = Actor::job(site(1));
        assert!(job.authorise(Action::CaseRead, &Object::of(site(1))).is_err());
        let operator = Actor::operator(site(1));
        assert!(operator.authorise(Action::UserManage, &Object::of(site(1))).is_ok());
        assert!(operator.authorise(Action::DecisionSign, &Object::of(site(1))).is_err());
    }
}
