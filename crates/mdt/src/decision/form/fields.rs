//! Posted fields by name: rows numbered anew, values read one by one, problems collected.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use chrono::NaiveDate;

use super::FAMILIES;
use crate::coded::Coded;
use crate::decision::Problem;
use crate::display;
use crate::level::{self, Level};

pub(super) struct Fields {
    today: NaiveDate,
    /// As typed, in the order posted.
    typed: Vec<(String, String)>,
    values: BTreeMap<String, Vec<String>>,
    rows: BTreeMap<&'static str, usize>,
    problems: Vec<Problem>,
}

impl Fields {
    pub(super) fn new(posted: &[(String, String)], today: NaiveDate) -> Self {
        let numbers: BTreeMap<&str, BTreeMap<u32, u32>> =
            FAMILIES.iter().map(|family| (*family, new_numbers(posted, family))).collect();
        let typed: Vec<(String, String)> = posted
            .iter()
            .filter_map(|(name, value)| renumbered(name, value, &numbers))
            .map(|(name, value)| (name, value.replace("\r\n", "\n")))
            .collect();
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &typed {
            let value = value.trim();
            if !value.is_empty() {
                values.entry(name.clone()).or_default().push(value.to_owned());
            }
        }
        let rows = FAMILIES
            .iter()
            .map(|family| (*family, numbers.get(family).map_or(0, BTreeMap::len)))
            .collect();
        Self { today, typed, values, rows, problems: Vec::new() }
    }

    pub(super) fn into_parts(self) -> (Vec<Problem>, Vec<(String, String)>) {
        (self.problems, self.typed)
    }

    pub(super) fn rows_of(&self, family: &str) -> usize {
        self.rows.get(family).copied().unwrap_or(0)
    }

    pub(super) fn problem(&mut self, field: String, message: impl Into<String>) {
        self.problems.push(Problem { field, message: message.into() });
    }

    pub(super) fn has_problem(&self, field: &str) -> bool {
        self.problems.iter().any(|problem| problem.field == field)
    }

    pub(super) fn agreement_rule_sets(&self) -> BTreeSet<String> {
        self.values
            .keys()
            .filter_map(|name| name.strip_prefix("agreement."))
            .filter_map(|rest| rest.rsplit_once('.'))
            .map(|(rule_set, _)| rule_set.to_owned())
            .collect()
    }

    /// A text; what is in it and is not seen is a problem.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let typed = self.typed(name)?;
        match crate::text::check(&typed, usize::MAX) {
            Ok(()) => Some(typed),
            Err(error) => self.noted(name, None, || error.to_string()),
        }
    }

    fn typed(&self, name: &str) -> Option<String> {
        self.values.get(name).and_then(|values| values.first()).cloned()
    }

    pub(super) fn coded<T: Coded>(&mut self, name: &str) -> Option<T> {
        let typed = self.typed(name)?;
        let known = T::from_code(&typed).ok();
        self.noted(name, known, || {
            let article = if T::WHAT.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
            format!("Choose {article} {} from the list", T::WHAT)
        })
    }

    pub(super) fn coded_set<T: Coded + Ord>(&mut self, name: &str) -> BTreeSet<T> {
        let typed = self.values.get(name).cloned().unwrap_or_default();
        let known: Result<BTreeSet<T>, _> = typed.iter().map(|code| T::from_code(code)).collect();
        self.noted(name, known.ok(), || format!("Choose each {} from the list", T::WHAT))
            .unwrap_or_default()
    }

    pub(super) fn id<T: FromStr>(&mut self, name: &str) -> Option<T> {
        let typed = self.typed(name)?;
        self.noted(name, typed.parse().ok(), || "Choose from the list".to_owned())
    }

    pub(super) fn number(&mut self, name: &str) -> Option<u32> {
        let typed = self.typed(name)?;
        self.noted(name, typed.parse().ok(), || format!("`{typed}` is not a whole number"))
    }

    pub(super) fn date(&mut self, name: &str) -> Option<NaiveDate> {
        let typed = self.typed(name)?;
        match display::parse_date(&typed, self.today) {
            Ok(date) => Some(date),
            Err(error) => {
                self.problem(name.to_owned(), error.to_string());
                None
            }
        }
    }

    pub(super) fn levels(&mut self, name: &str) -> BTreeSet<Level> {
        let typed = self.values.get(name).cloned().unwrap_or_default().join(", ");
        match level::parse_levels(&typed) {
            Ok(levels) => levels,
            Err(error) => {
                self.problem(name.to_owned(), error.to_string());
                BTreeSet::new()
            }
        }
    }

    fn noted<T>(
        &mut self,
        name: &str,
        value: Option<T>,
        message: impl Fn() -> String,
    ) -> Option<T> {
        if value.is_none() {
            self.problem(name.to_owned(), message());
        }
        value
    }
}

/// The number and the rest of `family.N.rest`.
fn row_of<'a>(name: &'a str, family: &str) -> Option<(u32, &'a str)> {
    let (number, rest) = name.strip_prefix(family)?.strip_prefix('.')?.split_once('.')?;
    Some((number.parse().ok()?, rest))
}

/// The rows of a family that say anything, old number to new.
fn new_numbers(posted: &[(String, String)], family: &str) -> BTreeMap<u32, u32> {
    let used: BTreeSet<u32> = posted
        .iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .filter_map(|(name, _)| row_of(name, family))
        .map(|(number, _)| number)
        .collect();
    used.into_iter().zip(0..).collect()
}

/// The field under its new number; `None` in a blank row.
fn renumbered(
    name: &str,
    value: &str,
    numbers: &BTreeMap<&str, BTreeMap<u32, u32>>,
) -> Option<(String, String)> {
    for (family, numbers) in numbers {
        let Some((old, rest)) = row_of(name, family) else { continue };
        let new = numbers.get(&old)?;
        let mut value = value.to_owned();
        if rest == "sequence_row" {
            // It names a row by the number that people see, which is one more.
            let other = value.trim().parse::<u32>().ok().and_then(|row| row.checked_sub(1));
            if let Some(new_other) = other.and_then(|row| numbers.get(&row)) {
                value = (new_other + 1).to_string();
            }
        }
        return Some((format!("{family}.{new}.{rest}"), value));
    }
    Some((name.to_owned(), value.to_owned()))
}
