//! Assessments and their evaluations: immutable, numbered within the case, each evaluated in the same
//! transaction under the protocol that the case has pinned.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use clinical::assessment::{AnswerErrors, Answers, Assessment, Change, Context, Route};
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{AssessmentId, EvaluationId, LesionId, ProtocolVersionId, UserId};
use mdt::permission::{Act, act};
use rules::value::{Fact, FactValue};
use rules::{Compiled, Evaluation, Hash};
use sqlx::PgConnection;

use crate::access::CaseKey;
use crate::error::on_constraint;
use crate::patients::{self, acting_user};
use crate::{Command, Committed, Reading, Store, StoreError, rule_sets};

/// A stored assessment.
#[derive(Debug, Clone)]
pub struct StoredAssessment {
    /// Id.
    pub id: AssessmentId,
    /// First, second, … of the case.
    pub ordinal: i32,
    /// The facts.
    pub assessment: Assessment,
    /// Who saved it.
    pub recorded_by: UserId,
    /// When.
    pub recorded_at: DateTime<Utc>,
}

/// A stored evaluation: what was recorded, not what would come out today.
#[derive(Debug, Clone)]
pub struct StoredEvaluation {
    /// Id.
    pub id: EvaluationId,
    /// The assessment it evaluates.
    pub assessment: AssessmentId,
    /// The protocol version.
    pub protocol_version: ProtocolVersionId,
    /// The engine number.
    pub engine: i32,
    /// Canonical JSON, the exact bytes.
    pub document: Vec<u8>,
    /// SHA-256 of them.
    pub hash: Hash,
    /// Who asked for it.
    pub made_by: Option<UserId>,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// Why an assessment was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The facts contradict each other, or nothing was recorded.
    #[error("the facts cannot be saved as they are")]
    Answers(AnswerErrors),
    /// Somebody saved another one since the form was opened: both, for the merge page.
    #[error("the form was based on assessment {base}, the current one is {}", .current.ordinal)]
    Stale {
        /// The ordinal that the form was based on; 0 for none.
        base: i32,
        /// What is current now.
        current: Box<StoredAssessment>,
    },
    /// The database or a guard.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The ordinal within the case as an unsigned number, as the domain counts.
fn unsigned(ordinal: i32) -> u32 {
    u32::try_from(ordinal).unwrap_or(0)
}

/// Saves the next assessment of a case, and its evaluation where the site has a protocol.
///
/// `base` is the ordinal of the assessment that the form showed, 0 for the first.
///
/// # Errors
/// [`SaveError`].
pub async fn save(
    store: &Store,
    mut command: Command<act::AssessmentSave, CaseKey>,
    answers: &Answers,
    base: i32,
    route: Route,
) -> Result<(i32, Committed), SaveError> {
    let case = command.subject.clone();
    if !case.open {
        return Err(StoreError::Refused("the case is closed: reopen it first".to_owned()).into());
    }
    let user = acting_user(command.actor().user())?;
    let current = latest(command.connection(), &case).await?;
    let current_ordinal = current.as_ref().map_or(0, |current| current.ordinal);
    if current_ordinal != base {
        return Err(stale(base, current));
    }
    let context = Context {
        recorded_by: user.to_string(),
        recorded_at: command.now(),
        assessed_at: command.now(),
        route,
        patient: patient_facts(command.connection(), &case).await?,
    };
    let previous = current.as_ref().map(|current| (&current.assessment, unsigned(current.ordinal)));
    let (assessment, change) =
        Assessment::next(previous, answers, &context).map_err(SaveError::Answers)?;
    let ordinal = base + 1;
    let id = match insert(&mut command, &case, &assessment, ordinal, user).await {
        Err(StoreError::Stale { .. }) => {
            return Err(StoreError::Stale { base: base.into(), current: ordinal.into() }.into());
        }
        other => other?,
    };
    let protocol = pin(&mut command, &case).await?;
    let mut event = assessment_event(&case, id, ordinal, base, &assessment, &change);
    if let Some(protocol) = protocol {
        let compiled = store.compiled(protocol).await?;
        let evaluation = evaluate(&compiled, &assessment)?;
        let (_, hash) =
            insert_evaluation(&mut command, &case, id, protocol, &evaluation, Some(user)).await?;
        event = event
            .data("evaluation", hash)
            .data("protocol", compiled.hash())
            .data("engine", rules::ENGINE);
    }
    let committed = command.commit(event, format!("/cases/{}", case.number)).await?;
    Ok((ordinal, committed))
}

fn stale(base: i32, current: Option<StoredAssessment>) -> SaveError {
    match current {
        Some(current) => SaveError::Stale { base, current: Box::new(current) },
        None => StoreError::Refused(
            "the form was based on an assessment that this case does not have".to_owned(),
        )
        .into(),
    }
}

fn assessment_event(
    case: &CaseKey,
    id: AssessmentId,
    ordinal: i32,
    base: i32,
    assessment: &Assessment,
    change: &Change,
) -> Event {
    let names = |keys: &[clinical::assessment::FactKey]| {
        keys.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let mut event = Event::new(EventKind::AssessmentSaved)
        .subject_version(SubjectKind::Assessment, id, unsigned(ordinal))
        .case(case.id)
        .patient(case.patient)
        .data("ordinal", ordinal)
        .data("base", base)
        .data("changed", names(&change.changed))
        .data("confirmed", names(&change.confirmed))
        .data("assessment", assessment.hash());
    if !change.removed_levels.is_empty() {
        let levels: Vec<String> =
            change.removed_levels.iter().map(|left| left.level.to_string()).collect();
        let reasons: Vec<&str> =
            change.removed_levels.iter().map(|left| left.reason.as_str()).collect();
        event = event.data("left_out", levels).private("left_out_reasons", reasons);
    }
    event
}

/// The facts of the patient's record at this moment.
async fn patient_facts(
    connection: &mut PgConnection,
    case: &CaseKey,
) -> Result<BTreeMap<String, Fact>, StoreError> {
    let patient = patients::read(connection, case.patient).await?;
    let known = |value| Fact::Known(value);
    let mut facts = BTreeMap::from([
        (
            "birth-date".to_owned(),
            known(FactValue::Date(patient.particulars.birth_date.date().to_string())),
        ),
        (
            "sex".to_owned(),
            known(FactValue::Code(mdt::coded::Coded::code(patient.particulars.sex).to_owned())),
        ),
    ]);
    if let Some(date) = patient.death_date {
        facts.insert("vital-status".to_owned(), known(FactValue::Code("dead".to_owned())));
        facts.insert("death-date".to_owned(), known(FactValue::Date(date.to_string())));
    }
    Ok(facts)
}

async fn insert(
    command: &mut Command<act::AssessmentSave, CaseKey>,
    case: &CaseKey,
    assessment: &Assessment,
    ordinal: i32,
    user: UserId,
) -> Result<AssessmentId, StoreError> {
    let id: AssessmentId = command.new_id();
    let now = command.now();
    let code = |fact: &str| match assessment.value(fact, None) {
        Some(FactValue::Code(code)) => Some(code.clone()),
        _ => None,
    };
    let kps = match assessment.value("kps", None) {
        Some(FactValue::Integer(kps)) => i32::try_from(*kps).ok(),
        _ => None,
    };
    let hash = assessment.hash();
    let marks = clinical::marks::of(assessment)
        .map_err(|error| StoreError::Refused(format!("the case cannot be marked: {error}")))?;
    let inserted = sqlx::query!(
        r#"
        insert into assessment (site_id, id, case_id, ordinal, base_ordinal, document, hash, histology, kps, frankel,
                                deficit_course, worst_escc, cord_at_risk, assessed_at, recorded_by, recorded_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        "#,
        case.site.uuid(),
        id.uuid(),
        case.id.uuid(),
        ordinal,
        Some(ordinal - 1).filter(|base| *base > 0),
        assessment.canonical_bytes(),
        hash.as_bytes().as_slice(),
        code("histology"),
        kps,
        code("frankel"),
        code("deficit-course"),
        marks.worst_escc,
        marks.is_cord_at_risk(),
        assessment.assessed_at(),
        user.uuid(),
        now,
    )
    .execute(command.connection())
    .await
    .map_err(StoreError::from);
    on_constraint(inserted.map(drop), "assessment_ordinal", || StoreError::Stale {
        base: i64::from(ordinal) - 1,
        current: ordinal.into(),
    })?;
    for level in assessment.levels() {
        let lesion: LesionId = command.new_id();
        sqlx::query!(
            r#"insert into lesion (site_id, id, case_id, level, added_at) values ($1, $2, $3, $4, $5)
               on conflict (site_id, case_id, level) do nothing"#,
            case.site.uuid(),
            lesion.uuid(),
            case.id.uuid(),
            level.code(),
            now,
        )
        .execute(command.connection())
        .await?;
    }
    Ok(id)
}

/// The protocol version that the case uses; its first assessment pins the one in force.
async fn pin(
    command: &mut Command<act::AssessmentSave, CaseKey>,
    case: &CaseKey,
) -> Result<Option<ProtocolVersionId>, StoreError> {
    if case.protocol_version.is_some() {
        return Ok(case.protocol_version);
    }
    let now = command.now();
    let Some(protocol) = rule_sets::in_force(command.connection(), case.site, now).await? else {
        return Ok(None);
    };
    sqlx::query!(
        r#"update mdt_case set protocol_version_id = $3, row_version = row_version + 1
            where site_id = $1 and id = $2 and protocol_version_id is null"#,
        case.site.uuid(),
        case.id.uuid(),
        protocol.uuid(),
    )
    .execute(command.connection())
    .await?;
    Ok(Some(protocol))
}

/// Evaluates an assessment under a compiled protocol.
///
/// # Errors
/// When a fact has a value that the protocol's dictionary does not know.
pub fn evaluate(
    compiled: &Arc<Compiled>,
    assessment: &Assessment,
) -> Result<Evaluation, StoreError> {
    let evaluation = rules::evaluate(compiled, &assessment.facts())
        .map_err(|error| StoreError::Refused(format!("the facts cannot be evaluated: {error}")))?;
    Ok(evaluation.of_assessment(assessment.hash()))
}

async fn insert_evaluation<A: Act>(
    command: &mut Command<A, CaseKey>,
    case: &CaseKey,
    assessment: AssessmentId,
    protocol: ProtocolVersionId,
    evaluation: &Evaluation,
    user: Option<UserId>,
) -> Result<(EvaluationId, Hash), StoreError> {
    let id: EvaluationId = command.new_id();
    let now = command.now();
    let document =
        evaluation.to_bytes().map_err(|error| StoreError::Canonical(error.to_string()))?;
    let hash = Hash::of(&document);
    let engine = i32::try_from(rules::ENGINE).unwrap_or(i32::MAX);
    sqlx::query!(
        r#"
        insert into evaluation (site_id, id, case_id, assessment_id, protocol_version_id, engine, document, hash, made_by,
                                made_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
        case.site.uuid(),
        id.uuid(),
        case.id.uuid(),
        assessment.uuid(),
        protocol.uuid(),
        engine,
        document,
        hash.as_bytes().as_slice(),
        user.map(UserId::uuid),
        now,
    )
    .execute(command.connection())
    .await?;
    insert_results(command.connection(), case, id, evaluation).await?;
    Ok((id, hash))
}

async fn insert_results(
    connection: &mut PgConnection,
    case: &CaseKey,
    id: EvaluationId,
    evaluation: &Evaluation,
) -> Result<(), StoreError> {
    let small = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
    for result in evaluation.results() {
        let total = result.total();
        let totals: Option<Vec<i32>> =
            total.as_ref().map(|total| total.possible.iter().map(|one| small(*one)).collect());
        let bands: Vec<String> = result.bands().iter().map(|band| band.id.clone()).collect();
        let grades: Vec<String> = match result.grade() {
            None => Vec::new(),
            Some(rules::result::Grade::NotApplicable) => vec!["not-applicable".to_owned()],
            Some(rules::result::Grade::Values(values)) => values.iter().map(grade_text).collect(),
        };
        let rule_set = result.rule_set();
        sqlx::query!(
            r#"
            insert into evaluation_result (site_id, evaluation_id, case_id, rule_set, level, version, total_min, total_max,
                                           totals, bands, grades)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            "#,
            case.site.uuid(),
            id.uuid(),
            case.id.uuid(),
            rule_set.id,
            result.level().unwrap_or_default(),
            i32::try_from(rule_set.version).unwrap_or(i32::MAX),
            total.as_ref().map(|total| small(total.min)),
            total.as_ref().map(|total| small(total.max)),
            totals.as_deref(),
            &bands,
            &grades,
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// A value as the column of grades has it: a code, a number, or an interval that may be open upwards.
fn grade_text(value: &rules::Value<'_>) -> String {
    match value {
        rules::Value::Code(code) => (*code).to_owned(),
        rules::Value::Bool(value) => value.to_string(),
        rules::Value::Number(number) => number.to_string(),
        rules::Value::Between(from, to) => format!("{from}-{to}"),
    }
}

/// Evaluates the current assessment under the protocol in force now and moves the case's pin to it:
/// because a person asked, never by itself.
///
/// # Errors
/// [`StoreError::Refused`] when there is nothing to evaluate or no newer protocol.
pub async fn make_evaluation(
    store: &Store,
    mut command: Command<act::EvaluationMake, CaseKey>,
) -> Result<Committed, StoreError> {
    let case = command.subject.clone();
    let refused = |words: &str| StoreError::Refused(words.to_owned());
    let current = latest(command.connection(), &case)
        .await?
        .ok_or_else(|| refused("the case has no assessment yet"))?;
    let now = command.now();
    let in_force = rule_sets::in_force(command.connection(), case.site, now)
        .await?
        .ok_or_else(|| refused("the site has no active protocol"))?;
    if case.protocol_version == Some(in_force) {
        return Err(refused("the case uses the protocol in force already"));
    }
    let compiled = store.compiled(in_force).await?;
    let evaluation = evaluate(&compiled, &current.assessment)?;
    let user = command.actor().user();
    let (id, hash) =
        insert_evaluation(&mut command, &case, current.id, in_force, &evaluation, user).await?;
    sqlx::query!(
        r#"update mdt_case set protocol_version_id = $3, row_version = row_version + 1
            where site_id = $1 and id = $2 and row_version = $4"#,
        case.site.uuid(),
        case.id.uuid(),
        in_force.uuid(),
        case.row_version,
    )
    .execute(command.connection())
    .await?;
    let event = Event::new(EventKind::EvaluationMade)
        .subject(SubjectKind::Evaluation, id)
        .case(case.id)
        .patient(case.patient)
        .data("assessment", current.assessment.hash())
        .data("evaluation", hash)
        .data("protocol", compiled.hash())
        .data("engine", rules::ENGINE);
    command.commit(event, format!("/cases/{}", case.number)).await
}

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

/// The latest evaluation of an assessment.
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

pub(crate) async fn latest_evaluation(
    connection: &mut PgConnection,
    case: &CaseKey,
    assessment: AssessmentId,
) -> Result<Option<StoredEvaluation>, StoreError> {
    let row = sqlx::query!(
        r#"
        select id as "id: EvaluationId", protocol_version_id as "protocol_version: ProtocolVersionId", engine, document, hash,
               made_by as "made_by: UserId", made_at
          from evaluation where site_id = $1 and assessment_id = $2
         order by made_at desc, id desc limit 1
        "#,
        case.site.uuid(),
        assessment.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(StoredEvaluation {
            id: row.id,
            assessment,
            protocol_version: row.protocol_version,
            engine: row.engine,
            document: row.document,
            hash: stored_hash("evaluation", row.id, &row.hash)?,
            made_by: row.made_by,
            made_at: row.made_at,
        })
    })
    .transpose()
}

pub(crate) fn stored_hash(
    table: &'static str,
    row: impl ToString,
    bytes: &[u8],
) -> Result<Hash, StoreError> {
    hex::encode(bytes).parse().map_err(|why| StoreError::inconsistent(table, "hash", row, why))
}
