//! The command line. The options of each command are in its own file under `commands/`.

use clap::{Parser, Subcommand};

use crate::commands::audit::Audit;
use crate::commands::demo::Demo;
use crate::commands::doctor::Doctor;
use crate::commands::evaluate::Evaluate;
use crate::commands::migrate::Migrate;
use crate::commands::postgres_guard::PostgresGuard;
use crate::commands::rules::Rules;
use crate::commands::serve::Serve;
use crate::commands::site::Site;
use crate::commands::user::User;

/// Runs the spinal-metastasis MDT meeting and keeps the record of why each patient was treated
/// as they were.
///
/// Decision support: it shows what published rules say about the facts that were entered, with
/// their sources; clinicians decide and sign.
#[derive(Debug, Parser)]
#[command(name = "spineboard", version, propagate_version = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve a demonstration network with invented patients
    Demo(Demo),
    /// Serve the product
    Serve(Serve),
    /// Bring the database's schema up to date
    Migrate(Migrate),
    /// Add, list and re-password users
    #[command(subcommand)]
    User(User),
    /// Add and list hospitals
    #[command(subcommand)]
    Site(Site),
    /// List, print, prove and activate rules
    #[command(subcommand)]
    Rules(Rules),
    /// Evaluate facts without a database
    Evaluate(Evaluate),
    /// Check and export the audit log
    #[command(subcommand)]
    Audit(Audit),
    /// Say what is in force and whether it works
    Doctor(Doctor),
    #[command(name = crate::postgres::guard::SUBCOMMAND, hide = true)]
    /// Become the private PostgreSQL (used by the program itself)
    PostgresGuard(PostgresGuard),
}

const EXAMPLES: &str = "\
Examples:
  spineboard demo                       a demonstration network, to look around
  spineboard serve --data-dir /srv/mdt  the real thing, with a private PostgreSQL
  spineboard evaluate facts.json        facts in, scores out; needs no database
  spineboard doctor                     what is in force, from where, and whether it works

Results go to standard output and messages to standard error; --json gives every result as JSON.
Exit code: 0 as asked, 1 the answer is no (does not verify, does not match), 2 could not be done.";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_lists_the_settings_that_count_for_the_command() {
        let help = |path: &[&str]| {
            let mut command = Cli::command();
            command.build();
            let found = path
                .iter()
                .fold(&mut command, |command, name| command.find_subcommand_mut(name).unwrap());
            found.render_long_help().to_string()
        };
        for serving in [help(&["serve"]), help(&["demo"])] {
            assert!(
                serving.contains("--listen") && serving.contains("--session-idle-minutes"),
                "{serving}"
            );
        }
        for visiting in [help(&["user", "add"]), help(&["audit", "verify"]), help(&["migrate"])] {
            assert!(visiting.contains("--data-dir"), "{visiting}");
            assert!(!visiting.contains("--listen"), "{visiting}");
            assert!(!visiting.contains("--session"), "{visiting}");
        }
    }

    #[test]
    fn every_command_says_what_it_is_for() {
        fn check(command: &clap::Command) {
            for sub in command.get_subcommands() {
                assert!(sub.get_about().is_some(), "{} has no description", sub.get_name());
                for argument in sub.get_arguments() {
                    let described = argument.get_help().is_some();
                    assert!(described, "{} {}", sub.get_name(), argument.get_id());
                }
                check(sub);
            }
        }
        check(&Cli::command());
    }
}
