//! Clinical dates and times as people type them.
//!
//! Numeric dates are read day first, years have four digits, months may be words. "Today" and
//! "yesterday" count from a moment that the caller gives, in the caller's time zone: there is no
//! clock here, and a time zone is never guessed.

use std::fmt;

use chrono::{DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc};

use crate::dictionary::Precision;

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
const YEARS: std::ops::RangeInclusive<i32> = 1850..=2200;

/// Why a text is no date or time that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateProblem {
    /// Not written as a date.
    #[error("`{0}` is no date: write 17-Nov-2026 or 17/11/2026, day first")]
    Unreadable(String),
    /// The year has two digits.
    #[error("`{0}` has a year of two digits: write all four")]
    ShortYear(String),
    /// The month has no such day, or the year no such month.
    #[error("`{0}` is no day of the calendar")]
    NoSuchDay(String),
    /// Far from any clinical date.
    #[error("`{0}` lies outside the years 1850 to 2200")]
    OutOfReach(String),
    /// Only a month or a year where more is needed.
    #[error("`{given}` is not enough: give the {needed}")]
    TooCoarse {
        /// The text as given.
        given: String,
        /// What is missing: "day", "month" or "time".
        needed: &'static str,
    },
    /// Not written as a time of day.
    #[error("`{0}` is no time: write 17-Nov-2026 16:42, with 24 hours")]
    NoTime(String),
    /// The clocks were put forward over it.
    #[error("`{0}` does not exist: the clocks were put forward then")]
    Skipped(String),
    /// The clocks were put back over it.
    #[error("`{0}` happened twice, when the clocks were put back: add the offset, as +01:00")]
    Repeated(String),
    /// In the future, where only the past makes sense.
    #[error("`{0}` lies in the future")]
    Future(String),
}

/// A date of the calendar with its precision: a year, a month or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CalendarDate {
    first: NaiveDate,
    precision: DatePart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum DatePart {
    Year,
    Month,
    Day,
}

impl CalendarDate {
    /// A whole day.
    pub fn day(day: NaiveDate) -> Self {
        Self { first: day, precision: DatePart::Day }
    }

    /// Reads the stored form: `2026`, `2026-06` or `2026-06-15`.
    pub fn from_canonical(text: &str) -> Option<Self> {
        let digits = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let parts: Vec<&str> = text.split('-').collect();
        let (date, precision) = match parts.as_slice() {
            [year] if digits(year, 4) => {
                (NaiveDate::from_ymd_opt(year.parse().ok()?, 1, 1)?, DatePart::Year)
            }
            [year, month] if digits(year, 4) && digits(month, 2) => {
                let first = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)?;
                (first, DatePart::Month)
            }
            [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2) => {
                let (year, month) = (year.parse().ok()?, month.parse().ok()?);
                (NaiveDate::from_ymd_opt(year, month, day.parse().ok()?)?, DatePart::Day)
            }
            _ => return None,
        };
        YEARS.contains(&date.year()).then_some(Self { first: date, precision })
    }

    /// The first day that the date may mean.
    pub fn first_day(self) -> NaiveDate {
        self.first
    }

    /// The last day that the date may mean.
    pub fn last_day(self) -> NaiveDate {
        let next = match self.precision {
            DatePart::Day => return self.first,
            DatePart::Month if self.first.month() < 12 => {
                self.first.with_month0(self.first.month())
            }
            DatePart::Month | DatePart::Year => {
                NaiveDate::from_ymd_opt(self.first.year() + 1, 1, 1)
            }
        };
        next.and_then(|day| day.pred_opt()).unwrap_or(self.first)
    }

    /// The date as it is shown to clinicians: `17-Nov-2026`, `Nov-2026`, `2026`.
    pub fn shown(self) -> String {
        let format = match self.precision {
            DatePart::Year => "%Y",
            DatePart::Month => "%b-%Y",
            DatePart::Day => "%d-%b-%Y",
        };
        self.first.format(format).to_string()
    }
}

impl fmt::Display for CalendarDate {
    /// The stored form; its length is the precision.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = match self.precision {
            DatePart::Year => "%Y",
            DatePart::Month => "%Y-%m",
            DatePart::Day => "%Y-%m-%d",
        };
        write!(formatter, "{}", self.first.format(format))
    }
}

/// A time as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// To the minute or finer.
    Instant(DateTime<Utc>),
    /// Only the day.
    Day(CalendarDate),
}

/// An instant as it is stored: RFC 3339 in UTC, whole seconds.
pub fn instant_text(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// Reads a date as a person types it.
///
/// `17-Nov-2026`, `17 November 2026`, `17/11/2026` (day first), `2026-11-17`, `today`, `yesterday`;
/// where `coarsest` allows it also `Nov-2026`, `11/2026`, `2026-11` and `2026`.
///
/// # Errors
/// When the text is no date, no day of the calendar, or coarser than is allowed.
pub fn parse_date(
    text: &str,
    today: NaiveDate,
    coarsest: Precision,
) -> Result<CalendarDate, DateProblem> {
    let given = || shortened(text);
    match text.trim().to_lowercase().as_str() {
        "today" => return Ok(CalendarDate::day(today)),
        "yesterday" => {
            let day = today.checked_sub_days(Days::new(1));
            return day.map(CalendarDate::day).ok_or_else(|| DateProblem::OutOfReach(given()));
        }
        _ => {}
    }
    let parts: Vec<&str> = text
        .trim()
        .split([' ', '-', '/', '.', ',', '\u{2010}', '\u{2011}', '\u{2013}'])
        .filter(|part| !part.is_empty())
        .collect();
    let (year, month, day) = match parts.as_slice() {
        [year] => (*year, None, None),
        [year, month] if year.len() == 4 && is_number(year) => (*year, Some(*month), None),
        [month, year] => (*year, Some(*month), None),
        [year, month, day] if year.len() == 4 && is_number(year) => {
            (*year, Some(*month), Some(*day))
        }
        [day, month, year] => (*year, Some(*month), Some(*day)),
        _ => return Err(DateProblem::Unreadable(given())),
    };
    let date = assemble(year, month, day, &given)?;
    let needed = match (date.precision, coarsest) {
        (DatePart::Day, _)
        | (DatePart::Month, Precision::Month | Precision::Year)
        | (DatePart::Year, Precision::Year) => return Ok(date),
        (DatePart::Year, Precision::Month) => "month",
        (DatePart::Month | DatePart::Year, _) => "day",
    };
    Err(DateProblem::TooCoarse { given: given(), needed })
}

/// At most 40 characters of a text, for a message.
fn shortened(text: &str) -> String {
    let text = text.trim();
    let mut short: String = text.chars().take(40).collect();
    if text.chars().count() > 40 {
        short.push('…');
    }
    short
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn assemble(
    year: &str,
    month: Option<&str>,
    day: Option<&str>,
    given: &impl Fn() -> String,
) -> Result<CalendarDate, DateProblem> {
    let unreadable = || DateProblem::Unreadable(given());
    if year.len() == 2 && is_number(year) && month.is_some() {
        return Err(DateProblem::ShortYear(given()));
    }
    if year.len() != 4 || !is_number(year) {
        return Err(unreadable());
    }
    let year: i32 = year.parse().map_err(|_| unreadable())?;
    if !YEARS.contains(&year) {
        return Err(DateProblem::OutOfReach(given()));
    }
    let month_number = month.map(|text| month_of(text).ok_or_else(unreadable)).transpose()?;
    let day_number = day
        .map(|text| {
            let short = text.len() <= 2 && is_number(text);
            short.then(|| text.parse().ok()).flatten().ok_or_else(unreadable)
        })
        .transpose()?;
    let precision = match (month_number, day_number) {
        (None, _) => DatePart::Year,
        (Some(_), None) => DatePart::Month,
        (Some(_), Some(_)) => DatePart::Day,
    };
    NaiveDate::from_ymd_opt(year, month_number.unwrap_or(1), day_number.unwrap_or(1))
        .map(|first| CalendarDate { first, precision })
        .ok_or_else(|| DateProblem::NoSuchDay(given()))
}

/// The number of a month, from digits, its name or the first three letters of it (or "Sept").
fn month_of(text: &str) -> Option<u32> {
    if text.len() <= 2 && is_number(text) {
        return text.parse().ok();
    }
    let text = text.to_lowercase();
    let numbered = (1_u32..).zip(MONTHS);
    let mut named = numbered.filter(|(_, name)| {
        *name == text
            || (text.len() == 3 && name.starts_with(&text))
            || (text == "sept" && *name == "september")
    });
    named.next().map(|(number, _)| number)
}

/// Reads a time as a person types it: a date as [`parse_date`] reads it and `16:42`, or RFC 3339 with
/// an offset. Without an offset it is a time of the zone of `now`.
///
/// # Errors
/// When the text is no date or time, when its time does not exist in the zone or is there twice, or
/// when it has no time of day and `day_is_enough` is false.
pub fn parse_moment<Z: TimeZone>(
    text: &str,
    now: &DateTime<Z>,
    day_is_enough: bool,
) -> Result<Moment, DateProblem> {
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        if !YEARS.contains(&instant.year()) {
            return Err(DateProblem::OutOfReach(shortened(text)));
        }
        return Ok(Moment::Instant(instant.with_timezone(&Utc)));
    }
    let today = now.naive_local().date();
    let Some((date, time)) = split_time(text) else {
        let day = parse_date(text, today, Precision::Full)?;
        return if day_is_enough {
            Ok(Moment::Day(day))
        } else {
            Err(DateProblem::TooCoarse { given: shortened(text), needed: "time" })
        };
    };
    let day = parse_date(date, today, Precision::Full)?;
    let time = parse_time(time).ok_or_else(|| DateProblem::NoTime(shortened(text)))?;
    match now.timezone().from_local_datetime(&day.first_day().and_time(time)) {
        LocalResult::Single(local) => Ok(Moment::Instant(local.with_timezone(&Utc))),
        LocalResult::Ambiguous(..) => Err(DateProblem::Repeated(shortened(text))),
        LocalResult::None => Err(DateProblem::Skipped(shortened(text))),
    }
}

/// Date and time of `17-Nov-2026 16:42` or `2026-11-17T16:42`.
fn split_time(text: &str) -> Option<(&str, &str)> {
    let (date, time) = text.rsplit_once([' ', 'T'])?;
    time.contains(':').then_some((date, time))
}

fn parse_time(text: &str) -> Option<NaiveTime> {
    let parts: Vec<u32> = text
        .split(':')
        .map(|part| (part.len() <= 2 && is_number(part)).then(|| part.parse().ok()).flatten())
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        [hour, minute] => NaiveTime::from_hms_opt(*hour, *minute, 0),
        [hour, minute, second] => NaiveTime::from_hms_opt(*hour, *minute, *second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;
    use proptest::prelude::*;

    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 18).unwrap()
    }

    fn read(text: &str) -> String {
        match parse_date(text, today(), Precision::Full) {
            Ok(date) => date.to_string(),
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn a_day_may_be_written_in_several_ways() {
        for text in [
            "17-Nov-2026",
            "17 november 2026",
            "17/11/2026",
            "17.11.2026",
            "2026-11-17",
            " 17 - NOV - 2026 ",
            "yesterday",
        ] {
            assert_eq!(read(text), "2026-11-17", "{text}");
        }
        assert_eq!(read("Today"), "2026-11-18");
        assert_eq!(read("1/2/2026"), "2026-02-01");
        assert_eq!(read("3-Sept-2026"), "2026-09-03");
    }

    #[test]
    fn a_wrong_day_says_what_is_wrong() {
        insta::assert_snapshot!(read("17/11/26"), @"`17/11/26` has a year of two digits: write all four");
        insta::assert_snapshot!(read("31-Feb-2026"), @"`31-Feb-2026` is no day of the calendar");
        insta::assert_snapshot!(read("11/17/2026"), @"`11/17/2026` is no day of the calendar");
        insta::assert_snapshot!(read("soon"), @"`soon` is no date: write 17-Nov-2026 or 17/11/2026, day first");
        insta::assert_snapshot!(read("17-Nov-1026"), @"`17-Nov-1026` lies outside the years 1850 to 2200");
        insta::assert_snapshot!(read("Nov-2026"), @"`Nov-2026` is not enough: give the day");
    }

    #[test]
    fn a_month_or_a_year_is_read_where_it_is_enough() {
        let read = |text: &str, coarsest| parse_date(text, today(), coarsest).unwrap();
        for text in ["Nov-2026", "11/2026", "2026-11", "November 2026"] {
            assert_eq!(read(text, Precision::Month).to_string(), "2026-11", "{text}");
        }
        assert_eq!(read("2026", Precision::Year).to_string(), "2026");
        assert_eq!(read("2026-11", Precision::Year).shown(), "Nov-2026");
        assert_eq!(read("2024-02", Precision::Month).last_day().to_string(), "2024-02-29");
        assert_eq!(read("2026-12", Precision::Month).last_day().to_string(), "2026-12-31");
        assert_eq!(read("2026", Precision::Year).last_day().to_string(), "2026-12-31");
        assert!(parse_date("2026", today(), Precision::Month).is_err());
    }

    fn moment(text: &str, day_is_enough: bool) -> String {
        let zone = FixedOffset::east_opt(3600).unwrap();
        let now = zone.from_local_datetime(&today().and_hms_opt(8, 25, 0).unwrap()).unwrap();
        match parse_moment(text, &now, day_is_enough) {
            Ok(Moment::Instant(instant)) => instant_text(instant),
            Ok(Moment::Day(day)) => day.to_string(),
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn a_time_is_one_of_the_zone_unless_it_says_otherwise() {
        assert_eq!(moment("17-Nov-2026 16:42", false), "2026-11-17T15:42:00Z");
        assert_eq!(moment("2026-11-17T16:42", false), "2026-11-17T15:42:00Z");
        assert_eq!(moment("yesterday 06:05:30", false), "2026-11-17T05:05:30Z");
        assert_eq!(moment("2026-11-17T16:42:00Z", false), "2026-11-17T16:42:00Z");
        assert_eq!(moment("2026-11-17T16:42:00-05:00", false), "2026-11-17T21:42:00Z");
        assert_eq!(moment("17-Nov-2026", true), "2026-11-17");
        insta::assert_snapshot!(moment("17-Nov-2026", false), @"`17-Nov-2026` is not enough: give the time");
        insta::assert_snapshot!(moment("17-Nov-2026 24:10", false), @"`17-Nov-2026 24:10` is no time: write 17-Nov-2026 16:42, with 24 hours");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fall_over(text in "\\PC{0,30}") {
            let _ = parse_date(&text, today(), Precision::Year);
            let _ = moment(&text, true);
        }

        #[test]
        fn every_day_reads_back_in_every_spelling(days in 0_u64..100_000) {
            let day = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + Days::new(days);
            let date = CalendarDate::day(day);
            prop_assert_eq!(CalendarDate::from_canonical(&date.to_string()), Some(date));
            for format in ["%Y-%m-%d", "%d-%b-%Y", "%d/%m/%Y", "%-d %B %Y"] {
                let text = day.format(format).to_string();
                prop_assert_eq!(parse_date(&text, today(), Precision::Full), Ok(date));
            }
        }
    }
}
