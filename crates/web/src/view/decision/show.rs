//! The signed record of a decision, with its versions.

use askama::Template;

use super::super::form::{FormInput, FormView, SAMPLE_COMMAND};
use super::super::parts::{Link, RuleBadge, Tag, Tone};
use super::super::patient::{CaseTab, PatientBanner, Tabs};
use super::super::score::samples;
use super::super::shell::{Section, Shell};
use super::super::{HOSTILE, LONG_NAME, Page};

/// `/cases/{n}/decision` once signed, and `/cases/{n}/decisions/{k}/{v}`.
#[derive(Debug, Template)]
#[template(path = "decision/show.html")]
pub struct DecisionPage {
    /// Frame.
    pub shell: Shell,
    /// Who it is about.
    pub banner: PatientBanner,
    /// Tabs with Decision current.
    pub tabs: Tabs,
    /// `Northfield spinal metastases MDT, Tue 16-Jun-2026, case 3 of 7`
    pub context: String,
    /// `2`
    pub version: String,
    /// `In force`, `Replaced by version 2`, `Voided`.
    pub state: Tag,
    /// `Dr P. Okafor, approved as chair, 16-Jun-2026 08:31`
    pub signed: String,
    /// The sentence that was read back.
    pub sentence: String,
    /// What each advising score said, and what was stated about it.
    pub agreements: Vec<SignedAgreement>,
    /// The plan.
    pub plan: Vec<PlanLine>,
    /// The rest of the record, label and words: outcome, responsible, target, wish, dissent, read back, present.
    pub record: Vec<(String, String)>,
    /// Actions of the version.
    pub actions: Vec<ActionLine>,
    /// Versions, the latest first.
    pub versions: Vec<VersionRow>,
    /// Protocol and the rule sets that advised.
    pub rules: Vec<RuleBadge>,
    /// Assessment and evaluation.
    pub rests_on: Vec<Link>,
    /// SHA-256 of the signed bytes, hex.
    pub hash: String,
    /// Where it stands in the log.
    pub seal: Seal,
    /// Provenance, amend, void, record the next decision: what the user may.
    pub links: Vec<Link>,
    /// Why the version is void, or who has asked for it.
    pub void_note: Option<VoidNote>,
    /// What is wrong when the evaluation that it rests on comes out differently now.
    pub broken: Option<String>,
}

/// An action of a signed decision.
#[derive(Debug, Clone, Default)]
pub struct ActionLine {
    /// What.
    pub what: String,
    /// Who.
    pub owner: String,
    /// By when.
    pub due: String,
    /// `Open`, `Done 18-Jun-2026 09:02 by Dr P. Okafor`.
    pub state: String,
    /// Marks it as done, for whoever may.
    pub complete: Option<FormView>,
}

impl ActionLine {
    fn sample(words: [&str; 4]) -> Self {
        let [what, owner, due, state] = words.map(str::to_owned);
        Self { what, owner, due, state, complete: None }
    }
}

/// One advising score in a signed record.
#[derive(Debug, Clone)]
pub struct SignedAgreement {
    /// `Revised Tokuhashi 9 / 15`
    pub score: String,
    /// Its rule set.
    pub badge: RuleBadge,
    /// The band's printed strategy.
    pub strategy: String,
    /// `Partly`
    pub stated: Tag,
    /// `Instability decides: …`; empty for "follows".
    pub reason: String,
}

/// One step of a signed plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    /// `Separation surgery`
    pub modality: String,
    /// `Palliative`
    pub intent: String,
    /// `Urgent, by 18-Jun-2026`
    pub priority: String,
    /// `T10, fixation T9–T11`
    pub detail: String,
}

/// One version of a decision.
#[derive(Debug, Clone)]
pub struct VersionRow {
    /// `2`
    pub version: String,
    /// Its page.
    pub href: String,
    /// `In force`, `Replaced`, `Voided`.
    pub state: Option<Tag>,
    /// What changed, line by line: before (none for an addition) and after (none for a removal).
    pub changes: Vec<(Option<String>, Option<String>)>,
    /// `New information: planning CT shows lysis at T9`; for the first `First decision`.
    pub reason: String,
    /// `Dr P. Okafor, chair`
    pub by: String,
    /// `17-Jun-2026 11:20`
    pub at: String,
    /// First figures of its hash.
    pub hash: String,
}

/// Where a signed version stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seal {
    /// Covered by a checkpoint.
    Sealed {
        /// `Entry 4,812 of 24,977, checkpoint 913`
        text: String,
    },
    /// Signed and safe; the next checkpoint will cover it, within seconds.
    Waiting,
}

/// A note about voiding.
#[derive(Debug, Clone)]
pub struct VoidNote {
    /// `Voided 17-Jun-2026 09:14 by Dr P. Okafor and M. Castellano: entered for the wrong patient.`
    pub text: String,
    /// Agreeing as the second person; none otherwise. The page of the act asks for the password.
    pub agree: Option<Link>,
    /// Withdrawing the request; none otherwise.
    pub withdraw: Option<FormView>,
}

impl SignedAgreement {
    pub(super) fn samples() -> Vec<Self> {
        let agreement = |score: &str, id: &str, strategy: &str, stated: Tag, reason: &str| Self {
            score: score.to_owned(),
            badge: samples::badge(id, id),
            strategy: strategy.to_owned(),
            stated,
            reason: reason.to_owned(),
        };
        vec![
            agreement(
                "Revised Tokuhashi 9 / 15",
                "tokuhashi-2005",
                "Palliative surgery",
                Tag::new(Tone::Ok, "Follows"),
                "",
            ),
            agreement(
                "Tomita 6 / 10",
                "tomita-2001",
                "Palliative surgery, for short-term palliation",
                Tag::new(Tone::Warn, "Partly"),
                "Instability decides: SBRT is added after fixation.",
            ),
        ]
    }
}

impl PlanLine {
    pub(super) fn samples() -> Vec<Self> {
        vec![
            Self {
                modality: "Separation surgery".to_owned(),
                intent: "Palliative".to_owned(),
                priority: "Urgent, by 18-Jun-2026".to_owned(),
                detail: "T10, fixation T8–T12. Dr P. Okafor".to_owned(),
            },
            Self {
                modality: "SBRT".to_owned(),
                intent: "Local control".to_owned(),
                priority: "Soon, by 10-Jul-2026".to_owned(),
                detail: "After step 1. Dr R. Lindqvist".to_owned(),
            },
        ]
    }
}

impl DecisionPage {
    fn sample() -> Self {
        let pair = |label: &str, words: &str| (label.to_owned(), words.to_owned());
        let version =
            |version: &str, state: Option<Tag>, changes, reason: &str, at: &str, hash: &str| {
                VersionRow {
                    version: version.to_owned(),
                    href: format!("/cases/NF-2026-0148/decisions/1/{version}"),
                    state,
                    changes,
                    reason: reason.to_owned(),
                    by: "Dr P. Okafor, chair".to_owned(),
                    at: at.to_owned(),
                    hash: hash.to_owned(),
                }
            };
        Self {
            shell: Shell::sample("Decision, version 2", Section::Cases).for_patient(),
            banner: PatientBanner::sample(),
            tabs: Tabs::sample(CaseTab::Decision),
            context: "Northfield spinal metastases MDT, Tue 16-Jun-2026 08:00, case 3 of 7".to_owned(),
            version: "2".to_owned(),
            state: Tag::new(Tone::Ok, "In force").with_icon(),
            signed: "Dr P. Okafor, approved as chair, 17-Jun-2026 11:20".to_owned(),
            sentence: "Separation surgery at T10 with fixation T8 to T12 by 18 June 2026, Dr Okafor. Then SBRT, Dr Lindqvist. \
                       Palliative, to keep walking."
                .to_owned(),
            agreements: SignedAgreement::samples(),
            plan: PlanLine::samples(),
            record: vec![
                pair("Outcome", "Treatment plan agreed"),
                pair("Responsible", "Dr P. Okafor, spinal surgery; target 18-Jun-2026"),
                pair("Patient’s wish", "To stay on her feet. Accepts surgery. Told by S. Whelan, 16-Jun-2026"),
                pair("Dissent", "Dr E. Serrano, prefers another plan: would wait for SBRT."),
                pair("Read back", "08:30:52 by S. Whelan, confirmed by Dr P. Okafor 08:30:58"),
            ],
            actions: vec![
                ActionLine {
                    complete: Some(FormView::new(
                        "/cases/NF-2026-0148/actions/019e8f3a-2b4c-7d5e-8f60-718293a4b5c6/completion",
                        SAMPLE_COMMAND,
                        &FormInput::default(),
                    )),
                    ..ActionLine::sample(["Theatre list, T10", "Dr P. Okafor", "18-Jun-2026", "Open"])
                },
                ActionLine::sample([
                    "Dexamethasone weaned",
                    "S. Whelan",
                    "17-Jun-2026",
                    "Done 17-Jun-2026 09:02 by S. Whelan",
                ]),
            ],
            versions: vec![
                version(
                    "2",
                    Some(Tag::new(Tone::Ok, "In force").with_icon()),
                    vec![(Some("Fixation T9–T11".to_owned()), Some("Fixation T8–T12".to_owned()))],
                    "New information: planning CT shows lysis at T9",
                    "17-Jun-2026 11:20",
                    "b7e0 41aa",
                ),
                version("1", None, Vec::new(), "First decision", "16-Jun-2026 08:31", "1f83 c6e9"),
            ],
            rules: vec![
                samples::badge("core-scores", "core-scores"),
                samples::badge("Tokuhashi 2005", "tokuhashi-2005"),
                samples::badge("Tomita 2001", "tomita-2001"),
            ],
            rests_on: vec![
                Link::new("Assessment 3, 12-Jun-2026 16:42", "/cases/NF-2026-0148/assessments/3"),
                Link::new("Evaluation", "/cases/NF-2026-0148/evaluations/3"),
            ],
            hash: "b7e041aa93cd5e7f10293847566574839201a1b2c3d4e5f60718293a4b5c0f6e".to_owned(),
            seal: Seal::Sealed { text: "Entry 4,812 of 24,977, checkpoint 913, 17-Jun-2026 11:20:02".to_owned() },
            links: vec![
                Link::new("Provenance", "/audit/decisions/019e8f3a/2"),
                Link::new("Amend", "/cases/NF-2026-0148/decision/amendment"),
                Link::new("Void", "/cases/NF-2026-0148/decision/void"),
            ],
            void_note: None,
            broken: None,
        }
    }
}

impl Page for DecisionPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut first = Self {
            version: "1".to_owned(),
            seal: Seal::Waiting,
            actions: Vec::new(),
            plan: Vec::new(),
            agreements: Vec::new(),
            ..Self::sample()
        };
        first.versions.remove(0);
        let asked = Self {
            void_note: Some(VoidNote {
                text: "Dr P. Okafor has asked to void this decision, 17-Jun-2026 12:02: entered for the wrong patient."
                    .to_owned(),
                agree: Some(Link::new("Agree", "/cases/NF-2026-0148/decision/void")),
                withdraw: Some(FormView::new("/cases/NF-2026-0148/decision/void", SAMPLE_COMMAND, &FormInput::default())),
            }),
            ..Self::sample()
        };
        let voided = Self {
            state: Tag::new(Tone::Crit, "Voided").with_icon(),
            void_note: Some(VoidNote {
                text: "Voided 17-Jun-2026 12:14 by Dr P. Okafor and M. Castellano: entered for the wrong patient.".to_owned(),
                agree: None,
                withdraw: None,
            }),
            links: vec![Link::new("Provenance", "/audit/decisions/019e8f3a/2")],
            ..Self::sample()
        };
        let broken = Self {
            broken: Some(
                "The stored evaluation does not recompute to the same bytes. Ask the auditor."
                    .to_owned(),
            ),
            ..Self::sample()
        };
        let mut hostile = Self {
            sentence: format!("{HOSTILE} {LONG_NAME}"),
            banner: PatientBanner::sample_hostile(),
            ..Self::sample()
        };
        hostile.record.push((HOSTILE.to_owned(), HOSTILE.to_owned()));
        hostile.actions.push(ActionLine::sample([HOSTILE, LONG_NAME, "", ""]));
        vec![
            ("first", first),
            ("typical", Self::sample()),
            ("void-asked", asked),
            ("voided", voided),
            ("broken", broken),
            ("hostile", hostile),
        ]
    }
}
