//! PostgreSQL goes away under a running server, which says so in words and goes on when it is back.

use http::{StatusCode, header};
use rustix::process::Signal;
use spineboard::postgres::{ClusterOptions, Durability, PrivateCluster};
use spineboard_tests::{Page, Visitor};

use crate::process::{Scratch, Served, program, program_path};
use crate::site::{PASSWORD, register, set_up, sign_in};

/// The page that says to come back in a moment.
fn is_unavailable(page: &Page) {
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}: {}", page.path, page.text());
    let seconds = page.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    assert!(seconds.is_some_and(|seconds| seconds.parse::<u32>().is_ok()), "{seconds:?}");
    assert!(!page.first("main h1").is_empty(), "{}", page.body);
    assert!(!page.body.contains("postgres"), "no word of the machinery: {}", page.text());
}

/// Asks until the page is there; until then each answer has to be the page that says so.
async fn until_it_answers(visitor: &mut Visitor, path: &str) -> (Page, u32) {
    for refused in 0..600 {
        let page = visitor.get(path).await;
        if page.status == StatusCode::OK {
            return (page, refused);
        }
        is_unavailable(&page);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{path} did not come back");
}

/// A server with its own PostgreSQL in this directory, and somebody who has signed in.
async fn signed_in(scratch: &Scratch) -> (Served, Visitor) {
    set_up(scratch, None);
    let log = scratch.path().join("serve.log");
    let served = Served::start(&mut scratch.command(&["serve", "--test-without-fsync"]), &log);
    let mut visitor = served.visitor();
    sign_in(&mut visitor, "jo@northfield.example", PASSWORD).await;
    (served, visitor)
}

#[tokio::test]
async fn a_private_postgres_that_is_killed_comes_back_and_nobody_has_to_sign_in_again() {
    let scratch = Scratch::new();
    let (served, mut visitor) = signed_in(&scratch).await;
    for n in 0..3 {
        let (_, registered) = register(&mut visitor, n).await;
        assert_eq!(registered.status, StatusCode::SEE_OTHER, "{}", registered.problems());
        let (old, path) = (scratch.postmaster().unwrap(), registered.location());
        scratch.kill_postgres();
        let (patient, _) = until_it_answers(&mut visitor, &path).await;
        assert!(patient.body.contains("TESTPERSON"), "{}", patient.text());
        assert_ne!(scratch.postmaster(), Some(old));
    }
    served.stop();
}

#[tokio::test]
async fn a_server_of_ones_own_that_is_stopped_gives_503_and_needs_no_restart_of_ours() {
    let scratch = Scratch::new();
    let own = Scratch::new();
    let options = ClusterOptions {
        durability: Durability::TestsOnly,
        guard: Some(program_path()),
        postgres_bin: std::env::var_os("SPINEBOARD_POSTGRES_BIN").map(Into::into),
        ..ClusterOptions::new(own.data())
    };
    let cluster = PrivateCluster::start(&options).unwrap();
    let url = cluster.superuser_url();
    set_up(&scratch, Some(&url));
    let log = scratch.path().join("serve.log");
    let mut command = program();
    command.arg("serve").env("DATABASE_URL", &url).arg("--data-dir").arg(scratch.data().root());
    let served = Served::start(&mut command, &log);
    let mut visitor = served.visitor();
    sign_in(&mut visitor, "jo@northfield.example", PASSWORD).await;
    let (_, registered) = register(&mut visitor, 1).await;
    assert_eq!(registered.status, StatusCode::SEE_OTHER, "{}", registered.problems());
    let form = visitor.open("/patients/new").await;

    cluster.stop().unwrap();
    for path in ["/", &registered.location(), "/patients/new", "/no-such-page"] {
        is_unavailable(&visitor.get(path).await);
    }
    let typed = [
        ("family_name", "Typedmeanwhile"),
        ("given_name", "I"),
        ("birth_date", "1-Jan-1950"),
        ("sex", "male"),
    ];
    is_unavailable(&visitor.submit(&form, "/patients", &typed).await);
    assert_eq!(
        served.visitor().get("/healthz").await.status,
        StatusCode::OK,
        "the process itself is well"
    );
    assert_eq!(served.visitor().get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let wrong = [("email", "jo@northfield.example"), ("password", PASSWORD)];
    is_unavailable(&served.visitor().post("/sign-in", &wrong).await);

    let cluster = PrivateCluster::start(&options).unwrap();
    assert_eq!(cluster.superuser_url(), url);
    let (patient, _) = until_it_answers(&mut visitor, &registered.location()).await;
    assert!(patient.body.contains("TESTPERSON"), "{}", patient.text());
    // The form that could not be taken is sent again, as it was.
    let taken = visitor.submit(&form, "/patients", &typed).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.problems());
    assert_eq!(served.visitor().get("/readyz").await.status, StatusCode::OK);
    served.stop();
    cluster.stop().unwrap();
}

#[tokio::test]
async fn a_request_that_is_under_way_when_postgres_hangs_ends_in_503_and_nothing_is_half_done() {
    let scratch = Scratch::new();
    let (served, mut visitor) = signed_in(&scratch).await;
    // A lock on the table holds the command in the middle; then PostgreSQL dies under it.
    let mut holder = holder(&scratch.database()).await;
    let sending = tokio::spawn({
        let mut visitor = visitor.clone();
        async move { register(&mut visitor, 7).await.1 }
    });
    wait_for_a_waiter(&mut holder).await;
    scratch.kill_postgres();
    is_unavailable(&sending.await.unwrap());
    until_it_answers(&mut visitor, "/").await;
    let (_, again) = register(&mut visitor, 7).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.problems());
    let (patient, _) = until_it_answers(&mut visitor, &again.location()).await;
    assert!(patient.body.contains("TESTPERSON7"), "{}", patient.text());
    served.stop();
}

/// A connection that holds a lock on the patients until it ends.
async fn holder(url: &str) -> sqlx::PgConnection {
    use sqlx::{Connection, Executor};
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    connection.execute("begin; lock table patient in access exclusive mode").await.unwrap();
    connection
}

async fn wait_for_a_waiter(connection: &mut sqlx::PgConnection) {
    use sqlx::{Executor, Row};
    for _ in 0..1500 {
        let statement = "select count(*) from pg_locks where not granted";
        let waiting: i64 = connection.fetch_one(statement).await.unwrap().get(0);
        if waiting > 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("nobody waits for the lock");
}

#[tokio::test]
async fn a_server_that_is_asked_to_stop_finishes_what_is_under_way() {
    let scratch = Scratch::new();
    let (served, mut visitor) = signed_in(&scratch).await;
    let mut holder = holder(&scratch.database()).await;
    let sending = tokio::spawn(async move { register(&mut visitor, 8).await.1 });
    wait_for_a_waiter(&mut holder).await;
    served.signal(Signal::TERM);
    drop(holder);
    let answer = sending.await.unwrap();
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    served.await_end();
}
