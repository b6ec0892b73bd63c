//! Changing another user's account and password.

use mdt::event::{Change, Event, EventKind, SubjectKind};
use mdt::ids::{SiteId, UserId};
use mdt::permission::act;

use super::administrators::require_an_administrator;
use crate::error::on_constraint;
use crate::{Command, Committed, StoreError};

/// What an administrator changes of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountChange {
    /// The name that pages and records show from now on.
    pub display_name: String,
    /// Sign-in address, lower case.
    pub email: String,
    /// Whether they may sign in.
    pub active: bool,
}

/// Changes the account of a user whose home is the site of the command; one that may no longer sign in
/// loses its sessions.
///
/// # Errors
/// [`StoreError::Stale`] when it was changed since `base`; [`StoreError::Refused`] when the address is
/// taken or the last administrator would be locked out; [`StoreError::NotFound`].
pub async fn change_account(
    mut command: Command<act::UserManage, SiteId>,
    user: UserId,
    change: AccountChange,
    base: i32,
) -> Result<Committed, StoreError> {
    let home = command.subject;
    let before = sqlx::query!(
        r#"select email, display_name, active, row_version from app_user
            where id = $1 and home_site_id = $2 for update"#,
        user.uuid(),
        home.uuid(),
    )
    .fetch_optional(command.connection())
    .await?
    .ok_or(StoreError::NotFound)?;
    if before.row_version != base {
        return Err(StoreError::Stale { base: base.into(), current: before.row_version.into() });
    }
    let changed = sqlx::query!(
        r#"update app_user set email = $2, display_name = $3, active = $4, row_version = row_version + 1
            where id = $1"#,
        user.uuid(),
        change.email,
        change.display_name,
        change.active,
    )
    .execute(command.connection())
    .await
    .map_err(StoreError::from);
    on_constraint(changed.map(drop), "app_user_email_unique", || {
        StoreError::Refused("another user has this address already".to_owned())
    })?;
    if !change.active {
        end_access(&mut command, user).await?;
    }
    let mut event = Event::new(EventKind::UserChanged).subject(SubjectKind::User, user);
    if before.active != change.active {
        event = event.data("active", Change { from: before.active, to: change.active });
    }
    if before.email != change.email {
        event = event.private("email", Change { from: before.email, to: change.email });
    }
    if before.display_name != change.display_name {
        event =
            event.private("name", Change { from: before.display_name, to: change.display_name });
    }
    command.commit(event, "/admin/users").await
}

async fn end_access(
    command: &mut Command<act::UserManage, SiteId>,
    user: UserId,
) -> Result<(), StoreError> {
    require_an_administrator(command, "the last administrator cannot be locked out").await?;
    sqlx::query!("delete from session where user_id = $1", user.uuid())
        .execute(command.connection())
        .await?;
    Ok(())
}

/// Sets a new password for another user, whose home is the site of the command, and ends their sessions.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such user there.
pub async fn reset_password(
    mut command: Command<act::UserManage, SiteId>,
    user: UserId,
    password_hash: &str,
) -> Result<Committed, StoreError> {
    let (home, now) = (command.subject, command.now());
    let done = sqlx::query!(
        r#"update app_user set password_hash = $3, password_set_at = $4, row_version = row_version + 1
            where id = $1 and home_site_id = $2"#,
        user.uuid(),
        home.uuid(),
        password_hash,
        now,
    )
    .execute(command.connection())
    .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::NotFound);
    }
    sqlx::query!("delete from session where user_id = $1", user.uuid())
        .execute(command.connection())
        .await?;
    let event = Event::new(EventKind::UserReset).subject(SubjectKind::User, user);
    command.commit(event, "/admin/users").await
}
