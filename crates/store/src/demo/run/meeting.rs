//! Meetings, and the decisions that they take.

use mdt::decision::form::parse;
use mdt::decision::{Advice, AmendReason};
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{DecisionId, EvaluationId, MeetingId};
use mdt::permission::{Act, act};
use rules::canonical::Hash;

use super::{Runner, fresh, unknown};
use crate::assessments;
use crate::decisions::{
    Amending, ReadBack, Recording, advice_of, amend_decision, confirm_decision, decisions_of,
    read_back_decision, record_decision, sign_decision,
};
use crate::demo::calendar::{Fate, Sitting};
use crate::demo::cast::{Place, Who};
use crate::demo::outcome::{self, Scene};
use crate::demo::situation::Situation;
use crate::demo::sketch::Turn;
use crate::meetings::{
    self, NewMeeting, SeriesChoice, cancel_meeting, close_meeting, open_meeting, plan_meeting,
};
use crate::{Command, MeetingKey, StoreError};

/// What a decision page shows of a draft.
struct Shown {
    decision: DecisionId,
    version: u32,
    base: i32,
    sentence: Hash,
}

/// What the meeting looks at.
struct Looked {
    situation: Situation,
    advising: Vec<Advice>,
    evaluation: EvaluationId,
}

impl Runner<'_> {
    fn sitting(&self, index: usize) -> Result<Sitting, StoreError> {
        self.timeline.sittings.get(index).copied().ok_or_else(|| unknown("a sitting"))
    }

    pub(super) async fn plan(&mut self, index: usize) -> Result<(), StoreError> {
        let sitting = self.sitting(index)?;
        let (place, team) = (sitting.place, sitting.place.team());
        let id = |who| self.member(who).map(|member| member.id);
        let series = match self.series.get(&place) {
            Some(known) => SeriesChoice::Known(*known),
            None => SeriesChoice::New(format!("{} spinal metastasis meeting", place.name())),
        };
        let meeting = NewMeeting {
            series: Some(series),
            name: String::new(),
            starts_at: sitting.starts_at,
            ends_at: sitting.ends_at,
            place: Some(room(place).to_owned()),
            capacity: Some(8),
            chair: id(team.chair)?,
            // Whoever looks round the demonstration can take a decision through as its chair alone.
            nominated_clinician: (sitting.fate != Fate::Coming).then_some(id(team.confirms)?),
            scribe: Some(id(team.coordinator)?),
        };
        let command = self.at_site::<act::MeetingPlan>(team.coordinator, place).await?;
        let planned = plan_meeting(command, meeting).await?;
        let meeting: Option<MeetingId> =
            planned.location.rsplit('/').next().and_then(|id| id.parse().ok());
        self.meetings.insert(index, meeting.ok_or_else(|| unknown("a meeting"))?);
        self.counts.meetings += 1;
        self.learn_series(place).await
    }

    async fn learn_series(&mut self, place: Place) -> Result<(), StoreError> {
        if self.series.contains_key(&place) {
            return Ok(());
        }
        let (actor, site) = (self.actor(place.team().coordinator)?, self.site(place)?);
        let mut reading = self.store.read_site::<act::MeetingRead>(actor, site).await?;
        let series = meetings::series_of(&mut reading).await?;
        reading.finish().await?;
        let series = series.first().ok_or_else(|| unknown("a series"))?.id;
        self.series.insert(place, series);
        Ok(())
    }

    async fn on_meeting<A: Act>(
        &self,
        who: Who,
        index: usize,
    ) -> Result<Command<A, MeetingKey>, StoreError> {
        let (actor, meeting) = (self.actor(who)?, self.meeting(index)?);
        fresh(self.store.command_on_meeting::<A>(actor, meeting, self.once()).await?)
    }

    pub(super) async fn cancel(
        &mut self,
        index: usize,
        why: &'static str,
    ) -> Result<(), StoreError> {
        let team = self.sitting(index)?.place.team();
        let command = self.on_meeting::<act::MeetingPlan>(team.coordinator, index).await?;
        cancel_meeting(command, why).await.map(drop)
    }

    pub(super) async fn open(&mut self, index: usize) -> Result<(), StoreError> {
        let team = self.sitting(index)?.place.team();
        open_meeting(self.on_meeting::<act::MeetingRun>(team.chair, index).await?).await.map(drop)
    }

    pub(super) async fn close(&mut self, index: usize) -> Result<(), StoreError> {
        let team = self.sitting(index)?.place.team();
        close_meeting(self.on_meeting::<act::MeetingRun>(team.chair, index).await?).await.map(drop)
    }

    /// One case of a meeting, from the first look at it to the signature.
    pub(super) async fn discuss(
        &mut self,
        patient: usize,
        index: usize,
        turn: Turn,
    ) -> Result<(), StoreError> {
        let team = self.sitting(index)?.place.team();
        let looked = self.look(team.chair, patient).await?;
        self.wait(300);
        self.record(patient, turn, &looked, None).await?;
        self.read_out(team.coordinator, patient, 1).await?;
        let course = outcome::course(turn, &self.scene(patient, &looked)?);
        self.confirm(patient).await?;
        if turn == Turn::Unsigned {
            return Ok(());
        }
        let signed = self.sign(patient).await?;
        if turn.is_settled() {
            self.file(patient)?.signed = Some((signed.decision, course, signed.version));
        }
        Ok(())
    }

    /// A signed decision, changed and signed again.
    pub(super) async fn amend(
        &mut self,
        patient: usize,
        reason: AmendReason,
    ) -> Result<(), StoreError> {
        let team = self.team(patient)?;
        let version = self.signed_version(patient)?;
        let amending = Amending { version, reason, words: outcome::amendment(reason) };
        let command = self.on_case::<act::DecisionAmend>(team.chair, patient).await?;
        amend_decision(command, amending).await?;
        let looked = self.look(team.chair, patient).await?;
        self.wait(200);
        let turn = Turn::Amend(reason);
        self.record(patient, turn, &looked, Some(1)).await?;
        self.read_out(team.chair, patient, 2).await?;
        let course = outcome::course(turn, &self.scene(patient, &looked)?);
        self.confirm(patient).await?;
        let signed = self.sign(patient).await?;
        self.file(patient)?.signed = Some((signed.decision, course, signed.version));
        Ok(())
    }

    fn signed_version(&self, patient: usize) -> Result<u32, StoreError> {
        let signed = self.files.get(patient).and_then(|file| file.signed);
        signed.map(|(_, _, version)| version).ok_or_else(|| unknown("a signed decision"))
    }

    /// The case page, read: facts, results, what the scores advise.
    async fn look(&self, who: Who, patient: usize) -> Result<Looked, StoreError> {
        let (actor, number) = (self.actor(who)?, self.number(patient)?);
        let mut reading = self.store.read_case::<act::CaseRead>(actor, number).await?;
        let current =
            assessments::current(&mut reading).await?.ok_or_else(|| unknown("an assessment"))?;
        let stored = assessments::evaluation_of(&mut reading, current.id).await?;
        let stored = stored.ok_or_else(|| unknown("an evaluation"))?;
        let event = Event::new(EventKind::CaseRead)
            .subject(SubjectKind::Case, reading.subject.id)
            .case(reading.subject.id)
            .patient(reading.subject.patient)
            .data("page", "overview")
            .data("named", true);
        reading.record(event).await?;
        let compiled = self.store.compiled(stored.protocol_version).await?;
        let evaluation = assessments::evaluate(&compiled, &current.assessment)?;
        Ok(Looked {
            situation: Situation::of(&current.assessment, &evaluation),
            advising: advice_of(&evaluation),
            evaluation: stored.id,
        })
    }

    fn scene<'b>(&self, patient: usize, looked: &'b Looked) -> Result<Scene<'b>, StoreError> {
        let place = self.invented(patient)?.sketch.place;
        let signed = self.files.get(patient).and_then(|file| file.signed);
        Ok(Scene {
            situation: &looked.situation,
            advising: &looked.advising,
            hands: self.hands(place)?,
            day: self.today(),
            earlier: signed.map(|(decision, course, _)| (decision, course)),
        })
    }

    async fn record(
        &self,
        patient: usize,
        turn: Turn,
        looked: &Looked,
        base: Option<i32>,
    ) -> Result<(), StoreError> {
        let team = self.team(patient)?;
        let fields = outcome::fields(turn, &self.scene(patient, looked)?);
        let form = parse(&fields, self.today());
        let recording = Recording {
            base,
            evaluation: looked.evaluation,
            form: &form,
            advising: &looked.advising,
        };
        let command = self.on_case::<act::DecisionRecord>(team.coordinator, patient).await?;
        record_decision(command, recording).await?;
        self.wait(45);
        Ok(())
    }

    async fn read_out(&self, who: Who, patient: usize, base: i32) -> Result<(), StoreError> {
        let command = self.on_case::<act::DecisionReadBack>(who, patient).await?;
        read_back_decision(command, ReadBack::Saved { base }).await?;
        self.wait(25);
        Ok(())
    }

    /// The decision page, read: the draft and its sentence.
    async fn shown(&self, who: Who, patient: usize) -> Result<Shown, StoreError> {
        let (actor, number) = (self.actor(who)?, self.number(patient)?);
        let mut reading = self.store.read_case::<act::CaseRead>(actor, number).await?;
        let decisions = decisions_of(&mut reading).await?;
        let (decision, draft) = decisions.open().ok_or_else(|| unknown("a draft"))?;
        let sentence = draft.sentence.as_deref().ok_or_else(|| unknown("a sentence"))?;
        let shown = Shown {
            decision: decision.id,
            version: draft.version,
            base: draft.row_version,
            sentence: Hash::of(sentence.as_bytes()),
        };
        let event = Event::new(EventKind::DecisionRead)
            .subject_version(SubjectKind::Decision, decision.id, draft.version)
            .case(reading.subject.id)
            .patient(reading.subject.patient)
            .data("ordinal", decision.ordinal)
            .data("page", "decision")
            .data("named", true);
        reading.record(event).await?;
        Ok(shown)
    }

    async fn confirm(&self, patient: usize) -> Result<(), StoreError> {
        let team = self.team(patient)?;
        let shown = self.shown(team.confirms, patient).await?;
        self.wait(12);
        let command = self.on_case::<act::DecisionConfirm>(team.confirms, patient).await?;
        confirm_decision(command, shown.base, shown.sentence).await?;
        self.wait(30);
        Ok(())
    }

    async fn sign(&mut self, patient: usize) -> Result<Shown, StoreError> {
        let team = self.team(patient)?;
        let shown = self.shown(team.chair, patient).await?;
        self.wait(20);
        let command = self.on_case::<act::DecisionSign>(team.chair, patient).await?;
        sign_decision(command, shown.base).await?;
        self.counts.signatures += 1;
        Ok(shown)
    }
}

/// Where a site meets.
const fn room(place: Place) -> &'static str {
    match place {
        Place::Northfield => "Seminar room 2",
        Place::Eastmoor => "Radiotherapy library",
        Place::Westhaven => "Board room",
    }
}
