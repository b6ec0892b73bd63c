//! A referral: one request to a meeting, locked as sent.

use crate::coded::{Coded, coded};

coded! {
    /// Where a referral stands. Before it is sent it is only a draft and has no state.
    ReferralState, "referral state" {
        Received = "received", "Received";
        Accepted = "accepted", "Accepted";
        Returned = "returned", "Returned to the sender";
        Redirected = "redirected", "Redirected";
        Withdrawn = "withdrawn", "Withdrawn";
    }
}

coded! {
    /// What can be done with a referral that waits for its answer.
    ReferralStep, "step of a referral" {
        Accept = "accept", "accepted";
        Return = "return", "returned";
        Redirect = "redirect", "redirected";
        Withdraw = "withdraw", "withdrawn";
    }
}

coded! {
    /// What the sender wants to know: `question_kind`.
    QuestionKind, "kind of question" {
        Diagnosis = "diagnosis", "Diagnosis";
        Stability = "stability", "Stability";
        Surgery = "surgery", "Surgery";
        Radiotherapy = "radiotherapy", "Radiotherapy";
        CombinedPlan = "combined_plan", "Combined plan";
        Pain = "pain", "Pain";
        SecondOpinion = "second_opinion", "Second opinion";
        Ratify = "ratify", "Ratify an out-of-meeting decision";
        Other = "other", "Other, in words";
    }
}

coded! {
    /// How a referral came.
    ReferralRoute, "referral route" {
        Form = "form", "Form";
        Phone = "phone", "Telephone, entered for the sender";
        Internal = "internal", "Internal";
    }
}

/// What stands in the way of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReferralError {
    /// The referral is past that.
    #[error("the referral is {}, so it can no longer be {}", .state.label().to_lowercase(), .step.label())]
    Past {
        /// Where it stands.
        state: ReferralState,
        /// What was asked.
        step: ReferralStep,
    },
    /// It was sent already.
    #[error("the referral is {} already: amend it, or send a new one", .0.label().to_lowercase())]
    SentAlready(ReferralState),
    /// The step needs a reason.
    #[error("say why the referral is {}", .0.label())]
    ReasonMissing(ReferralStep),
    /// An amendment needs a reason.
    #[error("say why the referral is amended")]
    AmendmentReasonMissing,
}

impl ReferralState {
    /// Is an answer still to come? What was redirected waits for the site that it was redirected to.
    pub fn waits(self) -> bool {
        matches!(self, Self::Received | Self::Redirected)
    }

    /// Sends a draft, or again what was returned.
    ///
    /// # Errors
    /// [`ReferralError::SentAlready`] in any other state.
    pub fn send(before: Option<Self>) -> Result<Self, ReferralError> {
        match before {
            None | Some(Self::Returned) => Ok(Self::Received),
            Some(state) => Err(ReferralError::SentAlready(state)),
        }
    }

    /// Takes a step; all but acceptance need a reason.
    ///
    /// # Errors
    /// [`ReferralError`] when the referral is past it or the reason is missing.
    pub fn take(self, step: ReferralStep, reason: &str) -> Result<Self, ReferralError> {
        if !self.waits() {
            return Err(ReferralError::Past { state: self, step });
        }
        if step != ReferralStep::Accept && reason.trim().is_empty() {
            return Err(ReferralError::ReasonMissing(step));
        }
        Ok(match step {
            ReferralStep::Accept => Self::Accepted,
            ReferralStep::Return => Self::Returned,
            ReferralStep::Redirect => Self::Redirected,
            ReferralStep::Withdraw => Self::Withdrawn,
        })
    }

    /// Amends: the original stays as it was sent, the state does not change.
    ///
    /// # Errors
    /// [`ReferralError::AmendmentReasonMissing`].
    pub fn amend(self, reason: &str) -> Result<Self, ReferralError> {
        if reason.trim().is_empty() {
            return Err(ReferralError::AmendmentReasonMissing);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_referral_that_waits_takes_a_step() {
        let waiting = [ReferralState::Received, ReferralState::Redirected];
        for state in ReferralState::all() {
            for step in ReferralStep::all() {
                let taken = state.take(*step, "because");
                assert_eq!(taken.is_ok(), waiting.contains(state), "{state} {step}");
            }
        }
        assert_eq!(
            ReferralState::Withdrawn.take(ReferralStep::Accept, "").unwrap_err().to_string(),
            "the referral is withdrawn, so it can no longer be accepted"
        );
    }

    #[test]
    fn every_step_but_acceptance_needs_a_reason() {
        let received = ReferralState::Received;
        assert_eq!(received.take(ReferralStep::Accept, ""), Ok(ReferralState::Accepted));
        for step in [ReferralStep::Return, ReferralStep::Redirect, ReferralStep::Withdraw] {
            assert_eq!(received.take(step, " "), Err(ReferralError::ReasonMissing(step)));
        }
        assert_eq!(received.amend(""), Err(ReferralError::AmendmentReasonMissing));
        assert_eq!(received.amend("date corrected"), Ok(received));
    }

    #[test]
    fn only_a_draft_and_what_was_returned_can_be_sent() {
        assert_eq!(ReferralState::send(None), Ok(ReferralState::Received));
        for state in ReferralState::all() {
            let sent = ReferralState::send(Some(*state));
            assert_eq!(sent.is_ok(), *state == ReferralState::Returned, "{state}");
        }
    }
}
