//! The primary-tumour vocabulary: the value set of the fact `histology`.

use serde::Deserialize;

/// A heading of the vocabulary with its tumours.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TumourGroup {
    /// The name of the group.
    pub id: String,
    /// The heading.
    pub title: String,
    /// The tumours in the order of the select.
    #[serde(rename = "tumour")]
    pub tumours: Vec<Tumour>,
}

/// One row of the vocabulary. Which group of which score it belongs to is the business of mapping
/// rule sets, not of the vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tumour {
    /// The code that is stored.
    pub code: String,
    /// The preferred term.
    pub term: String,
    /// Other names, old spellings among them.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// The organs that it may have started in; empty where the site is asked apart.
    pub sites: Vec<String>,
    /// ICD-10 categories of the topography.
    #[serde(default)]
    pub icd_10: Vec<String>,
    /// ICD-O-3 morphology.
    #[serde(default)]
    pub icd_o_3: Option<String>,
    /// SNOMED CT concept, to be validated against a licensed release.
    #[serde(default)]
    pub snomed_ct: Option<String>,
    /// Whether the scores apply at all: a primary tumour of the spine is out of scope.
    #[serde(default = "in_scope")]
    pub in_scope: bool,
    /// A remark to show beside the choice; may be empty.
    #[serde(default)]
    pub note: String,
}

fn in_scope() -> bool {
    true
}
