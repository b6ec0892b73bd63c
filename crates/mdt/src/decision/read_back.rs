//! The sentence that is read out and confirmed before a decision is signed, built from its codes, so that
//! what people hear is what is stored.

mod plan;

use std::collections::BTreeMap;

use super::agreement::{Agreement, AgreementRow};
use super::codes::{DissentPosition, OutcomeKind};
use super::content::{ActionRow, Content, DissentRow};
use super::document::DecisionDocument;
use crate::coded::Coded;
use crate::display;
use crate::ids::{DecisionId, SiteId, UserId};
use crate::words::{lower_first, sentence};

/// The names that the codes and ids of a decision stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The patient, as the sentence begins: "Margaret Ashworth, born 12-Mar-1962".
    pub patient: String,
    /// People, as they are addressed ("Dr P. Okafor").
    pub people: BTreeMap<UserId, String>,
    /// Sites.
    pub sites: BTreeMap<SiteId, String>,
    /// The titles of rule sets, by id.
    pub rule_sets: BTreeMap<String, String>,
    /// Earlier decisions, as people call them ("the decision of 12-May-2026").
    pub decisions: BTreeMap<DecisionId, String>,
}

impl Names {
    fn person(&self, id: Option<UserId>) -> String {
        id.and_then(|id| self.people.get(&id))
            .map_or("someone not named", String::as_str)
            .to_owned()
    }

    fn rule_set(&self, id: &str) -> String {
        self.rule_sets.get(id).map_or(id, String::as_str).to_owned()
    }
}

/// What was decided, in one sentence: for lists, and the first of what is read back.
pub fn headline(content: &Content, names: &Names) -> String {
    let plan = plan::in_words(&content.plan, names);
    let Some(kind) = content.outcome_kind else {
        return String::new();
    };
    if kind == OutcomeKind::TreatmentPlan {
        return sentence(&plan);
    }
    let outcome = sentence(&outcome(kind, content, names));
    if plan.is_empty() {
        outcome
    } else {
        format!("{outcome} Besides: {}", sentence(&lower_first(&plan)))
    }
}

/// Everything that is read out and confirmed: whom it is about first, so that everybody hears it.
pub fn read_back(document: &DecisionDocument, names: &Names) -> String {
    let content = &document.content;
    let patient = Some(sentence(&names.patient)).filter(|_| !names.patient.is_empty());
    let mut sentences: Vec<String> = patient.into_iter().collect();
    sentences.push(headline(content, names));
    sentences.extend(document.agreements.iter().filter_map(|row| agreement(row, names)));
    sentences.extend(content.actions.iter().map(|row| action(row, names)));
    sentences.extend(content.dissent.iter().map(|row| dissent(row, names)));
    let noted = [
        ("The patient’s view", content.patient_preference.as_ref()),
        ("Note on quorum", content.quorum_note.as_ref()),
        (
            "Facts changed after drafting and were accepted",
            document.facts_accepted.as_ref().map(|accepted| &accepted.reason),
        ),
    ];
    for (what, text) in noted {
        sentences.extend(text.map(|text| sentence(&format!("{what}: {text}"))));
    }
    if let (Some(before), Some(amendment)) = (document.supersedes, &document.amendment) {
        let reason = lower_first(amendment.reason.label());
        let words = &amendment.words;
        sentences.push(sentence(&format!("Amends version {}: {reason}; {words}", before.version)));
    }
    sentences.join(" ")
}

fn outcome(kind: OutcomeKind, content: &Content, names: &Names) -> String {
    let label = kind.label();
    match kind {
        OutcomeKind::TreatmentPlan => label.to_owned(),
        OutcomeKind::FurtherInvestigation => investigation(label, content, names),
        OutcomeKind::Defer => deferral(label, content, names),
        OutcomeKind::Watch => {
            let details = content.watch.clone().unwrap_or_default();
            let weeks = match details.interval_weeks.unwrap_or_default() {
                1 => "1 week".to_owned(),
                weeks => format!("{weeks} weeks"),
            };
            let triggers = details.triggers.unwrap_or_default();
            format!("{label}: re-assess after {weeks}, earlier if: {triggers}")
        }
        OutcomeKind::SupportiveCare => {
            format!("{label}; responsible {}", names.person(content.supportive_owner))
        }
        OutcomeKind::ReferOn => {
            let details = content.refer_on.clone().unwrap_or_default();
            let answer = details.accepted.map_or_else(String::new, |one| lower_first(one.label()));
            format!("{label}: {}; {answer}", details.receiver.unwrap_or_default())
        }
        OutcomeKind::NoChange | OutcomeKind::Ratify => {
            let earlier = content.confirms.and_then(|id| names.decisions.get(&id));
            format!("{label}: {}", earlier.map_or("an earlier decision", String::as_str))
        }
        OutcomeKind::SocApplied => {
            let details = content.standard_of_care.clone().unwrap_or_default();
            let document = details.document.unwrap_or_default();
            format!("{label}: {document}, version {}", details.version.unwrap_or_default())
        }
        OutcomeKind::NoRecommendation => because(label, content.no_recommendation),
        OutcomeKind::StruckOff => because(label, content.struck_off),
    }
}

fn because(label: &str, reason: Option<impl Coded>) -> String {
    reason.map_or_else(
        || label.to_owned(),
        |reason| format!("{label}: {}", lower_first(reason.label())),
    )
}

fn investigation(label: &str, content: &Content, names: &Names) -> String {
    let details = content.investigation.clone().unwrap_or_default();
    let parts = [
        Some(format!("{label}: {}", details.test.unwrap_or_default())),
        Some(format!("responsible {}", names.person(details.owner))),
        details.due.map(|due| format!("by {}", display::date(due))),
        details.relist.map(|relist| format!("listed again on {}", display::date(relist))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn deferral(label: &str, content: &Content, names: &Names) -> String {
    let details = content.deferral.clone().unwrap_or_default();
    let parts = [
        Some(because(label, details.reason)),
        details.words,
        Some(format!("{} gets what is lacking", names.person(details.owner))),
        details.next_date.map(|date| format!("back on {}", display::date(date))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn agreement(row: &AgreementRow, names: &Names) -> Option<String> {
    let score = names.rule_set(&row.advice.rule_set);
    let stated = match row.agreement {
        Agreement::Follows => format!("Follows {score}"),
        Agreement::Partly => format!("Follows {score} in part"),
        Agreement::Departs => format!("Departs from {score}"),
        Agreement::Undetermined => format!("Cannot be compared with {score}, facts are missing"),
        Agreement::NoRecommendationGiven => format!("{score} gives no advice"),
        Agreement::NotCompared => return None,
    };
    let reason = row.reason.map(|reason| lower_first(reason.label()));
    let why: Vec<String> = reason.into_iter().chain(row.words.clone()).collect();
    Some(if why.is_empty() {
        sentence(&stated)
    } else {
        sentence(&format!("{stated}: {}", why.join("; ")))
    })
}

fn action(row: &ActionRow, names: &Names) -> String {
    let text = row.text.clone().unwrap_or_default();
    let due = row.due.map_or_else(String::new, |due| format!(", by {}", display::date(due)));
    sentence(&format!("Action: {text}, {}{due}", names.person(row.owner)))
}

fn dissent(row: &DissentRow, names: &Names) -> String {
    let person = names.person(row.person);
    let position = match row.position {
        None => "holds another view".to_owned(),
        Some(DissentPosition::Against) => "is against the decision".to_owned(),
        Some(position) => lower_first(position.label()),
    };
    let details: Vec<String> = row.alternative.iter().chain(&row.reason).cloned().collect();
    sentence(&format!("{person} {position}: {}", details.join("; ")))
}

#[cfg(test)]
mod tests;
