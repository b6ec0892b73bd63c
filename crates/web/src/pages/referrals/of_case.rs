//! The referrals of a case as they were sent, with what happened to them; amending, closing, reopening.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use mdt::case::CloseReason;
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::display;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::form_draft::FormKind;
use mdt::ids::{SiteId, UserId};
use mdt::permission::{Action, CaseView, act};
use mdt::referral::ReferralState;
use store::assessments::{self, StoredAssessment};
use store::cases::{self, CaseHead};
use store::referrals::{self, Referral};
use store::{CaseKey, Reading};

use super::typed::input_of;
use super::urgency;
use crate::draft::{self, Restored};
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::case_number;
use crate::pages::{invalid, page};
use crate::paths;
use crate::present::banner;
use crate::state::App;
use crate::view::referral::{CaseReferralPage, ClosureForm, LaterNote, SentReferral};
use crate::view::referral_new::{as_coded, as_sent};
use crate::view::referrals::ReasonForm;
use crate::view::{CaseTab, Choice, Empty, FormInput, Section, Shell, Tag, Tone};
use crate::visitor::Visitor;

/// What was typed into the forms of the page, and what is said about it.
#[derive(Default)]
pub(in crate::pages) struct Sent {
    /// The change of urgency.
    pub(in crate::pages) urgency: (FormInput, Option<String>),
    /// The version that it was based on, if it was typed on an earlier page.
    pub(in crate::pages) urgency_base: Option<String>,
    /// The amendment.
    pub(in crate::pages) amendment: (FormInput, Option<String>),
    /// The closure or the reopening.
    pub(in crate::pages) closure: (FormInput, Option<String>),
}

/// A form of the page that was refused.
pub(in crate::pages) struct Refused<'a> {
    pub(in crate::pages) app: &'a App,
    pub(in crate::pages) visitor: &'a Visitor,
    pub(in crate::pages) number: &'a CaseNumber,
    /// What was sent, which its draft keeps.
    pub(in crate::pages) form: &'a PostedForm,
    /// Which of the forms it is.
    pub(in crate::pages) kind: FormKind,
}

impl Refused<'_> {
    /// The page again, 422. `sent` puts what was typed, with the note about its draft, into its form.
    pub(in crate::pages) async fn again(
        self,
        sent: impl FnOnce(Option<String>) -> Sent,
    ) -> Result<Response, WebError> {
        let Self { app, visitor, number, form, kind } = self;
        let note = draft::save(app, visitor, kind, &number.to_string(), form).await?;
        let read = read(app, visitor, number).await?;
        invalid(&filled(app, visitor, &read, &sent(Some(note))).await?)
    }
}

pub(super) async fn show(
    paths::CaseReferral { number: text }: paths::CaseReferral,
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, WebError> {
    let number = case_number(&text)?;
    let read = read(&app, &visitor, &number).await?;
    let kept = |draft: Option<Restored>| {
        draft.map_or_else(Default::default, |draft| (draft.form.input(), Some(draft.note)))
    };
    let restored = draft::restore(&app, &visitor, FormKind::Urgency, &text).await?;
    let sent = Sent {
        urgency_base: restored.as_ref().and_then(|draft| draft.base.clone()),
        urgency: kept(restored),
        amendment: kept(draft::restore(&app, &visitor, FormKind::Amendment, &text).await?),
        closure: kept(draft::restore(&app, &visitor, FormKind::Closure, &text).await?),
    };
    page(&filled(&app, &visitor, &read, &sent).await?)
}

/// What the page shows.
pub(in crate::pages) struct Read {
    pub(super) case: CaseKey,
    pub(super) head: CaseHead,
    pub(super) referrals: Vec<Referral>,
    pub(super) current: Option<StoredAssessment>,
}

/// Reads the referrals of a case; the event is durable before anything is shown.
pub(in crate::pages) async fn read(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
) -> Result<Read, WebError> {
    let mut reading: Reading<act::ReferralRead, CaseKey> =
        app.store.read_case(&visitor.actor, number).await?;
    let head = cases::head(&mut reading).await?;
    let mut referrals = referrals::of_case(&mut reading).await?;
    if head.view == CaseView::Status {
        // Whoever only sent one referral sees that one.
        referrals.retain(|referral| Some(referral.sender) == visitor.actor.user());
    }
    let current = match head.view {
        CaseView::Status => None,
        CaseView::Full | CaseView::Deidentified => assessments::current(&mut reading).await?,
    };
    let case = reading.subject.clone();
    let event = Event::new(EventKind::CaseRead)
        .subject(SubjectKind::Case, case.id)
        .case(case.id)
        .patient(case.patient)
        .data("page", "referral")
        .data("named", head.view != CaseView::Deidentified);
    reading.record(event).await?;
    Ok(Read { case, head, referrals, current })
}

pub(in crate::pages) async fn filled(
    app: &App,
    visitor: &Visitor,
    read: &Read,
    sent: &Sent,
) -> Result<CaseReferralPage, WebError> {
    let Read { case, head, referrals, current } = read;
    let names = app.store.user_names().await?;
    let assessment = current.as_ref().map(|stored| &stored.assessment);
    let problem = [&sent.urgency, &sent.amendment, &sent.closure]
        .iter()
        .any(|(input, _)| !input.problems.is_empty());
    let shell = visitor
        .shell(format!("Case {}, referral", case.number), Some(Section::Cases))
        .for_patient();
    let lesions = assessment.map(|assessment| assessment.levels().len());
    let shown = |referral| shown(app, visitor, read, &names, referral);
    Ok(CaseReferralPage {
        shell: Shell { problem, ..shell },
        banner: banner::of_case(visitor, case, head, assessment),
        tabs: banner::tabs(visitor, case, Some(CaseTab::Referral), lesions),
        referrals: referrals.iter().map(shown).collect(),
        empty: Empty::new("This case has no referral."),
        urgency: urgency::form(visitor, read, sent),
        amend: may_amend(visitor, read).then(|| amendment(visitor, case, &sent.amendment)),
        closure: closure(visitor, case, head, &sent.closure),
    })
}

/// The coordinator of the owning site, and whoever sent one of the referrals.
fn may_amend(visitor: &Visitor, read: &Read) -> bool {
    let sent = read.referrals.iter().any(|referral| Some(referral.sender) == visitor.actor.user());
    let sends = sent && visitor.may_somewhere(Action::ReferralSend);
    !read.referrals.is_empty()
        && (sends || visitor.actor.may(Action::ReferralAmend, read.case.site))
}

fn amendment(visitor: &Visitor, case: &CaseKey, typed: &(FormInput, Option<String>)) -> ReasonForm {
    let (input, note) = typed;
    let number = case.number.to_string();
    let mut made = CaseReferralPage::amendment(&number, &visitor.new_command_id(), input);
    made.form = made.form.drafted(draft::address(FormKind::Amendment, &number), note.clone());
    made
}

fn closure(
    visitor: &Visitor,
    case: &CaseKey,
    head: &CaseHead,
    typed: &(FormInput, Option<String>),
) -> Option<ClosureForm> {
    let (number, command) = (case.number.to_string(), visitor.new_command_id());
    let base = case.row_version.to_string();
    let (input, note) = typed;
    let mut made = if case.open {
        if !visitor.actor.may(Action::CaseClose, case.site) {
            return None;
        }
        let mut made = ClosureForm::close(&number, &command, &base, close_codes(), input);
        made.obstacle = head.listed.map(|_| {
            "The case is on an agenda: take it through that meeting, or off the agenda, first."
                .to_owned()
        });
        made
    } else {
        if !visitor.actor.may(Action::CaseReopen, case.site) {
            return None;
        }
        ClosureForm::reopen(&number, &command, &base, input)
    };
    made.form.form =
        made.form.form.drafted(draft::address(FormKind::Closure, &number), note.clone());
    Some(made)
}

fn close_codes() -> Vec<Choice> {
    let codes = CloseReason::all().iter().map(|code| Choice::new(code.code(), code.label()));
    std::iter::once(Choice::new("", "Choose a reason")).chain(codes).collect()
}

fn shown(
    app: &App,
    visitor: &Visitor,
    read: &Read,
    names: &BTreeMap<UserId, String>,
    referral: &Referral,
) -> SentReferral {
    let (case, view) = (&read.case, read.head.view);
    let zone = visitor.sites.zone(case.site);
    let name = |user: &UserId| names.get(user).cloned().unwrap_or_else(|| "Unknown".to_owned());
    let site = |id| visitor.sites.name(id);
    let input = input_of(&referral.document);
    let state = referral.states.last().map_or(ReferralState::Received, |row| row.state);
    SentReferral {
        title: format!("Referral {}", referral.ordinal),
        state: state_tag(state),
        urgency: urgency::tag(referral.urgency_now().class),
        clock: urgency::clock(app, read, referral, zone),
        sent: format!(
            "Sent {} by {}, {}, to {}",
            display::date_time(referral.sent_at, zone),
            name(&referral.sender),
            site(referral.sender_site),
            site(referral.addressed),
        ),
        sections: if view == CaseView::Deidentified { as_coded(&input) } else { as_sent(&input) },
        later: later(referral, view, |at| display::date_time(at, zone), name, site),
    }
}

fn state_tag(state: ReferralState) -> Tag {
    let tone = match state {
        ReferralState::Received => Tone::Info,
        ReferralState::Accepted => Tone::Ok,
        ReferralState::Returned | ReferralState::Redirected | ReferralState::Withdrawn => {
            Tone::Warn
        }
    };
    Tag::new(tone, state.label()).with_icon()
}

/// States after it was sent, and amendments, oldest first.
fn later(
    referral: &Referral,
    view: CaseView,
    at: impl Fn(chrono::DateTime<chrono::Utc>) -> String,
    name: impl Fn(&UserId) -> String,
    site: impl Fn(SiteId) -> String,
) -> Vec<LaterNote> {
    let words = |text: &str| {
        if view == CaseView::Deidentified { "Words not shown".to_owned() } else { text.to_owned() }
    };
    let states =
        referral.states.iter().filter(|row| row.state != ReferralState::Received).map(|row| {
            let text = row.reason.as_deref().map(&words).unwrap_or_default();
            let what = row.state.label();
            (
                row.at,
                LaterNote {
                    at: at(row.at),
                    by: name(&row.by),
                    what: row
                        .to_site
                        .map_or_else(|| what.to_owned(), |to| format!("{what} to {}", site(to))),
                    text,
                },
            )
        });
    let urgencies = urgency::changes(referral).map(|(from, one)| {
        let note = LaterNote {
            at: at(one.at),
            by: name(&one.by),
            what: format!("Urgency {} to {}", from.code(), one.urgency.class.code()),
            text: urgency::why(one, view, &at),
        };
        (one.at, note)
    });
    let amendments = referral.amendments.iter().map(|one| {
        let text = match view {
            CaseView::Deidentified => words(""),
            CaseView::Full | CaseView::Status => format!("{} ({})", one.text, one.reason),
        };
        (one.at, LaterNote { at: at(one.at), by: name(&one.by), what: "Amended".to_owned(), text })
    });
    let mut all: Vec<_> = states.chain(urgencies).chain(amendments).collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, note)| note).collect()
}
