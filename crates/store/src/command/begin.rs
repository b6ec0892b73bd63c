//! How a command or a reading begins: authorised against the thing that it is about, inside the
//! transaction that it will be done in.

use std::marker::PhantomData;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use mdt::actor::{Actor, Grounds, Object};
use mdt::case_number::CaseNumber;
use mdt::event::{Event, EventKind, Outcome, SubjectKind};
use mdt::ids::{EventId, MeetingId, PatientId, ReferralId, SiteId, UserId};
use mdt::permission::{Act, Action};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Begun, Command, Reading, Submission, Work, insert_event};
use crate::access::{self, CaseKey, MeetingKey, PatientKey, ReferralKey};
use crate::scope::Scope;
use crate::{Store, StoreError};

/// The receipt comes first: a second sending of the same form waits here for the first one to end.
async fn receive(
    connection: &mut PgConnection,
    actor_key: Uuid,
    submission: &Submission,
    now: DateTime<Utc>,
) -> Result<Option<String>, StoreError> {
    let inserted = sqlx::query!(
        r#"
        insert into command_receipt (actor_id, command_id, body_hash, received_at)
        values ($1, $2, $3, $4)
        on conflict (actor_id, command_id) do nothing
        "#,
        actor_key,
        submission.id.uuid(),
        submission.body.as_slice(),
        now,
    )
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(None);
    }
    let answer = first_answer(connection, actor_key, submission).await?;
    answer.map(Some).ok_or(StoreError::NotFound)
}

/// What the first sending of a form was answered with; `None` when it has not been received.
async fn first_answer(
    connection: &mut PgConnection,
    actor_key: Uuid,
    submission: &Submission,
) -> Result<Option<String>, StoreError> {
    let first = sqlx::query!(
        "select body_hash, location from command_receipt where actor_id = $1 and command_id = $2",
        actor_key,
        submission.id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    let Some(first) = first else { return Ok(None) };
    if first.body_hash != submission.body {
        return Err(StoreError::CommandReused);
    }
    let location = first.location.ok_or_else(|| {
        StoreError::inconsistent(
            "command_receipt",
            "location",
            submission.id,
            "a committed command has one",
        )
    })?;
    Ok(Some(location))
}

fn actor_key(actor: &Actor) -> Uuid {
    actor.user().map_or(Uuid::nil(), UserId::uuid)
}

/// Grounds of work that has not been authorised yet; replaced before anything can be done with it.
fn provisional(actor: &Actor) -> Grounds {
    Grounds {
        site: actor.home,
        relation: mdt::permission::Relation::Stranger,
        role: None,
        basis: mdt::actor::Basis::Role,
    }
}

impl Store {
    async fn begin(
        &self,
        actor: &Arc<Actor>,
        submission: &Submission,
    ) -> Result<(Work, Option<String>), StoreError> {
        let mut work = Work::open(self, actor, provisional(actor)).await?;
        let now = work.now;
        let repeated = receive(&mut work.transaction, actor_key(actor), submission, now).await?;
        Ok((work, repeated))
    }

    /// What the first sending of this form was answered with, for a form that the first sending makes
    /// wrong: the present password of a change is no longer that. `None` when it is the first.
    ///
    /// # Errors
    /// [`StoreError::CommandReused`].
    pub async fn answer_of(
        &self,
        actor: &Actor,
        submission: &Submission,
    ) -> Result<Option<String>, StoreError> {
        let mut transaction = Scope::of(actor).open(self.pool()).await?;
        let answer = first_answer(&mut transaction, actor_key(actor), submission).await?;
        transaction.commit().await?;
        Ok(answer)
    }

    /// Begins a command on something that a site owns as a whole (its patients, its meetings, its users).
    ///
    /// # Errors
    /// [`StoreError::NotFound`] or [`StoreError::Forbidden`]; [`StoreError::CommandReused`].
    pub async fn command_at_site<A: Act>(
        &self,
        actor: &Arc<Actor>,
        site: SiteId,
        submission: Submission,
    ) -> Result<Begun<A, SiteId>, StoreError> {
        let grounds = actor.authorise(A::ACTION, &Object::of(site))?;
        let (mut work, repeated) = self.begin(actor, &submission).await?;
        work.grounds = grounds;
        Ok(finish_beginning(work, repeated, submission, site))
    }

    /// Begins a command on a case.
    ///
    /// # Errors
    /// As [`Store::command_at_site`].
    pub async fn command_on_case<A: Act>(
        &self,
        actor: &Arc<Actor>,
        number: &CaseNumber,
        submission: Submission,
    ) -> Result<Begun<A, CaseKey>, StoreError> {
        let (mut work, repeated) = self.begin(actor, &submission).await?;
        let (case, grounds) = access::case(&mut work.transaction, actor, A::ACTION, number).await?;
        work.grounds = grounds;
        Ok(finish_beginning(work, repeated, submission, case))
    }

    /// Begins a command on a patient.
    ///
    /// # Errors
    /// As [`Store::command_at_site`].
    pub async fn command_on_patient<A: Act>(
        &self,
        actor: &Arc<Actor>,
        id: PatientId,
        submission: Submission,
    ) -> Result<Begun<A, PatientKey>, StoreError> {
        let (mut work, repeated) = self.begin(actor, &submission).await?;
        let (patient, grounds) =
            access::patient(&mut work.transaction, actor, A::ACTION, id).await?;
        work.grounds = grounds;
        Ok(finish_beginning(work, repeated, submission, patient))
    }

    /// Begins a command on a meeting.
    ///
    /// # Errors
    /// As [`Store::command_at_site`].
    pub async fn command_on_meeting<A: Act>(
        &self,
        actor: &Arc<Actor>,
        id: MeetingId,
        submission: Submission,
    ) -> Result<Begun<A, MeetingKey>, StoreError> {
        let (mut work, repeated) = self.begin(actor, &submission).await?;
        let (meeting, grounds) =
            access::meeting(&mut work.transaction, actor, A::ACTION, id).await?;
        work.grounds = grounds;
        Ok(finish_beginning(work, repeated, submission, meeting))
    }

    /// Begins a command on a referral.
    ///
    /// # Errors
    /// As [`Store::command_at_site`].
    pub async fn command_on_referral<A: Act>(
        &self,
        actor: &Arc<Actor>,
        id: ReferralId,
        submission: Submission,
    ) -> Result<Begun<A, ReferralKey>, StoreError> {
        let (mut work, repeated) = self.begin(actor, &submission).await?;
        if let Some(location) = repeated {
            // A site that redirected it may have nothing to do with it any more.
            return Ok(Begun::Repeated(location));
        }
        let (referral, grounds) =
            access::referral(&mut work.transaction, actor, A::ACTION, id).await?;
        work.grounds = grounds;
        Ok(finish_beginning(work, None, submission, referral))
    }

    /// Begins reading a case.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] or [`StoreError::Forbidden`].
    pub async fn read_case<A: Act>(
        &self,
        actor: &Arc<Actor>,
        number: &CaseNumber,
    ) -> Result<Reading<A, CaseKey>, StoreError> {
        let mut work = Work::open(self, actor, provisional(actor)).await?;
        let (case, grounds) = access::case(&mut work.transaction, actor, A::ACTION, number).await?;
        work.grounds = grounds;
        Ok(Reading { work, subject: case, act: PhantomData })
    }

    /// Begins reading a patient's record.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] or [`StoreError::Forbidden`].
    pub async fn read_patient<A: Act>(
        &self,
        actor: &Arc<Actor>,
        id: PatientId,
    ) -> Result<Reading<A, PatientKey>, StoreError> {
        let mut work = Work::open(self, actor, provisional(actor)).await?;
        let (patient, grounds) =
            access::patient(&mut work.transaction, actor, A::ACTION, id).await?;
        work.grounds = grounds;
        Ok(Reading { work, subject: patient, act: PhantomData })
    }

    /// Begins reading a meeting.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] or [`StoreError::Forbidden`].
    pub async fn read_meeting<A: Act>(
        &self,
        actor: &Arc<Actor>,
        id: MeetingId,
    ) -> Result<Reading<A, MeetingKey>, StoreError> {
        let mut work = Work::open(self, actor, provisional(actor)).await?;
        let (meeting, grounds) =
            access::meeting(&mut work.transaction, actor, A::ACTION, id).await?;
        work.grounds = grounds;
        Ok(Reading { work, subject: meeting, act: PhantomData })
    }

    /// Begins reading a list over all sites where the actor may do this; the subject is those sites. The
    /// event goes to the home site's log.
    ///
    /// # Errors
    /// [`StoreError::Forbidden`] when there is no such site.
    pub async fn read_sites<A: Act>(
        &self,
        actor: &Arc<Actor>,
    ) -> Result<Reading<A, Vec<SiteId>>, StoreError> {
        let sites: Vec<SiteId> = actor.sites_where(A::ACTION).into_iter().collect();
        let first =
            sites.iter().copied().find(|site| *site == actor.home).or(sites.first().copied());
        let Some(first) = first else { return Err(StoreError::Forbidden(A::ACTION)) };
        let grounds = actor.authorise(A::ACTION, &Object::of(first))?;
        let mut work = Work::open(self, actor, grounds).await?;
        Scope { sites: sites.clone(), ..Scope::of(actor) }.apply(&mut work.transaction).await?;
        Ok(Reading { work, subject: sites, act: PhantomData })
    }

    /// Begins reading something of one site.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] or [`StoreError::Forbidden`].
    pub async fn read_site<A: Act>(
        &self,
        actor: &Arc<Actor>,
        site: SiteId,
    ) -> Result<Reading<A, SiteId>, StoreError> {
        let grounds = actor.authorise(A::ACTION, &Object::of(site))?;
        let work = Work::open(self, actor, grounds).await?;
        Ok(Reading { work, subject: site, act: PhantomData })
    }

    /// Writes down that something was refused, in the actor's home log, in a transaction of its own.
    ///
    /// `address` is what was asked for; it goes to the payload, since it may name what does not exist.
    ///
    /// # Errors
    /// When the event cannot be written.
    pub async fn record_denied(
        &self,
        actor: &Arc<Actor>,
        action: Option<Action>,
        address: &str,
    ) -> Result<(), StoreError> {
        let mut event = Event::new(EventKind::AccessDenied)
            .outcome(Outcome::Denied)
            .subject(SubjectKind::Page, "page")
            .private("address", address);
        if let Some(action) = action {
            event = event.data("action", mdt::coded::Coded::code(action));
        }
        self.record_alone(actor, actor.home, event).await?;
        Ok(())
    }

    /// Writes an event that accompanies nothing else (sign-in, refusals), in a transaction of its own.
    pub(crate) async fn record_alone(
        &self,
        actor: &Arc<Actor>,
        log: SiteId,
        event: Event,
    ) -> Result<EventId, StoreError> {
        let sealed = event
            .seal(actor, None, log, self.sources())
            .map_err(|error| StoreError::Canonical(error.to_string()))?;
        let mut transaction = Scope::of(actor).open(self.pool()).await?;
        insert_event(&mut transaction, &sealed).await?;
        transaction.commit().await?;
        Ok(sealed.event.id)
    }
}

fn finish_beginning<A: Act, S>(
    work: Work,
    repeated: Option<String>,
    submission: Submission,
    subject: S,
) -> Begun<A, S> {
    if let Some(location) = repeated {
        return Begun::Repeated(location);
    }
    let actor_key = actor_key(&work.actor);
    Begun::Fresh(Command { work, submission, actor_key, subject, act: PhantomData })
}
