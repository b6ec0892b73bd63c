//! Lesions: levels that are marked and left out, a lesion on its own page, and what the referral said of
//! them.

use http::StatusCode;
use spineboard_tests::story::{REFERRAL, Story};
use spineboard_tests::{Page, TestApp, Visitor};
use sqlx::{Executor, Row};

#[tokio::test]
async fn levels_are_marked_and_leaving_one_out_needs_a_reason() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 106).await;
    let mut coordinator = app.coordinator().await;
    let page = coordinator.open(&story.path("/lesions")).await;
    let ticked = |page: &Page| -> Vec<String> {
        let fields = page.form(&story.path("/assessments"));
        fields.into_iter().filter(|(name, _)| name == "level").map(|(_, level)| level).collect()
    };
    assert_eq!(ticked(&page), ["L1"]);
    assert!(page.says("13 / 18"), "{}", page.text());
    let moved = coordinator.submit(&page, &story.path("/assessments"), &[("level", "T10")]).await;
    assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        moved.first(".errsum").contains("Say why L1 is left out"),
        "{}",
        moved.first(".errsum")
    );
    assert_eq!(moved.attribute(".errsum a", "href").as_deref(), Some("#removal-reason"));
    assert_eq!(ticked(&moved), ["T10"]);
    let fields = [("level", "T10"), ("removal-reason", "counted from below")];
    let moved = coordinator.submit(&moved, &story.path("/assessments"), &fields).await;
    assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        moved.first(".errsum").contains("L1 is the index lesion"),
        "{}",
        moved.first(".errsum")
    );
    let saved = coordinator
        .submit(&moved, &story.path("/assessments"), &[("case.index-lesion", "T10")])
        .await;
    coordinator.follow(&saved).await;
    let page = coordinator.open(&story.path("/lesions")).await;
    assert_eq!(ticked(&page), ["T10"]);
}

#[tokio::test]
async fn a_lesion_is_added_and_changed_on_its_own_page() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 107).await;
    let mut coordinator = app.coordinator().await;
    assert_eq!(coordinator.get(&story.path("/lesions/T99")).await.status, StatusCode::NOT_FOUND);
    let page = coordinator.open(&story.path("/lesions/T6")).await;
    assert!(page.says("Add a lesion at T6"), "{}", page.text());
    let action = story.path("/assessments");
    let nothing = coordinator.submit(&page, &action, &[("lesion.T6.sins-pain", "sore")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.says("Add a lesion at T6"), "{}", nothing.text());
    let fields = [
        ("default.source", "report"),
        ("lesion.T6.escc-grade", "2"),
        ("lesion.T6.sins-pain", "none"),
    ];
    let saved = coordinator.submit(&page, &action, &fields).await;
    coordinator.follow(&saved).await;
    let page = coordinator.open(&story.path("/lesions/T6")).await;
    assert!(page.says("Lesion at T6"), "{}", page.text());
    assert!(page.says("High-grade compression"), "{}", page.text());
    let asked = coordinator.open(&story.path("/lesions/T6?what-if=sins-2010.T6")).await;
    assert!(asked.text().len() > page.text().len());
}

/// A case referred with three levels, the index at T10.
async fn referred_with_three_levels(app: &TestApp, coordinator: &mut Visitor, n: u32) -> Story {
    let mut story = Story::register(coordinator, n).await;
    let form = coordinator.open(&format!("/referrals/new?patient={}", story.patient)).await;
    let mut fields: Vec<(&str, &str)> = REFERRAL.to_vec();
    fields.retain(|(name, _)| *name != "index-lesion");
    fields.extend([("index-lesion", "T10"), ("level", "T4"), ("level", "T10"), ("level", "L2")]);
    let answer = coordinator.submit(&form, "/referrals", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.problems());
    answer.location().trim_start_matches("/cases/").clone_into(&mut story.case);
    assert_eq!(app.world.events("referral.sent").await, 1);
    story
}

#[tokio::test]
async fn every_level_of_the_referral_is_in_the_first_assessment_unless_somebody_takes_its_tick_away()
 {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let story = referred_with_three_levels(&app, &mut coordinator, 90).await;
    let form = coordinator.open(&story.path("/assessment")).await;
    let saved = [("default.source", "examination"), ("case.lesion-list-complete", "true")];
    let answer = coordinator.submit(&form, &story.path("/assessments"), &saved).await;
    coordinator.follow(&answer).await;
    assert_eq!(marked(&app).await, ["L2", "T10", "T4"]);
}

/// The levels with a lesion, of the only case there is.
async fn marked(app: &TestApp) -> Vec<String> {
    let statement = "select level from lesion order by level";
    let rows = app.world.superuser().await.fetch_all(statement).await.unwrap();
    rows.iter().map(|row| row.get("level")).collect()
}

#[tokio::test]
async fn what_a_referral_answers_keeps_it_as_its_source_and_is_offered_after_the_levels_were_marked()
 {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let story = referred_with_three_levels(&app, &mut coordinator, 91).await;
    let marks = coordinator.open(&story.path("/lesions")).await;
    let answer = coordinator.submit::<&str>(&marks, &story.path("/assessments"), &[]).await;
    coordinator.follow(&answer).await;
    let form = coordinator.open(&story.path("/assessment")).await;
    let fields = form.form(&story.path("/assessments"));
    for (name, value) in [("case.kps", "80"), ("case.ambulatory-status", "with-aid")] {
        let filled = fields.iter().any(|(known, given)| known == name && given == value);
        assert!(filled, "{name} is filled in");
    }
    let saved = [("default.source", "examination"), ("case.frankel", "D")];
    let answer = coordinator.submit(&form, &story.path("/assessments"), &saved).await;
    coordinator.follow(&answer).await;
    let facts = coordinator.open(&story.path("/assessments/2")).await;
    assert!(facts.says("External record, observed 15-Jun-2026"), "{}", facts.text());
    assert!(facts.says("T10"), "the index lesion of the referral");
}

#[tokio::test]
async fn a_merge_leaves_to_the_referral_what_both_left_as_it_was_filled_in() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let story = referred_with_three_levels(&app, &mut coordinator, 92).await;
    let action = story.path("/assessments");
    let mut chair = app.chair().await;
    let (mine, theirs) = (
        chair.open(&story.path("/assessment")).await,
        coordinator.open(&story.path("/assessment")).await,
    );
    let first = [("default.source", "report"), ("case.frankel", "D")];
    let saved = coordinator.submit(&theirs, &action, &first).await;
    coordinator.follow(&saved).await;
    let second = [("default.source", "examination"), ("case.frankel", "C")];
    let stale = chair.submit(&mine, &action, &second).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text());
    let merged = chair.submit(&stale, &action, &[("keep.case.frankel", "yours")]).await;
    chair.follow(&merged).await;
    let read = chair.open(&story.path("/assessments/2")).await;
    let from = |source: &str| read.text().matches(source).count();
    assert!(from("External record, observed 15-Jun-2026") > 1, "{}", read.text());
    assert_eq!(from("Examination"), 1, "only what was typed: {}", read.text());
}
