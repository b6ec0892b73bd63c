//! The inbox: referrals of several sites by state, and what can be answered to one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::ids::{CaseId, PatientId, ReferralId, SiteId, UserId};
use mdt::permission::Act;
use mdt::person::{BirthDate, PersonName, Sex};
use mdt::referral::ReferralState;
use uuid::Uuid;

use super::{ReferralDocument, Urgency, case_number, document, urgency};
use crate::patients::{stored_name, stored_sex};
use crate::scope::Scope;
use crate::sight::Sight;
use crate::stored::coded;
use crate::{Reading, StoreError, elsewhere};

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
    /// The site that answers it: the one it was sent to, or the one that it was redirected to.
    pub addressed: SiteId,
    /// Urgency as it stands.
    pub urgency: Urgency,
    /// What was sent; for a reader who sees no free text only what the clock needs.
    pub document: ReferralDocument,
    /// When.
    pub sent_at: DateTime<Utc>,
    /// Latest state.
    pub state: ReferralState,
}

/// What the page of referrals shows.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    /// The referrals of one list, most urgent first, then oldest; at most 200.
    pub rows: Vec<InboxRow>,
    /// How many referrals the reader sees in each list.
    pub counts: BTreeMap<ReferralState, usize>,
    /// The one that is being answered, in whatever list.
    pub open: Option<InboxRow>,
}

/// The referrals of the reading's sites that are in the list `wanted`, with those that other sites
/// redirected or addressed to them; what was redirected *to* one of the sites waits like a received one
/// and is in that list. Names and words only where the reader treats patients or sent the referral.
///
/// # Errors
/// [`StoreError::NotFound`] when the reader does not see the one to be opened.
pub async fn inbox<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
    wanted: ReferralState,
    open: Option<ReferralId>,
) -> Result<Inbox, StoreError> {
    reach(reading).await?;
    let open = match open {
        Some(id) => Some(rows(reading, None, Some(id)).await?.pop().ok_or(StoreError::NotFound)?),
        None => None,
    };
    Ok(Inbox {
        rows: rows(reading, Some(wanted), None).await?,
        counts: counts(reading).await?,
        open,
    })
}

/// The referrals that wait for an answer of the reading's sites, and nothing else of the page.
///
/// # Errors
/// When the database cannot be reached.
pub async fn waiting<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
) -> Result<Vec<InboxRow>, StoreError> {
    reach(reading).await?;
    rows(reading, Some(ReferralState::Received), None).await
}

/// Widens the reading to the cases of other sites that referrals lead to.
async fn reach<A: Act>(reading: &mut Reading<A, Vec<SiteId>>) -> Result<(), StoreError> {
    let actor = reading.actor().clone();
    let cases = elsewhere::cases(reading.connection(), &actor).await?;
    if cases.is_empty() {
        return Ok(());
    }
    let scope = Scope { sites: reading.subject.clone(), ..Scope::of(&actor) };
    elsewhere::widen(reading.connection(), scope, cases).await
}

async fn rows<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
    wanted: Option<ReferralState>,
    id: Option<ReferralId>,
) -> Result<Vec<InboxRow>, StoreError> {
    let sight = Sight::of(reading.actor(), &reading.subject);
    let rows = sqlx::query!(
        r#"
        select r.id as "id!: ReferralId", c.number, c.id as "case: CaseId", c.state as case_state,
               c.site_id as "site: SiteId", p.id as "patient: PatientId", p.family_name, p.given_name, p.title,
               p.birth_date, p.sex,
               (c.site_id = any ($1) or r.sender_user_id = $3 or r.addressed_site_id = any ($1)) as "named!",
               (select value from patient_identifier i
                 where i.site_id = p.site_id and i.patient_id = p.id and i.system = 'nhs') as nhs,
               r.sender_user_id as "sender!: UserId", r.sender_site_id as "sender_site!: SiteId",
               r.addressed_site_id as "addressed!: SiteId", r.urgency as "urgency!", r.urgent_since, r.document as "document!",
               r.sent_at as "sent_at!", r.state as "state!"
          from referral_now r
          join mdt_case c on c.site_id = r.site_id and c.id = r.case_id
          join patient p on p.site_id = c.site_id and p.id = c.patient_id
         where (r.site_id = any ($1) or r.site_id = any ($2) or r.sender_user_id = $3 or r.addressed_site_id = any ($1))
           and ($4::text is null
                or $4 = case when r.state = 'redirected' and r.addressed_site_id = any ($6) then 'received'
                             else r.state end)
           and ($5::uuid is null or r.id = $5)
         order by r.urgency, r.sent_at
         limit 200
        "#,
        &sight.named,
        &sight.unnamed,
        sight.user,
        wanted.map(Coded::code),
        id.map(ReferralId::uuid),
        &sites_of(reading),
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            let name =
                stored_name(row.patient, &row.family_name, &row.given_name, row.title.as_deref())?;
            let sex = stored_sex(row.patient, &row.sex)?;
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
                addressed: row.addressed,
                urgency: Urgency { class: urgency(row.id, &row.urgency)?, since: row.urgent_since },
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

async fn counts<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
) -> Result<BTreeMap<ReferralState, usize>, StoreError> {
    let sight = Sight::of(reading.actor(), &reading.subject);
    let rows = sqlx::query!(
        r#"
        select case when r.state = 'redirected' and r.addressed_site_id = any ($4) then 'received'
                    else r.state end as "state!",
               count(*) as "count!"
          from referral_now r
         where r.site_id = any ($1) or r.site_id = any ($2) or r.sender_user_id = $3 or r.addressed_site_id = any ($1)
         group by 1
        "#,
        &sight.named,
        &sight.unnamed,
        sight.user,
        &sites_of(reading),
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = coded::<ReferralState>(&row.state, ("referral_state", "state"), "latest")?;
            Ok((state, usize::try_from(row.count).unwrap_or(usize::MAX)))
        })
        .collect()
}

fn sites_of<A: Act>(reading: &Reading<A, Vec<SiteId>>) -> Vec<Uuid> {
    reading.subject.iter().map(|site| site.uuid()).collect()
}
