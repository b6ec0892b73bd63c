//! The handlers, a file a noun: extract, call one function of the store, render or redirect.

mod admin;
pub(crate) mod asked;
mod assessments;
mod audit;
mod begin;
mod case;
mod cases;
mod clock;
mod decisions;
mod drafts;
mod health;
mod history;
mod lesions;
mod me;
mod meetings;
mod patients;
mod plain;
mod prompt;
mod referrals;
mod rules;
mod sign_in;
mod worklist;

use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::StatusCode;

use crate::error::WebError;
use crate::routes::Routes;

/// All rows of the table.
pub(crate) fn routes(routes: Routes) -> Routes {
    [
        audit::routes,
        case::routes,
        assessments::routes,
        lesions::routes,
        decisions::routes,
        health::routes,
        sign_in::routes,
        me::routes,
        meetings::routes,
        patients::routes,
        rules::routes,
        plain::routes,
        drafts::routes,
        worklist::routes,
        admin::routes,
        history::routes,
        cases::routes,
        referrals::routes,
    ]
    .into_iter()
    .fold(routes, |routes, add| add(routes))
}

/// A page.
pub(crate) fn page(template: &impl Template) -> Result<Response, WebError> {
    Ok(Html(template.render()?).into_response())
}

/// A form that does not validate: the page again with everything typed, 422.
pub(crate) fn invalid(template: &impl Template) -> Result<Response, WebError> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(template.render()?)).into_response())
}

/// A page that shows both sides of a stale edit, 409.
pub(crate) fn conflict(template: &impl Template) -> Result<Response, WebError> {
    Ok((StatusCode::CONFLICT, Html(template.render()?)).into_response())
}

/// After a command: go and look.
pub(crate) fn see(location: &str) -> Response {
    Redirect::to(location).into_response()
}

/// A path of ours to go to after signing in; anything else leads to the worklist, so that a crafted
/// link cannot lead elsewhere.
pub(crate) fn local_path(next: &str) -> &str {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control);
    if local { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_local_paths_are_followed_after_signing_in() {
        assert_eq!(local_path("/cases/NF-2026-0148?tab=1"), "/cases/NF-2026-0148?tab=1");
        for elsewhere in
            ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\nb", "cases"]
        {
            assert_eq!(local_path(elsewhere), "/");
        }
    }
}
