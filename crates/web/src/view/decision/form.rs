//! The page that records a decision, in its three stages before it is signed.

use askama::Template;

use super::super::case::Advice;
use super::super::form::{Choice, Control, FieldView, FormInput, FormView, SAMPLE_COMMAND};
use super::super::parts::{Empty, Link};
use super::super::patient::{CaseTab, PatientBanner, Tabs};
use super::super::score::samples;
use super::super::shell::{Section, Shell};
use super::super::{HOSTILE, LONG_NAME, Page};
use super::fields::{DecisionFields, Lists, Rows};
use super::show::{PlanLine, SignedAgreement};

/// `/cases/{n}/decision` while nothing is signed, or while a new version is drafted.
#[derive(Debug, Template)]
#[template(path = "decision/form.html")]
pub struct DecisionFormPage {
    /// Frame.
    pub shell: Shell,
    /// Who it is about.
    pub banner: PatientBanner,
    /// Tabs with Decision current.
    pub tabs: Tabs,
    /// Posts to `/cases/{n}/decision`; `base` is the draft's version, `draft` the address that buttons
    /// which add or remove a row post to (field `then`: `add-plan`, `remove-plan-0`, `add-action`, `add-dissent`).
    pub form: FormView,
    /// `draft, version 1`
    pub state: String,
    /// `Northfield spinal metastases MDT, Tue 16-Jun-2026, case 3 of 7. Scribe S. Whelan.`
    pub context: String,
    /// Back to the agenda, discard the draft.
    pub links: Vec<Link>,
    /// `Amends version 1, new information. Version 1 holds until version 2 is signed.`
    pub amends: Option<String>,
    /// The facts changed after the draft was begun.
    pub facts_changed: Option<FactsChanged>,
    /// The evaluation that the form was made for, posted as `evaluation`.
    pub evaluation: String,
    /// Outcome, plan, actions, wish, dissent.
    pub fields: DecisionFields,
    /// What each advising score says, and whether the decision follows it.
    pub agreements: Vec<AgreementRow>,
    /// Assessment and evaluation that the decision rests on.
    pub rests_on: Vec<Link>,
    /// How far the decision is.
    pub stage: Stage,
    /// `T9 is planned, but no lesion is marked there.` Said in every stage; it blocks nothing.
    pub unmarked: Option<String>,
    /// May save, and nothing is read back: then the form is shown; else only what is recorded.
    pub editable: bool,
    /// What was read back, for as long as it is not opened to be changed.
    pub standing: Option<StandingDraft>,
}

/// A draft that was read back or confirmed: read only, so that what stands beside the signature is what
/// is signed.
#[derive(Debug, Clone)]
pub struct StandingDraft {
    /// `The facts changed since it was read back. …`; then it can be neither confirmed nor signed.
    pub changed: Option<(String, Link)>,
    /// What each score advised, and whether the decision follows it.
    pub agreements: Vec<SignedAgreement>,
    /// Steps of the plan.
    pub plan: Vec<PlanLine>,
    /// Outcome, wishes, dissent: label and words.
    pub record: Vec<(String, String)>,
    /// Action, owner, due.
    pub actions: Vec<[String; 3]>,
    /// Opens the form again; none for who may not record.
    pub change: Option<Link>,
}

/// The facts are not those that the draft was begun with.
#[derive(Debug, Clone)]
pub struct FactsChanged {
    /// `Assessment 4 was saved at 07:52 by Dr S. Bhatt: ESCC at T10 1c instead of 2.`
    pub text: String,
    /// What changed.
    pub link: Link,
    /// Why the decision stands on the earlier facts: field `facts_accepted`.
    pub reason: FieldView,
}

/// One advising score and the chair's statement.
#[derive(Debug, Clone)]
pub struct AgreementRow {
    /// Element id: the rule set's.
    pub id: String,
    /// What the score advises, as on the overview.
    pub advice: Advice,
    /// Radio buttons: field `agreement.<rule set>.value`.
    pub agreement: FieldView,
    /// Reason code: field `agreement.<rule set>.reason`.
    pub reason: FieldView,
    /// Words: field `agreement.<rule set>.words`.
    pub words: FieldView,
    /// What it advised when the agreement was stated, where that is something else.
    pub before: Option<EarlierAdvice>,
}

/// What a score advised on earlier facts: the agreement was stated against that.
#[derive(Debug, Clone)]
pub struct EarlierAdvice {
    /// `9 / 15`
    pub result: String,
    /// The printed strategy; with several bands, one line each.
    pub strategies: Vec<String>,
    /// `Follows`, with the reason and the words; empty where nothing was stated.
    pub stated: String,
}

/// How far a decision is before it is signed.
#[derive(Debug, Clone)]
pub enum Stage {
    /// Being recorded.
    Draft {
        /// Address that saves and reads back: `/cases/{n}/decision/read-back`.
        read_back: String,
        /// What the outcome still needs: address within the page, and words.
        missing: Vec<Link>,
        /// It was read back already: what saving does to that.
        undoes: Option<String>,
    },
    /// The sentence stands and waits to be confirmed.
    ReadBack {
        /// Built from the codes.
        sentence: String,
        /// `Read back 08:30:52 by S. Whelan`
        by: String,
        /// SHA-256 of it, posted as `sentence`: what is confirmed is what was shown.
        hash: String,
        /// Posts to `/confirmation`; none for who may not.
        confirm: Option<Box<FormView>>,
        /// Nobody but the reader has looked at it: `You recorded it and read it back yourself. …`
        alone: Option<String>,
        /// `Dr P. Okafor, the nominated clinician, confirms.`
        who_may: String,
    },
    /// Confirmed, waits for the signature.
    Confirmed {
        /// Built from the codes.
        sentence: String,
        /// `Confirmed by Dr P. Okafor, 08:30:52`
        by: String,
        /// Signing; none for who may not.
        sign: Option<Box<SignForm>>,
        /// Nobody but the reader has looked at it.
        alone: Option<String>,
        /// `The chair of the meeting signs.`
        who_may: String,
    },
}

/// Password again, and what the signature means.
#[derive(Debug, Clone)]
pub struct SignForm {
    /// Posts to `/cases/{n}/decision/signature`.
    pub form: FormView,
    /// Field `password`, never echoed.
    pub password: FieldView,
    /// `approved as chair`
    pub meaning: String,
    /// `Sign as chair`
    pub button: String,
}

impl SignForm {
    /// The signing form with the problem of the last attempt, if any.
    #[must_use]
    pub fn new(form: FormView, meaning: &str, button: &str, input: &FormInput) -> Self {
        Self {
            form,
            password: FieldView::new(Control::Password, "password", "Your password")
                .autocomplete("current-password")
                .filled(input),
            meaning: meaning.to_owned(),
            button: button.to_owned(),
        }
    }
}

/// No decision yet, for somebody who may not record one.
#[derive(Debug, Template)]
#[template(path = "decision/none.html")]
pub struct NoDecisionPage {
    /// Frame.
    pub shell: Shell,
    /// Who it is about.
    pub banner: PatientBanner,
    /// Tabs with Decision current.
    pub tabs: Tabs,
    /// `No decision yet. The case is on the agenda of Tue 16-Jun-2026.`
    pub nothing: Empty,
}

impl Page for NoDecisionPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |text: &str, banner| Self {
            shell: Shell::sample("Decision", Section::Cases).for_patient(),
            banner,
            tabs: Tabs::sample(CaseTab::Decision),
            nothing: Empty::new(text),
        };
        vec![
            (
                "typical",
                page(
                    "No decision yet. The case is on the agenda of Tue 16-Jun-2026.",
                    PatientBanner::sample(),
                ),
            ),
            ("hostile", page(HOSTILE, PatientBanner::sample_hostile())),
        ]
    }
}

fn choices(list: &[(&str, &str)]) -> Vec<Choice> {
    list.iter().map(|(code, label)| Choice::new(*code, *label)).collect()
}

fn sample_lists() -> Lists {
    Lists {
        outcomes: choices(&[
            ("treatment_plan", "Treatment plan agreed"),
            ("further_investigation", "Investigate first"),
            ("defer", "Deferred"),
            ("watch", "Watch and wait"),
        ]),
        modalities: choices(&[("surg_separation", "Separation surgery"), ("sbrt", "SBRT")]),
        intents: choices(&[("palliative", "Palliative"), ("curative", "Curative")]),
        priorities: choices(&[
            ("immediate", "Immediate, within 24 hours"),
            ("urgent", "Urgent, within 7 days"),
        ]),
        clinicians: choices(&[
            ("okafor", "Dr P. Okafor, spinal surgery"),
            ("serrano", "Dr E. Serrano, medical oncology"),
        ]),
        owners: choices(&[("whelan", "S. Whelan")]),
        positions: choices(&[
            ("against", "Against"),
            ("prefers_alternative", "Prefers another plan"),
        ]),
        defer_reasons: choices(&[("histology_pending", "Histology pending")]),
        ..Lists::default()
    }
}

impl AgreementRow {
    /// The chair's statement about one advising score: `stated` are the values, `reasons` the codes of
    /// `reason_depart`.
    #[must_use]
    pub fn new(
        rule_set: &str,
        advice: Advice,
        stated: Vec<Choice>,
        reasons: Vec<Choice>,
        input: &FormInput,
    ) -> Self {
        let name = format!("agreement.{rule_set}");
        let mut reason_choices = vec![Choice::new("", "Choose a reason")];
        reason_choices.extend(reasons);
        Self {
            id: rule_set.to_owned(),
            agreement: FieldView::radio(
                &format!("{name}.value"),
                &format!("Does the decision follow {}?", advice.title),
                stated,
            )
            .filled(input),
            reason: FieldView::select(&format!("{name}.reason"), "Coded reason", reason_choices)
                .hint("Needed for partly and departs.")
                .filled(input),
            words: FieldView::area(&format!("{name}.words"), "In words").filled(input),
            before: None,
            advice,
        }
    }
}

impl AgreementRow {
    /// What a summary of problems calls its fields: `Tokuhashi 2005, in words`.
    pub fn labels(&self) -> Vec<(String, String)> {
        let title = &self.advice.title;
        let plain = (self.agreement.name.clone(), title.clone());
        let parts = [&self.reason, &self.words];
        let parts = parts
            .map(|part| (part.name.clone(), format!("{title}, {}", part.label.to_lowercase())));
        std::iter::once(plain).chain(parts).collect()
    }
}

impl DecisionFormPage {
    fn sample(input: &FormInput, stage: Stage) -> Self {
        let lists = sample_lists();
        let reasons =
            || choices(&[("instability", "Instability decides"), ("other", "Other, in words")]);
        let stated =
            || choices(&[("follows", "Follows"), ("partly", "Partly"), ("departs", "Departs")]);
        let agreements = ["tokuhashi-2005", "tomita-2001"]
            .into_iter()
            .zip(samples::advice())
            .map(|(id, advice)| AgreementRow::new(id, advice, stated(), reasons(), input))
            .collect();
        let shell = Shell::sample("Decision, draft, version 1", Section::Cases).for_patient();
        Self {
            shell: Shell { problem: !input.problems.is_empty(), ..shell },
            banner: PatientBanner::sample(),
            tabs: Tabs::sample(CaseTab::Decision),
            form: FormView::new("/cases/NF-2026-0148/decision", SAMPLE_COMMAND, input)
                .based_on("1")
                .drafted("/drafts/decision/NF-2026-0148", Some("Draft saved 08:30:47 by S. Whelan, scribe".to_owned())),
            state: "draft, version 1".to_owned(),
            context: "Northfield spinal metastases MDT, Tue 16-Jun-2026 08:00, case 3 of 7. Scribe S. Whelan.".to_owned(),
            links: vec![
                Link::new("Agenda", "/meetings/019e8f3a"),
                Link::new("Discard draft", "/cases/NF-2026-0148/decision/discard"),
            ],
            amends: None,
            facts_changed: None,
            evaluation: SAMPLE_COMMAND.to_owned(),
            fields: DecisionFields::new(&lists, Rows::of(input), input),
            agreements,
            rests_on: vec![
                Link::new("Assessment 3", "/cases/NF-2026-0148/assessments/3"),
                Link::new("Evaluation under core-scores v1", "/cases/NF-2026-0148/evaluations/3"),
            ],
            editable: matches!(stage, Stage::Draft { .. }),
            standing: None,
            stage,
            unmarked: None,
        }
    }

    fn draft() -> Stage {
        Stage::Draft {
            read_back: "/cases/NF-2026-0148/decision/read-back".to_owned(),
            missing: vec![Link::new(
                "Say whether it follows Tomita",
                "#agreement-tomita-2001-value",
            )],
            undoes: None,
        }
    }

    fn changing() -> Stage {
        Stage::Draft {
            read_back: "/cases/NF-2026-0148/decision/read-back".to_owned(),
            missing: Vec::new(),
            undoes: Some(
                "It is confirmed as it stands. Saving takes it back to the draft, to be read back and \
                 confirmed again."
                    .to_owned(),
            ),
        }
    }

    fn sample_advice_changed(input: &FormInput) -> Self {
        let mut page = Self::sample(input, Self::draft());
        if let Some(row) = page.agreements.first_mut() {
            row.before = Some(EarlierAdvice {
                result: "12 / 15".to_owned(),
                strategies: vec!["Excisional surgery".to_owned()],
                stated: "Follows".to_owned(),
            });
        }
        page
    }
}

impl StandingDraft {
    fn sample() -> Self {
        Self {
            changed: Some((
                "Assessment 4 was saved 16-Jun-2026 07:52 by S. Bhatt.".to_owned(),
                Link::new("Assessment 4", "/cases/NF-2026-0148/assessments/4"),
            )),
            agreements: SignedAgreement::samples(),
            plan: PlanLine::samples(),
            record: vec![("Outcome".to_owned(), "Treatment plan agreed".to_owned())],
            actions: vec![["Book theatre", "S. Whelan", "17-Jun-2026"].map(str::to_owned)],
            change: Some(Link::new("Change the draft", "/cases/NF-2026-0148/decision?change=yes")),
        }
    }
}

const SENTENCE: &str = "Margaret Ashworth, born 12 March 1962. Separation surgery at T10 with fixation T9 to T11 by Dr Okafor by \
    18 June, then SBRT; palliative intent. This follows revised Tokuhashi and, in part, Tomita, because instability decides. \
    Dr Serrano dissents.";

impl Page for DecisionFormPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let typed = FormInput::from_pairs([
            ("outcome_kind", "treatment_plan"),
            ("agreement.tokuhashi-2005.value", "follows"),
            ("agreement.tomita-2001.value", "partly"),
            ("agreement.tomita-2001.reason", "instability"),
            ("plan.0.modality", "surg_separation"),
            ("plan.0.intent", "palliative"),
            ("plan.0.levels", "T10"),
            ("plan.1.modality", "sbrt"),
            ("plan.0.responsible", "okafor"),
            ("dissent.0.person", "serrano"),
        ]);
        let wrong = typed.clone().with_problem(
            "agreement.tomita-2001.words",
            "Say in words why the decision departs in part",
        );
        let post = |action: &str| {
            FormView::new(action, SAMPLE_COMMAND, &FormInput::default()).based_on("2")
        };
        let read_back = Stage::ReadBack {
            sentence: SENTENCE.to_owned(),
            by: "Read back 08:30:52 by S. Whelan".to_owned(),
            hash: "b7e041aa93cd5e7f10293847566574839201a1b2c3d4e5f60718293a4b5c0f6e".to_owned(),
            confirm: Some(Box::new(post("/cases/NF-2026-0148/decision/confirmation"))),
            alone: Some(
                "You recorded it and read it back yourself: nobody else has checked it.".to_owned(),
            ),
            who_may: "Dr P. Okafor, the nominated clinician, confirms.".to_owned(),
        };
        let confirmed = |input: &FormInput| Stage::Confirmed {
            sentence: SENTENCE.to_owned(),
            by: "Confirmed by Dr P. Okafor, 08:30:58".to_owned(),
            sign: Some(Box::new(SignForm::new(
                FormView::new("/cases/NF-2026-0148/decision/signature", SAMPLE_COMMAND, input)
                    .based_on("3"),
                "approved as chair",
                "Sign as chair",
                input,
            ))),
            alone: None,
            who_may: "The chair of the meeting signs.".to_owned(),
        };
        let unmarked = Some("T9 and T11 are planned, but no lesion is marked there.".to_owned());
        let changed = FactsChanged {
            text: "Assessment 4 was saved at 07:52 by S. Bhatt: ESCC at T10 is 1c instead of 2."
                .to_owned(),
            link: Link::new("Assessment 4", "/cases/NF-2026-0148/assessments/4"),
            reason: FieldView::text("facts_accepted", "Why the decision stands on assessment 3")
                .optional(),
        };
        let hostile = FormInput::from_pairs([
            ("patient_preference", HOSTILE),
            ("plan.0.levels", LONG_NAME),
            ("dissent.0.reason", HOSTILE),
        ]);
        let hostile_stage = Stage::ReadBack {
            sentence: format!("{HOSTILE} {LONG_NAME}"),
            by: HOSTILE.to_owned(),
            hash: String::new(),
            confirm: None,
            alone: Some(HOSTILE.to_owned()),
            who_may: HOSTILE.to_owned(),
        };
        vec![
            ("empty", Self::sample(&FormInput::default(), Self::draft())),
            ("typical", Self::sample(&typed, Self::draft())),
            ("wrong", Self::sample(&wrong, Self::draft())),
            ("read-back", Self {
                    standing: Some(StandingDraft::sample()),
                    unmarked: unmarked.clone(),
                    ..Self::sample(&typed, read_back)
                }),
            (
                "confirmed",
                Self {
                    unmarked,
                    standing: Some(StandingDraft { changed: None, ..StandingDraft::sample() }),
                    ..Self::sample(&typed, confirmed(&FormInput::default()))
                },
            ),
            ("changing", Self::sample(&typed, Self::changing())),
            (
                "amending",
                Self {
                    amends: Some("Amends version 1: new information. Version 1 holds until version 2 is signed.".to_owned()),
                    facts_changed: Some(changed),
                    ..Self::sample_advice_changed(&typed)
                },
            ),
            ("reader", Self { editable: false, ..Self::sample(&typed, hostile_stage.clone()) }),
            (
                "hostile",
                Self {
                    banner: PatientBanner::sample_hostile(),
                    editable: true,
                    ..Self::sample(&hostile, hostile_stage)
                },
            ),
        ]
    }
}
