//! The rule language of Spineboard: rules as data, read from files, proven, evaluated.
//!
//! This crate knows no medicine, no clock, no input and no output: the same facts under the same
//! rules give the same bytes. Start at [`value`] for what goes in, at [`ruleset`] for what a file
//! says, at [`mod@evaluate`] for what comes out.

pub mod canonical;
pub mod compile;
pub mod domain;
pub mod evaluate;
pub mod parse;
pub mod protocol;
pub mod result;
pub mod ruleset;
pub mod state;
pub mod types;
pub mod value;
pub mod verify;
pub mod what_if;

pub use canonical::{CanonicalError, Hash};
pub use compile::{CompileError, Compiled};
pub use domain::Value;
pub use evaluate::{ENGINE, InputError, evaluate};
pub use parse::{ParseErrors, parse, parse_protocol};
pub use protocol::{PinnedProtocol, Protocol, RuleSetRef};
pub use result::{Evaluation, RuleResult};
pub use ruleset::RuleSet;
pub use verify::{Report, verify, verify_protocol};
pub use what_if::WhatIf;
