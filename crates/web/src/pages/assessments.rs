//! Assessments: the form that makes the next one, saving it (or a part of it, from the pages of lesions), and
//! reading one.

pub(super) mod desk;
pub(super) mod form;
mod merge;
mod read;
mod save;

use mdt::event::EventKind;
use mdt::form_draft::FormKind;
use mdt::permission::Action;

use crate::routes::{Routes, needs};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .page("/cases/{number}/assessment", needs(Action::CaseRead), form::show)
        .page("/cases/{number}/assessments/{ordinal}", needs(Action::CaseRead), read::show)
        .command(
            "/cases/{number}/assessments",
            needs(Action::AssessmentSave)
                .leaves(EventKind::AssessmentSaved)
                .draft(FormKind::Assessment, "/cases/{number}/assessment"),
            save::save,
        )
}
