//! No axe violation on any page: light, dark, 390 px.

use http::StatusCode;
use serde_json::Value;
use spineboard_tests::TestApp;
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
                "/rules/protocols/core-scores/1".to_owned(),
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
                "/audit/decisions".to_owned(),
                format!("/audit/decisions/{decision}/1"),
            ]),
        ),
        (
            "administrator@northfield.example",
            at(vec!["/admin/users".to_owned(), "/admin/sites".to_owned(), "/".to_owned()]),
        ),
    ]
}

/// Violations that axe finds on the page that is shown, one line each. Text in the very colour of its ground
/// counts among them: axe takes it for hidden on purpose and only calls it incomplete.
pub(crate) async fn violations(browser: &Browser) -> Vec<String> {
    browser.driver.execute(AXE, Vec::new()).await.unwrap();
    let script = "const done = arguments[arguments.length - 1]; \
        const unseen = node => node.any.some(check => (check.data || {}).messageKey === 'equalRatio'); \
        const invisible = rule => ({ ...rule, nodes: rule.nodes.filter(unseen) }); \
        axe.run(document, { resultTypes: ['violations', 'incomplete'] }).then(result => done( \
            result.violations.concat(result.incomplete.map(invisible).filter(rule => rule.nodes.length))), \
            error => done(String(error)));";
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

/// What is wrong with the pages of one look.
struct Check {
    width: u32,
    found: Vec<String>,
}

impl Check {
    /// Looks at the page that is shown.
    async fn look(&mut self, browser: &Browser, name: &str) {
        let violations = violations(browser).await;
        self.found.extend(violations.into_iter().map(|one| format!("{name} {one}")));
        if scrolls_sideways(browser).await {
            self.found.push(format!("{name} scrolls sideways at {} px", self.width));
        }
    }

    /// Sends a form of the page that is shown, as it stands.
    async fn send(&mut self, browser: &Browser, action: &str, name: &str) {
        let script = "window.left = true; \
            document.querySelector(`form[action='${arguments[0]}']`).submit();";
        browser.driver.execute(script, vec![action.into()]).await.unwrap();
        self.arrived(browser, name).await;
        self.look(browser, name).await;
    }

    /// Waits until another document than the one that was left is complete.
    async fn arrived(&self, browser: &Browser, name: &str) {
        let script = "return !window.left && document.readyState === 'complete';";
        for _ in 0..200 {
            let done = browser.driver.execute(script, Vec::new()).await;
            if done.is_ok_and(|done| done.json() == &Value::Bool(true)) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{name} did not arrive");
    }

    /// Pages that show themselves only in the middle of something: a form with problems, a decision in
    /// each of its stages, an edit that somebody else's overtook.
    async fn unfinished(&mut self, browser: &Browser, meeting: &str) {
        let story =
            Story { meeting: meeting.to_owned(), ..Story::assessed(&browser.app, 31).await };
        story.list(&mut browser.app.coordinator().await).await;
        browser.sign_in("chair@northfield.example").await;
        for (page, action) in [
            ("/patients/new", "/patients".to_owned()),
            (&format!("/referrals/new?patient={}", story.patient), "/referrals".to_owned()),
            (&story.path("/assessment"), story.path("/assessments")),
            ("/meetings/new", "/meetings".to_owned()),
            (&story.path("/decision"), story.path("/decision")),
        ] {
            browser.open(page).await;
            self.send(browser, &action, &format!("{page} with problems")).await;
        }
        let mut chair = browser.app.chair().await;
        story.record(&browser.app, &mut chair).await;
        for rest in ["/decision", "/decision/discard"] {
            browser.open(&story.path(rest)).await;
            self.look(browser, &format!("{rest} of a draft")).await;
        }
        story.confirm(&mut chair).await;
        browser.open(&story.path("/decision")).await;
        self.look(browser, "/decision to be signed").await;
        self.overtaken(browser, &story).await;
    }

    async fn overtaken(&mut self, browser: &Browser, story: &Story) {
        let record = format!("/patients/{}", story.patient);
        let action = format!("{record}/correction");
        browser.open(&record).await;
        let mut coordinator = browser.app.coordinator().await;
        let form = coordinator.open(&record).await;
        let fields = [("family_name", "Theirs"), ("reason", "as on the passport")];
        let saved = coordinator.submit(&form, &action, &fields).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.problems());
        let script = "for (const [name, value] of [['family_name', 'Mine'], ['reason', 'she asked']]) \
            document.querySelector(`form[action='${arguments[0]}'] [name=${name}]`).value = value;";
        browser.driver.execute(script, vec![action.as_str().into()]).await.unwrap();
        self.send(browser, &action, "a correction overtaken").await;
    }
}

async fn every_page_in(scheme: &str, width: u32) {
    let browser = Browser::start().await;
    let story = Story::signed(&browser.app, 30).await;
    let decision = decision_id(&browser).await;
    browser.size(width, 900).await;
    browser.prefer(scheme).await;
    let mut check = Check { width, found: Vec::new() };
    browser.open("/sign-in").await;
    check.look(&browser, "/sign-in").await;
    for (email, paths) in pages(&story, &decision) {
        browser.sign_in(email).await;
        for path in paths {
            browser.open(&path).await;
            check.look(&browser, &path).await;
        }
    }
    check.unfinished(&browser, &story.meeting).await;
    let found = check.found;
    browser.quit().await;
    assert!(
        found.is_empty(),
        "{} problems ({scheme}, {width} px):\n{}",
        found.len(),
        found.join("\n")
    );
}

/// Answers that are no pages.
const NO_PAGES: [&str; 3] = ["/healthz", "/readyz", "/audit/decisions/{id}/{version}/bundle"];
/// Looked at while a decision is a draft, see [`Check::unfinished`].
const IN_BETWEEN: [&str; 2] = ["/sign-in", "/cases/{number}/decision/discard"];

#[tokio::test]
async fn every_page_of_the_route_table_is_looked_at() {
    let app = TestApp::new().await;
    let story = Story {
        patient: "patient".to_owned(),
        case: "NF-2026-0001".to_owned(),
        meeting: "meeting".to_owned(),
    };
    let paths: Vec<String> =
        pages(&story, "decision").into_iter().flat_map(|(_, paths)| paths).collect();
    let is_at = |pattern: &str, path: &str| {
        let path = path.split('?').next().unwrap_or_default();
        let (pattern, path): (Vec<_>, Vec<_>) =
            (pattern.split('/').collect(), path.split('/').collect());
        pattern.len() == path.len()
            && pattern.iter().zip(&path).all(|(one, two)| one.starts_with('{') || one == two)
    };
    let unseen: Vec<&str> = app
        .table
        .iter()
        .filter(|route| route.method == "GET")
        .map(|route| route.pattern)
        .filter(|pattern| !NO_PAGES.contains(pattern) && !IN_BETWEEN.contains(pattern))
        .filter(|pattern| !paths.iter().any(|path| is_at(pattern, path)))
        .collect();
    assert!(unseen.is_empty(), "no browser looks at {unseen:?}");
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
