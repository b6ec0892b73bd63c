//! Unfinished forms: what was typed is kept by form and object, comes back with the page, and goes when
//! the command is done. The names of the forms are [`FormKind`]'s, the same as in the route table.

use chrono::{DateTime, Utc};
use mdt::coded::Coded;
use mdt::form_draft::{DraftKey, FormKind, NEW};
use mdt::ids::SiteId;

use crate::error::WebError;
use crate::form::PostedForm;
use crate::state::App;
use crate::visitor::Visitor;

/// A draft that a page shows again.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The fields as typed, wrong values included, passwords never.
    pub form: PostedForm,
    /// The version that the form was based on: an edit goes on from there, so that what somebody else
    /// changed meanwhile is noticed.
    pub base: Option<String>,
    /// `Draft of 15-Jun-2026 07:14:07 restored`, as [`crate::view::FormView::draft_note`] says it.
    pub note: String,
}

/// Where the form of that name saves its draft: [`crate::view::FormView::draft`].
pub fn address(form: FormKind, object: &str) -> String {
    crate::paths::Draft { form: form.code().to_owned(), object: object.to_owned() }.to_string()
}

/// The draft of a form, if there is one; `object` is what the form is about, or [`NEW`].
///
/// # Errors
/// When the database cannot be reached.
pub async fn restore(
    app: &App,
    visitor: &Visitor,
    form: FormKind,
    object: &str,
) -> Result<Option<Restored>, WebError> {
    let draft = app.store.draft(visitor.user()?, &key(form, object)?).await?;
    Ok(draft.map(|draft| Restored {
        note: format!("Draft of {} restored", second(visitor, visitor.actor.home, draft.saved_at)),
        form: PostedForm::of(draft.fields),
        base: draft.base,
    }))
}

/// Saves what was posted, passwords never; answers the note of the page: `Draft saved 15-Jun-2026 07:14:07`.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save(
    app: &App,
    visitor: &Visitor,
    form: FormKind,
    object: &str,
    posted: &PostedForm,
) -> Result<String, WebError> {
    let key = key(form, object)?;
    let saved_at =
        app.store.save_draft(visitor.user()?, &key, posted.given("base"), &posted.kept()).await?;
    Ok(format!("Draft saved {}", second(visitor, visitor.actor.home, saved_at)))
}

/// The same for a form that is still open in a browser; `None` when it was sent meanwhile, and there is
/// nothing to keep.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_unless_sent(
    app: &App,
    visitor: &Visitor,
    form: FormKind,
    object: &str,
    posted: &PostedForm,
) -> Result<Option<String>, WebError> {
    let (key, base) = (key(form, object)?, posted.given("base"));
    let command = posted.number("command_id");
    let saved_at = app
        .store
        .save_draft_unless_sent(visitor.user()?, &key, base, &posted.kept(), command)
        .await?;
    Ok(saved_at.map(|at| format!("Draft saved {}", second(visitor, visitor.actor.home, at))))
}

/// Drops the draft of a form whose command is done. The command stands whatever happens here, so a
/// failure is only logged.
pub async fn drop(app: &App, visitor: &Visitor, form: FormKind, object: &str) {
    let (Ok(user), Ok(key)) = (visitor.user(), key(form, object)) else { return };
    if let Err(error) = app.store.drop_draft(user, &key).await {
        tracing::warn!(error = %error, form = form.code(), "a draft that was sent could not be dropped");
    }
}

/// The page that shows a form: where "Save" leads back to, and the worklist.
pub fn page_of(form: FormKind, object: &str) -> String {
    match form {
        FormKind::Patient => "/patients/new".to_owned(),
        FormKind::Correction => format!("/patients/{object}"),
        FormKind::Referral if object == NEW => "/referrals/new".to_owned(),
        FormKind::Referral => format!("/referrals/new?patient={object}"),
        FormKind::Amendment | FormKind::Urgency | FormKind::Closure => {
            format!("/cases/{object}/referral")
        }
        FormKind::Assessment => format!("/cases/{object}/assessment"),
        FormKind::Decision => format!("/cases/{object}/decision"),
        FormKind::Meeting if object == NEW => "/meetings/new".to_owned(),
        FormKind::Meeting => format!("/meetings/{object}"),
        FormKind::User => "/admin/users".to_owned(),
        FormKind::Site => "/admin/sites".to_owned(),
    }
}

/// What is no name of an object has no draft and is not there.
fn key(form: FormKind, object: &str) -> Result<DraftKey, WebError> {
    DraftKey::new(form, object).map_err(|_| WebError::NotFound)
}

/// `15-Jun-2026 07:14:07` at a site.
fn second(visitor: &Visitor, site: SiteId, at: DateTime<Utc>) -> String {
    at.with_timezone(&visitor.sites.zone(site)).format("%d-%b-%Y %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_a_page_and_an_address_for_its_draft() {
        for form in FormKind::all() {
            for object in [NEW, "NF-2026-0148"] {
                assert!(page_of(*form, object).starts_with('/'));
                assert_eq!(address(*form, object), format!("/drafts/{}/{object}", form.code()));
            }
        }
    }
}
