//! Runs the story: each step by whoever does it, through the commands of the pages.

mod case;
mod meeting;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use mdt::actor::Actor;
use mdt::case_number::CaseNumber;
use mdt::clock::{Clock, SteppedClock};
use mdt::display;
use mdt::ids::{DecisionId, MeetingId, MeetingSeriesId, PatientId, SiteId, UserId};
use mdt::permission::Act;

use super::calendar::ZONE;
use super::cast::{Place, Team, Who};
use super::course::Course;
use super::outcome::Hands;
use super::timeline::{Invented, Step, Timeline};
use crate::ledger::{LedgerKey, Sweep};
use crate::{Begun, CaseKey, Command, Store, StoreError, Submission};

/// Somebody of the cast, as a user.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) id: UserId,
    pub(super) email: String,
    pub(super) name: &'static str,
    pub(super) actor: Arc<Actor>,
}

/// What a case has come to.
#[derive(Debug, Clone, Default)]
pub(super) struct File {
    pub(super) patient: Option<PatientId>,
    pub(super) number: Option<CaseNumber>,
    referrals: u32,
    assessments: i32,
    /// The latest signed decision, its course and its version.
    signed: Option<(DecisionId, Course, u32)>,
}

/// What was done, counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) meetings: usize,
    pub(super) signatures: usize,
}

/// Everything that a step needs.
pub(super) struct Runner<'a> {
    pub(super) store: Store,
    pub(super) clock: Arc<SteppedClock>,
    key: LedgerKey,
    pub(super) sites: BTreeMap<Place, SiteId>,
    pub(super) people: BTreeMap<Who, Member>,
    pub(super) timeline: &'a Timeline,
    pub(super) files: Vec<File>,
    series: BTreeMap<Place, MeetingSeriesId>,
    meetings: BTreeMap<usize, MeetingId>,
    pub(super) counts: Counts,
}

/// The command of a first sending; nothing here is sent twice.
pub(super) fn fresh<A, S>(begun: Begun<A, S>) -> Result<Command<A, S>, StoreError> {
    match begun {
        Begun::Fresh(command) => Ok(command),
        Begun::Repeated(_) => Err(StoreError::CommandReused),
    }
}

/// Something that the story names is not there.
fn unknown(what: &str) -> StoreError {
    StoreError::Refused(format!("the demonstration is inconsistent: {what} is missing"))
}

impl<'a> Runner<'a> {
    pub(super) fn new(
        (store, clock, key): (Store, Arc<SteppedClock>, LedgerKey),
        sites: BTreeMap<Place, SiteId>,
        people: BTreeMap<Who, Member>,
        timeline: &'a Timeline,
    ) -> Self {
        let files = vec![File::default(); timeline.patients.len()];
        let (series, meetings) = (BTreeMap::new(), BTreeMap::new());
        Self {
            store,
            clock,
            key,
            sites,
            people,
            timeline,
            files,
            series,
            meetings,
            counts: Counts::default(),
        }
    }

    /// Runs all steps and seals the logs at the end of each day on which something happened, so that no
    /// entry of half a year looks made today; `progress` hears the months as they begin.
    ///
    /// # Errors
    /// When a command refuses what the story says: then the story is wrong.
    pub(super) async fn run(
        &mut self,
        progress: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), StoreError> {
        let mut month = String::new();
        for (at, step) in &self.timeline.steps {
            if display::day_of(*at, ZONE) > self.today() {
                self.seal().await?;
            }
            // Work of two sites may overlap; time never goes back.
            self.clock.set((*at).max(self.clock.now()));
            let now = at.with_timezone(&ZONE).format("%B %Y").to_string();
            if now != month {
                progress(&now);
                month = now;
            }
            self.step(*step).await.map_err(|why| told(*step, *at, why))?;
        }
        self.seal().await
    }

    async fn seal(&self) -> Result<(), StoreError> {
        self.store.seal_all(&self.key, Sweep::Recent).await.map(drop)
    }

    async fn step(&mut self, step: Step) -> Result<(), StoreError> {
        match step {
            Step::SignIn(who) => {
                let member = self.member(who)?;
                self.store.record_sign_in(&member.actor, &member.email).await
            }
            Step::Plan(sitting) => self.plan(sitting).await,
            Step::Cancel(sitting, why) => self.cancel(sitting, why).await,
            Step::Open(sitting) => self.open(sitting).await,
            Step::Close(sitting) => self.close(sitting).await,
            Step::Register(patient) => self.register(patient).await,
            Step::Refer(patient) => self.refer(patient).await,
            Step::Answer(patient, answer, why) => self.answer(patient, answer, why).await,
            Step::Assess(patient, slice) => self.assess(patient, slice).await,
            Step::List(patient, sitting, why) => self.list(patient, sitting, why).await,
            Step::Discuss(patient, sitting, turn) => self.discuss(patient, sitting, turn).await,
            Step::Amend(patient, reason) => self.amend(patient, reason).await,
            Step::CloseCase(patient, reason) => self.close_case(patient, reason).await,
        }
    }

    /// Somebody takes so many seconds.
    fn wait(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    fn once(&self) -> Submission {
        Submission::single(self.store.sources())
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn today(&self) -> NaiveDate {
        display::day_of(self.now(), ZONE)
    }

    fn member(&self, who: Who) -> Result<&Member, StoreError> {
        self.people.get(&who).ok_or_else(|| unknown("somebody of the cast"))
    }

    fn actor(&self, who: Who) -> Result<&Arc<Actor>, StoreError> {
        self.member(who).map(|member| &member.actor)
    }

    fn site(&self, place: Place) -> Result<SiteId, StoreError> {
        self.sites.get(&place).copied().ok_or_else(|| unknown("a site"))
    }

    fn invented(&self, patient: usize) -> Result<&'a Invented, StoreError> {
        self.timeline.patients.get(patient).ok_or_else(|| unknown("a patient"))
    }

    fn team(&self, patient: usize) -> Result<Team, StoreError> {
        Ok(self.invented(patient)?.sketch.place.team())
    }

    fn file(&mut self, patient: usize) -> Result<&mut File, StoreError> {
        self.files.get_mut(patient).ok_or_else(|| unknown("a patient"))
    }

    fn number(&self, patient: usize) -> Result<&CaseNumber, StoreError> {
        let file = self.files.get(patient);
        file.and_then(|file| file.number.as_ref()).ok_or_else(|| unknown("a case"))
    }

    fn meeting(&self, sitting: usize) -> Result<MeetingId, StoreError> {
        self.meetings.get(&sitting).copied().ok_or_else(|| unknown("a meeting"))
    }

    async fn on_case<A: Act>(
        &self,
        who: Who,
        patient: usize,
    ) -> Result<Command<A, CaseKey>, StoreError> {
        let (actor, number) = (self.actor(who)?, self.number(patient)?);
        fresh(self.store.command_on_case::<A>(actor, number, self.once()).await?)
    }

    async fn at_site<A: Act>(
        &self,
        who: Who,
        place: Place,
    ) -> Result<Command<A, SiteId>, StoreError> {
        let (actor, site) = (self.actor(who)?, self.site(place)?);
        fresh(self.store.command_at_site::<A>(actor, site, self.once()).await?)
    }

    fn hands(&self, place: Place) -> Result<Hands, StoreError> {
        let team = place.team();
        let id = |who| self.member(who).map(|member| member.id);
        Ok(Hands {
            coordinator: id(team.coordinator)?,
            surgeon: id(team.surgeon)?,
            oncologist: id(team.oncologist)?,
            sees: id(team.sees)?,
            reader: id(team.reader)?,
            hub: self.site(Place::Northfield)?,
            radiotherapy: self.site(team.radiotherapy)?,
        })
    }
}

/// Which step of the story was refused: a guard's words alone would not say.
fn told(step: Step, at: DateTime<Utc>, why: StoreError) -> StoreError {
    match why {
        StoreError::Driver(_) | StoreError::Unavailable => why,
        other => StoreError::Refused(format!("{step:?} at {at}: {other}")),
    }
}
