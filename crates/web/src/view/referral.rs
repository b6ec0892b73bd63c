//! The referrals of a case: locked as sent, with amendments under them; closing and reopening the case.

use askama::Template;

use super::form::{Choice, FieldView, FormInput, FormView, SAMPLE_COMMAND};
use super::parts::{Empty, Tag, Tone};
use super::patient::{CaseTab, PatientBanner, Tabs};
use super::referrals::ReasonForm;
use super::shell::{Section, Shell};
use super::{HOSTILE, LONG_NAME, Page};

/// `/cases/{n}/referral`.
#[derive(Debug, Template)]
#[template(path = "referrals/case.html")]
pub struct CaseReferralPage {
    /// Frame.
    pub shell: Shell,
    /// The patient.
    pub banner: PatientBanner,
    /// Tabs of the case.
    pub tabs: Tabs,
    /// Referrals, the newest first.
    pub referrals: Vec<SentReferral>,
    /// What to say when there is none.
    pub empty: Empty,
    /// Posts to `/cases/{n}/referral/urgency`; fields `urgency`, `code`, `words` and `since`. There when the
    /// user may.
    pub urgency: Option<ReasonForm>,
    /// Posts to `/cases/{n}/referral/amendment`; fields `reason` and `text`. There when the user may.
    pub amend: Option<ReasonForm>,
    /// Posts to `/cases/{n}/closure` with `code`, or to `/cases/{n}/reopening` with `reason`. There when the user may.
    pub closure: Option<ClosureForm>,
}

/// A referral as it was sent.
#[derive(Debug, Clone)]
pub struct SentReferral {
    /// `Referral 1`.
    pub title: String,
    /// `accepted`.
    pub state: Tag,
    /// `U1 Emergency: cord compression`, as it stands.
    pub urgency: Tag,
    /// `MRI due Tue 16-Jun-2026 06:50, 22 h 18 min left`; empty where nothing is due any more.
    pub clock: String,
    /// `Sent 15-Jun-2026 07:20 by Dr A. Mensah, Westhaven, to Northfield`.
    pub sent: String,
    /// Sections: title, and label with value of each line.
    pub sections: Vec<(String, Vec<(String, String)>)>,
    /// Amendments and states after it was sent, oldest first.
    pub later: Vec<LaterNote>,
}

/// Something that happened to a referral after it was sent.
#[derive(Debug, Clone)]
pub struct LaterNote {
    /// `15-Jun-2026 08:44`.
    pub at: String,
    /// `M. Castellano`.
    pub by: String,
    /// `Accepted`, `Amended`, `Returned`, `Urgency U3 to U1`.
    pub what: String,
    /// Reason or words; empty where there are none.
    pub text: String,
}

/// Closing a case, or reopening it.
#[derive(Debug, Clone)]
pub struct ClosureForm {
    /// The case is closed: the form reopens it.
    pub reopens: bool,
    /// Where it posts, and its fields.
    pub form: ReasonForm,
    /// What stands in the way, such as an open agenda item; the form is shown all the same.
    pub obstacle: Option<String>,
}

impl ClosureForm {
    /// The form that closes: `codes` are the codes of a closure.
    pub fn close(
        number: &str,
        command_id: &str,
        base: &str,
        codes: Vec<Choice>,
        input: &FormInput,
    ) -> Self {
        let form =
            FormView::new(format!("/cases/{number}/closure"), command_id, input).based_on(base);
        let field = FieldView::select("code", "Why it is closed", codes).filled(input);
        Self {
            reopens: false,
            form: ReasonForm::new(form, vec![field]).prefixed("closure"),
            obstacle: None,
        }
    }

    /// The form that reopens.
    pub fn reopen(number: &str, command_id: &str, base: &str, input: &FormInput) -> Self {
        let form =
            FormView::new(format!("/cases/{number}/reopening"), command_id, input).based_on(base);
        let field = FieldView::text("reason", "Why it is reopened").filled(input);
        Self {
            reopens: true,
            form: ReasonForm::new(form, vec![field]).prefixed("closure"),
            obstacle: None,
        }
    }
}

impl CaseReferralPage {
    /// The form of an amendment, with what was typed.
    pub fn amendment(number: &str, command_id: &str, input: &FormInput) -> ReasonForm {
        let form = FormView::new(format!("/cases/{number}/referral/amendment"), command_id, input);
        let fields = vec![
            FieldView::area("text", "What is added or corrected").filled(input),
            FieldView::text("reason", "Why")
                .hint("The original stays as it was sent.")
                .filled(input),
        ];
        ReasonForm::new(form, fields)
    }

    /// The form that changes the urgency, with what was typed. `base` is the version of the urgency that
    /// the page shows; `classes` are those that the user may choose.
    pub fn urgency_change(
        number: &str,
        command_id: &str,
        base: &str,
        (classes, codes): (Vec<Choice>, Vec<Choice>),
        input: &FormInput,
    ) -> ReasonForm {
        let form = FormView::new(format!("/cases/{number}/referral/urgency"), command_id, input)
            .based_on(base);
        let fields = vec![
            FieldView::select("urgency", "New class", classes).filled(input),
            FieldView::select("code", "Why", codes).filled(input),
            FieldView::area("words", "In words")
                .hint("Needed for a lower class, and for another reason.")
                .filled(input),
            FieldView::figures("since", "Since when")
                .hint(
                    "Needed for a higher class: the first suspicion, for example today 06:50. The clock starts then.",
                )
                .filled(input),
        ];
        ReasonForm::new(form, fields).prefixed("urgency")
    }

    /// Problems of whichever form was sent.
    pub fn problems(&self) -> Option<&FormView> {
        self.urgency
            .iter()
            .chain(&self.amend)
            .chain(self.closure.iter().map(|closure| &closure.form))
            .map(|one| &one.form)
            .find(|form| !form.summary.is_empty())
    }
}

fn sample_referral(words: &str) -> SentReferral {
    let line = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    SentReferral {
        title: "Referral 1".to_owned(),
        state: Tag::new(Tone::Ok, "Accepted").with_icon(),
        urgency: Tag::new(Tone::Crit, "U1 Emergency: cord compression").with_icon(),
        clock: "Plan due Wed 10-Jun-2026 06:50, 22 h 18 min left".to_owned(),
        sent: "Sent 09-Jun-2026 09:14 by Dr R. Lindqvist, Eastmoor, to Northfield".to_owned(),
        sections: vec![
            (
                "Urgency".to_owned(),
                vec![
                    line("Class", "U1 Emergency"),
                    line("First suspected", "09-Jun-2026 06:50"),
                    line("Who took the call", words),
                ],
            ),
            (
                "Question".to_owned(),
                vec![line("To the meeting", words), line("Kind", "Combined plan")],
            ),
            (
                "Spine".to_owned(),
                vec![line("Levels", "T6, T10 (index), L2"), line("Whole spine imaged", "MRI")],
            ),
        ],
        later: vec![
            LaterNote {
                at: "09-Jun-2026 09:31".to_owned(),
                by: "M. Castellano".to_owned(),
                what: "Accepted".to_owned(),
                text: String::new(),
            },
            LaterNote {
                at: "09-Jun-2026 10:40".to_owned(),
                by: "M. Castellano".to_owned(),
                what: "Urgency U3 to U1".to_owned(),
                text: "New or worse symptom or sign".to_owned(),
            },
            LaterNote {
                at: "10-Jun-2026 11:02".to_owned(),
                by: "M. Castellano".to_owned(),
                what: "Amended".to_owned(),
                text: words.to_owned(),
            },
        ],
    }
}

impl Page for CaseReferralPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let codes = || {
            vec![Choice::new("treated", "Treatment finished"), Choice::new("died", "Patient died")]
        };
        let number = "NF-2026-0148";
        let page = |input: &FormInput| Self {
            shell: Shell {
                problem: !input.problems.is_empty(),
                ..Shell::sample("Case NF-2026-0148, referral", Section::Cases).for_patient()
            },
            banner: PatientBanner::sample(),
            tabs: Tabs::sample(CaseTab::Referral),
            referrals: vec![sample_referral(
                "Is decompression and fixation appropriate before SBRT?",
            )],
            empty: Empty::new("This case has no referral."),
            urgency: Some(Self::urgency_change(
                number,
                SAMPLE_COMMAND,
                "2",
                (
                    vec![Choice::new("", "Choose a class"), Choice::new("U2", "U2 Urgent")],
                    vec![Choice::new("", "Choose a reason"), Choice::new("imaging", "Imaging")],
                ),
                &FormInput::default(),
            )),
            amend: Some(Self::amendment(number, SAMPLE_COMMAND, input)),
            closure: Some(ClosureForm::close(
                number,
                SAMPLE_COMMAND,
                "4",
                codes(),
                &FormInput::default(),
            )),
        };
        let wrong =
            FormInput::from_pairs([("text", "CT arrived")]).with_problem("reason", "Say why");
        let mut closed = page(&FormInput::default());
        closed.banner = PatientBanner::sample_died();
        closed.amend = None;
        closed.urgency = None;
        closed.closure =
            Some(ClosureForm::reopen(number, SAMPLE_COMMAND, "5", &FormInput::default()));
        let mut hostile = page(&FormInput::from_pairs([("text", HOSTILE)]));
        hostile.banner = PatientBanner::sample_hostile();
        hostile.referrals = vec![
            SentReferral { title: "Referral 2".to_owned(), ..sample_referral(HOSTILE) },
            sample_referral(LONG_NAME),
        ];
        if let Some(closure) = &mut hostile.closure {
            closure.obstacle = Some(HOSTILE.to_owned());
        }
        vec![
            (
                "empty",
                Self {
                    referrals: Vec::new(),
                    urgency: None,
                    amend: None,
                    closure: None,
                    ..page(&FormInput::default())
                },
            ),
            ("full", page(&FormInput::default())),
            ("closed", closed),
            ("wrong", page(&wrong)),
            ("hostile", hostile),
        ]
    }
}
