//! The places that values come from, strongest first: options, environment, file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::setting::{Descriptor, Origin, Setting};

/// The options given on the command line, by their names.
pub type FlagValues = BTreeMap<&'static str, String>;

/// Looks up an environment variable; a function, so that tests need no environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A configuration file, flattened to `section.name` → text.
#[derive(Debug, Clone, Default)]
pub(super) struct FileValues {
    path: PathBuf,
    values: BTreeMap<String, String>,
}

impl FileValues {
    /// Reads a file and refuses what no setting is called.
    pub(super) fn read(path: &Path, known: &[&'static Descriptor]) -> Result<Self, ConfigError> {
        let file = path.to_owned();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { file: file.clone(), source })?;
        Self::parse(file, &text, known)
    }

    fn parse(
        file: PathBuf,
        text: &str,
        known: &[&'static Descriptor],
    ) -> Result<Self, ConfigError> {
        let table: toml::Table = toml::from_str(text).map_err(|error| ConfigError::Syntax {
            file: file.clone(),
            message: error.to_string(),
        })?;
        let mut values = BTreeMap::new();
        for (section, inside) in table {
            let toml::Value::Table(inside) = inside else {
                return Err(unknown_key(file, section, known));
            };
            for (name, value) in inside {
                let key = format!("{section}.{name}");
                if !known.iter().any(|descriptor| descriptor.key == key) {
                    return Err(unknown_key(file, key, known));
                }
                let Some(text) = plain(&value) else {
                    return Err(ConfigError::Kind { file, key });
                };
                values.insert(key, text);
            }
        }
        Ok(Self { path: file, values })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn sets(&self, descriptor: &Descriptor) -> bool {
        self.values.contains_key(descriptor.key)
    }
}

/// All sources together.
pub(super) struct Sources<'a> {
    pub(super) flags: &'a FlagValues,
    pub(super) environment: Environment<'a>,
    pub(super) file: Option<FileValues>,
}

impl Sources<'_> {
    /// The strongest value of a setting as it was written.
    pub(super) fn written(&self, descriptor: &'static Descriptor) -> Option<(String, Origin)> {
        if let Some(value) = self.flags.get(descriptor.flag) {
            return Some((value.clone(), Origin::Flag(descriptor.flag)));
        }
        let variable = (self.environment)(descriptor.variable).filter(|value| !value.is_empty());
        if let Some(value) = variable {
            return Some((value, Origin::Variable(descriptor.variable)));
        }
        let file = self.file.as_ref()?;
        let value = file.values.get(descriptor.key)?;
        Some((value.clone(), Origin::File(file.path.clone())))
    }

    /// The strongest value of a setting, parsed, or its default.
    pub(super) fn setting<T>(
        &self,
        descriptor: &'static Descriptor,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
        default: impl FnOnce() -> T,
    ) -> Result<Setting<T>, ConfigError> {
        let Some((written, origin)) = self.written(descriptor) else {
            let shown = descriptor.default;
            return Ok(Setting::new(descriptor, default(), shown, Origin::Default));
        };
        match parse(written.trim()) {
            Some(value) => Ok(Setting::new(descriptor, value, written.trim(), origin)),
            None => Err(ConfigError::Value { descriptor, written, origin, expected }),
        }
    }

    /// A path; one in a file is relative to the directory of that file.
    pub(super) fn path(
        &self,
        descriptor: &'static Descriptor,
    ) -> Result<Setting<Option<PathBuf>>, ConfigError> {
        let in_file = matches!(self.written(descriptor), Some((_, Origin::File(_))));
        let base = self.file.as_ref().filter(|_| in_file).and_then(|file| file.path.parent());
        self.setting(
            descriptor,
            "a path",
            |text| {
                let path = base.map_or_else(|| PathBuf::from(text), |base| base.join(text));
                (!text.is_empty()).then_some(Some(path))
            },
            || None,
        )
    }
}

/// Text and whole numbers as they are, a list of them joined by commas.
fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(plain).collect();
            Some(items?.join(","))
        }
        _ => None,
    }
}

fn unknown_key(file: PathBuf, key: String, known: &[&'static Descriptor]) -> ConfigError {
    let nearest = known
        .iter()
        .map(|descriptor| descriptor.key)
        .min_by_key(|candidate| distance(candidate, &key))
        .filter(|candidate| distance(candidate, &key) <= key.len().div_ceil(2));
    ConfigError::UnknownKey { file, key, nearest }
}

/// The number of letters to insert, remove or replace between two words (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (y, pair) in b.chars().zip(row.windows(2)) {
            let (diagonal, above) = (pair.first().copied(), pair.last().copied());
            let left = next.last().copied();
            let replaced = diagonal.map(|cost| cost + usize::from(x != y));
            let shifted = [above, left].into_iter().flatten().min().map(|cost| cost + 1);
            next.extend([replaced, shifted].into_iter().flatten().min());
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
