//! Patients, referrals, assessments, and the agenda.

use clinical::assessment::{AnswerErrors, Answers, Route};
use mdt::case::CloseReason;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{ReferralId, SiteId};
use mdt::permission::act;
use mdt::referral::{ReferralState, ReferralStep};

use super::{Runner, fresh, unknown};
use crate::StoreError;
use crate::assessments::{self, SaveError};
use crate::cases;
use crate::demo::calendar::ZONE;
use crate::demo::cast::Who;
use crate::demo::facts::{Slice, answers};
use crate::demo::letter::{self, Sender};
use crate::demo::sketch::Path;
use crate::meetings::{Listing, list_case};
use crate::patients;
use crate::referrals::{self, NewReferral, ReferralDocument, Step as Allowed, take_step};

impl Runner<'_> {
    pub(super) async fn register(&mut self, patient: usize) -> Result<(), StoreError> {
        let invented = self.invented(patient)?;
        let place = invented.sketch.place;
        let command = self.at_site::<act::PatientRegister>(place.team().coordinator, place).await?;
        let (id, _) = patients::register(command, &invented.particulars).await?;
        self.file(patient)?.patient = Some(id);
        Ok(())
    }

    pub(super) async fn refer(&mut self, patient: usize) -> Result<(), StoreError> {
        let sketch = self.invented(patient)?.sketch;
        let team = sketch.place.team();
        let (referrer, consultant) = (self.member(team.referrer)?, self.member(team.oncologist)?);
        let sender =
            Sender { name: referrer.name, site: sketch.place.name(), consultant: consultant.name };
        let file = self.files.get(patient).ok_or_else(|| unknown("a patient"))?;
        let (urgency, fields) = letter::fields(&sketch, sender, file.referrals > 0, self.now());
        let referral = NewReferral {
            patient: file.patient.ok_or_else(|| unknown("a patient"))?,
            addressed: self.site(sketch.place)?,
            urgency,
            document: ReferralDocument::of(fields),
        };
        let command = self.at_site::<act::ReferralSend>(team.referrer, sketch.place).await?;
        let (number, _) = referrals::send(command, &referral).await?;
        let file = self.file(patient)?;
        file.number = Some(number);
        file.referrals += 1;
        Ok(())
    }

    /// Whoever answers reads the referral first.
    pub(super) async fn answer(
        &mut self,
        patient: usize,
        answer: ReferralStep,
        why: &'static str,
    ) -> Result<(), StoreError> {
        let team = self.team(patient)?;
        let to = match self.invented(patient)?.sketch.path {
            Path::Redirected(place, _) => Some(self.site(place)?),
            _ => None,
        };
        let id = self.read_referral(team.coordinator, patient).await?;
        self.wait(150);
        if answer == ReferralStep::Withdraw {
            return self
                .take::<act::ReferralWithdraw>(team.referrer, id, answer, (why, None))
                .await;
        }
        self.take::<act::ReferralTriage>(team.coordinator, id, answer, (why, to)).await
    }

    async fn take<A: Allowed>(
        &self,
        who: Who,
        id: ReferralId,
        answer: ReferralStep,
        (why, to): (&str, Option<SiteId>),
    ) -> Result<(), StoreError> {
        let begun = self.store.command_on_referral::<A>(self.actor(who)?, id, self.once()).await?;
        take_step(fresh(begun)?, answer, why, to).await.map(drop)
    }

    /// The page of the referral, read: its id is on it.
    async fn read_referral(&self, who: Who, patient: usize) -> Result<ReferralId, StoreError> {
        let (actor, number) = (self.actor(who)?, self.number(patient)?);
        let mut reading = self.store.read_case::<act::CaseRead>(actor, number).await?;
        let sent = referrals::of_case(&mut reading).await?;
        let event = Event::new(EventKind::CaseRead)
            .subject(SubjectKind::Case, reading.subject.id)
            .case(reading.subject.id)
            .patient(reading.subject.patient)
            .data("page", "referral")
            .data("named", true);
        reading.record(event).await?;
        let waiting = sent.into_iter().find(|referral| {
            referral.states.last().is_some_and(|latest| latest.state == ReferralState::Received)
        });
        waiting.map(|referral| referral.id).ok_or_else(|| unknown("a referral"))
    }

    pub(super) async fn assess(&mut self, patient: usize, slice: Slice) -> Result<(), StoreError> {
        let sketch = self.invented(patient)?.sketch;
        let team = sketch.place.team();
        let who = match slice {
            Slice::Notes => team.coordinator,
            Slice::Images => team.reader,
            Slice::Patient | Slice::Both | Slice::Again => team.sees,
        };
        let fields = answers(&sketch, slice);
        let parsed = Answers::parse(&fields, &self.now().with_timezone(&ZONE))
            .map_err(|why| refused(&why))?;
        let base = self.files.get(patient).map_or(0, |file| file.assessments);
        let command = self.on_case::<act::AssessmentSave>(who, patient).await?;
        let saved = assessments::save(&self.store, command, &parsed, base, Route::Form).await;
        let (ordinal, _) = saved.map_err(|why| match why {
            SaveError::Store(why) => why,
            SaveError::Answers(why) => refused(&why),
            SaveError::Stale { base, current } => {
                StoreError::Stale { base: base.into(), current: current.ordinal.into() }
            }
        })?;
        self.file(patient)?.assessments = ordinal;
        Ok(())
    }

    pub(super) async fn list(
        &mut self,
        patient: usize,
        sitting: usize,
        why: Option<&'static str>,
    ) -> Result<(), StoreError> {
        let team = self.team(patient)?;
        let listing = Listing { meeting: self.meeting(sitting)?, reason: why.map(str::to_owned) };
        let command = self.on_case::<act::AgendaList>(team.coordinator, patient).await?;
        list_case(command, listing).await.map(drop)
    }

    pub(super) async fn close_case(
        &mut self,
        patient: usize,
        reason: CloseReason,
    ) -> Result<(), StoreError> {
        let team = self.team(patient)?;
        let command = self.on_case::<act::CaseClose>(team.coordinator, patient).await?;
        let base = command.subject.row_version;
        cases::close(command, reason, base).await.map(drop)
    }
}

fn refused(errors: &AnswerErrors) -> StoreError {
    let told: Vec<String> =
        errors.iter().map(|one| format!("{}: {}", one.field, one.problem)).collect();
    StoreError::Refused(told.join("; "))
}
