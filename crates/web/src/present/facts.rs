//! From the dictionary, an assessment and what was typed to the rows of a form of facts.
//!
//! A [`Sheet`] is made for one page; its sections follow the dictionary's form layout. Nothing is chosen that was
//! not typed: the earlier answer is only dashed, and the mark of a row compares the two.

pub mod conflict;
mod lists;
pub mod points;
pub mod posted;
pub mod prefill;
pub mod preview;
pub mod read;
mod row;
pub mod totals;
pub mod words;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clinical::assessment::{Answer, Assessment, FactKey, field_name};
use clinical::dictionary::{FormSection, dictionary};
use clinical::level::VertebralLevel;
use mdt::display;
use mdt::ids::UserId;
use rules::Evaluation;

use self::points::Points;
use self::posted::OFFERED;
use crate::view::FormInput;
use crate::view::fact::{FactRow, FactSection, LesionSection, Standing};

/// What the rows of a form are made from.
#[derive(Clone)]
pub struct Sheet<'a> {
    /// `/cases/{n}`.
    pub case_href: &'a str,
    /// The assessment that the form is based on.
    pub base: Option<&'a Assessment>,
    /// What was typed, and what is wrong with it.
    pub input: &'a FormInput,
    /// What of it can be read.
    pub answers: BTreeMap<&'a FactKey, &'a Answer>,
    /// The evaluation of both together.
    pub evaluation: Option<&'a Evaluation>,
    /// The marks of both together.
    pub marks: Option<&'a Evaluation>,
    /// The points of every answer.
    pub points: Option<&'a Points>,
    /// Names of users.
    pub names: &'a BTreeMap<UserId, String>,
    /// The zone of the site.
    pub zone: Tz,
    /// Now: an answer may be too old.
    pub now: DateTime<Utc>,
}

/// How much of a lesion a page asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What the scores need, and what else is recorded or typed: the whole form would be too long otherwise.
    Short,
    /// Every fact.
    Full,
}

impl Sheet<'_> {
    /// The facts of the case: sections that the scores need open, the others folded.
    pub fn case_sections(&self) -> Vec<FactSection> {
        let sections = dictionary().form().case_sections();
        sections.map(|section| self.section(section)).collect()
    }

    fn section(&self, section: &FormSection) -> FactSection {
        let rows = self.rows(&section.facts, None);
        let (open, folded) = if section.folded { (Vec::new(), rows) } else { (rows, Vec::new()) };
        let count = if section.folded {
            [section.hint.clone(), count(&folded)]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        } else {
            count(&open)
        };
        FactSection {
            id: section.id.clone(),
            title: section.title.clone(),
            count,
            rows: open,
            more_open: self.touched(&folded),
            more: folded,
        }
    }

    /// The lesions of the base, and those that were typed: the index lesion first, from head to foot otherwise.
    pub fn lesions(&self, index: Option<&str>) -> Vec<LesionSection> {
        let mut levels: Vec<VertebralLevel> = self.base.map(Assessment::levels).unwrap_or_default();
        levels.extend(self.answers.keys().filter_map(|key| key.level));
        levels.extend(
            self.input
                .values
                .get(OFFERED)
                .into_iter()
                .flatten()
                .filter_map(|level| level.parse::<VertebralLevel>().ok()),
        );
        levels.sort();
        levels.dedup();
        levels.sort_by_key(|level| index != Some(level.code()));
        let only = levels.len() == 1;
        levels
            .into_iter()
            .map(|level| {
                let is_index = index == Some(level.code());
                let section = self.lesion(level, is_index, Extent::Short);
                let typed = self.touched(&section.facts.rows) || self.touched(&section.facts.more);
                let open = is_index || only || typed || index.is_none();
                let folded = (!open).then(|| self.summary(level));
                LesionSection { folded, ..section }
            })
            .collect()
    }

    /// One lesion.
    pub fn lesion(&self, level: VertebralLevel, is_index: bool, extent: Extent) -> LesionSection {
        let mut rows = Vec::new();
        let mut more = Vec::new();
        for section in dictionary().form().lesion_sections() {
            let asked = self.rows(&section.facts, Some(level));
            if section.folded { more.extend(asked) } else { rows.extend(asked) }
        }
        if extent == Extent::Short {
            more.retain(|row| {
                !matches!(row.standing, Standing::Open | Standing::Derived)
                    || self.touched(std::slice::from_ref(row))
            });
        }
        LesionSection {
            level: level.to_string(),
            facts: FactSection {
                id: format!("lesion-{level}"),
                title: format!("Lesion {level}{}", if is_index { ", index" } else { "" }),
                count: count(&rows),
                rows,
                more_open: self.touched(&more),
                more,
            },
            folded: None,
            href: format!("{}/lesions/{level}", self.case_href),
            tick: self.tick(level),
        }
    }

    /// The box of a level that the base does not have.
    fn tick(&self, level: VertebralLevel) -> Option<bool> {
        let listed = self.base.is_some_and(|base| base.levels().contains(&level));
        let name = field_name(&FactKey::lesion(level, "level"));
        (!listed).then(|| self.input.has(&name, level.code()))
    }

    /// `6 facts carried over from 12-Jun-2026: lytic, ESCC 0`.
    fn summary(&self, level: VertebralLevel) -> String {
        let Some(base) = self.base else { return String::new() };
        let facts =
            base.recorded().filter(|(key, _)| key.level == Some(level) && key.code != "level");
        let (count, latest) = facts.fold((0_usize, None), |(count, latest), (_, recorded)| {
            (count + 1, latest.max(Some(recorded.recorded_at)))
        });
        let Some(latest) = latest else { return "no fact recorded yet".to_owned() };
        let day = display::date(display::day_of(latest, self.zone));
        let word = if count == 1 { "fact" } else { "facts" };
        let shown = ["sins-bone-lesion", "escc-grade"].into_iter().filter_map(|code| {
            let entry = dictionary().entry(code)?;
            let value = entry.shown(base.value(code, Some(level))?);
            Some(if code == "escc-grade" { format!("ESCC {value}") } else { value.to_lowercase() })
        });
        let shown = shown.collect::<Vec<_>>().join(", ");
        let colon = if shown.is_empty() { "" } else { ": " };
        format!("{count} {word} carried over, the latest of {day}{colon}{shown}")
    }

    fn rows(&self, codes: &[String], level: Option<VertebralLevel>) -> Vec<FactRow> {
        let entries = codes.iter().filter_map(|code| dictionary().entry(code));
        entries.map(|entry| self.row(entry, level)).collect()
    }

    /// Something in these rows was typed or is wrong.
    fn touched(&self, rows: &[FactRow]) -> bool {
        rows.iter().any(|row| {
            row.error.is_some()
                || posted::key_of(&row.field).is_some_and(|key| self.answers.contains_key(&key))
                || self
                    .input
                    .values
                    .get(&row.field)
                    .is_some_and(|all| all.iter().any(|one| !one.trim().is_empty()))
        })
    }

    fn typed(&self, key: &FactKey) -> bool {
        let field = field_name(key);
        let own = [field.clone(), format!("{field}.state")];
        own.iter().any(|name| {
            self.input
                .values
                .get(name)
                .is_some_and(|all| all.iter().any(|one| !one.trim().is_empty()))
        })
    }
}

/// `2 of 3`.
fn count(rows: &[FactRow]) -> String {
    let asked = rows.iter().filter(|row| row.standing != Standing::Derived).count();
    let open = rows
        .iter()
        .filter(|row| matches!(row.standing, Standing::Open | Standing::ToAnswer))
        .count();
    if asked == 0 { String::new() } else { format!("{} of {asked}", asked - open) }
}

#[cfg(test)]
mod tests;
