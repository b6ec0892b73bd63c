//! Which protocol a case is evaluated under: the site's active one when its first assessment is saved, and
//! that one from then on, until a person asks for a newer one.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::display::{self, DateError};
use crate::ids::ProtocolVersionId;

/// A protocol that a site uses from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activation {
    /// Which.
    pub protocol: ProtocolVersionId,
    /// From when.
    pub active_from: DateTime<Utc>,
    /// The number of the activation at the site; on a tie of times the later one counts.
    pub ordinal: u32,
}

/// No protocol is active at the site: facts can be saved, nothing is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no protocol is active at this site: a rule steward of the site activates one")]
pub struct NoProtocol;

/// The activation in force at `at`: the one with the latest beginning not after it.
pub fn active_at(activations: &[Activation], at: DateTime<Utc>) -> Option<Activation> {
    activations
        .iter()
        .filter(|activation| activation.active_from <= at)
        .max_by_key(|activation| (activation.active_from, activation.ordinal))
        .copied()
}

/// The protocol of an assessment that is saved at `at`: the case's pin, or for its first assessment the
/// owner's active protocol, which becomes the pin.
///
/// # Errors
/// [`NoProtocol`] when the case has no pin and nothing is active.
pub fn protocol_for(
    pin: Option<ProtocolVersionId>,
    activations: &[Activation],
    at: DateTime<Utc>,
) -> Result<ProtocolVersionId, NoProtocol> {
    pin.or_else(|| active_at(activations, at).map(|activation| activation.protocol))
        .ok_or(NoProtocol)
}

/// What a page says about the pin of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinState {
    /// It is the site's active protocol, or nothing newer is active.
    Current,
    /// Another protocol is active now: offer to compare; only a person moves the pin.
    NewerActive(ProtocolVersionId),
    /// A rule of it is recalled with severity `stop`: ask for the move, to the active one if there is one.
    Recalled(Option<ProtocolVersionId>),
}

/// How the pin of a case stands at `at`; `recalled` says whether a rule of it is recalled `stop`.
pub fn pin_state(
    pin: ProtocolVersionId,
    recalled: bool,
    activations: &[Activation],
    at: DateTime<Utc>,
) -> PinState {
    let other = active_at(activations, at).map(|one| one.protocol).filter(|one| *one != pin);
    match (recalled, other) {
        (true, other) => PinState::Recalled(other),
        (false, Some(other)) => PinState::NewerActive(other),
        (false, None) => PinState::Current,
    }
}

/// The instant at which a day begins at a site: "from Monday" means Monday 00:00 there.
///
/// # Errors
/// [`DateError::Skipped`] where the clocks skip midnight.
pub fn start_of_day(day: NaiveDate, zone: Tz) -> Result<DateTime<Utc>, DateError> {
    display::instant_of(day.and_time(NaiveTime::MIN), zone)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> ProtocolVersionId {
        Uuid::from_u128(n).into()
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).unwrap()
    }

    fn activation(protocol: u128, from: i64, ordinal: u32) -> Activation {
        Activation { protocol: id(protocol), active_from: at(from), ordinal }
    }

    #[test]
    fn the_latest_beginning_counts_and_on_a_tie_the_later_ordinal() {
        let all = [activation(1, 0, 1), activation(3, 10, 3), activation(2, 10, 2)];
        assert_eq!(active_at(&all, at(-1)), None);
        assert_eq!(active_at(&all, at(9)).unwrap().protocol, id(1));
        assert_eq!(active_at(&all, at(10)).unwrap().protocol, id(3));
    }

    #[test]
    fn a_first_assessment_pins_and_later_ones_keep_the_pin() {
        let all = [activation(1, 0, 1), activation(2, 10, 2)];
        assert_eq!(protocol_for(None, &all, at(5)), Ok(id(1)));
        assert_eq!(protocol_for(Some(id(1)), &all, at(50)), Ok(id(1)));
        assert_eq!(protocol_for(None, &[], at(5)), Err(NoProtocol));
        assert_eq!(pin_state(id(1), false, &all, at(5)), PinState::Current);
        assert_eq!(pin_state(id(1), false, &all, at(50)), PinState::NewerActive(id(2)));
        assert_eq!(pin_state(id(2), true, &all, at(50)), PinState::Recalled(None));
        assert_eq!(pin_state(id(1), true, &all, at(50)), PinState::Recalled(Some(id(2))));
    }

    #[test]
    fn monday_begins_at_midnight_of_the_site() {
        let monday = NaiveDate::from_ymd_opt(2026, 6, 15).unwrap();
        let begins = start_of_day(monday, chrono_tz::Europe::London).unwrap();
        assert_eq!(begins.to_rfc3339(), "2026-06-14T23:00:00+00:00");
    }

    proptest! {
        #[test]
        fn the_order_of_the_rows_does_not_count(
            mut all in prop::collection::vec((0_u128..5, 0_i64..20, 0_u32..100), 0..8),
            now in 0_i64..20,
        ) {
            all.sort_by_key(|row| row.2);
            all.dedup_by_key(|row| row.2);
            let rows: Vec<Activation> =
                all.iter().map(|(protocol, from, ordinal)| activation(*protocol, *from, *ordinal)).collect();
            let reversed: Vec<Activation> = rows.iter().rev().copied().collect();
            prop_assert_eq!(active_at(&rows, at(now)), active_at(&reversed, at(now)));
        }
    }
}
