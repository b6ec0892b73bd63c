//! What no address should ever take: nothing at all, too much, bytes that are no text, ids of nothing.
//! Each is answered in words, never with 500, and nothing is written.

use std::collections::BTreeSet;

use axum::body::Bytes;
use http::StatusCode;
use mdt::permission::{Relation, allowed_on_duty};
use spineboard_tests::{Page, TestApp, Visitor};
use sqlx::{AssertSqlSafe, Executor, Row};
use store::testing::CAST;
use web::routes::Route;

use crate::routes::{Things, address, things};

const FORM: &str = "application/x-www-form-urlencoded";
/// A well-formed id of nothing.
const NOBODY: &str = "0197a1b2-c3d4-7e5f-8a6b-0123456789ab";
/// Forms that have nothing to fill in: a button sends them.
const BUTTONS: [&str; 8] = [
    "/audit/log/verification",
    "/meetings/{id}/opening",
    "/meetings/{id}/closing",
    "/admin/users/{id}/password",
    "/admin/users/{id}/roles/{membership}/end",
    "/cases/{number}/evaluations",
    "/cases/{number}/actions/{id}/completion",
    "/referrals/{id}/acceptance",
];

/// Forms that answer something else than the form with its problems when no field is filled in.
const UNLIKE: [(&str, StatusCode); 5] = [
    // The base of the form is older than what stands: the merge page comes before the fields.
    ("/cases/{number}/decision", StatusCode::CONFLICT),
    // No draft to discard, no place to move to: somebody else was quicker.
    ("/cases/{number}/decision/discard", StatusCode::CONFLICT),
    ("/meetings/{id}/items/{item}/place", StatusCode::CONFLICT),
    // What is confirmed is a hash that the page carries, not a field that somebody fills in.
    ("/cases/{number}/decision/confirmation", StatusCode::BAD_REQUEST),
    // About a patient whom nobody named.
    ("/referrals", StatusCode::NOT_FOUND),
];

fn posts(app: &TestApp) -> Vec<Route> {
    app.table.iter().filter(|route| route.method == "POST").copied().collect()
}

/// Somebody of Northfield who may send this form: the chair of the meeting for what hangs on that duty.
async fn sender(app: &TestApp, route: &Route) -> Visitor {
    let Some(action) = route.action else { return app.coordinator().await };
    let may = |role| {
        let mut relations = [Relation::Member, Relation::Addressed, Relation::Sender].into_iter();
        relations.any(|relation| allowed_on_duty(role, action, relation, &[]))
    };
    let person = CAST.iter().find(|person| person.site == "NF" && may(person.role));
    app.sign_in(person.map_or("chair@northfield.example", |person| person.email)).await
}

/// The address of a form about things that exist, users and sites among them.
async fn concrete(app: &TestApp, route: &Route, things: &Things) -> String {
    let user = app.world.user("referrer@northfield.example").await.to_string();
    let id = if route.pattern.starts_with("/admin/sites/") {
        app.world.northfield.to_string()
    } else {
        user
    };
    if !route.pattern.starts_with("/admin/") {
        return address(route, &things.story, &things.decision, &things.referral, &things.item);
    }
    let membership =
        text(app, &format!("select id::text from membership where user_id = '{id}'")).await;
    route.pattern.replace("{id}", &id).replace("{membership}", &membership)
}

pub(crate) async fn text(app: &TestApp, statement: &str) -> String {
    let mut connection = app.world.superuser().await;
    let row = connection.fetch_optional(AssertSqlSafe(statement.to_owned())).await.unwrap();
    row.map(|row| row.get(0)).unwrap_or_default()
}

/// What commands have written: their receipts, and the events that no mere reading leaves.
pub(crate) async fn written(app: &TestApp) -> String {
    text(
        app,
        "select (select count(*) from command_receipt) || ' receipts, ' || (select count(*) from audit_event \
         where kind not like '%.read' and kind <> 'access.denied' and kind not like 'auth.%') || ' events'",
    )
    .await
}

/// A refusal is a page with a heading, not a bare line.
pub(crate) fn is_a_page(answer: &Page, what: &str) {
    assert!(
        !answer.first("h1").is_empty() && !answer.first("main").is_empty(),
        "{what}: {}",
        answer.body
    );
}

#[tokio::test]
async fn every_form_without_its_fields_is_refused_in_words_and_writes_nothing() {
    let app = TestApp::new().await;
    let things = things(&app).await;
    let mut sent = 0;
    for (route, n) in posts(&app).iter().zip(0_u32..) {
        if matches!(route.pattern, "/sign-out" | "/drafts/{form}/{object}") {
            continue;
        }
        let address = concrete(&app, route, &things).await;
        let mut visitor = sender(&app, route).await;
        let before = written(&app).await;
        let empty = visitor.post::<&str>(&address, &[]).await;
        let what = format!("nothing to {}: {}", route.pattern, empty.status);
        assert!(empty.status.is_client_error() && empty.status != StatusCode::FORBIDDEN, "{what}");
        is_a_page(&empty, &what);
        let id = format!("0197a1b2-c3d4-7e5f-8a6b-{n:012}");
        let machinery = [("command_id", id.as_str()), ("base", "1"), ("from", "")];
        if !BUTTONS.contains(&route.pattern) {
            let bare = visitor.post(&address, &machinery).await;
            let what = format!("no field to {}: {}", route.pattern, bare.status);
            let unlike = UNLIKE.iter().find(|(pattern, _)| *pattern == route.pattern);
            let expected = unlike.map_or(StatusCode::UNPROCESSABLE_ENTITY, |(_, status)| *status);
            assert_eq!(bare.status, expected, "{what}");
            is_a_page(&bare, &what);
        }
        assert_eq!(written(&app).await, before, "{}", route.pattern);
        sent += 1;
    }
    assert!(sent > 30, "only {sent} forms were sent");
}

#[tokio::test]
async fn bodies_that_are_no_form_are_refused_by_every_form() {
    let app = TestApp::new().await;
    let things = things(&app).await;
    let mut visitor = app.coordinator().await;
    let before = written(&app).await;
    let huge = Bytes::from(vec![b'a'; 10 << 20]);
    // Signing out takes no form, so whatever comes with it is not even read.
    for route in posts(&app).iter().filter(|route| route.pattern != "/sign-out") {
        let address = concrete(&app, route, &things).await;
        let bodies: [(&str, Bytes, StatusCode); 6] = [
            (FORM, huge.clone(), StatusCode::PAYLOAD_TOO_LARGE),
            (FORM, Bytes::from_static(b"command_id=%ff%fe"), StatusCode::BAD_REQUEST),
            (FORM, Bytes::from_static(b"name=\xc3\x28"), StatusCode::BAD_REQUEST),
            (FORM, Bytes::from_static(b"family_name=a%00b&reason=%00"), StatusCode::BAD_REQUEST),
            ("application/json", Bytes::from_static(b"{}"), StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ("multipart/form-data; boundary=x", Bytes::new(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ];
        for (content_type, body, expected) in bodies {
            let length = body.len();
            let answer = visitor.post_raw(&address, content_type, body).await;
            let what = format!("{length} bytes of {content_type} to {}", route.pattern);
            assert_eq!(answer.status, expected, "{what}");
            is_a_page(&answer, &what);
        }
    }
    assert_eq!(written(&app).await, before);
    visitor.open("/me").await;
}

#[tokio::test]
async fn a_body_too_large_of_nobody_is_not_read_at_all() {
    let app = TestApp::new().await;
    let huge = Bytes::from(vec![b'a'; 10 << 20]);
    let answer = app.nobody().post_raw("/patients", FORM, huge).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(
        answer.location().starts_with("/sign-in?next=%2Fpatients%2Fnew"),
        "{}",
        answer.location()
    );
}

#[tokio::test]
async fn ids_of_nothing_are_not_found_on_every_route() {
    let app = TestApp::new().await;
    let mut asked = 0;
    for route in app.table.iter().filter(|route| route.pattern.contains('{')) {
        let mut visitor = sender(&app, route).await;
        let sentence = "0".repeat(64);
        let fields = [
            ("command_id", NOBODY),
            ("base", "1"),
            ("from", ""),
            ("reason", "no reason"),
            ("words", "no words"),
            ("sentence", sentence.as_str()),
        ];
        for strange in
            [NOBODY, "NF-2026-9999", "7", "%00", "%2e%2e%2f", "%C3%28", &"9".repeat(3000)]
        {
            let address = route
                .pattern
                .split('/')
                .map(|part| if part.starts_with('{') { strange } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let answer = if route.method == "GET" {
                visitor.get(&address).await
            } else {
                visitor.post(&address, &fields).await
            };
            let what: String = format!("{} {}: {}", route.method, address, answer.status)
                .chars()
                .take(120)
                .collect();
            // What is not UTF-8 is no address at all.
            let expected = answer.status == StatusCode::NOT_FOUND
                || (strange == "%C3%28" && answer.status == StatusCode::BAD_REQUEST);
            assert!(expected, "{what}");
            is_a_page(&answer, &what);
            asked += 1;
        }
    }
    assert!(asked > 200, "only {asked} addresses were tried");
}

#[tokio::test]
async fn absurd_questions_to_pages_are_answered_or_refused_and_never_break_them() {
    let app = TestApp::new().await;
    let things = things(&app).await;
    let long = "x".repeat(3000);
    let values = [
        "%00",
        "%ff%fe",
        "%F0%9F%92%A9",
        "-1",
        "99999999999999999999",
        "31-Feb-2026",
        "'%3B--",
        "%25%25%5F",
        "sins-2010.T99",
        long.as_str(),
    ];
    for route in app.table.iter().filter(|route| route.method == "GET") {
        let mut visitor = sender(&app, route).await;
        let address = concrete(&app, route, &things).await;
        let all = QUESTIONS.iter().flat_map(|(_, fields)| fields.iter().copied());
        let all: BTreeSet<&str> = all.collect();
        let own = QUESTIONS.iter().find(|(pattern, _)| *pattern == route.pattern);
        let alone = own.map(|(_, fields)| *fields).unwrap_or_default();
        for value in values {
            let mut queries = vec![all.iter().map(|field| format!("{field}={value}")).collect()];
            queries.extend(alone.iter().map(|field| vec![format!("{field}={value}")]));
            for query in queries {
                ask(&mut visitor, &format!("{address}?{}", query.join("&"))).await;
            }
        }
        for query in ["q=1&q=2&site=NF&site=EM&before=1&before=2", "&&&=&=", "what-if", "before="] {
            ask(&mut visitor, &format!("{address}?{query}")).await;
        }
    }
}

/// What pages with several questions can be asked; each of the others has one of these.
const QUESTIONS: [(&str, &[&str]); 12] = [
    ("/cases", &["q", "state", "site", "after"]),
    ("/referrals", &["list", "open"]),
    ("/referrals/new", &["patient", "q"]),
    ("/audit/log", &["site", "group", "who", "before", "back"]),
    ("/audit/decisions", &["site", "before"]),
    ("/audit/decisions/{id}/{version}", &["views"]),
    ("/cases/{number}/history", &["group", "before"]),
    ("/meetings", &["before", "case"]),
    ("/meetings/{id}", &["case"]),
    ("/cases/{number}", &["what-if"]),
    ("/sign-in", &["next", "kept"]),
    ("/admin/users", &["user"]),
];

async fn ask(visitor: &mut Visitor, address: &str) {
    let answer = visitor.get(address).await;
    let what: String = format!("GET {address}: {}", answer.status).chars().take(200).collect();
    assert!(!answer.status.is_server_error(), "{what}");
    if answer.status.is_client_error() {
        is_a_page(&answer, &what);
    }
}
