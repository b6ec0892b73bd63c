//! Cases with the cord at risk.

use chrono::{DateTime, Utc};
use mdt::ids::{CaseId, PatientId, SiteId};
use mdt::permission::Act;

use super::{WorkCase, sight, work_case};
use crate::referrals::ReferralDocument;
use crate::{Reading, StoreError};

/// A case with the cord at risk by its current assessment, or an emergency whose compression nobody has
/// graded yet.
#[derive(Debug, Clone)]
pub struct CordCase {
    /// The case.
    pub case: WorkCase,
    /// The worst ESCC grade, when assessed.
    pub worst_escc: Option<String>,
    /// The course of the deficit, when assessed.
    pub deficit_course: Option<String>,
    /// When it was assessed.
    pub assessed_at: Option<DateTime<Utc>>,
    /// The latest referral's class of urgency as it stands.
    pub urgency: Option<String>,
    /// When its clock started, of a class that was raised after the referral was sent.
    pub urgent_since: Option<DateTime<Utc>>,
    /// The latest referral as sent.
    pub referral: Option<ReferralDocument>,
    /// From which site it was sent, and when.
    pub sent: Option<(SiteId, DateTime<Utc>)>,
    /// The next meeting at which it is listed.
    pub listed: Option<DateTime<Utc>>,
}

/// Open cases with the cord at risk, and emergencies whose compression has not been graded, for which no
/// decision that holds was signed on these facts; the longest waiting first. There are never so many that
/// one would be left out.
///
/// # Errors
/// When the database cannot be reached.
pub async fn cord_at_risk<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
) -> Result<Vec<CordCase>, StoreError> {
    let sight = sight(reading);
    let rows = sqlx::query!(
        r#"
        select c.id as "id: CaseId", c.number, c.site_id as "site: SiteId", p.id as "patient: PatientId", p.family_name,
               p.given_name, p.title, p.birth_date, a.worst_escc as "worst_escc?",
               a.deficit_course as "deficit_course?", a.recorded_at as "assessed_at?",
               r.urgency as "urgency?", r.urgent_since as "urgent_since?", r.document as "document?",
               r.sender_site_id as "sender?: SiteId", r.sent_at as "sent_at?",
               (select m.starts_at from agenda_item i join meeting m on m.site_id = i.site_id and m.id = i.meeting_id
                 where i.site_id = c.site_id and i.case_id = c.id
                   and i.state in ('proposed', 'listed', 'ready', 'open')) as listed
          from mdt_case c
          join patient p on p.site_id = c.site_id and p.id = c.patient_id
          left join lateral (select worst_escc, deficit_course, cord_at_risk, recorded_at from assessment a
                              where a.site_id = c.site_id and a.case_id = c.id
                              order by ordinal desc limit 1) a on true
          left join lateral (select urgency, urgent_since, document, sender_site_id, sent_at, state
                               from referral_now r
                              where r.site_id = c.site_id and r.case_id = c.id
                              order by ordinal desc limit 1) r on true
         where c.site_id = any ($1) and c.state = 'open'
           and (a.cord_at_risk
                or (r.urgency = 'U1' and a.worst_escc is null
                    and r.state in ('received', 'redirected', 'accepted')))
           and not exists (select 1 from decision_version v
                            where v.site_id = c.site_id and v.case_id = c.id
                              and v.signed_at >= coalesce(a.recorded_at, '-infinity'::timestamptz)
                              and not exists (select 1 from decision_void o
                                               where o.site_id = v.site_id and o.decision_id = v.decision_id
                                                 and o.ordinal = 2))
         order by coalesce(r.sent_at, c.opened_at), c.id
         limit 1000
        "#,
        &sight.named,
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            let referral = row.document.as_deref().map(serde_json::from_slice).transpose();
            Ok(CordCase {
                referral: referral
                    .map_err(|why| StoreError::inconsistent("referral", "document", row.id, why))?,
                worst_escc: row.worst_escc,
                deficit_course: row.deficit_course,
                assessed_at: row.assessed_at,
                urgency: row.urgency,
                urgent_since: row.urgent_since,
                sent: row.sender.zip(row.sent_at),
                listed: row.listed,
                case: work_case!(row),
            })
        })
        .collect()
}
