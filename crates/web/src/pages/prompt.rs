//! The password asked again within a session: for a signature, a void, a new password. Counted, locked
//! and written down as signing in is, so that whoever finds an open session cannot guess it here.

use axum::response::Response;
use chrono::{DateTime, Utc};
use mdt::display;
use mdt::permission::Action;
use store::users::{Attempt, PasswordCounter};

use super::sign_in::{too_many, verify};
use crate::error::WebError;
use crate::form::PostedForm;
use crate::state::App;
use crate::visitor::Visitor;

/// Why the password of a form does not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// For the field.
    pub(super) words: String,
    locked_until: Option<DateTime<Utc>>,
}

impl Refused {
    fn locked(visitor: &Visitor, until: DateTime<Utc>) -> Self {
        let again_at = display::date_time(until, visitor.sites.zone(visitor.actor.home));
        Self {
            words: format!("Too many wrong passwords. Try again after {again_at}"),
            locked_until: Some(until),
        }
    }

    /// The page that says so, with its status: 422, or 429 while nothing is judged.
    pub(super) fn answer(&self, app: &App, page: Response) -> Response {
        match self.locked_until {
            Some(until) => too_many(app, page, until),
            None => page,
        }
    }
}

/// Judges the password of a form that does `action`: nothing when it is the visitor's own, else why not.
/// One verification, or none while their prompts are locked.
///
/// # Errors
/// When the database cannot be reached.
pub(super) async fn judge(
    app: &App,
    visitor: &Visitor,
    form: &PostedForm,
    action: Action,
    wrong: &str,
) -> Result<Option<Refused>, WebError> {
    let user = visitor.user()?;
    let counter = PasswordCounter::prompt(user);
    let attempt = match app.store.count_attempt(counter).await? {
        Attempt::Locked(until) => return Ok(Some(Refused::locked(visitor, until))),
        Attempt::Judge(attempt) => attempt,
    };
    let stored = app.store.password_hash(user).await?;
    if verify(app, stored, form.value("password")).await? {
        app.store.forget_attempts(counter).await?;
        return Ok(None);
    }
    app.store.record_failed_prompt(&visitor.actor, action, attempt).await?;
    Ok(Some(match attempt.locked_until {
        Some(until) => Refused::locked(visitor, until),
        None => Refused { words: wrong.to_owned(), locked_until: None },
    }))
}
