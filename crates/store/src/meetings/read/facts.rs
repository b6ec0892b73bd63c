//! What a meeting looks at first in each of its cases: the current facts and the totals of the scores.

use std::collections::BTreeMap;

use clinical::assessment::Assessment;
use mdt::ids::AgendaItemId;
use mdt::permission::Act;

use crate::{MeetingKey, Reading, StoreError};

/// The scores that an agenda names.
const SCORES: [&str; 3] = ["sins-2010", "tokuhashi-2005", "tomita-2001"];

/// The current facts of a case on an agenda, and what they come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgendaFacts {
    /// The current assessment.
    pub assessment: Assessment,
    /// Totals by its latest evaluation, by rule set and level; none before it was evaluated.
    pub totals: Vec<AgendaTotal>,
}

/// The total of one score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgendaTotal {
    /// The rule set.
    pub rule_set: String,
    /// The lesion, for a score of lesions.
    pub level: Option<String>,
    /// The least and the greatest total that is possible.
    pub range: (i32, i32),
}

/// The facts of the cases of a meeting, by agenda item; none for a case without an assessment.
///
/// # Errors
/// When the database cannot be reached, or an assessment cannot be read.
pub async fn agenda_facts<A: Act>(
    reading: &mut Reading<A, MeetingKey>,
) -> Result<BTreeMap<AgendaItemId, AgendaFacts>, StoreError> {
    let (site, id) = (reading.site(), reading.subject.id);
    let rows = sqlx::query!(
        r#"
        select i.id as "item: AgendaItemId", a.document
          from agenda_item i
          join lateral (select document from assessment
                         where site_id = i.site_id and case_id = i.case_id
                         order by ordinal desc limit 1) a on true
         where i.site_id = $1 and i.meeting_id = $2
        "#,
        site.uuid(),
        id.uuid(),
    )
    .fetch_all(reading.connection())
    .await?;
    let mut totals = totals(reading).await?;
    rows.into_iter()
        .map(|row| {
            let assessment = Assessment::from_canonical(&row.document)
                .map_err(|why| StoreError::inconsistent("assessment", "document", row.item, why))?;
            let totals = totals.remove(&row.item).unwrap_or_default();
            Ok((row.item, AgendaFacts { assessment, totals }))
        })
        .collect()
}

async fn totals<A: Act>(
    reading: &mut Reading<A, MeetingKey>,
) -> Result<BTreeMap<AgendaItemId, Vec<AgendaTotal>>, StoreError> {
    let (site, id) = (reading.site(), reading.subject.id);
    let scores = SCORES.map(str::to_owned);
    let rows = sqlx::query!(
        r#"
        select i.id as "item: AgendaItemId", o.rule_set, o.level, o.total_min as "least!", o.total_max as "greatest!"
          from agenda_item i
          join lateral (select id from assessment
                         where site_id = i.site_id and case_id = i.case_id
                         order by ordinal desc limit 1) a on true
          join lateral (select id from evaluation
                         where site_id = i.site_id and assessment_id = a.id
                         order by made_at desc, id desc limit 1) e on true
          join evaluation_result o on o.site_id = i.site_id and o.evaluation_id = e.id
         where i.site_id = $1 and i.meeting_id = $2 and o.rule_set = any ($3)
           and o.total_min is not null and o.total_max is not null
         order by o.rule_set, o.level
        "#,
        site.uuid(),
        id.uuid(),
        &scores,
    )
    .fetch_all(reading.connection())
    .await?;
    let mut totals: BTreeMap<AgendaItemId, Vec<AgendaTotal>> = BTreeMap::new();
    for row in rows {
        totals.entry(row.item).or_default().push(AgendaTotal {
            rule_set: row.rule_set,
            level: Some(row.level).filter(|level| !level.is_empty()),
            range: (row.least, row.greatest),
        });
    }
    Ok(totals)
}
