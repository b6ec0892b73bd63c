//! Registering and correcting patients.

use http::StatusCode;
use spineboard_tests::TestApp;
use spineboard_tests::story::particulars;

#[tokio::test]
async fn what_cannot_be_is_refused_in_words_kept_as_a_draft_and_comes_back() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let page = coordinator.open("/patients/new").await;
    let typed = [
        ("family_name", "Ashworth"),
        ("birth_date", "01-Jan-2030"),
        ("nhs_number", "943 476 5919"),
    ];
    let refused = coordinator.submit(&page, "/patients", &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["Given names: enter the given name", "in the future", "This is a demonstration"] {
        assert!(refused.problems().contains(words), "{words} in {}", refused.problems());
    }
    let again = coordinator.open("/patients/new").await;
    assert!(again.first("[data-draft-note]").contains("restored"));
    let fields = again.form("/patients");
    for (name, value) in typed {
        assert!(fields.contains(&(name.to_owned(), value.to_owned())), "{name} is kept");
    }
    let done = coordinator.submit(&again, "/patients", &particulars(1)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.problems());
    let fresh = coordinator.open("/patients/new").await;
    assert_eq!(fresh.first("[data-draft-note]"), "", "a sent draft is gone");
}

#[tokio::test]
async fn whoever_may_be_the_same_person_is_shown_before_a_second_one_is_registered() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let page = coordinator.open("/patients/new").await;
    coordinator.submit(&page, "/patients", &particulars(1)).await;
    let page = coordinator.open("/patients/new").await;
    let mut twin = particulars(1);
    twin.retain(|(name, _)| !name.ends_with("_number"));
    twin.extend([("nhs_number", String::new()), ("hospital_number", String::new())]);
    let asked = coordinator.submit(&page, "/patients", &twin).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.says("Same name and date of birth"), "{}", asked.text());
    assert_eq!(app.world.events("list.read").await, 1, "the page named a patient");
    let sent = coordinator.submit(&asked, "/patients", &[("confirm_new", "yes")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.problems());
    assert_eq!(app.world.events("patient.registered").await, 2);
}

#[tokio::test]
async fn two_corrections_at_once_are_compared_field_by_field_and_nothing_is_lost() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let mut chair = app.chair().await;
    let page = coordinator.open("/patients/new").await;
    let path = coordinator.submit(&page, "/patients", &particulars(1)).await.location();
    let action = format!("{path}/correction");
    let mine = coordinator.open(&path).await;
    let theirs = chair.open(&path).await;
    let saved = [("family_name", "Theirs"), ("title", "Dr"), ("reason", "as on the passport")];
    let saved = chair.submit(&theirs, &action, &saved).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.problems());

    let typed = [("family_name", "Mine"), ("given_name", "Anne"), ("reason", "she asked")];
    let compared = coordinator.submit(&mine, &action, &typed).await;
    assert_eq!(compared.status, StatusCode::CONFLICT);
    assert!(compared.says("3 fields differ: 2 are merged for you, 1 needs your choice."));
    let undecided = coordinator.submit::<&str>(&compared, &action, &[]).await;
    assert_eq!(undecided.status, StatusCode::CONFLICT);
    assert!(undecided.says("Choose which to keep"));
    let merged = coordinator.submit(&undecided, &action, &[("keep.family_name", "yours")]).await;
    let record = coordinator.follow(&merged).await;
    assert!(record.says("MINE, Anne (Dr)"), "{}", record.text());
    assert_eq!(app.world.events("patient.corrected").await, 2);
}

#[tokio::test]
async fn a_correction_without_a_reason_changes_nothing() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let page = coordinator.open("/patients/new").await;
    let path = coordinator.submit(&page, "/patients", &particulars(1)).await.location();
    let record = coordinator.open(&path).await;
    let action = format!("{path}/correction");
    let refused = coordinator.submit(&record, &action, &[("given_name", "Anne")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.problems(), "Say why it is corrected");
    assert_eq!(app.world.events("patient.corrected").await, 0);
}

#[tokio::test]
async fn a_draft_that_arrives_after_its_form_was_sent_is_not_kept() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open("/patients/new").await;
    let typed = particulars(51);
    let saved = coordinator.submit(&form, "/patients", &typed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.problems());
    let mut fields = form.form("/patients");
    fields.retain(|(name, _)| typed.iter().all(|(known, _)| known != name));
    fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let late = coordinator.post("/drafts/patient/new", &fields).await;
    assert_eq!(late.status, StatusCode::NO_CONTENT);
    let next = coordinator.open("/patients/new").await;
    assert!(!next.says("restored") && !next.body.contains("Testperson51"), "{}", next.text());
}
