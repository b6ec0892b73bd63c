//! Signing in: what a password is verified against, and what an attempt leaves behind.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use mdt::actor::Actor;
use mdt::event::{Event, EventKind, Outcome, SubjectKind};
use mdt::ids::{SiteId, UserId};
use sha2::{Digest, Sha256};

use crate::command::insert_event;
use crate::scope::Scope;
use crate::{Store, StoreError};

/// After this many failures the first lock falls; each further failure doubles it.
const FAILURES_BEFORE_LOCK: i32 = 5;
/// The longest lock.
const LONGEST_LOCK: TimeDelta = TimeDelta::hours(1);

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

/// The lock that the n-th failure in a row earns: none, then a minute, doubling up to an hour.
fn lock_for(failed: i32) -> Option<TimeDelta> {
    let beyond = u32::try_from(failed.checked_sub(FAILURES_BEFORE_LOCK)?).ok()?;
    let minutes = 1_i32.checked_shl(beyond.min(10)).unwrap_or(i32::MAX);
    Some(TimeDelta::minutes(minutes.into()).min(LONGEST_LOCK))
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
