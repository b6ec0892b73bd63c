//! The HTTP server.

use std::net::SocketAddr;
use std::num::NonZeroUsize;

use super::error::ConfigError;
use super::setting::{Descriptor, InForce, Setting};
use super::sources::Sources;

const LISTEN: Descriptor = Descriptor {
    key: "server.listen",
    flag: "listen",
    variable: "SPINEBOARD_LISTEN",
    value_name: "ADDR:PORT",
    default: "127.0.0.1:8480",
    meaning: "Address and port to answer on; port 0 takes any free one",
    secret: false,
};

const PUBLIC_URL: Descriptor = Descriptor {
    key: "server.public-url",
    flag: "public-url",
    variable: "SPINEBOARD_PUBLIC_URL",
    value_name: "URL",
    default: "none: the address that it listens on",
    meaning: "Address that browsers use; with https the session cookie is sent over TLS only",
    secret: false,
};

const COMPRESSION: Descriptor = Descriptor {
    key: "server.compression",
    flag: "compression",
    variable: "SPINEBOARD_COMPRESSION",
    value_name: "on|off",
    default: "on",
    meaning: "Compress answers; off where a proxy in front does it",
    secret: false,
};

const WORKER_THREADS: Descriptor = Descriptor {
    key: "server.worker-threads",
    flag: "worker-threads",
    variable: "SPINEBOARD_WORKER_THREADS",
    value_name: "N",
    default: "one per core",
    meaning: "Threads that answer requests",
    secret: false,
};

/// The settings of this section.
pub(super) const SETTINGS: &[&Descriptor] = &[&LISTEN, &PUBLIC_URL, &COMPRESSION, &WORKER_THREADS];

/// The HTTP server.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Where it listens.
    pub listen: Setting<SocketAddr>,
    /// How browsers reach it, if not there: scheme and host, without a slash at the end.
    pub public_url: Setting<Option<String>>,
    /// Whether answers are compressed.
    pub compression: Setting<bool>,
    /// Threads; `None` is one per core.
    pub worker_threads: Setting<Option<NonZeroUsize>>,
}

impl ServerConfig {
    pub(super) fn resolve(sources: &Sources<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            listen: sources.setting(
                &LISTEN,
                "an IP address and a port, such as 127.0.0.1:8480 or [::]:80",
                |text| text.parse().ok(),
                || SocketAddr::from(([127, 0, 0, 1], 8480)),
            )?,
            public_url: sources.setting(
                &PUBLIC_URL,
                "an http or https address without a path, such as https://mdt.example.org",
                |text| origin_url(text).map(Some),
                || None,
            )?,
            compression: sources.setting(
                &COMPRESSION,
                "`on` or `off`",
                |text| match text {
                    "on" => Some(true),
                    "off" => Some(false),
                    _ => None,
                },
                || true,
            )?,
            worker_threads: sources.setting(
                &WORKER_THREADS,
                "a number of threads from 1 to 256",
                |text| {
                    let threads: NonZeroUsize = text.parse().ok()?;
                    (threads.get() <= 256).then_some(Some(threads))
                },
                || None,
            )?,
        })
    }

    /// Whether browsers come over TLS, so that cookies can demand it.
    pub fn is_secure(&self) -> bool {
        self.public_url.value.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    pub(super) fn in_force(&self) -> Vec<InForce> {
        vec![
            self.listen.in_force(),
            self.public_url.in_force(),
            self.compression.in_force(),
            self.worker_threads.in_force(),
        ]
    }
}

/// Scheme, host and port; the slash at the end is taken off.
fn origin_url(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let host = rest.trim_end_matches('/');
    let plain = !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
    plain.then(|| text.trim_end_matches('/').to_owned())
}
