//! The agenda of a meeting, and the cases that could go on it.

use chrono::{DateTime, NaiveDate, Utc};
use mdt::case_number::CaseNumber;
use mdt::decision::{DecisionState, OutcomeKind};
use mdt::ids::{AgendaItemId, CaseId, DecisionId, PatientId};
use mdt::meeting::ItemState;
use mdt::permission::{Act, Action};
use mdt::person::{BirthDate, PersonName, Sex};

use crate::meetings::agenda::item_state;
use crate::patients::{stored_name, stored_sex};
use crate::referrals::ReferralDocument;
use crate::stored::coded;
use crate::{MeetingKey, Reading, StoreError};

/// A patient as an agenda names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgendaPatient {
    /// Which.
    pub id: PatientId,
    /// The name; none for a reader who sees cases without names.
    pub name: Option<PersonName>,
    /// Born.
    pub birth_date: BirthDate,
    /// Sex.
    pub sex: Sex,
}

/// A case on an agenda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgendaEntry {
    /// The item.
    pub item: AgendaItemId,
    /// Its place; places are in order, not without gaps.
    pub position: i32,
    /// Where it stands.
    pub state: ItemState,
    /// Why it was added late or taken off.
    pub reason: Option<String>,
    /// When it was proposed or listed.
    pub listed_at: DateTime<Utc>,
    /// The version that a move or a removal states as its base.
    pub row_version: i32,
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: CaseNumber,
    /// The patient.
    pub patient: AgendaPatient,
    /// The urgency of the latest referral as it stands, as a code.
    pub urgency: Option<String>,
    /// Whether that referral was accepted.
    pub accepted: bool,
    /// Its question to the meeting; none for a reader who sees no free text.
    pub question: Option<String>,
    /// The histology of the current assessment, as a code.
    pub histology: Option<String>,
    /// The ordinal of the current assessment.
    pub assessment: Option<u32>,
    /// How many of its results are not certain yet; none before it was evaluated.
    pub open_results: Option<u32>,
    /// The decision of this presentation, once one has been recorded.
    pub decision: Option<EntryDecision>,
}

/// What an agenda shows of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryDecision {
    /// The decision.
    pub id: DecisionId,
    /// The state of its draft, while there is one.
    pub draft: Option<DecisionState>,
    /// The latest signed version and its outcome.
    pub signed: Option<(u32, OutcomeKind)>,
}

struct EntryRow {
    item: AgendaItemId,
    position: i32,
    state: String,
    reason: Option<String>,
    listed_at: DateTime<Utc>,
    row_version: i32,
    case_id: CaseId,
    number: String,
    patient: PatientRow,
    urgency: Option<String>,
    accepted: bool,
    referral: Option<Vec<u8>>,
    histology: Option<String>,
    assessment: Option<i32>,
    open_results: Option<i64>,
    decision: Option<EntryDecision>,
}

struct PatientRow {
    id: PatientId,
    family_name: String,
    given_name: String,
    title: Option<String>,
    birth_date: NaiveDate,
    sex: String,
}

/// The patient of a row with the columns of one; each query has a row type of its own.
macro_rules! patient {
    ($row:ident) => {
        PatientRow {
            id: $row.patient_id,
            family_name: $row.family_name,
            given_name: $row.given_name,
            title: $row.title,
            birth_date: $row.birth_date,
            sex: $row.sex,
        }
    };
}

impl PatientRow {
    fn shown(self, named: bool) -> Result<AgendaPatient, StoreError> {
        let name = named
            .then(|| {
                stored_name(self.id, &self.family_name, &self.given_name, self.title.as_deref())
            })
            .transpose()?;
        let sex = stored_sex(self.id, &self.sex)?;
        Ok(AgendaPatient { id: self.id, name, birth_date: BirthDate::stored(self.birth_date), sex })
    }
}

impl EntryRow {
    fn shown(self, named: bool) -> Result<AgendaEntry, StoreError> {
        Ok(AgendaEntry {
            item: self.item,
            position: self.position,
            state: item_state(&self.state, self.item)?,
            reason: self.reason.filter(|_| named),
            listed_at: self.listed_at,
            row_version: self.row_version,
            case: self.case_id,
            number: number(&self.number, self.case_id)?,
            patient: self.patient.shown(named)?,
            urgency: self.urgency,
            accepted: self.accepted,
            question: self.referral.filter(|_| named).and_then(|document| question(&document)),
            histology: self.histology,
            assessment: self.assessment.and_then(|ordinal| u32::try_from(ordinal).ok()),
            open_results: self.open_results.and_then(|count| u32::try_from(count).ok()),
            decision: self.decision,
        })
    }
}

/// The question of a referral, as it was sent.
fn question(document: &[u8]) -> Option<String> {
    let document: ReferralDocument = serde_json::from_slice(document).ok()?;
    document.answer("question").map(str::to_owned)
}

fn number(text: &str, case: CaseId) -> Result<CaseNumber, StoreError> {
    text.parse().map_err(|why| StoreError::inconsistent("mdt_case", "number", case, why))
}

/// Whether the reader sees names and free text: an auditor does not.
fn sees_names<A: Act>(reading: &Reading<A, MeetingKey>) -> bool {
    reading.actor().may(Action::PatientRead, reading.site())
}

/// The agenda in order, with the cases that were taken off it at the end.
///
/// # Errors
/// When the database cannot be reached.
pub async fn agenda_of<A: Act>(
    reading: &mut Reading<A, MeetingKey>,
) -> Result<Vec<AgendaEntry>, StoreError> {
    let (site, id, named) = (reading.site(), reading.subject.id, sees_names(reading));
    let rows = sqlx::query!(
        r#"
        select i.id as "item: AgendaItemId", i.position, i.state, i.reason, i.listed_at, i.row_version,
               i.case_id as "case_id: CaseId", c.number,
               p.id as "patient_id: PatientId", p.family_name, p.given_name, p.title, p.birth_date, p.sex,
               r.urgency as "urgency?", coalesce(r.state = 'accepted', true) as "accepted!",
               r.document as "referral?", e.open_results as "open_results?",
               a.histology as "histology?", a.ordinal as "assessment?",
               d.id as "decision?: DecisionId", t.state as "draft?", v.version as "version?",
               v.outcome_kind as "outcome_kind?"
          from agenda_item i
          join mdt_case c on c.site_id = i.site_id and c.id = i.case_id
          join patient p on p.site_id = c.site_id and p.id = c.patient_id
          left join lateral (select urgency, state, document from referral_now
                              where site_id = i.site_id and case_id = i.case_id
                              order by ordinal desc limit 1) r on true
          left join lateral (select id, histology, ordinal from assessment
                              where site_id = i.site_id and case_id = i.case_id
                              order by ordinal desc limit 1) a on true
          left join lateral (select (select count(*) from evaluation_result o
                                      where o.site_id = x.site_id and o.evaluation_id = x.id
                                        and o.total_min is distinct from o.total_max) as open_results
                               from evaluation x
                              where x.site_id = i.site_id and x.assessment_id = a.id
                              order by x.made_at desc, x.id desc limit 1) e on true
          left join decision d on d.site_id = i.site_id and d.agenda_item_id = i.id
          left join decision_draft t on t.site_id = d.site_id and t.decision_id = d.id
          left join lateral (select version, outcome_kind from decision_version
                              where site_id = d.site_id and decision_id = d.id
                              order by version desc limit 1) v on true
         where i.site_id = $1 and i.meeting_id = $2
         order by (i.state = 'removed'), i.position, i.id
        "#,
        site.uuid(),
        id.uuid(),
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            let decision = row
                .decision
                .map(|id| entry_decision(id, row.draft, row.version, row.outcome_kind.as_deref()))
                .transpose()?;
            let patient = patient!(row);
            EntryRow {
                item: row.item,
                position: row.position,
                state: row.state,
                reason: row.reason,
                listed_at: row.listed_at,
                row_version: row.row_version,
                case_id: row.case_id,
                number: row.number,
                patient,
                urgency: row.urgency,
                accepted: row.accepted,
                referral: row.referral,
                histology: row.histology,
                assessment: row.assessment,
                open_results: row.open_results,
                decision,
            }
            .shown(named)
        })
        .collect()
}

fn entry_decision(
    id: DecisionId,
    draft: Option<String>,
    version: Option<i32>,
    outcome: Option<&str>,
) -> Result<EntryDecision, StoreError> {
    let signed = match (version.and_then(|version| u32::try_from(version).ok()), outcome) {
        (Some(version), Some(outcome)) => {
            Some((version, coded(outcome, ("decision_version", "outcome_kind"), id)?))
        }
        _ => None,
    };
    let draft = draft
        .filter(|state| state != "discarded")
        .map(|state| coded(&state, ("decision_draft", "state"), id))
        .transpose()?;
    Ok(EntryDecision { id, draft, signed })
}

/// A case that could go on an agenda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListableCase {
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: CaseNumber,
    /// The patient.
    pub patient: AgendaPatient,
    /// The urgency of the latest referral as it stands, as a code.
    pub urgency: Option<String>,
    /// Whether that referral was accepted.
    pub accepted: bool,
}

/// The open cases of the meeting's site that are on no open agenda and were not dealt with at this
/// meeting, the most urgent first. They name patients, so their ids belong in the event of the page.
///
/// # Errors
/// When the database cannot be reached.
pub async fn listable_cases<A: Act>(
    reading: &mut Reading<A, MeetingKey>,
) -> Result<Vec<ListableCase>, StoreError> {
    let (site, id, named) = (reading.site(), reading.subject.id, sees_names(reading));
    let rows = sqlx::query!(
        r#"
        select c.id as "case_id: CaseId", c.number, p.id as "patient_id: PatientId", p.family_name,
               p.given_name, p.title, p.birth_date, p.sex, r.urgency as "urgency?",
               coalesce(r.state = 'accepted', true) as "accepted!"
          from mdt_case c
          join patient p on p.site_id = c.site_id and p.id = c.patient_id
          left join lateral (select urgency, state from referral_now where site_id = c.site_id and case_id = c.id
                              order by ordinal desc limit 1) r on true
         where c.site_id = $1 and c.state = 'open'
           and not exists (select 1 from agenda_item i
                            where i.site_id = c.site_id and i.case_id = c.id
                              and (i.state in ('proposed', 'listed', 'ready', 'open')
                                   or (i.meeting_id = $2 and i.state <> 'removed')))
         order by r.urgency, c.number
        "#,
        site.uuid(),
        id.uuid(),
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            let patient = patient!(row);
            Ok(ListableCase {
                case: row.case_id,
                number: number(&row.number, row.case_id)?,
                patient: patient.shown(named)?,
                urgency: row.urgency,
                accepted: row.accepted,
            })
        })
        .collect()
}
