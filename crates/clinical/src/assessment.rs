//! An assessment: the immutable set of all facts of a case at one time.
//!
//! A new assessment is made from the one before it and the answers that a person gave
//! ([`Assessment::next`]); what was not answered is carried over with its recorder and time. Its
//! canonical bytes are its identity and what is stored.

mod answers;
mod canonical;
mod contradiction;
mod merge;
mod next;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use rules::value::{Fact, FactValue, Facts, LesionFacts};
use serde::{Deserialize, Serialize};

pub use answers::{
    Answer, AnswerError, AnswerErrors, Answers, Problem, StateWord, fact_values, field_name,
    form_values,
};
pub(crate) use answers::{reason as reason_of, reason_code as reason_words};
pub use canonical::AssessmentError;
pub use merge::{Difference, Side, differences};
pub use next::{Change, Context, LeftOut};

use crate::dates::instant_text;
use crate::dictionary::dictionary;
use crate::level::VertebralLevel;

/// The immutable set of all facts of a case at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    assessed_at: DateTime<Utc>,
    dictionary_version: u32,
    facts: BTreeMap<FactKey, RecordedFact>,
    bytes: Vec<u8>,
    hash: rules::Hash,
}

/// Which fact: of the case, or of one level. Facts of the case come first, then the levels from head
/// to foot; inside, by code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactKey {
    /// The level of a lesion fact; `None` for a fact of the case or the patient.
    pub level: Option<VertebralLevel>,
    /// The code in the dictionary.
    pub code: String,
}

/// One fact as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedFact {
    /// What is known.
    pub fact: Fact,
    /// Why a derived fact is stated, in words.
    pub stated: Option<String>,
    /// Words beside a coded answer.
    pub text: Option<String>,
    /// The number as it was entered, where it was entered in another unit.
    pub entered: Option<Entered>,
    /// Where the answer comes from.
    pub source: Option<Source>,
    /// When it was observed: a date, or an instant in UTC.
    pub observed_at: Option<String>,
    /// Who recorded it: the id of the user.
    pub recorded_by: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// By which way it came in.
    pub route: Route,
    /// The ordinal of the assessment in which it was recorded, when it is carried over.
    pub carried_from: Option<u32>,
}

/// A number in the unit in which it was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entered {
    /// The code of the unit.
    pub unit: String,
    /// The number, canonical decimal text.
    pub value: String,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The patient was examined.
    Examination,
    /// A report of imaging, pathology or laboratory.
    Report,
    /// The patient said so.
    Patient,
    /// A record of another hospital.
    ExternalRecord,
}

impl Source {
    /// The code (`external-record`).
    pub fn code(self) -> &'static str {
        match self {
            Self::Examination => "examination",
            Self::Report => "report",
            Self::Patient => "patient",
            Self::ExternalRecord => "external-record",
        }
    }

    /// The source of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Examination, Self::Report, Self::Patient, Self::ExternalRecord]
            .into_iter()
            .find(|source| source.code() == code)
    }
}

/// By which way a fact came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// A form of the product.
    Form,
    /// An import of a file.
    Import,
    /// A FHIR bundle.
    Fhir,
    /// A job of the program.
    Job,
}

impl FactKey {
    /// A fact of the case or the patient.
    pub fn case(code: &str) -> Self {
        Self { level: None, code: code.to_owned() }
    }

    /// A fact of one level.
    pub fn lesion(level: VertebralLevel, code: &str) -> Self {
        Self { level: Some(level), code: code.to_owned() }
    }
}

impl fmt::Display for FactKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(formatter, "{level} {}", self.code),
            None => formatter.write_str(&self.code),
        }
    }
}

impl Assessment {
    /// The time that the facts speak of.
    pub fn assessed_at(&self) -> DateTime<Utc> {
        self.assessed_at
    }

    /// The version of the dictionary that it was made with.
    pub fn dictionary_version(&self) -> u32 {
        self.dictionary_version
    }

    /// The canonical bytes: what is stored and hashed.
    pub fn canonical_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The SHA-256 of the canonical bytes.
    pub fn hash(&self) -> rules::Hash {
        self.hash
    }

    /// All facts, those of the case first, then by level; inside, by code.
    pub fn recorded(&self) -> impl Iterator<Item = (&FactKey, &RecordedFact)> {
        self.facts.iter()
    }

    /// One fact as it was recorded.
    pub fn fact(&self, code: &str, level: Option<VertebralLevel>) -> Option<&RecordedFact> {
        self.facts.get(&FactKey { level, code: code.to_owned() })
    }

    /// The value of a fact, if it is known.
    pub fn value(&self, code: &str, level: Option<VertebralLevel>) -> Option<&FactValue> {
        match &self.fact(code, level)?.fact {
            Fact::Known(value) => Some(value),
            Fact::NotAssessed(_) | Fact::NotApplicable => None,
        }
    }

    /// The levels with a lesion, from head to foot.
    pub fn levels(&self) -> Vec<VertebralLevel> {
        let keys = self.facts.keys().filter(|key| key.code == "level");
        keys.filter_map(|key| key.level).collect()
    }

    /// The facts as the rules read them.
    pub fn facts(&self) -> Facts {
        let mut case = BTreeMap::new();
        let mut lesions: Vec<LesionFacts> = Vec::new();
        for (FactKey { level, code }, recorded) in &self.facts {
            let facts = match level {
                None => &mut case,
                Some(level) => {
                    if lesions.last().is_none_or(|lesion| lesion.level != level.code()) {
                        let level = level.code().to_owned();
                        lesions.push(LesionFacts { level, facts: BTreeMap::new() });
                    }
                    match lesions.last_mut() {
                        Some(lesion) => &mut lesion.facts,
                        None => &mut case,
                    }
                }
            };
            facts.insert(code.clone(), recorded.fact.clone());
        }
        Facts { assessed_at: Some(instant_text(self.assessed_at)), case, lesions }
    }

    /// The codes of required facts of the case that have no answer yet, in dictionary order.
    pub fn unanswered(&self) -> Vec<FactKey> {
        use rules::types::Scope;
        let levels = self.levels();
        let mut open = Vec::new();
        for entry in dictionary().facts().iter().filter(|entry| !entry.derived()) {
            let known = |key: &FactKey| self.facts.contains_key(key);
            let keys = match entry.scope() {
                Scope::Lesion => levels
                    .iter()
                    .map(|&level| FactKey::lesion(level, entry.code()))
                    .collect::<Vec<_>>(),
                Scope::Patient | Scope::Case | Scope::Treatment => {
                    vec![FactKey::case(entry.code())]
                }
            };
            for key in keys {
                let with =
                    entry.required_with.iter().any(|other| self.value(other, key.level).is_some());
                if (entry.required || with) && !known(&key) {
                    open.push(key);
                }
            }
        }
        open
    }
}
