//! What the pages about decisions read.

mod follow;
mod rows;

use chrono::{DateTime, Utc};
use mdt::actor::Actor;
use mdt::case_number::CaseNumber;
use mdt::decision::{
    Amendment, DecisionDocument, DecisionState, OutcomeKind, SignatureMeaning, SignatureMethod,
    VoidReason,
};
use mdt::ids::{
    AgendaItemId, DecisionId, DecisionVersionId, EvaluationId, EventId, MeetingId, UserId,
};
use mdt::permission::Act;
use rules::canonical::Hash;

pub use follow::{ActionItem, ActionState, Sealed, actions_of, seal_of};

use crate::scope::Scope;
use crate::{CaseKey, Reading, Store, StoreError};

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The decisions of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseDecisions(
    /// In the order in which they were begun.
    pub Vec<Decision>,
);

impl CaseDecisions {
    /// The one that is not signed yet; a case has one at most.
    pub fn open(&self) -> Option<(&Decision, &Draft)> {
        self.0.iter().find_map(|decision| Some((decision, decision.draft.as_ref()?)))
    }

    /// The latest that has a signed version.
    pub fn latest_signed(&self) -> Option<(&Decision, &SignedVersion)> {
        self.0.iter().rev().find_map(|decision| Some((decision, decision.versions.last()?)))
    }

    /// That of a presentation.
    pub fn of_item(&self, item: AgendaItemId) -> Option<&Decision> {
        self.0.iter().find(|decision| decision.item == item)
    }

    /// Those that a later one can confirm: signed and not voided.
    pub fn in_force(&self) -> impl Iterator<Item = (&Decision, &SignedVersion)> {
        self.0
            .iter()
            .filter(|decision| !decision.is_voided())
            .filter_map(|decision| Some((decision, decision.versions.last()?)))
    }
}

/// What one presentation decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// Its number in the case, from 1.
    pub ordinal: u32,
    /// The presentation.
    pub item: AgendaItemId,
    /// The meeting.
    pub meeting: MeetingId,
    /// When it was first recorded.
    pub begun_at: DateTime<Utc>,
    /// The version that is not signed yet.
    pub draft: Option<Draft>,
    /// The signed versions in order; the last is the one in force.
    pub versions: Vec<SignedVersion>,
    /// Who asked to void the version in force, and who agreed; a request ends with an amendment.
    pub void: Vec<VoidTaken>,
}

impl Decision {
    /// Whether two persons have voided it.
    pub fn is_voided(&self) -> bool {
        self.void.len() > 1
    }
}

/// A version that is not signed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its number, from 1.
    pub version: u32,
    /// Draft, read back or confirmed.
    pub state: DecisionState,
    /// The evaluation that it was last recorded on.
    pub evaluation: EvaluationId,
    /// The assessment of that evaluation.
    pub evaluated_assessment: u32,
    /// The assessment on which it was begun.
    pub drafted_assessment: u32,
    /// The form as typed.
    pub fields: Vec<(String, String)>,
    /// What it says, once it is complete.
    pub document: Option<DecisionDocument>,
    /// What was read out.
    pub sentence: Option<String>,
    /// Why it amends the version before.
    pub amendment: Option<Amendment>,
    /// Who recorded it last.
    pub recorded: Deed,
    /// Who read it back.
    pub read_back: Option<Deed>,
    /// Who confirmed it.
    pub confirmed: Option<Deed>,
    /// The version of its row: what a step states as its base.
    pub row_version: i32,
}

/// A signed version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedVersion {
    /// Its id.
    pub id: DecisionVersionId,
    /// Its number, from 1.
    pub version: u32,
    /// The evaluation that it rests on.
    pub evaluation: EvaluationId,
    /// The outcome.
    pub outcome: OutcomeKind,
    /// What it says.
    pub document: DecisionDocument,
    /// The exact bytes that were signed.
    pub bytes: Vec<u8>,
    /// Their SHA-256, as stored beside them.
    pub hash: Hash,
    /// What was read out and confirmed.
    pub sentence: String,
    /// The version that it took the place of.
    pub supersedes: Option<u32>,
    /// Why.
    pub amendment: Option<Amendment>,
    /// Who recorded it.
    pub recorded: Deed,
    /// Who confirmed it.
    pub confirmed: Deed,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// Who signed it.
    pub signatures: Vec<Signature>,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Who signed, and when.
    pub signer: Deed,
    /// What the signature means.
    pub meaning: SignatureMeaning,
    /// How the signer proved who they are.
    pub method: SignatureMethod,
    /// The audit event of it.
    pub event: EventId,
}

/// What one of two persons said about voiding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidTaken {
    /// Who, and when.
    pub by: Deed,
    /// The coded reason.
    pub reason: VoidReason,
    /// The reason in words.
    pub words: String,
}

/// The decisions of a case with all their versions.
///
/// # Errors
/// [`StoreError::Inconsistent`] for a document that cannot be read.
pub async fn decisions_of<A: Act>(
    reading: &mut Reading<A, CaseKey>,
) -> Result<CaseDecisions, StoreError> {
    let (site, case) = (reading.subject.site, reading.subject.id);
    rows::decisions(reading.connection(), site, case).await
}

/// One signed version of a decision, by the decision's number in the case.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub async fn decision_version<A: Act>(
    reading: &mut Reading<A, CaseKey>,
    ordinal: u32,
    version: u32,
) -> Result<(Decision, SignedVersion), StoreError> {
    let decisions = decisions_of(reading).await?;
    let decision =
        decisions.0.into_iter().find(|one| one.ordinal == ordinal).ok_or(StoreError::NotFound)?;
    let found = decision.versions.iter().find(|one| one.version == version).cloned();
    let found = found.ok_or(StoreError::NotFound)?;
    Ok((decision, found))
}

/// The case of a decision, so that a reading of it can begin; nothing about either is shown by this.
///
/// # Errors
/// [`StoreError::NotFound`] when the actor's sites have no such decision.
pub async fn case_of_decision(
    store: &Store,
    actor: &Actor,
    decision: DecisionId,
) -> Result<CaseNumber, StoreError> {
    let mut transaction = Scope::of(actor).open(store.pool()).await?;
    let number = sqlx::query_scalar!(
        r#"
        select c.number
          from decision d
          join mdt_case c on c.site_id = d.site_id and c.id = d.case_id
         where d.id = $1
        "#,
        decision.uuid(),
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(StoreError::NotFound)?;
    transaction.commit().await?;
    number.parse().map_err(|why| StoreError::inconsistent("mdt_case", "number", decision, why))
}
