//! Making a cluster: `initdb`, once, whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::cluster::Durability;
use super::directory::DataDirectory;
use super::discover::Binaries;
use super::error::{AtPath as _, PostgresError};
use super::user::ServerUser;

/// The superuser inside the cluster; only whoever can enter the socket directory can be it.
pub(super) const SUPERUSER: &str = "postgres";

/// Access rules: the socket directory (0700) is the lock, so whoever comes through it is trusted.
const ACCESS_RULES: &str = "# Only the Unix socket, whose directory nobody else can enter.\n\
                            local all all trust\n";

/// Makes the cluster beside its place and moves it there when it is complete, so that a crash
/// in the middle leaves nothing that looks like a cluster.
pub(super) fn create_cluster(
    directory: &DataDirectory,
    binaries: &Binaries,
    user: &ServerUser,
    durability: Durability,
) -> Result<(), PostgresError> {
    let unfinished = directory.root().join("postgres.unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).at("remove", &unfinished)?;
    }
    fs::create_dir(&unfinished).at("create", &unfinished)?;
    super::directory::set_mode(&unfinished, 0o700)?;
    user.own(&unfinished).at("change the owner of", &unfinished)?;
    run_initdb(&unfinished, binaries, user, durability)?;
    let access_rules = unfinished.join("pg_hba.conf");
    fs::write(&access_rules, ACCESS_RULES).at("write", &access_rules)?;
    let cluster = directory.cluster();
    fs::rename(&unfinished, &cluster).at("create", &cluster)?;
    if durability == Durability::Durable {
        sync_directory(&cluster)?;
        sync_directory(directory.root())?;
    }
    Ok(())
}

fn run_initdb(
    target: &Path,
    binaries: &Binaries,
    user: &ServerUser,
    durability: Durability,
) -> Result<(), PostgresError> {
    let program: PathBuf = binaries.program("initdb");
    let mut command = user.command(&program);
    command.arg("--pgdata").arg(target).args([
        "--data-checksums",
        "--encoding=UTF8",
        "--auth-local=trust",
        "--auth-host=reject",
    ]);
    command.arg(format!("--username={SUPERUSER}"));
    if cfg!(target_os = "macos") {
        // There is no C.UTF-8 there; this is the same order and the same characters.
        command.args(["--lc-collate=C", "--lc-ctype=UTF-8", "--lc-messages=C"]);
    } else {
        command.arg("--locale=C.UTF-8");
    }
    if durability == Durability::TestsOnly {
        command.arg("--no-sync");
    }
    let output = command.stdout(Stdio::piped()).output().at("run", &program)?;
    if output.status.success() {
        return Ok(());
    }
    let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(PostgresError::Initialise { message })
}

/// Makes the entries of a directory durable.
fn sync_directory(path: &Path) -> Result<(), PostgresError> {
    fs::File::open(path).and_then(|directory| directory.sync_all()).at("write", path)
}
