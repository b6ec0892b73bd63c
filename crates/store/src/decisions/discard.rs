//! Discarding a draft.

use mdt::event::EventKind;
use mdt::meeting::{ItemState, MeetingState};
use mdt::permission::act;

use super::context::{lock_case, presentation, set_item_state};
use super::draft::draft_at;
use crate::{CaseKey, Command, Committed, StoreError};

/// Discards the draft; `base` is the version of it that the page showed. A first version leaves the
/// agenda item as listed, to be discussed or taken off; an amendment leaves the signed version in force.
///
/// # Errors
/// [`StoreError::Refused`] unless it is a draft and a reason is given; [`StoreError::Stale`] when it has
/// changed since.
pub async fn discard_decision(
    mut command: Command<act::DecisionDiscard, CaseKey>,
    base: i32,
    reason: &str,
) -> Result<Committed, StoreError> {
    lock_case(&mut command).await?;
    let draft = draft_at(&mut command, base, "discarded").await?;
    draft.state.discard(reason).map_err(StoreError::refused)?;
    let at = presentation(&mut command, draft.item).await?;
    let live = at.meeting_state == MeetingState::InSession;
    if draft.version == 1 && live && at.state == ItemState::Open {
        set_item_state(&mut command, at.item, ItemState::Listed).await?;
    }
    let site = command.site();
    sqlx::query!(
        r#"
        update decision_draft set state = 'discarded', row_version = row_version + 1
         where site_id = $1 and decision_id = $2
        "#,
        site.uuid(),
        draft.decision.uuid(),
    )
    .execute(command.connection())
    .await?;
    let event = draft
        .event(EventKind::DecisionDiscarded, &command.subject)
        .private("reason", reason.trim());
    let location = format!("/cases/{}/decision", command.subject.number);
    command.commit(event, location).await
}
