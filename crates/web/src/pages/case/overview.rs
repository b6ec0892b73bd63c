//! The overview of a case: scores, spine, facts, what each score advises.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use clinical::dictionary::dictionary;
use mdt::coded::Coded;
use mdt::display;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::UserId;
use mdt::permission::{Action, CaseView, act};
use store::CaseKey;
use store::cases::{self, Glance};
use store::referrals::{Demand, LESS_URGENT, ReferralDocument};

use super::{ADVISING, Asked, CaseFacts, SINS, advice, recorded, source_words};
use crate::error::WebError;
use crate::pages::asked::case_number;
use crate::pages::{page, see};
use crate::paths;
use crate::present::score_card::{self, CardContext};
use crate::present::{banner, demand, spine};
use crate::state::App;
use crate::view::case::{
    AdvicePanel, CaseAction, CasePage, CordAtRisk, EvaluationLine, KeyFact, Note, OtherLesion,
    Question,
};
use crate::view::score::ScoreCard;
use crate::view::{CaseTab, Empty, Link, Section, Tone};
use crate::visitor::Visitor;

/// Facts that a meeting looks at first, besides those of lesions.
const KEY_FACTS: [&str; 6] = [
    "histology",
    "kps",
    "frankel",
    "ambulatory-status",
    "deficit-course",
    "life-expectancy-clinician",
];

pub(super) async fn overview(
    State(app): State<App>,
    visitor: Visitor,
    path: paths::Case,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let mut reading = app.store.read_case::<act::CaseRead>(&visitor.actor, &number).await?;
    let facts = CaseFacts::read(&app, &mut reading).await?;
    if facts.head.view == CaseView::Status {
        return Ok(see(&format!("/cases/{number}/referral")));
    }
    let latest = cases::glance(&mut reading).await?;
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
        latest: &latest,
        asked: &asked.what_if,
    };
    page(&built.page())
}

struct Overview<'a> {
    visitor: &'a Visitor,
    case: &'a CaseKey,
    facts: &'a CaseFacts,
    names: &'a BTreeMap<UserId, String>,
    latest: &'a Glance,
    asked: &'a str,
}

impl Overview<'_> {
    fn href(&self) -> String {
        format!("/cases/{}", self.case.number)
    }

    fn may(&self, action: Action) -> bool {
        self.visitor.actor.may(action, self.case.site) && self.case.open
    }

    fn page(&self) -> CasePage {
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
                .map(|one| banner::cord_at_risk(one, self.visitor.sites.zone(self.case.site)))
                .map(|because| CordAtRisk { because, clock: None }),
            demanded: self.demanded(),
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
            question: self
                .latest
                .referral
                .as_ref()
                .filter(|_| self.facts.head.view == CaseView::Full)
                .map(|one| self.question(one)),
            no_question: match self.facts.head.view {
                CaseView::Full => "No question was sent with the referral.",
                CaseView::Deidentified | CaseView::Status => {
                    "The history and the question of the referral are not shown to you."
                }
            },
            facts: self.key_facts(),
            all_facts: current.map(|current| {
                Link::new("All facts", format!("{}/assessments/{}", self.href(), current.ordinal))
            }),
            advice: self.advice(),
        }
    }

    /// What the current facts demand, where the urgency of an open case is lower.
    fn demanded(&self) -> Option<(String, Link)> {
        let class = self.facts.head.referral.filter(|_| self.case.open)?.urgency;
        let facts = self.facts.current.as_ref()?.assessment.facts();
        let link = Link::new("Urgency", format!("{}/referral", self.href()));
        let demand = match Demand::of(&facts) {
            Ok(demand) if demand.is_above(class) => demand,
            Ok(_) => return None,
            Err(_) => {
                // Silence would read as "nothing demanded". The error quotes a value, so it is not logged.
                tracing::error!("the urgency that facts demand cannot be worked out");
                let words = "Which class of urgency the facts demand cannot be worked out.";
                return Some((words.to_owned(), link));
            }
        };
        let said = self.latest.referral.as_ref().and_then(|sent| sent.answer(LESS_URGENT));
        let said = said.filter(|_| self.facts.head.view == CaseView::Full);
        let words = format!(
            "The facts demand class {}: {}. Its urgency is {}{}",
            demand::class(&demand),
            demand::because(&demand),
            class.code(),
            said.map(|said| format!(
                ". When it was sent, the sender said: {}",
                said.trim_end_matches('.')
            ))
            .unwrap_or_default(),
        );
        Some((words, link))
    }

    fn scores(&self) -> (Vec<ScoreCard>, Vec<OtherLesion>) {
        let Some(evaluation) = &self.facts.evaluation else { return (Vec::new(), Vec::new()) };
        let index = self
            .facts
            .current
            .as_ref()
            .and_then(|current| banner::index_level(&current.assessment));
        let (href, by) = (self.href(), recorded(self.visitor, self.case, self.facts, self.names));
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
            (None, _) => {
                let text =
                    "No assessment yet. The scores are calculated when the first one is saved.";
                let href = format!("{}/assessment", self.href());
                let start = self.may(Action::AssessmentSave);
                Some(if start {
                    Empty::with_link(text, Link::new("Start the assessment", href))
                } else {
                    Empty::new(text)
                })
            }
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

    fn question(&self, referral: &ReferralDocument) -> Question {
        let answer = |field: &str| referral.answer(field).unwrap_or_default().to_owned();
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

    fn advice(&self) -> AdvicePanel {
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
        AdvicePanel { scores, notes, actions: self.actions(), decision: self.standing_decision() }
    }

    /// What the visitor may do from here.
    fn actions(&self) -> Vec<CaseAction> {
        let mut actions = Vec::new();
        let action = |words: &str, path: &str, key: Option<&str>, primary| CaseAction {
            link: Link::new(words, format!("{}{path}", self.href())),
            key: key.map(str::to_owned),
            primary,
        };
        if let Some((link, key)) = self.next_step() {
            let key = key.map(str::to_owned);
            actions.push(CaseAction { link, key, primary: self.facts.current.is_some() });
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
        actions
    }

    /// What comes next in the state that the case is in, and the key for it.
    fn next_step(&self) -> Option<(Link, Option<&'static str>)> {
        let decision = format!("{}/decision", self.href());
        let latest = self.latest;
        let records = self.may(Action::DecisionRecord);
        if records && latest.drafting {
            return Some((Link::new("Open the draft decision", decision), Some("d")));
        }
        if records && latest.writes && self.facts.current.is_some() {
            return Some((Link::new("Record decision", decision), Some("d")));
        }
        if let Some((meeting, starts_at)) = self.facts.head.listed {
            let zone = self.visitor.sites.zone(self.case.site);
            let day = display::date_with_day(display::day_of(starts_at, zone));
            let reads = self.visitor.actor.may(Action::MeetingRead, self.case.site);
            let link = Link::new(format!("On the agenda of {day}"), format!("/meetings/{meeting}"));
            return reads.then_some((link, None));
        }
        if latest.signed.is_some() {
            let amends = latest.chairs && self.may(Action::DecisionAmend);
            return Some(if amends {
                (Link::new("Amend the decision", format!("{decision}/amendment")), None)
            } else {
                (Link::new("Read the decision", decision), Some("d"))
            });
        }
        self.may(Action::AgendaPropose).then(|| {
            let address = format!("{}?case={}", paths::Meetings, self.case.number);
            (Link::new("List it for a meeting", address), None)
        })
    }

    fn standing_decision(&self) -> Option<Link> {
        let signed = self.latest.signed?;
        let zone = self.visitor.sites.zone(self.case.site);
        let when = display::date(display::day_of(signed.signed_at, zone));
        Some(Link::new(
            format!("Signed {when}, version {}", signed.version),
            format!("{}/decisions/{}/{}", self.href(), signed.decision, signed.version),
        ))
    }
}
