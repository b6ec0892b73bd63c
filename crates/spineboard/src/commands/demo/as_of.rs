//! The time at which a demonstration stands: local to the hub, which is in London.

use chrono::{DateTime, Datelike as _, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Europe::London;

/// `2026-06-15T08:25` in London, or an instant with its offset.
pub(super) fn parse(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.with_timezone(&Utc));
    }
    let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .ok_or("a day and time such as 2026-06-15T08:25")?;
    in_london(local).ok_or_else(|| "the clocks in London skip this time".to_owned())
}

/// Monday, 08:25, of the week of `now`.
pub(super) fn this_monday(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.with_timezone(&London).date_naive();
    let since_monday = TimeDelta::days(i64::from(today.weekday().num_days_from_monday()));
    let monday = today.checked_sub_signed(since_monday).unwrap_or(today);
    let time = NaiveTime::from_hms_opt(8, 25, 0).unwrap_or_default();
    // The clocks change at night, so this time always exists.
    in_london(monday.and_time(time)).unwrap_or(now)
}

fn in_london(local: NaiveDateTime) -> Option<DateTime<Utc>> {
    London.from_local_datetime(&local).earliest().map(|instant| instant.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_without_an_offset_is_londons() {
        assert_eq!(parse("2026-06-15T08:25"), Ok(utc("2026-06-15T07:25:00Z")));
        assert_eq!(parse("2026-01-15T08:25"), Ok(utc("2026-01-15T08:25:00Z")));
        assert_eq!(parse("2026-06-15T08:25:00+02:00"), Ok(utc("2026-06-15T06:25:00Z")));
        assert!(parse("2026-03-29T01:30").is_err(), "the hour that is skipped");
        assert!(parse("Monday").is_err());
    }

    #[test]
    fn the_default_is_the_monday_of_the_week() {
        let monday = utc("2026-06-15T07:25:00Z");
        for day in ["2026-06-15T00:00:00Z", "2026-06-18T12:00:00Z", "2026-06-21T22:00:00Z"] {
            assert_eq!(this_monday(utc(day)), monday, "{day}");
        }
        assert_eq!(this_monday(utc("2026-06-21T23:30:00Z")), utc("2026-06-22T07:25:00Z"));
    }
}
