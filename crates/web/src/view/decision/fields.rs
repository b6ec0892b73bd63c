//! The fields of a decision, described once: their names, labels and what each outcome needs.

use super::super::form::{Choice, FieldView, FormInput};

/// The lists that a decision chooses from, as the handler knows them: code and label, without an empty first choice.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    /// Outcome kinds.
    pub outcomes: Vec<Choice>,
    /// Modalities of the plan.
    pub modalities: Vec<Choice>,
    /// Intents.
    pub intents: Vec<Choice>,
    /// Priorities.
    pub priorities: Vec<Choice>,
    /// Clinicians who may be responsible, and who may dissent.
    pub clinicians: Vec<Choice>,
    /// People who may own an action.
    pub owners: Vec<Choice>,
    /// Positions of a dissent.
    pub positions: Vec<Choice>,
    /// Reasons of a deferral.
    pub defer_reasons: Vec<Choice>,
    /// Reasons of "no recommendation".
    pub no_recommendation_reasons: Vec<Choice>,
    /// Reasons of "struck off".
    pub struck_off_reasons: Vec<Choice>,
    /// Earlier signed decisions of the case.
    pub earlier_decisions: Vec<Choice>,
}

/// How many rows each repeating part shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// Steps of the plan.
    pub plan: usize,
    /// Actions.
    pub actions: usize,
    /// Dissents.
    pub dissents: usize,
}

impl Rows {
    /// As many as were typed, at least one of each.
    #[must_use]
    pub fn of(input: &FormInput) -> Self {
        let count = |group: &str| {
            let number = |name: &str| name.strip_prefix(group)?.strip_prefix('.')?.split('.').next()?.parse::<usize>().ok();
            // 50 is far beyond any plan, and keeps a hostile field name from making a page without end.
            input.values.keys().filter_map(|name| number(name)).filter(|row| *row < 50).max().map_or(1, |last| last + 1)
        };
        Self { plan: count("plan"), actions: count("action"), dissents: count("dissent") }
    }
}

/// Fields that one outcome needs.
#[derive(Debug, Clone)]
pub struct OutcomeNeed {
    /// Outcome code: `defer`.
    pub outcome: &'static str,
    /// `For a deferral`
    pub title: &'static str,
    /// Its fields, named `need.<outcome>.<part>`.
    pub fields: Vec<FieldView>,
}

/// One repeating row.
#[derive(Debug, Clone)]
pub struct FieldRow {
    /// Place, from 1; the field names count from 0.
    pub number: usize,
    /// Its fields.
    pub fields: Vec<FieldView>,
}

/// Every field of a decision but the statements about the scores.
#[derive(Debug, Clone)]
pub struct DecisionFields {
    /// `outcome`
    pub outcome: FieldView,
    /// What each outcome needs; shown for the chosen one, or all where the browser cannot tell.
    pub needs: Vec<OutcomeNeed>,
    /// `plan.<k>.modality` `.intent` `.priority` `.due` `.levels` `.dose` `.clinician` `.sequence` `.condition`
    pub plan: Vec<FieldRow>,
    /// `responsible`, `target`
    pub responsible: Vec<FieldView>,
    /// `action.<k>.what` `.owner` `.due`
    pub actions: Vec<FieldRow>,
    /// `wish`, `told-by`, `told-on`
    pub wish: Vec<FieldView>,
    /// `dissent`: `none` or `recorded`
    pub dissent: FieldView,
    /// `dissent.<k>.who` `.position` `.words`
    pub dissents: Vec<FieldRow>,
    /// `dissent-in-letter`: `yes`
    pub dissent_letter: FieldView,
}

struct Filler<'a> {
    input: &'a FormInput,
}

impl Filler<'_> {
    fn text(&self, name: &str, label: &str) -> FieldView {
        FieldView::text(name, label).filled(self.input)
    }

    fn date(&self, name: &str, label: &str) -> FieldView {
        FieldView::date(name, label).hint("For example 17-Nov-2026").filled(self.input)
    }

    fn list(&self, name: &str, label: &str, choices: &[Choice]) -> FieldView {
        let all = std::iter::once(Choice::new("", "Choose")).chain(choices.iter().cloned()).collect();
        FieldView::select(name, label, all).filled(self.input)
    }

    fn radio(&self, name: &str, label: &str, choices: &[(&str, &str)]) -> FieldView {
        let all = choices.iter().map(|(code, words)| Choice::new(*code, *words)).collect();
        FieldView::radio(name, label, all).filled(self.input)
    }
}

fn rows(count: usize, fields: impl Fn(usize) -> Vec<FieldView>) -> Vec<FieldRow> {
    (0..count).map(|row| FieldRow { number: row + 1, fields: fields(row) }).collect()
}

impl DecisionFields {
    /// The fields with what was typed.
    #[must_use]
    pub fn new(lists: &Lists, count: Rows, input: &FormInput) -> Self {
        let fill = Filler { input };
        Self {
            outcome: fill.list("outcome", "Outcome of the discussion", &lists.outcomes),
            needs: needs(&fill, lists),
            plan: rows(count.plan, |row| plan_row(&fill, lists, row)),
            responsible: vec![
                fill.list("responsible", "Responsible clinician", &lists.clinicians),
                fill.date("target", "Target date"),
            ],
            actions: rows(count.actions, |row| {
                vec![
                    fill.text(&format!("action.{row}.what"), "Action"),
                    fill.list(&format!("action.{row}.owner"), "Owner", &lists.owners),
                    fill.date(&format!("action.{row}.due"), "Due"),
                ]
            }),
            wish: vec![
                fill.text("wish", "What the patient wants"),
                fill.text("told-by", "Who tells the patient"),
                fill.date("told-on", "When").optional(),
            ],
            dissent: fill.radio("dissent", "Was there dissent?", &[("none", "None"), ("recorded", "Recorded below")]),
            dissents: rows(count.dissents, |row| {
                vec![
                    fill.list(&format!("dissent.{row}.who"), "Who dissents", &lists.clinicians),
                    fill.list(&format!("dissent.{row}.position"), "Position", &lists.positions),
                    FieldView::area(&format!("dissent.{row}.words"), "What and why, in their words").filled(input),
                ]
            }),
            dissent_letter: FieldView::checkboxes(
                "dissent-in-letter",
                "In the letter",
                vec![Choice::new("yes", "The letter says “a member recorded a different view”, without the name")],
            )
            .filled(input),
        }
    }
}

fn plan_row(fill: &Filler, lists: &Lists, row: usize) -> Vec<FieldView> {
    let name = |part: &str| format!("plan.{row}.{part}");
    vec![
        fill.list(&name("modality"), "Modality", &lists.modalities),
        fill.list(&name("intent"), "Intent", &lists.intents),
        fill.list(&name("priority"), "Priority", &lists.priorities),
        fill.date(&name("due"), "Due").optional(),
        fill.text(&name("levels"), "Levels").optional(),
        fill.text(&name("dose"), "Dose and fractions").optional(),
        fill.list(&name("clinician"), "Who does it", &lists.clinicians).optional(),
        fill.text(&name("sequence"), "Before, after or with").optional(),
        fill.text(&name("condition"), "Condition").optional(),
    ]
}

/// What each outcome needs, in the order of the outcome list.
fn needs(fill: &Filler, lists: &Lists) -> Vec<OutcomeNeed> {
    let need = |outcome, title, fields| OutcomeNeed { outcome, title, fields };
    let answer = [("yes", "Yes"), ("no", "No"), ("asked", "Asked")];
    vec![
        need("further_investigation", "For an investigation", vec![
            fill.text("need.further_investigation.test", "Test"),
            fill.list("need.further_investigation.owner", "Who sees to it", &lists.owners),
            fill.date("need.further_investigation.due", "Due"),
            fill.date("need.further_investigation.relist", "Back on the list"),
        ]),
        need("defer", "For a deferral", vec![
            fill.list("need.defer.reason", "Reason", &lists.defer_reasons),
            fill.list("need.defer.owner", "Who sees to it", &lists.owners),
            fill.date("need.defer.next", "Next date"),
        ]),
        need("watch", "For watch and wait", vec![
            fill.text("need.watch.interval", "Interval"),
            fill.text("need.watch.triggers", "What brings it back sooner"),
        ]),
        need("supportive_care", "For supportive care", vec![
            fill.list("need.supportive_care.owner", "Who leads it", &lists.clinicians),
        ]),
        need("refer_on", "For a referral on", vec![
            fill.text("need.refer_on.receiver", "To whom"),
            fill.radio("need.refer_on.accepted", "Accepted?", &answer),
        ]),
        need("no_change", "For the present plan", vec![
            fill.list("need.no_change.decision", "Decision that stands", &lists.earlier_decisions),
        ]),
        need("ratify", "For a ratification", vec![
            fill.list("need.ratify.decision", "Decision made outside the meeting", &lists.earlier_decisions),
        ]),
        need("soc_applied", "For the standard of care", vec![
            fill.text("need.soc_applied.standard", "Standard"),
            fill.text("need.soc_applied.version", "Version"),
        ]),
        need("no_recommendation", "For no recommendation", vec![
            fill.list("need.no_recommendation.reason", "Reason", &lists.no_recommendation_reasons),
        ]),
        need("struck_off", "For striking off", vec![
            fill.list("need.struck_off.reason", "Reason", &lists.struck_off_reasons),
        ]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_rows_come_back_as_were_typed() {
        let input = FormInput::from_pairs([("plan.2.levels", "T10"), ("action.0.what", "x"), ("plan.9999999.levels", "T1")]);
        assert_eq!(Rows::of(&input), Rows { plan: 3, actions: 1, dissents: 1 });
        let fields = DecisionFields::new(&Lists::default(), Rows::of(&input), &input);
        let last = fields.plan.last().and_then(|row| row.fields.iter().find(|field| field.name == "plan.2.levels"));
        assert_eq!(last.map(|field| field.value.as_str()), Some("T10"));
    }

    #[test]
    fn every_outcome_that_needs_more_than_a_plan_has_its_fields() {
        let fields = DecisionFields::new(&Lists::default(), Rows::of(&FormInput::default()), &FormInput::default());
        assert_eq!(fields.needs.len(), 10);
        for need in &fields.needs {
            assert!(need.fields.iter().all(|field| field.name.starts_with(&format!("need.{}.", need.outcome))));
        }
    }
}
