//! `spineboard rules show`.

use clinical::dictionary::dictionary;
use rules::Compiled;

use super::files::{bundle, named, protocol};
use crate::commands::{CommandError, Outcome};
use crate::output::Output;

/// Options of `rules show`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  spineboard rules show sins-2010
  spineboard rules show core-scores
  spineboard rules show tokuhashi-2005@1 --json
  spineboard rules show my-rules/sins-2010-northfield/1.toml --json")]
pub struct Show {
    /// Rule set or protocol by id (the newest version), by id@version, or a rule set's file
    #[arg(value_name = "ID|FILE")]
    rule_set: String,
    /// Print JSON: the hash, and the canonical form that it is the hash of
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Show, output: &mut Output) -> Result<Outcome, CommandError> {
    if let Some((protocol, text)) = protocol(&options.rule_set)? {
        if options.json {
            let at_hand = bundle()?.rule_sets();
            let compiled = Compiled::new(protocol, at_hand, dictionary());
            let hash = compiled.map_err(CommandError::from_rules)?.hash();
            output.json(&serde_json::json!({ "hash": hash, "protocol": protocol }))?;
        } else {
            output.bytes(text.as_bytes())?;
        }
        return Ok(Outcome::Done);
    }
    let (read, text) = named(&options.rule_set)?;
    let rule_set = read.map_err(|errors| CommandError::Refused(errors.to_string()))?;
    if options.json {
        let hash = rule_set.hash().map_err(CommandError::from_rules)?;
        output.json(&serde_json::json!({ "hash": hash, "rule_set": *rule_set }))?;
    } else {
        output.bytes(text.as_bytes())?;
    }
    Ok(Outcome::Done)
}
