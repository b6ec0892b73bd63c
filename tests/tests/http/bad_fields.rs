//! What no field should ever take: days that cannot have been, figures out of range, choices that nobody
//! offers. Each is named at its field, and everything that was typed comes back.

use http::StatusCode;
use spineboard_tests::story::{FACTS, REFERRAL, Story, particulars};
use spineboard_tests::{Page, TestApp, Visitor};

use crate::bad_input::{is_a_page, written};

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
        ("12-Foo-1962", "“Foo” is not a month"),
        ("1-Jan-0001", "is more than 120 years ago"),
        ("soon", "“soon” is not a date: type it like 17-Nov-2026 or 17/11/2026"),
        ("<script>", "“<script>” is not a date: type it like 17-Nov-2026 or 17/11/2026"),
    ] {
        let typed = with(particulars(31), "birth_date", value);
        let message = refused(&mut coordinator, &form, "/patients", &typed, "birth_date").await;
        assert!(message.contains(expected), "{value}: {message}");
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
        ("question", &"x".repeat(501), "t most 500 characters, this has 501"),
        ("index-lesion", "T14", "choose one"),
        ("kps", "75", "choose one of the answers"),
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
    for (field, value, expected) in [
        ("case.kps", "75", "in steps of 10"),
        ("case.kps", "110", "enter 10 to 100 %"),
        ("lesion.L1.escc-grade", "4", "“4” is not one of the answers"),
        ("lesion.L1.sins-pain", "a lot", "“a lot” is not one of the answers"),
        ("case.extraspinal-bone-foci-count", "-1", "“-1” is out of range"),
        ("case.extraspinal-bone-foci-count", "1e9", "“1e9” is no whole number"),
        ("case.extraspinal-bone-foci-count", "99999999999999999999", "is out of range"),
        ("case.albumin", "4000", "enter 5 to 70 g/L"),
        ("case.albumin", "NaN", "“NaN” is no number"),
        ("case.albumin", "3,5,1", "with a point and not a comma"),
        ("case.histology-date", "31-Feb-2026", "is no day of the calendar"),
        ("case.histology-date", "16-Jun-2026", "lies in the future"),
        ("case.histology-date", "12/3/25", "a year of two digits"),
        ("case.histology-date", "11-Mar-0962", "outside the years 1850 to 2200"),
        ("case.allergies", &"x".repeat(20_000), "longer than 4000 characters"),
    ] {
        let typed = with(facts.clone(), field, value);
        let message =
            refused(&mut coordinator, &form, &story.path("/assessments"), &typed, field).await;
        assert!(message.contains(expected), "{field} = {value}: {message}");
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
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        is_a_page(&answer, field);
    }
    assert_eq!(app.world.events("assessment.saved").await, 1);
}

#[tokio::test]
async fn characters_that_nobody_sees_get_into_no_record() {
    let app = TestApp::new().await;
    let story = Story::presented(&app, 52).await;
    // On no agenda, so that it could be closed.
    let unlisted = Story::assessed(&app, 57).await;
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

    let page_of = unlisted.path("/referral");
    let page = coordinator.open(&page_of).await;
    for (action, typed, field, expected) in [
        (
            "/referral/urgency",
            &[("urgency", "U2"), ("code", "new_sign"), ("words", "weak\u{200f}")][..],
            "words",
            "In words: character 5 (U+200F)",
        ),
        (
            "/referral/amendment",
            &[("text", "CT arrived"), ("reason", "late\u{2066}")],
            "reason",
            "Why: character 5 (U+2066)",
        ),
        ("/closure", &[("code", "died\u{200f}")], "code", "Why it is closed: character 5 (U+200F)"),
    ] {
        let action = unlisted.path(action);
        let refused = coordinator.submit(&page, &action, typed).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        assert!(refused.problems().contains(expected), "{action}: {}", refused.problems());
        let again = refused.form(&action);
        for (name, value) in typed {
            let kept = again.iter().any(|(known, kept)| known == name && kept == value);
            // A choice that the page does not offer cannot be shown as chosen.
            assert!(kept || (*name == field && field == "code"), "{name} is kept in {again:?}");
        }
    }
    assert!(coordinator.open(&page_of).await.body.contains("weak\u{200f}"), "the draft is kept");
    assert_eq!(written(&app).await, before);

    let closure = unlisted.path("/closure");
    let page = coordinator.open(&page_of).await;
    let closed = coordinator.submit(&page, &closure, &[("code", "completed")]).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.problems());
    let before = written(&app).await;
    let page = coordinator.open(&page_of).await;
    let reopening = unlisted.path("/reopening");
    let refused = coordinator.submit(&page, &reopening, &[("reason", "pain\u{200f}")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert!(refused.problems().contains("character 5 (U+200F)"), "{}", refused.problems());
    assert!(refused.body.contains("pain\u{200f}"), "what was typed is kept");

    let mut administrator = app.sign_in("administrator@northfield.example").await;
    let sites = administrator.open("/admin/sites").await;
    let selected = sites.attribute("a[href*=\"?site=\"]", "href").unwrap();
    let page = administrator.open(&selected).await;
    let action = page.attribute("form[action^=\"/admin/sites/\"]", "action").unwrap();
    let refused = administrator.submit(&page, &action, &[("name", "North\u{202e}field")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert!(refused.problems().contains("character 6 (U+202E)"), "{}", refused.problems());
    assert!(refused.body.contains("North\u{202e}field"), "what was typed is kept");
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
