//! Saving the next assessment of a case.

use std::collections::BTreeMap;

use clinical::assessment::{Answers, Assessment, Change, Context, Route};
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{AssessmentId, LesionId, ProtocolVersionId, UserId};
use mdt::permission::act;
use rules::value::{Fact, FactValue};
use sqlx::PgConnection;

use super::evaluate::{evaluate, keep_evaluation};
use super::{SaveError, StoredAssessment, hold_open, latest};
use crate::access::CaseKey;
use crate::error::on_constraint;
use crate::patients::{self, acting_user};
use crate::{Command, Committed, Store, StoreError, rule_sets};

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
    hold_open(&mut command).await?;
    let case = command.subject.clone();
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
        let kept = keep_evaluation(&mut command, id, protocol, &evaluation).await?;
        event = event
            .data("evaluation", kept.hash)
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
    insert_lesions(command, case, assessment).await?;
    Ok(id)
}

/// The levels that the case did not have before.
async fn insert_lesions(
    command: &mut Command<act::AssessmentSave, CaseKey>,
    case: &CaseKey,
    assessment: &Assessment,
) -> Result<(), StoreError> {
    let now = command.now();
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
    Ok(())
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
