//! The number people call a case by, and the prefix of the site in it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is no site prefix or case number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseNumberError {
    /// The prefix has other characters or another length.
    #[error("a site prefix is 2 to 4 upper-case letters, not `{0}`")]
    Prefix(String),
    /// The whole text has another shape.
    #[error("a case number looks like NF-2026-0148, not `{0}`")]
    Shape(String),
}

/// The 2 to 4 upper-case letters that begin the case numbers of a site, unique in the installation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SitePrefix(String);

impl SitePrefix {
    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SitePrefix {
    type Err = CaseNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if (2..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CaseNumberError::Prefix(text.to_owned()))
        }
    }
}

impl TryFrom<String> for SitePrefix {
    type Error = CaseNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SitePrefix> for String {
    fn from(prefix: SitePrefix) -> Self {
        prefix.0
    }
}

impl fmt::Display for SitePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Site prefix, year, and a counter within both: `NF-2026-0148`. It is the reference in the
/// acknowledgement of a referral and the only thing that an address says of a case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseNumber {
    prefix: SitePrefix,
    year: u16,
    counter: u32,
}

impl CaseNumber {
    /// A number from its parts.
    ///
    /// # Errors
    /// [`CaseNumberError::Shape`] when the year has not four digits or the counter is 0.
    pub fn new(prefix: SitePrefix, year: u16, counter: u32) -> Result<Self, CaseNumberError> {
        if (1000..=9999).contains(&year) && counter > 0 {
            Ok(Self { prefix, year, counter })
        } else {
            Err(CaseNumberError::Shape(format!("{prefix}-{year}-{counter:04}")))
        }
    }

    /// The prefix of the owning site.
    pub fn prefix(&self) -> &SitePrefix {
        &self.prefix
    }

    /// The year in which the case was opened, in the site's zone.
    pub fn year(&self) -> u16 {
        self.year
    }

    /// The running number within site and year, from 1.
    pub fn counter(&self) -> u32 {
        self.counter
    }
}

impl FromStr for CaseNumber {
    type Err = CaseNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = || CaseNumberError::Shape(text.to_owned());
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let mut parts = text.split('-');
        let (Some(prefix), Some(year), Some(counter), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(shape());
        };
        // One text for one number: a longer counter is not padded.
        let padded = counter.len() > 4 && counter.starts_with('0');
        if year.len() != 4 || counter.len() < 4 || padded || !digits(year) || !digits(counter) {
            return Err(shape());
        }
        Self::new(
            prefix.parse().map_err(|_| shape())?,
            year.parse().map_err(|_| shape())?,
            counter.parse().map_err(|_| shape())?,
        )
        .map_err(|_| shape())
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{:04}", self.prefix, self.year, self.counter)
    }
}

impl TryFrom<String> for CaseNumber {
    type Error = CaseNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CaseNumber> for String {
    fn from(number: CaseNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_case_number_has_one_way_of_being_written() {
        for text in [
            "",
            "NF-2026",
            "NF-2026-148",
            "nf-2026-0148",
            "N-2026-0148",
            "NORTH-2026-0148",
            "NF-26-0148",
            "NF-2026-00148",
            "NF-2026-0000",
            "NF-2026-0148-1",
            "NF-2026-01a8",
            "NF-0026-0148",
            "NF-2026-+148",
        ] {
            assert_eq!(text.parse::<CaseNumber>(), Err(CaseNumberError::Shape(text.to_owned())));
        }
        assert_eq!("NF-2026-12345".parse::<CaseNumber>().unwrap().counter(), 12345);
    }

    proptest! {
        #[test]
        fn a_case_number_reads_back_what_it_shows(
            prefix in "[A-Z]{2,4}", year in 1000_u16..=9999, counter in 1_u32..,
        ) {
            let number = CaseNumber::new(prefix.parse().unwrap(), year, counter).unwrap();
            prop_assert_eq!(number.to_string().parse::<CaseNumber>().unwrap(), number);
        }
    }
}
