//! One setting: what it is called in each source, and a value that remembers where it came from.

use std::fmt;
use std::path::PathBuf;

/// What a setting is called and what it means. The command line, the environment, the file, `--help`
/// and `doctor --list-settings` all come from this one description.
#[derive(Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The key in the file, `section.name`.
    pub key: &'static str,
    /// The option of the command line, without its dashes.
    pub flag: &'static str,
    /// The environment variable.
    pub variable: &'static str,
    /// The kind of value, as `--help` shows it.
    pub value_name: &'static str,
    /// What holds when it is set nowhere, in words.
    pub default: &'static str,
    /// One sentence.
    pub meaning: &'static str,
    /// Whether its value must never be shown.
    pub secret: bool,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// An option of the command line.
    Flag(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// A configuration file.
    File(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::Flag(flag) => write!(formatter, "--{flag}"),
            Self::Variable(variable) => formatter.write_str(variable),
            Self::File(path) => write!(formatter, "{}", path.display()),
        }
    }
}

/// A value in force.
#[derive(Debug, Clone)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
    /// What it is.
    pub descriptor: &'static Descriptor,
    shown: String,
}

/// How `shown` reads for a secret that is set.
const HIDDEN: &str = "(hidden)";

impl<T> Setting<T> {
    /// A value that was written as `shown`; a secret keeps its writing to itself.
    pub(super) fn new(
        descriptor: &'static Descriptor,
        value: T,
        shown: &str,
        origin: Origin,
    ) -> Self {
        let hide = descriptor.secret && origin != Origin::Default;
        let shown = if hide { HIDDEN } else { shown }.to_owned();
        Self { value, origin, descriptor, shown }
    }

    /// The row that `doctor` prints.
    pub fn in_force(&self) -> InForce {
        InForce {
            key: self.descriptor.key,
            value: self.shown.clone(),
            origin: self.origin.to_string(),
        }
    }
}

/// A setting as `doctor` shows it; secrets are hidden.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct InForce {
    /// `section.name`.
    pub key: &'static str,
    /// The value in words.
    pub value: String,
    /// `default`, the option, the variable or the file.
    pub origin: String,
}
