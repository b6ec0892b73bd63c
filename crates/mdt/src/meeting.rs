//! A meeting, its duties and the items of its agenda.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::TimeDelta;

use crate::case::CaseState;
use crate::coded::{Coded, coded};
use crate::decision::OutcomeKind;
use crate::ids::UserId;
use crate::role::Duty;

/// A meeting lasts this long at most: a longer one is a slip in the times.
pub const LONGEST: TimeDelta = TimeDelta::hours(12);

/// How many cases a meeting can have time for.
pub const CAPACITY: RangeInclusive<u32> = 1..=60;

coded! {
    /// Where a meeting stands.
    MeetingState, "meeting state" {
        Planned = "planned", "Planned";
        InSession = "in_session", "In session";
        Closed = "closed", "Closed";
        Cancelled = "cancelled", "Cancelled";
    }
}

coded! {
    /// Where an item of an agenda stands.
    ItemState, "agenda item state" {
        Proposed = "proposed", "Proposed";
        Listed = "listed", "Listed";
        Open = "open", "Being discussed";
        Decided = "decided", "Decided";
        SocNoted = "soc_noted", "Standard of care noted";
        Deferred = "deferred", "Deferred";
        StruckOff = "struck_off", "Struck off";
        RolledOver = "rolled_over", "Rolled over";
        Removed = "removed", "Removed";
    }
}

/// What stands in the way of a step of a meeting or an item. The messages are shown as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeetingError {
    /// The meeting is in a state that does not allow it.
    #[error("the meeting is {}, so it cannot be {asked}", .state.label().to_lowercase())]
    State {
        /// Where it stands.
        state: MeetingState,
        /// What was asked, as a past participle.
        asked: &'static str,
    },
    /// Items without an outcome.
    #[error("these cases have no outcome yet: {}", .0.join(", "))]
    ItemsOpen(Vec<String>),
    /// No reason given.
    #[error("say why the meeting is cancelled")]
    ReasonMissing,
    /// The item is in a state that does not allow it.
    #[error("on this agenda the case is {}, so it cannot be {asked}", .state.label().to_lowercase())]
    Item {
        /// Where it stands.
        state: ItemState,
        /// What was asked, as a past participle.
        asked: &'static str,
    },
    /// The case is closed.
    #[error("the case is closed: reopen it before it goes on an agenda")]
    CaseClosed,
    /// The case is on another open agenda.
    #[error("the case is on the agenda of another meeting: {0}")]
    OnOtherAgenda(String),
    /// The meeting has not been opened.
    #[error("the meeting has not been opened: its chair or scribe opens it first")]
    NotOpened,
}

impl MeetingState {
    /// Nothing changes any more.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled)
    }

    /// Opens the sitting.
    ///
    /// # Errors
    /// [`MeetingError::State`] unless it is planned.
    pub fn open(self) -> Result<Self, MeetingError> {
        self.must_be_planned("opened").map(|()| Self::InSession)
    }

    /// Closes the sitting.
    ///
    /// # Errors
    /// [`MeetingError`] unless it is in session and every item has an outcome; `items` are the case
    /// numbers with their states.
    pub fn close(self, items: &[(String, ItemState)]) -> Result<Self, MeetingError> {
        if self != Self::InSession {
            return Err(MeetingError::State { state: self, asked: "closed" });
        }
        let open: Vec<String> = items
            .iter()
            .filter(|(_, state)| !state.is_terminal())
            .map(|(number, _)| number.clone())
            .collect();
        if open.is_empty() { Ok(Self::Closed) } else { Err(MeetingError::ItemsOpen(open)) }
    }

    /// Cancels a meeting that has not begun.
    ///
    /// # Errors
    /// [`MeetingError`] unless it is planned and a reason is given.
    pub fn cancel(self, reason: &str) -> Result<Self, MeetingError> {
        self.must_be_planned("cancelled")?;
        if reason.trim().is_empty() {
            return Err(MeetingError::ReasonMissing);
        }
        Ok(Self::Cancelled)
    }

    /// The guard of everything that changes an agenda.
    ///
    /// # Errors
    /// [`MeetingError::State`] once the meeting is closed or cancelled.
    pub fn must_take_items(self) -> Result<(), MeetingError> {
        if self.is_terminal() {
            return Err(MeetingError::State { state: self, asked: "given other cases" });
        }
        Ok(())
    }

    fn must_be_planned(self, asked: &'static str) -> Result<(), MeetingError> {
        if self == Self::Planned { Ok(()) } else { Err(MeetingError::State { state: self, asked }) }
    }
}

/// What listing a case depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<'a> {
    /// The meeting's state.
    pub meeting: MeetingState,
    /// The case's state.
    pub case: CaseState,
    /// The other meeting on whose open agenda the case is, as people call it.
    pub other_agenda: Option<&'a str>,
}

impl Listing<'_> {
    fn check(&self) -> Result<(), MeetingError> {
        self.meeting.must_take_items()?;
        self.case.must_be_open().map_err(|_| MeetingError::CaseClosed)?;
        self.other_agenda.map_or(Ok(()), |name| Err(MeetingError::OnOtherAgenda(name.to_owned())))
    }
}

impl ItemState {
    /// The item has its outcome; nothing changes any more.
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Proposed | Self::Listed | Self::Open)
    }

    /// Proposes a case.
    ///
    /// # Errors
    /// [`MeetingError`] when the meeting is over, the case is closed or on another open agenda.
    pub fn propose(listing: &Listing<'_>) -> Result<Self, MeetingError> {
        listing.check().map(|()| Self::Proposed)
    }

    /// Lists a case, proposed before or not; one that was taken off this agenda may come back to it.
    ///
    /// # Errors
    /// As for [`ItemState::propose`], and when it is listed already.
    pub fn list(before: Option<Self>, listing: &Listing<'_>) -> Result<Self, MeetingError> {
        listing.check()?;
        match before {
            None | Some(Self::Proposed | Self::Removed) => Ok(Self::Listed),
            Some(state) => Err(MeetingError::Item { state, asked: "listed" }),
        }
    }

    /// Takes a case off an agenda before it is discussed.
    ///
    /// # Errors
    /// [`MeetingError`] when the meeting is over or the item has been opened.
    pub fn remove(self, meeting: MeetingState) -> Result<Self, MeetingError> {
        meeting.must_take_items()?;
        match self {
            Self::Proposed | Self::Listed => Ok(Self::Removed),
            state => Err(MeetingError::Item { state, asked: "removed" }),
        }
    }

    /// What becomes of the item when its meeting is cancelled: the case is free for another agenda.
    #[must_use]
    pub fn roll_over(self) -> Self {
        if self.is_terminal() { self } else { Self::RolledOver }
    }

    /// Begins the discussion: the first record of a decision does so. An open item stays open.
    ///
    /// # Errors
    /// [`MeetingError`] unless the meeting is in session and the item is listed or open.
    pub fn begin(self, meeting: MeetingState) -> Result<Self, MeetingError> {
        match (meeting, self) {
            (MeetingState::Planned, _) => Err(MeetingError::NotOpened),
            (MeetingState::InSession, Self::Listed | Self::Open) => Ok(Self::Open),
            (MeetingState::InSession, state) => {
                Err(MeetingError::Item { state, asked: "discussed" })
            }
            (state, _) => Err(MeetingError::State { state, asked: "used to discuss a case" }),
        }
    }

    /// Ends the discussion when the outcome is confirmed.
    ///
    /// # Errors
    /// [`MeetingError::Item`] unless the item is open.
    pub fn conclude(self, outcome: OutcomeKind) -> Result<Self, MeetingError> {
        if self != Self::Open {
            return Err(MeetingError::Item { state: self, asked: "given an outcome" });
        }
        Ok(match outcome {
            OutcomeKind::SocApplied => Self::SocNoted,
            OutcomeKind::Defer => Self::Deferred,
            OutcomeKind::StruckOff => Self::StruckOff,
            _ => Self::Decided,
        })
    }
}

/// The duties of a user in a meeting. The chair of the meeting is the nominated clinician as long as
/// nobody else is named.
pub fn duties_of(user: UserId, rows: &[(Duty, UserId)]) -> BTreeSet<Duty> {
    let mut duties: BTreeSet<Duty> =
        rows.iter().filter(|(_, who)| *who == user).map(|(duty, _)| *duty).collect();
    let nominated = rows.iter().any(|(duty, _)| *duty == Duty::NominatedClinician);
    if !nominated && duties.contains(&Duty::Chair) {
        duties.insert(Duty::NominatedClinician);
    }
    duties
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn listing(case: CaseState) -> Listing<'static> {
        Listing { meeting: MeetingState::Planned, case, other_agenda: None }
    }

    #[test]
    fn nothing_is_discussed_after_a_terminal_state() {
        for state in ItemState::all().iter().filter(|state| state.is_terminal()) {
            assert!(state.begin(MeetingState::InSession).is_err());
            let listed_again = ItemState::list(Some(*state), &listing(CaseState::Open));
            assert_eq!(listed_again.is_ok(), *state == ItemState::Removed);
            assert!(state.remove(MeetingState::Planned).is_err());
            assert_eq!(state.roll_over(), *state);
            for outcome in OutcomeKind::all() {
                assert!(state.conclude(*outcome).is_err());
            }
        }
        for state in [MeetingState::Closed, MeetingState::Cancelled] {
            assert!(state.open().is_err());
            assert!(state.close(&[]).is_err());
            assert!(state.cancel("because").is_err());
            assert!(state.must_take_items().is_err());
        }
    }

    #[test]
    fn a_meeting_closes_only_when_every_case_has_an_outcome() {
        let session = MeetingState::Planned.open().unwrap();
        let items = [
            ("NF-2026-0001".to_owned(), ItemState::Decided),
            ("NF-2026-0002".to_owned(), ItemState::Listed),
        ];
        assert_eq!(
            session.close(&items).unwrap_err().to_string(),
            "these cases have no outcome yet: NF-2026-0002"
        );
        assert_eq!(session.close(&items[..1]), Ok(MeetingState::Closed));
    }

    #[test]
    fn a_case_is_listed_once_and_only_while_open() {
        assert_eq!(
            ItemState::propose(&listing(CaseState::Closed)).unwrap_err(),
            MeetingError::CaseClosed
        );
        let elsewhere =
            Listing { other_agenda: Some("Eastmoor, 16-Jun-2026"), ..listing(CaseState::Open) };
        assert_eq!(
            ItemState::list(None, &elsewhere).unwrap_err().to_string(),
            "the case is on the agenda of another meeting: Eastmoor, 16-Jun-2026"
        );
        let proposed = ItemState::propose(&listing(CaseState::Open)).unwrap();
        let listed = ItemState::list(Some(proposed), &listing(CaseState::Open)).unwrap();
        assert_eq!(
            ItemState::list(Some(listed), &listing(CaseState::Open)).unwrap_err().to_string(),
            "on this agenda the case is listed, so it cannot be listed"
        );
    }

    #[test]
    fn a_case_is_discussed_in_session_and_ends_by_its_outcome() {
        assert_eq!(ItemState::Listed.begin(MeetingState::Planned), Err(MeetingError::NotOpened));
        assert!(ItemState::Proposed.begin(MeetingState::InSession).is_err());
        let open = ItemState::Listed.begin(MeetingState::InSession).unwrap();
        assert_eq!(open.begin(MeetingState::InSession), Ok(ItemState::Open));
        assert_eq!(open.conclude(OutcomeKind::TreatmentPlan), Ok(ItemState::Decided));
        assert_eq!(open.conclude(OutcomeKind::Defer), Ok(ItemState::Deferred));
        assert_eq!(open.conclude(OutcomeKind::StruckOff), Ok(ItemState::StruckOff));
        assert_eq!(open.conclude(OutcomeKind::SocApplied), Ok(ItemState::SocNoted));
    }

    #[test]
    fn a_case_leaves_an_agenda_only_before_it_is_discussed() {
        assert_eq!(ItemState::Listed.remove(MeetingState::Planned), Ok(ItemState::Removed));
        assert!(ItemState::Open.remove(MeetingState::InSession).is_err());
        assert!(ItemState::Listed.remove(MeetingState::Closed).is_err());
        assert_eq!(ItemState::Listed.roll_over(), ItemState::RolledOver);
    }

    #[test]
    fn the_chair_is_the_nominated_clinician_until_another_is() {
        let (chair, other) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into());
        let rows = [(Duty::Chair, chair)];
        assert!(duties_of(chair, &rows).contains(&Duty::NominatedClinician));
        let rows = [(Duty::Chair, chair), (Duty::NominatedClinician, other)];
        assert!(!duties_of(chair, &rows).contains(&Duty::NominatedClinician));
        assert!(duties_of(other, &rows).contains(&Duty::NominatedClinician));
    }
}
