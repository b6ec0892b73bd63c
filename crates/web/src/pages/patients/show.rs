//! The record of a patient.

use axum::extract::State;
use axum::response::Response;
use mdt::coded::Coded;
use mdt::display;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::form_draft::FormKind;
use mdt::ids::PatientId;
use mdt::permission::{Action, act};
use store::cases::{self, PatientCaseRow};
use store::patients::{self, Patient};

use super::particulars;
use super::register::spaced;
use crate::draft;
use crate::error::WebError;
use crate::pages::asked::{id, tumour};
use crate::pages::page;
use crate::paths;
use crate::present::banner;
use crate::state::App;
use crate::view::patients::{PatientCase, PatientForm, PatientPage};
use crate::view::{Empty, FormInput, Section, Shell, Tabs, Tag, Tone};
use crate::visitor::Visitor;

pub(super) async fn show(
    paths::Patient { id: text }: paths::Patient,
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, WebError> {
    let patient_id: PatientId = id(&text)?;
    let (patient, cases) = read(&app, &visitor, patient_id).await?;
    let restored = draft::restore(&app, &visitor, FormKind::Correction, &text).await?;
    let correction = match restored {
        Some(draft) => {
            let base = draft.base.unwrap_or_else(|| patient.row_version.to_string());
            let was = was_of(&draft.form.kept());
            Correction { input: draft.form.input(), base, was, note: Some(draft.note) }
        }
        None => Correction::of(&patient),
    };
    page(&filled(&app, &visitor, &patient, &cases, correction).await?)
}

/// Reads the patient with their cases; the event is durable before anything is shown.
pub(super) async fn read(
    app: &App,
    visitor: &Visitor,
    id: PatientId,
) -> Result<(Patient, Vec<PatientCaseRow>), WebError> {
    let mut reading = app.store.read_patient::<act::PatientRead>(&visitor.actor, id).await?;
    let patient = patients::patient(&mut reading).await?;
    let cases = cases::of_patient(&mut reading).await?;
    let event = Event::new(EventKind::PatientRead)
        .subject(SubjectKind::Patient, id)
        .patient(id)
        .data("page", "patient");
    reading.record(event).await?;
    Ok((patient, cases))
}

/// The correction as the page shows it.
pub(super) struct Correction {
    /// Values and problems.
    pub(super) input: FormInput,
    /// The version that it is based on.
    pub(super) base: String,
    /// What the record said when it was begun.
    pub(super) was: Vec<(String, String)>,
    /// What is said about the draft.
    pub(super) note: Option<String>,
}

impl Correction {
    /// Nothing was typed yet.
    pub(super) fn of(patient: &Patient) -> Self {
        let fields = particulars::fields_of(&patient.particulars);
        Self {
            was: fields
                .iter()
                .map(|(name, value)| (format!("was.{name}"), value.clone()))
                .collect(),
            input: FormInput::from_pairs(fields),
            base: patient.row_version.to_string(),
            note: None,
        }
    }
}

/// What the record said, out of a posted or kept correction.
pub(super) fn was_of(fields: &[(String, String)]) -> Vec<(String, String)> {
    fields.iter().filter(|(name, _)| name.starts_with("was.")).cloned().collect()
}

pub(super) async fn filled(
    app: &App,
    visitor: &Visitor,
    patient: &Patient,
    cases: &[PatientCaseRow],
    correction: Correction,
) -> Result<PatientPage, WebError> {
    let zone = visitor.sites.zone(patient.site);
    let problem = !correction.input.problems.is_empty();
    let shell = visitor.shell("Patient", Some(Section::Cases)).for_patient();
    let patient_id = patient.id.to_string();
    let may = |action| visitor.actor.may(action, patient.site);
    Ok(PatientPage {
        shell: Shell { problem, ..shell },
        banner: banner::of_patient(visitor, patient),
        tabs: Tabs::default(),
        record: record(app, visitor, patient).await?,
        cases: cases
            .iter()
            .map(|case| PatientCase {
                number: case.number.to_string(),
                href: format!("/cases/{}", case.number),
                summary: case.histology.as_deref().map(tumour).unwrap_or_default(),
                opened: display::date(display::day_of(case.opened_at, zone)),
                stage: stage(case),
            })
            .collect(),
        empty: Empty::new("No case yet. A referral opens one."),
        refer: may(Action::ReferralSend).then(|| format!("/referrals/new?patient={patient_id}")),
        correction: may(Action::PatientCorrect).then(|| form(visitor, &patient_id, correction)),
    })
}

fn form(visitor: &Visitor, patient_id: &str, correction: Correction) -> PatientForm {
    let command_id = visitor.new_command_id();
    let mut form =
        PatientForm::correction(patient_id, &command_id, &correction.base, &correction.input);
    form.form =
        form.form.drafted(draft::address(FormKind::Correction, patient_id), correction.note);
    form.was = correction.was;
    form
}

fn stage(case: &PatientCaseRow) -> Tag {
    match (case.open, case.signed) {
        (false, _) => Tag::new(Tone::Plain, "Closed"),
        (true, 0) => Tag::new(Tone::Info, "Open"),
        (true, _) => Tag::new(Tone::Ok, "Decision signed"),
    }
}

async fn record(
    app: &App,
    visitor: &Visitor,
    patient: &Patient,
) -> Result<Vec<(String, String)>, WebError> {
    let zone = visitor.sites.zone(patient.site);
    let particulars = &patient.particulars;
    let known = |value: Option<String>| value.unwrap_or_else(|| "Not known".to_owned());
    let names = app.store.user_names().await?;
    let by =
        names.get(&patient.registered_by).map(|name| format!(" by {name}")).unwrap_or_default();
    let nhs = particulars.nhs_number.as_ref().map(|number| spaced(number.digits()));
    let mut lines = vec![
        ("Name", particulars.name.to_string()),
        ("Born", particulars.birth_date.to_string()),
        ("Sex", particulars.sex.label().to_owned()),
        ("NHS No.", known(nhs)),
        ("Hospital No.", known(particulars.hospital_number.clone())),
    ];
    lines.extend(patient.death_date.map(|day| ("Died", display::date(day))));
    lines.push(("Site", visitor.sites.name(patient.site)));
    lines.push(("Registered", format!("{}{by}", display::date_time(patient.registered_at, zone))));
    Ok(lines.into_iter().map(|(label, value)| (label.to_owned(), value)).collect())
}
