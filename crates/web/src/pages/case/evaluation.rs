//! The evaluation of one assessment in full, and moving a case to the protocol in force.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use clinical::assessment::Assessment;
use mdt::display;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::UserId;
use mdt::permission::{Action, CaseView, act};
use rules::Evaluation;
use rules::result::Grade;
use store::assessments::{self, StoredEvaluation};
use store::{CaseKey, Reading, cases};

use super::{Asked, CaseFacts, DOES_NOT_RECOMPUTE, evaluate, recorded};
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::case_number;
use crate::pages::begin::on_case;
use crate::pages::rules::protocol_badge;
use crate::pages::{page, see};
use crate::paths;
use crate::present::banner;
use crate::present::score_card::{self, CardContext};
use crate::state::App;
use crate::view::evaluation::{DerivedFact, EvaluationPage, NewerProtocol};
use crate::view::score::{ScoreCard, totals_in_words};
use crate::view::{CaseTab, FormInput, FormView, Link, Section, Tag, Tone};
use crate::visitor::Visitor;

pub(super) async fn evaluation(
    State(app): State<App>,
    visitor: Visitor,
    path: paths::EvaluationRead,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let ordinal: i32 = path.ordinal.parse().map_err(|_| WebError::NotFound)?;
    let mut reading = app.store.read_case::<act::CaseRead>(&visitor.actor, &number).await?;
    let head = cases::head(&mut reading).await?;
    if head.view == CaseView::Status {
        return Err(WebError::OnlyStatus);
    }
    let today = assessments::current(&mut reading).await?;
    let latest = today.as_ref().map_or(0, |current| current.ordinal);
    let assessment = assessments::numbered(&mut reading, ordinal).await?;
    let stored =
        assessments::evaluation_of(&mut reading, assessment.id).await?.ok_or(WebError::NotFound)?;
    let newer = newer_protocol(&app, &visitor, &mut reading, &stored).await?;
    let event = Event::new(EventKind::CaseRead)
        .subject(SubjectKind::Evaluation, stored.id)
        .case(reading.subject.id)
        .patient(reading.subject.patient)
        .data("page", "evaluation")
        .data("ordinal", ordinal);
    let case = reading.record(event).await?;
    let evaluation =
        evaluate(&app, Some(&assessment), Some(&stored)).await?.ok_or(WebError::NotFound)?;
    let names = app.user_names().await?;
    let facts = CaseFacts {
        head,
        current: Some(assessment),
        stored: Some(stored),
        evaluation: Some(evaluation),
    };
    let shown = Shown {
        visitor: &visitor,
        case: &case,
        facts: &facts,
        names: &names,
        asked: &asked.what_if,
    };
    // The banner and the tabs are of today, whatever the page is of.
    let today = today.as_ref().map(|current| &current.assessment);
    page(&shown.page(today, ordinal == latest, newer)?)
}

/// The offer to move to the protocol in force, when the case is pinned to another one.
async fn newer_protocol(
    app: &App,
    visitor: &Visitor,
    reading: &mut Reading<act::CaseRead, CaseKey>,
    stored: &StoredEvaluation,
) -> Result<Option<NewerProtocol>, WebError> {
    let site = reading.subject.site;
    let Some(in_force) = store::rule_sets::protocol_in_force(reading, site).await? else {
        return Ok(None);
    };
    if in_force.protocol_version == stored.protocol_version {
        return Ok(None);
    }
    let current = assessments::current(reading).await?;
    let Some(current) = current.filter(|current| current.id == stored.assessment) else {
        return Ok(None);
    };
    let old = app.store.compiled(stored.protocol_version).await?;
    let new = app.store.compiled(in_force.protocol_version).await?;
    let before = assessments::evaluate(&old, &current.assessment)?;
    let after = assessments::evaluate(&new, &current.assessment)?;
    let may = visitor.actor.may(Action::EvaluationMake, site) && reading.subject.open;
    let zone = visitor.sites.zone(site);
    let action = format!("/cases/{}/evaluations", reading.subject.number);
    Ok(Some(NewerProtocol {
        protocol: protocol_badge(&new.protocol().id, new.protocol().version),
        since: format!(
            "In force at {} since {}",
            visitor.sites.name(site),
            display::date_time(in_force.active_from, zone)
        ),
        differences: differences(&before, &after),
        form: may.then(|| FormView::new(action, visitor.new_command_id(), &FormInput::default())),
    }))
}

/// Scores whose possible totals differ, a line each.
fn differences(before: &Evaluation, after: &Evaluation) -> Vec<String> {
    after
        .results()
        .filter(|result| result.rule_set().score().is_some())
        .filter_map(|result| {
            let now = score_card::possible(&result);
            let was = before.result(&result.rule_set().id, result.level());
            let was = was.map(|result| score_card::possible(&result)).unwrap_or_default();
            let place = result.level().map(|level| format!(" at {level}")).unwrap_or_default();
            (now != was).then(|| {
                let title = &result.rule_set().short_title;
                format!("{title}{place}: {} → {}", totals_in_words(&was), totals_in_words(&now))
            })
        })
        .collect()
}

/// One evaluation with what its page needs.
struct Shown<'a> {
    visitor: &'a Visitor,
    case: &'a CaseKey,
    facts: &'a CaseFacts,
    names: &'a BTreeMap<UserId, String>,
    asked: &'a str,
}

impl Shown<'_> {
    fn page(
        &self,
        today: Option<&Assessment>,
        is_current: bool,
        newer: Option<NewerProtocol>,
    ) -> Result<EvaluationPage, WebError> {
        let (Some(current), Some(stored), Some(evaluation)) =
            (&self.facts.current, &self.facts.stored, &self.facts.evaluation)
        else {
            return Err(WebError::NotFound);
        };
        let href = format!("/cases/{}", self.case.number);
        let own = format!("{href}/evaluations/{}", current.ordinal);
        let index = banner::index_level(&current.assessment);
        let by = recorded(self.visitor, self.case, self.facts, self.names);
        let context = CardContext {
            case_href: &href,
            index: index.as_deref(),
            by: &by,
            what_if: Some(&own),
            explained: true,
        };
        let cards = |lesions: bool| -> Vec<ScoreCard> {
            let results = evaluation.results().filter(|result| result.level().is_some() == lesions);
            results
                .filter_map(|result| score_card::card(&result, &context))
                .map(|card| score_card::with_what_if(card, evaluation, self.asked))
                .collect()
        };
        let zone = self.visitor.sites.zone(self.case.site);
        let heading = format!("Evaluation of assessment {}", current.ordinal);
        let lesions = today.map(|assessment| assessment.levels().len());
        Ok(EvaluationPage {
            shell: self.visitor.shell(heading.clone(), Some(Section::Cases)).for_patient(),
            banner: banner::of_case(self.visitor, self.case, &self.facts.head, today),
            tabs: banner::tabs(self.visitor, self.case, Some(CaseTab::Overview), lesions),
            heading,
            state: if is_current {
                Tag::new(Tone::Ok, "Current").with_icon()
            } else {
                Tag::new(Tone::Info, "Of an earlier assessment")
            },
            made: format!(
                "{}, with the assessment of {}",
                display::date_time(stored.made_at, zone),
                self.names.get(&current.recorded_by).cloned().unwrap_or_default()
            ),
            protocol: protocol_badge(
                &evaluation.compiled().protocol().id,
                evaluation.compiled().protocol().version,
            ),
            engine: stored.engine.to_string(),
            hash: stored.hash.to_string(),
            links: vec![
                Link::new(
                    format!("Assessment {}", current.ordinal),
                    format!("{href}/assessments/{}", current.ordinal),
                ),
                Link::new("Overview", href.clone()),
            ],
            case_scores: cards(false),
            lesion_scores: cards(true),
            nothing: None,
            derived: derived(evaluation),
            newer,
            recalled: (!self.facts.recomputes()).then(|| DOES_NOT_RECOMPUTE.to_owned()),
        })
    }
}

fn derived(evaluation: &Evaluation) -> Vec<DerivedFact> {
    evaluation
        .results()
        .filter_map(|result| {
            let grade = result.grade()?;
            let rule_set = result.rule_set();
            rule_set.mapping()?;
            let value = match grade {
                Grade::NotApplicable => "Not applicable".to_owned(),
                Grade::Values(values) => score_card::values_words(&rule_set.id, &values),
            };
            let from: Vec<String> =
                score_card::steps(&result).into_iter().map(|step| step.text).collect();
            Some(DerivedFact {
                fact: score_card::label(&rule_set.id),
                level: result.level().unwrap_or_default().to_owned(),
                value,
                from: from.join("; "),
                badge: score_card::badge(rule_set),
            })
        })
        .collect()
}

pub(super) async fn make_evaluation(
    State(app): State<App>,
    visitor: Visitor,
    path: paths::Evaluations,
    form: PostedForm,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let make = |command| assessments::make_evaluation(&app.store, command);
    let location = on_case(&app, &visitor, &number, form.submission()?, make).await?;
    visitor.flash(Tone::Ok, "The case now uses the protocol in force.", None).await?;
    Ok(see(&location))
}
