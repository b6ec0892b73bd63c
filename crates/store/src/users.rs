//! Users, their roles, and signing in.

mod administrators;
mod attempts;
mod change;

use std::collections::BTreeMap;
use std::sync::Arc;

use mdt::actor::{Actor, ActorKind, Membership};
use mdt::coded::Coded;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{MembershipId, RequestId, SessionId, SiteId, UserId};
use mdt::permission::act;
use mdt::role::{Role, Specialty};

use crate::command::insert_event;
use crate::error::on_constraint;
use crate::scope::Scope;
use crate::{Command, Committed, SessionKey, Store, StoreError};

use administrators::require_an_administrator;

pub use attempts::{Attempt, Counted, FailedSignIn, PasswordCounter};
pub use change::{AccountChange, change_account};

/// How a user wants their pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// `light`, `dark` or `system`.
    pub theme: String,
    /// `normal` or `larger`.
    pub text_size: String,
    /// Whether single keys act.
    pub shortcuts: bool,
}

/// A user who may act: identity, preferences and current roles.
#[derive(Debug, Clone)]
pub struct Account {
    /// Who.
    pub id: UserId,
    /// The name that pages and records show.
    pub display_name: String,
    /// Sign-in address.
    pub email: String,
    /// Whose log takes what belongs to no other site.
    pub home: SiteId,
    /// Preferences.
    pub preferences: Preferences,
    /// Current roles.
    pub memberships: Vec<Membership>,
}

impl Account {
    /// The actor of a request of this user.
    pub fn actor(&self, session: Option<SessionId>, request: Option<RequestId>) -> Actor {
        Actor {
            kind: ActorKind::User(self.id),
            memberships: self.memberships.clone(),
            home: self.home,
            session,
            request,
        }
    }
}

/// What signing in verifies a password against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user, when the address belongs to one that is active.
    pub user: Option<(UserId, SiteId)>,
    /// The stored hash.
    pub password_hash: Option<String>,
}

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

/// A user as the administrator's list shows them.
#[derive(Debug, Clone)]
pub struct UserRow {
    /// Who.
    pub id: UserId,
    /// Sign-in address.
    pub email: String,
    /// Name.
    pub display_name: String,
    /// Home site.
    pub home: SiteId,
    /// Whether they may sign in.
    pub active: bool,
    /// Current roles.
    pub memberships: Vec<Membership>,
    /// The version an edit states as its base.
    pub row_version: i32,
}

impl Store {
    /// What an attempt to sign in with this address is verified against. The same statement whether the
    /// address is known or not.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn credentials(&self, email: &str) -> Result<Credentials, StoreError> {
        let row = sqlx::query!(
            r#"
            select u.id as "id?: UserId", u.home_site_id as "home?: SiteId", u.password_hash as "password_hash?"
              from (values (1)) one
              left join app_user u on u.email = $1 and u.active
            "#,
            email,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(Credentials { user: row.id.zip(row.home), password_hash: row.password_hash })
    }

    /// Writes down that a user signed out.
    ///
    /// # Errors
    /// When the event cannot be written.
    pub async fn record_sign_out(&self, actor: &Arc<Actor>) -> Result<(), StoreError> {
        self.record_alone(actor, actor.home, Event::new(EventKind::AuthSignedOut)).await?;
        Ok(())
    }

    /// Ends another session of the actor, by the key of its row. One that has ended already leaves no
    /// second event.
    ///
    /// # Errors
    /// When the event cannot be written.
    pub async fn end_session_of(&self, actor: &Arc<Actor>, key: &[u8]) -> Result<(), StoreError> {
        let Some(user) = actor.user() else { return Ok(()) };
        let event = Event::new(EventKind::AuthSignedOut).data("other_session", true);
        let mut transaction = Scope::of(actor).open(self.pool()).await?;
        let done = sqlx::query!(
            "delete from session where id_hash = $1 and user_id = $2",
            key,
            user.uuid(),
        )
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 1 {
            self.write_into(&mut transaction, actor, actor.home, event).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    pub(crate) async fn write_into(
        &self,
        connection: &mut sqlx::PgConnection,
        actor: &Actor,
        log: SiteId,
        event: Event,
    ) -> Result<(), StoreError> {
        let sealed = event
            .seal(actor, None, log, self.sources())
            .map_err(|error| StoreError::Canonical(error.to_string()))?;
        insert_event(connection, &sealed).await
    }

    /// The account of an active user, with the roles that hold now.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn account(&self, user: UserId) -> Result<Option<Account>, StoreError> {
        let rows = sqlx::query!(
            r#"
            select u.email, u.display_name, u.home_site_id as "home: SiteId", u.theme, u.text_size, u.shortcuts,
                   m.id as "membership?: MembershipId", m.site_id as "site?: SiteId", m.role as "role?", m.specialty
              from app_user u
              left join membership m on m.user_id = u.id and m.ended_at is null
             where u.id = $1 and u.active
             order by m.site_id, m.role
            "#,
            user.uuid(),
        )
        .fetch_all(self.pool())
        .await?;
        let mut account = None;
        for row in rows {
            let account = account.get_or_insert_with(|| Account {
                id: user,
                display_name: row.display_name.clone(),
                email: row.email.clone(),
                home: row.home,
                preferences: Preferences {
                    theme: row.theme.clone(),
                    text_size: row.text_size.clone(),
                    shortcuts: row.shortcuts,
                },
                memberships: Vec::new(),
            });
            if let (Some(id), Some(site), Some(role)) = (row.membership, row.site, row.role) {
                account.memberships.push(membership(id, site, &role, row.specialty.as_deref())?);
            }
        }
        Ok(account)
    }

    /// The stored password hash of a user, for signing again.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn password_hash(&self, user: UserId) -> Result<Option<String>, StoreError> {
        let hash = sqlx::query_scalar!(
            "select password_hash from app_user where id = $1 and active",
            user.uuid()
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(hash.flatten())
    }

    /// The names that pages show for users, by id. Names of staff are no patient data.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn user_names(&self) -> Result<BTreeMap<UserId, String>, StoreError> {
        let rows = sqlx::query!(r#"select id as "id: UserId", display_name from app_user"#)
            .fetch_all(self.aside())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.display_name)).collect())
    }

    /// The users who have a role at a site now, by name: choices of a form (chair, owner of an action).
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn members_of(
        &self,
        site: SiteId,
    ) -> Result<Vec<(UserId, String, Vec<Role>)>, StoreError> {
        let rows = sqlx::query!(
            r#"select u.id as "id: UserId", u.display_name, array_agg(m.role order by m.role) as "roles!"
                 from app_user u join membership m on m.user_id = u.id and m.ended_at is null
                where m.site_id = $1 and u.active
                group by u.id, u.display_name order by u.display_name"#,
            site.uuid(),
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|row| {
                let roles = row
                    .roles
                    .iter()
                    .map(|code| Role::from_code(code))
                    .collect::<Result<_, _>>()
                    .map_err(|why| StoreError::inconsistent("membership", "role", row.id, why))?;
                Ok((row.id, row.display_name, roles))
            })
            .collect()
    }

    /// All users with their current roles, by name.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        let rows = sqlx::query!(
            r#"
            select u.id as "id: UserId", u.email, u.display_name, u.home_site_id as "home: SiteId", u.active,
                   u.row_version, m.id as "membership?: MembershipId", m.site_id as "site?: SiteId",
                   m.role as "role?", m.specialty
              from app_user u
              left join membership m on m.user_id = u.id and m.ended_at is null
             order by u.display_name, u.id, m.site_id, m.role
            "#
        )
        .fetch_all(self.pool())
        .await?;
        let mut users: Vec<UserRow> = Vec::new();
        for row in rows {
            if users.last().is_none_or(|last| last.id != row.id) {
                users.push(UserRow {
                    id: row.id,
                    email: row.email,
                    display_name: row.display_name,
                    home: row.home,
                    active: row.active,
                    memberships: Vec::new(),
                    row_version: row.row_version,
                });
            }
            let of_role = row.membership.zip(row.site).zip(row.role);
            if let (Some(((id, site), role)), Some(user)) = (of_role, users.last_mut()) {
                user.memberships.push(membership(id, site, &role, row.specialty.as_deref())?);
            }
        }
        Ok(users)
    }
}

fn membership(
    id: MembershipId,
    site: SiteId,
    role: &str,
    specialty: Option<&str>,
) -> Result<Membership, StoreError> {
    let role = Role::from_code(role)
        .map_err(|why| StoreError::inconsistent("membership", "role", id, why))?;
    let specialty = specialty
        .map(Specialty::from_code)
        .transpose()
        .map_err(|why| StoreError::inconsistent("membership", "specialty", id, why))?;
    Ok(Membership { id, site, role, specialty })
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
