//! Correcting a patient's record. Old and new words stay in the audit trail; an edit of an older version
//! gets the page that compares base, theirs and yours.

use axum::extract::State;
use axum::response::Response;
use mdt::display;
use mdt::form_draft::FormKind;
use mdt::ids::PatientId;
use mdt::permission::act;
use store::patients::{self, Patient};
use store::{Begun, StoreError};

use super::particulars::{self, FIELDS, in_words};
use super::show::{self, Correction, was_of};
use crate::draft;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::{id, reason_problem, refused};
use crate::pages::{conflict, invalid, see};
use crate::paths;
use crate::present::banner;
use crate::state::App;
use crate::view::conflict::{Columns, ConflictField, ConflictPage, Settling, Side};
use crate::view::{FormInput, FormView, Link, Section, Shell, Tabs, Tone};
use crate::visitor::Visitor;

pub(super) async fn correct(
    paths::PatientCorrection { id: text }: paths::PatientCorrection,
    State(app): State<App>,
    visitor: Visitor,
    posted: PostedForm,
) -> Result<Response, WebError> {
    let patient_id: PatientId = id(&text)?;
    let base: i32 = posted
        .number("base")
        .ok_or_else(|| WebError::Malformed("the correction has no base".to_owned()))?;
    if let Some(input) = posted.unseen() {
        return again(&app, &visitor, patient_id, &posted, input).await;
    }
    let submission = posted.submission()?;
    let begun = app
        .store
        .command_on_patient::<act::PatientCorrect>(&visitor.actor, patient_id, submission)
        .await?;
    let command = match begun {
        Begun::Repeated(location) => return Ok(see(&location)),
        Begun::Fresh(command) => command,
    };
    let form = match settled(&posted) {
        Ok(form) => form,
        Err(unsettled) => {
            drop(command);
            return compare(&app, &visitor, patient_id, &posted, &unsettled).await;
        }
    };
    let reason = form.value("reason");
    let today = display::day_of(app.now(), visitor.sites.zone(command.site()));
    let parsed = particulars::parse(&form, today, app.installation.kind);
    let particulars = match (parsed, reason_problem(reason, "Say why it is corrected")) {
        (Ok(particulars), None) => particulars,
        (parsed, problem) => {
            drop(command);
            let input = parsed.err().unwrap_or_else(|| form.input());
            let input = match problem {
                Some(problem) => input.with_problem("reason", problem),
                None => input,
            };
            return again(&app, &visitor, patient_id, &form, input).await;
        }
    };
    match patients::correct(command, &particulars, base, reason).await {
        Ok(committed) => {
            draft::drop(&app, &visitor, FormKind::Correction, &text).await;
            visitor.flash(Tone::Ok, "The record was corrected.", None).await?;
            Ok(see(&committed.location))
        }
        Err(StoreError::Stale { .. }) => compare(&app, &visitor, patient_id, &form, &[]).await,
        Err(error) => {
            let input = refused(form.input(), error)?;
            again(&app, &visitor, patient_id, &form, input).await
        }
    }
}

async fn again(
    app: &App,
    visitor: &Visitor,
    id: PatientId,
    form: &PostedForm,
    input: FormInput,
) -> Result<Response, WebError> {
    let note = draft::save(app, visitor, FormKind::Correction, &id.to_string(), form).await?;
    let (patient, cases) = show::read(app, visitor, id).await?;
    let base = form.value("base").to_owned();
    let correction = Correction { input, base, was: was_of(&form.kept()), note: Some(note) };
    invalid(&show::filled(app, visitor, &patient, &cases, correction).await?)
}

/// The form with the choices of the comparing page carried out; or the fields that still need one.
fn settled(form: &PostedForm) -> Result<PostedForm, Vec<&'static str>> {
    if form.value("merge") != "yes" {
        return Ok(form.clone());
    }
    let mut fields = form.kept();
    let mut unsettled = Vec::new();
    for (field, _) in FIELDS {
        let value = match form.value(&format!("keep.{field}")) {
            "theirs" => form.value(&format!("was.{field}")),
            "base" => form.value(&format!("before.{field}")),
            "yours" => continue,
            _ => {
                if form.value(&format!("open.{field}")) == "yes" {
                    unsettled.push(field);
                }
                continue;
            }
        }
        .to_owned();
        fields.retain(|(name, _)| name != field);
        fields.push((field.to_owned(), value));
    }
    if unsettled.is_empty() { Ok(PostedForm::of(fields)) } else { Err(unsettled) }
}

/// The page that compares. What was typed is in the draft already when it is shown.
async fn compare(
    app: &App,
    visitor: &Visitor,
    id: PatientId,
    form: &PostedForm,
    unsettled: &[&str],
) -> Result<Response, WebError> {
    draft::save(app, visitor, FormKind::Correction, &id.to_string(), form).await?;
    let (patient, _) = show::read(app, visitor, id).await?;
    let page = comparison(app, visitor, &patient, form, unsettled);
    if page.fields.is_empty() {
        // Nothing differs, so there is nothing to choose and nothing to save.
        draft::drop(app, visitor, FormKind::Correction, &id.to_string()).await;
        let words = "Somebody corrected the record to the same words before you.";
        visitor.flash(Tone::Info, words, None).await?;
        return Ok(see(&format!("/patients/{id}")));
    }
    conflict(&page)
}

fn comparison(
    app: &App,
    visitor: &Visitor,
    patient: &Patient,
    form: &PostedForm,
    unsettled: &[&str],
) -> ConflictPage {
    let theirs = particulars::fields_of(&patient.particulars);
    // While choices are still missing, the base is the one of the first comparison.
    let base_prefix = if unsettled.is_empty() { "was" } else { "before" };
    let mut fields = Vec::new();
    let mut kept = vec![("reason".to_owned(), form.value("reason").to_owned())];
    for ((field, label), (_, theirs)) in FIELDS.into_iter().zip(theirs) {
        let base = form.value(&format!("{base_prefix}.{field}"));
        let yours = form.value(field);
        kept.push((field.to_owned(), yours.to_owned()));
        kept.push((format!("before.{field}"), base.to_owned()));
        let Some(settling) = settling(
            base,
            &theirs,
            yours,
            form.value(&format!("keep.{field}")),
            unsettled.contains(&field),
        ) else {
            kept.push((format!("was.{field}"), theirs));
            continue;
        };
        if matches!(settling, Settling::Choose { .. }) {
            kept.push((format!("open.{field}"), "yes".to_owned()));
        }
        let side = |value: &str| Side { value: in_words(field, value), note: String::new() };
        fields.push(ConflictField {
            field: field.to_owned(),
            label: label.to_owned(),
            base: side(base),
            theirs: side(&theirs),
            yours: side(yours),
            as_before: true,
            settling,
        });
        kept.push((format!("was.{field}"), theirs));
    }
    let now = display::date_time(app.now(), visitor.sites.zone(patient.site));
    let action = format!("/patients/{}/correction", patient.id);
    ConflictPage {
        shell: Shell {
            problem: true,
            ..visitor.shell("Somebody saved before you", Some(Section::Cases)).for_patient()
        },
        banner: banner::of_patient(visitor, patient),
        tabs: Tabs::default(),
        happened: "Somebody corrected this record after you had opened it.".to_owned(),
        columns: Columns {
            base: "Before".to_owned(),
            theirs: "Theirs, saved".to_owned(),
            theirs_by: format!("version {} of the record", patient.row_version),
            yours: "Yours, not saved".to_owned(),
            yours_by: format!("{}, {now}", visitor.account.display_name),
            started: format!("You started from version {}", form.value("base")),
        },
        fields,
        effects: Vec::new(),
        effects_note: "Age and sex are read by the rules when the next assessment is saved.".to_owned(),
        form: FormView::new(action, visitor.new_command_id(), &FormInput::default())
            .based_on(patient.row_version.to_string()),
        kept,
        save: "Save the correction".to_owned(),
        then: "Saving corrects the record by your choices. Every earlier wording stays in the audit trail, and what \
               you typed is kept as a draft for 14 days."
            .to_owned(),
        leave: Link::new("Keep theirs, drop mine", format!("/patients/{}", patient.id)),
    }
}

/// How a field is settled; `None` when all agree.
fn settling(
    base: &str,
    theirs: &str,
    yours: &str,
    chosen: &str,
    unsettled: bool,
) -> Option<Settling> {
    let merged = |side: &str, why: &str| {
        Some(Settling::Merged { side: side.to_owned(), why: why.to_owned() })
    };
    match (base == theirs, base == yours, theirs == yours) {
        (_, _, true) => None,
        (true, false, _) => merged("yours", "Only you changed it: yours"),
        (false, true, _) => merged("theirs", "Only they changed it: theirs"),
        _ => Some(Settling::Choose {
            chosen: chosen.to_owned(),
            error: unsettled.then(|| "Choose which to keep".to_owned()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(pairs: &[(&str, &str)]) -> PostedForm {
        PostedForm::of(
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        )
    }

    #[test]
    fn where_both_changed_a_field_nobody_chooses_for_them() {
        assert_eq!(settling("a", "a", "a", "", false), None);
        assert_eq!(settling("a", "b", "b", "", false), None);
        assert!(
            matches!(settling("a", "a", "c", "", false), Some(Settling::Merged { side, .. }) if side == "yours")
        );
        assert!(
            matches!(settling("a", "b", "a", "", false), Some(Settling::Merged { side, .. }) if side == "theirs")
        );
        assert!(matches!(settling("a", "b", "c", "", false), Some(Settling::Choose { .. })));
    }

    #[test]
    fn a_plain_correction_is_taken_as_typed() {
        let form = posted(&[("family_name", "Ashworth"), ("keep.family_name", "theirs")]);
        assert_eq!(settled(&form).unwrap().value("family_name"), "Ashworth");
    }

    #[test]
    fn the_choices_of_the_comparing_page_are_carried_out() {
        let form = posted(&[
            ("merge", "yes"),
            ("family_name", "yours"),
            ("was.family_name", "theirs"),
            ("keep.family_name", "theirs"),
            ("given_name", "yours"),
            ("before.given_name", "before"),
            ("keep.given_name", "base"),
            ("title", "yours"),
            ("keep.title", "yours"),
        ]);
        let merged = settled(&form).unwrap();
        assert_eq!(merged.value("family_name"), "theirs");
        assert_eq!(merged.value("given_name"), "before");
        assert_eq!(merged.value("title"), "yours");
    }

    #[test]
    fn a_choice_that_was_not_made_is_asked_again() {
        let form = posted(&[("merge", "yes"), ("sex", "female"), ("open.sex", "yes")]);
        assert_eq!(settled(&form).unwrap_err(), ["sex"]);
    }
}
