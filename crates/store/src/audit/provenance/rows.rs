//! The rows behind [`super::Provenance`].

use chrono::{DateTime, Utc};
use mdt::coded::Coded;
use mdt::decision::{Amendment, DecisionDocument, SignatureMeaning, SignatureMethod};
use mdt::event::{AuditEvent, DataValue, EventGroup, EventKind, SubjectKind};
use mdt::ids::{
    AssessmentId, CaseId, DecisionId, DecisionVersionId, EvaluationId, EventId, ProtocolVersionId,
    SiteId, UserId,
};
use rules::canonical::Hash;
use sqlx::PgConnection;

use super::{Checkpointed, EvaluationRecord, RuleRecord, SignedRecord, StoredDocument};
use crate::StoreError;
use crate::audit::entry::{Entry, EntryRow};
use crate::decisions::read::{Deed, Signature};
use crate::ledger::reference;

pub(super) async fn records(
    connection: &mut PgConnection,
    site: SiteId,
    case: CaseId,
    decision: DecisionId,
) -> Result<Vec<SignedRecord>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select v.id as "id: DecisionVersionId", d.ordinal, v.version, v.document, v.hash, v.sentence,
               v.evaluation_id as "evaluation: EvaluationId", v.reason_code, v.reason_words, v.signed_at,
               v.recorded_by as "recorded_by: UserId", r.display_name as recorded_name, v.recorded_at,
               v.confirmed_by as "confirmed_by: UserId", c.display_name as confirmed_name, v.confirmed_at
          from decision_version v
          join decision d on d.site_id = v.site_id and d.id = v.decision_id
          join app_user r on r.id = v.recorded_by
          join app_user c on c.id = v.confirmed_by
         where v.site_id = $1 and v.case_id = $2 and v.decision_id = $3
         order by v.version
        "#,
        site.uuid(),
        case.uuid(),
        decision.uuid(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let version = u32::try_from(row.version).map_err(|why| {
                StoreError::inconsistent("decision_version", "version", row.id, why)
            })?;
            Ok(SignedRecord {
                decision,
                ordinal: row.ordinal,
                id: row.id,
                version,
                document: DecisionDocument::from_canonical(&row.document)
                    .map_err(|why| why.to_string()),
                signed: StoredDocument::of(row.document, &row.hash),
                sentence: row.sentence,
                evaluation: row.evaluation,
                amendment: amendment(row.id, row.reason_code.as_deref(), row.reason_words)?,
                recorded: Deed {
                    user: row.recorded_by,
                    name: row.recorded_name,
                    at: row.recorded_at,
                },
                confirmed: Deed {
                    user: row.confirmed_by,
                    name: row.confirmed_name,
                    at: row.confirmed_at,
                },
                signed_at: row.signed_at,
                signatures: Vec::new(),
            })
        })
        .collect()
}

fn amendment(
    version: DecisionVersionId,
    code: Option<&str>,
    words: Option<String>,
) -> Result<Option<Amendment>, StoreError> {
    code.map(|code| {
        let reason = Coded::from_code(code).map_err(|why| {
            StoreError::inconsistent("decision_version", "reason_code", version, why)
        })?;
        Ok(Amendment { reason, words: words.unwrap_or_default() })
    })
    .transpose()
}

pub(super) async fn signatures(
    connection: &mut PgConnection,
    site: SiteId,
    version: DecisionVersionId,
) -> Result<Vec<Signature>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select s.signer_id as "signer: UserId", u.display_name, s.meaning, s.method, s.signed_at,
               s.event_id as "event: EventId"
          from decision_signature s join app_user u on u.id = s.signer_id
         where s.site_id = $1 and s.decision_version_id = $2
         order by s.signed_at, s.signer_id
        "#,
        site.uuid(),
        version.uuid(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let bad = |column, why: String| {
                StoreError::inconsistent("decision_signature", column, version, why)
            };
            Ok(Signature {
                signer: Deed { user: row.signer, name: row.display_name, at: row.signed_at },
                meaning: SignatureMeaning::from_code(&row.meaning)
                    .map_err(|why| bad("meaning", why.to_string()))?,
                method: SignatureMethod::from_code(&row.method)
                    .map_err(|why| bad("method", why.to_string()))?,
                event: row.event,
            })
        })
        .collect()
}

pub(super) async fn evaluation(
    connection: &mut PgConnection,
    site: SiteId,
    record: &SignedRecord,
) -> Result<EvaluationRecord, StoreError> {
    let row = sqlx::query!(
        r#"
        select e.engine, e.made_at, e.document, e.hash,
               a.id as "assessment: AssessmentId", a.ordinal, a.document as facts, a.hash as facts_hash,
               p.id as "protocol_version: ProtocolVersionId", p.protocol, p.version, p.canonical, p.hash as pins_hash
          from evaluation e
          join assessment a on a.site_id = e.site_id and a.id = e.assessment_id
          join protocol_version p on p.id = e.protocol_version_id
         where e.site_id = $1 and e.id = $2
        "#,
        site.uuid(),
        record.evaluation.uuid(),
    )
    .fetch_optional(&mut *connection)
    .await?
    .ok_or_else(|| StoreError::inconsistent("decision_version", "evaluation_id", record.id, "there is no such row"))?;
    Ok(EvaluationRecord {
        id: record.evaluation,
        engine: row.engine,
        made_at: row.made_at,
        result: StoredDocument::of(row.document, &row.hash),
        assessment: row.assessment,
        assessment_ordinal: row.ordinal,
        facts: StoredDocument::of(row.facts, &row.facts_hash),
        protocol_version: row.protocol_version,
        protocol: row.protocol,
        protocol_number: row.version,
        pins: StoredDocument::of(row.canonical, &row.pins_hash),
        rule_sets: rule_sets(connection, row.protocol_version, record.signed_at).await?,
    })
}

async fn rule_sets(
    connection: &mut PgConnection,
    protocol: ProtocolVersionId,
    signed_at: DateTime<Utc>,
) -> Result<Vec<RuleRecord>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select v.rule_set, v.version, v.title, v.canonical, v.hash,
               (select s.state from rule_state s where s.rule_set_version_id = v.id and s.changed_at <= $2
                 order by s.ordinal desc limit 1) as state_then,
               (select s.state from rule_state s where s.rule_set_version_id = v.id
                 order by s.ordinal desc limit 1) as state_now
          from protocol_rule_set p
          join rule_set_version v on v.id = p.rule_set_version_id
         where p.protocol_version_id = $1
         order by p.position
        "#,
        protocol.uuid(),
        signed_at,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RuleRecord {
            rule_set: row.rule_set,
            version: row.version,
            title: row.title,
            document: StoredDocument::of(row.canonical, &row.hash),
            state_then: row.state_then,
            state_now: row.state_now,
        })
        .collect())
}

/// The events that say how the version and what it rests on came about. An event that cannot be read is
/// kept: nobody can tell any more what it was about.
pub(super) async fn events_about(
    connection: &mut PgConnection,
    site: SiteId,
    case: CaseId,
    record: &SignedRecord,
    evaluation: &EvaluationRecord,
) -> Result<Vec<Entry>, StoreError> {
    let mut kinds: Vec<EventKind> = EventKind::of(EventGroup::Decision).collect();
    kinds.extend(EventKind::of(EventGroup::Facts));
    let mut entries = of_case(connection, site, case, &kinds, None).await?;
    entries.retain(|entry| match &entry.event {
        Some(event) => is_about(event, record.decision, evaluation),
        None => true,
    });
    entries.reverse();
    Ok(entries)
}

fn is_about(event: &AuditEvent, decision: DecisionId, evaluation: &EvaluationRecord) -> bool {
    let of_decision = event.subject.as_ref().is_some_and(|subject| {
        subject.kind == SubjectKind::Decision && subject.id == decision.to_string()
    });
    let states = |key: &str, hash: Hash| event.data.get(key) == Some(&DataValue::from(hash));
    of_decision
        || states(reference::ASSESSMENT, evaluation.facts.hash_again())
        || evaluation.facts.hash.is_some_and(|hash| states(reference::ASSESSMENT, hash))
        || evaluation.result.hash.is_some_and(|hash| states(reference::EVALUATION, hash))
}

/// Events of a case of these kinds, the latest first.
pub(super) async fn of_case(
    connection: &mut PgConnection,
    site: SiteId,
    case: CaseId,
    kinds: &[EventKind],
    limit: Option<i64>,
) -> Result<Vec<Entry>, StoreError> {
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.code().to_owned()).collect();
    let rows = sqlx::query_as!(
        EntryRow,
        r#"
        select e.id as "id: EventId", e.at, e.kind, e.document, e.leaf_hash, l.index as "index?",
               c.number as "case_number?"
          from audit_event e
          left join audit_leaf l on l.site_id = e.site_id and l.event_id = e.id
          left join mdt_case c on c.site_id = e.site_id and c.id = e.case_id
         where e.site_id = $1 and e.case_id = $2 and e.kind = any ($3)
         order by e.at desc, e.id desc
         limit $4
        "#,
        site.uuid(),
        case.uuid(),
        &kinds,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Entry::of).collect())
}

pub(super) async fn checkpoint(
    connection: &mut PgConnection,
    site: SiteId,
    index: i64,
) -> Result<Option<Checkpointed>, StoreError> {
    let found = sqlx::query!(
        r#"select number, size, root, note, sealed_at from audit_checkpoint
            where site_id = $1 and size > $2 order by number limit 1"#,
        site.uuid(),
        index,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(found) = found else { return Ok(None) };
    let leaves = sqlx::query_scalar!(
        r#"
        select e.leaf_hash
          from audit_leaf l join audit_event e on e.site_id = l.site_id and e.id = l.event_id
         where l.site_id = $1 and l.index < $2
         order by l.index
        "#,
        site.uuid(),
        found.size,
    )
    .fetch_all(connection)
    .await?;
    let hash = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).ok().map(Hash::from_bytes);
    Ok(Some(Checkpointed {
        number: found.number,
        size: found.size,
        root: hash(&found.root),
        note: found.note,
        sealed_at: found.sealed_at,
        leaves: leaves.iter().map(|leaf| hash(leaf)).collect(),
    }))
}

/// The name of a log, its key and its size.
pub(in crate::audit) async fn log_of(
    connection: &mut PgConnection,
    site: SiteId,
) -> Result<(String, Option<String>, i64), StoreError> {
    let row = sqlx::query!(
        r#"
        select i.name, s.prefix,
               (select verifier from ledger_key order by since desc, id desc limit 1) as verifier,
               (select coalesce(max(index) + 1, 0) from audit_leaf where site_id = s.id) as "size!"
          from site s, installation i
         where s.id = $1
        "#,
        site.uuid(),
    )
    .fetch_one(connection)
    .await?;
    Ok((format!("{}/{}", row.name, row.prefix), row.verifier, row.size))
}
