//! `demo` as a process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{Scratch, program, signal};

const AS_OF: [&str; 4] = ["--seed", "7", "--as-of", "2026-06-15T08:25"];

fn demo(scratch: &Scratch) -> Command {
    let mut command = program();
    command.args(["demo", "--test-without-fsync", "--listen", "127.0.0.1:0"]).args(AS_OF);
    command.arg("--data-dir").arg(scratch.data_directory().root());
    command
}

fn stop(mut child: Child) {
    signal(i32::try_from(child.id()).unwrap(), Signal::TERM);
    assert!(child.wait().unwrap().success());
}

/// Starts it and reads up to the password: what it printed.
fn started(command: &mut Command) -> (Child, Vec<String>) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = until_password(child.stdout.take().unwrap());
    (child, lines)
}

fn until_password(stdout: ChildStdout) -> Vec<String> {
    let mut lines = Vec::new();
    for line in BufReader::new(stdout).lines() {
        lines.push(line.unwrap());
        if lines.last().unwrap().starts_with("Password of everybody: ") {
            return lines;
        }
    }
    panic!("it ended after {lines:?}");
}

/// Site, entries and root of each log, which verify.
fn logs(scratch: &Scratch) -> Vec<(String, Value, Value)> {
    let output = program()
        .args(["audit", "verify", "--json", "--data-dir"])
        .arg(scratch.data_directory().root())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    let reports: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let log = |report: &Value| {
        let checkpoint = &report["checkpoint"];
        let site = report["site"].as_str().unwrap().to_owned();
        (site, checkpoint["size"].clone(), checkpoint["root"].clone())
    };
    reports.iter().map(log).collect()
}

#[test]
fn it_lists_its_sign_ins_and_the_same_seed_and_time_give_the_same_logs() {
    let (one, two) = (Scratch::new(), Scratch::new());
    let mut made = Vec::new();
    for scratch in [&one, &two] {
        let (child, lines) = started(&mut demo(scratch));
        assert!(lines.first().unwrap().starts_with("ready http://127.0.0.1:"), "{lines:?}");
        assert!(lines.iter().any(|line| line.contains("castellano@northfield.example")));
        stop(child);
        made.push(logs(scratch));
    }
    assert_eq!(made[0].len(), 4, "three sites and the installation");
    assert_eq!(made[0], made[1]);

    let (child, lines) = started(&mut demo(&one));
    assert!(lines.iter().any(|line| line.contains("castellano@northfield.example")));
    stop(child);
    the_bundle_of_a_case_verifies_offline(&one);
}

fn the_bundle_of_a_case_verifies_offline(scratch: &Scratch) {
    let bundle = scratch.path().join("case.jsonl");
    let data = scratch.data_directory();
    let exported = program()
        .args(["audit", "export", "--case", "NF-2026-0001", "--out"])
        .arg(&bundle)
        .arg("--data-dir")
        .arg(data.root())
        .output()
        .unwrap();
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let verified = program().args(["audit", "verify", "--json"]).arg(&bundle).output().unwrap();
    let report: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(report["ok"], true, "{report}");
    let unknown = program()
        .args(["audit", "export", "--case", "NF-2026-9999", "--out"])
        .arg(scratch.path().join("nothing.jsonl"))
        .arg("--data-dir")
        .arg(data.root())
        .output()
        .unwrap();
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn killed_in_the_middle_of_its_making_it_is_made_anew() {
    let scratch = Scratch::new();
    let mut child = demo(&scratch).stderr(Stdio::piped()).spawn().unwrap();
    let messages = BufReader::new(child.stderr.take().unwrap()).lines();
    let month = messages.map(Result::unwrap).find(|line| line.trim().ends_with(" 2026"));
    assert!(month.is_some(), "the months are told as they are made");
    child.kill().unwrap();
    child.wait().unwrap();
    let (child, _) = started(&mut demo(&scratch));
    stop(child);
    assert_eq!(logs(&scratch).len(), 4);
}

#[test]
fn a_database_for_real_patients_never_becomes_a_demonstration() {
    let scratch = Scratch::new();
    let migrated = program()
        .args(["migrate", "--data-dir"])
        .arg(scratch.data_directory().root())
        .output()
        .unwrap();
    assert!(migrated.status.success());
    let output = demo(&scratch).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("for real patients and never takes a demonstration"), "{message}");
}
