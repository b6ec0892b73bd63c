//! An exported bundle that somebody touched: `audit verify` says no, and names the first bad record.

use std::fs;
use std::path::PathBuf;

use rules::canonical::Hash;
use serde_json::Value;
use store::ledger::bundle::{BundleReader, BundleWriter, Bytes, Record};

use crate::process::{Scratch, Served, outcome, program};

const DEMO: [&str; 6] =
    ["demo", "--test-without-fsync", "--seed", "7", "--as-of", "2026-06-15T08:25"];

/// The bundle of Northfield's log in a demonstration, as lines.
struct Exported {
    scratch: Scratch,
    lines: Vec<String>,
}

impl Exported {
    fn new() -> Self {
        let scratch = Scratch::new();
        let log = scratch.path().join("demo.log");
        Served::start(&mut scratch.command(&DEMO), &log).stop();
        let file = scratch.path().join("northfield.jsonl");
        scratch.run(&["audit", "export", "--site", "NF", "--out", file.to_str().unwrap()], "");
        let lines = fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect();
        Self { scratch, lines }
    }

    /// Exit code and report of a verification of these lines.
    fn verify(&self, lines: &[String]) -> (Option<i32>, Value) {
        let file: PathBuf = self.scratch.path().join("touched.jsonl");
        fs::write(&file, lines.join("\n") + "\n").unwrap();
        let output = outcome(program().args(["audit", "verify", "--json"]).arg(&file), "");
        let error = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_slice(&output.stdout);
        (output.status.code(), report.unwrap_or_else(|why| panic!("{why}: {error}")))
    }

    /// The first bad record of lines that may not verify: its line, kind and id.
    fn first_bad(&self, lines: &[String], what: &str) -> (usize, String, String) {
        let (code, report) = self.verify(lines);
        assert_eq!(code, Some(1), "{what}: {report}");
        assert_eq!(report["ok"], false, "{what}");
        let bad = &report["first_bad"];
        assert!(!bad["problem"].as_str().unwrap().is_empty(), "{what}: {bad}");
        let word = |name: &str| bad[name].as_str().unwrap_or_default().to_owned();
        (usize::try_from(bad["line"].as_u64().unwrap()).unwrap(), word("kind"), word("id"))
    }

    fn record(&self, index: usize) -> Value {
        serde_json::from_str(&self.lines[index]).unwrap()
    }

    /// Where the records of a kind stand.
    fn of_kind(&self, kind: &str) -> Vec<usize> {
        (0..self.lines.len()).filter(|index| self.record(*index)["kind"] == kind).collect()
    }
}

#[test]
fn a_touched_bundle_does_not_verify_and_its_first_bad_record_is_named() {
    let exported = Exported::new();
    let (code, report) = exported.verify(&exported.lines);
    assert_eq!((code, &report["ok"]), (Some(0), &Value::Bool(true)), "{}", report["first_bad"]);
    assert!(
        report["entries"].as_u64().unwrap() > 100
            && report["decisions"].as_array().unwrap().len() > 10
    );
    flipped(&exported);
    removed(&exported);
    swapped_rule(&exported);
    moved(&exported);
}

/// One bit of a letter, in the middle of a record of each kind.
fn flipped(exported: &Exported) {
    for kind in [
        "header",
        "rule_set",
        "protocol",
        "assessment",
        "evaluation",
        "decision_version",
        "event",
        "leaf",
        "checkpoint",
        "end",
    ] {
        let all = exported.of_kind(kind);
        let index = all[all.len() / 2];
        let mut lines = exported.lines.clone();
        let mut bytes = std::mem::take(&mut lines[index]).into_bytes();
        let middle = bytes.len() / 2;
        let letter = (middle..bytes.len()).find(|at| bytes[*at].is_ascii_alphanumeric()).unwrap();
        bytes[letter] ^= 1;
        lines[index] = String::from_utf8(bytes).unwrap();
        let (line, _, _) = exported.first_bad(&lines, kind);
        assert_eq!(line, index + 1, "a bit of a {kind}");
    }
}

fn removed(exported: &Exported) {
    for kind in
        ["rule_set", "assessment", "evaluation", "decision_version", "event", "leaf", "checkpoint"]
    {
        let all = exported.of_kind(kind);
        let index = all[all.len() / 2];
        let mut lines = exported.lines.clone();
        lines.remove(index);
        let (line, _, _) = exported.first_bad(&lines, kind);
        assert_eq!(line, index + 1, "without a {kind}: what took its place does not follow");
    }
}

/// Two events that changed places.
fn moved(exported: &Exported) {
    let all = exported.of_kind("event");
    let index = all[all.len() / 2];
    let mut lines = exported.lines.clone();
    lines.swap(index, index + 1);
    let (line, _, _) = exported.first_bad(&lines, "two events");
    assert_eq!(line, index + 1);
}

/// Somebody writes the whole file anew with another rule: each line follows from the one before, the
/// record states the hash of its new document, and still it is named.
fn swapped_rule(exported: &Exported) {
    let mut records = records(&exported.lines);
    let index = records
        .iter()
        .position(|record| matches!(record, Record::RuleSet(one) if one.id == "sins-2010"))
        .unwrap();
    let Record::RuleSet(rule_set) = &mut records[index] else { panic!("a rule set") };
    let document = String::from_utf8(rule_set.document.0.clone()).unwrap();
    let other = document.replacen("\"points\":[3]", "\"points\":[2]", 1);
    assert_ne!(other, document, "a junctional lesion has three points");
    rule_set.document = Bytes(other.into_bytes());
    rule_set.hash = Hash::of(&rule_set.document.0);
    let (line, kind, id) = exported.first_bad(&written(&records), "another rule");
    assert_eq!((line, kind.as_str()), (index + 1, "rule_set"));
    assert!(id.contains("sins-2010"), "{id}");
}

fn records(lines: &[String]) -> Vec<Record> {
    let text = lines.join("\n") + "\n";
    let mut reader = BundleReader::new(text.as_bytes());
    std::iter::from_fn(|| reader.next_line().unwrap()).map(|line| line.record.unwrap()).collect()
}

/// The lines of a bundle of these records, unsigned.
fn written(records: &[Record]) -> Vec<String> {
    let [Record::Header(header), rest @ .., Record::End(_)] = records else { panic!("a bundle") };
    let mut out = Vec::new();
    let mut writer = BundleWriter::new(&mut out, header.clone()).unwrap();
    for record in rest {
        writer.write(record).unwrap();
    }
    writer.finish(None).unwrap();
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}
