//! The files of the dictionary as they are written.

use rules::types::Scope;
use serde::Deserialize;

use crate::dictionary::{EntryUnit, OnlyIf, Precision, TermCode, TumourGroup};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHead {
    pub(super) version: u32,
    pub(super) title: String,
    pub(super) missing_reasons: Vec<RawChoice>,
    pub(super) sources: Vec<RawChoice>,
    pub(super) readers: Vec<RawChoice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawValueSets {
    pub(super) value_set: Vec<RawValueSet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawValueSet {
    pub(super) id: String,
    pub(super) values: Vec<RawChoice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHistology {
    pub(super) group: Vec<TumourGroup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawForm {
    pub(super) section: Vec<RawFormSection>,
    pub(super) elsewhere: Vec<RawElsewhere>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFormSection {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) scope: Scope,
    #[serde(default)]
    pub(super) folded: bool,
    #[serde(default)]
    pub(super) hint: String,
    pub(super) facts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawElsewhere {
    pub(super) fact: String,
    pub(super) why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSection {
    pub(super) section: String,
    pub(super) title: String,
    pub(super) reference: String,
    pub(super) fact: Vec<RawFact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawChoice {
    pub(super) code: String,
    pub(super) label: String,
    #[serde(default)]
    pub(super) key: Option<char>,
    #[serde(default)]
    pub(super) codes: Vec<TermCode>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RawType {
    Code,
    Codes,
    Boolean,
    Integer,
    Decimal,
    Date,
    Instant,
    Records,
    Text,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Bound {
    Whole(i64),
    Text(String),
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file")]
pub(super) struct RawFact {
    pub(super) code: String,
    pub(super) label: String,
    pub(super) question: String,
    #[serde(default)]
    pub(super) help: String,
    pub(super) r#type: RawType,
    pub(super) scope: Scope,
    #[serde(default)]
    pub(super) derived: bool,
    #[serde(default = "yes")]
    pub(super) what_if: bool,
    #[serde(default)]
    pub(super) asked: bool,
    #[serde(default)]
    pub(super) not_assessed: bool,
    #[serde(default)]
    pub(super) not_applicable: bool,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) required_with: Vec<String>,
    #[serde(default)]
    pub(super) only_if: Option<OnlyIf>,
    #[serde(default)]
    pub(super) answer_again_after_hours: Option<u32>,
    #[serde(default)]
    pub(super) coded: bool,
    #[serde(default)]
    pub(super) with_text: bool,
    #[serde(default)]
    pub(super) precision: Precision,
    #[serde(default)]
    pub(super) digits: Option<usize>,
    #[serde(default)]
    pub(super) min: Option<Bound>,
    #[serde(default)]
    pub(super) max: Option<Bound>,
    #[serde(default)]
    pub(super) step: Option<i64>,
    #[serde(default)]
    pub(super) unit: String,
    #[serde(default)]
    pub(super) entry_units: Vec<EntryUnit>,
    pub(super) used_by: Vec<String>,
    #[serde(default)]
    pub(super) codes: Vec<TermCode>,
    #[serde(default)]
    pub(super) local_rule: String,
    #[serde(default)]
    pub(super) doubt: String,
    #[serde(default)]
    pub(super) value_set: Option<String>,
    #[serde(default)]
    pub(super) values: Vec<RawChoice>,
    #[serde(default)]
    pub(super) field: Vec<RawField>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawField {
    pub(super) code: String,
    pub(super) label: String,
    pub(super) r#type: RawType,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) future: bool,
    #[serde(default)]
    pub(super) precision: Precision,
    #[serde(default)]
    pub(super) min: Option<Bound>,
    #[serde(default)]
    pub(super) max: Option<Bound>,
    #[serde(default)]
    pub(super) unit: String,
    #[serde(default)]
    pub(super) value_set: Option<String>,
    #[serde(default)]
    pub(super) values: Vec<RawChoice>,
}
