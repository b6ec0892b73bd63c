//! Referrals between sites, as the application role: who answers one, and who sees its case meanwhile.

use chrono::TimeDelta;
use mdt::case::{CloseReason, UrgencyClass};
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::ids::{ReferralId, SiteId};
use mdt::permission::{Act, Action, Relation, act, allowed};
use mdt::referral::{ReferralState, ReferralStep};
use mdt::urgency::{UrgencyChange, UrgencyReason};
use store::referrals::{
    self, Inbox, Referral, Step, change_urgency, inbox, take_step, urgency_version,
};
use store::testing::{CAST, World, fresh};
use store::{Begun, Command, Committed, ReferralKey, StoreError, Submission, cases};

use crate::arrange::{CHAIR, CLINICIAN, COORDINATOR, referred};

const ELSEWHERE: &str = "coordinator@eastmoor.example";
const CHAIR_ELSEWHERE: &str = "chair@eastmoor.example";
const AUDITOR_ELSEWHERE: &str = "auditor@eastmoor.example";

/// A referral of Northfield, received and not answered.
struct Referred {
    world: World,
    number: CaseNumber,
    id: ReferralId,
}

impl Referred {
    async fn new() -> Self {
        let world = World::new().await;
        let number = referred(&world, "Ashworth").await;
        let id = latest(&world, COORDINATOR, &number).await.unwrap().id;
        Self { world, number, id }
    }

    /// The same, redirected to Eastmoor.
    async fn redirected() -> Self {
        let sent = Self::new().await;
        sent.redirect(COORDINATOR, sent.world.eastmoor).await.unwrap();
        sent
    }

    async fn begin<A: Act>(
        &self,
        email: &str,
        once: Submission,
    ) -> Result<Begun<A, ReferralKey>, StoreError> {
        let actor = self.world.actor(email).await;
        self.world.store.command_on_referral::<A>(&actor, self.id, once).await
    }

    async fn command<A: Act>(&self, email: &str) -> Result<Command<A, ReferralKey>, StoreError> {
        Ok(fresh(self.begin::<A>(email, self.world.once()).await?))
    }

    async fn take<A: Step>(
        &self,
        email: &str,
        step: ReferralStep,
    ) -> Result<Committed, StoreError> {
        take_step(self.command::<A>(email).await?, step, "because", None).await
    }

    async fn triage(&self, email: &str, step: ReferralStep) -> Result<Committed, StoreError> {
        self.take::<act::ReferralTriage>(email, step).await
    }

    async fn redirect(&self, email: &str, to: SiteId) -> Result<Committed, StoreError> {
        let command = self.command::<act::ReferralTriage>(email).await?;
        take_step(command, ReferralStep::Redirect, "Their catchment", Some(to)).await
    }

    async fn inbox(&self, email: &str, list: ReferralState) -> Inbox {
        let actor = self.world.actor(email).await;
        let mut reading = self.world.store.read_sites::<act::CaseList>(&actor).await.unwrap();
        let inbox = inbox(&mut reading, list, None).await.unwrap();
        reading.finish().await.unwrap();
        inbox
    }

    /// Changes the urgency on top of a version, as a form does.
    async fn change(
        &self,
        email: &str,
        change: &UrgencyChange,
        base: i32,
    ) -> Result<Committed, StoreError> {
        let actor = self.world.actor(email).await;
        let begun = self
            .world
            .store
            .command_on_case::<act::UrgencyChange>(&actor, &self.number, self.world.once())
            .await?;
        change_urgency(fresh(begun), change, base).await
    }

    /// A raise to this class, or a lowering with words.
    fn to(&self, class: UrgencyClass) -> UrgencyChange {
        UrgencyChange {
            to: class,
            reason: UrgencyReason::Imaging,
            words: "MRI of this morning".to_owned(),
            since: Some(self.world.store.sources().now() - TimeDelta::hours(1)),
        }
    }

    async fn latest(&self, email: &str) -> Result<Referral, StoreError> {
        latest(&self.world, email, &self.number).await
    }
}

async fn latest(world: &World, email: &str, number: &CaseNumber) -> Result<Referral, StoreError> {
    let actor = world.actor(email).await;
    let mut reading = world.store.read_case::<act::ReferralRead>(&actor, number).await?;
    let referral = referrals::of_case(&mut reading).await?.remove(0);
    reading.finish().await?;
    Ok(referral)
}

#[tokio::test]
async fn a_redirected_referral_waits_for_the_other_sites_coordinator_who_accepts_it() {
    let sent = Referred::redirected().await;
    let there = sent.inbox(ELSEWHERE, ReferralState::Received).await;
    let [row] = there.rows.as_slice() else { panic!("one waits, not {}", there.rows.len()) };
    assert_eq!((row.id, row.state), (sent.id, ReferralState::Redirected));
    assert_eq!((row.site, row.addressed), (sent.world.northfield, sent.world.eastmoor));
    assert_eq!(row.name.as_ref().unwrap().to_string(), "ASHWORTH, Margaret (Mrs)");
    assert_eq!(there.counts.get(&ReferralState::Received), Some(&1));

    sent.triage(ELSEWHERE, ReferralStep::Accept).await.unwrap();
    let states: Vec<&str> =
        sent.latest(COORDINATOR).await.unwrap().states.iter().map(|one| one.state.code()).collect();
    assert_eq!(states, ["received", "redirected", "accepted"]);
    assert_eq!(sent.world.events("referral.redirected").await, 1);
    assert_eq!(sent.world.events("referral.accepted").await, 1);
    let accepted = sent.inbox(ELSEWHERE, ReferralState::Accepted).await;
    assert_eq!(accepted.rows.len(), 1);
}

#[tokio::test]
async fn the_site_that_it_was_redirected_to_is_written_down() {
    let sent = Referred::redirected().await;
    let states = sent.latest(COORDINATOR).await.unwrap().states;
    let to: Vec<Option<SiteId>> = states.iter().map(|one| one.to_site).collect();
    assert_eq!(to, [None, Some(sent.world.eastmoor)]);
}

#[tokio::test]
async fn whoever_redirected_a_referral_still_reads_it_and_answers_it_no_longer() {
    let sent = Referred::redirected().await;
    let refused = sent.triage(COORDINATOR, ReferralStep::Accept).await;
    assert!(matches!(refused, Err(StoreError::Forbidden(Action::ReferralTriage))), "{refused:?}");
    assert!(sent.latest(COORDINATOR).await.is_ok());
    let here = sent.inbox(COORDINATOR, ReferralState::Received).await;
    assert!(here.rows.is_empty());
    assert_eq!(sent.inbox(COORDINATOR, ReferralState::Redirected).await.rows.len(), 1);
}

#[tokio::test]
async fn another_site_sees_and_answers_nothing_that_is_not_addressed_to_it() {
    let sent = Referred::new().await;
    for email in [ELSEWHERE, CHAIR_ELSEWHERE, AUDITOR_ELSEWHERE] {
        let begun = sent.begin::<act::ReferralTriage>(email, sent.world.once()).await;
        assert!(matches!(begun, Err(StoreError::NotFound)), "{email}: {begun:?}");
        let read = sent.latest(email).await;
        assert!(matches!(read, Err(StoreError::NotFound)), "{email}");
        assert!(sent.inbox(email, ReferralState::Received).await.rows.is_empty());
    }
}

#[tokio::test]
async fn the_addressed_site_reads_the_case_and_changes_nothing_but_the_answer() {
    let sent = Referred::redirected().await;
    let other = referred(&sent.world, "Birch").await;
    let actor = sent.world.actor(CHAIR_ELSEWHERE).await;
    let store = &sent.world.store;
    let mut reading = store.read_case::<act::CaseRead>(&actor, &sent.number).await.unwrap();
    let head = cases::head(&mut reading).await.unwrap();
    reading.finish().await.unwrap();
    assert_eq!(head.patient.particulars.name.family(), "Ashworth");
    let saving =
        store.command_on_case::<act::AssessmentSave>(&actor, &sent.number, sent.world.once()).await;
    assert!(matches!(saving, Err(StoreError::Forbidden(Action::AssessmentSave))), "{saving:?}");
    let unrelated = store.read_case::<act::CaseRead>(&actor, &other).await;
    assert!(matches!(unrelated, Err(StoreError::NotFound)), "{unrelated:?}");
    // An auditor has no patients of their own anywhere, and a clinician answers nothing.
    assert!(matches!(sent.latest(AUDITOR_ELSEWHERE).await, Err(StoreError::Forbidden(_))));
    let refused = sent.triage(CLINICIAN, ReferralStep::Accept).await;
    assert!(matches!(refused, Err(StoreError::Forbidden(_))), "{refused:?}");
}

#[tokio::test]
async fn a_referral_that_goes_back_leaves_the_site_that_it_was_redirected_to() {
    let sent = Referred::redirected().await;
    let once = sent.world.once();
    let begun = sent.begin::<act::ReferralTriage>(CHAIR_ELSEWHERE, once).await.unwrap();
    let home = Some(sent.world.northfield);
    let done =
        take_step(fresh(begun), ReferralStep::Redirect, "Ours is closed", home).await.unwrap();
    // The same form sent twice gets the first answer, also from somebody who sees nothing more.
    let twice = sent.begin::<act::ReferralTriage>(CHAIR_ELSEWHERE, once).await.unwrap();
    assert!(matches!(twice, Begun::Repeated(location) if location == done.location));
    let gone = sent.triage(CHAIR_ELSEWHERE, ReferralStep::Accept).await;
    assert!(matches!(gone, Err(StoreError::NotFound)), "{gone:?}");
    assert!(sent.inbox(ELSEWHERE, ReferralState::Received).await.rows.is_empty());
    sent.triage(CHAIR, ReferralStep::Accept).await.unwrap();
}

#[tokio::test]
async fn a_referral_is_redirected_to_another_site_than_the_one_that_has_it() {
    let sent = Referred::new().await;
    for to in [None, Some(sent.world.northfield)] {
        let command = sent.command::<act::ReferralTriage>(COORDINATOR).await.unwrap();
        let refused = take_step(command, ReferralStep::Redirect, "because", to).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    }
    assert_eq!(sent.world.events("referral.redirected").await, 0);
}

#[tokio::test]
async fn of_two_answers_at_once_only_the_first_is_one() {
    let sent = Referred::new().await;
    let first = sent.command::<act::ReferralTriage>(COORDINATOR).await.unwrap();
    let second = sent.command::<act::ReferralTriage>(CHAIR).await.unwrap();
    take_step(first, ReferralStep::Accept, "", None).await.unwrap();
    let late = take_step(second, ReferralStep::Return, "No MRI", None).await;
    match late {
        Err(StoreError::Refused(words)) => assert!(words.contains("somebody else"), "{words}"),
        other => panic!("a refusal was expected, not {other:?}"),
    }
    assert_eq!(sent.latest(CHAIR).await.unwrap().states.len(), 2);
}

#[tokio::test]
async fn the_sender_withdraws_also_what_was_redirected() {
    let sent = Referred::redirected().await;
    sent.take::<act::ReferralWithdraw>(COORDINATOR, ReferralStep::Withdraw).await.unwrap();
    let late = sent.triage(ELSEWHERE, ReferralStep::Accept).await;
    assert!(matches!(late, Err(StoreError::Refused(_))), "{late:?}");
}

#[tokio::test]
async fn raising_is_for_those_who_treat_and_lowering_for_clinicians_and_chairs() {
    for person in CAST.iter().filter(|person| person.site == "NF") {
        let sent = Referred::new().await;
        let raised = sent.change(person.email, &sent.to(UrgencyClass::U1), 1).await;
        let treats = allowed(person.role, Action::UrgencyChange, Relation::Member);
        assert_eq!(raised.is_ok(), treats, "{:?} raises: {raised:?}", person.role);
        let base = if treats { 2 } else { 1 };
        let lowered = sent.change(person.email, &sent.to(UrgencyClass::U4), base).await;
        let may = allowed(person.role, Action::UrgencyLower, Relation::Member);
        assert_eq!(lowered.is_ok(), may, "{:?} lowers: {lowered:?}", person.role);
        if treats && !may {
            let named = matches!(lowered, Err(StoreError::Forbidden(Action::UrgencyLower)));
            assert!(named, "{lowered:?}");
        }
        let events = sent.world.events("urgency.changed").await;
        assert_eq!(events, i64::from(treats) + i64::from(may), "{:?}", person.role);
    }
}

#[tokio::test]
async fn every_class_that_a_case_has_had_stays_and_the_latest_counts() {
    let sent = Referred::new().await;
    let raised = sent.to(UrgencyClass::U1);
    sent.change(COORDINATOR, &raised, 1).await.unwrap();
    let waiting = sent.inbox(COORDINATOR, ReferralState::Received).await;
    assert_eq!(waiting.rows[0].urgency.class, UrgencyClass::U1);
    assert_eq!(waiting.rows[0].urgency.since, raised.since);
    sent.change(CLINICIAN, &sent.to(UrgencyClass::U4), 2).await.unwrap();
    let referral = sent.latest(COORDINATOR).await.unwrap();
    let classes = referral.urgencies.iter().map(|row| row.urgency.class);
    assert_eq!(classes.collect::<Vec<_>>(), [UrgencyClass::U1, UrgencyClass::U4]);
    assert_eq!(referral.urgency, UrgencyClass::U3, "what was sent stays as it was");
    let now = referral.urgency_now();
    assert_eq!((now.class, now.since), (UrgencyClass::U4, None), "the clock runs as sent again");
    assert_eq!(urgency_version(&[referral]), 3);
}

#[tokio::test]
async fn an_emergency_of_later_stands_on_the_worklist_and_a_lowered_one_leaves_it() {
    let sent = Referred::new().await;
    let actor = sent.world.actor(CHAIR).await;
    let at_risk = async || {
        let mut reading = sent.world.store.read_sites::<act::CaseList>(&actor).await.unwrap();
        let rows = store::worklist::cord_at_risk(&mut reading).await.unwrap();
        reading.finish().await.unwrap();
        rows
    };
    assert!(at_risk().await.is_empty());
    let raised = sent.to(UrgencyClass::U1);
    sent.change(COORDINATOR, &raised, 1).await.unwrap();
    let rows = at_risk().await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].urgency.as_deref(), rows[0].urgent_since), (Some("U1"), raised.since));
    sent.change(CHAIR, &sent.to(UrgencyClass::U5), 2).await.unwrap();
    assert!(at_risk().await.is_empty());
}

#[tokio::test]
async fn a_change_of_an_older_urgency_is_stale_and_so_is_the_second_of_two_at_once() {
    let sent = Referred::new().await;
    sent.change(COORDINATOR, &sent.to(UrgencyClass::U2), 1).await.unwrap();
    let late = sent.change(CHAIR, &sent.to(UrgencyClass::U1), 1).await;
    assert!(matches!(late, Err(StoreError::Stale { base: 1, current: 2 })), "{late:?}");

    let first = sent.world.actor(CHAIR).await;
    let second = sent.world.actor(CLINICIAN).await;
    let store = &sent.world.store;
    let begin = async |actor| {
        let once = sent.world.once();
        fresh(store.command_on_case::<act::UrgencyChange>(actor, &sent.number, once).await.unwrap())
    };
    let (one, two) = (begin(&first).await, begin(&second).await);
    let (raised, lowered) = (sent.to(UrgencyClass::U1), sent.to(UrgencyClass::U5));
    let both = tokio::join!(change_urgency(one, &raised, 2), change_urgency(two, &lowered, 2));
    let stale = |result: &Result<Committed, StoreError>| {
        matches!(result, Err(StoreError::Stale { base: 2, current: 3 }))
    };
    assert!(both.0.is_ok() && stale(&both.1) || both.1.is_ok() && stale(&both.0), "{both:?}");
    assert_eq!(sent.world.events("urgency.changed").await, 2);
}

#[tokio::test]
async fn another_site_changes_the_urgency_of_what_is_addressed_to_it_and_of_nothing_else() {
    let sent = Referred::new().await;
    let refused = sent.change(ELSEWHERE, &sent.to(UrgencyClass::U1), 1).await;
    assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
    sent.redirect(COORDINATOR, sent.world.eastmoor).await.unwrap();
    sent.change(ELSEWHERE, &sent.to(UrgencyClass::U1), 1).await.unwrap();
    let lowering = sent.change(ELSEWHERE, &sent.to(UrgencyClass::U3), 2).await;
    assert!(matches!(lowering, Err(StoreError::Forbidden(Action::UrgencyLower))), "{lowering:?}");
    sent.change(CHAIR_ELSEWHERE, &sent.to(UrgencyClass::U3), 2).await.unwrap();
    assert_eq!(sent.latest(COORDINATOR).await.unwrap().urgencies.len(), 2);
}

#[tokio::test]
async fn the_urgency_of_a_closed_case_or_a_returned_referral_does_not_change() {
    let sent = Referred::new().await;
    sent.triage(COORDINATOR, ReferralStep::Return).await.unwrap();
    let refused = sent.change(CHAIR, &sent.to(UrgencyClass::U1), 1).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    let actor = sent.world.actor(COORDINATOR).await;
    let begun = sent
        .world
        .store
        .command_on_case::<act::CaseClose>(&actor, &sent.number, sent.world.once())
        .await;
    cases::close(fresh(begun.unwrap()), CloseReason::Withdrawn, 1).await.unwrap();
    match sent.change(CHAIR, &sent.to(UrgencyClass::U1), 1).await {
        Err(StoreError::Refused(words)) => assert!(words.contains("closed"), "{words}"),
        other => panic!("a refusal was expected, not {other:?}"),
    }
}
