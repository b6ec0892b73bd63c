//! Values as the database keeps them, read as the domain has them.

use mdt::coded::Coded;
use rules::canonical::Hash;

use crate::StoreError;

/// A hash that is kept as its 32 bytes.
///
/// # Errors
/// [`StoreError::Inconsistent`] for another number of bytes.
pub(crate) fn hash(
    bytes: &[u8],
    (table, column): (&'static str, &'static str),
    row: impl ToString,
) -> Result<Hash, StoreError> {
    <[u8; 32]>::try_from(bytes)
        .map(Hash::from_bytes)
        .map_err(|why| StoreError::inconsistent(table, column, row, why))
}

/// A value of a closed list that is kept as its code.
///
/// # Errors
/// [`StoreError::Inconsistent`] for a code that the list does not have.
pub(crate) fn coded<T: Coded>(
    code: &str,
    (table, column): (&'static str, &'static str),
    row: impl ToString,
) -> Result<T, StoreError> {
    T::from_code(code).map_err(|why| StoreError::inconsistent(table, column, row, why))
}
