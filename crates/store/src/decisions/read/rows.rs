//! The rows behind the decisions of a case, put together.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use mdt::coded::Coded;
use mdt::decision::{
    DecisionDocument, DecisionState, OutcomeKind, SignatureMeaning, SignatureMethod, VoidReason,
};
use mdt::ids::{
    AgendaItemId, CaseId, DecisionId, DecisionVersionId, EvaluationId, EventId, MeetingId, SiteId,
    UserId,
};
use sqlx::PgConnection;

use super::{CaseDecisions, Decision, Deed, Draft, Signature, SignedVersion, VoidTaken};
use crate::StoreError;
use crate::decisions::context::counted;
use crate::decisions::draft::amendment;
use crate::stored::hash;

pub(super) async fn decisions(
    connection: &mut PgConnection,
    site: SiteId,
    case: CaseId,
) -> Result<CaseDecisions, StoreError> {
    let rows = sqlx::query!(
        r#"
        select d.id as "id: DecisionId", d.ordinal, d.agenda_item_id as "item: AgendaItemId",
               i.meeting_id as "meeting: MeetingId", d.recorded_at
          from decision d
          join agenda_item i on i.site_id = d.site_id and i.id = d.agenda_item_id
         where d.site_id = $1 and d.case_id = $2
         order by d.ordinal
        "#,
        site.uuid(),
        case.uuid(),
    )
    .fetch_all(&mut *connection)
    .await?;
    if rows.is_empty() {
        return Ok(CaseDecisions(Vec::new()));
    }
    let mut drafts = drafts(connection, site, case).await?;
    let mut versions = versions(connection, site, case).await?;
    let mut voids = voids(connection, site, case).await?;
    let decisions = rows
        .into_iter()
        .map(|row| {
            let item = row.item.ok_or_else(|| {
                StoreError::inconsistent("decision", "agenda_item_id", row.id, "it has none")
            })?;
            Ok(Decision {
                id: row.id,
                ordinal: counted(row.ordinal, "decision", "ordinal", row.id)?,
                item,
                meeting: row.meeting,
                begun_at: row.recorded_at,
                draft: drafts.remove(&row.id),
                versions: versions.remove(&row.id).unwrap_or_default(),
                void: voids.remove(&row.id).unwrap_or_default(),
            })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(CaseDecisions(decisions))
}

async fn drafts(
    connection: &mut PgConnection,
    site: SiteId,
    case: CaseId,
) -> Result<BTreeMap<DecisionId, Draft>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select t.decision_id as "id: DecisionId", t.version, t.state,
               t.evaluation_id as "evaluation: EvaluationId", a.ordinal as evaluated, t.drafted_assessment,
               t.fields, t.document, t.sentence, t.reason_code, t.reason_words, t.row_version,
               t.recorded_by as "recorded_by: UserId", r.display_name as recorded_name, t.recorded_at,
               t.read_back_by as "read_back_by: UserId", b.display_name as "read_back_name?", t.read_back_at,
               t.confirmed_by as "confirmed_by: UserId", c.display_name as "confirmed_name?", t.confirmed_at
          from decision_draft t
          join evaluation e on e.site_id = t.site_id and e.id = t.evaluation_id
          join assessment a on a.site_id = e.site_id and a.id = e.assessment_id
          join app_user r on r.id = t.recorded_by
          left join app_user b on b.id = t.read_back_by
          left join app_user c on c.id = t.confirmed_by
         where t.site_id = $1 and t.case_id = $2 and t.state <> 'discarded'
        "#,
        site.uuid(),
        case.uuid(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let id = row.id;
            let bad =
                |column, why: String| StoreError::inconsistent("decision_draft", column, id, why);
            let document = row
                .document
                .map(|bytes| DecisionDocument::from_canonical(&bytes))
                .transpose()
                .map_err(|why| bad("document", why.to_string()))?;
            let draft = Draft {
                version: counted(row.version, "decision_draft", "version", id)?,
                state: DecisionState::from_code(&row.state)
                    .map_err(|why| bad("state", why.to_string()))?,
                evaluation: row.evaluation,
                evaluated_assessment: counted(row.evaluated, "assessment", "ordinal", id)?,
                drafted_assessment: counted(
                    row.drafted_assessment,
                    "decision_draft",
                    "drafted_assessment",
                    id,
                )?,
                fields: serde_json::from_slice(&row.fields)
                    .map_err(|why| bad("fields", why.to_string()))?,
                document,
                sentence: row.sentence,
                amendment: amendment(row.reason_code.as_deref(), row.reason_words, id)?,
                recorded: Deed {
                    user: row.recorded_by,
                    name: row.recorded_name,
                    at: row.recorded_at,
                },
                read_back: deed(row.read_back_by, row.read_back_name, row.read_back_at),
                confirmed: deed(row.confirmed_by, row.confirmed_name, row.confirmed_at),
                row_version: row.row_version,
            };
            Ok((id, draft))
        })
        .collect()
}

fn deed(user: Option<UserId>, name: Option<String>, at: Option<DateTime<Utc>>) -> Option<Deed> {
    Some(Deed { user: user?, name: name?, at: at? })
}

async fn versions(
    connection: &mut PgConnection,
    site: SiteId,
    case: CaseId,
) -> Result<BTreeMap<DecisionId, Vec<SignedVersion>>, StoreError> {
    let mut signatures = signatures(connection, site, case).await?;
    let rows = sqlx::query!(
        r#"
        select v.id as "id: DecisionVersionId", v.decision_id as "decision: DecisionId", v.version,
               v.evaluation_id as "evaluation: EvaluationId", v.outcome_kind, v.document, v.hash, v.sentence,
               v.supersedes, v.reason_code, v.reason_words, v.signed_at,
               v.recorded_by as "recorded_by: UserId", r.display_name as recorded_name, v.recorded_at,
               v.confirmed_by as "confirmed_by: UserId", c.display_name as confirmed_name, v.confirmed_at
          from decision_version v
          join app_user r on r.id = v.recorded_by
          join app_user c on c.id = v.confirmed_by
         where v.site_id = $1 and v.case_id = $2
         order by v.decision_id, v.version
        "#,
        site.uuid(),
        case.uuid(),
    )
    .fetch_all(connection)
    .await?;
    let mut versions: BTreeMap<DecisionId, Vec<SignedVersion>> = BTreeMap::new();
    for row in rows {
        let id = row.id;
        let bad =
            |column, why: String| StoreError::inconsistent("decision_version", column, id, why);
        let supersedes = row
            .supersedes
            .map(|before| counted(before, "decision_version", "supersedes", id))
            .transpose()?;
        let version = SignedVersion {
            id,
            version: counted(row.version, "decision_version", "version", id)?,
            evaluation: row.evaluation,
            outcome: OutcomeKind::from_code(&row.outcome_kind)
                .map_err(|why| bad("outcome_kind", why.to_string()))?,
            document: DecisionDocument::from_canonical(&row.document)
                .map_err(|why| bad("document", why.to_string()))?,
            bytes: row.document,
            hash: hash(&row.hash, ("decision_version", "hash"), id)?,
            sentence: row.sentence,
            supersedes,
            amendment: amendment(row.reason_code.as_deref(), row.reason_words, row.decision)?,
            recorded: Deed { user: row.recorded_by, name: row.recorded_name, at: row.recorded_at },
            confirmed: Deed {
                user: row.confirmed_by,
                name: row.confirmed_name,
                at: row.confirmed_at,
            },
            signed_at: row.signed_at,
            signatures: signatures.remove(&id).unwrap_or_default(),
        };
        versions.entry(row.decision).or_default().push(version);
    }
    Ok(versions)
}

async fn signatures(
    connection: &mut PgConnection,
    site: SiteId,
    case: CaseId,
) -> Result<BTreeMap<DecisionVersionId, Vec<Signature>>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select s.decision_version_id as "version: DecisionVersionId", s.signer_id as "signer: UserId",
               u.display_name, s.meaning, s.method, s.signed_at, s.event_id as "event: EventId"
          from decision_signature s
          join app_user u on u.id = s.signer_id
         where s.site_id = $1 and s.case_id = $2
         order by s.signed_at, s.signer_id
        "#,
        site.uuid(),
        case.uuid(),
    )
    .fetch_all(connection)
    .await?;
    let mut signatures: BTreeMap<DecisionVersionId, Vec<Signature>> = BTreeMap::new();
    for row in rows {
        let signature = Signature {
            signer: Deed { user: row.signer, name: row.display_name, at: row.signed_at },
            meaning: SignatureMeaning::from_code(&row.meaning).map_err(|why| {
                StoreError::inconsistent("decision_signature", "meaning", row.version, why)
            })?,
            method: SignatureMethod::from_code(&row.method).map_err(|why| {
                StoreError::inconsistent("decision_signature", "method", row.version, why)
            })?,
            event: row.event,
        };
        signatures.entry(row.version).or_default().push(signature);
    }
    Ok(signatures)
}

async fn voids(
    connection: &mut PgConnection,
    site: SiteId,
    case: CaseId,
) -> Result<BTreeMap<DecisionId, Vec<VoidTaken>>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select o.decision_id as "decision: DecisionId", o.reason_code, o.words,
               o.asked_by as "asked_by: UserId", u.display_name, o.asked_at
          from decision_void o
          join app_user u on u.id = o.asked_by
         where o.site_id = $1 and o.case_id = $2
           and o.version = (select max(v.version) from decision_version v
                             where v.site_id = o.site_id and v.decision_id = o.decision_id)
         order by o.decision_id, o.ordinal
        "#,
        site.uuid(),
        case.uuid(),
    )
    .fetch_all(connection)
    .await?;
    let mut voids: BTreeMap<DecisionId, Vec<VoidTaken>> = BTreeMap::new();
    for row in rows {
        let taken = VoidTaken {
            by: Deed { user: row.asked_by, name: row.display_name, at: row.asked_at },
            reason: VoidReason::from_code(&row.reason_code).map_err(|why| {
                StoreError::inconsistent("decision_void", "reason_code", row.decision, why)
            })?,
            words: row.words,
        };
        voids.entry(row.decision).or_default().push(taken);
    }
    Ok(voids)
}
