//! The pages of rules: who approved, with which versions it is proven, and what is said of a stored rule
//! set that somebody changed.

use http::StatusCode;
use rules::Hash;
use spineboard_tests::TestApp;
use sqlx::{AssertSqlSafe, Executor};

/// A bundled file.
fn text(name: &str) -> &'static str {
    clinical::rulesets::RULE_SET_FILES.iter().find(|file| file.name == name).unwrap().text
}

/// What somebody who got hold of the database could do: past policies, grants and triggers.
async fn run(app: &TestApp, statement: String) {
    let mut superuser = app.world.superuser().await;
    superuser.execute("set session_replication_role = replica").await.unwrap();
    let done = superuser.execute(AssertSqlSafe(statement)).await.unwrap();
    assert!(done.rows_affected() > 0);
}

#[tokio::test]
async fn a_rule_page_says_who_approved_it_and_with_which_versions_it_is_proven() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let page = coordinator.open("/rules/tokuhashi-2005/1").await;
    assert!(page.says("The release that carries it"), "{}", page.text());
    assert!(page.says("Approved by the release"), "{}", page.text());
    assert!(page.says("the versions of what it reads that core-scores v1 pins"), "{}", page.text());
    assert!(!page.says("No approval recorded"), "{}", page.text());
    run(&app, "delete from rule_approval".to_owned()).await;
    let page = coordinator.open("/rules/tokuhashi-2005/1").await;
    assert!(page.says("No approval recorded"), "{}", page.text());
}

#[tokio::test]
async fn a_protocol_says_what_it_pins_what_it_is_for_and_since_when_who_uses_it() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let list = coordinator.open("/rules").await;
    let address = list.link("core-scores v1, view definition").unwrap();
    assert_eq!(address, "/rules/protocols/core-scores/1");
    let page = coordinator.open(&address).await;
    assert!(page.says("Core scores v1"), "{}", page.text());
    assert!(page.says("SINS of each lesion, the revised Tokuhashi score"), "{}", page.text());
    assert!(page.says("First version."), "{}", page.text());
    assert!(page.says("Northfield"), "{}", page.text());
    assert!(page.html().html().contains("href=\"/rules/sins-2010/1\""), "{}", page.text());
    let rule = coordinator.open("/rules/sins-2010/1").await;
    assert_eq!(rule.link("core-scores v1").as_deref(), Some(address.as_str()));
    for none in ["/rules/protocols/core-scores/2", "/rules/protocols/no-such/1"] {
        assert_eq!(coordinator.get(none).await.status, StatusCode::NOT_FOUND);
    }
    // The words are those of the release only while the protocol is.
    run(&app, "update protocol_version set hash = sha256('other')".to_owned()).await;
    let page = coordinator.open(&address).await;
    assert!(page.says("cannot say what this one is for"), "{}", page.text());
}

#[tokio::test]
async fn a_mark_of_the_product_is_in_use_at_every_site() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let page = coordinator.open("/rules/cord-at-risk/1").await;
    assert!(page.says("Active at 2 sites"), "{}", page.text());
    assert!(page.says("that case-marks v2 pins"), "{}", page.text());
    assert!(page.says("Local rule"), "{}", page.text());
    let list = coordinator.open("/rules").await;
    assert_eq!(list.text().matches("every site, as a mark").count(), 5, "{}", list.text());
}

#[tokio::test]
async fn a_rule_set_is_proven_with_the_versions_that_its_protocol_pins() {
    let app = TestApp::new().await;
    // A second version of what SINS reads, with a hole in it. No protocol has it.
    let source = text("sins-location/1.toml")
        .replace("version = 1", "version = 2")
        .replace("\"T3\", \"T4\", \"T5\", ", "\"T3\", \"T4\", ");
    let rule_set = rules::parse("sins-location/2.toml", &source).unwrap();
    let canonical = rules::canonical::to_bytes(&rule_set).unwrap();
    run(
        &app,
        format!(
            "with new as (insert into rule_set_version (id, rule_set, version, kind, title, status, origin, source,
                                                        canonical, hash, loaded_at)
                          values (gen_random_uuid(), 'sins-location', 2, 'mapping', 'Second', 'after-sign-off',
                                  'bundled', $rule${source}$rule$, '\\x{}', '\\x{}', now()) returning id)
             insert into rule_state (rule_set_version_id, ordinal, state, changed_at)
             select id, 1, 'in_review', now() from new",
            hex::encode(&canonical),
            Hash::of(&canonical)
        ),
    )
    .await;
    let mut coordinator = app.coordinator().await;
    let score = coordinator.open("/rules/sins-2010/1").await;
    assert!(score.says("complete, consistent, reachable"), "{}", score.text());
    let second = coordinator.open("/rules/sins-location/2").await;
    assert!(second.says("Not verified"), "{}", second.text());
    assert!(second.says("In review"), "{}", second.text());
    assert!(second.says("No approval recorded"), "{}", second.text());
    assert!(second.says("no protocol holds it"), "{}", second.text());
}

#[tokio::test]
async fn a_stored_rule_set_that_was_changed_is_said_before_everything_else() {
    let app = TestApp::new().await;
    let statement =
        "update rule_set_version set source = replace(source, 'points = 3', 'points = 2')
                      where rule_set = 'sins-2010'";
    run(&app, statement.to_owned()).await;
    let mut coordinator = app.coordinator().await;
    let page = coordinator.open("/rules/sins-2010/1").await;
    assert_eq!(page.first("[role=alert] h2"), "This version is not what was loaded");
    let file = rules::parse("sins-2010", text("sins-2010/1.toml")).unwrap();
    let loaded = file.hash().unwrap().to_string();
    assert!(page.first("[role=alert]").contains(&loaded), "{}", page.first("[role=alert]"));
    let list = coordinator.open("/rules").await;
    assert_eq!(list.text().matches("Not as it was loaded").count(), 1, "{}", list.text());
    // The others keep their pages, and so does what cannot be read at all.
    let other = coordinator.open("/rules/sins-location/1").await;
    assert!(other.all("[role=alert]").is_empty());
    let broken = "update rule_set_version set source = 'kind = ' where rule_set = 'tomita-2001'";
    run(&app, broken.to_owned()).await;
    let page = coordinator.open("/rules/tomita-2001/1").await;
    assert!(page.first("[role=alert]").contains("cannot be read any more"));
    assert_eq!(coordinator.get("/rules").await.status, StatusCode::OK);
}
