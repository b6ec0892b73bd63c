//! The demonstration network: what is in it, and that it comes out the same twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use mdt::chance::Sources;
use mdt::clock::FixedClock;
use mdt::coded::Coded;
use mdt::nhs_number::NhsNumber;
use mdt::permission::act;
use mdt::role::Role;
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use store::audit::Recomputer;
use store::demo::{DemoState, INSTALLATION, Order, Seeded, seed, state_of};
use store::ledger::{LedgerKey, LogPermit, Sweep, Trust};
use store::sites::InstallationKind;
use store::testing::CLUSTER;
use store::{Store, StoreError, migrate};

/// Monday, 15 June 2026, 08:25 in London: the day of the drawings.
fn as_of() -> DateTime<Utc> {
    "2026-06-15T07:25:00Z".parse().unwrap()
}

fn key() -> LedgerKey {
    LedgerKey::new(INSTALLATION, &[7; 32]).unwrap()
}

/// A migrated database without an installation, dropped by [`Fresh::drop`].
struct Fresh {
    name: String,
    options: PgConnectOptions,
}

async fn execute(options: &PgConnectOptions, statement: String) {
    let mut connection = PgConnection::connect_with(options).await.unwrap();
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
}

impl Fresh {
    async fn new() -> Self {
        let cluster: PgConnectOptions = std::env::var(CLUSTER).unwrap().parse().unwrap();
        let name = format!("demo_{}", hex::encode(Sources::system().unwrap().bytes::<8>()));
        execute(&cluster, format!("create database {name}")).await;
        let options = cluster.database(&name);
        migrate::run(&options).await.unwrap();
        Self { name, options }
    }

    async fn seeded(&self, from: u64) -> Result<Seeded, StoreError> {
        let key = key();
        let order = Order {
            seed: from,
            as_of: as_of(),
            set_at: as_of(),
            password_hash: "no password",
            key: &key,
        };
        seed(self.options.clone(), &order, &mut |_| {}).await
    }

    async fn rows(&self, statement: &'static str) -> Vec<PgRow> {
        let mut connection = PgConnection::connect_with(&self.options).await.unwrap();
        let rows = connection.fetch_all(statement).await.unwrap();
        connection.close().await.unwrap();
        rows
    }

    /// The number that a query counts.
    async fn count(&self, statement: &'static str) -> i64 {
        self.rows(statement).await.first().unwrap().get(0)
    }

    /// As the application sees it.
    fn store(&self) -> Store {
        Store::open(self.options.clone(), 2, Sources::seeded(Arc::new(FixedClock::new(as_of())), 1))
    }

    async fn drop(self) {
        let cluster: PgConnectOptions = std::env::var(CLUSTER).unwrap().parse().unwrap();
        execute(&cluster, format!("drop database {} with (force)", self.name)).await;
    }
}

#[tokio::test]
async fn a_demonstration_has_its_network_its_patients_and_half_a_year_of_signed_decisions() {
    let fresh = Fresh::new().await;
    let store = fresh.store();
    assert_eq!(state_of(&store).await.unwrap(), DemoState::Empty);
    let seeded = fresh.seeded(42).await.unwrap();
    assert_eq!(state_of(&store).await.unwrap(), DemoState::Ready);
    assert_eq!(seeded.sites, ["Northfield", "Eastmoor", "Westhaven"]);
    assert_eq!((seeded.patients, seeded.cases.len()), (60, 60));
    assert!(seeded.decisions >= 70, "{} signatures", seeded.decisions);
    assert!(seeded.meetings >= 75, "{} meetings", seeded.meetings);
    people(&fresh, &seeded).await;
    patients(&fresh).await;
    golden(&fresh, &seeded).await;
    meetings(&fresh).await;
    work_at_hand(&fresh).await;
    log(&fresh).await;
    checkpoints(&fresh).await;
    verified(&store, seeded.decisions).await;
    store.close().await;
    fresh.drop().await;
}

async fn people(fresh: &Fresh, seeded: &Seeded) {
    assert_eq!(seeded.sign_ins.first().unwrap().email, "castellano@northfield.example");
    for site in ["Northfield", "Eastmoor", "Westhaven"] {
        let held: BTreeSet<String> = fresh
            .rows("select s.name, m.role from membership m join site s on s.id = m.site_id")
            .await
            .iter()
            .filter(|row| row.get::<String, _>(0) == site)
            .map(|row| row.get(1))
            .collect();
        let roles: BTreeSet<String> =
            Role::all().iter().map(|role| role.code().to_owned()).collect();
        assert_eq!(held, roles, "{site}");
    }
    let without =
        "select count(*) from app_user where password_hash is distinct from 'no password'";
    assert_eq!(fresh.count(without).await, 0);
}

async fn patients(fresh: &Fresh) {
    let numbers = fresh.rows("select value from patient_identifier where system = 'nhs'").await;
    let numbers: BTreeSet<NhsNumber> =
        numbers.iter().map(|row| row.get::<String, _>(0).parse().unwrap()).collect();
    assert_eq!(numbers.len(), 60);
    assert!(numbers.iter().all(NhsNumber::is_test_range));
    assert_eq!(fresh.count("select count(distinct name_key) from patient").await, 60);
    let ashworth =
        "select count(*) from patient where family_name = 'Ashworth' and birth_date = '1962-03-12'";
    assert_eq!(fresh.count(ashworth).await, 1);
}

/// What the golden cases expect of the three scores, by case.
fn expected() -> BTreeMap<String, Vec<Value>> {
    let file = include_str!("../../../crates/clinical/tests/golden-cases.json");
    let cases: Vec<Value> = serde_json::from_str(file).unwrap();
    let results = |case: &Value| case["expect"]["results"].as_array().cloned().unwrap_or_default();
    cases.iter().map(|case| (case["id"].as_str().unwrap().to_owned(), results(case))).collect()
}

/// Case number, rule set, level.
type ResultKey = (String, String, String);

async fn golden(fresh: &Fresh, seeded: &Seeded) {
    let rows = fresh
        .rows(
            "select c.number, r.rule_set, r.level, r.totals, r.bands
               from mdt_case c
               join lateral (select id from assessment a where a.case_id = c.id order by ordinal desc limit 1) a on true
               join evaluation e on e.assessment_id = a.id
               join evaluation_result r on r.evaluation_id = e.id",
        )
        .await;
    let mut found: BTreeMap<ResultKey, (Vec<i32>, Vec<String>)> = BTreeMap::new();
    for row in rows {
        let totals: Option<Vec<i32>> = row.get(3);
        found
            .insert((row.get(0), row.get(1), row.get(2)), (totals.unwrap_or_default(), row.get(4)));
    }
    let expected = expected();
    let golden: Vec<_> = seeded.cases.iter().filter(|case| case.golden).collect();
    assert_eq!(golden.len(), 34);
    let mut compared = 0;
    for case in golden {
        for wanted in &expected[&case.id] {
            let rule_set = wanted["rule_set"].as_str().unwrap();
            if !["tomita-2001", "tokuhashi-2005", "sins-2010"].contains(&rule_set) {
                continue;
            }
            let level = wanted["level"].as_str().unwrap_or_default();
            let key = (case.number.to_string(), rule_set.to_owned(), level.to_owned());
            let (totals, bands) = &found[&key];
            assert_eq!(
                serde_json::to_value(totals).unwrap(),
                wanted["total"]["possible"],
                "{} {rule_set}",
                case.id
            );
            assert_eq!(
                serde_json::to_value(bands).unwrap(),
                wanted["bands"],
                "{} {rule_set}",
                case.id
            );
            compared += 1;
        }
    }
    assert!(compared >= 37, "{compared} results compared");
}

async fn meetings(fresh: &Fresh) {
    for site in fresh.rows("select id::text, name from site where kind = 'hospital'").await {
        let (id, name): (String, String) = (site.get(0), site.get(1));
        let rows = fresh
            .rows("select site_id::text, state, starts_at from meeting order by starts_at")
            .await;
        let of_site = |wanted: &str| {
            rows.iter()
                .filter(|row| row.get::<String, _>(0) == id && row.get::<String, _>(1) == wanted)
                .count()
        };
        assert!(of_site("closed") >= 19, "{name}: {} closed", of_site("closed"));
        assert_eq!(of_site("planned"), 2, "{name}");
        assert_eq!(of_site("in_session"), 0, "{name}");
    }
    let open = "select count(*) from agenda_item i join meeting m on m.id = i.meeting_id
                 where m.state in ('closed', 'cancelled') and i.state in ('proposed', 'listed', 'ready', 'open')";
    assert_eq!(fresh.count(open).await, 0);
    let early = "select count(*) from meeting where opened_at < starts_at or closed_at > ends_at";
    assert_eq!(fresh.count(early).await, 0);
    for outcome in [
        "treatment_plan",
        "supportive_care",
        "defer",
        "further_investigation",
        "no_change",
        "refer_on",
    ] {
        let signed = fresh.rows("select outcome_kind from decision_version").await;
        assert!(signed.iter().any(|row| row.get::<String, _>(0) == outcome), "{outcome}");
    }
    assert!(fresh.count("select count(*) from decision_version where version > 1").await >= 3);
    agreements(fresh).await;
}

/// Decisions follow and depart, and whoever departs says why.
async fn agreements(fresh: &Fresh) {
    let mut stated = BTreeMap::<String, usize>::new();
    for row in fresh.rows("select document from decision_version").await {
        let document: Value = serde_json::from_slice(&row.get::<Vec<u8>, _>(0)).unwrap();
        for agreement in document["agreements"].as_array().unwrap() {
            let value = agreement["agreement"].as_str().unwrap();
            *stated.entry(value.to_owned()).or_default() += 1;
            let words = agreement["words"].as_str().unwrap_or_default();
            assert_eq!(["partly", "departs"].contains(&value), !words.is_empty(), "{document}");
        }
    }
    for value in ["follows", "partly", "departs", "undetermined", "not_compared"] {
        assert!(stated.get(value).is_some_and(|count| *count >= 3), "{value}: {stated:?}");
    }
}

/// What a visitor finds to do: referrals to answer, an emergency, agendas to come, a signature to give.
async fn work_at_hand(fresh: &Fresh) {
    let latest = "select r.urgency, (select state from referral_state s where s.referral_id = r.id
                                      order by ordinal desc limit 1) as state from referral r";
    let rows = fresh.rows(latest).await;
    for state in ["received", "accepted", "returned", "redirected", "withdrawn"] {
        assert!(rows.iter().any(|row| row.get::<String, _>(1) == state), "{state}");
    }
    let emergency =
        |row: &&PgRow| row.get::<String, _>(0) == "U1" && row.get::<String, _>(1) == "received";
    assert_eq!(rows.iter().filter(emergency).count(), 1);
    let listed = "select count(*) from agenda_item where state = 'listed'";
    assert!(fresh.count(listed).await >= 9);
    let unsigned = "select count(*) from decision_draft where state = 'confirmed'";
    assert_eq!(fresh.count(unsigned).await, 1);
    let next = "select count(*) from agenda_item i
                  join mdt_case c on c.id = i.case_id join patient p on p.id = c.patient_id
                 where i.state = 'listed' and p.family_name = 'Ashworth'";
    assert_eq!(fresh.count(next).await, 1);
}

async fn log(fresh: &Fresh) {
    let begins = as_of() - TimeDelta::days(183);
    let times = fresh.rows("select min(at), max(at) from audit_event").await;
    let (first, last): (DateTime<Utc>, DateTime<Utc>) = (times[0].get(0), times[0].get(1));
    assert!(first >= begins && last == as_of(), "{first} {last}");
    let order =
        "select count(*) from (select at, lag(at) over (order by id) as before from audit_event) e
                  where at < before";
    assert_eq!(fresh.count(order).await, 0);
    // Every command left a receipt with its event; pages that were read left an event alone.
    let receipts =
        "select count(*) from command_receipt where event_id is null or location is null";
    assert_eq!(fresh.count(receipts).await, 0);
}

/// Each hospital's log was sealed day by day as the story went, never before what is sealed happened.
async fn checkpoints(fresh: &Fresh) {
    for site in fresh.rows("select id::text, name from site where kind = 'hospital'").await {
        let (id, name): (String, String) = (site.get(0), site.get(1));
        let times: Vec<DateTime<Utc>> = fresh
            .rows("select site_id::text, sealed_at from audit_checkpoint order by number")
            .await
            .iter()
            .filter(|row| row.get::<String, _>(0) == id)
            .map(|row| row.get(1))
            .collect();
        assert!(times.len() > 50, "{name}: {} checkpoints", times.len());
        assert!(times.is_sorted_by(|before, after| before < after), "{name}: {times:?}");
    }
    let late = "select count(*) from audit_leaf l
                  join audit_event e on e.id = l.event_id
                  join lateral (select sealed_at from audit_checkpoint c
                                 where c.site_id = l.site_id and c.size > l.index
                                 order by number limit 1) c on true
                 where c.sealed_at < e.at or c.sealed_at > e.at + interval '1 day'";
    assert_eq!(fresh.count(late).await, 0);
}

/// The logs verify, and every evaluation comes out again, as the auditor of all three sites sees it.
async fn verified(store: &Store, signatures: usize) {
    let key = key();
    assert_eq!(store.seal_all(&key, Sweep::Whole).await.unwrap(), 0, "nothing waits");
    let users = store.users().await.unwrap();
    let auditor = users.iter().find(|user| user.email == "raman@northfield.example").unwrap().id;
    let actor = Arc::new(store.account(auditor).await.unwrap().unwrap().actor(None, None));
    let mut decisions = 0;
    for site in store.sites().await.unwrap() {
        let reading = store.read_site::<act::LedgerVerify>(&actor, site.id).await.unwrap();
        let permit = LogPermit::from(&reading);
        reading.finish().await.unwrap();
        let trust = Trust { key: Some(key.verifier(&site.prefix).unwrap()), ..Trust::default() };
        let rules = Arc::new(Recomputer::with_given_rules());
        let report = store.verify_log(&permit, trust, rules).await.unwrap();
        assert!(report.is_ok(), "{}: {}", site.name, report.verdict);
        assert!(report.decisions.iter().all(|decision| decision.recomputed));
        decisions += report.decisions.len();
    }
    assert_eq!(decisions, signatures);
}

#[tokio::test]
async fn the_same_seed_and_time_give_the_same_ids_bytes_and_roots_and_another_seed_does_not() {
    let (one, two, other) = (Fresh::new().await, Fresh::new().await, Fresh::new().await);
    for (fresh, from) in [(&one, 42), (&two, 42), (&other, 43)] {
        fresh.seeded(from).await.unwrap();
    }
    let mut roots = Vec::new();
    for fresh in [&one, &two, &other] {
        roots.push(sealed(fresh).await);
    }
    for (name, statement) in [
        ("events", "select document from audit_event order by id"),
        ("payloads", "select salt || document from audit_payload order by event_id"),
        ("assessments", "select document from assessment order by id"),
        ("evaluations", "select document from evaluation order by id"),
        ("decisions", "select document from decision_version order by id"),
        (
            "patients",
            "select convert_to(id::text || name_key || birth_date, 'utf8') from patient order by id",
        ),
    ] {
        let [one, two, other] = [
            documents(&one, statement).await,
            documents(&two, statement).await,
            documents(&other, statement).await,
        ];
        assert!(!one.is_empty() && one == two, "{name} differ");
        assert_ne!(one, other, "{name}");
    }
    assert_eq!(roots[0], roots[1]);
    assert_ne!(roots[0], roots[2]);
    for fresh in [one, two, other] {
        fresh.drop().await;
    }
}

async fn documents(fresh: &Fresh, statement: &'static str) -> Vec<Vec<u8>> {
    fresh.rows(statement).await.iter().map(|row| row.get(0)).collect()
}

/// Size and root of each log.
async fn sealed(fresh: &Fresh) -> Vec<(i64, Vec<u8>)> {
    let logs = fresh
        .rows(
            "select distinct on (c.site_id) c.size, c.root from audit_checkpoint c join site s on s.id = c.site_id
              order by c.site_id, c.number desc",
        )
        .await;
    logs.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test]
async fn demonstration_data_never_goes_where_anything_else_is() {
    let fresh = Fresh::new().await;
    let store = fresh.store();
    store.create_installation(InstallationKind::Production, "real.example", None).await.unwrap();
    let refused = fresh.seeded(42).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "this database is for real patients: it never takes demonstration data"
    );
    assert_eq!(state_of(&store).await.unwrap(), DemoState::Production);
    assert_eq!(fresh.count("select count(*) from audit_event").await, 1);
    store.close().await;
    fresh.drop().await;
}

#[tokio::test]
async fn a_demonstration_whose_seeding_was_interrupted_is_known_as_such_and_not_seeded_again() {
    let fresh = Fresh::new().await;
    let store = fresh.store();
    let times = Some((as_of(), as_of()));
    let begun = store.with_sources(Sources::seeded(
        Arc::new(FixedClock::new(as_of() - TimeDelta::days(182))),
        42,
    ));
    begun.create_installation(InstallationKind::Demonstration, INSTALLATION, times).await.unwrap();
    assert_eq!(state_of(&store).await.unwrap(), DemoState::Interrupted);
    let refused = fresh.seeded(42).await.unwrap_err();
    assert_eq!(refused.to_string(), "this database has a demonstration already");
    store.close().await;
    fresh.drop().await;
}
