//! A `pgbench` script out of traces: the very statements, with the values of the trace as parameters,
//! and new ids where the server made new ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use uuid::Uuid;

use crate::Result;
use crate::trace::{Pair, Statement};

/// What one iteration runs, per client.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// The script's text.
    pub(crate) text: String,
    /// Values of its variables, for `pgbench -D`.
    pub(crate) variables: BTreeMap<String, String>,
    names: BTreeMap<String, String>,
    /// Messages of one iteration, each of which waits for its answer.
    pub(crate) round_trips: usize,
}

impl Script {
    /// The same work for every client.
    pub(crate) fn of_one(pair: &Pair) -> Result<Self> {
        let mut script = Self::default();
        script.add(pair)?;
        Ok(script)
    }

    /// The n-th pair is the work of the n-th client.
    pub(crate) fn of_clients(pairs: &[Pair]) -> Result<Self> {
        let mut script = Self::default();
        for (client, pair) in pairs.iter().enumerate() {
            let word = if client == 0 { "if" } else { "elif" };
            writeln!(script.text, "\\{word} :client_id = {client}")?;
            script.add(pair)?;
        }
        script.text.push_str("\\endif\n");
        Ok(script)
    }

    fn add(&mut self, pair: &Pair) -> Result<()> {
        let fresh = fresh_ids(pair);
        for name in fresh.values() {
            writeln!(self.text, "\\set {name} random(1, 9000000000000000000)")?;
        }
        for statement in &pair.first {
            if statement.simple {
                self.simple(&statement.text)?;
            } else {
                self.prepared(statement, &fresh)?;
            }
        }
        self.round_trips = self.round_trips.max(pair.first.len());
        Ok(())
    }

    /// Statements that travelled together travel together here too.
    fn simple(&mut self, text: &str) -> Result<()> {
        let parts: Vec<&str> =
            text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
        let together = parts.len() > 1;
        if together {
            self.text.push_str("\\startpipeline\n");
        }
        for part in parts {
            writeln!(self.text, "{part};")?;
        }
        if together {
            self.text.push_str("\\endpipeline\n");
        }
        Ok(())
    }

    fn prepared(&mut self, statement: &Statement, fresh: &BTreeMap<String, String>) -> Result<()> {
        let mut text = String::with_capacity(statement.text.len());
        for piece in pieces(&statement.text) {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Parameter(number) => {
                    let value =
                        number.checked_sub(1).and_then(|index| statement.parameters.get(index));
                    let value = value
                        .ok_or_else(|| format!("no parameter {number}: {}", statement.text))?;
                    text.push_str(&self.value(value.as_deref(), fresh));
                }
            }
        }
        // On a line of its own: the text may end in a comment.
        writeln!(self.text, "{}\n;", text.trim().trim_end_matches(';'))?;
        Ok(())
    }

    fn value(&mut self, value: Option<&str>, fresh: &BTreeMap<String, String>) -> String {
        // A variable of `pgbench` cannot be null; a constant is at worst a little help to its plans.
        let Some(value) = value else { return "null".to_owned() };
        if let Some(name) = fresh.get(value) {
            return format!("(lpad(to_hex(:{name}::bigint), 32, '0'))::uuid");
        }
        let next = format!("v{}", self.names.len());
        let name = self.names.entry(value.to_owned()).or_insert(next);
        self.variables.insert(name.clone(), value.to_owned());
        format!(":{name}")
    }
}

/// Ids that are others at the second time, each with a variable of its own.
fn fresh_ids(pair: &Pair) -> BTreeMap<String, String> {
    let values = |statements: &[Statement]| -> Vec<Option<String>> {
        statements.iter().flat_map(|statement| statement.parameters.clone()).collect()
    };
    let both = values(&pair.first).into_iter().zip(values(&pair.second));
    let changed: BTreeSet<String> =
        both.filter(|(first, second)| first != second).filter_map(|(first, _)| first).collect();
    let ids = changed.into_iter().filter(|value| value.parse::<Uuid>().is_ok());
    ids.enumerate().map(|(index, value)| (value, format!("r{index}"))).collect()
}

/// A part of a statement's text.
enum Piece<'a> {
    Text(&'a str),
    Parameter(usize),
}

/// The text with its `$1` taken out; those in strings and comments stay.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let number = parameter(rest);
        let length = match (number, rest.as_bytes()) {
            (Some((_, length)), _) => length,
            (None, [b'\'', after @ ..]) => {
                2 + after.iter().take_while(|byte| **byte != b'\'').count()
            }
            (None, [b'-', b'-', ..]) => rest.find('\n').map_or(rest.len(), |end| end + 1),
            (None, _) => {
                let later =
                    rest.char_indices().skip(1).find(|(_, one)| ['$', '\'', '-'].contains(one));
                later.map_or(rest.len(), |(index, _)| index)
            }
        };
        let (piece, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        found.push(number.map_or(Piece::Text(piece), |(number, _)| Piece::Parameter(number)));
        rest = after;
    }
    found
}

/// The number after a dollar sign at the beginning, and how long both are.
fn parameter(text: &str) -> Option<(usize, usize)> {
    let digits = text.strip_prefix('$')?.bytes().take_while(u8::is_ascii_digit).count();
    let number = text.get(1..=digits)?.parse().ok()?;
    Some((number, digits + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(text: &str, parameters: &[&str], simple: bool) -> Statement {
        let parameters = parameters.iter().map(|value| Some((*value).to_owned())).collect();
        Statement { text: text.to_owned(), parameters, simple }
    }

    fn trace(id: &str) -> Vec<Statement> {
        vec![
            statement("begin; set local a.b = 'c'", &[], true),
            statement(
                "insert into t values ($1, $2, '$2', $10) -- not $1\n",
                &[id, "x", "", "", "", "", "", "", "", "y"],
                false,
            ),
            statement("select $1", &["x"], false),
            statement("COMMIT", &[], true),
        ]
    }

    #[test]
    fn a_script_has_the_statements_with_variables_and_new_ids() {
        let first = trace("0197a1b2-c3d4-7e5f-8a6b-0123456789ab");
        let second = trace("0197a1b2-c3d4-7e5f-8a6b-0123456789ac");
        let script = Script::of_one(&Pair { first, second }).unwrap();
        let expected = "\\set r0 random(1, 9000000000000000000)\n\
             \\startpipeline\nbegin;\nset local a.b = 'c';\n\\endpipeline\n\
             insert into t values ((lpad(to_hex(:r0::bigint), 32, '0'))::uuid, :v0, '$2', :v1) -- not $1\n;\n\
             select :v0\n;\nCOMMIT;\n";
        assert_eq!(script.text, expected);
        assert_eq!(script.variables.get("v0").map(String::as_str), Some("x"));
        assert_eq!(script.round_trips, 4);
    }
}
