//! What signing in verifies, and what ends a session.

use std::sync::Arc;

use mdt::actor::Actor;
use mdt::event::{Event, EventKind};
use mdt::ids::{SiteId, UserId};

use crate::command::insert_event;
use crate::scope::Scope;
use crate::{Store, StoreError};

/// What signing in verifies a password against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user, when the address belongs to one that is active.
    pub user: Option<(UserId, SiteId)>,
    /// The stored hash.
    pub password_hash: Option<String>,
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
}
