//! The application: the route table inside its layers.

use std::time::Duration;

use axum::handler::Handler;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::{Router, routing};
use http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};

use crate::error::{ErrorNotice, WebError};
use crate::layers::gate::{self, Gate};
use crate::layers::{headers, pages, request_log};
use crate::routes::{Access, Route, Routes};
use crate::session_store::Sessions;
use crate::state::App;
use crate::static_files;
use crate::view::errors::ErrorKind;

/// Name of the session cookie.
pub const COOKIE: &str = "spineboard";

/// No answer takes longer than this; a bundle of a whole site streams within it.
const LONGEST_ANSWER: Duration = Duration::from_mins(2);

/// The router over an installation, and its route table.
pub fn router(app: App) -> (Router, Vec<Route>) {
    let (rows, table) = crate::pages::routes(Routes::new(app.clone())).finish();
    let unmatched = Gate { app: app.clone(), route: UNMATCHED };
    let gated = rows
        .fallback(not_found.layer(from_fn_with_state(unmatched.clone(), gate::pass)))
        .method_not_allowed_fallback(
            method_not_allowed.layer(from_fn_with_state(unmatched, gate::pass)),
        )
        .layer(from_fn(request_log::pattern))
        .layer(sessions(&app))
        .layer(from_fn(pages::unsaved_session))
        .layer(CsrfLayer::new().with_rejection_response(|_| cross_site()))
        .with_state(app.clone());
    let router = Router::new()
        .route("/static/{*path}", routing::get(static_files::serve))
        .merge(gated)
        .layer(CatchPanicLayer::custom(pages::panicked))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_ANSWER))
        .layer(from_fn_with_state(app.clone(), pages::outermost))
        .layer(from_fn(headers::secure));
    let router =
        if app.settings.compression { router.layer(CompressionLayer::new()) } else { router };
    (router.layer(from_fn_with_state(app, request_log::log)), table)
}

/// What no row of the table answers; its gate still knows the visitor, and writes the refusal down.
const UNMATCHED: Route = Route {
    method: "GET",
    pattern: "",
    access: Access::Public,
    action: None,
    event: None,
    draft: None,
};

fn sessions(app: &App) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions::new(
        app.store.clone(),
        app.real_clock.clone(),
        app.settings.idle,
    ))
    .with_name(COOKIE)
    .with_secure(app.settings.secure_cookies)
    .with_same_site(SameSite::Lax)
    .with_http_only(true)
    // The table says when a session is over. A browser that dropped the cookie by then could not say
    // whose form it sends.
    .with_expiry(Expiry::OnSessionEnd)
}

async fn not_found() -> WebError {
    WebError::NotFound
}

async fn method_not_allowed() -> Response {
    pages::with_notice(ErrorNotice::of(ErrorKind::MethodNotAllowed))
}

/// A form that another site sent: nothing was done.
fn cross_site() -> Response {
    let who_may = "This form was sent from another web site, so nothing was done.".to_owned();
    pages::with_notice(ErrorNotice::of(ErrorKind::Forbidden { who_may }))
}
