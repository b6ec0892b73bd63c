//! Changing the urgency of a case after its referral was sent. The old class and what was due under it
//! stay in the history; a class is lowered only by a clinician or a chair, never by the program.

use chrono::{DateTime, Utc};

use crate::case::UrgencyClass;
use crate::coded::{Coded, coded};
use crate::referral::ReferralState;

coded! {
    /// Why the urgency changes.
    UrgencyReason, "reason to change the urgency" {
        NewSign = "new_sign", "New or worse symptom or sign";
        Imaging = "imaging", "Result of imaging";
        Reassessed = "reassessed", "Assessed again, nothing new";
        EnteredWrongly = "entered_wrongly", "Entered wrongly";
        Other = "other", "Other, in words";
    }
}

/// A change of urgency that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrgencyChange {
    /// The new class.
    pub to: UrgencyClass,
    /// Why.
    pub reason: UrgencyReason,
    /// Why in words; empty where the reason says enough.
    pub words: String,
    /// Since when the new class holds, of a raised one: the first suspicion of what raised it. Its clock
    /// starts then.
    pub since: Option<DateTime<Utc>>,
}

/// What stands in the way of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrgencyError {
    /// It has that class.
    #[error("the urgency is {} already", .0.code())]
    Same(UrgencyClass),
    /// The referral is past that.
    #[error("the referral is {}: its urgency counts no more", .0.label().to_lowercase())]
    Over(ReferralState),
    /// A lower class needs words, and so does a reason that has none of its own.
    #[error("say in words why the urgency is {}", if *.lowers { "lowered" } else { "changed" })]
    WordsMissing {
        /// The class is lowered.
        lowers: bool,
    },
    /// A higher class needs the start of its clock.
    #[error("say since when: the clock starts then")]
    SinceMissing,
    /// It cannot start later than now.
    #[error("the start of the clock is in the future")]
    SinceInFuture,
}

impl UrgencyChange {
    /// Whether the class `before` of a referral in that state may be changed so, at `now`.
    ///
    /// # Errors
    /// [`UrgencyError`] names the first thing in the way.
    pub fn check(
        &self,
        before: UrgencyClass,
        state: ReferralState,
        now: DateTime<Utc>,
    ) -> Result<(), UrgencyError> {
        if matches!(state, ReferralState::Withdrawn | ReferralState::Returned) {
            return Err(UrgencyError::Over(state));
        }
        if self.to == before {
            return Err(UrgencyError::Same(before));
        }
        let lowers = before.is_lowered_by(self.to);
        let in_words = lowers || self.reason == UrgencyReason::Other;
        if in_words && self.words.trim().is_empty() {
            return Err(UrgencyError::WordsMissing { lowers });
        }
        match self.since {
            None if !lowers => Err(UrgencyError::SinceMissing),
            Some(since) if since > now => Err(UrgencyError::SinceInFuture),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-06-15T07:25:00Z";

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn to(class: UrgencyClass) -> UrgencyChange {
        UrgencyChange {
            to: class,
            reason: UrgencyReason::NewSign,
            words: String::new(),
            since: Some(at("2026-06-15T06:50:00Z")),
        }
    }

    fn checked(change: &UrgencyChange, before: UrgencyClass) -> Result<(), UrgencyError> {
        change.check(before, ReferralState::Accepted, at(NOW))
    }

    #[test]
    fn a_raised_class_says_since_when() {
        let raised = to(UrgencyClass::U1);
        assert_eq!(checked(&raised, UrgencyClass::U3), Ok(()));
        let without = UrgencyChange { since: None, ..raised.clone() };
        assert_eq!(checked(&without, UrgencyClass::U3), Err(UrgencyError::SinceMissing));
        let ahead = UrgencyChange { since: Some(at("2026-06-15T07:26:00Z")), ..raised };
        assert_eq!(checked(&ahead, UrgencyClass::U3), Err(UrgencyError::SinceInFuture));
    }

    #[test]
    fn a_lowered_class_and_another_reason_need_words() {
        let lowered = UrgencyChange { since: None, ..to(UrgencyClass::U3) };
        let refused = checked(&lowered, UrgencyClass::U1).unwrap_err();
        assert_eq!(refused.to_string(), "say in words why the urgency is lowered");
        let said = UrgencyChange { words: "Cord compression excluded".to_owned(), ..lowered };
        assert_eq!(checked(&said, UrgencyClass::U1), Ok(()));
        let other = UrgencyChange { reason: UrgencyReason::Other, ..to(UrgencyClass::U1) };
        let refused = checked(&other, UrgencyClass::U3).unwrap_err();
        assert_eq!(refused.to_string(), "say in words why the urgency is changed");
    }

    #[test]
    fn a_class_changes_to_another_one_while_the_referral_counts() {
        let refused = checked(&to(UrgencyClass::U1), UrgencyClass::U1).unwrap_err();
        assert_eq!(refused.to_string(), "the urgency is U1 already");
        for state in ReferralState::all() {
            let over = matches!(state, ReferralState::Withdrawn | ReferralState::Returned);
            let changed = to(UrgencyClass::U1).check(UrgencyClass::U5, *state, at(NOW));
            assert_eq!(changed.is_err(), over, "{state}");
        }
    }
}
