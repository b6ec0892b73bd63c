//! The unsigned decision of a case, and the rows that a step of it writes to.

use chrono::{DateTime, Utc};
use mdt::coded::Coded;
use mdt::decision::state::FactsGuard;
use mdt::decision::{
    AmendReason, Amendment, DecisionDocument, DecisionError, DecisionState, Supersedes,
};
use mdt::event::{DataValue, Event, EventKind, SubjectKind};
use mdt::ids::{AgendaItemId, DecisionId, EvaluationId, UserId};
use mdt::permission::Act;
use rules::canonical::Hash;

use super::context::{Current, counted, stored};
use crate::stored::coded;
use crate::stored::hash;
use crate::{CaseKey, Command, StoreError};

/// The unsigned version of a decision.
#[derive(Debug, Clone)]
pub(super) struct OpenDraft {
    pub(super) decision: DecisionId,
    pub(super) ordinal: u32,
    pub(super) item: AgendaItemId,
    pub(super) version: u32,
    pub(super) state: DecisionState,
    pub(super) evaluation: EvaluationId,
    pub(super) drafted: u32,
    /// The bytes and what they say, once the draft is complete.
    pub(super) document: Option<(Vec<u8>, DecisionDocument)>,
    pub(super) sentence: Option<String>,
    pub(super) amendment: Option<Amendment>,
    pub(super) recorded: (UserId, DateTime<Utc>),
    pub(super) confirmed: Option<(UserId, DateTime<Utc>)>,
    pub(super) row_version: i32,
}

/// The unsigned decision of the case. The case is locked, so nobody else changes it meanwhile.
pub(super) async fn open_draft<A: Act>(
    command: &mut Command<A, CaseKey>,
) -> Result<Option<OpenDraft>, StoreError> {
    let (site, case) = (command.site(), command.subject.id);
    let row = sqlx::query!(
        r#"
        select d.id as "decision: DecisionId", d.ordinal, d.agenda_item_id as "item: AgendaItemId",
               t.version, t.state, t.evaluation_id as "evaluation: EvaluationId", t.drafted_assessment,
               t.document, t.sentence, t.reason_code, t.reason_words,
               t.recorded_by as "recorded_by: UserId", t.recorded_at,
               t.confirmed_by as "confirmed_by: UserId", t.confirmed_at, t.row_version
          from decision_draft t
          join decision d on d.site_id = t.site_id and d.id = t.decision_id
         where t.site_id = $1 and t.case_id = $2 and t.state <> 'discarded'
        "#,
        site.uuid(),
        case.uuid(),
    )
    .fetch_optional(command.connection())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let id = row.decision;
    let item = row.item.ok_or_else(|| {
        StoreError::inconsistent("decision", "agenda_item_id", id, "a decision has a presentation")
    })?;
    let document = row
        .document
        .map(|bytes| {
            let document = DecisionDocument::from_canonical(&bytes)
                .map_err(|why| StoreError::inconsistent("decision_draft", "document", id, why))?;
            Ok::<_, StoreError>((bytes, document))
        })
        .transpose()?;
    Ok(Some(OpenDraft {
        decision: id,
        ordinal: counted(row.ordinal, "decision", "ordinal", id)?,
        item,
        version: counted(row.version, "decision_draft", "version", id)?,
        state: coded::<DecisionState>(&row.state, ("decision_draft", "state"), id)?,
        evaluation: row.evaluation,
        drafted: counted(row.drafted_assessment, "decision_draft", "drafted_assessment", id)?,
        document,
        sentence: row.sentence,
        amendment: amendment(row.reason_code.as_deref(), row.reason_words, id)?,
        recorded: (row.recorded_by, row.recorded_at),
        confirmed: row.confirmed_by.zip(row.confirmed_at),
        row_version: row.row_version,
    }))
}

/// Why a version is an amendment, as the database keeps it.
pub(super) fn amendment(
    code: Option<&str>,
    words: Option<String>,
    decision: DecisionId,
) -> Result<Option<Amendment>, StoreError> {
    let Some(code) = code else { return Ok(None) };
    let reason = coded::<AmendReason>(code, ("decision_draft", "reason_code"), decision)?;
    Ok(Some(Amendment { reason, words: words.unwrap_or_default() }))
}

/// The unsigned decision that a step is about; `base` is the version of it that the page showed.
///
/// # Errors
/// [`StoreError::Stale`] when it has changed since or is gone.
pub(super) async fn draft_at<A: Act>(
    command: &mut Command<A, CaseKey>,
    base: i32,
    asked: &'static str,
) -> Result<OpenDraft, StoreError> {
    match open_draft(command).await? {
        Some(draft) if draft.row_version == base => Ok(draft),
        Some(draft) => {
            Err(StoreError::Stale { base: base.into(), current: draft.row_version.into() })
        }
        None => Err(no_draft(command, asked).await?),
    }
}

/// Why there is nothing to take this step with.
async fn no_draft<A: Act>(
    command: &mut Command<A, CaseKey>,
    asked: &'static str,
) -> Result<StoreError, StoreError> {
    let signed = latest_signed(command).await?;
    Ok(match signed {
        Some(_) => {
            StoreError::refused(DecisionError::State { state: DecisionState::Signed, asked })
        }
        None => {
            StoreError::Refused("There is no draft of a decision: record one first.".to_owned())
        }
    })
}

impl OpenDraft {
    /// The complete document.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when something is missing in the draft.
    pub(super) fn complete(&self) -> Result<&(Vec<u8>, DecisionDocument), StoreError> {
        self.document.as_ref().ok_or_else(|| {
            StoreError::Refused(
                "The decision is not complete: save it to see what is missing.".to_owned(),
            )
        })
    }

    /// The facts that it was drafted on, accepted and of now.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the case was evaluated under another protocol since.
    pub(super) fn facts(&self, current: &Current) -> Result<FactsGuard, StoreError> {
        let accepted = self
            .document
            .as_ref()
            .and_then(|(_, document)| document.facts_accepted.as_ref())
            .map(|accepted| accepted.assessment_ordinal);
        let guard = FactsGuard {
            drafted: self.drafted,
            accepted,
            current: current.basis.assessment_ordinal,
        };
        guard.check().map_err(StoreError::refused)?;
        if self.evaluation != current.basis.evaluation_id {
            return Err(StoreError::Refused(
                "The case was evaluated again since this was drafted: save the decision again."
                    .to_owned(),
            ));
        }
        Ok(guard)
    }

    /// The event of a step, with what all of them state.
    pub(super) fn event(&self, kind: EventKind, case: &CaseKey) -> Event {
        let event = Event::new(kind)
            .subject_version(SubjectKind::Decision, self.decision, self.version)
            .case(case.id)
            .patient(case.patient)
            .data("ordinal", self.ordinal)
            .data("version", self.version);
        match &self.document {
            Some((bytes, document)) => with_document(event, bytes, document),
            None => event,
        }
    }
}

/// The codes and hashes of a document.
pub(super) fn with_document(event: Event, bytes: &[u8], document: &DecisionDocument) -> Event {
    let agreements: std::collections::BTreeMap<String, DataValue> = document
        .agreements
        .iter()
        .map(|row| (row.advice.rule_set.clone(), DataValue::text(row.agreement)))
        .collect();
    let reasons: std::collections::BTreeMap<String, DataValue> = document
        .agreements
        .iter()
        .filter_map(|row| Some((row.advice.rule_set.clone(), DataValue::text(row.reason?))))
        .collect();
    let mut event = event
        .data("hash", Hash::of(bytes))
        .data("assessment", document.basis.assessment)
        .data("assessment_ordinal", document.basis.assessment_ordinal)
        .data("evaluation", document.basis.evaluation)
        .data("protocol", document.basis.protocol)
        .data("engine", document.basis.engine)
        .data("meeting", document.heading.meeting.to_string())
        .data("agreement", agreements);
    if let Some(kind) = document.content.outcome_kind {
        event = event.data("outcome_kind", kind.code());
    }
    if !reasons.is_empty() {
        event = event.data("reason_depart", reasons);
    }
    match document.supersedes {
        Some(before) => event.data("supersedes", before.version),
        None => event,
    }
}

/// The latest decision of the case that has a signed version, and that version.
#[derive(Debug, Clone)]
pub(super) struct SignedDecision {
    pub(super) decision: DecisionId,
    pub(super) ordinal: u32,
    pub(super) version: u32,
    pub(super) hash: Hash,
    pub(super) document: DecisionDocument,
    /// How many persons have asked to void this version of it.
    pub(super) void_steps: i64,
}

impl SignedDecision {
    pub(super) fn state(&self) -> DecisionState {
        if self.void_steps > 1 { DecisionState::Voided } else { DecisionState::Signed }
    }

    pub(super) fn supersedes(&self) -> Supersedes {
        Supersedes { version: self.version, hash: self.hash }
    }
}

/// The latest signed decision of the case.
pub(super) async fn latest_signed<A: Act>(
    command: &mut Command<A, CaseKey>,
) -> Result<Option<SignedDecision>, StoreError> {
    let (site, case) = (command.site(), command.subject.id);
    let row = sqlx::query!(
        r#"
        select d.id as "decision: DecisionId", d.ordinal,
               v.version, v.hash, v.document,
               (select count(*) from decision_void o
                 where o.site_id = d.site_id and o.decision_id = d.id and o.version = v.version) as "void_steps!"
          from decision d
          join decision_version v on v.site_id = d.site_id and v.decision_id = d.id
         where d.site_id = $1 and d.case_id = $2
         order by d.ordinal desc, v.version desc
         limit 1
        "#,
        site.uuid(),
        case.uuid(),
    )
    .fetch_optional(command.connection())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let id = row.decision;
    Ok(Some(SignedDecision {
        decision: id,
        ordinal: counted(row.ordinal, "decision", "ordinal", id)?,
        version: counted(row.version, "decision_version", "version", id)?,
        hash: hash(&row.hash, ("decision_version", "hash"), id)?,
        document: DecisionDocument::from_canonical(&row.document)
            .map_err(|why| StoreError::inconsistent("decision_version", "document", id, why))?,
        void_steps: row.void_steps,
    }))
}

/// What is written of a draft when it is recorded.
pub(super) struct DraftRow<'a> {
    pub(super) decision: DecisionId,
    pub(super) version: u32,
    pub(super) evaluation: EvaluationId,
    pub(super) drafted: u32,
    pub(super) fields: &'a [(String, String)],
    pub(super) document: Option<&'a [u8]>,
    pub(super) amendment: Option<&'a Amendment>,
}

/// Writes the draft, in place of an earlier one: what was read back or confirmed is that no longer.
pub(super) async fn write_draft<A: Act>(
    command: &mut Command<A, CaseKey>,
    draft: &DraftRow<'_>,
) -> Result<(), StoreError> {
    let (site, case, now) = (command.site(), command.subject.id, command.now());
    let user = command.actor().user().ok_or(StoreError::NotFound)?;
    let fields = serde_json::to_vec(draft.fields)
        .map_err(|error| StoreError::Canonical(error.to_string()))?;
    sqlx::query!(
        r#"
        insert into decision_draft (site_id, decision_id, case_id, version, state, evaluation_id,
                                    drafted_assessment, fields, document, reason_code, reason_words,
                                    recorded_by, recorded_at)
        values ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict (site_id, decision_id) do update
           set version = excluded.version, state = excluded.state, evaluation_id = excluded.evaluation_id,
               drafted_assessment = excluded.drafted_assessment, fields = excluded.fields,
               document = excluded.document, sentence = null,
               reason_code = excluded.reason_code, reason_words = excluded.reason_words,
               recorded_by = excluded.recorded_by, recorded_at = excluded.recorded_at,
               read_back_by = null, read_back_at = null, confirmed_by = null, confirmed_at = null,
               row_version = decision_draft.row_version + 1
        "#,
        site.uuid(),
        draft.decision.uuid(),
        case.uuid(),
        stored(draft.version),
        draft.evaluation.uuid(),
        stored(draft.drafted),
        fields,
        draft.document,
        draft.amendment.map(|amendment| amendment.reason.code()),
        draft.amendment.map(|amendment| amendment.words.as_str()),
        user.uuid(),
        now,
    )
    .execute(command.connection())
    .await?;
    Ok(())
}
