//! Forms: what was typed, what is wrong with it, and the controls that show both.
//!
//! A handler keeps a [`FormInput`] (values and problems by field name). The page's view code describes its fields
//! once and fills them from it, so that a form that failed comes back with everything that was typed.

use std::collections::BTreeMap;

/// Values as typed and problems found, by field name. Passwords never get in here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormInput {
    /// Values by field name; a set repeats the field.
    pub values: BTreeMap<String, Vec<String>>,
    /// Problems in the order of the form.
    pub problems: Vec<Problem>,
}

/// One problem with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Name of the field.
    pub field: String,
    /// What is wrong and what to do, as a sentence without full stop.
    pub message: String,
}

impl FormInput {
    /// Pairs as they were posted.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            values.entry(name.into()).or_default().push(value.into());
        }
        Self { values, problems: Vec::new() }
    }

    /// The same with one more problem.
    #[must_use]
    pub fn with_problem(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.problems.push(Problem { field: field.into(), message: sentence(&message.into()) });
        self
    }

    /// First value of a field, empty when absent.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).and_then(|all| all.first()).map_or("", String::as_str)
    }

    /// Whether a field has this value among its values.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.values.get(name).is_some_and(|all| all.iter().any(|one| one == value))
    }

    /// First problem of a field.
    pub fn problem(&self, name: &str) -> Option<&str> {
        self.problems
            .iter()
            .find(|problem| problem.field == name)
            .map(|problem| problem.message.as_str())
    }
}

/// As a sentence begins, and with quotation marks where a message of a program has back-ticks.
fn sentence(message: &str) -> String {
    let mut quoted = String::with_capacity(message.len());
    for (place, part) in message.split('`').enumerate() {
        if place > 0 {
            quoted.push(if place % 2 == 1 { '“' } else { '”' });
        }
        quoted.push_str(part);
    }
    let mut letters = quoted.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Words that begin a message and are no name: behind a label they lose their capital.
const OPENERS: [&str; 29] = [
    "A",
    "All",
    "An",
    "At",
    "Cannot",
    "Character",
    "Choose",
    "Enter",
    "Expects",
    "Give",
    "Has",
    "Is",
    "It",
    "Leave",
    "Name",
    "No",
    "Not",
    "Nothing",
    "Only",
    "Record",
    "Say",
    "Takes",
    "The",
    "There",
    "These",
    "This",
    "Type",
    "Unknown",
    "Write",
];

/// `Reason: at most 500 characters, this has 623`; a message that has the words of the label stays as it is.
fn named(label: &str, message: &str) -> String {
    let label = label.trim_end_matches(['?', ':']);
    let words = |text: &str| -> Vec<String> {
        let plain = text.to_lowercase();
        let words = plain.split(|sign: char| !sign.is_alphanumeric());
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let (all, said) = (words(label), words(message));
    let telling = |word: &&String| word.chars().count() > 3 || all.len() == 1;
    if all.iter().filter(telling).all(|word| said.contains(word)) {
        return message.to_owned();
    }
    let opener = message.split(|sign: char| !sign.is_alphanumeric()).next().unwrap_or_default();
    // "NHS", "T14" and "Frankel" keep their capitals.
    if !OPENERS.contains(&opener) {
        return format!("{label}: {message}");
    }
    let mut letters = message.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    format!("{label}: {}", first.chain(letters).collect::<String>())
}

/// Which control shows a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Control {
    /// One line of text.
    #[default]
    Text,
    /// One line with figures: an identifier, a date.
    Figures,
    /// E-mail address.
    Email,
    /// Password: its value is never sent back.
    Password,
    /// Several lines.
    TextArea,
    /// List to choose one from.
    Select,
    /// Radio buttons in boxes.
    Radio,
    /// Checkboxes in boxes.
    Checkboxes,
}

/// One choice of a select, of radio buttons or of checkboxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Value that is posted.
    pub value: String,
    /// Words.
    pub label: String,
    /// More words under or behind them: points, meaning.
    pub detail: Option<String>,
    /// Chosen now.
    pub chosen: bool,
    /// Single key that picks it.
    pub key: Option<String>,
}

impl Choice {
    /// A choice that is not chosen.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), detail: None, chosen: false, key: None }
    }
}

/// One field with its label, hint, error and control.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldView {
    /// Name that is posted.
    pub name: String,
    /// Element id: of the control, or of the first choice.
    pub id: String,
    /// Label.
    pub label: String,
    /// Hint under the label.
    pub hint: Option<String>,
    /// Marked "optional"; required is the norm.
    pub optional: bool,
    /// Which control shows it.
    pub control: Control,
    /// Value as typed.
    pub value: String,
    /// Choices, where it has any.
    pub choices: Vec<Choice>,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Value of `autocomplete`.
    pub autocomplete: Option<&'static str>,
}

impl FieldView {
    /// A field of this control. The id is the name with other separators.
    pub fn new(control: Control, name: &str, label: &str) -> Self {
        Self {
            id: id_of(name),
            name: name.to_owned(),
            label: label.to_owned(),
            control,
            ..Self::default()
        }
    }

    /// One line of text.
    pub fn text(name: &str, label: &str) -> Self {
        Self::new(Control::Text, name, label)
    }

    /// One line with figures.
    pub fn figures(name: &str, label: &str) -> Self {
        Self::new(Control::Figures, name, label)
    }

    /// A date, typed as text; the hint says how.
    pub fn date(name: &str, label: &str) -> Self {
        Self::new(Control::Figures, name, label).hint("For example 17-Nov-1961 or 17/11/1961")
    }

    /// Several lines of text.
    pub fn area(name: &str, label: &str) -> Self {
        Self::new(Control::TextArea, name, label)
    }

    /// A list to choose one from.
    pub fn select(name: &str, label: &str, choices: Vec<Choice>) -> Self {
        Self { choices, ..Self::new(Control::Select, name, label) }
    }

    /// Radio buttons.
    pub fn radio(name: &str, label: &str, choices: Vec<Choice>) -> Self {
        Self { choices, ..Self::new(Control::Radio, name, label) }
    }

    /// Checkboxes.
    pub fn checkboxes(name: &str, label: &str, choices: Vec<Choice>) -> Self {
        Self { choices, ..Self::new(Control::Checkboxes, name, label) }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(self, hint: &str) -> Self {
        Self { hint: Some(hint.to_owned()), ..self }
    }

    /// The same, marked "optional".
    #[must_use]
    pub fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// The same with an `autocomplete` value.
    #[must_use]
    pub fn autocomplete(self, value: &'static str) -> Self {
        Self { autocomplete: Some(value), ..self }
    }

    /// The same with another id, where a page shows the same form more than once.
    #[must_use]
    pub fn with_id(self, id: &str) -> Self {
        Self { id: id.to_owned(), ..self }
    }

    /// The same with what was typed and what is wrong with it.
    #[must_use]
    pub fn filled(mut self, input: &FormInput) -> Self {
        if self.control != Control::Password {
            input.value(&self.name).clone_into(&mut self.value);
        }
        for choice in &mut self.choices {
            choice.chosen = input.has(&self.name, &choice.value);
        }
        self.error = input.problem(&self.name).map(str::to_owned);
        self
    }

    /// Ids of hint and error, for `aria-describedby`; empty when there is neither.
    pub fn described_by(&self) -> String {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id));
        hint.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }

    /// Type attribute of a one-line control.
    pub fn input_type(&self) -> &'static str {
        match self.control {
            Control::Email => "email",
            Control::Password => "password",
            _ => "text",
        }
    }

    /// Id of the choice at this place: the first has the field's own, so that the summary can link to it.
    pub fn choice_id(&self, place: usize) -> String {
        if place == 0 { self.id.clone() } else { format!("{}-{place}", self.id) }
    }
}

/// Element id made of a field name: letters, figures and hyphens only.
pub fn id_of(name: &str) -> String {
    name.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' }).collect()
}

/// "There are 2 problems", each with a link to its control.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorSummary {
    /// Address within the page, and words. The address is empty for a problem of no single field.
    pub problems: Vec<(String, String)>,
}

impl ErrorSummary {
    /// The problems of an input, the first of each field, linked by the default ids of their fields.
    pub fn of(input: &FormInput) -> Self {
        let mut problems: Vec<(String, String)> = Vec::new();
        for problem in &input.problems {
            let href = if problem.field.is_empty() {
                String::new()
            } else {
                format!("#{}", id_of(&problem.field))
            };
            if href.is_empty() || problems.iter().all(|(known, _)| *known != href) {
                problems.push((href, problem.message.clone()));
            }
        }
        Self { problems }
    }

    /// The same, each problem naming its field: far from the field, "at most 500 characters" says nothing.
    /// The names are those of the fields; a message that has the label among its words stays as it is.
    #[must_use]
    pub fn named<N: AsRef<str>, L: AsRef<str>>(
        mut self,
        labels: impl IntoIterator<Item = (N, L)>,
    ) -> Self {
        for (name, label) in labels {
            let href = format!("#{}", id_of(name.as_ref()));
            for (_, message) in self.problems.iter_mut().filter(|(known, _)| *known == href) {
                *message = named(label.as_ref(), message);
            }
        }
        self
    }

    /// No problem.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Heading of the summary.
    pub fn heading(&self) -> String {
        match self.problems.len() {
            1 => "There is 1 problem".to_owned(),
            count => format!("There are {count} problems"),
        }
    }
}

/// What every posting form carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormView {
    /// Address that it posts to.
    pub action: String,
    /// Made with the page: the same sent twice has one effect.
    pub command_id: String,
    /// The version that the edit is based on, where it is one.
    pub base: Option<String>,
    /// Address of the draft, for autosave: `/drafts/{form}/{object}`.
    pub draft: Option<String>,
    /// `Draft saved 07:14:07`, or what was restored.
    pub draft_note: Option<String>,
    /// Problems of the last sending.
    pub summary: ErrorSummary,
}

impl FormView {
    /// A form that posts to `action` and shows the problems of `input`.
    pub fn new(
        action: impl Into<String>,
        command_id: impl Into<String>,
        input: &FormInput,
    ) -> Self {
        Self {
            action: action.into(),
            command_id: command_id.into(),
            summary: ErrorSummary::of(input),
            ..Self::default()
        }
    }

    /// The same with a summary that names these fields.
    #[must_use]
    pub fn naming<'f>(self, fields: impl IntoIterator<Item = &'f FieldView>) -> Self {
        let labels = fields.into_iter().map(|field| (&field.name, &field.label));
        Self { summary: self.summary.named(labels), ..self }
    }

    /// The same with the version that the edit is based on.
    #[must_use]
    pub fn based_on(self, base: impl Into<String>) -> Self {
        Self { base: Some(base.into()), ..self }
    }

    /// The same with a draft.
    #[must_use]
    pub fn drafted(self, address: impl Into<String>, note: Option<String>) -> Self {
        Self { draft: Some(address.into()), draft_note: note, ..self }
    }
}

/// Command id of the samples.
pub const SAMPLE_COMMAND: &str = "019e8f3a-2b4c-7d5e-8f60-718293a4b5c6";

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(problems: &[(&str, &str)], labels: &[(&str, &str)]) -> Vec<String> {
        let input = problems
            .iter()
            .fold(FormInput::default(), |input, (field, words)| input.with_problem(*field, *words));
        let summary = ErrorSummary::of(&input).named(labels.iter().copied());
        summary.problems.into_iter().map(|(_, words)| words).collect()
    }

    #[test]
    fn a_summary_names_the_field_unless_its_message_does() {
        let labels = [
            ("reason", "Reason"),
            ("birth_date", "Date of birth"),
            ("plan.0.levels", "Step 1, levels"),
            ("sure", "Is it sure?"),
        ];
        assert_eq!(
            summary(
                &[
                    ("reason", "At most 500 characters, this has 623"),
                    ("birth_date", "The date of birth is after today"),
                    ("plan.0.levels", "`T99` is not a vertebral level"),
                    ("sure", "Choose"),
                    ("", "The case is closed"),
                ],
                &labels
            ),
            [
                "Reason: at most 500 characters, this has 623",
                "The date of birth is after today",
                "Step 1, levels: “T99” is not a vertebral level",
                "Is it sure: choose",
                "The case is closed",
            ]
        );
        assert_eq!(summary(&[("reason", "T14 is no level")], &labels), ["Reason: T14 is no level"]);
    }

    #[test]
    fn a_name_that_begins_a_message_keeps_its_capital() {
        for (message, expected) in [
            ("Frankel and ASIA contradict each other", "Frankel and ASIA contradict each other"),
            ("Tokuhashi asks for it", "Tokuhashi asks for it"),
            ("Karnofsky: enter 10 to 100 %", "Karnofsky: enter 10 to 100 %"),
            ("Tomita, of 2001", "Tomita, of 2001"),
            ("Northfield has no such series", "Northfield has no such series"),
            ("June has 30 days", "June has 30 days"),
            ("NHS numbers have 10 digits", "NHS numbers have 10 digits"),
            ("A single letter", "a single letter"),
            ("Choose", "choose"),
            ("character 3 (U+200F) is not seen", "character 3 (U+200F) is not seen"),
            ("There is no 31-Feb-1962", "there is no 31-Feb-1962"),
            ("", ""),
        ] {
            assert_eq!(named("Why", message), format!("Why: {expected}"));
        }
        let unseen = summary(&[("why", "character 3 is not seen")], &[("why", "Why")]);
        assert_eq!(unseen, ["Why: character 3 is not seen"]);
    }

    #[test]
    fn a_field_is_named_once() {
        let twice =
            [("levels", "`T99` is not a level"), ("levels", "Say which levels are treated")];
        assert_eq!(summary(&twice, &[]), ["“T99” is not a level"]);
    }
}
