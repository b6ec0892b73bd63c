//! The names of the form's fields.

use super::{Problem, answerable};
use crate::assessment::FactKey;
use crate::dictionary::{dictionary, nearest};
use crate::json_value::shorten;
use crate::level::VertebralLevel;

/// A field that speaks of facts.
pub(super) enum Field<'a> {
    /// `lesion._listed`: the form holds the complete list of levels.
    Listed,
    /// `lesion.T10._left-out`: why the level is no longer listed.
    LeftOut(VertebralLevel),
    /// A fact, and what of it.
    Fact(FactKey, Name<'a>),
}

/// What of a fact a field holds.
pub(super) enum Name<'a> {
    /// Its value.
    Value,
    /// Something beside the value.
    Beside(Beside),
    /// One field of one record of a list.
    Record {
        /// The row, as the form counts.
        place: u32,
        /// The field of the record.
        field: &'a str,
    },
}

/// What stands beside a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Beside {
    State,
    Reason,
    Source,
    Observed,
    Stated,
    Text,
    Unit,
}

impl Beside {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "state" => Self::State,
            "reason" => Self::Reason,
            "source" => Self::Source,
            "observed" => Self::Observed,
            "stated" => Self::Stated,
            "text" => Self::Text,
            "unit" => Self::Unit,
            _ => return None,
        })
    }
}

impl<'a> Field<'a> {
    /// What a name says; `None` when it is no field of a fact at all.
    pub(super) fn parse(name: &'a str) -> Result<Option<Self>, Problem> {
        let parts: Vec<&str> = name.split('.').collect();
        match parts.as_slice() {
            ["lesion", "_listed"] => Ok(Some(Self::Listed)),
            ["lesion", level, "_left-out"] => Ok(Some(Self::LeftOut(level.parse()?))),
            ["lesion", level, code, rest @ ..] => {
                let level: VertebralLevel = level.parse()?;
                fact(Some(level), code, rest, name).map(Some)
            }
            ["case", code, rest @ ..] => fact(None, code, rest, name).map(Some),
            ["case" | "lesion", ..] => Err(Problem::Name { given: shorten(name) }),
            _ => Ok(None),
        }
    }
}

fn fact<'a>(
    level: Option<VertebralLevel>,
    code: &str,
    rest: &[&'a str],
    whole: &str,
) -> Result<Field<'a>, Problem> {
    let entry = dictionary().entry(code).ok_or_else(|| unknown(code))?;
    answerable(entry, level)?;
    let name = match rest {
        [] => Name::Value,
        [one] => {
            Name::Beside(Beside::parse(one).ok_or_else(|| Problem::Name { given: shorten(whole) })?)
        }
        [place, field] => {
            let place = place.parse().map_err(|_| Problem::Name { given: shorten(whole) })?;
            if !entry.fields.iter().any(|known| known.code == *field) {
                let codes = entry.fields.iter().map(|known| known.code.as_str());
                let nearest = nearest(field, codes, 3).into_iter().map(str::to_owned).collect();
                return Err(Problem::RowField { given: shorten(field), nearest });
            }
            Name::Record { place, field }
        }
        _ => return Err(Problem::Name { given: shorten(whole) }),
    };
    Ok(Field::Fact(FactKey { level, code: code.to_owned() }, name))
}

fn unknown(code: &str) -> Problem {
    let nearest = rules::types::Dictionary::nearest(dictionary(), code, 3);
    Problem::Code {
        given: shorten(code),
        nearest: nearest.into_iter().map(str::to_owned).collect(),
    }
}
