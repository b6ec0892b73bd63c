//! Particulars of people: names, birth dates, sex, e-mail addresses.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::coded::coded;

/// The longest part of a name, in characters.
const NAME_MAX: usize = 120;
/// The longest e-mail address (RFC 5321 with the angle brackets taken off), in bytes.
const EMAIL_MAX: usize = 254;
/// The oldest age that is accepted, in years.
const AGE_MAX: u32 = 120;

coded! {
    /// Sex as the record states it: the value set of the fact `sex`.
    Sex, "sex" {
        Female = "female", "Female";
        Male = "male", "Male";
        Other = "other", "Other";
        Unknown = "unknown", "Not known";
    }
}

/// Why a particular is not accepted. The messages are shown beside the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PersonError {
    /// A part of the name is missing.
    #[error("enter the {0}")]
    Missing(&'static str),
    /// A part of the name is too long.
    #[error("the {0} has more than {NAME_MAX} characters")]
    TooLong(&'static str),
    /// A part of the name has control characters, or some that turn the direction of writing.
    #[error("the {0} has characters that are not seen: type it again, do not paste it")]
    Unprintable(&'static str),
    /// Born in the future.
    #[error("the birth date {} is in the future", crate::display::date(*.0))]
    BornInFuture(NaiveDate),
    /// Too long ago.
    #[error("the birth date {} is more than {AGE_MAX} years ago", crate::display::date(*.0))]
    BornTooLongAgo(NaiveDate),
    /// Not an e-mail address.
    #[error("`{0}` is not an e-mail address")]
    Email(String),
}

/// A person's name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PersonName {
    family: String,
    given: String,
    title: Option<String>,
}

impl PersonName {
    /// A name from its parts; spaces around and between words are tidied.
    ///
    /// # Errors
    /// [`PersonError`] when family or given name is missing, or a part is too long or unprintable.
    pub fn new(family: &str, given: &str, title: Option<&str>) -> Result<Self, PersonError> {
        let title = match title.map(|title| name_part(title, "title")) {
            None | Some(Err(PersonError::Missing(_))) => None,
            Some(title) => Some(title?),
        };
        Ok(Self {
            family: name_part(family, "family name")?,
            given: name_part(given, "given name")?,
            title,
        })
    }

    /// The family name as entered.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// The given name as entered.
    pub fn given(&self) -> &str {
        &self.given
    }

    /// The title, if there is one.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// `Margaret Ashworth`, for a sentence that is read out.
    pub fn spoken(&self) -> String {
        format!("{} {}", self.given, self.family)
    }

    /// `M. A.`, for teaching and shared screens.
    pub fn initials(&self) -> String {
        [&self.given, &self.family]
            .iter()
            .filter_map(|part| part.chars().next())
            .map(|letter| format!("{}.", letter.to_uppercase()))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn name_part(text: &str, what: &'static str) -> Result<String, PersonError> {
    let tidy = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if tidy.is_empty() {
        return Err(PersonError::Missing(what));
    }
    if tidy.chars().count() > NAME_MAX {
        return Err(PersonError::TooLong(what));
    }
    if crate::text::unseen(&tidy).is_some() {
        return Err(PersonError::Unprintable(what));
    }
    Ok(tidy)
}

impl fmt::Display for PersonName {
    /// `ASHWORTH, Margaret (Mrs)` (NHS Common User Interface).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.family.to_uppercase(), self.given)?;
        self.title.as_ref().map_or(Ok(()), |title| write!(f, " ({title})"))
    }
}

impl fmt::Debug for PersonName {
    /// Without the name: it must not reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(…)")
    }
}

/// A date of birth that is possible.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BirthDate(NaiveDate);

impl BirthDate {
    /// A birth date as it can be today.
    ///
    /// # Errors
    /// [`PersonError`] when it lies in the future or more than 120 years ago.
    pub fn new(date: NaiveDate, today: NaiveDate) -> Result<Self, PersonError> {
        if date > today {
            return Err(PersonError::BornInFuture(date));
        }
        if Self(date).age_at(today).is_none_or(|age| age > AGE_MAX) {
            return Err(PersonError::BornTooLongAgo(date));
        }
        Ok(Self(date))
    }

    /// A birth date that was accepted before, as the database keeps it.
    pub fn stored(date: NaiveDate) -> Self {
        Self(date)
    }

    /// The date.
    pub fn date(self) -> NaiveDate {
        self.0
    }

    /// Whole years on a day; `None` before birth. Someone born on 29 February is a year older on 1 March
    /// of a common year.
    pub fn age_at(self, day: NaiveDate) -> Option<u32> {
        let before_birthday = (day.month(), day.day()) < (self.0.month(), self.0.day());
        let years = day.year() - self.0.year() - i32::from(before_birthday);
        u32::try_from(years).ok()
    }
}

impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::display::date(self.0))
    }
}

impl fmt::Debug for BirthDate {
    /// Without the date: it must not reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BirthDate(…)")
    }
}

/// An e-mail address in lower case, by which a user signs in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = PersonError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.trim().to_lowercase();
        let odd = |one: char| one.is_whitespace() || one.is_control() || "<>,;:\"()".contains(one);
        let shaped = address.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.contains('@')
                && domain.split('.').count() >= 2
                && domain.split('.').all(|label| !label.is_empty())
        });
        if shaped && address.len() <= EMAIL_MAX && !address.contains(odd) {
            Ok(Self(address))
        } else {
            Err(PersonError::Email(text.trim().to_owned()))
        }
    }
}

impl TryFrom<String> for Email {
    type Error = PersonError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Email {
    /// Without the address: it must not reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn a_name_shows_family_first_and_never_reaches_a_log() {
        let name = PersonName::new(" ashworth ", "Margaret  Jane", Some("Mrs")).unwrap();
        assert_eq!(name.to_string(), "ASHWORTH, Margaret Jane (Mrs)");
        assert_eq!(name.spoken(), "Margaret Jane ashworth");
        assert_eq!(name.initials(), "M. A.");
        assert_eq!(format!("{name:?}"), "PersonName(…)");
        let plain = PersonName::new("O'Brien", "Siân", Some(" ")).unwrap();
        assert_eq!(plain.to_string(), "O'BRIEN, Siân");
    }

    #[test]
    fn a_name_that_cannot_be_is_refused_in_words() {
        let refuse = |family: &str| PersonName::new(family, "A", None).unwrap_err().to_string();
        assert_eq!(refuse("  "), "enter the family name");
        assert_eq!(refuse(&"x".repeat(121)), "the family name has more than 120 characters");
        assert_eq!(
            refuse("a\u{7}b"),
            "the family name has characters that are not seen: type it again, do not paste it"
        );
    }

    #[test]
    fn a_birth_date_is_neither_in_the_future_nor_too_old() {
        let today = day(2026, 6, 15);
        assert_eq!(
            BirthDate::new(day(2026, 6, 16), today).unwrap_err().to_string(),
            "the birth date 16-Jun-2026 is in the future"
        );
        assert!(BirthDate::new(day(1905, 6, 16), today).is_ok());
        assert_eq!(
            BirthDate::new(day(1905, 6, 15), today).unwrap_err().to_string(),
            "the birth date 15-Jun-1905 is more than 120 years ago"
        );
    }

    #[test]
    fn age_counts_birthdays() {
        let born = BirthDate::new(day(1962, 3, 12), day(2026, 6, 15)).unwrap();
        assert_eq!(born.age_at(day(2026, 3, 11)), Some(63));
        assert_eq!(born.age_at(day(2026, 3, 12)), Some(64));
        assert_eq!(born.age_at(day(1962, 3, 11)), None);
        let leap = BirthDate::stored(day(2000, 2, 29));
        assert_eq!(leap.age_at(day(2026, 2, 28)), Some(25));
        assert_eq!(leap.age_at(day(2026, 3, 1)), Some(26));
    }

    #[test]
    fn an_address_is_lower_case_and_has_the_shape_of_one() {
        let email: Email = " Castellano@Northfield.EXAMPLE ".parse().unwrap();
        assert_eq!(email.as_str(), "castellano@northfield.example");
        for wrong in ["", "a", "a@", "@b.c", "a@b", "a@b..c", "a@b@c.d", "a b@c.d", "<a@b.c>"] {
            assert!(wrong.parse::<Email>().is_err(), "{wrong}");
        }
    }
}
