//! Decisions from draft to signature, amendment and void, as the application role.

use chrono::TimeDelta;
use mdt::decision::{AmendReason, DecisionDocument, DecisionState, OutcomeKind, VoidReason};
use mdt::meeting::ItemState;
use mdt::permission::act;
use rules::canonical::Hash;
use sqlx::{AssertSqlSafe, Executor, Row};
use store::audit::LogReading;
use store::decisions::read::ActionState;
use store::decisions::{
    Amending, ReadBack, Recording, VoidStep, actions_of, amend_decision, complete_action,
    confirm_decision, discard_decision, read_back_decision, record_decision, sign_decision,
    void_decision,
};
use store::meetings::{Listing, list_case, place_of};
use store::{Begun, Committed, StoreError, Submission};

use crate::arrange::{CHAIR, CLINICIAN, COORDINATOR, SCRIBE, Story, plan_of, planned};

fn refusal(result: Result<Committed, StoreError>) -> String {
    match result {
        Err(StoreError::Refused(words)) => words,
        other => panic!("a refusal was expected, not {other:?}"),
    }
}

fn with(mut fields: Vec<(String, String)>, name: &str, value: &str) -> Vec<(String, String)> {
    fields.retain(|(known, _)| known != name);
    fields.push((name.to_owned(), value.to_owned()));
    fields
}

impl Story {
    async fn item(&self) -> ItemState {
        let actor = self.world.actor(COORDINATOR).await;
        let database = &self.world.store;
        let mut reading = database.read_case::<act::CaseRead>(&actor, &self.number).await.unwrap();
        let place = place_of(&mut reading).await.unwrap().unwrap();
        reading.finish().await.unwrap();
        place.state
    }

    async fn amend(&self, version: u32) -> Result<Committed, StoreError> {
        let amending = Amending {
            version,
            reason: AmendReason::NewInformation,
            words: "CT shows lysis at L3",
        };
        amend_decision(self.command(CHAIR).await, amending).await
    }

    async fn void(&self, email: &str) -> Result<Committed, StoreError> {
        self.void_version(1, email).await
    }

    async fn void_version(&self, version: u32, email: &str) -> Result<Committed, StoreError> {
        let step = VoidStep { version, reason: VoidReason::Test, words: "Entered while training" };
        void_decision(self.command(email).await, step).await
    }
}

#[tokio::test]
async fn a_decision_is_recorded_read_back_confirmed_and_signed() {
    let story = Story::in_session().await;
    story.record(&plan_of(&story).await).await.unwrap();
    assert_eq!(story.item().await, ItemState::Open);
    story.read_back().await.unwrap();
    let sentence = story.draft().await.sentence.unwrap();
    let begins = "Margaret Ashworth, born 12-Mar-1962. Decompression and fixation at L2";
    assert!(sentence.starts_with(begins), "{sentence}");
    story.confirm().await.unwrap();
    assert_eq!(story.item().await, ItemState::Decided);
    let done = story.sign().await.unwrap();
    let decisions = story.decisions().await;
    assert!(decisions.open().is_none());
    let (_, version) = decisions.latest_signed().unwrap();
    assert_eq!(version.outcome, OutcomeKind::TreatmentPlan);
    assert_eq!(version.hash, Hash::of(&version.bytes));
    assert_eq!(version.sentence, sentence);
    assert_eq!(version.signatures[0].event, done.event);
    assert_eq!(version.document.canonical_bytes().unwrap(), version.bytes);
    for kind in ["recorded", "read_back", "confirmed", "signed"] {
        assert_eq!(story.world.events(&format!("decision.{kind}")).await, 1, "{kind}");
    }
}

#[tokio::test]
async fn the_signed_event_states_what_was_signed_and_on_what() {
    let story = Story::signed().await;
    let decisions = story.decisions().await;
    let (_, version) = decisions.latest_signed().unwrap();
    let mut superuser = story.world.superuser().await;
    let statement = "select document from audit_event where kind = 'decision.signed'";
    let bytes: Vec<u8> = superuser.fetch_one(statement).await.unwrap().get(0);
    let event = mdt::event::AuditEvent::from_bytes(&bytes).unwrap();
    let stated = |key: &str| event.data.get(key).map(ToString::to_string).unwrap_or_default();
    assert_eq!(stated("hash"), version.hash.to_string());
    assert_eq!(stated("evaluation"), version.document.basis.evaluation.to_string());
    assert_eq!(stated("assessment"), version.document.basis.assessment.to_string());
    assert_eq!(stated("protocol"), version.document.basis.protocol.to_string());
    assert_eq!(stated("outcome_kind"), "treatment_plan");
    assert_eq!(stated("meaning"), "approved_as_chair");
    assert_eq!(stated("method"), "password");
    assert_eq!(stated("version"), "1");
    assert!(event.data.contains_key("agreement"));
    assert!(
        !String::from_utf8(bytes).unwrap().contains("Theatre"),
        "free text stays out of the event"
    );
}

#[tokio::test]
async fn a_signed_decision_changes_only_by_a_new_version() {
    let story = Story::signed().await;
    let words = refusal(story.record(&plan_of(&story).await).await);
    assert!(words.contains("amend it instead"), "{words}");
    story.amend(1).await.unwrap();
    let before = story.decisions().await.latest_signed().unwrap().1.clone();
    let fields = with(plan_of(&story).await, "plan.0.levels", "L2-L3");
    story.record(&fields).await.unwrap();
    story.read_back().await.unwrap();
    story.confirm().await.unwrap();
    assert_eq!(
        story.decisions().await.latest_signed().unwrap().1.version,
        1,
        "v1 holds until v2 is signed"
    );
    story.sign().await.unwrap();
    let decisions = story.decisions().await;
    let (decision, second) = decisions.latest_signed().unwrap();
    assert_eq!((second.version, second.supersedes), (2, Some(1)));
    assert_eq!(second.document.supersedes.unwrap().hash, before.hash);
    assert_eq!(second.amendment.as_ref().unwrap().reason, AmendReason::NewInformation);
    assert_eq!(decision.versions[0], before, "the first version is as it was");
    let mut superuser = story.world.superuser().await;
    for statement in [
        "update decision_version set sentence = 'something else'",
        "delete from decision_signature",
        "truncate decision_version cascade",
    ] {
        let error = superuser.execute(statement).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{statement}: {error}");
    }
}

#[tokio::test]
async fn the_actions_of_an_amended_version_are_superseded() {
    let story = Story::signed().await;
    story.amend(1).await.unwrap();
    story.record(&plan_of(&story).await).await.unwrap();
    story.read_back().await.unwrap();
    story.confirm().await.unwrap();
    story.sign().await.unwrap();
    let decisions = story.decisions().await;
    let actor = story.world.actor(COORDINATOR).await;
    let database = &story.world.store;
    let mut reading = database.read_case::<act::CaseRead>(&actor, &story.number).await.unwrap();
    let mut states = Vec::new();
    for version in &decisions.0[0].versions {
        states.extend(
            actions_of(&mut reading, version.id).await.unwrap().into_iter().map(|one| one.state),
        );
    }
    reading.finish().await.unwrap();
    assert_eq!(states, [ActionState::Superseded, ActionState::Open]);
}

#[tokio::test]
async fn an_action_is_marked_done_once_by_its_owner_or_a_coordinator() {
    let story = Story::signed().await;
    let actions = async || {
        let version = story.decisions().await.0[0].versions[0].id;
        let actor = story.world.actor(COORDINATOR).await;
        let database = &story.world.store;
        let mut reading = database.read_case::<act::CaseRead>(&actor, &story.number).await.unwrap();
        let actions = actions_of(&mut reading, version).await.unwrap();
        reading.finish().await.unwrap();
        actions
    };
    let id = actions().await[0].id;
    let done = async |email| complete_action(story.command(email).await, id, "/").await;
    assert!(refusal(done(CLINICIAN).await).contains("not yours"));
    done(CHAIR).await.unwrap();
    let action = &actions().await[0];
    assert_eq!(action.state, ActionState::Done);
    assert_eq!(action.changed.user, story.world.user(CHAIR).await);
    assert!(refusal(done(COORDINATOR).await).contains("done already"));
    assert_eq!(story.world.events("action.done").await, 1);
    let unknown = story.world.store.sources().new_id();
    let none = complete_action(story.command(CHAIR).await, unknown, "/").await;
    assert!(matches!(none, Err(StoreError::NotFound)), "{none:?}");
}

#[tokio::test]
async fn an_action_that_a_void_ended_is_not_marked_done() {
    let story = Story::signed().await;
    let version = story.decisions().await.0[0].versions[0].id;
    let actor = story.world.actor(COORDINATOR).await;
    let database = &story.world.store;
    let mut reading = database.read_case::<act::CaseRead>(&actor, &story.number).await.unwrap();
    let id = actions_of(&mut reading, version).await.unwrap()[0].id;
    reading.finish().await.unwrap();
    story.void(CLINICIAN).await.unwrap();
    story.void(CHAIR).await.unwrap();
    let done = complete_action(story.command(COORDINATOR).await, id, "/").await;
    assert!(refusal(done).contains("amended or voided"));
}

#[tokio::test]
async fn a_double_submit_has_one_effect_and_the_same_answer() {
    let story = Story::in_session().await;
    let fields = plan_of(&story).await;
    let (evaluation, advising) = story.advice().await;
    let form = story.parsed(&fields);
    let actor = story.world.actor(CHAIR).await;
    let once = Submission { id: story.world.store.sources().new_id(), body: [7; 32] };
    let mut locations = Vec::new();
    for _ in 0..2 {
        let begun = story
            .world
            .store
            .command_on_case::<act::DecisionRecord>(&actor, &story.number, once)
            .await;
        locations.push(match begun.unwrap() {
            Begun::Repeated(location) => location,
            Begun::Fresh(command) => {
                let recording =
                    Recording { base: None, evaluation, form: &form, advising: &advising };
                record_decision(command, recording).await.unwrap().location
            }
        });
    }
    assert_eq!(locations[0], locations[1]);
    assert_eq!(story.world.events("decision.recorded").await, 1);
    assert_eq!(story.draft().await.row_version, 1);
    let other = Submission { body: [8; 32], ..once };
    let reused = story
        .world
        .store
        .command_on_case::<act::DecisionRecord>(&actor, &story.number, other)
        .await;
    assert!(matches!(reused, Err(StoreError::CommandReused)));
}

#[tokio::test]
async fn a_stale_record_is_refused_and_nothing_is_lost() {
    let story = Story::in_session().await;
    let fields = plan_of(&story).await;
    story.record(&fields).await.unwrap();
    let base = Some(story.draft().await.row_version);
    let theirs = with(fields.clone(), "quorum_note", "Four of five");
    story.record_as(SCRIBE, &theirs, base).await.unwrap();
    let mine = with(fields, "patient_preference", "Wants to walk");
    let stale = story.record_as(CHAIR, &mine, base).await;
    assert!(matches!(stale, Err(StoreError::Stale { base: 1, current: 2 })), "{stale:?}");
    let first_again = story.record_as(CHAIR, &mine, None).await;
    assert!(
        matches!(first_again, Err(StoreError::Stale { base: 0, current: 2 })),
        "{first_again:?}"
    );
    let kept = story.draft().await.document.unwrap();
    assert_eq!(kept.content.quorum_note.as_deref(), Some("Four of five"));
    assert_eq!(story.world.events("decision.recorded").await, 2);
}

#[tokio::test]
async fn in_the_sitting_only_chair_and_scribe_record() {
    let story = Story::in_session().await;
    let fields = plan_of(&story).await;
    let words = refusal(story.record_as(CLINICIAN, &fields, None).await);
    assert!(words.contains("its chair or its scribe"), "{words}");
    story.record_as(SCRIBE, &fields, None).await.unwrap();
}

#[tokio::test]
async fn nothing_is_recorded_before_the_meeting_is_open() {
    let story = Story::listed().await;
    let words = refusal(story.record(&plan_of(&story).await).await);
    assert!(words.contains("has not been opened"), "{words}");
    let story = Story::assessed().await;
    let words = refusal(story.record(&plan_of(&story).await).await);
    assert!(words.contains("on no agenda"), "{words}");
}

#[tokio::test]
async fn an_incomplete_draft_is_kept_and_not_read_back() {
    let story = Story::in_session().await;
    let mut fields = plan_of(&story).await;
    fields.retain(|(name, _)| name != "plan.0.intent");
    story.record(&fields).await.unwrap();
    let draft = story.draft().await;
    assert!(draft.document.is_none());
    assert_eq!(draft.fields, fields_in_order(&story, &fields));
    assert!(refusal(story.read_back().await).contains("not complete"));
}

fn fields_in_order(story: &Story, fields: &[(String, String)]) -> Vec<(String, String)> {
    story.parsed(fields).fields
}

#[tokio::test]
async fn a_form_is_saved_and_read_back_in_one_step() {
    let story = Story::in_session().await;
    let fields = plan_of(&story).await;
    let (evaluation, advising) = story.advice().await;
    let form = story.parsed(&fields);
    let recording = Recording { base: None, evaluation, form: &form, advising: &advising };
    read_back_decision(story.command(CHAIR).await, ReadBack::Form(recording)).await.unwrap();
    assert_eq!(story.draft().await.state, DecisionState::ReadBack);
    assert_eq!(story.world.events("decision.read_back").await, 1);
    assert_eq!(story.world.events("decision.recorded").await, 0);
}

#[tokio::test]
async fn another_sentence_than_the_one_read_back_is_not_confirmed() {
    let story = Story::in_session().await;
    story.record(&plan_of(&story).await).await.unwrap();
    story.read_back().await.unwrap();
    let base = story.draft().await.row_version;
    let other = Hash::of(b"something else");
    let words = refusal(confirm_decision(story.command(CHAIR).await, base, other).await);
    assert!(words.contains("read it back again"), "{words}");
    assert_eq!(story.item().await, ItemState::Open);
}

#[tokio::test]
async fn facts_that_change_meanwhile_are_accepted_with_a_reason_or_stop_the_signature() {
    let story = Story::in_session().await;
    story.record(&plan_of(&story).await).await.unwrap();
    story.read_back().await.unwrap();
    story.confirm().await.unwrap();
    story.assess(&[("case.kps", "60")], 1).await;
    let words = refusal(story.sign().await);
    assert!(words.starts_with("Facts have changed: assessment 2 is current"), "{words}");
    // Recorded again on the new facts, the draft asks why it still holds.
    let fields = plan_of(&story).await;
    story.record(&fields).await.unwrap();
    assert!(story.draft().await.document.is_none());
    let fields = with(fields, "facts_accepted", "The plan rests on instability");
    story.record(&fields).await.unwrap();
    story.read_back().await.unwrap();
    story.confirm().await.unwrap();
    story.sign().await.unwrap();
    let decisions = story.decisions().await;
    let document = &decisions.latest_signed().unwrap().1.document;
    assert_eq!(document.basis.assessment_ordinal, 2);
    assert_eq!(document.facts_accepted.as_ref().unwrap().assessment_ordinal, 2);
}

#[tokio::test]
async fn a_form_for_earlier_facts_is_refused() {
    let story = Story::in_session().await;
    let fields = plan_of(&story).await;
    let (evaluation, advising) = story.advice().await;
    story.assess(&[("case.kps", "60")], 1).await;
    let form = story.parsed(&fields);
    let recording = Recording { base: None, evaluation, form: &form, advising: &advising };
    let words = refusal(record_decision(story.command(CHAIR).await, recording).await);
    assert!(words.contains("assessment 2 is current"), "{words}");
    assert!(story.decisions().await.0.is_empty());
}

#[tokio::test]
async fn a_recalled_rule_stops_the_signature() {
    let story = Story::in_session().await;
    story.record(&plan_of(&story).await).await.unwrap();
    story.read_back().await.unwrap();
    story.confirm().await.unwrap();
    let recall = "insert into rule_state (rule_set_version_id, ordinal, state, severity, changed_at)
                  select id, 99, 'recalled', 'stop', now() from rule_set_version where rule_set = 'tomita-2001'";
    story.world.superuser().await.execute(recall).await.unwrap();
    assert!(refusal(story.sign().await).contains("recalled"));
}

#[tokio::test]
async fn only_the_chair_signs_and_only_the_nominated_clinician_confirms() {
    let story = Story::in_session().await;
    for email in [SCRIBE, CLINICIAN, COORDINATOR] {
        let actor = story.world.actor(email).await;
        let database = &story.world.store;
        let once = story.world.once();
        let signing =
            database.command_on_case::<act::DecisionSign>(&actor, &story.number, once).await;
        assert!(matches!(signing, Err(StoreError::Forbidden(_))), "{email}");
        let once = story.world.once();
        let confirming =
            database.command_on_case::<act::DecisionConfirm>(&actor, &story.number, once).await;
        assert!(matches!(confirming, Err(StoreError::Forbidden(_))), "{email}");
    }
}

#[tokio::test]
async fn a_duty_counts_in_the_meeting_whose_decision_is_open_and_else_in_the_one_listed_last() {
    let story = Story::in_session().await;
    story.record(&plan_of(&story).await).await.unwrap();
    story.read_back().await.unwrap();
    story.confirm().await.unwrap();
    // The case goes on the agenda of another meeting, which another chair will chair.
    let soon = story.world.store.sources().now() + TimeDelta::days(3);
    let later = planned(&story.world, soon).await;
    let listing = Listing { meeting: later, reason: None };
    list_case(story.command(COORDINATOR).await, listing).await.unwrap();
    let other = story.world.user(CLINICIAN).await;
    let north = story.world.northfield;
    let chairs = format!(
        "insert into membership (id, site_id, user_id, role, since)
         values (gen_random_uuid(), '{north}', '{other}', 'chair', '2026-01-01');
         update meeting_duty set user_id = '{other}' where meeting_id = '{later}' and duty <> 'scribe'"
    );
    story.world.superuser().await.execute(AssertSqlSafe(chairs)).await.unwrap();
    let begin = async |email: &str| {
        let actor = story.world.actor(email).await;
        let once = story.world.once();
        let database = &story.world.store;
        database.command_on_case::<act::DecisionSign>(&actor, &story.number, once).await
    };
    assert!(matches!(begin(CLINICIAN).await, Err(StoreError::Forbidden(_))), "chair of the other");
    story.sign().await.unwrap();
    // With nothing open, it is the meeting that the case was listed for last.
    assert!(begin(CLINICIAN).await.is_ok());
    assert!(matches!(begin(CHAIR).await, Err(StoreError::Forbidden(_))));
}

#[tokio::test]
async fn a_discarded_draft_leaves_the_case_on_the_agenda() {
    let story = Story::in_session().await;
    story.record(&plan_of(&story).await).await.unwrap();
    let base = story.draft().await.row_version;
    let without = discard_decision(story.command(CHAIR).await, base, " ").await;
    assert!(refusal(without).contains("Say why"));
    discard_decision(story.command(CHAIR).await, base, "Wrong item").await.unwrap();
    assert!(story.decisions().await.open().is_none());
    assert_eq!(story.item().await, ItemState::Listed);
    story.record(&plan_of(&story).await).await.unwrap();
    let decisions = story.decisions().await;
    assert_eq!((decisions.0.len(), decisions.0[0].ordinal), (1, 1));
}

#[tokio::test]
async fn voiding_takes_two_persons() {
    let story = Story::signed().await;
    story.void(CLINICIAN).await.unwrap();
    assert!(!story.decisions().await.0[0].is_voided());
    let same = refusal(story.void(CLINICIAN).await);
    assert!(same.contains("two persons"), "{same}");
    let neither_chairs = refusal(story.void(SCRIBE).await);
    assert!(neither_chairs.contains("one of them a chair"), "{neither_chairs}");
    story.void(CHAIR).await.unwrap();
    let decisions = story.decisions().await;
    assert!(decisions.0[0].is_voided());
    assert_eq!(decisions.0[0].versions.len(), 1, "what was signed stays");
    assert!(refusal(story.amend(1).await).contains("voided"));
    assert!(refusal(story.void(CHAIR).await).contains("voided"));
    assert_eq!(story.world.events("decision.void_asked").await, 1);
    assert_eq!(story.world.events("decision.voided").await, 1);
}

#[tokio::test]
async fn a_request_to_void_is_about_one_version_and_ends_with_its_amendment() {
    let story = Story::signed().await;
    story.void(CLINICIAN).await.unwrap();
    assert_eq!(story.decisions().await.0[0].void.len(), 1);
    story.amend(1).await.unwrap();
    story.record(&plan_of(&story).await).await.unwrap();
    story.read_back().await.unwrap();
    story.confirm().await.unwrap();
    story.sign().await.unwrap();
    assert!(story.decisions().await.0[0].void.is_empty(), "nobody has asked to void version 2");
    // What would have been the second word is the first one about the amended version.
    story.void_version(2, CHAIR).await.unwrap();
    assert!(!story.decisions().await.0[0].is_voided());
    assert_eq!(story.world.events("decision.voided").await, 0);
    assert_eq!(voids_listed(&story).await, [(2, 1), (1, 1)], "each version has its own requests");
    story.void_version(2, CLINICIAN).await.unwrap();
    assert!(story.decisions().await.0[0].is_voided());
    assert_eq!(voids_listed(&story).await, [(2, 2), (1, 1)]);
}

/// What the list of signed decisions says: each version with how many asked to void it.
async fn voids_listed(story: &Story) -> Vec<(u32, i64)> {
    let chair = story.world.actor(CHAIR).await;
    let site = story.world.northfield;
    let mut reading = LogReading::begin(&story.world.store, &chair, site).await.unwrap();
    let listed = reading.decisions(None, 10).await.unwrap();
    listed.iter().map(|one| (one.version, one.voids)).collect()
}

#[tokio::test]
async fn two_signatures_at_once_make_one_version() {
    let story = Story::in_session().await;
    story.record(&plan_of(&story).await).await.unwrap();
    story.read_back().await.unwrap();
    story.confirm().await.unwrap();
    let base = story.draft().await.row_version;
    let (one, two) = (story.command(CHAIR).await, story.command(CHAIR).await);
    let (one, two) = tokio::join!(sign_decision(one, base), sign_decision(two, base));
    assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|done| **done).count(), 1);
    assert_eq!(story.decisions().await.0[0].versions.len(), 1);
    assert_eq!(story.world.events("decision.signed").await, 1);
}

#[tokio::test]
async fn a_damaged_document_is_named_and_not_shown() {
    let story = Story::signed().await;
    let mut superuser = story.world.superuser().await;
    let damage = "alter table decision_version disable trigger append_only;
                  update decision_version set document = set_byte(document, 5, 33)";
    superuser.execute(AssertSqlSafe(damage.to_owned())).await.unwrap();
    let actor = story.world.actor(COORDINATOR).await;
    let database = &story.world.store;
    let mut reading = database.read_case::<act::CaseRead>(&actor, &story.number).await.unwrap();
    let error = store::decisions::decisions_of(&mut reading).await.unwrap_err();
    assert!(matches!(
        error,
        StoreError::Inconsistent { table: "decision_version", column: "document", .. }
    ));
    let bytes: Vec<u8> =
        superuser.fetch_one("select document from decision_version").await.unwrap().get(0);
    assert!(DecisionDocument::from_canonical(&bytes).is_err());
}
