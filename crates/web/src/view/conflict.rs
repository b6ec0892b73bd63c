//! Conflict: somebody saved first. Base, theirs and yours, field by field; nothing is overwritten.

use askama::Template;

use super::form::{FormInput, FormView, SAMPLE_COMMAND, id_of};
use super::parts::Link;
use super::patient::{CaseTab, PatientBanner, Tabs};
use super::shell::{Section, Shell};
use super::{HOSTILE, LONG_NAME, Page};

/// The 409 page of an edit that was based on an older version.
#[derive(Debug, Template)]
#[template(path = "conflict/merge.html")]
pub struct ConflictPage {
    /// Frame, with `problem` set.
    pub shell: Shell,
    /// Who it is about.
    pub banner: PatientBanner,
    /// Tabs of the page that was edited.
    pub tabs: Tabs,
    /// `Dr E. Serrano saved assessment 6 at 07:21:03, while you were working on assessment 5.`
    pub happened: String,
    /// Heads of the three columns.
    pub columns: Columns,
    /// Fields that differ, in the order of the form.
    pub fields: Vec<ConflictField>,
    /// What the choice changes in the scores; empty says that it changes none.
    pub effects: Vec<Effect>,
    /// `The band is the same either way.`; may be empty.
    pub effects_note: String,
    /// Posts to the address of the edit; `base` is now theirs.
    pub form: FormView,
    /// Values that go with the post: everything that was typed, so that nothing is lost.
    pub kept: Vec<(String, String)>,
    /// `Save assessment 7`
    pub save: String,
    /// `Saving makes assessment 7 from your choices. Assessments 5 and 6 stay in the history.`
    pub then: String,
    /// `Keep theirs, drop mine`: leads to the page without saving.
    pub leave: Link,
}

/// Heads of the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// `Before, assessment 5`
    pub base: String,
    /// `Theirs, assessment 6`
    pub theirs: String,
    /// `Dr E. Serrano 07:21`
    pub theirs_by: String,
    /// `Yours, not saved`
    pub yours: String,
    /// `Dr R. Lindqvist 07:22`
    pub yours_by: String,
    /// `You started from assessment 5, 12-Jun-2026 12:58`
    pub started: String,
}

/// One side's value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side {
    /// In words.
    pub value: String,
    /// `Dr E. Serrano, clinic 23-Nov`; may be empty.
    pub note: String,
}

/// How a field is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settling {
    /// Both sides changed it: a person chooses. Field `keep.<field>`: `theirs`, `yours` or `base`.
    Choose {
        /// What was chosen before, when somebody saved again meanwhile; empty at first.
        chosen: String,
        /// No choice was made although one is needed.
        error: Option<String>,
    },
    /// Only one side changed it.
    Merged {
        /// `theirs` or `yours`, posted as it stands.
        side: String,
        /// `Only you changed it: yours`
        why: String,
    },
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictField {
    /// Field name of the form.
    pub field: String,
    /// `KPS`
    pub label: String,
    /// Before either edit.
    pub base: Side,
    /// As saved.
    pub theirs: Side,
    /// As typed.
    pub yours: Side,
    /// Whether what stood before can be chosen: what had no answer then cannot be un-answered.
    pub as_before: bool,
    /// How it is settled.
    pub settling: Settling,
}

/// Effect of a choice on one score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// `Revised Tokuhashi`
    pub score: String,
    /// `6 to 8 / 15, under 6 months`; `No change`.
    pub theirs: String,
    /// The same with yours.
    pub yours: String,
}

impl ConflictField {
    fn id(&self) -> String {
        format!("keep-{}", id_of(&self.field))
    }

    fn open(&self) -> bool {
        matches!(self.settling, Settling::Choose { .. })
    }
}

impl ConflictPage {
    fn to_choose(&self) -> impl Iterator<Item = &ConflictField> {
        self.fields.iter().filter(|field| field.open())
    }

    /// `5 fields differ: 3 are merged for you, 2 need your choice.`
    fn count(&self) -> String {
        let open = self.to_choose().count();
        let all = self.fields.len();
        let differ =
            if all == 1 { "1 field differs".to_owned() } else { format!("{all} fields differ") };
        let merged = match all - open {
            0 => String::new(),
            1 => " 1 is merged for you,".to_owned(),
            count => format!(" {count} are merged for you,"),
        };
        let choice = match open {
            0 => " none needs your choice".to_owned(),
            1 => " 1 needs your choice".to_owned(),
            count => format!(" {count} need your choice"),
        };
        format!("{differ}:{merged}{choice}.")
    }

    fn sample() -> Self {
        let side =
            |value: &str, note: &str| Side { value: value.to_owned(), note: note.to_owned() };
        let field = |field: &str, label: &str, base: Side, theirs: Side, yours: Side, settling| {
            ConflictField {
                field: field.to_owned(),
                label: label.to_owned(),
                base,
                theirs,
                yours,
                as_before: true,
                settling,
            }
        };
        let choose = || Settling::Choose { chosen: String::new(), error: None };
        let merged = |which: &str, why: &str| Settling::Merged {
            side: which.to_owned(),
            why: why.to_owned(),
        };
        Self {
            shell: Shell::sample("Somebody saved before you", Section::Cases).for_patient().with_problem(),
            banner: PatientBanner::sample(),
            tabs: Tabs::sample(CaseTab::Assessment),
            happened: "Dr E. Serrano saved assessment 6 at 07:21:03, while you were working on assessment 5.".to_owned(),
            columns: Columns {
                base: "Before, assessment 5".to_owned(),
                theirs: "Theirs, assessment 6".to_owned(),
                theirs_by: "Dr E. Serrano 07:21".to_owned(),
                yours: "Yours, not saved".to_owned(),
                yours_by: "Dr R. Lindqvist 07:22".to_owned(),
                started: "You started from assessment 5, 12-Jun-2026 12:58".to_owned(),
            },
            fields: vec![
                field(
                    "case.kps",
                    "KPS",
                    side("Not assessed", ""),
                    side("80 %", "clinic 12-Jun"),
                    side("70 %", "telephone 13-Jun 07:10"),
                    choose(),
                ),
                field(
                    "case.ambulatory-status",
                    "Walking",
                    side("With aid", ""),
                    side("Unaided", "clinic 12-Jun"),
                    side("With aid", "confirmed as before"),
                    choose(),
                ),
                field(
                    "case.histology",
                    "Histology",
                    side("Unknown", ""),
                    side("Unknown", ""),
                    side("Lung adenocarcinoma", ""),
                    merged("yours", "Only you changed it: yours"),
                ),
                field(
                    "case.extraspinal-bone-foci-count",
                    "Bone metastases outside the spine",
                    side("Unknown", ""),
                    side("2", ""),
                    side("Unknown", ""),
                    merged("theirs", "Only they changed it: theirs"),
                ),
            ],
            effects: vec![
                Effect {
                    score: "Revised Tokuhashi".to_owned(),
                    theirs: "6 to 8 / 15, under 6 months".to_owned(),
                    yours: "5 to 7 / 15, under 6 months".to_owned(),
                },
                Effect { score: "Tomita".to_owned(), theirs: "No change".to_owned(), yours: "No change".to_owned() },
            ],
            effects_note: "The band is the same either way. Choose by what is true.".to_owned(),
            form: FormView::new("/cases/NF-2026-0148/assessments", SAMPLE_COMMAND, &FormInput::default()).based_on("6"),
            kept: vec![("case.frankel".to_owned(), "D".to_owned())],
            save: "Save assessment 7".to_owned(),
            then: "Saving makes assessment 7 from your choices. Assessments 5 and 6 stay in the history, and your \
                   unsaved text is kept as a draft for 14 days."
                .to_owned(),
            leave: Link::new("Keep theirs, drop mine", "/cases/NF-2026-0148/assessment"),
        }
    }
}

impl Page for ConflictPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut merged = Self::sample();
        merged.fields.retain(|field| !field.open());
        merged.effects.clear();
        merged.effects_note = String::new();
        let mut again = Self::sample();
        for field in &mut again.fields {
            if let Settling::Choose { chosen, error } = &mut field.settling {
                *error = Some("Choose which to keep".to_owned());
                if field.field == "case.kps" {
                    "yours".clone_into(chosen);
                    *error = None;
                }
            }
        }
        let mut hostile = Self::sample();
        hostile.banner = PatientBanner::sample_hostile();
        hostile.happened = format!("{HOSTILE} {LONG_NAME}");
        hostile.kept = vec![("x\"><script>".to_owned(), HOSTILE.to_owned())];
        for field in &mut hostile.fields {
            HOSTILE.clone_into(&mut field.yours.value);
            LONG_NAME.clone_into(&mut field.theirs.value);
        }
        vec![
            ("merged", merged),
            ("typical", Self::sample()),
            ("again", again),
            ("hostile", hostile),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_both_sides_changed_nothing_is_chosen() {
        let html = ConflictPage::sample().render().unwrap();
        assert!(!html.contains(" checked"));
        assert_eq!(html.matches("name=\"keep.case.kps\"").count(), 3);
        assert!(html.contains("4 fields differ: 2 are merged for you, 2 need your choice."));
    }

    #[test]
    fn what_was_typed_and_does_not_differ_goes_with_the_post() {
        let html = ConflictPage::sample().render().unwrap();
        assert!(html.contains("name=\"case.frankel\" value=\"D\""));
        assert!(html.contains("name=\"keep.case.histology\" value=\"yours\""));
    }
}
