//! What two people said about the same case at the same time.

use std::collections::BTreeSet;

use super::{Answer, Answers, Assessment, FactKey, RecordedFact};

/// One fact on which an assessment that was saved meanwhile and the answers of a form differ from
/// the assessment that the form began with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<'a> {
    /// Which fact.
    pub key: &'a FactKey,
    /// As it was when the form began.
    pub base: Option<&'a RecordedFact>,
    /// As it was saved meanwhile.
    pub theirs: Option<&'a RecordedFact>,
    /// As the form answers it; `None` if it does not.
    pub yours: Option<&'a Answer>,
    /// Who changed it.
    pub side: Side,
}

/// Who changed a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Only the other person: the form does not answer it, or answers as before.
    Theirs,
    /// Only the form.
    Yours,
    /// Both, to the same answer.
    Same,
    /// Both, to different answers: somebody has to choose.
    Conflict,
}

/// Every fact that one of the two sides changed, in the order of the assessment.
pub fn differences<'a>(
    base: Option<&'a Assessment>,
    theirs: &'a Assessment,
    yours: &'a Answers,
) -> Vec<Difference<'a>> {
    let keys: BTreeSet<&FactKey> = base
        .into_iter()
        .chain([theirs])
        .flat_map(|assessment| assessment.facts.keys())
        .chain(yours.by_fact.keys())
        .collect();
    keys.into_iter().filter_map(|key| difference(key, base, theirs, yours)).collect()
}

fn difference<'a>(
    key: &'a FactKey,
    base: Option<&'a Assessment>,
    theirs: &'a Assessment,
    yours: &'a Answers,
) -> Option<Difference<'a>> {
    let base = base.and_then(|base| base.facts.get(key));
    let theirs = theirs.facts.get(key);
    let yours = yours.by_fact.get(key);
    let before = base.map(|recorded| &recorded.fact);
    let saved = theirs.map(|recorded| &recorded.fact);
    let typed = yours.map(|answer| &answer.fact);
    let theirs_changed = saved != before;
    let yours_changed = typed.is_some() && typed != before;
    let side = match (theirs_changed, yours_changed) {
        (false, false) => return None,
        (true, false) => Side::Theirs,
        (false, true) => Side::Yours,
        (true, true) if saved == typed => Side::Same,
        (true, true) => Side::Conflict,
    };
    Some(Difference { key, base, theirs, yours, side })
}
