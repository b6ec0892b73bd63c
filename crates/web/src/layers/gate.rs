//! The gate of a route: loads the visitor, asks to sign in (keeping what was posted), writes down
//! refusals, and gives errors their page.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};
use mdt::form_draft::DraftKey;
use mdt::ids::{RequestId, SessionId, UserId};
use tower_sessions::Session;
use tower_sessions::session::Id;

use super::pages;
use crate::error::{ErrorNotice, WebError};
use crate::form::PostedForm;
use crate::routes::{Access, Route};
use crate::session_store::{USER, key_of};
use crate::state::App;
use crate::view::errors::ErrorKind;
use crate::visitor::{Visitor, session_error};

/// When the user signed in: ends a session in any case after a while.
pub(crate) const SINCE: &str = "since";
/// The session's id as audit events name it.
pub(crate) const AUDIT_SESSION: &str = "audit_session";
const SEEN: &str = "seen";

/// A session row is prolonged at most this often.
const TOUCH_EVERY: TimeDelta = TimeDelta::seconds(60);

/// What the gate of one route knows.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) app: App,
    pub(crate) route: Route,
}

pub(crate) async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let reference = parts.extensions.get::<RequestId>().copied();
    let visitor = match visitor(&gate.app, &parts).await {
        Ok(visitor) => visitor,
        Err(error) => {
            return pages::render(&gate.app, None, error.into_response(), &path, reference);
        }
    };
    let response = match (&visitor, gate.route.access) {
        _ if holds_nul(&parts) => {
            WebError::Malformed("the address holds a NUL character".to_owned()).into_response()
        }
        (None, Access::SignedIn) => {
            ask_to_sign_in(&gate, Request::from_parts(parts, body)).await.into_response()
        }
        (visitor, _) => {
            if let Some(visitor) = visitor {
                parts.extensions.insert(visitor.clone());
            }
            in_our_words(next.run(Request::from_parts(parts, body)).await)
        }
    };
    let notice = response.extensions().get::<ErrorNotice>().cloned();
    if let (Some(visitor), Some(notice)) = (&visitor, notice) {
        record_refusal(&gate.app, visitor, &notice, &path).await;
    }
    pages::render(&gate.app, visitor.as_ref(), response, &path, reference)
}

/// No text column takes a NUL, so that no question may hold one; the same holds for forms.
fn holds_nul(request: &Parts) -> bool {
    request.uri.query().is_some_and(|query| query.contains("%00"))
}

/// What an extractor refused by itself, an address or a question that cannot be read, gets our page.
fn in_our_words(response: Response) -> Response {
    let bare = response.extensions().get::<ErrorNotice>().is_none();
    if bare && response.status() == StatusCode::BAD_REQUEST {
        return WebError::Malformed("the address cannot be read".to_owned()).into_response();
    }
    response
}

async fn record_refusal(app: &App, visitor: &Visitor, notice: &ErrorNotice, path: &str) {
    if !matches!(notice.kind, ErrorKind::NotFound | ErrorKind::Forbidden { .. }) {
        return;
    }
    if let Err(error) = app.store.record_denied(&visitor.actor, notice.action, path).await {
        tracing::error!(error = %error, "a refusal could not be written down");
    }
}

async fn visitor(app: &App, request: &Parts) -> Result<Option<Visitor>, WebError> {
    let Some(session) = request.extensions.get::<Session>().cloned() else { return Ok(None) };
    let Some(user) = session.get::<UserId>(USER).await.map_err(session_error)? else {
        return Ok(None);
    };
    if !still_valid(app, &session).await? {
        // The row stays, as one that has expired: what was posted is kept for its owner.
        if let Some(id) = session.id() {
            app.store.expire_session(key_of(&id), app.real_clock.now()).await?;
        }
        return Ok(None);
    }
    let Some(account) = app.store.account(user).await? else {
        session.flush().await.map_err(session_error)?;
        return Ok(None);
    };
    let audit_session = session.get::<SessionId>(AUDIT_SESSION).await.map_err(session_error)?;
    let flash = match request.method {
        Method::GET => Visitor::take_flash(&session).await?,
        _ => None,
    };
    let actor = account.actor(audit_session, request.extensions.get::<RequestId>().copied());
    Ok(Some(Visitor {
        actor: Arc::new(actor),
        account: Arc::new(account),
        sites: app.site_list().await?,
        app: app.clone(),
        session,
        path: request.uri.path().to_owned(),
        flash,
    }))
}

/// Whether a session may go on, which one that is too old in all may not; prolongs one that is in use.
async fn still_valid(app: &App, session: &Session) -> Result<bool, WebError> {
    let now = app.real_clock.now();
    let since = session.get::<DateTime<Utc>>(SINCE).await.map_err(session_error)?;
    let absolute = TimeDelta::from_std(app.settings.absolute).unwrap_or(TimeDelta::MAX);
    if since.is_none_or(|since| now - since > absolute) {
        return Ok(false);
    }
    let seen = session.get::<DateTime<Utc>>(SEEN).await.map_err(session_error)?;
    if seen.is_none_or(|seen| now - seen > TOUCH_EVERY) {
        session.insert(SEEN, now).await.map_err(session_error)?;
    }
    Ok(true)
}

/// Nobody is signed in. What was posted is saved as a draft of whoever's session it was, then the
/// sign-in page leads back to the form.
async fn ask_to_sign_in(gate: &Gate, request: Request) -> WebError {
    if request.method() != Method::POST {
        let next = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
        return WebError::SignIn { next, kept: false };
    }
    let concrete = request.uri().path().to_owned();
    let next = gate.route.page_of(&concrete);
    match keep(gate, request, &concrete).await {
        Ok(kept) => WebError::SignIn { next, kept },
        Err(error) => error,
    }
}

async fn keep(gate: &Gate, request: Request, concrete: &str) -> Result<bool, WebError> {
    let Some(draft) = gate.route.draft else { return Ok(false) };
    let Some(owner) = owner_of_cookie(&gate.app, request.headers().clone()).await? else {
        return Ok(false);
    };
    let form = PostedForm::read(request).await?;
    let Ok(key) = DraftKey::new(draft.form, &gate.route.object_of(concrete)) else {
        return Ok(false);
    };
    gate.app.store.save_draft(owner, &key, form.given("base"), &form.kept()).await?;
    Ok(true)
}

/// The user whose session the cookie names, also when it is over by silence or by age: the row stays
/// for a day. Only they get to see the draft again.
async fn owner_of_cookie(app: &App, headers: HeaderMap) -> Result<Option<UserId>, WebError> {
    let cookies = headers.get_all(header::COOKIE);
    let id = cookies
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == crate::app::COOKIE).then(|| value.parse::<Id>().ok()).flatten()
        });
    let Some(id) = id else { return Ok(None) };
    Ok(app.store.session_owner(key_of(&id)).await?)
}
