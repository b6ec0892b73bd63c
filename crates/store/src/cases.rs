//! Cases: lists, what a case's pages need, history, closing and reopening.

use chrono::{DateTime, Utc};
use mdt::actor::Actor;
use mdt::case::{CaseState, CloseReason, OpenWork};
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::event::{AuditEvent, Event, EventKind, Payload, SubjectKind};
use mdt::ids::{CaseId, EventId, MeetingId, PatientId, SiteId};
use mdt::permission::{Act, CaseView, act, case_view};
use mdt::person::{BirthDate, PersonName, Sex};

use crate::access::CaseKey;
use crate::patients::{self, Patient, name_key, stored_name};
use crate::referrals::case_number;
use crate::sight::Sight;
use crate::{Command, Committed, Reading, StoreError};

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
    pub draft: Option<String>,
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
    let state = filter.open.map(|open| if open { "open" } else { "closed" });
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
               (select count(*) from decision_version v where v.site_id = c.site_id and v.case_id = c.id) as "signed!"
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
        state,
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
            let sex = Sex::from_code(&row.sex)
                .map_err(|why| StoreError::inconsistent("patient", "sex", row.patient, why))?;
            Ok(CaseRow {
                id: row.id,
                number: case_number(row.id, &row.number)?,
                site: row.site,
                patient: row.patient,
                name: row.named.then_some(name),
                birth_date: BirthDate::stored(row.birth_date),
                sex,
                nhs_number: row.nhs.filter(|_| row.named),
                open: row.state == CaseState::Open.code(),
                histology: row.histology,
                levels: row.levels,
                cord_at_risk: row.cord_at_risk,
                assessments: row.ordinal.unwrap_or(0),
                listed: row.meeting.zip(row.starts_at),
                draft: row.draft,
                signed: row.signed,
                changed_at: row.assessed_at.unwrap_or(row.opened_at),
            })
        })
        .collect()
}

/// A case of one patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientCaseRow {
    /// Number.
    pub number: CaseNumber,
    /// Whether it is open.
    pub open: bool,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Primary tumour of the current assessment.
    pub histology: Option<String>,
    /// Signed versions of its decisions.
    pub signed: i64,
}

/// The cases of the patient that a page is about, newest first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn of_patient<A: Act>(
    reading: &mut Reading<A, crate::PatientKey>,
) -> Result<Vec<PatientCaseRow>, StoreError> {
    let patient = reading.subject.id;
    let rows = sqlx::query!(
        r#"select c.id as "id: CaseId", c.number, c.state, c.opened_at,
                  (select a.histology from assessment a where a.site_id = c.site_id and a.case_id = c.id
                    order by a.ordinal desc limit 1) as histology,
                  (select count(*) from decision_version v
                    where v.site_id = c.site_id and v.case_id = c.id) as "signed!"
             from mdt_case c
            where c.patient_id = $1 order by c.opened_at desc"#,
        patient.uuid(),
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PatientCaseRow {
                number: case_number(row.id, &row.number)?,
                open: row.state == CaseState::Open.code(),
                opened_at: row.opened_at,
                histology: row.histology,
                signed: row.signed,
            })
        })
        .collect()
}

/// Who the case is about, and where it is listed: what the banner of every case page shows.
#[derive(Debug, Clone)]
pub struct CaseHead {
    /// The patient.
    pub patient: Patient,
    /// How much of it this reader sees.
    pub view: CaseView,
    /// First referral: when, from which site.
    pub referred: Option<(DateTime<Utc>, SiteId)>,
    /// The open agenda item's meeting and start.
    pub listed: Option<(MeetingId, DateTime<Utc>)>,
    /// Whether the current assessment marks the cord as at risk.
    pub cord_at_risk: bool,
    /// When it was closed, if it is.
    pub closed_code: Option<String>,
}

/// The head of the case that a page is about.
///
/// # Errors
/// When the database cannot be reached.
pub async fn head<A: Act>(reading: &mut Reading<A, CaseKey>) -> Result<CaseHead, StoreError> {
    let case = reading.subject.clone();
    let view = view_of(reading.actor(), reading.grounds());
    let patient = patients::read(reading.connection(), case.patient).await?;
    let row = sqlx::query!(
        r#"
        select c.state_code, r.sent_at as "sent_at?", r.sender_site_id as "sender_site?: SiteId",
               m.id as "meeting?: MeetingId", m.starts_at as "starts_at?",
               coalesce((select a.cord_at_risk from assessment a where a.site_id = c.site_id and a.case_id = c.id
                          order by a.ordinal desc limit 1), false) as "cord_at_risk!"
          from mdt_case c
          left join referral r on r.site_id = c.site_id and r.case_id = c.id and r.ordinal = 1
          left join agenda_item i on i.site_id = c.site_id and i.case_id = c.id
                                 and i.state in ('proposed', 'listed', 'ready', 'open')
          left join meeting m on m.site_id = i.site_id and m.id = i.meeting_id
         where c.site_id = $1 and c.id = $2
        "#,
        case.site.uuid(),
        case.id.uuid(),
    )
    .fetch_one(reading.connection())
    .await?;
    Ok(CaseHead {
        patient,
        view,
        referred: row.sent_at.zip(row.sender_site),
        listed: row.meeting.zip(row.starts_at),
        cord_at_risk: row.cord_at_risk,
        closed_code: row.state_code,
    })
}

fn view_of(actor: &Actor, grounds: &mdt::actor::Grounds) -> CaseView {
    // The widest view that any of the actor's roles at the owning site gives.
    let roles = actor.roles_at(grounds.site);
    let views =
        roles.into_iter().filter_map(|role| case_view(role, mdt::permission::Relation::Member));
    let widest = views.min_by_key(|view| match view {
        CaseView::Full => 0,
        CaseView::Deidentified => 1,
        CaseView::Status => 2,
    });
    widest
        .or_else(|| grounds.role.and_then(|role| case_view(role, grounds.relation)))
        .unwrap_or(CaseView::Status)
}

/// One line of a case's history.
#[derive(Debug, Clone)]
pub struct HistoryRow {
    /// The event.
    pub event: AuditEvent,
    /// Its details, unless erased.
    pub payload: Option<Payload>,
    /// Its leaf hash, hex.
    pub leaf: String,
    /// Its entry number, when sealed.
    pub index: Option<i64>,
}

/// The events of a case, newest first, before an event where given; of these kinds only, where any are.
///
/// # Errors
/// When the database cannot be reached.
pub async fn history<A: Act>(
    reading: &mut Reading<A, CaseKey>,
    kinds: &[EventKind],
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<HistoryRow>, StoreError> {
    let case = reading.subject.clone();
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.code().to_owned()).collect();
    let rows = sqlx::query!(
        r#"
        select e.id as "id: EventId", e.document, e.leaf_hash, p.document as "payload?", l.index as "index?"
          from audit_event e
          left join audit_payload p on p.site_id = e.site_id and p.event_id = e.id
          left join audit_leaf l on l.site_id = e.site_id and l.event_id = e.id
         where e.site_id = $1 and e.case_id = $2 and ($3::uuid is null or e.id < $3)
           and (cardinality($5::text[]) = 0 or e.kind = any ($5))
         order by e.id desc
         limit $4
        "#,
        case.site.uuid(),
        case.id.uuid(),
        before.map(EventId::uuid),
        limit,
        &kinds,
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            let event = AuditEvent::from_bytes(&row.document)
                .map_err(|why| StoreError::inconsistent("audit_event", "document", row.id, why))?;
            let payload =
                row.payload.map(|bytes| Payload::from_bytes(&bytes)).transpose().map_err(
                    |why| StoreError::inconsistent("audit_payload", "document", row.id, why),
                )?;
            Ok(HistoryRow { event, payload, leaf: hex::encode(row.leaf_hash), index: row.index })
        })
        .collect()
}

/// Closes a case.
///
/// # Errors
/// [`StoreError::Refused`] while something in it is open; [`StoreError::Stale`].
pub async fn close(
    mut command: Command<act::CaseClose, CaseKey>,
    reason: CloseReason,
    base: i32,
) -> Result<Committed, StoreError> {
    let case = command.subject.clone();
    let work = sqlx::query!(
        r#"
        select exists (select 1 from agenda_item where site_id = $1 and case_id = $2
                          and state in ('proposed', 'listed', 'ready', 'open')) as "item!",
               exists (select 1 from decision_draft where site_id = $1 and case_id = $2
                          and state <> 'discarded') as "decision!"
        "#,
        case.site.uuid(),
        case.id.uuid(),
    )
    .fetch_one(command.connection())
    .await?;
    let work = OpenWork { agenda_item: work.item, decision: work.decision };
    let after =
        state_of(&case).close(work).map_err(|error| StoreError::Refused(error.to_string()))?;
    set_state(&mut command, &case, after, Some(reason.code()), base).await?;
    let event = Event::new(EventKind::CaseClosed)
        .subject(SubjectKind::Case, case.id)
        .case(case.id)
        .patient(case.patient)
        .reason(reason.code());
    command.commit(event, format!("/cases/{}", case.number)).await
}

/// Reopens a closed case.
///
/// # Errors
/// [`StoreError::Refused`] when it is open or without a reason; [`StoreError::Stale`].
pub async fn reopen(
    mut command: Command<act::CaseReopen, CaseKey>,
    reason: &str,
    base: i32,
) -> Result<Committed, StoreError> {
    let case = command.subject.clone();
    let after =
        state_of(&case).reopen(reason).map_err(|error| StoreError::Refused(error.to_string()))?;
    set_state(&mut command, &case, after, None, base).await?;
    let event = Event::new(EventKind::CaseReopened)
        .subject(SubjectKind::Case, case.id)
        .case(case.id)
        .patient(case.patient)
        .private("reason", reason);
    command.commit(event, format!("/cases/{}", case.number)).await
}

fn state_of(case: &CaseKey) -> CaseState {
    if case.open { CaseState::Open } else { CaseState::Closed }
}

async fn set_state<A: Act>(
    command: &mut Command<A, CaseKey>,
    case: &CaseKey,
    state: CaseState,
    code: Option<&str>,
    base: i32,
) -> Result<(), StoreError> {
    let done = sqlx::query!(
        r#"update mdt_case set state = $3, state_code = $4, row_version = row_version + 1
            where site_id = $1 and id = $2 and row_version = $5"#,
        case.site.uuid(),
        case.id.uuid(),
        state.code(),
        code,
        base,
    )
    .execute(command.connection())
    .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Stale { base: base.into(), current: case.row_version.into() });
    }
    Ok(())
}
