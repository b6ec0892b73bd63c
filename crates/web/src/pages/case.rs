//! The pages of a case that show what its facts come to, and what they share.

mod evaluation;
mod overview;

use std::collections::BTreeMap;

use clinical::dictionary::dictionary;
use mdt::display;
use mdt::event::EventKind;
use mdt::ids::UserId;
use mdt::permission::{Act, Action};
use rules::Evaluation;
use serde::Deserialize;
use store::assessments::{self, StoredAssessment, StoredEvaluation};
use store::cases::{self, CaseHead};
use store::{CaseKey, Reading};

use crate::error::WebError;
use crate::present::score_card;
use crate::routes::{Routes, needs};
use crate::state::App;
use crate::view::case::Advice;
use crate::view::score::totals_in_words;
use crate::visitor::Visitor;

/// The scores that give advice, in the order of the page.
pub(crate) const ADVISING: [&str; 2] = ["tokuhashi-2005", "tomita-2001"];
/// The score of a lesion.
pub(crate) const SINS: &str = "sins-2010";
/// What every page says whose evaluation comes out differently from what was recorded.
pub(crate) const DOES_NOT_RECOMPUTE: &str = "The stored evaluation does not recompute to the same bytes. Ask the auditor to verify the log before deciding on it.";

pub(super) fn routes(routes: Routes) -> Routes {
    let reads = needs(Action::CaseRead);
    routes
        .page("/cases/{number}", reads, overview::overview)
        .page("/cases/{number}/evaluations/{ordinal}", reads, evaluation::evaluation)
        .command(
            "/cases/{number}/evaluations",
            needs(Action::EvaluationMake).leaves(EventKind::EvaluationMade),
            evaluation::make_evaluation,
        )
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

    pub(crate) async fn read<A: Act>(
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

/// Who recorded the facts, and when.
fn recorded(
    visitor: &Visitor,
    case: &CaseKey,
    facts: &CaseFacts,
    names: &BTreeMap<UserId, String>,
) -> String {
    let Some(current) = &facts.current else { return String::new() };
    let name = names.get(&current.recorded_by).cloned().unwrap_or_default();
    let zone = visitor.sites.zone(case.site);
    format!("{name} · {}", display::date_time(current.recorded_at, zone))
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
