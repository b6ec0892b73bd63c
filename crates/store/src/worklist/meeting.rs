//! The figures of a meeting.

use mdt::ids::{MeetingId, SiteId};
use mdt::permission::Act;

use crate::{Reading, StoreError};

/// Figures of a meeting for the worklist: nobody is named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MeetingFigures {
    /// Listed, ready or open.
    pub listed: u32,
    /// Proposed, not listed yet.
    pub proposed: u32,
    /// Of both, with the most urgent class.
    pub emergencies: u32,
    /// Of both, assessed with every score determined.
    pub complete: u32,
}

/// The figures of one meeting of the reading's sites.
///
/// # Errors
/// When the database cannot be reached.
pub async fn meeting_figures<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
    meeting: MeetingId,
) -> Result<MeetingFigures, StoreError> {
    let row = sqlx::query!(
        r#"
        select count(*) filter (where i.state in ('listed', 'ready', 'open')) as "listed!",
               count(*) filter (where i.state = 'proposed') as "proposed!",
               count(*) filter (where r.urgency = 'U1') as "emergencies!",
               count(*) filter (where a.id is not null
                                  and not exists (select 1 from evaluation e
                                                    join evaluation_result x
                                                      on x.site_id = e.site_id and x.evaluation_id = e.id
                                                   where e.site_id = i.site_id and e.assessment_id = a.id
                                                     and cardinality(x.totals) > 1)) as "complete!"
          from agenda_item i
          left join lateral (select urgency from referral_now r where r.site_id = i.site_id and r.case_id = i.case_id
                              order by ordinal desc limit 1) r on true
          left join lateral (select id from assessment a where a.site_id = i.site_id and a.case_id = i.case_id
                              order by ordinal desc limit 1) a on true
         where i.meeting_id = $1 and i.state in ('proposed', 'listed', 'ready', 'open')
        "#,
        meeting.uuid(),
    )
    .fetch_one(reading.connection())
    .await?;
    let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    Ok(MeetingFigures {
        listed: count(row.listed),
        proposed: count(row.proposed),
        emergencies: count(row.emergencies),
        complete: count(row.complete),
    })
}
