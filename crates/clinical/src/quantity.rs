//! Quantities that only exist within their range.

use std::fmt;
use std::str::FromStr;

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

#[cfg(test)]
mod tests {
    use rules::types::FactType;

    use super::*;
    use crate::dictionary::dictionary;

    #[test]
    fn the_grades_and_their_order_are_those_of_the_dictionary() {
        let codes = EsccGrade::ALL.map(|grade| grade.code().to_owned()).to_vec();
        let entry = dictionary().entry("escc-grade").unwrap();
        assert_eq!(entry.fact_type(), &FactType::Codes(codes));
        assert!(EsccGrade::ALL.is_sorted());
        for grade in EsccGrade::ALL {
            assert_eq!(grade.to_string().parse(), Ok(grade));
        }
    }

    #[test]
    fn a_wrong_value_names_the_range() {
        insta::assert_snapshot!("1d".parse::<EsccGrade>().unwrap_err(), @"`1d` is no ESCC grade: 0, 1a, 1b, 1c, 2 or 3");
    }
}
