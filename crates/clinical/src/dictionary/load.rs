//! Reading and checking of the dictionary's files.

mod check;
mod raw;

use std::collections::BTreeMap;

use rules::types::{FactSpec, FactType};

use self::check::check;
use self::raw::{
    Bound, RawChoice, RawElsewhere, RawFact, RawField, RawForm, RawFormSection, RawHead,
    RawHistology, RawSection, RawType, RawValueSets,
};
use super::{
    Choice, Dictionary, Elsewhere, Entry, Field, FormLayout, FormSection, Section, TumourGroup,
};
use crate::decimal::Decimal;
use crate::level::VertebralLevel;

/// Why the files are no dictionary.
#[derive(Debug, thiserror::Error)]
pub enum DictionaryError {
    /// A file is not the TOML that is expected.
    #[error("{file} cannot be read")]
    Unreadable {
        /// The name of the file.
        file: String,
        /// What is wrong with it.
        source: Box<toml::de::Error>,
    },
    /// A code stands for two things.
    #[error("`{0}` is listed twice")]
    Twice(String),
    /// Something is missing or does not fit.
    #[error("`{code}`: {what}")]
    Wrong {
        /// The fact, value set or section.
        code: String,
        /// What is wrong.
        what: String,
    },
}

const HEAD: &str = include_str!("../../dictionary/dictionary.toml");
const VALUE_SETS: &str = include_str!("../../dictionary/value-sets.toml");
const HISTOLOGY: &str = include_str!("../../dictionary/histology.toml");
const FORM: &str = include_str!("../../dictionary/assessment-form.toml");
/// The subsections in dictionary order.
const SECTIONS: [(&str, &str); 8] = [
    ("patient.toml", include_str!("../../dictionary/patient.toml")),
    ("extent.toml", include_str!("../../dictionary/extent.toml")),
    ("condition.toml", include_str!("../../dictionary/condition.toml")),
    ("neurology.toml", include_str!("../../dictionary/neurology.toml")),
    ("lesion.toml", include_str!("../../dictionary/lesion.toml")),
    ("treatment.toml", include_str!("../../dictionary/treatment.toml")),
    ("outcome.toml", include_str!("../../dictionary/outcome.toml")),
    ("results.toml", include_str!("../../dictionary/results.toml")),
];

/// The dictionary of the embedded files.
pub(super) fn embedded() -> Result<Dictionary, DictionaryError> {
    let head: RawHead = read("dictionary.toml", HEAD)?;
    let histology: RawHistology = read("histology.toml", HISTOLOGY)?;
    let sets = value_sets(&histology.group)?;
    let mut entries = Vec::new();
    let mut sections = Vec::new();
    for (file, text) in SECTIONS {
        let raw: RawSection = read(file, text)?;
        for fact in raw.fact {
            entries.push(entry(fact, entries.len(), &raw.section, &sets)?);
        }
        let RawSection { section, title, reference, .. } = raw;
        sections.push(Section { id: section, title, reference });
    }
    let dictionary = Dictionary {
        version: head.version,
        title: head.title,
        places: places(&entries)?,
        entries,
        sections,
        form: form(read("assessment-form.toml", FORM)?),
        tumours: histology.group,
        missing_reasons: choices(head.missing_reasons),
        sources: choices(head.sources),
        readers: choices(head.readers),
    };
    check(&dictionary)?;
    Ok(dictionary)
}

fn read<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, DictionaryError> {
    toml::from_str(text).map_err(|source| DictionaryError::Unreadable {
        file: file.to_owned(),
        source: Box::new(source),
    })
}

fn wrong(code: &str, what: impl Into<String>) -> DictionaryError {
    DictionaryError::Wrong { code: code.to_owned(), what: what.into() }
}

fn choices(raw: Vec<RawChoice>) -> Vec<Choice> {
    raw.into_iter()
        .map(|RawChoice { code, label, key, codes }| Choice {
            code,
            label,
            key,
            codes,
            group: String::new(),
        })
        .collect()
}

fn plain_choice(code: &str, label: &str, group: &str) -> Choice {
    Choice {
        code: code.to_owned(),
        label: label.to_owned(),
        key: None,
        group: group.to_owned(),
        codes: Vec::new(),
    }
}

fn value_sets(tumours: &[TumourGroup]) -> Result<BTreeMap<String, Vec<Choice>>, DictionaryError> {
    let raw: RawValueSets = read("value-sets.toml", VALUE_SETS)?;
    let mut sets: BTreeMap<String, Vec<Choice>> = BTreeMap::new();
    for set in raw.value_set {
        let id = set.id.clone();
        if sets.insert(set.id, choices(set.values)).is_some() {
            return Err(DictionaryError::Twice(id));
        }
    }
    let histology = tumours.iter().flat_map(|group| {
        group.tumours.iter().map(|tumour| plain_choice(&tumour.code, &tumour.term, &group.title))
    });
    sets.insert("histology".to_owned(), histology.collect());
    let levels = VertebralLevel::all().map(|level| {
        let part = level.part();
        let mut heading: Vec<char> = part.chars().collect();
        if let Some(first) = heading.first_mut() {
            first.make_ascii_uppercase();
        }
        plain_choice(level.code(), level.code(), &String::from_iter(heading))
    });
    sets.insert("levels".to_owned(), levels.collect());
    Ok(sets)
}

fn entry(
    raw: RawFact,
    place: usize,
    section: &str,
    sets: &BTreeMap<String, Vec<Choice>>,
) -> Result<Entry, DictionaryError> {
    let choices = resolve(&raw.code, raw.value_set, raw.values, sets)?;
    let range = Range { min: raw.min, max: raw.max, step: raw.step };
    let fact_type = fact_type(&raw.code, raw.r#type, &choices, range)?;
    let fields = raw.field.into_iter().map(|field| record_field(&raw.code, field, sets));
    let fields = fields.collect::<Result<Vec<Field>, DictionaryError>>()?;
    let order = u32::try_from(place).map_err(|_| wrong(&raw.code, "too many facts"))?;
    let spec = FactSpec {
        code: raw.code,
        label: raw.label,
        scope: raw.scope,
        fact_type,
        derived: raw.derived,
        what_if: raw.what_if,
        order,
    };
    Ok(Entry {
        spec,
        question: raw.question,
        help: raw.help,
        unit: raw.unit,
        choices,
        coded: raw.coded,
        asked: raw.asked,
        not_assessed: raw.not_assessed,
        not_applicable: raw.not_applicable,
        required: raw.required,
        required_with: raw.required_with,
        only_if: raw.only_if,
        answer_again_after_hours: raw.answer_again_after_hours,
        with_text: raw.with_text,
        precision: raw.precision,
        digits: raw.digits,
        entry_units: raw.entry_units,
        fields,
        used_by: raw.used_by,
        codes: raw.codes,
        local_rule: raw.local_rule,
        doubt: raw.doubt,
        section: section.to_owned(),
    })
}

fn record_field(
    fact: &str,
    raw: RawField,
    sets: &BTreeMap<String, Vec<Choice>>,
) -> Result<Field, DictionaryError> {
    let name = format!("{fact}.{}", raw.code);
    let choices = resolve(&name, raw.value_set, raw.values, sets)?;
    let range = Range { min: raw.min, max: raw.max, step: None };
    Ok(Field {
        fact_type: fact_type(&name, raw.r#type, &choices, range)?,
        code: raw.code,
        label: raw.label,
        choices,
        unit: raw.unit,
        precision: raw.precision,
        future: raw.future,
        required: raw.required,
    })
}

/// The choices of a fact: its own values, or those of a shared set.
fn resolve(
    code: &str,
    value_set: Option<String>,
    values: Vec<RawChoice>,
    sets: &BTreeMap<String, Vec<Choice>>,
) -> Result<Vec<Choice>, DictionaryError> {
    match value_set {
        None => Ok(choices(values)),
        Some(id) if values.is_empty() => sets
            .get(&id)
            .cloned()
            .ok_or_else(|| wrong(code, format!("there is no value set `{id}`"))),
        Some(_) => Err(wrong(code, "has values of its own beside a value set")),
    }
}

struct Range {
    min: Option<Bound>,
    max: Option<Bound>,
    step: Option<i64>,
}

fn fact_type(
    code: &str,
    raw: RawType,
    choices: &[Choice],
    range: Range,
) -> Result<FactType, DictionaryError> {
    let codes = || -> Result<Vec<String>, DictionaryError> {
        let codes: Vec<String> = choices.iter().map(|choice| choice.code.clone()).collect();
        if codes.is_empty() { Err(wrong(code, "has no values")) } else { Ok(codes) }
    };
    match (raw, range) {
        (
            RawType::Integer,
            Range { min: Some(Bound::Whole(min)), max: Some(Bound::Whole(max)), step },
        ) if min < max && step.unwrap_or(1) > 0 => {
            Ok(FactType::Integer { min, max, step: step.unwrap_or(1) })
        }
        (
            RawType::Decimal,
            Range { min: Some(Bound::Text(min)), max: Some(Bound::Text(max)), step: None },
        ) if Decimal::parse(&min) < Decimal::parse(&max) && Decimal::parse(&min).is_some() => {
            Ok(FactType::Decimal { min, max })
        }
        (RawType::Integer | RawType::Decimal, _) => Err(wrong(code, "has no proper range")),
        (_, Range { min: None, max: None, step: None }) => match raw {
            RawType::Code => Ok(FactType::Codes(codes()?)),
            RawType::Codes => Ok(FactType::CodeSet(codes()?)),
            RawType::Boolean => Ok(FactType::Bool),
            RawType::Date => Ok(FactType::Date),
            RawType::Instant => Ok(FactType::Instant),
            RawType::Records => Ok(FactType::Records),
            RawType::Text | RawType::Integer | RawType::Decimal => Ok(FactType::Text),
        },
        _ => Err(wrong(code, "has a range, but its values are no numbers")),
    }
}

fn places(entries: &[Entry]) -> Result<BTreeMap<String, usize>, DictionaryError> {
    let mut places = BTreeMap::new();
    for (place, entry) in entries.iter().enumerate() {
        if places.insert(entry.spec.code.clone(), place).is_some() {
            return Err(DictionaryError::Twice(entry.spec.code.clone()));
        }
    }
    Ok(places)
}

fn form(raw: RawForm) -> FormLayout {
    let section = |raw: RawFormSection| FormSection {
        id: raw.id,
        title: raw.title,
        scope: raw.scope,
        folded: raw.folded,
        hint: raw.hint,
        facts: raw.facts,
    };
    FormLayout {
        sections: raw.section.into_iter().map(section).collect(),
        elsewhere: raw
            .elsewhere
            .into_iter()
            .map(|RawElsewhere { fact, why }| Elsewhere { fact, why })
            .collect(),
    }
}
