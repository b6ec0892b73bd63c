//! Reading protocol files.

use super::convert::{Checker, is_id};
use super::error::ParseErrors;
use super::raw;
use crate::protocol::{Protocol, RuleSetRef};

/// Reads a protocol file. `name` is the file's name for messages.
///
/// # Errors
/// Everything that is wrong with the text, each with its place.
pub fn parse_protocol(name: &str, text: &str) -> Result<Protocol, ParseErrors> {
    let file: raw::ProtocolFile =
        toml::from_str(text).map_err(|error| ParseErrors::from_toml(name, text, &error))?;
    let mut checker = Checker::default();
    let id = checker.id(file.id);
    let version = checker.version(&file.version);
    let title = checker.text("title", file.title);
    let author = checker.text("author", file.author);
    let purpose = checker.text("purpose", file.purpose);
    let change_note = checker.text("change_note", file.change_note);
    let mut rule_sets: Vec<RuleSetRef> = Vec::with_capacity(file.rule_set.len());
    for reference in file.rule_set {
        let span = reference.span();
        let reference = reference.into_inner();
        if !is_id(&reference.id) {
            checker.error(span.clone(), "no id of a rule set", "small letters, digits, dashes");
        }
        if rule_sets.iter().any(|earlier| earlier.id == reference.id) {
            let message = format!("the rule set `{}` is named twice", reference.id);
            checker.error(span, message, "a protocol holds one version of a rule set");
        }
        rule_sets.push(RuleSetRef { id: reference.id, version: reference.version });
    }
    if rule_sets.is_empty() {
        checker.error(file.kind.span(), "a protocol without rule sets", "nothing to evaluate");
    }
    checker.finish(name, text)?;
    Ok(Protocol { id, version, title, author, purpose, change_note, rule_sets })
}
