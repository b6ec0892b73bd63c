//! Recording a decision as a draft, with its audit event, durable: each connection on a case of its own,
//! again and again, as people do who type while the meeting talks.

use uuid::Uuid;

use crate::browser::{Browser, done, encoded};
use crate::load::Client;
use crate::plan::Plan;
use crate::report::{Report, say};
use crate::scene::{CHAIR, RECORDERS, Scene};
use crate::script::Script;
use crate::server::Server;
use crate::turns::Turns;
use crate::{Result, http, trace};

pub(crate) async fn measure(
    plan: &Plan,
    server: &Server,
    scene: &Scene,
    report: &mut Report,
) -> Result<()> {
    say("recording a decision");
    let script = traced(server, scene).await?;
    std::fs::write(plan.directory.join("decision.sql"), &script.text)?;
    let turns = Turns::take(plan, server, &script, async || clients(server, scene).await).await?;
    turns.report(report, "recording a decision", "drafts/s", RECORDERS, &script);
    Ok(())
}

/// What one connection keeps sending: the form of the page, with the next version as its base and an id of
/// its own each time.
struct Recorder {
    path: String,
    headers: String,
    /// The fields that stay the same, encoded.
    fields: String,
    base: u32,
}

impl Recorder {
    async fn at(browser: &mut Browser, case: &str) -> Result<Self> {
        let path = format!("/cases/{case}/decision");
        let page = browser.open(&path).await?;
        let mut fields = page.form(&path);
        let base = fields
            .iter()
            .find(|(name, _)| name == "base")
            .and_then(|(_, value)| value.parse().ok());
        let base = base.ok_or_else(|| format!("{path}: the form has no base"))?;
        fields.retain(|(name, _)| name != "base" && name != "command_id");
        Ok(Self { path, headers: browser.headers(), fields: encoded(&fields), base })
    }

    fn body(&mut self) -> String {
        let id = Uuid::from_u128(rand::random());
        let body = format!("{}&base={}&command_id={id}", self.fields, self.base);
        self.base += 1;
        body
    }

    fn client(mut self) -> Client {
        let requests = move || {
            let body = self.body();
            http::post(&self.path, &self.headers, &body)
        };
        Client { requests: Box::new(requests), expected: 303 }
    }
}

async fn clients(server: &Server, scene: &Scene) -> Result<Vec<Client>> {
    let mut clients = Vec::with_capacity(RECORDERS);
    for case in scene.recorded() {
        let mut chair = Browser::sign_in(&server.address, CHAIR).await?;
        clients.push(Recorder::at(&mut chair, case).await?.client());
    }
    Ok(clients)
}

/// Each client of `pgbench` has the statements of one connection: its session and its case.
async fn traced(server: &Server, scene: &Scene) -> Result<Script> {
    server.cluster.log_statements().await?;
    let mut pairs = Vec::with_capacity(RECORDERS);
    for case in scene.recorded() {
        let mut chair = Browser::sign_in(&server.address, CHAIR).await?;
        let mut recorder = Recorder::at(&mut chair, case).await?;
        let path = recorder.path.clone();
        let record = async || {
            let body = recorder.body();
            let fields: Vec<(String, String)> =
                form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            done(&chair.post(&path, &fields).await?).map(drop)
        };
        pairs.push(trace::of(&server.cluster, record).await?);
    }
    server.cluster.stop_logging().await?;
    Script::of_clients(&pairs)
}
