//! Each command of the route table leaves exactly one event, the one that its row names.

use std::collections::{BTreeMap, BTreeSet};

use spineboard_tests::story::Story;
use spineboard_tests::{Sent, TestApp, Visitor};
use sqlx::{Executor, Row};
use store::testing::PASSWORD;
use web::routes::Route;

/// Commands that this walk does not send, and why. The list may only shrink.
const EXCEPTIONS: [(&str, &str); 2] = [
    ("/drafts/{form}/{object}", "a draft is no change of the record"),
    ("/cases/{number}/evaluations", "needs a second protocol in force; tested with the store"),
];

/// Everybody who walks, so that what each of them sent can be looked at in the end.
#[derive(Default)]
struct Walk(Vec<Visitor>);

impl Walk {
    fn ends(&mut self, visitor: Visitor) {
        self.0.push(visitor);
    }

    fn taken(&self) -> impl Iterator<Item = &Sent> {
        self.0
            .iter()
            .flat_map(|visitor| &visitor.sent)
            .filter(|sent| sent.status.is_redirection() || sent.status.is_success())
    }
}

/// The kinds of the events of every request, by its id.
async fn kinds(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let rows = app
        .world
        .superuser()
        .await
        .fetch_all(
            "select convert_from(document, 'utf8')::jsonb ->> 'request' as request, kind
               from audit_event
              where convert_from(document, 'utf8')::jsonb ? 'request'
              order by at, id",
        )
        .await
        .unwrap();
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        all.entry(row.get("request")).or_default().push(row.get("kind"));
    }
    all
}

/// The command of the table that an address belongs to; fixed parts win over parameters.
fn row<'a>(app: &'a TestApp, path: &str) -> &'a Route {
    let path: Vec<&str> = path.split('?').next().unwrap_or_default().split('/').collect();
    let fits = |route: &&Route| {
        let pattern: Vec<&str> = route.pattern.split('/').collect();
        route.method == "POST"
            && pattern.len() == path.len()
            && pattern.iter().zip(&path).all(|(one, two)| one.starts_with('{') || one == two)
    };
    let candidates = app.table.iter().filter(fits);
    candidates.min_by_key(|route| route.pattern.matches('{').count()).unwrap()
}

#[tokio::test]
async fn every_command_of_the_table_leaves_exactly_the_event_of_its_row() {
    let app = TestApp::new().await;
    let mut walk = Walk::default();
    records(&app, &mut walk).await;
    referrals(&app, &mut walk).await;
    meetings(&app, &mut walk).await;
    decisions(&app, &mut walk).await;
    administration(&app, &mut walk).await;

    let kinds = kinds(&app).await;
    let mut sent = BTreeSet::new();
    for one in walk.taken() {
        let route = row(&app, &one.path);
        let Some(event) = route.event else { continue };
        let left = kinds.get(&one.request).cloned().unwrap_or_default();
        assert_eq!(left, [mdt::coded::Coded::code(event)], "what POST {} leaves", one.path);
        sent.insert(route.pattern);
    }
    let commands = app.table.iter().filter(|route| route.method == "POST");
    let all: BTreeSet<&str> = commands.map(|route| route.pattern).collect();
    let left_out: BTreeSet<&str> = EXCEPTIONS.iter().map(|(pattern, _)| *pattern).collect();
    let missing: Vec<_> = all.difference(&sent).filter(|one| !left_out.contains(*one)).collect();
    assert!(missing.is_empty(), "nobody sent {missing:?}");
    assert!(left_out.is_subset(&all), "an exception that is in no row: {left_out:?}");
}

async fn send(visitor: &mut Visitor, page: &str, action: &str, fields: &[(&str, &str)]) -> String {
    let form = visitor.open(page).await;
    let answer = visitor.submit(&form, action, fields).await;
    assert!(
        answer.status.is_redirection() || answer.status.is_success(),
        "{action}: {}",
        answer.problems()
    );
    answer.location()
}

/// The address of the form of a page whose address ends with `end`.
async fn form_ending(visitor: &mut Visitor, page: &str, end: &str) -> String {
    let page = visitor.open(page).await;
    page.attribute(&format!("form[action$=\"{end}\"]"), "action").unwrap()
}

async fn records(app: &TestApp, walk: &mut Walk) {
    let mut coordinator = app.coordinator().await;
    let story = Story::register(&mut coordinator, 20).await;
    let record = format!("/patients/{}", story.patient);
    let fields = [("given_name", "Corrected"), ("reason", "as on the passport")];
    send(&mut coordinator, &record, &format!("{record}/correction"), &fields).await;
    send(&mut coordinator, "/me", "/me", &[("theme", "dark")]).await;
    let new = "another good password";
    let fields = [("password", PASSWORD), ("new_password", new), ("repeat_password", new)];
    send(&mut coordinator, "/me", "/me/password", &fields).await;
    coordinator.post::<&str>("/sign-out", &[]).await;
    walk.ends(coordinator);
    let mut again = app.nobody();
    let back = [("email", "coordinator@northfield.example"), ("password", new)];
    assert!(again.post("/sign-in", &back).await.status.is_redirection());
    let fields = [("password", new), ("new_password", PASSWORD), ("repeat_password", PASSWORD)];
    send(&mut again, "/me", "/me/password", &fields).await;
    walk.ends(again);
}

async fn referrals(app: &TestApp, walk: &mut Walk) {
    let mut coordinator = app.coordinator().await;
    for (n, answer) in (21..).zip(["acceptance", "return", "redirection", "withdrawal"]) {
        let mut story = Story::register(&mut coordinator, n).await;
        story.refer(&mut coordinator).await;
        let page = story.path("/referral");
        let referral = last_referral(app).await;
        let action = format!("{referral}/{answer}");
        let inbox = format!("/referrals?open={}", referral.trim_start_matches("/referrals/"));
        let site = app.world.eastmoor.to_string();
        let fields = [("reason", "Said so"), ("site", site.as_str())];
        send(&mut coordinator, &inbox, &action, &fields).await;
        if answer == "acceptance" {
            let urgency = [("urgency", "U1"), ("code", "new_sign"), ("since", "15-Jun-2026 06:50")];
            let action = story.path("/referral/urgency");
            send(&mut coordinator, &page, &action, &urgency).await;
            let amendment = [("text", "CT arrived"), ("reason", "sent later")];
            let action = story.path("/referral/amendment");
            send(&mut coordinator, &page, &action, &amendment).await;
            send(&mut coordinator, &page, &story.path("/closure"), &[("code", "completed")]).await;
            let reason = [("reason", "new pain")];
            send(&mut coordinator, &page, &story.path("/reopening"), &reason).await;
        }
    }
    walk.ends(coordinator);
}

/// The address of the referral that was sent last.
async fn last_referral(app: &TestApp) -> String {
    let statement = "select id::text from referral order by id desc limit 1";
    let row = app.world.superuser().await.fetch_one(statement).await.unwrap();
    format!("/referrals/{}", row.get::<String, _>(0))
}

async fn meetings(app: &TestApp, walk: &mut Walk) {
    let mut coordinator = app.coordinator().await;
    let mut chair = app.chair().await;
    let mut first = Story::assessed(app, 30).await;
    first.plan(app, &mut coordinator).await;
    first.list(&mut coordinator).await;
    let second = Story { meeting: first.meeting.clone(), ..Story::assessed(app, 31).await };
    second.list(&mut coordinator).await;
    let meeting = format!("/meetings/{}", first.meeting);
    for (end, fields) in [("/place", [("reason", "")]), ("/removal", [("reason", "Elsewhere")])] {
        let action = form_ending(&mut coordinator, &meeting, end).await;
        send(&mut coordinator, &meeting, &action, &fields).await;
    }
    let reason = [("reason", "Bank holiday")];
    send(&mut coordinator, &meeting, &format!("{meeting}/cancellation"), &reason).await;

    let story = Story::presented(app, 32).await;
    story.record(app, &mut chair).await;
    story.confirm(&mut chair).await;
    let meeting = format!("/meetings/{}", story.meeting);
    send(&mut chair, &meeting, &format!("{meeting}/closing"), &[]).await;
    walk.ends(coordinator);
    walk.ends(chair);
}

async fn decisions(app: &TestApp, walk: &mut Walk) {
    let mut coordinator = app.coordinator().await;
    let mut chair = app.chair().await;
    let mut story = Story::register(&mut coordinator, 40).await;
    story.refer(&mut coordinator).await;
    story.assess(&mut coordinator).await;
    story.plan(app, &mut coordinator).await;
    story.list(&mut coordinator).await;
    story.open_meeting(&mut chair).await;
    story.record(app, &mut chair).await;
    let discard = story.path("/decision/discard");
    send(&mut chair, &discard, &discard, &[("words", "Wrong item")]).await;
    story.record(app, &mut chair).await;
    story.confirm(&mut chair).await;
    story.sign(&mut chair).await;
    let decision = story.path("/decision");
    let done = form_ending(&mut chair, &decision, "/completion").await;
    send(&mut chair, &decision, &done, &[]).await;
    let amendment = story.path("/decision/amendment");
    let fields = [("reason", "new_information"), ("words", "Lysis at L2")];
    send(&mut chair, &amendment, &amendment, &fields).await;
    send(&mut chair, &discard, &discard, &[("words", "Not needed")]).await;
    let void = story.path("/decision/void");
    let fields = [("reason", "test"), ("words", "Training"), ("password", PASSWORD)];
    send(&mut chair, &void, &void, &fields).await;
    walk.ends(coordinator);
    walk.ends(chair);
}

async fn administration(app: &TestApp, walk: &mut Walk) {
    let mut administrator = app.sign_in("administrator@northfield.example").await;
    let user = [
        ("name", "Dr N. New"),
        ("email", "new@northfield.example"),
        ("role", "clinician"),
        ("specialty", "radiology"),
    ];
    send(&mut administrator, "/admin/users", "/admin/users", &user).await;
    let id = app.world.user("new@northfield.example").await;
    let page = format!("/admin/users?user={id}");
    let base = format!("/admin/users/{id}");
    send(&mut administrator, &page, &format!("{base}/roles"), &[("role", "chair")]).await;
    let end = form_ending(&mut administrator, &page, "/end").await;
    send(&mut administrator, &page, &end, &[]).await;
    send(&mut administrator, &page, &format!("{base}/password"), &[]).await;
    send(&mut administrator, &page, &base, &[("name", "Dr N. Newer")]).await;
    let site = [("name", "Southmere"), ("prefix", "SM"), ("zone", "Europe/London")];
    send(&mut administrator, "/admin/sites", "/admin/sites", &site).await;
    let north = app.world.northfield;
    let page = format!("/admin/sites?site={north}");
    let name = [("name", "Northfield General")];
    send(&mut administrator, &page, &format!("/admin/sites/{north}"), &name).await;
    walk.ends(administrator);

    let mut auditor = app.sign_in("auditor@northfield.example").await;
    send(&mut auditor, "/audit/log", "/audit/log/verification?site=NF", &[]).await;
    walk.ends(auditor);
}
