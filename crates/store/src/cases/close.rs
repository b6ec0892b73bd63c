//! Closing a case, and reopening it.

use mdt::case::{CaseState, CloseReason, OpenWork};
use mdt::coded::Coded;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::permission::{Act, act};

use crate::access::CaseKey;
use crate::meetings::hold_case;
use crate::{Command, Committed, StoreError};

/// Closes a case.
///
/// # Errors
/// [`StoreError::Refused`] while something in it is open; [`StoreError::Stale`].
pub async fn close(
    mut command: Command<act::CaseClose, CaseKey>,
    reason: CloseReason,
    base: i32,
) -> Result<Committed, StoreError> {
    let case = command.subject.clone();
    // The case first: whoever lists it or drafts a decision meanwhile waits, and then finds it closed.
    let state = hold_case(&mut command).await?;
    let work = sqlx::query!(
        r#"
        select exists (select 1 from agenda_item where site_id = $1 and case_id = $2
                          and state in ('proposed', 'listed', 'ready', 'open')) as "item!",
               exists (select 1 from decision_draft where site_id = $1 and case_id = $2
                          and state <> 'discarded') as "decision!"
        "#,
        case.site.uuid(),
        case.id.uuid(),
    )
    .fetch_one(command.connection())
    .await?;
    let work = OpenWork { agenda_item: work.item, decision: work.decision };
    let after = state.close(work).map_err(|error| StoreError::Refused(error.to_string()))?;
    set_state(&mut command, &case, after, Some(reason.code()), base).await?;
    let event = Event::new(EventKind::CaseClosed)
        .subject(SubjectKind::Case, case.id)
        .case(case.id)
        .patient(case.patient)
        .reason(reason.code());
    command.commit(event, format!("/cases/{}", case.number)).await
}

/// Reopens a closed case.
///
/// # Errors
/// [`StoreError::Refused`] when it is open or without a reason; [`StoreError::Stale`].
pub async fn reopen(
    mut command: Command<act::CaseReopen, CaseKey>,
    reason: &str,
    base: i32,
) -> Result<Committed, StoreError> {
    let case = command.subject.clone();
    let after = hold_case(&mut command)
        .await?
        .reopen(reason)
        .map_err(|error| StoreError::Refused(error.to_string()))?;
    set_state(&mut command, &case, after, None, base).await?;
    let event = Event::new(EventKind::CaseReopened)
        .subject(SubjectKind::Case, case.id)
        .case(case.id)
        .patient(case.patient)
        .private("reason", reason);
    command.commit(event, format!("/cases/{}", case.number)).await
}

async fn set_state<A: Act>(
    command: &mut Command<A, CaseKey>,
    case: &CaseKey,
    state: CaseState,
    code: Option<&str>,
    base: i32,
) -> Result<(), StoreError> {
    let done = sqlx::query!(
        r#"update mdt_case set state = $3, state_code = $4, row_version = row_version + 1
            where site_id = $1 and id = $2 and row_version = $5"#,
        case.site.uuid(),
        case.id.uuid(),
        state.code(),
        code,
        base,
    )
    .execute(command.connection())
    .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Stale { base: base.into(), current: case.row_version.into() });
    }
    Ok(())
}
