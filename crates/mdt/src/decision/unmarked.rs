//! Levels of a plan at which no lesion is marked. Nothing is wrong with that by itself (a fixation reaches
//! beyond the lesion), but it is what a plan for the wrong level looks like: so it is said, and blocks
//! nothing.

use std::collections::BTreeSet;

use super::content::Content;
use crate::level::Level;
use crate::words::list;

/// The levels at which something is planned and no lesion is marked, from head to foot.
pub fn unmarked_levels(content: &Content, marked: &BTreeSet<Level>) -> BTreeSet<Level> {
    let planned = content.plan.iter().flat_map(|row| &row.levels);
    planned.filter(|level| !marked.contains(level)).copied().collect()
}

/// The same as a sentence: `T9 is planned, but no lesion is marked there.` `None` when there is no such
/// level.
pub fn unmarked_in_words(levels: &BTreeSet<Level>) -> Option<String> {
    let codes: Vec<String> = levels.iter().map(ToString::to_string).collect();
    let is = match codes.len() {
        0 => return None,
        1 => "is",
        _ => "are",
    };
    Some(format!("{} {is} planned, but no lesion is marked there.", list(&codes, "and")))
}

#[cfg(test)]
mod tests {
    use super::super::modality::Modality;
    use super::super::samples::row;
    use super::*;
    use crate::level::parse_levels;

    fn planned(levels: &[&str]) -> Content {
        let plan = levels.iter().map(|levels| row(Modality::Sbrt, levels)).collect();
        Content { plan, ..Content::default() }
    }

    fn warning(plan: &[&str], marked: &str) -> Option<String> {
        let marked = parse_levels(marked).unwrap();
        unmarked_in_words(&unmarked_levels(&planned(plan), &marked))
    }

    #[test]
    fn a_plan_at_marked_levels_says_nothing() {
        assert_eq!(warning(&["T10", "L2"], "T10, L2, L4"), None);
        assert_eq!(warning(&[], "T10"), None);
        assert_eq!(warning(&[""], ""), None);
    }

    #[test]
    fn one_level_without_a_lesion_is_named() {
        assert_eq!(
            warning(&["T9"], "T10").as_deref(),
            Some("T9 is planned, but no lesion is marked there.")
        );
    }

    #[test]
    fn all_levels_without_a_lesion_are_named_once_from_head_to_foot() {
        assert_eq!(
            warning(&["L1", "T11-L1", "T10"], "L1").as_deref(),
            Some("T10, T11 and T12 are planned, but no lesion is marked there.")
        );
    }

    #[test]
    fn without_any_marked_lesion_every_planned_level_is_named() {
        assert_eq!(
            warning(&["C5"], "").as_deref(),
            Some("C5 is planned, but no lesion is marked there.")
        );
    }
}
