//! When the network meets, and at which hours its people work. Times are those of the sites' zone.

use chrono::{
    DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday,
};
use chrono_tz::Europe::London;
use chrono_tz::Tz;
use mdt::display;

use super::cast::{PLACES, Place};

/// The zone of all three sites.
pub(super) const ZONE: Tz = London;
/// So far back the demonstration begins.
const MONTHS: u32 = 6;
/// Meetings are planned so far ahead of the present.
const AHEAD: TimeDelta = TimeDelta::days(14);
/// A meeting is over when its outcomes have had time to settle.
const SETTLED: TimeDelta = TimeDelta::hours(4);
/// The first meetings wait until there are cases.
const RUN_UP: TimeDelta = TimeDelta::days(6);

/// One sitting of the weekly meeting of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sitting {
    pub(super) place: Place,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
    pub(super) fate: Fate,
}

/// What becomes of a sitting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It lies in the past.
    Held,
    /// Between Christmas and New Year nobody meets.
    Holiday,
    /// It is still to come.
    Coming,
}

/// The first instant of a demonstration.
pub(super) fn beginning(as_of: DateTime<Utc>) -> DateTime<Utc> {
    as_of.checked_sub_months(Months::new(MONTHS)).unwrap_or(as_of)
}

/// Weekday, beginning and length of the weekly meeting of a site.
fn slot(place: Place) -> (Weekday, (u32, u32), TimeDelta) {
    match place {
        Place::Northfield => (Weekday::Tue, (8, 0), TimeDelta::minutes(120)),
        Place::Eastmoor => (Weekday::Wed, (13, 0), TimeDelta::minutes(90)),
        Place::Westhaven => (Weekday::Thu, (12, 30), TimeDelta::minutes(90)),
    }
}

/// All sittings of a demonstration, in the order in which they begin.
pub(super) fn sittings(as_of: DateTime<Utc>) -> Vec<Sitting> {
    let (first, last) = (beginning(as_of) + RUN_UP, as_of + AHEAD);
    let mut sittings = Vec::new();
    for day in display::day_of(first, ZONE)
        .iter_days()
        .take_while(|day| *day <= display::day_of(last, ZONE))
    {
        for place in PLACES {
            let (weekday, time, length) = slot(place);
            let starts_at = at(day, time);
            if day.weekday() == weekday && starts_at >= first && starts_at <= last {
                let ends_at = starts_at + length;
                // Who looks in while a meeting should be under way finds it still to come.
                let fate = match ends_at + SETTLED <= as_of {
                    true if is_holiday(day) => Fate::Holiday,
                    true => Fate::Held,
                    false => Fate::Coming,
                };
                sittings.push(Sitting { place, starts_at, ends_at, fate });
            }
        }
    }
    sittings
}

fn is_holiday(day: NaiveDate) -> bool {
    matches!((day.month(), day.day()), (12, 24..=31) | (1, 1))
}

/// The instant of a local time of day; a time that the clocks skip is taken as it would be without.
pub(super) fn at(day: NaiveDate, (hour, minute): (u32, u32)) -> DateTime<Utc> {
    let local: NaiveDateTime =
        day.and_time(NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default());
    display::instant_of(local, ZONE).unwrap_or_else(|_| local.and_utc())
}

/// The working day so many days before or after another; from a weekend back to the Friday.
pub(super) fn working_day(day: NaiveDate, days: i64) -> NaiveDate {
    let away = Days::new(days.unsigned_abs());
    let moved = if days < 0 { day.checked_sub_days(away) } else { day.checked_add_days(away) };
    let moved = moved.unwrap_or(day);
    let back = match moved.weekday() {
        Weekday::Sat => 1,
        Weekday::Sun => 2,
        _ => 0,
    };
    moved.checked_sub_days(Days::new(back)).unwrap_or(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_of() -> DateTime<Utc> {
        "2026-06-15T07:25:00Z".parse().unwrap()
    }

    #[test]
    fn every_site_meets_weekly_for_six_months_and_has_meetings_to_come() {
        let sittings = sittings(as_of());
        assert_eq!(beginning(as_of()).to_string(), "2025-12-15 07:25:00 UTC");
        for place in PLACES {
            let of_place: Vec<&Sitting> =
                sittings.iter().filter(|one| one.place == place).collect();
            assert!(of_place.windows(2).all(|pair| {
                display::day_of(pair[1].starts_at, ZONE) - display::day_of(pair[0].starts_at, ZONE)
                    == TimeDelta::days(7)
            }));
            let count = |fate| of_place.iter().filter(|one| one.fate == fate).count();
            assert!(count(Fate::Held) >= 22 && count(Fate::Coming) == 2, "{place:?}");
            assert!((1..=2).contains(&count(Fate::Holiday)), "{place:?}");
        }
    }

    #[test]
    fn a_meeting_begins_at_the_same_time_of_the_clock_in_winter_and_in_summer() {
        for one in sittings(as_of()).iter().filter(|one| one.place == Place::Northfield) {
            let local = one.starts_at.with_timezone(&ZONE);
            assert_eq!(
                (local.weekday(), local.format("%H:%M").to_string()),
                (Weekday::Tue, "08:00".to_owned())
            );
        }
    }

    #[test]
    fn the_next_meeting_after_the_day_of_the_drawings_is_on_its_tuesday() {
        let sittings = sittings(as_of());
        let next = sittings.iter().find(|one| one.fate == Fate::Coming).unwrap();
        assert_eq!(next.starts_at.to_string(), "2026-06-16 07:00:00 UTC");
    }

    #[test]
    fn nobody_works_on_a_weekend() {
        let monday = NaiveDate::from_ymd_opt(2026, 6, 15).unwrap();
        for days in -20..20 {
            assert!(!matches!(working_day(monday, days).weekday(), Weekday::Sat | Weekday::Sun));
        }
        assert_eq!(working_day(monday, -1).to_string(), "2026-06-12");
        assert_eq!(working_day(monday, 1).to_string(), "2026-06-16");
    }
}
