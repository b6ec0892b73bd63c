//! The urgency of a referral against what its own answers demand: `frameworks.md` section 11.1, as the rule
//! set `urgency-class`. The class is the sender's; a lower one needs a reason, which whoever answers reads.

use http::StatusCode;
use spineboard_tests::story::{REFERRAL, Story};
use spineboard_tests::{Page, TestApp, Visitor};

const REASON: &str = "The weakness is from a stroke years ago";

/// A routine referral of somebody with cancer whose limbs are weak.
fn low(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let weak = [("red-flags", "rf-limb-weakness")];
    let kept = REFERRAL.into_iter().filter(|(name, _)| {
        *name != "red-flags" && changes.iter().all(|(changed, _)| changed != name)
    });
    kept.chain(weak).chain(changes.iter().copied()).collect()
}

async fn refused(coordinator: &mut Visitor) -> (Story, Page) {
    let story = Story::register(coordinator, 1).await;
    let form = coordinator.open(&format!("/referrals/new?patient={}", story.patient)).await;
    assert!(!form.says("Why less urgent"), "asked only where it is needed");
    let page = coordinator.submit(&form, "/referrals", &low(&[])).await;
    (story, page)
}

#[tokio::test]
async fn a_class_below_what_the_signs_demand_is_refused_with_the_signs_and_the_form_is_kept() {
    let app = TestApp::new().await;
    let (_, page) = refused(&mut app.coordinator().await).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["The answers demand class U1, Emergency: cord compression", "Limb weakness"] {
        assert!(page.problems().contains(words), "{words} in {}", page.problems());
    }
    assert!(page.says("Why less urgent than the signs say"));
    let kept = page.form("/referrals");
    for (name, value) in low(&[]) {
        assert!(kept.contains(&(name.to_owned(), value.to_owned())), "{name} {value}");
    }
    assert_eq!(app.world.events("referral.sent").await, 0);
}

#[tokio::test]
async fn the_sender_can_raise_the_class() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let (_, page) = refused(&mut coordinator).await;
    let sent = coordinator.submit(&page, "/referrals", &[("urgency", "U1")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.problems());
    let inbox = coordinator.open("/referrals").await;
    assert!(inbox.says("U1 Emergency") && !inbox.says("Answers demand"), "{}", inbox.text());
}

#[tokio::test]
async fn the_sender_can_keep_the_class_with_a_reason_and_whoever_answers_sees_both() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let (_, page) = refused(&mut coordinator).await;
    let sent = coordinator.submit(&page, "/referrals", &[("less_urgent_reason", REASON)]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.problems());

    let inbox = coordinator.open("/referrals").await;
    assert!(inbox.says("U5 Routine") && inbox.says("Answers demand U1"), "{}", inbox.text());
    let open = inbox.attribute("a[href*=\"open=\"]", "href").unwrap();
    let triage = coordinator.open(open.split('#').next().unwrap()).await;
    for words in ["U1, Emergency: cord compression", "Limb weakness", REASON] {
        assert!(triage.says(words), "{words} in {}", triage.text());
    }
    let referral = coordinator.open("/cases/NF-2026-0001/referral").await;
    assert!(referral.says("Why less urgent than the signs say") && referral.says(REASON));
}

#[tokio::test]
async fn facts_that_demand_more_than_the_urgency_says_are_a_line_on_the_case_until_it_is_raised() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let story = Story::referred(&mut coordinator, 1).await;
    let case = format!("/cases/{}", story.case);
    let form = coordinator.open(&format!("{case}/assessment")).await;
    let facts = [
        ("case.frankel", "C"),
        ("case.mscc-status", "suspected"),
        ("default.source", "examination"),
    ];
    let saved = coordinator.submit(&form, &format!("{case}/assessments"), &facts).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.problems());
    let overview = coordinator.open(&case).await;
    for words in ["The facts demand class U1, Emergency", "Frankel: C", "Its urgency is U5"] {
        assert!(overview.says(words), "{words} in {}", overview.text());
    }
    let referral = coordinator.open(&format!("{case}/referral")).await;
    let raised =
        [("urgency", "U1"), ("code", "new_sign"), ("words", ""), ("since", "15-Jun-2026 06:50")];
    let address = format!("{case}/referral/urgency");
    let changed = coordinator.submit(&referral, &address, &raised).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.problems());
    assert!(!coordinator.open(&case).await.says("The facts demand"));
}
