//! What an auditor sees: where a decision comes from, its bundle, the log and its verification.

#![expect(clippy::unwrap_used, reason = "a test that cannot arrange should fail loudly")]

use http::{StatusCode, header};
use spineboard_tests::story::Story;
use spineboard_tests::{Page, TestApp, Visitor};
use sqlx::{AssertSqlSafe, Executor, Row};
use store::audit::Recomputer;
use store::ledger::verify::{SignatureState, Trust};
use store::ledger::{LedgerKey, Sweep, verify};

const AUDITOR: &str = "auditor@northfield.example";

/// A signed decision, and the address of its provenance.
async fn signed(app: &TestApp) -> (Story, String) {
    let story = Story::signed(app, 1).await;
    let id: String = app
        .world
        .superuser()
        .await
        .fetch_one("select id::text from decision")
        .await
        .unwrap()
        .get(0);
    (story, format!("/audit/decisions/{id}/1"))
}

fn key() -> LedgerKey {
    LedgerKey::new("tests.example", &[7; 32]).unwrap()
}

async fn seal(app: &TestApp) {
    app.world.store.register_ledger_key(&key()).await.unwrap();
    app.world.store.seal_all(&key(), Sweep::Whole).await.unwrap();
}

/// What somebody who got hold of the database could do: past policies, grants and triggers.
async fn damage(app: &TestApp, statement: &str) {
    let mut superuser = app.world.superuser().await;
    superuser.execute("set session_replication_role = replica").await.unwrap();
    let done = superuser.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
}

#[tokio::test]
async fn an_auditor_sees_who_decided_on_which_facts_under_which_rules_and_no_name_of_the_patient() {
    let app = TestApp::new().await;
    let (story, address) = signed(&app).await;
    seal(&app).await;
    let page = app.sign_in(AUDITOR).await.open(&address).await;
    assert_eq!(page.first("#verdict"), "Recomputed now: identical");
    for expected in [
        "Same bytes",
        "Valid",
        "Covered",
        "Dr H. Northfield, approved as chair",
        "Decompression and fixation",
        "Tokuhashi 2005",
        "Partly. Instability decides",
        "Assessment 1",
        "Renal cell carcinoma",
        "C. Northfield",
        "10, 6 months or more",
        "Approved, approved",
        "core-scores",
        "Decision read back",
        "spineboard audit verify",
    ] {
        assert!(page.says(expected), "{expected} in {}", page.text());
    }
    let body = page.body.to_lowercase();
    for withheld in
        ["testperson1", "invented", "wants to stay", "the fracture decides", "12-mar-1962"]
    {
        assert!(!body.contains(withheld), "{withheld}");
    }
    assert_eq!(provenance_reads(&app).await, 1);
    let treating = app.coordinator().await.open(&address).await;
    assert!(treating.first("h1").contains("TESTPERSON1"), "{}", treating.first("h1"));
    assert!(treating.says("The fracture decides") && treating.says(&story.case));
    assert!(treating.says("A. Northfield"), "the auditor's view is among the views");
}

/// How often a page of provenance was read.
async fn provenance_reads(app: &TestApp) -> i64 {
    let statement = "select count(*) from audit_event where kind = 'decision.read'
                        and convert_from(document, 'UTF8') like '%\"provenance\"%'";
    app.world.superuser().await.fetch_one(statement).await.unwrap().get(0)
}

#[tokio::test]
async fn before_the_first_seal_the_page_says_what_waits_and_offers_no_bundle() {
    let app = TestApp::new().await;
    let (_, address) = signed(&app).await;
    let mut auditor = app.sign_in(AUDITOR).await;
    let page = auditor.open(&address).await;
    assert_eq!(page.first("#verdict"), "Recomputed now: identical");
    assert!(page.says("Same bytes") && page.says("Waiting for its seal"), "{}", page.text());
    assert!(!page.says("Download bundle"));
    assert_eq!(auditor.get(&format!("{address}/bundle")).await.status, StatusCode::CONFLICT);
    assert_eq!(app.world.events("bundle.exported").await, 0);
}

#[tokio::test]
async fn the_first_record_that_does_not_fit_is_named() {
    let app = TestApp::new().await;
    let (_, address) = signed(&app).await;
    seal(&app).await;
    let mut auditor = app.sign_in(AUDITOR).await;
    // From the last check to the first, so that each comes before the one that was named already.
    let damages = [
        ("update audit_checkpoint set note = replace(note, 'tests.example', 'other.example')", "checkpoint 1:"),
        (
            "update audit_event set leaf_hash = set_byte(leaf_hash, 0, get_byte(leaf_hash, 0) # 1)
              where kind = 'assessment.saved'",
            "(assessment.saved): its bytes have the leaf hash",
        ),
        (
            "update decision_version set document =
                    convert_to(replace(convert_from(document, 'UTF8'), 'instability', 'fitness'), 'UTF8')",
            "decision 1, version 1: its bytes have the hash",
        ),
        (
            "update evaluation set document = document || ' ', hash = sha256(document || ' ')",
            "evaluation of assessment 1: stored with the hash",
        ),
        (
            "update rule_set_version set canonical = canonical || ' ' where rule_set = 'tomita-2001'",
            "rule set tomita-2001 v1: its bytes have the hash",
        ),
        (
            "update assessment set document = set_byte(document, 40, get_byte(document, 40) # 1)",
            "assessment 1: its bytes have the hash",
        ),
    ];
    for (statement, first) in damages {
        damage(&app, statement).await;
        let page = auditor.open(&address).await;
        let notice = page.first("section[role=alert]");
        assert!(notice.contains(first), "{first} in {notice}");
        assert!(!page.says("Recomputed now: identical"));
    }
    assert!(auditor.open(&address).await.says("This decision does not recompute"));
}

#[tokio::test]
async fn every_page_that_shows_an_evaluation_says_when_it_no_longer_comes_out_as_recorded() {
    let app = TestApp::new().await;
    let (story, _) = signed(&app).await;
    let mut chair = app.chair().await;
    let pages = ["", "/evaluations/1", "/decision", "/decisions/1/1"].map(|page| story.path(page));
    for page in &pages {
        assert!(!chair.open(page).await.says("does not recompute"), "{page}");
    }
    let statement =
        "update evaluation set document = document || ' ', hash = sha256(document || ' ')";
    damage(&app, statement).await;
    for page in &pages {
        let shown = chair.open(page).await;
        assert!(shown.says("The stored evaluation does not recompute"), "{page}: {}", shown.text());
    }
}

#[tokio::test]
async fn the_bundle_of_a_decision_verifies_without_the_database_and_a_changed_one_does_not() {
    let app = TestApp::new().await;
    let (story, address) = signed(&app).await;
    seal(&app).await;
    let mut auditor = app.sign_in(AUDITOR).await;
    let page = auditor.open(&address).await;
    let link = page.attribute("main a.primary", "href").unwrap();
    assert_eq!(link, format!("{address}/bundle"));
    let file = auditor.get(&link).await;
    assert_eq!(file.status, StatusCode::OK);
    let disposition = file.headers.get(header::CONTENT_DISPOSITION).unwrap().to_str().unwrap();
    assert_eq!(disposition, format!("attachment; filename=\"{}-decision-1.jsonl\"", story.case));
    assert_eq!(app.world.events("bundle.exported").await, 1);

    let check = |bundle: &str, trust: Trust| {
        verify(bundle.as_bytes(), &trust, &Recomputer::with_given_rules()).unwrap()
    };
    let report = check(&file.body, Trust::default());
    assert!(report.is_ok(), "{}", report.verdict);
    let decision = report.decisions.first().unwrap();
    assert!(decision.recomputed && decision.signature == SignatureState::Valid);
    let changed = file.body.replacen("\"ordinal\":1", "\"ordinal\":2", 1);
    assert_ne!(changed, file.body);
    assert!(check(&changed, Trust::default()).first_bad.is_some());
}

#[tokio::test]
async fn a_bundle_of_a_server_with_its_key_is_signed_and_holds_under_that_key() {
    let app = TestApp::new().await.with_ledger_key(key());
    let (_, address) = signed(&app).await;
    app.world.store.register_ledger_key(&key()).await.unwrap();
    let mut auditor = app.sign_in(AUDITOR).await;
    // The server seals what waits before it writes the file.
    let file = auditor.get(&format!("{address}/bundle")).await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.text());
    let trust = Trust { key: Some(key().verifier("NF").unwrap()), checkpoint: None, live: false };
    let report = verify(file.body.as_bytes(), &trust, &Recomputer::with_given_rules()).unwrap();
    assert!(report.is_ok() && report.signed, "{}", report.verdict);
}

async fn verified(visitor: &mut Visitor) -> (Page, Page) {
    let log = visitor.open("/audit/log").await;
    let answer = visitor.submit::<&str>(&log, "/audit/log/verification?site=NF", &[]).await;
    let result = visitor.follow(&answer).await;
    (log, result)
}

#[tokio::test]
async fn the_log_is_read_without_names_of_patients_and_verified_with_one_event() {
    let app = TestApp::new().await;
    let (story, address) = signed(&app).await;
    seal(&app).await;
    let mut auditor = app.sign_in(AUDITOR).await;
    let (log, result) = verified(&mut auditor).await;
    assert!(
        log.says("tests.example/NF") && log.says("decision.signed") && log.says(&story.case),
        "{}",
        log.text()
    );
    assert!(log.body.contains(&format!("href=\"{address}\"")));
    assert!(!log.body.to_lowercase().contains("testperson1"));
    assert!(
        result.says("The log verifies.") && result.says("1 signed decision: all fit."),
        "{}",
        result.text()
    );
    assert_eq!(app.world.events("history.read").await, 1);
    assert!(!auditor.open("/audit/log").await.says("The log verifies."), "a result is shown once");
    let again = log.form("/audit/log/verification?site=NF");
    let again: Vec<(&str, &str)> =
        again.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    auditor.post("/audit/log/verification?site=NF", &again).await;
    assert_eq!(app.world.events("history.read").await, 1);

    let refused = auditor.open("/audit/log?group=denied").await;
    assert!(refused.says("No event of this kind."));
    auditor.get("/cases/NF-2026-9999").await;
    assert!(auditor.open("/audit/log?group=denied").await.says("access.denied"));
    assert!(!auditor.open("/audit/log?who=somebody+else").await.says("decision.signed"));
}

#[tokio::test]
async fn a_damaged_log_does_not_verify_and_the_record_is_named() {
    let app = TestApp::new().await;
    signed(&app).await;
    seal(&app).await;
    let event: String = app
        .world
        .superuser()
        .await
        .fetch_one("select id::text from audit_event where kind = 'decision.signed'")
        .await
        .unwrap()
        .get(0);
    damage(
        &app,
        "update audit_event set document =
                convert_to(replace(convert_from(document, 'UTF8'), 'approved_as_chair', 'ratified'), 'UTF8')
          where kind = 'decision.signed'",
    )
    .await;
    let (_, result) = verified(&mut app.sign_in(AUDITOR).await).await;
    let alert = result.first("[role=alert]");
    assert!(alert.contains("The log does not verify.") && alert.contains(&event), "{alert}");
}

#[tokio::test]
async fn a_chair_reads_of_the_log_what_concerns_the_cases_of_their_own_meetings() {
    let app = TestApp::new().await;
    let (story, address) = signed(&app).await;
    let elsewhere = Story::assessed(&app, 2).await;
    seal(&app).await;
    let mut chair = app.chair().await;
    let (log, result) = verified(&mut chair).await;
    assert!(log.says(&story.case) && !log.says(&elsewhere.case), "{}", log.text());
    assert!(!log.says("auth.signed_in"));
    assert!(result.says("The log verifies."), "{}", result.text());
    assert_eq!(chair.get(&format!("{address}/bundle")).await.status, StatusCode::OK);
    let mut coordinator = app.coordinator().await;
    assert_eq!(coordinator.get("/audit/log").await.status, StatusCode::FORBIDDEN);
    assert_eq!(coordinator.get(&format!("{address}/bundle")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        app.sign_in("chair@eastmoor.example").await.get("/audit/log").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn an_event_that_cannot_be_read_hides_no_other_event_of_the_case() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 9).await;
    seal(&app).await;
    damage(&app, "update audit_event set document = 'no event' where kind = 'referral.sent'").await;
    let mut coordinator = app.coordinator().await;
    let page = coordinator.open(&story.path("/history")).await;
    assert!(page.says("This event cannot be read"), "{}", page.text());
    assert!(page.says("Assessment 1 saved"), "{}", page.text());
    assert!(page.says("The log of this site does not verify"), "{}", page.text());
}

#[tokio::test]
async fn the_list_of_decisions_leads_to_each_and_the_verification_leads_back() {
    let app = TestApp::new().await;
    let (story, address) = signed(&app).await;
    seal(&app).await;
    let mut auditor = app.sign_in(AUDITOR).await;
    let before = app.world.events("list.read").await;
    let list = auditor.open("/audit/decisions").await;
    assert_eq!(app.world.events("list.read").await, before + 1);
    assert!(list.says(&story.case) && list.says("Holds"), "{}", list.text());
    assert!(!list.body.to_lowercase().contains("testperson1"), "it names no patient");
    assert!(list.body.contains(&format!("href=\"{address}\"")), "{}", list.body);

    let mut page = auditor.open(&address).await;
    for _ in 0..6 {
        page = auditor.open(&address).await;
    }
    assert_eq!(page.link("Decisions").as_deref(), Some("/audit/decisions"));
    assert!(page.all("[aria-labelledby=views-title] tbody tr").len() == 5);
    let all = page.link("All").expect("more than five have seen it");
    let all = auditor.open(&all).await;
    assert!(all.all("[aria-labelledby=views-title] tbody tr").len() > 5);

    let verify = page.attribute("form[action^=\"/audit/log/verification\"]", "action").unwrap();
    let answer = auditor.submit::<&str>(&page, &verify, &[]).await;
    let result = auditor.follow(&answer).await;
    assert!(result.says("The log verifies."), "{}", result.text());
    assert_eq!(result.link("Back to the decision").as_deref(), Some(address.as_str()));

    let elsewhere =
        app.sign_in("auditor@eastmoor.example").await.get("/audit/decisions?site=NF").await;
    assert!(elsewhere.status.is_client_error(), "{}", elsewhere.text());
}
