//! Meetings and agendas through their forms.

use http::StatusCode;
use spineboard_tests::TestApp;
use spineboard_tests::story::Story;

#[tokio::test]
async fn a_meeting_with_impossible_times_comes_back_with_everything_typed() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open("/meetings/new").await;
    let wrong = [
        ("name", "Weekly MDT"),
        ("date", "31-Jun-2026"),
        ("start", "8"),
        ("end", "25:00"),
        ("capacity", "many"),
    ];
    let answer = coordinator.submit(&form, "/meetings", &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (name, typed) in wrong {
        let kept = answer.attribute(&format!("input[name=\"{name}\"]"), "value");
        assert_eq!(kept.as_deref(), Some(typed), "{name}");
    }
    assert_eq!(answer.all(".errsum li").len(), 5, "{}", answer.problems());
    let yesterday =
        [("name", "Weekly MDT"), ("date", "14-Jun-2026"), ("start", "08:00"), ("end", "09:00")];
    let answer = coordinator.submit(&form, "/meetings", &yesterday).await;
    assert!(answer.problems().contains("still to come"), "{}", answer.problems());
    assert_eq!(app.world.events("meeting.planned").await, 0);
}

#[tokio::test]
async fn a_series_gives_its_name_to_its_meetings() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let chair = app.world.user("chair@northfield.example").await.to_string();
    let form = coordinator.open("/meetings/new").await;
    let first = [
        ("series", "new"),
        ("name", "Weekly MDT"),
        ("date", "16-Jun-2026"),
        ("start", "08:00"),
        ("end", "09:30"),
        ("chair", &chair),
    ];
    let planned = coordinator.submit(&form, "/meetings", &first).await;
    coordinator.follow(&planned).await;
    let form = coordinator.open("/meetings/new").await;
    let series = form.attribute("#series option:nth-child(3)", "value").unwrap();
    let second = [
        ("series", series.as_str()),
        ("date", "23-Jun-2026"),
        ("start", "08:00"),
        ("end", "09:30"),
        ("chair", &chair),
    ];
    let planned = coordinator.submit(&form, "/meetings", &second).await;
    let page = coordinator.follow(&planned).await;
    assert_eq!(page.first("h1"), "Weekly MDT");
    let list = coordinator.open("/meetings").await;
    assert!(
        list.says("Tue 16-Jun-2026 08:00") && list.says("Tue 23-Jun-2026 08:00"),
        "{}",
        list.text()
    );
}

#[tokio::test]
async fn a_late_case_is_asked_for_its_reason_and_then_listed_once() {
    let app = TestApp::new().await;
    let mut story = Story::assessed(&app, 1).await;
    let mut coordinator = app.coordinator().await;
    story.plan(&app, &mut coordinator).await;
    let address = format!("/meetings/{}", story.meeting);
    let items = format!("{address}/items");
    let page = coordinator.open(&address).await;
    let without = coordinator.submit(&page, &items, &[("case", &story.case)]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(without.first("#reason-error").contains("added late"), "{}", without.problems());
    let fields = [("case", story.case.as_str()), ("reason", "New weakness")];
    let listed = coordinator.submit(&page, &items, &fields).await;
    let again = coordinator.submit(&page, &items, &fields).await;
    assert_eq!(listed.location(), again.location());
    let page = coordinator.follow(&listed).await;
    assert!(page.says("TESTPERSON1") && page.says("added late: New weakness"), "{}", page.text());
    assert_eq!(app.world.events("agenda.item_listed").await, 1);
}

#[tokio::test]
async fn closing_names_the_cases_that_have_no_outcome() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 2).await;
    let mut chair = app.chair().await;
    let address = format!("/meetings/{}", story.meeting);
    let page = chair.open(&address).await;
    let refused = chair.submit::<&str>(&page, &format!("{address}/closing"), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.link(&story.case), Some(story.path("")), "{}", refused.text());
    assert_eq!(refused.link("Back to the meeting").as_ref(), Some(&address));
    story.record(&app, &mut chair).await;
    story.confirm(&mut chair).await;
    let page = chair.open(&address).await;
    let closed = chair.submit::<&str>(&page, &format!("{address}/closing"), &[]).await;
    assert!(chair.follow(&closed).await.says("Closed"));
}

#[tokio::test]
async fn a_case_is_taken_off_and_a_meeting_cancelled_with_a_reason() {
    let app = TestApp::new().await;
    let mut story = Story::assessed(&app, 3).await;
    let mut coordinator = app.coordinator().await;
    story.plan(&app, &mut coordinator).await;
    story.list(&mut coordinator).await;
    let address = format!("/meetings/{}", story.meeting);
    let page = coordinator.open(&address).await;
    let removal = page.attribute("form[action$=removal]", "action").unwrap();
    let without = coordinator.submit::<&str>(&page, &removal, &[]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let off = coordinator.submit(&page, &removal, &[("reason", "Seen elsewhere")]).await;
    let page = coordinator.follow(&off).await;
    assert!(page.says("Taken off: Seen elsewhere"), "{}", page.text());
    let cancellation = format!("{address}/cancellation");
    let cancelled = coordinator.submit(&page, &cancellation, &[("reason", "Bank holiday")]).await;
    assert!(coordinator.follow(&cancelled).await.says("Cancelled"));
    assert_eq!(app.world.events("meeting.cancelled").await, 1);
}

#[tokio::test]
async fn an_agenda_is_written_down_when_it_is_read_and_names_nobody_to_an_auditor() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 4).await;
    let address = format!("/meetings/{}", story.meeting);
    let before = app.world.events("list.read").await;
    let mut auditor = app.sign_in("auditor@northfield.example").await;
    let page = auditor.open(&address).await;
    assert!(page.says(&story.case) && !page.body.contains("TESTPERSON4"), "{}", page.text());
    assert!(!page.body.contains("Fixation before radiotherapy?"), "no free text");
    assert_eq!(app.world.events("list.read").await, before + 1);
    let mut elsewhere = app.sign_in("coordinator@eastmoor.example").await;
    assert_eq!(elsewhere.get(&address).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.world.events("access.denied").await, 1);
}

#[tokio::test]
async fn a_line_of_an_agenda_says_grade_and_level_and_the_totals_of_the_scores() {
    let app = TestApp::new().await;
    let mut story = Story::assessed(&app, 5).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    let fields = [("default.source", "report"), ("lesion.L1.escc-grade", "1c")];
    let saved = coordinator.submit(&form, &story.path("/assessments"), &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.problems());
    story.plan(&app, &mut coordinator).await;
    story.list(&mut coordinator).await;
    let page = coordinator.open(&format!("/meetings/{}", story.meeting)).await;
    // ONE-1 of the golden cases.
    let line = "ESCC 1c at L1 · SINS 13 at L1 · Tokuhashi 10 · Tomita 6";
    assert!(page.first(".agenda-item").contains(line), "{}", page.first(".agenda-item"));
}

#[tokio::test]
async fn a_case_whose_referral_is_not_accepted_is_listed_with_that_said() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let mut story = Story::referred(&mut coordinator, 6).await;
    story.plan(&app, &mut coordinator).await;
    let address = format!("/meetings/{}", story.meeting);
    let page = coordinator.open(&address).await;
    assert!(page.first("select[name=case]").contains("referral not accepted yet"));
    story.list(&mut coordinator).await;
    let page = coordinator.open(&address).await;
    assert!(page.first(".agenda-item").contains("Referral not accepted"), "{}", page.text());
}
