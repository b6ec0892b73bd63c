//! The overview of a case, and the evaluation of one assessment in full.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use clinical::assessment::Assessment;
use clinical::dictionary::dictionary;
use mdt::case_number::CaseNumber;
use mdt::display;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::UserId;
use mdt::permission::{Action, CaseView, act};
use rules::Evaluation;
use rules::result::Grade;
use serde::Deserialize;
use store::assessments::{self, StoredAssessment, StoredEvaluation};
use store::cases::{self, CaseHead};
use store::decisions::read::CaseDecisions;
use store::referrals::{self, Referral};
use store::{Begun, CaseKey, Reading, decisions};

use super::{page, see};
use crate::error::WebError;
use crate::form::PostedForm;
use crate::paths;
use crate::present::score_card::{self, CardContext};
use crate::present::{banner, spine};
use crate::routes::{Routes, needs};
use crate::state::App;
use crate::view::case::{
    Advice, AdvicePanel, CaseAction, CasePage, CordAtRisk, EvaluationLine, KeyFact, Note,
    OtherLesion, Question,
};
use crate::view::evaluation::{DerivedFact, EvaluationPage};
use crate::view::score::{ScoreCard, totals_in_words};
use crate::view::{CaseTab, Empty, FormInput, FormView, Link, RuleBadge, Section, Tag, Tone};
use crate::visitor::Visitor;

/// The scores that give advice, in the order of the page.
pub(crate) const ADVISING: [&str; 2] = ["tokuhashi-2005", "tomita-2001"];
/// The score of a lesion.
pub(crate) const SINS: &str = "sins-2010";
/// Facts that a meeting looks at first, besides those of lesions.
const KEY_FACTS: [&str; 6] = [
    "histology",
    "kps",
    "frankel",
    "ambulatory-status",
    "deficit-course",
    "life-expectancy-clinician",
];

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .page("/cases/{number}", needs(Action::CaseRead), overview)
        .page("/cases/{number}/evaluations/{ordinal}", needs(Action::CaseRead), evaluation)
        .command(
            "/cases/{number}/evaluations",
            needs(Action::EvaluationMake).leaves(EventKind::EvaluationMade),
            make_evaluation,
        )
}

/// The number in an address; anything else is not found.
pub(crate) fn number(text: &str) -> Result<CaseNumber, WebError> {
    text.parse().map_err(|_| WebError::NotFound)
}

/// Everything that the pages about the facts of a case start from.
pub(crate) struct CaseFacts {
    pub(crate) head: CaseHead,
    pub(crate) current: Option<StoredAssessment>,
    pub(crate) stored: Option<StoredEvaluation>,
    /// Computed again from the recorded facts under the recorded protocol.
    pub(crate) evaluation: Option<Evaluation>,
}

impl CaseFacts {
    /// Whether what is recorded and what comes out now are the same bytes.
    pub(crate) fn recomputes(&self) -> bool {
        match (&self.stored, &self.evaluation) {
            (Some(stored), Some(evaluation)) => {
                evaluation.hash().is_ok_and(|hash| hash == stored.hash)
            }
            _ => true,
        }
    }

    pub(crate) async fn read<A: mdt::permission::Act>(
        app: &App,
        reading: &mut Reading<A, CaseKey>,
    ) -> Result<Self, WebError> {
        let head = cases::head(reading).await?;
        let current = assessments::current(reading).await?;
        let stored = match &current {
            Some(current) => assessments::evaluation_of(reading, current.id).await?,
            None => None,
        };
        let evaluation = evaluate(app, current.as_ref(), stored.as_ref()).await?;
        Ok(Self { head, current, stored, evaluation })
    }
}

async fn evaluate(
    app: &App,
    assessment: Option<&StoredAssessment>,
    stored: Option<&StoredEvaluation>,
) -> Result<Option<Evaluation>, WebError> {
    let (Some(assessment), Some(stored)) = (assessment, stored) else { return Ok(None) };
    let compiled = app.store.compiled(stored.protocol_version).await?;
    Ok(Some(assessments::evaluate(&compiled, &assessment.assessment)?))
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default, rename = "what-if")]
    what_if: String,
}

async fn overview(
    State(app): State<App>,
    visitor: Visitor,
    path: paths::Case,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let number = number(&path.number)?;
    let mut reading = app.store.read_case::<act::CaseRead>(&visitor.actor, &number).await?;
    let facts = CaseFacts::read(&app, &mut reading).await?;
    if facts.head.view == CaseView::Status {
        return Ok(see(&format!("/cases/{number}/referral")));
    }
    let referrals = referrals::of_case(&mut reading).await?;
    let decisions = decisions::read::decisions_of(&mut reading).await?;
    let event = Event::new(EventKind::CaseRead)
        .subject(SubjectKind::Case, reading.subject.id)
        .case(reading.subject.id)
        .patient(reading.subject.patient)
        .data("page", "overview")
        .data("named", facts.head.view == CaseView::Full);
    let case = reading.record(event).await?;
    let names = app.user_names().await?;
    let built = Overview {
        visitor: &visitor,
        case: &case,
        facts: &facts,
        names: &names,
        asked: &asked.what_if,
    };
    page(&built.page(&referrals, &decisions))
}

struct Overview<'a> {
    visitor: &'a Visitor,
    case: &'a CaseKey,
    facts: &'a CaseFacts,
    names: &'a BTreeMap<UserId, String>,
    asked: &'a str,
}

impl Overview<'_> {
    fn href(&self) -> String {
        format!("/cases/{}", self.case.number)
    }

    fn may(&self, action: Action) -> bool {
        self.visitor.actor.may(action, self.case.site) && self.case.open
    }

    fn page(&self, referrals: &[Referral], decisions: &CaseDecisions) -> CasePage {
        let current = self.facts.current.as_ref();
        let assessment = current.map(|current| &current.assessment);
        let editable = self.may(Action::AssessmentSave);
        let lesions = assessment.map(|assessment| assessment.levels().len());
        let (scores, others) = self.scores();
        CasePage {
            shell: self.visitor.shell("Overview", Some(Section::Cases)).for_patient(),
            banner: banner::of_case(self.visitor, self.case, &self.facts.head, assessment),
            tabs: banner::tabs(self.visitor, self.case, Some(CaseTab::Overview), lesions),
            cord: assessment
                .filter(|_| self.facts.head.cord_at_risk)
                .map(banner::cord_at_risk)
                .map(|because| CordAtRisk { because, clock: None }),
            spine: spine::of_case(
                &self.href(),
                editable,
                assessment,
                self.facts.evaluation.as_ref(),
            ),
            add_lesion: editable.then(|| {
                let words =
                    if lesions.unwrap_or(0) == 0 { "Add the index lesion" } else { "Add lesion" };
                Link::new(words, format!("{}/lesions#mark", self.href()))
            }),
            lesions_href: format!("{}/lesions", self.href()),
            scores_note: self.scores_note(&scores),
            no_scores: self.no_scores(),
            scores,
            others,
            evaluation: self.evaluation_line(),
            question: referrals
                .first()
                .filter(|_| self.facts.head.view == CaseView::Full)
                .map(|one| self.question(one)),
            facts: self.key_facts(),
            all_facts: current.map(|current| {
                Link::new("All facts", format!("{}/assessments/{}", self.href(), current.ordinal))
            }),
            advice: self.advice(decisions),
        }
    }

    fn by(&self) -> String {
        let Some(current) = &self.facts.current else { return String::new() };
        let name = self.names.get(&current.recorded_by).cloned().unwrap_or_default();
        let zone = self.visitor.sites.zone(self.case.site);
        format!("{name} · {}", display::date_time(current.recorded_at, zone))
    }

    fn scores(&self) -> (Vec<ScoreCard>, Vec<OtherLesion>) {
        let Some(evaluation) = &self.facts.evaluation else { return (Vec::new(), Vec::new()) };
        let index = self
            .facts
            .current
            .as_ref()
            .and_then(|current| banner::index_level(&current.assessment));
        let (href, by) = (self.href(), self.by());
        let context = CardContext {
            case_href: &href,
            index: index.as_deref(),
            by: &by,
            what_if: Some(&href),
            explained: false,
        };
        let mut first = Vec::new();
        let mut others = Vec::new();
        for result in evaluation.results().filter(|result| result.rule_set().id == SINS) {
            let Some(card) = score_card::card(&result, &context) else { continue };
            let card = score_card::with_what_if(card, evaluation, self.asked);
            let level = result.level().unwrap_or_default().to_owned();
            if index.as_deref() == Some(level.as_str()) {
                first.push(card);
            } else {
                others.push(self.other(level, card));
            }
        }
        for id in ADVISING {
            let card =
                evaluation.result(id, None).and_then(|result| score_card::card(&result, &context));
            first.extend(card.map(|card| score_card::with_what_if(card, evaluation, self.asked)));
        }
        (first, others)
    }

    fn other(&self, level: String, sins: ScoreCard) -> OtherLesion {
        let summary = self.facts.current.as_ref().map(|current| {
            let at = level.parse().ok();
            let words = ["sins-bone-lesion", "escc-grade"].into_iter().filter_map(|code| {
                let value = current.assessment.value(code, at)?;
                let entry = dictionary().entry(code)?;
                let shown = entry.shown(value);
                Some(if code == "escc-grade" {
                    format!("ESCC {shown}")
                } else {
                    shown.to_lowercase()
                })
            });
            words.collect::<Vec<_>>().join(" · ")
        });
        OtherLesion {
            href: format!("{}/lesions/{level}", self.href()),
            level,
            summary: summary.unwrap_or_default(),
            sins,
        }
    }

    fn scores_note(&self, cards: &[ScoreCard]) -> String {
        let Some(current) = &self.facts.current else { return String::new() };
        let recorded = current.assessment.recorded().count();
        let complete = cards
            .iter()
            .filter(|card| !matches!(card.standing, crate::view::score::Standing::Possible { .. }))
            .count();
        let word = if complete == cards.len() { "Complete." } else { "Not complete." };
        format!(
            "{word} {complete} of {} scores calculated from {recorded} recorded facts.",
            cards.len()
        )
    }

    fn no_scores(&self) -> Option<Empty> {
        match (&self.facts.current, &self.facts.stored) {
            (None, _) => Some(Empty::with_link(
                "No assessment yet. The scores are calculated when the first one is saved.",
                Link::new("Start the assessment", format!("{}/assessment", self.href())),
            )),
            (Some(_), None) => Some(Empty::new(
                "The site has no active protocol, so the facts are saved and nothing is calculated. A rule steward of \
                 the site can activate one.",
            )),
            (Some(_), Some(_)) => None,
        }
    }

    fn evaluation_line(&self) -> Option<EvaluationLine> {
        let (current, stored) = (self.facts.current.as_ref()?, self.facts.stored.as_ref()?);
        let protocol = self.facts.evaluation.as_ref()?.compiled().protocol();
        let zone = self.visitor.sites.zone(self.case.site);
        Some(EvaluationLine {
            text: format!(
                "Assessment {} of {}, protocol {} v{}, engine {}",
                current.ordinal,
                display::date_time(current.recorded_at, zone),
                protocol.id,
                protocol.version,
                stored.engine
            ),
            href: format!("{}/evaluations/{}", self.href(), current.ordinal),
            newer: None,
        })
    }

    fn question(&self, referral: &Referral) -> Question {
        let answer = |field: &str| referral.document.answer(field).unwrap_or_default().to_owned();
        Question {
            history: answer("whats_new"),
            question: answer("question"),
            source: Link::new("Referral", format!("{}/referral", self.href())),
        }
    }

    fn key_facts(&self) -> Vec<KeyFact> {
        let Some(current) = &self.facts.current else { return Vec::new() };
        let zone = self.visitor.sites.zone(self.case.site);
        let levels = current.assessment.levels();
        let of_case = KEY_FACTS.into_iter().map(|code| (code, None));
        let of_lesions = levels.iter().map(|level| ("escc-grade", Some(*level)));
        of_case
            .chain(of_lesions)
            .filter_map(|(code, level)| {
                let recorded = current.assessment.fact(code, level)?;
                let entry = dictionary().entry(code)?;
                let place = level.map(|level| format!(" at {level}")).unwrap_or_default();
                let by = recorded
                    .recorded_by
                    .parse()
                    .ok()
                    .and_then(|id: UserId| self.names.get(&id).cloned());
                let source = recorded.source.map(|source| source_words(source.code()));
                Some(KeyFact {
                    fact: format!("{}{place}", entry.label()),
                    value: entry.shown_fact(&recorded.fact),
                    recorded: display::date(display::day_of(recorded.recorded_at, zone)),
                    source: source.into_iter().chain(by).collect::<Vec<_>>().join(", "),
                })
            })
            .collect()
    }

    fn advice(&self, decisions: &CaseDecisions) -> AdvicePanel {
        let mut scores = Vec::new();
        let mut notes = Vec::new();
        if let Some(evaluation) = &self.facts.evaluation {
            scores.extend(ADVISING.iter().filter_map(|id| advice(evaluation, id)));
            if !self.facts.recomputes() {
                notes.push(Note {
                    tone: Tone::Crit,
                    title: "The stored evaluation does not recompute.".to_owned(),
                    text: "Ask the auditor to verify the log before deciding on it.".to_owned(),
                });
            }
        }
        let mut actions = Vec::new();
        let action = |words: &str, path: &str, key: Option<&str>, primary| CaseAction {
            link: Link::new(words, format!("{}{path}", self.href())),
            key: key.map(str::to_owned),
            primary,
        };
        if self.may(Action::DecisionRecord) && self.facts.current.is_some() {
            let words = if decisions.open().is_some() {
                "Open the draft decision"
            } else {
                "Record decision"
            };
            actions.push(action(words, "/decision", Some("d"), true));
        }
        if self.may(Action::AssessmentSave) {
            actions.push(action(
                "New assessment",
                "/assessment",
                None,
                self.facts.current.is_none(),
            ));
        }
        if let Some(current) = self.facts.current.as_ref().filter(|_| self.facts.stored.is_some()) {
            actions.push(action(
                "Full evaluation",
                &format!("/evaluations/{}", current.ordinal),
                None,
                false,
            ));
        }
        AdvicePanel { scores, notes, actions, decision: self.standing_decision(decisions) }
    }

    fn standing_decision(&self, decisions: &CaseDecisions) -> Option<Link> {
        let (decision, version) = decisions.0.iter().rev().find_map(|decision| {
            decision
                .versions
                .last()
                .filter(|_| !decision.is_voided())
                .map(|version| (decision, version))
        })?;
        let zone = self.visitor.sites.zone(self.case.site);
        let when = display::date(display::day_of(version.signed_at, zone));
        Some(Link::new(
            format!("Signed {when}, version {}", version.version),
            format!("{}/decisions/{}/{}", self.href(), decision.ordinal, version.version),
        ))
    }
}

/// The dictionary's words for a source.
pub(crate) fn source_words(code: &str) -> String {
    let sources = dictionary().sources();
    sources
        .iter()
        .find(|one| one.code == code)
        .map_or_else(|| code.to_owned(), |one| one.label.clone())
}

/// What one score advises: the printed strategy of every band still possible.
pub(crate) fn advice(evaluation: &Evaluation, id: &str) -> Option<Advice> {
    let result = evaluation.result(id, None)?;
    let rule_set = result.rule_set();
    let score = rule_set.score()?;
    let possible = score_card::possible(&result);
    let bands = result.bands();
    let several = bands.len() > 1;
    let max = score.bands.last().map(|band| band.to.to_string()).unwrap_or_default();
    let line = |band: &rules::ruleset::Band| {
        let strategy = band.strategy.clone().unwrap_or_else(|| band.meaning.clone());
        if several { format!("{}: {strategy}", band.title) } else { strategy }
    };
    Some(Advice {
        title: rule_set.short_title.clone(),
        badge: score_card::badge(rule_set),
        result: if possible.is_empty() {
            "does not apply".to_owned()
        } else {
            format!("{} / {max}", totals_in_words(&possible))
        },
        bands: bands.iter().map(|band| score_card::band_tag(score, band)).collect(),
        strategies: bands.iter().map(|band| line(band)).collect(),
        survival: match bands.as_slice() {
            [only] => only.survival.clone().unwrap_or_default(),
            _ => String::new(),
        },
        source: score_card::short_citation(&rule_set.citation),
    })
}

async fn evaluation(
    State(app): State<App>,
    visitor: Visitor,
    path: paths::EvaluationRead,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let number = number(&path.number)?;
    let ordinal: i32 = path.ordinal.parse().map_err(|_| WebError::NotFound)?;
    let mut reading = app.store.read_case::<act::CaseRead>(&visitor.actor, &number).await?;
    let head = cases::head(&mut reading).await?;
    if head.view == CaseView::Status {
        return Err(WebError::Forbidden(Action::CaseRead));
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
    let built = Overview {
        visitor: &visitor,
        case: &case,
        facts: &facts,
        names: &names,
        asked: &asked.what_if,
    };
    // The banner and the tabs are of today, whatever the page is of.
    let today = today.as_ref().map(|current| &current.assessment);
    page(&built.evaluation_page(today, ordinal == latest, newer)?)
}

/// The offer to move to the protocol in force, when the case is pinned to another one.
async fn newer_protocol(
    app: &App,
    visitor: &Visitor,
    reading: &mut Reading<act::CaseRead, CaseKey>,
    stored: &StoredEvaluation,
) -> Result<Option<crate::view::evaluation::NewerProtocol>, WebError> {
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
    Ok(Some(crate::view::evaluation::NewerProtocol {
        protocol: protocol_badge(new.protocol()),
        since: format!(
            "In force at {} since {}",
            visitor.sites.name(site),
            display::date_time(in_force.active_from, zone)
        ),
        differences: differences(&before, &after),
        form: may.then(|| FormView::new(action, visitor.new_command_id(), &FormInput::default())),
    }))
}

fn protocol_badge(protocol: &rules::PinnedProtocol) -> RuleBadge {
    RuleBadge {
        title: protocol.id.clone(),
        version: format!("v{}", protocol.version),
        href: "/rules".to_owned(),
    }
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

impl Overview<'_> {
    fn evaluation_page(
        &self,
        today: Option<&Assessment>,
        is_current: bool,
        newer: Option<crate::view::evaluation::NewerProtocol>,
    ) -> Result<EvaluationPage, WebError> {
        let (Some(current), Some(stored), Some(evaluation)) =
            (&self.facts.current, &self.facts.stored, &self.facts.evaluation)
        else {
            return Err(WebError::NotFound);
        };
        let href = self.href();
        let own = format!("{href}/evaluations/{}", current.ordinal);
        let index = banner::index_level(&current.assessment);
        let by = self.by();
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
            protocol: protocol_badge(evaluation.compiled().protocol()),
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
            recalled: (!self.facts.recomputes()).then(|| {
                "The stored evaluation does not recompute to the same bytes. Ask the auditor to verify the log."
                    .to_owned()
            }),
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

async fn make_evaluation(
    State(app): State<App>,
    visitor: Visitor,
    path: paths::Evaluations,
    form: PostedForm,
) -> Result<Response, WebError> {
    let number = number(&path.number)?;
    let begun = app
        .store
        .command_on_case::<act::EvaluationMake>(&visitor.actor, &number, form.submission()?)
        .await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => assessments::make_evaluation(&app.store, command).await?.location,
    };
    visitor.flash(Tone::Ok, "The case now uses the protocol in force.", None).await?;
    Ok(see(&location))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_case_number_is_not_found() {
        assert!(number("NF-2026-0148").is_ok());
        assert!(matches!(number("../admin"), Err(WebError::NotFound)));
    }
}
