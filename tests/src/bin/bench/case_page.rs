//! The page of a case, signed in, its read event durable.

use crate::browser::Browser;
use crate::load::{self, Client};
use crate::plan::{Plan, RUNS};
use crate::report::{Goal, Report, median, say};
use crate::scene::{COORDINATOR, Scene};
use crate::script::Script;
use crate::server::Server;
use crate::{Result, http, pgbench, trace};

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
    let (mut rates, mut bound, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut medians, mut tails) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        server.cluster.settle().await?;
        let load = load::run(&server.address, clients(server, scene).await?, plan.turn).await?;
        server.cluster.settle().await?;
        let rate = pgbench::rate(plan, &server.cluster, &script, READERS).await?;
        say(&format!("  server {:.0}/s, pgbench {rate:.0}/s", load.rate));
        rates.push(load.rate);
        bound.push(rate);
        ratios.push(load.rate / rate);
        medians.push(load.median.as_secs_f64() * 1e3);
        tails.push(load.p99.as_secs_f64() / load.median.as_secs_f64());
    }
    report.add("case page, 32 connections: server", median(rates), 0, "pages/s", Goal::None);
    let what = format!("case page, 32 connections: pgbench, {} round trips", script.round_trips);
    report.add(&what, median(bound), 0, "transactions/s", Goal::None);
    report.add("case page: server to pgbench", median(ratios), 2, "", Goal::AtLeast(0.5));
    report.add("case page: median", median(medians), 1, "ms", Goal::None);
    report.add("case page: p99 to median", median(tails), 2, "", Goal::Under(5.0));
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
