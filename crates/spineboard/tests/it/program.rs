//! The program as a stranger meets it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Scratch, program};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn help_names_every_command_and_gives_examples() {
    let output = program().arg("--help").output().unwrap();
    assert!(output.status.success());
    let help = text(&output.stdout);
    for word in [
        "serve",
        "migrate",
        "user",
        "rules",
        "evaluate",
        "audit",
        "doctor",
        "Examples:",
        "Exit code: 0 as asked, 1 the answer is no",
    ] {
        assert!(help.contains(word), "{word} is not in\n{help}");
    }
    assert!(!help.contains("postgres-guard"), "the guard is nobody's business");
}

#[test]
fn a_wrong_option_is_exit_code_2_and_leaves_standard_output_empty() {
    let output = program().args(["doctor", "--colour"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).contains("--colour"));
}

#[test]
fn doctor_says_where_each_value_came_from_and_hides_secrets() {
    let scratch = Scratch::new();
    let output = program()
        .args(["doctor", "--json", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(scratch.path().join("data"))
        .env("SPINEBOARD_POOL_SIZE", "9")
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let setting = |key: &str| {
        let rows = report["settings"].as_array().unwrap();
        let row = rows.iter().find(|row| row["key"] == key).unwrap();
        format!("{} from {}", row["value"].as_str().unwrap(), row["origin"].as_str().unwrap())
    };
    assert_eq!(setting("server.listen"), "127.0.0.1:0 from --listen");
    assert_eq!(setting("database.pool-size"), "9 from SPINEBOARD_POOL_SIZE");
    assert_eq!(setting("log.level"), "info from default");
}

#[test]
fn doctor_refuses_a_configuration_that_does_not_read() {
    let output = program().args(["doctor", "--pool-size", "none"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = text(&output.stderr);
    assert!(message.contains("the configuration is not valid"), "{message}");
    assert!(message.contains("database.pool-size: `none` from --pool-size"), "{message}");
}

#[test]
fn doctor_answers_no_when_postgres_is_missing() {
    let output = program().args(["doctor", "--postgres-bin", "/etc"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("`/etc` holds no `initdb` and `postgres`"));
}

#[test]
fn the_list_of_settings_is_a_table_with_every_name() {
    let output = program().args(["doctor", "--list-settings"]).output().unwrap();
    assert!(output.status.success());
    let table = text(&output.stdout);
    for setting in spineboard::config::settings() {
        assert!(table.contains(&format!("`--{} ", setting.flag)), "{}", setting.key);
        assert!(table.contains(&format!("| `{}` |", setting.variable)), "{}", setting.key);
    }
}

#[test]
fn a_server_that_is_not_there_is_not_healthy() {
    let output =
        program().args(["doctor", "--health", "--listen", "127.0.0.1:1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn root_is_sent_elsewhere_from_a_place_that_its_postgres_cannot_enter() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let scratch = Scratch::new();
    let closed = scratch.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    let output = program().args(["doctor", "--json"]).current_dir(&closed).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["settings"][0]["value"], "/var/lib/spineboard");
    let note = report["checks"][0]["finding"].as_str().unwrap();
    assert!(note.contains(&format!("cannot enter {}", closed.display())), "{note}");
}
