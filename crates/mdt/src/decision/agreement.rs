//! Whether a decision follows what a score advises.

use rules::canonical::Hash;
use serde::{Deserialize, Serialize};

use crate::coded::coded;

/// How many characters the words of the reason "other" have at least.
pub const WORDS_OF_OTHER_MIN: usize = 10;

coded! {
    /// How the decision stands to what a score advises.
    Agreement, "agreement" {
        Follows = "follows", "Follows";
        Partly = "partly", "Partly";
        Departs = "departs", "Departs";
        Undetermined = "undetermined", "Undetermined: facts are missing";
        NoRecommendationGiven = "no_recommendation_given", "The score gave no advice";
        NotCompared = "not_compared", "Not compared: the outcome cannot be compared";
    }
}

impl Agreement {
    /// Must a coded reason and words go with it?
    pub fn needs_reason(self) -> bool {
        matches!(self, Self::Partly | Self::Departs)
    }
}

coded! {
    /// Why the meeting departs from a rule: `reason_depart`.
    DepartReason, "reason to depart" {
        NeuroEmergency = "neuro_emergency", "Neurology decides";
        Instability = "instability", "Instability decides";
        PrognosisBetter = "prognosis_better", "Prognosis judged better";
        PrognosisWorse = "prognosis_worse", "Prognosis judged worse";
        Fitness = "fitness", "Not fit";
        NotTechnicallyFeasible = "not_technically_feasible", "Not technically possible";
        PriorRadiation = "prior_radiation", "Dose limits";
        TumourBiology = "tumour_biology", "Histology or biology";
        PatientChoice = "patient_choice", "Known patient wish";
        Trial = "trial", "Trial";
        ResourceAccess = "resource_access", "Access: equipment, theatre, distance";
        RuleNotApplicable = "rule_not_applicable", "Rule does not fit this case";
        RuleWrong = "rule_wrong", "Rule thought wrong";
        DataWrong = "data_wrong", "Facts thought wrong";
        LocalProtocol = "local_protocol", "Local protocol";
        Other = "other", "Other, in words";
    }
}

/// What a score of the evaluation advises: what an agreement is stated against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// The rule set, `tomita-2001`.
    pub rule_set: String,
    /// Its version.
    pub version: u32,
    /// Its identity.
    pub hash: Hash,
    /// The band, or the bands that are still possible.
    pub bands: Vec<String>,
    /// The key of the text that prints the band's strategy; none when bands differ or none is printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
}

/// What the chair stated for one score, before it is complete.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedAgreement {
    /// Follows, partly, departs …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Agreement>,
    /// The coded reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DepartReason>,
    /// The reason in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

impl StatedAgreement {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One agreement as it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementRow {
    /// What was advised.
    pub advice: Advice,
    /// What the chair stated.
    pub agreement: Agreement,
    /// What the rules computed; always null as long as no recommendation is computed.
    pub computed: Option<Agreement>,
    /// Why, if it departs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DepartReason>,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}
