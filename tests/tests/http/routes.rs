//! Every route of the table: for nobody, for the wrong role, for another site.

use http::StatusCode;
use mdt::permission::{Relation, allowed};
use spineboard_tests::story::Story;
use spineboard_tests::{TestApp, Visitor};
use store::testing::CAST;
use web::routes::{Access, Route};

/// A concrete address of a route, about things that exist.
pub(super) fn address(
    route: &Route,
    story: &Story,
    decision: &str,
    referral: &str,
    item: &str,
) -> String {
    let id = match route.pattern {
        pattern if pattern.starts_with("/patients/{id}") => story.patient.as_str(),
        pattern if pattern.starts_with("/referrals/{id}") => referral,
        pattern if pattern.starts_with("/meetings/{id}") => story.meeting.as_str(),
        pattern if pattern.starts_with("/audit/decisions") => decision,
        pattern if pattern.starts_with("/rules/{id}") => "tokuhashi-2005",
        pattern if pattern.starts_with("/rules/protocols/{id}") => "core-scores",
        _ => "0197a1b2-c3d4-7e5f-8a6b-0123456789ab",
    };
    route
        .pattern
        .replace("{id}", id)
        .replace("{number}", &story.case)
        .replace("{level}", "L1")
        .replace("{ordinal}", "1")
        .replace("{version}", "1")
        .replace("{item}", item)
        .replace("{membership}", "0197a1b2-c3d4-7e5f-8a6b-0123456789ab")
        .replace("{form}", "patient")
        .replace("{object}", "new")
}

pub(super) struct Things {
    pub(super) story: Story,
    pub(super) decision: String,
    pub(super) referral: String,
    pub(super) item: String,
}

pub(super) async fn things(app: &TestApp) -> Things {
    let story = Story::signed(app, 10).await;
    Things {
        decision: one(app, "select id::text from decision").await,
        referral: one(app, "select id::text from referral").await,
        item: one(app, "select id::text from agenda_item").await,
        story,
    }
}

async fn one(app: &TestApp, statement: &'static str) -> String {
    use sqlx::{Executor, Row};
    app.world.superuser().await.fetch_one(statement).await.unwrap().get(0)
}

async fn ask(visitor: &mut Visitor, route: &Route, address: &str) -> StatusCode {
    let id = "0197a1b2-c3d4-7e5f-8a6b-00000000ffff";
    if route.method == "GET" {
        return visitor.get(address).await.status;
    }
    // What every form of ours carries, so that the answer is about the right and not about the form.
    let sentence = "0".repeat(64);
    let fields = [("command_id", id), ("base", "1"), ("sentence", sentence.as_str())];
    visitor.post(address, &fields).await.status
}

#[tokio::test]
async fn nobody_gets_past_signing_in_on_any_route() {
    let app = TestApp::new().await;
    let things = things(&app).await;
    let before = app.world.all_events().await;
    for route in &app.table {
        let address =
            address(route, &things.story, &things.decision, &things.referral, &things.item);
        let status = ask(&mut app.nobody(), route, &address).await;
        match route.access {
            Access::SignedIn => {
                assert_eq!(status, StatusCode::SEE_OTHER, "{} {}", route.method, route.pattern);
            }
            Access::Public => assert!(
                status.is_success() || status == StatusCode::UNPROCESSABLE_ENTITY,
                "{} {} answers {status}",
                route.method,
                route.pattern
            ),
        }
    }
    // The one event: the attempt to sign in with nothing.
    assert_eq!(app.world.all_events().await, before + 1);
}

#[tokio::test]
async fn a_role_without_the_right_is_refused_on_every_route_and_the_refusal_is_written_down() {
    let app = TestApp::new().await;
    let things = things(&app).await;
    let mut asked = 0;
    for person in CAST.iter().filter(|person| person.site == "NF") {
        let mut visitor = app.sign_in(person.email).await;
        for route in &app.table {
            let Some(action) = route.action else { continue };
            let may = [Relation::Member, Relation::Addressed, Relation::Sender]
                .into_iter()
                .any(|relation| allowed(person.role, action, relation));
            if may {
                continue;
            }
            let address =
                address(route, &things.story, &things.decision, &things.referral, &things.item);
            let denied = app.world.events("access.denied").await;
            let status = ask(&mut visitor, route, &address).await;
            assert!(
                matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND),
                "{:?} at {} {} got {status}",
                person.role,
                route.method,
                route.pattern
            );
            assert_eq!(
                app.world.events("access.denied").await,
                denied + 1,
                "{} {}",
                route.method,
                route.pattern
            );
            asked += 1;
        }
    }
    assert!(asked > 100, "only {asked} pairs of role and route were tried");
}

#[tokio::test]
async fn another_sites_things_are_not_found_by_anybody_and_the_attempt_is_written_down() {
    let app = TestApp::new().await;
    let things = things(&app).await;
    for email in
        ["coordinator@eastmoor.example", "chair@eastmoor.example", "auditor@eastmoor.example"]
    {
        let mut visitor = app.sign_in(email).await;
        for route in app.table.iter().filter(|route| is_about_northfield(route)) {
            let address =
                address(route, &things.story, &things.decision, &things.referral, &things.item);
            let denied = app.world.events("access.denied").await;
            let status = ask(&mut visitor, route, &address).await;
            assert_eq!(
                status,
                StatusCode::NOT_FOUND,
                "{email} at {} {}",
                route.method,
                route.pattern
            );
            assert_eq!(
                app.world.events("access.denied").await,
                denied + 1,
                "{} {}",
                route.method,
                route.pattern
            );
        }
    }
}

/// Routes whose address names something that Northfield owns.
fn is_about_northfield(route: &Route) -> bool {
    [
        "/patients/{id}",
        "/cases/{number}",
        "/meetings/{id}",
        "/referrals/{id}",
        "/audit/decisions/{id}",
    ]
    .iter()
    .any(|start| route.pattern.starts_with(start))
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_in_the_same_words_as_what_is_out_of_reach() {
    let app = TestApp::new().await;
    let things = things(&app).await;
    let mut stranger = app.sign_in("coordinator@eastmoor.example").await;
    let elsewhere = stranger.get(&things.story.path("")).await;
    let nowhere = stranger.get("/cases/NF-2026-9999").await;
    assert_eq!(elsewhere.status, nowhere.status);
    let words = |page: &spineboard_tests::Page| page.first("h1");
    assert_eq!(words(&elsewhere), words(&nowhere));
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let app = TestApp::new().await;
    let mut visitor = app.coordinator().await;
    for path in ["/", "/cases/NF-2026-9999", "/sign-in", "/healthz"] {
        let page = visitor.get(path).await;
        let header = |name: &str| {
            page.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        assert!(header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert!(header("x-request-id").len() == 36, "{path}");
    }
}
