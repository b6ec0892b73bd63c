//! The log of a site: its newest entries, what its last checkpoint says, and the note that it was verified.
//!
//! An auditor of the site reads all of it. A chair reads what concerns the cases of their own meetings,
//! and verifies the log on the grounds of having chaired one.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use mdt::actor::{Actor, Object};
use mdt::coded::Coded;
use mdt::event::{Event, EventKind, Outcome};
use mdt::ids::{EventId, MeetingId, SiteId, UserId};
use mdt::permission::{Action, act};
use rules::canonical::Hash;
use sqlx::PgConnection;

use super::entry::{Entry, EntryRow};
use super::provenance::log_of;
use crate::ledger::LogPermit;
use crate::scope::Scope;
use crate::{Begun, MeetingKey, Reading, Store, StoreError, Submission};

/// On what grounds somebody reads a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogPlace {
    /// As auditor of the site: all of it.
    Site(SiteId),
    /// As chair of meetings of the site, this one the latest: the cases of these meetings.
    OwnMeetings(SiteId, MeetingId),
}

/// A log being read.
#[derive(Debug)]
pub struct LogReading {
    place: LogPlace,
    reading: Inner,
}

#[derive(Debug)]
enum Inner {
    Site(Reading<act::LedgerVerify, SiteId>),
    Meeting(Reading<act::LedgerVerify, MeetingKey>),
}

/// What the entries are narrowed by.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Kinds of events; none for all.
    pub kinds: Vec<EventKind>,
    /// How they ended.
    pub outcome: Option<Outcome>,
    /// By whom; `None` for anybody.
    pub actors: Option<Vec<UserId>>,
    /// Those before this one.
    pub before: Option<EventId>,
    /// At most so many.
    pub limit: i64,
}

/// What the log is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    /// Its name: `<installation>/<site prefix>`.
    pub origin: String,
    /// How many entries it has.
    pub size: i64,
    /// The public key of the installation; none before the first seal.
    pub key: Option<String>,
    /// The last checkpoint: number, root, when sealed.
    pub checkpoint: Option<(i64, Option<Hash>, DateTime<Utc>)>,
    /// How many events wait for their seal.
    pub waiting: i64,
    /// The time of the oldest of them.
    pub oldest_waiting: Option<DateTime<Utc>>,
}

impl LogReading {
    /// Begins reading the log of a site.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] or [`StoreError::Forbidden`].
    pub async fn begin(
        store: &Store,
        actor: &Arc<Actor>,
        site: SiteId,
    ) -> Result<Self, StoreError> {
        if actor.authorise(Action::LedgerVerify, &Object::of(site)).is_ok() {
            let reading = store.read_site::<act::LedgerVerify>(actor, site).await?;
            return Ok(Self { place: LogPlace::Site(site), reading: Inner::Site(reading) });
        }
        let Some(meeting) = own_meeting(store, actor, site).await? else {
            // Says "not found" to who has nothing to do with the site, "may not" to everybody else.
            actor.authorise(Action::LedgerVerify, &Object::of(site))?;
            return Err(StoreError::Forbidden(Action::LedgerVerify));
        };
        let reading = store.read_meeting::<act::LedgerVerify>(actor, meeting).await?;
        Ok(Self { place: LogPlace::OwnMeetings(site, meeting), reading: Inner::Meeting(reading) })
    }

    /// On what grounds.
    pub fn place(&self) -> LogPlace {
        self.place
    }

    /// The proof for verifying the log.
    pub fn permit(&self) -> LogPermit {
        match &self.reading {
            Inner::Site(reading) => LogPermit::from(reading),
            Inner::Meeting(reading) => LogPermit::from(reading),
        }
    }

    pub(super) fn connection(&mut self) -> (&mut PgConnection, SiteId) {
        match &mut self.reading {
            Inner::Site(reading) => {
                let site = reading.site();
                (reading.connection(), site)
            }
            Inner::Meeting(reading) => {
                let site = reading.site();
                (reading.connection(), site)
            }
        }
    }

    pub(super) fn chair(&self) -> Option<UserId> {
        match &self.reading {
            Inner::Site(_) => None,
            Inner::Meeting(reading) => reading.actor().user(),
        }
    }

    /// Ends the reading with its event.
    ///
    /// # Errors
    /// When the event cannot be written: then nothing must be shown.
    pub async fn record(self, event: Event) -> Result<(), StoreError> {
        match self.reading {
            Inner::Site(reading) => reading.record(event).await.map(drop),
            Inner::Meeting(reading) => reading.record(event).await.map(drop),
        }
    }

    /// Ends a reading that showed nothing.
    ///
    /// # Errors
    /// When the connection was lost.
    pub async fn finish(self) -> Result<LogPlace, StoreError> {
        match self.reading {
            Inner::Site(reading) => drop(reading.finish().await?),
            Inner::Meeting(reading) => {
                reading.finish().await?;
            }
        }
        Ok(self.place)
    }

    /// The entries, the latest first; those that still wait for their seal among them.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn entries(&mut self, filter: &LogFilter) -> Result<Vec<Entry>, StoreError> {
        let chair = self.chair().map(UserId::uuid);
        let (connection, site) = self.connection();
        let kinds: Vec<String> = filter.kinds.iter().map(|kind| kind.code().to_owned()).collect();
        let actors: Option<Vec<uuid::Uuid>> =
            filter.actors.as_ref().map(|actors| actors.iter().map(|actor| actor.uuid()).collect());
        let rows = sqlx::query_as!(
            EntryRow,
            r#"
            select e.id as "id: EventId", e.at, e.kind, e.document, e.leaf_hash, l.index as "index?",
                   c.number as "case_number?"
              from audit_event e
              left join audit_leaf l on l.site_id = e.site_id and l.event_id = e.id
              left join mdt_case c on c.site_id = e.site_id and c.id = e.case_id
             where e.site_id = $1 and ($2::uuid is null or e.id < $2)
               and (cardinality($3::text[]) = 0 or e.kind = any ($3))
               and ($4::text is null or e.outcome = $4)
               and ($5::uuid[] is null or e.actor_id = any ($5))
               and ($6::uuid is null
                    or e.case_id in (select i.case_id
                                       from agenda_item i
                                       join meeting_duty d on d.site_id = i.site_id and d.meeting_id = i.meeting_id
                                      where i.site_id = $1 and d.user_id = $6 and d.duty = 'chair'
                                        and d.ended_at is null))
             order by e.id desc
             limit $7
            "#,
            site.uuid(),
            filter.before.map(EventId::uuid),
            &kinds,
            filter.outcome.map(|outcome| outcome.code().to_owned()),
            actors.as_deref(),
            chair,
            filter.limit,
        )
        .fetch_all(connection)
        .await?;
        Ok(rows.into_iter().map(Entry::of).collect())
    }

    /// What the log is now.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn state(&mut self) -> Result<LogState, StoreError> {
        let (connection, site) = self.connection();
        let (origin, verifier, entries) = log_of(connection, site).await?;
        let last = sqlx::query!(
            r#"select number, root, sealed_at from audit_checkpoint where site_id = $1
                order by number desc limit 1"#,
            site.uuid(),
        )
        .fetch_optional(&mut *connection)
        .await?;
        // What committed an hour late is found by the hourly sweep; here the recent ones do.
        let waiting = sqlx::query!(
            r#"
            select count(*) as "events!", min(e.at) as oldest
              from audit_event e
             where e.site_id = $1
               and e.at >= coalesce((select n.at - interval '1 hour'
                                       from audit_leaf l
                                       join audit_event n on n.site_id = l.site_id and n.id = l.event_id
                                      where l.site_id = $1
                                      order by l.index desc limit 1), '-infinity'::timestamptz)
               and not exists (select 1 from audit_leaf l where l.site_id = e.site_id and l.event_id = e.id)
            "#,
            site.uuid(),
        )
        .fetch_one(connection)
        .await?;
        let checkpoint = last.map(|last| {
            let root = <[u8; 32]>::try_from(last.root.as_slice()).ok().map(Hash::from_bytes);
            (last.number, root, last.sealed_at)
        });
        Ok(LogState {
            origin,
            size: entries,
            key: verifier,
            checkpoint,
            waiting: waiting.events,
            oldest_waiting: waiting.oldest,
        })
    }
}

/// The latest meeting of the site that the actor chairs or has chaired.
async fn own_meeting(
    store: &Store,
    actor: &Actor,
    site: SiteId,
) -> Result<Option<MeetingId>, StoreError> {
    let Some(user) = actor.user() else { return Ok(None) };
    let mut transaction = Scope::of(actor).open(store.pool()).await?;
    let meeting = sqlx::query_scalar!(
        r#"
        select m.id as "id: MeetingId"
          from meeting m
          join meeting_duty d on d.site_id = m.site_id and d.meeting_id = m.id
         where m.site_id = $1 and d.user_id = $2 and d.duty = 'chair' and d.ended_at is null
         order by m.starts_at desc, m.id desc
         limit 1
        "#,
        site.uuid(),
        user.uuid(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(meeting)
}

/// Writes down that a log was verified, once for each sending of the form; where the answer leads.
///
/// # Errors
/// [`StoreError::Forbidden`]; [`StoreError::CommandReused`].
pub async fn record_verification(
    store: &Store,
    actor: &Arc<Actor>,
    place: LogPlace,
    submission: Submission,
    event: Event,
    location: &str,
) -> Result<String, StoreError> {
    let committed = match place {
        LogPlace::Site(site) => {
            match store.command_at_site::<act::LedgerVerify>(actor, site, submission).await? {
                Begun::Repeated(location) => return Ok(location),
                Begun::Fresh(command) => command.commit(event, location).await?,
            }
        }
        LogPlace::OwnMeetings(_, meeting) => {
            match store.command_on_meeting::<act::LedgerVerify>(actor, meeting, submission).await? {
                Begun::Repeated(location) => return Ok(location),
                Begun::Fresh(command) => command.commit(event, location).await?,
            }
        }
    };
    Ok(committed.location)
}
