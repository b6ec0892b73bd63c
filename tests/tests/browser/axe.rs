//! No axe violation on any page: light, dark, 390 px.

use serde_json::Value;
use spineboard_tests::story::Story;

use crate::chrome::Browser;

const AXE: &str = include_str!("../../vendor/axe-core/axe.min.js");

/// Pages that anybody meets, with the things of the story in them.
pub(crate) fn pages(story: &Story, decision: &str) -> Vec<(&'static str, Vec<String>)> {
    let case = |rest: &str| format!("/cases/{}{rest}", story.case);
    let at = |paths: Vec<String>| paths;
    vec![
        (
            "chair@northfield.example",
            at(vec![
                "/".to_owned(),
                "/cases".to_owned(),
                "/patients/new".to_owned(),
                format!("/patients/{}", story.patient),
                "/referrals".to_owned(),
                "/referrals/new".to_owned(),
                format!("/referrals/new?patient={}", story.patient),
                case(""),
                case("?what-if=tomita-2001"),
                case("/referral"),
                case("/lesions"),
                case("/lesions/L1"),
                case("/lesions/T4"),
                case("/assessment"),
                case("/assessments/1"),
                case("/evaluations/1"),
                case("/decision"),
                case("/decisions/1/1"),
                case("/decision/amendment"),
                case("/decision/void"),
                case("/history"),
                "/meetings".to_owned(),
                "/meetings/new".to_owned(),
                format!("/meetings/{}", story.meeting),
                "/rules".to_owned(),
                "/rules/tokuhashi-2005/1".to_owned(),
                "/rules/sins-2010/1".to_owned(),
                "/rules/growth-group-tomita/1".to_owned(),
                "/rules/vertebral-metastases-count/1".to_owned(),
                "/me".to_owned(),
                "/help".to_owned(),
                "/about".to_owned(),
                "/status".to_owned(),
                "/cases/NF-2026-9999".to_owned(),
            ]),
        ),
        (
            "auditor@northfield.example",
            at(vec![
                case(""),
                case("/history"),
                "/audit/log".to_owned(),
                format!("/audit/decisions/{decision}/1"),
            ]),
        ),
        (
            "administrator@northfield.example",
            at(vec!["/admin/users".to_owned(), "/admin/sites".to_owned(), "/".to_owned()]),
        ),
    ]
}

/// Violations that axe finds on the page that is shown, one line each.
pub(crate) async fn violations(browser: &Browser) -> Vec<String> {
    browser.driver.execute(AXE, Vec::new()).await.unwrap();
    let script = "const done = arguments[arguments.length - 1]; \
        axe.run(document, { resultTypes: ['violations'] }).then(result => done(result.violations), error => done(String(error)));";
    let found = browser.driver.execute_async(script, Vec::new()).await.unwrap();
    let Value::Array(found) = found.json().clone() else { panic!("axe failed: {}", found.json()) };
    found
        .iter()
        .map(|violation| {
            let nodes = violation["nodes"].as_array().map_or(0, Vec::len);
            let first = &violation["nodes"][0]["html"];
            format!("{}: {} ({nodes} places), first {first}", violation["id"], violation["help"])
        })
        .collect()
}

/// Whether the page can be scrolled sideways.
async fn scrolls_sideways(browser: &Browser) -> bool {
    let script =
        "return document.documentElement.scrollWidth > document.documentElement.clientWidth + 1;";
    browser.driver.execute(script, Vec::new()).await.unwrap().convert().unwrap()
}

pub(crate) async fn decision_id(browser: &Browser) -> String {
    use sqlx::{Executor, Row};
    let mut connection = browser.app.world.superuser().await;
    connection.fetch_one("select id::text from decision").await.unwrap().get(0)
}

async fn every_page_in(scheme: &str, width: u32) {
    let browser = Browser::start().await;
    let story = Story::signed(&browser.app, 30).await;
    let decision = decision_id(&browser).await;
    browser.size(width, 900).await;
    browser.prefer(scheme).await;
    let mut found = Vec::new();
    browser.open("/sign-in").await;
    found.extend(violations(&browser).await.into_iter().map(|one| format!("/sign-in {one}")));
    for (email, paths) in pages(&story, &decision) {
        browser.sign_in(email).await;
        for path in paths {
            browser.open(&path).await;
            found.extend(violations(&browser).await.into_iter().map(|one| format!("{path} {one}")));
            if scrolls_sideways(&browser).await {
                found.push(format!("{path} scrolls sideways at {width} px"));
            }
        }
    }
    browser.quit().await;
    assert!(
        found.is_empty(),
        "{} problems ({scheme}, {width} px):\n{}",
        found.len(),
        found.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_has_a_violation_in_light() {
    every_page_in("light", 1366).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_has_a_violation_in_dark() {
    every_page_in("dark", 1366).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_has_a_violation_on_a_phone() {
    every_page_in("light", 390).await;
}
