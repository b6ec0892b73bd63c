//! Case overview: spine, scores, what each score advises, the clinical question, key facts.

use askama::Template;

use super::parts::{Empty, Link, RuleBadge, Tag, Tone};
use super::patient::{CaseTab, PatientBanner, Tabs};
use super::score::{ScoreCard, samples};
use super::shell::{Section, Shell};
use super::spine::Spine;
use super::{HOSTILE, LONG_NAME, Page};

/// `/cases/{n}`.
#[derive(Debug, Template)]
#[template(path = "case/overview.html")]
pub struct CasePage {
    /// Frame.
    pub shell: Shell,
    /// Who it is about.
    pub banner: PatientBanner,
    /// Tabs with Overview current.
    pub tabs: Tabs,
    /// Only for ESCC 2 or 3 or new weakness.
    pub cord: Option<CordAtRisk>,
    /// What the facts demand, where the urgency of the case is lower: the words, and the way to change it.
    pub demanded: Option<(String, Link)>,
    /// The drawing, its levels leading to the lesions.
    pub spine: Spine,
    /// What to do about lesions: `Add lesion`, or `Add the index lesion` while there is none.
    pub add_lesion: Option<Link>,
    /// `/cases/{n}/lesions`
    pub lesions_href: String,
    /// `Complete. 3 of 3 instruments calculated from 18 recorded facts.`
    pub scores_note: String,
    /// SINS of the index lesion, revised Tokuhashi, Tomita.
    pub scores: Vec<ScoreCard>,
    /// SINS of the other lesions.
    pub others: Vec<OtherLesion>,
    /// Why there are no scores: no assessment yet, no protocol in force.
    pub no_scores: Option<Empty>,
    /// The evaluation behind the scores; none with `no_scores`.
    pub evaluation: Option<EvaluationLine>,
    /// What the meeting is asked.
    pub question: Option<Question>,
    /// What is said where there is none to be shown.
    pub no_question: &'static str,
    /// The facts that a meeting looks at first.
    pub facts: Vec<KeyFact>,
    /// All facts: `/cases/{n}/assessments/{k}`.
    pub all_facts: Option<Link>,
    /// The right-hand panel.
    pub advice: AdvicePanel,
}

/// The yellow strip.
#[derive(Debug, Clone)]
pub struct CordAtRisk {
    /// `ESCC 2 at T10, weakness since 08-Jun-2026`
    pub because: String,
    /// What the standard asks for: `Treatment within 24 hours: by 09-Jun-2026 14:00, overdue`.
    pub clock: Option<String>,
}

/// A lesion that is not the index lesion.
#[derive(Debug, Clone)]
pub struct OtherLesion {
    /// `T6`
    pub level: String,
    /// `/cases/{n}/lesions/T6`
    pub href: String,
    /// `blastic · ESCC 0`
    pub summary: String,
    /// Its SINS.
    pub sins: ScoreCard,
}

/// Which evaluation the page shows, and whether newer rules exist.
#[derive(Debug, Clone)]
pub struct EvaluationLine {
    /// `Assessment 3 of 12-Jun-2026 16:42, protocol core-scores v1, engine 1`
    pub text: String,
    /// `/cases/{n}/evaluations/{k}`
    pub href: String,
    /// `A newer protocol gives the same result: compare`
    pub newer: Option<Link>,
}

/// What the meeting is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// The history in the referrer's words.
    pub history: String,
    /// The question itself.
    pub question: String,
    /// `/cases/{n}/referral`
    pub source: Link,
}

/// One fact of the short list.
#[derive(Debug, Clone)]
pub struct KeyFact {
    /// `KPS`
    pub fact: String,
    /// `80 %`
    pub value: String,
    /// `12-Jun-2026`
    pub recorded: String,
    /// `Examination, Dr R. Lindqvist`
    pub source: String,
}

/// "What each score advises": never one recommendation, never a mean of scores.
#[derive(Debug, Clone)]
pub struct AdvicePanel {
    /// One entry a score.
    pub scores: Vec<Advice>,
    /// Where scores ask the same thing differently, or a published conflict applies.
    pub notes: Vec<Note>,
    /// Primary and other actions, in order.
    pub actions: Vec<CaseAction>,
    /// Decision that stands: `Signed 16-Jun-2026, version 1`.
    pub decision: Option<Link>,
}

/// What one score advises.
#[derive(Debug, Clone)]
pub struct Advice {
    /// `Revised Tokuhashi`
    pub title: String,
    /// Rule set and version.
    pub badge: RuleBadge,
    /// `9 / 15`, or the possible totals.
    pub result: String,
    /// Bands that are possible.
    pub bands: Vec<Tag>,
    /// The band's printed strategy; with several bands, one line each.
    pub strategies: Vec<String>,
    /// What the paper predicts: `6 months or more`; empty where it predicts nothing.
    pub survival: String,
    /// Author, journal, year.
    pub source: String,
}

/// A remark with its tone.
#[derive(Debug, Clone)]
pub struct Note {
    /// Caution or information.
    pub tone: Tone,
    /// First words, bold.
    pub title: String,
    /// The rest.
    pub text: String,
}

/// A link that acts.
#[derive(Debug, Clone)]
pub struct CaseAction {
    /// Words and address.
    pub link: Link,
    /// Single key: `d`.
    pub key: Option<String>,
    /// The one primary action.
    pub primary: bool,
}

impl AdvicePanel {
    /// What the two advising scores of the sample case say.
    #[must_use]
    pub fn sample() -> Self {
        Self {
            scores: samples::advice(),
            notes: vec![Note {
                tone: Tone::Warn,
                title: "Two questions about the lung nodules.".to_owned(),
                text: "Tokuhashi asks whether they can be removed, Tomita whether they can be treated. Both were \
                       answered on 12-Jun-2026."
                    .to_owned(),
            }],
            actions: vec![
                CaseAction {
                    link: Link::new("Record decision", "/cases/NF-2026-0148/decision"),
                    key: Some("d".to_owned()),
                    primary: true,
                },
                CaseAction {
                    link: Link::new("Full evaluation", "/cases/NF-2026-0148/evaluations/3"),
                    key: None,
                    primary: false,
                },
            ],
            decision: None,
        }
    }
}

impl CasePage {
    fn typical() -> Self {
        Self {
            shell: Shell::sample("Overview", Section::Cases).for_patient(),
            banner: PatientBanner::sample(),
            tabs: Tabs::sample(CaseTab::Overview),
            cord: Some(CordAtRisk {
                because: "ESCC 2 at T10, leg weakness since 08-Jun-2026".to_owned(),
                clock: Some("Treatment was due by 10-Jun-2026 16:42".to_owned()),
            }),
            demanded: Some((
                "The facts demand class U1, Emergency: cord compression: a motor deficit while compression is not \
                 excluded (Frankel: D); its urgency is U3"
                    .to_owned(),
                Link::new("Change the urgency", "/cases/NF-2026-0148/referral"),
            )),
            spine: samples::spine(),
            add_lesion: Some(Link::new("Add lesion", "/cases/NF-2026-0148/lesions#mark")),
            lesions_href: "/cases/NF-2026-0148/lesions".to_owned(),
            scores_note: "Complete. 3 of 3 instruments calculated from 18 recorded facts.".to_owned(),
            scores: vec![samples::sins("T10", true), samples::tokuhashi(), samples::tomita()],
            others: vec![
                OtherLesion {
                    level: "T6".to_owned(),
                    href: "/cases/NF-2026-0148/lesions/T6".to_owned(),
                    summary: "blastic · ESCC 0".to_owned(),
                    sins: samples::sins_low("T6"),
                },
                OtherLesion {
                    level: "L2".to_owned(),
                    href: "/cases/NF-2026-0148/lesions/L2".to_owned(),
                    summary: "mixed · ESCC 0".to_owned(),
                    sins: samples::sins_open("L2"),
                },
            ],
            no_scores: None,
            evaluation: Some(EvaluationLine {
                text: "Assessment 3 of 12-Jun-2026 16:42, protocol core-scores v1, engine 1".to_owned(),
                href: "/cases/NF-2026-0148/evaluations/3".to_owned(),
                newer: None,
            }),
            question: Some(Question {
                history: "Progressive mid-thoracic pain for 5 weeks, worse on standing. Right leg power 4/5 since \
                          08-Jun-2026, sphincters intact. Ambulant with one stick."
                    .to_owned(),
                question: "Is decompression and fixation appropriate before radiotherapy?".to_owned(),
                source: Link::new("Referral", "/cases/NF-2026-0148/referral"),
            }),
            no_question: "No question was sent with the referral.",
            facts: [
                ("KPS", "80 %", "Examination, Dr R. Lindqvist"),
                ("Frankel", "D", "Examination, Dr R. Lindqvist"),
                ("ESCC at T10", "2, high grade", "Report, S. Bhatt"),
                ("Primary tumour", "Clear-cell renal carcinoma", "Report, M. Castellano"),
            ]
            .map(|(fact, value, source)| KeyFact {
                fact: fact.to_owned(),
                value: value.to_owned(),
                recorded: "12-Jun-2026".to_owned(),
                source: source.to_owned(),
            })
            .to_vec(),
            all_facts: Some(Link::new("All facts", "/cases/NF-2026-0148/assessments/3")),
            advice: AdvicePanel::sample(),
        }
    }

    fn empty() -> Self {
        Self {
            banner: PatientBanner {
                cord_at_risk: false,
                summary: None,
                meeting: None,
                ..PatientBanner::sample()
            },
            cord: None,
            demanded: None,
            spine: samples::bare_spine(),
            add_lesion: Some(Link::new("Add the index lesion", "/cases/NF-2026-0148/lesions#mark")),
            scores_note: String::new(),
            scores: Vec::new(),
            others: Vec::new(),
            no_scores: Some(Empty::with_link(
                "No assessment yet, so there is nothing to score.",
                Link::new("Start the assessment", "/cases/NF-2026-0148/assessment"),
            )),
            evaluation: None,
            question: None,
            facts: Vec::new(),
            all_facts: None,
            advice: AdvicePanel {
                scores: Vec::new(),
                notes: Vec::new(),
                actions: vec![CaseAction {
                    link: Link::new("Start the assessment", "/cases/NF-2026-0148/assessment"),
                    key: None,
                    primary: true,
                }],
                decision: None,
            },
            ..Self::typical()
        }
    }

    fn open() -> Self {
        Self {
            cord: None,
            demanded: None,
            banner: PatientBanner { cord_at_risk: false, ..PatientBanner::sample() },
            scores: vec![
                samples::sins_open("T10"),
                samples::tokuhashi_open(),
                samples::tomita_asked(),
            ],
            scores_note: "1 of 3 instruments complete. Nothing is guessed for the others."
                .to_owned(),
            advice: AdvicePanel {
                scores: samples::advice_open(),
                decision: Some(Link::new(
                    "Signed 09-Jun-2026, version 1",
                    "/cases/NF-2026-0148/decision",
                )),
                ..AdvicePanel::sample()
            },
            ..Self::typical()
        }
    }

    fn hostile() -> Self {
        let mut page = Self::typical();
        page.shell = page.shell.hostile();
        page.banner = PatientBanner::sample_hostile();
        page.question = Some(Question {
            history: format!("{HOSTILE} {LONG_NAME}"),
            question: HOSTILE.to_owned(),
            source: Link::new(HOSTILE, "/cases/\"><script>"),
        });
        for fact in &mut page.facts {
            HOSTILE.clone_into(&mut fact.value);
            LONG_NAME.clone_into(&mut fact.source);
        }
        page.scores = vec![samples::hostile()];
        page
    }
}

impl Page for CasePage {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![
            ("empty", Self::empty()),
            ("typical", Self::typical()),
            ("open", Self::open()),
            ("hostile", Self::hostile()),
        ]
    }
}
