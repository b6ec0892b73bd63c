//! What is laid down about an invented case, and what becomes of it.

use mdt::case::CloseReason;
use mdt::decision::{AmendReason, DeferralReason, StruckOffReason};
use mdt::person::Sex;

use super::cases::CASES;
use super::cast::Place;
use super::golden::GOLDEN;
use super::golden_lesions::GOLDEN_LESIONS;

/// An invented case. What is unknown in it is unknown in the record too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sketch {
    /// The id of a golden case, or one of our own.
    pub(super) id: &'static str,
    /// Whether the facts are those of a published golden case, so that its totals must come out.
    pub(super) golden: bool,
    pub(super) place: Place,
    /// By chance where the tumour leaves it open.
    pub(super) sex: Option<Sex>,
    pub(super) age: u32,
    /// The code of the primary tumour; empty while the result is awaited.
    pub(super) tumour: &'static str,
    /// How the diagnosis is known.
    pub(super) basis: &'static str,
    /// Whether the primary tumour is controlled.
    pub(super) primary: &'static str,
    pub(super) organs: Organs,
    pub(super) foci: Foci,
    pub(super) kps: Option<u32>,
    pub(super) frankel: Option<&'static str>,
    pub(super) imaged: Imaged,
    /// The index lesion first.
    pub(super) lesions: &'static [Lesion],
    /// Further answers, as a form posts them.
    pub(super) more: &'static [(&'static str, &'static str)],
    /// Words of the referral; a plain question where there are none.
    pub(super) question: &'static str,
    /// Cord compression: the referral is an emergency.
    pub(super) emergency: bool,
    /// Why the sender files it less urgent than its signs demand; empty where that is not so.
    pub(super) less_urgent: &'static str,
    pub(super) path: Path,
}

/// Metastases in organs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Organs {
    None,
    /// The reason code of the missing answer.
    Unknown(&'static str),
    /// Where; whether all can be removed; whether they can be treated.
    Present(&'static [&'static str], Option<bool>, Option<bool>),
}

/// Bone metastases outside the spine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Foci {
    Count(u32),
    AtLeast(u32),
    Unknown,
}

/// How much of the spine and the skeleton was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Imaged {
    /// All of it: the list of lesions is complete.
    Whole,
    /// A part: there may be more lesions.
    Partly,
}

/// A lesion at a level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lesion {
    pub(super) level: &'static str,
    pub(super) status: &'static str,
    /// The ESCC grade; `?` where it was not read.
    pub(super) escc: &'static str,
    /// Pain, bone lesion, alignment, collapse, posterolateral; `?` where an answer is missing.
    pub(super) sins: &'static str,
}

/// What becomes of a case.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path {
    /// The referral came so many days ago, or this hour, and nobody has answered.
    Waiting(i64),
    /// Sent back for want of information.
    Returned(&'static str),
    /// Passed on to the meeting of another site.
    Redirected(Place, &'static str),
    /// Taken back by the sender.
    Withdrawn(&'static str),
    /// Accepted; facts are still being gathered.
    Preparing,
    /// On the agenda of the next meeting.
    Listed,
    /// Discussed at past meetings, in this order.
    Discussed(&'static [Turn]),
}

/// One thing that happens to a case that is discussed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Discussed, a plan agreed and signed.
    Plan,
    /// As [`Turn::Plan`], and a member sees it differently.
    Dissent,
    /// As [`Turn::Plan`], confirmed but not signed yet.
    Unsigned,
    /// Deferred.
    Defer(DeferralReason),
    /// The plan depends on this test.
    Investigate(&'static str),
    /// Discussed again, the plan stands.
    Continue,
    /// Listed, not discussed.
    StandardOfCare,
    /// Handed over to this team.
    ReferOn(&'static str),
    /// Struck off the agenda.
    StrikeOff(StruckOffReason),
    /// The decision before is amended.
    Amend(AmendReason),
    /// The case is closed.
    Close(CloseReason),
}

impl Turn {
    /// Whether it takes place in a meeting.
    pub(super) const fn is_presentation(self) -> bool {
        !matches!(self, Self::Amend(_) | Self::Close(_))
    }

    /// After how many meetings the case comes back, when it does.
    pub(super) const fn interval(self) -> usize {
        match self {
            Self::Defer(_) => 1,
            Self::Investigate(_) => 2,
            _ => 7,
        }
    }

    /// Whether something was decided that can stand later.
    pub(super) const fn is_settled(self) -> bool {
        !self.is_unsettled() && !matches!(self, Self::StrikeOff(_))
    }

    /// Whether the meeting could not decide, so that the case must come back.
    pub(super) const fn is_unsettled(self) -> bool {
        matches!(self, Self::Defer(_) | Self::Investigate(_))
    }
}

/// What most sketches have in common.
pub(super) const BASE: Sketch = Sketch {
    id: "",
    golden: false,
    place: Place::Northfield,
    sex: None,
    age: 65,
    tumour: "",
    basis: "other-biopsy",
    primary: "controlled",
    organs: Organs::None,
    foci: Foci::Count(0),
    kps: Some(80),
    frankel: Some("E"),
    imaged: Imaged::Whole,
    lesions: &[],
    more: &[],
    question: "",
    emergency: false,
    less_urgent: "",
    path: Path::Discussed(&[Turn::Plan]),
};

/// A proven metastasis.
pub(super) const fn at(level: &'static str, escc: &'static str, sins: &'static str) -> Lesion {
    Lesion { level, status: "metastasis-proven", escc, sins }
}

/// A lesion of another status.
pub(super) const fn lesion(
    level: &'static str,
    status: &'static str,
    escc: &'static str,
    sins: &'static str,
) -> Lesion {
    Lesion { level, status, escc, sins }
}

/// All sketches, in the order in which they are laid down.
pub(super) fn all() -> Vec<Sketch> {
    GOLDEN.iter().chain(&GOLDEN_LESIONS).chain(&CASES).copied().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::demo::cast::PLACES;

    #[test]
    fn there_are_sixty_cases_each_with_an_id_and_lesions_of_its_own() {
        let sketches = all();
        let ids: BTreeSet<&str> = sketches.iter().map(|sketch| sketch.id).collect();
        assert_eq!((sketches.len(), ids.len()), (60, 60));
        for sketch in &sketches {
            let levels: BTreeSet<&str> = sketch.lesions.iter().map(|lesion| lesion.level).collect();
            assert!(!levels.is_empty() && levels.len() == sketch.lesions.len(), "{}", sketch.id);
            for lesion in sketch.lesions {
                assert_eq!(
                    lesion.sins.split_whitespace().count(),
                    5,
                    "{} {}",
                    sketch.id,
                    lesion.level
                );
            }
        }
    }

    #[test]
    fn every_site_has_cases_at_every_stage() {
        for place in PLACES {
            let paths: Vec<Path> = all()
                .iter()
                .filter(|sketch| sketch.place == place)
                .map(|sketch| sketch.path)
                .collect();
            let some = |wanted: fn(&Path) -> bool| paths.iter().any(wanted);
            assert!(some(|path| matches!(path, Path::Waiting(_))), "{place:?}");
            assert!(some(|path| matches!(path, Path::Preparing)), "{place:?}");
            assert!(some(|path| matches!(path, Path::Listed)), "{place:?}");
            assert!(
                paths.iter().filter(|path| matches!(path, Path::Discussed(_))).count() > 8,
                "{place:?}"
            );
        }
    }

    #[test]
    fn a_story_begins_with_a_presentation_and_nothing_follows_a_closed_case() {
        for sketch in all() {
            let Path::Discussed(turns) = sketch.path else { continue };
            assert!(turns.first().is_some_and(|turn| turn.is_presentation()), "{}", sketch.id);
            let closed = turns.iter().position(|turn| matches!(turn, Turn::Close(_)));
            assert!(closed.is_none_or(|place| place + 1 == turns.len()), "{}", sketch.id);
        }
    }
}
