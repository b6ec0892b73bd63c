//! What `script/bench` measures of the running program, each figure next to its goal.
//!
//! Load generator, server and PostgreSQL share the machine, so the figures are ratios: a turn of the
//! server, then a turn of `pgbench` with the statements that the server was seen to send for the same
//! work, three times. `bench PROGRAM DIRECTORY` is told the release program and an empty directory on a
//! disk that PostgreSQL's user can enter.

mod browser;
mod case_page;
mod cluster;
mod decision;
mod first_visit;
mod http;
mod load;
mod memory;
mod pgbench;
mod plan;
mod report;
mod scene;
mod script;
mod server;
mod signing;
mod trace;
mod turns;

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use plan::Plan;
use report::Report;
use scene::Scene;
use server::Server;

/// Why a measurement could not be taken, in words.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// One thread for the whole load generator: it shares the cores with what it measures.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match asked_to_stop_or(measure()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::say(&format!("bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Ends the work at a signal; what was started is stopped when it is dropped.
async fn asked_to_stop_or(work: impl Future<Output = Result<()>>) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = work => done,
        _ = interrupt.recv() => Err("interrupted".into()),
        _ = terminate.recv() => Err("asked to stop".into()),
    }
}

async fn measure() -> Result<()> {
    let plan = Plan::of_process()?;
    let mut report = Report::default();
    report::say("making the demonstration");
    Server::seed(&plan).await?;
    let server = Server::start(&plan, "off").await?;
    let scene = Scene::set(&server).await?;
    case_page::measure(&plan, &server, &scene, &mut report).await?;
    decision::measure(&plan, &server, &scene, &mut report).await?;
    signing::measure(&server, &scene, &mut report).await?;
    server.stop().await?;
    memory::measure(&plan, &scene, &mut report).await?;
    first_visit::measure(&plan, &scene, &mut report).await?;
    report.print(&plan)
}
