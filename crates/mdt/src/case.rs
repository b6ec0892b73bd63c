//! A case: one spinal-metastasis episode, open or closed.

use crate::coded::coded;

coded! {
    /// Whether anything can still be done in a case. Its stage on lists is derived, not a state.
    CaseState, "case state" {
        Open = "open", "Open";
        Closed = "closed", "Closed";
    }
}

coded! {
    /// Why a case is closed.
    CloseReason, "reason to close a case" {
        Completed = "completed", "Plan carried out, follow-up elsewhere";
        Died = "died", "Patient died";
        Moved = "moved", "Moved to another service";
        Withdrawn = "withdrawn", "Referral withdrawn";
        Duplicate = "duplicate", "Duplicate of another case";
        NotMetastasis = "not_metastasis", "Not a spinal metastasis";
    }
}

coded! {
    /// The class of urgency, most urgent first: the fact `urgency-class`. Whether the rules derive it from
    /// facts or a referrer states it, the codes are these.
    UrgencyClass, "urgency class" {
        U1 = "U1", "Emergency: cord compression";
        U2 = "U2", "Urgent: suspected spinal metastasis, no neurology";
        U3 = "U3", "Unstable or high-grade compression, no neurology";
        U4 = "U4", "Soon";
        U5 = "U5", "Routine";
    }
}

impl UrgencyClass {
    /// Is a change to `to` a lowering, which only a clinician or a chair may make?
    pub fn is_lowered_by(self, to: Self) -> bool {
        to > self
    }
}

/// What stands in the way of closing or reopening a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// It is on an agenda.
    #[error("the case is still on an agenda: take it through that meeting first")]
    OpenItem,
    /// A decision is being drafted.
    #[error("a decision of the case is not signed yet: sign or discard it first")]
    OpenDecision,
    /// Already closed.
    #[error("the case is closed: reopen it first")]
    Closed,
    /// Not closed.
    #[error("the case is open already")]
    Open,
    /// No reason given.
    #[error("say why the case is reopened")]
    ReasonMissing,
}

/// What may still be going on in a case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenWork {
    /// It is on an agenda that is not through.
    pub agenda_item: bool,
    /// It has a decision that is neither signed nor discarded.
    pub decision: bool,
}

impl CaseState {
    /// Closes the case.
    ///
    /// # Errors
    /// [`CaseError`] when it is closed or something in it is open.
    pub fn close(self, work: OpenWork) -> Result<Self, CaseError> {
        self.must_be_open()?;
        if work.agenda_item {
            return Err(CaseError::OpenItem);
        }
        if work.decision {
            return Err(CaseError::OpenDecision);
        }
        Ok(Self::Closed)
    }

    /// Reopens the case.
    ///
    /// # Errors
    /// [`CaseError`] when it is open or no reason is given.
    pub fn reopen(self, reason: &str) -> Result<Self, CaseError> {
        match self {
            Self::Open => Err(CaseError::Open),
            Self::Closed if reason.trim().is_empty() => Err(CaseError::ReasonMissing),
            Self::Closed => Ok(Self::Open),
        }
    }

    /// The guard of everything that works on a case.
    ///
    /// # Errors
    /// [`CaseError::Closed`].
    pub fn must_be_open(self) -> Result<(), CaseError> {
        match self {
            Self::Open => Ok(()),
            Self::Closed => Err(CaseError::Closed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_closes_only_when_nothing_in_it_is_open() {
        let none = OpenWork::default();
        assert_eq!(CaseState::Open.close(none), Ok(CaseState::Closed));
        assert_eq!(
            CaseState::Open.close(OpenWork { agenda_item: true, ..none }),
            Err(CaseError::OpenItem)
        );
        assert_eq!(
            CaseState::Open.close(OpenWork { decision: true, ..none }),
            Err(CaseError::OpenDecision)
        );
        assert_eq!(CaseState::Closed.close(none), Err(CaseError::Closed));
    }

    #[test]
    fn a_case_reopens_with_a_reason() {
        assert_eq!(CaseState::Closed.reopen("new pain"), Ok(CaseState::Open));
        assert_eq!(CaseState::Closed.reopen(" "), Err(CaseError::ReasonMissing));
        assert_eq!(CaseState::Open.reopen("new pain"), Err(CaseError::Open));
    }

    #[test]
    fn urgency_is_lowered_towards_routine() {
        assert!(UrgencyClass::U1.is_lowered_by(UrgencyClass::U3));
        assert!(!UrgencyClass::U4.is_lowered_by(UrgencyClass::U1));
        assert!(!UrgencyClass::U4.is_lowered_by(UrgencyClass::U4));
    }
}
