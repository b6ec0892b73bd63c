//! What can be wrong with an answer.

use std::fmt;

use crate::dates::DateProblem;
use crate::json_value::{among, shorten};
use crate::level::{LevelError, VertebralLevel};

/// Everything that is wrong with a form, by field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} of the answers cannot be taken", errors.len())]
pub struct AnswerErrors {
    errors: Vec<AnswerError>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct AnswerError {
    /// The name of the field; empty for the form as a whole.
    pub field: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with an answer, in words for the person who gave it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A code that is no fact.
    #[error("`{given}` is no fact{}", among(nearest))]
    Code {
        /// The code as given.
        given: String,
        /// The nearest codes.
        nearest: Vec<String>,
    },
    /// A name that no field has.
    #[error("`{given}` is no field of a fact")]
    Name {
        /// The name as given.
        given: String,
    },
    /// A level that does not exist.
    #[error(transparent)]
    Level(#[from] LevelError),
    /// A tick that names another level than its field.
    #[error("ticks `{given}` in the field of {level}")]
    OtherLevel {
        /// The level of the field.
        level: VertebralLevel,
        /// The value as given.
        given: String,
    },
    /// A fact of the patient's record.
    #[error("`{code}` belongs to the patient's record, not to the assessment")]
    PatientFact {
        /// The code.
        code: String,
    },
    /// A fact of a lesion among those of the case.
    #[error("`{code}` belongs to a lesion: name its level, as lesion.T10.{code}")]
    LesionFact {
        /// The code.
        code: String,
    },
    /// A fact of the case among those of a lesion.
    #[error("`{code}` belongs to the case: write case.{code}")]
    CaseFact {
        /// The code.
        code: String,
    },
    /// A value that is none of the answers.
    #[error("`{given}` is not one of the answers{}", choose(nearest, all))]
    Value {
        /// The value as given.
        given: String,
        /// The nearest answers.
        nearest: Vec<String>,
        /// All answers, if they are few.
        all: Vec<String>,
    },
    /// Two different answers to one question.
    #[error("has more than one answer: give one")]
    SeveralAnswers,
    /// A value, and beside it a word that says there is none.
    #[error("has a value and also says that there is none: give one of them")]
    ValueAndState,
    /// Said to be known, without a value.
    #[error("enter the value")]
    ValueMissing,
    /// A reserved word that does not exist.
    #[error("`{given}` is no reserved word: _none, _not-assessed, _unknown or _not-applicable")]
    Reserved {
        /// The word as given.
        given: String,
    },
    /// A state that the dictionary does not allow for the fact.
    #[error("\"{0}\" is no answer to this question")]
    StateNotAllowed(StateWord),
    /// Unknown, without a reason.
    #[error("say why it is unknown: not done, pending, not available, declined or indeterminate")]
    NoReason,
    /// A reason that is none of the five.
    #[error(
        "`{given}` is no reason: not-done, pending, not-available, patient-declined or indeterminate"
    )]
    Reason {
        /// The reason as given.
        given: String,
    },
    /// A derived fact is stated without a reason.
    #[error("say why it is stated: it is worked out from other answers")]
    NoReasonStated,
    /// A source that is none of the four.
    #[error("`{given}` is no source: examination, report, patient or external-record")]
    Source {
        /// The source as given.
        given: String,
    },
    /// Words beside an answer that takes none.
    #[error("takes no words beside the answer")]
    NoText,
    /// Longer than a text may be.
    #[error("is longer than {limit} characters")]
    TooLong {
        /// The greatest number of characters.
        limit: usize,
    },
    /// Not the number of digits that it must have.
    #[error("`{given}` is not {digits} digits")]
    Digits {
        /// The text as given.
        given: String,
        /// The number of digits.
        digits: usize,
    },
    /// No whole number.
    #[error("`{given}` is no whole number: enter {range}")]
    Whole {
        /// The text as given.
        given: String,
        /// The range in words.
        range: String,
    },
    /// No decimal number.
    #[error("`{given}` is no number: enter {range}, with a point and not a comma")]
    Decimal {
        /// The text as given.
        given: String,
        /// The range in words.
        range: String,
    },
    /// Outside its range.
    #[error("`{given}` is out of range: enter {range}")]
    Range {
        /// The number as given.
        given: String,
        /// The range in words.
        range: String,
    },
    /// A unit that the fact is not entered in.
    #[error("`{given}` is no unit of this value: {}", units.join(", "))]
    Unit {
        /// The unit as given.
        given: String,
        /// The units that it is entered in.
        units: Vec<String>,
    },
    /// No date or time, or one that cannot be.
    #[error(transparent)]
    Date(#[from] DateProblem),
    /// Records where the fact has none, or the other way round.
    #[error("{0}")]
    Shape(&'static str),
    /// More records than a list may have.
    #[error("has more than {limit} rows")]
    TooMany {
        /// The greatest number of rows.
        limit: usize,
    },
    /// A field that records of the list do not have.
    #[error("a row has no field `{given}`{}", among(nearest))]
    RowField {
        /// The field as given.
        given: String,
        /// The nearest fields.
        nearest: Vec<String>,
    },
    /// A row lacks a field that it must have.
    #[error("enter \"{0}\"")]
    RowLacks(String),
    /// A listed level is not ticked any more, and nobody says why.
    #[error("say why {0} is left out: its facts will not be carried over")]
    NoReasonLeftOut(VertebralLevel),
    /// A level is both listed and left out.
    #[error("{0} is ticked and also left out: untick it, or clear the reason")]
    TickedAndLeftOut(VertebralLevel),
    /// Facts of a level that the list of levels does not hold.
    #[error("{0} has answers but is not ticked in the list of levels")]
    NotTicked(VertebralLevel),
    /// Two facts that cannot both be.
    #[error("{0}")]
    Contradiction(String),
    /// The rows of a list that had some were all emptied.
    #[error("all rows are empty: tick none, or keep the rows")]
    RowsEmptied,
    /// A fact of the patient's record that is none, or has no such value.
    #[error("the patient's record holds a value that the dictionary does not know")]
    Patient,
    /// Nothing is new, changed or confirmed.
    #[error("nothing was answered: an assessment needs a fact that is new, changed or confirmed")]
    NothingRecorded,
    /// A value that has no exact stored form.
    #[error("cannot be stored exactly")]
    Unstorable,
}

fn choose(nearest: &[String], all: &[String]) -> String {
    if all.is_empty() { among(nearest) } else { format!(": {}", all.join(", ")) }
}

/// A reserved word of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateWord {
    /// `_none`: a set or list that was answered and is empty.
    None,
    /// `_not-assessed`: not asked yet.
    NotAssessed,
    /// `_unknown`: not assessed, with a reason.
    Unknown,
    /// `_not-applicable`: the question does not arise.
    NotApplicable,
}

impl StateWord {
    /// The reserved word of a value; `None` for an ordinary value.
    pub(super) fn parse(value: &str) -> Result<Option<Self>, Problem> {
        match value {
            "_none" => Ok(Some(Self::None)),
            "_not-assessed" => Ok(Some(Self::NotAssessed)),
            "_unknown" => Ok(Some(Self::Unknown)),
            "_not-applicable" => Ok(Some(Self::NotApplicable)),
            other if other.starts_with('_') => Err(Problem::Reserved { given: shorten(other) }),
            _ => Ok(None),
        }
    }

    /// The word as a form posts it.
    pub fn posted(self) -> &'static str {
        match self {
            Self::None => "_none",
            Self::NotAssessed => "_not-assessed",
            Self::Unknown => "_unknown",
            Self::NotApplicable => "_not-applicable",
        }
    }
}

impl fmt::Display for StateWord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::None => "none",
            Self::NotAssessed => "not assessed",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not applicable",
        })
    }
}

impl AnswerError {
    /// A problem of a field.
    pub(crate) fn new(field: &str, problem: Problem) -> Self {
        Self { field: field.chars().take(120).collect(), problem }
    }
}

impl AnswerErrors {
    pub(crate) fn new(errors: Vec<AnswerError>) -> Self {
        Self { errors }
    }

    /// The problem of the form as a whole.
    pub(crate) fn whole(problem: Problem) -> Self {
        Self { errors: vec![AnswerError { field: String::new(), problem }] }
    }

    /// The problems, in the order of the form.
    pub fn iter(&self) -> impl Iterator<Item = &AnswerError> {
        self.errors.iter()
    }

    /// The problems of one field.
    pub fn of<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a Problem> {
        self.errors.iter().filter(move |error| error.field == field).map(|error| &error.problem)
    }

    /// Whether the only problem is that nothing was answered.
    pub fn is_nothing_recorded(&self) -> bool {
        matches!(self.errors.as_slice(), [AnswerError { problem: Problem::NothingRecorded, .. }])
    }
}
