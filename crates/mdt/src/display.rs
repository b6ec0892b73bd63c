//! Dates and times as clinicians read and type them: `17-Nov-2026`, `17-Nov-2026 16:42`, 24 hours, in the
//! zone of the owning site.

use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc,
};
use chrono_tz::Tz;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// `17-Nov-2026`.
pub fn date(date: NaiveDate) -> String {
    date.format("%d-%b-%Y").to_string()
}

/// `Tue 17-Nov-2026`, where the day of the week helps.
pub fn date_with_day(date: NaiveDate) -> String {
    date.format("%a %d-%b-%Y").to_string()
}

/// `17 November 2026`, for letters.
pub fn date_in_words(date: NaiveDate) -> String {
    format!("{} {}", date.day(), date.format("%B %Y"))
}

/// `17-Nov-2026 16:42` in the given zone.
pub fn date_time(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%d-%b-%Y %H:%M").to_string()
}

/// `17-Nov-2026 16:42:07` in the given zone, where seconds count (audit).
pub fn date_time_seconds(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%d-%b-%Y %H:%M:%S").to_string()
}

/// The calendar day of an instant in the given zone.
pub fn day_of(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// The instant of a local date and time. In the hour that happens twice it is the earlier one; a time
/// that the clocks skip does not exist.
///
/// # Errors
/// [`DateError::Skipped`] for a time that the clocks skip.
pub fn instant_of(local: NaiveDateTime, zone: Tz) -> Result<DateTime<Utc>, DateError> {
    match local.and_local_timezone(zone) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Ok(at.with_timezone(&Utc)),
        LocalResult::None => Err(DateError::Skipped(local.format("%d-%b-%Y %H:%M").to_string())),
    }
}

/// The first instant of a day: midnight, or where the clocks skip that, the first minute that there is.
///
/// # Errors
/// [`DateError::Skipped`] for a day that the calendar of the zone left out (the date line was moved).
pub fn start_of_day(day: NaiveDate, zone: Tz) -> Result<DateTime<Utc>, DateError> {
    let midnight = day.and_time(NaiveTime::MIN);
    (0..24 * 60)
        .find_map(|minute| instant_of(midnight + TimeDelta::minutes(minute), zone).ok())
        .ok_or_else(|| DateError::Skipped(date(day)))
}

/// A time zone by its IANA name.
///
/// # Errors
/// [`DateError::Zone`] when there is no such zone.
pub fn zone(name: &str) -> Result<Tz, DateError> {
    name.parse().map_err(|_| DateError::Zone(name.to_owned()))
}

/// Why a typed date or time is none. The messages are shown beside the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Not the shape of a date.
    #[error("`{0}` is not a date: type it like 17-Nov-2026 or 17/11/2026")]
    Shape(String),
    /// A year of two digits.
    #[error("type the year with four digits: `{0}` could be two centuries")]
    ShortYear(String),
    /// A month that there is not.
    #[error("`{0}` is not a month")]
    Month(String),
    /// A day that the calendar does not have.
    #[error("there is no {0}")]
    NoSuchDay(String),
    /// Not the shape of a time.
    #[error("`{0}` is not a time: type it like 16:42")]
    Time(String),
    /// A time that the clocks skip in that zone.
    #[error("{0} does not exist: the clocks went forward")]
    Skipped(String),
    /// Not a zone.
    #[error("`{0}` is not a time zone: give its IANA name, like Europe/London")]
    Zone(String),
}

/// Reads a date as people type it: `17-Nov-2026`, `17 November 2026`, `17/11/2026` (day first),
/// `2026-11-17`, `today`, `yesterday`, `tomorrow`.
///
/// # Errors
/// [`DateError`], in words for the person who typed it.
pub fn parse_date(text: &str, today: NaiveDate) -> Result<NaiveDate, DateError> {
    let typed = text.trim();
    match typed.to_lowercase().as_str() {
        "today" => return Ok(today),
        "yesterday" => return Ok(today.checked_sub_days(Days::new(1)).unwrap_or(today)),
        "tomorrow" => return Ok(today.checked_add_days(Days::new(1)).unwrap_or(today)),
        _ => {}
    }
    let shape = || DateError::Shape(typed.to_owned());
    let parts: Vec<&str> =
        typed.split(['-', '/', '.', ' ']).filter(|part| !part.is_empty()).collect();
    let [first, month, last] = parts.as_slice() else {
        return Err(shape());
    };
    let (day, year) = if first.len() == 4 { (last, first) } else { (first, last) };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(day) || !digits(year) || day.len() > 2 {
        return Err(shape());
    }
    if year.len() == 2 {
        return Err(DateError::ShortYear(typed.to_owned()));
    }
    if year.len() != 4 {
        return Err(shape());
    }
    let month = parse_month(month)?;
    let (day, year) = (day.parse().map_err(|_| shape())?, year.parse().map_err(|_| shape())?);
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| no_such_day(year, month, day))
}

/// Reads a date and time, `17-Nov-2026 16:42`, as it stands in the clocks of `zone`.
///
/// # Errors
/// [`DateError`], in words for the person who typed it.
pub fn parse_date_time(text: &str, today: NaiveDate, zone: Tz) -> Result<DateTime<Utc>, DateError> {
    let typed = text.trim();
    // Also what a browser's own date-time field sends: 2026-11-17T16:42.
    let (day, time) = typed
        .rsplit_once([' ', 'T'])
        .filter(|(_, time)| time.contains(':'))
        .ok_or_else(|| DateError::Time(typed.to_owned()))?;
    instant_of(parse_date(day, today)?.and_time(parse_time(time)?), zone)
}

/// Reads a time of day, `16:42`.
///
/// # Errors
/// [`DateError::Time`], in words for the person who typed it.
pub fn parse_time(text: &str) -> Result<NaiveTime, DateError> {
    let typed = text.trim();
    NaiveTime::parse_from_str(typed, "%H:%M")
        .or_else(|_| NaiveTime::parse_from_str(typed, "%H:%M:%S"))
        .map_err(|_| DateError::Time(typed.to_owned()))
}

/// The day that there is not, as days are written here.
fn no_such_day(year: i32, month: u32, day: u32) -> DateError {
    let first = NaiveDate::from_ymd_opt(year, month, 1);
    let month = first.map(|first| first.format("%b-%Y").to_string());
    DateError::NoSuchDay(format!("{day:02}-{}", month.unwrap_or_default()))
}

fn parse_month(text: &str) -> Result<u32, DateError> {
    let unknown = || DateError::Month(text.to_owned());
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let month: u32 = text.parse().map_err(|_| unknown())?;
        return if (1..=12).contains(&month) { Ok(month) } else { Err(unknown()) };
    }
    let typed = text.to_lowercase();
    if typed.len() < 3 {
        return Err(unknown());
    }
    MONTHS
        .iter()
        .zip(1..)
        .find_map(|(name, number)| name.starts_with(&typed).then_some(number))
        .ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 17).unwrap()
    }

    #[test]
    fn a_date_is_read_as_people_type_it() {
        for text in [
            "17-Nov-2026",
            " 17/11/2026 ",
            "17.11.2026",
            "17 november 2026",
            "2026-11-17",
            "today",
            "17 nov 2026",
            "Today",
        ] {
            assert_eq!(parse_date(text, today()), Ok(today()), "{text}");
        }
        assert_eq!(date(parse_date("yesterday", today()).unwrap()), "16-Nov-2026");
        assert_eq!(date(parse_date("tomorrow", today()).unwrap()), "18-Nov-2026");
        // Day first, always.
        assert_eq!(date(parse_date("3/4/2026", today()).unwrap()), "03-Apr-2026");
    }

    #[test]
    fn what_is_no_date_is_refused_in_words() {
        let message = |text: &str| parse_date(text, today()).unwrap_err().to_string();
        assert_eq!(
            message("17/11/26"),
            "type the year with four digits: `17/11/26` could be two centuries"
        );
        assert_eq!(message("31-Feb-2026"), "there is no 31-Feb-2026");
        assert_eq!(message("17-Nev-2026"), "`Nev` is not a month");
        assert_eq!(message("11/17/2026"), "`17` is not a month");
        assert_eq!(message("soon"), "`soon` is not a date: type it like 17-Nov-2026 or 17/11/2026");
        assert_eq!(message("32/1/2026"), "there is no 32-Jan-2026");
    }

    #[test]
    fn times_are_those_of_the_site() {
        let london = zone("Europe/London").unwrap();
        let at = parse_date_time("15-Jun-2026 08:25", today(), london).unwrap();
        assert_eq!(at.to_rfc3339(), "2026-06-15T07:25:00+00:00");
        assert_eq!(date_time(at, london), "15-Jun-2026 08:25");
        assert_eq!(date_time_seconds(at, london), "15-Jun-2026 08:25:00");
        assert_eq!(parse_date_time("2026-06-15T08:25", today(), london), Ok(at));
        assert_eq!(
            parse_date_time("29-Mar-2026 01:30", today(), london).unwrap_err().to_string(),
            "29-Mar-2026 01:30 does not exist: the clocks went forward"
        );
        assert!(parse_date_time("15-Jun-2026", today(), london).is_err());
        assert!(zone("Mars/Olympus").is_err());
    }

    #[test]
    fn a_letter_writes_the_month_out() {
        assert_eq!(date_in_words(today()), "17 November 2026");
        assert_eq!(date_with_day(today()), "Tue 17-Nov-2026");
    }

    proptest! {
        #[test]
        fn every_date_reads_back_what_it_shows(days in 0_u64..200_000) {
            let day = NaiveDate::from_ymd_opt(1700, 1, 1).unwrap() + Days::new(days);
            prop_assert_eq!(parse_date(&date(day), today()), Ok(day));
            prop_assert_eq!(parse_date(&day.to_string(), today()), Ok(day));
        }

        #[test]
        fn no_typed_text_makes_the_reader_fail(text in ".{0,24}") {
            let _ = parse_date(&text, today());
            let _ = parse_date_time(&text, today(), chrono_tz::Europe::London);
        }
    }

    #[test]
    fn a_day_begins_at_midnight_or_where_the_clocks_skip_it_at_the_first_minute_that_there_is() {
        use chrono_tz::{Africa::Cairo, America::Santiago, Asia::Beirut, Europe::London};
        let begins = |year, month, day, zone| {
            let day = NaiveDate::from_ymd_opt(year, month, day).unwrap();
            start_of_day(day, zone).map(|at| date_time(at, zone))
        };
        assert_eq!(begins(2026, 6, 15, London), Ok("15-Jun-2026 00:00".to_owned()));
        assert_eq!(begins(2026, 3, 29, Beirut), Ok("29-Mar-2026 01:00".to_owned()));
        assert_eq!(begins(2026, 4, 24, Cairo), Ok("24-Apr-2026 01:00".to_owned()));
        assert_eq!(begins(2026, 9, 6, Santiago), Ok("06-Sep-2026 01:00".to_owned()));
        // Samoa crossed the date line.
        let left_out = begins(2011, 12, 30, chrono_tz::Pacific::Apia);
        assert_eq!(left_out, Err(DateError::Skipped("30-Dec-2011".to_owned())));
    }
}
