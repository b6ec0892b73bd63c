//! The password asked again within a session: whoever finds one open cannot guess it there.

use chrono::TimeDelta;
use http::StatusCode;
use spineboard_tests::story::Story;
use spineboard_tests::{Page, TestApp, Visitor};
use sqlx::{Executor, Row};
use store::testing::PASSWORD;

const CHAIR: &str = "chair@northfield.example";

/// A case whose decision waits for its signature, and the chair.
async fn confirmed(app: &TestApp) -> (Story, Visitor) {
    let story = Story::presented(app, 61).await;
    let mut chair = app.chair().await;
    story.record(app, &mut chair).await;
    story.confirm(&mut chair).await;
    (story, chair)
}

/// Five wrong passwords at a form, of which the fifth locks; then the right one, which is not judged.
async fn is_locked_by_five(
    app: &TestApp,
    visitor: &mut Visitor,
    page: &Page,
    form: &str,
    fields: &[(&str, &str)],
) {
    let (judged, failed) = (app.app.verifier.count(), app.world.events("auth.failed").await);
    let locked = app.world.events("auth.locked").await;
    let with = |password: &'static str| {
        let mut all = fields.to_vec();
        all.push(("password", password));
        all
    };
    for attempt in 1..=5 {
        let answer = visitor.submit(page, form, &with("a guess of mine")).await;
        let expected = if attempt < 5 {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::TOO_MANY_REQUESTS
        };
        assert_eq!(answer.status, expected, "attempt {attempt} at {form}: {}", answer.text());
        assert_eq!(app.app.verifier.count() - judged, attempt, "one verification each");
    }
    assert_eq!(app.world.events("auth.failed").await - failed, 4);
    assert_eq!(app.world.events("auth.locked").await - locked, 1);
    let right = visitor.submit(page, form, &with(PASSWORD)).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS, "{}", right.text());
    assert!(right.headers.contains_key("retry-after"));
    assert!(right.says("Try again after 15-Jun-2026 08:26"), "{}", right.text());
    assert_eq!(app.app.verifier.count() - judged, 5, "not even judged");
}

#[tokio::test]
async fn five_wrong_passwords_lock_a_signature_and_are_written_down() {
    let app = TestApp::new().await;
    let (story, mut chair) = confirmed(&app).await;
    let page = chair.open(&story.path("/decision")).await;
    is_locked_by_five(&app, &mut chair, &page, &story.path("/decision/signature"), &[]).await;
    assert_eq!(app.world.events("decision.signed").await, 0);
    let who = app.world.user(CHAIR).await.to_string();
    let last = "select convert_from(document, 'UTF8') from audit_event where kind = 'auth.locked'";
    let document: String = app.world.superuser().await.fetch_one(last).await.unwrap().get(0);
    for part in [who.as_str(), "\"action\":\"decision.sign\"", "\"failures\":5", "\"session\""] {
        assert!(document.contains(part), "{part} in {document}");
    }
    // Whoever sits at the session cannot lock its user out of the house.
    app.sign_in(CHAIR).await;
    app.world.clock.advance(TimeDelta::seconds(61));
    story.sign(&mut chair).await;
    assert_eq!(app.world.events("decision.signed").await, 1);
}

#[tokio::test]
async fn a_void_and_a_new_password_are_locked_by_the_same_count() {
    let app = TestApp::new().await;
    let (story, mut chair) = confirmed(&app).await;
    story.sign(&mut chair).await;
    let page = chair.open(&story.path("/decision/void")).await;
    let fields = [("reason", "test"), ("words", "Entered while training.")];
    is_locked_by_five(&app, &mut chair, &page, &story.path("/decision/void"), &fields).await;
    assert_eq!(app.world.events("decision.void_asked").await, 0);
    let me = chair.open("/me").await;
    let new = "another password of the cast";
    let fields = [("password", PASSWORD), ("new_password", new), ("repeat_password", new)];
    let locked = chair.submit(&me, "/me/password", &fields).await;
    assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS, "{}", locked.text());
    assert_eq!(app.world.events("auth.password_set").await, 0);
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_change_of_a_password() {
    let app = TestApp::new().await;
    let mut chair = app.chair().await;
    let page = chair.open("/me").await;
    let new = "another password of the cast";
    let fields = [("new_password", new), ("repeat_password", new)];
    is_locked_by_five(&app, &mut chair, &page, "/me/password", &fields).await;
    assert_eq!(app.world.events("auth.password_set").await, 0);
}

#[tokio::test]
async fn a_right_password_forgets_the_wrong_ones_before_it() {
    let app = TestApp::new().await;
    let mut chair = app.chair().await;
    for _ in 0..3 {
        for password in ["a guess of mine", "a guess of mine", PASSWORD] {
            let page = chair.open("/me").await;
            let fields =
                [("password", password), ("new_password", PASSWORD), ("repeat_password", PASSWORD)];
            let answer = chair.submit(&page, "/me/password", &fields).await;
            let expected = if password == PASSWORD {
                StatusCode::SEE_OTHER
            } else {
                StatusCode::UNPROCESSABLE_ENTITY
            };
            assert_eq!(answer.status, expected, "{}", answer.problems());
        }
    }
}

#[tokio::test]
async fn somebody_outside_who_locks_the_sign_in_does_not_keep_a_chair_from_signing() {
    let app = TestApp::new().await;
    let (story, mut chair) = confirmed(&app).await;
    for _ in 0..6 {
        let fields = [("email", CHAIR), ("password", "a guess of mine")];
        app.nobody().post("/sign-in", &fields).await;
    }
    assert_eq!(app.world.events("auth.locked").await, 1);
    story.sign(&mut chair).await;
}

#[tokio::test]
async fn a_new_password_that_is_sent_twice_is_set_once_and_answered_alike() {
    let app = TestApp::new().await;
    let mut chair = app.chair().await;
    let page = chair.open("/me").await;
    let new = "another password of the cast";
    let fields = [("password", PASSWORD), ("new_password", new), ("repeat_password", new)];
    for sending in ["first", "second"] {
        let answer = chair.submit(&page, "/me/password", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{sending}: {}", answer.problems());
        assert_eq!(answer.location(), "/me");
    }
    assert_eq!(app.world.events("auth.password_set").await, 1);
    assert_eq!(app.world.events("auth.failed").await, 0);
    // No password is part of what tells one sending from another, so the answer says whose word counts.
    let other = [("password", new), ("new_password", PASSWORD), ("repeat_password", PASSWORD)];
    chair.submit(&page, "/me/password", &other).await;
    assert!(chair.open("/me").await.says("when this form was sent first"));
    assert_eq!(app.world.events("auth.password_set").await, 1);
}
