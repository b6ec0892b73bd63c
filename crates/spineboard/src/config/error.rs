//! What can be wrong with the configuration.

use std::io;
use std::path::PathBuf;

use super::setting::{Descriptor, Origin};

/// A fault of the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value does not read as what it should be.
    #[error("{}: {} from {origin} is not {expected}", descriptor.key, quoted(descriptor, written))]
    Value {
        /// The setting.
        descriptor: &'static Descriptor,
        /// What was written.
        written: String,
        /// Where.
        origin: Origin,
        /// What was expected, with its range or choices.
        expected: &'static str,
    },
    /// The file holds a key that no setting has.
    #[error("`{}` has a setting `{key}` that does not exist{}", file.display(), suggestion(*nearest))]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// The key, `section.name`.
        key: String,
        /// The setting with the most similar name.
        nearest: Option<&'static str>,
    },
    /// The file holds a table, a number with a point … where a plain value belongs.
    #[error("`{}`: `{key}` must be text or a whole number", file.display())]
    Kind {
        /// The file.
        file: PathBuf,
        /// The key.
        key: String,
    },
    /// The file in the data directory cannot say where the data directory is.
    #[error("`{}` lies in the data directory and cannot set `data.dir`", file.display())]
    DirectoryInside {
        /// The file.
        file: PathBuf,
    },
    /// The file is not TOML.
    #[error("`{}` is not a configuration file: {message}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// Where and why, with the offending line.
        message: String,
    },
    /// The file cannot be read.
    #[error("cannot read `{}`", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

fn quoted(descriptor: &Descriptor, written: &str) -> String {
    if descriptor.secret { "the value".to_owned() } else { format!("`{written}`") }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|key| format!("; did you mean `{key}`?")).unwrap_or_default()
}
