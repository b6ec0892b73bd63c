//! The values of an event's data: no floats, so that every value has one way of being written.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use rules::canonical::Hash;
use serde::{Deserialize, Serialize};

/// One value in the data or the payload of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DataValue {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A code, an id, a hash, a date; in a payload also a text.
    Text(String),
    /// Several values in an order that counts.
    List(Vec<DataValue>),
    /// Named values.
    Map(BTreeMap<String, DataValue>),
}

impl DataValue {
    /// The text of anything that shows itself: an id, a code, a hash.
    #[expect(clippy::needless_pass_by_value, reason = "ids and codes are passed as they are")]
    pub fn text(value: impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    /// A list of anything that shows itself.
    pub fn texts<T: ToString>(values: impl IntoIterator<Item = T>) -> Self {
        Self::List(values.into_iter().map(Self::text).collect())
    }
}

/// What a value was and what it became: `from → to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<A, B> {
    /// Before.
    pub from: A,
    /// After.
    pub to: B,
}

impl<A: Into<DataValue>, B: Into<DataValue>> From<Change<A, B>> for DataValue {
    fn from(change: Change<A, B>) -> Self {
        Self::Map(BTreeMap::from([
            ("from".to_owned(), change.from.into()),
            ("to".to_owned(), change.to.into()),
        ]))
    }
}

impl From<bool> for DataValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for DataValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<i32> for DataValue {
    fn from(value: i32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<u32> for DataValue {
    fn from(value: u32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<usize> for DataValue {
    fn from(value: usize) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<&str> for DataValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for DataValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Hash> for DataValue {
    fn from(value: Hash) -> Self {
        Self::text(value)
    }
}

impl From<NaiveDate> for DataValue {
    fn from(value: NaiveDate) -> Self {
        Self::text(value)
    }
}

impl From<DateTime<Utc>> for DataValue {
    fn from(value: DateTime<Utc>) -> Self {
        Self::Text(super::instant_text(value))
    }
}

impl<T: Into<DataValue>> From<Vec<T>> for DataValue {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<DataValue>> From<BTreeMap<String, T>> for DataValue {
    fn from(values: BTreeMap<String, T>) -> Self {
        Self::Map(values.into_iter().map(|(key, value)| (key, value.into())).collect())
    }
}

impl fmt::Display for DataValue {
    /// As a person reads it in a history: maps as `from → to` or `key: value`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => f.write_str(if *value { "yes" } else { "no" }),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
            Self::List(values) => {
                let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
                f.write_str(&texts.join(", "))
            }
            Self::Map(values) => f.write_str(&map_in_words(values)),
        }
    }
}

fn map_in_words(values: &BTreeMap<String, DataValue>) -> String {
    if let (Some(from), Some(to), 2) = (values.get("from"), values.get("to"), values.len()) {
        return format!("{from} → {to}");
    }
    let texts: Vec<String> = values.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    texts.join("; ")
}
