//! The overview of a case: what comes next in each state, whether its referral is answered, and what
//! an auditor is told about what is kept from them.

use http::StatusCode;
use spineboard_tests::story::Story;
use spineboard_tests::{Page, TestApp};

/// The words of the one primary button.
fn primary(page: &Page) -> String {
    let all = page.all(".rail a.btn.primary");
    assert_eq!(all.len(), 1, "one primary button: {all:?}");
    all.concat()
}

#[tokio::test]
async fn the_primary_button_fits_the_state_of_the_case() {
    let app = TestApp::new().await;
    let (mut coordinator, mut chair) = (app.coordinator().await, app.chair().await);
    let mut story = Story::referred(&mut coordinator, 1).await;
    assert_eq!(primary(&chair.open(&story.path("")).await), "New assessment");
    story.assess(&mut coordinator).await;
    assert_eq!(primary(&chair.open(&story.path("")).await), "List it for a meeting");
    story.plan(&app, &mut coordinator).await;
    // The case goes along to the form that lists it.
    let unlisted = chair.open(&story.path("")).await;
    let meetings = chair.open(&unlisted.link("List it for a meeting").unwrap()).await;
    let to_meeting = meetings.attribute("main table a", "href").unwrap();
    let form = chair.open(&to_meeting).await;
    let chosen = form.attribute("select[name=case] option[selected]", "value");
    assert_eq!(chosen.as_deref(), Some(story.case.as_str()), "{to_meeting}");
    story.list(&mut coordinator).await;
    let listed = chair.open(&story.path("")).await;
    assert_eq!(primary(&listed), "On the agenda of Mon 15-Jun-2026");
    let meeting = format!("/meetings/{}", story.meeting);
    assert_eq!(listed.link("On the agenda of Mon 15-Jun-2026"), Some(meeting));
    story.open_meeting(&mut chair).await;
    assert!(primary(&chair.open(&story.path("")).await).starts_with("Record decision"));
    // Who neither chairs nor writes cannot record it.
    let other = coordinator.open(&story.path("")).await;
    assert_eq!(primary(&other), "On the agenda of Mon 15-Jun-2026");
    story.record(&app, &mut chair).await;
    assert!(primary(&chair.open(&story.path("")).await).starts_with("Open the draft decision"));
    story.confirm(&mut chair).await;
    story.sign(&mut chair).await;
    assert_eq!(primary(&chair.open(&story.path("")).await), "Amend the decision");
    assert!(primary(&coordinator.open(&story.path("")).await).starts_with("Read the decision"));
}

#[tokio::test]
async fn a_referral_that_is_not_accepted_shows_on_every_page_of_its_case_and_leads_to_its_answer() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 2).await;
    let mut coordinator = app.coordinator().await;
    for path in ["", "/lesions", "/assessment", "/decision", "/referral"] {
        let page = coordinator.open(&story.path(path)).await;
        let banner = page.first(".pbanner");
        assert!(banner.contains("Referral not accepted yet"), "{path}: {banner}");
        assert!(banner.contains("U5 Routine"), "{path}: {banner}");
    }
    let page = coordinator.open(&story.path("")).await;
    let answer = page.attribute(".pbanner a", "href").unwrap();
    let page = coordinator.open(&answer).await;
    let accept = page.attribute("form[action$=acceptance]", "action").unwrap();
    let accepted = coordinator.submit::<&str>(&page, &accept, &[]).await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER, "{}", accepted.problems());
    let banner = coordinator.open(&story.path("")).await.first(".pbanner");
    assert!(!banner.contains("not accepted") && banner.contains("U5 Routine"), "{banner}");
}

#[tokio::test]
async fn an_auditor_is_told_what_is_kept_from_them_and_nothing_untrue() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 3).await;
    let mut auditor = app.sign_in("auditor@northfield.example").await;
    let page = auditor.open(&story.path("")).await;
    let banner = page.first(".pbanner");
    assert_eq!(banner.matches("Not shown to you").count(), 3, "{banner}");
    for untrue in ["Not known", "No question was sent"] {
        assert!(!page.body.contains(untrue), "{untrue}");
    }
    assert!(page.says("The history and the question of the referral are not shown to you."));
    assert!(!page.body.contains("12-Mar-1962"));
    let mut coordinator = app.coordinator().await;
    assert!(coordinator.open(&story.path("")).await.says("Fixation before radiotherapy?"));
}

#[tokio::test]
async fn whoever_sent_a_referral_is_told_that_they_follow_its_status() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let mut story = Story::register(&mut coordinator, 4).await;
    let mut referrer = app.sign_in("referrer@northfield.example").await;
    story.refer(&mut referrer).await;
    "NF-2026-0001".clone_into(&mut story.case);
    story.assess(&mut coordinator).await;
    for path in ["/assessment", "/decision", "/evaluations/1", "/lesions"] {
        let page = referrer.get(&story.path(path)).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(page.says("you may not read it in full"), "{path}: {}", page.text());
        assert!(!page.says("save an assessment"), "{path}: {}", page.text());
    }
}
