//! Rule sets by name or by file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clinical::rulesets::{Bundle, bundled};
use rules::{ParseErrors, Protocol, RuleSet};

use crate::commands::CommandError;

/// Whether an argument names a file rather than something bundled.
pub(in crate::commands) fn is_file_name(argument: &str) -> bool {
    argument.contains('/') || Path::new(argument).extension().is_some_and(|it| it == "toml")
}

/// Reads a file of text.
pub(in crate::commands) fn read_text(path: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(path).map_err(|source| CommandError::at("read", path, source))
}

/// The bundled files, which a test holds to be good.
pub(super) fn bundle() -> Result<&'static Bundle, CommandError> {
    bundled().map_err(|errors| CommandError::Refused(errors.to_string()))
}

/// A rule set that was read, or what is wrong with its file.
pub(super) type Read = Result<Arc<RuleSet>, ParseErrors>;

/// `ID`, `ID@VERSION` (bundled; the newest by default) or a file.
pub(super) fn named(argument: &str) -> Result<(Read, String), CommandError> {
    if is_file_name(argument) {
        let text = read_text(Path::new(argument))?;
        return Ok((rules::parse(argument, &text).map(Arc::new), text));
    }
    let (id, version) = match argument.split_once('@') {
        Some((id, version)) => (id, Some(version)),
        None => (argument, None),
    };
    let wanted = |one: &&Arc<RuleSet>| {
        one.id == id && version.is_none_or(|version| one.version.to_string() == version)
    };
    let all = bundle()?.rule_sets();
    let found = all.iter().filter(wanted).max_by_key(|one| one.version);
    let rule_set = found.ok_or_else(|| unknown(argument, all))?;
    let name = format!("{}/{}.toml", rule_set.id, rule_set.version);
    let file = clinical::rulesets::RULE_SET_FILES.iter().find(|file| file.name == name);
    let text = file.map(|file| file.text.to_owned()).unwrap_or_default();
    Ok((Ok(Arc::clone(rule_set)), text))
}

fn unknown(argument: &str, all: &[Arc<RuleSet>]) -> CommandError {
    let known: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
    let known = known.join(", ");
    CommandError::Refused(format!("there is no rule set `{argument}`; there are: {known}"))
}

/// The bundled protocol of that name, `ID` (the newest version) or `ID@VERSION`, and the text of its file.
pub(super) fn protocol(
    argument: &str,
) -> Result<Option<(&'static Protocol, &'static str)>, CommandError> {
    let bundle = bundle()?;
    let all = bundle.protocols().iter().chain(bundle.marks());
    let named =
        |one: &&Protocol| argument == one.id || argument == format!("{}@{}", one.id, one.version);
    Ok(all.filter(named).max_by_key(|one| one.version).map(|protocol| {
        let name = format!("{}/{}.toml", protocol.id, protocol.version);
        let files = [clinical::rulesets::PROTOCOL_FILES, clinical::rulesets::MARK_FILES].concat();
        let file = files.iter().find(|file| file.name == name).map_or("", |file| file.text);
        (protocol, file)
    }))
}

/// The bundled rule sets and those of further directories.
pub(in crate::commands) struct RuleFiles(Vec<Arc<RuleSet>>);

impl RuleFiles {
    /// Reads every `*.toml` below the directories as a rule set.
    pub(in crate::commands) fn bundled_and(directories: &[PathBuf]) -> Result<Self, CommandError> {
        let mut all = bundle()?.rule_sets().to_vec();
        for directory in directories {
            for path in toml_files(directory)? {
                let name = path.display().to_string();
                let rule_set = rules::parse(&name, &read_text(&path)?)
                    .map_err(|errors| CommandError::Refused(errors.to_string()))?;
                all.push(Arc::new(rule_set));
            }
        }
        Ok(Self(all))
    }

    pub(in crate::commands) fn all(&self) -> &[Arc<RuleSet>] {
        &self.0
    }
}

/// All `*.toml` below a directory, by path.
fn toml_files(directory: &Path) -> Result<Vec<PathBuf>, CommandError> {
    let mut files = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        let failed = |source| CommandError::at("read", &directory, source);
        for entry in std::fs::read_dir(&directory).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
