//! `spineboard site add|list`: the hospitals of the installation.

mod add;
mod list;

use clap::Subcommand;
use store::sites;

use super::{CommandError, Outcome};
use crate::output::Output;

/// Hospitals.
#[derive(Debug, Subcommand)]
pub enum Site {
    /// Add a hospital
    Add(add::Add),
    /// List the hospitals
    List(list::List),
}

pub(super) fn run(options: Site, output: &mut Output) -> Result<Outcome, CommandError> {
    match options {
        Site::Add(options) => add::run(options, output),
        Site::List(options) => list::run(&options, output),
    }
}

/// The site with that prefix.
pub(super) fn by_prefix<'a>(
    sites: &'a [sites::Site],
    prefix: &str,
) -> Result<&'a sites::Site, CommandError> {
    sites.iter().find(|site| site.prefix == prefix).ok_or_else(|| {
        let known: Vec<&str> = sites.iter().map(|site| site.prefix.as_str()).collect();
        let known = if known.is_empty() { "none; see `site add`".into() } else { known.join(", ") };
        CommandError::Refused(format!("there is no site `{prefix}` (there are: {known})"))
    })
}
