//! The last administrator stays.

use mdt::ids::SiteId;
use mdt::permission::act;

use crate::{Command, StoreError};

/// Refuses a change after which nobody could manage users: call it when the change has been written.
///
/// # Errors
/// [`StoreError::Refused`] with these words.
pub(super) async fn require_an_administrator(
    command: &mut Command<act::UserManage, SiteId>,
    words: &str,
) -> Result<(), StoreError> {
    // Two administrators who remove each other at once must not both find the other one still there:
    // the second waits here until the first has committed, and counts after that.
    sqlx::query!("select pg_advisory_xact_lock(hashtext('spineboard.administrators'))")
        .execute(command.connection())
        .await?;
    let left = sqlx::query_scalar!(
        r#"select count(*) as "count!" from membership m join app_user u on u.id = m.user_id
            where m.role = 'administrator' and m.ended_at is null and u.active"#
    )
    .fetch_one(command.connection())
    .await?;
    if left == 0 { Err(StoreError::Refused(words.to_owned())) } else { Ok(()) }
}
