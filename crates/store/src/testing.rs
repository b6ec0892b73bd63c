//! For the tests of this workspace: a database a test, copied from a template that holds a small
//! demonstration installation with its cast, and connected as the application role.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that cannot arrange should fail loudly"
)]

use std::sync::{Arc, LazyLock};

use chrono::{DateTime, TimeZone, Utc};
use mdt::actor::Actor;
use mdt::chance::Sources;
use mdt::clock::{Clock, SteppedClock};
use mdt::ids::{SiteId, UserId};
use mdt::permission::{Act, act};
use mdt::role::{Role, Specialty};
use secrecy::SecretString;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

use crate::sites::{InstallationKind, NewSite, add_site};
use crate::users::{NewUser, add_user};
use crate::{Begun, Command, Store, Submission, migrate, password, rule_sets};

/// The password of everybody in the cast.
pub const PASSWORD: &str = "a password of the cast";
/// Where the cluster of the tests listens: a superuser's URL to a maintenance database.
pub const CLUSTER: &str = "SPINEBOARD_TEST_DATABASE";
/// The instant at which every test starts.
pub static START: LazyLock<DateTime<Utc>> =
    LazyLock::new(|| Utc.with_ymd_and_hms(2026, 6, 15, 7, 25, 0).unwrap());

/// Somebody of the cast.
#[derive(Debug, Clone)]
pub struct Person {
    /// Sign-in address.
    pub email: &'static str,
    /// Name as pages show it.
    pub name: &'static str,
    /// Where they belong.
    pub site: &'static str,
    /// What they are there.
    pub role: Role,
    /// Of a clinician.
    pub specialty: Option<Specialty>,
}

/// Everybody: each role at Northfield, and a coordinator, a chair and an auditor at Eastmoor.
pub static CAST: [Person; 11] = [
    person("coordinator@northfield.example", "C. Northfield", "NF", Role::Coordinator),
    person("clinician@northfield.example", "Dr L. Northfield", "NF", Role::Clinician),
    person("chair@northfield.example", "Dr H. Northfield", "NF", Role::Chair),
    person("auditor@northfield.example", "A. Northfield", "NF", Role::Auditor),
    person("referrer@northfield.example", "R. Northfield", "NF", Role::Referrer),
    person("steward@northfield.example", "Prof. S. Northfield", "NF", Role::Steward),
    person("administrator@northfield.example", "M. Northfield", "NF", Role::Administrator),
    person("scribe@northfield.example", "B. Northfield", "NF", Role::Clinician),
    person("coordinator@eastmoor.example", "C. Eastmoor", "EM", Role::Coordinator),
    person("chair@eastmoor.example", "Dr H. Eastmoor", "EM", Role::Chair),
    person("auditor@eastmoor.example", "A. Eastmoor", "EM", Role::Auditor),
];

const fn person(email: &'static str, name: &'static str, site: &'static str, role: Role) -> Person {
    let specialty = match role {
        Role::Clinician => Some(Specialty::SpinalSurgery),
        _ => None,
    };
    Person { email, name, site, role, specialty }
}

/// A database of one test, with the clock that the test steps.
pub struct World {
    /// As the application sees it.
    pub store: Store,
    /// Time of the test.
    pub clock: Arc<SteppedClock>,
    /// Northfield.
    pub northfield: SiteId,
    /// Eastmoor.
    pub eastmoor: SiteId,
    name: String,
    cluster: PgConnectOptions,
}

fn cluster() -> PgConnectOptions {
    let url = std::env::var(CLUSTER).unwrap_or_else(|_| {
        panic!("set {CLUSTER} to a superuser's URL of a PostgreSQL for tests, or run script/test, which starts one")
    });
    url.parse().unwrap()
}

impl World {
    /// A fresh copy of the template.
    pub async fn new() -> Self {
        let cluster = cluster();
        let template = template(&cluster).await;
        let name = format!("test_{}", hex::encode(Sources::system().unwrap().bytes::<8>()));
        let mut connection = PgConnection::connect_with(&cluster).await.unwrap();
        execute(
            &mut connection,
            format!("create database {name} template {template} strategy file_copy"),
        )
        .await;
        connection.close().await.unwrap();
        let clock = Arc::new(SteppedClock::new(*START));
        // Another seed than the template's, so that no id can repeat.
        let sources = Sources::seeded(clock.clone(), 20_260_615);
        let store = Store::open(cluster.clone().database(&name), 4, sources);
        let sites = store.sites().await.unwrap();
        let id = |prefix: &str| sites.iter().find(|site| site.prefix == prefix).unwrap().id;
        Self { clock, northfield: id("NF"), eastmoor: id("EM"), store, name, cluster }
    }

    /// The user of a sign-in address of the cast.
    pub async fn user(&self, email: &str) -> UserId {
        let users = self.store.users().await.unwrap();
        users.iter().find(|user| user.email == email).unwrap().id
    }

    /// Somebody of the cast, acting.
    pub async fn actor(&self, email: &str) -> Arc<Actor> {
        let user = self.user(email).await;
        let account = self.store.account(user).await.unwrap().unwrap();
        Arc::new(account.actor(None, None))
    }

    /// A submission that nobody sends twice.
    pub fn once(&self) -> Submission {
        Submission::single(self.store.sources())
    }

    /// A connection past all policies, to look at what is stored or to damage it.
    pub async fn superuser(&self) -> PgConnection {
        PgConnection::connect_with(&self.cluster.clone().database(&self.name)).await.unwrap()
    }

    /// How many events of a kind there are, in all logs.
    pub async fn events(&self, kind: &str) -> i64 {
        let statement = format!("select count(*) from audit_event where kind = '{kind}'");
        self.superuser().await.fetch_one(AssertSqlSafe(statement)).await.unwrap().get(0)
    }

    /// How many events there are in all.
    pub async fn all_events(&self) -> i64 {
        self.superuser().await.fetch_one("select count(*) from audit_event").await.unwrap().get(0)
    }

    /// Options that connect to this database as its superuser, for a server that is started apart.
    pub fn options(&self) -> PgConnectOptions {
        self.cluster.clone().database(&self.name)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let (cluster, name) = (self.cluster.clone(), std::mem::take(&mut self.name));
        // Dropping is not async, and the test's runtime may be ending: a thread with one of its own.
        let dropped = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                if let Ok(mut connection) = PgConnection::connect_with(&cluster).await {
                    let statement = format!("drop database if exists {name} with (force)");
                    let _ = connection.execute(AssertSqlSafe(statement)).await;
                }
            });
        });
        let _ = dropped.join();
    }
}

async fn execute(connection: &mut PgConnection, statement: String) {
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
}

/// The template of this schema and this bundle, made by whoever comes first.
async fn template(cluster: &PgConnectOptions) -> String {
    let name = format!("spineboard_template_{}", fingerprint());
    let mut connection = PgConnection::connect_with(cluster).await.unwrap();
    connection.execute("select pg_advisory_lock(hashtext('spineboard.template'))").await.unwrap();
    let known: bool = connection
        .fetch_one(AssertSqlSafe(format!(
            "select exists (select from pg_database where datname = '{name}')"
        )))
        .await
        .unwrap()
        .get(0);
    if !known {
        let making = format!("{name}_making");
        execute(&mut connection, format!("drop database if exists {making} with (force)")).await;
        execute(&mut connection, format!("create database {making}")).await;
        fill(&cluster.clone().database(&making)).await;
        execute(&mut connection, format!("alter database {making} rename to {name}")).await;
    }
    connection.close().await.unwrap();
    name
}

/// Changes with every migration, rule file, the form of documents and this file, so that an old template
/// is never taken.
fn fingerprint() -> String {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for migration in migrate::MIGRATOR.iter() {
        hasher.update(&*migration.checksum);
    }
    for file in clinical::rulesets::RULE_SET_FILES.iter().chain(clinical::rulesets::PROTOCOL_FILES)
    {
        hasher.update(file.text);
    }
    // How a document is written is part of it: the template holds the bytes that were hashed.
    if let Some(file) = clinical::rulesets::RULE_SET_FILES.first() {
        hasher.update(rules::parse(file.name, file.text).unwrap().hash().unwrap().as_bytes());
    }
    hasher.update(include_str!("testing.rs"));
    hex::encode(hasher.finalize()).chars().take(12).collect()
}

async fn fill(options: &PgConnectOptions) {
    migrate::run(options).await.unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SteppedClock::new(*START));
    let store = Store::open(options.clone(), 2, Sources::seeded(clock, 1));
    store
        .create_installation(
            InstallationKind::Demonstration,
            "tests.example",
            Some((*START, *START)),
        )
        .await
        .unwrap();
    store.load_bundled().await.unwrap();
    let mut sites = Vec::new();
    for (prefix, name) in [("NF", "Northfield"), ("EM", "Eastmoor")] {
        let site = NewSite {
            prefix: prefix.to_owned(),
            name: name.to_owned(),
            zone: chrono_tz::Europe::London,
        };
        sites.push((
            prefix,
            add_site(command_for::<act::SiteManage>(&store).await, site).await.unwrap().0,
        ));
    }
    let site = |prefix: &str| sites.iter().find(|(one, _)| *one == prefix).unwrap().1;
    let hash = password::hash(&SecretString::from(PASSWORD)).unwrap();
    for one in &CAST {
        let user = NewUser {
            email: one.email.to_owned(),
            display_name: one.name.to_owned(),
            home: site(one.site),
            password_hash: Some(hash.clone()),
            roles: vec![(site(one.site), one.role, one.specialty)],
        };
        add_user(command_for::<act::UserManage>(&store).await, user).await.unwrap();
    }
    let protocol = store.protocol_versions().await.unwrap().first().unwrap().id;
    for (_, site) in &sites {
        let command = command_at::<act::ProtocolActivate>(&store, *site).await;
        rule_sets::activate(command, protocol, *START).await.unwrap();
    }
    store.close().await;
}

/// A command of the operator in the installation's own log.
async fn command_for<A: Act>(store: &Store) -> Command<A, SiteId> {
    let home = store.operator().await.unwrap().home;
    command_at(store, home).await
}

async fn command_at<A: Act>(store: &Store, site: SiteId) -> Command<A, SiteId> {
    let operator = store.operator().await.unwrap();
    let submission = Submission::single(store.sources());
    fresh(store.command_at_site::<A>(&operator, site, submission).await.unwrap())
}

/// The command of a first sending.
pub fn fresh<A, S>(begun: Begun<A, S>) -> Command<A, S> {
    match begun {
        Begun::Fresh(command) => command,
        Begun::Repeated(location) => panic!("sent before, answered with {location}"),
    }
}
