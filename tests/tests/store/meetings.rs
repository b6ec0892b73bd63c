//! Meetings and agendas, as the application role.

use chrono::TimeDelta;
use mdt::decision::OutcomeKind;
use mdt::ids::AgendaItemId;
use mdt::meeting::{ItemState, MeetingState};
use mdt::permission::{Act, act};
use store::meetings::{
    AgendaEntry, Listing, MeetingRange, NewMeeting, agenda_of, cancel_meeting, close_meeting,
    list_case, meeting_of, meetings_of, move_item, open_meeting, plan_meeting, propose_case,
    remove_item,
};
use store::testing::fresh;
use store::{Command, Committed, MeetingKey, StoreError};

use crate::arrange::{CHAIR, CLINICIAN, COORDINATOR, Story, plan_at, plan_of, planned, referred};

impl Story {
    async fn at_meeting<A: Act>(&self, email: &str) -> Command<A, MeetingKey> {
        let actor = self.world.actor(email).await;
        let once = self.world.once();
        fresh(self.world.store.command_on_meeting::<A>(&actor, self.meeting, once).await.unwrap())
    }

    async fn agenda(&self) -> Vec<AgendaEntry> {
        let actor = self.world.actor(COORDINATOR).await;
        let database = &self.world.store;
        let mut reading =
            database.read_meeting::<act::MeetingRead>(&actor, self.meeting).await.unwrap();
        let agenda = agenda_of(&mut reading).await.unwrap();
        reading.finish().await.unwrap();
        agenda
    }

    async fn meeting_state(&self) -> MeetingState {
        let actor = self.world.actor(COORDINATOR).await;
        let database = &self.world.store;
        let mut reading =
            database.read_meeting::<act::MeetingRead>(&actor, self.meeting).await.unwrap();
        let meeting = meeting_of(&mut reading).await.unwrap();
        reading.finish().await.unwrap();
        meeting.state
    }

    async fn move_first(&self, item: AgendaItemId, base: i32) -> Result<Committed, StoreError> {
        move_item(self.at_meeting::<act::AgendaList>(COORDINATOR).await, item, 1, base).await
    }

    async fn list(&self, reason: Option<&str>) -> Result<Committed, StoreError> {
        let listing = Listing { meeting: self.meeting, reason: reason.map(str::to_owned) };
        list_case(self.command(COORDINATOR).await, listing).await
    }
}

pub(crate) fn refusal(result: Result<Committed, StoreError>) -> String {
    match result {
        Err(StoreError::Refused(words)) => words,
        other => panic!("a refusal was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn a_case_is_on_one_open_agenda_at_a_time() {
    let story = Story::listed().await;
    let later = story.world.store.sources().now() + TimeDelta::days(10);
    let other = planned(&story.world, later).await;
    let listing = Listing { meeting: other, reason: None };
    let words = refusal(list_case(story.command(COORDINATOR).await, listing).await);
    assert!(words.contains("Northfield spinal metastases MDT, 18-Jun-2026"), "{words}");
    assert_eq!(story.world.events("agenda.item_listed").await, 1);
}

#[tokio::test]
async fn a_late_case_needs_a_reason() {
    let story = Story::assessed().await;
    story.world.clock.advance(TimeDelta::days(2));
    let late = story.list(None).await;
    assert!(matches!(late, Err(StoreError::AfterCutOff)), "{late:?}");
    story.list(Some("New weakness this morning")).await.unwrap();
    assert_eq!(story.agenda().await[0].reason.as_deref(), Some("New weakness this morning"));
}

#[tokio::test]
async fn a_clinician_proposes_and_the_coordinator_lists() {
    let story = Story::assessed().await;
    let listing = Listing { meeting: story.meeting, reason: None };
    propose_case(story.command(CLINICIAN).await, listing).await.unwrap();
    assert_eq!(story.agenda().await[0].state, ItemState::Proposed);
    story.list(None).await.unwrap();
    let agenda = story.agenda().await;
    assert_eq!((agenda.len(), agenda[0].state), (1, ItemState::Listed));
    assert_eq!(agenda[0].question.as_deref(), Some("Fix at L2?"));
}

#[tokio::test]
async fn cases_move_and_leave_and_a_stale_move_is_refused() {
    let mut story = Story::listed().await;
    let first = story.number.clone();
    story.number = referred(&story.world, "Birch").await;
    story.list(None).await.unwrap();
    let second = story.agenda().await.remove(1);
    story.move_first(second.item, second.row_version).await.unwrap();
    let agenda = story.agenda().await;
    assert_eq!((&agenda[0].number, &agenda[1].number), (&story.number, &first));
    let stale = story.move_first(second.item, second.row_version).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    let gone = &agenda[0];
    let command = story.at_meeting::<act::AgendaList>(COORDINATOR).await;
    remove_item(command, gone.item, "Seen elsewhere", gone.row_version).await.unwrap();
    assert_eq!(story.agenda().await.last().unwrap().state, ItemState::Removed);
    story.list(None).await.unwrap();
    assert_eq!(story.world.events("agenda.changed").await, 2);
}

#[tokio::test]
async fn a_meeting_closes_only_when_every_case_has_an_outcome() {
    let story = Story::in_session().await;
    let words = refusal(close_meeting(story.at_meeting::<act::MeetingRun>(CHAIR).await).await);
    assert_eq!(words, format!("These cases have no outcome yet: {}.", story.number));
    story.record(&plan_of(&story).await).await.unwrap();
    story.read_back().await.unwrap();
    let words = refusal(close_meeting(story.at_meeting::<act::MeetingRun>(CHAIR).await).await);
    assert!(words.contains("no outcome yet"), "{words}");
    story.confirm().await.unwrap();
    close_meeting(story.at_meeting::<act::MeetingRun>(CHAIR).await).await.unwrap();
    assert_eq!(story.meeting_state().await, MeetingState::Closed);
    // What was confirmed in the meeting is signed after it.
    story.sign().await.unwrap();
    let entry = story.agenda().await.remove(0);
    assert_eq!(entry.state, ItemState::Decided);
    assert_eq!(entry.decision.unwrap().signed, Some((1, OutcomeKind::TreatmentPlan)));
}

#[tokio::test]
async fn a_cancelled_meeting_frees_its_cases() {
    let story = Story::listed().await;
    let command = story.at_meeting::<act::MeetingPlan>(COORDINATOR).await;
    cancel_meeting(command, "Bank holiday").await.unwrap();
    assert_eq!(story.agenda().await[0].state, ItemState::RolledOver);
    let later = story.world.store.sources().now() + TimeDelta::days(10);
    let listing = Listing { meeting: planned(&story.world, later).await, reason: None };
    list_case(story.command(COORDINATOR).await, listing).await.unwrap();
    let command = story.at_meeting::<act::MeetingRun>(CHAIR).await;
    assert!(refusal(open_meeting(command).await).contains("cancelled"));
}

#[tokio::test]
async fn only_chair_and_scribe_run_a_meeting() {
    let story = Story::listed().await;
    for (email, may) in [(COORDINATOR, false), (CLINICIAN, false), (CHAIR, true)] {
        let actor = story.world.actor(email).await;
        let once = story.world.once();
        let database = &story.world.store;
        let begun =
            database.command_on_meeting::<act::MeetingRun>(&actor, story.meeting, once).await;
        assert_eq!(begun.is_ok(), may, "{email}");
    }
}

#[tokio::test]
async fn nobody_chairs_two_meetings_at_once_or_one_that_is_over() {
    let story = Story::assessed().await;
    let starts_at = story.world.store.sources().now() + TimeDelta::days(3);
    let clash = plan_at(&story.world, starts_at + TimeDelta::minutes(30)).await;
    assert!(refusal(clash).contains("already chairs"));
    let over = plan_at(&story.world, starts_at - TimeDelta::days(9)).await;
    assert!(refusal(over).contains("still to come"));
}

#[tokio::test]
async fn another_sites_meeting_is_not_there() {
    let story = Story::listed().await;
    let actor = story.world.actor("chair@eastmoor.example").await;
    let database = &story.world.store;
    let once = story.world.once();
    let begun = database.command_on_meeting::<act::MeetingRun>(&actor, story.meeting, once).await;
    assert!(matches!(begun, Err(StoreError::NotFound)), "{begun:?}");
}

#[tokio::test]
async fn meetings_that_began_at_the_same_minute_are_all_on_the_pages_of_past_ones() {
    let mut story = Story::assessed().await;
    let starts_at = story.world.store.sources().now() + TimeDelta::days(20);
    let mut all = Vec::new();
    for _ in 0..3 {
        story.meeting = planned(&story.world, starts_at).await;
        let command = story.at_meeting::<act::MeetingPlan>(COORDINATOR).await;
        cancel_meeting(command, "The room is flooded").await.unwrap();
        all.push(story.meeting);
    }
    all.sort();
    let actor = story.world.actor(COORDINATOR).await;
    let (mut seen, mut before) = (Vec::new(), None);
    for _ in 0..4 {
        let mut reading = story.world.store.read_sites::<act::MeetingRead>(&actor).await.unwrap();
        let page = MeetingRange::Past { before, limit: 1 };
        let page = meetings_of(&mut reading, page).await.unwrap();
        reading.finish().await.unwrap();
        seen.extend(page.iter().map(|meeting| meeting.id));
        before = seen.last().copied();
    }
    seen.reverse();
    assert_eq!(seen, all, "each once, the latest first");
}

#[tokio::test]
async fn a_meeting_lasts_as_long_as_the_form_allows_and_no_longer() {
    let story = Story::assessed().await;
    let actor = story.world.actor(COORDINATOR).await;
    let starts_at = story.world.store.sources().now() + TimeDelta::days(20);
    let chair = story.world.user(CHAIR).await;
    for (length, fits) in
        [(mdt::meeting::LONGEST, true), (mdt::meeting::LONGEST + TimeDelta::minutes(1), false)]
    {
        let site = story.world.northfield;
        let begun = story.world.store.command_at_site(&actor, site, story.world.once()).await;
        let meeting = NewMeeting {
            series: None,
            name: "Long day".to_owned(),
            starts_at,
            ends_at: starts_at + length,
            place: None,
            capacity: None,
            chair,
            nominated_clinician: None,
            scribe: None,
        };
        let planned = plan_meeting(fresh(begun.unwrap()), meeting).await;
        assert_eq!(planned.is_ok(), fits, "{length}: {planned:?}");
        if !fits {
            assert_eq!(refusal(planned), "A meeting lasts 12 hours at most.");
        }
    }
}
