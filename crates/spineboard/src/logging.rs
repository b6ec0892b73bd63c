//! The log: lines on standard error, for people or as JSON. What may be in one is a chapter of
//! `docs/ARCHITECTURE.md`: never names, numbers of patients, free text or bodies.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// Turns the log on for this process. A second call changes nothing.
pub fn start(config: &LogConfig) {
    // The driver tells at `info` what PostgreSQL remarks on while a schema is made; whoever wants to
    // read that says `sqlx=info`.
    let filter = EnvFilter::builder().parse_lossy(format!("sqlx=warn,{}", config.level.value));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // It fails only when a log is already on, as in tests.
    let _ = match config.format.value {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
