//! Facts: the form of the assessment, and what two people save at the same time.

use http::StatusCode;
use spineboard_tests::story::{FACTS, Story};
use spineboard_tests::{Page, TestApp, Visitor};

const KPS: &str = "[name=\"case.kps\"]";

pub(crate) async fn referred(app: &TestApp, n: u32) -> (Story, Visitor) {
    let mut coordinator = app.coordinator().await;
    let mut story = Story::register(&mut coordinator, n).await;
    story.refer(&mut coordinator).await;
    (story, coordinator)
}

pub(crate) fn checked(page: &Page, field: &str) -> Option<String> {
    page.attribute(&format!("[name=\"{field}\"][checked]"), "value")
}

#[tokio::test]
async fn the_first_form_is_filled_from_the_referral_and_records_nothing_by_itself() {
    let app = TestApp::new().await;
    let (story, mut coordinator) = referred(&app, 101).await;
    let form = coordinator.open(&story.path("/assessment")).await;
    assert_eq!(checked(&form, "case.kps").as_deref(), Some("80"));
    assert_eq!(checked(&form, "case.whole-spine-imaged").as_deref(), Some("mri"));
    assert_eq!(checked(&form, "lesion.L1.level").as_deref(), Some("L1"));
    assert!(form.says("What the referral of"));
    assert!(form.says("SINS at L1"), "{}", form.text());
    assert_eq!(app.world.events("assessment.saved").await, 0);
    // Without a source nothing that is typed is saved, and all of it is still there.
    let action = story.path("/assessments");
    let refused = coordinator.submit(&form, &action, &[("case.frankel", "D")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        refused.first(".errsum a"),
        "Choose where the answers come from, or name a source beside each of them"
    );
    assert_eq!(refused.attribute(".errsum a", "href").as_deref(), Some("#default-source"));
    assert_eq!(checked(&refused, "case.kps").as_deref(), Some("80"));
    let saved = coordinator.submit(&refused, &action, &[("default.source", "report")]).await;
    let case = coordinator.follow(&saved).await;
    assert!(case.body.contains("Assessment 1 saved."), "{}", case.text());
    let read = coordinator.open(&story.path("/assessments/1")).await;
    assert!(read.says("Karnofsky"), "{}", read.text());
    assert!(read.says("80"), "{}", read.text());
    assert_eq!(app.world.events("assessment.saved").await, 1);
}

#[tokio::test]
async fn a_form_that_does_not_validate_comes_back_with_every_wrong_value() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 102).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    let typed = [
        ("default.source", "report"),
        ("case.histology-date", "31/11/2025"),
        ("case.extraspinal-bone-foci-count", "many"),
        ("case.kps", "_unknown"),
        ("lesion.L1.sins-pain", "none"),
    ];
    let answer = coordinator.submit(&form, &story.path("/assessments"), &typed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.first("title").starts_with("Error: "));
    assert_eq!(answer.first(".errsum h2"), "There are 3 problems");
    for (field, value) in &typed[1..3] {
        assert_eq!(
            answer.attribute(&format!("[name=\"{field}\"]"), "value").as_deref(),
            Some(*value)
        );
    }
    assert_eq!(checked(&answer, "lesion.L1.sins-pain").as_deref(), Some("none"));
    let html = answer.html();
    for link in answer.all(".errsum li a").iter().zip(0..) {
        let href =
            answer.attribute(&format!(".errsum li:nth-child({}) a", link.1 + 1), "href").unwrap();
        let target = scraper::Selector::parse(&href).unwrap();
        assert_eq!(html.select(&target).count(), 1, "{href}: {}", link.0);
    }
    assert_eq!(app.world.events("assessment.saved").await, 1);
}

#[tokio::test]
async fn facts_that_contradict_each_other_are_named_and_not_saved() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 103).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    let typed = [
        ("default.source", "examination"),
        ("case.frankel", "A"),
        ("case.ambulatory-status", "independent"),
    ];
    let answer = coordinator.submit(&form, &story.path("/assessments"), &typed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.first(".errsum").contains("the patient walks"), "{}", answer.first(".errsum"));
    assert_eq!(checked(&answer, "case.frankel").as_deref(), Some("A"));
}

#[tokio::test]
async fn an_earlier_answer_is_dashed_and_what_is_left_is_carried_over() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 104).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    assert_eq!(checked(&form, "case.kps"), None);
    assert_eq!(form.attribute(&format!("{KPS}[data-before]"), "value").as_deref(), Some("80"));
    let fields = [("default.source", "examination"), ("case.kps", "70"), ("case.frankel", "D")];
    let saved = coordinator.submit(&form, &story.path("/assessments"), &fields).await;
    coordinator.follow(&saved).await;
    let read = coordinator.open(&story.path("/assessments/2")).await;
    assert!(read.says("Changed, was 80"), "{}", read.text());
    assert!(read.says("Confirmed"), "{}", read.text());
    assert!(read.says("carried over from assessment 1"), "{}", read.text());
    let first = coordinator.open(&story.path("/assessments/1")).await;
    assert!(first.says("Replaced by assessment 2"), "{}", first.text());
    assert_eq!(coordinator.get(&story.path("/assessments/3")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn recalculate_keeps_the_draft_and_shows_the_totals_with_it() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 105).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    let draft = form.attribute("#assessment", "data-draft").unwrap();
    let mut fields = form.form(&story.path("/assessments"));
    fields.retain(|(name, _)| name != "case.kps");
    fields.extend([
        ("case.kps".to_owned(), "40".to_owned()),
        ("do".to_owned(), "recalculate".to_owned()),
    ]);
    let sent: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    coordinator.post(&draft, &sent).await;
    let form = coordinator.open(&story.path("/assessment")).await;
    assert_eq!(checked(&form, "case.kps").as_deref(), Some("40"));
    // Tokuhashi 2005, Spine: general condition poor is 0 points instead of 2.
    let totals = form.first("#totals").replace('\u{a0}', " ");
    assert!(totals.contains("Tokuhashi 20058 / 15"), "{totals}");
    assert!(form.says("restored"), "{}", form.text());
    let saved = coordinator
        .submit(&form, &story.path("/assessments"), &[("default.source", "report")])
        .await;
    coordinator.follow(&saved).await;
    let form = coordinator.open(&story.path("/assessment")).await;
    assert_eq!(checked(&form, "case.kps"), None, "the draft went with the save");
    assert!(form.says("Started from assessment 2"), "{}", form.text());
}

#[tokio::test]
async fn a_stale_form_shows_both_sides_and_nothing_is_lost() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 108).await;
    let mut coordinator = app.coordinator().await;
    let mut clinician = app.sign_in("clinician@northfield.example").await;
    let (mine, theirs) = (
        coordinator.open(&story.path("/assessment")).await,
        clinician.open(&story.path("/assessment")).await,
    );
    let action = story.path("/assessments");
    let saved = clinician
        .submit(
            &theirs,
            &action,
            &[("default.source", "examination"), ("case.kps", "70"), ("case.frankel", "E")],
        )
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let fields = [("default.source", "report"), ("case.kps", "40"), ("case.ecog", "4")];
    let stale = coordinator.submit(&mine, &action, &fields).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text());
    assert!(
        stale.says("3 fields differ: 2 are merged for you, 1 needs your choice."),
        "{}",
        stale.text()
    );
    assert_eq!(checked(&stale, "keep.case.kps"), None);
    // Tokuhashi 2005, Spine: KPS 70 is 1 point, KPS 40 none.
    assert!(stale.says("Tokuhashi 2005"), "the choice changes this score: {}", stale.text());
    // Nothing chosen: the same page, and it says so.
    let again = coordinator.submit::<&str>(&stale, &action, &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.says("Choose which to keep"), "{}", again.text());
    // Somebody saves again meanwhile, something else: the choice is kept and still asked for nothing new.
    let theirs = clinician.open(&story.path("/assessment")).await;
    let saved = clinician
        .submit(&theirs, &action, &[("default.source", "report"), ("case.albumin", "35")])
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let third = coordinator.submit(&again, &action, &[("keep.case.kps", "yours")]).await;
    assert_eq!(third.status, StatusCode::CONFLICT, "{}", third.text());
    assert_eq!(checked(&third, "keep.case.kps").as_deref(), Some("yours"));
    let saved = coordinator.submit::<&str>(&third, &action, &[]).await;
    coordinator.follow(&saved).await;
    let read = coordinator.open(&story.path("/assessments/4")).await;
    let text = read.text();
    for value in ["40 %", "35 g/L"] {
        assert!(text.contains(value), "{value} in {text}");
    }
    let form = coordinator.open(&story.path("/assessment")).await;
    assert!(!form.says("restored"), "the draft went with the merge");
}

#[tokio::test]
async fn the_same_form_sent_twice_makes_one_assessment() {
    let app = TestApp::new().await;
    let (story, mut coordinator) = referred(&app, 109).await;
    let form = coordinator.open(&story.path("/assessment")).await;
    let action = story.path("/assessments");
    let first = coordinator.submit(&form, &action, &FACTS).await;
    let second = coordinator.submit(&form, &action, &FACTS).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text());
    assert_eq!(first.location(), second.location());
    assert_eq!(app.world.events("assessment.saved").await, 1);
}

#[tokio::test]
async fn an_auditor_reads_facts_without_names_and_saves_none() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 110).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    let fields =
        [("default.source", "patient"), ("case.allergies", "told Sister Invented of latex")];
    let saved = coordinator.submit(&form, &story.path("/assessments"), &fields).await;
    coordinator.follow(&saved).await;
    let mut auditor = app.sign_in("auditor@northfield.example").await;
    let form = auditor.get(&story.path("/assessment")).await;
    assert_eq!(form.location(), story.path("/assessments/2"));
    for page in ["/assessments/2", "/lesions", "/lesions/L1", "/lesions/T4"] {
        let page = auditor.open(&story.path(page)).await;
        assert!(!page.body.contains("Sister Invented"), "{}", page.path);
        assert!(!page.body.contains("12-Mar-1962"), "{}", page.path);
        assert!(!page.body.contains("Testperson"), "{}", page.path);
        assert!(!page.body.contains("<form method=\"post\" action=\"/cases"), "{}", page.path);
    }
}

#[tokio::test]
async fn a_form_sent_after_the_session_ended_comes_back_on_its_page() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 111).await;
    let mut coordinator = app.coordinator().await;
    let lesions = coordinator.open(&story.path("/lesions")).await;
    app.session_clock.advance(chrono::TimeDelta::hours(13));
    let action = story.path("/assessments");
    let levels = [("level", "T10"), ("removal-reason", "counted from below")];
    let answer = coordinator.submit(&lesions, &action, &levels).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.location().starts_with("/sign-in?next="), "{}", answer.location());
    let mut coordinator = app.coordinator().await;
    let form = coordinator.get(&story.path("/assessment")).await;
    assert_eq!(form.location(), story.path("/lesions"));
    let lesions = coordinator.open(&form.location()).await;
    assert_eq!(
        lesions.attribute("[name=\"removal-reason\"]", "value").as_deref(),
        Some("counted from below")
    );
    let saved = coordinator.submit(&lesions, &action, &[("case.index-lesion", "T10")]).await;
    coordinator.follow(&saved).await;
    assert_eq!(
        coordinator.open(&story.path("/assessment")).await.first("h2").split(' ').nth(1),
        Some("3")
    );
}

#[tokio::test]
async fn saving_a_part_leaves_the_draft_of_the_whole_form_alone() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 112).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    let draft = form.attribute("#assessment", "data-draft").unwrap();
    coordinator
        .post(&draft, &[("base", "1"), ("case.crp", "12"), ("default.source", "report")])
        .await;
    let lesion = coordinator.open(&story.path("/lesions/L1")).await;
    let fields = [("default.source", "report"), ("lesion.L1.escc-grade", "1b")];
    let saved = coordinator.submit(&lesion, &story.path("/assessments"), &fields).await;
    coordinator.follow(&saved).await;
    // The draft is still there, and still of the assessment it was typed over.
    let form = coordinator.open(&story.path("/assessment")).await;
    assert_eq!(form.attribute("[name=\"case.crp\"]", "value").as_deref(), Some("12"));
    assert!(form.says("Assessment 2 was saved meanwhile"), "{}", form.text());
    let stale = coordinator.submit::<&str>(&form, &story.path("/assessments"), &[]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let saved = coordinator.submit::<&str>(&stale, &story.path("/assessments"), &[]).await;
    coordinator.follow(&saved).await;
    let read = coordinator.open(&story.path("/assessments/3")).await;
    assert!(read.says("12 mg/L") && read.says("1b"), "{}", read.text());
    // Dropped on request, and only then.
    coordinator.post(&draft, &[("base", "3"), ("case.crp", "99")]).await;
    coordinator.post(&draft, &[("do", "discard")]).await;
    let form = coordinator.open(&story.path("/assessment")).await;
    assert_eq!(form.attribute("[name=\"case.crp\"]", "value").as_deref(), Some(""));
}

#[tokio::test]
async fn two_who_record_the_same_facts_have_nothing_to_choose() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 113).await;
    let mut coordinator = app.coordinator().await;
    let mut clinician = app.sign_in("clinician@northfield.example").await;
    let action = story.path("/assessments");
    let (mine, theirs) = (
        coordinator.open(&story.path("/assessment")).await,
        clinician.open(&story.path("/assessment")).await,
    );
    let fields = [("default.source", "report"), ("case.kps", "70")];
    let first = clinician.submit(&theirs, &action, &fields).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.problems());
    let second = coordinator.submit(&mine, &action, &fields).await;
    assert_eq!(second.status, StatusCode::SEE_OTHER, "{}", second.text());
    assert_eq!(app.world.events("assessment.saved").await, 3);
}

#[tokio::test]
async fn a_page_of_the_past_has_the_banner_and_the_tabs_of_today() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 114).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    let fields = [("default.source", "report"), ("lesion.L1.escc-grade", "2")];
    let saved = coordinator.submit(&form, &story.path("/assessments"), &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.problems());
    let today = coordinator.open(&story.path("")).await;
    assert!(today.first(".pbanner").contains("Cord at risk"), "{}", today.first(".pbanner"));
    for page in ["/assessments/1", "/evaluations/1"] {
        let page = coordinator.open(&story.path(page)).await;
        assert_eq!(page.first(".pbanner"), today.first(".pbanner"), "{}", page.path);
        assert_eq!(page.first("nav.tabs"), today.first("nav.tabs"), "{}", page.path);
    }
}

#[tokio::test]
async fn totals_are_answered_to_nobody_who_may_not_save_the_assessment() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 106).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    let draft = form.attribute("#assessment", "data-draft").unwrap();
    let mut fields = form.form(&story.path("/assessments"));
    fields
        .extend([("case.kps".to_owned(), "40".to_owned()), ("do".to_owned(), "totals".to_owned())]);
    let sent: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answered = coordinator.post(&draft, &sent).await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
    assert!(answered.says("Tokuhashi"), "{}", answered.text());

    // An auditor reads the case and saves nothing of it.
    let mut auditor = app.sign_in("auditor@northfield.example").await;
    auditor.open(&story.path("")).await;
    let refused = auditor.post(&draft, &sent).await;
    assert_eq!(refused.status, StatusCode::NO_CONTENT);
    assert_eq!(refused.body, "");

    let page = coordinator.open(&story.path("/referral")).await;
    let closed = coordinator.submit(&page, &story.path("/closure"), &[("code", "completed")]).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.problems());
    let late = coordinator.post(&draft, &sent).await;
    assert_eq!(late.status, StatusCode::NO_CONTENT);
    assert_eq!(late.body, "");
}
