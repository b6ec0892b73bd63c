//! The list of cases.

use chrono::{DateTime, Utc};
use mdt::case::CaseState;
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::decision::DecisionState;
use mdt::ids::{CaseId, MeetingId, PatientId, SiteId};
use mdt::permission::Act;
use mdt::person::{BirthDate, PersonName, Sex};

use crate::patients::{name_key, stored_name, stored_sex};
use crate::referrals::case_number;
use crate::sight::Sight;
use crate::stored::coded;
use crate::{Reading, StoreError};

/// A case on a list.
#[derive(Debug, Clone)]
pub struct CaseRow {
    /// Id.
    pub id: CaseId,
    /// Number.
    pub number: CaseNumber,
    /// Owning site.
    pub site: SiteId,
    /// Patient.
    pub patient: PatientId,
    /// Name; none for a reader who sees cases without names.
    pub name: Option<PersonName>,
    /// Date of birth.
    pub birth_date: BirthDate,
    /// Sex.
    pub sex: Sex,
    /// NHS number, digits only; none where it is not known, or not to be shown.
    pub nhs_number: Option<String>,
    /// Whether it is open.
    pub open: bool,
    /// Primary tumour of the current assessment.
    pub histology: Option<String>,
    /// Levels with a lesion.
    pub levels: Vec<String>,
    /// Whether the current assessment marks the cord as at risk.
    pub cord_at_risk: bool,
    /// Ordinal of the current assessment; 0 for none.
    pub assessments: i32,
    /// The open agenda item: meeting and start.
    pub listed: Option<(MeetingId, DateTime<Utc>)>,
    /// State of the draft decision, if there is one.
    pub draft: Option<DecisionState>,
    /// Signed versions of its decisions.
    pub signed: i64,
    /// When its facts were recorded last, or it was opened.
    pub changed_at: DateTime<Utc>,
}

/// What a list of cases is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// Name, number or case number; only the case number where the reader sees no names.
    pub words: String,
    /// Open, closed, or both.
    pub open: Option<bool>,
    /// One site of the reading's.
    pub site: Option<SiteId>,
    /// Show the rows after this case (newest first).
    pub after: Option<CaseNumber>,
    /// At most so many rows.
    pub limit: i64,
}

/// Cases of the reading's sites, the latest opened first: with names where the reader treats patients,
/// without where they audit, and elsewhere only what they sent themselves.
///
/// # Errors
/// When the database cannot be reached.
pub async fn list<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
    filter: &CaseFilter,
) -> Result<Vec<CaseRow>, StoreError> {
    let wanted = |site: &&SiteId| filter.site.is_none_or(|one| one == **site);
    let sites: Vec<uuid::Uuid> =
        reading.subject.iter().filter(wanted).map(|site| site.uuid()).collect();
    let sight = Sight::of(reading.actor(), &reading.subject);
    let state = filter.open.map(|open| if open { CaseState::Open } else { CaseState::Closed });
    let number: String = filter.words.chars().filter(|one| !one.is_whitespace()).collect();
    let rows = sqlx::query!(
        r#"
        select c.id as "id: CaseId", c.number, c.site_id as "site: SiteId", p.id as "patient: PatientId", p.family_name,
               p.given_name, p.title, p.birth_date, p.sex, c.state, c.opened_at,
               (c.site_id = any ($9) or sent.yes) as "named!",
               (select value from patient_identifier i
                 where i.site_id = p.site_id and i.patient_id = p.id and i.system = 'nhs') as nhs,
               array(select l.level from lesion l where l.site_id = c.site_id and l.case_id = c.id) as "levels!",
               a.histology as "histology?", coalesce(a.cord_at_risk, false) as "cord_at_risk!",
               a.ordinal as "ordinal?",
               a.recorded_at as "assessed_at?",
               m.id as "meeting?: MeetingId", m.starts_at as "starts_at?",
               (select d.state from decision_draft d where d.site_id = c.site_id and d.case_id = c.id
                   and d.state <> 'discarded' order by d.recorded_at desc limit 1) as draft,
               (select count(*) from decision_version v
                 where v.site_id = c.site_id and v.case_id = c.id
                   and not exists (select 1 from decision_void o
                                    where o.site_id = v.site_id and o.decision_id = v.decision_id
                                      and o.ordinal = 2)) as "signed!"
          from mdt_case c
          join patient p on p.site_id = c.site_id and p.id = c.patient_id
          join lateral (select exists (select 1 from referral r
                                        where r.site_id = c.site_id and r.case_id = c.id
                                          and r.sender_user_id = $10) as yes) sent on true
          left join lateral (select histology, cord_at_risk, ordinal, recorded_at from assessment a
                              where a.site_id = c.site_id and a.case_id = c.id
                              order by ordinal desc limit 1) a on true
          left join agenda_item i on i.site_id = c.site_id and i.case_id = c.id
                                 and i.state in ('proposed', 'listed', 'ready', 'open')
          left join meeting m on m.site_id = i.site_id and m.id = i.meeting_id
         where c.site_id = any ($1)
           and (c.site_id = any ($9) or c.site_id = any ($8) or sent.yes)
           and ($2::text is null or c.state = $2)
           and ($3 = '' or c.number = upper($4)
                or ((c.site_id = any ($9) or sent.yes)
                    and (($5 <> '' and p.name_key ^@ $5)
                         or p.id in (select patient_id from patient_identifier i
                                      where i.site_id = any ($1) and i.value in ($4, $3)))))
           and ($6::text is null
                or (c.opened_at, c.id) < (select before.opened_at, before.id from mdt_case before where before.number = $6))
         order by c.opened_at desc, c.id desc
         limit $7
        "#,
        &sites,
        state.map(Coded::code),
        filter.words.trim(),
        number,
        name_key(&filter.words),
        filter.after.as_ref().map(ToString::to_string),
        filter.limit,
        &sight.unnamed,
        &sight.named,
        sight.user,
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            let name =
                stored_name(row.patient, &row.family_name, &row.given_name, row.title.as_deref())?;
            let sex = stored_sex(row.patient, &row.sex)?;
            Ok(CaseRow {
                id: row.id,
                number: case_number(row.id, &row.number)?,
                site: row.site,
                patient: row.patient,
                name: row.named.then_some(name),
                birth_date: BirthDate::stored(row.birth_date),
                sex,
                nhs_number: row.nhs.filter(|_| row.named),
                open: coded::<CaseState>(&row.state, ("mdt_case", "state"), row.id)?
                    == CaseState::Open,
                histology: row.histology,
                levels: row.levels,
                cord_at_risk: row.cord_at_risk,
                assessments: row.ordinal.unwrap_or(0),
                listed: row.meeting.zip(row.starts_at),
                draft: row
                    .draft
                    .map(|code| coded(&code, ("decision_draft", "state"), row.id))
                    .transpose()?,
                signed: row.signed,
                changed_at: row.assessed_at.unwrap_or(row.opened_at),
            })
        })
        .collect()
}
