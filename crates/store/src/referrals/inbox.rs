//! The inbox: referrals of several sites by state, and what can be answered to one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use mdt::case::UrgencyClass;
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::ids::{CaseId, PatientId, ReferralId, SiteId, UserId};
use mdt::permission::Act;
use mdt::person::{BirthDate, PersonName, Sex};
use mdt::referral::ReferralState;

use super::{ReferralDocument, case_number, document, urgency};
use crate::patients::stored_name;
use crate::sight::Sight;
use crate::{Reading, StoreError};

/// Answers that are codes or times and decide what is due by when.
const CLOCK: [&str; 3] = ["urgency", "t_suspect", "whole-spine-imaged"];

/// A referral on the inbox.
#[derive(Debug, Clone)]
pub struct InboxRow {
    /// Id.
    pub id: ReferralId,
    /// Case number.
    pub number: CaseNumber,
    /// The case.
    pub case: CaseId,
    /// Whether the case is open.
    pub case_open: bool,
    /// The site that owns it.
    pub site: SiteId,
    /// The patient.
    pub patient: PatientId,
    /// Name; none for a reader who sees cases without names.
    pub name: Option<PersonName>,
    /// Date of birth.
    pub birth_date: BirthDate,
    /// Sex.
    pub sex: Sex,
    /// NHS number, digits only; none where it is not known, or not to be shown.
    pub nhs_number: Option<String>,
    /// Who sent it.
    pub sender: UserId,
    /// From which site.
    pub sender_site: SiteId,
    /// Urgency.
    pub urgency: UrgencyClass,
    /// What was sent; for a reader who sees no free text only what the clock needs.
    pub document: ReferralDocument,
    /// When.
    pub sent_at: DateTime<Utc>,
    /// Latest state.
    pub state: ReferralState,
}

/// The referrals of the reading's sites in one state, most urgent first, then oldest; at most 200. Names
/// and words only where the reader treats patients or sent the referral.
///
/// # Errors
/// When the database cannot be reached.
pub async fn inbox<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
    wanted: ReferralState,
) -> Result<Vec<InboxRow>, StoreError> {
    rows(reading, Some(wanted), None).await
}

/// One referral of the reading's sites, in whatever state.
///
/// # Errors
/// [`StoreError::NotFound`] when the reader does not see it.
pub async fn open_referral<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
    id: ReferralId,
) -> Result<InboxRow, StoreError> {
    rows(reading, None, Some(id)).await?.pop().ok_or(StoreError::NotFound)
}

async fn rows<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
    wanted: Option<ReferralState>,
    id: Option<ReferralId>,
) -> Result<Vec<InboxRow>, StoreError> {
    let sight = Sight::of(reading.actor(), &reading.subject);
    let rows = sqlx::query!(
        r#"
        select r.id as "id: ReferralId", c.number, c.id as "case: CaseId", c.state as case_state,
               c.site_id as "site: SiteId", p.id as "patient: PatientId", p.family_name, p.given_name, p.title,
               p.birth_date, p.sex,
               (c.site_id = any ($1) or r.sender_user_id = $3) as "named!",
               (select value from patient_identifier i
                 where i.site_id = p.site_id and i.patient_id = p.id and i.system = 'nhs') as nhs,
               r.sender_user_id as "sender: UserId", r.sender_site_id as "sender_site: SiteId", r.urgency, r.document,
               r.sent_at, latest.state
          from referral r
          join mdt_case c on c.site_id = r.site_id and c.id = r.case_id
          join patient p on p.site_id = c.site_id and p.id = c.patient_id
          join lateral (select state from referral_state s where s.site_id = r.site_id and s.referral_id = r.id
                         order by s.ordinal desc limit 1) latest on $4::text is null or latest.state = $4
         where (r.site_id = any ($1) or r.site_id = any ($2) or r.sender_user_id = $3)
           and ($5::uuid is null or r.id = $5)
         order by r.urgency, r.sent_at
         limit 200
        "#,
        &sight.named,
        &sight.unnamed,
        sight.user,
        wanted.map(Coded::code),
        id.map(ReferralId::uuid),
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            let name =
                stored_name(row.patient, &row.family_name, &row.given_name, row.title.as_deref())?;
            let sex = Sex::from_code(&row.sex)
                .map_err(|why| StoreError::inconsistent("patient", "sex", row.patient, why))?;
            Ok(InboxRow {
                id: row.id,
                number: case_number(row.case, &row.number)?,
                case: row.case,
                case_open: row.case_state == "open",
                site: row.site,
                patient: row.patient,
                name: row.named.then_some(name),
                birth_date: BirthDate::stored(row.birth_date),
                sex,
                nhs_number: row.nhs.filter(|_| row.named),
                sender: row.sender,
                sender_site: row.sender_site,
                urgency: urgency(row.id, &row.urgency)?,
                document: readable(document(row.id, &row.document)?, row.named),
                sent_at: row.sent_at,
                state: super::state(row.id, &row.state)?,
            })
        })
        .collect()
}

fn readable(mut document: ReferralDocument, named: bool) -> ReferralDocument {
    document.fields.retain(|field, _| named || CLOCK.contains(&field.as_str()));
    document
}

/// How many referrals the reader sees in each state.
///
/// # Errors
/// When the database cannot be reached.
pub async fn counts<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
) -> Result<BTreeMap<ReferralState, usize>, StoreError> {
    let sight = Sight::of(reading.actor(), &reading.subject);
    let rows = sqlx::query!(
        r#"
        select latest.state, count(*) as "count!"
          from referral r
          join lateral (select state from referral_state s where s.site_id = r.site_id and s.referral_id = r.id
                         order by s.ordinal desc limit 1) latest on true
         where r.site_id = any ($1) or r.site_id = any ($2) or r.sender_user_id = $3
         group by latest.state
        "#,
        &sight.named,
        &sight.unnamed,
        sight.user,
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = ReferralState::from_code(&row.state).map_err(|why| {
                StoreError::inconsistent("referral_state", "state", "latest", why)
            })?;
            Ok((state, usize::try_from(row.count).unwrap_or(usize::MAX)))
        })
        .collect()
}
