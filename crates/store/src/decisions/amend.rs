//! Amending a signed decision: a draft of the next version. The signed one holds until that is signed.

use mdt::decision::form::to_fields;
use mdt::decision::{AmendReason, Amendment};
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::permission::act;

use super::context::{current, lock_case};
use super::draft::{DraftRow, latest_signed, open_draft, write_draft};
use crate::{CaseKey, Command, Committed, StoreError};

/// What is amended, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amending<'a> {
    /// The version that the page showed: the latest signed one.
    pub version: u32,
    /// The coded reason.
    pub reason: AmendReason,
    /// The reason in words.
    pub words: &'a str,
}

/// Begins an amendment of the latest signed decision. Its draft says what the signed version says; it is
/// then recorded, read back, confirmed and signed as a first version is.
///
/// # Errors
/// [`StoreError::Refused`] when nothing is signed, it is voided, no words are given, or a draft is under
/// way already; [`StoreError::Stale`] when a later version has been signed since.
pub async fn amend_decision(
    mut command: Command<act::DecisionAmend, CaseKey>,
    amending: Amending<'_>,
) -> Result<Committed, StoreError> {
    lock_case(&mut command).await?;
    if open_draft(&mut command).await?.is_some() {
        return Err(StoreError::Refused(
            "A decision of the case is not signed yet: sign or discard it first.".to_owned(),
        ));
    }
    let signed = latest_signed(&mut command).await?.ok_or_else(|| {
        StoreError::Refused("The case has no signed decision to amend.".to_owned())
    })?;
    if signed.version != amending.version {
        return Err(StoreError::Stale {
            base: amending.version.into(),
            current: signed.version.into(),
        });
    }
    signed.state().amend(amending.words).map_err(StoreError::refused)?;
    let current = current(&mut command).await?;
    let words = amending.words.trim().to_owned();
    let amendment = Amendment { reason: amending.reason, words };
    let mut draft = signed.document.to_draft();
    // Accepted for the version before; whatever has changed now is asked for anew.
    draft.facts_accepted = None;
    let fields = to_fields(&draft);
    let row = DraftRow {
        decision: signed.decision,
        version: signed.version + 1,
        // That of the version before: its agreements were stated against what the scores advised then.
        evaluation: signed.document.basis.evaluation_id,
        drafted: current.basis.assessment_ordinal,
        fields: &fields,
        document: None,
        amendment: Some(&amendment),
    };
    write_draft(&mut command, &row).await?;
    let event = Event::new(EventKind::DecisionRecorded)
        .subject_version(SubjectKind::Decision, signed.decision, signed.version + 1)
        .case(command.subject.id)
        .patient(command.subject.patient)
        .data("ordinal", signed.ordinal)
        .data("version", signed.version + 1)
        .data("supersedes", signed.version)
        .data("complete", false)
        .reason(amending.reason)
        .private("words", amendment.words.as_str());
    let location = format!("/cases/{}/decision", command.subject.number);
    command.commit(event, location).await
}
