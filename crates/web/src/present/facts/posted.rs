//! What a form of facts posted, as the domain reads it; and what is wrong with it, where the page has a control.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use chrono_tz::Tz;
use clinical::assessment::{AnswerErrors, Answers, Assessment, FactKey, field_name};
use clinical::dictionary::dictionary;
use clinical::level::VertebralLevel;
use mdt::text;
use rules::types::FactType;

use crate::view::FormInput;
use crate::view::fact::confirm_name;

/// Name and value pairs, in the order of the form.
pub type Fields = Vec<(String, String)>;

/// Source that holds for every answer without its own.
pub const DEFAULT_SOURCE: &str = "default.source";
/// Date of observation that holds for every answer without its own.
pub const DEFAULT_OBSERVED: &str = "default.observed";
/// A level that the form offers to list, repeated: its box may be unticked.
pub const OFFERED: &str = "offered";
/// A box of the marking form, repeated for each level.
const TICK: &str = "level";
/// Why levels are left out, in the marking form.
const REASON: &str = "removal-reason";

/// The page that a form of facts was sent from: field `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The whole assessment.
    Assessment,
    /// The list of levels.
    Levels,
    /// One level.
    Level(VertebralLevel),
}

impl Sender {
    /// Reads the field `from`: nothing, `lesions`, `lesions/T10`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('/') {
            None if text.is_empty() => Some(Self::Assessment),
            None if text == "lesions" => Some(Self::Levels),
            Some(("lesions", level)) => level.parse().ok().map(Self::Level),
            _ => None,
        }
    }

    /// The last part of the address of its page.
    pub fn page(self) -> String {
        match self {
            Self::Assessment => "assessment".to_owned(),
            Self::Levels => "lesions".to_owned(),
            Self::Level(level) => format!("lesions/{level}"),
        }
    }
}

/// The field of the fact that a field belongs to: `case.kps` of `case.kps.source`. None for names that say
/// nothing about a fact, and for the ticks of levels.
pub fn fact_of(name: &str) -> Option<&str> {
    let parts = match name.split_once('.') {
        Some(("case", _)) => 2,
        Some(("lesion", _)) => 3,
        _ => return None,
    };
    let end = name.match_indices('.').nth(parts - 1).map_or(name.len(), |(place, _)| place);
    let fact = name.get(..end)?;
    let code = fact.split('.').nth(parts - 1)?;
    (!code.starts_with('_') && code != "level").then_some(fact)
}

/// Whether a field is the fact's own or stands below it.
pub fn belongs(name: &str, fact: &str) -> bool {
    name.strip_prefix(fact).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The facts that fields answer, each with whether it is known: "unknown" and its like are answers that are not.
fn answered(fields: &[(String, String)]) -> BTreeMap<&str, bool> {
    let mut facts = BTreeMap::new();
    for (name, value) in fields {
        let value = value.trim();
        let Some(fact) = fact_of(name).filter(|_| !value.is_empty()) else { continue };
        let rest = name.get(fact.len()..).unwrap_or_default();
        let of_row = rest.split('.').nth(1).is_some_and(|place| place.parse::<u32>().is_ok());
        if rest.is_empty() || of_row {
            let known = !value.starts_with('_') || value == "_none";
            *facts.entry(fact).or_insert(false) |= known;
        } else if rest == ".state" && value != "known" {
            facts.entry(fact).or_insert(false);
        }
    }
    facts
}

/// The fields as [`Answers::parse`] reads them: the form's own source and date beside every answer that has none,
/// the marking form in the names of the domain, lists of records only where they were changed or confirmed.
pub fn fields(
    content: &[(String, String)],
    sender: Sender,
    base: Option<&Assessment>,
    now: &DateTime<Tz>,
) -> Fields {
    let unchanged = unchanged_records(content, base, now);
    let mut fields: Fields = content
        .iter()
        .filter(|(name, _)| !fact_of(name).is_some_and(|fact| unchanged.contains(fact)))
        .cloned()
        .collect();
    if sender == Sender::Levels {
        fields.extend(marks(content));
    }
    for (default, beside) in [(DEFAULT_SOURCE, "source"), (DEFAULT_OBSERVED, "observed")] {
        let value = value(content, default).to_owned();
        if value.is_empty() {
            continue;
        }
        let names: Vec<String> =
            answered(&fields).into_keys().map(|fact| format!("{fact}.{beside}")).collect();
        let lacking: Vec<String> =
            names.into_iter().filter(|name| self::value(&fields, name).is_empty()).collect();
        fields.extend(lacking.into_iter().map(|name| (name, value.clone())));
    }
    fields
}

fn value<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    let mut values =
        fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.trim());
    values.find(|value| !value.is_empty()).unwrap_or_default()
}

/// The marking form holds the whole list: what is ticked, and one reason for all that is not.
fn marks(content: &[(String, String)]) -> Fields {
    let ticked: BTreeSet<&str> =
        content.iter().filter(|(name, _)| name == TICK).map(|(_, level)| level.trim()).collect();
    let reason = value(content, REASON);
    let listed = std::iter::once(("lesion._listed".to_owned(), "1".to_owned()));
    let ticks = ticked.iter().map(|level| (format!("lesion.{level}.level"), (*level).to_owned()));
    let left_out = VertebralLevel::all()
        .filter(|level| !reason.is_empty() && !ticked.contains(level.code()))
        .map(|level| (format!("lesion.{level}._left-out"), reason.to_owned()));
    listed.chain(ticks).chain(left_out).collect()
}

/// Fields of the domain as the page of their sender has them: the inverse of what [`fields`] does to the marking form.
pub fn on_page(fields: &[(String, String)], sender: Sender) -> Fields {
    if sender != Sender::Levels {
        return fields.to_vec();
    }
    let control = |(name, value): &(String, String)| {
        let of_level = name
            .strip_prefix("lesion.")
            .map(|rest| rest.split_once('.').map_or(rest, |(_, code)| code));
        let name = match of_level {
            Some("_left-out") => REASON,
            Some("level") => TICK,
            Some("_listed") => return None,
            _ if name == TICK || name == REASON => return None,
            _ => name,
        };
        Some((name.to_owned(), value.clone()))
    };
    fields.iter().filter_map(control).collect()
}

/// Lists of records come filled with their rows; left as they are they say nothing, unless their box is ticked.
fn unchanged_records(
    content: &[(String, String)],
    base: Option<&Assessment>,
    now: &DateTime<Tz>,
) -> BTreeSet<String> {
    let Some(base) = base else { return BTreeSet::new() };
    let lists = base.recorded().filter(|(key, _)| {
        dictionary().entry(&key.code).is_some_and(|entry| *entry.fact_type() == FactType::Records)
    });
    lists
        .filter(|(key, recorded)| {
            let field = field_name(key);
            let own: Fields =
                content.iter().filter(|(name, _)| belongs(name, &field)).cloned().collect();
            let same = Answers::parse(&own, now).is_ok_and(|answers| {
                answers.iter().any(|(found, answer)| found == *key && answer.fact == recorded.fact)
            });
            same && value(content, &confirm_name(&field)) != "yes"
        })
        .map(|(key, _)| field_name(key))
        .collect()
}

/// Whether the form asks for a source and some known answer has none.
pub fn lacks_source(content: &[(String, String)], fields: &[(String, String)]) -> bool {
    let asked = content.iter().any(|(name, _)| name == DEFAULT_SOURCE);
    let stated = |fact: &str| {
        ["source", "stated"]
            .iter()
            .any(|beside| !value(fields, &format!("{fact}.{beside}")).is_empty())
    };
    asked && answered(fields).into_iter().any(|(fact, known)| known && !stated(fact))
}

/// Levels that the form offered, with answers but without a tick: one of the two is a mistake.
pub fn unticked(content: &[(String, String)]) -> Vec<VertebralLevel> {
    let offered = content
        .iter()
        .filter(|(name, _)| name == OFFERED)
        .filter_map(|(_, level)| level.parse().ok());
    let answered = answered(content);
    offered
        .filter(|level: &VertebralLevel| {
            let of_level = format!("lesion.{level}.");
            value(content, &format!("{of_level}level")).is_empty()
                && answered.keys().any(|fact| fact.starts_with(&of_level))
        })
        .collect()
}

/// What was typed, with what is wrong with it.
pub fn input(
    content: &[(String, String)],
    sender: Sender,
    errors: Option<&AnswerErrors>,
) -> FormInput {
    let mut input = FormInput::from_pairs(content.iter().cloned());
    for error in errors.into_iter().flat_map(AnswerErrors::iter) {
        let field = control(&error.field, content, sender);
        let message = message(&error.field, &error.problem.to_string());
        let again = input
            .problems
            .iter()
            .any(|known| known.field == field && field.starts_with("default."));
        if !again {
            input = input.with_problem(field, message);
        }
    }
    input
}

/// Fields of the page with characters that nobody sees, and what to say beside each.
pub fn unseen(content: &[(String, String)], sender: Sender) -> Vec<(String, String)> {
    let problems = content.iter().filter_map(|(field, typed)| {
        let error = text::check(typed, usize::MAX).err()?;
        Some((control(field, content, sender), message(field, &error.to_string())))
    });
    problems.collect()
}

/// The field whose control takes the blame.
fn control(field: &str, content: &[(String, String)], sender: Sender) -> String {
    for (default, beside) in [(DEFAULT_SOURCE, ".source"), (DEFAULT_OBSERVED, ".observed")] {
        if field.ends_with(beside)
            && value(content, field).is_empty()
            && !value(content, default).is_empty()
        {
            return default.to_owned();
        }
    }
    match field {
        marked
            if marked.starts_with("lesion.")
                && fact_of(marked).is_none()
                && sender == Sender::Levels =>
        {
            if marked.ends_with("._left-out") {
                REASON.to_owned()
            } else {
                TICK.to_owned()
            }
        }
        hidden if hidden.starts_with("patient.") => String::new(),
        other => other.to_owned(),
    }
}

/// `T10 Pain: say why it is unknown …`.
fn message(field: &str, problem: &str) -> String {
    let mut parts = field.split('.');
    let (level, code) = match parts.next() {
        Some("lesion") => (parts.next().map(|level| format!("{level} ")), parts.next()),
        Some("case" | "patient") => (None, parts.next()),
        _ => (None, None),
    };
    match code.and_then(|code| dictionary().entry(code)) {
        Some(entry) if entry.code() != "level" => {
            format!("{}{}: {problem}", level.unwrap_or_default(), entry.label())
        }
        _ => capitalised(problem),
    }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

/// The key of a fact's field.
pub fn key_of(field: &str) -> Option<FactKey> {
    let parts: Vec<&str> = field.split('.').collect();
    match parts.as_slice() {
        ["case", code] => Some(FactKey::case(code)),
        ["lesion", level, code] => level.parse().ok().map(|level| FactKey::lesion(level, code)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
