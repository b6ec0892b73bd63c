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

use super::form::{Choice, FormInput, id_of};

mod answer;
pub mod samples;

pub use answer::{
    Answer, Caveat, CaveatKind, Kind, REASONS, SOURCES, Standing, State, StateChoice, confirm_name,
    source_choices,
};

use answer::choices;

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
    /// What of it is a local rule or unconfirmed; unfolds beside the question.
    pub caveats: Vec<Caveat>,
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
            caveats: Vec::new(),
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

    /// `Local rule, source not confirmed`: what the caveats unfold under.
    fn caveat_title(&self) -> String {
        let kinds: Vec<&str> = self.caveats.iter().map(|one| one.kind.label()).collect();
        match kinds.split_first() {
            None => String::new(),
            Some((first, rest)) => {
                let rest = rest.iter().map(|one| format!(", {}", one.to_lowercase()));
                format!("{first}{}", rest.collect::<String>())
            }
        }
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
    /// The level is offered, not recorded: whether its box (field `lesion.T10.level`) is ticked. None for a lesion of
    /// the base.
    pub tick: Option<bool>,
}

impl LesionSection {
    /// Name of the box that lists the level.
    pub fn tick_name(&self) -> String {
        format!("lesion.{}.level", self.level)
    }

    /// Its element id: what an error summary links to.
    pub fn tick_id(&self) -> String {
        id_of(&self.tick_name())
    }
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
    fn a_local_rule_and_a_doubt_unfold_beside_the_question_without_a_script() {
        let html = samples::escc("lesion.T10.escc-grade", "").to_string();
        let details = html.split("<details class=\"caveat src\">").nth(1).unwrap();
        let details = details.split("</details>").next().unwrap();
        assert!(details.starts_with("<summary>Local rule, source not confirmed<span"), "{details}");
        assert!(details.contains("<b>Local rule.</b> The reading below the conus"), "{details}");
        assert!(details.contains("<b>Source not confirmed.</b> That it is"), "{details}");
        assert!(!pain().to_string().contains("caveat"));
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
