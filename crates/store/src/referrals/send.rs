//! Sending a referral: it opens a case for the patient, or joins the one that is open.

use chrono::Datelike;
use mdt::case::UrgencyClass;
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{CaseId, PatientId, ReferralId, SiteId};
use mdt::permission::{Act, act};
use mdt::referral::ReferralState;
use rules::Hash;
use sqlx::PgConnection;

use super::{NewState, ReferralDocument, add_state, case_number, demand};
use crate::patients::acting_user;
use crate::{Command, Committed, StoreError};

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

/// Sends a referral: opens a case for the patient, or joins the one that is open.
///
/// # Errors
/// [`StoreError::NotFound`] when the site does not know the patient; [`StoreError::Refused`] while an
/// earlier referral of the case waits for its answer, or when the class is less urgent than the answers
/// demand and no reason is given.
pub async fn send(
    mut command: Command<act::ReferralSend, SiteId>,
    referral: &NewReferral,
) -> Result<(CaseNumber, Committed), StoreError> {
    demand::check(referral.urgency, &referral.document)?;
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
    let received = NewState {
        site,
        referral: id,
        case,
        ordinal: 1,
        state: ReferralState::Received,
        reason: None,
        to_site: None,
        by: user,
        at: now,
    };
    add_state(command.connection(), received).await?;
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
        select ordinal as "ordinal!", state as "state!" from referral_now
         where case_id = $1 order by ordinal desc limit 1
        "#,
        case.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    let Some(latest) = latest else { return Ok(1) };
    if ReferralState::from_code(&latest.state).is_ok_and(ReferralState::waits) {
        return Err(StoreError::Refused(
            "the patient's open case has a referral that nobody has answered yet: amend that one"
                .to_owned(),
        ));
    }
    Ok(latest.ordinal + 1)
}
