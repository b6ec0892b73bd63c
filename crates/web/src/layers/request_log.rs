//! One line a request: the route's pattern, never the address, which may name what a log must not.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use mdt::ids::RequestId;

use crate::state::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request its id, logs what became of it, and answers with the id.
pub(crate) async fn log(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id: RequestId = app.store.sources().new_id();
    request.extensions_mut().insert(id);
    let method = request.method().clone();
    let started = app.real_clock.now();
    let mut response = next.run(request).await;
    let milliseconds = (app.real_clock.now() - started).num_milliseconds();
    let route = response
        .extensions_mut()
        .remove::<Pattern>()
        .map_or_else(|| "-".to_owned(), |pattern| pattern.0);
    tracing::info!(
        request.id = %id,
        request.quoted = %quotable(id),
        http.method = %method,
        http.route = %route,
        http.status = response.status().as_u16(),
        duration_ms = milliseconds,
        "request"
    );
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// What a person can read out to the help desk, `4F1C-9A02`: of the end of the id, which is left to chance.
/// Logs have it beside the whole id.
pub(crate) fn quotable(id: RequestId) -> String {
    let text = id.to_string().to_uppercase();
    let sign = |place: usize| text.chars().nth(text.len().saturating_sub(8) + place);
    let half = |from: usize| (from..from + 4).filter_map(sign).collect::<String>();
    format!("{}-{}", half(0), half(4))
}

#[derive(Clone)]
struct Pattern(String);

/// Inside the router, where the pattern is known: hands it to [`log`].
pub(crate) async fn pattern(request: Request, next: Next) -> Response {
    let pattern =
        request.extensions().get::<MatchedPath>().map(|path| Pattern(path.as_str().to_owned()));
    let mut response = next.run(request).await;
    if let Some(pattern) = pattern {
        response.extensions_mut().insert(pattern);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_desk_hears_eight_signs() {
        let id: RequestId = "019eca2b-5ce0-7523-acee-00304f1c9a02".parse().unwrap();
        assert_eq!(quotable(id), "4F1C-9A02");
    }
}
