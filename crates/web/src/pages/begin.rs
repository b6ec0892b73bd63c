//! Beginning a command on a case: the first sending of a form does the work, a second one is answered
//! with the location of the first.

use std::future::Future;

use mdt::case_number::CaseNumber;
use mdt::permission::Act;
use store::{Begun, CaseKey, Command, Committed, StoreError, Submission};

use crate::state::App;
use crate::visitor::Visitor;

/// Does `work` as a command of `A` on the case, once; answers where that leads.
///
/// # Errors
/// Those of beginning a command, and of the work.
pub(crate) async fn on_case<A: Act, Done>(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
    submission: Submission,
    work: impl FnOnce(Command<A, CaseKey>) -> Done,
) -> Result<String, StoreError>
where
    Done: Future<Output = Result<Committed, StoreError>>,
{
    match app.store.command_on_case::<A>(&visitor.actor, number, submission).await? {
        Begun::Repeated(location) => Ok(location),
        Begun::Fresh(command) => Ok(work(command).await?.location),
    }
}
