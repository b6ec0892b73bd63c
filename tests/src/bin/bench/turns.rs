//! The server and `pgbench` with the server's own statements, in turns.

use crate::load::{self, Client};
use crate::plan::{Plan, RUNS};
use crate::report::{Goal, Report, median, say};
use crate::script::Script;
use crate::server::Server;
use crate::{Result, pgbench};

/// What the turns gave, one figure each.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// Requests a second of the server.
    rates: Vec<f64>,
    /// Transactions a second of `pgbench`.
    bounds: Vec<f64>,
    /// The one over the other, of the same turn.
    ratios: Vec<f64>,
    /// The median answer, in milliseconds.
    medians: Vec<f64>,
    /// The 99th percentile over the median.
    tails: Vec<f64>,
}

impl Turns {
    /// Takes them: `clients` opens the connections of one turn, as many as `pgbench` then has.
    pub(crate) async fn take(
        plan: &Plan,
        server: &Server,
        script: &Script,
        clients: impl AsyncFn() -> Result<Vec<Client>>,
    ) -> Result<Self> {
        let mut turns = Self::default();
        for _ in 0..RUNS {
            server.cluster.settle().await?;
            let clients = clients().await?;
            let connections = clients.len();
            let load = load::run(&server.address, clients, plan.turn).await?;
            server.cluster.settle().await?;
            let bound = pgbench::rate(plan, &server.cluster, script, connections).await?;
            say(&format!("  server {:.0}/s, pgbench {bound:.0}/s", load.rate));
            turns.rates.push(load.rate);
            turns.bounds.push(bound);
            turns.ratios.push(load.rate / bound);
            turns.medians.push(load.median.as_secs_f64() * 1e3);
            turns.tails.push(load.p99.as_secs_f64() / load.median.as_secs_f64());
        }
        Ok(turns)
    }

    /// Both rates and their ratio, which has to be at least a half, and the median answer.
    pub(crate) fn report(
        &self,
        report: &mut Report,
        what: &str,
        unit: &str,
        connections: usize,
        script: &Script,
    ) {
        let median = |figures: &[f64]| median(figures.to_vec());
        let server = format!("{what}, {connections} connections: server");
        report.add(&server, median(&self.rates), 0, unit, Goal::None);
        let bound = format!("{what}: pgbench, {} round trips", script.round_trips);
        report.add(&bound, median(&self.bounds), 0, "transactions/s", Goal::None);
        let ratio = format!("{what}: server to pgbench");
        report.add(&ratio, median(&self.ratios), 2, "", Goal::AtLeast(0.5));
        report.add(&format!("{what}: median"), median(&self.medians), 1, "ms", Goal::None);
    }

    /// The 99th percentile over the median.
    pub(crate) fn tail(&self) -> f64 {
        median(self.tails.clone())
    }
}
