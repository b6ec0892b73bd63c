//! The rows of each kind as records of a bundle.

use mdt::ids::SiteId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::bundle::{
    Assessment, Bytes, DecisionVersion, Evaluation, Event, Payload, Record, Staff, Versioned,
};
use crate::StoreError;
use crate::stored::hash;

/// Reads a number that is never negative.
pub(super) fn natural<T: TryInto<U>, U>(
    number: T,
    (table, column): (&'static str, &'static str),
    row: impl ToString,
) -> Result<U, StoreError> {
    let negative = |_| StoreError::inconsistent(table, column, row, "it is negative");
    number.try_into().map_err(negative)
}

/// A rule set or a protocol as it is stored.
struct VersionedRow {
    id: Uuid,
    name: String,
    version: i32,
    canonical: Vec<u8>,
    hash: Vec<u8>,
}

impl VersionedRow {
    fn record(
        self,
        table: &'static str,
        kind: impl Fn(Versioned) -> Record,
    ) -> Result<(Uuid, Record), StoreError> {
        let record = Versioned {
            id: self.name,
            version: natural(self.version, (table, "version"), self.id)?,
            hash: hash(&self.hash, (table, "hash"), self.id)?,
            document: Bytes(self.canonical),
        };
        Ok((self.id, kind(record)))
    }
}

pub(super) async fn rule_sets(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Record)>, StoreError> {
    let rows = sqlx::query_as!(
        VersionedRow,
        "select id, rule_set as name, version, canonical, hash from rule_set_version where id = any ($1)",
        ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.record("rule_set_version", Record::RuleSet)).collect()
}

pub(super) async fn protocols(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Record)>, StoreError> {
    let rows = sqlx::query_as!(
        VersionedRow,
        "select id, protocol as name, version, canonical, hash from protocol_version where id = any ($1)",
        ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.record("protocol_version", Record::Protocol)).collect()
}

pub(super) async fn assessments(
    connection: &mut PgConnection,
    site: SiteId,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Record)>, StoreError> {
    let rows = sqlx::query!(
        r#"select id, case_id, ordinal, document, hash from assessment
            where site_id = $1 and id = any ($2)"#,
        site.uuid(),
        ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let record = Assessment {
                id: row.id,
                case: row.case_id,
                ordinal: natural(row.ordinal, ("assessment", "ordinal"), row.id)?,
                hash: hash(&row.hash, ("assessment", "hash"), row.id)?,
                document: Bytes(row.document),
            };
            Ok((row.id, Record::Assessment(record)))
        })
        .collect()
}

pub(super) async fn evaluations(
    connection: &mut PgConnection,
    site: SiteId,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Record)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select e.id, e.case_id, e.engine, e.document, e.hash,
               a.hash as assessment_hash, p.hash as protocol_hash
          from evaluation e
          join assessment a on a.site_id = e.site_id and a.id = e.assessment_id
          join protocol_version p on p.id = e.protocol_version_id
         where e.site_id = $1 and e.id = any ($2)
        "#,
        site.uuid(),
        ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let record = Evaluation {
                id: row.id,
                case: row.case_id,
                assessment: hash(&row.assessment_hash, ("assessment", "hash"), row.id)?,
                protocol: hash(&row.protocol_hash, ("protocol_version", "hash"), row.id)?,
                engine: natural(row.engine, ("evaluation", "engine"), row.id)?,
                hash: hash(&row.hash, ("evaluation", "hash"), row.id)?,
                document: Bytes(row.document),
            };
            Ok((row.id, Record::Evaluation(record)))
        })
        .collect()
}

pub(super) async fn decisions(
    connection: &mut PgConnection,
    site: SiteId,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Record)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select v.id, v.decision_id, v.case_id, v.version, v.document, v.hash,
               e.hash as evaluation_hash
          from decision_version v
          join evaluation e on e.site_id = v.site_id and e.id = v.evaluation_id
         where v.site_id = $1 and v.id = any ($2)
        "#,
        site.uuid(),
        ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let record = DecisionVersion {
                id: row.id,
                decision: row.decision_id,
                case: row.case_id,
                version: natural(row.version, ("decision_version", "version"), row.id)?,
                evaluation: hash(&row.evaluation_hash, ("evaluation", "hash"), row.id)?,
                hash: hash(&row.hash, ("decision_version", "hash"), row.id)?,
                document: Bytes(row.document),
            };
            Ok((row.id, Record::DecisionVersion(record)))
        })
        .collect()
}

pub(super) async fn events(
    connection: &mut PgConnection,
    site: SiteId,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Record)>, StoreError> {
    let rows = sqlx::query!(
        "select id, document, leaf_hash from audit_event where site_id = $1 and id = any ($2)",
        site.uuid(),
        ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let leaf = hash(&row.leaf_hash, ("audit_event", "leaf_hash"), row.id)?;
            let record = Event { id: row.id, leaf, document: Bytes(row.document) };
            Ok((row.id, Record::Event(record)))
        })
        .collect()
}

pub(super) async fn payloads(
    connection: &mut PgConnection,
    site: SiteId,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Record)>, StoreError> {
    let rows = sqlx::query!(
        r#"select event_id, salt, document, erased_at from audit_payload
            where site_id = $1 and event_id = any ($2)"#,
        site.uuid(),
        ids,
    )
    .fetch_all(connection)
    .await?;
    let record = |event, salt: Option<Vec<u8>>, document: Option<Vec<u8>>, erased_at| {
        let (salt, document) = (salt.map(Bytes), document.map(Bytes));
        Record::Payload(Payload { event, salt, document, erased_at })
    };
    Ok(rows
        .into_iter()
        .map(|row| (row.event_id, record(row.event_id, row.salt, row.document, row.erased_at)))
        .collect())
}

pub(super) async fn staff(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Record)>, StoreError> {
    let rows = sqlx::query!("select id, display_name from app_user where id = any ($1)", ids)
        .fetch_all(connection)
        .await?;
    let record = |id, name| (id, Record::Staff(Staff { id, name }));
    Ok(rows.into_iter().map(|row| record(row.id, row.display_name)).collect())
}
