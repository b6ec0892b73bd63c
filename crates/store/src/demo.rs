//! The demonstration network: three hospitals, invented people, sixty invented patients and half a year
//! of weekly meetings.
//!
//! Everything is done by the commands of the pages, under a clock that starts six months back, so the
//! audit log of a demonstration is a real one. [`seed()`] first works out the whole story from its seed
//! (`timeline`), then runs it step by step (`run`). The same seed and as-of time give the same ids,
//! bytes and log roots. Among the patients are the worked cases of the three scores (`golden`,
//! `golden_lesions`): each is found by its id as hospital number (`TOM-1`).

mod calendar;
mod cases;
mod cast;
mod course;
mod dice;
mod facts;
mod golden;
mod golden_lesions;
mod letter;
mod names;
mod outcome;
mod run;
mod setup;
mod situation;
mod sketch;
mod timeline;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use mdt::case_number::CaseNumber;
use mdt::chance::Sources;
use mdt::clock::{Clock, SteppedClock};
use mdt::coded::Coded;
use sqlx::postgres::PgConnectOptions;

use self::cast::{CAST, PLACES, Person};
use self::run::Runner;
use self::timeline::Timeline;
use crate::ledger::LedgerKey;
use crate::scope::Scope;
use crate::sites::InstallationKind;
use crate::{Store, StoreError};

/// The name of every demonstration, the first part of its logs' origins.
pub const INSTALLATION: &str = "demonstration.example";

/// What a demonstration is made from.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// Whatever is left to chance follows from it.
    pub seed: u64,
    /// The time at which the demonstration stands when it is opened.
    pub as_of: DateTime<Utc>,
    /// The real time now, from which the demonstration's clock runs on.
    pub set_at: DateTime<Utc>,
    /// The stored form of the one password that everybody in it has.
    pub password_hash: &'a str,
    /// The key that seals its logs, day by day as the story goes; its name is [`INSTALLATION`].
    pub key: &'a LedgerKey,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// Names of the sites.
    pub sites: Vec<String>,
    /// Everybody who can sign in; those whom a visitor needs first come first.
    pub sign_ins: Vec<SignIn>,
    /// How many patients.
    pub patients: usize,
    /// How many meetings, those to come included.
    pub meetings: usize,
    /// How many signatures under decisions and their amendments.
    pub decisions: usize,
    /// The case of each patient.
    pub cases: Vec<SeededCase>,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// Roles with their sites: `Coordinator, Northfield`.
    pub roles: Vec<String>,
}

/// The case of an invented patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeededCase {
    /// The id of the golden case, or another of our own.
    pub id: String,
    /// Whether it is a worked case of a score.
    pub golden: bool,
    /// The case number.
    pub number: CaseNumber,
}

/// What a database is to the demonstration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoState {
    /// Nothing: it can be seeded.
    Empty,
    /// A demonstration whose seeding was interrupted: it has to be made anew.
    Interrupted,
    /// A demonstration.
    Ready,
    /// An installation for real patients: never to be seeded.
    Production,
}

/// Fills a migrated, empty database with the demonstration network. `progress` hears what is being done:
/// the sites first, then each month as it begins. The logs are sealed at the end of each day of the story.
///
/// # Errors
/// [`StoreError::Refused`] when the database is an installation already, whichever kind.
pub async fn seed(
    options: PgConnectOptions,
    order: &Order<'_>,
    progress: &mut (dyn FnMut(&str) + Send),
) -> Result<Seeded, StoreError> {
    let timeline = timeline::build(order.seed, order.as_of)?;
    let clock = Arc::new(SteppedClock::new(timeline.begins_at));
    let sources = Sources::seeded(Arc::<SteppedClock>::clone(&clock) as Arc<dyn Clock>, order.seed);
    let store = Store::open(options, 2, sources);
    let made = make((store.clone(), clock), &timeline, order, progress).await;
    store.close().await;
    made
}

/// Everybody who can sign in, as [`Seeded`] lists them.
pub fn sign_ins() -> Vec<SignIn> {
    CAST.iter().map(sign_in).collect()
}

/// What a database is.
///
/// # Errors
/// When the database cannot be reached or has no schema.
pub async fn state_of(store: &Store) -> Result<DemoState, StoreError> {
    let Some(installation) = store.installation().await? else { return Ok(DemoState::Empty) };
    let Some((as_of, _)) = installation.demonstration_clock else {
        return Ok(DemoState::Production);
    };
    let sites = store.sites().await?.into_iter().map(|site| site.id).collect();
    let scope = Scope { sites, ..Scope::default() };
    let mut transaction = scope.open(store.pool()).await?;
    // The last step of the story happens at the as-of time itself.
    let complete = sqlx::query_scalar!(
        r#"select exists (select 1 from audit_event where at >= $1) as "complete!""#,
        as_of,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(if complete { DemoState::Ready } else { DemoState::Interrupted })
}

async fn make(
    (store, clock): (Store, Arc<SteppedClock>),
    timeline: &Timeline,
    order: &Order<'_>,
    progress: &mut (dyn FnMut(&str) + Send),
) -> Result<Seeded, StoreError> {
    refuse_installed(&store).await?;
    progress("Sites, people and rules");
    let times = Some((order.as_of, order.set_at));
    store.create_installation(InstallationKind::Demonstration, INSTALLATION, times).await?;
    store.record_migrations().await?;
    store.register_ledger_key(order.key).await?;
    let (sites, people) = setup::set_up(&store, &clock, order.password_hash).await?;
    let mut runner = Runner::new((store, clock, order.key.clone()), sites, people, timeline);
    runner.run(progress).await?;
    let cases = runner.files.iter().zip(&timeline.patients).filter_map(|(file, invented)| {
        let (id, golden) = (invented.sketch.id.to_owned(), invented.sketch.golden);
        Some(SeededCase { id, golden, number: file.number.clone()? })
    });
    Ok(Seeded {
        sites: PLACES.iter().map(|place| place.name().to_owned()).collect(),
        sign_ins: sign_ins(),
        patients: timeline.patients.len(),
        meetings: runner.counts.meetings,
        decisions: runner.counts.signatures,
        cases: cases.collect(),
    })
}

/// Demonstration data never goes where anything else is.
async fn refuse_installed(store: &Store) -> Result<(), StoreError> {
    let refused = |words: &str| Err(StoreError::Refused(words.to_owned()));
    match store.installation().await?.map(|installation| installation.kind) {
        None => Ok(()),
        Some(InstallationKind::Demonstration) => {
            refused("this database has a demonstration already")
        }
        Some(InstallationKind::Production) => {
            refused("this database is for real patients: it never takes demonstration data")
        }
    }
}

fn sign_in(person: &Person) -> SignIn {
    let roles = person.posts.iter().map(|(place, role, specialty)| {
        let specialty =
            specialty.map(|one| format!(" ({})", one.label().to_lowercase())).unwrap_or_default();
        format!("{}{specialty}, {}", role.label(), place.name())
    });
    SignIn { email: person.email(), name: person.name.to_owned(), roles: roles.collect() }
}
