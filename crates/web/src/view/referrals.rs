//! The inbox of referrals, most urgent first, and what can be answered to one.

use askama::Template;

use super::form::{Choice, FieldView, FormInput, FormView, SAMPLE_COMMAND};
use super::parts::{Empty, Icon, Link, Pager, Tag, Tone};
use super::patient::{Tab, Tabs};
use super::shell::{Section, Shell};
use super::{HOSTILE, LONG_NAME, Page};

/// `/referrals`.
#[derive(Debug, Template)]
#[template(path = "referrals/list.html")]
pub struct ReferralsPage {
    /// Frame.
    pub shell: Shell,
    /// `Mon 15-Jun-2026 08:41. Oldest untriaged 2 d 23 h. Most urgent first.`
    pub subtitle: String,
    /// The user may send a referral.
    pub may_refer: bool,
    /// Lists by state: to triage, accepted, returned, redirected, withdrawn.
    pub lists: Tabs,
    /// The most urgent one, said above the table.
    pub emergency: Option<Emergency>,
    /// Rows, most urgent first.
    pub rows: Vec<ReferralRow>,
    /// Range and way through.
    pub pager: Pager,
    /// What to say when there is none.
    pub empty: Empty,
    /// The referral that is being answered: `?open={id}`.
    pub triage: Option<Triage>,
}

/// An emergency: never only a line in a list.
#[derive(Debug, Clone)]
pub struct Emergency {
    /// `KOWALCZYK, Piotr: suspected cord compression since 06:50 today.`
    pub headline: String,
    /// `1 h 51 min gone, MRI due in 22 h 9 min.` and whom to call.
    pub text: String,
}

/// One referral.
#[derive(Debug, Clone)]
pub struct ReferralRow {
    /// `KOWALCZYK, Piotr`.
    pub name: String,
    /// `03-Aug-1971 · NHS No. 999 174 5521`.
    pub identity: String,
    /// Address of the case's referral page.
    pub href: String,
    /// Icon of the class.
    pub icon: Icon,
    /// `U1 Emergency`.
    pub urgency: String,
    /// `cord compression; MRI due Tue 16-Jun 06:50`.
    pub clock: String,
    /// `Answers demand U1`, where the class is lower than that.
    pub demanded: Option<String>,
    /// `Westhaven, emergency`.
    pub from: String,
    /// `15-Jun 07:20`.
    pub received: String,
    /// The question to the meeting.
    pub question: String,
    /// State, where the list is of more than one.
    pub state: Option<Tag>,
    /// Leads to this page with the referral open, where the user may answer.
    pub answer: Option<String>,
    /// This is the one that is open.
    pub open: bool,
}

/// What can be answered to the open referral. Each form is there when the user may.
#[derive(Debug, Clone)]
pub struct Triage {
    /// `NAKAMURA, Keiko`.
    pub name: String,
    /// Address of the case's referral page.
    pub href: String,
    /// Label and value of what matters for the answer.
    pub summary: Vec<(String, String)>,
    /// Posts to `/referrals/{id}/acceptance`.
    pub accept: Option<FormView>,
    /// Posts to `/referrals/{id}/return`; field `reason`.
    pub give_back: Option<ReasonForm>,
    /// Posts to `/referrals/{id}/redirection`; fields `site` and `reason`.
    pub redirect: Option<ReasonForm>,
    /// Posts to `/referrals/{id}/withdrawal`; field `reason`.
    pub withdraw: Option<ReasonForm>,
}

/// A form with a reason and perhaps more fields.
#[derive(Debug, Clone)]
pub struct ReasonForm {
    /// Where it posts, and its problems.
    pub form: FormView,
    /// Its fields.
    pub fields: Vec<FieldView>,
}

impl ReasonForm {
    /// A form that asks only why. `prefix` keeps ids apart where a page has several such forms.
    pub fn reason(form: FormView, prefix: &str, label: &str, input: &FormInput) -> Self {
        let field = FieldView::area("reason", label).filled(input);
        Self::new(form, vec![field]).prefixed(prefix)
    }

    /// A form whose summary names its fields.
    pub fn new(form: FormView, fields: Vec<FieldView>) -> Self {
        Self { form: form.naming(&fields), fields }
    }

    /// The same with a prefix before every id and every link of the summary, which lead to them.
    #[must_use]
    pub fn prefixed(mut self, prefix: &str) -> Self {
        for field in &mut self.fields {
            field.id = format!("{prefix}-{}", field.id);
        }
        for (href, _) in &mut self.form.summary.problems {
            if let Some(id) = href.strip_prefix('#') {
                *href = format!("#{prefix}-{id}");
            }
        }
        self
    }

    /// The form was sent and did not validate, or a draft of it was restored.
    pub fn is_open(&self) -> bool {
        !self.form.summary.is_empty() || self.form.draft_note.is_some()
    }
}

impl Triage {
    /// The forms of one referral. Which the user may send is decided by the handler, which clears the others.
    pub fn new(
        id: &str,
        name: &str,
        href: &str,
        command_ids: [&str; 4],
        sites: Vec<Choice>,
    ) -> Self {
        let none = FormInput::default();
        let [accept, give_back, redirect, withdraw] = command_ids;
        Self {
            name: name.to_owned(),
            href: href.to_owned(),
            summary: Vec::new(),
            accept: Some(FormView::new(format!("/referrals/{id}/acceptance"), accept, &none)),
            give_back: Some(Self::give_back_form(id, give_back, &none)),
            redirect: Some(Self::redirect_form(id, redirect, sites, &none)),
            withdraw: Some(Self::withdraw_form(id, withdraw, &none)),
        }
    }

    /// The form that returns a referral, with what was typed.
    pub fn give_back_form(id: &str, command_id: &str, input: &FormInput) -> ReasonForm {
        let form = FormView::new(format!("/referrals/{id}/return"), command_id, input);
        ReasonForm::reason(form, "return", "What is missing, and from whom", input)
    }

    /// The form that redirects a referral, with what was typed.
    pub fn redirect_form(
        id: &str,
        command_id: &str,
        sites: Vec<Choice>,
        input: &FormInput,
    ) -> ReasonForm {
        let form = FormView::new(format!("/referrals/{id}/redirection"), command_id, input);
        let fields = vec![
            FieldView::select("site", "To which site", sites).filled(input),
            FieldView::area("reason", "Why it is theirs").filled(input),
        ];
        ReasonForm::new(form, fields).prefixed("redirect")
    }

    /// The form that withdraws a referral, with what was typed.
    pub fn withdraw_form(id: &str, command_id: &str, input: &FormInput) -> ReasonForm {
        let form = FormView::new(format!("/referrals/{id}/withdrawal"), command_id, input);
        ReasonForm::reason(form, "withdraw", "Why it is withdrawn", input)
    }

    /// Problems of whichever form was sent, for the head of the page.
    pub fn summary_of_problems(&self) -> Option<&FormView> {
        [&self.give_back, &self.redirect, &self.withdraw]
            .into_iter()
            .flatten()
            .map(|one| &one.form)
            .find(|form| !form.summary.is_empty())
    }
}

/// The lists by state, with counts. `current` is the code in `?list=`.
pub fn lists(current: &str, counts: [usize; 5]) -> Tabs {
    let names = [
        ("received", "To triage"),
        ("accepted", "Accepted"),
        ("returned", "Returned"),
        ("redirected", "Redirected"),
        ("withdrawn", "Withdrawn"),
    ];
    let items = names
        .into_iter()
        .zip(counts)
        .map(|((code, label), count)| Tab {
            label: label.to_owned(),
            href: format!("/referrals?list={code}"),
            count: Some(count.to_string()),
            current: code == current,
            key: None,
        })
        .collect();
    Tabs { label: "Referral lists".to_owned(), items }
}

fn sample_rows() -> Vec<ReferralRow> {
    let row = |name: &str, icon, urgency: &str, clock: &str, question: &str, open| ReferralRow {
        name: name.to_owned(),
        identity: "03-Aug-1971 · NHS No. 999 174 5521".to_owned(),
        href: "/cases/NF-2026-0151/referral".to_owned(),
        icon,
        urgency: urgency.to_owned(),
        clock: clock.to_owned(),
        demanded: (urgency == "U4").then(|| "Answers demand U1".to_owned()),
        from: "Westhaven, emergency".to_owned(),
        received: "15-Jun 07:20".to_owned(),
        question: question.to_owned(),
        state: None,
        answer: Some("/referrals?open=019e8f3a-2b4c-7d5e-8f60-718293a4b5c6#answer".to_owned()),
        open,
    };
    vec![
        row(
            "KOWALCZYK, Piotr",
            Icon::Clock,
            "U1 Emergency",
            "cord compression; MRI due Tue 16-Jun 06:50",
            "New leg weakness and retention, myeloma. MRI where, and who decides tonight?",
            false,
        ),
        row(
            "NAKAMURA, Keiko",
            Icon::Warn,
            "U2 Urgent",
            "no neurology; MRI and plan due Sun 21-Jun 16:10",
            "C5 lesion, thyroid. SBRT or fixation first?",
            true,
        ),
        row(
            "REID, Alasdair",
            Icon::Info,
            "U5 Routine",
            "discussion due Fri 26-Jun",
            "L4 pain, prostate, after cEBRT in 2024. Re-irradiate?",
            false,
        ),
    ]
}

fn sample_triage() -> Triage {
    let id = "019e8f3a-2b4c-7d5e-8f60-718293a4b5c6";
    let sites = vec![Choice::new("eastmoor", "Eastmoor"), Choice::new("westhaven", "Westhaven")];
    let mut triage = Triage::new(
        id,
        "NAKAMURA, Keiko",
        "/cases/NF-2026-0152/referral",
        [SAMPLE_COMMAND; 4],
        sites,
    );
    triage.summary = vec![
        ("Urgency".to_owned(), "U2 Urgent, received 14-Jun-2026 16:10".to_owned()),
        ("Question".to_owned(), "C5 lesion, thyroid. SBRT or fixation first?".to_owned()),
        ("Not assessed".to_owned(), "Whole spine imaged; performance status".to_owned()),
    ];
    triage
}

impl Page for ReferralsPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let empty = || Self {
            shell: Shell::sample("Referrals to triage", Section::Worklist).for_list(0),
            subtitle: "Mon 15-Jun-2026 08:41.".to_owned(),
            may_refer: true,
            lists: lists("received", [0, 7, 1, 0, 0]),
            emergency: None,
            rows: Vec::new(),
            pager: Pager::default(),
            empty: Empty::with_link(
                "No new referrals.",
                Link::new("Accepted referrals", "/referrals?list=accepted"),
            ),
            triage: None,
        };
        let full = || {
            Self {
            shell: Shell::sample("Referrals to triage", Section::Worklist).for_list(3),
            subtitle: "Mon 15-Jun-2026 08:41. Oldest untriaged 2 d 23 h. Most urgent first.".to_owned(),
            lists: lists("received", [3, 7, 1, 0, 0]),
            emergency: Some(Emergency {
                headline: "KOWALCZYK, Piotr: suspected cord compression since 06:50 today.".to_owned(),
                text: "1 h 51 min gone, MRI due in 22 h 9 min. Do not wait for the meeting: call the on-call spinal team.".to_owned(),
            }),
            rows: sample_rows(),
            pager: Pager { range: "3 of 3".to_owned(), ..Pager::default() },
            ..empty()
        }
        };
        let mut wrong = Self { triage: Some(sample_triage()), ..full() };
        let input = FormInput::default().with_problem("reason", "Say what is missing");
        wrong.shell = wrong.shell.with_problem();
        if let Some(triage) = &mut wrong.triage {
            triage.give_back = Some(Triage::give_back_form(
                "019e8f3a-2b4c-7d5e-8f60-718293a4b5c6",
                SAMPLE_COMMAND,
                &input,
            ));
        }
        let mut hostile =
            Self { shell: full().shell.hostile(), triage: Some(sample_triage()), ..full() };
        for row in &mut hostile.rows {
            LONG_NAME.clone_into(&mut row.name);
            HOSTILE.clone_into(&mut row.question);
            row.state = Some(Tag::new(Tone::Warn, HOSTILE));
        }
        vec![
            ("empty", empty()),
            ("full", full()),
            ("open", Self { triage: Some(sample_triage()), ..full() }),
            ("wrong", wrong),
            ("hostile", hostile),
        ]
    }
}
