//! Agreements that were stated against other advice: they have to be chosen again, and the page says what
//! the advice was.

use mdt::coded::Coded;
use mdt::decision::{Advice, Agreement, DepartReason};
use rules::Evaluation;
use store::decisions::advice_of;

use super::form::Shown;
use super::loaded::{self, Loaded};
use crate::error::WebError;
use crate::pages::case::advice;
use crate::state::App;
use crate::view::FormInput;
use crate::view::decision::EarlierAdvice;
use crate::visitor::Visitor;

/// The evaluation that a draft was recorded on, where it is no longer the one of now.
pub(super) struct Earlier {
    evaluation: Option<Evaluation>,
    advising: Vec<Advice>,
    /// What was stated then, by rule set.
    stated: Vec<(String, String)>,
}

impl Earlier {
    /// Finds it, and takes back every statement about a score that advises something else by now.
    pub(super) async fn of(
        app: &App,
        visitor: &Visitor,
        loaded: &Loaded,
        shown: &mut Shown,
    ) -> Result<Self, WebError> {
        let now = loaded.evaluated();
        let other = |id: &mdt::ids::EvaluationId| Some(*id) != now;
        let typed_on = shown.evaluation.filter(other);
        let recorded_on = loaded.draft().map(|draft| draft.evaluation).filter(other);
        let Some(id) = typed_on.or(recorded_on) else {
            return Ok(Self { evaluation: None, advising: Vec::new(), stated: Vec::new() });
        };
        let evaluation = loaded::evaluation(app, visitor, &loaded.case.number, id).await?;
        let advising = evaluation.as_ref().map(advice_of).unwrap_or_default();
        let recorded = loaded.draft().map(|draft| draft.fields.clone()).unwrap_or_default();
        let recorded = FormInput::from_pairs(recorded);
        let mut earlier = Self { evaluation, advising, stated: Vec::new() };
        for score in &loaded.advising {
            if !earlier.is_changed(score) {
                continue;
            }
            let id = &score.rule_set;
            // Where they were chosen again already, what was stated first stands in the saved draft.
            let source = if typed_on.is_some() { &shown.input } else { &recorded };
            let words = stated(source, id);
            if typed_on.is_some() {
                for part in ["value", "reason", "words"] {
                    shown.input.values.remove(&format!("agreement.{id}.{part}"));
                }
            }
            earlier.stated.push((id.clone(), words));
        }
        Ok(earlier)
    }

    fn is_changed(&self, now: &Advice) -> bool {
        !self.advising.iter().any(|before| before == now)
    }

    /// What a score advised, where it advises something else by now.
    pub(super) fn advice_of(&self, now: &Advice) -> Option<EarlierAdvice> {
        let (_, stated) = self.stated.iter().find(|(id, _)| *id == now.rule_set)?;
        let before = self.evaluation.as_ref().and_then(|one| advice(one, &now.rule_set));
        Some(EarlierAdvice {
            result: before
                .as_ref()
                .map_or_else(|| "not evaluated".to_owned(), |one| one.result.clone()),
            strategies: before.map(|one| one.strategies).unwrap_or_default(),
            stated: stated.clone(),
        })
    }
}

/// `Partly: instability decides; the fracture counts more`
fn stated(input: &FormInput, rule_set: &str) -> String {
    let field = |part: &str| input.value(&format!("agreement.{rule_set}.{part}")).to_owned();
    let Ok(agreement) = Agreement::from_code(&field("value")) else { return String::new() };
    let reason = DepartReason::from_code(&field("reason")).ok();
    let why: Vec<String> = reason
        .map(|reason| reason.label().to_owned())
        .into_iter()
        .chain(Some(field("words")).filter(|words| !words.is_empty()))
        .collect();
    if why.is_empty() {
        agreement.label().to_owned()
    } else {
        format!("{}: {}", agreement.label(), why.join("; ").trim_end_matches('.'))
    }
}
