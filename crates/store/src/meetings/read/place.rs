//! The place of one case on an agenda.

use mdt::ids::{AgendaItemId, MeetingId};
use mdt::meeting::ItemState;
use mdt::permission::Act;

use super::{Meeting, one};
use crate::meetings::agenda::item_state;
use crate::{CaseKey, Reading, StoreError};

/// Where a case is on an agenda: its latest presentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The item.
    pub item: AgendaItemId,
    /// Where it stands.
    pub state: ItemState,
    /// The how-manieth case it is, counted from 1.
    pub number: u32,
    /// The meeting, with its duties.
    pub meeting: Meeting,
}

/// The latest agenda that the case was put on and not taken off.
///
/// # Errors
/// When the database cannot be reached.
pub async fn place_of<A: Act>(
    reading: &mut Reading<A, CaseKey>,
) -> Result<Option<Place>, StoreError> {
    let (site, case) = (reading.subject.site, reading.subject.id);
    let row = sqlx::query!(
        r#"
        select i.id as "id: AgendaItemId", i.state, i.meeting_id as "meeting: MeetingId",
               (select count(*) from agenda_item o
                 where o.site_id = i.site_id and o.meeting_id = i.meeting_id and o.state <> 'removed'
                   and o.position <= i.position) as "number!"
          from agenda_item i
         where i.site_id = $1 and i.case_id = $2 and i.state <> 'removed'
         order by i.listed_at desc, i.id desc
         limit 1
        "#,
        site.uuid(),
        case.uuid(),
    )
    .fetch_optional(reading.connection())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let meeting = match one(reading.connection(), row.meeting).await {
        Ok(meeting) => meeting,
        // Whoever only sent the referral sees the case, not the meeting.
        Err(StoreError::NotFound) => return Ok(None),
        Err(other) => return Err(other),
    };
    Ok(Some(Place {
        item: row.id,
        state: item_state(&row.state, row.id)?,
        number: u32::try_from(row.number).unwrap_or(u32::MAX),
        meeting,
    }))
}

/// The meetings of the case's site that still take cases, the next first: choices of a form.
///
/// # Errors
/// When the database cannot be reached.
pub async fn meetings_taking<A: Act>(
    reading: &mut Reading<A, CaseKey>,
) -> Result<Vec<Meeting>, StoreError> {
    let site = reading.subject.site.uuid();
    super::coming(reading.connection(), &[site]).await
}
