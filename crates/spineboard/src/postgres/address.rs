//! Where the private server listens.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The directory of a Unix socket; the port is PostgreSQL's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketAddress {
    directory: PathBuf,
}

/// The port number in the name of the socket file; nothing listens on TCP.
pub(super) const PORT: u16 = 5432;

/// The longest directory for which `DIR/.s.PGSQL.5432` still fits into a socket address
/// everywhere (104 bytes on macOS, 108 on Linux, one of them the closing zero).
const LONGEST_DIRECTORY: usize = 103 - 14;

impl SocketAddress {
    /// The socket in `directory`.
    pub(super) fn in_directory(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Whether a socket in `directory` has an address that the system accepts.
    pub(super) fn fits(directory: &Path) -> bool {
        directory.as_os_str().len() <= LONGEST_DIRECTORY
    }

    /// The directory that holds the socket.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A connection string for `role` and `database`, as libpq and sqlx read it.
    pub fn url(&self, role: &str, database: &str) -> String {
        let host = percent_encoded(self.directory.as_os_str().as_encoded_bytes());
        let role = percent_encoded(role.as_bytes());
        let database = percent_encoded(database.as_bytes());
        format!("postgres://{role}@{host}:{PORT}/{database}")
    }
}

/// Everything but unreserved characters as `%XX` (RFC 3986 section 2.1).
fn percent_encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_encodes_the_directory_as_the_host() {
        let address = SocketAddress::in_directory(PathBuf::from("/srv/my data/s"));
        assert_eq!(
            address.url("spineboard_app", "spineboard"),
            "postgres://spineboard_app@%2Fsrv%2Fmy%20data%2Fs:5432/spineboard"
        );
    }

    #[test]
    fn the_longest_directory_gives_a_socket_path_of_103_bytes() {
        let longest = PathBuf::from(format!("/{}", "d".repeat(LONGEST_DIRECTORY - 1)));
        assert!(SocketAddress::fits(&longest));
        let socket = longest.join(format!(".s.PGSQL.{PORT}"));
        assert_eq!(socket.as_os_str().len(), 103);
        assert!(!SocketAddress::fits(&longest.join("d")));
    }
}
