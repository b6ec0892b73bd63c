//! Referrals: sending, answering, amending, and who sees which of them; closing and reopening the case.

use http::StatusCode;
use spineboard_tests::story::{Story, particulars};
use spineboard_tests::{TestApp, Visitor};

/// What an emergency needs, and nothing more.
const EMERGENCY: [(&str, &str); 17] = [
    ("urgency", "U1"),
    ("mscc-status", "suspected"),
    ("t_suspect", "15-Jun-2026 07:10"),
    ("red-flags", "rf-limb-weakness"),
    ("haematological-suspected", "no"),
    ("ambulatory-status", "with-aid"),
    ("bladder-function", "normal"),
    ("bowel-function", "_not-assessed"),
    ("immobilised", "yes"),
    ("steroid", "no"),
    ("location", "Ward 4"),
    ("referrer_name", "J. Adler"),
    ("referrer_phone", "2222"),
    ("responsible_clinician", "Dr Lind"),
    ("level", "T9"),
    ("question", ""),
    ("question_kind", ""),
];

/// A patient of Northfield, referred by its referrer as an emergency.
async fn emergency(app: &TestApp) -> (Story, Visitor, String) {
    let mut coordinator = app.coordinator().await;
    let story = Story::register(&mut coordinator, 1).await;
    let mut referrer = app.sign_in("referrer@northfield.example").await;
    let form = referrer.open(&format!("/referrals/new?patient={}", story.patient)).await;
    let sent = referrer.submit(&form, "/referrals", &EMERGENCY).await;
    let acknowledged = referrer.follow(&sent).await;
    for words in
        ["reference NF-2026-0001", "MRI due Tue 16-Jun-2026 07:10", "1 answer is not assessed"]
    {
        assert!(acknowledged.says(words), "{words} in {}", acknowledged.text());
    }
    (story, referrer, "/cases/NF-2026-0001".to_owned())
}

#[tokio::test]
async fn a_routine_referral_needs_more_than_an_emergency_and_keeps_what_was_typed() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let story = Story::register(&mut coordinator, 1).await;
    let address = format!("/referrals/new?patient={}", story.patient);
    let form = coordinator.open(&address).await;
    let long = "x".repeat(501);
    let typed =
        [("urgency", "U5"), ("t_suspect", "16-Jun-2026 08:00"), ("question", long.as_str())];
    let refused = coordinator.submit(&form, "/referrals", &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["The first suspicion is in the future", "t most 500 characters", "Walking now"] {
        assert!(refused.problems().contains(words), "{words} in {}", refused.problems());
    }
    let again = coordinator.open(&address).await;
    assert!(again.form("/referrals").contains(&("question".to_owned(), long)));
    assert_eq!(app.world.events("referral.sent").await, 0);
}

#[tokio::test]
async fn a_referral_is_returned_with_a_reason_and_answered_once() {
    let app = TestApp::new().await;
    let (story, mut referrer, _) = emergency(&app).await;
    let mut coordinator = app.coordinator().await;
    let inbox = coordinator.open("/referrals").await;
    assert!(inbox.says("suspected cord compression since 15-Jun-2026 07:10"), "{}", inbox.text());
    let open = inbox.attribute("a[href*=\"open=\"]", "href").unwrap();
    let open = open.split('#').next().unwrap().to_owned();
    let referral = format!("/referrals/{}", open.rsplit('=').next().unwrap());
    let first = coordinator.open(&open).await;

    let refused = coordinator.submit::<&str>(&first, &format!("{referral}/return"), &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.problems(), "Say what is missing, and from whom");
    let reason = [("reason", "No MRI")];
    let returned = coordinator.submit(&refused, &format!("{referral}/return"), &reason).await;
    assert_eq!(returned.status, StatusCode::SEE_OTHER, "{}", returned.problems());
    let late = coordinator.submit::<&str>(&first, &format!("{referral}/acceptance"), &[]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.says("it can no longer be accepted"), "{}", late.text());
    assert_eq!(late.link("Back to the referrals").as_deref(), Some("/referrals"));

    assert!(referrer.open("/").await.says("No MRI"), "the sender sees why");
    let again = referrer.open(&format!("/referrals/new?patient={}", story.patient)).await;
    let asked = referrer.submit(&again, "/referrals", &EMERGENCY).await;
    assert_eq!(
        asked.problems(),
        "What is new since the last presentation: the patient has an open case: say what is new"
    );
    let sent = referrer.submit(&asked, "/referrals", &[("whats_new", "MRI is there")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.problems());
    assert_eq!(app.world.events("referral.sent").await, 2);
}

#[tokio::test]
async fn a_redirected_referral_is_triaged_at_the_other_site_and_no_longer_at_its_own() {
    let app = TestApp::new().await;
    let (_, mut referrer, case) = emergency(&app).await;
    let mut coordinator = app.coordinator().await;
    let mut eastmoor = app.sign_in("coordinator@eastmoor.example").await;
    assert_eq!(eastmoor.get(&case).await.status, StatusCode::NOT_FOUND);

    let inbox = coordinator.open("/referrals").await;
    let open = inbox.attribute("a[href*=\"open=\"]", "href").unwrap();
    let id = open.split(['=', '#']).nth(1).unwrap().to_owned();
    let page = coordinator.open(&format!("/referrals?open={id}")).await;
    let redirection = format!("/referrals/{id}/redirection");
    let site = app.world.eastmoor.to_string();
    let typed = [("site", site.as_str()), ("reason", "Lives there")];
    let redirected = coordinator.submit(&page, &redirection, &typed).await;
    assert_eq!(redirected.status, StatusCode::SEE_OTHER, "{}", redirected.problems());
    let here = coordinator.open("/referrals?list=redirected").await;
    assert!(here.says("Redirected to Eastmoor"), "{}", here.text());
    let acceptance = format!("/referrals/{id}/acceptance");
    let late = coordinator.submit::<&str>(&page, &acceptance, &[]).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert!(late.says("a chair of the site that it is addressed to"), "{}", late.text());

    assert!(eastmoor.open("/").await.says("1 to triage"));
    let there = eastmoor.open(&format!("/referrals?open={id}")).await;
    assert!(there.says("suspected cord compression"), "{}", there.text());
    let read = eastmoor.open(&format!("{case}/referral")).await;
    assert!(read.says("Redirected to Eastmoor by C. Northfield"), "{}", read.text());
    let overview = eastmoor.open(&case).await;
    assert!(overview.body.contains("TESTPERSON1"), "{}", overview.body);
    assert!(!read.body.contains("/closure"), "what the other site may not do is not offered");
    let accepted = eastmoor.submit::<&str>(&there, &acceptance, &[]).await;
    assert!(eastmoor.follow(&accepted).await.says("Referrals"));
    assert!(eastmoor.open("/referrals?list=accepted").await.says("TESTPERSON1"));
    assert!(referrer.open(&format!("{case}/referral")).await.says("Accepted by C. Eastmoor"));
    assert_eq!(app.world.events("referral.accepted").await, 1);
}

#[tokio::test]
async fn urgency_is_raised_with_a_new_clock_lowered_with_words_and_its_history_stays() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let story = Story::referred(&mut coordinator, 1).await;
    let (page_of, urgency) = (story.path("/referral"), story.path("/referral/urgency"));
    let page = coordinator.open(&page_of).await;
    assert!(page.says("U5 Routine"), "{}", page.text());

    let short = [("urgency", "U1"), ("code", "new_sign"), ("words", ""), ("since", "")];
    let refused = coordinator.submit(&page, &urgency, &short).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.problems(), "Say since when: the clock starts then");
    let raised = coordinator.submit(&refused, &urgency, &[("since", "15-Jun-2026 06:50")]).await;
    let shown = coordinator.follow(&raised).await;
    for words in [
        "The urgency is U1 Emergency: cord compression now.",
        "Plan due Tue 16-Jun-2026 06:50",
        "Urgency U5 to U1 by C. Northfield",
        "New or worse symptom or sign, since 15-Jun-2026 06:50",
    ] {
        assert!(shown.says(words), "{words} in {}", shown.text());
    }
    assert!(coordinator.open("/").await.says("due Tue 16-Jun-2026 06:50"), "the cord is at risk");
    assert!(
        !shown.body.contains("/referral/urgency"),
        "no class is higher, and lower is not theirs"
    );

    let mut chair = app.chair().await;
    let page = chair.open(&page_of).await;
    let lower = [("urgency", "U4"), ("code", "imaging"), ("words", ""), ("since", "")];
    let refused = chair.submit(&page, &urgency, &lower).await;
    assert_eq!(refused.problems(), "Say in words why the urgency is lowered");
    let lowered = chair.submit(&refused, &urgency, &[("words", "No compression on MRI")]).await;
    let shown = chair.follow(&lowered).await;
    for words in ["Urgency U5 to U1", "Urgency U1 to U4", "No compression on MRI", "Discussion due"]
    {
        assert!(shown.says(words), "{words} in {}", shown.text());
    }
    let history = chair.open(&story.path("/history?group=changes")).await;
    assert!(history.says("Urgency changed"), "{}", history.text());
    assert_eq!(app.world.events("urgency.changed").await, 2);
    let mut auditor = app.sign_in("auditor@northfield.example").await;
    let read = auditor.open(&page_of).await;
    assert!(read.says("Urgency U1 to U4") && !read.says("No compression"), "{}", read.text());
}

#[tokio::test]
async fn of_two_who_change_the_urgency_the_second_compares_and_chooses() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let story = Story::referred(&mut coordinator, 1).await;
    let (page_of, urgency) = (story.path("/referral"), story.path("/referral/urgency"));
    let mut chair = app.chair().await;
    let (early, late) = (coordinator.open(&page_of).await, chair.open(&page_of).await);
    let raise = |class: &'static str| {
        [("urgency", class), ("code", "new_sign"), ("words", ""), ("since", "15-Jun-2026 06:50")]
    };
    let first = coordinator.submit(&early, &urgency, &raise("U2")).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.problems());
    let compared = chair.submit(&late, &urgency, &raise("U1")).await;
    assert_eq!(compared.status, StatusCode::CONFLICT);
    for words in ["U5 Routine", "U2 Urgent", "U1 Emergency", "C. Northfield set the urgency"] {
        assert!(compared.says(words), "{words} in {}", compared.text());
    }
    let unchosen = chair.submit::<&str>(&compared, &urgency, &[]).await;
    assert_eq!(unchosen.status, StatusCode::CONFLICT);
    assert!(unchosen.says("Choose which to keep"));
    let mine = chair.submit(&unchosen, &urgency, &[("keep.urgency", "yours")]).await;
    assert!(chair.follow(&mine).await.says("Urgency U2 to U1"));
    assert_eq!(app.world.events("urgency.changed").await, 2);

    let theirs = [("merge", "yes"), ("keep.urgency", "theirs"), ("urgency", "U5")];
    let page = chair.open(&page_of).await;
    let kept = chair.submit(&page, &urgency, &theirs).await;
    assert_eq!(kept.location(), page_of);
    assert_eq!(app.world.events("urgency.changed").await, 2);
}

#[tokio::test]
async fn an_auditor_sees_no_name_and_no_word_of_a_referral_and_finds_nobody_by_name() {
    let app = TestApp::new().await;
    let (_, mut referrer, case) = emergency(&app).await;
    let family = particulars(1).iter().find(|(name, _)| *name == "family_name").unwrap().1.clone();
    let name = family.to_uppercase();
    assert!(referrer.open("/cases").await.says(&name), "a sender sees what they sent");
    let mut auditor = app.sign_in("auditor@northfield.example").await;
    let found = format!("/cases?q={family}");
    let pages = ["/", "/cases", "/referrals", &found];
    let of_case = [format!("{case}/referral"), format!("{case}/history")];
    for path in pages.into_iter().chain(of_case.iter().map(String::as_str)) {
        let page = auditor.open(path).await;
        for hidden in [name.as_str(), "999 ", "Ward 4", "Dr Lind"] {
            assert!(!page.text().contains(hidden), "{hidden} on {path}: {}", page.text());
        }
    }
    assert!(auditor.open("/cases").await.says("NF-2026-0001"));
    assert!(auditor.open(&found).await.says("No case matches"));
}

#[tokio::test]
async fn a_case_is_closed_with_a_code_reopened_with_a_reason_and_its_history_tells() {
    let app = TestApp::new().await;
    let (_, _, case) = emergency(&app).await;
    let mut coordinator = app.coordinator().await;
    let page = coordinator.open(&format!("{case}/referral")).await;
    let amendment = [("text", "CT arrived"), ("reason", "sent later")];
    let amended =
        coordinator.submit(&page, &format!("{case}/referral/amendment"), &amendment).await;
    assert!(coordinator.follow(&amended).await.says("CT arrived"));

    let closure = format!("{case}/closure");
    let refused = coordinator.submit(&page, &closure, &[("code", "")]).await;
    assert_eq!(refused.problems(), "Choose why the case is closed");
    let closed = coordinator.submit(&refused, &closure, &[("code", "completed")]).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.problems());
    let stale = coordinator.submit(&page, &closure, &[("code", "died")]).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY, "it is closed already");

    let page = coordinator.open(&format!("{case}/referral")).await;
    let reopening = format!("{case}/reopening");
    let refused = coordinator.submit(&page, &reopening, &[("reason", " ")]).await;
    assert_eq!(refused.problems(), "Say why the case is reopened");
    let opened = coordinator.submit(&refused, &reopening, &[("reason", "new pain")]).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.problems());

    let history = coordinator.open(&format!("{case}/history?group=changes")).await;
    for words in ["Referral amended", "Case closed", "Case reopened", "new pain"] {
        assert!(history.says(words), "{words} in {}", history.text());
    }
    assert!(!history.says("Case read"));
}
