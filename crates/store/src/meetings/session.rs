//! Opening and closing the sitting.

use mdt::case::CaseState;
use mdt::coded::Coded;
use mdt::event::{DataValue, Event, EventKind, SubjectKind};
use mdt::ids::AgendaItemId;
use mdt::meeting::{ItemState, MeetingState};
use mdt::permission::{Act, act};

use crate::stored::coded;
use crate::{CaseKey, Command, Committed, MeetingKey, StoreError};

/// Opens the sitting: from now on its chair and scribe record decisions.
///
/// # Errors
/// [`StoreError::Refused`] unless the meeting is planned.
pub async fn open_meeting(
    mut command: Command<act::MeetingRun, MeetingKey>,
) -> Result<Committed, StoreError> {
    let id = command.subject.id;
    let opened = lock_meeting(&mut command).await?.open().map_err(StoreError::refused)?;
    set_state(&mut command, opened).await?;
    let items: Vec<AgendaItemId> =
        items_of(&mut command).await?.into_iter().map(|item| item.id).collect();
    let event = Event::new(EventKind::MeetingOpened)
        .subject(SubjectKind::Meeting, id)
        .data("items", DataValue::texts(items));
    command.commit(event, format!("/meetings/{id}")).await
}

/// Closes the sitting.
///
/// # Errors
/// [`StoreError::Refused`] unless it is in session and every case has its outcome; the words name the
/// cases that have none.
pub async fn close_meeting(
    mut command: Command<act::MeetingRun, MeetingKey>,
) -> Result<Committed, StoreError> {
    let id = command.subject.id;
    let state = lock_meeting(&mut command).await?;
    let items = items_of(&mut command).await?;
    let states: Vec<(String, ItemState)> =
        items.iter().map(|item| (item.number.clone(), item.state)).collect();
    let closed = state.close(&states).map_err(StoreError::refused)?;
    set_state(&mut command, closed).await?;
    let mut event = Event::new(EventKind::MeetingClosed)
        .subject(SubjectKind::Meeting, id)
        .data("items", DataValue::texts(items.iter().map(|item| item.id)));
    for state in ItemState::all() {
        let count = items.iter().filter(|item| item.state == *state).count();
        if count > 0 {
            event = event.data(state.code(), count);
        }
    }
    command.commit(event, format!("/meetings/{id}")).await
}

/// The state of the case, its row held until the command ends. Whoever needs a case, a meeting and its
/// items takes them in this order, so that no two commands wait for each other.
pub(crate) async fn hold_case<A: Act>(
    command: &mut Command<A, CaseKey>,
) -> Result<CaseState, StoreError> {
    let (site, case) = (command.site(), command.subject.id);
    let state = sqlx::query_scalar!(
        "select state from mdt_case where site_id = $1 and id = $2 for update",
        site.uuid(),
        case.uuid(),
    )
    .fetch_one(command.connection())
    .await?;
    coded::<CaseState>(&state, ("mdt_case", "state"), case)
}

/// The state of the meeting, its row held until the command ends: two commands on one meeting wait for
/// each other.
pub(super) async fn lock_meeting<A: Act>(
    command: &mut Command<A, MeetingKey>,
) -> Result<MeetingState, StoreError> {
    let (site, id) = (command.site(), command.subject.id);
    let state = sqlx::query_scalar!(
        "select state from meeting where site_id = $1 and id = $2 for update",
        site.uuid(),
        id.uuid(),
    )
    .fetch_one(command.connection())
    .await?;
    coded::<MeetingState>(&state, ("meeting", "state"), id)
}

pub(super) async fn set_state<A: Act>(
    command: &mut Command<A, MeetingKey>,
    state: MeetingState,
) -> Result<(), StoreError> {
    let (site, id, now) = (command.site(), command.subject.id, command.now());
    let opened = (state == MeetingState::InSession).then_some(now);
    let closed = (state == MeetingState::Closed).then_some(now);
    sqlx::query!(
        r#"
        update meeting
           set state = $3, row_version = row_version + 1,
               opened_at = coalesce($4, opened_at), closed_at = coalesce($5, closed_at)
         where site_id = $1 and id = $2
        "#,
        site.uuid(),
        id.uuid(),
        state.code(),
        opened,
        closed,
    )
    .execute(command.connection())
    .await?;
    Ok(())
}

struct Item {
    id: AgendaItemId,
    number: String,
    state: ItemState,
}

/// The items in agenda order, held until the command ends.
async fn items_of<A: Act>(command: &mut Command<A, MeetingKey>) -> Result<Vec<Item>, StoreError> {
    let (site, id) = (command.site(), command.subject.id);
    let rows = sqlx::query!(
        r#"
        select i.id as "id: AgendaItemId", c.number, i.state
          from agenda_item i
          join mdt_case c on c.site_id = i.site_id and c.id = i.case_id
         where i.site_id = $1 and i.meeting_id = $2
         order by i.position, i.id
           for update of i
        "#,
        site.uuid(),
        id.uuid(),
    )
    .fetch_all(command.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = coded::<ItemState>(&row.state, ("agenda_item", "state"), row.id)?;
            Ok(Item { id: row.id, number: row.number, state })
        })
        .collect()
}
