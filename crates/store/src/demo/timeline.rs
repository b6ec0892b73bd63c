//! Everything that happens, in the order in which it happens: worked out before the first command runs.

mod agenda;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use mdt::case::CloseReason;
use mdt::decision::AmendReason;
use mdt::display;
use mdt::referral::ReferralStep;

use self::agenda::{Presentation, presentations};
use super::calendar::{Fate, Sitting, ZONE, at, beginning, sittings, working_day};
use super::cast::{PLACES, Place, Who};
use super::dice::Dice;
use super::facts::Slice;
use super::letter::is_pressing;
use super::names::Registry;
use super::sketch::{Path, Sketch, Turn, all};
use crate::StoreError;
use crate::patients::Particulars;

/// Nobody comes before the sites have been set up.
const SET_UP: TimeDelta = TimeDelta::minutes(60);
/// Nothing that was planned ahead happens in the last hours, which belong to what comes in.
const QUIET: TimeDelta = TimeDelta::minutes(150);
/// Minutes from one case of a meeting to the next.
const PER_CASE: i64 = 11;

/// Why a case comes onto an agenda that is complete.
const LATE: &str = "Emergency: cord compression, came in after the agenda was complete.";

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    SignIn(Who),
    Plan(usize),
    Cancel(usize, &'static str),
    Open(usize),
    Close(usize),
    Register(usize),
    /// A referral, the first or a later one.
    Refer(usize),
    Answer(usize, ReferralStep, &'static str),
    Assess(usize, Slice),
    List(usize, usize, Option<&'static str>),
    Discuss(usize, usize, Turn),
    Amend(usize, AmendReason),
    CloseCase(usize, CloseReason),
}

/// A patient of the demonstration.
#[derive(Debug, Clone)]
pub(super) struct Invented {
    pub(super) sketch: Sketch,
    pub(super) particulars: Particulars,
}

/// The whole story.
#[derive(Debug)]
pub(super) struct Timeline {
    pub(super) begins_at: DateTime<Utc>,
    pub(super) sittings: Vec<Sitting>,
    pub(super) patients: Vec<Invented>,
    /// In time order.
    pub(super) steps: Vec<(DateTime<Utc>, Step)>,
}

struct Builder {
    as_of: DateTime<Utc>,
    begins_at: DateTime<Utc>,
    sittings: Vec<Sitting>,
    patients: Vec<Invented>,
    dice: Dice,
    steps: Vec<(DateTime<Utc>, Step)>,
}

/// Works out the story of a seed up to an instant.
///
/// # Errors
/// When the invented names run out.
pub(super) fn build(seed: u64, as_of: DateTime<Utc>) -> Result<Timeline, StoreError> {
    let mut dice = Dice::new(seed);
    let mut registry = Registry::new(&mut dice, display::day_of(as_of, ZONE));
    let mut patients = Vec::new();
    for sketch in all() {
        let particulars = registry.particulars(&sketch, &mut dice)?;
        patients.push(Invented { sketch, particulars });
    }
    let begins_at = beginning(as_of);
    let sittings = sittings(as_of);
    let mut builder = Builder { as_of, begins_at, sittings, patients, dice, steps: Vec::new() };
    for place in PLACES {
        builder.site(place);
    }
    builder.steps.push((as_of, Step::SignIn(Who::Castellano)));
    let Builder { sittings, patients, mut steps, .. } = builder;
    steps.sort_by_key(|(at, _)| *at);
    Ok(Timeline { begins_at, sittings, patients, steps })
}

impl Builder {
    fn site(&mut self, place: Place) {
        let of_fate = |fate| {
            let sittings = self.sittings.iter().enumerate();
            let wanted = sittings.filter(|(_, one)| one.place == place && one.fate == fate);
            wanted.map(|(index, _)| index).collect::<Vec<usize>>()
        };
        let (held, holidays, coming) =
            (of_fate(Fate::Held), of_fate(Fate::Holiday), of_fate(Fate::Coming));
        let presentations = presentations(&self.patients, place, held.len(), &mut self.dice);
        let mut agendas: BTreeMap<usize, Vec<Presentation>> = BTreeMap::new();
        for one in presentations {
            if let Some(sitting) = held.get(one.slot) {
                self.prepare(&one, *sitting);
                agendas.entry(*sitting).or_default().push(one);
            } else if let Some(next) = coming.first() {
                self.return_to(one.patient, *next);
            }
        }
        for sitting in held.into_iter().chain(holidays) {
            self.hold(sitting, agendas.get(&sitting).map_or(&[], Vec::as_slice));
        }
        for sitting in &coming {
            self.plan(*sitting);
        }
        self.newcomers(place, coming.first().copied());
    }

    fn sitting(&self, index: usize) -> Option<Sitting> {
        self.sittings.get(index).copied()
    }

    fn emergency(&self, patient: usize) -> bool {
        self.patients.get(patient).is_some_and(|one| one.sketch.emergency)
    }

    /// What happens to a case before a meeting that is past, and after it until the next.
    fn prepare(&mut self, one: &Presentation, sitting: usize) {
        match (one.first, self.emergency(one.patient)) {
            (true, true) => self.rush(one.patient, sitting),
            (true, false) => self.arrive(one.patient, sitting),
            (false, _) => self.return_to(one.patient, sitting),
        }
        let turns = match self.patients.get(one.patient).map(|patient| patient.sketch.path) {
            Some(Path::Discussed(turns)) => turns,
            _ => &[],
        };
        let Some(Sitting { ends_at, .. }) = self.sitting(sitting) else { return };
        let day = display::day_of(ends_at, ZONE);
        let place = turns.iter().position(|turn| *turn == one.turn);
        match place.and_then(|place| turns.get(place + 1)) {
            Some(Turn::Amend(reason)) if one.first => {
                self.later(at(working_day(day, 3), (10, 5)), Step::Amend(one.patient, *reason));
            }
            Some(Turn::Close(reason)) => {
                self.later(
                    at(working_day(day, 21), (15, 40)),
                    Step::CloseCase(one.patient, *reason),
                );
            }
            _ => {}
        }
    }

    /// Something that happens unless the demonstration ends before.
    fn later(&mut self, at: DateTime<Utc>, step: Step) {
        if at < self.as_of - QUIET {
            self.steps.push((at, step));
        }
    }

    fn chain(&self) -> Chain {
        Chain {
            earliest: self.begins_at + SET_UP,
            latest: self.as_of - QUIET,
            cursor: self.begins_at,
            steps: Vec::new(),
        }
    }

    /// From the referral to the agenda, over the days before a meeting.
    fn arrive(&mut self, patient: usize, sitting: usize) {
        let Some(Sitting { starts_at, .. }) = self.sitting(sitting) else { return };
        let meeting = display::day_of(starts_at, ZONE);
        // Whoever loses strength under a pressed cord does not wait for a week: all on one day.
        let pressing = self.patients.get(patient).is_some_and(|one| is_pressing(&one.sketch));
        let mut chain = self.chain();
        let mut step = |days: i64, time: (u32, u32), step: Step| {
            let days = if pressing { days.min(4) } else { days };
            let by_chance = TimeDelta::minutes(self.dice.few(45));
            chain.add(at(working_day(meeting, -days), time) + by_chance, step);
        };
        step(10, (9, 20), Step::Register(patient));
        step(10, (10, 5), Step::Refer(patient));
        step(9, (10, 50), Step::Answer(patient, ReferralStep::Accept, ""));
        step(7, (11, 30), Step::Assess(patient, Slice::Notes));
        if self.patients.get(patient).is_some_and(|one| one.sketch.place == Place::Northfield) {
            step(6, (16, 0), Step::Assess(patient, Slice::Images));
            step(6, (16, 50), Step::Assess(patient, Slice::Patient));
        } else {
            step(6, (15, 30), Step::Assess(patient, Slice::Both));
        }
        step(5, (17, 30), Step::List(patient, sitting, None));
        self.steps.append(&mut chain.steps);
    }

    /// An emergency comes the evening before, when the agenda is complete.
    fn rush(&mut self, patient: usize, sitting: usize) {
        let Some(Sitting { starts_at, .. }) = self.sitting(sitting) else { return };
        let day = working_day(display::day_of(starts_at, ZONE), -1);
        let mut chain = self.chain();
        chain.add(at(day, (17, 10)), Step::Register(patient));
        chain.add(at(day, (17, 22)), Step::Refer(patient));
        chain.add(at(day, (17, 31)), Step::Answer(patient, ReferralStep::Accept, ""));
        chain.add(at(day, (18, 5)), Step::Assess(patient, Slice::Notes));
        chain.add(at(day, (18, 50)), Step::Assess(patient, Slice::Both));
        chain.add(at(day, (19, 5)), Step::List(patient, sitting, Some(LATE)));
        self.steps.append(&mut chain.steps);
    }

    /// A known case comes onto an agenda again; now and then with a new referral.
    fn return_to(&mut self, patient: usize, sitting: usize) {
        let Some(Sitting { starts_at, .. }) = self.sitting(sitting) else { return };
        let meeting = display::day_of(starts_at, ZONE);
        let mut chain = self.chain();
        // A case that was unsettled a week ago is listed after that meeting.
        chain.add(at(working_day(meeting, -6), (16, 20)), Step::List(patient, sitting, None));
        if self.dice.below(4) == 0 {
            let day = working_day(meeting, -5);
            chain.add(at(day, (9, 40)), Step::Refer(patient));
            chain.add(at(day, (12, 15)), Step::Answer(patient, ReferralStep::Accept, ""));
        }
        let by_chance = TimeDelta::minutes(self.dice.few(90));
        chain.add(
            at(working_day(meeting, -4), (14, 0)) + by_chance,
            Step::Assess(patient, Slice::Again),
        );
        self.steps.append(&mut chain.steps);
    }

    fn plan(&mut self, sitting: usize) {
        let Some(Sitting { starts_at, .. }) = self.sitting(sitting) else { return };
        let day = working_day(display::day_of(starts_at, ZONE), -18);
        let planned = at(day, (9, 0)).max(self.begins_at + SET_UP / 2);
        self.steps.push((planned, Step::Plan(sitting)));
    }

    /// A past sitting: held with its cases, or cancelled.
    fn hold(&mut self, index: usize, cases: &[Presentation]) {
        let Some(Sitting { place, starts_at, fate, .. }) = self.sitting(index) else { return };
        self.plan(index);
        if fate == Fate::Holiday || cases.is_empty() {
            let why = match fate {
                Fate::Holiday => "Between Christmas and New Year there is no quorum.",
                _ => "No case was listed by the cut-off.",
            };
            let day = working_day(display::day_of(starts_at, ZONE), -1);
            let cancelled = at(day, (16, 30)).max(self.begins_at + SET_UP);
            self.steps.push((cancelled, Step::Cancel(index, why)));
            return;
        }
        self.steps.push((starts_at - TimeDelta::minutes(6), Step::SignIn(place.team().chair)));
        self.steps.push((starts_at + TimeDelta::minutes(2), Step::Open(index)));
        let mut now = starts_at + TimeDelta::minutes(4);
        for one in cases {
            self.steps.push((now, Step::Discuss(one.patient, index, one.turn)));
            now += TimeDelta::minutes(PER_CASE);
        }
        self.steps.push((now, Step::Close(index)));
    }

    /// Cases that no meeting has seen yet.
    fn newcomers(&mut self, place: Place, next: Option<usize>) {
        let of_place: Vec<(usize, Path)> = self
            .patients
            .iter()
            .enumerate()
            .filter(|(_, one)| one.sketch.place == place)
            .map(|(index, one)| (index, one.sketch.path))
            .collect();
        for (patient, path) in of_place {
            match path {
                Path::Discussed(_) => {}
                Path::Listed => {
                    if let Some(sitting) = next {
                        self.arrive(patient, sitting);
                    }
                }
                Path::Waiting(0) => self.refer_now(patient),
                Path::Waiting(days) => {
                    self.refer(patient, days);
                }
                Path::Preparing => {
                    let mut chain = self.refer(patient, 5);
                    chain.add(
                        self.workday(4, (9, 30)),
                        Step::Answer(patient, ReferralStep::Accept, ""),
                    );
                    chain.add(self.workday(4, (11, 10)), Step::Assess(patient, Slice::Notes));
                    self.steps.append(&mut chain.steps);
                }
                Path::Returned(why) => self.refuse(patient, ReferralStep::Return, why),
                Path::Redirected(_, why) => self.refuse(patient, ReferralStep::Redirect, why),
                Path::Withdrawn(why) => self.refuse(patient, ReferralStep::Withdraw, why),
            }
        }
    }

    /// A time of the working day so many days before the end.
    fn workday(&self, days: i64, time: (u32, u32)) -> DateTime<Utc> {
        at(working_day(display::day_of(self.as_of, ZONE), -days), time)
    }

    /// An emergency of this hour.
    fn refer_now(&mut self, patient: usize) {
        let sent = self.as_of - TimeDelta::minutes(65);
        self.steps.push((sent - TimeDelta::minutes(14), Step::Register(patient)));
        self.steps.push((sent, Step::Refer(patient)));
    }

    /// Registered and referred so many days ago; what follows may be added.
    fn refer(&mut self, patient: usize, days: i64) -> Chain {
        let by_chance = TimeDelta::minutes(self.dice.few(200));
        let sent = self.workday(days, (13, 15)) + by_chance;
        let mut chain = self.chain();
        chain.add(sent - TimeDelta::minutes(14), Step::Register(patient));
        chain.add(sent, Step::Refer(patient));
        self.steps.append(&mut chain.steps);
        chain
    }

    fn refuse(&mut self, patient: usize, step: ReferralStep, why: &'static str) {
        let mut chain = self.refer(patient, 11);
        chain.add(self.workday(10, (10, 50)), Step::Answer(patient, step, why));
        self.steps.append(&mut chain.steps);
    }
}

/// Steps of one case that follow each other whatever the calendar does to their times.
struct Chain {
    earliest: DateTime<Utc>,
    latest: DateTime<Utc>,
    cursor: DateTime<Utc>,
    steps: Vec<(DateTime<Utc>, Step)>,
}

impl Chain {
    fn add(&mut self, at: DateTime<Utc>, step: Step) {
        let at = at.min(self.latest).max(self.earliest).max(self.cursor + TimeDelta::minutes(4));
        self.cursor = at;
        self.steps.push((at, step));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days() -> Vec<DateTime<Utc>> {
        // The day of the drawings, a Saturday, the hour of a meeting, and a leap day.
        let days = [
            "2026-06-15T07:25:00Z",
            "2026-03-14T23:59:59Z",
            "2026-11-24T08:30:00Z",
            "2028-02-29T12:00:00Z",
        ];
        days.map(|day| day.parse().unwrap()).to_vec()
    }

    #[test]
    fn the_story_lies_within_its_six_months_and_ends_on_its_last_instant() {
        for (seed, as_of) in [(42, days()[0]), (1, days()[1]), (7, days()[2]), (42, days()[3])] {
            let timeline = build(seed, as_of).unwrap();
            assert!(timeline.steps.windows(2).all(|pair| pair[0].0 <= pair[1].0));
            assert!(timeline.steps.first().unwrap().0 >= timeline.begins_at + SET_UP / 2);
            assert_eq!(timeline.steps.last().unwrap(), &(as_of, Step::SignIn(Who::Castellano)));
        }
    }

    #[test]
    fn a_case_is_registered_referred_answered_and_listed_before_it_is_discussed() {
        for as_of in days() {
            let timeline = build(42, as_of).unwrap();
            for patient in 0..timeline.patients.len() {
                let place = |wanted: &dyn Fn(&Step) -> bool| {
                    timeline.steps.iter().position(|(_, step)| wanted(step))
                };
                let registered = place(&|step| *step == Step::Register(patient)).unwrap();
                let referred = place(&|step| *step == Step::Refer(patient)).unwrap();
                assert!(registered < referred);
                let listed = place(&|step| matches!(step, Step::List(one, ..) if *one == patient));
                let discussed =
                    place(&|step| matches!(step, Step::Discuss(one, ..) if *one == patient));
                if let Some(discussed) = discussed {
                    assert!(referred < listed.unwrap() && listed.unwrap() < discussed);
                }
            }
        }
    }

    #[test]
    fn nearly_every_meeting_has_a_case_and_none_has_more_than_it_can_take() {
        for (seed, as_of) in [(42, days()[0]), (3, days()[1]), (5, days()[2])] {
            let timeline = build(seed, as_of).unwrap();
            let cases = |index: usize| {
                let of = |(_, step): &&(DateTime<Utc>, Step)| matches!(step, Step::Discuss(_, one, _) if *one == index);
                timeline.steps.iter().filter(of).count()
            };
            let held: Vec<usize> = (0..timeline.sittings.len())
                .filter(|index| timeline.sittings[*index].fate == Fate::Held)
                .collect();
            let empty = held.iter().filter(|index| cases(**index) == 0).count();
            assert!(empty <= 4, "{empty} of {} meetings have no case", held.len());
            assert!(held.iter().all(|index| cases(*index) <= 6));
        }
    }
}
