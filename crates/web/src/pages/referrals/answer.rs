//! Answers to a referral: accepted, returned, redirected by the coordinator or the chair of the site that
//! it is addressed to; withdrawn by its sender.

use axum::extract::State;
use axum::response::Response;
use mdt::ids::{ReferralId, SiteId};
use mdt::permission::act;
use mdt::referral::{ReferralState, ReferralStep};
use store::referrals::{self, Step};
use store::{Begun, StoreError};

use super::inbox::{self, Refused};
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::{id, reason_problem, refused};
use crate::pages::{invalid, see};
use crate::paths;
use crate::state::App;
use crate::view::{FormInput, Tone};
use crate::visitor::Visitor;

pub(super) async fn accept(
    path: paths::ReferralAcceptance,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    answer::<act::ReferralTriage>(&app, &visitor, &path.id, &form, ReferralStep::Accept).await
}

pub(super) async fn give_back(
    path: paths::ReferralReturn,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    answer::<act::ReferralTriage>(&app, &visitor, &path.id, &form, ReferralStep::Return).await
}

pub(super) async fn redirect(
    path: paths::ReferralRedirection,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    answer::<act::ReferralTriage>(&app, &visitor, &path.id, &form, ReferralStep::Redirect).await
}

pub(super) async fn withdraw(
    path: paths::ReferralWithdrawal,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    answer::<act::ReferralWithdraw>(&app, &visitor, &path.id, &form, ReferralStep::Withdraw).await
}

async fn answer<A: Step>(
    app: &App,
    visitor: &Visitor,
    text: &str,
    form: &PostedForm,
    step: ReferralStep,
) -> Result<Response, WebError> {
    let referral: ReferralId = id(text)?;
    let begun =
        app.store.command_on_referral::<A>(&visitor.actor, referral, form.submission()?).await?;
    let command = match begun {
        Begun::Repeated(location) => return Ok(see(&location)),
        Begun::Fresh(command) => command,
    };
    let to_site = match problems(visitor, command.subject.addressed, form, step) {
        Ok(to_site) => to_site,
        Err(input) => {
            drop(command);
            return again(app, visitor, referral, Refused { step, input }).await;
        }
    };
    match referrals::take_step(command, step, form.value("reason"), to_site).await {
        Ok(committed) => {
            visitor.flash(Tone::Ok, done(step), None).await?;
            Ok(see(&committed.location))
        }
        // An acceptance has nothing to keep: the page says what stands in the way.
        Err(error @ StoreError::Refused(_)) if step != ReferralStep::Accept => {
            let input = refused(form.input(), error)?;
            again(app, visitor, referral, Refused { step, input }).await
        }
        Err(error) => Err(error.into()),
    }
}

fn done(step: ReferralStep) -> &'static str {
    match step {
        ReferralStep::Accept => "The referral was accepted.",
        ReferralStep::Return => "The referral was returned to its sender.",
        ReferralStep::Redirect => "The referral was redirected.",
        ReferralStep::Withdraw => "The referral was withdrawn.",
    }
}

/// The site it goes to, of a redirection; or what is wrong with the answer.
fn problems(
    visitor: &Visitor,
    addressed: SiteId,
    form: &PostedForm,
    step: ReferralStep,
) -> Result<Option<SiteId>, FormInput> {
    let missing = match step {
        ReferralStep::Accept => return Ok(None),
        ReferralStep::Return => "Say what is missing, and from whom",
        ReferralStep::Redirect => "Say why it is theirs",
        ReferralStep::Withdraw => "Say why it is withdrawn",
    };
    let mut input = form.input();
    let mut to_site = None;
    if step == ReferralStep::Redirect {
        let typed = form.value("site").parse().ok();
        to_site = typed.filter(|site| *site != addressed && visitor.sites.get(*site).is_some());
        if to_site.is_none() {
            input = input.with_problem("site", "Choose the site that it goes to");
        }
    }
    if let Some(problem) = reason_problem(form.value("reason"), missing) {
        input = input.with_problem("reason", problem);
    }
    if input.problems.is_empty() { Ok(to_site) } else { Err(input) }
}

async fn again(
    app: &App,
    visitor: &Visitor,
    referral: ReferralId,
    refused: Refused,
) -> Result<Response, WebError> {
    invalid(
        &inbox::filled(app, visitor, ReferralState::Received, Some(referral), Some(refused))
            .await?,
    )
}
