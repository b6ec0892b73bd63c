//! Amending, voiding and discarding: each on its own page that says what will happen.

use askama::Template;

use super::super::form::{Choice, Control, FieldView, FormInput, FormView, SAMPLE_COMMAND};
use super::super::parts::Link;
use super::super::patient::{CaseTab, PatientBanner, Tabs};
use super::super::shell::{Section, Shell};
use super::super::{HOSTILE, Page};

/// Which act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActKind {
    /// Begin the draft of a new version of a signed decision.
    Amend,
    /// Ask for, or agree to, voiding a signed decision.
    Void,
    /// Throw a draft away.
    Discard,
}

impl ActKind {
    fn title(self) -> &'static str {
        match self {
            Self::Amend => "Amend this decision",
            Self::Void => "Void this decision",
            Self::Discard => "Discard this draft",
        }
    }

    /// Words of the button, named by the verb.
    fn button(self) -> &'static str {
        match self {
            Self::Amend => "Begin the new version",
            Self::Void => "Void the decision",
            Self::Discard => "Discard the draft",
        }
    }

    fn danger(self) -> bool {
        !matches!(self, Self::Amend)
    }
}

/// The page of one act.
#[derive(Debug, Template)]
#[template(path = "decision/act.html")]
pub struct DecisionActPage {
    /// Frame.
    pub shell: Shell,
    /// Who it is about.
    pub banner: PatientBanner,
    /// Tabs with Decision current.
    pub tabs: Tabs,
    /// Which act.
    pub kind: ActKind,
    /// The decision in one sentence.
    pub sentence: String,
    /// What will happen, who will know, whether it can be undone; one line each.
    pub consequences: Vec<String>,
    /// Where it stands: `Asked for by Dr P. Okafor, 17-Jun-2026 09:02. A second person must agree.`
    pub standing: Option<String>,
    /// Posts to `/amendment`, `/void` or `/discard`.
    pub form: FormView,
    /// Coded reason, words, and the password where the act is signed.
    pub fields: Vec<FieldView>,
    /// Back without doing anything.
    pub cancel: Link,
}

impl DecisionActPage {
    /// The fields of an act: `reason`, `words`, and `password` for voiding.
    #[must_use]
    pub fn fields(kind: ActKind, reasons: Vec<Choice>, input: &FormInput) -> Vec<FieldView> {
        let mut all = vec![Choice::new("", "Choose a reason")];
        all.extend(reasons);
        let reason = FieldView::select("reason", "Reason", all).filled(input);
        let words = FieldView::area("words", "In words").filled(input);
        let password = FieldView::new(Control::Password, "password", "Your password")
            .autocomplete("current-password")
            .filled(input);
        match kind {
            ActKind::Amend => vec![reason, words],
            ActKind::Void => vec![reason, words.optional(), password],
            ActKind::Discard => vec![words],
        }
    }

    fn sample(kind: ActKind, input: &FormInput) -> Self {
        let (verb, reasons, consequences) = match kind {
            ActKind::Amend => (
                "amendment",
                vec![
                    Choice::new("new_information", "New information"),
                    Choice::new("correction", "Correction"),
                ],
                vec![
                    "Version 1 holds until version 2 is signed.",
                    "Everybody who can read the case sees both versions.",
                ],
            ),
            ActKind::Void => (
                "void",
                vec![
                    Choice::new("entered_for_wrong_patient", "Entered for the wrong patient"),
                    Choice::new("test", "A test"),
                ],
                vec![
                    "Two persons must agree, one of them a chair.",
                    "The record stays and is marked void. It cannot be undone.",
                ],
            ),
            ActKind::Discard => (
                "discard",
                Vec::new(),
                vec![
                    "The draft goes. Nothing was signed, so no record is lost.",
                    "The log keeps that a draft was discarded, and why.",
                ],
            ),
        };
        Self {
            shell: Shell { problem: !input.problems.is_empty(), ..Shell::sample(kind.title(), Section::Cases).for_patient() },
            banner: PatientBanner::sample(),
            tabs: Tabs::sample(CaseTab::Decision),
            kind,
            sentence: "Separation surgery at T10 with fixation T9 to T11, then SBRT. Palliative, to keep walking.".to_owned(),
            consequences: consequences.into_iter().map(str::to_owned).collect(),
            standing: None,
            form: FormView::new(format!("/cases/NF-2026-0148/decision/{verb}"), SAMPLE_COMMAND, input).based_on("1"),
            fields: Self::fields(kind, reasons, input),
            cancel: Link::new("Cancel", "/cases/NF-2026-0148/decision"),
        }
    }
}

impl Page for DecisionActPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let empty = FormInput::default();
        let wrong =
            FormInput::from_pairs([("words", HOSTILE)]).with_problem("reason", "Choose a reason");
        vec![
            ("amend", Self::sample(ActKind::Amend, &empty)),
            (
                "void-second",
                Self {
                    standing: Some(
                        "Asked for by Dr P. Okafor, 17-Jun-2026 09:02. A second person must agree."
                            .to_owned(),
                    ),
                    ..Self::sample(ActKind::Void, &empty)
                },
            ),
            ("discard", Self::sample(ActKind::Discard, &empty)),
            ("wrong", Self { sentence: HOSTILE.to_owned(), ..Self::sample(ActKind::Void, &wrong) }),
        ]
    }
}
