//! The cases that are measured: new ones beside those of the demonstration, all alike, made through the
//! forms and presented at a meeting of this morning.

use scraper::{Html, Selector};
use spineboard_tests::Page;
use spineboard_tests::story::{DECISION, FACTS, REFERRAL, particulars};

use crate::Result;
use crate::browser::Browser;
use crate::plan::RUNS;
use crate::report::say;
use crate::server::Server;

/// Who registers, refers, assesses and lists, and the scribe.
pub(crate) const COORDINATOR: &str = "castellano@northfield.example";
/// Who chairs, records, confirms and signs.
pub(crate) const CHAIR: &str = "okafor@northfield.example";
const CHAIR_NAME: &str = "Okafor";
const SCRIBE_NAME: &str = "Whelan";
/// Connections that record decisions, each on a case of its own.
pub(crate) const RECORDERS: usize = 16;
/// The first of our patients; numbers of the demonstration's are far from theirs.
const FIRST: u32 = 60_000;

/// What was made.
#[derive(Debug)]
pub(crate) struct Scene {
    /// Case numbers, each with a decision recorded once.
    pub(crate) cases: Vec<String>,
    /// The chair's user id.
    chair: String,
}

impl Scene {
    /// Makes it.
    pub(crate) async fn set(server: &Server) -> Result<Self> {
        let mut coordinator = Browser::sign_in(&server.address, COORDINATOR).await?;
        let mut chair = Browser::sign_in(&server.address, CHAIR).await?;
        say("making the cases");
        let (meeting, chair_id) = plan_meeting(&mut coordinator).await?;
        let count = u32::try_from(RECORDERS * RUNS)?;
        let mut scene = Self { cases: Vec::new(), chair: chair_id };
        for number in FIRST..FIRST + count {
            let case = assessed(&mut coordinator, number).await?;
            list(&mut coordinator, &meeting, &case).await?;
            scene.cases.push(case);
        }
        let page = chair.open(&format!("/meetings/{meeting}")).await?;
        chair.submit(&page, &format!("/meetings/{meeting}/opening"), &[]).await?;
        for case in &scene.cases {
            scene.record(&mut chair, case).await?;
        }
        Ok(scene)
    }

    /// The case whose page is measured.
    pub(crate) fn typical(&self) -> Result<&str> {
        self.cases.first().map(String::as_str).ok_or_else(|| "the scene has no case".into())
    }

    /// The cases on which decisions are recorded, one a connection.
    pub(crate) fn recorded(&self) -> &[String] {
        self.cases.get(..RECORDERS).unwrap_or_default()
    }

    /// Records a decision once.
    async fn record(&self, chair: &mut Browser, case: &str) -> Result<()> {
        let path = format!("/cases/{case}/decision");
        let page = chair.open(&path).await?;
        let mut fields = DECISION.to_vec();
        fields.extend([
            ("plan.0.responsible", self.chair.as_str()),
            ("action.0.owner", self.chair.as_str()),
        ]);
        chair.submit(&page, &path, &fields).await?;
        Ok(())
    }
}

/// Id of a new meeting, and of its chair.
async fn plan_meeting(coordinator: &mut Browser) -> Result<(String, String)> {
    let form = coordinator.open("/meetings/new").await?;
    let (chair, scribe) =
        (option(&form, "chair", CHAIR_NAME)?, option(&form, "scribe", SCRIBE_NAME)?);
    let fields = [
        ("name", "Measured meeting"),
        ("date", "15-Jun-2026"),
        ("start", "11:00"),
        ("end", "12:30"),
        ("place", "Seminar room"),
        ("chair", chair.as_str()),
        ("scribe", scribe.as_str()),
    ];
    let location = coordinator.submit(&form, "/meetings", &fields).await?;
    Ok((location.trim_start_matches("/meetings/").to_owned(), chair))
}

/// Number of a new case with its referral and assessment.
async fn assessed(coordinator: &mut Browser, number: u32) -> Result<String> {
    let form = coordinator.open("/patients/new").await?;
    let particulars = particulars(number);
    let fields: Vec<(&str, &str)> =
        particulars.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let location = coordinator.submit(&form, "/patients", &fields).await?;
    let patient = location.trim_start_matches("/patients/");
    let form = coordinator.open(&format!("/referrals/new?patient={patient}")).await?;
    let location = coordinator.submit(&form, "/referrals", &REFERRAL).await?;
    let case = location.trim_start_matches("/cases/").to_owned();
    let form = coordinator.open(&format!("/cases/{case}/assessment")).await?;
    coordinator.submit(&form, &format!("/cases/{case}/assessments"), &FACTS).await?;
    Ok(case)
}

async fn list(coordinator: &mut Browser, meeting: &str, case: &str) -> Result<()> {
    let page = coordinator.open(&format!("/meetings/{meeting}")).await?;
    let fields = [("case", case), ("reason", "Referred after the cut-off")];
    coordinator.submit(&page, &format!("/meetings/{meeting}/items"), &fields).await?;
    Ok(())
}

/// The value of the option of a list whose words contain this name.
fn option(page: &Page, list: &str, name: &str) -> Result<String> {
    let html: Html = page.html();
    let selector = Selector::parse(&format!("select[name={list}] option"))
        .map_err(|error| error.to_string())?;
    let found = html.select(&selector).find(|option| option.text().any(|text| text.contains(name)));
    let value = found.and_then(|option| option.value().attr("value")).map(str::to_owned);
    value.ok_or_else(|| format!("{}: nobody called {name} under {list}", page.path).into())
}
