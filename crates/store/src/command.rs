//! One command = one transaction = one audit event; and the same for reading what names a patient.
//!
//! [`Command`] and [`Reading`] are the only ways to a connection that sees patient data. Each is made
//! together with the permit for one action and ends by consuming itself with the event; dropped, it
//! leaves nothing behind. A function that changes something asks for `&mut Command<ItsAction>`, so a
//! forgotten authorisation does not compile.

mod begin;

use std::marker::PhantomData;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use mdt::actor::{Actor, Grounds};
use mdt::chance::Sources;
use mdt::event::{Event, SealedEvent};
use mdt::ids::{CommandId, EventId, SiteId};
use mdt::permission::Act;
use sqlx::postgres::Postgres;
use sqlx::{PgConnection, Transaction};
use uuid::Uuid;

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
