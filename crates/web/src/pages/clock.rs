//! The clock of a referral: what is due by when, as words, an instant and the time left.
//!
//! The limits with their sources are data: `clinical::urgency`.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use clinical::urgency::Start;
use mdt::coded::Coded;
use mdt::display;
use store::referrals::{ReferralDocument, Urgency};

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    /// `MRI`, `plan`, `discussion`.
    pub(crate) what: &'static str,
    /// By when.
    pub(crate) at: DateTime<Utc>,
}

impl Due {
    /// What is due for a referral of this urgency. Clocks of suspicion start with the suspicion where it is
    /// known, the others when the referral was received; that of a class which was raised later starts
    /// when that class began to hold.
    pub(crate) fn of(
        urgency: Urgency,
        document: Option<&ReferralDocument>,
        sent_at: DateTime<Utc>,
        zone: Tz,
    ) -> Self {
        let suspected = urgency
            .since
            .or_else(|| document.and_then(|document| suspected_at(document, sent_at, zone)))
            .unwrap_or(sent_at);
        let received = urgency.since.unwrap_or(sent_at);
        let imaged =
            document.is_some_and(|document| document.answer("whole-spine-imaged") == Some("mri"));
        // Every class has a limit, as a test holds; one without is due at once and never overlooked.
        let Some(limit) = clinical::urgency::limit(urgency.class.code()) else {
            return Self { what: "answer", at: received };
        };
        let start = match limit.starts {
            Start::Suspicion => suspected,
            Start::Receipt => received,
        };
        let what = if imaged { &limit.due_after_mri } else { &limit.due };
        Self { what, at: start + TimeDelta::hours(limit.hours.into()) }
    }

    /// The limit has passed.
    pub(crate) fn overdue(self, now: DateTime<Utc>) -> bool {
        now > self.at
    }

    /// `MRI due Tue 16-Jun-2026 06:50`.
    pub(crate) fn words(self, zone: Tz) -> String {
        let local = self.at.with_timezone(&zone);
        format!("{} due {}", self.what, local.format("%a %d-%b-%Y %H:%M"))
    }

    /// `22 h 18 min left`, `overdue 2 d 15 h`.
    pub(crate) fn left(self, now: DateTime<Utc>) -> String {
        if self.overdue(now) {
            format!("overdue {}", span(now - self.at))
        } else {
            format!("{} left", span(self.at - now))
        }
    }
}

/// When cord compression was first suspected, as the referral states it; a day alone counts from its
/// beginning, so that the clock is never too kind.
pub(crate) fn suspected_at(
    document: &ReferralDocument,
    sent_at: DateTime<Utc>,
    zone: Tz,
) -> Option<DateTime<Utc>> {
    let today = display::day_of(sent_at, zone);
    moment(document.answer("t_suspect")?, today, zone).ok()
}

/// A day with or without a time, as typed.
pub(crate) fn moment(
    text: &str,
    today: NaiveDate,
    zone: Tz,
) -> Result<DateTime<Utc>, display::DateError> {
    if text.contains(':') {
        return display::parse_date_time(text, today, zone);
    }
    display::start_of_day(display::parse_date(text, today)?, zone)
}

/// A span in the two largest units that count: `2 d 15 h`, `22 h 18 min`, `9 min`.
pub(crate) fn span(time: TimeDelta) -> String {
    let minutes = time.num_minutes().max(0);
    let (days, hours, rest) = (minutes / (24 * 60), minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{rest} min"),
        (0, _) => format!("{hours} h {rest} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use mdt::case::UrgencyClass;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn document(fields: &[(&str, &str)]) -> ReferralDocument {
        ReferralDocument::of(
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    fn as_sent(class: UrgencyClass) -> Urgency {
        Urgency { class, since: None }
    }

    #[test]
    fn a_class_that_was_raised_later_has_a_clock_of_its_own() {
        let zone = chrono_tz::Europe::London;
        let sent = document(&[("t_suspect", "01-Jun-2026 09:00")]);
        let raised = |class| Urgency { class, since: Some(at("2026-06-15T05:50:00Z")) };
        let due = |class| Due::of(raised(class), Some(&sent), at("2026-06-02T07:00:00Z"), zone);
        assert_eq!(due(UrgencyClass::U1).words(zone), "MRI due Tue 16-Jun-2026 06:50");
        assert_eq!(due(UrgencyClass::U3).words(zone), "plan due Tue 16-Jun-2026 06:50");
    }

    #[test]
    fn an_emergency_runs_from_the_first_suspicion() {
        let zone = chrono_tz::Europe::London;
        let sent = document(&[("t_suspect", "15-Jun-2026 06:50")]);
        let due = Due::of(as_sent(UrgencyClass::U1), Some(&sent), at("2026-06-15T06:20:00Z"), zone);
        assert_eq!(due.words(zone), "MRI due Tue 16-Jun-2026 06:50");
        assert_eq!(due.left(at("2026-06-15T07:32:00Z")), "22 h 18 min left");
        assert!(due.overdue(at("2026-06-16T05:51:00Z")));
        assert_eq!(due.left(at("2026-06-18T20:50:00Z")), "overdue 2 d 15 h");
    }

    #[test]
    fn after_the_mri_the_plan_is_due() {
        let zone = chrono_tz::Europe::London;
        let sent = document(&[("t_suspect", "15-Jun-2026"), ("whole-spine-imaged", "mri")]);
        let due = Due::of(as_sent(UrgencyClass::U2), Some(&sent), at("2026-06-15T12:00:00Z"), zone);
        assert_eq!(due.words(zone), "plan due Mon 22-Jun-2026 00:00");
    }

    #[test]
    fn without_a_document_the_clock_runs_from_the_sending() {
        let due = Due::of(as_sent(UrgencyClass::U5), None, at("2026-06-12T07:00:00Z"), Tz::UTC);
        assert_eq!(due, Due { what: "discussion", at: at("2026-06-26T07:00:00Z") });
    }

    #[test]
    fn a_day_whose_midnight_the_clocks_skip_counts_from_its_first_minute() {
        let zone = chrono_tz::Asia::Beirut;
        let sent = document(&[("t_suspect", "29-Mar-2026")]);
        let suspected = suspected_at(&sent, at("2026-03-29T08:00:00Z"), zone);
        assert_eq!(suspected, Some(at("2026-03-28T22:00:00Z")));
    }

    #[test]
    fn a_span_says_its_two_largest_units() {
        assert_eq!(span(TimeDelta::minutes(9)), "9 min");
        assert_eq!(span(TimeDelta::minutes(60)), "1 h 0 min");
        assert_eq!(span(TimeDelta::minutes(-5)), "0 min");
    }
}
