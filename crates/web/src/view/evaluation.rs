//! Evaluation: one assessment under one protocol, every score in full.

use askama::Template;

use super::form::{FormInput, FormView, SAMPLE_COMMAND};
use super::parts::{Empty, Link, RuleBadge, Tag, Tone};
use super::patient::{CaseTab, PatientBanner, Tabs};
use super::score::{ScoreCard, samples};
use super::shell::{Section, Shell};
use super::{HOSTILE, LONG_NAME, Page};

/// `/cases/{n}/evaluations/{k}`.
#[derive(Debug, Template)]
#[template(path = "evaluation/show.html")]
pub struct EvaluationPage {
    /// Frame.
    pub shell: Shell,
    /// Who it is about.
    pub banner: PatientBanner,
    /// Tabs; Overview is current, the page hangs on it.
    pub tabs: Tabs,
    /// `Evaluation of assessment 3`
    pub heading: String,
    /// `Current`, `Of an earlier assessment`, `Under an earlier protocol`.
    pub state: Tag,
    /// `12-Jun-2026 16:42, with the assessment of Dr R. Lindqvist`
    pub made: String,
    /// Title, version and page of the protocol.
    pub protocol: RuleBadge,
    /// Engine number.
    pub engine: String,
    /// SHA-256 of the stored bytes, hex.
    pub hash: String,
    /// The assessment, the overview.
    pub links: Vec<Link>,
    /// Scores of the case: revised Tokuhashi, Tomita.
    pub case_scores: Vec<ScoreCard>,
    /// SINS lesion by lesion, the index lesion first.
    pub lesion_scores: Vec<ScoreCard>,
    /// Nothing could be evaluated: no protocol in force.
    pub nothing: Option<Empty>,
    /// What the scores read that was derived from the recorded facts.
    pub derived: Vec<DerivedFact>,
    /// A newer protocol is in force at the owner's site.
    pub newer: Option<NewerProtocol>,
    /// A rule set of this evaluation was recalled: what and why.
    pub recalled: Option<String>,
}

/// One derived fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedFact {
    /// `Tokuhashi 2005 primary group`
    pub fact: String,
    /// Level, for a fact of a lesion; empty for the case.
    pub level: String,
    /// `group-3, kidney`, or everything still possible: `group-1 or group-3`.
    pub value: String,
    /// `Histology: clear-cell renal carcinoma`; for a stated one who stated it and why.
    pub from: String,
    /// The mapping.
    pub badge: RuleBadge,
}

/// The offer to evaluate under a newer protocol.
#[derive(Debug, Clone)]
pub struct NewerProtocol {
    /// The protocol in force now.
    pub protocol: RuleBadge,
    /// `In force at Northfield since Mon 15-Jun-2026 00:00`
    pub since: String,
    /// Differences in words, one line each; none says "the same results".
    pub differences: Vec<String>,
    /// Posts to `/cases/{n}/evaluations`; none where the user may not.
    pub form: Option<FormView>,
}

impl EvaluationPage {
    fn sample() -> Self {
        let derived = |fact: &str, level: &str, value: &str, from: &str, id: &str| DerivedFact {
            fact: fact.to_owned(),
            level: level.to_owned(),
            value: value.to_owned(),
            from: from.to_owned(),
            badge: samples::badge(id, id),
        };
        let open = |card: ScoreCard| ScoreCard { explained: true, ..card };
        Self {
            shell: Shell::sample("Evaluation of assessment 3", Section::Cases).for_patient(),
            banner: PatientBanner::sample(),
            tabs: Tabs::sample(CaseTab::Overview),
            heading: "Evaluation of assessment 3".to_owned(),
            state: Tag::new(Tone::Ok, "Current").with_icon(),
            made: "12-Jun-2026 16:42, with the assessment of Dr R. Lindqvist".to_owned(),
            protocol: samples::badge("core-scores", "core-scores"),
            engine: "1".to_owned(),
            hash: "9c41e07b35aa1f6e8d2c4b7a90f1e2d3c4b5a69788f7e6d5c4b3a2918f7e5d12".to_owned(),
            links: vec![
                Link::new("Assessment 3", "/cases/NF-2026-0148/assessments/3"),
                Link::new("Overview", "/cases/NF-2026-0148"),
            ],
            case_scores: vec![open(samples::tokuhashi()), open(samples::tomita())],
            lesion_scores: vec![open(samples::sins("T10", true)), open(samples::sins_low("T6"))],
            nothing: None,
            derived: vec![
                derived(
                    "Tokuhashi 2005 primary group",
                    "",
                    "group-3, kidney",
                    "Histology: clear-cell renal carcinoma",
                    "primary-group-tokuhashi-2005",
                ),
                derived(
                    "Vertebrae involved",
                    "",
                    "3",
                    "Lesions T6, T10, L2; list complete",
                    "vertebral-metastases-count",
                ),
                derived("SINS location", "T10", "semirigid", "Level T10", "sins-location"),
            ],
            newer: None,
            recalled: None,
        }
    }
}

impl Page for EvaluationPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let form =
            FormView::new("/cases/NF-2026-0148/evaluations", SAMPLE_COMMAND, &FormInput::default())
                .based_on("3");
        let empty = Self {
            case_scores: Vec::new(),
            lesion_scores: Vec::new(),
            derived: Vec::new(),
            nothing: Some(Empty::new(
                "No protocol is in force at Northfield. Facts can be saved; Prof. M. Tan, steward, can activate one.",
            )),
            ..Self::sample()
        };
        let newer = Self {
            state: Tag::new(Tone::Info, "Under an earlier protocol"),
            case_scores: vec![samples::tokuhashi_open(), samples::tomita_asked()],
            lesion_scores: vec![samples::sins_open("T10")],
            newer: Some(NewerProtocol {
                protocol: samples::badge("review-2023", "review-2023"),
                since: "In force at Northfield since Mon 15-Jun-2026 00:00".to_owned(),
                differences: vec!["Revised Tokuhashi: 8 to 9 instead of 9".to_owned()],
                form: Some(form),
            }),
            recalled: Some(
                "Tokuhashi 2005 v1 was recalled on 14-Jun-2026: points of the palsy row."
                    .to_owned(),
            ),
            ..Self::sample()
        };
        let hostile = Self {
            heading: HOSTILE.to_owned(),
            made: format!("{HOSTILE} {LONG_NAME}"),
            case_scores: vec![samples::hostile()],
            lesion_scores: Vec::new(),
            shell: Shell::sample("Evaluation", Section::Cases).hostile(),
            ..Self::sample()
        };
        vec![("empty", empty), ("typical", Self::sample()), ("newer", newer), ("hostile", hostile)]
    }
}
