//! Canonical JSON (RFC 8785) and the SHA-256 identity made from it.
//!
//! Two values that mean the same give the same bytes, whatever the order of their keys was. Numbers
//! are IEEE doubles in RFC 8785, so a whole number beyond 2^53 would silently become another one:
//! it is refused instead.

use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// The largest whole number that every JSON reader keeps exact (2^53).
const LARGEST_EXACT: u64 = 1 << 53;

/// Why a value has no canonical form.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// A whole number that a double cannot hold.
    #[error("the whole number `{0}` is beyond 2^53 and has no exact JSON form")]
    NumberTooLarge(String),
    /// The value cannot be written as JSON at all.
    #[error("the value cannot be written as JSON")]
    Unwritable(#[from] serde_json::Error),
}

/// The canonical bytes of a value.
///
/// # Errors
/// When the value holds a whole number beyond 2^53, or something that JSON cannot say.
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let value = serde_json::to_value(value)?;
    let mut bytes = Vec::with_capacity(1024);
    write(&value, &mut bytes)?;
    Ok(bytes)
}

/// Why bytes are not the canonical form of a value.
#[derive(Debug, thiserror::Error)]
pub enum FromBytesError {
    /// They are no such value at all.
    #[error("the bytes are not what they should be")]
    Unreadable(#[from] serde_json::Error),
    /// They are, but written otherwise, or with something more.
    #[error("the bytes are not in canonical form")]
    NotCanonical,
}

/// The value whose canonical form some bytes are, exactly.
///
/// # Errors
/// When the bytes are no such value, or differ in a byte from its canonical form.
pub fn from_bytes<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, FromBytesError> {
    let value: T = serde_json::from_slice(bytes)?;
    match to_bytes(&value) {
        Ok(canonical) if canonical == bytes => Ok(value),
        _ => Err(FromBytesError::NotCanonical),
    }
}

/// The SHA-256 of some bytes, as 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Hash::of(bytes).to_string()
}

/// Writes a value. `serde_json` escapes strings as RFC 8785 wants them and mostly keeps the keys of an
/// object sorted by their bytes; the RFC sorts by UTF-16 units, which differs only beyond U+D7FF.
fn write(value: &serde_json::Value, bytes: &mut Vec<u8>) -> Result<(), CanonicalError> {
    match value {
        serde_json::Value::Number(number) => write_number(number, bytes)?,
        serde_json::Value::Array(items) => {
            bytes.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    bytes.push(b',');
                }
                write(item, bytes)?;
            }
            bytes.push(b']');
        }
        serde_json::Value::Object(fields) => {
            bytes.push(b'{');
            // Whether an object keeps its keys sorted or as they came is a feature of `serde_json` that
            // any crate of a build can switch on: the bytes must not depend on it.
            let plain = fields.keys().all(|key| key.chars().all(|letter| letter <= '\u{d7ff}'));
            if plain && fields.keys().is_sorted() {
                write_fields(fields.iter(), bytes)?;
            } else {
                let mut sorted: Vec<_> = fields.iter().collect();
                sorted.sort_by_key(|(key, _)| key.encode_utf16().collect::<Vec<_>>());
                write_fields(sorted.into_iter(), bytes)?;
            }
            bytes.push(b'}');
        }
        other => serde_json::to_writer(&mut *bytes, other)?,
    }
    Ok(())
}

fn write_fields<'a>(
    fields: impl Iterator<Item = (&'a String, &'a serde_json::Value)>,
    bytes: &mut Vec<u8>,
) -> Result<(), CanonicalError> {
    for (place, (key, value)) in fields.enumerate() {
        if place > 0 {
            bytes.push(b',');
        }
        serde_json::to_writer(&mut *bytes, key)?;
        bytes.push(b':');
        write(value, bytes)?;
    }
    Ok(())
}

fn write_number(number: &serde_json::Number, bytes: &mut Vec<u8>) -> Result<(), CanonicalError> {
    let exact = match (number.as_u64(), number.as_i64()) {
        (Some(natural), _) => natural <= LARGEST_EXACT,
        (None, Some(negative)) => negative.unsigned_abs() <= LARGEST_EXACT,
        // A fraction: the digits of ECMAScript, which the RFC prescribes.
        (None, None) => {
            bytes.extend(serde_json_canonicalizer::to_vec(number)?);
            return Ok(());
        }
    };
    if !exact {
        return Err(CanonicalError::NumberTooLarge(number.to_string()));
    }
    Ok(serde_json::to_writer(bytes, number)?)
}

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// A text that is no SHA-256 digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a SHA-256 hash of 64 hexadecimal digits")]
pub struct HashError(String);

impl Hash {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of the canonical form of a value.
    ///
    /// # Errors
    /// When the value has no canonical form.
    pub fn of_value<T: Serialize + ?Sized>(value: &T) -> Result<Self, CanonicalError> {
        Ok(Self::of(&to_bytes(value)?))
    }

    /// A digest that was stored as bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0_u8; 64];
        match hex::encode_to_slice(self.0, &mut text) {
            Ok(()) => formatter.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?),
            Err(_) => Err(fmt::Error),
        }
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0_u8; 32];
        let canonical = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if canonical && hex::decode_to_slice(text, &mut bytes).is_ok() {
            Ok(Self(bytes))
        } else {
            Err(HashError(text.to_owned()))
        }
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_white_space_is_gone() {
        let value = serde_json::json!({"b": [1, 2.5, true], "a": "é"});
        assert_eq!(to_bytes(&value).unwrap(), "{\"a\":\"é\",\"b\":[1,2.5,true]}".as_bytes());
    }

    #[test]
    fn a_second_implementation_gives_the_same_bytes() {
        let value = serde_json::json!({
            "\u{fb33}": "Hebrew", "\u{1f600}": "smiley", "\u{20ac}": "euro", "\r": "return",
            "1": [1e30, 4.5, 0.002, 1e-27, -0.0, 333_333_333.333_333_3, 100, -7, null, true],
            "text": "\u{20ac}$\u{f}\nA'B\"\\\u{7f}</\u{8}\u{c}",
            "nested": {"z": {}, "a": []},
        });
        let theirs = serde_json_canonicalizer::to_vec(&value).unwrap();
        assert_eq!(to_bytes(&value).unwrap(), theirs);
    }

    #[test]
    fn a_whole_number_beyond_a_double_is_refused() {
        assert!(to_bytes(&9_007_199_254_740_992_u64).is_ok());
        assert!(to_bytes(&-9_007_199_254_740_992_i64).is_ok());
        assert!(matches!(
            to_bytes(&vec![9_007_199_254_740_993_u64]),
            Err(CanonicalError::NumberTooLarge(text)) if text == "9007199254740993"
        ));
    }

    #[test]
    fn the_digest_is_that_of_the_standard() {
        // FIPS 180-4 example: the digest of "abc".
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), expected);
        let hash: Hash = expected.parse().unwrap();
        assert_eq!(hash, Hash::of(b"abc"));
        assert_eq!(serde_json::to_string(&hash).unwrap(), format!("\"{expected}\""));
        assert_eq!(serde_json::from_str::<Hash>(&format!("\"{expected}\"")).unwrap(), hash);
    }

    #[test]
    fn a_text_of_another_length_or_alphabet_is_no_hash() {
        for text in ["", "ba78", &"g".repeat(64), &"A".repeat(64)] {
            assert!(text.parse::<Hash>().is_err(), "{text}");
        }
    }
}
