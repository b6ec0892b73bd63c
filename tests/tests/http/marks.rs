//! The cord at risk: worklist, list of cases, banner and case page say the same of every case.

use http::StatusCode;
use spineboard_tests::story::Story;
use spineboard_tests::{TestApp, Visitor};

/// Saves further facts of the case.
async fn save(visitor: &mut Visitor, story: &Story, facts: &[(&str, &str)]) {
    let form = visitor.open(&story.path("/assessment")).await;
    let fields = [&[("default.source", "examination")], facts].concat();
    let answer = visitor.submit(&form, &story.path("/assessments"), &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.problems());
}

/// What each of the places says: worklist, list of cases, banner, case page.
async fn marked(visitor: &mut Visitor, story: &Story) -> [bool; 4] {
    let worklist = visitor.open("/").await;
    let cases = visitor.open("/cases").await;
    let case = visitor.open(&story.path("")).await;
    let elsewhere = visitor.open(&story.path("/lesions")).await;
    assert_eq!(case.first(".sub .alert"), elsewhere.first(".sub .alert"));
    [
        !worklist.all(".cord [data-row]").is_empty(),
        !cases.all(".tag.atrisk").is_empty(),
        case.first(".sub .alert") == "Cord at risk",
        !case.all(".flash.cord").is_empty(),
    ]
}

#[tokio::test]
async fn every_place_marks_the_cord_at_risk_for_the_grade_and_for_the_course_alike() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 301).await;
    let mut coordinator = app.coordinator().await;
    assert_eq!(marked(&mut coordinator, &story).await, [false; 4]);
    save(&mut coordinator, &story, &[("case.deficit-course", "slow")]).await;
    assert_eq!(marked(&mut coordinator, &story).await, [true; 4]);
    let case = coordinator.open(&story.path("")).await;
    assert!(case.says("Weakness is getting worse: slowly worse"), "{}", case.text());
    let worklist = coordinator.open("/").await;
    assert!(worklist.says("Deficit slowly worse, assessed"), "{}", worklist.text());
    save(&mut coordinator, &story, &[("case.deficit-course", "improving")]).await;
    assert_eq!(marked(&mut coordinator, &story).await, [false; 4]);
    save(&mut coordinator, &story, &[("lesion.L1.escc-grade", "2")]).await;
    assert_eq!(marked(&mut coordinator, &story).await, [true; 4]);
    let case = coordinator.open(&story.path("")).await;
    assert!(case.says("High-grade compression: ESCC 2 at L1"), "{}", case.text());
    let worklist = coordinator.open("/").await;
    assert!(worklist.says("ESCC 2, deficit improving, assessed"), "{}", worklist.text());
    save(&mut coordinator, &story, &[("lesion.L1.escc-grade", "1c")]).await;
    assert_eq!(marked(&mut coordinator, &story).await, [false; 4]);
}
