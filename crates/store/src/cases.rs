//! Cases: what a case's pages need; the list, the history, closing and reopening have files of their own.

mod close;
mod glance;
mod history;
mod list;

use chrono::{DateTime, Utc};
use mdt::actor::Actor;
use mdt::case::{CaseState, UrgencyClass};
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::ids::{CaseId, MeetingId, ReferralId, SiteId, UserId};
use mdt::permission::{Act, CaseView, case_view};
use mdt::referral::ReferralState;

use crate::access::CaseKey;
use crate::patients::{Patient, PatientColumns};
use crate::referrals::case_number;
use crate::stored::coded;
use crate::{Reading, StoreError};

pub use close::{close, reopen};
pub use glance::{Glance, SignedGlance, glance};
pub use history::{HistoryEntry, HistoryRow, history};
pub use list::{CaseFilter, CaseRow, list};

/// A case of one patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientCaseRow {
    /// Number.
    pub number: CaseNumber,
    /// Whether it is open.
    pub open: bool,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Primary tumour of the current assessment.
    pub histology: Option<String>,
    /// Signed versions of its decisions.
    pub signed: i64,
}

/// The cases of the patient that a page is about, newest first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn of_patient<A: Act>(
    reading: &mut Reading<A, crate::PatientKey>,
) -> Result<Vec<PatientCaseRow>, StoreError> {
    let patient = reading.subject.id;
    let rows = sqlx::query!(
        r#"select c.id as "id: CaseId", c.number, c.state, c.opened_at,
                  (select a.histology from assessment a where a.site_id = c.site_id and a.case_id = c.id
                    order by a.ordinal desc limit 1) as histology,
                  (select count(*) from decision_version v
                    where v.site_id = c.site_id and v.case_id = c.id
                      and not exists (select 1 from decision_void o
                                       where o.site_id = v.site_id and o.decision_id = v.decision_id
                                         and o.ordinal = 2)) as "signed!"
             from mdt_case c
            where c.patient_id = $1 order by c.opened_at desc"#,
        patient.uuid(),
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PatientCaseRow {
                number: case_number(row.id, &row.number)?,
                open: row.state == CaseState::Open.code(),
                opened_at: row.opened_at,
                histology: row.histology,
                signed: row.signed,
            })
        })
        .collect()
}

/// Who the case is about, and where it is listed: what the banner of every case page shows.
#[derive(Debug, Clone)]
pub struct CaseHead {
    /// The patient.
    pub patient: Patient,
    /// How much of it this reader sees.
    pub view: CaseView,
    /// First referral: when, from which site.
    pub referred: Option<(DateTime<Utc>, SiteId)>,
    /// The latest referral as it stands.
    pub referral: Option<ReferralNow>,
    /// The open agenda item's meeting and start.
    pub listed: Option<(MeetingId, DateTime<Utc>)>,
    /// Whether the current assessment marks the cord as at risk.
    pub cord_at_risk: bool,
    /// When it was closed, if it is.
    pub closed_code: Option<String>,
}

/// Where a referral stands: whether it is answered, by whom it is to be, and how urgent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferralNow {
    /// Which.
    pub id: ReferralId,
    /// Its latest state.
    pub state: ReferralState,
    /// Its class as it stands.
    pub urgency: UrgencyClass,
    /// The site that answers it.
    pub addressed: SiteId,
}

/// The head of the case that a page is about.
///
/// # Errors
/// When the database cannot be reached.
pub async fn head<A: Act>(reading: &mut Reading<A, CaseKey>) -> Result<CaseHead, StoreError> {
    let case = reading.subject.clone();
    let view = view_of(reading.actor(), reading.grounds());
    // The patient comes with it: every page of a case asks for both.
    let row = sqlx::query!(
        r#"
        select p.family_name, p.given_name, p.title, p.birth_date, p.sex, p.death_date, p.registered_at,
               p.registered_by as "registered_by: UserId", p.row_version,
               (select value from patient_identifier n
                 where n.site_id = p.site_id and n.patient_id = p.id and n.system = 'nhs') as nhs,
               (select value from patient_identifier n
                 where n.site_id = p.site_id and n.patient_id = p.id and n.system = 'hospital') as hospital,
               c.state_code, r.sent_at as "sent_at?", r.sender_site_id as "sender_site?: SiteId",
               m.id as "meeting?: MeetingId", m.starts_at as "starts_at?",
               n.id as "now?: ReferralId", n.state as "now_state?", n.urgency as "now_urgency?",
               n.addressed_site_id as "now_addressed?: SiteId",
               coalesce((select a.cord_at_risk from assessment a where a.site_id = c.site_id and a.case_id = c.id
                          order by a.ordinal desc limit 1), false) as "cord_at_risk!"
          from mdt_case c
          join patient p on p.site_id = c.site_id and p.id = c.patient_id
          left join referral r on r.site_id = c.site_id and r.case_id = c.id and r.ordinal = 1
          left join lateral (select id, state, urgency, addressed_site_id from referral_now
                              where site_id = c.site_id and case_id = c.id
                              order by ordinal desc limit 1) n on true
          left join agenda_item i on i.site_id = c.site_id and i.case_id = c.id
                                 and i.state in ('proposed', 'listed', 'ready', 'open')
          left join meeting m on m.site_id = i.site_id and m.id = i.meeting_id
         where c.site_id = $1 and c.id = $2
        "#,
        case.site.uuid(),
        case.id.uuid(),
    )
    .fetch_one(reading.connection())
    .await?;
    let now = row.now.zip(row.now_addressed).zip(row.now_state.zip(row.now_urgency));
    let referral = now
        .map(|((id, addressed), (state, urgency))| {
            let state = coded::<ReferralState>(&state, ("referral_state", "state"), id)?;
            let urgency = coded::<UrgencyClass>(&urgency, ("referral", "urgency"), id)?;
            Ok::<_, StoreError>(ReferralNow { id, state, urgency, addressed })
        })
        .transpose()?;
    let patient = PatientColumns {
        id: case.patient,
        site: case.site,
        family_name: row.family_name,
        given_name: row.given_name,
        title: row.title,
        birth_date: row.birth_date,
        sex: row.sex,
        death_date: row.death_date,
        registered_at: row.registered_at,
        registered_by: row.registered_by,
        row_version: row.row_version,
        nhs: row.nhs,
        hospital: row.hospital,
    };
    Ok(CaseHead {
        referral,
        patient: patient.try_into()?,
        view,
        referred: row.sent_at.zip(row.sender_site),
        listed: row.meeting.zip(row.starts_at),
        cord_at_risk: row.cord_at_risk,
        closed_code: row.state_code,
    })
}

fn view_of(actor: &Actor, grounds: &mdt::actor::Grounds) -> CaseView {
    // The widest view that any of the actor's roles at the owning site gives.
    let roles = actor.roles_at(grounds.site);
    let views =
        roles.into_iter().filter_map(|role| case_view(role, mdt::permission::Relation::Member));
    let widest = views.min_by_key(|view| match view {
        CaseView::Full => 0,
        CaseView::Deidentified => 1,
        CaseView::Status => 2,
    });
    widest
        .or_else(|| grounds.role.and_then(|role| case_view(role, grounds.relation)))
        .unwrap_or(CaseView::Status)
}
