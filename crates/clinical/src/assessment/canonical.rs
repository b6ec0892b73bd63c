//! The stored form of an assessment.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, Utc};
use rules::canonical::{self, CanonicalError};
use rules::types::Scope;
use rules::value::{Fact, MissingReason};
use serde::{Deserialize, Serialize};

use super::{Assessment, Entered, FactKey, RecordedFact, Route, Source};
use crate::dictionary::dictionary;
use crate::json_value::{ValueError, among, fact_value};
use crate::level::VertebralLevel;

/// Why bytes are no stored assessment.
#[derive(Debug, thiserror::Error)]
pub enum AssessmentError {
    /// No JSON of an assessment.
    #[error("is no stored assessment")]
    Unreadable(#[from] serde_json::Error),
    /// A code that is no fact.
    #[error("`{code}` is no fact{}", among(nearest))]
    UnknownCode {
        /// The code.
        code: String,
        /// The nearest codes.
        nearest: Vec<String>,
    },
    /// A value that the fact cannot have.
    #[error("`{code}`: {problem}")]
    Value {
        /// The fact.
        code: String,
        /// What is wrong.
        problem: ValueError,
    },
    /// State and value do not fit each other, or the fact stands in the wrong place.
    #[error("`{code}`: {what}")]
    Inconsistent {
        /// The fact.
        code: String,
        /// What is wrong.
        what: &'static str,
    },
    /// The same fact twice.
    #[error("`{0}` is there twice")]
    Twice(String),
    /// Readable, but not the bytes that this assessment has.
    #[error("is not in canonical form")]
    NotCanonical,
    /// No canonical form at all.
    #[error("has no canonical form")]
    Canonical(#[from] CanonicalError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    assessed_at: DateTime<Utc>,
    dictionary_version: u32,
    facts: Vec<StoredFact>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredFact {
    code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<VertebralLevel>,
    state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<MissingReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stated: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entered: Option<Entered>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    observed_at: Option<String>,
    recorded_by: String,
    recorded_at: DateTime<Utc>,
    route: Route,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    carried_from: Option<u32>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Known,
    NotAssessed,
    NotApplicable,
}

impl Assessment {
    /// Reads the stored bytes of an assessment.
    ///
    /// # Errors
    /// When the bytes are no assessment, name a fact or value that the dictionary does not have, or
    /// are not the canonical bytes of what they say.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, AssessmentError> {
        let stored: Stored = serde_json::from_slice(bytes)?;
        let mut facts = BTreeMap::new();
        for fact in stored.facts {
            let key = FactKey { level: fact.level, code: fact.code.clone() };
            let name = key.to_string();
            if facts.insert(key, read(fact)?).is_some() {
                return Err(AssessmentError::Twice(name));
            }
        }
        for key in facts.keys() {
            let level = key.level.map(|level| FactKey::lesion(level, "level"));
            if level.is_some_and(|level| !facts.contains_key(&level)) {
                let what = "belongs to a level that is not listed";
                return Err(AssessmentError::Inconsistent { code: key.to_string(), what });
            }
        }
        let read = Self::made(stored.assessed_at, stored.dictionary_version, facts)?;
        if read.bytes == bytes { Ok(read) } else { Err(AssessmentError::NotCanonical) }
    }

    /// An assessment of these facts, with its bytes and hash. Times are kept in whole seconds.
    pub(super) fn made(
        assessed_at: DateTime<Utc>,
        dictionary_version: u32,
        mut facts: BTreeMap<FactKey, RecordedFact>,
    ) -> Result<Self, AssessmentError> {
        for fact in facts.values_mut() {
            fact.recorded_at = fact.recorded_at.trunc_subsecs(0);
        }
        let assessed_at = assessed_at.trunc_subsecs(0);
        let stored: Vec<StoredFact> =
            facts.iter().map(|(key, fact)| write(key, fact)).collect::<Result<_, _>>()?;
        let bytes =
            canonical::to_bytes(&Stored { assessed_at, dictionary_version, facts: stored })?;
        let hash = rules::Hash::of(&bytes);
        Ok(Self { assessed_at, dictionary_version, facts, bytes, hash })
    }
}

fn write(key: &FactKey, recorded: &RecordedFact) -> Result<StoredFact, AssessmentError> {
    let (state, value, reason) = match &recorded.fact {
        Fact::Known(value) => (State::Known, Some(serde_json::to_value(value)?), None),
        Fact::NotAssessed(reason) => (State::NotAssessed, None, *reason),
        Fact::NotApplicable => (State::NotApplicable, None, None),
    };
    Ok(StoredFact {
        code: key.code.clone(),
        level: key.level,
        state,
        value,
        reason,
        stated: recorded.stated.clone(),
        text: recorded.text.clone(),
        entered: recorded.entered.clone(),
        source: recorded.source,
        observed_at: recorded.observed_at.clone(),
        recorded_by: recorded.recorded_by.clone(),
        recorded_at: recorded.recorded_at,
        route: recorded.route,
        carried_from: recorded.carried_from,
    })
}

fn read(stored: StoredFact) -> Result<RecordedFact, AssessmentError> {
    let StoredFact { code, level, state, value, reason, .. } = stored;
    let Some(entry) = dictionary().entry(&code) else {
        let nearest = rules::types::Dictionary::nearest(dictionary(), &code, 3);
        let nearest = nearest.into_iter().map(str::to_owned).collect();
        return Err(AssessmentError::UnknownCode { code, nearest });
    };
    let inconsistent = |what| AssessmentError::Inconsistent { code: code.clone(), what };
    if (entry.scope() == Scope::Lesion) != level.is_some() {
        return Err(inconsistent("stands at a level that its scope does not allow"));
    }
    let fact = match (state, value, reason) {
        (State::Known, Some(json), None) => {
            let value = fact_value(entry, &json);
            Fact::Known(
                value.map_err(|problem| AssessmentError::Value { code: code.clone(), problem })?,
            )
        }
        (State::NotAssessed, None, reason) => Fact::NotAssessed(reason),
        (State::NotApplicable, None, None) => Fact::NotApplicable,
        _ => return Err(inconsistent("state, value and reason do not fit")),
    };
    if let (Some(level), "level") = (level, code.as_str()) {
        let named = Fact::Known(rules::value::FactValue::Code(level.code().to_owned()));
        if fact != named {
            return Err(inconsistent("names another level than it stands at"));
        }
    }
    Ok(RecordedFact {
        fact,
        stated: stored.stated,
        text: stored.text,
        entered: stored.entered,
        source: stored.source,
        observed_at: stored.observed_at,
        recorded_by: stored.recorded_by,
        recorded_at: stored.recorded_at,
        route: stored.route,
        carried_from: stored.carried_from,
    })
}
