//! What is the reader's own: referrals that came back, actions.

use chrono::{DateTime, NaiveDate, Utc};
use mdt::ids::{ActionId, CaseId, PatientId, ReferralId, SiteId};
use mdt::permission::Act;

use super::{WorkCase, sight, work_case};
use crate::{Reading, StoreError};

/// A referral of the reader's that came back.
#[derive(Debug, Clone)]
pub struct ReturnedReferral {
    /// The referral.
    pub id: ReferralId,
    /// Its case.
    pub case: WorkCase,
    /// Why it was returned.
    pub reason: Option<String>,
    /// When.
    pub returned_at: DateTime<Utc>,
}

/// The reader's own referrals that were returned and not sent anew, the longest waiting first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn returned_referrals<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
) -> Result<Vec<ReturnedReferral>, StoreError> {
    let sight = sight(reading);
    let rows = sqlx::query!(
        r#"
        select r.id as "referral: ReferralId", c.id as "id: CaseId", c.number, c.site_id as "site: SiteId",
               p.id as "patient: PatientId", p.family_name, p.given_name, p.title, p.birth_date, s.reason, s.changed_at
          from referral r
          join lateral (select state, reason, changed_at from referral_state s
                         where s.site_id = r.site_id and s.referral_id = r.id
                         order by s.ordinal desc limit 1) s on s.state = 'returned'
          join mdt_case c on c.site_id = r.site_id and c.id = r.case_id
          join patient p on p.site_id = c.site_id and p.id = c.patient_id
         where r.sender_user_id = $1 and c.state = 'open'
           and not exists (select 1 from referral later
                            where later.site_id = r.site_id and later.case_id = r.case_id
                              and later.ordinal > r.ordinal)
         order by s.changed_at, r.id
         limit 50
        "#,
        sight.user,
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ReturnedReferral {
                id: row.referral,
                reason: row.reason,
                returned_at: row.changed_at,
                case: work_case!(row),
            })
        })
        .collect()
}

/// An open action of the reader's.
#[derive(Debug, Clone)]
pub struct OpenAction {
    /// Its id.
    pub id: ActionId,
    /// Its case.
    pub case: WorkCase,
    /// What is to be done.
    pub text: String,
    /// By when.
    pub due: Option<NaiveDate>,
    /// The decision that it is an action of: its ordinal within the case, and the version.
    pub decision: (i32, i32),
}

/// The reader's own open actions, the last due first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn own_actions<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
) -> Result<Vec<OpenAction>, StoreError> {
    let sight = sight(reading);
    let rows = sqlx::query!(
        r#"
        select c.id as "id: CaseId", c.number, c.site_id as "site: SiteId", p.id as "patient: PatientId", p.family_name,
               p.given_name, p.title, p.birth_date, a.id as "action: ActionId", a.text, a.due, d.ordinal, v.version
          from action a
          join decision_version v on v.site_id = a.site_id and v.id = a.decision_version_id
          join decision d on d.site_id = v.site_id and d.id = v.decision_id
          join lateral (select state from action_state s where s.site_id = a.site_id and s.action_id = a.id
                         order by s.ordinal desc limit 1) s on s.state = 'open'
          join mdt_case c on c.site_id = a.site_id and c.id = a.case_id
          join patient p on p.site_id = c.site_id and p.id = c.patient_id
         where a.site_id = any ($1) and a.owner_id = $2
         order by a.due desc nulls last, a.added_at desc, a.id
         limit 50
        "#,
        &sight.named,
        sight.user,
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(OpenAction {
                id: row.action,
                text: row.text.clone(),
                due: row.due,
                decision: (row.ordinal, row.version),
                case: work_case!(row),
            })
        })
        .collect()
}
