//! The page of a case, signed in, its read event durable.

use crate::browser::Browser;
use crate::load::Client;
use crate::plan::Plan;
use crate::report::{Goal, Report, say};
use crate::scene::{COORDINATOR, Scene};
use crate::script::Script;
use crate::server::Server;
use crate::turns::Turns;
use crate::{Result, http, trace};

/// Connections, of the load generator and of `pgbench`.
pub(crate) const READERS: usize = 32;

pub(crate) async fn measure(
    plan: &Plan,
    server: &Server,
    scene: &Scene,
    report: &mut Report,
) -> Result<()> {
    say("case page");
    let script = traced(server, scene).await?;
    std::fs::write(plan.directory.join("case-page.sql"), &script.text)?;
    let turns = Turns::take(plan, server, &script, async || clients(server, scene).await).await?;
    turns.report(report, "case page", "pages/s", READERS, &script);
    report.add("case page: p99 to median", turns.tail(), 2, "", Goal::Under(5.0));
    Ok(())
}

/// Readers with a session each, all of the same page: `pgbench` has the statements of one.
pub(crate) async fn clients(server: &Server, scene: &Scene) -> Result<Vec<Client>> {
    let path = format!("/cases/{}", scene.typical()?);
    let mut clients = Vec::with_capacity(READERS);
    for _ in 0..READERS {
        let mut reader = Browser::sign_in(&server.address, COORDINATOR).await?;
        reader.open(&path).await?;
        let request = http::get(&path, &reader.headers());
        clients.push(Client { requests: Box::new(move || request.clone()), expected: 200 });
    }
    Ok(clients)
}

async fn traced(server: &Server, scene: &Scene) -> Result<Script> {
    let path = format!("/cases/{}", scene.typical()?);
    server.cluster.log_statements().await?;
    let mut reader = Browser::sign_in(&server.address, COORDINATOR).await?;
    let pair = trace::of(&server.cluster, async || reader.open(&path).await.map(drop)).await?;
    server.cluster.stop_logging().await?;
    Script::of_one(&pair)
}
