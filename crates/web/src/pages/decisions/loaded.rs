//! What every page about a decision starts from.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use mdt::case_number::CaseNumber;
use mdt::decision::{Advice, CheckContext};
use mdt::display;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{EvaluationId, UserId};
use mdt::meeting::{ItemState, MeetingState};
use mdt::permission::{Act, Action, CaseView, act};
use mdt::role::Duty;
use rules::Evaluation;
use store::assessments;
use store::decisions::read::{CaseDecisions, Decision, Draft};
use store::decisions::{advice_of, decisions_of};
use store::meetings::{Place, place_of};
use store::{CaseKey, Reading, StoreError};

use crate::error::WebError;
use crate::pages::case::CaseFacts;
use crate::present::banner;
use crate::state::App;
use crate::view::{CaseTab, PatientBanner, Section, Shell, Tabs};
use crate::visitor::Visitor;

/// A case with its facts, its decisions and its place on an agenda.
pub(super) struct Loaded {
    pub(super) case: CaseKey,
    pub(super) facts: CaseFacts,
    pub(super) decisions: CaseDecisions,
    pub(super) place: Option<Place>,
    /// The scores of the current evaluation that advise.
    pub(super) advising: Vec<Advice>,
    pub(super) names: Arc<BTreeMap<UserId, String>>,
}

/// Reads it all; the reading is still to be ended with its event.
pub(super) async fn read<A: Act>(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
) -> Result<(Reading<A, CaseKey>, Loaded), WebError> {
    let mut reading = app.store.read_case::<A>(&visitor.actor, number).await?;
    let facts = CaseFacts::read(app, &mut reading).await?;
    if facts.head.view == CaseView::Status {
        // Whoever sent the referral follows its status; the decision reaches them by letter.
        return Err(WebError::OnlyStatus);
    }
    let decisions = decisions_of(&mut reading).await?;
    let place = place_of(&mut reading).await?;
    let advising = facts.evaluation.as_ref().map(advice_of).unwrap_or_default();
    let case = reading.subject.clone();
    let names = app.user_names().await?;
    Ok((reading, Loaded { case, facts, decisions, place, advising, names }))
}

/// One evaluation of the case made again, with a reading of its own; `None` when the case has none of
/// that id. Nothing of it is shown that the page does not name already.
pub(super) async fn evaluation(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
    id: EvaluationId,
) -> Result<Option<Evaluation>, WebError> {
    let mut reading = app.store.read_case::<act::CaseRead>(&visitor.actor, number).await?;
    let found = assessments::basis_of(&mut reading, id).await;
    reading.finish().await?;
    let (assessment, protocol) = match found {
        Err(StoreError::NotFound) => return Ok(None),
        found => found?,
    };
    let compiled = app.store.compiled(protocol).await?;
    Ok(Some(assessments::evaluate(&compiled, &assessment.assessment)?))
}

impl Loaded {
    /// Ends the reading with the event that the page shows a decision, and which.
    pub(super) async fn record<A: Act>(
        &self,
        reading: Reading<A, CaseKey>,
        page: &str,
        shown: Option<(&Decision, u32)>,
    ) -> Result<(), WebError> {
        let event = Event::new(EventKind::DecisionRead)
            .case(self.case.id)
            .patient(self.case.patient)
            .data("page", page)
            .data("named", self.is_named());
        let event = match shown {
            Some((decision, version)) => event
                .subject_version(SubjectKind::Decision, decision.id, version)
                .data("ordinal", decision.ordinal),
            None => event.subject(SubjectKind::Case, self.case.id),
        };
        reading.record(event).await?;
        Ok(())
    }

    /// Whether the reader sees names and free text.
    pub(super) fn is_named(&self) -> bool {
        self.facts.head.view == CaseView::Full
    }

    pub(super) fn zone(&self, visitor: &Visitor) -> Tz {
        visitor.sites.zone(self.case.site)
    }

    pub(super) fn href(&self) -> String {
        format!("/cases/{}", self.case.number)
    }

    pub(super) fn name(&self, user: UserId) -> String {
        self.names.get(&user).cloned().unwrap_or_else(|| "Somebody unknown".to_owned())
    }

    /// Whether the visitor has one of these duties in the meeting at which the case was listed last.
    pub(super) fn on_duty(&self, visitor: &Visitor, duties: &[Duty]) -> bool {
        let user = visitor.actor.user();
        self.place.as_ref().is_some_and(|place| {
            place
                .meeting
                .duties
                .iter()
                .any(|holder| Some(holder.user) == user && duties.contains(&holder.duty))
        })
    }

    /// Whether the meeting of the case is in session.
    pub(super) fn is_live(&self) -> bool {
        self.place.as_ref().is_some_and(|place| place.meeting.state == MeetingState::InSession)
    }

    /// Whether a decision of the present presentation can be begun.
    pub(super) fn can_begin(&self) -> bool {
        let fresh = self.place.as_ref().is_some_and(|place| {
            matches!(place.state, ItemState::Listed | ItemState::Open)
                && self
                    .decisions
                    .of_item(place.item)
                    .is_none_or(|decision| decision.versions.is_empty())
        });
        self.case.open && self.is_live() && fresh
    }

    /// Whether the visitor may write the decision that is open, or begin one.
    pub(super) fn may_record(&self, visitor: &Visitor) -> bool {
        let first = self.decisions.open().is_none_or(|(_, draft)| draft.version == 1);
        let writes =
            !(first && self.is_live()) || self.on_duty(visitor, &[Duty::Chair, Duty::Scribe]);
        self.case.open && writes && visitor.actor.may(Action::DecisionRecord, self.case.site)
    }

    /// The day before which nothing can be planned: that of the discussion.
    pub(super) fn earliest(&self) -> Option<NaiveDate> {
        let meeting = &self.place.as_ref()?.meeting;
        Some(display::day_of(meeting.opened_at.unwrap_or(meeting.starts_at), meeting.zone))
    }

    /// The current assessment, when it is another than the one that the draft was begun on.
    pub(super) fn facts_changed_to(&self) -> Option<u32> {
        let (_, draft) = self.decisions.open()?;
        let current = u32::try_from(self.facts.current.as_ref()?.ordinal).ok()?;
        (current != draft.drafted_assessment).then_some(current)
    }

    /// The evaluation of now.
    pub(super) fn evaluated(&self) -> Option<EvaluationId> {
        self.facts.stored.as_ref().map(|stored| stored.id)
    }

    /// Whether the draft rests on the facts and the rules of now, or somebody said why it holds on them.
    pub(super) fn facts_stand(&self) -> bool {
        let Some(draft) = self.draft() else { return true };
        let accepted =
            draft.document.as_ref().and_then(|document| document.facts_accepted.as_ref());
        let accepted = accepted.map(|accepted| accepted.assessment_ordinal);
        let facts = self.facts_changed_to().is_none_or(|now| accepted == Some(now));
        facts && self.evaluated() == Some(draft.evaluation)
    }

    /// What the domain checks a draft against.
    pub(super) fn context(&self) -> CheckContext<'_> {
        CheckContext {
            earliest: self.earliest(),
            advising: &self.advising,
            facts_changed_to: self.facts_changed_to(),
        }
    }

    pub(super) fn draft(&self) -> Option<&Draft> {
        self.decisions.open().map(|(_, draft)| draft)
    }

    pub(super) fn banner(&self, visitor: &Visitor) -> PatientBanner {
        let current = self.facts.current.as_ref().map(|current| &current.assessment);
        banner::of_case(visitor, &self.case, &self.facts.head, current)
    }

    pub(super) fn tabs(&self, visitor: &Visitor) -> Tabs {
        let lesions = self.facts.current.as_ref().map(|one| one.assessment.levels().len());
        banner::tabs(visitor, &self.case, Some(CaseTab::Decision), lesions)
    }

    /// `Northfield spinal metastases MDT, Tue 16-Jun-2026 08:00, case 3 of 7. Scribe S. Whelan.`
    pub(super) fn place_in_words(&self) -> String {
        let Some(place) = &self.place else { return "On no agenda".to_owned() };
        let meeting = &place.meeting;
        let day = display::date_with_day(display::day_of(meeting.starts_at, meeting.zone));
        let time = meeting.starts_at.with_timezone(&meeting.zone).format("%H:%M");
        let scribe = meeting
            .holder(Duty::Scribe)
            .map_or_else(String::new, |holder| format!(". Scribe {}", holder.name));
        let (number, all) = (place.number, meeting.items.all);
        format!("{}, {day} {time}, case {number} of {all}{scribe}", meeting.name)
    }
}

/// The frame of a page about a decision.
pub(super) fn shell(visitor: &Visitor, title: impl Into<String>) -> Shell {
    visitor.shell(title, Some(Section::Cases)).for_patient()
}
