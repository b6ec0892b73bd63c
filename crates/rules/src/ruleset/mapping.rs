//! Mappings as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Condition, Provenance};

/// A mapping: facts to a value of the derived fact that bears the rule set's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The codes that it can give, in the order in which results print them; empty for a count,
    /// whose values are the numbers of the derived fact.
    pub outputs: Vec<Output>,
    /// How the value is found.
    pub function: Function,
}

impl Mapping {
    /// The wording of one of its values.
    pub fn label(&self, code: &str) -> Option<&str> {
        self.outputs.iter().find(|output| output.code == code).map(|output| output.label.as_str())
    }
}

/// One value that a mapping can give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The code.
    pub code: String,
    /// Its wording.
    pub label: String,
}

/// How a mapping finds its value: a closed list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Function {
    /// Value-set tables; of several the first whose fact is known decides.
    Tables(Vec<Table>),
    /// Rows of conditions; the first that holds decides.
    Rows(Vec<Row>),
    /// The number of distinct places with a lesion that counts.
    Count(Count),
    /// Any, all, or the highest, over the lesions.
    OverLesions(OverLesions),
}

/// A value-set table over one fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The fact that it reads.
    pub fact: String,
    /// Its rows.
    pub rows: Vec<TableRow>,
}

/// One row of a value-set table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRow {
    /// The values of the fact.
    pub when: Condition,
    /// What they give.
    pub result: Outcome,
    /// Source and certainty.
    #[serde(flatten)]
    pub provenance: Provenance,
}

/// One row of conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The id that explanations use.
    pub id: String,
    /// Conditions by fact; all have to hold. None at all: always.
    pub when: BTreeMap<String, Condition>,
    /// What the row gives.
    pub result: Outcome,
    /// Source and certainty.
    #[serde(flatten)]
    pub provenance: Provenance,
}

/// What a row of a mapping gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// One of these codes; several stay possible together.
    OneOf(Vec<String>),
    /// The source does not list this value: every code stays possible, with that reason.
    NotListed,
    /// The instrument does not apply to this value.
    NotApplicable,
}

/// The number of distinct places with a lesion that counts, as an interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The lesion fact that names the place.
    pub place: String,
    /// Groups of places that count as one.
    pub together: Vec<Vec<String>>,
    /// Places that never count.
    pub except: Vec<String>,
    /// The lesion fact that decides whether a lesion counts.
    pub fact: String,
    /// The values with which it does.
    pub counted: Vec<String>,
    /// What has to hold for the list to be complete; otherwise the count is open upwards.
    pub complete_when: BTreeMap<String, Condition>,
    /// Source and certainty.
    #[serde(flatten)]
    pub provenance: Provenance,
}

/// A function over the lesions of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverLesions {
    /// Which function.
    pub function: LesionFunction,
    /// The lesion fact that it reads.
    pub fact: String,
    /// `any`, `all`: the values that hold. `highest`: all values, from the lowest up.
    pub values: Vec<Condition>,
    /// What has to hold for the list to be complete; otherwise an unseen lesion may change the
    /// answer. Without conditions the answer is about the listed lesions.
    pub complete_when: BTreeMap<String, Condition>,
    /// Source and certainty.
    #[serde(flatten)]
    pub provenance: Provenance,
}

/// The closed list of functions over lesions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LesionFunction {
    /// Whether it holds of at least one lesion.
    Any,
    /// Whether it holds of every lesion.
    All,
    /// The highest value of all lesions.
    Highest,
}
