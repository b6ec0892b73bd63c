//! What every page with facts to enter starts from: the case, the assessment that the form is based on, the
//! protocol, and what was typed, put together without recording any of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::DateTime;
use chrono_tz::Tz;
use clinical::assessment::AnswerErrors;
use mdt::case_number::CaseNumber;
use mdt::display;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::form_draft::FormKind;
use mdt::ids::UserId;
use mdt::permission::{Action, CaseView, act};
use rules::{Compiled, Evaluation};
use store::assessments::{self, StoredAssessment, StoredEvaluation};
use store::cases::{self, CaseHead};
use store::referrals::{self, Referral};
use store::{CaseKey, Reading};

use crate::draft::{self, Restored};
use crate::error::WebError;
use crate::form::PostedForm;
use crate::present::facts::Sheet;
use crate::present::facts::points::Points;
use crate::present::facts::posted::{self, Fields, Sender};
use crate::present::facts::prefill;
use crate::present::facts::preview::{Preview, preview};
use crate::present::{banner, score_card};
use crate::state::App;
use crate::view::FormInput;
use crate::visitor::Visitor;

/// A reading of the facts of a case.
pub(crate) type CaseReading = Reading<act::CaseRead, CaseKey>;

/// Opens the case for a page about its facts; a sender does not get to see them.
pub(crate) async fn open(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
) -> Result<(CaseReading, CaseHead), WebError> {
    let mut reading = app.store.read_case::<act::CaseRead>(&visitor.actor, number).await?;
    let head = cases::head(&mut reading).await?;
    if head.view == CaseView::Status {
        return Err(WebError::OnlyStatus);
    }
    Ok((reading, head))
}

/// Whether this visitor may record facts of the case now.
pub(crate) fn may_save(visitor: &Visitor, case: &CaseKey) -> bool {
    case.open && visitor.actor.may(Action::AssessmentSave, case.site)
}

/// The event of a page about the facts of a case.
pub(crate) fn read_event(case: &CaseKey, head: &CaseHead, page: &str) -> Event {
    Event::new(EventKind::CaseRead)
        .subject(SubjectKind::Case, case.id)
        .case(case.id)
        .patient(case.patient)
        .data("page", page)
        .data("named", head.view == CaseView::Full)
}

/// The assessment of an ordinal; none for 0, which is the base of the first one.
pub(crate) async fn at_ordinal(
    reading: &mut CaseReading,
    ordinal: i32,
) -> Result<Option<StoredAssessment>, WebError> {
    if ordinal == 0 {
        return Ok(None);
    }
    Ok(Some(assessments::numbered(reading, ordinal).await?))
}

/// The referral that facts on this base start from; none once facts besides levels are recorded.
pub(crate) async fn start_of(
    reading: &mut CaseReading,
    base: Option<&StoredAssessment>,
) -> Result<Option<Referral>, WebError> {
    if !prefill::is_start(base.map(|base| &base.assessment)) {
        return Ok(None);
    }
    Ok(referrals::of_case(reading).await?.into_iter().next())
}

/// What was sent, with the referral as the source of each answer that stands as the referral has it.
pub(crate) fn sourced(
    content: &[(String, String)],
    referral: Option<&Referral>,
    now: &DateTime<Tz>,
) -> Fields {
    let mut content = content.to_vec();
    if let Some(referral) = referral {
        let sent_on = display::date(display::day_of(referral.sent_at, now.timezone()));
        content.extend(prefill::sources(&content, &referral.document, &sent_on, now));
    }
    content
}

/// What is answered with what is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Showing<'a> {
    /// A page, by its name in the event.
    Page(&'a str),
    /// A part of a page that is open already, whose event covers it.
    Fragment,
}

/// Everything read for one page.
pub(crate) struct Desk {
    pub(crate) case: CaseKey,
    pub(crate) head: CaseHead,
    pub(crate) current: Option<StoredAssessment>,
    /// The assessment that the form is based on: the current one, unless a draft is older.
    pub(crate) base: Option<StoredAssessment>,
    /// The evaluation of the current one, as it is stored.
    pub(crate) stored: Option<StoredEvaluation>,
    /// The protocol of the case; before it has one, the protocol in force at the site.
    pub(crate) compiled: Option<Arc<Compiled>>,
    pub(crate) referral: Option<Referral>,
    pub(crate) names: Arc<BTreeMap<UserId, String>>,
    pub(crate) zone: Tz,
    pub(crate) now: DateTime<Tz>,
}

impl Desk {
    /// Reads everything and writes the event of what is shown. `base` is the ordinal that a form was based on;
    /// without it, or when there is no such assessment, the form is based on the current one.
    pub(crate) async fn read(
        app: &App,
        visitor: &Visitor,
        (mut reading, head): (CaseReading, CaseHead),
        base: Option<i32>,
        shown: Showing<'_>,
    ) -> Result<Self, WebError> {
        let current = assessments::current(&mut reading).await?;
        let base = match base {
            None => current.clone(),
            Some(ordinal) => match at_ordinal(&mut reading, ordinal).await {
                Err(WebError::NotFound) => current.clone(),
                found => found?,
            },
        };
        let stored = match &current {
            Some(current) => assessments::evaluation_of(&mut reading, current.id).await?,
            None => None,
        };
        let referral = start_of(&mut reading, base.as_ref()).await?;
        let site = reading.subject.site;
        let protocol = match reading.subject.protocol_version {
            Some(pinned) => Some(pinned),
            None => store::rule_sets::protocol_in_force(&mut reading, site)
                .await?
                .map(|one| one.protocol_version),
        };
        let case = match shown {
            Showing::Page(page) => {
                let event = read_event(&reading.subject, &head, page);
                reading.record(event).await?
            }
            Showing::Fragment => reading.finish().await?,
        };
        let compiled = match protocol {
            Some(protocol) => Some(app.store.compiled(protocol).await?),
            None => None,
        };
        let zone = visitor.sites.zone(site);
        let names = app.user_names().await?;
        Ok(Self {
            case,
            head,
            current,
            base,
            stored,
            compiled,
            referral,
            names,
            zone,
            now: app.now().with_timezone(&zone),
        })
    }

    /// `/cases/{n}`.
    pub(crate) fn href(&self) -> String {
        format!("/cases/{}", self.case.number)
    }

    /// Ordinal of the base, 0 for none: the hidden field `base`.
    pub(crate) fn base_ordinal(&self) -> i32 {
        self.base.as_ref().map_or(0, |base| base.ordinal)
    }

    /// `12-Jun-2026 16:42, Dr R. Lindqvist`.
    pub(crate) fn signed(&self, assessment: &StoredAssessment) -> String {
        let at = display::date_time(assessment.recorded_at, self.zone);
        let by = self.names.get(&assessment.recorded_by).cloned();
        std::iter::once(at).chain(by).collect::<Vec<_>>().join(", ")
    }

    /// What was typed, read as far as it can be and put together with the base.
    pub(crate) fn work(
        &self,
        content: &[(String, String)],
        sender: Sender,
        errors: Option<&AnswerErrors>,
    ) -> Work {
        let base = self.base.as_ref().map(|base| &base.assessment);
        let own: Fields =
            content.iter().filter(|(name, _)| !name.starts_with("default.")).cloned().collect();
        let fields = posted::fields(&own, sender, base, &self.now);
        let ordinal = u32::try_from(self.base_ordinal()).unwrap_or(0);
        let preview = preview(
            base.map(|base| (base, ordinal)),
            &fields,
            &self.head.patient,
            self.compiled.as_ref(),
            &self.now,
        );
        Work {
            input: posted::input(content, sender, errors),
            preview,
            points: self.compiled.as_ref().map(Points::of),
            href: self.href(),
        }
    }

    /// The rows of the page.
    pub(crate) fn sheet<'a>(&'a self, work: &'a Work) -> Sheet<'a> {
        Sheet {
            case_href: &work.href,
            base: self.base.as_ref().map(|base| &base.assessment),
            input: &work.input,
            answers: work.preview.answers.iter().collect(),
            evaluation: work.preview.evaluation.as_ref(),
            marks: work.preview.marks.as_ref(),
            points: work.points.as_deref(),
            names: &self.names,
            zone: self.zone,
            now: self.now.to_utc(),
        }
    }

    /// The current assessment evaluated again under the protocol that its evaluation names.
    pub(crate) async fn recomputed(&self, app: &App) -> Result<Option<Evaluation>, WebError> {
        let (Some(current), Some(stored)) = (&self.current, &self.stored) else { return Ok(None) };
        let compiled = app.store.compiled(stored.protocol_version).await?;
        Ok(Some(assessments::evaluate(&compiled, &current.assessment)?))
    }

    /// What the referral answers already, as long as no facts are recorded besides levels.
    pub(crate) fn prefilled(&self) -> Fields {
        let referral = self.referral.as_ref();
        let all = referral.map(|referral| prefill::fields(&referral.document, &self.now));
        let base = self.base.as_ref().map(|base| &base.assessment);
        all.unwrap_or_default()
            .into_iter()
            // Whoever marked the levels has seen which ones the referral names.
            .filter(|(name, _)| base.is_none() || name.starts_with("case."))
            .filter(|(name, _)| {
                name != "case.index-lesion"
                    || base.is_none_or(|base| base.fact("index-lesion", None).is_none())
            })
            .collect()
    }
}

/// What was typed on one page.
pub(crate) struct Work {
    pub(crate) input: FormInput,
    pub(crate) preview: Preview,
    pub(crate) points: Option<Arc<Points>>,
    href: String,
}

impl Work {
    /// The index lesion as it stands with what was typed.
    pub(crate) fn index(&self) -> Option<String> {
        self.preview.assessment.as_ref().and_then(banner::index_level)
    }
}

/// The draft of the facts of a case, and the page that it was typed on.
pub(crate) struct FactDraft {
    pub(crate) sender: Sender,
    pub(crate) content: Fields,
    pub(crate) base: Option<i32>,
    pub(crate) note: String,
}

impl FactDraft {
    /// The draft, if there is one.
    pub(crate) async fn restore(
        app: &App,
        visitor: &Visitor,
        number: &CaseNumber,
    ) -> Result<Option<Self>, WebError> {
        let restored =
            draft::restore(app, visitor, FormKind::Assessment, &number.to_string()).await?;
        Ok(restored.map(Self::of))
    }

    fn of(restored: Restored) -> Self {
        let Restored { form, base, note } = restored;
        // A merge that could not be sent goes back to what it started from; its choices were about that moment.
        let started = form.given("merge-base").or(base.as_deref());
        Self {
            sender: Sender::parse(form.value("from")).unwrap_or(Sender::Assessment),
            base: started.and_then(|base| base.parse().ok()),
            content: typed(&form),
            note,
        }
    }
}

/// What a person typed: without the machinery of forms and of the merge page.
pub(crate) fn typed(form: &PostedForm) -> Fields {
    let machinery =
        |name: &str| matches!(name, "merge" | "merge-base" | "from") || name.starts_with("keep.");
    form.content().into_iter().filter(|(name, _)| !machinery(name)).collect()
}

/// `/drafts/assessment/{n}`.
pub(crate) fn draft_address(number: &CaseNumber) -> String {
    draft::address(FormKind::Assessment, &number.to_string())
}

/// `Tokuhashi 2005 9, Tomita 6, SINS 9 at T10`.
pub(crate) fn totals_line(evaluation: &Evaluation) -> String {
    let scores = evaluation.results().filter(|result| result.rule_set().score().is_some());
    let one = scores.map(|result| {
        let possible = score_card::possible(&result);
        let total = if possible.is_empty() {
            "does not apply".to_owned()
        } else {
            crate::view::score::totals_in_words(&possible)
        };
        let place = result.level().map(|level| format!(" at {level}")).unwrap_or_default();
        format!("{} {total}{place}", result.rule_set().short_title)
    });
    one.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choices_of_a_merge_are_not_typed_text() {
        let fields = [
            ("case.kps", "80"),
            ("keep.case.kps", "yours"),
            ("merge", "yes"),
            ("base", "6"),
            ("merge-base", "5"),
        ];
        let form = PostedForm::of(
            fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        );
        assert_eq!(typed(&form), [("case.kps".to_owned(), "80".to_owned())]);
        let draft =
            FactDraft::of(Restored { form, base: Some("6".to_owned()), note: String::new() });
        assert_eq!(draft.base, Some(5));
        assert_eq!(draft.sender, Sender::Assessment);
    }
}
