//! The bundled rule sets and protocols: data files built into the program.
//!
//! A released file is never edited; a correction is a new version beside it.

use std::sync::{Arc, LazyLock};

use rules::{ParseErrors, Protocol, RuleSet};

/// A bundled file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundledFile {
    /// Its path under `crates/clinical/rulesets`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! bundled {
    ($($path:literal),* $(,)?) => {
        &[$(BundledFile {
            name: $path,
            text: include_str!(concat!("../rulesets/", $path)),
        }),*]
    };
}

/// The files of the bundled rule sets, every version of each.
pub const RULE_SET_FILES: &[BundledFile] = bundled![
    "bone-metastases-pattern/1.toml",
    "cord-at-risk/1.toml",
    "general-condition-tokuhashi/1.toml",
    "growth-group-tomita/1.toml",
    "organs-tokuhashi/1.toml",
    "palsy-tokuhashi/1.toml",
    "primary-group-tokuhashi-2005/1.toml",
    "sins-2010/1.toml",
    "sins-location/1.toml",
    "sphincter-impaired/1.toml",
    "tokuhashi-2005/1.toml",
    "tomita-2001/1.toml",
    "urgency-class/1.toml",
    "vertebral-metastases-count/1.toml",
    "visceral-tomita/1.toml",
    "worst-escc/1.toml",
    "worst-sins-band/1.toml",
];

/// The files of the protocols that a site can put in force, every version of each.
pub const PROTOCOL_FILES: &[BundledFile] = bundled!["core-scores/1.toml"];

/// The files of the protocol of marks, every version of it. No site activates it: see [`crate::marks`].
pub const MARK_FILES: &[BundledFile] = bundled!["case-marks/1.toml", "case-marks/2.toml"];

/// The bundled rule sets and protocols, read.
#[derive(Debug)]
pub struct Bundle {
    rule_sets: Vec<Arc<RuleSet>>,
    protocols: Vec<Protocol>,
    marks: Vec<Protocol>,
}

impl Bundle {
    /// Reads the bundled files.
    ///
    /// # Errors
    /// When a file does not parse; a test holds that they all do.
    pub fn read() -> Result<Self, ParseErrors> {
        let rule_sets = RULE_SET_FILES
            .iter()
            .map(|file| rules::parse(file.name, file.text).map(Arc::new))
            .collect::<Result<_, _>>()?;
        Ok(Self { rule_sets, protocols: protocols(PROTOCOL_FILES)?, marks: protocols(MARK_FILES)? })
    }

    /// Every version of every bundled rule set.
    pub fn rule_sets(&self) -> &[Arc<RuleSet>] {
        &self.rule_sets
    }

    /// Every version of every protocol that a site can put in force.
    pub fn protocols(&self) -> &[Protocol] {
        &self.protocols
    }

    /// Every version of the protocol of marks.
    pub fn marks(&self) -> &[Protocol] {
        &self.marks
    }

    /// One version of a rule set.
    pub fn rule_set(&self, id: &str, version: u32) -> Option<&Arc<RuleSet>> {
        self.rule_sets.iter().find(|one| one.id == id && one.version == version)
    }

    /// The newest version of a protocol.
    pub fn protocol(&self, id: &str) -> Option<&Protocol> {
        self.protocols.iter().filter(|one| one.id == id).max_by_key(|one| one.version)
    }
}

fn protocols(files: &[BundledFile]) -> Result<Vec<Protocol>, ParseErrors> {
    files.iter().map(|file| rules::parse_protocol(file.name, file.text)).collect()
}

/// The bundled rule sets and protocols, read once.
///
/// # Errors
/// When a bundled file does not parse; a test holds that they all do.
pub fn bundled() -> Result<&'static Bundle, &'static ParseErrors> {
    static BUNDLE: LazyLock<Result<Bundle, ParseErrors>> = LazyLock::new(Bundle::read);
    BUNDLE.as_ref()
}
