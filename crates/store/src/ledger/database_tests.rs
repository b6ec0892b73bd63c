//! Sealing, exporting and verifying on PostgreSQL, as the application role.

use std::sync::Arc;

use chrono::TimeDelta;
use mdt::actor::Actor;
use mdt::event::{Event, EventKind, SealedEvent};
use mdt::ids::{CaseId, DecisionId, SiteId};
use mdt::permission::act;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::verify::tests::sample::{CASE, DECISION, Rules, SITE, Sample, id, key};
use super::*;
use crate::StoreError;
use crate::command::insert_event;
use crate::testing::World;

/// The prefix of the site that the sample is put into.
const PREFIX: &str = "LOG";

/// A database that holds the sample, and nothing else, in the log of one site.
struct Database {
    world: World,
    owner: PgConnection,
}

impl Database {
    /// The rows of the sample as the commands would have written them, no event sealed yet.
    async fn with_sample() -> (Self, Sample) {
        let world = World::new().await;
        let owner = world.superuser().await;
        let mut database = Self { world, owner };
        let sample = Sample::new();
        database.insert_people().await;
        database.insert_documents(&sample).await;
        for event in &sample.events {
            database.insert(event).await;
        }
        database.world.store.register_ledger_key(&key()).await.unwrap();
        (database, sample)
    }

    async fn run(&mut self, statement: String) {
        self.owner.execute(AssertSqlSafe(statement)).await.unwrap();
    }

    async fn insert_people(&mut self) {
        let (site, other) = (id(SITE), id(30));
        self.run(format!(
            "insert into site (id, kind, prefix, name, zone)
                 values ('{site}', 'hospital', '{PREFIX}', 'Logwood', 'Europe/London');
             insert into app_user (id, email, display_name, home_site_id)
                 values ('{}', 'okafor@logwood.example', 'Dr P. Okafor', '{site}');
             insert into patient (site_id, id, family_name, given_name, name_key, birth_date, sex,
                                  registered_at, registered_by)
                 values ('{site}', '{}', 'Ashworth', 'Ada', 'ashworth ada', '1950-01-01', 'female', now(), '{}');",
            id(2), id(5), id(2),
        ))
        .await;
        for (case, number) in [(id(CASE), "LOG-2026-0001"), (other, "LOG-2026-0002")] {
            self.run(format!(
                "insert into mdt_case (site_id, id, number, patient_id, state, opened_at)
                 values ('{site}', '{case}', '{number}', '{}', 'open', now())",
                id(5),
            ))
            .await;
        }
    }

    async fn insert_documents(&mut self, sample: &Sample) {
        let hex = |bytes: &[u8]| format!("'\\x{}'", hex::encode(bytes));
        let site = id(SITE);
        let protocol = &sample.protocol;
        self.run(format!(
            "insert into protocol_version (id, protocol, version, title, canonical, hash, loaded_at)
             values ('{}', '{}', 1, 'Core', {}, {}, now())",
            id(50), protocol.id, hex(&protocol.document.0), hex(protocol.hash.as_bytes()),
        ))
        .await;
        for (position, one) in (0_u8..).zip(&sample.rule_sets) {
            let row = id(60 + u128::from(position));
            self.run(format!(
                "insert into rule_set_version (id, rule_set, version, kind, title, status, origin, source,
                                               canonical, hash, loaded_at)
                 values ('{row}', '{}', 1, 'score', 'Title', 'in-use', 'bundled', '', {}, {}, now());
                 insert into protocol_rule_set values ('{}', {position}, '{row}')",
                one.id, hex(&one.document.0), hex(one.hash.as_bytes()), id(50),
            ))
            .await;
        }
        for one in &sample.assessments {
            self.run(format!(
                "insert into assessment (site_id, id, case_id, ordinal, document, hash, cord_at_risk, assessed_at,
                                         recorded_by, recorded_at)
                 values ('{site}', '{}', '{}', 1, {}, {}, false, now(), '{}', now())",
                one.id, one.case, hex(&one.document.0), hex(one.hash.as_bytes()), id(2),
            ))
            .await;
        }
        for (one, facts) in sample.evaluations.iter().zip(&sample.assessments) {
            self.run(format!(
                "insert into evaluation (site_id, id, case_id, assessment_id, protocol_version_id, engine,
                                         document, hash, made_at)
                 values ('{site}', '{}', '{}', '{}', '{}', 1, {}, {}, now())",
                one.id, one.case, facts.id, id(50), hex(&one.document.0), hex(one.hash.as_bytes()),
            ))
            .await;
        }
        let one = &sample.decision;
        self.run(format!(
            "insert into decision (site_id, id, case_id, ordinal, recorded_at)
             values ('{site}', '{}', '{}', 1, now());
             insert into decision_version (site_id, id, decision_id, case_id, version, evaluation_id,
                 outcome_kind, document, hash, sentence, recorded_by, recorded_at, confirmed_by,
                 confirmed_at, signed_at)
             values ('{site}', '{}', '{}', '{}', 1, '{}', 'treat', {}, {}, '', '{user}', now(), '{user}',
                     now(), now())",
            one.decision, one.case, one.id, one.decision, one.case, sample.evaluations[0].id,
            hex(&one.document.0), hex(one.hash.as_bytes()), user = id(2),
        ))
        .await;
    }

    async fn insert(&self, event: &SealedEvent) {
        let mut transaction =
            super::seal::of_site(event.event.site).open(self.world.store.pool()).await.unwrap();
        insert_event(&mut transaction, event).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// An event of the site at the time of the clock.
    async fn add_event(&self) -> SealedEvent {
        let site = id(SITE).into();
        let event = Event::new(EventKind::CaseRead)
            .case(id(CASE).into())
            .seal(&Actor::operator(site), None, site, self.world.store.sources())
            .unwrap();
        self.insert(&event).await;
        event
    }

    async fn permit(&self) -> LogPermit {
        let operator = self.world.store.operator().await.unwrap();
        let reading =
            self.world.store.read_site::<act::BundleExport>(&operator, site()).await.unwrap();
        LogPermit::from(&reading)
    }

    async fn report(&self) -> Report {
        let permit = self.permit().await;
        let trust = Trust { key: Some(key().public().unwrap()), ..Trust::default() };
        self.world.store.verify_log(&permit, trust, Arc::new(Rules)).await.unwrap()
    }

    async fn bundle(&self, extent: Extent, options: ExportOptions<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let permit = self.permit().await;
        let summary =
            self.world.store.export_bundle(&permit, extent, &options, &mut bytes).await.unwrap();
        assert_eq!(summary.hash, rules::canonical::Hash::of(&bytes));
        bytes
    }

    async fn seal(&self, sweep: Sweep) -> u64 {
        self.world.store.seal_site(site(), &key(), sweep).await.unwrap()
    }
}

fn site() -> SiteId {
    id(SITE).into()
}

fn signed(key: &LedgerKey) -> ExportOptions<'_> {
    ExportOptions { disclose: true, signer: Some(key), ..ExportOptions::default() }
}

fn check(bytes: &[u8]) -> Report {
    let trust = Trust { key: Some(key().verifier(PREFIX).unwrap()), ..Trust::default() };
    verify(bytes, &trust, &Rules).unwrap()
}

#[tokio::test]
async fn the_log_of_a_database_verifies_before_and_after_it_is_sealed() {
    let (database, _) = Database::with_sample().await;
    // The erased payload of the sample is still there: nobody erased it here.
    // The other sites' logs of the template wait too.
    let all = database.world.all_events().await;
    let waiting = database.world.store.waiting(Sweep::Recent).await.unwrap();
    assert_eq!(i64::try_from(waiting.events).unwrap(), all);
    assert!(waiting.oldest.is_some());
    let report = database.report().await;
    assert!(report.is_ok(), "{}", report.verdict);
    assert_eq!((report.entries, report.waiting), (0, 7));
    assert_eq!(database.seal(Sweep::Recent).await, 7);
    assert_eq!(database.seal(Sweep::Recent).await, 0);
    assert_eq!(
        database.world.store.seal_all(&key(), Sweep::Whole).await.unwrap() + 7,
        waiting.events
    );
    assert_eq!(database.world.store.waiting(Sweep::Whole).await.unwrap().events, 0);
    let report = database.report().await;
    assert!(report.is_ok(), "{}", report.verdict);
    assert_eq!((report.entries, report.waiting), (7, 0));
    assert_eq!(report.decisions[0].signature, verify::SignatureState::Valid);
}

#[tokio::test]
async fn each_sealing_adds_a_checkpoint_that_continues_the_one_before() {
    let (database, _) = Database::with_sample().await;
    database.seal(Sweep::Recent).await;
    for count in 1..4 {
        for _ in 0..count {
            database.world.clock.advance(TimeDelta::seconds(1));
            database.add_event().await;
        }
        assert_eq!(database.seal(Sweep::Recent).await, count);
    }
    let report = database.report().await;
    assert!(report.is_ok(), "{}", report.verdict);
    let last = report.checkpoint.unwrap();
    assert_eq!((last.number, last.size), (4, 13));
}

#[tokio::test]
async fn an_event_that_commits_late_is_not_missed() {
    let (database, _) = Database::with_sample().await;
    database.world.clock.set("2026-06-15T09:00:00Z".parse().unwrap());
    database.add_event().await;
    database.seal(Sweep::Recent).await;
    // A little late, as slow transactions are; and very late, as no transaction should be.
    database.world.clock.set("2026-06-15T08:30:00Z".parse().unwrap());
    database.add_event().await;
    assert_eq!(database.seal(Sweep::Recent).await, 1);
    database.world.clock.set("2026-06-15T05:00:00Z".parse().unwrap());
    database.add_event().await;
    assert_eq!(database.seal(Sweep::Recent).await, 0);
    assert_eq!(database.seal(Sweep::Whole).await, 1);
    let report = database.report().await;
    assert!(report.is_ok(), "{}", report.verdict);
    assert_eq!(report.entries, 10);
}

#[tokio::test]
async fn sealers_at_the_same_time_seal_each_event_once() {
    let (database, _) = Database::with_sample().await;
    let mut sealers = Vec::new();
    for _ in 0..4 {
        let store = database.world.store.clone();
        sealers
            .push(tokio::spawn(async move { store.seal_site(site(), &key(), Sweep::Whole).await }));
    }
    let mut sealed = 0;
    for sealer in sealers {
        sealed += sealer.await.unwrap().unwrap();
    }
    assert_eq!(sealed, 7);
    assert!(database.report().await.is_ok());
}

#[tokio::test]
async fn while_another_sealer_holds_the_lock_nothing_is_sealed() {
    let (mut database, _) = Database::with_sample().await;
    let lock =
        format!("select pg_advisory_lock(hashtextextended('spineboard.seal.{}', 0))", site());
    database.run(lock).await;
    assert_eq!(database.seal(Sweep::Whole).await, 0);
    database.run("select pg_advisory_unlock_all()".to_owned()).await;
    assert_eq!(database.seal(Sweep::Whole).await, 7);
}

#[tokio::test]
async fn a_database_does_not_continue_under_another_key() {
    let (database, _) = Database::with_sample().await;
    database.world.store.register_ledger_key(&key()).await.unwrap();
    let other = LedgerKey::new("demo", &[8; 32]).unwrap();
    let refused = database.world.store.register_ledger_key(&other).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))));
}

#[tokio::test]
async fn the_bundles_of_a_site_a_case_and_a_decision_verify_under_the_key() {
    let (database, sample) = Database::with_sample().await;
    database.seal(Sweep::Whole).await;
    database.world.clock.advance(TimeDelta::seconds(5));
    let late = database.add_event().await;
    database.seal(Sweep::Whole).await;
    let case: CaseId = id(CASE).into();
    let decision: DecisionId = id(DECISION).into();
    let own = key();
    let site = check(&database.bundle(Extent::Site, signed(&own)).await);
    assert!(site.is_ok(), "{}", site.verdict);
    assert_eq!((site.entries, site.decisions.len(), site.signed), (8, 1, true));
    let of_case = check(&database.bundle(Extent::Case(case), signed(&own)).await);
    assert!(of_case.is_ok(), "{}", of_case.verdict);
    assert_eq!(of_case.scope.unwrap().label, "LOG-2026-0001");
    assert_eq!(of_case.entries, 4);
    let bytes = database.bundle(Extent::Decision(case, decision), signed(&own)).await;
    let of_decision = check(&bytes);
    assert!(of_decision.is_ok(), "{}", of_decision.verdict);
    // Its signature and how its facts came to be; not who read the case.
    assert_eq!(of_decision.entries, 2);
    assert!(!String::from_utf8(bytes).unwrap().contains(&late.event.id.to_string()));
    assert_eq!(of_decision.decisions[0].hash, sample.decision.hash);
}

#[tokio::test]
async fn a_case_bundle_continues_a_checkpoint_that_the_receiver_holds() {
    let (mut database, _) = Database::with_sample().await;
    database.seal(Sweep::Whole).await;
    let kept: String =
        database.owner.fetch_one("select note from audit_checkpoint").await.unwrap().get(0);
    database.world.clock.advance(TimeDelta::seconds(5));
    database.add_event().await;
    database.seal(Sweep::Whole).await;
    let own = key();
    let options = ExportOptions { known_size: Some(7), ..signed(&own) };
    let bytes = database.bundle(Extent::Case(id(CASE).into()), options).await;
    let trust = Trust { checkpoint: Some(kept), ..Trust::default() };
    let report = verify(bytes.as_slice(), &trust, &Rules).unwrap();
    assert!(report.is_ok(), "{}", report.verdict);
}

#[tokio::test]
async fn a_file_leaves_out_what_waits_for_its_seal() {
    let (database, _) = Database::with_sample().await;
    let own = key();
    let report = check(&database.bundle(Extent::Site, signed(&own)).await);
    assert!(report.is_ok(), "{}", report.verdict);
    assert_eq!((report.entries, report.decisions.len()), (0, 0));
}

/// What somebody with the owner's rights could do, with the record that is named then.
const CHANGES: [(&str, bundle::Kind); 9] = [
    ("update assessment set document = document || '\\x20'", bundle::Kind::Assessment),
    (
        "update rule_set_version
            set canonical = replace(encode(canonical, 'escape'), '3]', '4]')::bytea
          where rule_set = 'growth-2001'",
        bundle::Kind::RuleSet,
    ),
    ("update decision_version set version = 2", bundle::Kind::DecisionVersion),
    ("delete from decision_version", bundle::Kind::Event),
    (
        "insert into assessment (site_id, id, case_id, ordinal, document, hash, cord_at_risk, assessed_at,
                                 recorded_by, recorded_at)
         select site_id, '00000000-0000-0000-0000-0000000000ff', case_id, 2, '\\x7b7d',
                sha256('\\x7b7d'), false, now(), recorded_by, now() from assessment limit 1",
        bundle::Kind::Assessment,
    ),
    (
        "delete from audit_payload where event_id =
            (select min(e.id::text)::uuid from audit_event e join audit_payload p on p.event_id = e.id
              where e.site_id = '00000000-0000-0000-0000-000000000001')",
        bundle::Kind::Event,
    ),
    (
        "update audit_event
            set document = replace(encode(document, 'escape'), 'done', 'failed')::bytea
          where kind = 'case.read'",
        bundle::Kind::Event,
    ),
    ("delete from audit_event where kind = 'case.read'", bundle::Kind::Checkpoint),
    ("delete from audit_leaf where index = 2", bundle::Kind::Leaf),
];

#[tokio::test]
async fn a_row_that_was_changed_removed_or_added_behind_the_program_is_named() {
    for (change, kind) in CHANGES {
        let (mut database, _) = Database::with_sample().await;
        database.seal(Sweep::Whole).await;
        database.run(format!("set session_replication_role = replica; {change}")).await;
        let report = database.report().await;
        let named = report.first_bad.as_ref().and_then(|problem| problem.kind);
        assert_eq!(named, Some(kind), "{change}: {}", report.verdict);
    }
}
