//! From draft to signed. A failed guard says which one, in the words that the page shows.

use crate::coded::{Coded, coded};
use crate::ids::UserId;

coded! {
    /// Where a version of a decision stands.
    DecisionState, "decision state" {
        Draft = "draft", "Draft";
        ReadBack = "read_back", "Read back";
        Confirmed = "confirmed", "Confirmed";
        Signed = "signed", "Signed";
        Voided = "voided", "Voided";
    }
}

/// What stands in the way of a step of a decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// The decision is in a state that does not allow it.
    #[error("the decision is {}, so it cannot be {asked}", .state.label().to_lowercase())]
    State {
        /// Where it stands.
        state: DecisionState,
        /// What was asked, as a past participle.
        asked: &'static str,
    },
    /// The draft is not complete.
    #[error("the decision is not complete yet: {0} entries are missing or contradict each other")]
    Incomplete(usize),
    /// The evaluation is not that of the current assessment.
    #[error(
        "facts have changed: assessment {current} is current, the decision was drafted on assessment {drafted}"
    )]
    FactsChanged {
        /// The assessment it was drafted on.
        drafted: u32,
        /// The current one.
        current: u32,
    },
    /// The sentence is not the one that was read back.
    #[error("the decision was changed after it was read back: read it back again")]
    OtherSentence,
    /// A rule is recalled with severity `stop`.
    #[error("a rule behind this decision is recalled: {0}")]
    RuleRecalled(String),
    /// A reason is missing.
    #[error("say why the decision is {0}")]
    ReasonMissing(&'static str),
    /// Voiding takes two persons.
    #[error("voiding takes two persons, one of them a chair")]
    TwoPersons,
}

/// The facts that a decision was drafted on, and those of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactsGuard {
    /// The assessment of the draft.
    pub drafted: u32,
    /// The assessment up to which changes were accepted with a reason.
    pub accepted: Option<u32>,
    /// The current assessment.
    pub current: u32,
}

impl FactsGuard {
    /// Are the facts those of the draft, or accepted with a reason?
    ///
    /// # Errors
    /// [`DecisionError::FactsChanged`].
    pub fn check(self) -> Result<(), DecisionError> {
        if self.current == self.drafted || self.accepted == Some(self.current) {
            return Ok(());
        }
        Err(DecisionError::FactsChanged { drafted: self.drafted, current: self.current })
    }
}

/// Who asks for a decision to be voided, or agrees to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoidingPerson {
    /// Who.
    pub user: UserId,
    /// Are they a chair?
    pub chair: bool,
}

impl DecisionState {
    /// Nothing changes any more in this version.
    pub fn is_terminal(self) -> bool {
        self == Self::Voided
    }

    /// Is the version not signed yet?
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::ReadBack | Self::Confirmed)
    }

    /// Records a draft, for the first time or again before signing: what was read back or confirmed is
    /// that no longer.
    ///
    /// # Errors
    /// [`DecisionError::State`] once signed or voided.
    pub fn record(before: Option<Self>) -> Result<Self, DecisionError> {
        match before {
            None => Ok(Self::Draft),
            Some(state) if state.is_open() => Ok(Self::Draft),
            Some(state) => Err(DecisionError::State { state, asked: "changed; amend it instead" }),
        }
    }

    /// Reads the draft back; `problems` is the number that [`super::check`] found.
    ///
    /// # Errors
    /// [`DecisionError`] unless it is a complete draft on the facts of now, or on accepted ones.
    pub fn read_back(self, problems: usize, facts: FactsGuard) -> Result<Self, DecisionError> {
        if self != Self::Draft {
            return Err(DecisionError::State { state: self, asked: "read back" });
        }
        if problems > 0 {
            return Err(DecisionError::Incomplete(problems));
        }
        facts.check().map(|()| Self::ReadBack)
    }

    /// Confirms the sentence that was read back: the one shown to the person who confirms.
    ///
    /// # Errors
    /// [`DecisionError`] unless it was read back and is the same sentence.
    pub fn confirm(self, read_back: &str, shown: &str) -> Result<Self, DecisionError> {
        if self != Self::ReadBack {
            return Err(DecisionError::State { state: self, asked: "confirmed" });
        }
        if read_back != shown {
            return Err(DecisionError::OtherSentence);
        }
        Ok(Self::Confirmed)
    }

    /// Signs; `recalled` is the title of a rule that is recalled with severity `stop`.
    ///
    /// # Errors
    /// [`DecisionError`] unless it is confirmed, on the facts of now, under rules in force.
    pub fn sign(self, facts: FactsGuard, recalled: Option<&str>) -> Result<Self, DecisionError> {
        if self != Self::Confirmed {
            return Err(DecisionError::State { state: self, asked: "signed" });
        }
        facts.check()?;
        recalled.map_or(Ok(Self::Signed), |rule| Err(DecisionError::RuleRecalled(rule.to_owned())))
    }

    /// Begins an amendment: the signed version holds until the next one is signed. Gives the state of the
    /// next version.
    ///
    /// # Errors
    /// [`DecisionError`] unless it is signed and words are given.
    pub fn amend(self, words: &str) -> Result<Self, DecisionError> {
        if self != Self::Signed {
            return Err(DecisionError::State { state: self, asked: "amended" });
        }
        if words.trim().is_empty() {
            return Err(DecisionError::ReasonMissing("amended"));
        }
        Ok(Self::Draft)
    }

    /// Voids a signed decision, on the word of two persons.
    ///
    /// # Errors
    /// [`DecisionError`] unless it is signed, and asked for and agreed by two, one of them a chair.
    pub fn void(
        self,
        asked_by: VoidingPerson,
        agreed_by: VoidingPerson,
    ) -> Result<Self, DecisionError> {
        self.ask_to_void()?;
        if asked_by.user == agreed_by.user || !(asked_by.chair || agreed_by.chair) {
            return Err(DecisionError::TwoPersons);
        }
        Ok(Self::Voided)
    }

    /// The first of the two asks; nothing changes yet.
    ///
    /// # Errors
    /// [`DecisionError::State`] unless it is signed.
    pub fn ask_to_void(self) -> Result<(), DecisionError> {
        if self != Self::Signed {
            return Err(DecisionError::State { state: self, asked: "voided" });
        }
        Ok(())
    }

    /// Discards a draft.
    ///
    /// # Errors
    /// [`DecisionError`] unless it is a draft and a reason is given.
    pub fn discard(self, reason: &str) -> Result<(), DecisionError> {
        if self != Self::Draft {
            return Err(DecisionError::State { state: self, asked: "discarded" });
        }
        if reason.trim().is_empty() {
            return Err(DecisionError::ReasonMissing("discarded"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const SAME: FactsGuard = FactsGuard { drafted: 3, accepted: None, current: 3 };

    fn person(n: u128, chair: bool) -> VoidingPerson {
        VoidingPerson { user: Uuid::from_u128(n).into(), chair }
    }

    #[test]
    fn a_decision_is_recorded_read_back_confirmed_and_signed_in_this_order() {
        let draft = DecisionState::record(None).unwrap();
        let read = draft.read_back(0, SAME).unwrap();
        let confirmed = read.confirm("as said", "as said").unwrap();
        assert_eq!(confirmed.sign(SAME, None), Ok(DecisionState::Signed));
        assert!(draft.confirm("as said", "as said").is_err());
        assert!(draft.sign(SAME, None).is_err());
        assert!(read.sign(SAME, None).is_err());
    }

    #[test]
    fn a_change_before_signing_begins_again_and_after_it_is_an_amendment() {
        for state in [DecisionState::Draft, DecisionState::ReadBack, DecisionState::Confirmed] {
            assert_eq!(DecisionState::record(Some(state)), Ok(DecisionState::Draft));
        }
        assert_eq!(
            DecisionState::record(Some(DecisionState::Signed)).unwrap_err().to_string(),
            "the decision is signed, so it cannot be changed; amend it instead"
        );
        assert_eq!(DecisionState::Signed.amend("CT shows T9"), Ok(DecisionState::Draft));
        assert_eq!(DecisionState::Signed.amend(" "), Err(DecisionError::ReasonMissing("amended")));
    }

    #[test]
    fn every_failed_guard_is_named() {
        assert_eq!(DecisionState::Draft.read_back(2, SAME), Err(DecisionError::Incomplete(2)));
        let moved = FactsGuard { current: 4, ..SAME };
        assert_eq!(
            DecisionState::Draft.read_back(0, moved).unwrap_err().to_string(),
            "facts have changed: assessment 4 is current, the decision was drafted on assessment 3"
        );
        let accepted = FactsGuard { accepted: Some(4), ..moved };
        assert!(DecisionState::Draft.read_back(0, accepted).is_ok());
        assert!(DecisionState::Confirmed.sign(accepted, None).is_ok());
        let moved_again = FactsGuard { current: 5, ..accepted };
        assert!(DecisionState::Confirmed.sign(moved_again, None).is_err());
        assert_eq!(
            DecisionState::ReadBack.confirm("one", "another"),
            Err(DecisionError::OtherSentence)
        );
        assert!(DecisionState::Confirmed.sign(SAME, Some("Tomita (2001)")).is_err());
        assert_eq!(
            DecisionState::Draft.discard(""),
            Err(DecisionError::ReasonMissing("discarded"))
        );
        assert!(DecisionState::Draft.discard("wrong item").is_ok());
    }

    #[test]
    fn voiding_takes_two_persons_one_of_them_a_chair() {
        let void = |one, two| DecisionState::Signed.void(one, two);
        assert_eq!(void(person(1, true), person(2, false)), Ok(DecisionState::Voided));
        assert_eq!(void(person(1, true), person(1, true)), Err(DecisionError::TwoPersons));
        assert_eq!(void(person(1, false), person(2, false)), Err(DecisionError::TwoPersons));
        assert!(DecisionState::Draft.ask_to_void().is_err());
    }

    #[test]
    fn nothing_leaves_a_terminal_state() {
        let voided = DecisionState::Voided;
        assert!(voided.is_terminal());
        assert!(DecisionState::record(Some(voided)).is_err());
        assert!(voided.read_back(0, SAME).is_err());
        assert!(voided.confirm("a", "a").is_err());
        assert!(voided.sign(SAME, None).is_err());
        assert!(voided.amend("because").is_err());
        assert!(voided.discard("because").is_err());
        assert!(voided.void(person(1, true), person(2, true)).is_err());
    }
}
