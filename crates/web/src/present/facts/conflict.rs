//! Two people recorded facts of a case at the same time: what each said, fact by fact, and what comes of a choice.
//!
//! What only one side changed is merged. Where both did — also where one confirmed what the other changed — a
//! person chooses. Levels count as facts: a level that one side leaves out takes its facts along.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use clinical::assessment::{
    Answer, Answers, Assessment, Difference, FactKey, RecordedFact, Side as Changed, differences,
    fact_values, field_name,
};
use clinical::dictionary::dictionary;
use clinical::level::VertebralLevel;
use mdt::ids::UserId;
use rules::value::{Fact, FactValue};

use super::posted::{Fields, belongs};
use super::words;
use crate::view::conflict::{ConflictField, Settling, Side};

/// The choices of a person, by field: `theirs`, `yours` or `base`.
pub type Keeps = BTreeMap<String, String>;

/// The three sides of a conflict.
pub struct Merge<'a> {
    /// The assessment that the form was based on.
    pub base: Option<&'a Assessment>,
    /// The one that was saved meanwhile.
    pub theirs: &'a Assessment,
    /// What the form says.
    pub answers: &'a Answers,
    /// Its fields, in the names of the domain.
    pub fields: &'a [(String, String)],
    /// Names of users.
    pub names: &'a BTreeMap<UserId, String>,
    /// The zone of the site.
    pub zone: Tz,
}

/// One thing that differs, and who decides.
struct Row<'a> {
    key: FactKey,
    base: Option<&'a RecordedFact>,
    theirs: Option<&'a RecordedFact>,
    yours: Option<&'a Answer>,
    /// Words for your side of a level that is left out or kept.
    yours_words: Option<String>,
    by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Theirs,
    Yours,
    Person,
}

impl Merge<'_> {
    /// The rows of the page. Without a choice nothing is chosen; `complain` says so at the row.
    pub fn page_rows(&self, keeps: &Keeps, complain: bool) -> Vec<ConflictField> {
        self.rows().iter().map(|row| self.page_row(row, keeps, complain)).collect()
    }

    /// The fields that a person's choices make of the form, to be read against what was saved meanwhile.
    ///
    /// # Errors
    /// The fields for which a choice is missing.
    pub fn settled(&self, keeps: &Keeps) -> Result<Fields, Vec<String>> {
        let mut fields: Fields = self.fields.to_vec();
        let mut open = Vec::new();
        for row in self.rows() {
            let name = field_name(&row.key);
            let kept = match row.by {
                By::Theirs => "theirs",
                By::Yours => "yours",
                By::Person => keeps.get(&name).map_or("", String::as_str),
            };
            match kept {
                "theirs" => self.take_theirs(&row, &mut fields),
                "yours" => self.take_yours(&row, &mut fields),
                "base" if row.base.is_some() => take_base(&row, &mut fields),
                _ => open.push(name),
            }
        }
        if open.is_empty() { Ok(fields) } else { Err(open) }
    }

    /// The choices that take one side wherever a person has to choose.
    pub fn all(&self, side: &str) -> Keeps {
        let open = self.rows().into_iter().filter(|row| row.by == By::Person);
        open.map(|row| (field_name(&row.key), side.to_owned())).collect()
    }

    /// Whether the form holds the complete list of levels.
    fn listed(&self) -> bool {
        self.answers.listed().is_some()
    }

    /// Levels that the form leaves out, with the reason.
    fn left_out(&self) -> BTreeMap<VertebralLevel, String> {
        let reason = |level: VertebralLevel| {
            let name = format!("lesion.{level}._left-out");
            let found = self
                .fields
                .iter()
                .find(|(field, _)| *field == name)
                .map(|(_, why)| why.trim().to_owned());
            found.filter(|why| !why.is_empty())
        };
        let base = self.base.map(Assessment::levels).unwrap_or_default();
        let unticked =
            |level: VertebralLevel| self.answers.listed().is_some() && !self.ticks(level);
        base.into_iter()
            .filter(|level| reason(*level).is_some() || unticked(*level))
            .map(|level| (level, reason(level).unwrap_or_default()))
            .collect()
    }

    fn ticks(&self, level: VertebralLevel) -> bool {
        let key = FactKey::lesion(level, "level");
        self.answers.iter().any(|(found, _)| *found == key)
    }

    fn rows(&self) -> Vec<Row<'_>> {
        let left_out = self.left_out();
        let levels: BTreeSet<VertebralLevel> = self.theirs.levels().into_iter().collect();
        let gone: BTreeSet<VertebralLevel> = self
            .base
            .map(Assessment::levels)
            .unwrap_or_default()
            .into_iter()
            .filter(|level| !levels.contains(level))
            .collect();
        let all = differences(self.base, self.theirs, self.answers);
        let mut rows: Vec<Row<'_>> = Vec::new();
        for difference in &all {
            let at_gone = difference.key.level.is_some_and(|level| gone.contains(&level));
            let at_left = difference.key.level.is_some_and(|level| left_out.contains_key(&level));
            if at_gone || at_left || is_of_patient(difference.key) {
                continue;
            }
            rows.extend(fact_row(difference));
        }
        let beside =
            self.answers.iter().filter(|(key, _)| !rows.iter().any(|row| row.key == **key));
        let beside: Vec<Row<'_>> =
            beside.filter_map(|(key, answer)| self.words_row(key, answer)).collect();
        rows.extend(beside);
        rows.extend(
            gone.iter()
                .filter(|level| !left_out.contains_key(level))
                .map(|level| self.gone_row(*level)),
        );
        let touched = left_out.iter().filter(|(level, _)| levels.contains(level));
        rows.extend(touched.map(|(level, why)| self.left_row(*level, why)));
        rows.sort_by(|one, other| one.key.cmp(&other.key));
        rows
    }

    /// The same answer, but both changed the words beside it.
    fn words_row<'a>(&'a self, key: &FactKey, answer: &'a Answer) -> Option<Row<'a>> {
        let yours = answer.text.as_deref()?;
        let base = self.base.and_then(|base| base.fact(&key.code, key.level));
        let theirs = self.theirs.fact(&key.code, key.level)?;
        let words = |recorded: Option<&RecordedFact>| {
            recorded.and_then(|one| one.text.clone()).unwrap_or_default()
        };
        let saved = words(Some(theirs));
        (saved != words(base) && saved != yours).then(|| Row {
            key: key.clone(),
            base,
            theirs: Some(theirs),
            yours: Some(answer),
            yours_words: None,
            by: By::Person,
        })
    }

    /// They left a level out that the form still has.
    fn gone_row(&self, level: VertebralLevel) -> Row<'_> {
        let answers = self
            .answers
            .iter()
            .filter(|(key, _)| key.level == Some(level) && key.code != "level")
            .count();
        let key = FactKey::lesion(level, "level");
        Row {
            base: self.base.and_then(|base| base.fact("level", Some(level))),
            theirs: None,
            yours: None,
            yours_words: (answers > 0).then(|| format!("Listed, {answers} answered")),
            by: if answers > 0 { By::Person } else { By::Theirs },
            key,
        }
    }

    /// The form leaves a level out that they still have.
    fn left_row(&self, level: VertebralLevel, why: &str) -> Row<'_> {
        let facts = |assessment: &Assessment| -> Vec<(FactKey, Fact)> {
            let of_level = assessment.recorded().filter(|(key, _)| key.level == Some(level));
            of_level.map(|(key, recorded)| (key.clone(), recorded.fact.clone())).collect()
        };
        let untouched = self.base.is_some_and(|base| facts(base) == facts(self.theirs));
        Row {
            key: FactKey::lesion(level, "level"),
            base: self.base.and_then(|base| base.fact("level", Some(level))),
            theirs: self.theirs.fact("level", Some(level)),
            yours: None,
            yours_words: Some(if why.is_empty() {
                "Left out".to_owned()
            } else {
                format!("Left out: {why}")
            }),
            by: if untouched { By::Yours } else { By::Person },
        }
    }

    fn page_row(&self, row: &Row<'_>, keeps: &Keeps, complain: bool) -> ConflictField {
        let field = field_name(&row.key);
        let place = row.key.level.map(|level| format!(" at {level}")).unwrap_or_default();
        let label = dictionary()
            .entry(&row.key.code)
            .map_or_else(|| row.key.code.clone(), |entry| entry.label().to_owned());
        let chosen = keeps.get(&field).cloned().unwrap_or_default();
        let merged =
            |side: &str, why: &str| Settling::Merged { side: side.to_owned(), why: why.to_owned() };
        ConflictField {
            label: format!("{label}{place}"),
            base: Side { value: self.shown(&row.key, row.base), note: String::new() },
            theirs: Side {
                value: self.shown(&row.key, row.theirs),
                note: self.their_note(row.theirs),
            },
            yours: self.yours(row),
            as_before: row.base.is_some() && row.yours_words.is_none(),
            settling: match row.by {
                By::Theirs => merged("theirs", "Only they changed it: theirs"),
                By::Yours => merged("yours", "Only you changed it: yours"),
                By::Person => Settling::Choose {
                    error: (complain && chosen.is_empty())
                        .then(|| "Choose which to keep".to_owned()),
                    chosen,
                },
            },
            field,
        }
    }

    fn shown(&self, key: &FactKey, recorded: Option<&RecordedFact>) -> String {
        match (recorded, dictionary().entry(&key.code)) {
            (Some(_), _) if key.code == "level" => "Listed".to_owned(),
            (Some(recorded), Some(entry)) => words::recorded(entry, recorded, self.zone),
            _ if key.code == "level" => "Not listed".to_owned(),
            _ => "Not recorded".to_owned(),
        }
    }

    fn their_note(&self, recorded: Option<&RecordedFact>) -> String {
        let Some(recorded) = recorded else { return String::new() };
        let by = recorded.recorded_by.parse().ok().and_then(|id| self.names.get(&id).cloned());
        let source = Some(words::source(recorded, self.zone)).filter(|words| !words.is_empty());
        by.into_iter().chain(source).collect::<Vec<_>>().join(", ")
    }

    fn yours(&self, row: &Row<'_>) -> Side {
        if let Some(words) = &row.yours_words {
            return Side { value: words.clone(), note: String::new() };
        }
        let Some(answer) = row.yours else {
            return Side { value: self.shown(&row.key, row.base), note: "not answered".to_owned() };
        };
        let same = row.base.is_some_and(|base| base.fact == answer.fact);
        let entry = dictionary().entry(&row.key.code);
        let value = match (&answer.fact, entry) {
            (Fact::Known(FactValue::Code(_)), _) if row.key.code == "level" => "Listed".to_owned(),
            (fact, Some(entry)) => words::fact(entry, fact, self.zone),
            (_, None) => String::new(),
        };
        let text =
            answer.text.as_ref().filter(|text| !text.is_empty()).map(|text| format!(", “{text}”"));
        Side {
            value: format!("{value}{}", text.unwrap_or_default()),
            note: if same { "confirmed as before".to_owned() } else { String::new() },
        }
    }

    fn take_theirs(&self, row: &Row<'_>, fields: &mut Fields) {
        let name = field_name(&row.key);
        let Some(level) = row.key.level.filter(|_| row.key.code == "level") else {
            fields.retain(|(field, _)| !belongs(field, &name));
            return;
        };
        if row.theirs.is_some() {
            let reason = format!("lesion.{level}._left-out");
            fields.retain(|(field, _)| *field != name && *field != reason);
            if self.listed() {
                fields.push((name, level.to_string()));
            }
        } else {
            let all = format!("lesion.{level}");
            fields.retain(|(field, _)| !belongs(field, &all));
        }
    }

    fn take_yours(&self, row: &Row<'_>, fields: &mut Fields) {
        let Some(level) = row.key.level.filter(|_| row.key.code == "level" && row.theirs.is_none())
        else {
            return;
        };
        // They left the level out: what it said before comes back with the answers of the form.
        let Some(base) = self.base else { return };
        for (key, recorded) in base.recorded().filter(|(key, _)| key.level == Some(level)) {
            let name = field_name(key);
            if !fields
                .iter()
                .any(|(field, value)| belongs(field, &name) && !value.trim().is_empty())
            {
                fields.extend(fact_values(key, recorded));
            }
        }
    }
}

fn take_base(row: &Row<'_>, fields: &mut Fields) {
    let name = field_name(&row.key);
    fields.retain(|(field, _)| !belongs(field, &name));
    fields.extend(row.base.into_iter().flat_map(|base| fact_values(&row.key, base)));
}

fn is_of_patient(key: &FactKey) -> bool {
    dictionary().entry(&key.code).is_some_and(|entry| entry.scope() == rules::types::Scope::Patient)
}

/// None where both sides say the same.
fn fact_row<'a>(difference: &Difference<'a>) -> Option<Row<'a>> {
    let by = match (difference.side, difference.yours) {
        (Changed::Same, _) => return None,
        (Changed::Theirs, None) => By::Theirs,
        (Changed::Theirs, Some(_)) if difference.key.code == "level" => By::Theirs,
        (Changed::Yours, _) => By::Yours,
        (Changed::Theirs, Some(_)) | (Changed::Conflict, _) => By::Person,
    };
    Some(Row {
        key: difference.key.clone(),
        base: difference.base,
        theirs: difference.theirs,
        yours: difference.yours,
        yours_words: None,
        by,
    })
}
