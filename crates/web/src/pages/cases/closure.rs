//! Closing a case, and reopening it.

use axum::extract::State;
use axum::response::Response;
use mdt::case::CloseReason;
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::form_draft::FormKind;
use mdt::permission::act;
use store::{Begun, cases};

use crate::draft;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::{case_number, reason_problem, refused};
use crate::pages::referrals::{Refused, Sent};
use crate::pages::see;
use crate::paths;
use crate::state::App;
use crate::view::{FormInput, Tone};
use crate::visitor::Visitor;

fn base(form: &PostedForm) -> Result<i32, WebError> {
    form.number("base").ok_or_else(|| WebError::Malformed("the closure has no base".to_owned()))
}

pub(super) async fn close(
    paths::CaseClosure { number: text }: paths::CaseClosure,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let number = case_number(&text)?;
    let base = base(&form)?;
    if let Some(input) = form.unseen() {
        return again(&app, &visitor, &number, &form, input).await;
    }
    let begun = app
        .store
        .command_on_case::<act::CaseClose>(&visitor.actor, &number, form.submission()?)
        .await?;
    let command = match begun {
        Begun::Repeated(location) => return Ok(see(&location)),
        Begun::Fresh(command) => command,
    };
    let Ok(reason) = CloseReason::from_code(form.value("code")) else {
        drop(command);
        let input = form.input().with_problem("code", "Choose why the case is closed");
        return again(&app, &visitor, &number, &form, input).await;
    };
    match cases::close(command, reason, base).await {
        Ok(committed) => {
            done(&app, &visitor, &number, "The case was closed.", &committed.location).await
        }
        Err(error) => {
            let input = refused(form.input(), error)?;
            again(&app, &visitor, &number, &form, input).await
        }
    }
}

pub(super) async fn reopen(
    paths::CaseReopening { number: text }: paths::CaseReopening,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let number = case_number(&text)?;
    let base = base(&form)?;
    if let Some(input) = form.unseen() {
        return again(&app, &visitor, &number, &form, input).await;
    }
    let begun = app
        .store
        .command_on_case::<act::CaseReopen>(&visitor.actor, &number, form.submission()?)
        .await?;
    let command = match begun {
        Begun::Repeated(location) => return Ok(see(&location)),
        Begun::Fresh(command) => command,
    };
    let reason = form.value("reason");
    if let Some(problem) = reason_problem(reason, "Say why the case is reopened") {
        drop(command);
        let input = form.input().with_problem("reason", problem);
        return again(&app, &visitor, &number, &form, input).await;
    }
    match cases::reopen(command, reason, base).await {
        Ok(committed) => {
            done(&app, &visitor, &number, "The case was reopened.", &committed.location).await
        }
        Err(error) => {
            let input = refused(form.input(), error)?;
            again(&app, &visitor, &number, &form, input).await
        }
    }
}

async fn done(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
    words: &str,
    location: &str,
) -> Result<Response, WebError> {
    draft::drop(app, visitor, FormKind::Closure, &number.to_string()).await;
    visitor.flash(Tone::Ok, words, None).await?;
    Ok(see(location))
}

async fn again(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
    form: &PostedForm,
    input: FormInput,
) -> Result<Response, WebError> {
    Refused { app, visitor, number, form, kind: FormKind::Closure }
        .again(|note| Sent { closure: (input, note), ..Sent::default() })
        .await
}
