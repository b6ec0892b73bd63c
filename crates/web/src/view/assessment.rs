//! Assessment: the form that makes the next one, and the page that reads one.

use askama::Template;

use super::fact::{
    Caveat, CaveatKind, FactRow, FactSection, LesionSection, samples, source_choices,
};
use super::form::{FieldView, FormInput, FormView, Problem, SAMPLE_COMMAND};
use super::parts::{Empty, Link, Tag, Tone};
use super::patient::{CaseTab, PatientBanner, Tabs};
use super::score::{Scale, ScaleBand, samples as scores, totals_in_words};
use super::shell::{Section, Shell};
use super::{HOSTILE, LONG_NAME, Page};

/// `/cases/{n}/assessment`: all facts of the case as questions.
#[derive(Debug, Template)]
#[template(path = "assessment/form.html", blocks = ["totals"])]
pub struct AssessmentFormPage {
    /// Frame.
    pub shell: Shell,
    /// Who it is about.
    pub banner: PatientBanner,
    /// Tabs with Assessment current.
    pub tabs: Tabs,
    /// Posts to `/cases/{n}/assessments`; `base` is the ordinal that the form was filled from,
    /// `draft` the address that "Recalculate" posts to.
    pub form: FormView,
    /// Number that saving makes: `3`.
    pub number: String,
    /// `Started from assessment 2 of 12-Jun-2026 16:42, Dr R. Lindqvist. Assessment 2 stays as it is.`
    pub started_from: String,
    /// The base to read.
    pub links: Vec<Link>,
    /// There is a draft that can be dropped.
    pub discard: bool,
    /// Source that holds for every fact without its own: field `default.source`.
    pub source: FieldView,
    /// Date of observation that holds for every fact without its own: field `default.observed`.
    pub observed: FieldView,
    /// The case's facts.
    pub sections: Vec<FactSection>,
    /// The lesions' facts, the index lesion first and open.
    pub lesions: Vec<LesionSection>,
    /// Where lesions are marked, and what is counted from them.
    pub lesions_note: String,
    /// `/cases/{n}/lesions#mark`
    pub mark_levels: Link,
    /// `2 facts to answer. You can save with them open.`
    pub save_note: String,
    /// The totals beside the form.
    pub totals: TotalsPanel,
}

/// "Totals now".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TotalsPanel {
    /// Facts answered.
    pub answered: u32,
    /// Facts that are asked for the scores.
    pub asked: u32,
    /// `13 confirmed, 1 changed, 2 unknown, 2 to answer.`
    pub marks: String,
    /// `Recalculated 21:06:41`; empty before the first time.
    pub at: String,
    /// One entry a score and lesion.
    pub scores: Vec<MiniTotal>,
    /// Shown in place of the totals, where there can be none.
    pub nothing: String,
    /// Next open fact.
    pub next_open: Option<Link>,
}

/// A total beside the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MiniTotal {
    /// `Revised Tokuhashi`, `SINS at T10`
    pub title: String,
    /// `8 to 9`
    pub value: String,
    /// `15`; empty for a grade.
    pub max: String,
    /// The bar; none for a grade.
    pub scale: Option<Scale>,
    /// The possible totals lie in more than one band.
    pub crosses: bool,
    /// `Open: can they be removed. Under 6 months, or 6 months or more.`
    pub note: String,
}

/// `/cases/{n}/assessments/{k}`: one assessment, never changed.
#[derive(Debug, Template)]
#[template(path = "assessment/show.html")]
pub struct AssessmentPage {
    /// Frame.
    pub shell: Shell,
    /// Who it is about.
    pub banner: PatientBanner,
    /// Tabs with Assessment current.
    pub tabs: Tabs,
    /// `3`
    pub number: String,
    /// `Current`, `Replaced by assessment 4`.
    pub state: Tag,
    /// `Saved 12-Jun-2026 16:42 by Dr R. Lindqvist, from assessment 2`
    pub saved: String,
    /// The one before, the one after, new assessment.
    pub links: Vec<Link>,
    /// Facts by section, lesions last.
    pub sections: Vec<ReadSection>,
    /// Nothing recorded at all.
    pub nothing: Option<Empty>,
    /// SHA-256 of the stored bytes, hex.
    pub hash: String,
    /// `/cases/{n}/evaluations/{k}`, and its totals in words.
    pub evaluation: Option<Link>,
}

/// A group of recorded facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSection {
    /// Element id.
    pub id: String,
    /// `Lesion T10, index`
    pub title: String,
    /// Facts in the order of the dictionary.
    pub facts: Vec<ReadFact>,
}

/// One recorded fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFact {
    /// `KPS`
    pub fact: String,
    /// `80 %`; for the rest `Not assessed: pending`.
    pub value: String,
    /// Nothing is known.
    pub missing: bool,
    /// `Changed, was 70 %`
    pub mark: Option<Tag>,
    /// `Examination, observed 12-Jun-2026`
    pub source: String,
    /// `Dr R. Lindqvist, 12-Jun-2026 16:42`
    pub recorded: String,
}

impl AssessmentFormPage {
    /// The fields that stand once on the form, filled from what was typed.
    #[must_use]
    pub fn fields(input: &FormInput) -> (FieldView, FieldView) {
        let mut sources = source_choices("");
        if let Some(first) = sources.first_mut() {
            "Choose".clone_into(&mut first.label);
        }
        (
            FieldView::select("default.source", "Source of what you enter now", sources)
                .hint("A single fact may name its own.")
                .filled(input),
            FieldView::figures("default.observed", "Observed on")
                .hint("For example 17-Nov-2026; empty means today")
                .optional()
                .filled(input),
        )
    }

    /// Section headings as links, for a long form.
    fn contents(&self) -> Vec<Link> {
        let cases = self.sections.iter();
        cases
            .chain(self.lesions.iter().map(|lesion| &lesion.facts))
            .map(|section| Link::new(section.title.clone(), format!("#{}", section.id)))
            .collect()
    }

    fn sample(input: &FormInput) -> Self {
        let (source, observed) = Self::fields(input);
        let shell = Shell::sample("Assessment 3, draft", Section::Cases).for_patient();
        Self {
            shell: Shell { problem: !input.problems.is_empty(), ..shell },
            banner: PatientBanner::sample(),
            tabs: Tabs::sample(CaseTab::Assessment),
            form: FormView::new("/cases/NF-2026-0148/assessments", SAMPLE_COMMAND, input)
                .based_on("2")
                .drafted("/drafts/assessment/NF-2026-0148", Some("Draft saved 21:06:40".to_owned())),
            number: "3".to_owned(),
            started_from: "Started from assessment 2 of 12-Jun-2026 16:42, Dr R. Lindqvist. Assessment 2 stays as it is."
                .to_owned(),
            links: vec![Link::new("Assessment 2", "/cases/NF-2026-0148/assessments/2")],
            discard: true,
            source,
            observed,
            sections: samples::sections(),
            lesions: vec![
                samples::lesion("T10", "Lesion T10, index", None),
                samples::lesion("T6", "Lesion T6", Some("6 facts carried over from 12-Jun-2026: blastic, ESCC 0, SINS 1")),
            ],
            lesions_note: "Vertebral metastases counted from the lesions: 2, Tok 1.".to_owned(),
            mark_levels: Link::new("Mark or remove levels", "/cases/NF-2026-0148/lesions#mark"),
            save_note: "2 facts to answer. You can save with them open: totals stay intervals and nothing is guessed."
                .to_owned(),
            totals: TotalsPanel::sample(),
        }
    }
}

impl TotalsPanel {
    /// The totals in one sentence each, for whoever hears the page: `Revised Tokuhashi 8 to 9. Tomita 6.`
    fn said(&self) -> String {
        let scores = self.scores.iter().map(|mini| format!("{} {}.", mini.title, mini.value));
        scores.collect::<Vec<_>>().join(" ")
    }

    fn sample() -> Self {
        let scale = |bands: &[(i32, i32, &str)], possible: &[i32]| {
            Some(Scale {
                bands: bands
                    .iter()
                    .map(|(from, to, words)| ScaleBand {
                        from: *from,
                        to: *to,
                        words: (*words).to_owned(),
                    })
                    .collect(),
                possible: possible.to_vec(),
            })
        };
        let mini = |title: &str, max: &str, scale: Option<Scale>, crosses, note: &str| MiniTotal {
            title: title.to_owned(),
            value: scale.as_ref().map_or("2".to_owned(), |scale| totals_in_words(&scale.possible)),
            max: max.to_owned(),
            scale,
            crosses,
            note: note.to_owned(),
        };
        Self {
            answered: 16,
            asked: 18,
            marks: "13 confirmed, 1 changed, 2 unknown, 2 to answer.".to_owned(),
            at: "Recalculated 21:06:41".to_owned(),
            scores: vec![
                mini(
                    "Revised Tokuhashi",
                    "15",
                    scale(&scores::TOKUHASHI, &[8, 9]),
                    true,
                    "Open: can they be removed. Under 6 months, or 6 months or more.",
                ),
                mini(
                    "Tomita",
                    "10",
                    scale(&scores::TOMITA, &[6, 8]),
                    true,
                    "Open: can they be treated. 7 cannot occur.",
                ),
                mini(
                    "SINS at T10",
                    "18",
                    scale(&scores::SINS, &[8, 9, 11]),
                    false,
                    "Potentially unstable whatever the answer. Open: posterolateral.",
                ),
                mini("ESCC at T10", "", None, false, "High grade. Was 1c at referral."),
            ],
            nothing: String::new(),
            next_open: Some(Link::new("Next open fact", "#case-noms-systemic")),
        }
    }
}

impl Page for AssessmentFormPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let first = || {
            let page = Self::sample(&FormInput::default());
            let unanswered = |rows: &mut Vec<FactRow>| {
                for row in rows {
                    *row = FactRow::new(&row.field, &row.label, &row.help, row.kind.clone());
                }
            };
            let mut sections = samples::sections();
            for section in &mut sections {
                unanswered(&mut section.rows);
                section.more.clear();
            }
            Self {
                number: "1".to_owned(),
                started_from: "What the referral of 09-Jun-2026 09:14 answers is filled in. It is recorded when you save, as an external record of that day.".to_owned(),
                links: Vec::new(),
                discard: false,
                lesions: Vec::new(),
                lesions_note: "No lesion is marked yet.".to_owned(),
                totals: TotalsPanel {
                    asked: 18,
                    nothing: "No total yet: nothing is answered.".to_owned(),
                    ..TotalsPanel::default()
                },
                sections,
                ..page
            }
        };
        let wrong = FormInput {
            problems: vec![Problem {
                field: "case.histology-date".to_owned(),
                message: "Enter the date as day, month, year, for example 17-Nov-2025".to_owned(),
            }],
            ..FormInput::from_pairs([("default.observed", "14-Jun-2026")])
        };
        let hostile_input = FormInput::from_pairs([("default.observed", HOSTILE)]);
        let mut failed = Self::sample(&wrong);
        for section in &mut failed.sections {
            section.more_open = true;
        }
        let mut hostile = Self::sample(&hostile_input);
        hostile.banner = PatientBanner::sample_hostile();
        hostile.shell = hostile.shell.hostile();
        hostile.started_from = format!("{HOSTILE} {LONG_NAME}");
        for row in hostile.sections.iter_mut().flat_map(|section| &mut section.rows) {
            HOSTILE.clone_into(&mut row.note);
            HOSTILE.clone_into(&mut row.gives);
            row.caveats =
                vec![Caveat { kind: CaveatKind::Doubt, words: format!("{HOSTILE} {LONG_NAME}") }];
        }
        vec![
            ("empty", first()),
            ("typical", Self::sample(&FormInput::default())),
            ("wrong", failed),
            ("hostile", hostile),
        ]
    }
}

impl AssessmentPage {
    fn sample() -> Self {
        let fact = |fact: &str, value: &str, missing, mark: Option<Tag>| ReadFact {
            fact: fact.to_owned(),
            value: value.to_owned(),
            missing,
            mark,
            source: "Examination, observed 12-Jun-2026".to_owned(),
            recorded: "Dr R. Lindqvist, 12-Jun-2026 16:42".to_owned(),
        };
        Self {
            shell: Shell::sample("Assessment 3", Section::Cases).for_patient(),
            banner: PatientBanner::sample(),
            tabs: Tabs::sample(CaseTab::Assessment),
            number: "3".to_owned(),
            state: Tag::new(Tone::Ok, "Current").with_icon(),
            saved: "Saved 12-Jun-2026 16:42 by Dr R. Lindqvist, from assessment 2".to_owned(),
            links: vec![
                Link::new("Assessment 2", "/cases/NF-2026-0148/assessments/2"),
                Link::new("Make assessment 4", "/cases/NF-2026-0148/assessment"),
            ],
            sections: vec![
                ReadSection {
                    id: "function".to_owned(),
                    title: "Function".to_owned(),
                    facts: vec![
                        fact("KPS", "80 %", false, Some(Tag::new(Tone::Ok, "Confirmed"))),
                        fact(
                            "Frankel grade",
                            "D",
                            false,
                            Some(Tag::new(Tone::Info, "Changed, was E")),
                        ),
                        fact("Can they be removed?", "Unknown: indeterminate", true, None),
                    ],
                },
                ReadSection {
                    id: "lesion-T10".to_owned(),
                    title: "Lesion T10, index".to_owned(),
                    facts: vec![fact(
                        "ESCC",
                        "2, high grade",
                        false,
                        Some(Tag::new(Tone::Info, "New")),
                    )],
                },
            ],
            nothing: None,
            hash: "5be1c0a41f7d9e3b2a6855c7d0e4f1923b8a6c5d4e3f20110f9e8d7c6b5a0a77".to_owned(),
            evaluation: Some(Link::new(
                "Evaluation: Tokuhashi 9, Tomita 6, SINS 9 at T10",
                "/cases/NF-2026-0148/evaluations/3",
            )),
        }
    }
}

impl Page for AssessmentPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let empty = Self {
            sections: Vec::new(),
            nothing: Some(Empty::new("Nothing was recorded in this assessment.")),
            evaluation: None,
            state: Tag::new(Tone::Plain, "Replaced by assessment 4"),
            ..Self::sample()
        };
        let mut hostile =
            Self { shell: Shell::sample("A", Section::Cases).hostile(), ..Self::sample() };
        for fact in hostile.sections.iter_mut().flat_map(|section| &mut section.facts) {
            fact.value = format!("{HOSTILE} {LONG_NAME}");
        }
        vec![("empty", empty), ("typical", Self::sample()), ("hostile", hostile)]
    }
}
