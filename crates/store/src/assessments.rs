//! Assessments and their evaluations: immutable, numbered within the case, each evaluated in the same
//! transaction under the protocol that the case has pinned.

mod evaluate;
mod read;
mod save;

use chrono::{DateTime, Utc};
use clinical::assessment::{AnswerErrors, Assessment};
use mdt::ids::{AssessmentId, EvaluationId, ProtocolVersionId, UserId};
use mdt::permission::Act;
use rules::Hash;

pub use evaluate::{evaluate, make_evaluation};
pub(crate) use read::latest;
pub use read::{basis_of, current, evaluation, evaluation_of, numbered};
pub use save::save;

use crate::access::CaseKey;
use crate::meetings::hold_case;
use crate::{Command, StoreError};

/// A stored assessment.
#[derive(Debug, Clone)]
pub struct StoredAssessment {
    /// Id.
    pub id: AssessmentId,
    /// First, second, … of the case.
    pub ordinal: i32,
    /// The facts.
    pub assessment: Assessment,
    /// Who saved it.
    pub recorded_by: UserId,
    /// When.
    pub recorded_at: DateTime<Utc>,
}

/// A stored evaluation: what was recorded, not what would come out today.
#[derive(Debug, Clone)]
pub struct StoredEvaluation {
    /// Id.
    pub id: EvaluationId,
    /// The assessment it evaluates.
    pub assessment: AssessmentId,
    /// The protocol version.
    pub protocol_version: ProtocolVersionId,
    /// The engine number.
    pub engine: i32,
    /// Canonical JSON, the exact bytes.
    pub document: Vec<u8>,
    /// SHA-256 of them.
    pub hash: Hash,
    /// Who asked for it.
    pub made_by: Option<UserId>,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// Why an assessment was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The facts contradict each other, or nothing was recorded.
    #[error("the facts cannot be saved as they are")]
    Answers(AnswerErrors),
    /// Somebody saved another one since the form was opened: both, for the merge page.
    #[error("the form was based on assessment {base}, the current one is {}", .current.ordinal)]
    Stale {
        /// The ordinal that the form was based on; 0 for none.
        base: i32,
        /// What is current now.
        current: Box<StoredAssessment>,
    },
    /// The database or a guard.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Holds the open case until the command ends and looks again at what another command may have moved
/// since this one began: its pin and its version.
async fn hold_open<A: Act>(command: &mut Command<A, CaseKey>) -> Result<(), StoreError> {
    hold_case(command).await?.must_be_open().map_err(StoreError::refused)?;
    let (site, case) = (command.subject.site, command.subject.id);
    let row = sqlx::query!(
        r#"
        select protocol_version_id as "protocol_version: ProtocolVersionId", row_version
          from mdt_case where site_id = $1 and id = $2
        "#,
        site.uuid(),
        case.uuid(),
    )
    .fetch_one(command.connection())
    .await?;
    command.subject.protocol_version = row.protocol_version;
    command.subject.row_version = row.row_version;
    Ok(())
}
