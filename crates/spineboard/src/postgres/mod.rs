//! A private PostgreSQL in the data directory, for whoever has no server of their own.
//!
//! ```text
//! DIR/lock             held (flock) while a Spineboard uses DIR
//! DIR/postgres         the cluster, owned by the user that PostgreSQL runs as
//! DIR/postgres-socket  the only way in: a Unix socket, directory mode 0700
//! DIR/postgres.log     what the server says, without statements or row contents
//! ```
//!
//! Start at [`PrivateCluster::start`]. The server dies with us: on Linux a small guard process (see
//! [`guard`]) asks the kernel for a signal when we are killed; anywhere else, and where the guard
//! cannot run, the next start finds the orphan by its `postmaster.pid` and stops it first.
//!
//! This module knows no SQL: roles and databases are made by `store` over the socket.

mod address;
mod cluster;
mod directory;
mod discover;
mod error;
pub mod guard;
mod initialise;
mod launch;
mod leftover;
mod postmaster;
mod supervisor;
mod user;

pub use address::SocketAddress;
pub use cluster::{ClusterOptions, Durability, PrivateCluster, superuser_url};
pub use directory::{DataDirectory, FALLBACK_DIRECTORY, default_data_directory};
pub use discover::{Binaries, MINIMUM_MAJOR, discover};
pub use error::PostgresError;
