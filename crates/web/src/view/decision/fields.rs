//! The fields of a decision, described once: their names (those of `mdt::decision::form`), labels and what
//! each outcome needs.

use super::super::form::{Choice, FieldView, FormInput};

/// The lists that a decision chooses from, as the handler knows them: code and label, without an empty
/// first choice.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    /// Outcome kinds.
    pub outcomes: Vec<Choice>,
    /// Modalities of the plan.
    pub modalities: Vec<Choice>,
    /// Intents.
    pub intents: Vec<Choice>,
    /// Further goals.
    pub goals: Vec<Choice>,
    /// Priorities.
    pub priorities: Vec<Choice>,
    /// Before, after, with.
    pub relations: Vec<Choice>,
    /// Clinicians who may be responsible, and who may dissent.
    pub clinicians: Vec<Choice>,
    /// People who may own an action.
    pub owners: Vec<Choice>,
    /// Sites that can deliver a treatment.
    pub sites: Vec<Choice>,
    /// Positions of a dissent.
    pub positions: Vec<Choice>,
    /// Answers of a receiver.
    pub acceptances: Vec<Choice>,
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
            let number = |name: &str| {
                name.strip_prefix(group)?
                    .strip_prefix('.')?
                    .split('.')
                    .next()?
                    .parse::<usize>()
                    .ok()
            };
            // 50 is far beyond any plan, and keeps a hostile field name from making a page without end.
            input
                .values
                .keys()
                .filter_map(|name| number(name))
                .filter(|row| *row < 50)
                .max()
                .map_or(1, |last| last + 1)
        };
        Self { plan: count("plan"), actions: count("action"), dissents: count("dissent") }
    }
}

/// Fields that one outcome needs.
#[derive(Debug, Clone)]
pub struct OutcomeNeed {
    /// Outcome code: `defer`; `confirms` for the two that confirm an earlier decision.
    pub outcome: &'static str,
    /// `For a deferral`
    pub title: &'static str,
    /// Its fields.
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
    /// `outcome_kind`
    pub outcome: FieldView,
    /// What each outcome needs; shown for the chosen one, or all where the browser cannot tell.
    pub needs: Vec<OutcomeNeed>,
    /// `plan.<k>.modality` `.intent` `.levels` `.responsible` `.target_date` `.priority` `.dose` `.goals`
    /// `.sequence` `.sequence_row` `.site` `.note`
    pub plan: Vec<FieldRow>,
    /// `action.<k>.text` `.owner` `.due`
    pub actions: Vec<FieldRow>,
    /// `patient_preference`, `quorum_note`
    pub notes: Vec<FieldView>,
    /// `dissent.<k>.person` `.position` `.alternative` `.reason`
    pub dissents: Vec<FieldRow>,
}

struct Filler<'a> {
    input: &'a FormInput,
}

impl Filler<'_> {
    fn text(&self, name: &str, label: &str) -> FieldView {
        FieldView::text(name, label).filled(self.input)
    }

    fn area(&self, name: &str, label: &str) -> FieldView {
        FieldView::area(name, label).filled(self.input)
    }

    fn date(&self, name: &str, label: &str) -> FieldView {
        FieldView::date(name, label).hint("For example 17-Nov-2026").filled(self.input)
    }

    fn list(&self, name: &str, label: &str, choices: &[Choice]) -> FieldView {
        let all =
            std::iter::once(Choice::new("", "Choose")).chain(choices.iter().cloned()).collect();
        FieldView::select(name, label, all).filled(self.input)
    }

    fn radio(&self, name: &str, label: &str, choices: &[Choice]) -> FieldView {
        FieldView::radio(name, label, choices.to_vec()).filled(self.input)
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
            outcome: fill.list("outcome_kind", "Outcome of the discussion", &lists.outcomes),
            needs: needs(&fill, lists),
            plan: rows(count.plan, |row| plan_row(&fill, lists, row)),
            actions: rows(count.actions, |row| {
                vec![
                    fill.text(&format!("action.{row}.text"), "Action"),
                    fill.list(&format!("action.{row}.owner"), "Owner", &lists.owners),
                    fill.date(&format!("action.{row}.due"), "Due"),
                ]
            }),
            notes: vec![
                fill.area("patient_preference", "What the patient wants").optional(),
                fill.area("quorum_note", "Note on who was present").optional(),
            ],
            dissents: rows(count.dissents, |row| dissent_row(&fill, lists, row)),
        }
    }
}

impl DecisionFields {
    /// What a summary of problems calls each field: `Step 2, levels`.
    pub fn labels(&self) -> Vec<(String, String)> {
        let plain = [&self.outcome].into_iter().chain(&self.notes);
        let needs = self.needs.iter().flat_map(|need| &need.fields);
        let plain = plain.chain(needs).map(|field| (field.name.clone(), field.label.clone()));
        let rows = [("Step", &self.plan), ("Action", &self.actions), ("Dissent", &self.dissents)];
        let of_rows = rows.into_iter().flat_map(|(word, rows)| {
            rows.iter().flat_map(move |row| {
                let place = format!("{word} {}", row.number);
                row.fields.iter().map(move |field| {
                    let label = field.label.trim_start_matches("… ").to_lowercase();
                    (field.name.clone(), format!("{place}, {label}"))
                })
            })
        });
        plain.chain(of_rows).collect()
    }
}

fn plan_row(fill: &Filler, lists: &Lists, row: usize) -> Vec<FieldView> {
    let name = |part: &str| format!("plan.{row}.{part}");
    vec![
        fill.list(&name("modality"), "Treatment", &lists.modalities),
        fill.list(&name("intent"), "Intent", &lists.intents),
        fill.text(&name("levels"), "Levels").hint("For example T10-L2, L4"),
        fill.list(&name("responsible"), "Responsible clinician", &lists.clinicians),
        fill.date(&name("target_date"), "By when"),
        fill.list(&name("priority"), "Priority", &lists.priorities).optional(),
        fill.text(&name("dose"), "Dose and fractions").optional(),
        fill.list(&name("sequence"), "Before, after or with", &lists.relations).optional(),
        fill.text(&name("sequence_row"), "… which step").hint("Its number").optional(),
        fill.list(&name("site"), "Delivered at", &lists.sites).optional(),
        fill.text(&name("note"), "Note").optional(),
        FieldView::checkboxes(&name("goals"), "Further goals", lists.goals.clone())
            .optional()
            .filled(fill.input),
    ]
}

fn dissent_row(fill: &Filler, lists: &Lists, row: usize) -> Vec<FieldView> {
    let name = |part: &str| format!("dissent.{row}.{part}");
    vec![
        fill.list(&name("person"), "Who dissents", &lists.clinicians),
        fill.list(&name("position"), "Position", &lists.positions),
        fill.text(&name("alternative"), "What they would do instead")
            .hint("Needed from whoever prefers an alternative")
            .optional(),
        fill.area(&name("reason"), "Why, in their words"),
    ]
}

/// What each outcome needs, in the order of the outcome list.
fn needs(fill: &Filler, lists: &Lists) -> Vec<OutcomeNeed> {
    let need = |outcome, title, fields| OutcomeNeed { outcome, title, fields };
    vec![
        need(
            "further_investigation",
            "For an investigation",
            vec![
                fill.text("investigation.test", "Test"),
                fill.list("investigation.owner", "Who sees to it", &lists.owners),
                fill.date("investigation.due", "Done by"),
                fill.date("investigation.relist", "Back on the list"),
            ],
        ),
        need(
            "defer",
            "For a deferral",
            vec![
                fill.list("deferral.reason", "Reason", &lists.defer_reasons),
                fill.text("deferral.words", "In words").optional(),
                fill.list("deferral.owner", "Who gets what is lacking", &lists.owners),
                fill.date("deferral.next_date", "Next date"),
            ],
        ),
        need(
            "watch",
            "For watch and wait",
            vec![
                fill.text("watch.interval_weeks", "Re-assess after how many weeks"),
                fill.text("watch.triggers", "What brings it back sooner"),
            ],
        ),
        need(
            "supportive_care",
            "For supportive care",
            vec![fill.list("supportive.owner", "Who leads it", &lists.clinicians)],
        ),
        need(
            "refer_on",
            "For a referral on",
            vec![
                fill.text("refer_on.receiver", "To whom"),
                fill.radio("refer_on.accepted", "Accepted?", &lists.acceptances),
            ],
        ),
        need(
            "confirms",
            "For the plan that stands",
            vec![fill.list("confirms.decision", "Earlier decision", &lists.earlier_decisions)],
        ),
        need(
            "soc_applied",
            "For the standard of care",
            vec![fill.text("soc.document", "Standard"), fill.text("soc.version", "Version")],
        ),
        need(
            "no_recommendation",
            "For no recommendation",
            vec![fill.list("no_recommendation.reason", "Reason", &lists.no_recommendation_reasons)],
        ),
        need(
            "struck_off",
            "For striking off",
            vec![fill.list("struck_off.reason", "Reason", &lists.struck_off_reasons)],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn as_many_rows_come_back_as_were_typed() {
        let input = FormInput::from_pairs([
            ("plan.2.levels", "T10"),
            ("action.0.text", "x"),
            ("plan.9999999.levels", "T1"),
        ]);
        assert_eq!(Rows::of(&input), Rows { plan: 3, actions: 1, dissents: 1 });
        let fields = DecisionFields::new(&Lists::default(), Rows::of(&input), &input);
        let last = fields
            .plan
            .last()
            .and_then(|row| row.fields.iter().find(|field| field.name == "plan.2.levels"));
        assert_eq!(last.map(|field| field.value.as_str()), Some("T10"));
    }

    #[test]
    fn no_two_fields_share_a_name_or_an_id() {
        let input = FormInput::default();
        let fields = DecisionFields::new(&Lists::default(), Rows::of(&input), &input);
        let rows = fields.plan.iter().chain(&fields.actions).chain(&fields.dissents);
        let all: Vec<&FieldView> = std::iter::once(&fields.outcome)
            .chain(fields.needs.iter().flat_map(|need| &need.fields))
            .chain(rows.flat_map(|row| &row.fields))
            .chain(&fields.notes)
            .collect();
        let names: BTreeSet<&str> = all.iter().map(|field| field.name.as_str()).collect();
        let ids: BTreeSet<&str> = all.iter().map(|field| field.id.as_str()).collect();
        assert_eq!((names.len(), ids.len()), (all.len(), all.len()));
    }

    #[test]
    fn what_the_page_posts_is_what_the_domain_reads() {
        let input = FormInput::default();
        let fields = DecisionFields::new(&Lists::default(), Rows::of(&input), &input);
        let known = [
            "outcome_kind",
            "plan.",
            "investigation.",
            "deferral.",
            "watch.",
            "supportive.",
            "refer_on.",
            "confirms.",
            "soc.",
            "no_recommendation.",
            "struck_off.",
            "action.",
            "dissent.",
            "patient_preference",
            "quorum_note",
        ];
        let needs = fields.needs.iter().flat_map(|need| &need.fields);
        for field in needs.chain(&fields.notes) {
            assert!(known.iter().any(|prefix| field.name.starts_with(prefix)), "{}", field.name);
        }
    }
}
