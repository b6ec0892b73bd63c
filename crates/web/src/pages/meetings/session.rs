//! Opening, closing and cancelling a meeting.

use axum::extract::State;
use axum::response::Response;
use mdt::permission::{Action, act};
use store::Begun;
use store::meetings::{cancel_meeting, close_meeting, open_meeting};

use super::agenda::require;
use super::show::refused;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked;
use crate::pages::see;
use crate::paths;
use crate::state::App;
use crate::view::Tone;
use crate::visitor::Visitor;

pub(super) async fn open(
    path: paths::MeetingOpening,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let id = asked::id(&path.id)?;
    let submission = form.submission()?;
    let begun =
        app.store.command_on_meeting::<act::MeetingRun>(&visitor.actor, id, submission).await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => open_meeting(command).await?.location,
    };
    visitor.flash(Tone::Ok, "The meeting is open.", None).await?;
    Ok(see(&location))
}

pub(super) async fn close(
    path: paths::MeetingClosing,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let id = asked::id(&path.id)?;
    let submission = form.submission()?;
    let begun =
        app.store.command_on_meeting::<act::MeetingRun>(&visitor.actor, id, submission).await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => close_meeting(command).await?.location,
    };
    visitor.flash(Tone::Ok, "The meeting is closed.", None).await?;
    Ok(see(&location))
}

pub(super) async fn cancel(
    path: paths::MeetingCancellation,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let id = asked::id(&path.id)?;
    let reason = form.value("reason");
    require(&app, &visitor, id, Action::MeetingPlan).await?;
    if let Some(problem) = asked::reason_problem(reason, "Say why the meeting is cancelled") {
        return refused(&app, &visitor, id, &form.input().with_problem("cancellation", problem))
            .await;
    }
    let submission = form.submission()?;
    let begun =
        app.store.command_on_meeting::<act::MeetingPlan>(&visitor.actor, id, submission).await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => cancel_meeting(command, reason).await?.location,
    };
    visitor.flash(Tone::Ok, "The meeting was cancelled; its cases are free again.", None).await?;
    Ok(see(&location))
}
