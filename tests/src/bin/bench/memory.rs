//! The resident memory of a server that has shown many pages.

use crate::plan::{Plan, RUNS};
use crate::report::{Goal, Report, median, say};
use crate::scene::Scene;
use crate::server::Server;
use crate::{Result, case_page, load};

/// Pages before it is looked at.
const PAGES: usize = 10_000;

pub(crate) async fn measure(plan: &Plan, scene: &Scene, report: &mut Report) -> Result<()> {
    say("memory");
    let mut taken = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let server = Server::start(plan, "off").await?;
        load::send(&server.address, case_page::clients(&server, scene).await?, PAGES).await?;
        taken.push(f64::from(server.resident()?) * 1.024e-3);
        server.stop().await?;
    }
    report.add(
        "resident memory after 10,000 case pages",
        median(taken),
        1,
        "MB",
        Goal::Under(80.0),
    );
    Ok(())
}
