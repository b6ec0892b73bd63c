//! What was decided, by whom and when: label and words.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use mdt::coded::Coded;
use mdt::decision::{AgreementRow, Content, DecisionDocument};
use mdt::display;
use mdt::event::EventKind;
use mdt::ids::UserId;
use mdt::level;
use rules::Evaluation;
use store::audit::{Entry, Provenance};

use crate::pages::history;

/// What the words need beside the record.
pub(super) struct Decided<'a> {
    pub(super) provenance: &'a Provenance,
    pub(super) evaluation: Option<&'a Evaluation>,
    pub(super) names: &'a BTreeMap<UserId, String>,
    pub(super) zone: Tz,
    /// Whether free text may be shown.
    pub(super) named: bool,
}

impl Decided<'_> {
    pub(super) fn lines(&self) -> Vec<(String, String)> {
        let record = &self.provenance.record;
        let mut lines = match &record.document {
            Ok(document) => self.content(document),
            Err(why) => vec![line("Decision", format!("Its bytes cannot be read: {why}"))],
        };
        for signature in &record.signatures {
            let (signer, meaning) = (&signature.signer, signature.meaning.label().to_lowercase());
            lines.push(line(
                "Signed",
                format!("{}, {meaning}, {}", signer.name, self.time(signer.at)),
            ));
        }
        let deed =
            |deed: &store::decisions::read::Deed| format!("{}, {}", deed.name, self.time(deed.at));
        lines.push(line("Recorded", deed(&record.recorded)));
        lines.extend(self.last(EventKind::DecisionReadBack).map(|words| line("Read back", words)));
        lines.push(line("Confirmed", deed(&record.confirmed)));
        if self.named {
            lines.push(line("Sentence", format!("“{}”", record.sentence)));
        }
        if let Some(amendment) = &record.amendment {
            let words = self.with_words(amendment.reason.label(), Some(&amendment.words));
            lines.push(line("Amended because", words));
        }
        lines.extend(self.last(EventKind::DecisionVoided).map(|words| line("Voided", words)));
        lines
    }

    fn content(&self, document: &DecisionDocument) -> Vec<(String, String)> {
        let mut lines = vec![line("Decision", decision(&document.content))];
        lines.extend(document.agreements.iter().map(|row| self.agreement(row)));
        let dissent = document.content.dissent.iter().map(|row| {
            let person = row.person.and_then(|person| self.names.get(&person).cloned());
            let position = row.position.map_or("", Coded::label).to_lowercase();
            format!("{}, {position}", person.unwrap_or_else(|| "Somebody unknown".to_owned()))
        });
        let dissent = dissent.collect::<Vec<_>>().join("; ");
        if !dissent.is_empty() {
            lines.push(line("Dissent", dissent));
        }
        lines
    }

    fn agreement(&self, row: &AgreementRow) -> (String, String) {
        let id = &row.advice.rule_set;
        let rule_set = self.evaluation.and_then(|evaluation| evaluation.compiled().rule_set(id));
        let title = rule_set.map_or_else(|| id.clone(), |rule_set| rule_set.short_title.clone());
        let words = match row.reason {
            Some(reason) => {
                let reason = self.with_words(reason.label(), row.words.as_deref());
                format!("{}. {reason}", row.agreement.label())
            }
            None => row.agreement.label().to_owned(),
        };
        (title, words)
    }

    fn with_words(&self, code: &str, words: Option<&str>) -> String {
        match words.filter(|words| self.named && !words.is_empty()) {
            Some(words) => format!("{code}: {words}"),
            None => code.to_owned(),
        }
    }

    /// Who did this last before the version was signed; of voiding, whenever.
    fn last(&self, kind: EventKind) -> Option<String> {
        let of_version = |entry: &&Entry| {
            let subject =
                entry.event.as_ref().filter(|event| event.kind == kind)?.subject.as_ref()?;
            let this =
                subject.version.is_none_or(|version| version == self.provenance.record.version);
            this.then_some(())
        };
        let entry =
            self.provenance.entries.iter().rev().find(|entry| of_version(entry).is_some())?;
        let who = history::who(entry.event.as_ref()?, self.names);
        Some(format!("{who}, {}", self.time(entry.at)))
    }

    fn time(&self, at: DateTime<Utc>) -> String {
        display::date_time_seconds(at, self.zone)
    }
}

/// The outcome, and of a plan what is done where.
fn decision(content: &Content) -> String {
    let outcome = content.outcome_kind.map_or("No outcome", Coded::label);
    let steps: Vec<String> = content
        .plan
        .iter()
        .map(|row| {
            let treatment = row.modality.map_or("Treatment", Coded::label);
            if row.levels.is_empty() {
                treatment.to_owned()
            } else {
                format!("{treatment}, {}", level::in_words(&row.levels))
            }
        })
        .collect();
    if steps.is_empty() { outcome.to_owned() } else { format!("{outcome}: {}", steps.join("; ")) }
}

fn line(label: &str, words: impl Into<String>) -> (String, String) {
    (label.to_owned(), words.into())
}
