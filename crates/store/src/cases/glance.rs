//! What the overview of a case shows of its referrals and decisions: the latest of each and no more, in
//! one statement, since the overview is the page that is opened most.

use chrono::{DateTime, Utc};
use mdt::ids::UserId;
use mdt::permission::Act;

use crate::access::CaseKey;
use crate::referrals::ReferralDocument;
use crate::{Reading, StoreError};

/// The latest of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// The latest referral as it was sent.
    pub referral: Option<ReferralDocument>,
    /// A decision is drafted and not signed.
    pub drafting: bool,
    /// The case is on the agenda of a meeting in session, and the reader is its chair or its scribe.
    pub writes: bool,
    /// The reader chairs the meeting at which the case was presented last.
    pub chairs: bool,
    /// The latest signed decision that is not voided.
    pub signed: Option<SignedGlance>,
}

/// Which version of which decision is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedGlance {
    /// The decision's number in the case.
    pub decision: i32,
    /// Its latest version.
    pub version: i32,
    /// When that was signed.
    pub signed_at: DateTime<Utc>,
}

/// The latest of the case that a page is about.
///
/// # Errors
/// [`StoreError::Inconsistent`] for a referral that cannot be read.
pub async fn glance<A: Act>(reading: &mut Reading<A, CaseKey>) -> Result<Glance, StoreError> {
    let case = reading.subject.clone();
    let user = reading.actor().user().map(UserId::uuid);
    let row = sqlx::query!(
        r#"
        select (select document from referral r
                 where r.site_id = c.site_id and r.case_id = c.id
                 order by r.ordinal desc limit 1) as referral,
               exists (select 1 from decision_draft t
                        where t.site_id = c.site_id and t.case_id = c.id and t.state <> 'discarded') as "drafting!",
               coalesce(p.in_session and p.state in ('listed', 'open') and p.writes, false) as "writes!",
               coalesce(p.chairs, false) as "chairs!",
               s.decision as "decision?", s.version as "version?", s.signed_at as "signed_at?"
          from mdt_case c
          left join lateral (select d.ordinal as decision, v.version, v.signed_at
                               from decision d
                               join decision_version v on v.site_id = d.site_id and v.decision_id = d.id
                              where d.site_id = c.site_id and d.case_id = c.id
                                and not exists (select 1 from decision_void x
                                                 where x.site_id = d.site_id and x.decision_id = d.id and x.ordinal = 2)
                              order by d.ordinal desc, v.version desc limit 1) s on true
          left join lateral (select i.state, m.state = 'in_session' as in_session,
                                    exists (select 1 from meeting_duty h
                                             where h.site_id = m.site_id and h.meeting_id = m.id and h.user_id = $3
                                               and h.duty in ('chair', 'scribe') and h.ended_at is null) as writes,
                                    exists (select 1 from meeting_duty h
                                             where h.site_id = m.site_id and h.meeting_id = m.id and h.user_id = $3
                                               and h.duty = 'chair' and h.ended_at is null) as chairs
                               from agenda_item i
                               join meeting m on m.site_id = i.site_id and m.id = i.meeting_id
                              where i.site_id = c.site_id and i.case_id = c.id and i.state <> 'removed'
                              order by i.listed_at desc, i.id desc limit 1) p on true
         where c.site_id = $1 and c.id = $2
        "#,
        case.site.uuid(),
        case.id.uuid(),
        user,
    )
    .fetch_one(reading.connection())
    .await?;
    let referral = row.referral.as_deref().map(serde_json::from_slice).transpose();
    let signed = row.decision.zip(row.version).zip(row.signed_at);
    Ok(Glance {
        referral: referral
            .map_err(|why| StoreError::inconsistent("referral", "document", case.id, why))?,
        drafting: row.drafting,
        writes: row.writes,
        chairs: row.chairs,
        signed: signed.map(|((decision, version), signed_at)| SignedGlance {
            decision,
            version,
            signed_at,
        }),
    })
}
