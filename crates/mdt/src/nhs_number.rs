//! The NHS number: ten digits, the last of them a check digit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const DIGITS: usize = 10;

/// Why a text is no NHS number. The messages are shown beside the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NhsNumberError {
    /// Something else than digits, spaces and hyphens.
    #[error("an NHS number has only digits; `{0}` is not one")]
    Character(char),
    /// Too few or too many digits.
    #[error("an NHS number has 10 digits; this one has {0}")]
    Length(usize),
    /// No check digit can make these nine digits valid.
    #[error("these first nine digits are never issued: their check digit would be 10")]
    NeverIssued,
    /// The check digit is another one.
    #[error("the last digit does not fit: after these nine it must be {expected}, not {found}")]
    CheckDigit {
        /// What modulus 11 gives.
        expected: u32,
        /// What was typed.
        found: u32,
    },
}

/// A valid NHS number. It shows itself as people read it, `999 012 3470`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NhsNumber(String);

impl NhsNumber {
    /// The ten digits without spaces, as they are stored.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Is it from the range 999, which is never issued and only for tests and demonstrations?
    pub fn is_test_range(&self) -> bool {
        self.0.starts_with("999")
    }
}

/// The check digit of nine digits by modulus 11, weights 10 to 2 (NHS Data Dictionary, "NHS number");
/// `None` when it would be 10.
pub fn check_digit(nine: &[u32]) -> Option<u32> {
    let sum: u32 = nine.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        digit => Some(digit),
    }
}

impl FromStr for NhsNumber {
    type Err = NhsNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digits = Vec::with_capacity(DIGITS);
        for character in text.chars().filter(|one| !one.is_whitespace() && *one != '-') {
            match character {
                '0'..='9' => digits.extend(character.to_digit(10)),
                other => return Err(NhsNumberError::Character(other)),
            }
        }
        let Some((found, nine)) = digits.split_last().filter(|_| digits.len() == DIGITS) else {
            return Err(NhsNumberError::Length(digits.len()));
        };
        match check_digit(nine) {
            None => Err(NhsNumberError::NeverIssued),
            Some(expected) if expected != *found => {
                Err(NhsNumberError::CheckDigit { expected, found: *found })
            }
            Some(_) => Ok(Self(digits.iter().map(ToString::to_string).collect())),
        }
    }
}

impl TryFrom<String> for NhsNumber {
    type Error = NhsNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<NhsNumber> for String {
    fn from(number: NhsNumber) -> Self {
        number.0
    }
}

impl fmt::Display for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, digit) in self.0.chars().enumerate() {
            if position == 3 || position == 6 {
                f.write_str(" ")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for NhsNumber {
    /// Without the number: it must not reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NhsNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_check_digit_is_modulus_11() {
        // NHS Data Dictionary, the example 943 476 5919, by hand:
        // 9*10 + 4*9 + 3*8 + 4*7 + 7*6 + 6*5 + 5*4 + 9*3 + 1*2 = 299, 299 mod 11 = 2, 11 - 2 = 9.
        let number: NhsNumber = "943-476 5919".parse().unwrap();
        assert_eq!(number.to_string(), "943 476 5919");
        assert_eq!(number.digits(), "9434765919");
        assert!(!number.is_test_range());
        assert!("9990123470".parse::<NhsNumber>().unwrap().is_test_range());
    }

    #[test]
    fn the_message_says_which_rule_failed() {
        let message = |text: &str| text.parse::<NhsNumber>().unwrap_err().to_string();
        assert_eq!(message("943 476 591"), "an NHS number has 10 digits; this one has 9");
        assert_eq!(message("943 476 591x"), "an NHS number has only digits; `x` is not one");
        assert_eq!(
            message("943 476 5918"),
            "the last digit does not fit: after these nine it must be 9, not 8"
        );
        // 6 * 2 = 12, 12 mod 11 = 1, 11 - 1 = 10.
        assert_eq!(
            message("000 000 0060"),
            "these first nine digits are never issued: their check digit would be 10"
        );
    }

    #[test]
    fn a_number_never_reaches_a_log() {
        let number: NhsNumber = "943 476 5919".parse().unwrap();
        assert_eq!(format!("{number:?}"), "NhsNumber(…)");
    }

    proptest! {
        #[test]
        fn a_valid_number_reads_back_and_any_single_wrong_digit_is_found(
            nine in prop::collection::vec(0_u32..10, 9), position in 0_usize..10, by in 1_u32..10,
        ) {
            let Some(check) = check_digit(&nine) else { return Ok(()) };
            let mut digits = nine;
            digits.push(check);
            let text: String = digits.iter().map(ToString::to_string).collect();
            let number: NhsNumber = text.parse().unwrap();
            prop_assert_eq!(number.to_string().parse::<NhsNumber>().unwrap(), number);
            digits[position] = (digits[position] + by) % 10;
            let wrong: String = digits.iter().map(ToString::to_string).collect();
            prop_assert!(wrong.parse::<NhsNumber>().is_err());
        }
    }
}
