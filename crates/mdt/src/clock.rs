//! Time as an input. Everything that needs the time is given a [`Clock`]; only [`SystemClock`]
//! looks at the computer's.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Digits after the second that an instant keeps: what the database stores, so that a time which
/// was hashed reads back the same.
const DIGITS: u16 = 6;

/// A source of the present time.
pub trait Clock: Send + Sync {
    /// The present instant, to the microsecond.
    fn now(&self) -> DateTime<Utc>;
}

/// The computer's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where real time enters")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(DIGITS)
    }
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(DateTime<Utc>);

impl FixedClock {
    /// A clock that always says `at`.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(DIGITS))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

/// A clock that says `start` when it is made and runs on at the real pace: the time of a
/// demonstration. It counts elapsed time, so it never jumps when the computer's clock is set.
#[derive(Debug, Clone, Copy)]
pub struct OffsetClock {
    start: DateTime<Utc>,
    begun: Instant,
}

impl OffsetClock {
    /// A clock that begins to run at `start` now.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self { start, begun: Instant::now() }
    }
}

impl Clock for OffsetClock {
    fn now(&self) -> DateTime<Utc> {
        let elapsed = TimeDelta::from_std(self.begun.elapsed()).unwrap_or(TimeDelta::MAX);
        self.start
            .checked_add_signed(elapsed)
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
            .trunc_subsecs(DIGITS)
    }
}

/// A clock that moves only when told: for seeding and for tests.
#[derive(Debug)]
pub struct SteppedClock(Mutex<DateTime<Utc>>);

impl SteppedClock {
    /// A clock that says `at` until it is moved.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(Mutex::new(at.trunc_subsecs(DIGITS)))
    }

    /// Puts the clock to `at`, forwards or back.
    pub fn set(&self, at: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at.trunc_subsecs(DIGITS);
    }

    /// Moves the clock by `by` and says what it then shows.
    pub fn advance(&self, by: TimeDelta) -> DateTime<Utc> {
        let mut at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *at = at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC).trunc_subsecs(DIGITS);
        *at
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn monday() -> DateTime<Utc> {
        "2026-06-15T07:25:00.123456789Z".parse().unwrap()
    }

    #[test]
    fn a_stepped_clock_moves_only_when_told() {
        let clock = SteppedClock::new(monday());
        assert_eq!(clock.now(), clock.now());
        let later = clock.advance(TimeDelta::minutes(5));
        assert_eq!(clock.now(), later);
        clock.set(monday());
        assert_eq!(clock.now(), FixedClock::new(monday()).now());
    }

    #[test]
    fn an_offset_clock_starts_where_told_and_never_runs_back() {
        let clock = OffsetClock::starting_at(monday());
        let first = clock.now();
        assert!(first >= monday().trunc_subsecs(DIGITS));
        assert!(first < monday() + TimeDelta::hours(1));
        assert!(clock.now() >= first);
    }

    #[test]
    fn every_clock_keeps_what_the_database_keeps() {
        for now in [
            SystemClock.now(),
            FixedClock::new(monday()).now(),
            OffsetClock::starting_at(monday()).now(),
            SteppedClock::new(monday()).now(),
        ] {
            assert_eq!(now.timestamp_subsec_nanos() % 1000, 0);
        }
    }
}
