//! Users, their roles, and signing in.

mod change;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use mdt::actor::{Actor, ActorKind, Membership};
use mdt::coded::Coded;
use mdt::event::{Event, EventKind, Outcome, SubjectKind};
use mdt::ids::{MembershipId, RequestId, SessionId, SiteId, UserId};
use mdt::permission::act;
use mdt::role::{Role, Specialty};
use sha2::{Digest, Sha256};

use crate::command::insert_event;
use crate::error::on_constraint;
use crate::scope::Scope;
use crate::{Command, Committed, Store, StoreError};

pub use change::{AccountChange, change_account};

/// After this many failures the first lock falls; each further failure doubles it.
const FAILURES_BEFORE_LOCK: i32 = 5;
/// The longest lock.
const LONGEST_LOCK: TimeDelta = TimeDelta::hours(1);

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
    /// No attempt is judged before this.
    pub locked_until: Option<DateTime<Utc>>,
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

fn email_hash(email: &str) -> [u8; 32] {
    Sha256::digest(email.as_bytes()).into()
}

impl Store {
    /// What an attempt to sign in with this address is verified against. The same statement whether the
    /// address is known or not.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn credentials(&self, email: &str) -> Result<Credentials, StoreError> {
        let hash = email_hash(email);
        let row = sqlx::query!(
            r#"
            select u.id as "id?: UserId", u.home_site_id as "home?: SiteId", u.password_hash as "password_hash?",
                   a.locked_until as "locked_until?"
              from (values (1)) one
              left join app_user u on u.email = $1 and u.active
              left join sign_in_attempt a on a.email_hash = $2
            "#,
            email,
            hash.as_slice(),
        )
        .fetch_one(self.pool())
        .await?;
        Ok(Credentials {
            user: row.id.zip(row.home),
            password_hash: row.password_hash,
            locked_until: row.locked_until,
        })
    }

    /// The right password was given: forgets the failures and writes the event.
    ///
    /// # Errors
    /// When the event cannot be written; then nobody is signed in.
    pub async fn record_sign_in(&self, actor: &Arc<Actor>, email: &str) -> Result<(), StoreError> {
        let mut transaction = Scope::of(actor).open(self.pool()).await?;
        let hash = email_hash(email);
        sqlx::query!("delete from sign_in_attempt where email_hash = $1", hash.as_slice())
            .execute(&mut *transaction)
            .await?;
        let event = Event::new(EventKind::AuthSignedIn).data("method", "password");
        let event = match actor.user() {
            Some(user) => event.subject(SubjectKind::User, user),
            None => event,
        };
        self.write_into(&mut transaction, actor, actor.home, event).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// A wrong password or an unknown address: counts it, locks when it is one too many, and writes the
    /// event, for an unknown address into the installation's log.
    ///
    /// Returns the end of the lock, if there is one now.
    ///
    /// # Errors
    /// When the event cannot be written.
    pub async fn record_failed_sign_in(
        &self,
        nobody: &Arc<Actor>,
        email: &str,
        known: Option<(UserId, SiteId)>,
        client: &str,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let now = self.sources().now();
        let hash = email_hash(email);
        let mut transaction = Scope::of(nobody).open(self.pool()).await?;
        let failed = sqlx::query_scalar!(
            r#"
            insert into sign_in_attempt (email_hash, failed_count, last_at) values ($1, 1, $2)
            on conflict (email_hash) do update
               set failed_count = sign_in_attempt.failed_count + 1, last_at = excluded.last_at
            returning failed_count
            "#,
            hash.as_slice(),
            now,
        )
        .fetch_one(&mut *transaction)
        .await?;
        let locked_until = lock_for(failed).map(|time| now + time);
        if let Some(until) = locked_until {
            sqlx::query!(
                "update sign_in_attempt set locked_until = $2 where email_hash = $1",
                hash.as_slice(),
                until,
            )
            .execute(&mut *transaction)
            .await?;
        }
        let kind =
            if locked_until.is_some() { EventKind::AuthLocked } else { EventKind::AuthFailed };
        let mut event = Event::new(kind)
            .outcome(Outcome::Failed)
            .data("method", "password")
            .data("failures", failed)
            .private("email", email)
            .private("client", client);
        if let Some((user, _)) = known {
            event = event.subject(SubjectKind::User, user);
        }
        let log = known.map_or(nobody.home, |(_, home)| home);
        self.write_into(&mut transaction, nobody, log, event).await?;
        transaction.commit().await?;
        Ok(locked_until)
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
        let sealed = event
            .seal(actor, None, actor.home, self.sources())
            .map_err(|error| StoreError::Canonical(error.to_string()))?;
        let mut transaction = Scope::of(actor).open(self.pool()).await?;
        let done = sqlx::query!(
            "delete from session where id_hash = $1 and user_id = $2",
            key,
            user.uuid(),
        )
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 1 {
            insert_event(&mut transaction, &sealed).await?;
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

/// The lock that the n-th failure in a row earns: none, then a minute, doubling up to an hour.
fn lock_for(failed: i32) -> Option<TimeDelta> {
    let beyond = u32::try_from(failed.checked_sub(FAILURES_BEFORE_LOCK)?).ok()?;
    let minutes = 1_i32.checked_shl(beyond.min(10)).unwrap_or(i32::MAX);
    Some(TimeDelta::minutes(minutes.into()).min(LONGEST_LOCK))
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

/// Gives a user a role at a site.
///
/// # Errors
/// [`StoreError::Refused`] when they have it already.
pub async fn grant_role(
    mut command: Command<act::UserManage, SiteId>,
    user: UserId,
    site: SiteId,
    role: Role,
    specialty: Option<Specialty>,
) -> Result<Committed, StoreError> {
    let id = insert_membership(&mut command, user, site, role, specialty).await?;
    let event = Event::new(EventKind::MembershipGranted)
        .subject(SubjectKind::Membership, id)
        .data("user", user.to_string())
        .data("role", role.code());
    command.commit(event, "/admin/users").await
}

/// Ends a role; the row stays.
///
/// # Errors
/// [`StoreError::NotFound`] when it has ended already; [`StoreError::Refused`] for the last administrator.
pub async fn end_role(
    mut command: Command<act::UserManage, SiteId>,
    membership: MembershipId,
) -> Result<Committed, StoreError> {
    let now = command.now();
    let ended = sqlx::query!(
        r#"update membership set ended_at = $2 where id = $1 and ended_at is null
           returning user_id as "user: UserId", role"#,
        membership.uuid(),
        now,
    )
    .fetch_optional(command.connection())
    .await?
    .ok_or(StoreError::NotFound)?;
    if ended.role == Role::Administrator.code() {
        let left = sqlx::query_scalar!(
            r#"select count(*) as "count!" from membership where role = 'administrator' and ended_at is null"#
        )
        .fetch_one(command.connection())
        .await?;
        if left == 0 {
            return Err(StoreError::Refused("the last administrator cannot be removed".to_owned()));
        }
    }
    let event = Event::new(EventKind::MembershipEnded)
        .subject(SubjectKind::Membership, membership)
        .data("user", ended.user.to_string())
        .data("role", ended.role);
    command.commit(event, "/admin/users").await
}

/// Sets a new password for another user and ends their sessions.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such user.
pub async fn reset_password(
    mut command: Command<act::UserManage, SiteId>,
    user: UserId,
    password_hash: &str,
) -> Result<Committed, StoreError> {
    let now = command.now();
    let done = sqlx::query!(
        r#"update app_user set password_hash = $2, password_set_at = $3, row_version = row_version + 1 where id = $1"#,
        user.uuid(),
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

/// Sets the actor's own password, which the caller has verified.
///
/// # Errors
/// When the database cannot be reached.
pub async fn set_own_password(
    mut command: Command<act::AccountUse, SiteId>,
    password_hash: &str,
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
    let event = Event::new(EventKind::AuthPasswordSet).subject(SubjectKind::User, user);
    command.commit(event, "/me").await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_failure_locks_for_a_minute_and_each_further_one_twice_as_long_up_to_an_hour() {
        let minutes: Vec<Option<i64>> = [1, 4, 5, 6, 7, 10, 11, 12, 400]
            .map(|n| lock_for(n).map(|time| time.num_minutes()))
            .into();
        assert_eq!(
            minutes,
            [None, None, Some(1), Some(2), Some(4), Some(32), Some(60), Some(60), Some(60)]
        );
    }
}
