//! Sessions: rows keyed by the hash of the cookie's id.
//!
//! Their times are real ones, passed in: a demonstration's clock must not end or prolong a sign-in.

use chrono::{DateTime, Utc};
use mdt::ids::UserId;
use sha2::{Digest, Sha256};

use crate::{Store, StoreError};

/// The key of a session: SHA-256 of the id in the cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    /// The key of a cookie's id.
    pub fn of(cookie_id: &[u8]) -> Self {
        Self(Sha256::digest(cookie_id).into())
    }

    /// Whether `key` is this one.
    pub fn is(&self, key: &[u8]) -> bool {
        self.0 == key
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A session as its row has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionState {
    /// It goes on, with these data.
    Open(Vec<u8>),
    /// It is over; the row stays for a day, so that what its user sends now can be kept for them.
    Over,
}

/// One of a user's sessions, as their own page lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Its key.
    pub key: Vec<u8>,
    /// Signed in.
    pub created_at: DateTime<Utc>,
    /// Last request that changed it.
    pub seen_at: DateTime<Utc>,
    /// Ends by itself.
    pub expires_at: DateTime<Utc>,
}

impl Store {
    /// The session of a key; `None` when there is no row of it, or not any more.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn session(
        &self,
        key: SessionKey,
        now: DateTime<Utc>,
    ) -> Result<Option<SessionState>, StoreError> {
        let row = sqlx::query!(
            "select data, expires_at from session where id_hash = $1",
            key.0.as_slice()
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row.map(|row| {
            if row.expires_at > now { SessionState::Open(row.data) } else { SessionState::Over }
        }))
    }

    /// Whose session it was, also after it expired: for keeping what they were about to send.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn session_owner(&self, key: SessionKey) -> Result<Option<UserId>, StoreError> {
        let owner = sqlx::query_scalar!(
            r#"select user_id as "user: UserId" from session where id_hash = $1"#,
            key.0.as_slice(),
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(owner.flatten())
    }

    /// Adds a session; `false` when the id is taken.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn create_session(
        &self,
        key: SessionKey,
        user: Option<UserId>,
        data: &[u8],
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            r#"
            insert into session (id_hash, user_id, data, created_at, seen_at, expires_at)
            values ($1, $2, $3, $4, $4, $5)
            on conflict (id_hash) do nothing
            "#,
            key.0.as_slice(),
            user.map(UserId::uuid),
            data,
            now,
            expires_at,
        )
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Saves a session that goes on; one that ended meanwhile, by whatever way, stays over.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn save_session(
        &self,
        key: SessionKey,
        user: Option<UserId>,
        data: &[u8],
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            r#"update session set user_id = $2, data = $3, seen_at = $4, expires_at = $5
                where id_hash = $1 and expires_at > $4"#,
            key.0.as_slice(),
            user.map(UserId::uuid),
            data,
            now,
            expires_at,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Ends a session by its age, as if it had expired now.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn expire_session(
        &self,
        key: SessionKey,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "update session set expires_at = $2 where id_hash = $1 and expires_at > $2",
            key.0.as_slice(),
            now,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Ends a session, and with it all that is known of it.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn delete_session(&self, key: SessionKey) -> Result<(), StoreError> {
        sqlx::query!("delete from session where id_hash = $1", key.0.as_slice())
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// The sessions of a user that have not expired, newest first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn sessions_of(
        &self,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionRow>, StoreError> {
        Ok(sqlx::query_as!(
            SessionRow,
            r#"select id_hash as key, created_at, seen_at, expires_at from session
                where user_id = $1 and expires_at > $2 order by created_at desc"#,
            user.uuid(),
            now,
        )
        .fetch_all(self.pool())
        .await?)
    }
}
