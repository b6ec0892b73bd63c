//! Help, intended use and the state of the installation: for anybody, without a patient.

use axum::extract::State;
use axum::response::Response;
use chrono::TimeDelta;
use mdt::display;
use store::ledger::Sweep;
use store::{StoreError, migrate};

use super::page;
use crate::error::WebError;
use crate::routes::{Routes, public};
use crate::state::App;
use crate::view::about::{AboutPage, HelpPage, StatusPage};
use crate::view::{Shell, Tag, Tone};
use crate::visitor::{Visitor, public_shell};

/// Events that have waited longer than this for their seal are an alarm.
const SEALED_WITHIN: TimeDelta = TimeDelta::seconds(60);

pub(super) fn routes(routes: Routes) -> Routes {
    routes.page("/help", public(), help).page("/about", public(), about).page(
        "/status",
        public(),
        status,
    )
}

fn shell(app: &App, visitor: Option<&Visitor>, title: &str, path: &str) -> Shell {
    visitor.map_or_else(|| public_shell(app, title, path), |visitor| visitor.shell(title, None))
}

async fn help(
    State(app): State<App>,
    visitor: Option<axum::Extension<Visitor>>,
) -> Result<Response, WebError> {
    let visitor = visitor.as_ref().map(|one| &one.0);
    page(&HelpPage { shell: shell(&app, visitor, "Help", "/help"), contact: None })
}

async fn about(
    State(app): State<App>,
    visitor: Option<axum::Extension<Visitor>>,
) -> Result<Response, WebError> {
    let visitor = visitor.as_ref().map(|one| &one.0);
    page(&AboutPage {
        shell: shell(&app, visitor, "Intended use", "/about"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        engine: rules::ENGINE.to_string(),
    })
}

async fn status(
    State(app): State<App>,
    visitor: Option<axum::Extension<Visitor>>,
) -> Result<Response, WebError> {
    let visitor = visitor.as_ref().map(|one| &one.0);
    let checks = vec![database(&app).await, log(&app).await];
    let line = |label: &str, value: String| (label.to_owned(), value);
    page(&StatusPage {
        shell: shell(&app, visitor, "Status", "/status"),
        checks,
        facts: vec![
            line("Version", env!("CARGO_PKG_VERSION").to_owned()),
            line("Rule engine", rules::ENGINE.to_string()),
            line("Schema", schema(&app).await),
            line(
                "Installation",
                format!("{}, {}", app.installation.name, app.installation.kind.code()),
            ),
        ],
    })
}

/// The version in the database, beside the one that this program was built for.
async fn schema(app: &App) -> String {
    let expected = migrate::expected_version();
    match app.store.schema_version().await {
        Ok(Some(version)) if version == expected => version.to_string(),
        Ok(Some(version)) => format!("{version}; this program was built for {expected}"),
        Ok(None) => format!("none; this program was built for {expected}"),
        Err(_) => format!("not known; this program was built for {expected}"),
    }
}

type Check = (String, Tag, String);

fn check(name: &str, tone: Tone, state: &str, words: String) -> Check {
    (name.to_owned(), Tag::new(tone, state).with_icon(), words)
}

async fn database(app: &App) -> Check {
    match app.store.ready().await {
        Ok(()) => check("Record", Tone::Ok, "Reachable", String::new()),
        Err(StoreError::Schema(_)) => {
            let words = "The schema is not that of this program: run `spineboard migrate`";
            check("Record", Tone::Crit, "Not ready", words.to_owned())
        }
        Err(_) => {
            check("Record", Tone::Crit, "Not reachable", "What was acknowledged is safe".to_owned())
        }
    }
}

/// Counts and an instant, nothing of what is stored.
async fn log(app: &App) -> Check {
    match app.store.waiting(Sweep::Recent).await {
        Ok(waiting) => match waiting.oldest {
            None => check("Audit log", Tone::Ok, "Sealed", "No event waits".to_owned()),
            Some(oldest) => {
                let late = app.now() - oldest > SEALED_WITHIN;
                let (tone, state) =
                    if late { (Tone::Warn, "Waiting") } else { (Tone::Ok, "Sealing") };
                let since = display::date_time_seconds(oldest, chrono_tz::Tz::UTC);
                check(
                    "Audit log",
                    tone,
                    state,
                    format!("{} events wait for their seal since {since} (UTC)", waiting.events),
                )
            }
        },
        Err(_) => check("Audit log", Tone::Crit, "Not known", String::new()),
    }
}
