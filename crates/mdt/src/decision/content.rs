//! What a decision says. While it is drafted anything may be missing; [`super::check`] says what still is.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::agreement::StatedAgreement;
use super::codes::{
    Acceptance, DeferralReason, DissentPosition, NoRecommendationReason, OutcomeKind,
    StruckOffReason,
};
use super::modality::{Goal, Intent, Modality, Priority};
use crate::coded::coded;
use crate::ids::{DecisionId, SiteId, UserId};
use crate::level::Level;

coded! {
    /// When a row of a plan happens, seen from another row.
    SequenceRelation, "order" {
        Before = "before", "Before";
        After = "after", "After";
        With = "with", "Together with";
    }
}

/// When a row happens, seen from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// Before, after or with …
    pub relation: SequenceRelation,
    /// … the row of this number, counted from 1.
    pub row: u32,
}

/// One row of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanRow {
    /// What is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modality: Option<Modality>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
    /// Further goals.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub goals: BTreeSet<Goal>,
    /// At which levels.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub levels: BTreeSet<Level>,
    /// When, seen from another row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<Sequence>,
    /// Dose and fractions, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<String>,
    /// How soon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Who is responsible for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible: Option<UserId>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_date: Option<NaiveDate>,
    /// Which site delivers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// Anything else, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What `further_investigation` needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Investigation {
    /// The test on which the plan depends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// Who sees to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
    /// When the case is on the list again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relist: Option<NaiveDate>,
}

/// What `defer` needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deferral {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DeferralReason>,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Who gets what is lacking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// When the case comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_date: Option<NaiveDate>,
}

/// What `watch` needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// Weeks between re-assessments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_weeks: Option<u32>,
    /// What brings the case back before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triggers: Option<String>,
}

/// What `refer_on` needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferOn {
    /// Who takes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    /// Have they said yes?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Acceptance>,
}

/// What `soc_applied` needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardOfCare {
    /// The document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// Something that someone has to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionRow {
    /// What.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
}

/// A member's different view. It never blocks signing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DissentRow {
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<UserId>,
    /// How they stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<DissentPosition>,
    /// What they would do instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternative: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// All that a decision says, except how it stands to the scores.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome_kind: Option<OutcomeKind>,
    /// The plan, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plan: Vec<PlanRow>,
    /// For `further_investigation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub investigation: Option<Investigation>,
    /// For `defer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferral: Option<Deferral>,
    /// For `watch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
    /// For `supportive_care`: who is responsible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supportive_owner: Option<UserId>,
    /// For `refer_on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refer_on: Option<ReferOn>,
    /// For `no_change` and `ratify`: the earlier decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirms: Option<DecisionId>,
    /// For `soc_applied`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_of_care: Option<StandardOfCare>,
    /// For `no_recommendation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_recommendation: Option<NoRecommendationReason>,
    /// For `struck_off`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub struck_off: Option<StruckOffReason>,
    /// What people have to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionRow>,
    /// Members who see it differently.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dissent: Vec<DissentRow>,
    /// What the patient wants, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_preference: Option<String>,
    /// The chair's note on who was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum_note: Option<String>,
}

/// A decision as it is being drafted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionDraft {
    /// What it says.
    pub content: Content,
    /// How it stands to each advising score, by rule set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub agreements: BTreeMap<String, StatedAgreement>,
    /// Why it goes on although facts changed since it was drafted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts_accepted: Option<String>,
}
