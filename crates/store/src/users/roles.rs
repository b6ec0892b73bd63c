//! Adding users; giving and ending roles.

use mdt::coded::Coded;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{MembershipId, SiteId, UserId};
use mdt::permission::act;
use mdt::role::{Role, Specialty};

use super::administrators::require_an_administrator;
use crate::error::on_constraint;
use crate::{Command, Committed, StoreError};

/// A user to be added.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Sign-in address, lower case.
    pub email: String,
    /// The name that pages and records show.
    pub display_name: String,
    /// Home site.
    pub home: SiteId,
    /// Stored form of the first password; none: nobody can sign in yet.
    pub password_hash: Option<String>,
    /// The first roles.
    pub roles: Vec<(SiteId, Role, Option<Specialty>)>,
}

/// Adds a user with their first roles.
///
/// # Errors
/// [`StoreError::Refused`] when the address is taken.
pub async fn add_user(
    mut command: Command<act::UserManage, SiteId>,
    user: NewUser,
) -> Result<(UserId, Committed), StoreError> {
    let id: UserId = command.new_id();
    let set_at = user.password_hash.as_ref().map(|_| command.now());
    let added = sqlx::query!(
        r#"insert into app_user (id, email, display_name, home_site_id, password_hash, password_set_at)
           values ($1, $2, $3, $4, $5, $6)"#,
        id.uuid(),
        user.email,
        user.display_name,
        user.home.uuid(),
        user.password_hash,
        set_at,
    )
    .execute(command.connection())
    .await
    .map_err(StoreError::from);
    on_constraint(added.map(drop), "app_user_email_unique", || {
        StoreError::Refused("another user has this address already".to_owned())
    })?;
    let mut roles = Vec::new();
    for (site, role, specialty) in user.roles {
        insert_membership(&mut command, id, site, role, specialty).await?;
        roles.push(format!("{site}:{}", role.code()));
    }
    let event = Event::new(EventKind::UserAdded)
        .subject(SubjectKind::User, id)
        .data("roles", roles)
        .private("email", user.email)
        .private("name", user.display_name);
    let committed = command.commit(event, "/admin/users").await?;
    Ok((id, committed))
}

async fn insert_membership(
    command: &mut Command<act::UserManage, SiteId>,
    user: UserId,
    site: SiteId,
    role: Role,
    specialty: Option<Specialty>,
) -> Result<MembershipId, StoreError> {
    if (role == Role::Clinician) != specialty.is_some() {
        return Err(StoreError::Refused(
            "a clinician has a specialty, and only a clinician has one".to_owned(),
        ));
    }
    let id: MembershipId = command.new_id();
    let since = command.now();
    let added = sqlx::query!(
        r#"insert into membership (id, site_id, user_id, role, specialty, since) values ($1, $2, $3, $4, $5, $6)"#,
        id.uuid(),
        site.uuid(),
        user.uuid(),
        role.code(),
        specialty.map(Coded::code),
        since,
    )
    .execute(command.connection())
    .await
    .map_err(StoreError::from);
    let already = || StoreError::Refused("the user has this role at this site already".to_owned());
    let added = on_constraint(added.map(drop), "membership_current", already);
    // Given twice at one instant, which of the two constraints speaks is the database's choice.
    on_constraint(added, "membership_unique", already)?;
    Ok(id)
}

/// Gives a user a role at the site of the command.
///
/// # Errors
/// [`StoreError::Refused`] when they have it already.
pub async fn grant_role(
    mut command: Command<act::UserManage, SiteId>,
    user: UserId,
    role: Role,
    specialty: Option<Specialty>,
) -> Result<Committed, StoreError> {
    let site = command.subject;
    let id = insert_membership(&mut command, user, site, role, specialty).await?;
    let event = Event::new(EventKind::MembershipGranted)
        .subject(SubjectKind::Membership, id)
        .data("user", user.to_string())
        .data("role", role.code());
    command.commit(event, "/admin/users").await
}

/// Ends a role that a user has at the site of the command; the row stays.
///
/// # Errors
/// [`StoreError::NotFound`] when the user has no such role there, or not any more;
/// [`StoreError::Refused`] for the last administrator.
pub async fn end_role(
    mut command: Command<act::UserManage, SiteId>,
    user: UserId,
    membership: MembershipId,
) -> Result<Committed, StoreError> {
    let (site, now) = (command.subject, command.now());
    let role = sqlx::query_scalar!(
        r#"update membership set ended_at = $4
            where id = $1 and user_id = $2 and site_id = $3 and ended_at is null returning role"#,
        membership.uuid(),
        user.uuid(),
        site.uuid(),
        now,
    )
    .fetch_optional(command.connection())
    .await?
    .ok_or(StoreError::NotFound)?;
    if role == Role::Administrator.code() {
        require_an_administrator(&mut command, "the last administrator cannot be removed").await?;
    }
    let event = Event::new(EventKind::MembershipEnded)
        .subject(SubjectKind::Membership, membership)
        .data("user", user.to_string())
        .data("role", role);
    command.commit(event, "/admin/users").await
}
