//! The hourly purge of what was never part of the record: old drafts, old receipts of commands,
//! sessions and failed attempts that are over.
//!
//! Drafts and receipts belong to one user each, by policy also for us; so the purge goes through
//! the users one by one, in one transaction that ends in one event if anything went.

use chrono::{DateTime, TimeDelta, Utc};
use mdt::actor::Actor;
use mdt::event::{Event, EventKind};
use mdt::form_draft::KEPT_FOR;
use mdt::ids::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::scope::Scope;
use crate::{Store, StoreError};

/// How long a second sending of a form is recognised.
const RECEIPTS_KEPT_FOR: TimeDelta = TimeDelta::days(30);
/// How long a session that is over still tells whose it was, for what they send then.
const SESSIONS_KEPT_FOR: TimeDelta = TimeDelta::days(1);
/// How long failed attempts to give a password count.
const ATTEMPTS_KEPT_FOR: TimeDelta = TimeDelta::days(1);

/// How many rows a purge removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Drafts of forms.
    pub drafts: u64,
    /// Receipts of commands.
    pub receipts: u64,
    /// Sessions that had ended.
    pub sessions: u64,
    /// Counts of failed attempts to give a password.
    pub attempts: u64,
}

impl Store {
    /// Removes what is past its time. Doing it twice, or in two processes at once, does no harm.
    ///
    /// Sessions go by a real clock, which says `real_now`; all else by the installation's.
    ///
    /// # Errors
    /// When the database cannot be reached; then nothing was removed.
    pub async fn purge(&self, real_now: DateTime<Utc>) -> Result<Purged, StoreError> {
        let installation = self.installation().await?;
        let Some(installation) = installation else { return Ok(Purged::default()) };
        let job = Actor::job(installation.site);
        let now = self.sources().now();
        let mut purged = Purged::default();
        let mut transaction = Scope::of(&job).open(self.pool()).await?;
        for user in owners(&mut transaction).await? {
            Scope { user: Some(user), ..Scope::of(&job) }.apply(&mut transaction).await?;
            let drafts = sqlx::query!("delete from form_draft where saved_at < $1", now - KEPT_FOR);
            purged.drafts += drafts.execute(&mut *transaction).await?.rows_affected();
            let receipts = sqlx::query!(
                "delete from command_receipt where received_at < $1",
                now - RECEIPTS_KEPT_FOR
            );
            purged.receipts += receipts.execute(&mut *transaction).await?.rows_affected();
        }
        let sessions =
            sqlx::query!("delete from session where expires_at < $1", real_now - SESSIONS_KEPT_FOR);
        purged.sessions = sessions.execute(&mut *transaction).await?.rows_affected();
        let attempts = sqlx::query!(
            "delete from password_attempt where last_at < $1 and (locked_until is null or locked_until < $2)",
            now - ATTEMPTS_KEPT_FOR,
            now,
        );
        purged.attempts = attempts.execute(&mut *transaction).await?.rows_affected();
        if purged.drafts > 0 {
            Scope::of(&job).apply(&mut transaction).await?;
            let event = Event::new(EventKind::DraftsPurged).data("drafts", count(purged.drafts));
            self.write_into(&mut transaction, &job, installation.site, event).await?;
        }
        transaction.commit().await?;
        Ok(purged)
    }
}

/// The users, and the nobody that the command line's and the jobs' receipts belong to.
async fn owners(connection: &mut PgConnection) -> Result<Vec<UserId>, StoreError> {
    let mut owners = sqlx::query_scalar!(r#"select id as "id: UserId" from app_user order by id"#)
        .fetch_all(connection)
        .await?;
    owners.push(UserId::from(Uuid::nil()));
    Ok(owners)
}

fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use mdt::clock::Clock as _;
    use mdt::form_draft::{DraftKey, FormKind};

    use super::*;
    use crate::SessionKey;
    use crate::testing::World;

    #[tokio::test]
    async fn a_draft_goes_after_14_days_with_one_event_and_not_before() {
        let world = World::new().await;
        let user = world.user("coordinator@northfield.example").await;
        let key = DraftKey::new(FormKind::Assessment, "NF-2026-0001").unwrap();
        world
            .store
            .save_draft(user, &key, None, &[("case.kps".to_owned(), "80".to_owned())])
            .await
            .unwrap();
        world.clock.advance(TimeDelta::days(13));
        assert_eq!(world.store.purge(world.clock.now()).await.unwrap().drafts, 0);
        assert_eq!(world.events("drafts.purged").await, 0);
        world.clock.advance(TimeDelta::days(2));
        let purged = world.store.purge(world.clock.now()).await.unwrap();
        assert_eq!(purged.drafts, 1);
        assert_eq!(world.events("drafts.purged").await, 1);
        assert!(world.store.draft(user, &key).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn receipts_of_commands_go_after_30_days_whoever_sent_them() {
        let world = World::new().await;
        world.clock.advance(TimeDelta::days(29));
        let before = world.store.purge(world.clock.now()).await.unwrap();
        assert_eq!(before.receipts, 0);
        world.clock.advance(TimeDelta::days(2));
        let after = world.store.purge(world.clock.now()).await.unwrap();
        assert!(after.receipts > 0, "the template was arranged by commands");
        assert_eq!(world.store.purge(world.clock.now()).await.unwrap(), Purged::default());
    }

    #[tokio::test]
    async fn a_session_goes_a_day_after_its_end_by_the_real_clock_whatever_day_a_demonstration_has()
    {
        let world = World::new().await;
        let user = world.user("coordinator@northfield.example").await;
        let real: DateTime<Utc> = "2031-03-01T09:00:00Z".parse().unwrap();
        let key = SessionKey::of(b"a cookie");
        let end = real + TimeDelta::minutes(30);
        assert!(world.store.create_session(key, Some(user), b"{}", real, end).await.unwrap());
        // The day of the demonstration is five years before, then five years after the real one.
        for day_of_demonstration in [TimeDelta::zero(), TimeDelta::days(3650)] {
            world.clock.advance(day_of_demonstration);
            assert_eq!(world.store.purge(end + TimeDelta::hours(23)).await.unwrap().sessions, 0);
            assert_eq!(world.store.session_owner(key).await.unwrap(), Some(user));
        }
        assert_eq!(world.store.purge(end + TimeDelta::hours(25)).await.unwrap().sessions, 1);
        assert_eq!(world.store.session_owner(key).await.unwrap(), None);
    }
}
