//! What follows a signature: the actions that it set, and the place of its event in the log.

use chrono::{DateTime, NaiveDate, Utc};
use mdt::ids::{ActionId, DecisionVersionId, EventId, UserId};
use mdt::permission::Act;

use super::Deed;
use crate::{CaseKey, Reading, StoreError};

/// Where an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionState {
    /// To be done.
    Open,
    /// Done.
    Done,
    /// A later version of the decision took its place.
    Superseded,
}

impl ActionState {
    pub(in crate::decisions) fn read(code: &str, action: ActionId) -> Result<Self, StoreError> {
        match code {
            "open" => Ok(Self::Open),
            "done" => Ok(Self::Done),
            "superseded" => Ok(Self::Superseded),
            _ => Err(StoreError::inconsistent("action_state", "state", action, "unknown state")),
        }
    }

    /// The words that a person reads.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Done => "Done",
            Self::Superseded => "Superseded",
        }
    }
}

/// An action that a decision set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionItem {
    /// Its id.
    pub id: ActionId,
    /// What.
    pub text: String,
    /// Who.
    pub owner: Option<(UserId, String)>,
    /// By when.
    pub due: Option<NaiveDate>,
    /// Where it stands.
    pub state: ActionState,
    /// Who brought it there, and when.
    pub changed: Deed,
}

/// The actions of a signed version, in the order in which it states them.
///
/// # Errors
/// When the database cannot be reached.
pub async fn actions_of<A: Act>(
    reading: &mut Reading<A, CaseKey>,
    version: DecisionVersionId,
) -> Result<Vec<ActionItem>, StoreError> {
    let (site, case) = (reading.subject.site, reading.subject.id);
    let rows = sqlx::query!(
        r#"
        select a.id as "id: ActionId", a.text, a.owner_id as "owner: UserId",
               u.display_name as "owner_name?", a.due, s.state,
               s.changed_by as "changed_by: UserId", c.display_name as changed_name, s.changed_at
          from action a
          join lateral (select state, changed_by, changed_at from action_state
                         where site_id = a.site_id and action_id = a.id
                         order by ordinal desc limit 1) s on true
          join app_user c on c.id = s.changed_by
          left join app_user u on u.id = a.owner_id
         where a.site_id = $1 and a.case_id = $2 and a.decision_version_id = $3
         order by a.id
        "#,
        site.uuid(),
        case.uuid(),
        version.uuid(),
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ActionItem {
                id: row.id,
                text: row.text,
                owner: row.owner.zip(row.owner_name),
                due: row.due,
                state: ActionState::read(&row.state, row.id)?,
                changed: Deed { user: row.changed_by, name: row.changed_name, at: row.changed_at },
            })
        })
        .collect()
}

/// Where an event stands in its log, once a checkpoint covers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Its entry number, from 0.
    pub index: i64,
    /// The first checkpoint that covers it.
    pub checkpoint: i64,
    /// The entries that this checkpoint covers.
    pub size: i64,
    /// When it was sealed.
    pub sealed_at: DateTime<Utc>,
}

/// The place of an event of the case in the log; none while it waits for its seal.
///
/// # Errors
/// When the database cannot be reached.
pub async fn seal_of<A: Act>(
    reading: &mut Reading<A, CaseKey>,
    event: EventId,
) -> Result<Option<Sealed>, StoreError> {
    let site = reading.subject.site;
    let sealed = sqlx::query_as!(
        Sealed,
        r#"
        select l.index, c.number as checkpoint, c.size, c.sealed_at
          from audit_leaf l
          join lateral (select number, size, sealed_at from audit_checkpoint
                         where site_id = l.site_id and size > l.index
                         order by number limit 1) c on true
         where l.site_id = $1 and l.event_id = $2
        "#,
        site.uuid(),
        event.uuid(),
    )
    .fetch_optional(reading.connection())
    .await?;
    Ok(sealed)
}
