//! Evaluating an assessment, and keeping what came out.

use std::sync::Arc;

use clinical::assessment::Assessment;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{AssessmentId, EvaluationId, ProtocolVersionId, UserId};
use mdt::permission::{Act, act};
use rules::{Compiled, Evaluation, Hash};
use sqlx::PgConnection;

use super::{hold_open, latest};
use crate::access::CaseKey;
use crate::{Command, Committed, Store, StoreError, rule_sets, stored};

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

/// An evaluation as it is kept.
pub(super) struct Kept {
    pub(super) id: EvaluationId,
    pub(super) hash: Hash,
    /// Whether it was there before: the same assessment, protocol and engine are the same row.
    pub(super) before: bool,
}

/// Keeps the evaluation of an assessment under a protocol; the case is held, so nobody else does.
pub(super) async fn keep_evaluation<A: Act>(
    command: &mut Command<A, CaseKey>,
    assessment: AssessmentId,
    protocol: ProtocolVersionId,
    evaluation: &Evaluation,
) -> Result<Kept, StoreError> {
    let engine = i32::try_from(rules::ENGINE).unwrap_or(i32::MAX);
    let kept = sqlx::query!(
        r#"
        select id as "id: EvaluationId", hash from evaluation
         where site_id = $1 and assessment_id = $2 and protocol_version_id = $3 and engine = $4
        "#,
        command.subject.site.uuid(),
        assessment.uuid(),
        protocol.uuid(),
        engine,
    )
    .fetch_optional(command.connection())
    .await?;
    if let Some(kept) = kept {
        let hash = stored::hash(&kept.hash, ("evaluation", "hash"), kept.id)?;
        return Ok(Kept { id: kept.id, hash, before: true });
    }
    let (id, hash) = insert(command, assessment, protocol, evaluation, engine).await?;
    Ok(Kept { id, hash, before: false })
}

async fn insert<A: Act>(
    command: &mut Command<A, CaseKey>,
    assessment: AssessmentId,
    protocol: ProtocolVersionId,
    evaluation: &Evaluation,
    engine: i32,
) -> Result<(EvaluationId, Hash), StoreError> {
    let (case, user) = (command.subject.clone(), command.actor().user());
    let id: EvaluationId = command.new_id();
    let now = command.now();
    let document =
        evaluation.to_bytes().map_err(|error| StoreError::Canonical(error.to_string()))?;
    let hash = Hash::of(&document);
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
    insert_results(command.connection(), &case, id, evaluation).await?;
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
        value @ rules::Value::SomeOf(_) => value.to_string(),
    }
}

/// Evaluates the current assessment under the protocol in force now and moves the case's pin to it:
/// because a person asked, never by itself. Under a protocol that it was evaluated under before, that
/// evaluation counts again.
///
/// # Errors
/// [`StoreError::Refused`] when the case is closed, there is nothing to evaluate or no other protocol.
pub async fn make_evaluation(
    store: &Store,
    mut command: Command<act::EvaluationMake, CaseKey>,
) -> Result<Committed, StoreError> {
    let refused = |words: &str| StoreError::Refused(words.to_owned());
    hold_open(&mut command).await?;
    let case = command.subject.clone();
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
    let kept = keep_evaluation(&mut command, current.id, in_force, &evaluation).await?;
    move_pin(&mut command, in_force).await?;
    let mut event = Event::new(EventKind::EvaluationMade)
        .subject(SubjectKind::Evaluation, kept.id)
        .case(case.id)
        .patient(case.patient)
        .data("assessment", current.assessment.hash())
        .data("evaluation", kept.hash)
        .data("protocol", compiled.hash())
        .data("engine", rules::ENGINE);
    if kept.before {
        event = event.data("made_before", true);
    }
    command.commit(event, format!("/cases/{}", case.number)).await
}

async fn move_pin(
    command: &mut Command<act::EvaluationMake, CaseKey>,
    protocol: ProtocolVersionId,
) -> Result<(), StoreError> {
    let (site, case, base) =
        (command.subject.site, command.subject.id, command.subject.row_version);
    let moved = sqlx::query!(
        r#"update mdt_case set protocol_version_id = $3, row_version = row_version + 1
            where site_id = $1 and id = $2 and row_version = $4"#,
        site.uuid(),
        case.uuid(),
        protocol.uuid(),
        base,
    )
    .execute(command.connection())
    .await?;
    if moved.rows_affected() == 0 {
        return Err(StoreError::Stale { base: base.into(), current: i64::from(base) + 1 });
    }
    Ok(())
}
