//! Signing in and out.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{ConnectInfo, Query, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::{HeaderValue, StatusCode, header};
use mdt::actor::Actor;
use mdt::display;
use mdt::event::EventKind;
use mdt::ids::{RequestId, SessionId, SiteId, UserId};
use secrecy::SecretString;
use serde::Deserialize;
use tower_sessions::Session;

use super::{invalid, local_path, page, see};
use crate::error::WebError;
use crate::form::PostedForm;
use crate::layers::gate::{AUDIT_SESSION, SINCE};
use crate::routes::{Routes, public, signed_in};
use crate::session_store::USER;
use crate::state::App;
use crate::view::sign_in::{Notice, SignInPage};
use crate::view::{FormInput, Tone};
use crate::visitor::{Visitor, public_shell, session_error};

/// The same words for an unknown address and a wrong password.
const WRONG: &str = "Email or password is not right";

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .page("/sign-in", public(), show)
        .command("/sign-in", public().leaves(EventKind::AuthSignedIn), sign_in)
        .command("/sign-out", signed_in().leaves(EventKind::AuthSignedOut), sign_out)
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
    #[serde(default)]
    kept: String,
}

async fn show(State(app): State<App>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let mut sign_in = blank(&app, local_path(&asked.next).to_owned(), &FormInput::default());
    if !asked.kept.is_empty() {
        sign_in.notice = Some(Notice {
            reason: "Your session had ended.".to_owned(),
            kept: Some("What you were about to send was saved as a draft".to_owned()),
        });
    }
    page(&sign_in)
}

fn blank(app: &App, next: String, input: &FormInput) -> SignInPage {
    let installation = format!("{}, version {}", app.installation.name, env!("CARGO_PKG_VERSION"));
    SignInPage::new(public_shell(app, "Sign in", "/sign-in"), next, input, installation)
}

async fn sign_in(
    State(app): State<App>,
    session: Session,
    request: Option<Extension<RequestId>>,
    client: Option<Extension<ConnectInfo<SocketAddr>>>,
    form: PostedForm,
) -> Result<Response, WebError> {
    let next = local_path(form.value("next")).to_owned();
    let email = form.value("email").to_lowercase();
    let request = request.map(|Extension(id)| id);
    // Behind a proxy this is the proxy's address: it is a hint for the payload, never a right.
    let client =
        client.map(|Extension(ConnectInfo(address))| address.ip().to_string()).unwrap_or_default();
    let nobody = Arc::new(Actor::anonymous(app.installation.site, request));
    let credentials = app.store.credentials(&email).await?;
    let now = app.now();
    if let Some(until) = credentials.locked_until.filter(|until| *until > now) {
        return locked(&app, next, &form, until);
    }
    let right = verify(&app, credentials.password_hash, form.value("password")).await?;
    let Some((user, _)) = credentials.user.filter(|_| right) else {
        let failed = Failed { email: &email, known: credentials.user, client: &client };
        return refuse(&app, &nobody, next, &form, &failed).await;
    };
    enter(&app, &session, user, &email, request).await?;
    Ok(see(&next))
}

/// One Argon2 verification, known user or not, on a thread where blocking is allowed.
pub(crate) async fn verify(
    app: &App,
    stored: Option<String>,
    password: &str,
) -> Result<bool, WebError> {
    let password = SecretString::from(password.to_owned());
    let verifier = Arc::clone(&app.verifier);
    let _permit = app.verifications.acquire().await.map_err(|_| WebError::Unavailable)?;
    tokio::task::spawn_blocking(move || verifier.verify(stored.as_deref(), &password))
        .await
        .map_err(|error| WebError::Internal(format!("password verification: {error}")))
}

async fn enter(
    app: &App,
    session: &Session,
    user: UserId,
    email: &str,
    request: Option<RequestId>,
) -> Result<(), WebError> {
    let account = app.store.account(user).await?.ok_or(WebError::NotFound)?;
    let audit_session: SessionId = app.store.sources().new_id();
    let actor = Arc::new(account.actor(Some(audit_session), request));
    app.store.record_sign_in(&actor, email).await?;
    // Another id than before signing in, so that one planted earlier is worth nothing.
    session.cycle_id().await.map_err(session_error)?;
    session.insert(USER, user).await.map_err(session_error)?;
    session.insert(AUDIT_SESSION, audit_session).await.map_err(session_error)?;
    session.insert(SINCE, app.real_clock.now()).await.map_err(session_error)
}

/// A sign-in that failed: whose address it was, if anybody's, and where it came from.
struct Failed<'a> {
    email: &'a str,
    known: Option<(UserId, SiteId)>,
    client: &'a str,
}

async fn refuse(
    app: &App,
    nobody: &Arc<Actor>,
    next: String,
    form: &PostedForm,
    failed: &Failed<'_>,
) -> Result<Response, WebError> {
    let lock =
        app.store.record_failed_sign_in(nobody, failed.email, failed.known, failed.client).await?;
    if let Some(until) = lock {
        return locked(app, next, form, until);
    }
    let input = form.input().with_problem("email", WRONG);
    invalid(&blank(app, next, &input))
}

fn locked(
    app: &App,
    next: String,
    form: &PostedForm,
    until: DateTime<Utc>,
) -> Result<Response, WebError> {
    let again_at = display::date_time(until, chrono_tz::Tz::UTC);
    let input = form
        .input()
        .with_problem("email", format!("Too many attempts. Try again after {again_at} (UTC)"));
    let mut sign_in = blank(app, next, &input);
    sign_in.locked_until = Some(again_at);
    let mut response = invalid(&sign_in)?;
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let seconds = (until - app.now()).num_seconds().max(1);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    Ok(response)
}

/// Ends the present session, or another one of the same user that the form names by its key.
async fn sign_out(
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    if let Some(other) = form.given("session") {
        let key = hex::decode(other).map_err(|_| WebError::NotFound)?;
        app.store.end_session_of(&visitor.actor, &key).await?;
        visitor.flash(Tone::Ok, "That session has ended.", None).await?;
        return Ok(see("/me"));
    }
    app.store.record_sign_out(&visitor.actor).await?;
    visitor.session.flush().await.map_err(session_error)?;
    Ok(see("/sign-in"))
}
