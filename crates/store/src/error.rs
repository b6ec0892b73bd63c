//! What can go wrong between the program and its database, in kinds that a caller treats differently.

use thiserror::Error;

/// An error of the store.
///
/// Only [`std::fmt::Display`] of the driver's error is ever printed: its `Debug` carries PostgreSQL's
/// `DETAIL`, which quotes key values such as an NHS number.
#[derive(Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Driver(sqlx::Error),
    /// The database does not answer at all: stopped, starting, or out of connections.
    #[error("the database cannot be reached")]
    Unavailable,
    /// A stored value that the domain cannot read: the row is damaged, or written by a newer program.
    #[error("table {table}, column {column}, row {row}: the stored value cannot be read: {why}")]
    Inconsistent {
        /// Table of the row.
        table: &'static str,
        /// Column of the value.
        column: &'static str,
        /// Key of the row.
        row: String,
        /// What the domain said, without the value.
        why: String,
    },
    /// The edit was based on a version that is no longer the current one.
    #[error("the edit was based on version {base}, the current one is {current}")]
    Stale {
        /// The version the edit was based on.
        base: i64,
        /// The version in the database now.
        current: i64,
    },
    /// A named constraint refused the row.
    #[error("constraint `{0}` refused the row")]
    Constraint(String),
    /// Nothing of that id within the permit.
    #[error("not found")]
    NotFound,
    /// The actor sees it, but may not do this to it.
    #[error("{}", mdt::permission::refusal(*.0))]
    Forbidden(mdt::permission::Action),
    /// The command id was used before with another body.
    #[error("this form was already sent with other contents")]
    CommandReused,
    /// A guard of the domain stands in the way; the words are for the page.
    #[error("{0}")]
    Refused(String),
    /// The agenda was complete at its cut-off, and no reason is given why a case comes later.
    #[error("the agenda was complete at its cut-off: say why this case is added late")]
    AfterCutOff,
    /// A document could not be written in canonical form.
    #[error("canonical form: {0}")]
    Canonical(String),
    /// The migrations or the roles are not as this program needs them.
    #[error("schema: {0}")]
    Schema(String),
}

impl std::fmt::Debug for StoreError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "StoreError({self})")
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
                Self::Unavailable
            }
            sqlx::Error::Database(database) => Self::of_database(database),
            other => Self::Driver(other),
        }
    }
}

impl StoreError {
    fn of_database(error: Box<dyn sqlx::error::DatabaseError>) -> Self {
        // 57P01–57P03: shut down, crashed, starting up; class 08: the connection is gone.
        let gone =
            error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08"));
        if gone {
            return Self::Unavailable;
        }
        match error.constraint() {
            Some(name) => Self::Constraint(name.to_owned()),
            None => Self::Driver(sqlx::Error::Database(error)),
        }
    }

    /// Whether the named constraint refused the row.
    pub fn is_constraint(&self, name: &str) -> bool {
        matches!(self, Self::Constraint(refused) if refused == name)
    }

    /// A guard of the domain that stands in the way; its message becomes a sentence.
    pub fn refused(why: impl std::fmt::Display) -> Self {
        let message = why.to_string();
        let mut letters = message.trim_end_matches('.').chars();
        let first =
            letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        Self::Refused(format!("{first}{}.", letters.as_str()))
    }

    /// A stored value of `table.column` in `row` that the domain refused with `why`.
    #[expect(clippy::needless_pass_by_value, reason = "ids and texts alike are given by value")]
    pub fn inconsistent(
        table: &'static str,
        column: &'static str,
        row: impl ToString,
        why: impl std::fmt::Display,
    ) -> Self {
        Self::Inconsistent { table, column, row: row.to_string(), why: why.to_string() }
    }
}

/// Maps the named constraint to a better error, leaves every other error as it is.
pub(crate) fn on_constraint<T>(
    result: Result<T, StoreError>,
    name: &str,
    better: impl FnOnce() -> StoreError,
) -> Result<T, StoreError> {
    match result {
        Err(error) if error.is_constraint(name) => Err(better()),
        other => other,
    }
}
