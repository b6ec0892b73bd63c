//! Adding a case to an agenda, ordering it, taking a case off.

use axum::extract::State;
use axum::response::Response;
use mdt::case_number::CaseNumber;
use mdt::ids::{MeetingId, SiteId};
use mdt::permission::{Action, act};
use mdt::text::REASON_MAX;
use store::meetings::{Listing, list_case, move_item, propose_case, remove_item};
use store::{Begun, Committed, StoreError, Submission};

use super::show::refused;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::{self, reason_problem, text_problem};
use crate::pages::see;
use crate::paths;
use crate::state::App;
use crate::view::Tone;
use crate::visitor::Visitor;

pub(super) async fn add(
    path: paths::MeetingItems,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let id: MeetingId = asked::id(&path.id)?;
    let site = require(&app, &visitor, id, Action::AgendaPropose).await?;
    let Ok(number) = form.value("case").parse::<CaseNumber>() else {
        let input = form.input().with_problem("case", "Choose a case");
        return refused(&app, &visitor, id, &input).await;
    };
    if let Some(problem) = text_problem(form.value("reason"), REASON_MAX) {
        return refused(&app, &visitor, id, &form.input().with_problem("reason", problem)).await;
    }
    let listing = Listing { meeting: id, reason: form.given("reason").map(str::to_owned) };
    let submission = form.submission()?;
    let lists = visitor.actor.may(Action::AgendaList, site);
    let done = if lists {
        list(&app, &visitor, &number, submission, listing).await
    } else {
        propose(&app, &visitor, &number, submission, listing).await
    };
    match done {
        Ok(location) => {
            let what = if lists { "is on the agenda" } else { "was proposed" };
            visitor.flash(Tone::Ok, format!("{number} {what}."), None).await?;
            Ok(see(&location))
        }
        Err(error @ StoreError::AfterCutOff) => {
            let words = asked::capitalised(&error.to_string());
            refused(&app, &visitor, id, &form.input().with_problem("reason", words)).await
        }
        Err(StoreError::Refused(words)) => {
            refused(&app, &visitor, id, &form.input().with_problem("case", words)).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn list(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
    submission: Submission,
    listing: Listing,
) -> Result<String, StoreError> {
    let begun =
        app.store.command_on_case::<act::AgendaList>(&visitor.actor, number, submission).await?;
    match begun {
        Begun::Repeated(location) => Ok(location),
        Begun::Fresh(command) => Ok(list_case(command, listing).await?.location),
    }
}

async fn propose(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
    submission: Submission,
    listing: Listing,
) -> Result<String, StoreError> {
    let begun =
        app.store.command_on_case::<act::AgendaPropose>(&visitor.actor, number, submission).await?;
    match begun {
        Begun::Repeated(location) => Ok(location),
        Begun::Fresh(command) => Ok(propose_case(command, listing).await?.location),
    }
}

/// The site of a meeting, for whoever may do this there: they are told before the form is looked at.
pub(super) async fn require(
    app: &App,
    visitor: &Visitor,
    id: MeetingId,
    action: Action,
) -> Result<SiteId, WebError> {
    let reading = app.store.read_meeting::<act::MeetingRead>(&visitor.actor, id).await?;
    let site = reading.site();
    reading.finish().await?;
    if visitor.actor.may(action, site) { Ok(site) } else { Err(WebError::Forbidden(action)) }
}

/// The version of the item that the page showed.
fn base(form: &PostedForm) -> Result<i32, WebError> {
    form.number("base").ok_or_else(|| WebError::Malformed("the form has no base".to_owned()))
}

pub(super) async fn place(
    path: paths::MeetingItemPlace,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let (id, item) = (asked::id(&path.id)?, asked::id(&path.item)?);
    let base = base(&form)?;
    // No place at all is the place 0, which no agenda has.
    let place: u32 = form.number("place").unwrap_or(0);
    let submission = form.submission()?;
    let begun =
        app.store.command_on_meeting::<act::AgendaList>(&visitor.actor, id, submission).await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => move_item(command, item, place, base).await?.location,
    };
    Ok(see(&format!("{location}#item-{item}")))
}

pub(super) async fn remove(
    path: paths::MeetingItemRemoval,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let (id, item) = (asked::id(&path.id)?, asked::id(&path.item)?);
    let base = base(&form)?;
    let reason = form.value("reason");
    require(&app, &visitor, id, Action::AgendaList).await?;
    if let Some(problem) = reason_problem(reason, "Say why the case is taken off the agenda") {
        return refused(&app, &visitor, id, &form.input().with_problem("", problem)).await;
    }
    let submission = form.submission()?;
    let begun =
        app.store.command_on_meeting::<act::AgendaList>(&visitor.actor, id, submission).await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => {
            let Committed { location, .. } = remove_item(command, item, reason, base).await?;
            location
        }
    };
    visitor.flash(Tone::Ok, "The case was taken off the agenda.", None).await?;
    Ok(see(&location))
}
