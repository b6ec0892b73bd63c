//! Reading assessments and evaluations.

use chrono::{DateTime, Utc};
use clinical::assessment::Assessment;
use mdt::ids::{AssessmentId, EvaluationId, ProtocolVersionId, UserId};
use mdt::permission::Act;
use sqlx::PgConnection;

use super::{StoredAssessment, StoredEvaluation};
use crate::access::CaseKey;
use crate::{Reading, StoreError, stored};

/// The current assessment of a case.
pub(crate) async fn latest(
    connection: &mut PgConnection,
    case: &CaseKey,
) -> Result<Option<StoredAssessment>, StoreError> {
    at_ordinal(connection, case, None).await
}

async fn at_ordinal(
    connection: &mut PgConnection,
    case: &CaseKey,
    ordinal: Option<i32>,
) -> Result<Option<StoredAssessment>, StoreError> {
    let row = sqlx::query!(
        r#"
        select id as "id: AssessmentId", ordinal, document, recorded_by as "recorded_by: UserId", recorded_at
          from assessment
         where site_id = $1 and case_id = $2 and ($3::integer is null or ordinal = $3)
         order by ordinal desc limit 1
        "#,
        case.site.uuid(),
        case.id.uuid(),
        ordinal,
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let assessment = Assessment::from_canonical(&row.document)
            .map_err(|why| StoreError::inconsistent("assessment", "document", row.id, why))?;
        Ok(StoredAssessment {
            id: row.id,
            ordinal: row.ordinal,
            assessment,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at,
        })
    })
    .transpose()
}

/// The current assessment of the case that a page is about.
///
/// # Errors
/// When the database cannot be reached.
pub async fn current<A: Act>(
    reading: &mut Reading<A, CaseKey>,
) -> Result<Option<StoredAssessment>, StoreError> {
    let case = reading.subject.clone();
    latest(reading.connection(), &case).await
}

/// One assessment of the case by its ordinal.
///
/// # Errors
/// [`StoreError::NotFound`] when the case has no such assessment.
pub async fn numbered<A: Act>(
    reading: &mut Reading<A, CaseKey>,
    ordinal: i32,
) -> Result<StoredAssessment, StoreError> {
    let case = reading.subject.clone();
    at_ordinal(reading.connection(), &case, Some(ordinal)).await?.ok_or(StoreError::NotFound)
}

/// The evaluation of an assessment that counts: under the protocol of the case, else the latest.
///
/// # Errors
/// When the database cannot be reached.
pub async fn evaluation_of<A: Act>(
    reading: &mut Reading<A, CaseKey>,
    assessment: AssessmentId,
) -> Result<Option<StoredEvaluation>, StoreError> {
    let case = reading.subject.clone();
    latest_evaluation(reading.connection(), &case, assessment).await
}

/// The assessment that an evaluation of the case is about, and the protocol that it was made under.
///
/// # Errors
/// [`StoreError::NotFound`] when the case has no such evaluation.
pub async fn basis_of<A: Act>(
    reading: &mut Reading<A, CaseKey>,
    evaluation: EvaluationId,
) -> Result<(StoredAssessment, ProtocolVersionId), StoreError> {
    let case = reading.subject.clone();
    let row = sqlx::query!(
        r#"
        select a.ordinal, e.protocol_version_id as "protocol_version: ProtocolVersionId"
          from evaluation e
          join assessment a on a.site_id = e.site_id and a.id = e.assessment_id
         where e.site_id = $1 and e.case_id = $2 and e.id = $3
        "#,
        case.site.uuid(),
        case.id.uuid(),
        evaluation.uuid(),
    )
    .fetch_optional(reading.connection())
    .await?
    .ok_or(StoreError::NotFound)?;
    let assessment = at_ordinal(reading.connection(), &case, Some(row.ordinal)).await?;
    Ok((assessment.ok_or(StoreError::NotFound)?, row.protocol_version))
}

/// One evaluation of the case.
///
/// # Errors
/// [`StoreError::NotFound`] when the case has no such evaluation.
pub async fn evaluation<A: Act>(
    reading: &mut Reading<A, CaseKey>,
    id: EvaluationId,
) -> Result<StoredEvaluation, StoreError> {
    let (site, case) = (reading.subject.site, reading.subject.id);
    let row = sqlx::query_as!(
        EvaluationRow,
        r#"
        select id as "id: EvaluationId", assessment_id as "assessment: AssessmentId",
               protocol_version_id as "protocol_version: ProtocolVersionId", engine, document, hash,
               made_by as "made_by: UserId", made_at
          from evaluation where site_id = $1 and case_id = $2 and id = $3
        "#,
        site.uuid(),
        case.uuid(),
        id.uuid(),
    )
    .fetch_optional(reading.connection())
    .await?;
    row.ok_or(StoreError::NotFound)?.try_into()
}

async fn latest_evaluation(
    connection: &mut PgConnection,
    case: &CaseKey,
    assessment: AssessmentId,
) -> Result<Option<StoredEvaluation>, StoreError> {
    let row = sqlx::query_as!(
        EvaluationRow,
        r#"
        select id as "id: EvaluationId", assessment_id as "assessment: AssessmentId",
               protocol_version_id as "protocol_version: ProtocolVersionId", engine, document, hash,
               made_by as "made_by: UserId", made_at
          from evaluation where site_id = $1 and assessment_id = $2
         order by protocol_version_id = (select protocol_version_id from mdt_case where site_id = $1 and id = $3) desc,
                  made_at desc, id desc
         limit 1
        "#,
        case.site.uuid(),
        assessment.uuid(),
        case.id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    row.map(TryInto::try_into).transpose()
}

struct EvaluationRow {
    id: EvaluationId,
    assessment: AssessmentId,
    protocol_version: ProtocolVersionId,
    engine: i32,
    document: Vec<u8>,
    hash: Vec<u8>,
    made_by: Option<UserId>,
    made_at: DateTime<Utc>,
}

impl TryFrom<EvaluationRow> for StoredEvaluation {
    type Error = StoreError;

    fn try_from(row: EvaluationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            assessment: row.assessment,
            protocol_version: row.protocol_version,
            engine: row.engine,
            document: row.document,
            hash: stored::hash(&row.hash, ("evaluation", "hash"), row.id)?,
            made_by: row.made_by,
            made_at: row.made_at,
        })
    }
}
