//! `spineboard rules list`.

use std::sync::Arc;

use clinical::dictionary::dictionary;
use rules::{Compiled, Hash, Protocol, RuleSet};
use serde::Serialize;

use super::files::bundle;
use crate::commands::{CommandError, Outcome};
use crate::output::Output;

/// Options of `rules list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listed {
    rule_sets: Vec<RuleSetRow>,
    protocols: Vec<ProtocolRow>,
}

#[derive(Serialize)]
struct RuleSetRow {
    id: String,
    version: u32,
    kind: &'static str,
    scope: &'static str,
    status: rules::ruleset::Status,
    title: String,
    hash: Hash,
}

#[derive(Serialize)]
struct ProtocolRow {
    id: String,
    version: u32,
    title: String,
    hash: Hash,
    rule_sets: Vec<rules::RuleSetRef>,
}

pub(super) fn run(options: &List, output: &mut Output) -> Result<Outcome, CommandError> {
    let bundle = bundle()?;
    let listed = Listed {
        rule_sets: bundle
            .rule_sets()
            .iter()
            .map(|one| rule_set(one))
            .collect::<Result<_, CommandError>>()?,
        protocols: bundle
            .protocols()
            .iter()
            .chain(bundle.marks())
            .map(|one| protocol(one, bundle.rule_sets()))
            .collect::<Result<_, _>>()?,
    };
    if options.json {
        output.json(&listed)?;
    } else {
        print(&listed, output)?;
    }
    Ok(Outcome::Done)
}

fn rule_set(one: &RuleSet) -> Result<RuleSetRow, CommandError> {
    Ok(RuleSetRow {
        id: one.id.clone(),
        version: one.version,
        kind: one.kind(),
        scope: one.scope.as_str(),
        status: one.status,
        title: one.title.clone(),
        hash: one.hash().map_err(CommandError::from_rules)?,
    })
}

fn protocol(one: &Protocol, at_hand: &[Arc<RuleSet>]) -> Result<ProtocolRow, CommandError> {
    let compiled = Compiled::new(one, at_hand, dictionary()).map_err(CommandError::from_rules)?;
    Ok(ProtocolRow {
        id: one.id.clone(),
        version: one.version,
        title: one.title.clone(),
        hash: compiled.hash(),
        rule_sets: one.rule_sets.clone(),
    })
}

fn print(listed: &Listed, output: &mut Output) -> std::io::Result<()> {
    let rule_sets = listed.rule_sets.iter().map(|one| {
        vec![
            one.id.clone(),
            format!("v{}", one.version),
            one.kind.to_owned(),
            one.scope.to_owned(),
            short(one.hash),
            one.title.clone(),
        ]
    });
    let protocols = listed.protocols.iter().map(|one| {
        vec![
            one.id.clone(),
            format!("v{}", one.version),
            "protocol".to_owned(),
            String::new(),
            short(one.hash),
            one.title.clone(),
        ]
    });
    output.table(&rule_sets.chain(protocols).collect::<Vec<_>>())
}

/// The first 12 digits, enough to tell versions apart by eye.
fn short(hash: Hash) -> String {
    hash.to_string().chars().take(12).collect()
}
