//! Confirming what was read back, and signing it.

use axum::extract::State;
use axum::response::Response;
use mdt::permission::{Action, act};
use rules::canonical::Hash;
use store::decisions::{confirm_decision, sign_decision};

use super::form::{Shown, filled};
use super::loaded;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::case_number;
use crate::pages::begin::on_case;
use crate::pages::prompt::{self, Refused};
use crate::pages::{invalid, see};
use crate::paths;
use crate::state::App;
use crate::view::Tone;
use crate::visitor::Visitor;

/// What a wrong password is told.
pub(super) const WRONG: &str = "This is not your password";

/// The version of the draft that the page showed.
pub(super) fn base(form: &PostedForm) -> Result<i32, WebError> {
    form.number("base").ok_or_else(|| WebError::Malformed("the form has no base".to_owned()))
}

pub(super) async fn confirm(
    path: paths::DecisionConfirmation,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let base = base(&form)?;
    // Whoever may not confirm is told so before the form is looked at.
    app.store.read_case::<act::DecisionConfirm>(&visitor.actor, &number).await?.finish().await?;
    let shown: Hash = form
        .value("sentence")
        .parse()
        .map_err(|_| WebError::Malformed("the form does not name the sentence".to_owned()))?;
    let confirmed = |command| confirm_decision(command, base, shown);
    let location = on_case(&app, &visitor, &number, form.submission()?, confirmed).await?;
    visitor.flash(Tone::Ok, "The decision is confirmed; it waits to be signed.", None).await?;
    Ok(see(&location))
}

pub(super) async fn sign(
    path: paths::DecisionSignature,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let base = base(&form)?;
    // Whoever may not sign is told so before a password is looked at.
    app.store.read_case::<act::DecisionSign>(&visitor.actor, &number).await?.finish().await?;
    let judged = prompt::judge(&app, &visitor, &form, Action::DecisionSign, WRONG).await?;
    if let Some(refused) = judged {
        return wrong_password(&app, &visitor, &path.number, &form, &refused).await;
    }
    let signed = |command| sign_decision(command, base);
    let location = on_case(&app, &visitor, &number, form.submission()?, signed).await?;
    visitor.flash(Tone::Ok, "The decision is signed.", None).await?;
    Ok(see(&location))
}

async fn wrong_password(
    app: &App,
    visitor: &Visitor,
    number: &str,
    form: &PostedForm,
    refused: &Refused,
) -> Result<Response, WebError> {
    let number = case_number(number)?;
    let (reading, loaded) = loaded::read::<act::CaseRead>(app, visitor, &number).await?;
    let open = loaded.decisions.open().map(|(decision, draft)| (decision, draft.version));
    loaded.record(reading, "decision", open).await?;
    let signing = form.input().with_problem("password", refused.words.as_str());
    let shown = Shown { signing, ..Shown::stored(&loaded) };
    let page = invalid(&filled(app, visitor, &loaded, shown).await?)?;
    Ok(refused.answer(app, page))
}
