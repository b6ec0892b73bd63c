//! The program under measurement as a process.

use std::fs::OpenOptions;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::Result;
use crate::cluster::Cluster;
use crate::plan::Plan;

/// The demonstration always stands on the same morning, so that the meeting of the scene is today.
const AS_OF: &str = "2026-06-15T08:25";
/// How long a start may take; the first one makes the demonstration.
const START: Duration = Duration::from_mins(3);
/// How long a stop may take.
const STOP: Duration = Duration::from_secs(40);

/// A running server with its private PostgreSQL; dropping it stops both.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Kept open: a server that cannot print would fail.
    _output: Lines<BufReader<ChildStdout>>,
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    /// Its PostgreSQL.
    pub(crate) cluster: Cluster,
}

impl Server {
    /// Makes the demonstration and stops again, so that what is measured is a `serve` of its own.
    pub(crate) async fn seed(plan: &Plan) -> Result<()> {
        Self::run(plan, "demo", &["--as-of", AS_OF]).await?.stop().await
    }

    /// Starts `serve` with response compression `on` or `off`; everything else as people use it.
    pub(crate) async fn start(plan: &Plan, compression: &str) -> Result<Self> {
        Self::run(plan, "serve", &["--compression", compression]).await
    }

    async fn run(plan: &Plan, command: &str, options: &[&str]) -> Result<Self> {
        let mut child = Self::command(plan, command)?.args(options).spawn()?;
        let output = child.stdout.take().ok_or("the server has no output")?;
        let mut output = BufReader::new(output).lines();
        let ready = tokio::time::timeout(START, output.next_line()).await;
        let address = match ready {
            Ok(Ok(Some(line))) => line.strip_prefix("ready http://").map(str::to_owned),
            _ => None,
        };
        let Some(address) = address else {
            stop(&mut child);
            let log = std::fs::read_to_string(plan.directory.join("serve.log")).unwrap_or_default();
            return Err(format!("`spineboard {command}` did not start:\n{log}").into());
        };
        let cluster = Cluster::of(plan)?;
        Ok(Self { child, _output: output, address, cluster })
    }

    fn command(plan: &Plan, command: &str) -> Result<Command> {
        let log =
            OpenOptions::new().create(true).append(true).open(plan.directory.join("serve.log"))?;
        let mut process = Command::new(&plan.program);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("SPINEBOARD_") || name == "DATABASE_URL" {
                process.env_remove(name.as_ref());
            }
        }
        process.args([command, "--listen", "127.0.0.1:0", "--data-dir"]).arg(plan.data());
        process.arg("--postgres-bin").arg(&plan.postgres_bin);
        process.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        Ok(process)
    }

    /// Its resident memory in units of 1024 bytes, PostgreSQL apart.
    pub(crate) fn resident(&self) -> Result<u32> {
        let pid = self.child.id().ok_or("the server has ended")?;
        let output = std::process::Command::new("ps")
            .args(["-o", "rss=", "-p", &pid.to_string()])
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim().parse().map_err(|_| format!("`ps` said `{}`", text.trim()).into())
    }

    /// Stops it and waits for it.
    pub(crate) async fn stop(mut self) -> Result<()> {
        ask_to_stop(&self.child);
        let status = tokio::time::timeout(STOP, self.child.wait())
            .await
            .map_err(|_| "the server does not stop")??;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the server ended with {status}").into())
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// SIGTERM, to this process alone.
fn ask_to_stop(child: &Child) {
    if let Some(pid) = child.id() {
        // One that has ended meanwhile is what we want.
        let _ = std::process::Command::new("kill")
            .args(["-TERM", &pid.to_string()])
            .stderr(Stdio::null())
            .status();
    }
}

fn stop(child: &mut Child) {
    ask_to_stop(child);
    let end = Instant::now() + STOP;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() > end {
            let _ = child.start_kill();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
