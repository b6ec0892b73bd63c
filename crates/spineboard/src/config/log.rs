//! What is logged and how.

use super::error::ConfigError;
use super::setting::{Descriptor, InForce, Setting};
use super::sources::Sources;

const FORMAT: Descriptor = Descriptor {
    key: "log.format",
    flag: "log-format",
    variable: "SPINEBOARD_LOG_FORMAT",
    value_name: "text|json",
    default: "text",
    meaning: "Log lines for people, or one JSON object a line; always on stderr",
    secret: false,
};

const LEVEL: Descriptor = Descriptor {
    key: "log.level",
    flag: "log-level",
    variable: "SPINEBOARD_LOG_LEVEL",
    value_name: "LEVEL",
    default: "info",
    meaning: "error, warn, info, debug or trace; or by module, such as info,spineboard_store=debug",
    secret: false,
};

/// The settings of this section.
pub(super) const SETTINGS: &[&Descriptor] = &[&FORMAT, &LEVEL];

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged and how.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// The look of a line.
    pub format: Setting<LogFormat>,
    /// Directives of `tracing_subscriber::EnvFilter`.
    pub level: Setting<String>,
}

impl LogConfig {
    pub(super) fn resolve(sources: &Sources<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            format: sources.setting(
                &FORMAT,
                "`text` or `json`",
                |text| match text {
                    "text" => Some(LogFormat::Text),
                    "json" => Some(LogFormat::Json),
                    _ => None,
                },
                || LogFormat::Text,
            )?,
            level: sources.setting(
                &LEVEL,
                "a level or a list of module=level",
                |text| {
                    let parsed = tracing_subscriber::EnvFilter::builder().parse(text);
                    parsed.ok().map(|_| text.to_owned())
                },
                || "info".to_owned(),
            )?,
        })
    }

    pub(super) fn in_force(&self) -> Vec<InForce> {
        vec![self.format.in_force(), self.level.in_force()]
    }
}
