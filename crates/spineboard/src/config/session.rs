//! Signed-in sessions.

use std::time::Duration;

use super::error::ConfigError;
use super::setting::{Descriptor, InForce, Setting};
use super::sources::Sources;

const IDLE_MINUTES: Descriptor = Descriptor {
    key: "session.idle-minutes",
    flag: "session-idle-minutes",
    variable: "SPINEBOARD_SESSION_IDLE_MINUTES",
    value_name: "N",
    default: "30",
    meaning: "Minutes without a request after which a session ends",
    secret: false,
};

const ABSOLUTE_HOURS: Descriptor = Descriptor {
    key: "session.absolute-hours",
    flag: "session-absolute-hours",
    variable: "SPINEBOARD_SESSION_ABSOLUTE_HOURS",
    value_name: "N",
    default: "12",
    meaning: "Hours after sign-in at which a session ends, however busy it is",
    secret: false,
};

/// The settings of this section.
pub(super) const SETTINGS: &[&Descriptor] = &[&IDLE_MINUTES, &ABSOLUTE_HOURS];

/// Signed-in sessions.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// How long a session lives without a request.
    pub idle: Setting<Duration>,
    /// How long it lives at most.
    pub absolute: Setting<Duration>,
}

impl SessionConfig {
    pub(super) fn resolve(sources: &Sources<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            idle: sources.setting(
                &IDLE_MINUTES,
                "a number of minutes from 1 to 1440",
                |text| duration(text, 1..=1440, 60),
                || Duration::from_mins(30),
            )?,
            absolute: sources.setting(
                &ABSOLUTE_HOURS,
                "a number of hours from 1 to 168",
                |text| duration(text, 1..=168, 3600),
                || Duration::from_hours(12),
            )?,
        })
    }

    pub(super) fn in_force(&self) -> Vec<InForce> {
        vec![self.idle.in_force(), self.absolute.in_force()]
    }
}

fn duration(text: &str, range: std::ops::RangeInclusive<u64>, unit: u64) -> Option<Duration> {
    let count: u64 = text.parse().ok().filter(|count| range.contains(count))?;
    Some(Duration::from_secs(count * unit))
}
