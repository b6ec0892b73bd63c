//! `pgbench` on the same cluster, as the application's role.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::Result;
use crate::cluster::{Cluster, DATABASE, SUPERUSER};
use crate::plan::{Plan, WARM_UP};
use crate::script::Script;

/// The role and the settings of the server's own connections.
const OPTIONS: &str = "-c role=spineboard_app -c timezone=UTC";

/// Transactions a second of this script with so many clients, after the same warm-up as the server's.
pub(crate) async fn rate(
    plan: &Plan,
    cluster: &Cluster,
    script: &Script,
    clients: usize,
) -> Result<f64> {
    let file = plan.directory.join("script.sql");
    std::fs::write(&file, &script.text)?;
    let mut command = Command::new(plan.postgres_bin.join("pgbench"));
    command.env("PGOPTIONS", OPTIONS).env_remove("PGPASSFILE").kill_on_drop(true);
    command.args(["--no-vacuum", "--protocol=prepared", "--progress=1", "--jobs=2"]);
    command
        .arg(format!("--client={clients}"))
        .arg(format!("--time={}", (WARM_UP + plan.turn).as_secs()));
    command.arg("--file").arg(&file).arg("--host").arg(&cluster.socket).args([
        "--port=5432",
        "--username",
        SUPERUSER,
    ]);
    for (name, value) in &script.variables {
        command.arg(format!("--define={name}={value}"));
    }
    let output = command.arg(DATABASE).stdin(Stdio::null()).output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || said.contains("aborted") {
        let tail: Vec<&str> =
            said.lines().filter(|line| !line.starts_with("progress")).take(12).collect();
        return Err(format!("pgbench: {}", tail.join("\n")).into());
    }
    counted(&said, WARM_UP).ok_or_else(|| "pgbench reported no progress".into())
}

/// The mean of the progress lines after the warm-up: `progress: 4.0 s, 812.3 tps, lat …`.
fn counted(said: &str, warm_up: Duration) -> Option<f64> {
    let (mut before, mut seconds, mut transactions) = (0.0, 0.0, 0.0);
    for line in said.lines().filter_map(|line| line.strip_prefix("progress: ")) {
        let (at, rest) = line.split_once(" s, ")?;
        let (at, rate): (f64, f64) = (at.parse().ok()?, rest.split_once(" tps")?.0.parse().ok()?);
        if before + 0.5 > warm_up.as_secs_f64() {
            seconds += at - before;
            transactions += rate * (at - before);
        }
        before = at;
    }
    (seconds > 0.0).then(|| transactions / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warm_up_does_not_count() {
        let said = "pgbench (15.1)\nprogress: 1.0 s, 10.0 tps, lat 1.0 ms stddev 0.1, 0 failed\n\
                    progress: 2.0 s, 100.0 tps, lat 1.0 ms\nprogress: 3.0 s, 200.0 tps, lat 1.0 ms\n";
        let rate = counted(said, Duration::from_secs(1)).unwrap();
        assert!((rate - 150.0).abs() < 1e-9, "{rate}");
        assert!(counted(said, Duration::from_secs(9)).is_none());
    }
}
