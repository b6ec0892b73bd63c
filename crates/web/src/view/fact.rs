//! One fact of an assessment as a question: options with their points, what was recorded before,
//! the states "unknown", "not assessed" and "not applicable", source and date, and the mark that
//! the server derives (new, changed, confirmed).
//!
//! Nothing is chosen in advance: the earlier answer is only dashed. Field names: the fact's own
//! field (`case.kps`, `lesion.T10.sins-pain`) carries a code or one of the reserved values; beside
//! it stand `.state` (typed fields only), `.reason`, `.source`, `.observed`, `.stated`, `.text`, `.unit`. The rows of
//! a list are `case.prior-radiotherapy.0.dose`.

use askama::Template;
use askama::filters::HtmlSafe;

use super::form::{Choice, FieldView, FormInput, id_of};
use super::parts::{Icon, Tone};

pub mod samples;

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

    fn label(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::NotAssessed => "Not assessed",
            Self::NotApplicable => "Not applicable",
        }
    }

    fn key(self) -> &'static str {
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

fn choices(list: &[(&str, &str)], chosen: &str, none: &str) -> Vec<Choice> {
    std::iter::once(("", none))
        .chain(list.iter().copied())
        .map(|(code, label)| Choice { chosen: code == chosen, ..Choice::new(code, label) })
        .collect()
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
    fn parts(&self) -> (String, String, String) {
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
    fn label(self) -> &'static str {
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

    fn tone(self) -> Tone {
        match self {
            Self::ToAnswer | Self::Unknown => Tone::Warn,
            Self::New | Self::Changed => Tone::Info,
            Self::Confirmed => Tone::Ok,
            Self::Open | Self::Carried | Self::Derived => Tone::Plain,
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::ToAnswer => Icon::Warn,
            Self::Unknown => Icon::Question,
            Self::New | Self::Changed | Self::Derived => Icon::Info,
            Self::Confirmed => Icon::Ok,
            Self::Open | Self::Carried => Icon::Waiting,
        }
    }
}

/// One fact as a row of the form.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "components/case_fact.html")]
pub struct FactRow {
    /// Field name: `case.kps`, `lesion.T10.sins-pain`.
    pub field: String,
    /// `KPS, %`
    pub label: String,
    /// Help under the label; may be empty.
    pub help: String,
    /// How it is asked, with what was typed and the earlier answer.
    pub kind: Kind,
    /// The reserved values that the dictionary allows for this fact.
    pub states: Vec<StateChoice>,
    /// Code of the chosen reason for "unknown"; may be empty.
    pub reason: String,
    /// What follows from the answer: `Gives Tok 3 kidney · Tom 2 moderate growth`; may be empty.
    pub gives: String,
    /// Mark of the server.
    pub standing: Standing,
    /// `As 12-Jun-2026. Oncology clinic`, `Was 1c, S. Bhatt`.
    pub note: String,
    /// Code of the chosen source; empty takes the form's.
    pub source: String,
    /// Date of observation as typed; empty takes the form's.
    pub observed: String,
    /// For a derived fact that is stated: the reason as typed. None for facts that are asked.
    pub stated: Option<String>,
    /// Words beside a coded answer as typed. None for facts that take none.
    pub text: Option<String>,
    /// What is wrong with the answer.
    pub error: Option<String>,
}

impl HtmlSafe for FactRow {}

impl FactRow {
    /// A row that asks, nothing recorded or typed yet.
    #[must_use]
    pub fn new(field: &str, label: &str, help: &str, kind: Kind) -> Self {
        let state = |state| StateChoice { state, chosen: false, was: false };
        Self {
            field: field.to_owned(),
            label: label.to_owned(),
            help: help.to_owned(),
            kind,
            states: vec![state(State::Unknown), state(State::NotAssessed)],
            reason: String::new(),
            gives: String::new(),
            standing: Standing::Open,
            note: String::new(),
            source: String::new(),
            observed: String::new(),
            stated: None,
            text: None,
            error: None,
        }
    }

    /// The same row with the earlier answer: its codes (reserved values included), and its words for lists and
    /// typed fields. Only dashes it; nothing is chosen.
    #[must_use]
    pub fn recorded(mut self, codes: &[&str], words: &str) -> Self {
        let was = |code: &str| codes.contains(&code);
        match &mut self.kind {
            Kind::Choice(answers) | Kind::Escc(answers) => {
                mark_was(answers, codes);
            }
            Kind::Set { answers, none_was, .. } => {
                mark_was(answers, codes);
                *none_was = was("_none");
            }
            Kind::Records { none_was, .. } => *none_was = was("_none"),
            Kind::List { was: earlier, .. } | Kind::Typed { was: earlier, .. } => {
                words.clone_into(earlier);
            }
        }
        for one in &mut self.states {
            one.was = was(one.state.code());
        }
        self.standing = if codes.is_empty() { Standing::Open } else { Standing::Carried };
        self
    }

    /// The same row with what was typed and what is wrong with it. The mark compares it with `base`, the codes given
    /// to [`FactRow::recorded`]; a caller that knows more (an answer that has become too old) sets another.
    #[must_use]
    pub fn filled(mut self, input: &FormInput, base: &[&str]) -> Self {
        let (field, state_field) = (self.field.clone(), self.state_name());
        match &mut self.kind {
            Kind::Choice(answers) | Kind::Escc(answers) => choose(answers, input, &field),
            Kind::List { groups, .. } => {
                for (_, answers) in groups {
                    choose(answers, input, &field);
                }
            }
            Kind::Set { answers, none, .. } => {
                choose(answers, input, &field);
                *none = input.has(&field, "_none");
            }
            Kind::Typed { value, units, .. } => {
                input.value(&field).clone_into(value);
                let unit = format!("{field}.unit");
                for one in units {
                    one.chosen = input.has(&unit, &one.value);
                }
            }
            Kind::Records { none, confirm, .. } => {
                *none = input.has(&field, "_none");
                *confirm = confirm.map(|_| input.has(&confirm_name(&field), "yes"));
            }
        }
        for one in &mut self.states {
            let code = one.state.code();
            one.chosen = input.has(&state_field, code) || input.has(&field, code);
        }
        let beside = |part: &str| input.value(&format!("{field}.{part}")).to_owned();
        (self.reason, self.source, self.observed) =
            (beside("reason"), beside("source"), beside("observed"));
        self.stated = self.stated.map(|_| beside("stated"));
        self.text = self.text.map(|_| beside("text"));
        let below = format!("{field}.");
        let mine = |name: &str| name == field || name.starts_with(&below);
        let problem = input.problems.iter().find(|problem| mine(&problem.field));
        self.error = problem.map(|problem| problem.message.clone());
        self.standing = self.mark(input, base);
        self
    }

    fn mark(&self, input: &FormInput, base: &[&str]) -> Standing {
        let state = self.states.iter().find(|one| one.chosen).map(|one| one.state.code());
        let typed: Vec<&str> = match (state, input.values.get(&self.field)) {
            (Some(state), _) => vec![state],
            (None, Some(all)) => {
                all.iter().map(String::as_str).filter(|one| !one.is_empty()).collect()
            }
            (None, None) => Vec::new(),
        };
        let same = typed.len() == base.len() && typed.iter().all(|one| base.contains(one));
        match (typed.is_empty(), base.is_empty()) {
            (true, _) => self.standing,
            (false, _) if state == Some(State::Unknown.code()) => Standing::Unknown,
            (false, true) => Standing::New,
            (false, false) if same => Standing::Confirmed,
            (false, false) => Standing::Changed,
        }
    }

    /// Element id of the first control: what an error summary links to.
    #[must_use]
    pub fn id(&self) -> String {
        id_of(&self.field)
    }

    fn class(&self) -> &'static str {
        match (&self.error, self.standing) {
            (Some(_), _) => "fact err",
            (None, Standing::ToAnswer) => "fact open",
            (None, _) => "fact",
        }
    }

    /// Radio buttons and drawings share the fact's own name; everything else has `.state`.
    fn shares_name(&self) -> bool {
        matches!(self.kind, Kind::Choice(_) | Kind::Escc(_))
    }

    fn state_name(&self) -> String {
        if self.shares_name() { self.field.clone() } else { format!("{}.state", self.field) }
    }

    fn confirm_name(&self) -> String {
        confirm_name(&self.field)
    }

    fn state_chosen(&self) -> bool {
        self.states.iter().any(|state| state.chosen)
    }

    fn described_by(&self) -> String {
        let id = self.id();
        let help = (!self.help.is_empty()).then(|| format!("{id}-help"));
        let error = self.error.is_some().then(|| format!("{id}-error"));
        help.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }

    fn reasons(&self) -> Vec<Choice> {
        choices(&REASONS, &self.reason, "Choose a reason")
    }

    fn sources(&self) -> Vec<Choice> {
        source_choices(&self.source)
    }

    fn beside_open(&self) -> bool {
        self.error.is_some()
            || !self.source.is_empty()
            || !self.observed.is_empty()
            || self.stated.as_deref().is_some_and(|s| !s.is_empty())
    }
}

fn mark_was(answers: &mut [Answer], codes: &[&str]) {
    for one in answers {
        one.was = codes.contains(&one.value.as_str());
    }
}

fn choose(answers: &mut [Answer], input: &FormInput, field: &str) {
    for one in answers {
        one.chosen = input.has(field, &one.value);
    }
}

/// A group of facts with a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactSection {
    /// Element id: `cancer`.
    pub id: String,
    /// `Cancer`
    pub title: String,
    /// `3 of 3`
    pub count: String,
    /// Facts that a score reads.
    pub rows: Vec<FactRow>,
    /// The rest, folded.
    pub more: Vec<FactRow>,
    /// The folded part is open: something in it was typed or is wrong.
    pub more_open: bool,
}

/// The facts of one lesion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LesionSection {
    /// `T10`
    pub level: String,
    /// The facts; the title says `Lesion T10, index`.
    pub facts: FactSection,
    /// Folded with this summary: `6 facts carried over: blastic, ESCC 0, SINS 1`.
    pub folded: Option<String>,
    /// Lesion page.
    pub href: String,
}

impl FactSection {
    /// The first fact of the section that has no answer.
    pub fn first_open(&self) -> Option<&FactRow> {
        self.rows.iter().find(|row| matches!(row.standing, Standing::Open | Standing::ToAnswer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pain() -> FactRow {
        FactRow::new(
            "lesion.T10.sins-pain",
            "Pain",
            "Better lying, worse on loading?",
            Kind::Choice(vec![
                Answer { was: true, ..Answer::new("mechanical", "Mechanical", "SINS 3", "m") },
                Answer::new("non-mechanical", "Other pain", "SINS 1", "o"),
                Answer::new("none", "None", "SINS 0", "n"),
            ]),
        )
    }

    #[test]
    fn the_earlier_answer_is_dashed_and_nothing_is_chosen() {
        let html = pain().to_string();
        assert!(!html.contains(" checked"));
        assert!(html.contains("class=\"was\""));
        assert_eq!(html.matches("data-before").count(), 1);
        assert!(html.contains("<u>M</u>echanical"));
    }

    #[test]
    fn the_reserved_values_share_the_name_of_radio_buttons_only() {
        let html = pain().to_string();
        assert_eq!(html.matches("name=\"lesion.T10.sins-pain\"").count(), 5);
        assert!(html.contains("value=\"_unknown\""));
        assert!(html.contains("name=\"lesion.T10.sins-pain.reason\""));
        let typed = Kind::Typed {
            value: "4".to_owned(),
            unit: "mg/day".to_owned(),
            units: Vec::new(),
            figures: true,
            lines: false,
            was: String::new(),
        };
        let html = FactRow::new("case.dose", "Dose", "", typed).to_string();
        assert!(html.contains("name=\"case.dose.state\""));
        assert!(html.contains("value=\"4\""));
    }

    #[test]
    fn an_error_stands_by_its_control_and_keeps_what_was_typed() {
        let row = FactRow { error: Some("Choose the pain".to_owned()), ..pain() };
        let html = row.to_string();
        assert!(html.contains("id=\"lesion-T10-sins-pain\""));
        assert!(html.contains("id=\"lesion-T10-sins-pain-error\""));
        assert!(html.contains("fact err"));
    }

    #[test]
    fn the_six_grades_are_drawn_and_none_is_chosen() {
        let html = samples::escc("lesion.T10.escc-grade", "").to_string();
        assert_eq!(html.matches("<svg viewBox=\"0 0 120 134\"").count(), 6);
        assert!(!html.contains(" checked"));
        for (value, key) in [("1a", "a"), ("3", "3")] {
            assert!(html.contains(&format!("value=\"{value}\" data-k=\"{key}\"")), "{value}");
        }
    }

    #[test]
    fn the_mark_compares_what_was_typed_with_the_earlier_answer() {
        let field = "lesion.T10.sins-pain";
        let standing = |base: &[&str], typed: &[(&str, &str)]| {
            pain()
                .recorded(base, "")
                .filled(&FormInput::from_pairs(typed.iter().copied()), base)
                .standing
        };
        assert_eq!(standing(&[], &[]), Standing::Open);
        assert_eq!(standing(&["none"], &[]), Standing::Carried);
        assert_eq!(standing(&["none"], &[(field, "none")]), Standing::Confirmed);
        assert_eq!(standing(&["none"], &[(field, "mechanical")]), Standing::Changed);
        assert_eq!(standing(&[], &[(field, "mechanical")]), Standing::New);
        assert_eq!(standing(&["none"], &[(field, "_unknown")]), Standing::Unknown);
    }

    #[test]
    fn a_set_a_list_and_a_typed_field_come_back_as_they_were_typed() {
        let typed = Kind::Typed {
            value: String::new(),
            unit: String::new(),
            units: Vec::new(),
            figures: true,
            lines: false,
            was: String::new(),
        };
        let input = FormInput::from_pairs([
            ("case.dose", "31/11/2025"),
            ("case.dose.observed", "soon"),
            ("case.dose.reason", "pending"),
        ])
        .with_problem("case.dose", "Enter a number");
        let row = FactRow::new("case.dose", "Dose", "", typed)
            .recorded(&["4"], "4 mg/day")
            .filled(&input, &["4"]);
        let html = row.to_string();
        for part in ["value=\"31/11/2025\"", "value=\"soon\"", "Before: 4 mg/day", "Enter a number"]
        {
            assert!(html.contains(part), "{part}");
        }
        let set = Kind::Set {
            answers: vec![Answer::new("ct", "CT", "", ""), Answer::new("mri", "MRI", "", "")],
            none: false,
            none_was: false,
        };
        let input =
            FormInput::from_pairs([("case.imaging-done", "ct"), ("case.imaging-done", "mri")]);
        let row = FactRow::new("case.imaging-done", "Imaging", "", set)
            .recorded(&["mri", "ct"], "")
            .filled(&input, &["mri", "ct"]);
        assert_eq!(row.standing, Standing::Confirmed);
        assert_eq!(row.to_string().matches("type=\"checkbox\"").count(), 3);
    }

    #[test]
    fn a_key_that_the_label_does_not_have_underlines_nothing() {
        let answer = Answer::new("over", "Over 50 %", "", "x");
        assert_eq!(answer.parts(), ("Over 50 %".to_owned(), String::new(), String::new()));
        assert_eq!(Answer::new("80", "80", "", "8").parts().0, "80");
    }
}
