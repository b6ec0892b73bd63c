//! Time, ids and randomness in one value that is handed to whoever needs them.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use crate::clock::{Clock, SystemClock};

/// The largest value of the 12 bits that follow the milliseconds in an id.
const COUNTER_MAX: u16 = 0x0fff;
/// Where a new millisecond starts counting, at most: half of the room stays free.
const COUNTER_START_MASK: u16 = 0x07ff;

/// The operating system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes: {0}")]
pub struct EntropyError(String);

/// Where time, ids and random bytes come from. Clones share one state, so ids of all of them stay in
/// the order in which they were made.
#[derive(Clone)]
pub struct Sources {
    clock: Arc<dyn Clock>,
    random: Arc<Mutex<Random>>,
}

struct Random {
    rng: StdRng,
    /// The millisecond and the counter of the latest id.
    latest: (u64, u16),
}

impl Sources {
    /// The computer's clock and unpredictable bytes.
    ///
    /// # Errors
    /// [`EntropyError`] when the operating system gives no randomness.
    pub fn system() -> Result<Self, EntropyError> {
        Self::unpredictable(Arc::new(SystemClock))
    }

    /// The given clock and unpredictable bytes (a stream cipher keyed once by the operating system).
    ///
    /// # Errors
    /// [`EntropyError`] when the operating system gives no randomness.
    pub fn unpredictable(clock: Arc<dyn Clock>) -> Result<Self, EntropyError> {
        let rng =
            StdRng::try_from_rng(&mut SysRng).map_err(|error| EntropyError(error.to_string()))?;
        Ok(Self::with_rng(clock, rng))
    }

    /// The given clock and bytes that follow from `seed` alone: for demonstration data and tests, never for
    /// a secret.
    pub fn seeded(clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self::with_rng(clock, StdRng::seed_from_u64(seed))
    }

    fn with_rng(clock: Arc<dyn Clock>, rng: StdRng) -> Self {
        Self { clock, random: Arc::new(Mutex::new(Random { rng, latest: (0, 0) })) }
    }

    /// The clock itself.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The present instant, to the microsecond.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A new UUID v7, greater than every one made before from these sources, also within one
    /// millisecond and when the clock was put back.
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        let now = u64::try_from(self.now().timestamp_millis()).unwrap_or(0);
        let mut random = self.lock();
        let mut tail = [0_u8; 10];
        random.rng.fill_bytes(&mut tail);
        let start = u16::from_be_bytes([tail[0], tail[1]]) & COUNTER_START_MASK;
        let (millis, counter) = match random.latest {
            (latest, _) if now > latest => (now, start),
            (latest, counter) if counter < COUNTER_MAX => (latest, counter + 1),
            (latest, _) => (latest.saturating_add(1), start),
        };
        random.latest = (millis, counter);
        [tail[0], tail[1]] = counter.to_be_bytes();
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid().into()
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.lock().rng.fill_bytes(&mut bytes);
        bytes
    }

    /// Lends the generator, for choices that need more than bytes (demonstration data).
    pub fn choose<T>(&self, choice: impl FnOnce(&mut StdRng) -> T) -> T {
        choice(&mut self.lock().rng)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Random> {
        self.random.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").field("now", &self.now()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::clock::{FixedClock, SteppedClock};
    use crate::ids::CaseId;

    fn monday() -> DateTime<Utc> {
        "2026-06-15T07:25:00Z".parse().unwrap()
    }

    fn seeded(seed: u64) -> Sources {
        Sources::seeded(Arc::new(FixedClock::new(monday())), seed)
    }

    #[test]
    fn ids_are_in_the_order_in_which_they_were_made() {
        let sources = seeded(42);
        let ids: Vec<CaseId> = (0..20_000).map(|_| sources.clone().new_id()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.uuid().get_version_num() == 7));
    }

    #[test]
    fn an_id_made_after_the_clock_went_back_is_still_greater() {
        let clock = Arc::new(SteppedClock::new(monday()));
        let sources = Sources::seeded(clock.clone(), 1);
        let before: CaseId = sources.new_id();
        clock.advance(-TimeDelta::days(1));
        assert!(sources.new_id::<CaseId>() > before);
    }

    #[test]
    fn the_same_seed_gives_the_same_ids_and_bytes() {
        let (one, two, other) = (seeded(42), seeded(42), seeded(43));
        assert_eq!(one.new_id::<CaseId>(), two.new_id::<CaseId>());
        assert_eq!(one.bytes::<32>(), two.bytes::<32>());
        assert_ne!(one.bytes::<32>(), other.bytes::<32>());
    }

    #[test]
    fn unpredictable_sources_differ() {
        let clock = Arc::new(FixedClock::new(monday()));
        let one = Sources::unpredictable(clock.clone()).unwrap();
        let two = Sources::unpredictable(clock).unwrap();
        assert_ne!(one.bytes::<32>(), two.bytes::<32>());
    }
}
