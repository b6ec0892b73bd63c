//! Vertebral levels as a plan names them, and ranges of them in words.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::words::list;

/// From the occiput down, with the position that says what is next to what: a transitional vertebra
/// (`T13`, `L6`) stands between its neighbours, which stay neighbours where it is absent.
const LEVELS: [(&str, u8); 33] = [
    ("O", 0),
    ("C1", 2),
    ("C2", 4),
    ("C3", 6),
    ("C4", 8),
    ("C5", 10),
    ("C6", 12),
    ("C7", 14),
    ("T1", 16),
    ("T2", 18),
    ("T3", 20),
    ("T4", 22),
    ("T5", 24),
    ("T6", 26),
    ("T7", 28),
    ("T8", 30),
    ("T9", 32),
    ("T10", 34),
    ("T11", 36),
    ("T12", 38),
    ("T13", 39),
    ("L1", 40),
    ("L2", 42),
    ("L3", 44),
    ("L4", 46),
    ("L5", 48),
    ("L6", 49),
    ("S1", 50),
    ("S2", 52),
    ("S3", 54),
    ("S4", 56),
    ("S5", 58),
    ("CO", 60),
];

/// A vertebral level, ordered from the occiput to the coccyx.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Level(u8);

/// A text that names no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LevelError {
    /// Not a level.
    #[error("`{0}` is not a vertebral level: C1 to C7, T1 to T12, L1 to L5, S1 to S5")]
    Unknown(String),
    /// A range that runs upwards.
    #[error("`{0}` runs upwards: name the upper level first")]
    Upwards(String),
}

impl Level {
    /// The code, `T10`.
    pub fn code(self) -> &'static str {
        LEVELS.iter().find(|(_, position)| *position == self.0).map_or("", |(code, _)| code)
    }

    fn is_standard(self) -> bool {
        self.0.is_multiple_of(2)
    }
}

impl FromStr for Level {
    type Err = LevelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let typed = text.trim().to_uppercase();
        LEVELS
            .iter()
            .find(|(code, _)| *code == typed)
            .map(|(_, position)| Self(*position))
            .ok_or_else(|| LevelError::Unknown(text.trim().to_owned()))
    }
}

impl TryFrom<String> for Level {
    type Error = LevelError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Level> for String {
    fn from(level: Level) -> Self {
        level.code().to_owned()
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Reads levels as people type them: `T10`, `T10-L2`, `T4, T10 to L2`.
///
/// # Errors
/// [`LevelError`], in words for the person who typed it.
pub fn parse_levels(text: &str) -> Result<BTreeSet<Level>, LevelError> {
    let mut levels = BTreeSet::new();
    let typed = text.replace(" to ", "-").replace('–', "-");
    for part in typed.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
        let Some((upper, lower)) = part.split_once('-') else {
            levels.insert(part.parse()?);
            continue;
        };
        let (upper, lower): (Level, Level) = (upper.parse()?, lower.parse()?);
        if upper > lower {
            return Err(LevelError::Upwards(part.to_owned()));
        }
        levels.extend([upper, lower]);
        let between = LEVELS.iter().map(|(_, position)| Level(*position));
        levels.extend(between.filter(|one| *one > upper && *one < lower && one.is_standard()));
    }
    Ok(levels)
}

/// Levels in words, neighbours drawn together: `T4 and T10 to L2`.
pub fn in_words(levels: &BTreeSet<Level>) -> String {
    let mut runs: Vec<(Level, Level)> = Vec::new();
    for level in levels {
        match runs.last_mut() {
            Some((_, end)) if level.0 - end.0 <= 2 => *end = *level,
            _ => runs.push((*level, *level)),
        }
    }
    let texts: Vec<String> = runs
        .iter()
        .map(
            |(start, end)| {
                if start == end { start.to_string() } else { format!("{start} to {end}") }
            },
        )
        .collect();
    list(&texts, "and")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn levels_are_read_and_said_as_people_do() {
        let words = |text: &str| in_words(&parse_levels(text).unwrap());
        assert_eq!(words("t10-L2"), "T10 to L2");
        assert_eq!(words("L1, T4,T12, T11–T11"), "T4 and T11 to L1");
        assert_eq!(words("T12 to L1"), "T12 to L1");
        assert_eq!(words("T12, T13, L1"), "T12 to L1");
        assert_eq!(words("C2, C4, T1"), "C2, C4 and T1");
        assert_eq!(words(""), "");
        assert_eq!(
            parse_levels("T15").unwrap_err().to_string(),
            "`T15` is not a vertebral level: C1 to C7, T1 to T12, L1 to L5, S1 to S5"
        );
        assert_eq!(
            parse_levels("L2-T10").unwrap_err().to_string(),
            "`L2-T10` runs upwards: name the upper level first"
        );
        assert!(parse_levels("C0").is_err());
    }

    proptest! {
        #[test]
        fn words_name_the_same_standard_levels(picks in prop::collection::btree_set(0_usize..33, 0..12)) {
            let levels: BTreeSet<Level> = picks
                .into_iter()
                .map(|index| LEVELS[index].0.parse::<Level>().unwrap())
                .filter(|level| level.is_standard())
                .collect();
            let words = in_words(&levels).replace(" and ", ", ");
            prop_assert_eq!(parse_levels(&words).unwrap(), levels);
        }
    }
}
