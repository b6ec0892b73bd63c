//! Reading a decision back: the sentence is made from the document and kept as it was read out.

use mdt::coded::Coded;
use mdt::decision::read_back::read_back;
use mdt::event::EventKind;
use mdt::permission::act;
use rules::canonical::Hash;

use super::context::{current, lock_case};
use super::draft::{draft_at, open_draft};
use super::names::names_for;
use super::record::{Recording, record_with};
use crate::{CaseKey, Command, Committed, StoreError};

/// What is read back.
#[derive(Debug, Clone, Copy)]
pub enum ReadBack<'a> {
    /// The draft as it was saved; `base` is the version of it that the page showed.
    Saved {
        /// That version.
        base: i32,
    },
    /// The form as it stands, which is saved in the same step.
    Form(Recording<'a>),
}

/// Reads a decision back: the sentence that is read out is made from it and kept.
///
/// # Errors
/// [`StoreError::Refused`] unless it is a complete draft on the facts of now, or on accepted ones, and as
/// for [`super::record_decision`]; [`StoreError::Stale`] when it has changed since. Then nothing of the form
/// is saved.
pub async fn read_back_decision(
    mut command: Command<act::DecisionReadBack, CaseKey>,
    what: ReadBack<'_>,
) -> Result<Committed, StoreError> {
    lock_case(&mut command).await?;
    let draft = match what {
        ReadBack::Saved { base } => draft_at(&mut command, base, "read back").await?,
        ReadBack::Form(recording) => {
            record_with(&mut command, &recording).await?;
            open_draft(&mut command).await?.ok_or(StoreError::NotFound)?
        }
    };
    let (_, document) = draft.complete()?;
    let current = current(&mut command).await?;
    let state = draft.state.read_back(0, draft.facts(&current)?).map_err(StoreError::refused)?;
    let names = names_for(command.connection(), document).await?;
    let sentence = read_back(document, &names);
    let (site, now) = (command.site(), command.now());
    let user = command.actor().user().ok_or(StoreError::NotFound)?;
    sqlx::query!(
        r#"
        update decision_draft
           set state = $3, sentence = $4, read_back_by = $5, read_back_at = $6, row_version = row_version + 1
         where site_id = $1 and decision_id = $2
        "#,
        site.uuid(),
        draft.decision.uuid(),
        state.code(),
        sentence,
        user.uuid(),
        now,
    )
    .execute(command.connection())
    .await?;
    let event = draft
        .event(EventKind::DecisionReadBack, &command.subject)
        .data("sentence", Hash::of(sentence.as_bytes()))
        .private("sentence", sentence);
    let location = format!("/cases/{}/decision", command.subject.number);
    command.commit(event, location).await
}
