//! Vertebral levels, in anatomical order.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::dictionary::nearest;

/// A level of the spine: the occiput `O`, `C1` to `C7`, `T1` to `T12` and the extra `T13`, `L1` to
/// `L5` and the extra `L6`, `S1` to `S5`, the coccyx `CO`. Ordered from head to foot.
#[derive(Clone, Copy)]
pub struct VertebralLevel(&'static Row);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(skip)]
    order: u8,
    code: String,
    part: String,
    #[serde(default)]
    region: String,
    canal: String,
    #[serde(default)]
    snomed_ct: Option<String>,
    #[serde(default)]
    snomed_ct_body: Option<String>,
    #[serde(default = "yes")]
    vertebra: bool,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    level: Vec<Row>,
}

/// A text that names no vertebral level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no vertebral level: {}", hint(nearest))]
pub struct LevelError {
    /// The text as given.
    pub given: String,
    /// The levels that it may have meant.
    pub nearest: Vec<&'static str>,
}

fn hint(nearest: &[&str]) -> String {
    if nearest.is_empty() {
        "levels are C1 to C7, T1 to T13, L1 to L6, S1 to S5, CO and O".to_owned()
    } else {
        format!("nearest: {}", nearest.join(", "))
    }
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    #[expect(
        clippy::expect_used,
        reason = "the embedded file is fixed at build time and a test loads it"
    )]
    let file: File = toml::from_str(include_str!("../dictionary/levels.toml"))
        .expect("the embedded list of levels loads");
    let numbered = (0_u8..).zip(file.level);
    numbered.map(|(order, row)| Row { order, ..row }).collect()
});

fn yes() -> bool {
    true
}

impl VertebralLevel {
    /// All levels from head to foot, the extra ones in their place.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(Self)
    }

    /// The levels of an ordinary spine that a picker offers: `C1` to `S5`.
    pub fn ordinary() -> impl Iterator<Item = Self> {
        Self::all().filter(|level| !matches!(level.code(), "O" | "T13" | "L6" | "CO"))
    }

    /// The code (`T10`).
    pub fn code(self) -> &'static str {
        &self.0.code
    }

    /// The part of the spine in words: occiput, cervical, thoracic, lumbar, sacral, coccygeal.
    pub fn part(self) -> &'static str {
        &self.0.part
    }

    /// The code of the region (`thoracolumbar-junction`); empty where the region is not defined.
    pub fn region(self) -> &'static str {
        &self.0.region
    }

    /// The region in words ("thoracolumbar junction"); empty where the region is not defined.
    pub fn region_words(self) -> String {
        self.0.region.replace('-', " ")
    }

    /// What the spinal canal holds at this level in most people, in words; the conus varies.
    pub fn canal(self) -> &'static str {
        &self.0.canal
    }

    /// SNOMED CT of the whole vertebra, where it is known.
    pub fn snomed_ct(self) -> Option<&'static str> {
        self.0.snomed_ct.as_deref()
    }

    /// SNOMED CT for exchange: from C3 to L5 the vertebral body, where it is known.
    pub fn snomed_ct_body(self) -> Option<&'static str> {
        self.0.snomed_ct_body.as_deref()
    }

    /// Whether it is a vertebra: all but the occiput.
    pub fn is_vertebra(self) -> bool {
        self.0.vertebra
    }

    /// A remark; may be empty.
    pub fn note(self) -> &'static str {
        &self.0.note
    }
}

impl FromStr for VertebralLevel {
    type Err = LevelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ROWS.iter().find(|row| row.code == text).map(Self).ok_or_else(|| {
            let upper = text.trim().to_uppercase();
            let exact = ROWS.iter().find(|row| row.code == upper).map(|row| row.code.as_str());
            let codes = ROWS.iter().map(|row| row.code.as_str());
            let nearest = exact.map_or_else(|| nearest(text, codes, 3), |code| vec![code]);
            LevelError { given: text.to_owned(), nearest }
        })
    }
}

impl fmt::Display for VertebralLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.code())
    }
}

impl fmt::Debug for VertebralLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl PartialEq for VertebralLevel {
    fn eq(&self, other: &Self) -> bool {
        self.0.order == other.0.order
    }
}

impl Eq for VertebralLevel {}

impl PartialOrd for VertebralLevel {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for VertebralLevel {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.order.cmp(&other.0.order)
    }
}

impl Hash for VertebralLevel {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.order.hash(state);
    }
}

impl Serialize for VertebralLevel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for VertebralLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_run_from_head_to_foot_with_the_extra_ones_in_their_place() {
        let codes: Vec<&str> = VertebralLevel::all().map(VertebralLevel::code).collect();
        insta::assert_snapshot!(codes.join(" "), @"O C1 C2 C3 C4 C5 C6 C7 T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 L1 L2 L3 L4 L5 L6 S1 S2 S3 S4 S5 CO");
        assert_eq!(VertebralLevel::ordinary().count(), 29);
        let sorted: Vec<VertebralLevel> = VertebralLevel::all().collect();
        assert!(sorted.is_sorted());
    }

    #[test]
    fn a_level_reads_back_as_it_is_written() {
        for level in VertebralLevel::all() {
            assert_eq!(level.to_string().parse(), Ok(level));
            let json = serde_json::to_string(&level).unwrap();
            assert_eq!(serde_json::from_str::<VertebralLevel>(&json).unwrap(), level);
        }
    }

    #[test]
    fn a_wrong_level_names_the_nearest() {
        let message = |text: &str| text.parse::<VertebralLevel>().unwrap_err().to_string();
        insta::assert_snapshot!(message("t10"), @"`t10` is no vertebral level: nearest: T10");
        insta::assert_snapshot!(message("C0"), @"`C0` is no vertebral level: nearest: C1, C2, C3");
        insta::assert_snapshot!(message("sacrum"), @"`sacrum` is no vertebral level: levels are C1 to C7, T1 to T13, L1 to L6, S1 to S5, CO and O");
    }

    #[test]
    fn the_region_has_words_where_it_is_defined() {
        let level = |code: &str| code.parse::<VertebralLevel>().unwrap();
        assert_eq!(level("T12").region_words(), "thoracolumbar junction");
        assert_eq!(level("L5").region(), "lower-lumbar");
        assert_eq!(level("O").region_words(), "");
        assert!(!level("O").is_vertebra());
        assert_eq!(level("T10").snomed_ct_body(), Some("48405002"));
    }
}
