//! Which case is presented at which meeting of the past.

use std::collections::BTreeSet;

use super::Invented;
use crate::demo::cast::Place;
use crate::demo::dice::Dice;
use crate::demo::sketch::{Path, Turn};

/// After so many meetings without it a case may be looked at again.
const LOOK_AGAIN: usize = 5;
/// So often a case is presented at most.
const OFTEN: usize = 3;
/// The first meetings have a new case each; then new ones come every few weeks.
const DENSE: usize = 5;

/// A case at a meeting of the past.
#[derive(Debug, Clone, Copy)]
pub(super) struct Presentation {
    /// The place of the meeting among those that its site has held.
    pub(super) slot: usize,
    pub(super) patient: usize,
    pub(super) turn: Turn,
    /// The first one of the case.
    pub(super) first: bool,
}

/// The presentations of a site that has held so many meetings; a case whose time would be after the last
/// of them has a slot beyond it.
pub(super) fn presentations(
    patients: &[Invented],
    place: Place,
    slots: usize,
    dice: &mut Dice,
) -> Vec<Presentation> {
    let mut discussed: Vec<(usize, &'static [Turn])> = Vec::new();
    for (index, patient) in patients.iter().enumerate() {
        match patient.sketch.path {
            Path::Discussed(turns) if patient.sketch.place == place => {
                discussed.push((index, turns));
            }
            _ => {}
        }
    }
    dice.shuffle(&mut discussed);
    // What waits for a signature was discussed at the latest meeting.
    discussed.sort_by_key(|(_, turns)| turns.contains(&Turn::Unsigned));
    let count = discussed.len();
    let mut presentations = Vec::new();
    for (place, (patient, turns)) in discussed.into_iter().enumerate() {
        let mut slot = first_slot(place, count, slots);
        let mut first = true;
        for turn in turns.iter().copied().filter(|turn| turn.is_presentation()) {
            presentations.push(Presentation { slot, patient, turn, first });
            slot += turn.interval();
            first = false;
        }
    }
    fill(patients, &mut presentations, slots);
    // A plan that only stands needs no meeting to say so; what was unsettled must come back.
    presentations.retain(|one| one.slot < slots || one.turn != Turn::Continue);
    presentations
}

/// The meeting at which the n-th case of a site is presented first.
fn first_slot(place: usize, count: usize, slots: usize) -> usize {
    if place < DENSE {
        return place;
    }
    let (rest, room) = (count.saturating_sub(DENSE).max(1), slots.saturating_sub(DENSE));
    // The last one is at the last meeting.
    DENSE + ((place - DENSE + 1) * room / rest).saturating_sub(1)
}

/// Gives meetings without a case one to look at again, as long as there are any.
fn fill(patients: &[Invented], presentations: &mut Vec<Presentation>, slots: usize) {
    for slot in 0..slots {
        if presentations.iter().any(|one| one.slot == slot) {
            continue;
        }
        let known: BTreeSet<usize> = presentations.iter().map(|one| one.patient).collect();
        let candidates = known.into_iter().filter(|patient| may_return(patients, *patient));
        let oldest = candidates
            .filter_map(|patient| {
                let of_patient = || presentations.iter().filter(|one| one.patient == patient);
                let last = of_patient().map(|one| one.slot).max()?;
                let free = of_patient().count() < OFTEN && last + LOOK_AGAIN <= slot;
                free.then_some((last, patient))
            })
            .min();
        if let Some((_, patient)) = oldest {
            let turn = Turn::Continue;
            presentations.push(Presentation { slot, patient, turn, first: false });
        }
    }
}

/// Whether a decision of the case can still stand later.
fn may_return(patients: &[Invented], patient: usize) -> bool {
    let path = patients.get(patient).map(|one| one.sketch.path);
    let Some(Path::Discussed(turns)) = path else { return false };
    turns.iter().all(|turn| {
        matches!(turn, Turn::Plan | Turn::Dissent | Turn::Continue | Turn::Amend(_))
            || turn.is_unsettled()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_cases_are_spread_over_all_meetings() {
        let slots: Vec<usize> = (0..16).map(|place| first_slot(place, 16, 24)).collect();
        assert_eq!(slots.first(), Some(&0));
        assert_eq!(slots.last(), Some(&23));
        assert!(slots.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
