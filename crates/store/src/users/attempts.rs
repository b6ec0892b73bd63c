//! Attempts to give a password: counted before they are judged, so that as many at once as anybody
//! likes are no more than one after the other; and the locks that too many failures earn.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use mdt::actor::Actor;
use mdt::coded::Coded;
use mdt::event::{Event, EventKind, Outcome, SubjectKind};
use mdt::ids::{SiteId, UserId};
use mdt::permission::Action;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::scope::Scope;
use crate::{Store, StoreError};

/// The failure that earns the first lock; each further one doubles it.
const FAILURES_BEFORE_LOCK: i32 = 5;
/// The longest lock.
const LONGEST_LOCK: TimeDelta = TimeDelta::hours(1);

/// What attempts are counted against: an address that somebody signs in with, or a user who is asked
/// for the password again. Two counts, so that nobody outside can lock a signature, and whoever sits at
/// another's session cannot lock the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCounter([u8; 32]);

impl PasswordCounter {
    /// Of signing in with an address, in lower case, whether it is anybody's or not.
    pub fn sign_in(email: &str) -> Self {
        Self(Sha256::digest(email.as_bytes()).into())
    }

    /// Of a user who is asked again within a session.
    pub fn prompt(user: UserId) -> Self {
        // No form takes a NUL, so that no typed address has this hash.
        Self(Sha256::digest(format!("prompt\0{user}").as_bytes()).into())
    }
}

/// Whether an attempt may be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It has been counted: judge it now.
    Judge(Counted),
    /// It is not judged: none is before this.
    Locked(DateTime<Utc>),
}

/// An attempt that counts as a failure until it turns out right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The how-manieth it is since the last right one.
    pub failures: i32,
    /// The end of the lock that it earns if it fails.
    pub locked_until: Option<DateTime<Utc>>,
}

/// A sign-in that failed.
#[derive(Debug, Clone, Copy)]
pub struct FailedSignIn<'a> {
    /// The address as typed, in lower case.
    pub email: &'a str,
    /// Whose it is, if anybody's.
    pub known: Option<(UserId, SiteId)>,
    /// Where it came from.
    pub client: &'a str,
}

impl Store {
    /// Counts an attempt, which must then be judged; the same statements whatever it is counted against.
    ///
    /// # Errors
    /// When the database cannot be reached; then nothing may be judged.
    pub async fn count_attempt(&self, counter: PasswordCounter) -> Result<Attempt, StoreError> {
        let now = self.sources().now();
        let mut transaction = self.pool().begin().await?;
        let failures = sqlx::query_scalar!(
            r#"
            insert into password_attempt (counter, failed_count, last_at) values ($1, 1, $2)
            on conflict (counter) do update
               set failed_count = password_attempt.failed_count + 1, last_at = excluded.last_at
             where password_attempt.locked_until is null or password_attempt.locked_until <= excluded.last_at
            returning failed_count
            "#,
            counter.0.as_slice(),
            now,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let attempt = match failures {
            Some(failures) => {
                let locked_until = lock_for(failures).map(|time| now + time);
                lock(&mut transaction, counter, locked_until).await?;
                Attempt::Judge(Counted { failures, locked_until })
            }
            None => Attempt::Locked(locked_until(&mut transaction, counter).await?.unwrap_or(now)),
        };
        transaction.commit().await?;
        Ok(attempt)
    }

    /// The right password was given: forgets the failures and writes the event.
    ///
    /// # Errors
    /// When the event cannot be written; then nobody is signed in.
    pub async fn record_sign_in(&self, actor: &Arc<Actor>, email: &str) -> Result<(), StoreError> {
        let mut transaction = Scope::of(actor).open(self.pool()).await?;
        forget(&mut transaction, PasswordCounter::sign_in(email)).await?;
        let event = Event::new(EventKind::AuthSignedIn).data("method", "password");
        let event = match actor.user() {
            Some(user) => event.subject(SubjectKind::User, user),
            None => event,
        };
        self.write_into(&mut transaction, actor, actor.home, event).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Writes down a sign-in with a wrong password or an unknown address, for an unknown address into
    /// the installation's log.
    ///
    /// # Errors
    /// When the event cannot be written.
    pub async fn record_failed_sign_in(
        &self,
        nobody: &Arc<Actor>,
        failed: FailedSignIn<'_>,
        counted: Counted,
    ) -> Result<(), StoreError> {
        let mut event =
            failure(counted).private("email", failed.email).private("client", failed.client);
        if let Some((user, _)) = failed.known {
            event = event.subject(SubjectKind::User, user);
        }
        let log = failed.known.map_or(nobody.home, |(_, home)| home);
        self.record_alone(nobody, log, event).await?;
        Ok(())
    }

    /// A user who was asked again gave the right password: forgets the failures. What it was asked for
    /// leaves an event of its own.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn forget_attempts(&self, counter: PasswordCounter) -> Result<(), StoreError> {
        let mut connection = self.pool().acquire().await?;
        forget(&mut connection, counter).await
    }

    /// Writes down that a user who was asked again, for this action, gave a wrong password.
    ///
    /// # Errors
    /// When the event cannot be written.
    pub async fn record_failed_prompt(
        &self,
        actor: &Arc<Actor>,
        action: Action,
        counted: Counted,
    ) -> Result<(), StoreError> {
        let mut event = failure(counted).data("action", action.code());
        if let Some(user) = actor.user() {
            event = event.subject(SubjectKind::User, user);
        }
        self.record_alone(actor, actor.home, event).await?;
        Ok(())
    }
}

fn failure(counted: Counted) -> Event {
    let locks = counted.locked_until.is_some();
    Event::new(if locks { EventKind::AuthLocked } else { EventKind::AuthFailed })
        .outcome(Outcome::Failed)
        .data("method", "password")
        .data("failures", counted.failures)
}

async fn lock(
    connection: &mut PgConnection,
    counter: PasswordCounter,
    until: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update password_attempt set locked_until = $2 where counter = $1",
        counter.0.as_slice(),
        until,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn locked_until(
    connection: &mut PgConnection,
    counter: PasswordCounter,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let until = sqlx::query_scalar!(
        "select locked_until from password_attempt where counter = $1",
        counter.0.as_slice(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(until.flatten())
}

async fn forget(connection: &mut PgConnection, counter: PasswordCounter) -> Result<(), StoreError> {
    sqlx::query!("delete from password_attempt where counter = $1", counter.0.as_slice())
        .execute(connection)
        .await?;
    Ok(())
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
