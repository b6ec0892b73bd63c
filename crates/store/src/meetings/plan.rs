//! Planning a meeting, with who chairs it, and cancelling it.

use chrono::{DateTime, Utc};
use mdt::coded::Coded;
use mdt::event::{DataValue, Event, EventKind, SubjectKind};
use mdt::ids::{CaseId, MeetingId, MeetingSeriesId, SiteId, UserId};
use mdt::meeting::{CAPACITY, ItemState, LONGEST, MeetingState};
use mdt::permission::act;
use mdt::role::{Duty, Role};

use super::session::{lock_meeting, set_state};
use crate::{Command, Committed, MeetingKey, StoreError};

/// The recurring meeting that a sitting belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeriesChoice {
    /// One that exists.
    Known(MeetingSeriesId),
    /// A new one of this name.
    New(String),
}

/// A meeting to be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMeeting {
    /// The series, for one that recurs.
    pub series: Option<SeriesChoice>,
    /// What it is called; a meeting of a series has its name when this is blank.
    pub name: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Where it is held.
    pub place: Option<String>,
    /// How many cases there is time for, 1 to 60.
    pub capacity: Option<u32>,
    /// Who chairs it and signs its decisions.
    pub chair: UserId,
    /// Who confirms each outcome; the chair, when nobody is named.
    pub nominated_clinician: Option<UserId>,
    /// Who writes.
    pub scribe: Option<UserId>,
}

/// Plans a meeting.
///
/// # Errors
/// [`StoreError::Refused`] when the times are impossible, somebody named lacks the role for their duty,
/// or the chair chairs another meeting then; [`StoreError::NotFound`] for a series of another site.
pub async fn plan_meeting(
    mut command: Command<act::MeetingPlan, SiteId>,
    meeting: NewMeeting,
) -> Result<Committed, StoreError> {
    check(&meeting, command.now())?;
    let duties = duties_of(&meeting);
    for (duty, user) in &duties {
        require_role_for(&mut command, *duty, *user).await?;
    }
    require_free_chair(&mut command, &meeting).await?;
    let (series, name) = series(&mut command, &meeting).await?;
    let meeting = NewMeeting { name, ..meeting };
    let id: MeetingId = command.new_id();
    insert_meeting(&mut command, id, series, &meeting).await?;
    for (duty, user) in &duties {
        insert_duty(&mut command, id, *duty, *user).await?;
    }
    let mut event = Event::new(EventKind::MeetingPlanned)
        .subject(SubjectKind::Meeting, id)
        .data("starts_at", meeting.starts_at)
        .data("ends_at", meeting.ends_at)
        .private("name", meeting.name.as_str());
    for (duty, user) in duties {
        event = event.data(duty.code(), user.to_string());
    }
    if let Some(series) = series {
        event = event.data("series", series.to_string());
    }
    if let Some(place) = &meeting.place {
        event = event.private("place", place.as_str());
    }
    command.commit(event, format!("/meetings/{id}")).await
}

fn check(meeting: &NewMeeting, now: DateTime<Utc>) -> Result<(), StoreError> {
    let refuse = |words: &str| Err(StoreError::Refused(words.to_owned()));
    if meeting.ends_at <= meeting.starts_at {
        return refuse("The meeting must end after it starts.");
    }
    if meeting.ends_at - meeting.starts_at > LONGEST {
        return refuse(&format!("A meeting lasts {} hours at most.", LONGEST.num_hours()));
    }
    if meeting.capacity.is_some_and(|capacity| !CAPACITY.contains(&capacity)) {
        let (fewest, most) = (CAPACITY.start(), CAPACITY.end());
        return refuse(&format!("A meeting has time for {fewest} to {most} cases."));
    }
    if meeting.ends_at <= now {
        return refuse("The meeting would be over already: choose a time that is still to come.");
    }
    Ok(())
}

/// The duties of a new meeting; the chair confirms outcomes unless somebody else is named.
fn duties_of(meeting: &NewMeeting) -> Vec<(Duty, UserId)> {
    let confirming = meeting.nominated_clinician.unwrap_or(meeting.chair);
    let mut duties = vec![(Duty::Chair, meeting.chair), (Duty::NominatedClinician, confirming)];
    duties.extend(meeting.scribe.map(|scribe| (Duty::Scribe, scribe)));
    duties
}

/// The roles that may take a duty: whom a form offers for it.
pub fn roles_for(duty: Duty) -> &'static [Role] {
    match duty {
        Duty::Chair => &[Role::Chair],
        Duty::NominatedClinician | Duty::ResponsibleClinician | Duty::Deputy => {
            &[Role::Clinician, Role::Chair]
        }
        Duty::Scribe | Duty::Presenter => &[Role::Coordinator, Role::Clinician, Role::Chair],
    }
}

async fn require_role_for(
    command: &mut Command<act::MeetingPlan, SiteId>,
    duty: Duty,
    user: UserId,
) -> Result<(), StoreError> {
    let site = command.site();
    let roles: Vec<String> = roles_for(duty).iter().map(|role| role.code().to_owned()).collect();
    let fit = sqlx::query_scalar!(
        r#"
        select exists (select 1
                         from membership m
                         join app_user u on u.id = m.user_id
                        where m.site_id = $1 and m.user_id = $2 and m.role = any ($3)
                          and m.ended_at is null and u.active) as "fit!"
        "#,
        site.uuid(),
        user.uuid(),
        &roles,
    )
    .fetch_one(command.connection())
    .await?;
    if fit {
        return Ok(());
    }
    let needed: Vec<String> =
        roles_for(duty).iter().map(|role| role.label().to_lowercase()).collect();
    Err(StoreError::Refused(format!(
        "{}: choose somebody who is {} at this site.",
        duty.label(),
        needed.join(" or "),
    )))
}

async fn require_free_chair(
    command: &mut Command<act::MeetingPlan, SiteId>,
    meeting: &NewMeeting,
) -> Result<(), StoreError> {
    let site = command.site();
    let clash = sqlx::query_scalar!(
        r#"
        select m.name
          from meeting m
          join meeting_duty d on d.site_id = m.site_id and d.meeting_id = m.id
         where m.site_id = $1 and m.state in ('planned', 'frozen', 'in_session')
           and m.starts_at < $3 and m.ends_at > $2
           and d.user_id = $4 and d.duty = 'chair' and d.ended_at is null
         order by m.starts_at
         limit 1
        "#,
        site.uuid(),
        meeting.starts_at,
        meeting.ends_at,
        meeting.chair.uuid(),
    )
    .fetch_optional(command.connection())
    .await?;
    match clash {
        None => Ok(()),
        Some(name) => Err(StoreError::Refused(format!(
            "The chair already chairs “{name}” at that time: choose another time or another chair."
        ))),
    }
}

/// The series and the name that the meeting has.
async fn series(
    command: &mut Command<act::MeetingPlan, SiteId>,
    meeting: &NewMeeting,
) -> Result<(Option<MeetingSeriesId>, String), StoreError> {
    let site = command.site();
    let own = meeting.name.trim();
    let (id, of_series) = match &meeting.series {
        None => (None, String::new()),
        Some(SeriesChoice::Known(id)) => {
            let name = sqlx::query_scalar!(
                "select name from meeting_series where site_id = $1 and id = $2",
                site.uuid(),
                id.uuid(),
            )
            .fetch_optional(command.connection())
            .await?
            .ok_or(StoreError::NotFound)?;
            (Some(*id), name)
        }
        Some(SeriesChoice::New(name)) => {
            let id: MeetingSeriesId = command.new_id();
            sqlx::query!(
                "insert into meeting_series (site_id, id, name) values ($1, $2, $3)",
                site.uuid(),
                id.uuid(),
                name.trim(),
            )
            .execute(command.connection())
            .await?;
            (Some(id), name.trim().to_owned())
        }
    };
    let name = if own.is_empty() { of_series } else { own.to_owned() };
    if name.is_empty() {
        return Err(StoreError::Refused("Name the meeting, or choose a series.".to_owned()));
    }
    Ok((id, name))
}

async fn insert_meeting(
    command: &mut Command<act::MeetingPlan, SiteId>,
    id: MeetingId,
    series: Option<MeetingSeriesId>,
    meeting: &NewMeeting,
) -> Result<(), StoreError> {
    let site = command.site();
    let capacity = meeting.capacity.and_then(|capacity| i32::try_from(capacity).ok());
    sqlx::query!(
        r#"
        insert into meeting (site_id, id, series_id, name, starts_at, ends_at, place, capacity, state)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        site.uuid(),
        id.uuid(),
        series.map(MeetingSeriesId::uuid),
        meeting.name,
        meeting.starts_at,
        meeting.ends_at,
        meeting.place,
        capacity,
        MeetingState::Planned.code(),
    )
    .execute(command.connection())
    .await?;
    Ok(())
}

async fn insert_duty(
    command: &mut Command<act::MeetingPlan, SiteId>,
    meeting: MeetingId,
    duty: Duty,
    user: UserId,
) -> Result<(), StoreError> {
    let (site, now) = (command.site(), command.now());
    sqlx::query!(
        "insert into meeting_duty (site_id, meeting_id, user_id, duty, since) values ($1, $2, $3, $4, $5)",
        site.uuid(),
        meeting.uuid(),
        user.uuid(),
        duty.code(),
        now,
    )
    .execute(command.connection())
    .await?;
    Ok(())
}

/// Cancels a meeting that has not been opened. Its items roll over: their cases are free for another
/// agenda.
///
/// # Errors
/// [`StoreError::Refused`] when the meeting has been opened or no reason is given.
pub async fn cancel_meeting(
    mut command: Command<act::MeetingPlan, MeetingKey>,
    reason: &str,
) -> Result<Committed, StoreError> {
    let (site, id) = (command.site(), command.subject.id);
    let cancelled =
        lock_meeting(&mut command).await?.cancel(reason).map_err(StoreError::refused)?;
    set_state(&mut command, cancelled).await?;
    let rolled = sqlx::query_scalar!(
        r#"
        update agenda_item set state = $3, row_version = row_version + 1
         where site_id = $1 and meeting_id = $2 and state in ('proposed', 'listed', 'ready', 'open')
        returning case_id as "case_id: CaseId"
        "#,
        site.uuid(),
        id.uuid(),
        ItemState::RolledOver.code(),
    )
    .fetch_all(command.connection())
    .await?;
    let event = Event::new(EventKind::MeetingCancelled)
        .subject(SubjectKind::Meeting, id)
        .data("rolled_over", DataValue::texts(rolled))
        .private("reason", reason.trim());
    command.commit(event, format!("/meetings/{id}")).await
}
