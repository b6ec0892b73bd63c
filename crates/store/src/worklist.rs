//! What waits for a user: the reads behind the worklist. Each shows only what the reader treats or sent
//! themselves; the page that shows them writes one event with the ids of all.

mod cord;
mod decisions;
mod incomplete;
mod meeting;
mod own;

use mdt::case_number::CaseNumber;
use mdt::ids::{CaseId, PatientId, SiteId};
use mdt::permission::Act;
use mdt::person::{BirthDate, PersonName};

pub use cord::{CordCase, cord_at_risk};
pub use decisions::{WaitingDecision, waiting_decisions};
pub use incomplete::{IncompleteCase, OpenScore, incomplete_cases};
pub use meeting::{MeetingFigures, meeting_figures};
pub use own::{OpenAction, ReturnedReferral, own_actions, returned_referrals};

use crate::Reading;
use crate::sight::Sight;

/// A case and its patient, as a line of the worklist names them.
#[derive(Debug, Clone)]
pub struct WorkCase {
    /// The case.
    pub id: CaseId,
    /// Its number.
    pub number: CaseNumber,
    /// The site that owns it.
    pub site: SiteId,
    /// The patient.
    pub patient: PatientId,
    /// Their name.
    pub name: PersonName,
    /// Their date of birth.
    pub birth_date: BirthDate,
}

/// The [`WorkCase`] of a row that has these columns. Each query has a row type of its own, so no function
/// can take them all.
macro_rules! work_case {
    ($row:ident) => {
        $crate::worklist::WorkCase {
            id: $row.id,
            number: $crate::referrals::case_number($row.id, &$row.number)?,
            site: $row.site,
            patient: $row.patient,
            name: $crate::patients::stored_name(
                $row.patient,
                &$row.family_name,
                &$row.given_name,
                $row.title.as_deref(),
            )?,
            birth_date: mdt::person::BirthDate::stored($row.birth_date),
        }
    };
}
use work_case;

fn sight<A: Act>(reading: &Reading<A, Vec<SiteId>>) -> Sight {
    Sight::of(reading.actor(), &reading.subject)
}
