//! Verifying the log of a site as it is in the database now; the result is shown once on the log's page.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use mdt::display;
use mdt::event::{Event, EventKind, Outcome, SubjectKind};
use serde::{Deserialize, Serialize};
use store::StoreError;
use store::audit::{LogReading, Recomputer, record_verification};
use store::ledger::verify::{Problem, Trust};
use store::ledger::{ExportError, LogPermit, Report};
use store::sites::Site;

use super::log::Asked;
use super::{grouped, site_asked};
use crate::error::{WebError, form_encode};
use crate::form::PostedForm;
use crate::pages::see;
use crate::paths;
use crate::state::App;
use crate::view::audit_log::Verification;
use crate::view::{Link, Tone};
use crate::visitor::{Visitor, session_error};

/// Where the session keeps a result until the next page.
const KEPT: &str = "verification";

/// A result as the session keeps it.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    site: String,
    good: bool,
    text: String,
    first_bad: Option<String>,
    at: String,
    back: Option<String>,
}

/// Where the verification of a site's log is posted.
pub(super) fn address(site: &Site) -> String {
    format!("/audit/log/verification?site={}", site.prefix)
}

/// The same, from a page to which the result leads back.
pub(super) fn address_from(site: &Site, back: &str) -> String {
    let query = form_encode(&[("site", site.prefix.as_str()), ("back", back)]);
    format!("{}?{query}", paths::AuditLogVerification)
}

/// The result that waits for this page, if there is one.
pub(super) async fn take(visitor: &Visitor, site: &Site) -> Result<Option<Verification>, WebError> {
    let kept = visitor.session.get::<Kept>(KEPT).await.map_err(session_error)?;
    let Some(kept) = kept.filter(|kept| kept.site == site.prefix) else { return Ok(None) };
    visitor.session.remove::<Kept>(KEPT).await.map_err(session_error)?;
    let Kept { good, text, first_bad, at, back, .. } = kept;
    let back = back.map(|href| Link::new("Back to the decision", href));
    Ok(Some(Verification { good, text, first_bad, at, back }))
}

/// What a verification came to.
enum Answer {
    Checked(Box<Report>),
    /// A row is damaged so that it cannot even be exported: its name, and why.
    Unreadable(String),
    NothingSealed,
}

pub(super) async fn verify(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
    form: PostedForm,
) -> Result<Response, WebError> {
    let site = site_asked(&visitor, &asked.site)?;
    let submission = form.submission()?;
    // The permit outlives its reading, so that no transaction is held while the log is verified.
    let reading = LogReading::begin(&app.store, &visitor.actor, site.id).await?;
    let permit = reading.permit();
    let place = reading.finish().await?;
    let started = app.real_clock.now();
    let answer = check(&app, site, &permit).await?;
    let spent = app.real_clock.now() - started;
    let location = format!("/audit/log?site={}", site.prefix);
    let event = event(site, &answer);
    let location =
        record_verification(&app.store, &visitor.actor, place, submission, event, &location)
            .await?;
    let (good, text, first_bad) = match answer {
        Answer::NothingSealed => {
            let words =
                "Nothing of this log was sealed yet, so there is nothing to verify it against.";
            visitor.flash(Tone::Info, words, None).await?;
            return Ok(see(&location));
        }
        Answer::Unreadable(record) => (false, NOT_VERIFIED.to_owned(), Some(record)),
        Answer::Checked(report) => words(&report),
    };
    let seconds =
        format!("{}.{} s", spent.num_seconds(), spent.subsec_millis().clamp(0, 999) / 100);
    let at = format!("{}, {seconds}", display::date_time(app.now(), site.zone));
    let decisions = format!("{}/", paths::AuditDecisions);
    let back = Some(asked.back).filter(|back| back.starts_with(&decisions));
    let kept = Kept { site: site.prefix.clone(), good, text, first_bad, at, back };
    visitor.session.insert(KEPT, kept).await.map_err(session_error)?;
    Ok(see(&location))
}

const NOT_VERIFIED: &str = "The log does not verify.";

async fn check(app: &App, site: &Site, permit: &LogPermit) -> Result<Answer, WebError> {
    let key = app.ledger_key.as_ref().map(|key| key.verifier(&site.prefix)).transpose();
    let key = key.map_err(|error| WebError::Internal(format!("ledger key: {error}")))?;
    let trust = Trust { key, checkpoint: None, live: true };
    match app.store.verify_log(permit, trust, Arc::new(Recomputer::with_given_rules())).await {
        Ok(report) => Ok(Answer::Checked(Box::new(report))),
        Err(ExportError::NoKey) => Ok(Answer::NothingSealed),
        Err(ExportError::Store(StoreError::Inconsistent { table, column, row, why })) => {
            Ok(Answer::Unreadable(format!("{table} {row}: its {column} cannot be read: {why}")))
        }
        Err(ExportError::Store(error)) => Err(error.into()),
        Err(error) => Err(WebError::Internal(format!("verification: {error}"))),
    }
}

fn event(site: &Site, answer: &Answer) -> Event {
    let event = Event::new(EventKind::HistoryRead)
        .subject(SubjectKind::Site, site.id)
        .data("page", "audit-verify");
    match answer {
        Answer::Checked(report) => {
            let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
            event
                .data("ok", report.is_ok())
                .data("entries", count(report.entries))
                .data("checkpoints", count(report.checkpoints))
        }
        Answer::Unreadable(_) => event.data("ok", false),
        Answer::NothingSealed => event.outcome(Outcome::Failed),
    }
}

/// Whether it is good, what it says, and the first record that does not fit.
fn words(report: &Report) -> (bool, String, Option<String>) {
    if let Some(first) = &report.first_bad {
        return (false, NOT_VERIFIED.to_owned(), Some(named(first)));
    }
    let waiting = match report.waiting {
        0 => String::new(),
        1 => " One event waits for its seal.".to_owned(),
        events => format!(
            " {} events wait for their seal.",
            grouped(i64::try_from(events).unwrap_or(i64::MAX))
        ),
    };
    let decisions = u64::try_from(report.decisions.len()).unwrap_or(u64::MAX);
    let text = format!(
        "{}, {}, {}: all fit.{waiting}",
        counted(report.entries, "entry", "entries"),
        counted(report.checkpoints, "checkpoint", "checkpoints"),
        counted(decisions, "signed decision", "signed decisions"),
    );
    (true, text, None)
}

fn named(problem: &Problem) -> String {
    let kind =
        problem.kind.map_or_else(|| "record".to_owned(), |kind| kind.word().replace('_', " "));
    format!("{kind} {}: {}", problem.id, problem.problem)
}

/// `1 entry`, `24,977 entries`.
fn counted(number: u64, one: &str, many: &str) -> String {
    let words = if number == 1 { one } else { many };
    format!("{} {words}", grouped(i64::try_from(number).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_verified_is_counted_in_words() {
        assert_eq!(counted(1, "entry", "entries"), "1 entry");
        assert_eq!(counted(24_977, "entry", "entries"), "24,977 entries");
    }
}
