//! Registering a patient; whoever may be the same person is shown first.

use axum::extract::State;
use axum::response::Response;
use mdt::display;
use mdt::form_draft::{FormKind, NEW};
use mdt::ids::SiteId;
use mdt::permission::{Action, act};
use store::Begun;
use store::patients::{self, Particulars, PatientRow, name_key};

use super::particulars;
use crate::draft;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::{id, list_read, refused, site_for};
use crate::pages::{invalid, page, see};
use crate::state::App;
use crate::view::patients::{PatientNewPage, SimilarPatient};
use crate::view::{Choice, FieldView, FormInput, Link, Section, Tone};
use crate::visitor::Visitor;

pub(super) async fn form(State(app): State<App>, visitor: Visitor) -> Result<Response, WebError> {
    site_for(&visitor, Action::PatientRegister)?;
    let restored = draft::restore(&app, &visitor, FormKind::Patient, NEW).await?;
    let (input, note) = restored.map_or_else(Default::default, |one| {
        let note = format!("{}{}", one.note, whose(&one.form));
        (one.form.input(), Some(note))
    });
    page(&filled(&visitor, &input, Vec::new(), note)?)
}

/// The person that a draft names, so that nobody goes on with it for the next patient: `: NAKAMURA, Keiko`.
fn whose(draft: &PostedForm) -> String {
    let given = |field| draft.given(field).map(str::trim).filter(|text| !text.is_empty());
    let family = given("family_name").map(str::to_uppercase);
    let name: Vec<String> =
        family.into_iter().chain(given("given_name").map(str::to_owned)).collect();
    // What was refused for its length is in the draft too; the note is one line.
    let name = name.join(", ");
    let shown: String = name.chars().take(60).collect();
    let cut = if shown.len() < name.len() { "…" } else { "" };
    if name.is_empty() { name } else { format!(": {shown}{cut}") }
}

fn filled(
    visitor: &Visitor,
    input: &FormInput,
    similar: Vec<SimilarPatient>,
    note: Option<String>,
) -> Result<PatientNewPage, WebError> {
    let shell = visitor.shell("Register a patient", Some(Section::Cases));
    // A form may name the person that it is about: the foot counts those of the register only.
    let shell = if similar.is_empty() { shell } else { shell.for_list(similar.len()) };
    let mut page = PatientNewPage::new(shell, &visitor.new_command_id(), input, similar);
    page.patient.form = page.patient.form.drafted(draft::address(FormKind::Patient, NEW), note);
    let sites = visitor.actor.sites_where(Action::PatientRegister);
    if sites.len() > 1 {
        let mut input = input.clone();
        let here = site_for(visitor, Action::PatientRegister)?.to_string();
        input.values.entry("site".to_owned()).or_insert_with(|| vec![here]);
        let choices = sites
            .iter()
            .map(|site| Choice::new(site.to_string(), visitor.sites.name(*site)))
            .collect();
        page.patient
            .fields
            .push(FieldView::select("site", "Patient of which site", choices).filled(&input));
    }
    Ok(page)
}

pub(super) async fn register(
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let site: SiteId = match form.given("site") {
        Some(text) => id(text)?,
        None => site_for(&visitor, Action::PatientRegister)?,
    };
    let today = display::day_of(app.now(), visitor.sites.zone(site));
    let particulars = match particulars::parse(&form, today, app.installation.kind) {
        Ok(particulars) => particulars,
        Err(input) => return again(&app, &visitor, &form, &input, Vec::new()).await,
    };
    // Whether it was sent before comes first: the second sending would find the patient of the first one.
    let submission = form.submission()?;
    if let Begun::Repeated(location) =
        app.store.command_at_site::<act::PatientRegister>(&visitor.actor, site, submission).await?
    {
        return Ok(see(&location));
    }
    if form.value("confirm_new") != "yes" {
        let similar = similar(&app, &visitor, site, &particulars).await?;
        if !similar.is_empty() {
            let input = form
                .input()
                .with_problem("confirm_new", "Say whether this is one of the patients below");
            return again(&app, &visitor, &form, &input, similar).await;
        }
    }
    let begun =
        app.store.command_at_site::<act::PatientRegister>(&visitor.actor, site, submission).await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => match patients::register(command, &particulars).await {
            Ok((_, committed)) => committed.location,
            Err(error) => {
                let input = refused(form.input(), error)?;
                let similar = self::similar(&app, &visitor, site, &particulars).await?;
                return again(&app, &visitor, &form, &input, similar).await;
            }
        },
    };
    draft::drop(&app, &visitor, FormKind::Patient, NEW).await;
    let refer = location
        .strip_prefix("/patients/")
        .map(|id| Link::new("New referral", format!("/referrals/new?patient={id}")));
    visitor.flash(Tone::Ok, "The patient was registered.", refer).await?;
    Ok(see(&location))
}

async fn again(
    app: &App,
    visitor: &Visitor,
    form: &PostedForm,
    input: &FormInput,
    similar: Vec<SimilarPatient>,
) -> Result<Response, WebError> {
    let note = draft::save(app, visitor, FormKind::Patient, NEW, form).await?;
    let note = format!("{note}{}", whose(form));
    invalid(&filled(visitor, input, similar, Some(note))?)
}

/// Whoever may be the same person. They are named, so the page leaves its event.
async fn similar(
    app: &App,
    visitor: &Visitor,
    site: SiteId,
    particulars: &Particulars,
) -> Result<Vec<SimilarPatient>, WebError> {
    let mut reading = app.store.read_site::<act::PatientRegister>(&visitor.actor, site).await?;
    let rows = patients::similar(&mut reading, particulars).await?;
    if rows.is_empty() {
        reading.finish().await?;
        return Ok(Vec::new());
    }
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    reading.record(list_read("patients-similar", &ids, true)).await?;
    Ok(rows.iter().map(|row| shown(row, particulars)).collect())
}

fn shown(row: &PatientRow, particulars: &Particulars) -> SimilarPatient {
    SimilarPatient {
        name: row.name.to_string(),
        identity: identity(row),
        href: format!("/patients/{}", row.id),
        same: same(row, particulars),
    }
}

/// `19-Sep-1958 · NHS No. 999 087 1337`.
pub(in crate::pages) fn identity(row: &PatientRow) -> String {
    let nhs = row.nhs_number.as_deref().map(|digits| format!("NHS No. {}", spaced(digits)));
    let hospital = row.hospital_number.as_deref().map(|number| format!("Hospital No. {number}"));
    let parts = std::iter::once(row.birth_date.to_string()).chain(nhs).chain(hospital);
    parts.collect::<Vec<_>>().join(" · ")
}

/// The digits of a stored NHS number as they are shown: 3-3-4.
pub(in crate::pages) fn spaced(digits: &str) -> String {
    digits
        .parse::<mdt::nhs_number::NhsNumber>()
        .map_or_else(|_| digits.to_owned(), |number| number.to_string())
}

/// What the two have in common.
fn same(row: &PatientRow, particulars: &Particulars) -> String {
    let key = |family: &str, given: &str| name_key(&format!("{family} {given}"));
    let (theirs, typed) = (&row.name, &particulars.name);
    let digits = particulars.nhs_number.as_ref().map(mdt::nhs_number::NhsNumber::digits);
    let facts = [
        (digits.is_some() && digits == row.nhs_number.as_deref(), "NHS number"),
        (
            particulars.hospital_number.is_some()
                && particulars.hospital_number == row.hospital_number,
            "hospital number",
        ),
        (key(theirs.family(), theirs.given()) == key(typed.family(), typed.given()), "name"),
        (row.birth_date == particulars.birth_date, "date of birth"),
    ];
    let words: Vec<&str> =
        facts.into_iter().filter(|(same, _)| *same).map(|(_, word)| word).collect();
    words.join(" and ")
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use mdt::person::{BirthDate, PersonName, Sex};

    use super::*;

    #[test]
    fn the_page_says_what_two_patients_have_in_common() {
        let born = BirthDate::stored(NaiveDate::from_ymd_opt(1958, 9, 19).unwrap());
        let row = PatientRow {
            id: uuid::Uuid::from_u128(1).into(),
            site: uuid::Uuid::from_u128(2).into(),
            name: PersonName::new("Nakamura", "Keiko", Some("Mrs")).unwrap(),
            birth_date: born,
            nhs_number: Some("9990123470".to_owned()),
            hospital_number: None,
        };
        let particulars = Particulars {
            name: PersonName::new("NAKAMURA", "keiko", None).unwrap(),
            birth_date: born,
            sex: Sex::Female,
            nhs_number: None,
            hospital_number: None,
        };
        assert_eq!(same(&row, &particulars), "name and date of birth");
        assert_eq!(identity(&row), "19-Sep-1958 · NHS No. 999 012 3470");
    }
}
