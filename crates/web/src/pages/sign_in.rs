//! Signing in and out.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{ConnectInfo, Query, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use http::{HeaderValue, StatusCode, header};
use mdt::actor::Actor;
use mdt::event::EventKind;
use mdt::ids::{RequestId, SessionId, UserId};
use secrecy::SecretString;
use serde::Deserialize;
use store::password::{self, PasswordError};
use store::users::{Attempt, Counted, FailedSignIn, PasswordCounter};
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
    // Counted before it is judged: many at once would otherwise all be judged before the first lock.
    let counted = match app.store.count_attempt(PasswordCounter::sign_in(&email)).await? {
        Attempt::Locked(until) => return locked(&app, next, &form, until).await,
        Attempt::Judge(counted) => counted,
    };
    let credentials = app.store.credentials(&email).await?;
    let right = verify(&app, credentials.password_hash, form.value("password")).await?;
    let Some((user, _)) = credentials.user.filter(|_| right) else {
        let nobody = Arc::new(Actor::anonymous(app.installation.site, request));
        let failed = FailedSignIn { email: &email, known: credentials.user, client: &client };
        app.store.record_failed_sign_in(&nobody, failed, counted).await?;
        return refuse(&app, next, &form, counted).await;
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
        // Not the error itself: it quotes what a panic said.
        .map_err(|_| WebError::Internal("a password verification did not end".to_owned()))
}

/// The stored form of a password, one at a time for each core, on a thread where blocking is allowed.
/// Make it before a command is begun: a transaction must not wait for its turn.
pub(crate) async fn hashed(
    app: &App,
    password: SecretString,
) -> Result<Result<String, PasswordError>, WebError> {
    let _permit = app.verifications.acquire().await.map_err(|_| WebError::Unavailable)?;
    tokio::task::spawn_blocking(move || password::hash(&password))
        .await
        .map_err(|_| WebError::Internal("the hashing of a password did not end".to_owned()))
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
    // Another id than before signing in, so that one planted earlier is worth nothing; and nothing of
    // a session that this one follows.
    session.clear().await;
    session.cycle_id().await.map_err(session_error)?;
    session.insert(USER, user).await.map_err(session_error)?;
    session.insert(AUDIT_SESSION, audit_session).await.map_err(session_error)?;
    session.insert(SINCE, app.real_clock.now()).await.map_err(session_error)
}

async fn refuse(
    app: &App,
    next: String,
    form: &PostedForm,
    counted: Counted,
) -> Result<Response, WebError> {
    if let Some(until) = counted.locked_until {
        return locked(app, next, form, until).await;
    }
    let input = form.input().with_problem("email", WRONG);
    invalid(&blank(app, next, &input))
}

/// Said once, by the clock on the wall: whoever stands outside has only that one. A demonstration may
/// hold its own time still.
async fn locked(
    app: &App,
    next: String,
    form: &PostedForm,
    until: DateTime<Utc>,
) -> Result<Response, WebError> {
    let zone = app.site_list().await?.zone(app.installation.site);
    let on_the_wall = app.real_clock.now() + (until - app.now());
    let mut sign_in = blank(app, next, &form.input());
    sign_in.shell.problem = true;
    sign_in.locked_until =
        Some(on_the_wall.with_timezone(&zone).format("%d-%b-%Y %H:%M %Z").to_string());
    Ok(too_many(app, invalid(&sign_in)?, until))
}

/// A page that says until when no password is judged, 429.
pub(crate) fn too_many(app: &App, mut page: Response, until: DateTime<Utc>) -> Response {
    *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let seconds = (until - app.now()).num_seconds().max(1);
    page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    page
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
