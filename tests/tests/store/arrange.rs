//! A case at a given place of the story: referred, assessed, listed, in session, signed.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use clinical::assessment::{Answers, Route};
use mdt::actor::Actor;
use mdt::case::UrgencyClass;
use mdt::case_number::CaseNumber;
use mdt::decision::Advice;
use mdt::decision::form::{ParsedForm, parse};
use mdt::ids::{EvaluationId, MeetingId};
use mdt::permission::{Act, act};
use mdt::person::{BirthDate, PersonName, Sex};
use rules::canonical::Hash;
use store::assessments::SaveError;
use store::decisions::read::{CaseDecisions, Draft};
use store::decisions::{
    ReadBack, Recording, advice_of, confirm_decision, decisions_of, read_back_decision,
    record_decision, sign_decision,
};
use store::meetings::{Listing, NewMeeting, list_case, open_meeting, plan_meeting};
use store::patients::Particulars;
use store::referrals::{NewReferral, ReferralDocument};
use store::testing::{World, fresh};
use store::{
    CaseKey, Command, Committed, StoreError, Submission, assessments, patients, referrals,
};

/// Northfield's chair.
pub(crate) const CHAIR: &str = "chair@northfield.example";
/// Northfield's coordinator.
pub(crate) const COORDINATOR: &str = "coordinator@northfield.example";
/// A clinician of Northfield with no duty in the meeting.
pub(crate) const CLINICIAN: &str = "clinician@northfield.example";
/// The scribe of the meeting.
pub(crate) const SCRIBE: &str = "scribe@northfield.example";

/// Facts from which Tomita (Tomita, Spine, 2001) comes out certain: breast, one bone, no viscera.
const FACTS: [(&str, &str); 8] = [
    ("case.histology", "breast"),
    ("case.kps", "80"),
    ("case.visceral-metastases", "none"),
    ("case.extraspinal-bone-foci-count", "0"),
    ("case.whole-spine-imaged", "mri"),
    ("case.skeletal-staging", "pet-ct"),
    ("case.lesion-list-complete", "true"),
    ("lesion.L2.lesion-status", "metastasis-proven"),
];

/// A world with one case in it.
pub(crate) struct Story {
    /// Its database, clock and cast.
    pub(crate) world: World,
    /// The case.
    pub(crate) number: CaseNumber,
    /// The meeting.
    pub(crate) meeting: MeetingId,
}

impl Story {
    /// A case that was referred and assessed, and a meeting in two days that it is not listed for.
    pub(crate) async fn assessed() -> Self {
        let world = World::new().await;
        let number = referred(&world, "Ashworth").await;
        let starts_at = world.store.sources().now() + TimeDelta::days(3);
        let meeting = planned(&world, starts_at).await;
        let story = Self { world, number, meeting };
        story.assess(&FACTS, 0).await;
        story
    }

    /// The same, listed.
    pub(crate) async fn listed() -> Self {
        let story = Self::assessed().await;
        let listing = Listing { meeting: story.meeting, reason: None };
        list_case(story.command(COORDINATOR).await, listing).await.unwrap();
        story
    }

    /// The same, in session.
    pub(crate) async fn in_session() -> Self {
        let story = Self::listed().await;
        story.world.clock.advance(TimeDelta::days(3));
        let actor = story.world.actor(CHAIR).await;
        let once = story.world.once();
        let begun = story
            .world
            .store
            .command_on_meeting::<act::MeetingRun>(&actor, story.meeting, once)
            .await;
        open_meeting(fresh(begun.unwrap())).await.unwrap();
        story
    }

    /// The same, with the decision signed.
    pub(crate) async fn signed() -> Self {
        let story = Self::in_session().await;
        story.record(&plan_of(&story).await).await.unwrap();
        story.read_back().await.unwrap();
        story.confirm().await.unwrap();
        story.sign().await.unwrap();
        story
    }

    /// A command on the case by somebody of the cast.
    pub(crate) async fn command<A: Act>(&self, email: &str) -> Command<A, CaseKey> {
        let actor = self.world.actor(email).await;
        self.command_once(&actor, self.world.once()).await
    }

    async fn command_once<A: Act>(
        &self,
        actor: &Arc<Actor>,
        once: Submission,
    ) -> Command<A, CaseKey> {
        fresh(self.world.store.command_on_case::<A>(actor, &self.number, once).await.unwrap())
    }

    /// Saves an assessment of these facts on top of the one of that ordinal.
    pub(crate) async fn assess(&self, facts: &[(&str, &str)], base: i32) {
        let command = self.command::<act::AssessmentSave>(COORDINATOR).await;
        self.save(command, facts, base).await.unwrap();
    }

    /// The same, with a command that began before.
    pub(crate) async fn save(
        &self,
        command: Command<act::AssessmentSave, CaseKey>,
        facts: &[(&str, &str)],
        base: i32,
    ) -> Result<Committed, SaveError> {
        let fields: Vec<(String, String)> =
            facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answers = Answers::parse(&fields, &self.world.store.sources().now()).unwrap();
        let saved =
            assessments::save(&self.world.store, command, &answers, base, Route::Form).await?;
        Ok(saved.1)
    }

    /// The evaluation that a page would show now, and the scores of it that advise.
    pub(crate) async fn advice(&self) -> (EvaluationId, Vec<Advice>) {
        let actor = self.world.actor(COORDINATOR).await;
        let database = &self.world.store;
        let mut reading = database.read_case::<act::CaseRead>(&actor, &self.number).await.unwrap();
        let assessment = assessments::current(&mut reading).await.unwrap().unwrap();
        let stored =
            assessments::evaluation_of(&mut reading, assessment.id).await.unwrap().unwrap();
        reading.finish().await.unwrap();
        let compiled = database.compiled(stored.protocol_version).await.unwrap();
        let evaluation = assessments::evaluate(&compiled, &assessment.assessment).unwrap();
        (stored.id, advice_of(&evaluation))
    }

    /// The decisions of the case.
    pub(crate) async fn decisions(&self) -> CaseDecisions {
        let actor = self.world.actor(COORDINATOR).await;
        let database = &self.world.store;
        let mut reading = database.read_case::<act::CaseRead>(&actor, &self.number).await.unwrap();
        let decisions = decisions_of(&mut reading).await.unwrap();
        reading.finish().await.unwrap();
        decisions
    }

    /// The draft that is open.
    pub(crate) async fn draft(&self) -> Draft {
        self.decisions().await.open().unwrap().1.clone()
    }

    async fn base(&self) -> Option<i32> {
        self.decisions().await.open().map(|(_, draft)| draft.row_version)
    }

    /// Records these fields as the chair, on what a page would show now.
    pub(crate) async fn record(
        &self,
        fields: &[(String, String)],
    ) -> Result<Committed, StoreError> {
        self.record_as(CHAIR, fields, self.base().await).await
    }

    /// Records these fields as somebody, based on a version of the draft.
    pub(crate) async fn record_as(
        &self,
        email: &str,
        fields: &[(String, String)],
        base: Option<i32>,
    ) -> Result<Committed, StoreError> {
        let (evaluation, advising) = self.advice().await;
        let form = self.parsed(fields);
        let recording = Recording { base, evaluation, form: &form, advising: &advising };
        record_decision(self.command(email).await, recording).await
    }

    /// The fields as the domain reads them.
    pub(crate) fn parsed(&self, fields: &[(String, String)]) -> ParsedForm {
        let parsed = parse(fields, self.world.store.sources().now().date_naive());
        assert_eq!(parsed.problems, []);
        parsed
    }

    /// Reads the draft back as the chair.
    pub(crate) async fn read_back(&self) -> Result<Committed, StoreError> {
        let base = self.base().await.unwrap_or(0);
        read_back_decision(self.command(CHAIR).await, ReadBack::Saved { base }).await
    }

    /// Confirms what was read back as the chair.
    pub(crate) async fn confirm(&self) -> Result<Committed, StoreError> {
        let draft = self.draft().await;
        let shown = Hash::of(draft.sentence.unwrap_or_default().as_bytes());
        confirm_decision(self.command(CHAIR).await, draft.row_version, shown).await
    }

    /// Signs as the chair.
    pub(crate) async fn sign(&self) -> Result<Committed, StoreError> {
        let base = self.base().await.unwrap_or(0);
        sign_decision(self.command(CHAIR).await, base).await
    }
}

/// A patient with a case at Northfield.
pub(crate) async fn referred(world: &World, family: &str) -> CaseNumber {
    let actor = world.actor(COORDINATOR).await;
    let site = world.northfield;
    let begun =
        world.store.command_at_site::<act::PatientRegister>(&actor, site, world.once()).await;
    let particulars = Particulars {
        name: PersonName::new(family, "Margaret", Some("Mrs")).unwrap(),
        birth_date: BirthDate::stored(NaiveDate::from_ymd_opt(1962, 3, 12).unwrap()),
        sex: Sex::Female,
        nhs_number: None,
        hospital_number: None,
    };
    let (patient, _) = patients::register(fresh(begun.unwrap()), &particulars).await.unwrap();
    let begun = world.store.command_at_site::<act::ReferralSend>(&actor, site, world.once()).await;
    let question = ("question".to_owned(), "Fix at L2?".to_owned());
    let referral = NewReferral {
        patient,
        addressed: site,
        urgency: UrgencyClass::U3,
        document: ReferralDocument::of([question]),
    };
    referrals::send(fresh(begun.unwrap()), &referral).await.unwrap().0
}

/// A meeting of Northfield with chair and scribe.
pub(crate) async fn planned(world: &World, starts_at: DateTime<Utc>) -> MeetingId {
    let done = plan_at(world, starts_at).await.unwrap();
    done.location.rsplit('/').next().unwrap().parse().unwrap()
}

/// Plans a meeting that begins then.
pub(crate) async fn plan_at(
    world: &World,
    starts_at: DateTime<Utc>,
) -> Result<Committed, StoreError> {
    let actor = world.actor(COORDINATOR).await;
    let begun = world
        .store
        .command_at_site::<act::MeetingPlan>(&actor, world.northfield, world.once())
        .await;
    let meeting = NewMeeting {
        series: None,
        name: "Northfield spinal metastases MDT".to_owned(),
        starts_at,
        ends_at: starts_at + TimeDelta::minutes(90),
        place: None,
        capacity: Some(12),
        chair: world.user(CHAIR).await,
        nominated_clinician: None,
        scribe: Some(world.user(SCRIBE).await),
    };
    plan_meeting(fresh(begun.unwrap()), meeting).await
}

/// A plan of one treatment that follows whatever the scores advise.
pub(crate) async fn plan_of(story: &Story) -> Vec<(String, String)> {
    let chair = story.world.user(CHAIR).await.to_string();
    let (_, advising) = story.advice().await;
    let mut fields = vec![
        ("outcome_kind".to_owned(), "treatment_plan".to_owned()),
        ("plan.0.modality".to_owned(), "surg_decompress_fix".to_owned()),
        ("plan.0.intent".to_owned(), "palliative".to_owned()),
        ("plan.0.levels".to_owned(), "L2".to_owned()),
        ("plan.0.responsible".to_owned(), chair.clone()),
        ("plan.0.target_date".to_owned(), "30-Jun-2026".to_owned()),
        ("action.0.text".to_owned(), "Theatre list".to_owned()),
        ("action.0.owner".to_owned(), chair),
        ("action.0.due".to_owned(), "29-Jun-2026".to_owned()),
    ];
    for advice in advising {
        let value = if advice.bands.len() == 1 { "follows" } else { "undetermined" };
        fields.push((format!("agreement.{}.value", advice.rule_set), value.to_owned()));
    }
    fields
}
