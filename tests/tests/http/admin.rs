//! Users and sites, the rules, and the pages for anybody.

use http::StatusCode;
use spineboard_tests::TestApp;
use sqlx::Executor;

const ADMINISTRATOR: &str = "administrator@northfield.example";

#[tokio::test]
async fn a_user_is_added_with_a_password_that_is_shown_once_and_signs_in_with_it() {
    let app = TestApp::new().await;
    let mut administrator = app.sign_in(ADMINISTRATOR).await;
    let page = administrator.open("/admin/users").await;
    let wrong = administrator.submit(&page, "/admin/users", &[("email", "x")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["write the name", "this is not an email address", "choose a role"] {
        assert!(wrong.problems().contains(words), "{words} in {}", wrong.problems());
    }
    let typed = [
        ("name", "Dr N. New"),
        ("email", "New@northfield.example"),
        ("role", "clinician"),
        ("specialty", "radiology"),
    ];
    let made = administrator.submit(&wrong, "/admin/users", &typed).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.problems());
    let password = made.first(".flash .mono");
    assert!(password.len() > 20, "{}", made.text());
    let mut newcomer = app.nobody();
    let signed_in = [("email", "new@northfield.example"), ("password", password.as_str())];
    let answer = newcomer.post("/sign-in", &signed_in).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert!(!administrator.open("/admin/users").await.says(&password));
}

#[tokio::test]
async fn roles_are_given_once_ended_and_whoever_may_not_sign_in_loses_the_session() {
    let app = TestApp::new().await;
    let mut administrator = app.sign_in(ADMINISTRATOR).await;
    let mut referrer = app.sign_in("referrer@northfield.example").await;
    let user = app.world.user("referrer@northfield.example").await;
    let base = format!("/admin/users/{user}");
    let selected = format!("/admin/users?user={user}");
    let role = [("role", "chair")];
    let page = administrator.open(&selected).await;
    let given = administrator.submit(&page, &format!("{base}/roles"), &role).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.problems());
    let page = administrator.open(&selected).await;
    let twice = administrator.submit(&page, &format!("{base}/roles"), &role).await;
    assert_eq!(twice.problems(), "The user has this role at this site already");
    let end = page.attribute("form[action$=\"/end\"]", "action").unwrap();
    let ended = administrator.submit::<&str>(&page, &end, &[]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.text());

    assert_eq!(referrer.get("/").await.status, StatusCode::OK);
    let page = administrator.open(&selected).await;
    let changed = administrator.submit(&page, &base, &[("active", "no")]).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.problems());
    assert_eq!(referrer.get("/").await.status, StatusCode::SEE_OTHER);
    let stale = administrator.submit(&page, &base, &[("name", "Somebody")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_role_at_another_site_is_not_ended_by_way_of_a_user_of_ones_own() {
    let app = TestApp::new().await;
    let mut administrator = app.sign_in(ADMINISTRATOR).await;
    let ours = app.world.user("coordinator@northfield.example").await;
    let theirs = app.world.user("chair@eastmoor.example").await;
    let before = app.world.store.account(theirs).await.unwrap().unwrap().memberships;
    let membership = before.first().unwrap().id;
    let action = format!("/admin/users/{ours}/roles/{membership}/end");
    let fields = [("command_id", "0197a1b2-c3d4-7e5f-8a6b-0123456789ab")];
    let answer = administrator.post(&action, &fields).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text());
    let after = app.world.store.account(theirs).await.unwrap().unwrap().memberships;
    assert_eq!(after, before);
    assert_eq!(app.world.events("membership.ended").await, 0);
}

#[tokio::test]
async fn no_transaction_is_open_while_a_password_waits_for_its_turn_to_be_hashed() {
    let app = TestApp::new().await;
    let administrator = app.sign_in(ADMINISTRATOR).await;
    let user = app.world.user("referrer@northfield.example").await;
    let action = format!("/admin/users/{user}/password");
    // All turns are taken, and as many ask as there are connections.
    let turns = app.app.verifications.acquire_many(2).await.unwrap();
    let resets: Vec<_> = (0..4)
        .map(|n| {
            let (mut administrator, action) = (administrator.clone(), action.clone());
            let command = format!("0197a1b2-c3d4-7e5f-8a6b-0123456789a{n}");
            tokio::spawn(async move {
                administrator.post(&action, &[("command_id", command)]).await.status
            })
        })
        .collect();
    for _ in 0..100 {
        assert_eq!(app.nobody().get("/readyz").await.status, StatusCode::OK);
    }
    drop(turns);
    for reset in resets {
        assert_eq!(reset.await.unwrap(), StatusCode::OK);
    }
    assert_eq!(app.world.events("user.reset").await, 4);
}

#[tokio::test]
async fn a_program_is_not_ready_on_the_schema_of_another() {
    let app = TestApp::new().await;
    let mut nobody = app.nobody();
    let expected = store::migrate::expected_version();
    assert_eq!(
        nobody.open("/status").await.first("dl.kv div:nth-child(3) dd"),
        expected.to_string()
    );
    let newer =
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 values (20990101, 'of a newer program', true, '', 0)";
    app.world.superuser().await.execute(newer).await.unwrap();
    assert_eq!(nobody.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let status = nobody.open("/status").await;
    assert!(
        status.says("Not ready") && status.says("run `spineboard migrate`"),
        "{}",
        status.text()
    );
    let words = format!("20990101; this program was built for {expected}");
    assert!(status.says(&words), "{}", status.text());
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = TestApp::new().await;
    let mut administrator = app.sign_in(ADMINISTRATOR).await;
    let user = app.world.user(ADMINISTRATOR).await;
    let page = administrator.open(&format!("/admin/users?user={user}")).await;
    let out =
        administrator.submit(&page, &format!("/admin/users/{user}"), &[("active", "no")]).await;
    assert_eq!(out.problems(), "The last administrator cannot be locked out");
    let end = page.attribute("form[action$=\"/end\"]", "action").unwrap();
    let out = administrator.submit::<&str>(&page, &end, &[]).await;
    assert_eq!(out.status, StatusCode::CONFLICT);
    assert!(out.says("The last administrator cannot be removed"), "{}", out.text());
}

#[tokio::test]
async fn a_site_is_added_and_its_name_changed_on_the_version_that_was_shown() {
    let app = TestApp::new().await;
    let mut administrator = app.sign_in(ADMINISTRATOR).await;
    let page = administrator.open("/admin/sites").await;
    let wrong = [("name", "Southmere"), ("prefix", "S1"), ("zone", "London")];
    let refused = administrator.submit(&page, "/admin/sites", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.problems().contains("is not a time zone"), "{}", refused.problems());
    let right = [("prefix", "sm"), ("zone", "Europe/London")];
    let added = administrator.submit(&refused, "/admin/sites", &right).await;
    assert!(administrator.follow(&added).await.says("Southmere"));
    let site = app.world.northfield;
    let page = administrator.open(&format!("/admin/sites?site={site}")).await;
    let action = format!("/admin/sites/{site}");
    let changed = administrator.submit(&page, &action, &[("name", "Northfield General")]).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.problems());
    let other =
        [("name", "Northfield Old"), ("command_id", "0197a1b2-c3d4-7e5f-8a6b-0123456789ab")];
    assert_eq!(administrator.submit(&page, &action, &other).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_administrator_sees_no_clinical_data() {
    let app = TestApp::new().await;
    let mut administrator = app.sign_in(ADMINISTRATOR).await;
    for path in ["/cases", "/referrals", "/patients/new", "/referrals/new"] {
        assert_eq!(administrator.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let work = administrator.open("/").await;
    assert!(work.says("Nothing waits for you."), "{}", work.text());
    assert_eq!(app.world.events("list.read").await, 0);
}

#[tokio::test]
async fn every_bundled_rule_set_has_a_page_with_its_hash_and_is_verified_by_the_server() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let list = coordinator.open("/rules").await;
    for file in clinical::rulesets::RULE_SET_FILES {
        let rule_set = rules::parse(file.name, file.text).unwrap();
        let page = coordinator.open(&format!("/rules/{}/{}", rule_set.id, rule_set.version)).await;
        assert!(page.says("complete, consistent, reachable"), "{}: {}", rule_set.id, page.text());
        let hash = rule_set.hash().unwrap().to_string();
        assert!(page.text().replace(' ', "").contains(&hash), "{}", rule_set.id);
        assert!(list.text().contains(hash.get(..12).unwrap()), "{}", rule_set.id);
    }
    assert_eq!(coordinator.get("/rules/tokuhashi-2005/9").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn help_intended_use_and_status_are_for_anybody() {
    let app = TestApp::new().await;
    for path in ["/help", "/about", "/status"] {
        assert_eq!(app.nobody().get(path).await.status, StatusCode::OK, "{path}");
    }
    assert!(app.nobody().open("/status").await.says("Reachable"));
}
