//! Reading rule-set and protocol files.
//!
//! A file that is not understood whole is refused whole: unknown keys, values of the wrong type and
//! references to nothing are errors with file, line and the offending text, never ignored.

mod convert;
mod error;
mod protocol;
mod raw;

pub use error::{ParseError, ParseErrors};
pub use protocol::parse_protocol;

use crate::ruleset::RuleSet;

/// Reads a rule-set file. `name` is the file's name for messages.
///
/// # Errors
/// Everything that is wrong with the text, each with its place.
pub fn parse(name: &str, text: &str) -> Result<RuleSet, ParseErrors> {
    let file: raw::File =
        toml::from_str(text).map_err(|error| ParseErrors::from_toml(name, text, &error))?;
    convert::rule_set(file).map_err(|mut errors| {
        errors.sort_by_key(|error| (error.span.start, error.span.end));
        ParseErrors::new(name, text, errors)
    })
}
