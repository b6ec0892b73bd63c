//! One command = one transaction = one audit event; and the same for reading what names a patient.
//!
//! [`Command`] and [`Reading`] are the only ways to a connection that sees patient data. Each is made
//! together with the permit for one action and ends by consuming itself with the event; dropped, it
//! leaves nothing behind. A function that changes something asks for `&mut Command<ItsAction>`, so a
//! forgotten authorisation does not compile.

use std::marker::PhantomData;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use mdt::actor::{Actor, Grounds, Object};
use mdt::case_number::CaseNumber;
use mdt::chance::Sources;
use mdt::event::{Event, EventKind, Outcome, SealedEvent, SubjectKind};
use mdt::ids::{CommandId, EventId, MeetingId, PatientId, ReferralId, SiteId, UserId};
use mdt::permission::{Act, Action};
use sqlx::postgres::Postgres;
use sqlx::{PgConnection, Transaction};
use uuid::Uuid;

use crate::access::{self, CaseKey, MeetingKey, PatientKey, ReferralKey};
use crate::scope::Scope;
use crate::{Store, StoreError};

/// One sending of a form: its id, made with the page, and the hash of what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submission {
    /// Made with the page, so the same for a second sending of it.
    pub id: CommandId,
    /// SHA-256 of the fields: the same id with other fields is refused.
    pub body: [u8; 32],
}

impl Submission {
    /// A submission that nobody can send twice: the command line, a job, the seeding.
    pub fn single(sources: &Sources) -> Self {
        Self { id: sources.new_id(), body: [0; 32] }
    }
}

/// What beginning a command found.
#[derive(Debug)]
pub enum Begun<A, S> {
    /// A first sending: go on.
    Fresh(Command<A, S>),
    /// Done already: answer with the first location.
    Repeated(String),
}

/// A command under way: an open transaction with the permit for `A` on the subject `S`.
#[derive(Debug)]
pub struct Command<A, S> {
    work: Work,
    submission: Submission,
    actor_key: Uuid,
    /// What the command is about.
    pub subject: S,
    act: PhantomData<A>,
}

/// A reading under way: a page that names a patient shows nothing unless its event was written.
#[derive(Debug)]
pub struct Reading<A, S> {
    work: Work,
    /// What the page is about.
    pub subject: S,
    act: PhantomData<A>,
}

/// What was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The event of the command.
    pub event: EventId,
    /// Where the answer leads.
    pub location: String,
}

#[derive(Debug)]
pub(crate) struct Work {
    transaction: Transaction<'static, Postgres>,
    pub(crate) actor: Arc<Actor>,
    pub(crate) grounds: Grounds,
    sources: Sources,
    now: DateTime<Utc>,
}

impl Work {
    async fn open(store: &Store, actor: &Arc<Actor>, grounds: Grounds) -> Result<Self, StoreError> {
        let transaction = Scope::of(actor).open(store.pool()).await?;
        Ok(Self {
            transaction,
            actor: Arc::clone(actor),
            grounds,
            sources: store.sources().clone(),
            now: store.sources().now(),
        })
    }

    fn seal(&self, event: Event, log: SiteId) -> Result<SealedEvent, StoreError> {
        event
            .seal(&self.actor, Some(&self.grounds), log, &self.sources)
            .map_err(|error| StoreError::Canonical(error.to_string()))
    }

    async fn write(&mut self, event: Event, log: SiteId) -> Result<SealedEvent, StoreError> {
        let sealed = self.seal(event, log)?;
        insert_event(&mut self.transaction, &sealed).await?;
        Ok(sealed)
    }
}

macro_rules! shared_accessors {
    ($name:ident) => {
        impl<A: Act, S> $name<A, S> {
            /// The instant of this transaction, the same for everything it writes.
            pub fn now(&self) -> DateTime<Utc> {
                self.work.now
            }

            /// Who acts.
            pub fn actor(&self) -> &Actor {
                &self.work.actor
            }

            /// On what grounds.
            pub fn grounds(&self) -> &Grounds {
                &self.work.grounds
            }

            /// The site whose thing this is.
            pub fn site(&self) -> SiteId {
                self.work.grounds.site
            }

            pub(crate) fn connection(&mut self) -> &mut PgConnection {
                &mut self.work.transaction
            }
        }
    };
}

shared_accessors!(Command);
shared_accessors!(Reading);

impl<A: Act, S> Command<A, S> {
    /// A new id, ordered after all before it.
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        self.work.sources.new_id()
    }

    /// Keeps the work: writes the event into the owning site's log, completes the receipt, commits.
    ///
    /// # Errors
    /// When the event cannot be written; then nothing of the command remains.
    pub async fn commit(
        self,
        event: Event,
        location: impl Into<String>,
    ) -> Result<Committed, StoreError> {
        let log = self.work.grounds.site;
        self.commit_to(log, event, location).await
    }

    /// As [`Command::commit`], into the log of another site (the installation's, for what belongs to none).
    ///
    /// # Errors
    /// As [`Command::commit`].
    pub async fn commit_to(
        self,
        log: SiteId,
        event: Event,
        location: impl Into<String>,
    ) -> Result<Committed, StoreError> {
        let sealed = self.work.seal(event, log)?;
        self.commit_sealed(sealed, location).await
    }

    /// Completes the event before the last rows are written: a signature's row holds its event's id.
    pub(crate) fn seal(&self, event: Event) -> Result<SealedEvent, StoreError> {
        self.work.seal(event, self.work.grounds.site)
    }

    /// As [`Command::commit`], with an event that was completed before.
    pub(crate) async fn commit_sealed(
        mut self,
        sealed: SealedEvent,
        location: impl Into<String>,
    ) -> Result<Committed, StoreError> {
        let location = location.into();
        insert_event(&mut self.work.transaction, &sealed).await?;
        sqlx::query!(
            "update command_receipt set event_id = $3, location = $4 where actor_id = $1 and command_id = $2",
            self.actor_key,
            self.submission.id.uuid(),
            sealed.event.id.uuid(),
            location,
        )
        .execute(&mut *self.work.transaction)
        .await?;
        self.work.transaction.commit().await?;
        Ok(Committed { event: sealed.event.id, location })
    }
}

impl<A: Act, S> Reading<A, S> {
    /// Ends the reading with its event. What was read may be shown only after this has returned.
    ///
    /// # Errors
    /// When the event cannot be written: then the page must not be shown.
    pub async fn record(mut self, event: Event) -> Result<S, StoreError> {
        let log = self.work.grounds.site;
        self.work.write(event, log).await?;
        self.work.transaction.commit().await?;
        Ok(self.subject)
    }

    /// Ends a reading that showed nothing of a patient (an agenda without names, a form's choices).
    ///
    /// # Errors
    /// When the connection was lost.
    pub async fn finish(self) -> Result<S, StoreError> {
        self.work.transaction.commit().await?;
        Ok(self.subject)
    }
}

/// Inserts an event and its payload.
pub(crate) async fn insert_event(
    connection: &mut PgConnection,
    sealed: &SealedEvent,
) -> Result<(), StoreError> {
    let event = &sealed.event;
    sqlx::query!(
        r#"
        insert into audit_event (site_id, id, at, kind, actor_id, case_id, patient_id, outcome, document, leaf_hash)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
        event.site.uuid(),
        event.id.uuid(),
        event.at,
        mdt::coded::Coded::code(event.kind),
        event.actor.id.map(mdt::ids::UserId::uuid),
        event.case.map(mdt::ids::CaseId::uuid),
        event.patient.map(mdt::ids::PatientId::uuid),
        mdt::coded::Coded::code(event.outcome),
        sealed.bytes,
        sealed.leaf.as_bytes().as_slice(),
    )
    .execute(&mut *connection)
    .await?;
    if let Some((salt, document)) = &sealed.payload {
        sqlx::query!(
            "insert into audit_payload (site_id, event_id, salt, document) values ($1, $2, $3, $4)",
            event.site.uuid(),
            event.id.uuid(),
            salt.as_bytes().as_slice(),
            document,
        )
        .execute(connection)
        .await?;
    }
    Ok(())
}

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
    let first = sqlx::query!(
        "select body_hash, location from command_receipt where actor_id = $1 and command_id = $2",
        actor_key,
        submission.id.uuid(),
    )
    .fetch_one(connection)
    .await?;
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
