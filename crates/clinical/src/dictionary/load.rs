//! Reading and checking of the dictionary's files.

use std::collections::{BTreeMap, BTreeSet};

use rules::types::{FactSpec, FactType, Scope};
use serde::Deserialize;

use super::{
    Choice, Dictionary, Elsewhere, Entry, EntryUnit, Field, FormLayout, FormSection, OnlyIf,
    Precision, Section, TermCode, TumourGroup,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHead {
    version: u32,
    title: String,
    missing_reasons: Vec<RawChoice>,
    sources: Vec<RawChoice>,
    readers: Vec<RawChoice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawValueSets {
    value_set: Vec<RawValueSet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawValueSet {
    id: String,
    values: Vec<RawChoice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHistology {
    group: Vec<TumourGroup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawForm {
    section: Vec<RawFormSection>,
    elsewhere: Vec<RawElsewhere>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFormSection {
    id: String,
    title: String,
    scope: Scope,
    #[serde(default)]
    folded: bool,
    #[serde(default)]
    hint: String,
    facts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawElsewhere {
    fact: String,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSection {
    section: String,
    title: String,
    reference: String,
    fact: Vec<RawFact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChoice {
    code: String,
    label: String,
    #[serde(default)]
    key: Option<char>,
    #[serde(default)]
    codes: Vec<TermCode>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawType {
    Code,
    Codes,
    Boolean,
    Integer,
    Decimal,
    Date,
    Instant,
    Records,
    Text,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Bound {
    Whole(i64),
    Text(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file")]
struct RawFact {
    code: String,
    label: String,
    question: String,
    #[serde(default)]
    help: String,
    r#type: RawType,
    scope: Scope,
    #[serde(default)]
    derived: bool,
    #[serde(default)]
    asked: bool,
    #[serde(default)]
    not_assessed: bool,
    #[serde(default)]
    not_applicable: bool,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    required_with: Vec<String>,
    #[serde(default)]
    only_if: Option<OnlyIf>,
    #[serde(default)]
    coded: bool,
    #[serde(default)]
    with_text: bool,
    #[serde(default)]
    precision: Precision,
    #[serde(default)]
    digits: Option<usize>,
    #[serde(default)]
    min: Option<Bound>,
    #[serde(default)]
    max: Option<Bound>,
    #[serde(default)]
    step: Option<i64>,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    entry_units: Vec<EntryUnit>,
    used_by: Vec<String>,
    #[serde(default)]
    codes: Vec<TermCode>,
    #[serde(default)]
    local_rule: String,
    #[serde(default)]
    doubt: String,
    #[serde(default)]
    value_set: Option<String>,
    #[serde(default)]
    values: Vec<RawChoice>,
    #[serde(default)]
    field: Vec<RawField>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    code: String,
    label: String,
    r#type: RawType,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    future: bool,
    #[serde(default)]
    precision: Precision,
    #[serde(default)]
    min: Option<Bound>,
    #[serde(default)]
    max: Option<Bound>,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    value_set: Option<String>,
    #[serde(default)]
    values: Vec<RawChoice>,
}

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

fn check(dictionary: &Dictionary) -> Result<(), DictionaryError> {
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
