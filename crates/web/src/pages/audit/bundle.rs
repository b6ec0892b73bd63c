//! The bundle of a decision: everything that `spineboard audit verify` needs, in one file.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::DecisionId;
use mdt::permission::act;
use store::audit::provenance;
use store::decisions::case_of_decision;
use store::ledger::{ExportError, ExportOptions, Extent, LogPermit, Sweep};
use store::{CaseKey, StoreError};

use crate::error::WebError;
use crate::pages::asked::id;
use crate::paths;
use crate::state::App;
use crate::visitor::Visitor;

/// The name of the file.
pub(super) fn file_name(case: &str, ordinal: i32) -> String {
    format!("{case}-decision-{ordinal}.jsonl")
}

/// Names, addresses and words that the events withhold stay out of it; the signed bytes are whole.
pub(super) async fn download(
    path: paths::AuditDecisionBundle,
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, WebError> {
    let decision: DecisionId = id(&path.id)?;
    let version: u32 = id(&path.version)?;
    let number = case_of_decision(&app.store, &visitor.actor, decision).await?;
    let mut reading = app.store.read_case::<act::BundleExport>(&visitor.actor, &number).await?;
    let provenance = provenance(&mut reading, decision, version).await?;
    if provenance.signing().and_then(|entry| entry.index).is_none() {
        seal(&app, &reading.subject).await?;
    }
    let permit = LogPermit::from(&reading);
    let signer = app.ledger_key.as_deref();
    let options = ExportOptions { disclose: false, signer, known_size: None, live: false };
    let mut file = Vec::new();
    let extent = Extent::Decision(reading.subject.id, decision);
    let summary =
        app.store.export_bundle(&permit, extent, &options, &mut file).await.map_err(refused)?;
    let event = Event::new(EventKind::BundleExported)
        .subject_version(SubjectKind::Decision, decision, version)
        .case(reading.subject.id)
        .patient(reading.subject.patient)
        .data("format", "jsonl")
        .data("rows", i64::try_from(summary.lines).unwrap_or(i64::MAX))
        .data("hash", summary.hash)
        .data("disclosed", false);
    reading.record(event).await?;
    let name = file_name(&number.to_string(), provenance.record.ordinal);
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, file).into_response())
}

/// What still waits for its place would be left out of a file.
async fn seal(app: &App, case: &CaseKey) -> Result<(), WebError> {
    match app.ledger_key.as_deref() {
        Some(key) => {
            app.store.seal_site(case.site, key, Sweep::Recent).await.map(drop).map_err(Into::into)
        }
        None => Err(waiting()),
    }
}

fn waiting() -> WebError {
    let words = "The signature waits for its seal, so the bundle would be without it. Try again in a few seconds.";
    WebError::Refused(words.to_owned())
}

fn refused(error: ExportError) -> WebError {
    match error {
        // The version is there, so only its event can be missing: another process is sealing it just now.
        ExportError::NoKey | ExportError::Store(StoreError::NotFound) => waiting(),
        ExportError::Store(error) => error.into(),
        other => WebError::Internal(format!("bundle: {other}")),
    }
}
