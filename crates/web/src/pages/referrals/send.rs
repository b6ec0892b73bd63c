//! A new referral: for whom, the form, sending it.

use axum::extract::{Query, State};
use axum::response::Response;
use mdt::coded::Coded;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::form_draft::{FormKind, NEW};
use mdt::ids::{PatientId, SiteId};
use mdt::permission::{Action, act};
use serde::Deserialize;
use store::patients::{self, Patient};
use store::referrals::{self, NewReferral, Urgency};
use store::{Begun, cases};

use super::typed::{self, Circumstances};
use crate::draft;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::{id, list_read, refused, site_for};
use crate::pages::clock::Due;
use crate::pages::patients::identity;
use crate::pages::{invalid, page, see};
use crate::present::banner;
use crate::state::App;
use crate::view::referral_new::{FoundPatient, ReferralNewPage, ReferralStartPage};
use crate::view::{Choice, FormInput, FormView, Link, Section, Tone};
use crate::visitor::Visitor;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    patient: String,
    #[serde(default)]
    q: String,
}

pub(super) async fn form(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    site_for(&visitor, Action::ReferralSend)?;
    if asked.patient.is_empty() {
        return start(&app, &visitor, &asked.q).await;
    }
    let patient = id(&asked.patient)?;
    let restored = restored(&app, &visitor, &asked.patient).await?;
    let known = read(&app, &visitor, patient).await?;
    let (input, note) = match restored {
        Some(draft) => (draft.form.input(), Some(draft.note)),
        None => (
            FormInput::from_pairs([("referrer_name", visitor.account.display_name.as_str())]),
            None,
        ),
    };
    page(&filled(&visitor, &known.0, &input, note))
}

/// Whom is it for? A draft that an ended session left behind knows already.
async fn start(app: &App, visitor: &Visitor, words: &str) -> Result<Response, WebError> {
    if words.is_empty()
        && let Some(left) = draft::restore(app, visitor, FormKind::Referral, NEW).await?
        && let Ok(patient) = left.form.value("patient").parse::<PatientId>()
    {
        return Ok(see(&draft::page_of(FormKind::Referral, &patient.to_string())));
    }
    let input = FormInput::from_pairs([("q", words)]);
    let shell = visitor.shell("New referral: which patient?", Some(Section::Worklist));
    if words.is_empty() {
        return page(&ReferralStartPage::new(shell, &input, Vec::new()));
    }
    let mut reading = app.store.read_sites::<act::ReferralSend>(&visitor.actor).await?;
    let rows = patients::search(&mut reading, words).await?;
    let ids: Vec<PatientId> = rows.iter().map(|row| row.id).collect();
    reading.record(list_read("referrals-new", &ids, true).private("words", words)).await?;
    let found = rows
        .iter()
        .map(|row| FoundPatient {
            name: row.name.to_string(),
            identity: identity(row),
            href: draft::page_of(FormKind::Referral, &row.id.to_string()),
        })
        .collect();
    page(&ReferralStartPage::new(shell.for_list(rows.len()), &input, found))
}

/// The draft of this patient's referral, also when an ended session could not tell whose it was.
async fn restored(
    app: &App,
    visitor: &Visitor,
    patient: &str,
) -> Result<Option<draft::Restored>, WebError> {
    if let Some(left) = draft::restore(app, visitor, FormKind::Referral, NEW).await?
        && left.form.value("patient") == patient
    {
        return Ok(Some(left));
    }
    draft::restore(app, visitor, FormKind::Referral, patient).await
}

/// The patient, and whether a case of theirs is open. The event is durable before anything is shown.
async fn read(app: &App, visitor: &Visitor, id: PatientId) -> Result<(Patient, bool), WebError> {
    let mut reading = app.store.read_patient::<act::ReferralSend>(&visitor.actor, id).await?;
    let patient = patients::patient(&mut reading).await?;
    let again = cases::of_patient(&mut reading).await?.iter().any(|case| case.open);
    let event = Event::new(EventKind::PatientRead)
        .subject(SubjectKind::Patient, id)
        .patient(id)
        .data("page", "referral-new");
    reading.record(event).await?;
    Ok((patient, again))
}

fn filled(
    visitor: &Visitor,
    patient: &Patient,
    input: &FormInput,
    note: Option<String>,
) -> ReferralNewPage {
    let patient_id = patient.id.to_string();
    let mut banner = banner::of_patient(visitor, patient);
    banner.summary = Some("New referral, draft".to_owned());
    let form = FormView::new("/referrals", visitor.new_command_id(), input)
        .drafted(draft::address(FormKind::Referral, &patient_id), note);
    // Each site has its own meeting, and a case belongs to the sender's site.
    let sites = vec![Choice::new(patient.site.to_string(), visitor.sites.name(patient.site))];
    let shell = visitor.shell("New referral", Some(Section::Worklist)).for_patient();
    ReferralNewPage::new(shell, banner, &patient_id, form, sites, input)
}

pub(super) async fn send(
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let patient: PatientId = id(form.value("patient"))?;
    let mut reading = app.store.read_patient::<act::ReferralSend>(&visitor.actor, patient).await?;
    let known = patients::patient(&mut reading).await?;
    let again = cases::of_patient(&mut reading).await?.iter().any(|case| case.open);
    reading.finish().await?;
    let begun = app
        .store
        .command_at_site::<act::ReferralSend>(&visitor.actor, known.site, form.submission()?)
        .await?;
    let command = match begun {
        Begun::Repeated(location) => return Ok(see(&location)),
        Begun::Fresh(command) => command,
    };
    let zone = visitor.sites.zone(known.site);
    let born = known.particulars.birth_date;
    let typed = typed::parse(&form, Circumstances { now: app.now(), zone, born, again }).and_then(
        |typed| {
            if addressed(&form, known.site) {
                Ok(typed)
            } else {
                Err(form.input().with_problem("site", "Meeting: choose one of the meetings"))
            }
        },
    );
    let (urgency, document) = match typed {
        Ok(typed) => typed,
        Err(input) => {
            drop(command);
            return refuse(&app, &visitor, patient, &form, &input).await;
        }
    };
    let stated = Urgency { class: urgency, since: None };
    let due = Due::of(stated, Some(&document), app.now(), zone).words(zone);
    let open = document
        .fields
        .values()
        .filter(|values| values.iter().any(|one| one == "_not-assessed"))
        .count();
    let referral = NewReferral { patient, addressed: known.site, urgency, document };
    match referrals::send(command, &referral).await {
        Ok((number, committed)) => {
            for object in [patient.to_string().as_str(), NEW] {
                draft::drop(&app, &visitor, FormKind::Referral, object).await;
            }
            let class = urgency.code();
            let asked = match open {
                0 => String::new(),
                1 => " 1 answer is not assessed and will be asked.".to_owned(),
                count => format!(" {count} answers are not assessed and will be asked."),
            };
            let words =
                format!("The referral was sent, reference {number}, class {class}: {due}.{asked}");
            let link = Link::new("Read it as sent", format!("/cases/{number}/referral"));
            let member = visitor.actor.may(Action::CaseRead, known.site);
            // Whoever only sent it sees the referral, not the case: lead there at once.
            let location = if member { committed.location } else { link.href.clone() };
            visitor.flash(Tone::Ok, words, Some(link).filter(|_| member)).await?;
            Ok(see(&location))
        }
        Err(error) => {
            let input = refused(form.input(), error)?;
            refuse(&app, &visitor, patient, &form, &input).await
        }
    }
}

/// In this version a referral is addressed to the meeting of the patient's own site.
fn addressed(form: &PostedForm, site: SiteId) -> bool {
    form.given("site").is_none_or(|typed| typed.parse() == Ok(site))
}

async fn refuse(
    app: &App,
    visitor: &Visitor,
    patient: PatientId,
    form: &PostedForm,
    input: &FormInput,
) -> Result<Response, WebError> {
    let note = draft::save(app, visitor, FormKind::Referral, &patient.to_string(), form).await?;
    let (known, _) = read(app, visitor, patient).await?;
    invalid(&filled(visitor, &known, input, Some(note)))
}
