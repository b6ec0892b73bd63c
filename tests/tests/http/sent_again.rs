//! Forms that are sent at the wrong moment: after somebody else's change, twice, after the session ended.
//! None loses what was typed, and none has its effect twice.

use chrono::TimeDelta;
use http::StatusCode;
use spineboard_tests::story::{DECISION, REFERRAL, Story};
use spineboard_tests::{Page, TestApp, Visitor};
use store::testing::PASSWORD;

use crate::bad_input::{text, written};

#[tokio::test]
async fn a_stale_correction_shows_both_sides_and_nothing_is_lost() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let story = Story::register(&mut coordinator, 35).await;
    let (page, action) =
        (format!("/patients/{}", story.patient), format!("/patients/{}/correction", story.patient));
    let mut second = app.coordinator().await;
    let (mine, theirs) = (coordinator.open(&page).await, second.open(&page).await);
    let saved = second.submit(&theirs, &action, &[("title", "Ms"), ("reason", "asked her")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.problems());
    let fields = [("given_name", "Renamed"), ("title", "Dr"), ("reason", "the birth certificate")];
    let stale = coordinator.submit(&mine, &action, &fields).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text());
    for words in ["Ms", "Dr", "Renamed"] {
        assert!(stale.says(words), "{words} in {}", stale.text());
    }
    assert_eq!(app.world.events("patient.corrected").await, 1);
    let merged = coordinator.submit(&stale, &action, &[("keep.title", "theirs")]).await;
    let merged = coordinator.follow(&merged).await;
    assert!(merged.says("Renamed") && merged.says("Ms"), "{}", merged.text());
    assert_eq!(app.world.events("patient.corrected").await, 2);
}

/// Sends the same form twice; the second time may not do anything, and answers as the first.
async fn twice(
    app: &TestApp,
    visitor: &mut Visitor,
    page: &Page,
    action: &str,
    fields: &[(&str, &str)],
    event: &str,
) {
    let first = visitor.submit(page, action, fields).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{action}: {}", first.problems());
    let (count, before) = (app.world.events(event).await, written(app).await);
    let second = visitor.submit(page, action, fields).await;
    assert_eq!(second.status, StatusCode::SEE_OTHER, "{action} again: {}", second.problems());
    assert_eq!(first.location(), second.location(), "{action}");
    assert_eq!(app.world.events(event).await, count, "{event}");
    assert_eq!(written(app).await, before, "{action}");
}

#[tokio::test]
async fn every_step_to_a_signature_sent_twice_has_one_effect_and_the_same_answer() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let mut story = Story::register(&mut coordinator, 36).await;
    let form = coordinator.open(&format!("/referrals/new?patient={}", story.patient)).await;
    twice(&app, &mut coordinator, &form, "/referrals", &REFERRAL, "referral.sent").await;
    story.case = text(&app, "select number from mdt_case").await;
    story.assess(&mut coordinator).await;
    story.plan(&app, &mut coordinator).await;
    let page = coordinator.open(&format!("/meetings/{}", story.meeting)).await;
    let fields = [("case", story.case.as_str()), ("reason", "Referred after the cut-off")];
    let items = format!("/meetings/{}/items", story.meeting);
    twice(&app, &mut coordinator, &page, &items, &fields, "agenda.item_listed").await;
    let mut chair = app.chair().await;
    let page = chair.open(&format!("/meetings/{}", story.meeting)).await;
    twice(
        &app,
        &mut chair,
        &page,
        &format!("/meetings/{}/opening", story.meeting),
        &[],
        "meeting.opened",
    )
    .await;
    let who = app.world.user("chair@northfield.example").await.to_string();
    let mut decision: Vec<(&str, &str)> = DECISION.to_vec();
    decision.extend([("plan.0.responsible", who.as_str()), ("action.0.owner", who.as_str())]);
    let page = chair.open(&story.path("/decision")).await;
    twice(&app, &mut chair, &page, &story.path("/decision"), &decision, "decision.recorded").await;
    story.confirm(&mut chair).await;
    let page = chair.open(&story.path("/decision")).await;
    let password = [("password", PASSWORD)];
    twice(
        &app,
        &mut chair,
        &page,
        &story.path("/decision/signature"),
        &password,
        "decision.signed",
    )
    .await;
    assert_eq!(app.world.events("decision.signed").await, 1);
}

#[tokio::test]
async fn an_assessment_sent_after_the_session_ended_comes_back_filled_to_its_author_only() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 37).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    app.session_clock.advance(TimeDelta::minutes(31));
    let fields =
        [("default.source", "report"), ("case.kps", "40"), ("case.allergies", "latex, she says")];
    let answer = coordinator.submit(&form, &story.path("/assessments"), &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let kept = coordinator.open(&answer.location()).await;
    assert!(kept.says("Your session had ended."), "{}", kept.text());
    assert!(!kept.body.contains("latex"), "what was typed is not shown before signing in");
    assert_eq!(app.world.events("assessment.saved").await, 1);

    // Somebody else signs in at the same browser: the form is as anybody finds it.
    let mut other = coordinator.clone();
    let fields = [("email", "clinician@northfield.example"), ("password", PASSWORD)];
    let entered = other.submit(&kept, "/sign-in", &fields).await;
    assert_eq!(entered.location(), story.path("/assessment"));
    let theirs = other.follow(&entered).await;
    assert!(!theirs.body.contains("latex") && !theirs.says("restored"), "{}", theirs.text());
    assert!(theirs.attribute("[name=\"case.kps\"][value=\"40\"][checked]", "value").is_none());

    let fields = [("email", "coordinator@northfield.example"), ("password", PASSWORD)];
    let entered = coordinator.submit(&kept, "/sign-in", &fields).await;
    let form = coordinator.follow(&entered).await;
    assert!(form.says("restored"), "{}", form.text());
    let fields = form.form(&story.path("/assessments"));
    for (name, value) in
        [("case.kps", "40"), ("case.allergies", "latex, she says"), ("default.source", "report")]
    {
        assert!(
            fields.iter().any(|(known, kept)| known == name && kept == value),
            "{name} in {fields:?}"
        );
    }
    let saved = coordinator.submit::<&str>(&form, &story.path("/assessments"), &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.problems());
    assert_eq!(app.world.events("assessment.saved").await, 2);
}

#[tokio::test]
async fn every_long_form_sent_after_the_session_ended_comes_back_filled() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 38).await;
    let mut coordinator = app.coordinator().await;
    let other = Story::register(&mut coordinator, 39).await;
    let decision = story.path("/decision");
    let amendment = story.path("/referral/amendment");
    let patient = format!("/patients/{}", other.patient);
    let correction = format!("{patient}/correction");
    let referral = format!("/referrals/new?patient={}", other.patient);
    // The page, where its form goes, who sends it, and what they typed.
    let forms: [(&str, &str, &str, &str, &str); 6] = [
        ("/patients/new", "/patients", "coordinator", "family_name", "Typedbefore"),
        (&patient, &correction, "coordinator", "reason", "the certificate, typed before"),
        (&referral, "/referrals", "coordinator", "question", "Typed before?"),
        (&story.path("/referral"), &amendment, "coordinator", "text", "typed before"),
        ("/meetings/new", "/meetings", "coordinator", "place", "Room typed before"),
        (&decision, &decision, "chair", "patient_preference", "Typed before"),
    ];
    for (page, action, who, field, typed) in forms {
        let email = format!("{who}@northfield.example");
        let mut visitor = app.sign_in(&email).await;
        let form = visitor.open(page).await;
        assert!(form.form(action).iter().any(|(name, _)| name == field), "{page} has {field}");
        app.session_clock.advance(TimeDelta::minutes(31));
        let before = written(&app).await;
        let answer = visitor.submit(&form, action, &[(field, typed)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{action}: {}", answer.text());
        assert_eq!(written(&app).await, before, "{action}");
        let sign_in = visitor.open(&answer.location()).await;
        assert!(sign_in.says("saved as a draft"), "{action}: {}", sign_in.text());
        let fields = [("email", email.as_str()), ("password", PASSWORD)];
        let entered = visitor.submit(&sign_in, "/sign-in", &fields).await;
        let mut back = visitor.get(&entered.location()).await;
        if back.status == StatusCode::SEE_OTHER {
            // The draft knows which patient it is about, the address did not.
            back = visitor.follow(&back).await;
        }
        assert!(back.body.contains(typed), "{action} leads to {}: {}", back.path, back.text());
    }
}
