//! The clinical vocabulary of Spineboard: the data dictionary, the assessment and, beside them as
//! data files, the bundled rule sets.
//!
//! The crate is pure: no clock, no input or output, no database. Start at [`dictionary`] for what
//! may be known about a case, at [`assessment`] for what is known about one.

pub mod assessment;
pub mod dates;
mod decimal;
pub mod dictionary;
pub mod evaluate_input;
mod json_value;
pub mod level;
pub mod marks;
pub mod protocol;
pub mod quantity;
pub mod rulesets;
pub mod urgency;
