//! What the pages about meetings read.

mod agenda;
mod facts;
mod place;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use mdt::display;
use mdt::ids::{MeetingId, MeetingSeriesId, SiteId, UserId};
use mdt::meeting::MeetingState;
use mdt::permission::Act;
use mdt::role::Duty;
use sqlx::PgConnection;
use uuid::Uuid;

use super::agenda::cut_off;
use crate::stored::coded;
use crate::{MeetingKey, Reading, StoreError};

pub use agenda::{AgendaEntry, AgendaPatient, ListableCase, agenda_of, listable_cases};
pub use facts::{AgendaFacts, AgendaTotal, agenda_facts};
pub use place::{Place, meetings_taking, place_of};

/// A meeting as lists and pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Its id.
    pub id: MeetingId,
    /// The site that holds it.
    pub site: SiteId,
    /// The zone of that site.
    pub zone: Tz,
    /// What it is called.
    pub name: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Where it is held.
    pub place: Option<String>,
    /// How many cases there is time for.
    pub capacity: Option<u32>,
    /// When its agenda is complete: later additions need a reason.
    pub cut_off: DateTime<Utc>,
    /// Where it stands.
    pub state: MeetingState,
    /// When it was opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// The version of its row.
    pub row_version: i32,
    /// Who does what in it.
    pub duties: Vec<DutyHolder>,
    /// How many cases it has.
    pub items: ItemCounts,
}

impl Meeting {
    /// Whether a case added now is added late.
    pub fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.state == MeetingState::InSession || now >= self.cut_off
    }

    /// Who has a duty; the first, if several have.
    pub fn holder(&self, duty: Duty) -> Option<&DutyHolder> {
        self.duties.iter().find(|holder| holder.duty == duty)
    }
}

/// Somebody with a duty in a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyHolder {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// The duty.
    pub duty: Duty,
}

/// The cases of a meeting, counted; those taken off its agenda are not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemCounts {
    /// On the agenda.
    pub all: u32,
    /// With an outcome.
    pub done: u32,
    /// Of these, decided.
    pub decided: u32,
    /// Of these, deferred.
    pub deferred: u32,
}

/// Which meetings of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeetingRange {
    /// Planned or in session, the next first.
    Coming,
    /// Closed or cancelled, the latest first: at most so many, of those that come after `before`.
    Past {
        /// The last one of the page before.
        before: Option<MeetingId>,
        /// How many at most.
        limit: u32,
    },
}

/// The recurring meeting of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its id.
    pub id: MeetingSeriesId,
    /// Its name.
    pub name: String,
}

/// The meetings of several sites.
///
/// # Errors
/// When the database cannot be reached.
pub async fn meetings_of<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
    range: MeetingRange,
) -> Result<Vec<Meeting>, StoreError> {
    let sites: Vec<Uuid> = reading.subject.iter().map(|site| site.uuid()).collect();
    match range {
        MeetingRange::Coming => coming(reading.connection(), &sites).await,
        MeetingRange::Past { before, limit } => {
            past(reading.connection(), &sites, before, i64::from(limit)).await
        }
    }
}

/// The meeting that the page is about.
///
/// # Errors
/// When the database cannot be reached.
pub async fn meeting_of<A: Act>(
    reading: &mut Reading<A, MeetingKey>,
) -> Result<Meeting, StoreError> {
    let id = reading.subject.id;
    one(reading.connection(), id).await
}

/// The series of the site at hand, by name.
///
/// # Errors
/// When the database cannot be reached.
pub async fn series_of<A: Act>(
    reading: &mut Reading<A, SiteId>,
) -> Result<Vec<Series>, StoreError> {
    let site = reading.site();
    let series = sqlx::query_as!(
        Series,
        r#"select id as "id: MeetingSeriesId", name from meeting_series where site_id = $1 order by name, id"#,
        site.uuid(),
    )
    .fetch_all(reading.connection())
    .await?;
    Ok(series)
}

struct MeetingRow {
    id: MeetingId,
    site: SiteId,
    zone: String,
    name: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    place: Option<String>,
    capacity: Option<i32>,
    state: String,
    opened_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    row_version: i32,
    cut_off: Option<serde_json::Value>,
    all_items: i64,
    done_items: i64,
    decided: i64,
    deferred: i64,
}

impl MeetingRow {
    fn with_duties(self, duties: Vec<DutyHolder>) -> Result<Meeting, StoreError> {
        let state = coded::<MeetingState>(&self.state, ("meeting", "state"), self.id)?;
        let zone = display::zone(&self.zone)
            .map_err(|why| StoreError::inconsistent("site", "zone", self.site, why))?;
        let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Meeting {
            id: self.id,
            site: self.site,
            zone,
            name: self.name,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            place: self.place,
            capacity: self.capacity.and_then(|capacity| u32::try_from(capacity).ok()),
            state,
            opened_at: self.opened_at,
            closed_at: self.closed_at,
            row_version: self.row_version,
            cut_off: cut_off(self.starts_at, self.cut_off.as_ref()),
            duties,
            items: ItemCounts {
                all: count(self.all_items),
                done: count(self.done_items),
                decided: count(self.decided),
                deferred: count(self.deferred),
            },
        })
    }
}

/// Meetings with the setting that their cut-off follows and their cases counted; the rest of the
/// statement says which, and in what order.
macro_rules! meetings {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            MeetingRow,
            r#"
            select m.id as "id: MeetingId", m.site_id as "site: SiteId", s.zone, m.name, m.starts_at, m.ends_at,
                   m.place, m.capacity, m.state, m.opened_at, m.closed_at, m.row_version,
                   count(i.id) filter (where i.state <> 'removed') as "all_items!",
                   (select t.value from site_setting t
                     where t.site_id = m.site_id and t.key = 'agenda.cut_off_hours'
                     order by t.version desc limit 1) as cut_off,
                   count(i.id) filter (where i.state not in ('proposed', 'listed', 'ready', 'open', 'removed'))
                       as "done_items!",
                   count(i.id) filter (where i.state in ('decided', 'soc_noted')) as "decided!",
                   count(i.id) filter (where i.state = 'deferred') as "deferred!"
              from meeting m
              join site s on s.id = m.site_id
              left join agenda_item i on i.site_id = m.site_id and i.meeting_id = m.id
            "# + $rest
            $(, $argument)*
        )
    };
}

async fn coming(connection: &mut PgConnection, sites: &[Uuid]) -> Result<Vec<Meeting>, StoreError> {
    let rows = meetings!(
        "where m.site_id = any ($1) and m.state in ('planned', 'frozen', 'in_session')
         group by m.site_id, m.id, s.zone
         order by m.starts_at, m.id",
        sites,
    )
    .fetch_all(&mut *connection)
    .await?;
    complete(connection, rows).await
}

async fn past(
    connection: &mut PgConnection,
    sites: &[Uuid],
    before: Option<MeetingId>,
    limit: i64,
) -> Result<Vec<Meeting>, StoreError> {
    let rows = meetings!(
        "where m.site_id = any ($1) and m.state in ('closed', 'signed', 'cancelled')
           and ($2::uuid is null or (m.starts_at, m.id) < (select p.starts_at, p.id from meeting p where p.id = $2))
         group by m.site_id, m.id, s.zone
         order by m.starts_at desc, m.id desc
         limit $3",
        sites,
        before.map(MeetingId::uuid),
        limit,
    )
    .fetch_all(&mut *connection)
    .await?;
    complete(connection, rows).await
}

/// One meeting; whoever asks has authorised the reader before.
pub(super) async fn one(
    connection: &mut PgConnection,
    id: MeetingId,
) -> Result<Meeting, StoreError> {
    let row = meetings!("where m.id = $1 group by m.site_id, m.id, s.zone", id.uuid())
        .fetch_optional(&mut *connection)
        .await?
        .ok_or(StoreError::NotFound)?;
    let mut duties = duties_in(connection, &[id.uuid()]).await?;
    row.with_duties(duties.remove(&id).unwrap_or_default())
}

async fn complete(
    connection: &mut PgConnection,
    rows: Vec<MeetingRow>,
) -> Result<Vec<Meeting>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.uuid()).collect();
    let mut duties = duties_in(connection, &ids).await?;
    rows.into_iter()
        .map(|row| {
            let holders = duties.remove(&row.id).unwrap_or_default();
            row.with_duties(holders)
        })
        .collect()
}

async fn duties_in(
    connection: &mut PgConnection,
    meetings: &[Uuid],
) -> Result<BTreeMap<MeetingId, Vec<DutyHolder>>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select d.meeting_id as "meeting: MeetingId", d.user_id as "user: UserId", u.display_name, d.duty
          from meeting_duty d
          join app_user u on u.id = d.user_id
         where d.meeting_id = any ($1) and d.ended_at is null
         order by d.since, u.display_name
        "#,
        meetings,
    )
    .fetch_all(connection)
    .await?;
    let mut duties: BTreeMap<MeetingId, Vec<DutyHolder>> = BTreeMap::new();
    for row in rows {
        let duty = coded::<Duty>(&row.duty, ("meeting_duty", "duty"), row.meeting)?;
        let holder = DutyHolder { user: row.user, name: row.display_name, duty };
        duties.entry(row.meeting).or_default().push(holder);
    }
    Ok(duties)
}
