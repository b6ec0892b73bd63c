//! What users change of their own account.

use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::SiteId;
use mdt::permission::act;

use super::Preferences;
use crate::{Command, Committed, SessionKey, StoreError};

/// Sets how a user wants their own pages.
///
/// # Errors
/// When the database refuses a value.
pub async fn set_preferences(
    mut command: Command<act::AccountUse, SiteId>,
    preferences: &Preferences,
) -> Result<Committed, StoreError> {
    let Some(user) = command.actor().user() else { return Err(StoreError::NotFound) };
    sqlx::query!(
        r#"update app_user set theme = $2, text_size = $3, shortcuts = $4, row_version = row_version + 1
            where id = $1"#,
        user.uuid(),
        preferences.theme,
        preferences.text_size,
        preferences.shortcuts,
    )
    .execute(command.connection())
    .await?;
    let event = Event::new(EventKind::UserChanged)
        .subject(SubjectKind::User, user)
        .data("theme", preferences.theme.as_str())
        .data("text_size", preferences.text_size.as_str())
        .data("shortcuts", preferences.shortcuts);
    command.commit(event, "/me").await
}

/// Sets the actor's own password and ends their other sessions; the caller has verified the present one.
/// `session` is the one that goes on.
///
/// # Errors
/// When the database cannot be reached.
pub async fn set_own_password(
    mut command: Command<act::AccountUse, SiteId>,
    password_hash: &str,
    session: Option<SessionKey>,
) -> Result<Committed, StoreError> {
    let Some(user) = command.actor().user() else { return Err(StoreError::NotFound) };
    let now = command.now();
    sqlx::query!(
        r#"update app_user set password_hash = $2, password_set_at = $3, row_version = row_version + 1 where id = $1"#,
        user.uuid(),
        password_hash,
        now,
    )
    .execute(command.connection())
    .await?;
    sqlx::query!(
        "delete from session where user_id = $1 and id_hash is distinct from $2",
        user.uuid(),
        session.as_ref().map(SessionKey::bytes),
    )
    .execute(command.connection())
    .await?;
    let event = Event::new(EventKind::AuthPasswordSet).subject(SubjectKind::User, user);
    command.commit(event, "/me").await
}
