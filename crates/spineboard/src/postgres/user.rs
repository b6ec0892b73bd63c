//! The user that PostgreSQL runs as, and what that user may reach.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::PostgresError;

/// Somebody other than root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerUser {
    /// The login name, for messages.
    pub(super) name: String,
    uid: u32,
    gid: u32,
    /// Whether we are root and have to become this user.
    switch: bool,
}

impl ServerUser {
    /// Ourselves; started by root, `postgres`, else `nobody`.
    pub(super) fn choose() -> Result<Self, PostgresError> {
        let uid = rustix::process::geteuid();
        if !uid.is_root() {
            let gid = rustix::process::getegid().as_raw();
            return Ok(Self { name: "yourself".to_owned(), uid: uid.as_raw(), gid, switch: false });
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| {
                let (uid, gid) = (numeric_id("-u", name)?, numeric_id("-g", name)?);
                (uid != 0).then(|| Self { name: name.to_owned(), uid, gid, switch: true })
            })
            .ok_or(PostgresError::NoUnprivilegedUser)
    }

    /// Whether we are root and PostgreSQL runs as somebody else.
    pub(super) fn is_other(&self) -> bool {
        self.switch
    }

    /// A command that will run as this user, in a process group of its own, with nothing of our
    /// environment. (As root, `uid` also clears the supplementary groups.)
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("LC_MESSAGES", "C").env("TZ", "UTC").current_dir("/");
        // A Ctrl-C in the terminal must reach us and not the server: we stop it ourselves.
        command.process_group(0).stdin(Stdio::null());
        if self.switch {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Gives a file or directory to this user.
    pub(super) fn own(&self, path: &Path) -> std::io::Result<()> {
        if self.switch {
            std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))?;
        }
        Ok(())
    }

    /// Whether the file or directory belongs to this user.
    pub(super) fn owns(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok_and(|metadata| metadata.uid() == self.uid)
    }

    /// The first directory on the way to `path` (itself included) that this user may not enter;
    /// parts that do not exist yet are passed over.
    pub(super) fn obstacle(&self, path: &Path) -> Option<PathBuf> {
        let absolute = std::path::absolute(path).ok()?;
        let mut on_the_way: Vec<&Path> = absolute.ancestors().collect();
        on_the_way.reverse();
        on_the_way.into_iter().find(|part| !self.may_enter(part)).map(Path::to_owned)
    }

    fn may_enter(&self, path: &Path) -> bool {
        fs::metadata(path).map_or(true, |metadata| self.may_execute(&metadata))
    }

    /// The classical permission check; access lists are not looked at.
    pub(super) fn may_execute(&self, metadata: &fs::Metadata) -> bool {
        let bit = if metadata.uid() == self.uid {
            0o100
        } else if metadata.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        metadata.mode() & bit != 0
    }
}

/// `id -u NAME` or `id -g NAME`: the one way to ask that also works with directory services.
fn numeric_id(flag: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([flag, name]).stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_never_the_server_user() {
        let user = ServerUser::choose().unwrap();
        assert_ne!(user.uid, 0);
        assert_eq!(user.is_other(), rustix::process::geteuid().is_root());
    }

    #[test]
    fn a_directory_that_exists_nowhere_is_no_obstacle() {
        let user = ServerUser::choose().unwrap();
        assert_eq!(user.obstacle(Path::new("/tmp/spineboard-is-not-here/data")), None);
    }
}
