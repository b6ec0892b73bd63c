//! The arrows of the house: which crate may know which, and which may know no database, no network.

#![expect(clippy::unwrap_used, reason = "a test that cannot arrange should fail loudly")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Each crate and the crates of ours that it may use (docs/ARCHITECTURE.md).
const ARROWS: [(&str, &[&str]); 6] = [
    ("spineboard-rules", &[]),
    ("spineboard-clinical", &["spineboard-rules"]),
    ("spineboard-mdt", &["spineboard-rules", "spineboard-clinical"]),
    ("spineboard-store", &["spineboard-rules", "spineboard-clinical", "spineboard-mdt"]),
    (
        "spineboard-web",
        &["spineboard-rules", "spineboard-clinical", "spineboard-mdt", "spineboard-store"],
    ),
    (
        "spineboard",
        &[
            "spineboard-rules",
            "spineboard-clinical",
            "spineboard-mdt",
            "spineboard-store",
            "spineboard-web",
        ],
    ),
];

/// Crates that compute and nothing else.
const PURE: [&str; 3] = ["spineboard-rules", "spineboard-clinical", "spineboard-mdt"];
/// What they must not know, unless behind a feature that is off by default.
const IMPURE: [&str; 7] = ["tokio", "sqlx", "axum", "askama", "tower", "reqwest", "tracing"];

/// The dependencies of every package of the workspace, without those of its tests: name and optional.
fn dependencies() -> BTreeMap<String, Vec<(String, bool)>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let of = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        all.filter(|dependency| dependency["kind"].is_null())
            .map(|dependency| {
                let name = dependency["name"].as_str().unwrap().to_owned();
                (name, dependency["optional"].as_bool().unwrap())
            })
            .collect()
    };
    packages.iter().map(|one| (one["name"].as_str().unwrap().to_owned(), of(one))).collect()
}

#[test]
fn every_crate_knows_only_the_crates_below_it() {
    let dependencies = dependencies();
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    for name in dependencies.keys().filter(|name| *name != "spineboard-tests") {
        assert!(ours.contains(name.as_str()), "{name} has no place in the architecture");
    }
    for (name, may) in ARROWS {
        let used = dependencies[name].iter().map(|(used, _)| used.as_str());
        for used in used.filter(|used| used.starts_with("spineboard")) {
            assert!(may.contains(&used), "{name} must not know {used}");
        }
    }
}

#[test]
fn what_computes_knows_no_database_no_network_and_no_page() {
    let dependencies = dependencies();
    for name in PURE {
        for (used, optional) in &dependencies[name] {
            assert!(*optional || !IMPURE.contains(&used.as_str()), "{name} must not know {used}");
        }
    }
}

#[test]
fn only_the_store_speaks_sql_and_only_the_web_speaks_html() {
    let dependencies = dependencies();
    let users = |what: &str| -> Vec<&str> {
        let crates = dependencies.iter().filter(|(name, _)| *name != "spineboard-tests");
        crates
            .filter(|(_, all)| all.iter().any(|(used, optional)| used == what && !optional))
            .map(|(name, _)| name.as_str())
            .collect()
    };
    assert_eq!(users("sqlx"), ["spineboard-store"]);
    assert_eq!(users("askama"), ["spineboard-web"]);
}
