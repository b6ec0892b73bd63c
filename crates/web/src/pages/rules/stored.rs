//! Rule sets as they are stored, held against the hash that they were loaded with.

use std::sync::Arc;

use rules::{Hash, RuleSet};
use store::rule_sets::RuleSetRow;

/// A stored rule set.
pub(super) struct Stored {
    /// Its table: of its file, or of its canonical form where the file cannot be read.
    pub(super) rule_set: Arc<RuleSet>,
    /// What of it is not as it was loaded; none when everything is.
    pub(super) damage: Option<String>,
}

/// What is stored of a version; none when nothing of it can be read any more.
pub(super) fn read(row: &RuleSetRow) -> Option<Stored> {
    let whole = |bytes: &[u8]| Hash::of(bytes).to_string() == row.hash;
    match rules::parse(&row.rule_set, &row.source) {
        Ok(rule_set) => {
            let found = rule_set.hash().map(|hash| hash.to_string()).unwrap_or_default();
            let damage = if found != row.hash {
                Some(format!(
                    "The stored file of this version was changed. Its table, shown here, has the hash {found}; it was \
                     loaded with {}.",
                    row.hash
                ))
            } else if whole(&row.canonical) {
                None
            } else {
                Some("The stored canonical form of this version was changed. The table is as it was loaded.".to_owned())
            };
            Some(Stored { rule_set: Arc::new(rule_set), damage })
        }
        Err(_) => RuleSet::from_canonical(&row.canonical).ok().map(|rule_set| Stored {
            rule_set: Arc::new(rule_set),
            damage: Some(if whole(&row.canonical) {
                "The stored file of this version cannot be read any more. The table is that of its canonical form, which is \
                 as it was loaded."
                    .to_owned()
            } else {
                "The stored file of this version cannot be read any more, and its canonical form was changed.".to_owned()
            }),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../../../clinical/rulesets/sins-2010/1.toml");

    fn row(source: &str, canonical: Option<Vec<u8>>) -> RuleSetRow {
        let rule_set = rules::parse("sins-2010", TEXT).unwrap();
        let bytes = rules::canonical::to_bytes(&rule_set).unwrap();
        RuleSetRow {
            id: mdt::ids::RuleSetVersionId::from(uuid::Uuid::nil()),
            rule_set: "sins-2010".to_owned(),
            version: 1,
            kind: "score".to_owned(),
            title: rule_set.title,
            status: "in-use".to_owned(),
            state: "approved".to_owned(),
            source: source.to_owned(),
            hash: Hash::of(&bytes).to_string(),
            canonical: canonical.unwrap_or(bytes),
            loaded_at: "2026-06-15T08:25:00Z".parse().unwrap(),
        }
    }

    fn damage(source: &str, canonical: Option<Vec<u8>>) -> String {
        read(&row(source, canonical)).unwrap().damage.unwrap_or_default()
    }

    #[test]
    fn what_is_as_it_was_loaded_is_whole_and_a_comment_changes_nothing() {
        assert_eq!(damage(TEXT, None), "");
        assert_eq!(damage(&format!("# a remark\n{TEXT}"), None), "");
    }

    #[test]
    fn a_changed_point_is_said_with_both_hashes() {
        let changed = TEXT.replacen("points = 3", "points = 2", 1);
        let words = damage(&changed, None);
        assert!(words.contains("was changed") && words.contains(&row(TEXT, None).hash), "{words}");
    }

    #[test]
    fn a_file_that_cannot_be_read_leaves_the_canonical_form() {
        assert!(damage("kind = ", None).contains("that of its canonical form"));
        assert!(read(&row("kind = ", Some(b"{}".to_vec()))).is_none());
    }

    #[test]
    fn a_changed_canonical_form_is_said_too() {
        assert!(
            damage(TEXT, Some(b"{}".to_vec()))
                .contains("canonical form of this version was changed")
        );
    }
}
