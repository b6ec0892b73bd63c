//! Putting a case on an agenda, ordering the agenda, taking a case off it.

use chrono::{DateTime, TimeDelta, Utc};
use mdt::coded::Coded;
use mdt::display;
use mdt::event::{Change, Event, EventKind, SubjectKind};
use mdt::ids::{AgendaItemId, CaseId, MeetingId, PatientId};
use mdt::meeting::{self, ItemState, MeetingState};
use mdt::permission::{Act, act};
use mdt::text;
use uuid::Uuid;

use super::session::{hold_case, lock_meeting};
use crate::error::on_constraint;
use crate::stored::coded;
use crate::{CaseKey, Command, Committed, MeetingKey, StoreError};

/// Hours before the start at which an agenda is complete, where the site sets nothing else: MDT
/// standards 3.2.
const CUT_OFF_HOURS: i64 = 48;

/// The site setting that replaces it: a whole number of hours.
const CUT_OFF_SETTING: &str = "agenda.cut_off_hours";

/// On which agenda a case goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The meeting.
    pub meeting: MeetingId,
    /// Why so late, once the agenda's cut-off has passed.
    pub reason: Option<String>,
}

/// Lists a case for a meeting, proposed before or not.
///
/// # Errors
/// [`StoreError::Refused`] when the case is closed or on another open agenda (the words name it), the
/// meeting is over; [`StoreError::AfterCutOff`] when the cut-off has passed and no reason is given.
pub async fn list_case(
    command: Command<act::AgendaList, CaseKey>,
    listing: Listing,
) -> Result<Committed, StoreError> {
    place(command, listing, EventKind::AgendaItemListed).await
}

/// Proposes a case for a meeting; whoever may list decides.
///
/// # Errors
/// As [`list_case`].
pub async fn propose_case(
    command: Command<act::AgendaPropose, CaseKey>,
    listing: Listing,
) -> Result<Committed, StoreError> {
    place(command, listing, EventKind::AgendaItemProposed).await
}

async fn place<A: Act>(
    mut command: Command<A, CaseKey>,
    listing: Listing,
    kind: EventKind,
) -> Result<Committed, StoreError> {
    let id = listing.meeting;
    let case = hold_case(&mut command).await?;
    let meeting = lock_meeting_of_case(&mut command, id).await?;
    let before = item_of_case(&mut command, id).await?;
    let elsewhere = other_agenda(&mut command, id).await?;
    let check =
        meeting::Listing { meeting: meeting.state, case, other_agenda: elsewhere.as_deref() };
    let state = match (kind, before.as_ref().map(|item| item.state)) {
        (EventKind::AgendaItemListed, before) => ItemState::list(before, &check),
        (_, None | Some(ItemState::Removed)) => ItemState::propose(&check),
        (_, Some(state)) => Err(meeting::MeetingError::Item { state, asked: "proposed" }),
    }
    .map_err(StoreError::refused)?;
    let late = meeting.is_late(command.now());
    let reason = listing.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    if late && reason.is_none() {
        return Err(StoreError::AfterCutOff);
    }
    reason
        .map_or(Ok(()), |reason| text::check(reason, text::REASON_MAX))
        .map_err(StoreError::refused)?;
    let (item, position) = write_item(&mut command, id, before.as_ref(), state, reason).await?;
    let (case, patient) = (command.subject.id, command.subject.patient);
    let mut event = Event::new(kind)
        .subject(SubjectKind::AgendaItem, item)
        .case(case)
        .patient(patient)
        .data("meeting", id.to_string())
        .data("position", position)
        .data("late", late);
    if let Some(reason) = reason {
        event = event.private("reason", reason);
    }
    command.commit(event, format!("/meetings/{id}")).await
}

struct MeetingRow {
    state: MeetingState,
    cut_off: DateTime<Utc>,
}

impl MeetingRow {
    /// After the cut-off, and once the meeting has been opened.
    fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.state == MeetingState::InSession || now >= self.cut_off
    }
}

/// When the agenda of a meeting is complete; `hours` is the site's setting, where there is one.
pub(super) fn cut_off(
    starts_at: DateTime<Utc>,
    hours: Option<&serde_json::Value>,
) -> DateTime<Utc> {
    let hours = hours.and_then(serde_json::Value::as_i64).unwrap_or(CUT_OFF_HOURS);
    starts_at - TimeDelta::try_hours(hours).unwrap_or(TimeDelta::zero())
}

/// The meeting, held until the command ends. It is one of the site that owns the case.
async fn lock_meeting_of_case<A: Act>(
    command: &mut Command<A, CaseKey>,
    id: MeetingId,
) -> Result<MeetingRow, StoreError> {
    let site = command.site();
    let row = sqlx::query!(
        r#"
        select m.state, m.starts_at,
               (select s.value from site_setting s
                 where s.site_id = m.site_id and s.key = $3
                 order by s.version desc limit 1) as cut_off
          from meeting m
         where m.site_id = $1 and m.id = $2
           for update of m
        "#,
        site.uuid(),
        id.uuid(),
        CUT_OFF_SETTING,
    )
    .fetch_optional(command.connection())
    .await?
    .ok_or(StoreError::NotFound)?;
    let state = coded::<MeetingState>(&row.state, ("meeting", "state"), id)?;
    Ok(MeetingRow { state, cut_off: cut_off(row.starts_at, row.cut_off.as_ref()) })
}

struct ItemRow {
    id: AgendaItemId,
    state: ItemState,
}

/// The item that the case already has on the agenda of that meeting.
async fn item_of_case<A: Act>(
    command: &mut Command<A, CaseKey>,
    meeting: MeetingId,
) -> Result<Option<ItemRow>, StoreError> {
    let (site, case) = (command.site(), command.subject.id);
    let row = sqlx::query!(
        r#"
        select id as "id: AgendaItemId", state
          from agenda_item
         where site_id = $1 and meeting_id = $2 and case_id = $3
           for update
        "#,
        site.uuid(),
        meeting.uuid(),
        case.uuid(),
    )
    .fetch_optional(command.connection())
    .await?;
    row.map(|row| Ok(ItemRow { id: row.id, state: item_state(&row.state, row.id)? })).transpose()
}

pub(super) fn item_state(code: &str, item: AgendaItemId) -> Result<ItemState, StoreError> {
    coded::<ItemState>(code, ("agenda_item", "state"), item)
}

/// The other meeting on whose open agenda the case is, as people call it.
async fn other_agenda<A: Act>(
    command: &mut Command<A, CaseKey>,
    meeting: MeetingId,
) -> Result<Option<String>, StoreError> {
    let (site, case) = (command.site(), command.subject.id);
    let row = sqlx::query!(
        r#"
        select m.name, m.starts_at, s.zone
          from agenda_item i
          join meeting m on m.site_id = i.site_id and m.id = i.meeting_id
          join site s on s.id = m.site_id
         where i.site_id = $1 and i.case_id = $2 and i.meeting_id <> $3
           and i.state in ('proposed', 'listed', 'ready', 'open')
        "#,
        site.uuid(),
        case.uuid(),
        meeting.uuid(),
    )
    .fetch_optional(command.connection())
    .await?;
    row.map(|row| {
        let zone = display::zone(&row.zone)
            .map_err(|why| StoreError::inconsistent("site", "zone", site, why))?;
        Ok(format!("{}, {}", row.name, display::date_time(row.starts_at, zone)))
    })
    .transpose()
}

/// Writes the item at the end of the agenda, or keeps the place of one that was only proposed.
async fn write_item<A: Act>(
    command: &mut Command<A, CaseKey>,
    meeting: MeetingId,
    before: Option<&ItemRow>,
    state: ItemState,
    reason: Option<&str>,
) -> Result<(AgendaItemId, i32), StoreError> {
    let (site, case, now) = (command.site(), command.subject.id, command.now());
    let user = command.actor().user().ok_or(StoreError::NotFound)?;
    let id = before.map_or_else(|| command.new_id(), |item| item.id);
    let keeps_place = before.is_some_and(|item| item.state == ItemState::Proposed);
    let written = sqlx::query_scalar!(
        r#"
        insert into agenda_item (site_id, id, meeting_id, case_id, position, state, reason, listed_by, listed_at)
        select $1, $2, $3, $4,
               (select coalesce(max(position), 0) + 1 from agenda_item where site_id = $1 and meeting_id = $3),
               $5, $6, $7, $8
        on conflict (meeting_id, case_id) do update
           set state = excluded.state, reason = excluded.reason, listed_by = excluded.listed_by,
               listed_at = excluded.listed_at, row_version = agenda_item.row_version + 1,
               position = case when $9 then agenda_item.position else excluded.position end
        returning position
        "#,
        site.uuid(),
        id.uuid(),
        meeting.uuid(),
        case.uuid(),
        state.code(),
        reason,
        user.uuid(),
        now,
        keeps_place,
    )
    .fetch_one(command.connection())
    .await
    .map_err(StoreError::from);
    let position = on_constraint(written, "agenda_item_one_open", || {
        StoreError::Refused(
            "The case has just been put on the agenda of another meeting.".to_owned(),
        )
    })?;
    Ok((id, position))
}

/// An item of the meeting at hand.
struct AgendaItem {
    state: ItemState,
    case: CaseId,
    patient: PatientId,
}

/// The item, held until the command ends; `base` is the version that the page showed.
async fn lock_item(
    command: &mut Command<act::AgendaList, MeetingKey>,
    id: AgendaItemId,
    base: i32,
) -> Result<AgendaItem, StoreError> {
    let (site, meeting) = (command.site(), command.subject.id);
    let row = sqlx::query!(
        r#"
        select i.state, i.row_version, i.case_id as "case: CaseId",
               c.patient_id as "patient: PatientId"
          from agenda_item i
          join mdt_case c on c.site_id = i.site_id and c.id = i.case_id
         where i.site_id = $1 and i.meeting_id = $2 and i.id = $3
           for update of i
        "#,
        site.uuid(),
        meeting.uuid(),
        id.uuid(),
    )
    .fetch_optional(command.connection())
    .await?
    .ok_or(StoreError::NotFound)?;
    if row.row_version != base {
        return Err(StoreError::Stale { base: base.into(), current: row.row_version.into() });
    }
    let state = item_state(&row.state, id)?;
    Ok(AgendaItem { state, case: row.case, patient: row.patient })
}

/// Moves an item to a place of the agenda, counted from 1; the others close up.
///
/// # Errors
/// [`StoreError::Refused`] when the meeting is over or the agenda has no such place;
/// [`StoreError::Stale`] when the item has been moved since.
pub async fn move_item(
    mut command: Command<act::AgendaList, MeetingKey>,
    id: AgendaItemId,
    place: u32,
    base: i32,
) -> Result<Committed, StoreError> {
    let meeting = command.subject.id;
    lock_meeting(&mut command).await?.must_take_items().map_err(StoreError::refused)?;
    let item = lock_item(&mut command, id, base).await?;
    let mut order = order_of(&mut command).await?;
    let to = usize::try_from(place).ok().and_then(|place| place.checked_sub(1));
    let from = order.iter().position(|one| *one == id).ok_or(StoreError::NotFound)?;
    let Some(to) = to.filter(|to| *to < order.len()) else {
        return Err(StoreError::Refused(format!("The agenda has {} places.", order.len())));
    };
    let moved = order.remove(from);
    order.insert(to, moved);
    renumber(&mut command, &order, id).await?;
    let event = Event::new(EventKind::AgendaChanged)
        .subject(SubjectKind::AgendaItem, id)
        .case(item.case)
        .patient(item.patient)
        .data("meeting", meeting.to_string())
        .data("place", Change { from: from + 1, to: to + 1 });
    command.commit(event, format!("/meetings/{meeting}")).await
}

/// The items that count, in order, held until the command ends.
async fn order_of(
    command: &mut Command<act::AgendaList, MeetingKey>,
) -> Result<Vec<AgendaItemId>, StoreError> {
    let (site, meeting) = (command.site(), command.subject.id);
    let order = sqlx::query_scalar!(
        r#"
        select id as "id: AgendaItemId"
          from agenda_item
         where site_id = $1 and meeting_id = $2 and state <> 'removed'
         order by position, id
           for update
        "#,
        site.uuid(),
        meeting.uuid(),
    )
    .fetch_all(command.connection())
    .await?;
    Ok(order)
}

async fn renumber(
    command: &mut Command<act::AgendaList, MeetingKey>,
    order: &[AgendaItemId],
    moved: AgendaItemId,
) -> Result<(), StoreError> {
    let site = command.site();
    let ids: Vec<Uuid> = order.iter().map(|item| item.uuid()).collect();
    sqlx::query!(
        r#"
        update agenda_item i
           set position = n.position, row_version = row_version + (i.id = $3)::integer
          from (select id, place::integer as position
                  from unnest($2::uuid[]) with ordinality as o (id, place)) n
         where i.site_id = $1 and i.id = n.id
        "#,
        site.uuid(),
        &ids,
        moved.uuid(),
    )
    .execute(command.connection())
    .await?;
    Ok(())
}

/// Takes a case off an agenda before it is discussed.
///
/// # Errors
/// [`StoreError::Refused`] when no reason is given, the meeting is over or the case is being discussed;
/// [`StoreError::Stale`] when the item has changed since.
pub async fn remove_item(
    mut command: Command<act::AgendaList, MeetingKey>,
    id: AgendaItemId,
    reason: &str,
    base: i32,
) -> Result<Committed, StoreError> {
    let (site, meeting) = (command.site(), command.subject.id);
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(StoreError::Refused("Say why the case is taken off the agenda.".to_owned()));
    }
    text::check(reason, text::REASON_MAX).map_err(StoreError::refused)?;
    let state = lock_meeting(&mut command).await?;
    let item = lock_item(&mut command, id, base).await?;
    let removed = item.state.remove(state).map_err(StoreError::refused)?;
    sqlx::query!(
        r#"
        update agenda_item set state = $3, reason = $4, row_version = row_version + 1
         where site_id = $1 and id = $2
        "#,
        site.uuid(),
        id.uuid(),
        removed.code(),
        reason,
    )
    .execute(command.connection())
    .await?;
    let event = Event::new(EventKind::AgendaChanged)
        .subject(SubjectKind::AgendaItem, id)
        .case(item.case)
        .patient(item.patient)
        .data("meeting", meeting.to_string())
        .data("state", Change { from: item.state.code(), to: removed.code() })
        .private("reason", reason);
    command.commit(event, format!("/meetings/{meeting}")).await
}
