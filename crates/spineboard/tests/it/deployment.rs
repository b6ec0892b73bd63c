//! The container files speak of the program that there is: its settings, ports and commands.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use clap::Parser as _;
use serde_json::Value;
use spineboard::cli::Cli;
use spineboard::config::{Config, ConfigFlags, settings};
use spineboard::postgres::{MINIMUM_MAJOR, PrivateCluster};

use crate::support::{Scratch, program};

fn root_file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    fs::read_to_string(path).unwrap()
}

fn compose() -> Value {
    serde_saphyr::from_str(&root_file("docker-compose.yml")).unwrap()
}

/// The instructions of the Dockerfile, continued lines joined: (`ENV`, rest).
fn dockerfile() -> Vec<(String, String)> {
    root_file("Dockerfile")
        .replace("\\\n", " ")
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .map(|(word, rest)| (word.to_owned(), rest.trim().to_owned()))
        .collect()
}

fn instruction(word: &str) -> String {
    let all = dockerfile();
    all.iter().rev().find(|(name, _)| name == word).map(|(_, rest)| rest.clone()).unwrap()
}

fn image_environment() -> BTreeMap<String, String> {
    instruction("ENV")
        .split_whitespace()
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn resolved(environment: &BTreeMap<String, String>) -> Config {
    Config::resolve(&ConfigFlags::default(), &|name| environment.get(name).cloned()).unwrap()
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

fn parses(arguments: &[String]) {
    let line = std::iter::once("spineboard".to_owned()).chain(arguments.iter().cloned());
    assert!(Cli::try_parse_from(line).is_ok(), "`spineboard {}`", arguments.join(" "));
}

#[test]
fn every_variable_that_is_set_is_a_setting() {
    let compose = compose();
    let known: Vec<&str> = settings().iter().map(|setting| setting.variable).collect();
    let mut used: Vec<String> = image_environment().into_keys().collect();
    for service in ["application", "migrate"] {
        let environment = compose["services"][service]["environment"].as_object().unwrap();
        used.extend(environment.keys().cloned());
    }
    for variable in used {
        assert!(known.contains(&variable.as_str()), "{variable} is no setting");
    }
}

#[test]
fn the_variables_have_values_that_the_program_takes() {
    let mut environment = image_environment();
    let compose = compose();
    for (name, value) in compose["services"]["application"]["environment"].as_object().unwrap() {
        let value = value.as_str().unwrap().replace("${SERVE_PASSWORD}", "secret");
        environment.insert(name.clone(), value.replace("${SPINEBOARD_PUBLIC_URL:-}", ""));
    }
    let config = resolved(&environment);
    assert!(config.database.url.value.is_some());
    assert!(
        config.server.listen.value.ip().is_unspecified(),
        "a container is reached from outside"
    );
}

#[test]
fn one_port_everywhere() {
    let by_default = resolved(&BTreeMap::new()).server.listen.value.port();
    let in_image = resolved(&image_environment()).server.listen.value.port();
    let published = &compose()["services"]["application"]["ports"][0];
    assert_eq!(in_image, by_default);
    assert_eq!(instruction("EXPOSE"), by_default.to_string());
    assert_eq!(published.as_str().unwrap(), format!("127.0.0.1:{by_default}:{by_default}"));
}

#[test]
fn the_data_directory_is_a_volume() {
    let directory = image_environment().remove("SPINEBOARD_DATA_DIR").unwrap();
    assert_eq!(instruction("VOLUME"), directory);
    let compose = compose();
    for service in ["application", "migrate"] {
        let volumes = words(&compose["services"][service]["volumes"]);
        assert_eq!(volumes, [format!("application:{directory}")], "{service}");
    }
    let named = compose["volumes"].as_object().unwrap();
    let mut listed: Vec<_> = named.keys().collect();
    listed.sort();
    assert_eq!(listed, ["application", "database"]);
}

#[test]
fn the_commands_exist() {
    let compose = compose();
    for service in ["application", "migrate"] {
        parses(&words(&compose["services"][service]["command"]));
    }
    parses(&words(&serde_json::from_str(&instruction("CMD")).unwrap()));
    let health = instruction("HEALTHCHECK");
    let (_, command) = health.split_once("CMD ").unwrap();
    let command = words(&serde_json::from_str(command).unwrap());
    assert_eq!(command.first().unwrap(), "spineboard");
    parses(command.get(1..).unwrap());
}

#[test]
fn the_application_asks_for_the_database_that_there_is_and_only_migrate_as_its_superuser() {
    let compose = compose();
    let database = &compose["services"]["database"];
    let superuser = database["environment"]["POSTGRES_USER"].as_str().unwrap();
    let name = database["environment"]["POSTGRES_DB"].as_str().unwrap();
    for (service, user, password) in [
        ("migrate", superuser, "POSTGRES_PASSWORD"),
        ("application", "spineboard_serve", "SERVE_PASSWORD"),
    ] {
        let url = compose["services"][service]["environment"]["DATABASE_URL"].as_str().unwrap();
        let expected = format!("postgres://{user}:${{{password}}}@database:5432/{name}");
        assert_eq!(url, expected, "{service}");
        let told = database["environment"][password].as_str().unwrap();
        assert_eq!(told, format!("${{{password}:?write it into .env}}"));
    }
    let logins = root_file("script/database-logins.sh");
    assert!(logins.contains("create role spineboard_serve login password :'password';"));
    assert!(logins.contains("-v password=\"$SERVE_PASSWORD\""));
    let granted: Vec<_> = logins.lines().filter(|line| line.starts_with("grant ")).collect();
    assert_eq!(granted, ["grant spineboard_app to spineboard_serve;"]);
    let volumes = words(&database["volumes"]);
    let mounted = "./script/database-logins.sh:/docker-entrypoint-initdb.d/logins.sh:ro";
    assert!(volumes.iter().any(|volume| volume == mounted), "{volumes:?}");
    let image = database["image"].as_str().unwrap();
    let major: u32 = image.strip_prefix("postgres:").unwrap().parse().unwrap();
    assert!(major >= MINIMUM_MAJOR);
}

#[test]
fn the_image_is_built_by_a_toolchain_that_is_new_enough_and_runs_as_nobody_special() {
    let manifest: toml::Table = toml::from_str(&root_file("Cargo.toml")).unwrap();
    let wanted = manifest["workspace"]["package"]["rust-version"].as_str().unwrap();
    let (_, image) = dockerfile().into_iter().find(|(word, _)| word == "FROM").unwrap();
    assert_eq!(image, format!("rust:{wanted}-bookworm AS build"));
    assert_eq!(instruction("USER"), "spineboard");
}

#[test]
fn one_image_is_built_and_both_services_run_it() {
    let services = &compose()["services"];
    assert_eq!(services["application"]["build"].as_str(), Some("."));
    assert_eq!(services["migrate"].get("build"), None);
    assert_eq!(services["migrate"]["image"], services["application"]["image"]);
}

#[test]
fn the_passwords_of_a_deployment_come_neither_into_the_repository_nor_into_an_image() {
    for (file, entry) in [(".gitignore", "/.env"), (".dockerignore", ".env")] {
        assert!(root_file(file).lines().any(|line| line == entry), "{entry} in {file}");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (_, rest) in dockerfile().into_iter().filter(|(word, _)| word == "COPY") {
        let sources = rest.split_whitespace().filter(|word| !word.starts_with("--from="));
        for source in sources.filter(|word| !word.starts_with('/')) {
            assert_ne!(source, ".", "COPY {rest}");
            assert!(source == "./" || root.join(source).exists(), "COPY {rest}");
        }
    }
}

#[test]
fn the_login_that_the_database_container_makes_is_enough_for_the_application_and_not_for_more() {
    let scratch = Scratch::new();
    let cluster = PrivateCluster::start(&scratch.cluster_options()).unwrap();
    let programs = &cluster.binaries().directory;
    let works = |(done, said): (bool, String)| assert!(done, "{said}");
    let run = |command: &mut Command| {
        let output = command.env("PGHOST", cluster.socket().directory()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    };
    let path = std::env::join_paths([programs.as_path(), Path::new("/usr/bin"), Path::new("/bin")]);
    let mut logins = Command::new("sh");
    logins
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../script/database-logins.sh"))
        .env("PATH", path.unwrap())
        .envs([("POSTGRES_USER", "postgres"), ("POSTGRES_DB", "postgres")])
        .env("SERVE_PASSWORD", "it's a secret");
    works(run(&mut logins));
    let spineboard = |arguments: &[&str], login: &str| {
        let mut command = program();
        command.args(arguments).arg("--data-dir").arg(scratch.path().join("application"));
        run(command.env("DATABASE_URL", cluster.socket().url(login, "postgres")))
    };
    let (done, said) = spineboard(&["migrate"], "spineboard_serve");
    assert!(!done && said.contains("spineboard_"), "{said}");
    works(spineboard(&["migrate"], "postgres"));
    let add = ["site", "add", "--prefix", "NF", "--name", "Northfield", "--zone", "Europe/London"];
    works(spineboard(&add, "spineboard_serve"));
    let user = [
        "user",
        "add",
        "--email",
        "jo@nf.example",
        "--name",
        "Jo",
        "--site",
        "NF",
        "--role",
        "administrator",
    ];
    works(spineboard(&user, "spineboard_serve"));
    let activate = ["rules", "activate", "core-scores", "--site", "NF"];
    works(spineboard(&activate, "spineboard_serve"));
}
