//! Referrals: one request to a meeting, locked as sent. The first opens the case, a later one joins it.

mod inbox;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};
use mdt::case::UrgencyClass;
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{CaseId, PatientId, ReferralId, SiteId, UserId};
use mdt::permission::{Act, act};
use mdt::referral::{ReferralState, ReferralStep};
use rules::Hash;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::access::{CaseKey, ReferralKey};
use crate::patients::acting_user;
use crate::{Command, Committed, Reading, StoreError};

pub use inbox::{InboxRow, counts, inbox, open_referral};

/// The format of a referral's document.
const FORMAT: u32 = 1;

/// What was sent: the fields as the form had them, a field with several answers more than once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferralDocument {
    /// Version of the format.
    pub format: u32,
    /// Answers by field.
    pub fields: BTreeMap<String, Vec<String>>,
}

impl ReferralDocument {
    /// A document of these fields.
    pub fn of(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut by_field: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (field, value) in fields {
            by_field.entry(field).or_default().push(value);
        }
        Self { format: FORMAT, fields: by_field }
    }

    /// The first answer to a field.
    pub fn answer(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(|answers| answers.first()).map(String::as_str)
    }
}

/// A referral to be sent.
#[derive(Debug, Clone)]
pub struct NewReferral {
    /// The patient, of the command's site.
    pub patient: PatientId,
    /// The site whose meeting is asked.
    pub addressed: SiteId,
    /// Class of urgency as the sender states it.
    pub urgency: UrgencyClass,
    /// What was sent.
    pub document: ReferralDocument,
}

/// A referral as it was sent, with what happened to it.
#[derive(Debug, Clone)]
pub struct Referral {
    /// Id.
    pub id: ReferralId,
    /// First, second, … of the case.
    pub ordinal: i32,
    /// Who sent it.
    pub sender: UserId,
    /// From which site.
    pub sender_site: SiteId,
    /// To which site's meeting.
    pub addressed: SiteId,
    /// Urgency as stated.
    pub urgency: UrgencyClass,
    /// What was sent.
    pub document: ReferralDocument,
    /// When.
    pub sent_at: DateTime<Utc>,
    /// States, oldest first.
    pub states: Vec<StateRow>,
    /// Amendments, oldest first.
    pub amendments: Vec<Amendment>,
}

/// One state that a referral has had.
#[derive(Debug, Clone)]
pub struct StateRow {
    /// The state.
    pub state: ReferralState,
    /// Why, in words.
    pub reason: Option<String>,
    /// Who.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
}

/// An amendment; the original stays.
#[derive(Debug, Clone)]
pub struct Amendment {
    /// What is added or corrected.
    pub text: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Sends a referral: opens a case for the patient, or joins the one that is open.
///
/// # Errors
/// [`StoreError::NotFound`] when the site does not know the patient; [`StoreError::Refused`] while an
/// earlier referral of the case waits for its answer.
pub async fn send(
    mut command: Command<act::ReferralSend, SiteId>,
    referral: &NewReferral,
) -> Result<(CaseNumber, Committed), StoreError> {
    let (site, now) = (command.subject, command.now());
    let user = acting_user(command.actor().user())?;
    let patient_site = sqlx::query_scalar!(
        r#"select site_id as "site: SiteId" from patient where id = $1 for update"#,
        referral.patient.uuid(),
    )
    .fetch_optional(command.connection())
    .await?;
    if patient_site != Some(site) {
        return Err(StoreError::NotFound);
    }
    let (case, number, opened) =
        match open_case_of(command.connection(), site, referral.patient).await? {
            Some((case, number)) => (case, number, false),
            None => open_case(&mut command, referral.patient).await?,
        };
    let id: ReferralId = command.new_id();
    let ordinal = next_ordinal(command.connection(), case).await?;
    let bytes = rules::canonical::to_bytes(&referral.document)
        .map_err(|error| StoreError::Canonical(error.to_string()))?;
    let hash = Hash::of(&bytes);
    sqlx::query!(
        r#"
        insert into referral (site_id, id, case_id, ordinal, sender_user_id, sender_site_id, addressed_site_id,
                              urgency, document, hash, sent_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        "#,
        site.uuid(),
        id.uuid(),
        case.uuid(),
        ordinal,
        user.uuid(),
        site.uuid(),
        referral.addressed.uuid(),
        referral.urgency.code(),
        bytes,
        hash.as_bytes().as_slice(),
        now,
    )
    .execute(command.connection())
    .await?;
    add_state(command.connection(), site, id, case, ReferralState::Received, None, user, now)
        .await?;
    let event = Event::new(EventKind::ReferralSent)
        .subject_version(SubjectKind::Referral, id, u32::try_from(ordinal).unwrap_or(0))
        .case(case)
        .patient(referral.patient)
        .data("number", number.to_string())
        .data("ordinal", ordinal)
        .data("opens_case", opened)
        .data("urgency", referral.urgency.code())
        .data("addressed", referral.addressed.to_string())
        .data("document", hash);
    let committed = command.commit(event, format!("/cases/{number}")).await?;
    Ok((number, committed))
}

async fn open_case_of(
    connection: &mut PgConnection,
    site: SiteId,
    patient: PatientId,
) -> Result<Option<(CaseId, CaseNumber)>, StoreError> {
    let row = sqlx::query!(
        r#"select id as "id: CaseId", number from mdt_case
            where site_id = $1 and patient_id = $2 and state = 'open' order by opened_at desc limit 1"#,
        site.uuid(),
        patient.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok((row.id, case_number(row.id, &row.number)?))).transpose()
}

pub(crate) fn case_number(case: CaseId, text: &str) -> Result<CaseNumber, StoreError> {
    text.parse().map_err(|why| StoreError::inconsistent("mdt_case", "number", case, why))
}

async fn open_case<A: Act>(
    command: &mut Command<A, SiteId>,
    patient: PatientId,
) -> Result<(CaseId, CaseNumber, bool), StoreError> {
    let (site, now) = (command.subject, command.now());
    let prefix = sqlx::query!("select prefix, zone from site where id = $1", site.uuid())
        .fetch_one(command.connection())
        .await?;
    let zone: chrono_tz::Tz =
        prefix.zone.parse().map_err(|why| StoreError::inconsistent("site", "zone", site, why))?;
    let year = now.with_timezone(&zone).year();
    let counter = sqlx::query_scalar!(
        r#"
        insert into case_counter (site_id, year, last) values ($1, $2, 1)
        on conflict (site_id, year) do update set last = case_counter.last + 1
        returning last
        "#,
        site.uuid(),
        year,
    )
    .fetch_one(command.connection())
    .await?;
    let id: CaseId = command.new_id();
    let number = case_number(id, &format!("{}-{year}-{counter:04}", prefix.prefix))?;
    sqlx::query!(
        "insert into mdt_case (site_id, id, number, patient_id, state, opened_at) values ($1, $2, $3, $4, 'open', $5)",
        site.uuid(),
        id.uuid(),
        number.to_string(),
        patient.uuid(),
        now,
    )
    .execute(command.connection())
    .await?;
    Ok((id, number, true))
}

/// The ordinal of the next referral; refused while the latest one waits for its answer.
async fn next_ordinal(connection: &mut PgConnection, case: CaseId) -> Result<i32, StoreError> {
    let latest = sqlx::query!(
        r#"
        select r.ordinal, (select state from referral_state s
                            where s.site_id = r.site_id and s.referral_id = r.id
                            order by s.ordinal desc limit 1) as "state!"
          from referral r where r.case_id = $1 order by r.ordinal desc limit 1
        "#,
        case.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    let Some(latest) = latest else { return Ok(1) };
    if latest.state == ReferralState::Received.code() {
        return Err(StoreError::Refused(
            "the patient's open case has a referral that nobody has answered yet: amend that one"
                .to_owned(),
        ));
    }
    Ok(latest.ordinal + 1)
}

#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
async fn add_state(
    connection: &mut PgConnection,
    site: SiteId,
    referral: ReferralId,
    case: CaseId,
    state: ReferralState,
    reason: Option<&str>,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into referral_state (site_id, referral_id, case_id, ordinal, state, reason, changed_by, changed_at)
        select $1, $2, $3, coalesce(max(ordinal), 0) + 1, $4, $5, $6, $7
          from referral_state where site_id = $1 and referral_id = $2
        "#,
        site.uuid(),
        referral.uuid(),
        case.uuid(),
        state.code(),
        reason,
        user.uuid(),
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The step of a referral whose right has a type of its own.
pub trait Step: Act {
    /// Steps that this right allows.
    fn allows(step: ReferralStep) -> bool;
}

impl Step for act::ReferralTriage {
    fn allows(step: ReferralStep) -> bool {
        step != ReferralStep::Withdraw
    }
}

impl Step for act::ReferralWithdraw {
    fn allows(step: ReferralStep) -> bool {
        step == ReferralStep::Withdraw
    }
}

/// Accepts, returns, redirects or withdraws a referral.
///
/// # Errors
/// [`StoreError::Refused`] when it is past that, or without a reason where one is needed.
pub async fn take_step<A: Step>(
    mut command: Command<A, ReferralKey>,
    step: ReferralStep,
    reason: &str,
    to_site: Option<SiteId>,
) -> Result<Committed, StoreError> {
    if !A::allows(step) {
        return Err(StoreError::Forbidden(A::ACTION));
    }
    let ReferralKey { id, state, case, .. } = command.subject.clone();
    let before = ReferralState::from_code(&state)
        .map_err(|why| StoreError::inconsistent("referral_state", "state", id, why))?;
    let after =
        before.take(step, reason).map_err(|error| StoreError::Refused(error.to_string()))?;
    let (now, user) = (command.now(), acting_user(command.actor().user())?);
    let words = Some(reason.trim()).filter(|words| !words.is_empty());
    let added =
        add_state(command.connection(), case.site, id, case.id, after, words, user, now).await;
    crate::error::on_constraint(added, "referral_state_pkey", || {
        StoreError::Refused("somebody else answered this referral a moment ago".to_owned())
    })?;
    let kind = match step {
        ReferralStep::Accept => EventKind::ReferralAccepted,
        ReferralStep::Return => EventKind::ReferralReturned,
        ReferralStep::Redirect => EventKind::ReferralRedirected,
        ReferralStep::Withdraw => EventKind::ReferralWithdrawn,
    };
    let mut event =
        Event::new(kind).subject(SubjectKind::Referral, id).case(case.id).patient(case.patient);
    if let Some(words) = words {
        event = event.private("reason", words);
    }
    if let Some(site) = to_site {
        event = event.data("to", site.to_string());
    }
    command.commit(event, "/referrals").await
}

/// Amends the latest referral of a case; the original stays as it was sent.
///
/// # Errors
/// [`StoreError::Refused`] without words or reason; [`StoreError::NotFound`] when the case has none.
pub async fn amend(
    mut command: Command<act::ReferralAmend, CaseKey>,
    text: &str,
    reason: &str,
) -> Result<Committed, StoreError> {
    let case = command.subject.clone();
    let latest = sqlx::query!(
        r#"select id as "id: ReferralId", ordinal from referral
            where site_id = $1 and case_id = $2 order by ordinal desc limit 1"#,
        case.site.uuid(),
        case.id.uuid(),
    )
    .fetch_optional(command.connection())
    .await?
    .ok_or(StoreError::NotFound)?;
    let (now, user) = (command.now(), acting_user(command.actor().user())?);
    let ordinal = sqlx::query_scalar!(
        r#"
        insert into referral_amendment (site_id, referral_id, case_id, ordinal, text, reason, amended_by, amended_at)
        select $1, $2, $3, coalesce(max(ordinal), 0) + 1, $4, $5, $6, $7
          from referral_amendment where site_id = $1 and referral_id = $2
        returning ordinal
        "#,
        case.site.uuid(),
        latest.id.uuid(),
        case.id.uuid(),
        text,
        reason,
        user.uuid(),
        now,
    )
    .fetch_one(command.connection())
    .await?;
    let event = Event::new(EventKind::ReferralAmended)
        .subject_version(
            SubjectKind::Referral,
            latest.id,
            u32::try_from(latest.ordinal).unwrap_or(0),
        )
        .case(case.id)
        .patient(case.patient)
        .data("amendment", ordinal)
        .private("reason", reason)
        .private("text", text);
    command.commit(event, format!("/cases/{}/referral", case.number)).await
}

fn document(id: ReferralId, bytes: &[u8]) -> Result<ReferralDocument, StoreError> {
    serde_json::from_slice(bytes)
        .map_err(|why| StoreError::inconsistent("referral", "document", id, why))
}

fn urgency(id: ReferralId, code: &str) -> Result<UrgencyClass, StoreError> {
    UrgencyClass::from_code(code)
        .map_err(|why| StoreError::inconsistent("referral", "urgency", id, why))
}

fn state(id: ReferralId, code: &str) -> Result<ReferralState, StoreError> {
    ReferralState::from_code(code)
        .map_err(|why| StoreError::inconsistent("referral_state", "state", id, why))
}

/// The referrals of a case, newest first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn of_case<A: Act>(
    reading: &mut Reading<A, CaseKey>,
) -> Result<Vec<Referral>, StoreError> {
    let case = reading.subject.id;
    read_of_case(reading.connection(), case).await
}

pub(crate) async fn read_of_case(
    connection: &mut PgConnection,
    case: CaseId,
) -> Result<Vec<Referral>, StoreError> {
    let rows = sqlx::query!(
        r#"select id as "id: ReferralId", ordinal, sender_user_id as "sender: UserId",
                  sender_site_id as "sender_site: SiteId", addressed_site_id as "addressed: SiteId", urgency, document,
                  sent_at
             from referral where case_id = $1 order by ordinal desc"#,
        case.uuid(),
    )
    .fetch_all(&mut *connection)
    .await?;
    let states = sqlx::query!(
        r#"select referral_id as "id: ReferralId", state, reason, changed_by as "by: UserId", changed_at
             from referral_state where case_id = $1 order by referral_id, ordinal"#,
        case.uuid(),
    )
    .fetch_all(&mut *connection)
    .await?;
    let amendments = sqlx::query!(
        r#"select referral_id as "id: ReferralId", text, reason, amended_by as "by: UserId", amended_at
             from referral_amendment where case_id = $1 order by referral_id, ordinal"#,
        case.uuid(),
    )
    .fetch_all(connection)
    .await?;
    let mut referrals = Vec::new();
    for row in rows {
        let mut referral = Referral {
            id: row.id,
            ordinal: row.ordinal,
            sender: row.sender,
            sender_site: row.sender_site,
            addressed: row.addressed,
            urgency: urgency(row.id, &row.urgency)?,
            document: document(row.id, &row.document)?,
            sent_at: row.sent_at,
            states: Vec::new(),
            amendments: Vec::new(),
        };
        for one in states.iter().filter(|one| one.id == row.id) {
            let state = state(row.id, &one.state)?;
            referral.states.push(StateRow {
                state,
                reason: one.reason.clone(),
                by: one.by,
                at: one.changed_at,
            });
        }
        for one in amendments.iter().filter(|one| one.id == row.id) {
            referral.amendments.push(Amendment {
                text: one.text.clone(),
                reason: one.reason.clone(),
                by: one.by,
                at: one.amended_at,
            });
        }
        referrals.push(referral);
    }
    Ok(referrals)
}
