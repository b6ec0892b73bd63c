//! What an answer to a fact can be: its codes and reserved values, how it is asked, and its mark.

use super::super::form::{Choice, FieldView};
use super::super::parts::{Icon, Tone};

/// The reserved values of a fact field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not assessed, with a reason of the dictionary.
    Unknown,
    /// Not asked yet.
    NotAssessed,
    /// Does not apply to this case or level.
    NotApplicable,
}

impl State {
    /// The posted value.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "_unknown",
            Self::NotAssessed => "_not-assessed",
            Self::NotApplicable => "_not-applicable",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::NotAssessed => "Not assessed",
            Self::NotApplicable => "Not applicable",
        }
    }

    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Unknown => "?",
            Self::NotAssessed => "-",
            Self::NotApplicable => "/",
        }
    }
}

/// The five reasons for an unknown fact, code and label.
pub const REASONS: [(&str, &str); 5] = [
    ("not-done", "Not done"),
    ("pending", "Pending"),
    ("not-available", "Not available"),
    ("patient-declined", "Patient declined"),
    ("indeterminate", "Indeterminate"),
];

/// Where a fact comes from, code and label.
pub const SOURCES: [(&str, &str); 4] = [
    ("examination", "Examination"),
    ("report", "Report"),
    ("patient", "Patient"),
    ("external-record", "External record"),
];

/// The source list as choices, with an empty first one.
#[must_use]
pub fn source_choices(chosen: &str) -> Vec<Choice> {
    choices(&SOURCES, chosen, "As the form says")
}

pub(super) fn choices(list: &[(&str, &str)], chosen: &str, none: &str) -> Vec<Choice> {
    std::iter::once(("", none))
        .chain(list.iter().copied())
        .map(|(code, label)| Choice { chosen: code == chosen, ..Choice::new(code, label) })
        .collect()
}

/// What kind of doubt there is about a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaveatKind {
    /// A convention of the product, found in no paper.
    LocalRule,
    /// No source that was seen confirms it.
    Doubt,
}

impl CaveatKind {
    /// The words that tags of rule pages use too.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::LocalRule => "Local rule",
            Self::Doubt => "Source not confirmed",
        }
    }
}

/// What of a question is a local rule or unconfirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caveat {
    /// Which of the two.
    pub kind: CaveatKind,
    /// The dictionary's words.
    pub words: String,
}

/// One answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Posted code.
    pub value: String,
    /// Words; the first letter that equals `key` is underlined.
    pub label: String,
    /// Points and consequences: `Tok 2 · Tom 0`, `SINS 3`, `high`; may be empty.
    pub detail: String,
    /// Single key that picks it.
    pub key: Option<String>,
    /// The answer of the base assessment: dashed.
    pub was: bool,
    /// Chosen in what was typed.
    pub chosen: bool,
}

impl Answer {
    /// An answer that is neither chosen nor the earlier one.
    #[must_use]
    pub fn new(value: &str, label: &str, detail: &str, key: &str) -> Self {
        Self {
            value: value.to_owned(),
            label: label.to_owned(),
            detail: detail.to_owned(),
            key: (!key.is_empty()).then(|| key.to_owned()),
            was: false,
            chosen: false,
        }
    }

    /// Label before the underlined letter, the letter, and after it. Figures are not underlined.
    pub(super) fn parts(&self) -> (String, String, String) {
        let letter = self
            .key
            .as_deref()
            .and_then(|key| key.chars().next())
            .filter(|key| key.is_alphabetic());
        let at = letter
            .and_then(|key| self.label.chars().position(|sign| sign.eq_ignore_ascii_case(&key)));
        match at {
            None => (self.label.clone(), String::new(), String::new()),
            Some(at) => (
                self.label.chars().take(at).collect(),
                self.label.chars().skip(at).take(1).collect(),
                self.label.chars().skip(at + 1).collect(),
            ),
        }
    }
}

/// How a fact is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// One of a few codes, `true` and `false` included: radio buttons with points.
    Choice(Vec<Answer>),
    /// The six ESCC grades with their drawings.
    Escc(Vec<Answer>),
    /// One of many codes: a list. `was` is the words of the earlier answer.
    List {
        /// Groups of the vocabulary, each with its codes.
        groups: Vec<(String, Vec<Answer>)>,
        /// Words of the earlier answer.
        was: String,
    },
    /// Any number of codes: checkboxes, and `_none`.
    Set {
        /// The codes.
        answers: Vec<Answer>,
        /// "None of these" is ticked.
        none: bool,
        /// "None of these" was the earlier answer.
        none_was: bool,
    },
    /// A number, a date or text, as typed.
    Typed {
        /// What was typed.
        value: String,
        /// Unit behind the field: `mg/day`; may be empty.
        unit: String,
        /// Units to choose from, where it may be entered in more than one: field `.unit`.
        units: Vec<Choice>,
        /// Figures: tabular, with a number keyboard on a phone.
        figures: bool,
        /// Several lines.
        lines: bool,
        /// Words of the earlier answer; may be empty.
        was: String,
    },
    /// A list of records: earlier courses, operations.
    Records {
        /// One row a record, and one or more empty ones.
        rows: Vec<Vec<FieldView>>,
        /// "None" is ticked.
        none: bool,
        /// "None" was the earlier answer.
        none_was: bool,
        /// The earlier rows are right as they stand: ticked. No box where there are none.
        confirm: Option<bool>,
    },
}

/// Name of the box that says of an earlier list that it still holds.
#[must_use]
pub fn confirm_name(field: &str) -> String {
    format!("confirm.{field}")
}

/// One of the reserved values as a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateChoice {
    /// Which.
    pub state: State,
    /// Chosen in what was typed.
    pub chosen: bool,
    /// The earlier state.
    pub was: bool,
}

/// What the server says about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Never recorded and not answered.
    Open,
    /// Recorded before, must be answered again.
    ToAnswer,
    /// Recorded before, carried over unless answered.
    Carried,
    /// Answered for the first time.
    New,
    /// Answered otherwise than before.
    Changed,
    /// Answered as before.
    Confirmed,
    /// Unknown with a reason.
    Unknown,
    /// Derived by a rule set, or stated against it.
    Derived,
}

impl Standing {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Open | Self::ToAnswer => "To answer",
            Self::Carried => "To confirm",
            Self::New => "New",
            Self::Changed => "Changed",
            Self::Confirmed => "Confirmed",
            Self::Unknown => "Unknown",
            Self::Derived => "Derived",
        }
    }

    pub(super) fn tone(self) -> Tone {
        match self {
            Self::ToAnswer | Self::Unknown => Tone::Warn,
            Self::New | Self::Changed => Tone::Info,
            Self::Confirmed => Tone::Ok,
            Self::Open | Self::Carried | Self::Derived => Tone::Plain,
        }
    }

    pub(super) fn icon(self) -> Icon {
        match self {
            Self::ToAnswer => Icon::Warn,
            Self::Unknown => Icon::Question,
            Self::New | Self::Changed | Self::Derived => Icon::Info,
            Self::Confirmed => Icon::Ok,
            Self::Open | Self::Carried => Icon::Waiting,
        }
    }
}
