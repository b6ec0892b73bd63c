//! Answers to a referral: accepted, returned, redirected by the site that it is addressed to; withdrawn by
//! its sender.

use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::SiteId;
use mdt::permission::{Act, act};
use mdt::referral::ReferralStep;

use super::{NewState, add_state};
use crate::access::ReferralKey;
use crate::patients::acting_user;
use crate::{Command, Committed, StoreError};

/// The step of a referral whose right has a type of its own.
pub trait Step: Act {
    /// Steps that this right allows.
    fn allows(step: ReferralStep) -> bool;
}

impl Step for act::ReferralTriage {
    fn allows(step: ReferralStep) -> bool {
        step != ReferralStep::Withdraw
    }
}

impl Step for act::ReferralWithdraw {
    fn allows(step: ReferralStep) -> bool {
        step == ReferralStep::Withdraw
    }
}

/// Accepts, returns, redirects or withdraws a referral.
///
/// # Errors
/// [`StoreError::Refused`] when it is past that, or without a reason where one is needed.
pub async fn take_step<A: Step>(
    mut command: Command<A, ReferralKey>,
    step: ReferralStep,
    reason: &str,
    to_site: Option<SiteId>,
) -> Result<Committed, StoreError> {
    if !A::allows(step) {
        return Err(StoreError::Forbidden(A::ACTION));
    }
    let key = command.subject.clone();
    let (id, case) = (key.id, &key.case);
    let before = key.state;
    let after =
        before.take(step, reason).map_err(|error| StoreError::Refused(error.to_string()))?;
    let to_site = if step == ReferralStep::Redirect { Some(other(&key, to_site)?) } else { None };
    let (now, user) = (command.now(), acting_user(command.actor().user())?);
    let words = Some(reason.trim()).filter(|words| !words.is_empty());
    // Based on the state that was looked at: of two answers at once only the first is one.
    let state = NewState {
        site: case.site,
        referral: id,
        case: case.id,
        ordinal: key.state_ordinal + 1,
        state: after,
        reason: words,
        to_site,
        by: user,
        at: now,
    };
    let added = add_state(command.connection(), state).await;
    crate::error::on_constraint(added, "referral_state_pkey", || {
        StoreError::Refused("somebody else answered this referral a moment ago".to_owned())
    })?;
    let kind = match step {
        ReferralStep::Accept => EventKind::ReferralAccepted,
        ReferralStep::Return => EventKind::ReferralReturned,
        ReferralStep::Redirect => EventKind::ReferralRedirected,
        ReferralStep::Withdraw => EventKind::ReferralWithdrawn,
    };
    let mut event =
        Event::new(kind).subject(SubjectKind::Referral, id).case(case.id).patient(case.patient);
    if let Some(words) = words {
        event = event.private("reason", words);
    }
    if let Some(site) = to_site {
        event = event.data("to", site.to_string());
    }
    command.commit(event, "/referrals").await
}

/// The site of a redirection.
fn other(key: &ReferralKey, to_site: Option<SiteId>) -> Result<SiteId, StoreError> {
    match to_site {
        None => Err(StoreError::Refused("choose the site that the referral goes to".to_owned())),
        Some(site) if site == key.addressed => {
            Err(StoreError::Refused("the referral is addressed to that site already".to_owned()))
        }
        Some(site) => Ok(site),
    }
}
