//! The settings as options of the command line, made from their descriptions.

use clap::{Arg, ArgMatches, Command};

use super::setting::Descriptor;
use super::sources::FlagValues;

/// The heading of these options in `--help`.
const HEADING: &str = "Configuration";

/// Options that a stranger meets in `-h`; the others are in `--help`.
const COMMON: [&str; 3] = ["data-dir", "listen", "database-url"];

/// The options for all settings, and `--config`.
#[derive(Debug, Clone, Default)]
pub struct ConfigFlags {
    /// `--config FILE`.
    pub config: Option<String>,
    /// The others, by name.
    pub values: FlagValues,
}

impl clap::Args for ConfigFlags {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .help("Configuration file (TOML)")
            .long_help(
                "Configuration file (TOML): [section] and name = value\n\
                 [env: SPINEBOARD_CONFIG] [default: spineboard.toml in the data directory, if \
                 there is one]",
            )
            .help_heading(HEADING);
        command.arg(config).args(super::settings().into_iter().map(argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for ConfigFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        if let Some(file) = matches.get_one::<String>("config") {
            self.config = Some(file.clone());
        }
        for descriptor in super::settings() {
            if let Some(value) = matches.get_one::<String>(descriptor.flag) {
                self.values.insert(descriptor.flag, value.clone());
            }
        }
        Ok(())
    }
}

/// The same options for a command that visits the database and serves nothing: its help leaves out what
/// only counts while serving.
#[derive(Debug, Clone, Default)]
pub struct VisitFlags(ConfigFlags);

/// The sections of settings that only count while serving.
const SERVING: [&str; 2] = ["server.", "session."];

impl std::ops::Deref for VisitFlags {
    type Target = ConfigFlags;

    fn deref(&self) -> &ConfigFlags {
        &self.0
    }
}

impl clap::Args for VisitFlags {
    fn augment_args(command: Command) -> Command {
        let serving = |descriptor: &&Descriptor| {
            SERVING.iter().any(|section| descriptor.key.starts_with(section))
        };
        super::settings()
            .into_iter()
            .filter(serving)
            .fold(ConfigFlags::augment_args(command), |command, descriptor| {
                command.mut_arg(descriptor.flag, |flag| flag.hide(true))
            })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for VisitFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        ConfigFlags::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

fn argument(descriptor: &'static Descriptor) -> Arg {
    let Descriptor { key, flag, variable, value_name, default, meaning, .. } = *descriptor;
    Arg::new(flag)
        .long(flag)
        .value_name(value_name)
        .help(meaning)
        .long_help(format!("{meaning}\n[env: {variable}] [file: {key}] [default: {default}]"))
        .help_heading(HEADING)
        .hide_short_help(!COMMON.contains(&flag))
}
