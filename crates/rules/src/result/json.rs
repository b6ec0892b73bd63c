//! An evaluation as JSON: the contract of `spineboard evaluate` and of what is stored.

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use super::{Evaluation, Explained, ExplainedFact, Grade, RuleResult, Total};
use crate::canonical::Hash;
use crate::domain::Value;
use crate::evaluate::ENGINE;
use crate::ruleset::{Outcome, Provenance};
use crate::state::Origin;

#[derive(Serialize)]
struct ProtocolJson<'a> {
    id: &'a str,
    version: u32,
    hash: Hash,
}

#[derive(Serialize)]
struct EvaluationJson<'a> {
    protocol: ProtocolJson<'a>,
    engine: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    assessment: Option<Hash>,
    results: Results<'a>,
}

struct Results<'a>(&'a Evaluation);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.results())
    }
}

impl Serialize for Evaluation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let protocol = &self.compiled.protocol;
        EvaluationJson {
            protocol: ProtocolJson {
                id: &protocol.id,
                version: protocol.version,
                hash: self.compiled.hash,
            },
            engine: ENGINE,
            assessment: self.assessment,
            results: Results(self),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct ResultJson<'a> {
    rule_set: &'a str,
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<Hash>,
    scope: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Total>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bands: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grade: Option<Grade<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    approximate: bool,
    missing: Vec<&'a str>,
    explanation: Vec<ExplainedJson<'a>>,
}

impl Serialize for RuleResult<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let total = self.total();
        let bands = total
            .is_some()
            .then(|| self.bands().into_iter().map(|band| band.id.as_str()).collect::<Vec<_>>());
        ResultJson {
            rule_set: &self.rule_set().id,
            version: self.rule_set().version,
            hash: self.hash(),
            scope: self.scope().as_str(),
            level: self.level(),
            total,
            bands,
            grade: self.grade(),
            approximate: self.approximate(),
            missing: self.missing(),
            explanation: self.explanation().into_iter().map(ExplainedJson::from).collect(),
        }
        .serialize(serializer)
    }
}

impl Serialize for Grade<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::NotApplicable => serializer.serialize_str("not-applicable"),
            Self::Values(values) => OneOrMore(values).serialize(serializer),
        }
    }
}

/// One value plainly, several as an array.
struct OneOrMore<'a>(&'a [Value<'a>]);

impl Serialize for OneOrMore<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [value] => value.serialize(serializer),
            values => {
                let mut sequence = serializer.serialize_seq(Some(values.len()))?;
                for value in values {
                    sequence.serialize_element(value)?;
                }
                sequence.end()
            }
        }
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Between {
            from: i64,
            to: i64,
        }
        #[derive(Serialize)]
        struct SomeOf<'a> {
            some_of: &'a [std::collections::BTreeSet<String>],
        }
        match self {
            Self::Code(code) => serializer.serialize_str(code),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Between(from, to) => Between { from: *from, to: *to }.serialize(serializer),
            Self::SomeOf(groups) => SomeOf { some_of: groups }.serialize(serializer),
        }
    }
}

impl Origin {
    /// The word that results use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Missing => "not-assessed",
            Self::Derived => "derived",
            Self::Stated => "stated",
            Self::Supposed => "supposed",
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum ExplainedJson<'a> {
    Component {
        #[serde(flatten)]
        fact: FactJson<'a>,
        options: Vec<String>,
        points: Vec<i64>,
        sources: Vec<&'a str>,
    },
    Fact(FactJson<'a>),
    Row {
        row: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'static str>,
        sources: &'a [String],
        #[serde(flatten)]
        marks: Marks,
    },
    Counted {
        counted: Vec<&'a str>,
        perhaps: Vec<&'a str>,
        sources: &'a [String],
        #[serde(flatten)]
        marks: Marks,
    },
}

/// What is uncertain about a row; nothing is written of a confirmed one.
#[derive(Serialize)]
struct Marks {
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_rule: Option<bool>,
}

impl From<&Provenance> for Marks {
    fn from(provenance: &Provenance) -> Self {
        Self {
            verified: (!provenance.verified).then_some(false),
            local_rule: provenance.local_rule.then_some(true),
        }
    }
}

#[derive(Serialize)]
struct FactJson<'a> {
    fact: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<FactValueJson<'a>>,
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    from: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum FactValueJson<'a> {
    NotApplicable(&'static str),
    #[serde(serialize_with = "one_or_more")]
    Values(Vec<Value<'a>>),
}

fn one_or_more<S: Serializer>(values: &[Value<'_>], serializer: S) -> Result<S::Ok, S::Error> {
    OneOrMore(values).serialize(serializer)
}

impl<'a> From<ExplainedFact<'a>> for FactJson<'a> {
    fn from(fact: ExplainedFact<'a>) -> Self {
        let value = if fact.not_applicable {
            Some(FactValueJson::NotApplicable("not-applicable"))
        } else if fact.origin == Origin::Missing {
            None
        } else {
            Some(FactValueJson::Values(fact.values))
        };
        Self {
            fact: fact.fact,
            value,
            origin: fact.origin.as_str(),
            by: fact.by.map(|by| by.id.as_str()),
            from: fact.from,
            reason: fact.not_listed.then_some("not-listed"),
        }
    }
}

impl<'a> From<Explained<'a>> for ExplainedJson<'a> {
    fn from(explained: Explained<'a>) -> Self {
        match explained {
            Explained::Component(component) => {
                let mut sources: Vec<&str> = Vec::new();
                for source in component.options.iter().flat_map(|one| &one.provenance.sources) {
                    if !sources.contains(&source.as_str()) {
                        sources.push(source);
                    }
                }
                Self::Component {
                    options: component.options.iter().map(|option| option.when.key()).collect(),
                    points: component.points,
                    sources,
                    fact: component.fact.into(),
                }
            }
            Explained::Fact(fact) => Self::Fact(fact.into()),
            Explained::Row(row) => Self::Row {
                row: row.id,
                reason: matches!(row.result, Outcome::NotListed).then_some("not-listed"),
                sources: &row.provenance.sources,
                marks: row.provenance.into(),
            },
            Explained::Counted(found) => Self::Counted {
                counted: found.counted,
                perhaps: found.perhaps,
                sources: &found.provenance.sources,
                marks: found.provenance.into(),
            },
        }
    }
}
