//! What a serving process does besides answering: it seals the audit logs each second and removes
//! old drafts, receipts and sessions each hour.
//!
//! Every process tries: for sealing, an advisory lock in the database lets one of them work on a
//! site at a time; purging twice does no harm.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use mdt::clock::Clock;
use store::ledger::{LedgerKey, Sweep};
use store::{Purged, Store, StoreError};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::shutdown::Shutdown;

/// How often waiting events get their place.
const SEAL_EVERY: Duration = Duration::from_secs(1);
/// How often the whole log is looked through for events that came very late.
const SWEEP_EVERY: Duration = Duration::from_hours(1);
/// How often what is past its time is removed.
const PURGE_EVERY: Duration = Duration::from_hours(1);
/// How often it is checked that nothing waits too long, and how long that is.
const CHECK_EVERY: Duration = Duration::from_mins(1);
const TOO_LONG: TimeDelta = TimeDelta::seconds(60);

/// Works until the program is to stop, and seals a last time then. Sessions end by `real_clock`.
pub async fn run(store: Store, key: LedgerKey, real_clock: Arc<dyn Clock>, shutdown: Shutdown) {
    let mut tick = interval(SEAL_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut worker = Worker {
        store,
        key,
        real_clock,
        swept: None,
        purged: None,
        checked: Instant::now(),
        failing: false,
    };
    let stop = shutdown.requested();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            _ = tick.tick() => worker.work().await,
            () = &mut stop => break,
        }
    }
    worker.seal(Sweep::Recent).await;
}

struct Worker {
    store: Store,
    key: LedgerKey,
    real_clock: Arc<dyn Clock>,
    /// When the whole log was last looked through.
    swept: Option<Instant>,
    purged: Option<Instant>,
    checked: Instant,
    /// Whether the last attempt failed: said once, and once more when it works again.
    failing: bool,
}

impl Worker {
    async fn work(&mut self) {
        let whole = self.swept.is_none_or(|at| at.elapsed() >= SWEEP_EVERY);
        let sweep = if whole { Sweep::Whole } else { Sweep::Recent };
        if self.seal(sweep).await && whole {
            self.swept = Some(Instant::now());
        }
        if self.purged.is_none_or(|at| at.elapsed() >= PURGE_EVERY) {
            self.purged = Some(Instant::now());
            self.purge().await;
        }
        if self.checked.elapsed() >= CHECK_EVERY {
            self.checked = Instant::now();
            self.check().await;
        }
    }

    /// Whether it worked.
    async fn seal(&mut self, sweep: Sweep) -> bool {
        let outcome = self.store.seal_all(&self.key, sweep).await;
        match &outcome {
            Ok(0) => {}
            Ok(events) => tracing::debug!(ledger.events = events, "sealed"),
            Err(error) if !self.failing => {
                tracing::error!(error = %error, "the audit log cannot be sealed");
            }
            Err(_) => {}
        }
        if outcome.is_ok() && self.failing {
            tracing::info!("the audit log is being sealed again");
        }
        self.failing = outcome.is_err();
        outcome.is_ok()
    }

    async fn purge(&self) {
        match self.store.purge(self.real_clock.now()).await {
            Ok(gone) if gone == Purged::default() => {}
            Ok(gone) => tracing::info!(
                purged.drafts = gone.drafts,
                purged.receipts = gone.receipts,
                purged.sessions = gone.sessions,
                "removed what was past its time"
            ),
            Err(error) => {
                tracing::warn!(error = %error, "nothing was purged; next time in an hour");
            }
        }
    }

    /// Events that wait for more than a minute are an alarm, whoever should have sealed them.
    async fn check(&self) {
        match self.store.waiting(Sweep::Recent).await {
            Ok(waiting) => {
                let now = self.store.sources().now();
                if waiting.oldest.is_some_and(|oldest| now - oldest > TOO_LONG) {
                    tracing::error!(ledger.waiting = waiting.events, "events wait for their seal");
                }
            }
            // Said where it matters: by the sealing, and by every page.
            Err(StoreError::Unavailable) => {}
            Err(error) => tracing::error!(error = %error, "cannot tell what waits for its seal"),
        }
    }
}
