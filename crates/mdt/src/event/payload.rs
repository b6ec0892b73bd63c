//! Details that may have to be erased: kept apart from the event, which holds only a commitment.

use std::collections::BTreeMap;

use rules::canonical::{self, CanonicalError, Hash};
use serde::{Deserialize, Serialize};

use super::DataValue;

/// Names, texts, typed addresses, the client's address, search words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Payload(BTreeMap<String, DataValue>);

impl Payload {
    /// Puts one detail in.
    pub fn insert(&mut self, key: &str, value: impl Into<DataValue>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// Is there nothing in it?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The details in order of their names.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &DataValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The bytes that are stored and committed to.
    ///
    /// # Errors
    /// [`CanonicalError`] when a value has no canonical form.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::to_bytes(self)
    }

    /// Reads a payload back.
    ///
    /// # Errors
    /// The parser's message when the bytes are no payload.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

/// 32 random bytes that keep a commitment from being guessed back to a short value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// The bytes, as they are stored beside the payload.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// SHA-256(salt ‖ payload): what the event holds.
    pub fn commit(&self, payload_bytes: &[u8]) -> Hash {
        let mut bytes = self.0.to_vec();
        bytes.extend_from_slice(payload_bytes);
        Hash::of(&bytes)
    }
}

impl From<[u8; 32]> for Salt {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<&[u8]> for Salt {
    type Error = std::array::TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self)
    }
}
