//! What the server sends to PostgreSQL for one request, read from PostgreSQL's own log.

use std::collections::BTreeMap;

use crate::Result;
use crate::cluster::Cluster;

/// How often a request is repeated at most until two were seen undisturbed.
const ATTEMPTS: usize = 12;

/// One message of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    /// The text, with `$1` … for parameters.
    pub(crate) text: String,
    /// The parameters as text.
    pub(crate) parameters: Vec<Option<String>>,
    /// Sent as text alone, perhaps several statements at once, and not as a prepared statement.
    pub(crate) simple: bool,
}

/// The same request twice: where they differ, the server made something new.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) first: Vec<Statement>,
    pub(crate) second: Vec<Statement>,
}

/// Repeats a request until two of its traces have the same statements. The server does other things now
/// and then (it seals the audit log, it reads a list again that it keeps for a while); those are in one
/// trace and not in the next.
pub(crate) async fn of<F>(cluster: &Cluster, mut request: F) -> Result<Pair>
where
    F: AsyncFnMut() -> Result<()>,
{
    let mut seen: BTreeMap<Vec<String>, Vec<Statement>> = BTreeMap::new();
    for _ in 0..ATTEMPTS {
        let start = cluster.log_length()?;
        request().await?;
        let trace = parse(&cluster.log_since(start)?);
        let texts = trace.iter().map(|statement| statement.text.clone()).collect();
        if let Some(first) = seen.insert(texts, trace.clone()) {
            return Ok(Pair { first, second: trace });
        }
    }
    Err("no two traces of the same request have the same statements".into())
}

/// The statements of a log with `log_statement = all`.
fn parse(log: &str) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    for entry in entries(log) {
        if let Some(text) = after(&entry, "LOG:  statement: ") {
            statements.push(Statement {
                text: text.to_owned(),
                parameters: Vec::new(),
                simple: true,
            });
        } else if let Some(named) = after(&entry, "LOG:  execute ") {
            let text = named.split_once(": ").map_or(named, |(_, text)| text).to_owned();
            statements.push(Statement { text, parameters: Vec::new(), simple: false });
        } else if let Some(list) = after(&entry, "DETAIL:  parameters: ")
            .or_else(|| after(&entry, "DETAIL:  Parameters: "))
            && let Some(last) = statements.last_mut()
        {
            last.parameters = parameters(list);
        }
    }
    statements
}

/// The entries with what they continue on lines that begin with a tab.
fn entries(log: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(entry)) => {
                entry.push('\n');
                entry.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    entries
}

/// What follows the word of an entry; what it says itself may hold that word too, but later.
fn after<'a>(entry: &'a str, word: &str) -> Option<&'a str> {
    let (prefix, rest) = entry.split_once(word)?;
    // `2026-06-15 07:25:00.000 UTC [4711] `
    (prefix.ends_with("] ") && !prefix.contains('\n')).then_some(rest)
}

/// `$1 = 'it''s', $2 = NULL`.
fn parameters(list: &str) -> Vec<Option<String>> {
    let mut found = Vec::new();
    let mut rest = list;
    while let Some((_, value)) = rest.split_once(" = ") {
        let (text, after) = match value.strip_prefix('\'').map(unquoted) {
            Some((text, after)) => (Some(text), after),
            None => (None, value),
        };
        found.push(text);
        rest = after;
    }
    found
}

/// The value up to its closing quote, and what follows.
fn unquoted(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut rest = quoted;
    while let Some((before, after)) = rest.split_once('\'') {
        text.push_str(before);
        match after.strip_prefix('\'') {
            Some(more) => {
                text.push('\'');
                rest = more;
            }
            None => return (text, after),
        }
    }
    text.push_str(rest);
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "2026-06-15 07:25:00.001 UTC [7] LOG:  statement: begin; set local a.b = 'c'\n\
        2026-06-15 07:25:00.002 UTC [7] LOG:  execute sqlx_s_1: select $1,\n\
        \t       $2, $3\n\
        2026-06-15 07:25:00.002 UTC [7] DETAIL:  parameters: $1 = 'it''s, $2 = \n\
        \ttwo lines', $2 = NULL, $3 = '{1,2}'\n\
        2026-06-15 07:25:00.003 UTC [7] LOG:  statement: COMMIT\n";

    #[test]
    fn a_log_gives_its_statements_with_their_parameters() {
        let statements = parse(LOG);
        assert_eq!(statements.len(), 3);
        assert_eq!(statements[0].text, "begin; set local a.b = 'c'");
        assert!(statements[0].simple);
        assert_eq!(statements[1].text, "select $1,\n       $2, $3");
        let values = [Some("it's, $2 = \ntwo lines".to_owned()), None, Some("{1,2}".to_owned())];
        assert_eq!(statements[1].parameters, values);
        assert_eq!(statements[2].text, "COMMIT");
    }
}
