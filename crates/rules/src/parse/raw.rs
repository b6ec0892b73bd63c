//! The file as it is written, with the place of everything that a later check may complain about.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_spanned::Spanned;

use crate::ruleset::{
    Direction, Disagreement, Given, LesionFunction, LowerBound, Output, RuleScope, Status,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) kind: Spanned<Kind>,
    pub(super) id: Spanned<String>,
    pub(super) version: Spanned<u32>,
    pub(super) title: Spanned<String>,
    pub(super) short_title: Spanned<String>,
    pub(super) scope: RuleScope,
    pub(super) status: Status,
    pub(super) citation: Spanned<String>,
    pub(super) author: Spanned<String>,
    pub(super) purpose: Spanned<String>,
    pub(super) population: Spanned<String>,
    pub(super) change_note: Spanned<String>,
    pub(super) review_date: Spanned<String>,
    #[serde(default)]
    pub(super) notes: Vec<String>,
    #[serde(default)]
    pub(super) sources: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) disagreement: Vec<Disagreement>,
    #[serde(default)]
    pub(super) lower_bound: Vec<LowerBound>,
    // a score
    pub(super) direction: Option<Spanned<Direction>>,
    pub(super) total_fact: Option<Spanned<String>>,
    pub(super) band_fact: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) component: Vec<Spanned<Component>>,
    #[serde(default)]
    pub(super) band: Vec<Spanned<Band>>,
    // a mapping
    #[serde(default)]
    pub(super) output: Vec<Spanned<Output>>,
    #[serde(default)]
    pub(super) table: Vec<Spanned<Table>>,
    #[serde(default)]
    pub(super) row: Vec<Spanned<Row>>,
    pub(super) count: Option<Spanned<Count>>,
    pub(super) over_lesions: Option<Spanned<OverLesions>>,
    #[serde(default)]
    pub(super) example: Vec<Spanned<Example>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Mapping,
    Score,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a code, a list of codes, or true or false")]
pub(super) enum Value {
    Bool(bool),
    Code(String),
    Codes(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a code, a list of codes, true or false, a whole number, { from = …, to = … }, or { any_of = [codes] }"
)]
pub(super) enum Condition {
    Bool(bool),
    Number(i64),
    Code(String),
    Codes(Vec<String>),
    Range(Range),
    AnyOf(AnyOf),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnyOf {
    pub(super) any_of: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a whole number, or a list of whole numbers")]
pub(super) enum Points {
    One(i64),
    Several(Vec<i64>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a code, or a list of codes")]
pub(super) enum Codes {
    One(String),
    Several(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Component {
    pub(super) fact: String,
    pub(super) title: String,
    pub(super) options: Vec<Spanned<PointOption>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PointOption {
    pub(super) value: Option<Value>,
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
    pub(super) points: Points,
    pub(super) label: String,
    #[serde(default)]
    pub(super) sources: Vec<Spanned<String>>,
    pub(super) verified: Option<bool>,
    pub(super) local_rule: Option<bool>,
    pub(super) remark: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Band {
    pub(super) id: String,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) title: String,
    pub(super) meaning: String,
    pub(super) strategy: Option<String>,
    pub(super) survival: Option<String>,
    #[serde(default)]
    pub(super) sources: Vec<Spanned<String>>,
    pub(super) verified: Option<bool>,
    pub(super) local_rule: Option<bool>,
    pub(super) remark: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) fact: String,
    pub(super) rows: Vec<Spanned<TableRow>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableRow {
    pub(super) value: Option<Value>,
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
    pub(super) result: Option<Codes>,
    pub(super) not_listed: Option<bool>,
    pub(super) not_applicable: Option<bool>,
    #[serde(default)]
    pub(super) sources: Vec<Spanned<String>>,
    pub(super) verified: Option<bool>,
    pub(super) local_rule: Option<bool>,
    pub(super) remark: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) id: String,
    #[serde(default)]
    pub(super) when: BTreeMap<String, Spanned<Condition>>,
    pub(super) result: Option<Codes>,
    pub(super) not_listed: Option<bool>,
    pub(super) not_applicable: Option<bool>,
    #[serde(default)]
    pub(super) sources: Vec<Spanned<String>>,
    pub(super) verified: Option<bool>,
    pub(super) local_rule: Option<bool>,
    pub(super) remark: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Count {
    pub(super) place: String,
    #[serde(default)]
    pub(super) together: Vec<Vec<String>>,
    #[serde(default)]
    pub(super) except: Vec<String>,
    pub(super) fact: String,
    pub(super) counted: Vec<String>,
    #[serde(default)]
    pub(super) complete_when: BTreeMap<String, Spanned<Condition>>,
    #[serde(default)]
    pub(super) sources: Vec<Spanned<String>>,
    pub(super) verified: Option<bool>,
    pub(super) local_rule: Option<bool>,
    pub(super) remark: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OverLesions {
    pub(super) function: LesionFunction,
    pub(super) fact: String,
    pub(super) values: Vec<Spanned<Condition>>,
    #[serde(default)]
    pub(super) complete_when: BTreeMap<String, Spanned<Condition>>,
    #[serde(default)]
    pub(super) sources: Vec<Spanned<String>>,
    pub(super) verified: Option<bool>,
    pub(super) local_rule: Option<bool>,
    pub(super) remark: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    pub(super) id: String,
    pub(super) title: String,
    #[serde(default)]
    pub(super) case: BTreeMap<String, GivenValue>,
    #[serde(default)]
    pub(super) lesions: Vec<BTreeMap<String, GivenValue>>,
    pub(super) expect: Spanned<Expected>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a code, a list of codes, true or false, or a whole number")]
pub(super) enum GivenValue {
    Bool(bool),
    Integer(i64),
    Code(String),
    Codes(BTreeSet<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) level: Option<String>,
    pub(super) totals: Option<Vec<i64>>,
    pub(super) bands: Option<Vec<String>>,
    pub(super) values: Option<Vec<GivenValue>>,
    pub(super) not_applicable: Option<bool>,
}

impl From<GivenValue> for Given {
    fn from(value: GivenValue) -> Self {
        match value {
            GivenValue::Bool(value) => Self::Bool(value),
            GivenValue::Integer(value) => Self::Integer(value),
            GivenValue::Code(value) => Self::Code(value),
            GivenValue::Codes(value) => Self::Codes(value),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProtocolFile {
    pub(super) kind: Spanned<ProtocolKind>,
    pub(super) id: Spanned<String>,
    pub(super) version: Spanned<u32>,
    pub(super) title: Spanned<String>,
    pub(super) author: Spanned<String>,
    pub(super) purpose: Spanned<String>,
    pub(super) change_note: Spanned<String>,
    pub(super) rule_set: Vec<Spanned<Reference>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ProtocolKind {
    Protocol,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reference {
    pub(super) id: String,
    pub(super) version: u32,
}
