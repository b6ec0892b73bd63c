//! What makes a set of files a dictionary.

use std::collections::BTreeSet;

use rules::types::{FactType, Scope};

use super::{DictionaryError, wrong};
use crate::dictionary::{Dictionary, Elsewhere, Entry, OnlyIf};

/// Checks what one fact alone cannot show: codes, keys, references, and that every fact stands once
/// on the form or among those that are asked elsewhere.
pub(super) fn check(dictionary: &Dictionary) -> Result<(), DictionaryError> {
    for entry in dictionary.facts() {
        check_entry(dictionary, entry)?;
    }
    check_form(dictionary)
}

fn check_entry(dictionary: &Dictionary, entry: &Entry) -> Result<(), DictionaryError> {
    let code = entry.code();
    distinct(code, entry.choices.iter().map(|choice| choice.code.as_str()))?;
    distinct(code, entry.fields.iter().map(|field| field.code.as_str()))?;
    let keys: Vec<String> =
        entry.choices.iter().filter_map(|choice| choice.key).map(String::from).collect();
    distinct(code, keys.iter().map(String::as_str))?;
    if matches!(entry.fact_type(), FactType::Records) == entry.fields.is_empty() {
        return Err(wrong(code, "fields and type do not fit"));
    }
    for reader in &entry.used_by {
        if !dictionary.readers.iter().any(|known| known.code == *reader) {
            return Err(wrong(code, format!("is used by `{reader}`, which has no words")));
        }
    }
    for other in &entry.required_with {
        if dictionary.entry(other).is_none() {
            return Err(wrong(code, format!("is required with `{other}`, which is no fact")));
        }
    }
    if let Some(OnlyIf { fact, values }) = &entry.only_if {
        let other = dictionary.entry(fact).ok_or_else(|| wrong(code, "depends on no fact"))?;
        let yes = |value: &String| *other.fact_type() == FactType::Bool && value == "true";
        if !values.iter().all(|value| other.choice(value).is_some() || yes(value)) {
            return Err(wrong(code, format!("depends on no value of `{fact}`")));
        }
    }
    if entry.asked && !entry.derived() {
        return Err(wrong(code, "only a derived fact is asked besides"));
    }
    Ok(())
}

fn check_form(dictionary: &Dictionary) -> Result<(), DictionaryError> {
    let form = dictionary.form();
    let asked = form.sections.iter().flat_map(|section| {
        section.facts.iter().map(move |code| (code.as_str(), section.scope == Scope::Lesion))
    });
    let mut seen = BTreeSet::new();
    for (code, lesion) in asked {
        let entry = dictionary.entry(code).ok_or_else(|| wrong(code, "is no fact"))?;
        if (entry.scope() == Scope::Lesion) != lesion {
            return Err(wrong(code, "stands in a section of another scope"));
        }
        if !seen.insert(code) {
            return Err(DictionaryError::Twice(code.to_owned()));
        }
    }
    for Elsewhere { fact, .. } in &form.elsewhere {
        if dictionary.entry(fact).is_none() {
            return Err(wrong(fact, "is no fact"));
        }
        if !seen.insert(fact) {
            return Err(DictionaryError::Twice(fact.clone()));
        }
    }
    distinct("assessment-form", form.sections.iter().map(|section| section.id.as_str()))?;
    dictionary
        .facts()
        .iter()
        .find(|entry| !seen.contains(entry.code()))
        .map_or(Ok(()), |entry| Err(wrong(entry.code(), "stands nowhere on the form")))
}

fn distinct<'a>(
    code: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<(), DictionaryError> {
    let mut seen = BTreeSet::new();
    match names.into_iter().find(|name| !seen.insert(*name)) {
        None => Ok(()),
        Some(name) => Err(DictionaryError::Twice(format!("{code}: {name}"))),
    }
}
