//! Voiding a signed decision, by two persons: the first asks, the second voids.

use chrono::{DateTime, Utc};
use mdt::coded::Coded;
use mdt::decision::VoidReason;
use mdt::decision::state::VoidingPerson;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::UserId;
use mdt::permission::act;
use mdt::role::Role;

use super::context::{lock_case, stored};
use super::draft::{SignedDecision, latest_signed, open_draft};
use super::sign::end_actions;
use crate::{CaseKey, Command, Committed, StoreError};

/// What one person says about voiding a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoidStep<'a> {
    /// The version that the page showed: the latest signed one.
    pub version: u32,
    /// The coded reason.
    pub reason: VoidReason,
    /// The reason in words.
    pub words: &'a str,
}

/// Asks for the latest signed decision to be voided, or voids it when another person has asked for that
/// version of it. The password has been entered and verified with the same post.
///
/// # Errors
/// [`StoreError::Refused`] when nothing is signed, it is voided already, no words are given, a draft is
/// under way, or the two are not two persons of whom one is a chair; [`StoreError::Stale`] when a later
/// version has been signed since.
pub async fn void_decision(
    mut command: Command<act::DecisionVoid, CaseKey>,
    step: VoidStep<'_>,
) -> Result<Committed, StoreError> {
    lock_case(&mut command).await?;
    let words = step.words.trim();
    if words.is_empty() {
        return Err(StoreError::Refused("Say why the decision is voided.".to_owned()));
    }
    if open_draft(&mut command).await?.is_some() {
        return Err(StoreError::Refused(
            "A decision of the case is not signed yet: sign or discard it first.".to_owned(),
        ));
    }
    let signed = latest_signed(&mut command).await?.ok_or_else(|| {
        StoreError::Refused("The case has no signed decision to void.".to_owned())
    })?;
    if signed.version != step.version {
        return Err(StoreError::Stale {
            base: step.version.into(),
            current: signed.version.into(),
        });
    }
    let asked = asked_before(&mut command, &signed).await?;
    let kind = check(&mut command, &signed, asked).await?;
    let ordinal = if kind == EventKind::DecisionVoided { 2 } else { 1 };
    insert_step(&mut command, &signed, ordinal, &step).await?;
    if kind == EventKind::DecisionVoided {
        end_actions(&mut command, signed.decision.uuid()).await?;
    }
    let mut event = Event::new(kind)
        .subject_version(SubjectKind::Decision, signed.decision, signed.version)
        .case(command.subject.id)
        .patient(command.subject.patient)
        .reason(step.reason)
        .data("ordinal", signed.ordinal)
        .data("version", signed.version)
        .data("hash", signed.hash)
        .private("words", words);
    if let Some((first, _)) = asked {
        event = event.data("asked_by", first.to_string());
    }
    let location = format!("/cases/{}/decision", command.subject.number);
    command.commit(event, location).await
}

/// Who asked first, and when: for this version, since the words were about what it says.
async fn asked_before(
    command: &mut Command<act::DecisionVoid, CaseKey>,
    signed: &SignedDecision,
) -> Result<Option<(UserId, DateTime<Utc>)>, StoreError> {
    let site = command.site();
    let row = sqlx::query!(
        r#"
        select asked_by as "asked_by: UserId", asked_at
          from decision_void
         where site_id = $1 and decision_id = $2 and version = $3 and ordinal = 1
        "#,
        site.uuid(),
        signed.decision.uuid(),
        stored(signed.version),
    )
    .fetch_optional(command.connection())
    .await?;
    Ok(row.map(|row| (row.asked_by, row.asked_at)))
}

/// What this step is: asking, or voiding on the word of two.
async fn check(
    command: &mut Command<act::DecisionVoid, CaseKey>,
    signed: &SignedDecision,
    asked: Option<(UserId, DateTime<Utc>)>,
) -> Result<EventKind, StoreError> {
    let now = command.now();
    let user = command.actor().user().ok_or(StoreError::NotFound)?;
    let Some((first, asked_at)) = asked else {
        signed.state().ask_to_void().map_err(StoreError::refused)?;
        return Ok(EventKind::DecisionVoidAsked);
    };
    let asked_by = VoidingPerson { user: first, chair: was_chair(command, first, asked_at).await? };
    let agreed_by = VoidingPerson { user, chair: was_chair(command, user, now).await? };
    signed.state().void(asked_by, agreed_by).map_err(StoreError::refused)?;
    Ok(EventKind::DecisionVoided)
}

/// Whether somebody had the role of a chair at the site at that instant.
async fn was_chair(
    command: &mut Command<act::DecisionVoid, CaseKey>,
    user: UserId,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let site = command.site();
    let chair = sqlx::query_scalar!(
        r#"
        select exists (select 1 from membership
                        where site_id = $1 and user_id = $2 and role = $3
                          and since <= $4 and (ended_at is null or ended_at > $4)) as "chair!"
        "#,
        site.uuid(),
        user.uuid(),
        Role::Chair.code(),
        at,
    )
    .fetch_one(command.connection())
    .await?;
    Ok(chair)
}

async fn insert_step(
    command: &mut Command<act::DecisionVoid, CaseKey>,
    signed: &SignedDecision,
    ordinal: i32,
    step: &VoidStep<'_>,
) -> Result<(), StoreError> {
    let (site, case, now) = (command.site(), command.subject.id, command.now());
    let user = command.actor().user().ok_or(StoreError::NotFound)?;
    sqlx::query!(
        r#"
        insert into decision_void (site_id, decision_id, case_id, version, ordinal, reason_code, words, asked_by,
                                   asked_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        site.uuid(),
        signed.decision.uuid(),
        case.uuid(),
        stored(signed.version),
        ordinal,
        step.reason.code(),
        step.words.trim(),
        user.uuid(),
        now,
    )
    .execute(command.connection())
    .await?;
    Ok(())
}
