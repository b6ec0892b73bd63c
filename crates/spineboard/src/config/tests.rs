use std::fs;
use std::path::PathBuf;

use super::*;

/// A directory that goes away with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("spineboard-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, text: &str) -> String {
        let path = self.0.join("some.toml");
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn flags(pairs: &[(&'static str, &str)]) -> ConfigFlags {
    ConfigFlags {
        config: None,
        values: pairs.iter().map(|(flag, value)| (*flag, (*value).to_owned())).collect(),
    }
}

fn resolve(flags: &ConfigFlags, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::resolve(flags, &|variable| {
        let found = environment.iter().find(|(name, _)| *name == variable);
        found.map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn an_option_beats_the_environment_which_beats_the_file_which_beats_the_default() {
    let scratch = Scratch::new("order");
    let file = scratch.file("[server]\nlisten = '127.0.0.1:1'\n[session]\nidle-minutes = 5\n");
    let from_file = [("SPINEBOARD_CONFIG", file.as_str())];
    let config = resolve(&flags(&[]), &from_file).unwrap();
    assert_eq!(config.server.listen.value.port(), 1);
    assert_eq!(config.server.listen.origin, Origin::File(file.clone().into()));
    assert_eq!(config.session.idle.value.as_secs(), 300);
    assert_eq!(config.session.absolute.origin, Origin::Default);

    let both = [("SPINEBOARD_CONFIG", file.as_str()), ("SPINEBOARD_LISTEN", "127.0.0.1:2")];
    let config = resolve(&flags(&[]), &both).unwrap();
    assert_eq!(config.server.listen.value.port(), 2);
    assert_eq!(config.server.listen.origin, Origin::Variable("SPINEBOARD_LISTEN"));

    let config = resolve(&flags(&[("listen", "127.0.0.1:3")]), &both).unwrap();
    assert_eq!(config.server.listen.value.port(), 3);
    assert_eq!(config.server.listen.origin, Origin::Flag("listen"));
}

#[test]
fn the_file_of_the_data_directory_is_read_when_no_other_is_named() {
    let scratch = Scratch::new("inside");
    let directory = scratch.0.display().to_string();
    fs::write(scratch.0.join(FILE_NAME), "[database]\npool-size = 7\n").unwrap();
    let config = resolve(&flags(&[("data-dir", &directory)]), &[]).unwrap();
    assert_eq!(config.database.pool_size.value, 7);
    assert_eq!(config.ledger.key_file.value, scratch.0.join("ledger.key"));

    fs::write(scratch.0.join(FILE_NAME), "[data]\ndir = '/elsewhere'\n").unwrap();
    let error = resolve(&flags(&[("data-dir", &directory)]), &[]).unwrap_err();
    assert!(matches!(error, ConfigError::DirectoryInside { .. }));
}

#[test]
fn a_path_in_a_file_is_relative_to_that_file() {
    let scratch = Scratch::new("relative");
    let file = scratch.file("[ledger]\nkey-file = 'keys/log.key'\n");
    let config = resolve(&flags(&[]), &[("SPINEBOARD_CONFIG", &file)]).unwrap();
    assert_eq!(config.ledger.key_file.value, scratch.0.join("keys/log.key"));
}

#[test]
fn a_secret_is_never_shown() {
    let url = "postgres://u:hunter2@db.example/spineboard";
    let config = resolve(&flags(&[]), &[("DATABASE_URL", url)]).unwrap();
    let shown = format!("{:?} {:?}", config.in_force(), config);
    assert!(shown.contains("(hidden)"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    let error = resolve(&flags(&[("database-url", "mysql://u:hunter2@db/x")]), &[]).unwrap_err();
    assert!(!format!("{error} ").contains("hunter2"), "{error}");
    assert_eq!(
        error.to_string(),
        "database.url: the value from --database-url is not an address that begins with \
         postgres:// or postgresql://"
    );
}

#[test]
fn a_bad_value_is_named_with_its_source_and_what_was_expected() {
    let error = resolve(&flags(&[]), &[("SPINEBOARD_LISTEN", "localhost")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "server.listen: `localhost` from SPINEBOARD_LISTEN is not an IP address and a port, such \
         as 127.0.0.1:8480 or [::]:80"
    );
    for (flag, value) in [
        ("pool-size", "1"),
        ("pool-size", "many"),
        ("session-idle-minutes", "0"),
        ("session-absolute-hours", "169"),
        ("log-format", "xml"),
        ("log-level", "info,=,="),
        ("public-url", "mdt.example.org"),
        ("public-url", "https://mdt.example.org/path"),
        ("compression", "yes"),
        ("worker-threads", "0"),
    ] {
        let outcome = resolve(&flags(&[(flag, value)]), &[]);
        assert!(matches!(outcome, Err(ConfigError::Value { .. })), "--{flag} {value}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    let scratch = Scratch::new("unknown");
    let file = scratch.file("[server]\nlissen = '127.0.0.1:1'\n");
    let error = resolve(&flags(&[]), &[("SPINEBOARD_CONFIG", &file)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "`{file}` has a setting `server.lissen` that does not exist; did you mean \
             `server.listen`?"
        )
    );
    let file = scratch.file("[server]\nlisten = { port = 1 }\n");
    let error = resolve(&flags(&[]), &[("SPINEBOARD_CONFIG", &file)]).unwrap_err();
    assert!(matches!(error, ConfigError::Kind { .. }));
    let file = scratch.file("listen 1\n");
    let error = resolve(&flags(&[]), &[("SPINEBOARD_CONFIG", &file)]).unwrap_err();
    assert!(matches!(error, ConfigError::Syntax { .. }));
}

#[test]
fn an_empty_variable_is_not_set() {
    let config = resolve(&flags(&[]), &[("DATABASE_URL", ""), ("SPINEBOARD_CONFIG", "")]).unwrap();
    assert!(config.database.url.value.is_none());
}

#[test]
fn cookies_are_secure_exactly_behind_https() {
    let https = flags(&[("public-url", "https://mdt.example.org/")]);
    let config = resolve(&https, &[]).unwrap();
    assert!(config.server.is_secure());
    assert_eq!(config.server.public_url.value.as_deref(), Some("https://mdt.example.org"));
    assert!(!resolve(&flags(&[]), &[]).unwrap().server.is_secure());
}

#[test]
fn names_are_unique_and_follow_one_pattern() {
    let all = settings();
    for descriptor in &all {
        let (section, name) = descriptor.key.split_once('.').unwrap();
        let twins = all.iter().filter(|other| other.flag == descriptor.flag).count();
        assert_eq!(twins, 1, "{}", descriptor.key);
        assert!(descriptor.flag.ends_with(name) || descriptor.flag == "data-dir", "{name}");
        assert!(!section.is_empty() && !descriptor.meaning.ends_with('.'), "{}", descriptor.key);
        let variable = format!("SPINEBOARD_{}", descriptor.flag.to_uppercase().replace('-', "_"));
        let conventional = descriptor.variable == variable || descriptor.key == "database.url";
        assert!(conventional, "{} {variable}", descriptor.variable);
    }
    let config = resolve(&flags(&[]), &[]).unwrap();
    let shown: Vec<&str> = config.in_force().iter().map(|row| row.key).collect();
    let described: Vec<&str> = all.iter().map(|descriptor| descriptor.key).collect();
    assert_eq!(shown, described, "every setting is in force once");
}
