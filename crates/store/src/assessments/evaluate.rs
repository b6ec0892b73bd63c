//! Evaluating an assessment, and keeping what came out.

use std::sync::Arc;

use clinical::assessment::Assessment;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{AssessmentId, EvaluationId, ProtocolVersionId, UserId};
use mdt::permission::{Act, act};
use rules::{Compiled, Evaluation, Hash};
use sqlx::PgConnection;

use super::latest;
use crate::access::CaseKey;
use crate::{Command, Committed, Store, StoreError, rule_sets};

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

pub(super) async fn insert_evaluation<A: Act>(
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
        value @ rules::Value::SomeOf(_) => value.to_string(),
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
