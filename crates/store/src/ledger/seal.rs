//! The sealer: gives events their place in the log of their site, and signs what the log then is.
//!
//! It asks which events have no leaf yet, never what came after a number: a transaction that took
//! its time is not missed when it commits at last. One sealer works on a site at a time, under an
//! advisory lock that ends with its transaction; whoever does not get the lock has nothing to do.

use chrono::{DateTime, TimeDelta, Utc};
use mdt::ids::SiteId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::key::LedgerKey;
use super::tree::{Frontier, TreeHead, leaf_hash};
use crate::scope::Scope;
use crate::{Store, StoreError};

/// So many events at most get their place in one transaction.
const BATCH: i64 = 5_000;

/// How far behind the newest entry a [`Sweep::Recent`] looks for events that committed late.
const LOOK_BACK: TimeDelta = TimeDelta::hours(1);

/// How far back to look for events without a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// From an hour before the newest entry on: each second.
    Recent,
    /// Through the whole log: at the start, once an hour, and after seeding or an import.
    Whole,
}

/// What waits for its place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// How many events.
    pub events: u64,
    /// The time of the oldest of them.
    pub oldest: Option<DateTime<Utc>>,
}

/// The log of a site as its last checkpoint left it.
struct Log {
    prefix: String,
    number: i64,
    frontier: Frontier,
}

struct Unsealed {
    id: Uuid,
    document: Vec<u8>,
}

impl Store {
    /// Makes the key known to the database, or checks that it is the one that the database knows:
    /// a log that was begun under one key is not continued under another.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the database knows another key.
    pub async fn register_ledger_key(&self, key: &LedgerKey) -> Result<(), StoreError> {
        let verifier =
            key.public().map_err(|why| StoreError::Refused(why.to_string()))?.to_string();
        let id: Uuid = self.sources().new_id();
        sqlx::query!(
            r#"
            insert into ledger_key (id, verifier, since)
            select $1, $2, $3 where not exists (select 1 from ledger_key)
            on conflict (verifier) do nothing
            "#,
            id,
            verifier,
            self.sources().now(),
        )
        .execute(self.pool())
        .await?;
        let known = known_verifier(&mut *self.pool().acquire().await?).await?;
        if known.as_deref() == Some(verifier.as_str()) {
            return Ok(());
        }
        Err(StoreError::Refused(
            "the ledger key file is not the key that this database was begun with".to_owned(),
        ))
    }

    /// Gives the waiting events of every site their place; how many there were.
    ///
    /// # Errors
    /// When the database cannot be reached or a log is damaged.
    pub async fn seal_all(&self, key: &LedgerKey, sweep: Sweep) -> Result<u64, StoreError> {
        let mut sealed = 0;
        for site in self.logs().await? {
            sealed += self.seal_site(site, key, sweep).await?;
        }
        Ok(sealed)
    }

    /// Gives the waiting events of a site their place; how many there were. None when another
    /// process is at it.
    ///
    /// # Errors
    /// When the database cannot be reached or the log is damaged.
    pub async fn seal_site(
        &self,
        site: SiteId,
        key: &LedgerKey,
        sweep: Sweep,
    ) -> Result<u64, StoreError> {
        let mut sealed = 0;
        loop {
            let mut transaction = of_site(site).open(self.aside()).await?;
            if !lock(&mut transaction, site).await? {
                return Ok(sealed);
            }
            let since = since(&mut transaction, site, sweep).await?;
            let events = unsealed(&mut transaction, site, since).await?;
            if events.is_empty() {
                // Dropping it would give the lock back only when the connection is used again.
                transaction.rollback().await?;
                return Ok(sealed);
            }
            let log = read_log(&mut transaction, site).await?;
            let signing = (key, self.sources().now());
            append(&mut transaction, site, log, &events, signing).await?;
            transaction.commit().await?;
            let count = events.len();
            sealed += u64::try_from(count).unwrap_or(u64::MAX);
            if i64::try_from(count).is_ok_and(|count| count < BATCH) {
                return Ok(sealed);
            }
        }
    }

    /// What waits for its place, over all sites: more than a minute old is an alarm.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn waiting(&self, sweep: Sweep) -> Result<Waiting, StoreError> {
        let mut all = Waiting { events: 0, oldest: None };
        for site in self.logs().await? {
            let mut transaction = of_site(site).open(self.pool()).await?;
            let since = since(&mut transaction, site, sweep).await?;
            let row = sqlx::query!(
                r#"
                select count(*) as "events!", min(e.at) as oldest
                  from audit_event e
                 where e.site_id = $1 and e.at >= coalesce($2, '-infinity'::timestamptz)
                   and not exists (select 1 from audit_leaf l
                                    where l.site_id = e.site_id and l.event_id = e.id)
                "#,
                site.uuid(),
                since,
            )
            .fetch_one(&mut *transaction)
            .await?;
            all.events += u64::try_from(row.events).unwrap_or(0);
            all.oldest = [all.oldest, row.oldest].into_iter().flatten().min();
        }
        Ok(all)
    }

    /// The sites, each with its log; the installation's is one of them.
    async fn logs(&self) -> Result<Vec<SiteId>, StoreError> {
        let ids = sqlx::query_scalar!(r#"select id as "id: SiteId" from site order by id"#)
            .fetch_all(self.pool())
            .await?;
        Ok(ids)
    }
}

/// A transaction that sees one site and acts for nobody.
pub(super) fn of_site(site: SiteId) -> Scope {
    Scope { sites: vec![site], ..Scope::default() }
}

/// The public key that the database knows.
pub(super) async fn known_verifier(
    connection: &mut PgConnection,
) -> Result<Option<String>, StoreError> {
    let verifier =
        sqlx::query_scalar!("select verifier from ledger_key order by since desc, id desc limit 1")
            .fetch_optional(connection)
            .await?;
    Ok(verifier)
}

async fn lock(connection: &mut PgConnection, site: SiteId) -> Result<bool, StoreError> {
    let name = format!("spineboard.seal.{site}");
    let locked = sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as "locked!""#,
        name,
    )
    .fetch_one(connection)
    .await?;
    Ok(locked)
}

async fn since(
    connection: &mut PgConnection,
    site: SiteId,
    sweep: Sweep,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    if sweep == Sweep::Whole {
        return Ok(None);
    }
    let newest = sqlx::query_scalar!(
        r#"
        select e.at
          from audit_leaf l
          join audit_event e on e.site_id = l.site_id and e.id = l.event_id
         where l.site_id = $1
         order by l.index desc
         limit 1
        "#,
        site.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(newest.map(|at| at - LOOK_BACK))
}

async fn unsealed(
    connection: &mut PgConnection,
    site: SiteId,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<Unsealed>, StoreError> {
    let events = sqlx::query_as!(
        Unsealed,
        r#"
        select e.id, e.document
          from audit_event e
         where e.site_id = $1 and e.at >= coalesce($2, '-infinity'::timestamptz)
           and not exists (select 1 from audit_leaf l
                            where l.site_id = e.site_id and l.event_id = e.id)
         order by e.at, e.id
         limit $3
        "#,
        site.uuid(),
        since,
        BATCH,
    )
    .fetch_all(connection)
    .await?;
    Ok(events)
}

async fn read_log(connection: &mut PgConnection, site: SiteId) -> Result<Log, StoreError> {
    let row = sqlx::query!(
        r#"
        select s.prefix, c.number as "number?", c.root as "root?", c.frontier as "frontier?"
          from site s
          left join lateral (select number, root, frontier
                               from audit_checkpoint
                              where site_id = s.id
                              order by number desc
                              limit 1) c on true
         where s.id = $1
        "#,
        site.uuid(),
    )
    .fetch_one(connection)
    .await?;
    let damaged =
        |column, why: String| StoreError::inconsistent("audit_checkpoint", column, site, why);
    let frontier = row.frontier.as_deref().map(Frontier::from_bytes).transpose();
    let frontier = frontier.map_err(|why| damaged("frontier", why.to_string()))?;
    let frontier = frontier.unwrap_or_default();
    if row.root.as_deref().is_some_and(|stored| stored != frontier.root().as_bytes()) {
        return Err(damaged("root", "the frontier has another root".to_owned()));
    }
    Ok(Log { prefix: row.prefix, number: row.number.unwrap_or(0), frontier })
}

async fn append(
    connection: &mut PgConnection,
    site: SiteId,
    mut log: Log,
    events: &[Unsealed],
    signing: (&LedgerKey, DateTime<Utc>),
) -> Result<(), StoreError> {
    let first = stored_size(site, log.frontier.size())?;
    let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    for event in events {
        // The document is the event; its stored hash is only a convenience of queries.
        log.frontier.push(leaf_hash(&event.document));
    }
    sqlx::query!(
        r#"
        insert into audit_leaf (site_id, index, event_id)
        select $1, $2 + place - 1, event_id
          from unnest($3::uuid[]) with ordinality as sealed (event_id, place)
        "#,
        site.uuid(),
        first,
        &ids,
    )
    .execute(&mut *connection)
    .await?;
    insert_checkpoint(connection, site, &log, signing).await
}

async fn insert_checkpoint(
    connection: &mut PgConnection,
    site: SiteId,
    log: &Log,
    (key, now): (&LedgerKey, DateTime<Utc>),
) -> Result<(), StoreError> {
    let head = TreeHead { size: log.frontier.size(), root: log.frontier.root() };
    let note = key
        .sign_checkpoint(&log.prefix, head)
        .map_err(|why| StoreError::inconsistent("site", "prefix", site, why))?;
    sqlx::query!(
        r#"
        insert into audit_checkpoint (site_id, number, size, root, frontier, note, sealed_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
        site.uuid(),
        log.number + 1,
        stored_size(site, head.size)?,
        head.root.as_bytes().as_slice(),
        log.frontier.to_bytes(),
        note.to_string(),
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn stored_size(site: SiteId, entries: u64) -> Result<i64, StoreError> {
    i64::try_from(entries)
        .map_err(|why| StoreError::inconsistent("audit_checkpoint", "size", site, why))
}
