//! Which protocol a site uses, and from when.

use chrono::{DateTime, Utc};
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{ProtocolVersionId, SiteId, UserId};
use mdt::permission::{Act, act};
use sqlx::PgConnection;

use super::Activation;
use crate::{Command, Committed, Reading, StoreError};

/// Activates a protocol version at the command's site, from an instant on.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown version; [`StoreError::Refused`] when it pins a rule set that
/// is kept for fidelity only, or that is not approved.
pub async fn activate(
    mut command: Command<act::ProtocolActivate, SiteId>,
    version: ProtocolVersionId,
    active_from: DateTime<Utc>,
) -> Result<Committed, StoreError> {
    let site = command.subject;
    let protocol = sqlx::query!(
        "select protocol, version, hash from protocol_version where id = $1",
        version.uuid()
    )
    .fetch_optional(command.connection())
    .await?
    .ok_or(StoreError::NotFound)?;
    if let Some(why) = obstacle(command.connection(), version).await? {
        return Err(StoreError::Refused(why));
    }
    let (now, user) = (command.now(), command.actor().user());
    sqlx::query!(
        r#"
        insert into protocol_activation (site_id, active_from, ordinal, protocol_version_id, activated_by, activated_at)
        select $1, $2, coalesce(max(ordinal), 0) + 1, $3, $4, $5
          from protocol_activation where site_id = $1 and active_from = $2
        "#,
        site.uuid(),
        active_from,
        version.uuid(),
        user.map(UserId::uuid),
        now,
    )
    .execute(command.connection())
    .await?;
    let event = Event::new(EventKind::ProtocolActivated)
        .subject_version(
            SubjectKind::Protocol,
            &protocol.protocol,
            u32::try_from(protocol.version).unwrap_or(0),
        )
        .data("hash", hex::encode(protocol.hash))
        .data("from", active_from);
    command.commit(event, "/rules").await
}

/// Why a protocol version cannot be activated, if so: the first rule set that stands against it.
async fn obstacle(
    connection: &mut PgConnection,
    version: ProtocolVersionId,
) -> Result<Option<String>, StoreError> {
    let found = sqlx::query!(
        r#"
        select v.rule_set, v.status in ('not-for-use', 'hold') as "not_for_use!"
          from protocol_rule_set p
          join rule_set_version v on v.id = p.rule_set_version_id
          join lateral (select state from rule_state s where s.rule_set_version_id = v.id
                         order by ordinal desc limit 1) s on true
         where p.protocol_version_id = $1 and (v.status in ('not-for-use', 'hold') or s.state <> 'approved')
         order by p.position limit 1
        "#,
        version.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.map(|row| {
        let what = if row.not_for_use { "not for use" } else { "not approved" };
        format!("{} is {what}, so no protocol with it can be activated", row.rule_set)
    }))
}

/// The activation in force at a site now, for a page that compares with a case's pin.
///
/// # Errors
/// When the database cannot be reached.
pub async fn protocol_in_force<A: Act, S>(
    reading: &mut Reading<A, S>,
    site: SiteId,
) -> Result<Option<Activation>, StoreError> {
    let now = reading.now();
    activation_at(reading.connection(), site, now).await
}

/// The protocol version in force at a site at an instant.
pub(crate) async fn in_force(
    connection: &mut PgConnection,
    site: SiteId,
    at: DateTime<Utc>,
) -> Result<Option<ProtocolVersionId>, StoreError> {
    Ok(activation_at(connection, site, at).await?.map(|one| one.protocol_version))
}

/// The greatest `active_from` up to an instant, on a tie the later ordinal.
async fn activation_at(
    connection: &mut PgConnection,
    site: SiteId,
    at: DateTime<Utc>,
) -> Result<Option<Activation>, StoreError> {
    Ok(sqlx::query_as!(
        Activation,
        r#"select site_id as "site: SiteId", active_from, protocol_version_id as "protocol_version: ProtocolVersionId"
             from protocol_activation where site_id = $1 and active_from <= $2
            order by active_from desc, ordinal desc limit 1"#,
        site.uuid(),
        at,
    )
    .fetch_optional(connection)
    .await?)
}
