//! The actions that a signed decision set, once somebody has done them.

use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{ActionId, DecisionId, UserId};
use mdt::permission::act;
use mdt::role::Role;

use super::context::counted;
use super::read::ActionState;
use crate::meetings::hold_case;
use crate::{CaseKey, Command, Committed, StoreError};

struct Held {
    owner: Option<UserId>,
    decision: DecisionId,
    version: i32,
    state: String,
    ordinal: i32,
}

/// Marks an action as done: its owner may, or a coordinator of the site. What is to be done may well be
/// done after the case was closed.
///
/// # Errors
/// [`StoreError::NotFound`] when the case has no such action; [`StoreError::Refused`] for anybody else, and
/// when it is done already or a later version or a void ended it.
pub async fn complete_action(
    mut command: Command<act::ActionComplete, CaseKey>,
    action: ActionId,
    location: &str,
) -> Result<Committed, StoreError> {
    hold_case(&mut command).await?;
    let held = held(&mut command, action).await?;
    let (site, case, now) = (command.site(), command.subject.id, command.now());
    let user = command.actor().user().ok_or(StoreError::NotFound)?;
    let coordinates = command.actor().roles_at(site).contains(&Role::Coordinator);
    if held.owner != Some(user) && !coordinates {
        return Err(StoreError::Refused(
            "The action is not yours: its owner or a coordinator marks it as done.".to_owned(),
        ));
    }
    let state = ActionState::read(&held.state, action)?;
    let stands = |words: &str| Err(StoreError::Refused(words.to_owned()));
    match state {
        ActionState::Open => {}
        ActionState::Done => return stands("The action is done already."),
        ActionState::Superseded => {
            return stands("The action ended when its decision was amended or voided.");
        }
    }
    sqlx::query!(
        r#"
        insert into action_state (site_id, action_id, case_id, ordinal, state, changed_by, changed_at)
        values ($1, $2, $3, $4, 'done', $5, $6)
        "#,
        site.uuid(),
        action.uuid(),
        case.uuid(),
        held.ordinal + 1,
        user.uuid(),
        now,
    )
    .execute(command.connection())
    .await?;
    let event = Event::new(EventKind::ActionDone)
        .subject(SubjectKind::Action, action)
        .case(case)
        .patient(command.subject.patient)
        .data("decision", held.decision.to_string())
        .data("version", counted(held.version, "decision_version", "version", held.decision)?);
    command.commit(event, location).await
}

async fn held(
    command: &mut Command<act::ActionComplete, CaseKey>,
    action: ActionId,
) -> Result<Held, StoreError> {
    let (site, case) = (command.site(), command.subject.id);
    sqlx::query_as!(
        Held,
        r#"
        select a.owner_id as "owner: UserId", v.decision_id as "decision: DecisionId", v.version, s.state, s.ordinal
          from action a
          join decision_version v on v.site_id = a.site_id and v.id = a.decision_version_id
          join lateral (select state, ordinal from action_state
                         where site_id = a.site_id and action_id = a.id
                         order by ordinal desc limit 1) s on true
         where a.site_id = $1 and a.case_id = $2 and a.id = $3
        "#,
        site.uuid(),
        case.uuid(),
        action.uuid(),
    )
    .fetch_optional(command.connection())
    .await?
    .ok_or(StoreError::NotFound)
}
