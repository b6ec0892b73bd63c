//! Confirming what was read back.

use mdt::coded::Coded;
use mdt::decision::OutcomeKind;
use mdt::event::{Change, EventKind};
use mdt::meeting::ItemState;
use mdt::permission::act;
use rules::canonical::Hash;

use super::context::{Presentation, lock_case, presentation, set_item_state};
use super::draft::draft_at;
use crate::{CaseKey, Command, Committed, StoreError};

/// Confirms the sentence that was read back, which is the one that the page showed (`shown`); `base` is
/// the version of the draft that it showed. The agenda item gets its outcome.
///
/// # Errors
/// [`StoreError::Refused`] unless it was read back and is the same sentence; [`StoreError::Stale`] when it
/// has changed since.
pub async fn confirm_decision(
    mut command: Command<act::DecisionConfirm, CaseKey>,
    base: i32,
    shown: Hash,
) -> Result<Committed, StoreError> {
    lock_case(&mut command).await?;
    let draft = draft_at(&mut command, base, "confirmed").await?;
    let (_, document) = draft.complete()?;
    let sentence = draft.sentence.clone().unwrap_or_default();
    // Pages send the hash of the sentence, which stands for it.
    let read_out = Hash::of(sentence.as_bytes());
    let state = draft
        .state
        .confirm(&read_out.to_string(), &shown.to_string())
        .map_err(StoreError::refused)?;
    let at = presentation(&mut command, draft.item).await?;
    let outcome = document.content.outcome_kind.ok_or_else(|| {
        StoreError::inconsistent("decision_draft", "document", draft.decision, "it has no outcome")
    })?;
    let item = concluded(&at, draft.version, outcome)?;
    set_item_state(&mut command, at.item, item).await?;
    let (site, now) = (command.site(), command.now());
    let user = command.actor().user().ok_or(StoreError::NotFound)?;
    sqlx::query!(
        r#"
        update decision_draft
           set state = $3, confirmed_by = $4, confirmed_at = $5, row_version = row_version + 1
         where site_id = $1 and decision_id = $2
        "#,
        site.uuid(),
        draft.decision.uuid(),
        state.code(),
        user.uuid(),
        now,
    )
    .execute(command.connection())
    .await?;
    let event = draft
        .event(EventKind::DecisionConfirmed, &command.subject)
        .data("sentence", read_out)
        .data("item", Change { from: at.state.code(), to: item.code() });
    let location = format!("/cases/{}/decision", command.subject.number);
    command.commit(event, location).await
}

/// Where the item stands then. An amendment leaves it; a first version that was recorded again after the
/// meeting replaces the outcome that was confirmed there.
fn concluded(
    at: &Presentation,
    version: u32,
    outcome: OutcomeKind,
) -> Result<ItemState, StoreError> {
    if version > 1 {
        return Ok(at.state);
    }
    let from = if at.state.is_terminal() { ItemState::Open } else { at.state };
    from.conclude(outcome).map_err(StoreError::refused)
}
