//! Quantities that only exist within their range.

use std::fmt;
use std::str::FromStr;

use crate::decimal::{self, Decimal};

/// A text that is no value of a quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no {quantity}: {range}")]
pub struct QuantityError {
    /// The text as given, shortened.
    pub given: String,
    /// The quantity in words.
    pub quantity: &'static str,
    /// Its range in words.
    pub range: &'static str,
}

fn refuse(given: &str, quantity: &'static str, range: &'static str) -> QuantityError {
    QuantityError { given: crate::json_value::shorten(given), quantity, range }
}

/// Karnofsky performance status, 10 to 100 % in steps of 10. Zero means dead and is never entered.
///
/// Karnofsky and Burchenal 1949; codes LOINC 89243-0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kps(u8);

impl Kps {
    /// The status of a number.
    ///
    /// # Errors
    /// When the number is not 10, 20 … 100.
    pub fn new(percent: u8) -> Result<Self, QuantityError> {
        if (10..=100).contains(&percent) && percent.is_multiple_of(10) {
            Ok(Self(percent))
        } else {
            Err(Self::refuse(&percent.to_string()))
        }
    }

    /// The status in per cent.
    pub fn percent(self) -> u8 {
        self.0
    }

    fn refuse(given: &str) -> QuantityError {
        refuse(given, "Karnofsky status", "10 to 100 in steps of 10")
    }
}

impl FromStr for Kps {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map_err(|_| Self::refuse(text)).and_then(Self::new)
    }
}

impl fmt::Display for Kps {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// ECOG performance status, 0 to 4. Five means dead and is never entered.
///
/// Oken and others, Am J Clin Oncol 1982; codes LOINC 89247-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ecog(u8);

impl Ecog {
    /// The status of a number.
    ///
    /// # Errors
    /// When the number is not 0 to 4.
    pub fn new(status: u8) -> Result<Self, QuantityError> {
        if status <= 4 { Ok(Self(status)) } else { Err(Self::refuse(&status.to_string())) }
    }

    /// The status as a number.
    pub fn status(self) -> u8 {
        self.0
    }

    fn refuse(given: &str) -> QuantityError {
        refuse(given, "ECOG status", "0 to 4")
    }
}

impl FromStr for Ecog {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map_err(|_| Self::refuse(text)).and_then(Self::new)
    }
}

impl fmt::Display for Ecog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Grade of epidural spinal cord compression, in the order of severity.
///
/// Bilsky and others, J Neurosurg Spine 2010;13:324–328.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EsccGrade {
    /// `0`: tumour in bone only.
    Zero,
    /// `1a`: epidural tumour, thecal sac not deformed.
    OneA,
    /// `1b`: thecal sac deformed, cord not touched.
    OneB,
    /// `1c`: cord touched, not compressed.
    OneC,
    /// `2`: cord compressed, spinal fluid still visible.
    Two,
    /// `3`: cord compressed, no spinal fluid visible.
    Three,
}

impl EsccGrade {
    /// All grades, the mildest first.
    pub const ALL: [Self; 6] =
        [Self::Zero, Self::OneA, Self::OneB, Self::OneC, Self::Two, Self::Three];

    /// The code (`1b`).
    pub fn code(self) -> &'static str {
        match self {
            Self::Zero => "0",
            Self::OneA => "1a",
            Self::OneB => "1b",
            Self::OneC => "1c",
            Self::Two => "2",
            Self::Three => "3",
        }
    }
}

impl FromStr for EsccGrade {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|grade| grade.code() == text)
            .ok_or_else(|| refuse(text, "ESCC grade", "0, 1a, 1b, 1c, 2 or 3"))
    }
}

impl fmt::Display for EsccGrade {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.code())
    }
}

/// Frankel grade of neurology, `A` complete to `E` normal.
///
/// Frankel and others, Paraplegia 1969;7:179–192.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FrankelGrade {
    /// No motor and no sensory function below the level.
    A,
    /// Sensation only.
    B,
    /// Motor function of no practical use.
    C,
    /// Useful motor function.
    D,
    /// No weakness, no sensory loss, no sphincter disturbance.
    E,
}

impl FrankelGrade {
    /// All grades, the worst first.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];

    /// The code (`C`).
    pub fn code(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
        }
    }
}

impl FromStr for FrankelGrade {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|grade| grade.code() == text)
            .ok_or_else(|| refuse(text, "Frankel grade", "A, B, C, D or E"))
    }
}

impl fmt::Display for FrankelGrade {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.code())
    }
}

/// The dose of a course of radiation in gray, 0 to 200, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DoseGy(Decimal);

impl FromStr for DoseGy {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Decimal::parse(text)
            .filter(|dose| decimal::within(*dose, "0", "200"))
            .map(Self)
            .ok_or_else(|| refuse(text, "dose", "0 to 200 Gy, with a point and not a comma"))
    }
}

impl fmt::Display for DoseGy {
    /// The number without its unit.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0.text())
    }
}

#[cfg(test)]
mod tests {
    use rules::types::FactType;

    use super::*;
    use crate::dictionary::dictionary;

    #[test]
    fn the_ranges_are_those_of_the_dictionary() {
        let fact_type = |code: &str| dictionary().entry(code).unwrap().fact_type().clone();
        for percent in 0..=255_u8 {
            let FactType::Integer { min, max, step } = fact_type("kps") else { panic!("a number") };
            let number = i64::from(percent);
            let inside = (min..=max).contains(&number) && (number - min) % step == 0;
            assert_eq!(Kps::new(percent).is_ok(), inside, "{percent}");
            let FactType::Integer { min, max, .. } = fact_type("ecog") else { panic!("a number") };
            assert_eq!(Ecog::new(percent).is_ok(), (min..=max).contains(&number), "{percent}");
        }
        let codes = EsccGrade::ALL.map(|grade| grade.code().to_owned()).to_vec();
        assert_eq!(fact_type("escc-grade"), FactType::Codes(codes));
        let codes = FrankelGrade::ALL.map(|grade| grade.code().to_owned()).to_vec();
        assert_eq!(fact_type("frankel"), FactType::Codes(codes));
    }

    #[test]
    fn a_wrong_value_names_the_range() {
        insta::assert_snapshot!("75".parse::<Kps>().unwrap_err(), @"`75` is no Karnofsky status: 10 to 100 in steps of 10");
        insta::assert_snapshot!("5".parse::<Ecog>().unwrap_err(), @"`5` is no ECOG status: 0 to 4");
        insta::assert_snapshot!("1d".parse::<EsccGrade>().unwrap_err(), @"`1d` is no ESCC grade: 0, 1a, 1b, 1c, 2 or 3");
        insta::assert_snapshot!("F".parse::<FrankelGrade>().unwrap_err(), @"`F` is no Frankel grade: A, B, C, D or E");
        insta::assert_snapshot!("3,5".parse::<DoseGy>().unwrap_err(), @"`3,5` is no dose: 0 to 200 Gy, with a point and not a comma");
    }

    #[test]
    fn a_value_reads_back_as_it_is_written() {
        assert_eq!("70".parse::<Kps>().unwrap().to_string(), "70");
        assert_eq!("2".parse::<Ecog>().unwrap().status(), 2);
        assert_eq!("30.0".parse::<DoseGy>().unwrap().to_string(), "30");
        assert!("2".parse::<EsccGrade>().unwrap() > EsccGrade::OneC);
        assert!("A".parse::<FrankelGrade>().unwrap() < FrankelGrade::E);
    }
}
