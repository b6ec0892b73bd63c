//! The whole story of the product through its forms.

use http::StatusCode;
use spineboard_tests::TestApp;
use spineboard_tests::story::Story;

#[tokio::test]
async fn a_case_goes_from_a_patient_to_a_signed_decision_with_one_event_a_command() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let mut chair = app.chair().await;
    let mut story = Story::register(&mut coordinator, 1).await;
    assert_eq!(app.world.events("patient.registered").await, 1);
    story.refer(&mut coordinator).await;
    assert!(story.case.starts_with("NF-2026-"), "{}", story.case);
    assert_eq!(app.world.events("referral.sent").await, 1);
    story.assess(&mut coordinator).await;
    assert_eq!(app.world.events("assessment.saved").await, 1);

    let case = coordinator.open(&story.path("")).await;
    // The golden case of all instruments: renal cell carcinoma, KPS 80, one rib, L1 (Fisher 2010 Spine,
    // Tokuhashi 2005 Spine, Tomita 2001 Spine).
    for expected in ["13 / 18", "10 / 15", "6 / 10"] {
        assert!(case.says(expected), "{expected} in {}", case.text());
    }

    story.plan(&app, &mut coordinator).await;
    story.list(&mut coordinator).await;
    story.open_meeting(&mut chair).await;
    story.record(&app, &mut chair).await;
    story.confirm(&mut chair).await;
    story.sign(&mut chair).await;
    for kind in [
        "meeting.planned",
        "agenda.item_listed",
        "meeting.opened",
        "decision.recorded",
        "decision.read_back",
        "decision.confirmed",
        "decision.signed",
    ] {
        assert_eq!(app.world.events(kind).await, 1, "{kind}");
    }
    let signed = chair.open(&story.path("/decision")).await;
    assert!(signed.says("Signed"), "{}", signed.text());
}

#[tokio::test]
async fn a_wrong_password_signs_nothing_and_keeps_the_decision() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 2).await;
    let mut chair = app.chair().await;
    story.record(&app, &mut chair).await;
    story.confirm(&mut chair).await;
    let page = chair.open(&story.path("/decision")).await;
    let answer = chair
        .submit(&page, &story.path("/decision/signature"), &[("password", "not the password")])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.world.events("decision.signed").await, 0);
    story.sign(&mut chair).await;
    assert_eq!(app.world.events("decision.signed").await, 1);
}

#[tokio::test]
async fn a_second_sending_of_a_form_has_no_second_effect_and_the_same_answer() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open("/patients/new").await;
    let mut fields = form.form("/patients");
    let particulars = spineboard_tests::story::particulars(3);
    fields.retain(|(name, _)| particulars.iter().all(|(typed, _)| typed != name));
    fields.extend(particulars.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let sent: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let first = coordinator.post("/patients", &sent).await;
    let second = coordinator.post("/patients", &sent).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text());
    assert_eq!(first.location(), second.location());
    assert_eq!(app.world.events("patient.registered").await, 1);
    let mut other = sent.clone();
    other.push(("title", "Dr"));
    let reused = coordinator.post("/patients", &other).await;
    assert_eq!(reused.status, StatusCode::CONFLICT, "the same id with other contents");
}
