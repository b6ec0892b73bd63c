//! Decisions that wait for their next step.

use chrono::{DateTime, Utc};
use mdt::decision::DecisionState;
use mdt::ids::{CaseId, PatientId, SiteId, UserId};
use mdt::permission::Act;
use mdt::role::Duty;

use super::{WorkCase, sight, work_case};
use crate::stored::coded;
use crate::{Reading, StoreError};

/// A decision that is not signed yet.
#[derive(Debug, Clone)]
pub struct WaitingDecision {
    /// The case.
    pub case: WorkCase,
    /// Draft, read back or confirmed.
    pub state: DecisionState,
    /// Who recorded it last.
    pub recorded_by: UserId,
    /// When it came to this state.
    pub since: DateTime<Utc>,
    /// The reader's duties in the meeting at which it was made.
    pub duties: Vec<Duty>,
}

/// Decisions that wait to be read back, confirmed or signed, the longest waiting first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn waiting_decisions<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
) -> Result<Vec<WaitingDecision>, StoreError> {
    let sight = sight(reading);
    let rows = sqlx::query!(
        r#"
        select c.id as "id: CaseId", c.number, c.site_id as "site: SiteId", p.id as "patient: PatientId", p.family_name,
               p.given_name, p.title, p.birth_date, t.state, t.recorded_by as "recorded_by: UserId",
               coalesce(t.confirmed_at, t.read_back_at, t.recorded_at) as "since!",
               array(select d.duty from meeting_duty d
                      where d.site_id = i.site_id and d.meeting_id = i.meeting_id and d.user_id = $2
                        and d.ended_at is null) as "duties!"
          from decision_draft t
          join decision e on e.site_id = t.site_id and e.id = t.decision_id
          join mdt_case c on c.site_id = t.site_id and c.id = t.case_id
          join patient p on p.site_id = c.site_id and p.id = c.patient_id
          left join agenda_item i on i.site_id = e.site_id and i.id = e.agenda_item_id
         where t.site_id = any ($1) and t.state <> 'discarded'
         order by 11, c.number
         limit 100
        "#,
        &sight.named,
        sight.user,
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = coded::<DecisionState>(&row.state, ("decision_draft", "state"), row.id)?;
            let duties = row.duties.iter();
            let duties = duties.map(|code| coded(code, ("meeting_duty", "duty"), row.id));
            Ok(WaitingDecision {
                state,
                recorded_by: row.recorded_by,
                since: row.since,
                duties: duties.collect::<Result<_, _>>()?,
                case: work_case!(row),
            })
        })
        .collect()
}
