//! Cases whose facts are not enough.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use mdt::ids::{CaseId, PatientId, SiteId};
use mdt::permission::Act;
use uuid::Uuid;

use super::{WorkCase, sight, work_case};
use crate::{Reading, StoreError};

/// A score that facts are missing for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenScore {
    /// The rule set.
    pub rule_set: String,
    /// Its title.
    pub title: String,
    /// The level, of a score of lesions.
    pub level: Option<String>,
    /// The totals that are still possible.
    pub totals: Vec<i32>,
}

/// A case whose facts are not enough.
#[derive(Debug, Clone)]
pub struct IncompleteCase {
    /// The case.
    pub case: WorkCase,
    /// Whether it has an assessment at all.
    pub assessed: bool,
    /// Scores with more than one possible total.
    pub scores: Vec<OpenScore>,
    /// The meeting at which it is listed.
    pub listed: Option<DateTime<Utc>>,
}

/// Open cases without an assessment, and listed cases with a score that is still open: the soonest
/// meeting first; at most 50.
///
/// # Errors
/// When the database cannot be reached.
pub async fn incomplete_cases<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
) -> Result<Vec<IncompleteCase>, StoreError> {
    let sight = sight(reading);
    let rows = sqlx::query!(
        r#"
        select c.id as "id: CaseId", c.number, c.site_id as "site: SiteId", p.id as "patient: PatientId", p.family_name,
               p.given_name, p.title, p.birth_date, a.id as "assessment?", m.starts_at as "listed?"
          from mdt_case c
          join patient p on p.site_id = c.site_id and p.id = c.patient_id
          left join lateral (select id from assessment a
                              where a.site_id = c.site_id and a.case_id = c.id
                              order by ordinal desc limit 1) a on true
          left join agenda_item i on i.site_id = c.site_id and i.case_id = c.id
                                 and i.state in ('proposed', 'listed', 'ready', 'open')
          left join meeting m on m.site_id = i.site_id and m.id = i.meeting_id
         where c.site_id = any ($1) and c.state = 'open'
           and (a.id is null
                or (m.id is not null
                    and exists (select 1 from evaluation e
                                  join evaluation_result r on r.site_id = e.site_id and r.evaluation_id = e.id
                                 where e.site_id = c.site_id and e.assessment_id = a.id
                                   and cardinality(r.totals) > 1)))
         order by m.starts_at nulls last, c.opened_at, c.id
         limit 50
        "#,
        &sight.named,
    )
    .fetch_all(reading.connection())
    .await?;
    let cases: Vec<Uuid> = rows.iter().map(|row| row.id.uuid()).collect();
    let mut scores = open_scores(reading, &cases).await?;
    rows.into_iter()
        .map(|row| {
            Ok(IncompleteCase {
                assessed: row.assessment.is_some(),
                scores: scores.remove(&row.id).unwrap_or_default(),
                listed: row.listed,
                case: work_case!(row),
            })
        })
        .collect()
}

async fn open_scores<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
    cases: &[Uuid],
) -> Result<BTreeMap<CaseId, Vec<OpenScore>>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select e.case_id as "case: CaseId", v.rule_set, v.title, r.level, r.totals as "totals!"
          from mdt_case c
          join lateral (select id from assessment a where a.site_id = c.site_id and a.case_id = c.id
                         order by ordinal desc limit 1) a on true
          join lateral (select id, site_id, case_id from evaluation e
                         where e.site_id = c.site_id and e.assessment_id = a.id
                         order by made_at desc, id desc limit 1) e on true
          join evaluation_result r on r.site_id = e.site_id and r.evaluation_id = e.id
          join rule_set_version v on v.rule_set = r.rule_set and v.version = r.version
         where c.id = any ($1) and cardinality(r.totals) > 1
         order by v.title, r.level
        "#,
        cases,
    )
    .fetch_all(reading.connection())
    .await?;
    let mut scores: BTreeMap<CaseId, Vec<OpenScore>> = BTreeMap::new();
    for row in rows {
        let level = Some(row.level).filter(|level| !level.is_empty());
        scores.entry(row.case).or_default().push(OpenScore {
            rule_set: row.rule_set,
            title: row.title,
            level,
            totals: row.totals,
        });
    }
    Ok(scores)
}
