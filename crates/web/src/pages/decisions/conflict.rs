//! Two people wrote the same draft: theirs and yours, field by field, and the merge of both.

use std::collections::{BTreeMap, BTreeSet};

use axum::response::Response;
use mdt::case_number::CaseNumber;
use mdt::display;
use mdt::permission::act;

use super::lists::lists;
use super::loaded::{self, Loaded};
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::conflict as answer;
use crate::state::App;
use crate::view::conflict::{Columns, ConflictField, ConflictPage, Settling, Side};
use crate::view::decision::{DecisionFields, Lists, Rows};
use crate::view::{FieldView, FormInput, FormView, Link};
use crate::visitor::Visitor;

/// What stands before the name of a field that says which side to keep.
const KEEP: &str = "keep.";

/// Fields of the pages themselves.
const OWN: [&str; 3] = ["merge", "evaluation", "then"];

type Values = BTreeMap<String, Vec<String>>;

fn values(fields: &[(String, String)]) -> Values {
    let mut values = Values::new();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        values.entry(name.clone()).or_default().push(value.clone());
    }
    values
}

/// The fields that differ, in the order of their names.
fn differing<'a>(theirs: &'a Values, yours: &'a Values) -> BTreeSet<&'a String> {
    theirs.keys().chain(yours.keys()).filter(|name| theirs.get(*name) != yours.get(*name)).collect()
}

/// Whether two sides say the same.
pub(super) fn is_same(theirs: &[(String, String)], yours: &[(String, String)]) -> bool {
    values(theirs) == values(yours)
}

/// The fields of the decision, without those of the page.
pub(super) fn of_decision(form: &PostedForm) -> Vec<(String, String)> {
    let mut fields = form.content();
    fields.retain(|(name, _)| !OWN.contains(&name.as_str()) && !name.starts_with(KEEP));
    fields
}

/// The merge that a conflict page asked for: each differing field from the side that was chosen. `None`
/// when the form is none from a conflict page; `Err` when a field was not chosen.
pub(super) fn merge(
    form: &PostedForm,
    theirs: &[(String, String)],
) -> Option<Result<Vec<(String, String)>, ()>> {
    if form.value("merge") != "yes" {
        return None;
    }
    let (chosen, typed) = (form.content(), of_decision(form));
    let chosen: BTreeMap<&str, &str> = chosen
        .iter()
        .filter_map(|(name, side)| Some((name.strip_prefix(KEEP)?, side.as_str())))
        .collect();
    let (theirs, yours) = (values(theirs), values(&typed));
    let mut merged = yours.clone();
    for name in differing(&theirs, &yours) {
        match chosen.get(name.as_str()) {
            Some(&"theirs") => match theirs.get(name) {
                Some(values) => {
                    merged.insert(name.clone(), values.clone());
                }
                None => {
                    merged.remove(name);
                }
            },
            Some(&"yours") => {}
            _ => return Some(Err(())),
        }
    }
    let flat = merged
        .into_iter()
        .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)));
    Some(Ok(flat.collect()))
}

/// The page, 409; with nobody's draft left to compare with, the words that say so.
pub(super) async fn page(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
    form: &PostedForm,
    typed: &[(String, String)],
) -> Result<Response, WebError> {
    let (reading, loaded) = loaded::read::<act::CaseRead>(app, visitor, number).await?;
    let shown = loaded.decisions.open().map(|(decision, draft)| (decision, draft.version));
    loaded.record(reading, "decision-conflict", shown).await?;
    if loaded.draft().is_none() {
        return Err(WebError::Refused(
            "The draft was signed or discarded since you opened it. What you typed is kept as a draft of the form."
                .to_owned(),
        ));
    }
    let lists = lists(app, visitor, &loaded).await?;
    answer(&filled(app, visitor, &loaded, &lists, form, typed)?)
}

fn filled(
    app: &App,
    visitor: &Visitor,
    loaded: &Loaded,
    lists: &Lists,
    posted: &PostedForm,
    typed: &[(String, String)],
) -> Result<ConflictPage, WebError> {
    let draft = loaded.draft().ok_or(WebError::NotFound)?;
    let zone = loaded.zone(visitor);
    let (theirs, yours) = (values(&draft.fields), values(typed));
    let words = Words::of(lists, &draft.fields, typed);
    let fields: Vec<ConflictField> = differing(&theirs, &yours)
        .into_iter()
        .map(|name| ConflictField {
            field: name.clone(),
            label: words.label(name),
            base: Side::default(),
            theirs: words.side(name, theirs.get(name)),
            yours: words.side(name, yours.get(name)),
            as_before: false,
            settling: settling(posted, name),
        })
        .collect();
    let saved = display::date_time_seconds(draft.recorded.at, zone);
    let time =
        |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&zone).format("%H:%M").to_string();
    let href = format!("{}/decision", loaded.href());
    let mut shell = loaded::shell(visitor, "Two people changed this decision");
    shell.problem = true;
    let form = FormView::new(href.clone(), visitor.new_command_id(), &FormInput::default())
        .based_on(draft.row_version.to_string());
    let mut kept: Vec<(String, String)> = typed.to_vec();
    // The one that yours was typed on: agreements that were stated on other facts are asked for again.
    if let Some(evaluation) = posted.given("evaluation") {
        kept.push(("evaluation".to_owned(), evaluation.to_owned()));
    }
    Ok(ConflictPage {
        shell,
        banner: loaded.banner(visitor),
        tabs: loaded.tabs(visitor),
        happened: format!(
            "{} saved this draft at {saved}, while you were working on an earlier state of it.",
            draft.recorded.name
        ),
        columns: Columns {
            base: "Before, not kept".to_owned(),
            theirs: "Theirs, saved".to_owned(),
            theirs_by: format!("{} {}", draft.recorded.name, time(draft.recorded.at)),
            yours: "Yours, not saved".to_owned(),
            yours_by: format!("{} {}", visitor.account.display_name, time(app.now())),
            started: "You started from an earlier state of the draft".to_owned(),
        },
        fields,
        effects: Vec::new(),
        effects_note: String::new(),
        form,
        kept,
        save: "Save the draft".to_owned(),
        then: "Saving writes your choices into the draft; it has to be read back then.".to_owned(),
        leave: Link::new("Keep theirs, drop mine", href),
    })
}

/// What was chosen before, when somebody saved again meanwhile or a choice is missing.
fn settling(posted: &PostedForm, name: &str) -> Settling {
    let chosen = posted.value(&format!("{KEEP}{name}")).to_owned();
    let missing = posted.value("merge") == "yes" && chosen.is_empty();
    Settling::Choose { chosen, error: missing.then(|| "Choose a side".to_owned()) }
}

/// The labels and words of the fields, as the form has them.
struct Words(BTreeMap<String, FieldView>);

impl Words {
    fn of(lists: &Lists, theirs: &[(String, String)], yours: &[(String, String)]) -> Self {
        let both = FormInput::from_pairs(theirs.iter().chain(yours).cloned());
        let fields = DecisionFields::new(lists, Rows::of(&both), &FormInput::default());
        let rows = fields.plan.into_iter().map(|row| ("Step", row));
        let rows = rows.chain(fields.actions.into_iter().map(|row| ("Action", row)));
        let rows = rows.chain(fields.dissents.into_iter().map(|row| ("Dissent", row)));
        let of_rows = rows.flat_map(|(what, row)| {
            let number = row.number;
            row.fields.into_iter().map(move |field| {
                let label = format!("{what} {number}, {}", field.label.to_lowercase());
                FieldView { label, ..field }
            })
        });
        let of_needs = fields.needs.into_iter().flat_map(|need| need.fields);
        let all =
            std::iter::once(fields.outcome).chain(of_needs).chain(of_rows).chain(fields.notes);
        Self(all.map(|field| (field.name.clone(), field)).collect())
    }

    fn label(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(field) => field.label.clone(),
            None => name.replace(['.', '_'], " "),
        }
    }

    fn side(&self, name: &str, values: Option<&Vec<String>>) -> Side {
        let word = |value: &String| {
            let choices =
                self.0.get(name).map(|field| field.choices.as_slice()).unwrap_or_default();
            let choice = choices.iter().find(|choice| choice.value == *value);
            choice.map_or_else(|| value.clone(), |choice| choice.label.clone())
        };
        let value = values.map_or_else(
            || "Not given".to_owned(),
            |values| values.iter().map(word).collect::<Vec<_>>().join(", "),
        );
        Side { value, note: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> PostedForm {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        PostedForm::of(pairs.iter().map(owned).collect())
    }

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        form(pairs).kept()
    }

    #[test]
    fn each_differing_field_comes_from_the_chosen_side() {
        let theirs = fields(&[("outcome_kind", "defer"), ("quorum_note", "four of five")]);
        let posted = form(&[
            ("outcome_kind", "watch"),
            ("watch.interval_weeks", "6"),
            ("merge", "yes"),
            ("evaluation", "019e8f3a-2b4c-7d5e-8f60-718293a4b5c6"),
            ("keep.outcome_kind", "yours"),
            ("keep.quorum_note", "theirs"),
            ("keep.watch.interval_weeks", "yours"),
        ]);
        let merged = merge(&posted, &theirs).unwrap().unwrap();
        let expected = [
            ("outcome_kind", "watch"),
            ("quorum_note", "four of five"),
            ("watch.interval_weeks", "6"),
        ];
        assert_eq!(merged, fields(&expected));
    }

    #[test]
    fn nothing_is_merged_without_a_choice_and_other_forms_are_left_alone() {
        let theirs = fields(&[("outcome_kind", "defer")]);
        let posted = form(&[("merge", "yes"), ("outcome_kind", "watch"), ("keep.other", "yours")]);
        assert_eq!(merge(&posted, &theirs), Some(Err(())));
        assert_eq!(merge(&form(&[("outcome_kind", "watch")]), &theirs), None);
    }
}
