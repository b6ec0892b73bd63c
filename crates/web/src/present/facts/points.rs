//! What every answer is worth in the scores of a protocol, shown beside it.
//!
//! The points come from evaluating the protocol with this one answer: no table is read twice, and what a mapping
//! leaves open is shown as open.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use clinical::dictionary::{Dictionary, Entry, dictionary};
use rules::ruleset::{Condition, RuleScope, RuleSet};
use rules::types::{FactType, Scope};
use rules::value::{Fact, FactValue, Facts, LesionFacts};
use rules::{Compiled, Evaluation, Hash};

/// A level that no mapping treats in a way of its own.
const NEUTRAL_LEVEL: &str = "T5";

/// What one answer is worth in one component of one score.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Share {
    score: String,
    points: Vec<i64>,
    /// The wording of the option, where only one remains.
    label: Option<String>,
}

/// The points of every answer under one protocol.
#[derive(Debug, Default)]
pub struct Points {
    by_answer: BTreeMap<(String, String), Vec<Share>>,
    /// Numbers: `None: Tok 2 · 1 or 2: Tok 1`.
    by_number: BTreeMap<String, String>,
}

impl Points {
    /// The points of a protocol, worked out once.
    pub fn of(compiled: &Arc<Compiled>) -> Arc<Self> {
        static KNOWN: LazyLock<Mutex<BTreeMap<Hash, Arc<Points>>>> = LazyLock::new(Mutex::default);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            known.entry(compiled.hash()).or_insert_with(|| Arc::new(Self::worked_out(compiled))),
        )
    }

    fn worked_out(compiled: &Arc<Compiled>) -> Self {
        let mut points = Self::default();
        let mut scores: Vec<_> =
            compiled.rule_sets().iter().filter(|one| one.score().is_some()).collect();
        scores.sort_by_key(|score| &score.id);
        for score in scores {
            let rests_on =
                compiled.asked_facts(&score.id).into_iter().chain(compiled.read_facts(&score.id));
            for entry in rests_on
                .filter_map(|code| dictionary().entry(code))
                .filter(|entry| entry.code() != "level")
            {
                for value in values(entry) {
                    let shares = shares(compiled, score, entry, &value);
                    let of_answer = points
                        .by_answer
                        .entry((entry.code().to_owned(), posted(&value)))
                        .or_default();
                    of_answer.extend(
                        shares
                            .into_iter()
                            .filter(|share| !of_answer.contains(share))
                            .collect::<Vec<_>>(),
                    );
                }
                points.number(score, entry);
            }
        }
        points
    }

    fn number(&mut self, score: &RuleSet, entry: &Entry) {
        let components = score.score().map_or(&[][..], |score| &score.components);
        let Some(component) = components.iter().find(|one| one.fact == entry.code()) else {
            return;
        };
        if !matches!(entry.fact_type(), FactType::Integer { .. }) || !entry.choices.is_empty() {
            return;
        }
        let mut options: Vec<_> = component.options.iter().collect();
        options.sort_by_key(|option| match option.when {
            Condition::Range { from, .. } => from,
            Condition::Codes(_) | Condition::Bool(_) | Condition::AnyOf(_) => None,
        });
        let words = options
            .iter()
            .map(|option| format!("{}: {} {}", option.label, short(score), or(&option.points)));
        let words = words.collect::<Vec<_>>().join(" · ");
        let known = self.by_number.entry(entry.code().to_owned()).or_default();
        if !known.contains(&words) {
            *known = if known.is_empty() { words } else { format!("{known} · {words}") };
        }
    }

    /// `Tok 2 · Tom 0`; empty where the answer alone moves nothing.
    pub fn detail(&self, code: &str, value: &str) -> String {
        let shares = self.shares(code, value);
        shares
            .iter()
            .map(|share| format!("{} {}", share.score, or(&share.points)))
            .collect::<Vec<_>>()
            .join(" · ")
    }

    /// `Tok 3 (kidney, uterus) · Tom 2 (moderate growth)`; empty where the answer alone moves nothing.
    pub fn gives(&self, code: &str, value: &str) -> String {
        let shares = self.shares(code, value).iter().map(|share| {
            let label = share
                .label
                .as_ref()
                .map(|label| format!(" ({})", label.to_lowercase()))
                .unwrap_or_default();
            format!("{} {}{label}", share.score, or(&share.points))
        });
        shares.collect::<Vec<_>>().join(" · ")
    }

    /// The points of a number, by range; empty where no score reads it.
    pub fn ranges(&self, code: &str) -> &str {
        self.by_number.get(code).map_or("", String::as_str)
    }

    fn shares(&self, code: &str, value: &str) -> &[Share] {
        self.by_answer.get(&(code.to_owned(), value.to_owned())).map_or(&[], Vec::as_slice)
    }
}

/// The values of a fact that are answers to choose from.
fn values(entry: &Entry) -> Vec<FactValue> {
    match entry.fact_type() {
        FactType::Codes(codes) => codes.iter().cloned().map(FactValue::Code).collect(),
        FactType::Bool => vec![FactValue::Bool(true), FactValue::Bool(false)],
        FactType::Integer { .. } => {
            let numbers = entry.choices.iter().filter_map(|choice| choice.code.parse().ok());
            numbers.map(FactValue::Integer).collect()
        }
        _ => Vec::new(),
    }
}

fn posted(value: &FactValue) -> String {
    match value {
        FactValue::Bool(answer) => answer.to_string(),
        FactValue::Integer(number) => number.to_string(),
        FactValue::Code(code) => code.clone(),
        other => format!("{other:?}"),
    }
}

/// The components that the answer narrows, against the same facts without it.
fn shares(
    compiled: &Arc<Compiled>,
    score: &RuleSet,
    entry: &Entry,
    value: &FactValue,
) -> Vec<Share> {
    let before = evaluated(compiled, score, entry, None);
    let after = evaluated(compiled, score, entry, Some(value));
    let (Some(before), Some(after)) = (before, after) else { return Vec::new() };
    let open = before.result(&score.id, None);
    let Some((open, given)) = open.zip(after.result(&score.id, None)) else { return Vec::new() };
    let Some(table) = score.score() else { return Vec::new() };
    if given.is_not_applicable() {
        return Vec::new();
    }
    let open = open.components(table);
    let given = given.components(table);
    let narrowed = given.iter().zip(&open).filter(|(given, open)| given.points != open.points);
    narrowed
        .map(|(given, _)| Share {
            score: short(score),
            points: given.points.clone(),
            label: match given.options.as_slice() {
                [only] => Some(only.label.clone()),
                _ => None,
            },
        })
        .collect()
}

fn evaluated(
    compiled: &Arc<Compiled>,
    score: &RuleSet,
    entry: &Entry,
    value: Option<&FactValue>,
) -> Option<Evaluation> {
    let mut facts = Facts::default();
    let mut lesion = LesionFacts { level: NEUTRAL_LEVEL.to_owned(), facts: BTreeMap::new() };
    let mut set = |entry: &Entry, value: FactValue| {
        let of = if entry.scope() == Scope::Lesion { &mut lesion.facts } else { &mut facts.case };
        of.insert(entry.code().to_owned(), Fact::Known(value));
    };
    if let Some((other, met)) = condition(dictionary(), entry) {
        set(other, met);
    }
    if let Some(value) = value {
        set(entry, value.clone());
    }
    if score.scope == RuleScope::Lesion {
        facts.lesions.push(lesion);
    }
    rules::evaluate(compiled, &facts).ok()
}

/// The answer of another fact without which this one has no value.
fn condition<'a>(dictionary: &'a Dictionary, entry: &Entry) -> Option<(&'a Entry, FactValue)> {
    let condition = entry.only_if.as_ref()?;
    let other = dictionary.entry(&condition.fact)?;
    let value = condition.values.first()?;
    let met = values(other).into_iter().find(|one| posted(one) == *value)?;
    Some((other, met))
}

/// `Tok` for Tokuhashi 2005, `SINS` for SINS: initials stay, names are cut.
fn short(score: &RuleSet) -> String {
    let first = score.short_title.split_whitespace().next().unwrap_or_default();
    let initials = first.chars().all(|sign| sign.is_uppercase() || sign.is_ascii_digit());
    if initials { first.to_owned() } else { first.chars().take(3).collect() }
}

fn or(points: &[i64]) -> String {
    let words: Vec<String> = points.iter().map(ToString::to_string).collect();
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core() -> Arc<Points> {
        Points::of(&clinical::protocol::default_protocol().unwrap())
    }

    #[test]
    fn an_answer_shows_what_the_published_tables_give_it() {
        let points = core();
        // Fisher 2010, Spine; Tokuhashi 2005, Spine; Tomita 2001, Spine.
        assert_eq!(points.detail("sins-pain", "mechanical"), "SINS 3");
        assert_eq!(points.detail("sins-collapse", "exactly-50"), "SINS 2 or 3");
        assert_eq!(points.detail("kps", "80"), "Tok 2");
        assert_eq!(points.detail("frankel", "D"), "Tok 1");
        assert_eq!(points.detail("visceral-metastases", "none"), "Tok 2 · Tom 0");
        assert_eq!(points.detail("visceral-removable", "all-removable"), "Tok 1");
        assert_eq!(points.detail("visceral-treatable", "untreatable"), "Tom 4");
        assert_eq!(points.detail("sins-location", "junctional"), "SINS 3");
    }

    #[test]
    fn what_an_answer_leaves_open_is_shown_as_open() {
        let points = core();
        assert_eq!(points.detail("visceral-metastases", "present"), "Tok 0 or 1 · Tom 2 or 4");
        assert_eq!(points.detail("primary-status", "controlled"), "");
    }

    #[test]
    fn a_tumour_says_which_groups_it_falls_into() {
        let gives = core().gives("histology", "renal-cell");
        assert!(gives.starts_with("Tok 3 (kidney"), "{gives}");
        assert!(gives.contains(" · Tom 2 (moderate growth"), "{gives}");
    }

    #[test]
    fn a_number_has_its_points_by_range() {
        assert_eq!(
            core().ranges("extraspinal-bone-foci-count"),
            "None: Tok 2 · 1 or 2: Tok 1 · 3 or more: Tok 0"
        );
        assert_eq!(core().ranges("albumin"), "");
    }
}
