//! `kill -9` of the server and of PostgreSQL under load, twenty times: what was acknowledged is there
//! afterwards, whole, and the log verifies.
//!
//! The moment of each kill is counted, not timed: at the n-th acknowledged command, or inside the n-th
//! request. The numbers follow from a seed, which is printed; `SPINEBOARD_FAULTS_SEED` repeats it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use http::StatusCode;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;
use spineboard_tests::story::{DECISION, Story};
use spineboard_tests::{Page, Visitor};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};

use crate::process::{NO_ANSWER, Place, Scratch, Served, outcome, visitor_at};
use crate::site::{command_id, register, sign_in};

const DEMO: [&str; 6] =
    ["demo", "--test-without-fsync", "--seed", "7", "--as-of", "2026-06-15T08:25"];
/// The password of everybody in a demonstration.
const PASSWORD: &str = "demonstration";
const COORDINATOR: &str = "castellano@northfield.example";
const CHAIR: &str = "okafor@northfield.example";
const KILLS: u32 = 20;
/// Patients of the load have numbers from here on, which the demonstration does not use.
const FIRST_PATIENT: u32 = 60_000;

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Server,
    Postgres,
}

/// When.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// At once when so many commands have been acknowledged.
    Acknowledged(u32),
    /// When so many requests have been sent, and the last of them has been under way for so many turns of
    /// the event loop.
    Inside(u32, u32),
}

/// A command that was sent, as its form had it.
#[derive(Debug, Clone)]
struct Sent {
    id: String,
    /// Where the form went.
    action: String,
    /// What it wrote, to be found again.
    mark: String,
    /// Where the answer led; none while nothing was acknowledged.
    location: Option<String>,
}

/// What the load shares: the counters, the kill, and what was sent.
struct Round {
    acknowledged: AtomicU32,
    requests: AtomicU32,
    moment: Moment,
    kill: Box<dyn Fn() + Send + Sync>,
    killed: AtomicBool,
    sent: Mutex<Vec<Sent>>,
}

impl Round {
    fn kill(&self) {
        if !self.killed.swap(true, Ordering::SeqCst) {
            (self.kill)();
        }
    }

    fn is_over(&self) -> bool {
        self.killed.load(Ordering::SeqCst)
    }

    /// Sends a command, and kills if this is the moment.
    async fn send(
        self: &Arc<Self>,
        visitor: &mut Visitor,
        form: &Page,
        action: &str,
        typed: &[(&str, String)],
        mark: &str,
    ) -> Page {
        let place = {
            let mut sent = self.sent.lock().unwrap();
            sent.push(Sent {
                id: command_id(form, action),
                action: action.to_owned(),
                mark: mark.to_owned(),
                location: None,
            });
            sent.len() - 1
        };
        let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        if let Moment::Inside(n, turns) = self.moment
            && n == number
        {
            let round = Arc::clone(self);
            tokio::spawn(async move {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
                round.kill();
            });
        }
        let answer = visitor.submit(form, action, typed).await;
        if answer.status == StatusCode::SEE_OTHER && !answer.location().starts_with("/sign-in") {
            self.sent.lock().unwrap()[place].location = Some(answer.location());
            let count = self.acknowledged.fetch_add(1, Ordering::SeqCst) + 1;
            if matches!(self.moment, Moment::Acknowledged(n) if n == count) {
                self.kill();
            }
        }
        answer
    }
}

/// One connection of the load: it repeats its command until the kill.
#[derive(Clone)]
enum Job {
    /// Records the decision of a case again and again.
    Decide(String),
    /// Saves an assessment of a case again and again.
    Assess(String),
    /// Registers one patient after another.
    Register,
}

async fn work(job: Job, mut visitor: Visitor, round: Arc<Round>, counter: Arc<AtomicU32>) {
    while !round.is_over() {
        let n = counter.fetch_add(1, Ordering::SeqCst);
        let answer = step(&job, &mut visitor, &round, n).await;
        let expected = match answer.status {
            StatusCode::SEE_OTHER | StatusCode::OK => true,
            // The server or its PostgreSQL is gone: cut off, or a page that says so.
            NO_ANSWER | StatusCode::SERVICE_UNAVAILABLE => round.is_over(),
            _ => false,
        };
        assert!(expected, "{} answers {}: {}", answer.path, answer.status, answer.problems());
    }
}

async fn step(job: &Job, visitor: &mut Visitor, round: &Arc<Round>, n: u32) -> Page {
    let (page, action) = match job {
        Job::Decide(case) => (format!("/cases/{case}/decision"), format!("/cases/{case}/decision")),
        Job::Assess(case) => {
            (format!("/cases/{case}/assessment"), format!("/cases/{case}/assessments"))
        }
        Job::Register => ("/patients/new".to_owned(), "/patients".to_owned()),
    };
    let form = visitor.get(&page).await;
    if form.status != StatusCode::OK {
        return form;
    }
    let mark = format!("marked {n}");
    let typed = match job {
        Job::Decide(_) => vec![("patient_preference", mark.clone())],
        Job::Assess(_) => {
            vec![("default.source", "report".to_owned()), ("case.allergies", mark.clone())]
        }
        Job::Register => {
            let mut typed = spineboard_tests::story::particulars(FIRST_PATIENT + n);
            typed.retain(|(name, _)| *name != "hospital_number");
            typed.extend([("hospital_number", mark.clone()), ("confirm_new", "yes".to_owned())]);
            typed
        }
    };
    round.send(visitor, &form, &action, &typed, &mark).await
}

/// The demonstration under load, over all kills.
struct Load {
    scratch: Scratch,
    place: Place,
    served: Option<Served>,
    jobs: Vec<(Job, Visitor)>,
    counter: Arc<AtomicU32>,
    /// All that was sent so far.
    sent: Vec<Sent>,
}

impl Load {
    async fn new() -> Self {
        let scratch = Scratch::new();
        let served = start(&scratch);
        let place: Place = Arc::new(RwLock::new(served.address().to_owned()));
        let mut coordinator = visitor_at(&place);
        sign_in(&mut coordinator, COORDINATOR, PASSWORD).await;
        let mut chair = visitor_at(&place);
        sign_in(&mut chair, CHAIR, PASSWORD).await;
        let (cases, assessed) = prepare(&mut coordinator, &mut chair).await;
        let mut jobs =
            vec![(Job::Register, coordinator.clone()), (Job::Assess(assessed), coordinator)];
        jobs.extend(cases.into_iter().map(|case| (Job::Decide(case), chair.clone())));
        let counter = Arc::new(AtomicU32::new(1));
        Self { scratch, place, served: Some(served), jobs, counter, sent: Vec::new() }
    }

    /// Works until the kill, and brings the product back.
    async fn round(&mut self, victim: Victim, moment: Moment) {
        let served = self.served.as_ref().unwrap();
        let kill: Box<dyn Fn() + Send + Sync> = match victim {
            Victim::Server => Box::new(served.killer()),
            Victim::Postgres => Box::new(self.scratch.postgres_killer()),
        };
        let round = Arc::new(Round {
            acknowledged: AtomicU32::new(0),
            requests: AtomicU32::new(0),
            moment,
            kill,
            killed: AtomicBool::new(false),
            sent: Mutex::default(),
        });
        let works = self.jobs.iter().map(|(job, visitor)| {
            tokio::spawn(work(
                job.clone(),
                visitor.clone(),
                Arc::clone(&round),
                Arc::clone(&self.counter),
            ))
        });
        for done in futures::future::join_all(works).await {
            done.unwrap();
        }
        self.sent.extend(round.sent.lock().unwrap().iter().cloned());
        if victim == Victim::Server {
            self.served.take().unwrap().kill();
            let served = start(&self.scratch);
            served.address().clone_into(&mut self.place.write().unwrap());
            self.served = Some(served);
        }
        self.until_ready().await;
    }

    async fn until_ready(&self) {
        for _ in 0..3000 {
            if visitor_at(&self.place).get("/readyz").await.status == StatusCode::OK {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("it is not ready a minute after the kill");
    }

    /// Everything that was acknowledged is in the database, and with its event; what was not acknowledged
    /// is there whole or not at all.
    async fn check(&self) {
        let mut connection = PgConnection::connect(&self.scratch.database()).await.unwrap();
        let receipts = receipts(&mut connection).await;
        for one in &self.sent {
            let receipt = receipts.get(&one.id);
            if let Some(location) = &one.location {
                let receipt =
                    receipt.unwrap_or_else(|| panic!("{one:?} was acknowledged and is gone"));
                assert_eq!(&receipt.location, location, "{one:?}");
            }
            if let Some(receipt) = receipt {
                assert!(receipt.event, "{one:?} has its event");
            }
        }
        self.check_marks(&mut connection, &receipts).await;
        connection.close().await.unwrap();
        self.check_decisions(&receipts).await;
    }

    /// What each command wrote is there if, and only if, its receipt is.
    async fn check_marks(
        &self,
        connection: &mut PgConnection,
        receipts: &BTreeMap<String, Receipt>,
    ) {
        let done = |one: &&Sent| receipts.contains_key(&one.id);
        // The mark as a whole: `marked 1` is not `marked 12`.
        let there = |texts: &[String], one: &Sent| {
            let quoted = format!("\"{}\"", one.mark);
            texts.iter().any(|text| *text == one.mark || text.contains(&quoted))
        };
        let patients =
            texts(connection, "select value from patient_identifier where system = 'hospital'")
                .await;
        let documents =
            texts(connection, "select convert_from(document, 'UTF8') from assessment").await;
        for one in self.sent.iter().filter(done) {
            let receipt = &receipts[&one.id];
            match receipt.kind.as_str() {
                "patient.registered" => assert!(there(&patients, one), "{one:?}"),
                "assessment.saved" => assert!(there(&documents, one), "{one:?}"),
                // A later recording takes the place of an earlier one.
                "decision.recorded" => {}
                other => panic!("{one:?} left {other}"),
            }
        }
        for one in self.sent.iter().filter(|one| !done(one)) {
            let there = there(&patients, one) || there(&documents, one);
            assert!(!there, "{one:?} has no receipt, but what it wrote is there");
        }
    }

    /// The page of each case shows the last decision that was recorded, whole.
    async fn check_decisions(&self, receipts: &BTreeMap<String, Receipt>) {
        for (job, visitor) in &self.jobs {
            let Job::Decide(case) = job else { continue };
            let action = format!("/cases/{case}/decision");
            let mut recorded = self
                .sent
                .iter()
                .filter(|one| one.action == action && receipts.contains_key(&one.id));
            let last = recorded.next_back().map(|one| one.mark.as_str());
            let fields = visitor.clone().open(&action).await.form(&action);
            for (name, first) in DECISION {
                let expected =
                    if name == "patient_preference" { last.unwrap_or(first) } else { first };
                let value =
                    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
                assert_eq!(value, Some(expected), "{name} of {case}");
            }
        }
    }
}

fn start(scratch: &Scratch) -> Served {
    Served::start(&mut scratch.command(&DEMO), &scratch.path().join("demo.log"))
}

/// What a command left behind when it was done.
struct Receipt {
    location: String,
    event: bool,
    kind: String,
}

async fn receipts(connection: &mut PgConnection) -> BTreeMap<String, Receipt> {
    let statement = "select r.command_id::text, coalesce(r.location, ''), e.id is not null, coalesce(e.kind, '') \
                     from command_receipt r left join audit_event e on e.id = r.event_id";
    let rows = connection.fetch_all(statement).await.unwrap();
    rows.iter()
        .map(|row| {
            (row.get(0), Receipt { location: row.get(1), event: row.get(2), kind: row.get(3) })
        })
        .collect()
}

async fn texts(connection: &mut PgConnection, statement: &str) -> Vec<String> {
    let rows = connection.fetch_all(AssertSqlSafe(statement.to_owned())).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Two cases in a meeting in session, each with a first decision, and a third that is assessed.
async fn prepare(coordinator: &mut Visitor, chair: &mut Visitor) -> (Vec<String>, String) {
    let mut stories = Vec::new();
    for n in 0..3 {
        let (_, registered) = register(coordinator, 50_000 + n).await;
        assert_eq!(registered.status, StatusCode::SEE_OTHER, "{}", registered.problems());
        let patient = registered.location().trim_start_matches("/patients/").to_owned();
        let mut story = Story { patient, ..Story::default() };
        story.refer(coordinator).await;
        story.assess(coordinator).await;
        stories.push(story);
    }
    let meeting = plan(coordinator).await;
    let third = stories.pop().unwrap();
    for story in &mut stories {
        story.meeting.clone_from(&meeting);
        story.list(coordinator).await;
    }
    stories.first().unwrap().open_meeting(chair).await;
    for story in &stories {
        let form = chair.open(&story.path("/decision")).await;
        let who = choice(&form, "plan.0.responsible", "Okafor");
        let mut typed: Vec<(&str, &str)> = DECISION.to_vec();
        typed.extend([("plan.0.responsible", who.as_str()), ("action.0.owner", who.as_str())]);
        let answer = chair.submit(&form, &story.path("/decision"), &typed).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "record: {}", answer.problems());
    }
    (stories.into_iter().map(|story| story.case).collect(), third.case)
}

async fn plan(coordinator: &mut Visitor) -> String {
    let form = coordinator.open("/meetings/new").await;
    let (chair, scribe) = (choice(&form, "chair", "Okafor"), choice(&form, "scribe", "Whelan"));
    let fields = [
        ("name", "A meeting under load"),
        ("date", "15-Jun-2026"),
        ("start", "12:00"),
        ("end", "13:00"),
        ("place", "Seminar room"),
        ("chair", chair.as_str()),
        ("scribe", scribe.as_str()),
    ];
    let answer = coordinator.submit(&form, "/meetings", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "plan: {}", answer.problems());
    answer.location().trim_start_matches("/meetings/").to_owned()
}

/// The value of the choice with these words in it.
fn choice(page: &Page, field: &str, words: &str) -> String {
    let html = page.html();
    let options = scraper::Selector::parse(&format!("[name=\"{field}\"] option")).unwrap();
    let found =
        html.select(&options).find(|option| option.text().collect::<String>().contains(words));
    found
        .and_then(|option| option.value().attr("value"))
        .unwrap_or_else(|| panic!("{words} in {field}"))
        .to_owned()
}

fn seed() -> u64 {
    match std::env::var("SPINEBOARD_FAULTS_SEED") {
        Ok(text) => text.parse().expect("SPINEBOARD_FAULTS_SEED is a number"),
        Err(_) => rand::random(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_twenty_kills_of_the_server_and_of_postgres() {
    let seed = seed();
    println!("SPINEBOARD_FAULTS_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let mut load = Load::new().await;
    for number in 0..KILLS {
        let victim = if number % 2 == 0 { Victim::Server } else { Victim::Postgres };
        let moment = if number % 4 < 2 {
            Moment::Acknowledged(chance.random_range(1..=10))
        } else {
            Moment::Inside(chance.random_range(1..=10), chance.random_range(0..4000))
        };
        println!("kill {number}: {victim:?} {moment:?}");
        load.round(victim, moment).await;
        load.check().await;
    }
    let acknowledged = load.sent.iter().filter(|one| one.location.is_some()).count();
    println!("{} commands sent, {acknowledged} acknowledged", load.sent.len());
    assert!(acknowledged > 20, "only {acknowledged} commands were acknowledged");

    load.served.take().unwrap().stop();
    let output = outcome(&mut load.scratch.command(&["audit", "verify", "--json"]), "");
    let reports: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    for report in &reports {
        assert_eq!(report["ok"], true, "the log of {}: {}", report["site"], report["first_bad"]);
        assert_eq!(report["waiting"], 0, "{} has a place for every event", report["site"]);
    }
    assert!(output.status.success());
}
