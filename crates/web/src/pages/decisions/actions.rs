//! Marking an action of a signed decision as done.

use axum::extract::State;
use axum::response::Response;
use mdt::ids::ActionId;
use mdt::permission::act;
use store::decisions::complete_action;

use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::{case_number, id};
use crate::pages::begin::on_case;
use crate::pages::see;
use crate::paths;
use crate::state::App;
use crate::view::Tone;
use crate::visitor::Visitor;

pub(super) async fn complete(
    path: paths::ActionCompletion,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let action: ActionId = id(&path.id)?;
    // Back to where the button was: the worklist, or the decision.
    let back = match form.value("from") {
        "worklist" => "/".to_owned(),
        _ => format!("/cases/{number}/decision"),
    };
    let location =
        on_case::<act::ActionComplete, _>(&app, &visitor, &number, form.submission()?, |command| {
            complete_action(command, action, &back)
        })
        .await?;
    visitor.flash(Tone::Ok, "The action is done.", None).await?;
    Ok(see(&location))
}
