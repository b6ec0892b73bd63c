//! Users, their roles, and signing in.

mod administrators;
mod attempts;
mod change;
mod own;
mod roles;
mod sign_in;

use std::collections::BTreeMap;

use mdt::actor::{Actor, ActorKind, Membership};
use mdt::coded::Coded;
use mdt::ids::{MembershipId, RequestId, SessionId, SiteId, UserId};
use mdt::role::{Role, Specialty};

use crate::{Store, StoreError};

pub use attempts::{Attempt, Counted, FailedSignIn, PasswordCounter};
pub use change::{AccountChange, change_account, reset_password};
pub use own::{set_own_password, set_preferences};
pub use roles::{NewUser, add_user, end_role, grant_role};
pub use sign_in::Credentials;

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
