//! Decimal numbers as text, so that no digit is lost or invented.

use std::cmp::Ordering;

/// Places after the point that are kept.
const PLACES: u32 = 9;
/// Digits before the point that are accepted.
const WHOLE_DIGITS: usize = 12;
const SCALE: i128 = 1_000_000_000;
/// Places to which a converted value is rounded.
const CONVERTED_PLACES: u32 = 4;

/// A decimal number, exact to nine places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decimal(i128);

impl Decimal {
    /// Reads `3`, `3.5`, `-0.25`; no exponent, no thousands mark, a point and not a comma.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let fraction = fraction.trim_end_matches('0');
        let short = whole.len() <= WHOLE_DIGITS && fraction.len() <= 9;
        if !short || !plain(whole) || !(fraction.is_empty() || plain(fraction)) {
            return None;
        }
        if digits.ends_with('.') {
            return None;
        }
        let whole: i128 = whole.parse().ok()?;
        let places: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
        let missing = PLACES.checked_sub(u32::try_from(fraction.len()).ok()?)?;
        let value = whole * SCALE + places * 10_i128.pow(missing);
        Some(Self(if negative { -value } else { value }))
    }

    /// Canonical text: no leading or trailing zeros that say nothing.
    pub(crate) fn text(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let value = self.0.unsigned_abs();
        let scale = SCALE.unsigned_abs();
        let (whole, fraction) = (value / scale, value % scale);
        let fraction = format!("{fraction:09}");
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }

    /// The value times one number and divided by another, rounded half away from zero to four
    /// places; `None` for a division by zero or a value out of reach.
    pub(crate) fn converted(self, multiply: Self, divide: Self) -> Option<Self> {
        let step = 10_i128.pow(PLACES - CONVERTED_PLACES);
        let numerator = self.0.checked_mul(multiply.0)?;
        let exact = numerator.checked_div(divide.0)?;
        let half = if exact < 0 { -step / 2 } else { step / 2 };
        Some(Self((exact + half) / step * step))
    }
}

/// Whether a value lies between two bounds, both included; bounds are canonical text.
pub(crate) fn within(value: Decimal, min: &str, max: &str) -> bool {
    let at_least = Decimal::parse(min).is_none_or(|bound| value.cmp(&bound) != Ordering::Less);
    let at_most = Decimal::parse(max).is_none_or(|bound| value.cmp(&bound) != Ordering::Greater);
    at_least && at_most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Option<String> {
        Decimal::parse(text).map(Decimal::text)
    }

    #[test]
    fn text_becomes_canonical() {
        for (given, expected) in [
            ("3.50", "3.5"),
            ("035", "35"),
            ("0.0", "0"),
            ("-0", "0"),
            ("-0.25", "-0.25"),
            ("+7", "7"),
            (" 12.000000001 ", "12.000000001"),
        ] {
            assert_eq!(canonical(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for given in
            ["", "-", "3,5", "1e3", "0x1", ".5", "5.", "1.2.3", "1 000", "NaN", "1.0000000001"]
        {
            assert_eq!(canonical(given), None, "{given}");
        }
        assert_eq!(canonical(&"9".repeat(13)), None);
    }

    #[test]
    fn a_conversion_is_rounded_to_four_places() {
        let number = |text: &str| Decimal::parse(text).unwrap();
        let converted = number("25").converted(number("1"), number("17.1")).unwrap();
        assert_eq!(converted.text(), "1.462");
        let converted = number("2.5").converted(number("4.008"), number("1")).unwrap();
        assert_eq!(converted.text(), "10.02");
        assert!(number("1").converted(number("1"), number("0")).is_none());
    }

    #[test]
    fn bounds_are_included() {
        let number = |text: &str| Decimal::parse(text).unwrap();
        assert!(within(number("5"), "5", "70"));
        assert!(within(number("70"), "5", "70"));
        assert!(!within(number("70.1"), "5", "70"));
        assert!(within(number("-1"), "-1", "1"));
    }
}
