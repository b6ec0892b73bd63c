//! What no form should ever take: nothing at all, too much, bytes that are no text, ids of nothing, days
//! that cannot have been. Each is answered in words, never with 500, and nothing is written; what was
//! typed comes back.

use std::collections::BTreeSet;

use axum::body::Bytes;
use chrono::TimeDelta;
use http::StatusCode;
use mdt::permission::{Relation, allowed_on_duty};
use spineboard_tests::story::{DECISION, FACTS, REFERRAL, Story, particulars};
use spineboard_tests::{Page, TestApp, Visitor};
use sqlx::{AssertSqlSafe, Executor, Row};
use store::testing::{CAST, PASSWORD};
use web::routes::Route;

use crate::routes::{Things, address, things};

const FORM: &str = "application/x-www-form-urlencoded";
/// A well-formed id of nothing.
const NOBODY: &str = "0197a1b2-c3d4-7e5f-8a6b-0123456789ab";
/// Forms that have nothing to fill in: a button sends them.
const BUTTONS: [&str; 7] = [
    "/audit/log/verification",
    "/meetings/{id}/opening",
    "/meetings/{id}/closing",
    "/admin/users/{id}/password",
    "/admin/users/{id}/roles/{membership}/end",
    "/cases/{number}/evaluations",
    "/referrals/{id}/acceptance",
];

fn posts(app: &TestApp) -> Vec<Route> {
    app.table.iter().filter(|route| route.method == "POST").copied().collect()
}

/// Somebody of Northfield who may send this form: the chair of the meeting for what hangs on that duty.
async fn sender(app: &TestApp, route: &Route) -> Visitor {
    let Some(action) = route.action else { return app.coordinator().await };
    let may = |role| {
        let mut relations = [Relation::Member, Relation::Addressed, Relation::Sender].into_iter();
        relations.any(|relation| allowed_on_duty(role, action, relation, &[]))
    };
    let person = CAST.iter().find(|person| person.site == "NF" && may(person.role));
    app.sign_in(person.map_or("chair@northfield.example", |person| person.email)).await
}

/// The address of a form about things that exist, users and sites among them.
async fn concrete(app: &TestApp, route: &Route, things: &Things) -> String {
    let user = app.world.user("referrer@northfield.example").await.to_string();
    let id = if route.pattern.starts_with("/admin/sites/") {
        app.world.northfield.to_string()
    } else {
        user
    };
    if !route.pattern.starts_with("/admin/") {
        return address(route, &things.story, &things.decision, &things.referral, &things.item);
    }
    let membership =
        text(app, &format!("select id::text from membership where user_id = '{id}'")).await;
    route.pattern.replace("{id}", &id).replace("{membership}", &membership)
}

async fn text(app: &TestApp, statement: &str) -> String {
    let mut connection = app.world.superuser().await;
    let row = connection.fetch_optional(AssertSqlSafe(statement.to_owned())).await.unwrap();
    row.map(|row| row.get(0)).unwrap_or_default()
}

/// What commands have written: their receipts, and the events that no mere reading leaves.
async fn written(app: &TestApp) -> String {
    text(
        app,
        "select (select count(*) from command_receipt) || ' receipts, ' || (select count(*) from audit_event \
         where kind not like '%.read' and kind <> 'access.denied' and kind not like 'auth.%') || ' events'",
    )
    .await
}

/// A refusal is a page with a heading, not a bare line.
fn is_a_page(answer: &Page, what: &str) {
    assert!(
        !answer.first("h1").is_empty() && !answer.first("main").is_empty(),
        "{what}: {}",
        answer.body
    );
}

#[tokio::test]
async fn every_form_without_its_fields_is_refused_in_words_and_writes_nothing() {
    let app = TestApp::new().await;
    let things = things(&app).await;
    let mut sent = 0;
    for (route, n) in posts(&app).iter().zip(0_u32..) {
        if matches!(route.pattern, "/sign-out" | "/drafts/{form}/{object}") {
            continue;
        }
        let address = concrete(&app, route, &things).await;
        let mut visitor = sender(&app, route).await;
        let before = written(&app).await;
        let empty = visitor.post::<&str>(&address, &[]).await;
        let what = format!("nothing to {}: {}", route.pattern, empty.status);
        assert!(empty.status.is_client_error() && empty.status != StatusCode::FORBIDDEN, "{what}");
        is_a_page(&empty, &what);
        let id = format!("0197a1b2-c3d4-7e5f-8a6b-{n:012}");
        let machinery = [("command_id", id.as_str()), ("base", "1"), ("from", "")];
        if !BUTTONS.contains(&route.pattern) {
            let bare = visitor.post(&address, &machinery).await;
            let what = format!("no field to {}: {}", route.pattern, bare.status);
            let expected =
                [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::BAD_REQUEST, StatusCode::CONFLICT];
            let expected = expected.contains(&bare.status)
                || (route.pattern == "/referrals" && bare.status == StatusCode::NOT_FOUND);
            assert!(expected, "{what}");
            is_a_page(&bare, &what);
        }
        assert_eq!(written(&app).await, before, "{}", route.pattern);
        sent += 1;
    }
    assert!(sent > 30, "only {sent} forms were sent");
}

#[tokio::test]
async fn bodies_that_are_no_form_are_refused_by_every_form() {
    let app = TestApp::new().await;
    let things = things(&app).await;
    let mut visitor = app.coordinator().await;
    let before = written(&app).await;
    let huge = Bytes::from(vec![b'a'; 10 << 20]);
    // Signing out takes no form, so whatever comes with it is not even read.
    for route in posts(&app).iter().filter(|route| route.pattern != "/sign-out") {
        let address = concrete(&app, route, &things).await;
        let bodies: [(&str, Bytes, StatusCode); 6] = [
            (FORM, huge.clone(), StatusCode::PAYLOAD_TOO_LARGE),
            (FORM, Bytes::from_static(b"command_id=%ff%fe"), StatusCode::BAD_REQUEST),
            (FORM, Bytes::from_static(b"name=\xc3\x28"), StatusCode::BAD_REQUEST),
            (FORM, Bytes::from_static(b"family_name=a%00b&reason=%00"), StatusCode::BAD_REQUEST),
            ("application/json", Bytes::from_static(b"{}"), StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ("multipart/form-data; boundary=x", Bytes::new(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ];
        for (content_type, body, expected) in bodies {
            let length = body.len();
            let answer = visitor.post_raw(&address, content_type, body).await;
            let what = format!("{length} bytes of {content_type} to {}", route.pattern);
            assert_eq!(answer.status, expected, "{what}");
            is_a_page(&answer, &what);
        }
    }
    assert_eq!(written(&app).await, before);
    visitor.open("/me").await;
}

#[tokio::test]
async fn a_body_too_large_of_nobody_is_not_read_at_all() {
    let app = TestApp::new().await;
    let huge = Bytes::from(vec![b'a'; 10 << 20]);
    let answer = app.nobody().post_raw("/patients", FORM, huge).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(
        answer.location().starts_with("/sign-in?next=%2Fpatients%2Fnew"),
        "{}",
        answer.location()
    );
}

#[tokio::test]
async fn ids_of_nothing_are_not_found_on_every_route() {
    let app = TestApp::new().await;
    let mut asked = 0;
    for route in app.table.iter().filter(|route| route.pattern.contains('{')) {
        let mut visitor = sender(&app, route).await;
        let sentence = "0".repeat(64);
        let fields = [
            ("command_id", NOBODY),
            ("base", "1"),
            ("from", ""),
            ("reason", "no reason"),
            ("words", "no words"),
            ("sentence", sentence.as_str()),
        ];
        for strange in
            [NOBODY, "NF-2026-9999", "7", "%00", "%2e%2e%2f", "%C3%28", &"9".repeat(3000)]
        {
            let address = route
                .pattern
                .split('/')
                .map(|part| if part.starts_with('{') { strange } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let answer = if route.method == "GET" {
                visitor.get(&address).await
            } else {
                visitor.post(&address, &fields).await
            };
            let what: String = format!("{} {}: {}", route.method, address, answer.status)
                .chars()
                .take(120)
                .collect();
            // What is not UTF-8 is no address at all.
            let expected = answer.status == StatusCode::NOT_FOUND
                || (strange == "%C3%28" && answer.status == StatusCode::BAD_REQUEST);
            assert!(expected, "{what}");
            is_a_page(&answer, &what);
            asked += 1;
        }
    }
    assert!(asked > 200, "only {asked} addresses were tried");
}

#[tokio::test]
async fn absurd_questions_to_pages_are_answered_or_refused_and_never_break_them() {
    let app = TestApp::new().await;
    let things = things(&app).await;
    let long = "x".repeat(4000);
    let values = [
        "%00",
        "%ff%fe",
        "%F0%9F%92%A9",
        "-1",
        "99999999999999999999",
        "31-Feb-2026",
        "'%3B--",
        "%25%25%5F",
        "sins-2010.T99",
        long.as_str(),
    ];
    for route in app.table.iter().filter(|route| route.method == "GET") {
        let mut visitor = sender(&app, route).await;
        let address = concrete(&app, route, &things).await;
        let all = QUESTIONS.iter().flat_map(|(_, fields)| fields.iter().copied());
        let all: BTreeSet<&str> = all.collect();
        let own = QUESTIONS.iter().find(|(pattern, _)| *pattern == route.pattern);
        let alone = own.map(|(_, fields)| *fields).unwrap_or_default();
        for value in values {
            let mut queries = vec![all.iter().map(|field| format!("{field}={value}")).collect()];
            queries.extend(alone.iter().map(|field| vec![format!("{field}={value}")]));
            for query in queries {
                ask(&mut visitor, &format!("{address}?{}", query.join("&"))).await;
            }
        }
        for query in ["q=1&q=2&site=NF&site=EM&before=1&before=2", "&&&=&=", "what-if", "before="] {
            ask(&mut visitor, &format!("{address}?{query}")).await;
        }
    }
}

/// What pages with several questions can be asked; each of the others has one of these.
const QUESTIONS: [(&str, &[&str]); 11] = [
    ("/cases", &["q", "state", "site", "after"]),
    ("/referrals", &["list", "open"]),
    ("/referrals/new", &["patient", "q"]),
    ("/audit/log", &["site", "group", "who", "before"]),
    ("/audit/decisions", &["site", "before"]),
    ("/audit/decisions/{id}/{version}", &["views"]),
    ("/cases/{number}/history", &["group", "before"]),
    ("/meetings", &["before"]),
    ("/cases/{number}", &["what-if"]),
    ("/sign-in", &["next", "kept"]),
    ("/admin/users", &["user"]),
];

async fn ask(visitor: &mut Visitor, address: &str) {
    let answer = visitor.get(address).await;
    let what: String = format!("GET {address}: {}", answer.status).chars().take(200).collect();
    assert!(!answer.status.is_server_error(), "{what}");
    if answer.status.is_client_error() {
        is_a_page(&answer, &what);
    }
}

/// Sends a form with one field wrong: 422, the message at the field and in the summary, everything typed
/// still there.
async fn refused(
    visitor: &mut Visitor,
    form: &Page,
    action: &str,
    typed: &[(&str, String)],
    field: &str,
) -> String {
    let answer = visitor.submit(form, action, typed).await;
    let value = &typed.iter().rev().find(|(name, _)| *name == field).unwrap().1;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{field} = {value}: {}",
        answer.problems()
    );
    let again: Vec<(String, String)> = answer.form(action);
    for (name, value) in typed {
        let kept = again.iter().any(|(known, kept)| known == name && kept == value);
        // A choice that the page does not offer cannot be shown as chosen.
        assert!(kept || *name == field, "{name} = {value} is kept in {again:?}");
    }
    let id: String =
        field.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' }).collect();
    let message = answer.first(&format!(".errsum a[href=\"#{id}\"]"));
    assert!(!message.is_empty(), "{field} = {value}: {}", answer.problems());
    let control = answer.attribute(&format!("[id=\"{id}\"]"), "id");
    assert!(control.is_some(), "the message about {field} leads to it");
    message
}

fn with(
    fields: Vec<(&'static str, String)>,
    field: &'static str,
    value: &str,
) -> Vec<(&'static str, String)> {
    let mut fields = fields;
    fields.retain(|(name, _)| *name != field);
    fields.push((field, value.to_owned()));
    fields
}

#[tokio::test]
async fn a_birth_that_cannot_have_been_is_named_at_its_field() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open("/patients/new").await;
    for (value, expected) in [
        ("16-Jun-2026", "The birth date 16-Jun-2026 is in the future"),
        ("31-Feb-1962", "Date of birth: there is no 31-Feb-1962"),
        ("29/2/1961", "Date of birth: there is no 29-Feb-1961"),
        (
            "12/3/62",
            "Date of birth: type the year with four digits: “12/3/62” could be two centuries",
        ),
        ("12-Foo-1962", "“12-Foo-1962”"),
        ("1-Jan-0001", ""),
        ("soon", "“soon” is not a date: type it like 17-Nov-2026 or 17/11/2026"),
        ("<script>", "“<script>” is not a date: type it like 17-Nov-2026 or 17/11/2026"),
    ] {
        let typed = with(particulars(31), "birth_date", value);
        let message = refused(&mut coordinator, &form, "/patients", &typed, "birth_date").await;
        assert!(message.contains(expected) || value == "12-Foo-1962", "{value}: {message}");
    }
    assert_eq!(app.world.events("patient.registered").await, 0);
    // The last thing typed waits as a draft, as text.
    let form = coordinator.open("/patients/new").await;
    assert_eq!(form.attribute("[name=birth_date]", "value").as_deref(), Some("<script>"));
    assert!(!form.body.contains("<script>soon") && form.says("restored"), "{}", form.text());
}

fn referral() -> Vec<(&'static str, String)> {
    REFERRAL.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_referral_names_what_cannot_be_at_its_field() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let mut story = Story::register(&mut coordinator, 32).await;
    let form = coordinator.open(&format!("/referrals/new?patient={}", story.patient)).await;
    for (field, value, expected) in [
        ("t_suspect", "15-Jun-2026 08:26", "The first suspicion is in the future"),
        (
            "t_suspect",
            "11-Mar-1962",
            "The first suspicion is before the patient’s birth, 12-Mar-1962",
        ),
        ("t_suspect", "31-Feb-2026 09:00", "There is no 31-Feb-2026"),
        ("t_suspect", "10/6/26", "four digits"),
        ("t_suspect", "10-Jun-2026 25:00", "25:00"),
        ("question", &"x".repeat(501), "At most 500 characters, this has 501"),
        ("index-lesion", "T14", ""),
        ("kps", "75", ""),
    ] {
        let typed = with(referral(), field, value);
        let message = refused(&mut coordinator, &form, "/referrals", &typed, field).await;
        assert!(message.contains(expected), "{field} = {value}: {message}");
    }
    assert_eq!(app.world.events("referral.sent").await, 0);
    story.refer(&mut coordinator).await;
    assert_eq!(app.world.events("referral.sent").await, 1);
}

#[tokio::test]
async fn facts_out_of_range_are_named_at_their_field() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 33).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    // L1 is a lesion already, so the form no longer asks for its level.
    let facts = FACTS.iter().filter(|(name, _)| *name != "lesion.L1.level");
    let facts: Vec<(&str, String)> =
        facts.map(|(name, value)| (*name, (*value).to_owned())).collect();
    for (field, value) in [
        ("case.kps", "75"),
        ("case.kps", "110"),
        ("lesion.L1.escc-grade", "4"),
        ("lesion.L1.sins-pain", "a lot"),
        ("case.extraspinal-bone-foci-count", "-1"),
        ("case.extraspinal-bone-foci-count", "1e9"),
        ("case.extraspinal-bone-foci-count", "99999999999999999999"),
        ("case.albumin", "4000"),
        ("case.albumin", "NaN"),
        ("case.albumin", "3,5,1"),
        ("case.histology-date", "31-Feb-2026"),
        ("case.histology-date", "16-Jun-2026"),
        ("case.histology-date", "12/3/25"),
        ("case.histology-date", "11-Mar-0962"),
        ("case.allergies", &"x".repeat(20_000)),
    ] {
        let typed = with(facts.clone(), field, value);
        let message =
            refused(&mut coordinator, &form, &story.path("/assessments"), &typed, field).await;
        assert!(message.len() > 10, "{field} = {value}: {message}");
    }
    assert_eq!(app.world.events("assessment.saved").await, 1);
}

#[tokio::test]
async fn fields_that_no_form_has_and_levels_that_no_spine_has_are_refused() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 34).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    for (field, value) in [
        ("case.no-such-fact", "1"),
        ("lesion.T99.sins-pain", "none"),
        ("lesion.L1.no-such-fact", "1"),
        ("lesion.", "x"),
    ] {
        let typed = [("default.source", "report"), (field, value)];
        let answer = coordinator.submit(&form, &story.path("/assessments"), &typed).await;
        assert!(answer.status.is_client_error(), "{field}: {}", answer.status);
        is_a_page(&answer, field);
    }
    assert_eq!(app.world.events("assessment.saved").await, 1);
}

#[tokio::test]
async fn a_stale_correction_shows_both_sides_and_nothing_is_lost() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let story = Story::register(&mut coordinator, 35).await;
    let (page, action) =
        (format!("/patients/{}", story.patient), format!("/patients/{}/correction", story.patient));
    let mut second = app.coordinator().await;
    let (mine, theirs) = (coordinator.open(&page).await, second.open(&page).await);
    let saved = second.submit(&theirs, &action, &[("title", "Ms"), ("reason", "asked her")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.problems());
    let fields = [("given_name", "Renamed"), ("title", "Dr"), ("reason", "the birth certificate")];
    let stale = coordinator.submit(&mine, &action, &fields).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text());
    for words in ["Ms", "Dr", "Renamed"] {
        assert!(stale.says(words), "{words} in {}", stale.text());
    }
    assert_eq!(app.world.events("patient.corrected").await, 1);
    let merged = coordinator.submit(&stale, &action, &[("keep.title", "theirs")]).await;
    let merged = coordinator.follow(&merged).await;
    assert!(merged.says("Renamed") && merged.says("Ms"), "{}", merged.text());
    assert_eq!(app.world.events("patient.corrected").await, 2);
}

/// Sends the same form twice; the second time may not do anything, and answers as the first.
async fn twice(
    app: &TestApp,
    visitor: &mut Visitor,
    page: &Page,
    action: &str,
    fields: &[(&str, &str)],
    event: &str,
) {
    let first = visitor.submit(page, action, fields).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{action}: {}", first.problems());
    let (count, before) = (app.world.events(event).await, written(app).await);
    let second = visitor.submit(page, action, fields).await;
    assert_eq!(second.status, StatusCode::SEE_OTHER, "{action} again: {}", second.problems());
    assert_eq!(first.location(), second.location(), "{action}");
    assert_eq!(app.world.events(event).await, count, "{event}");
    assert_eq!(written(app).await, before, "{action}");
}

#[tokio::test]
async fn every_step_to_a_signature_sent_twice_has_one_effect_and_the_same_answer() {
    let app = TestApp::new().await;
    let mut coordinator = app.coordinator().await;
    let mut story = Story::register(&mut coordinator, 36).await;
    let form = coordinator.open(&format!("/referrals/new?patient={}", story.patient)).await;
    twice(&app, &mut coordinator, &form, "/referrals", &REFERRAL, "referral.sent").await;
    story.case = text(&app, "select number from mdt_case").await;
    story.assess(&mut coordinator).await;
    story.plan(&app, &mut coordinator).await;
    let page = coordinator.open(&format!("/meetings/{}", story.meeting)).await;
    let fields = [("case", story.case.as_str()), ("reason", "Referred after the cut-off")];
    let items = format!("/meetings/{}/items", story.meeting);
    twice(&app, &mut coordinator, &page, &items, &fields, "agenda.item_listed").await;
    let mut chair = app.chair().await;
    let page = chair.open(&format!("/meetings/{}", story.meeting)).await;
    twice(
        &app,
        &mut chair,
        &page,
        &format!("/meetings/{}/opening", story.meeting),
        &[],
        "meeting.opened",
    )
    .await;
    let who = app.world.user("chair@northfield.example").await.to_string();
    let mut decision: Vec<(&str, &str)> = DECISION.to_vec();
    decision.extend([("plan.0.responsible", who.as_str()), ("action.0.owner", who.as_str())]);
    let page = chair.open(&story.path("/decision")).await;
    twice(&app, &mut chair, &page, &story.path("/decision"), &decision, "decision.recorded").await;
    story.confirm(&mut chair).await;
    let page = chair.open(&story.path("/decision")).await;
    let password = [("password", PASSWORD)];
    twice(
        &app,
        &mut chair,
        &page,
        &story.path("/decision/signature"),
        &password,
        "decision.signed",
    )
    .await;
    assert_eq!(app.world.events("decision.signed").await, 1);
}

#[tokio::test]
async fn an_assessment_sent_after_the_session_ended_comes_back_filled_to_its_author_only() {
    let app = TestApp::new().await;
    let story = Story::assessed(&app, 37).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open(&story.path("/assessment")).await;
    app.session_clock.advance(TimeDelta::minutes(31));
    let fields =
        [("default.source", "report"), ("case.kps", "40"), ("case.allergies", "latex, she says")];
    let answer = coordinator.submit(&form, &story.path("/assessments"), &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let kept = coordinator.open(&answer.location()).await;
    assert!(kept.says("Your session had ended."), "{}", kept.text());
    assert!(!kept.body.contains("latex"), "what was typed is not shown before signing in");
    assert_eq!(app.world.events("assessment.saved").await, 1);

    // Somebody else signs in at the same browser: the form is as anybody finds it.
    let mut other = coordinator.clone();
    let fields = [("email", "clinician@northfield.example"), ("password", PASSWORD)];
    let entered = other.submit(&kept, "/sign-in", &fields).await;
    assert_eq!(entered.location(), story.path("/assessment"));
    let theirs = other.follow(&entered).await;
    assert!(!theirs.body.contains("latex") && !theirs.says("restored"), "{}", theirs.text());
    assert!(theirs.attribute("[name=\"case.kps\"][value=\"40\"][checked]", "value").is_none());

    let fields = [("email", "coordinator@northfield.example"), ("password", PASSWORD)];
    let entered = coordinator.submit(&kept, "/sign-in", &fields).await;
    let form = coordinator.follow(&entered).await;
    assert!(form.says("restored"), "{}", form.text());
    let fields = form.form(&story.path("/assessments"));
    for (name, value) in
        [("case.kps", "40"), ("case.allergies", "latex, she says"), ("default.source", "report")]
    {
        assert!(
            fields.iter().any(|(known, kept)| known == name && kept == value),
            "{name} in {fields:?}"
        );
    }
    let saved = coordinator.submit::<&str>(&form, &story.path("/assessments"), &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.problems());
    assert_eq!(app.world.events("assessment.saved").await, 2);
}

#[tokio::test]
async fn every_long_form_sent_after_the_session_ended_comes_back_filled() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 38).await;
    let chair = app.world.user("chair@northfield.example").await.to_string();
    let mut coordinator = app.coordinator().await;
    let other = Story::register(&mut coordinator, 39).await;
    let decision = story.path("/decision");
    let amendment = story.path("/referral/amendment");
    let patient = format!("/patients/{}", other.patient);
    let correction = format!("{patient}/correction");
    let referral = format!("/referrals/new?patient={}", other.patient);
    // The page, where its form goes, who sends it, and what they typed.
    let forms: [(&str, &str, &str, &str, &str); 6] = [
        ("/patients/new", "/patients", "coordinator", "family_name", "Typedbefore"),
        (&patient, &correction, "coordinator", "reason", "the certificate, typed before"),
        (&referral, "/referrals", "coordinator", "question", "Typed before?"),
        (&story.path("/referral"), &amendment, "coordinator", "text", "typed before"),
        ("/meetings/new", "/meetings", "coordinator", "place", "Room typed before"),
        (&decision, &decision, "chair", "patient_preference", "Typed before"),
    ];
    assert!(!chair.is_empty());
    for (page, action, who, field, typed) in forms {
        let email = format!("{who}@northfield.example");
        let mut visitor = app.sign_in(&email).await;
        let form = visitor.open(page).await;
        assert!(form.form(action).iter().any(|(name, _)| name == field), "{page} has {field}");
        app.session_clock.advance(TimeDelta::minutes(31));
        let before = written(&app).await;
        let answer = visitor.submit(&form, action, &[(field, typed)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{action}: {}", answer.text());
        assert_eq!(written(&app).await, before, "{action}");
        let sign_in = visitor.open(&answer.location()).await;
        assert!(sign_in.says("saved as a draft"), "{action}: {}", sign_in.text());
        let fields = [("email", email.as_str()), ("password", PASSWORD)];
        let entered = visitor.submit(&sign_in, "/sign-in", &fields).await;
        let mut back = visitor.get(&entered.location()).await;
        if back.status == StatusCode::SEE_OTHER {
            // The draft knows which patient it is about, the address did not.
            back = visitor.follow(&back).await;
        }
        assert!(back.body.contains(typed), "{action} leads to {}: {}", back.path, back.text());
    }
}

#[tokio::test]
async fn characters_that_nobody_sees_get_into_no_record() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 52).await;
    let mut coordinator = app.coordinator().await;
    let form = coordinator.open("/patients/new").await;
    let before = written(&app).await;
    // It turns "(Mrs)" into "(srM)" in every banner.
    let mut named: Vec<(&str, String)> = particulars(53).into_iter().collect();
    named.retain(|(name, _)| *name != "given_name");
    named.push(("given_name", "Ann\u{202e}".to_owned()));
    let refused = coordinator.submit(&form, "/patients", &named).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert!(refused.problems().contains("not seen"), "{}", refused.problems());

    // Beside a field where the form knows of it, and in any case not into the record.
    let mut chair = app.chair().await;
    let decision = chair.open(&story.path("/decision")).await;
    let typed = [("patient_preference", "no surgery\u{2066}")];
    let refused = chair.submit(&decision, &story.path("/decision"), &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert!(
        refused.problems().contains("What the patient wants: character 11 (U+2066)"),
        "{}",
        refused.problems()
    );
    let facts = coordinator.open(&story.path("/assessment")).await;
    let typed = [("case.allergies", "L4\u{200f}"), ("default.source", "report")];
    let refused = coordinator.submit(&facts, &story.path("/assessments"), &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert!(
        refused.problems().contains("character 3 (U+200F) is not seen"),
        "{}",
        refused.problems()
    );
    assert!(refused.body.contains("L4\u{200f}"), "what was typed is kept");
    let patient = format!("/patients/{}", story.patient);
    let record = coordinator.open(&patient).await;
    let typed = [("hospital_number", "NF 1"), ("reason", "mistyped\u{202e}")];
    let refused = coordinator.submit(&record, &format!("{patient}/correction"), &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert!(refused.problems().contains("character 9 (U+202E)"), "{}", refused.problems());
    assert!(refused.body.contains("NF 1"), "what was typed is kept");
    assert_eq!(written(&app).await, before);
}

#[tokio::test]
async fn a_reason_for_a_late_case_has_the_same_end_as_any_other() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 54).await;
    let mut coordinator = app.coordinator().await;
    let other = Story::assessed(&app, 55).await;
    let meeting = format!("/meetings/{}", story.meeting);
    let page = coordinator.open(&meeting).await;
    let long = "x".repeat(501);
    let typed = [("case", other.case.as_str()), ("reason", long.as_str())];
    let refused = coordinator.submit(&page, &format!("{meeting}/items"), &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert!(
        refused.problems().contains("Why so late: at most 500 characters, this has 501"),
        "{}",
        refused.problems()
    );
}
