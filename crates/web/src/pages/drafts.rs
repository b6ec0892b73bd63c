//! Saving what is typed so far: by script after each field, by button without it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use mdt::coded::Coded;
use mdt::form_draft::{DraftKey, FormKind};

use super::{assessments, see};
use crate::draft;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::paths;
use crate::routes::{Routes, signed_in};
use crate::state::App;
use crate::view::{Link, Tone};
use crate::visitor::Visitor;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.command("/drafts/{form}/{object}", signed_in(), save)
}

/// A script gets 204, or the totals that it asks for where the assessment could be saved; a button leads back to
/// the form, which shows the draft, or with `draft=save` to the worklist.
async fn save(
    paths::Draft { form, object }: paths::Draft,
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    posted: PostedForm,
) -> Result<Response, WebError> {
    let form = FormKind::from_code(&form).map_err(|_| WebError::NotFound)?;
    let key = DraftKey::new(form, &object).map_err(|_| WebError::NotFound)?;
    if posted.value("do") == "discard" {
        draft::drop(&app, &visitor, form, key.object()).await;
        visitor.flash(Tone::Ok, "What was typed and not sent is dropped.", None).await?;
        return Ok(see(&draft::page_of(form, key.object())));
    }
    let note = draft::save_unless_sent(&app, &visitor, form, key.object(), &posted).await?;
    if form == FormKind::Assessment
        && posted.value("do") == "totals"
        && note.is_some()
        && let Some(totals) =
            assessments::form::totals(&app, &visitor, key.object(), &posted).await?
    {
        return Ok(totals);
    }
    if !wants_page(&headers) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let page = draft::page_of(form, key.object());
    let Some(note) = note else {
        let words = "This form was sent already, so no draft of it was kept.";
        visitor.flash(Tone::Info, words, None).await?;
        return Ok(see(&page));
    };
    if posted.value("draft") == "save" {
        let back = Link::new("Go on with it", page);
        visitor.flash(Tone::Ok, format!("{note}. It is kept for 14 days."), Some(back)).await?;
        return Ok(see("/"));
    }
    Ok(see(&page))
}

/// Whether a browser navigates: it accepts a page. A script and a beacon do not say so.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepts.is_some_and(|accepts| accepts.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_browser_that_navigates_is_led_to_a_page() {
        let accepting = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(value));
            wants_page(&headers)
        };
        assert!(accepting("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"));
        assert!(!accepting("text/plain"));
        assert!(!accepting("*/*"));
        assert!(!wants_page(&HeaderMap::new()));
    }
}
