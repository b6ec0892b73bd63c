//! What is signed: a decision with everything it rests on, as canonical bytes.

use rules::canonical::{self, CanonicalError, Hash};
use serde::{Deserialize, Serialize};

use super::agreement::{Advice, Agreement, AgreementRow, StatedAgreement};
use super::check::{CheckContext, Problem, check};
use super::codes::{AmendReason, OutcomeKind};
use super::content::{Content, DecisionDraft};
use crate::case_number::CaseNumber;
use crate::ids::{AgendaItemId, CaseId, DecisionId, EvaluationId, MeetingId, PatientId, SiteId};

/// The version of the document format.
const FORMAT: u32 = 1;

/// What the decision is about and where it was taken: ids, no names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// The owning site.
    pub site: SiteId,
    /// The patient.
    pub patient: PatientId,
    /// The case.
    pub case: CaseId,
    /// The case, as people call it.
    pub case_number: CaseNumber,
    /// The decision, all its versions together.
    pub decision: DecisionId,
    /// The number of the decision in the case, from 1.
    pub ordinal: u32,
    /// The version of the decision, from 1.
    pub version: u32,
    /// The meeting.
    pub meeting: MeetingId,
    /// The presentation there.
    pub agenda_item: AgendaItemId,
}

/// The facts and rules that the decision rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// The number of the assessment in the case.
    pub assessment_ordinal: u32,
    /// The hash of the assessment.
    pub assessment: Hash,
    /// The evaluation.
    pub evaluation_id: EvaluationId,
    /// The hash of the evaluation.
    pub evaluation: Hash,
    /// The hash of the protocol.
    pub protocol: Hash,
    /// The number of the engine.
    pub engine: u32,
}

/// Facts that changed while the decision was drafted, and why it still holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactsAccepted {
    /// The assessment that was current when they were accepted.
    pub assessment_ordinal: u32,
    /// Why the decision holds all the same.
    pub reason: String,
}

/// The version that this one takes the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supersedes {
    /// Its number.
    pub version: u32,
    /// The hash of its document.
    pub hash: Hash,
}

/// Why a signed decision was amended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    /// The code.
    pub reason: AmendReason,
    /// The words.
    pub words: String,
}

/// One version of a decision, complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionDocument {
    /// The version of the format.
    pub v: u32,
    /// What it is about.
    pub heading: Heading,
    /// What it rests on.
    pub basis: Basis,
    /// What it says.
    pub content: Content,
    /// How it stands to each score that advises, in the order of the evaluation.
    pub agreements: Vec<AgreementRow>,
    /// Facts that changed meanwhile and were accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts_accepted: Option<FactsAccepted>,
    /// The version before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<Supersedes>,
    /// Why it was amended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amendment: Option<Amendment>,
}

/// Why a document cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The draft is not complete.
    #[error("the decision is not complete: {}", .0.iter().map(|one| one.field.as_str()).collect::<Vec<_>>().join(", "))]
    Incomplete(Vec<Problem>),
    /// Not the shape of a decision.
    #[error("not a decision document: {0}")]
    Shape(String),
    /// Another version of the format.
    #[error("decision documents of format {0} are not known here")]
    Format(u32),
    /// Readable, but not in canonical form, so its hash would mean nothing.
    #[error("the bytes of the decision are not in canonical form")]
    NotCanonical,
    /// The value has no canonical form.
    #[error("the decision has no canonical form")]
    Canonical(#[from] CanonicalError),
}

impl DecisionDocument {
    /// A version of a decision, from a complete draft; a later version is completed by
    /// [`DecisionDocument::amending`].
    ///
    /// # Errors
    /// [`DocumentError::Incomplete`] with everything that is missing.
    pub fn from_draft(
        draft: &DecisionDraft,
        heading: Heading,
        basis: Basis,
        context: &CheckContext<'_>,
    ) -> Result<Self, DocumentError> {
        let problems = check(draft, context);
        if !problems.is_empty() {
            return Err(DocumentError::Incomplete(problems));
        }
        let comparable = draft.content.outcome_kind.is_some_and(OutcomeKind::is_comparable);
        let facts_accepted = context
            .facts_changed_to
            .zip(draft.facts_accepted.clone())
            .map(|(assessment_ordinal, reason)| FactsAccepted { assessment_ordinal, reason });
        Ok(Self {
            v: FORMAT,
            heading,
            basis,
            content: draft.content.clone(),
            agreements: context
                .advising
                .iter()
                .map(|advice| row(advice, draft.agreements.get(&advice.rule_set), comparable))
                .collect(),
            facts_accepted,
            supersedes: None,
            amendment: None,
        })
    }

    /// The same document as an amendment of an earlier version.
    #[must_use]
    pub fn amending(self, supersedes: Supersedes, amendment: Amendment) -> Self {
        Self { supersedes: Some(supersedes), amendment: Some(amendment), ..self }
    }

    /// The draft from which this document would be made again: where an amendment begins.
    pub fn to_draft(&self) -> DecisionDraft {
        DecisionDraft {
            content: self.content.clone(),
            agreements: self
                .agreements
                .iter()
                .map(|row| {
                    let stated = StatedAgreement {
                        value: Some(row.agreement),
                        reason: row.reason,
                        words: row.words.clone(),
                    };
                    (row.advice.rule_set.clone(), stated)
                })
                .collect(),
            facts_accepted: self.facts_accepted.as_ref().map(|accepted| accepted.reason.clone()),
        }
    }

    /// Everything that is incomplete or contradictory in the document itself; empty for one that was
    /// made here. For documents that come from outside (a bundle).
    pub fn check(&self) -> Vec<Problem> {
        let advising: Vec<Advice> = self.agreements.iter().map(|row| row.advice.clone()).collect();
        let context = CheckContext {
            earliest: None,
            advising: &advising,
            facts_changed_to: self.facts_accepted.as_ref().map(|one| one.assessment_ordinal),
        };
        let mut problems = check(&self.to_draft(), &context);
        let amended = self.heading.version > 1;
        if amended != self.supersedes.is_some() || amended != self.amendment.is_some() {
            problems.push(Problem {
                field: "supersedes".to_owned(),
                message: "A later version names the one before it and why; a first one does not"
                    .to_owned(),
            });
        }
        if self.amendment.as_ref().is_some_and(|amendment| amendment.words.trim().is_empty()) {
            problems.push(Problem {
                field: "amendment.words".to_owned(),
                message: "Say in words why the decision is amended".to_owned(),
            });
        }
        problems
    }

    /// The bytes that are signed and stored.
    ///
    /// # Errors
    /// [`DocumentError::Canonical`] when a value has no canonical form.
    pub fn canonical_bytes(&self) -> Result<Vec<u8>, DocumentError> {
        Ok(canonical::to_bytes(self)?)
    }

    /// SHA-256 of the bytes: the identity of the version.
    ///
    /// # Errors
    /// [`DocumentError::Canonical`] when a value has no canonical form.
    pub fn hash(&self) -> Result<Hash, DocumentError> {
        Ok(Hash::of(&self.canonical_bytes()?))
    }

    /// Reads a document back.
    ///
    /// # Errors
    /// [`DocumentError`] when the bytes are no document or are not canonical.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, DocumentError> {
        let document: Self = serde_json::from_slice(bytes)
            .map_err(|error| DocumentError::Shape(error.to_string()))?;
        if document.v != FORMAT {
            return Err(DocumentError::Format(document.v));
        }
        if document.canonical_bytes()? != bytes {
            return Err(DocumentError::NotCanonical);
        }
        Ok(document)
    }
}

fn row(advice: &Advice, stated: Option<&StatedAgreement>, comparable: bool) -> AgreementRow {
    let stated = stated.cloned().unwrap_or_default();
    // A complete draft states a value wherever the outcome can be compared.
    let agreement = stated.value.filter(|_| comparable).unwrap_or(Agreement::NotCompared);
    AgreementRow {
        advice: advice.clone(),
        agreement,
        computed: None,
        reason: stated.reason,
        words: stated.words,
    }
}

#[cfg(test)]
mod tests;
