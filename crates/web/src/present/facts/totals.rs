//! "Totals now": what the scores come to with what was typed so far, never a guess.

use std::collections::BTreeSet;

use clinical::assessment::{Assessment, FactKey};
use clinical::dictionary::dictionary;
use clinical::level::VertebralLevel;
use rules::types::Scope;
use rules::value::{Fact, FactValue};
use rules::{Evaluation, RuleResult};

use super::Sheet;
use crate::present::score_card;
use crate::view::Link;
use crate::view::assessment::{MiniTotal, TotalsPanel};
use crate::view::fact::{FactRow, FactSection, LesionSection, Standing};
use crate::view::score::totals_in_words;

impl Sheet<'_> {
    /// The panel: the assessment that would be saved, its scores, and how many facts are open.
    pub fn totals(
        &self,
        assessment: Option<&Assessment>,
        sections: &[FactSection],
        lesions: &[LesionSection],
    ) -> TotalsPanel {
        let all = || sections.iter().chain(lesions.iter().map(|lesion| &lesion.facts));
        let (answered, missing) = self.asked(assessment);
        let open = answered.union(&missing).count() - answered.len();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let mut scores = self.evaluation.map(minis).unwrap_or_default();
        scores.extend(assessment.into_iter().flat_map(|assessment| self.grades(assessment)));
        TotalsPanel {
            answered: number(answered.len()),
            asked: number(answered.len() + open),
            marks: marks(all().flat_map(|section| section.rows.iter().chain(&section.more)), open),
            at: format!("Calculated {}.", clock(self)),
            nothing: if self.points.is_none() {
                "The site has no active protocol: facts can be saved, and nothing is calculated."
                    .to_owned()
            } else {
                "No total yet: nothing is answered.".to_owned()
            },
            scores,
            next_open: all()
                .find_map(FactSection::first_open)
                .map(|row| Link::new("Next open fact", format!("#{}", row.id()))),
        }
    }

    /// Facts that the scores ask for: those with an answer, and those that still narrow a total.
    fn asked(&self, assessment: Option<&Assessment>) -> (BTreeSet<FactKey>, BTreeSet<FactKey>) {
        let (Some(evaluation), Some(assessment)) = (self.evaluation, assessment) else {
            return Default::default();
        };
        let compiled = evaluation.compiled();
        let mut answered = BTreeSet::new();
        let mut missing = BTreeSet::new();
        for result in evaluation.results().filter(|result| result.rule_set().score().is_some()) {
            for code in compiled.asked_facts(&result.rule_set().id) {
                let keys = keys(code, &result, assessment);
                answered.extend(
                    keys.into_iter().filter(|key| assessment.fact(&key.code, key.level).is_some()),
                );
            }
            for code in result.missing() {
                missing.extend(keys(code, &result, assessment));
            }
        }
        (answered, missing)
    }

    /// The grades of compression, which are no sums.
    fn grades(&self, assessment: &Assessment) -> Vec<MiniTotal> {
        let entry = dictionary().entry("escc-grade");
        let of_level = |level: VertebralLevel| {
            let entry = entry?;
            let recorded = assessment.fact(entry.code(), Some(level))?;
            let Fact::Known(value @ FactValue::Code(_)) = &recorded.fact else { return None };
            let shown = entry.shown(value);
            let words = dictionary().value_label(entry.code(), &shown).unwrap_or_default();
            let before = self.base.and_then(|base| base.value(entry.code(), Some(level)));
            let was = before
                .filter(|before| *before != value)
                .map(|before| format!(" Was {}.", entry.shown(before)));
            Some(MiniTotal {
                title: format!("{} at {level}", entry.label()),
                value: shown,
                max: String::new(),
                scale: None,
                crosses: false,
                note: format!("{words}.{}", was.unwrap_or_default()),
            })
        };
        assessment.levels().into_iter().filter_map(of_level).collect()
    }
}

fn clock(sheet: &Sheet<'_>) -> String {
    sheet.now.with_timezone(&sheet.zone).format("%H:%M:%S").to_string()
}

/// Where a fact that a score rests on is asked: at the level of the score, at every level, or once.
fn keys(code: &str, result: &RuleResult<'_>, assessment: &Assessment) -> Vec<FactKey> {
    let of_lesion = dictionary().entry(code).is_some_and(|entry| entry.scope() == Scope::Lesion);
    if code == "level" {
        return Vec::new();
    }
    if !of_lesion {
        return vec![FactKey::case(code)];
    }
    match result.level().and_then(|level| level.parse().ok()) {
        Some(level) => vec![FactKey::lesion(level, code)],
        None => assessment.levels().into_iter().map(|level| FactKey::lesion(level, code)).collect(),
    }
}

fn minis(evaluation: &Evaluation) -> Vec<MiniTotal> {
    let (mut of_case, of_lesions): (Vec<_>, Vec<_>) = evaluation
        .results()
        .filter(|result| result.rule_set().score().is_some())
        .partition(|result| result.level().is_none());
    of_case.sort_by_key(|result| &result.rule_set().id);
    of_case.iter().chain(&of_lesions).filter_map(mini).collect()
}

fn mini(result: &RuleResult<'_>) -> Option<MiniTotal> {
    let rule_set = result.rule_set();
    let score = rule_set.score()?;
    let possible = score_card::possible(result);
    let bands = result.bands();
    let place = result.level().map(|level| format!(" at {level}")).unwrap_or_default();
    let titles = bands.iter().map(|band| band.title.clone()).collect::<Vec<_>>().join(", or ");
    let open: Vec<String> = result
        .missing()
        .into_iter()
        .map(|code| score_card::label_at(code, result.level()))
        .collect();
    let open = if open.is_empty() { String::new() } else { format!(" Open: {}.", open.join("; ")) };
    Some(MiniTotal {
        title: format!("{}{place}", rule_set.short_title),
        value: if possible.is_empty() {
            "does not apply".to_owned()
        } else {
            totals_in_words(&possible)
        },
        max: if possible.is_empty() {
            String::new()
        } else {
            score.bands.last().map(|band| band.to.to_string()).unwrap_or_default()
        },
        scale: (!possible.is_empty()).then(|| score_card::scale(score, &possible)),
        crosses: bands.len() > 1,
        note: if titles.is_empty() { open.trim().to_owned() } else { format!("{titles}.{open}") },
    })
}

/// `13 confirmed, 1 changed, 2 unknown, 2 to answer.`
fn marks<'a>(rows: impl Iterator<Item = &'a FactRow>, open: usize) -> String {
    let standings: Vec<Standing> = rows.map(|row| row.standing).collect();
    let count = |one: Standing| standings.iter().filter(|standing| **standing == one).count();
    let counts = [
        (count(Standing::New), "new"),
        (count(Standing::Confirmed), "confirmed"),
        (count(Standing::Changed), "changed"),
        (count(Standing::Unknown), "unknown"),
        (open, "to answer"),
    ];
    let counts = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"));
    let words = counts.collect::<Vec<_>>().join(", ");
    if words.is_empty() { words } else { format!("{words}.") }
}

/// The counts of the panel, for the sentence beside the button.
pub fn save_note(panel: &TotalsPanel) -> String {
    match panel.asked - panel.answered {
        0 => "Every fact that the scores ask for has an answer.".to_owned(),
        1 => "1 fact to answer. You can save with it open: totals stay intervals and nothing is guessed.".to_owned(),
        open => {
            format!("{open} facts to answer. You can save with them open: totals stay intervals and nothing is guessed.")
        }
    }
}
