//! The decision of a case through its forms, without JavaScript: what goes wrong, and that nothing typed
//! is lost.

use http::StatusCode;
use spineboard_tests::story::{DECISION, Story};
use spineboard_tests::{Page, TestApp, Visitor};
use store::testing::PASSWORD;

const SCRIBE: &str = "scribe@northfield.example";

/// Opens the decision, fills it in with these fields on top of the usual ones, and sends it.
async fn send(
    app: &TestApp,
    story: &Story,
    visitor: &mut Visitor,
    page: &Page,
    to: &str,
    fields: &[(&str, &str)],
) -> Page {
    let chair = app.world.user("chair@northfield.example").await.to_string();
    let mut all = page.form(&story.path("/decision"));
    let usual = DECISION.iter().copied();
    let usual =
        usual.chain([("plan.0.responsible", chair.as_str()), ("action.0.owner", chair.as_str())]);
    for (name, value) in usual.chain(fields.iter().copied()) {
        all.retain(|(known, _)| known != name);
        all.push((name.to_owned(), value.to_owned()));
    }
    let all: Vec<(&str, &str)> =
        all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post(&story.path(to), &all).await
}

fn value(page: &Page, name: &str) -> Option<String> {
    page.attribute(&format!("input[name=\"{name}\"]"), "value")
}

#[tokio::test]
async fn a_date_that_does_not_exist_comes_back_with_everything_typed() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 1).await;
    let mut chair = app.chair().await;
    let page = chair.open(&story.path("/decision")).await;
    let wrong = [("plan.0.target_date", "31-Jun-2026"), ("plan.0.dose", "<b>30 Gy</b> in 10")];
    let answer = send(&app, &story, &mut chair, &page, "/decision", &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(value(&answer, "plan.0.target_date").as_deref(), Some("31-Jun-2026"));
    assert_eq!(value(&answer, "plan.0.dose").as_deref(), Some("<b>30 Gy</b> in 10"));
    assert!(!answer.body.contains("<b>30 Gy"), "what was typed is text, never markup");
    assert_eq!(app.world.events("decision.recorded").await, 0);
    // It also waits as a draft when the page is opened again.
    let again = chair.open(&story.path("/decision")).await;
    assert_eq!(value(&again, "plan.0.dose").as_deref(), Some("<b>30 Gy</b> in 10"));
}

#[tokio::test]
async fn the_form_is_saved_and_read_back_by_one_button() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 2).await;
    let mut chair = app.chair().await;
    let page = chair.open(&story.path("/decision")).await;
    let missing =
        send(&app, &story, &mut chair, &page, "/decision/read-back", &[("plan.0.intent", "")])
            .await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        missing.problems().contains("Step 1, intent: choose the intent"),
        "{}",
        missing.problems()
    );
    let read = send(&app, &story, &mut chair, &page, "/decision/read-back", &[]).await;
    let read = chair.follow(&read).await;
    assert!(read.says("Decompression and fixation at T12"), "{}", read.text());
    assert_eq!(app.world.events("decision.read_back").await, 1);
    assert_eq!(app.world.events("decision.recorded").await, 0);
}

#[tokio::test]
async fn two_who_write_the_same_draft_meet_on_a_merge_page_and_nothing_is_lost() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 3).await;
    let (mut chair, mut scribe) = (app.chair().await, app.sign_in(SCRIBE).await);
    story.record(&app, &mut chair).await;
    let (hers, theirs) =
        (chair.open(&story.path("/decision")).await, scribe.open(&story.path("/decision")).await);
    let first =
        send(&app, &story, &mut scribe, &theirs, "/decision", &[("quorum_note", "Four of five")])
            .await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.problems());
    let mine = [("patient_preference", "No surgery on a Friday"), ("plan.0.levels", "L1")];
    let conflict = send(&app, &story, &mut chair, &hers, "/decision", &mine).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    for words in ["Four of five", "No surgery on a Friday", "Wants to stay on her feet."] {
        assert!(conflict.says(words), "{words} in {}", conflict.text());
    }
    let unchosen = chair.submit::<&str>(&conflict, &story.path("/decision"), &[]).await;
    assert_eq!(unchosen.status, StatusCode::CONFLICT, "a side has to be chosen");
    let chosen = [
        ("keep.quorum_note", "theirs"),
        ("keep.patient_preference", "yours"),
        ("keep.plan.0.levels", "yours"),
    ];
    let merged = chair.submit(&unchosen, &story.path("/decision"), &chosen).await;
    let merged = chair.follow(&merged).await;
    let text = merged.body;
    for words in ["Four of five", "No surgery on a Friday"] {
        assert!(text.contains(words), "{words}");
    }
    assert_eq!(app.world.events("decision.recorded").await, 3);
}

#[tokio::test]
async fn a_draft_is_discarded_with_a_reason() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 4).await;
    let mut chair = app.chair().await;
    story.record(&app, &mut chair).await;
    let act = chair.open(&story.path("/decision/discard")).await;
    let without = chair.submit::<&str>(&act, &story.path("/decision/discard"), &[]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done =
        chair.submit(&act, &story.path("/decision/discard"), &[("words", "Wrong item")]).await;
    chair.follow(&done).await;
    assert_eq!(app.world.events("decision.discarded").await, 1);
}

#[tokio::test]
async fn an_amendment_leaves_the_first_version_readable() {
    let app = TestApp::new().await;
    let story = Story::signed(&app, 5).await;
    let mut chair = app.chair().await;
    let act = chair.open(&story.path("/decision/amendment")).await;
    let fields = [("reason", "new_information"), ("words", "Planning CT shows lysis at L2")];
    let begun = chair.submit(&act, &story.path("/decision/amendment"), &fields).await;
    let page = chair.follow(&begun).await;
    assert!(page.says("Version 1 holds until version 2 is signed"), "{}", page.text());
    let read = send(
        &app,
        &story,
        &mut chair,
        &page,
        "/decision/read-back",
        &[("plan.0.levels", "T12-L3")],
    )
    .await;
    let read = chair.follow(&read).await;
    let confirmed = chair.submit::<&str>(&read, &story.path("/decision/confirmation"), &[]).await;
    chair.follow(&confirmed).await;
    story.sign(&mut chair).await;
    let signed = chair.open(&story.path("/decision")).await;
    assert!(signed.says("Signed decision, version 2"), "{}", signed.text());
    assert!(signed.says("New information: Planning CT shows lysis at L2"));
    let first = chair.open(&story.path("/decisions/1/1")).await;
    assert!(first.says("Replaced by version 2"), "{}", first.text());
    assert_eq!(chair.get(&story.path("/decisions/1/3")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn voiding_asks_two_people_for_their_passwords() {
    let app = TestApp::new().await;
    let story = Story::signed(&app, 6).await;
    let (mut chair, mut clinician) =
        (app.chair().await, app.sign_in("clinician@northfield.example").await);
    let address = story.path("/decision/void");
    let words = [("reason", "test"), ("words", "Entered while training")];
    let act = clinician.open(&address).await;
    let wrong = clinician.submit(&act, &address, &[words[0], words[1], ("password", "no")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let asked =
        clinician.submit(&act, &address, &[words[0], words[1], ("password", PASSWORD)]).await;
    clinician.follow(&asked).await;
    let act = clinician.open(&address).await;
    let same =
        clinician.submit(&act, &address, &[words[0], words[1], ("password", PASSWORD)]).await;
    assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(same.problems().contains("two persons"), "{}", same.problems());
    assert!(chair.open("/cases").await.says("Signed"), "one person alone voids nothing");
    let act = chair.open(&address).await;
    let voided = chair.submit(&act, &address, &[words[0], words[1], ("password", PASSWORD)]).await;
    let page = chair.follow(&voided).await;
    assert!(!chair.open("/cases").await.says("Signed"), "a voided decision is none");
    assert!(page.says("Voided"), "{}", page.text());
    assert_eq!(app.world.events("decision.voided").await, 1);
}

#[tokio::test]
async fn an_auditor_reads_a_decision_without_names_and_free_text() {
    let app = TestApp::new().await;
    let story = Story::signed(&app, 7).await;
    let mut auditor = app.sign_in("auditor@northfield.example").await;
    let page = auditor.open(&story.path("/decision")).await;
    assert!(page.says("Treatment plan agreed"), "{}", page.text());
    for secret in [
        "Testperson7",
        "TESTPERSON7",
        "Wants to stay on her feet",
        "The fracture decides",
        "Book theatre",
    ] {
        assert!(!page.body.contains(secret), "{secret}");
    }
    assert!(app.world.events("decision.read").await > 0);
}

#[tokio::test]
async fn who_may_not_record_sees_why_there_is_nothing_yet() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 8).await;
    let mut coordinator = app.coordinator().await;
    let page = coordinator.open(&story.path("/decision")).await;
    assert!(page.says("on no agenda"), "{}", page.text());
}

#[tokio::test]
async fn enter_in_a_field_of_the_decision_keeps_what_is_typed_and_records_nothing() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 8).await;
    let mut chair = app.chair().await;
    story.record(&app, &mut chair).await;
    let recorded = app.world.events("decision.recorded").await;
    let page = chair.open(&story.path("/decision")).await;
    // What a browser presses on Enter: the first button of the form.
    let mut fields = page.form(&story.path("/decision"));
    for (attribute, what) in [("name", "does nothing besides"), ("type", "sends")] {
        assert_eq!(page.attribute("#decision button", attribute), None, "it {what}");
    }
    let address = page.attribute("#decision button", "formaction").unwrap();
    for (name, value) in &mut fields {
        if name == "patient_preference" {
            "Typed, then Enter".clone_into(value);
        }
    }
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    chair.post(&address, &fields).await;
    let again = chair.open(&story.path("/decision")).await;
    assert!(again.body.contains("Typed, then Enter"), "{}", again.text());
    assert!(again.all("legend").iter().any(|legend| legend == "Step 1"), "{}", again.text());
    assert_eq!(app.world.events("decision.recorded").await, recorded);
}

/// Saves the facts of the story with another performance status.
async fn reassess(app: &TestApp, story: &Story, kps: &str) {
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    let fields = [("case.kps", kps), ("default.source", "examination")];
    let saved = coordinator.submit(&form, &story.path("/assessments"), &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.problems());
}

fn is_chosen(page: &Page, score: &str) -> bool {
    !page.all(&format!("input[name=\"agreement.{score}.value\"][checked]")).is_empty()
}

#[tokio::test]
async fn an_agreement_is_chosen_again_for_every_score_whose_advice_changed() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 11).await;
    let mut chair = app.chair().await;
    story.record(&app, &mut chair).await;
    let before = chair.open(&story.path("/decision")).await;
    assert!(is_chosen(&before, "tokuhashi-2005") && is_chosen(&before, "tomita-2001"));
    // Tokuhashi falls into another band, Tomita does not ask for the performance status.
    reassess(&app, &story, "40").await;
    let after = chair.open(&story.path("/decision")).await;
    assert!(!is_chosen(&after, "tokuhashi-2005"), "{}", after.text());
    assert!(is_chosen(&after, "tomita-2001"), "{}", after.text());
    for words in ["has changed: choose again", "Partly: Instability decides; The fracture decides"]
    {
        assert!(after.says(words), "{words}: {}", after.text());
    }
    assert_eq!(after.all(".agree del").len(), 1, "what the paper printed for the band of before");
    // The page that was open when the facts were saved cannot carry the statement over either.
    let late = send(&app, &story, &mut chair, &before, "/decision/read-back", &[]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!is_chosen(&late, "tokuhashi-2005"), "{}", late.text());
    let fields: Vec<(String, String)> = late.form(&story.path("/decision"));
    let mut fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.retain(|(name, _)| *name != "facts_accepted");
    fields.push(("facts_accepted", "The fracture decides all the same"));
    let unsaid = chair.post(&story.path("/decision/read-back"), &fields).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", unsaid.text());
    assert_eq!(unsaid.problems().matches("whether the decision follows").count(), 1);
    fields.push(("agreement.tokuhashi-2005.value", "follows"));
    let read = chair.post(&story.path("/decision/read-back"), &fields).await;
    assert_eq!(read.status, StatusCode::SEE_OTHER, "{}", read.problems());
}

#[tokio::test]
async fn an_amendment_asks_again_about_advice_that_changed_since_it_was_signed() {
    let app = TestApp::new().await;
    let story = Story::signed(&app, 12).await;
    reassess(&app, &story, "40").await;
    let mut chair = app.chair().await;
    let act = chair.open(&story.path("/decision/amendment")).await;
    let fields = [("reason", "new_information"), ("words", "KPS has fallen")];
    let begun = chair.submit(&act, &story.path("/decision/amendment"), &fields).await;
    let page = chair.follow(&begun).await;
    assert!(!is_chosen(&page, "tokuhashi-2005"), "{}", page.text());
    assert!(is_chosen(&page, "tomita-2001"), "{}", page.text());
}

#[tokio::test]
async fn what_was_read_back_stands_read_only_until_somebody_asks_to_change_it() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 13).await;
    let mut chair = app.chair().await;
    story.record(&app, &mut chair).await;
    story.confirm(&mut chair).await;
    let confirmed = chair.open(&story.path("/decision")).await;
    assert_eq!(
        value(&confirmed, "plan.0.levels"),
        None,
        "nothing can be typed beside the signature"
    );
    assert!(confirmed.says("Wants to stay on her feet."), "{}", confirmed.text());
    assert!(confirmed.says("T12 to L2"), "{}", confirmed.text());
    let change = confirmed.link("Change the draft").expect("a way back");
    let open = chair.open(&change).await;
    assert_eq!(value(&open, "plan.0.levels").as_deref(), Some("T12-L2"));
    assert_eq!(value(&open, "password"), None, "nobody signs beside text that is not sent");
    assert!(open.says("Saving takes it back to the draft"), "{}", open.text());
    // Typed, kept as a draft, not sent: the page does not offer to sign over it.
    let mut typed = open.form(&story.path("/decision"));
    for (name, value) in &mut typed {
        if name == "plan.0.levels" {
            "T11-L2".clone_into(value);
        }
    }
    let typed: Vec<(&str, &str)> =
        typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let drafts = format!("/drafts/decision/{}", story.case);
    chair.post(&drafts, &typed).await;
    let unsent = chair.open(&story.path("/decision")).await;
    assert_eq!(value(&unsent, "plan.0.levels").as_deref(), Some("T11-L2"));
    assert_eq!(value(&unsent, "password"), None);
    // Left as it is, it can be signed.
    chair.post(&drafts, &[("do", "discard")]).await;
    let again = chair.open(&story.path("/decision")).await;
    assert_eq!(value(&again, "plan.0.levels"), None);
    let signed = story.sign(&mut chair).await;
    let signed = chair.follow(&signed).await;
    assert!(signed.says("Signed decision, version 1"), "{}", signed.text());
}

#[tokio::test]
async fn a_change_takes_what_was_confirmed_back_to_the_draft() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 14).await;
    let mut chair = app.chair().await;
    story.record(&app, &mut chair).await;
    story.confirm(&mut chair).await;
    let recorded = app.world.events("decision.recorded").await;
    let open = chair.open(&story.path("/decision?change=yes")).await;
    let same = chair.submit::<&str>(&open, &story.path("/decision"), &[]).await;
    let same = chair.follow(&same).await;
    assert!(same.says("Nothing was changed") && same.says("Sign as chair"), "{}", same.text());
    assert_eq!(app.world.events("decision.recorded").await, recorded);
    let open = chair.open(&story.path("/decision?change=yes")).await;
    let saved = chair.submit(&open, &story.path("/decision"), &[("plan.0.levels", "T11-L2")]).await;
    let saved = chair.follow(&saved).await;
    assert_eq!(value(&saved, "plan.0.levels").as_deref(), Some("T11-L2"));
    assert!(!saved.says("Sign as chair"), "{}", saved.text());
}

#[tokio::test]
async fn when_facts_changed_nobody_is_offered_to_sign() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 15).await;
    let mut chair = app.chair().await;
    story.record(&app, &mut chair).await;
    story.confirm(&mut chair).await;
    let before = chair.open(&story.path("/decision")).await;
    assert!(before.says("You recorded it, read it back and confirmed it yourself"));
    reassess(&app, &story, "70").await;
    let after = chair.open(&story.path("/decision")).await;
    assert_eq!(value(&after, "password"), None, "{}", after.text());
    assert!(after.says("The facts changed since this was recorded"), "{}", after.text());
    // Who had the page open is told where to go.
    let late =
        chair.submit(&before, &story.path("/decision/signature"), &[("password", PASSWORD)]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert_eq!(late.link("Back to the decision"), Some(story.path("/decision")), "{}", late.text());
}

#[tokio::test]
async fn two_who_wrote_the_same_words_have_nothing_to_choose() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 16).await;
    let (mut chair, mut scribe) = (app.chair().await, app.sign_in(SCRIBE).await);
    let (hers, theirs) =
        (chair.open(&story.path("/decision")).await, scribe.open(&story.path("/decision")).await);
    let first = send(&app, &story, &mut scribe, &theirs, "/decision", &[]).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.problems());
    let second = send(&app, &story, &mut chair, &hers, "/decision", &[]).await;
    assert_eq!(second.status, StatusCode::SEE_OTHER, "{}", second.text());
    assert_eq!(app.world.events("decision.recorded").await, 2);
}

#[tokio::test]
async fn what_is_read_back_names_the_patient_first() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 17).await;
    let mut chair = app.chair().await;
    story.record(&app, &mut chair).await;
    let page = chair.open(&story.path("/decision")).await;
    let read = send(&app, &story, &mut chair, &page, "/decision/read-back", &[]).await;
    let read = chair.follow(&read).await;
    let sentence = read.all(".readback").concat();
    assert!(sentence.starts_with("Invented Testperson17, born 12-Mar-1962. "), "{sentence}");
    assert!(read.says("You recorded it and read it back yourself: nobody else has checked it."));
}

#[tokio::test]
async fn planned_levels_without_a_lesion_are_named_until_the_signature_and_block_nothing() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 7).await;
    let mut chair = app.chair().await;
    // The lesion is at L1; the construct reaches from T12 to L2.
    let warning = "T12 and L2 are planned, but no lesion is marked there.";
    let page = chair.open(&story.path("/decision")).await;
    assert!(!page.says("no lesion is marked"), "nothing is planned yet");
    let saved = send(&app, &story, &mut chair, &page, "/decision", &[]).await;
    let saved = chair.follow(&saved).await;
    assert!(saved.says(warning), "{}", saved.text());
    let missing = [("plan.0.intent", "")];
    let refused = send(&app, &story, &mut chair, &saved, "/decision/read-back", &missing).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.says(warning) && !refused.problems().contains("lesion"), "{}", refused.text());
    let read = send(&app, &story, &mut chair, &saved, "/decision/read-back", &[]).await;
    let read = chair.follow(&read).await;
    assert!(read.says(warning), "{}", read.text());
    let confirmed = chair.submit::<&str>(&read, &story.path("/decision/confirmation"), &[]).await;
    let confirmed = chair.follow(&confirmed).await;
    assert!(confirmed.says(warning), "{}", confirmed.text());
    story.sign(&mut chair).await;
    assert_eq!(app.world.events("decision.signed").await, 1);
}

#[tokio::test]
async fn a_plan_at_the_level_of_the_lesion_warns_of_nothing() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 8).await;
    let mut chair = app.chair().await;
    let page = chair.open(&story.path("/decision")).await;
    let levels = [("plan.0.levels", "L1")];
    let read = send(&app, &story, &mut chair, &page, "/decision/read-back", &levels).await;
    assert!(!chair.follow(&read).await.says("no lesion is marked"));
}
