//! Signing: the draft becomes a version that nothing changes any more.

use mdt::coded::Coded;
use mdt::decision::{Content, OutcomeKind, SignatureMeaning, SignatureMethod};
use mdt::event::EventKind;
use mdt::ids::{ActionId, DecisionVersionId, EventId, UserId};
use mdt::permission::{Act, act};
use rules::canonical::Hash;

use super::context::{current, lock_case, recalled_rule, stored};
use super::draft::{OpenDraft, draft_at};
use crate::{CaseKey, Command, Committed, StoreError};

/// Signs the confirmed decision as chair; `base` is the version of the draft that the page showed. The
/// password has been entered and verified with the same post.
///
/// # Errors
/// [`StoreError::Refused`] unless it is confirmed, on the facts of now, under rules that are not recalled;
/// [`StoreError::Stale`] when it has changed since.
pub async fn sign_decision(
    mut command: Command<act::DecisionSign, CaseKey>,
    base: i32,
) -> Result<Committed, StoreError> {
    lock_case(&mut command).await?;
    let draft = draft_at(&mut command, base, "signed").await?;
    let (bytes, document) = draft.complete()?;
    let current = current(&mut command).await?;
    let recalled = recalled_rule(&mut command, current.protocol).await?;
    draft.state.sign(draft.facts(&current)?, recalled.as_deref()).map_err(StoreError::refused)?;
    let outcome = document.content.outcome_kind.ok_or_else(|| {
        StoreError::inconsistent("decision_draft", "document", draft.decision, "it has no outcome")
    })?;
    let meaning = match outcome {
        OutcomeKind::Ratify => SignatureMeaning::Ratified,
        _ => SignatureMeaning::ApprovedAsChair,
    };
    let id: DecisionVersionId = command.new_id();
    insert_version(&mut command, id, &draft, bytes, outcome).await?;
    supersede_actions(&mut command, &draft).await?;
    insert_actions(&mut command, id, &document.content).await?;
    delete_draft(&mut command, &draft).await?;
    let mut event = draft
        .event(EventKind::DecisionSigned, &command.subject)
        .data("decision_version", id.to_string())
        .data("meaning", meaning.code())
        .data("method", SignatureMethod::Password.code())
        .data("sentence", Hash::of(draft.sentence.clone().unwrap_or_default().as_bytes()));
    if let Some(amendment) = &draft.amendment {
        event = event.reason(amendment.reason);
    }
    let sealed = command.seal(event)?;
    insert_signature(&mut command, id, meaning, sealed.event.id).await?;
    let location = format!("/cases/{}/decision", command.subject.number);
    command.commit_sealed(sealed, location).await
}

async fn insert_version(
    command: &mut Command<act::DecisionSign, CaseKey>,
    id: DecisionVersionId,
    draft: &OpenDraft,
    bytes: &[u8],
    outcome: OutcomeKind,
) -> Result<(), StoreError> {
    let (site, case, now) = (command.site(), command.subject.id, command.now());
    let (confirmed_by, confirmed_at) = draft.confirmed.ok_or_else(|| {
        StoreError::inconsistent(
            "decision_draft",
            "confirmed_by",
            draft.decision,
            "it is confirmed",
        )
    })?;
    let hash = Hash::of(bytes);
    sqlx::query!(
        r#"
        insert into decision_version (site_id, id, decision_id, case_id, version, evaluation_id, outcome_kind,
                                      document, hash, sentence, supersedes, reason_code, reason_words,
                                      recorded_by, recorded_at, confirmed_by, confirmed_at, signed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        "#,
        site.uuid(),
        id.uuid(),
        draft.decision.uuid(),
        case.uuid(),
        stored(draft.version),
        draft.evaluation.uuid(),
        outcome.code(),
        bytes,
        hash.as_bytes().as_slice(),
        draft.sentence.as_deref().unwrap_or_default(),
        (draft.version > 1).then(|| stored(draft.version - 1)),
        draft.amendment.as_ref().map(|amendment| amendment.reason.code()),
        draft.amendment.as_ref().map(|amendment| amendment.words.as_str()),
        draft.recorded.0.uuid(),
        draft.recorded.1,
        confirmed_by.uuid(),
        confirmed_at,
        now,
    )
    .execute(command.connection())
    .await?;
    Ok(())
}

/// The open actions of the version before: the new one says anew who does what.
async fn supersede_actions(
    command: &mut Command<act::DecisionSign, CaseKey>,
    draft: &OpenDraft,
) -> Result<(), StoreError> {
    if draft.version > 1 {
        end_actions(command, draft.decision.uuid()).await?;
    }
    Ok(())
}

/// Ends the open actions of a decision.
pub(super) async fn end_actions<A: Act>(
    command: &mut Command<A, CaseKey>,
    decision: uuid::Uuid,
) -> Result<(), StoreError> {
    let (site, now) = (command.site(), command.now());
    let user = command.actor().user().ok_or(StoreError::NotFound)?;
    sqlx::query!(
        r#"
        insert into action_state (site_id, action_id, case_id, ordinal, state, changed_by, changed_at)
        select a.site_id, a.id, a.case_id, s.ordinal + 1, 'superseded', $3, $4
          from action a
          join decision_version v on v.site_id = a.site_id and v.id = a.decision_version_id
          join lateral (select ordinal, state from action_state
                         where site_id = a.site_id and action_id = a.id
                         order by ordinal desc limit 1) s on true
         where a.site_id = $1 and v.decision_id = $2 and s.state = 'open'
        "#,
        site.uuid(),
        decision,
        user.uuid(),
        now,
    )
    .execute(command.connection())
    .await?;
    Ok(())
}

async fn insert_actions(
    command: &mut Command<act::DecisionSign, CaseKey>,
    version: DecisionVersionId,
    content: &Content,
) -> Result<(), StoreError> {
    let (site, case, now) = (command.site(), command.subject.id, command.now());
    let user = command.actor().user().ok_or(StoreError::NotFound)?;
    for action in &content.actions {
        let id: ActionId = command.new_id();
        sqlx::query!(
            r#"
            with added as (
                insert into action (site_id, id, case_id, decision_version_id, text, owner_id, due, added_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8)
                returning site_id, id, case_id)
            insert into action_state (site_id, action_id, case_id, ordinal, state, changed_by, changed_at)
            select site_id, id, case_id, 1, 'open', $9, $8 from added
            "#,
            site.uuid(),
            id.uuid(),
            case.uuid(),
            version.uuid(),
            action.text.as_deref().unwrap_or_default(),
            action.owner.map(UserId::uuid),
            action.due,
            now,
            user.uuid(),
        )
        .execute(command.connection())
        .await?;
    }
    Ok(())
}

async fn delete_draft(
    command: &mut Command<act::DecisionSign, CaseKey>,
    draft: &OpenDraft,
) -> Result<(), StoreError> {
    let site = command.site();
    sqlx::query!(
        "delete from decision_draft where site_id = $1 and decision_id = $2",
        site.uuid(),
        draft.decision.uuid(),
    )
    .execute(command.connection())
    .await?;
    Ok(())
}

async fn insert_signature(
    command: &mut Command<act::DecisionSign, CaseKey>,
    version: DecisionVersionId,
    meaning: SignatureMeaning,
    event: EventId,
) -> Result<(), StoreError> {
    let (site, case, now) = (command.site(), command.subject.id, command.now());
    let user = command.actor().user().ok_or(StoreError::NotFound)?;
    sqlx::query!(
        r#"
        insert into decision_signature (site_id, decision_version_id, case_id, signer_id, meaning, method,
                                        signed_at, event_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        site.uuid(),
        version.uuid(),
        case.uuid(),
        user.uuid(),
        meaning.code(),
        SignatureMethod::Password.code(),
        now,
        event.uuid(),
    )
    .execute(command.connection())
    .await?;
    Ok(())
}
