//! The data dictionary: every fact that a form, a rule or a measure may read, in one place.
//!
//! The facts, their questions, value sets, ranges and codes stand in the TOML files of
//! `crates/clinical/dictionary`; this module loads them once, checks them and answers questions
//! about them. Start at [`dictionary`].

mod form;
mod histology;
mod load;
mod nearest;
mod words;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rules::types::{FactSpec, FactType, Scope};

pub use form::{Elsewhere, FormLayout, FormSection};
pub use histology::{Tumour, TumourGroup};
pub use load::DictionaryError;
pub(crate) use nearest::{closest, nearest};
pub(crate) use words::range_words;

/// The dictionary that is built into the program.
pub fn dictionary() -> &'static Dictionary {
    static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
        #[expect(
            clippy::expect_used,
            reason = "the embedded files are fixed at build time and a test loads them; without a \
                      dictionary no fact has a meaning, so nothing may go on"
        )]
        load::embedded().expect("the embedded data dictionary loads")
    });
    &DICTIONARY
}

/// All facts with their order, sections, form layout and vocabularies.
#[derive(Debug)]
pub struct Dictionary {
    version: u32,
    title: String,
    entries: Vec<Entry>,
    places: BTreeMap<String, usize>,
    sections: Vec<Section>,
    form: FormLayout,
    tumours: Vec<TumourGroup>,
    missing_reasons: Vec<Choice>,
    sources: Vec<Choice>,
    readers: Vec<Choice>,
}

/// A subsection of the dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The name of its file.
    pub id: String,
    /// The heading.
    pub title: String,
    /// The number of the section in the specification of the dictionary.
    pub reference: String,
}

/// One fact of the dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an attribute of the fact in its file")]
pub struct Entry {
    /// What the rules know of the fact: code, label, scope, type, derived, order.
    pub spec: FactSpec,
    /// The question as the form asks it.
    pub question: String,
    /// How to answer it; may be empty.
    pub help: String,
    /// The unit of a number; empty if it has none.
    pub unit: String,
    /// The answers to choose from, in order; for a number the words of its values, if they have any.
    pub choices: Vec<Choice>,
    /// Whether the code of a choice is itself its name (ESCC `1b`, Frankel `C`) and the label only
    /// says what it means.
    pub coded: bool,
    /// Whether a derived fact is also asked, so that stating it needs no reason.
    pub asked: bool,
    /// Whether "not assessed" is an answer.
    pub not_assessed: bool,
    /// Whether "not applicable" is an answer.
    pub not_applicable: bool,
    /// Whether a complete form must have an answer.
    pub required: bool,
    /// The facts whose being known makes this one required.
    pub required_with: Vec<String>,
    /// The answer of another fact that alone lets this one have a value.
    pub only_if: Option<OnlyIf>,
    /// After how many hours an answer is too old to be carried over and has to be given again.
    pub answer_again_after_hours: Option<u32>,
    /// Whether an answer may carry words beside its code.
    pub with_text: bool,
    /// The coarsest precision that a date or a time may have.
    pub precision: Precision,
    /// The number of digits that a text must consist of, if it must.
    pub digits: Option<usize>,
    /// Other units in which a number may be entered; it is converted and both are kept.
    pub entry_units: Vec<EntryUnit>,
    /// The fields of one record of a list.
    pub fields: Vec<Field>,
    /// Who reads the fact, as codes of [`Dictionary::readers`].
    pub used_by: Vec<String>,
    /// Codes of the fact in public terminologies.
    pub codes: Vec<TermCode>,
    /// What of the fact is a rule of this product and not published medicine; may be empty.
    pub local_rule: String,
    /// What no source confirms; may be empty.
    pub doubt: String,
    /// The id of its section of the dictionary.
    pub section: String,
}

/// One answer to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The code that is stored.
    pub code: String,
    /// The words that are shown.
    pub label: String,
    /// The key that picks it on the form.
    pub key: Option<char>,
    /// The heading under which a long list shows it; empty if the list has none.
    pub group: String,
    /// Codes of the answer in public terminologies.
    pub codes: Vec<TermCode>,
}

/// A code in a public terminology.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermCode {
    /// The terminology (LOINC, SNOMED CT, ICD-10).
    pub system: String,
    /// The code in it.
    pub code: String,
}

/// The answer of another fact that a value depends on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnlyIf {
    /// The code of the other fact.
    pub fact: String,
    /// Its answers that let this fact have a value; for a set, the whole set.
    pub values: Vec<String>,
}

/// Another unit in which a number may be entered.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryUnit {
    /// The code that a form posts.
    pub code: String,
    /// The unit as printed.
    pub unit: String,
    /// The decimal number that an entered value is multiplied by.
    pub multiply: String,
    /// The decimal number that it is then divided by.
    pub divide: String,
}

/// One field of the records of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The code inside the record.
    pub code: String,
    /// The words that are shown.
    pub label: String,
    /// The type of its values.
    pub fact_type: FactType,
    /// The answers to choose from, in order.
    pub choices: Vec<Choice>,
    /// The unit of a number; empty if it has none.
    pub unit: String,
    /// The coarsest precision that a date may have.
    pub precision: Precision,
    /// Whether a date may lie in the future.
    pub future: bool,
    /// Whether a record must have it.
    pub required: bool,
}

/// How coarse a date or a time may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// The year is enough.
    Year,
    /// The month is enough.
    Month,
    /// A day; for a time, the day is enough.
    Day,
    /// As fine as the type is: the day of a date, the minute of a time.
    #[default]
    Full,
}

impl Dictionary {
    /// The version, which a recorded assessment names.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The title of the dictionary.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// All facts in dictionary order.
    pub fn facts(&self) -> &[Entry] {
        &self.entries
    }

    /// The fact of a code.
    pub fn entry(&self, code: &str) -> Option<&Entry> {
        self.places.get(code).and_then(|&place| self.entries.get(place))
    }

    /// The subsections in order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The facts of a subsection, in dictionary order.
    pub fn facts_of<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.section == section)
    }

    /// The layout of the assessment form.
    pub fn form(&self) -> &FormLayout {
        &self.form
    }

    /// The primary-tumour vocabulary, in groups for a select.
    pub fn tumours(&self) -> &[TumourGroup] {
        &self.tumours
    }

    /// One tumour of the vocabulary.
    pub fn tumour(&self, code: &str) -> Option<&Tumour> {
        self.tumours.iter().flat_map(|group| &group.tumours).find(|tumour| tumour.code == code)
    }

    /// The coded reasons for "not assessed", with their words.
    pub fn missing_reasons(&self) -> &[Choice] {
        &self.missing_reasons
    }

    /// Where an answer may come from, with its words.
    pub fn sources(&self) -> &[Choice] {
        &self.sources
    }

    /// Who reads facts: the words behind [`Entry::used_by`].
    pub fn readers(&self) -> &[Choice] {
        &self.readers
    }

    /// The words of one value of a fact; `None` for an unknown fact or a value without words.
    pub fn value_label(&self, code: &str, value: &str) -> Option<&str> {
        self.entry(code)?.choice(value).map(|choice| choice.label.as_str())
    }

    /// The codes of values that a mistyped value of a fact may have meant, the nearest first. Words
    /// and synonyms of a value find it too.
    pub fn nearest_values(&self, code: &str, value: &str, limit: usize) -> Vec<&str> {
        let Some(entry) = self.entry(code) else { return Vec::new() };
        let mut found = nearest_choices(&entry.choices, value, limit);
        if code == "histology" && found.len() < limit {
            for tumour in self.tumours.iter().flat_map(|group| &group.tumours) {
                let names = tumour.synonyms.iter().map(String::as_str);
                let known = found.contains(&tumour.code.as_str());
                if !known && !nearest(value, names, 1).is_empty() {
                    found.push(&tumour.code);
                }
            }
            found.truncate(limit);
        }
        found
    }
}

/// The codes of choices nearest to a word, by code first and then by label.
pub(crate) fn nearest_choices<'a>(choices: &'a [Choice], word: &str, limit: usize) -> Vec<&'a str> {
    let mut found = nearest(word, choices.iter().map(|choice| choice.code.as_str()), limit);
    for label in nearest(word, choices.iter().map(|choice| choice.label.as_str()), limit) {
        let code = choices.iter().find(|choice| choice.label == label);
        if let Some(choice) = code
            && !found.contains(&choice.code.as_str())
        {
            found.push(&choice.code);
        }
    }
    found.truncate(limit);
    found
}

impl rules::types::Dictionary for Dictionary {
    fn fact(&self, code: &str) -> Option<&FactSpec> {
        self.entry(code).map(|entry| &entry.spec)
    }

    fn nearest(&self, code: &str, limit: usize) -> Vec<&str> {
        nearest(code, self.entries.iter().map(|entry| entry.spec.code.as_str()), limit)
    }
}

impl Entry {
    /// The code of the fact.
    pub fn code(&self) -> &str {
        &self.spec.code
    }

    /// The short name.
    pub fn label(&self) -> &str {
        &self.spec.label
    }

    /// The type of its values.
    pub fn fact_type(&self) -> &FactType {
        &self.spec.fact_type
    }

    /// Whom or what it belongs to.
    pub fn scope(&self) -> Scope {
        self.spec.scope
    }

    /// Whether a rule set derives it.
    pub fn derived(&self) -> bool {
        self.spec.derived
    }

    /// One of its choices.
    pub fn choice(&self, code: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.code == code)
    }

    /// The range of a number in words ("10 to 100 %, in steps of 10"); `None` for other types.
    pub fn range(&self) -> Option<String> {
        range_words(&self.spec.fact_type, &self.unit)
    }
}
