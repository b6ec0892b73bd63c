//! What a step of a decision is checked against: the facts of now, the presentation, the rules.

use chrono::NaiveDate;
use mdt::coded::Coded;
use mdt::decision::Basis;
use mdt::display;
use mdt::ids::{AgendaItemId, EvaluationId, MeetingId, ProtocolVersionId, UserId};
use mdt::meeting::{ItemState, MeetingState};
use mdt::permission::Act;
use mdt::role::Duty;

use crate::meetings::hold_case;
use crate::stored::coded;
use crate::stored::hash;
use crate::{CaseKey, Command, StoreError};

/// The number of a row of the database as the domain counts.
pub(super) fn counted(
    number: i32,
    table: &'static str,
    column: &'static str,
    row: impl ToString,
) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|why| StoreError::inconsistent(table, column, row, why))
}

/// The number of the domain as the database keeps it.
pub(super) fn stored(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Holds the open case until the command ends: other steps of its decision and new assessments wait, so
/// that what is read afterwards is still so when this commits.
pub(super) async fn lock_case<A: Act>(command: &mut Command<A, CaseKey>) -> Result<(), StoreError> {
    hold_case(command).await?.must_be_open().map_err(StoreError::refused)
}

/// The facts and rules of now.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) basis: Basis,
    pub(super) protocol: ProtocolVersionId,
}

/// The evaluation of the current assessment under the protocol of the case.
pub(super) async fn current<A: Act>(
    command: &mut Command<A, CaseKey>,
) -> Result<Current, StoreError> {
    let (site, case) = (command.site(), command.subject.id);
    let row = sqlx::query!(
        r#"
        select a.ordinal, a.hash as assessment_hash, e.id as "evaluation: EvaluationId",
               e.hash as evaluation_hash, e.engine, p.id as "protocol: ProtocolVersionId",
               p.hash as protocol_hash
          from mdt_case c
          join lateral (select id, ordinal, hash from assessment
                         where site_id = c.site_id and case_id = c.id
                         order by ordinal desc limit 1) a on true
          join lateral (select id, hash, engine from evaluation
                         where site_id = c.site_id and assessment_id = a.id
                           and protocol_version_id = c.protocol_version_id
                         order by engine desc limit 1) e on true
          join protocol_version p on p.id = c.protocol_version_id
         where c.site_id = $1 and c.id = $2
        "#,
        site.uuid(),
        case.uuid(),
    )
    .fetch_optional(command.connection())
    .await?
    .ok_or_else(|| {
        StoreError::Refused(
            "The case has no evaluated assessment: record its facts first.".to_owned(),
        )
    })?;
    let basis = Basis {
        assessment_ordinal: counted(row.ordinal, "assessment", "ordinal", case)?,
        assessment: hash(&row.assessment_hash, ("assessment", "hash"), case)?,
        evaluation_id: row.evaluation,
        evaluation: hash(&row.evaluation_hash, ("evaluation", "hash"), row.evaluation)?,
        protocol: hash(&row.protocol_hash, ("protocol_version", "hash"), row.protocol)?,
        engine: counted(row.engine, "evaluation", "engine", row.evaluation)?,
    };
    Ok(Current { basis, protocol: row.protocol })
}

/// The assessment of an evaluation, by ordinal; 0 for one of another case.
pub(super) async fn assessment_of<A: Act>(
    command: &mut Command<A, CaseKey>,
    evaluation: EvaluationId,
) -> Result<u32, StoreError> {
    let (site, case) = (command.site(), command.subject.id);
    let ordinal = sqlx::query_scalar!(
        r#"
        select a.ordinal
          from evaluation e
          join assessment a on a.site_id = e.site_id and a.id = e.assessment_id
         where e.site_id = $1 and e.case_id = $2 and e.id = $3
        "#,
        site.uuid(),
        case.uuid(),
        evaluation.uuid(),
    )
    .fetch_optional(command.connection())
    .await?;
    ordinal.map_or(Ok(0), |ordinal| counted(ordinal, "assessment", "ordinal", evaluation))
}

/// The presentation that a decision belongs to.
#[derive(Debug, Clone)]
pub(super) struct Presentation {
    pub(super) item: AgendaItemId,
    pub(super) state: ItemState,
    pub(super) meeting: MeetingId,
    pub(super) meeting_state: MeetingState,
    /// The day of the discussion, in the site's zone.
    pub(super) day: NaiveDate,
}

/// The latest agenda item of the case that was not taken off, and its meeting, held until the command
/// ends.
pub(super) async fn latest_presentation<A: Act>(
    command: &mut Command<A, CaseKey>,
) -> Result<Option<Presentation>, StoreError> {
    let (site, case) = (command.site(), command.subject.id);
    let item = sqlx::query_scalar!(
        r#"
        select id as "id: AgendaItemId"
          from agenda_item
         where site_id = $1 and case_id = $2 and state <> 'removed'
         order by listed_at desc, id desc
         limit 1
        "#,
        site.uuid(),
        case.uuid(),
    )
    .fetch_optional(command.connection())
    .await?;
    match item {
        Some(item) => presentation(command, item).await.map(Some),
        None => Ok(None),
    }
}

/// One presentation and its meeting, held until the command ends: the meeting so that it is not closed
/// meanwhile, the item so that nobody takes it off.
pub(super) async fn presentation<A: Act>(
    command: &mut Command<A, CaseKey>,
    item: AgendaItemId,
) -> Result<Presentation, StoreError> {
    let site = command.site();
    let meeting = sqlx::query!(
        r#"
        select m.id as "id: MeetingId", m.state, m.starts_at, m.opened_at, s.zone
          from meeting m
          join site s on s.id = m.site_id
         where m.site_id = $1
           and m.id = (select meeting_id from agenda_item where site_id = $1 and id = $2)
           for share of m
        "#,
        site.uuid(),
        item.uuid(),
    )
    .fetch_one(command.connection())
    .await?;
    let state = sqlx::query_scalar!(
        "select state from agenda_item where site_id = $1 and id = $2 for update",
        site.uuid(),
        item.uuid(),
    )
    .fetch_one(command.connection())
    .await?;
    let zone = display::zone(&meeting.zone)
        .map_err(|why| StoreError::inconsistent("site", "zone", site, why))?;
    Ok(Presentation {
        item,
        state: coded::<ItemState>(&state, ("agenda_item", "state"), item)?,
        meeting: meeting.id,
        meeting_state: coded::<MeetingState>(&meeting.state, ("meeting", "state"), meeting.id)?,
        day: display::day_of(meeting.opened_at.unwrap_or(meeting.starts_at), zone),
    })
}

pub(super) async fn set_item_state<A: Act>(
    command: &mut Command<A, CaseKey>,
    item: AgendaItemId,
    state: ItemState,
) -> Result<(), StoreError> {
    let site = command.site();
    sqlx::query!(
        r#"
        update agenda_item set state = $3, row_version = row_version + 1
         where site_id = $1 and id = $2 and state <> $3
        "#,
        site.uuid(),
        item.uuid(),
        state.code(),
    )
    .execute(command.connection())
    .await?;
    Ok(())
}

/// Whether the actor has one of these duties in the meeting now.
pub(super) async fn has_duty<A: Act>(
    command: &mut Command<A, CaseKey>,
    meeting: MeetingId,
    duties: &[Duty],
) -> Result<bool, StoreError> {
    let (site, user) = (command.site(), command.actor().user().map(UserId::uuid));
    let duties: Vec<String> = duties.iter().map(|duty| duty.code().to_owned()).collect();
    let has = sqlx::query_scalar!(
        r#"
        select exists (select 1 from meeting_duty
                        where site_id = $1 and meeting_id = $2 and user_id = $3 and duty = any ($4)
                          and ended_at is null) as "has!"
        "#,
        site.uuid(),
        meeting.uuid(),
        user,
        &duties,
    )
    .fetch_one(command.connection())
    .await?;
    Ok(has)
}

/// The title of a rule set of the protocol that is recalled with severity `stop`, if there is one.
pub(super) async fn recalled_rule<A: Act>(
    command: &mut Command<A, CaseKey>,
    protocol: ProtocolVersionId,
) -> Result<Option<String>, StoreError> {
    let title = sqlx::query_scalar!(
        r#"
        select v.title
          from protocol_rule_set p
          join rule_set_version v on v.id = p.rule_set_version_id
          join lateral (select state, severity from rule_state
                         where rule_set_version_id = v.id
                         order by ordinal desc limit 1) s on true
         where p.protocol_version_id = $1 and s.state = 'recalled' and s.severity = 'stop'
         order by p.position
         limit 1
        "#,
        protocol.uuid(),
    )
    .fetch_optional(command.connection())
    .await?;
    Ok(title)
}
