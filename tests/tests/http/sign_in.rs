//! Signing in: the same answer and the same work whoever asks, locks that do not tell who exists.

use std::io;

use axum::body::Body;
use chrono::TimeDelta;
use http::{StatusCode, header};
use mdt::clock::Clock;
use spineboard_tests::story::particulars;
use spineboard_tests::{TestApp, Visitor};
use sqlx::Executor;
use store::testing::PASSWORD;
use tokio::sync::oneshot;

#[tokio::test]
async fn the_right_password_leads_to_the_page_that_was_asked_for() {
    let app = TestApp::new().await;
    let mut visitor = app.nobody();
    let asked = visitor.get("/me").await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    assert_eq!(asked.location(), "/sign-in?next=%2Fme");
    let form = visitor.open(&asked.location()).await;
    let fields = [("email", "Coordinator@Northfield.example"), ("password", PASSWORD)];
    let entered = visitor.submit(&form, "/sign-in", &fields).await;
    assert_eq!(entered.location(), "/me");
    let page = visitor.follow(&entered).await;
    assert!(page.says("coordinator@northfield.example"), "{}", page.text());
    assert_eq!(app.world.events("auth.signed_in").await, 1);
}

#[tokio::test]
async fn an_unknown_address_gets_the_same_answer_and_costs_the_same_work() {
    let app = TestApp::new().await;
    let mut answers = Vec::new();
    for email in ["coordinator@northfield.example", "nobody@northfield.example"] {
        let before = app.app.verifier.count();
        let answer = app
            .nobody()
            .post("/sign-in", &[("email", email), ("password", "not the password")])
            .await;
        assert_eq!(app.app.verifier.count() - before, 1, "one verification for {email}");
        answers.push((answer.status, answer.text().replace(email, "")));
    }
    let [known, unknown]: [_; 2] = answers.try_into().unwrap();
    assert_eq!(known, unknown);
    assert_eq!(known.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.world.events("auth.failed").await, 2);
}

#[tokio::test]
async fn five_failures_lock_an_address_for_a_minute_known_or_not() {
    let app = TestApp::new().await;
    for email in ["chair@northfield.example", "nobody@northfield.example"] {
        let mut visitor = app.nobody();
        for attempt in 1..=5 {
            let answer = visitor.post("/sign-in", &[("email", email), ("password", "wrong")]).await;
            let expected = if attempt < 5 {
                StatusCode::UNPROCESSABLE_ENTITY
            } else {
                StatusCode::TOO_MANY_REQUESTS
            };
            assert_eq!(answer.status, expected, "attempt {attempt} for {email}");
        }
        let right = visitor.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS, "locked, so not even judged");
        assert!(right.headers.contains_key("retry-after"));
    }
    app.world.clock.advance(TimeDelta::seconds(61));
    app.sign_in("chair@northfield.example").await;
}

#[tokio::test]
async fn a_sign_in_does_not_follow_a_link_to_elsewhere() {
    let app = TestApp::new().await;
    let fields = [
        ("email", "coordinator@northfield.example"),
        ("password", PASSWORD),
        ("next", "//evil.example/"),
    ];
    let answer = app.nobody().post("/sign-in", &fields).await;
    assert_eq!(answer.location(), "/");
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour_of_silence_and_by_signing_out() {
    let app = TestApp::new().await;
    let mut visitor = app.coordinator().await;
    visitor.open("/me").await;
    app.session_clock.advance(TimeDelta::minutes(31));
    assert_eq!(visitor.get("/me").await.status, StatusCode::SEE_OTHER);
    let mut visitor = app.coordinator().await;
    visitor.open("/me").await;
    let out = visitor.post("/sign-out", &[("x", "")]).await;
    assert_eq!(out.location(), "/sign-in");
    assert_eq!(visitor.get("/me").await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.world.events("auth.signed_out").await, 1);
}

#[tokio::test]
async fn a_session_that_cannot_be_saved_is_answered_like_an_outage() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open("/me").await;
    let answer = coordinator.submit(&form, "/me", &[("theme", "dark")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.problems());
    let mut superuser = app.world.superuser().await;
    superuser.execute("revoke insert, update on session from spineboard_app").await.unwrap();
    // The page takes the message of what was done out of the session, which must then be saved.
    let page = coordinator.get(&answer.location()).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.headers.contains_key("retry-after"));
    assert!(page.says("send it again in a minute"), "{}", page.text());
}

#[tokio::test]
async fn another_session_of_ones_own_is_ended_from_ones_own_page() {
    let app = TestApp::new().await;
    let (mut here, mut elsewhere) = (app.coordinator().await, app.coordinator().await);
    let mut somebody = app.chair().await;
    let page = here.open("/me").await;
    let key = page.attribute("form[action=\"/sign-out\"] input[name=session]", "value").unwrap();
    somebody.post("/sign-out", &[("session", key.as_str())]).await;
    elsewhere.open("/me").await;
    assert_eq!(app.world.events("auth.signed_out").await, 0, "nobody ends the session of others");
    for _ in 0..2 {
        let ended = here.post("/sign-out", &[("session", key.as_str())]).await;
        assert_eq!(ended.location(), "/me");
    }
    assert_eq!(elsewhere.get("/me").await.status, StatusCode::SEE_OTHER);
    here.open("/me").await;
    assert_eq!(app.world.events("auth.signed_out").await, 1);
}

#[tokio::test]
async fn a_password_is_set_on_ones_own_page_and_signs_in_from_then_on() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let page = coordinator.open("/me").await;
    let new = "another good password";
    let wrong = [("password", "not mine"), ("new_password", new), ("repeat_password", "other")];
    let refused = coordinator.submit(&page, "/me/password", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in
        ["This is not your present password", "New password again: the two new passwords differ"]
    {
        assert!(refused.problems().contains(words), "{words} in {}", refused.problems());
    }
    assert!(!refused.body.contains(new), "a password is never sent back");
    let right = [("password", PASSWORD), ("new_password", new), ("repeat_password", new)];
    let set = coordinator.submit(&refused, "/me/password", &right).await;
    coordinator.follow(&set).await;
    let email = "coordinator@northfield.example";
    for (password, status) in
        [(PASSWORD, StatusCode::UNPROCESSABLE_ENTITY), (new, StatusCode::SEE_OTHER)]
    {
        let answer =
            app.nobody().post("/sign-in", &[("email", email), ("password", password)]).await;
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn attempts_at_once_are_no_more_than_one_after_the_other() {
    let app = TestApp::new().await;
    let attempts = (0..20).map(|_| {
        let mut visitor = app.nobody();
        async move {
            let fields = [("email", "chair@northfield.example"), ("password", "wrong")];
            visitor.post("/sign-in", &fields).await.status
        }
    });
    let statuses = futures::future::join_all(attempts).await;
    assert_eq!(app.app.verifier.count(), 5, "five are judged, one after the other or at once");
    let of = |wanted| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!(of(StatusCode::UNPROCESSABLE_ENTITY), 4);
    assert_eq!(of(StatusCode::TOO_MANY_REQUESTS), 16);
    assert_eq!(app.world.events("auth.failed").await, 4);
    assert_eq!(app.world.events("auth.locked").await, 1);
}

#[tokio::test]
async fn a_session_that_ended_does_not_come_back_by_a_request_that_was_under_way() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open("/me").await;
    let body =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(form.form("/me")).finish();
    // The gate has let the request in when its body is asked for; the body comes when we say so.
    let ((let_in, is_in), (go_on, goes_on)) = (oneshot::channel(), oneshot::channel());
    let slow = futures::stream::once(async move {
        let_in.send(()).unwrap();
        goes_on.await.unwrap();
        Ok::<_, io::Error>(body)
    });
    let mut elsewhere = coordinator.clone();
    let sending = tokio::spawn(async move {
        let form = "application/x-www-form-urlencoded";
        elsewhere.post_raw("/me", form, Body::from_stream(slow)).await.status
    });
    is_in.await.unwrap();
    let mut here = coordinator.clone();
    assert_eq!(here.post("/sign-out", &[("x", "")]).await.location(), "/sign-in");
    go_on.send(()).unwrap();
    assert_eq!(sending.await.unwrap(), StatusCode::SEE_OTHER, "what was asked before is done");
    let after = coordinator.get("/me").await;
    assert_eq!(after.location(), "/sign-in?next=%2Fme", "the session is over");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_of_its_user() {
    let app = TestApp::new().await;
    let mut here = app.coordinator().await;
    let mut elsewhere = app.coordinator().await;
    let mut colleague = app.chair().await;
    let page = here.open("/me").await;
    let new = "another password of the cast";
    let fields = [("password", PASSWORD), ("new_password", new), ("repeat_password", new)];
    let changed = here.submit(&page, "/me/password", &fields).await;
    assert!(here.follow(&changed).await.says("Your other sessions have ended"));
    assert_eq!(elsewhere.get("/me").await.status, StatusCode::SEE_OTHER);
    colleague.open("/me").await;
    let fields = [("email", "coordinator@northfield.example"), ("password", new)];
    assert_eq!(app.nobody().post("/sign-in", &fields).await.status, StatusCode::SEE_OTHER);
}

/// Sends a filled form that must be kept: the page to sign in says so, and after that it is there.
async fn is_kept(app: &TestApp, visitor: &mut Visitor, form: &spineboard_tests::Page) {
    let before = app.world.events("patient.registered").await;
    let answer = visitor.submit(form, "/patients", &particulars(71)).await;
    let sign_in = visitor.open(&answer.location()).await;
    assert!(sign_in.says("saved as a draft"), "{}", sign_in.text());
    assert_eq!(app.world.events("patient.registered").await, before);
    let fields = [("email", "coordinator@northfield.example"), ("password", PASSWORD)];
    let entered = visitor.submit(&sign_in, "/sign-in", &fields).await;
    assert!(visitor.follow(&entered).await.body.contains("Testperson71"));
}

#[tokio::test]
async fn a_form_sent_after_twelve_hours_of_work_is_kept_like_one_after_half_an_hour_of_silence() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open("/patients/new").await;
    for _ in 0..24 {
        app.session_clock.advance(TimeDelta::minutes(29));
        coordinator.open("/me").await;
    }
    app.session_clock.advance(TimeDelta::minutes(29));
    is_kept(&app, &mut coordinator, &form).await;
}

#[tokio::test]
async fn a_form_is_kept_although_the_browser_asked_for_something_since_the_session_ended() {
    let app = TestApp::new().await;
    for silence in [TimeDelta::minutes(31), TimeDelta::hours(13)] {
        let mut coordinator = app.coordinator().await;
        let form = coordinator.open("/patients/new").await;
        app.session_clock.advance(silence);
        // The script saves while somebody types on, and another tab is opened.
        let typed = [("family_name", "Testperson7")];
        let saved = coordinator.post("/drafts/patient/new", &typed).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER);
        assert_eq!(coordinator.get("/me").await.status, StatusCode::SEE_OTHER);
        is_kept(&app, &mut coordinator, &form).await;
    }
}

#[tokio::test]
async fn a_form_is_kept_for_a_day_after_the_session_ended_whenever_the_purge_runs() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open("/patients/new").await;
    app.session_clock.advance(TimeDelta::hours(24));
    app.world.store.purge(app.session_clock.now()).await.unwrap();
    is_kept(&app, &mut coordinator, &form).await;
    let form = coordinator.open("/patients/new").await;
    app.session_clock.advance(TimeDelta::hours(25));
    app.world.store.purge(app.session_clock.now()).await.unwrap();
    let answer = coordinator.submit(&form, "/patients", &particulars(72)).await;
    assert_eq!(answer.location(), "/sign-in?next=%2Fpatients%2Fnew", "nobody is known any more");
}

#[tokio::test]
async fn the_browser_keeps_the_cookie_as_long_as_it_runs_and_the_server_says_when_it_is_over() {
    let app = TestApp::new().await;
    let fields = [("email", "coordinator@northfield.example"), ("password", PASSWORD)];
    let answer = app.nobody().post("/sign-in", &fields).await;
    let cookie = answer.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap().to_lowercase();
    assert!(cookie.contains("httponly") && cookie.contains("samesite=lax"), "{cookie}");
    assert!(!cookie.contains("max-age") && !cookie.contains("expires"), "{cookie}");
}
