//! What waits for a user: the reads behind the worklist. Each shows only what the reader treats or sent
//! themselves; the page that shows them writes one event with the ids of all.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::decision::DecisionState;
use mdt::ids::{CaseId, MeetingId, PatientId, ReferralId, SiteId, UserId};
use mdt::permission::Act;
use mdt::person::{BirthDate, PersonName};
use mdt::role::Duty;
use uuid::Uuid;

use crate::patients::stored_name;
use crate::referrals::{ReferralDocument, case_number};
use crate::sight::Sight;
use crate::{Reading, StoreError};

/// A case and its patient, as a line of the worklist names them.
#[derive(Debug, Clone)]
pub struct WorkCase {
    /// The case.
    pub id: CaseId,
    /// Its number.
    pub number: CaseNumber,
    /// The site that owns it.
    pub site: SiteId,
    /// The patient.
    pub patient: PatientId,
    /// Their name.
    pub name: PersonName,
    /// Their date of birth.
    pub birth_date: BirthDate,
}

/// The columns that make a [`WorkCase`].
struct CaseColumns {
    id: CaseId,
    number: String,
    site: SiteId,
    patient: PatientId,
    family_name: String,
    given_name: String,
    title: Option<String>,
    birth_date: NaiveDate,
}

impl TryFrom<CaseColumns> for WorkCase {
    type Error = StoreError;

    fn try_from(row: CaseColumns) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            number: case_number(row.id, &row.number)?,
            site: row.site,
            patient: row.patient,
            name: stored_name(
                row.patient,
                &row.family_name,
                &row.given_name,
                row.title.as_deref(),
            )?,
            birth_date: BirthDate::stored(row.birth_date),
        })
    }
}

macro_rules! work_case {
    ($row:ident) => {
        WorkCase::try_from(CaseColumns {
            id: $row.id,
            number: $row.number,
            site: $row.site,
            patient: $row.patient,
            family_name: $row.family_name,
            given_name: $row.given_name,
            title: $row.title,
            birth_date: $row.birth_date,
        })
    };
}

fn sight<A: Act>(reading: &Reading<A, Vec<SiteId>>) -> Sight {
    Sight::of(reading.actor(), &reading.subject)
}

/// A case with the cord at risk by its current assessment, or an emergency that nobody has assessed yet.
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

/// Open cases with the cord at risk and no signed decision yet; at most 50, the longest waiting first.
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
               r.sender_site_id as "sender?: SiteId",
               r.sent_at as "sent_at?",
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
                or (r.urgency = 'U1' and a.recorded_at is null
                    and r.state in ('received', 'redirected', 'accepted')))
           and not exists (select 1 from decision_version v where v.site_id = c.site_id and v.case_id = c.id)
         order by coalesce(r.sent_at, c.opened_at), c.id
         limit 50
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
                case: work_case!(row)?,
            })
        })
        .collect()
}

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
            let state = DecisionState::from_code(&row.state)
                .map_err(|why| StoreError::inconsistent("decision_draft", "state", row.id, why))?;
            let duties =
                row.duties.iter().map(|code| Duty::from_code(code)).collect::<Result<_, _>>();
            Ok(WaitingDecision {
                state,
                recorded_by: row.recorded_by,
                since: row.since,
                duties: duties
                    .map_err(|why| StoreError::inconsistent("meeting_duty", "duty", row.id, why))?,
                case: work_case!(row)?,
            })
        })
        .collect()
}

/// A score that facts are missing for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenScore {
    /// Short title of the rule set.
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
                case: work_case!(row)?,
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
        select e.case_id as "case: CaseId", v.title, r.level, r.totals as "totals!"
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
            title: row.title,
            level,
            totals: row.totals,
        });
    }
    Ok(scores)
}

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
                case: work_case!(row)?,
            })
        })
        .collect()
}

/// An open action of the reader's.
#[derive(Debug, Clone)]
pub struct OpenAction {
    /// Its case.
    pub case: WorkCase,
    /// What is to be done.
    pub text: String,
    /// By when.
    pub due: Option<NaiveDate>,
}

/// The reader's own open actions, the first due first.
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
               p.given_name, p.title, p.birth_date, a.text, a.due
          from action a
          join lateral (select state from action_state s where s.site_id = a.site_id and s.action_id = a.id
                         order by s.ordinal desc limit 1) s on s.state = 'open'
          join mdt_case c on c.site_id = a.site_id and c.id = a.case_id
          join patient p on p.site_id = c.site_id and p.id = c.patient_id
         where a.site_id = any ($1) and a.owner_id = $2
         order by a.due nulls last, a.added_at, a.id
         limit 50
        "#,
        &sight.named,
        sight.user,
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| Ok(OpenAction { text: row.text.clone(), due: row.due, case: work_case!(row)? }))
        .collect()
}

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
