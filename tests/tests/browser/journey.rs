//! The whole story by keyboard only, and once without JavaScript.

use spineboard_tests::story::{DECISION, FACTS, REFERRAL, Story, particulars};
use store::testing::PASSWORD;
use thirtyfour::prelude::*;

use crate::chrome::Browser;

impl Browser {
    /// Fills one control as a person at a keyboard does: moves to it with the Tab key's focus, types or
    /// picks, and never touches the mouse.
    async fn enter(&self, name: &str, value: &str) {
        let all = self.driver.find_all(By::Css(format!("[name=\"{name}\"]"))).await.unwrap();
        let first = all.first().unwrap_or_else(|| panic!("no field {name}"));
        let kind = first.attr("type").await.unwrap().unwrap_or_default();
        match (first.tag_name().await.unwrap().as_str(), kind.as_str()) {
            ("input", "radio" | "checkbox") => {
                for one in &all {
                    if one.attr("value").await.unwrap().as_deref() == Some(value) {
                        self.reveal(one).await;
                        if !one.is_selected().await.unwrap() {
                            one.send_keys(Key::Space + "").await.unwrap();
                        }
                        return;
                    }
                }
                panic!("{name} offers no {value}");
            }
            ("input", "hidden") => panic!("{name} is hidden"),
            ("select", _) => {
                self.reveal(first).await;
                let option =
                    first.find(By::Css(format!("option[value=\"{value}\"]"))).await.unwrap();
                let words = option.text().await.unwrap();
                first.send_keys(&words).await.unwrap();
                assert_eq!(
                    first.prop("value").await.unwrap().as_deref(),
                    Some(value),
                    "typing picks {words}"
                );
            }
            _ => {
                self.reveal(first).await;
                first.send_keys(Key::Control + "a").await.unwrap();
                first.send_keys(value).await.unwrap();
            }
        }
    }

    /// Opens the folded sections that a control stands in, by Enter on their summaries.
    async fn reveal(&self, control: &WebElement) {
        let script = "const closed = []; for (let at = arguments[0]; at; at = at.parentElement) \
             if (at.tagName === 'DETAILS' && !at.open) closed.unshift(at.querySelector('summary')); return closed;";
        let closed = self.driver.execute(script, vec![control.to_json().unwrap()]).await;
        // Without scripts of the page this is still the driver's own; where it is refused nothing is folded.
        let Ok(closed) = closed else { return };
        for summary in closed.elements().unwrap_or_default() {
            summary.send_keys(Key::Enter + "").await.unwrap();
        }
    }

    /// Presses the button that posts to an address, by Enter.
    async fn press(&self, action: &str) {
        let mut buttons = format!(
            "button[formaction=\"{action}\"], form[action=\"{action}\"] button:not([name]):not([formaction])"
        );
        // A button may stand outside its form and name it.
        let forms =
            self.driver.find_all(By::Css(format!("form[action=\"{action}\"][id]"))).await.unwrap();
        for form in forms {
            let id = form.attr("id").await.unwrap().unwrap_or_default();
            let outside = format!(", button[form=\"{id}\"]:not([formaction]):not([name])");
            buttons.push_str(&outside);
        }
        let button = self.driver.query(By::Css(buttons)).first().await.unwrap();
        self.reveal(&button).await;
        let before = self.driver.find(By::Css("html")).await.unwrap();
        button.send_keys(Key::Enter + "").await.unwrap();
        self.gone(&before).await;
    }

    /// Waits for the answer, which may be the same address again: it has come when the old document has
    /// gone.
    async fn gone(&self, document: &WebElement) {
        for _ in 0..200 {
            if document.tag_name().await.is_err() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("no other document came: {}", self.text().await);
    }
}

/// From registration to the auditor's page.
async fn whole_story(browser: &Browser) {
    browser.sign_in("coordinator@northfield.example").await;
    browser.open("/patients/new").await;
    for (name, value) in particulars(40) {
        browser.enter(name, &value).await;
    }
    browser.press("/patients").await;
    browser.wait_until(|path| path.starts_with("/patients/") && path != "/patients/new").await;
    let patient = browser.path().await.trim_start_matches("/patients/").to_owned();

    browser.open(&format!("/referrals/new?patient={patient}")).await;
    for (name, value) in REFERRAL {
        browser.enter(name, value).await;
    }
    browser.press("/referrals").await;
    browser.wait_until(|path| path.starts_with("/cases/")).await;
    let case = browser.path().await;

    browser.open(&format!("{case}/lesions")).await;
    browser.enter("level", "L1").await;
    browser.press(&format!("{case}/assessments")).await;
    browser.wait_until(|path| path == case || path.ends_with("/lesions")).await;

    browser.open(&format!("{case}/assessment")).await;
    for (name, value) in FACTS.iter().filter(|(name, _)| *name != "lesion.L1.level") {
        browser.enter(name, value).await;
    }
    browser.press(&format!("{case}/assessments")).await;
    browser.wait_until(|path| path == case).await;
    let text = browser.text().await;
    for expected in ["13", "10", "6"] {
        assert!(text.contains(expected), "{expected} in {text}");
    }

    let chair = browser.app.world.user("chair@northfield.example").await.to_string();
    browser.open("/meetings/new").await;
    for (name, value) in [
        ("name", "Spinal metastasis MDT"),
        ("date", "15-Jun-2026"),
        ("start", "09:00"),
        ("end", "10:30"),
        ("place", "Seminar room"),
        ("chair", chair.as_str()),
    ] {
        browser.enter(name, value).await;
    }
    browser.press("/meetings").await;
    browser.wait_until(|path| path.starts_with("/meetings/") && path != "/meetings/new").await;
    let meeting = browser.path().await;
    let number = case.trim_start_matches("/cases/").to_owned();
    browser.enter("case", &number).await;
    browser.enter("reason", "Referred after the cut-off").await;
    browser.press(&format!("{meeting}/items")).await;
    browser.wait_until(|path| path == meeting).await;

    browser.sign_in("chair@northfield.example").await;
    browser.open(&meeting).await;
    browser.press(&format!("{meeting}/opening")).await;
    browser.wait_until(|path| path == meeting).await;
    browser.open(&format!("{case}/decision")).await;
    for (name, value) in DECISION {
        browser.enter(name, value).await;
    }
    browser.enter("plan.0.responsible", &chair).await;
    browser.enter("action.0.owner", &chair).await;
    let decision = format!("{case}/decision");
    browser.press(&decision).await;
    browser.wait_until(|path| path == decision).await;
    browser.press(&format!("{decision}/read-back")).await;
    browser.wait_until(|path| path == decision).await;
    browser.press(&format!("{decision}/confirmation")).await;
    browser.wait_until(|path| path == decision).await;
    browser.enter("password", PASSWORD).await;
    browser.press(&format!("{decision}/signature")).await;
    browser.wait_until(|path| path == decision || path.contains("/decisions/")).await;
    let text = browser.text().await;
    assert!(text.contains("Signed"), "{text}");
    assert_eq!(browser.app.world.events("decision.signed").await, 1);

    browser.sign_in("auditor@northfield.example").await;
    let id = crate::axe::decision_id(browser).await;
    browser.open(&format!("/audit/decisions/{id}/1")).await;
    let text = browser.text().await;
    assert!(text.to_lowercase().contains("same"), "it recomputes: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_story_by_keyboard_alone() {
    let browser = Browser::start().await;
    whole_story(&browser).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_story_without_javascript() {
    let browser = Browser::start().await;
    browser.without_scripts().await;
    whole_story(&browser).await;
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_totals_move_while_one_answers() {
    let browser = Browser::start().await;
    let story = Story::assessed(&browser.app, 42).await;
    let reads = browser.app.world.events("case.read").await;
    browser.sign_in("coordinator@northfield.example").await;
    browser.open(&story.path("/assessment")).await;
    let totals = async || {
        // In one step: an element that was found may be gone by the time that its text is asked for.
        let script = "return document.getElementById('totals').innerText;";
        let text = browser.driver.execute(script, Vec::new()).await.unwrap();
        text.convert::<String>().unwrap().replace('\u{a0}', " ")
    };
    let before = totals().await;
    browser.enter("case.kps", "40").await;
    // Tokuhashi 2005, Spine: general condition poor is 0 points instead of 2.
    let mut after = totals().await;
    for _ in 0..200 {
        if after.contains("8 / 15") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        after = totals().await;
    }
    assert!(!before.contains("8 / 15") && after.contains("8 / 15"), "{before}\n{after}");
    let said = browser.driver.find(By::Css("[data-panel-said]")).await.unwrap();
    let said = said.prop("textContent").await.unwrap().unwrap_or_default();
    assert!(said.contains("Tokuhashi 2005 8."), "a screen reader hears it: {said}");
    assert_eq!(browser.app.world.events("assessment.saved").await, 1, "nothing is recorded yet");
    let now = browser.app.world.events("case.read").await;
    assert_eq!(now, reads + 1, "the panel belongs to the page whose reading is written down");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_in_a_field_of_the_plan_keeps_its_steps() {
    let browser = Browser::start().await;
    let story = Story::presented(&browser.app, 41).await;
    story.record(&browser.app, &mut browser.app.chair().await).await;
    browser.sign_in("chair@northfield.example").await;
    browser.open(&story.path("/decision")).await;
    let before = browser.driver.find(By::Css("html")).await.unwrap();
    let levels = browser.field("plan.0.levels").await;
    levels.send_keys(Key::Control + "a").await.unwrap();
    levels.send_keys("T11-L2" + Key::Enter).await.unwrap();
    browser.gone(&before).await;
    assert_eq!(browser.path().await, story.path("/decision"));
    let levels = browser.field("plan.0.levels").await;
    assert_eq!(levels.prop("value").await.unwrap().as_deref(), Some("T11-L2"));
    assert_eq!(browser.app.world.events("decision.recorded").await, 1, "nothing was recorded");

    // Ctrl and Enter send the form by the button that stands for it.
    let before = browser.driver.find(By::Css("html")).await.unwrap();
    levels.send_keys(Key::Control + Key::Enter).await.unwrap();
    browser.gone(&before).await;
    assert_eq!(browser.app.world.events("decision.recorded").await, 2);
    browser.quit().await;
}
