//! `serve` as a process: it answers, it survives, it leaves nothing behind.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;
use spineboard::postgres::PrivateCluster;

use crate::support::{Scratch, eventually, program, runs, signal};

/// A running `serve`, stopped with the test.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(scratch: &Scratch) -> Self {
        let mut child = command(scratch).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("ready http://").unwrap().to_owned();
        Self { child, address }
    }

    fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    fn status_of(&self, path: &str) -> String {
        let Ok(mut stream) = TcpStream::connect(&self.address) else { return "refused".into() };
        let request = format!("GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
        let mut answer = String::new();
        if stream.write_all(request.as_bytes()).is_err() {
            return "cut off".into();
        }
        // A server that is killed meanwhile cuts the answer off.
        let _ = stream.read_to_string(&mut answer);
        answer.split_whitespace().nth(1).unwrap_or("nothing").to_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            signal(self.pid(), Signal::TERM);
            self.child.wait().unwrap();
        }
    }
}

fn command(scratch: &Scratch) -> Command {
    let mut command = program();
    command.args(["serve", "--test-without-fsync", "--listen", "127.0.0.1:0", "--data-dir"]);
    command.arg(scratch.data_directory().root());
    command
}

fn server_pid(scratch: &Scratch) -> i32 {
    let file = scratch.data_directory().cluster().join("postmaster.pid");
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

fn ok(scratch: &Scratch, arguments: &[&str]) -> String {
    let output = program()
        .args(arguments)
        .arg("--data-dir")
        .arg(scratch.data_directory().root())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn it_answers_and_a_signal_stops_it_and_its_postgres_cleanly() {
    let scratch = Scratch::new();
    for stop in [Signal::INT, Signal::TERM] {
        let mut served = Served::start(&scratch);
        assert_eq!(served.status_of("/healthz"), "200");
        assert_eq!(served.status_of("/readyz"), "200");
        let postgres = server_pid(&scratch);
        signal(served.pid(), stop);
        assert!(served.child.wait().unwrap().success());
        assert!(!runs(postgres), "PostgreSQL was stopped");
        assert!(!scratch.data_directory().cluster().join("postmaster.pid").exists());
    }
}

#[test]
fn killed_it_leaves_no_postgres_behind_and_starts_again() {
    let scratch = Scratch::new();
    for _ in 0..2 {
        let mut served = Served::start(&scratch);
        let postgres = server_pid(&scratch);
        signal(served.pid(), Signal::KILL);
        served.child.wait().unwrap();
        if cfg!(target_os = "linux") {
            eventually(20, "the orphan stops by itself", || !runs(postgres));
        }
    }
    let served = Served::start(&scratch);
    assert_eq!(served.status_of("/readyz"), "200");
}

#[test]
fn killed_and_started_at_once_it_does_not_trip_over_the_old_postgres() {
    let scratch = Scratch::new();
    let mut served = Served::start(&scratch);
    for _ in 0..3 {
        signal(served.pid(), Signal::KILL);
        served.child.wait().unwrap();
        served = Served::start(&scratch);
        assert_eq!(served.status_of("/readyz"), "200");
    }
}

#[test]
fn a_killed_postgres_comes_back_under_the_running_server() {
    let scratch = Scratch::new();
    let served = Served::start(&scratch);
    let killed = server_pid(&scratch);
    signal(killed, Signal::KILL);
    eventually(60, "another PostgreSQL", || {
        PrivateCluster::running_in(&scratch.data_directory()).is_some()
            && server_pid(&scratch) != killed
    });
    eventually(60, "ready again", || served.status_of("/readyz") == "200");
}

#[test]
fn a_second_server_on_the_same_directory_is_refused_and_the_first_goes_on() {
    let scratch = Scratch::new();
    let served = Served::start(&scratch);
    let second = command(&scratch).output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(second.stdout.is_empty());
    let message = String::from_utf8(second.stderr).unwrap();
    let named = format!(
        "the data directory `{}` is in use by another Spineboard (process {})",
        scratch.data_directory().root().display(),
        served.pid()
    );
    assert!(message.contains(&named), "{message}");
    assert_eq!(served.status_of("/readyz"), "200");
}

#[test]
fn a_taken_port_is_named() {
    let scratch = Scratch::new();
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let output = program()
        .args(["serve", "--test-without-fsync", "--listen", &address, "--data-dir"])
        .arg(scratch.data_directory().root())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains(&format!("cannot listen on {address}")), "{message}");
    assert!(!scratch.data_directory().cluster().join("postmaster.pid").exists());
}

#[test]
fn a_name_that_no_log_can_have_is_refused_before_anything_is_made() {
    let scratch = Scratch::new();
    for name in ["", "my hospital", "mdt/north", "mdt+north"] {
        let output = program()
            .args(["migrate", "--name", name, "--data-dir"])
            .arg(scratch.data_directory().root())
            .output()
            .unwrap();
        assert!(!output.status.success(), "`{name}` was taken");
        let message = String::from_utf8(output.stderr).unwrap();
        let expected = format!("`{name}` cannot name an installation: it is empty, or has a space");
        assert!(message.contains(&expected), "{message}");
    }
    assert!(!scratch.data_directory().cluster().exists());
}

#[test]
fn the_operator_sets_a_new_installation_up_while_it_runs_or_not() {
    let scratch = Scratch::new();
    let migrated: serde_json::Value =
        serde_json::from_str(&ok(&scratch, &["migrate", "--name", "mdt.test", "--json"])).unwrap();
    assert_eq!(migrated["created"], true);
    assert_eq!(migrated["kind"], "production");
    assert_eq!(migrated["protocols"][0], "core-scores v1");

    let served = Served::start(&scratch);
    let site = ["site", "add", "--prefix", "NF", "--name", "Northfield", "--zone", "Europe/London"];
    ok(&scratch, &site);
    let user = ["user", "add", "--email", "Jo@nf.example", "--name", "Jo", "--site", "NF"];
    let added = ok(&scratch, &[&user[..], &["--role", "administrator", "--json"]].concat());
    let added: serde_json::Value = serde_json::from_str(&added).unwrap();
    assert_eq!(added["email"], "jo@nf.example");
    assert_eq!(added["password"].as_str().unwrap().len(), 20);
    ok(&scratch, &["rules", "activate", "core-scores", "--site", "NF"]);
    drop(served);

    let listed = ok(&scratch, &["user", "list"]);
    assert_eq!(listed.trim(), "jo@nf.example  Jo  active  NF:administrator");
    let report = ok(&scratch, &["doctor", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let findings: Vec<&str> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["finding"].as_str().unwrap())
        .collect();
    assert!(findings.contains(&"every site has a protocol in force"), "{findings:?}");
    let again: serde_json::Value =
        serde_json::from_str(&ok(&scratch, &["migrate", "--json"])).unwrap();
    assert_eq!(again["created"], false);
    assert_eq!(again["applied"].as_array().unwrap().len(), 0);
}

#[test]
fn the_log_of_the_operators_own_commands_verifies_in_the_database_and_as_a_bundle() {
    let scratch = Scratch::new();
    let _served = Served::start(&scratch);
    let site = ["site", "add", "--prefix", "NF", "--name", "Northfield", "--zone", "Europe/London"];
    ok(&scratch, &site);
    ok(&scratch, &["rules", "activate", "core-scores", "--site", "NF"]);
    let bundle = scratch.path().join("northfield.jsonl");
    ok(&scratch, &["audit", "export", "--site", "NF", "--out", bundle.to_str().unwrap()]);
    ok(&scratch, &["audit", "verify"]);

    let offline = program().args(["audit", "verify", "--json"]).arg(&bundle).output().unwrap();
    assert!(offline.status.success());
    let report: serde_json::Value = serde_json::from_slice(&offline.stdout).unwrap();
    assert_eq!(report["ok"], true);
    assert!(report["entries"].as_u64().unwrap() >= 1);

    let text = std::fs::read_to_string(&bundle).unwrap();
    // One letter of an event's document, which is base64 of `{"…`.
    let damaged = text.replacen("\"document\":\"eyJ", "\"document\":\"eyK", 1);
    assert_ne!(text, damaged);
    std::fs::write(&bundle, damaged).unwrap();
    let output = program().args(["audit", "verify"]).arg(&bundle).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("First: line "));
}

#[test]
fn a_lost_ledger_key_is_not_silently_replaced() {
    let scratch = Scratch::new();
    drop(Served::start(&scratch));
    let key = scratch.data_directory().root().join("ledger.key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let output = command(&scratch).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("the database was begun with a key that is not in"), "{message}");
    assert!(!key.exists(), "no wrong key is left for the next start");
    std::fs::write(&key, kept).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(Served::start(&scratch).status_of("/readyz"), "200");
}

#[test]
fn a_command_without_a_database_says_how_to_get_one() {
    let scratch = Scratch::new();
    let output = program()
        .args(["user", "list", "--data-dir"])
        .arg(scratch.path().join("nothing"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("there is no database in"), "{message}");
    assert!(!scratch.path().join("nothing").exists(), "looking makes nothing");
}
