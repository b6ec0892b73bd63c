//! Lesions of a case: the list with the marking form, and one lesion's part of the assessment.

use askama::Template;

use super::assessment::ReadFact;
use super::fact::{LesionSection, samples};
use super::form::{FieldView, FormInput, FormView, SAMPLE_COMMAND};
use super::parts::{Empty, Link, Tag, Tone};
use super::patient::{CaseTab, PatientBanner, Tabs};
use super::score::{ScoreCard, samples as scores};
use super::shell::{Section, Shell};
use super::spine::{LevelPicker, Spine};
use super::{HOSTILE, LONG_NAME, Page};

/// `/cases/{n}/lesions`.
#[derive(Debug, Template)]
#[template(path = "lesion/list.html")]
pub struct LesionsPage {
    /// Frame.
    pub shell: Shell,
    /// Who it is about.
    pub banner: PatientBanner,
    /// Tabs with Lesions current.
    pub tabs: Tabs,
    /// The drawing.
    pub spine: Spine,
    /// One row a lesion, from the skull down.
    pub rows: Vec<LesionRow>,
    /// Shown while there is none.
    pub nothing: Option<Empty>,
    /// `3 vertebrae, list complete, not contiguous`
    pub count: String,
    /// Marking of levels; none for a reader.
    pub mark: Option<MarkForm>,
}

/// One lesion in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LesionRow {
    /// `T10`
    pub level: String,
    /// `/cases/{n}/lesions/T10`
    pub href: String,
    /// The index lesion.
    pub index: bool,
    /// `Lytic`
    pub bone: String,
    /// `2, high grade`
    pub escc: String,
    /// `9 / 18`
    pub sins: String,
    /// Bands that are possible.
    pub bands: Vec<Tag>,
    /// `Metastasis, probable`
    pub status: String,
    /// `12-Jun-2026, Dr R. Lindqvist`
    pub recorded: String,
}

/// The levels as checkboxes, with the reason that leaving one out needs.
#[derive(Debug, Clone)]
pub struct MarkForm {
    /// Posts to `/cases/{n}/assessments`: ticking makes the next assessment.
    pub form: FormView,
    /// The boxes: field `level`.
    pub levels: LevelPicker,
    /// What is wrong with the levels.
    pub levels_error: Option<String>,
    /// Index lesion: field `case.index-lesion`.
    pub index: FieldView,
    /// Whether the list holds every known lesion: field `case.lesion-list-complete`.
    pub complete: FieldView,
    /// Why a level is left out: field `removal-reason`.
    pub reason: FieldView,
}

/// `/cases/{n}/lesions/{level}`: one lesion's facts and its SINS.
#[derive(Debug, Template)]
#[template(path = "lesion/show.html")]
pub struct LesionPage {
    /// Frame.
    pub shell: Shell,
    /// Who it is about.
    pub banner: PatientBanner,
    /// Tabs with Lesions current.
    pub tabs: Tabs,
    /// `Lesion at T10, index`; `Add a lesion at T4` where there is none.
    pub heading: String,
    /// Posts to `/cases/{n}/assessments`: a slice of the facts.
    pub form: FormView,
    /// The facts.
    pub lesion: LesionSection,
    /// Source for all facts of this form.
    pub source: FieldView,
    /// Date of observation for all facts of this form.
    pub observed: FieldView,
    /// `Save lesion`, `Add lesion`.
    pub save: String,
    /// May save; otherwise the page only shows.
    pub editable: bool,
    /// There is no lesion yet: saving makes one.
    pub adds: bool,
    /// The recorded facts, for a reader who may not save.
    pub recorded: Vec<ReadFact>,
    /// SINS of the level; none before the first assessment of the level.
    pub sins: Option<ScoreCard>,
    /// High-grade compression: the next step, in the page flow.
    pub next_step: Option<String>,
    /// The lesions above and below.
    pub neighbours: Vec<Link>,
    /// List of lesions.
    pub back: Link,
}

impl MarkForm {
    /// The marking form, filled from what was typed or from the levels that are marked.
    #[must_use]
    pub fn new(
        form: FormView,
        marked: &[&str],
        index: FieldView,
        complete: FieldView,
        input: &FormInput,
    ) -> Self {
        Self {
            form,
            levels: LevelPicker::new("level", marked),
            levels_error: input.problem("level").map(str::to_owned),
            index,
            complete,
            reason: FieldView::text("removal-reason", "Why a level is left out")
                .hint("Needed only if you untick a level that is marked.")
                .optional()
                .filled(input),
        }
    }

    fn sample(input: &FormInput) -> Self {
        use super::form::Choice;
        let form =
            FormView::new("/cases/NF-2026-0148/assessments", SAMPLE_COMMAND, input).based_on("3");
        let levels = ["T6", "T10", "L2"];
        let index = FieldView::select(
            "case.index-lesion",
            "Index lesion",
            levels
                .map(|level| Choice { chosen: level == "T10", ..Choice::new(level, level) })
                .to_vec(),
        );
        let complete = FieldView::radio(
            "case.lesion-list-complete",
            "Does this list hold every known lesion of the spine?",
            vec![Choice::new("true", "Yes"), Choice::new("false", "No")],
        );
        Self::new(form, &levels, index, complete, input)
    }
}

impl LesionsPage {
    fn sample(input: &FormInput) -> Self {
        let row =
            |level: &str, index, bone: &str, escc: &str, sins: &str, bands: Vec<Tag>| LesionRow {
                level: level.to_owned(),
                href: format!("/cases/NF-2026-0148/lesions/{level}"),
                index,
                bone: bone.to_owned(),
                escc: escc.to_owned(),
                sins: sins.to_owned(),
                bands,
                status: "Metastasis, probable".to_owned(),
                recorded: "12-Jun-2026, Dr R. Lindqvist".to_owned(),
            };
        let stable = || Tag::new(Tone::Ok, "Stable");
        let open = || Tag::new(Tone::Warn, "Potentially unstable");
        Self {
            shell: Shell::sample("Lesions", Section::Cases).for_patient(),
            banner: PatientBanner::sample(),
            tabs: Tabs::sample(CaseTab::Lesions),
            spine: scores::spine(),
            rows: vec![
                row("T6", false, "Blastic", "0", "1 / 18", vec![stable()]),
                row("T10", true, "Lytic", "2, high grade", "9 / 18", vec![open()]),
                row("L2", false, "Mixed", "0", "6 to 10 or 12 / 18", vec![stable(), open()]),
            ],
            nothing: None,
            count: "3 vertebrae. The list is complete; the levels are not contiguous.".to_owned(),
            mark: Some(MarkForm::sample(input)),
        }
    }
}

impl Page for LesionsPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let typical = || Self::sample(&FormInput::default());
        let wrong = FormInput::default().with_problem("removal-reason", "Say why T6 is left out");
        let mut hostile = typical();
        hostile.shell = hostile.shell.hostile();
        hostile.banner = PatientBanner::sample_hostile();
        for row in &mut hostile.rows {
            HOSTILE.clone_into(&mut row.status);
            LONG_NAME.clone_into(&mut row.recorded);
        }
        vec![
            (
                "empty",
                Self {
                    spine: scores::bare_spine(),
                    rows: Vec::new(),
                    nothing: Some(Empty::with_link(
                        "No lesion recorded.",
                        Link::new("Mark the levels", "#mark"),
                    )),
                    count: String::new(),
                    ..typical()
                },
            ),
            ("typical", typical()),
            (
                "wrong",
                Self {
                    shell: Shell::sample("Lesions", Section::Cases).with_problem(),
                    ..Self::sample(&wrong)
                },
            ),
            ("reader", Self { mark: None, ..typical() }),
            ("hostile", hostile),
        ]
    }
}

impl LesionPage {
    fn sample(input: &FormInput) -> Self {
        let (source, observed) = super::assessment::AssessmentFormPage::fields(input);
        let shell = Shell::sample("Lesion T10", Section::Cases).for_patient();
        Self {
            shell: Shell { problem: !input.problems.is_empty(), ..shell },
            banner: PatientBanner::sample(),
            tabs: Tabs::sample(CaseTab::Lesions),
            heading: "Lesion at T10, index".to_owned(),
            form: FormView::new("/cases/NF-2026-0148/assessments", SAMPLE_COMMAND, input)
                .based_on("3")
                ,
            lesion: samples::lesion("T10", "Facts of T10", None),
            source,
            observed,
            save: "Save lesion".to_owned(),
            editable: true,
            adds: false,
            recorded: Vec::new(),
            sins: Some(scores::sins("T10", true)),
            next_step: Some(
                "High-grade compression: tell the on-call spinal surgeon now. Do not wait for the meeting.".to_owned(),
            ),
            neighbours: vec![
                Link::new("T6", "/cases/NF-2026-0148/lesions/T6"),
                Link::new("L2", "/cases/NF-2026-0148/lesions/L2"),
            ],
            back: Link::new("Lesions", "/cases/NF-2026-0148/lesions"),
        }
    }
}

impl Page for LesionPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let typical = || Self::sample(&FormInput::default());
        let wrong = FormInput::default().with_problem(
            "lesion.T10.sins-collapse",
            "Choose how much of the vertebral body has collapsed",
        );
        let mut failed = Self::sample(&wrong);
        for row in &mut failed.lesion.facts.rows {
            row.error = wrong.problem(&row.field).map(str::to_owned);
        }
        let new = Self {
            heading: "Add a lesion at T4".to_owned(),
            save: "Add lesion".to_owned(),
            adds: true,
            sins: None,
            next_step: None,
            neighbours: Vec::new(),
            ..typical()
        };
        let mut hostile =
            Self { heading: HOSTILE.to_owned(), sins: Some(scores::hostile()), ..typical() };
        hostile.lesion.facts.title = format!("{HOSTILE} {LONG_NAME}");
        hostile.next_step = Some(HOSTILE.to_owned());
        vec![
            ("new", new),
            ("typical", typical()),
            ("wrong", failed),
            (
                "reader",
                Self {
                    editable: false,
                    recorded: vec![ReadFact {
                        fact: "ESCC".to_owned(),
                        value: "1c".to_owned(),
                        missing: false,
                        mark: None,
                        source: "Report, observed 12-Jun-2026".to_owned(),
                        recorded: "S. Bhatt, 12-Jun-2026 16:42".to_owned(),
                    }],
                    ..typical()
                },
            ),
            ("hostile", hostile),
        ]
    }
}
