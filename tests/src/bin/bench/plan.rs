//! What is measured, where and for how long.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::Result;

/// How often each figure is taken; the median counts.
pub(crate) const RUNS: usize = 3;
/// How long one turn lasts unless `SPINEBOARD_BENCH_SECONDS` says otherwise.
const SECONDS: u64 = 20;
/// Before each turn counts: connections open, statements are prepared, caches fill.
pub(crate) const WARM_UP: Duration = Duration::from_secs(3);

/// The settings of a run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The release program.
    pub(crate) program: PathBuf,
    /// An empty directory for everything that is made.
    pub(crate) directory: PathBuf,
    /// Where `postgres` and `pgbench` are.
    pub(crate) postgres_bin: PathBuf,
    /// How long a turn is counted.
    pub(crate) turn: Duration,
}

impl Plan {
    pub(crate) fn of_process() -> Result<Self> {
        let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
        let [program, directory] = arguments.as_slice() else {
            return Err("usage: bench PROGRAM DIRECTORY; script/bench calls it".into());
        };
        let postgres_bin = std::env::var_os("SPINEBOARD_POSTGRES_BIN")
            .ok_or("SPINEBOARD_POSTGRES_BIN is not set")?;
        let seconds = match std::env::var("SPINEBOARD_BENCH_SECONDS") {
            Ok(text) => text
                .parse()
                .map_err(|_| format!("SPINEBOARD_BENCH_SECONDS is `{text}`, not whole seconds"))?,
            Err(_) => SECONDS,
        };
        Ok(Self {
            program: program.into(),
            directory: directory.into(),
            postgres_bin: postgres_bin.into(),
            turn: Duration::from_secs(std::cmp::max(seconds, 1)),
        })
    }

    /// The data directory of the installation under measurement.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }
}
