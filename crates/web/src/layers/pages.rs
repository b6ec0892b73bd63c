//! Gives an error its page. The handlers below only say what went wrong; who visits is known here.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use mdt::ids::RequestId;

use super::request_log::quotable;
use crate::error::{ErrorNotice, WebError};
use crate::state::App;
use crate::view::errors::{ErrorKind, ErrorPage};
use crate::visitor::{Visitor, public_shell};

/// Turns a response that carries an [`ErrorNotice`] into a page; leaves any other as it is.
pub(crate) fn render(
    app: &App,
    visitor: Option<&Visitor>,
    mut response: Response,
    path: &str,
    reference: Option<RequestId>,
) -> Response {
    let Some(notice) = response.extensions_mut().remove::<ErrorNotice>() else { return response };
    let id = reference.map(|id| id.to_string()).unwrap_or_default();
    let reference = reference.map(quotable).unwrap_or_default();
    if let Some(cause) = &notice.cause {
        // What a visitor sends wrong is no failure of ours, and raises no alarm.
        if notice.is_ours() {
            tracing::error!(request.id = %id, request.quoted = %reference, cause = %cause, "request failed");
        } else {
            tracing::info!(request.id = %id, request.quoted = %reference, cause = %cause, "request refused");
        }
    }
    let shell = match visitor {
        Some(visitor) => visitor.shell("", None),
        None => public_shell(app, "", path),
    };
    page(shell, notice, reference, visitor.map(|_| path))
}

/// `about` is the address that was asked for, where the visitor is known.
fn page(
    shell: crate::view::Shell,
    notice: ErrorNotice,
    reference: String,
    about: Option<&str>,
) -> Response {
    let status = notice.status();
    let retry_after = notice.retry_after;
    let page = ErrorPage::new(shell, notice.kind, reference);
    let page = match about {
        Some(path) => page.about(path),
        None => page,
    };
    let html = askama::Template::render(&page);
    let mut response = match html {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(error = %error, "the error page itself");
            (status, "Something went wrong.").into_response()
        }
    };
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The outermost layer of pages: errors that arise outside every route (a panic, a refused origin, a
/// time-out) have no visitor, but a page all the same.
pub(crate) async fn outermost(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let reference = request.extensions().get::<RequestId>().copied();
    let response = next.run(request).await;
    render(&app, None, response, &path, reference)
}

/// Directly outside the session layer, which answers a session that it cannot save with a bare 500:
/// the database went away after the handler was done with it. What the handler kept is kept, and the
/// same form sent again gets the same answer.
pub(crate) async fn unsaved_session(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let bare = response.status() == StatusCode::INTERNAL_SERVER_ERROR
        && response.extensions().get::<ErrorNotice>().is_none()
        && !response.headers().contains_key(header::CONTENT_TYPE);
    if bare { WebError::Unavailable.into_response() } else { response }
}

/// The response to a panic in a handler.
pub(crate) fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    // The payload may quote what was being handled, so it is not logged.
    with_notice(ErrorNotice {
        cause: Some("a handler panicked".to_owned()),
        ..ErrorNotice::of(ErrorKind::Internal { draft_saved: None })
    })
}

/// A bare response that carries its notice.
pub(crate) fn with_notice(notice: ErrorNotice) -> Response {
    let mut response = notice.status().into_response();
    response.extensions_mut().insert(notice);
    response
}
