//! Referrals: one request to a meeting, locked as sent. The first opens the case, a later one joins it.

mod amend;
mod answer;
mod demand;
mod inbox;
mod send;
mod urgency;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use mdt::case::UrgencyClass;
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::ids::{CaseId, ReferralId, SiteId, UserId};
use mdt::permission::Act;
use mdt::referral::ReferralState;
use mdt::urgency::UrgencyReason;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::access::CaseKey;
use crate::stored::coded;
use crate::{Reading, StoreError};

pub use amend::amend;
pub use answer::{Step, take_step};
pub use demand::{Demand, LESS_URGENT};
pub use inbox::{Inbox, InboxRow, inbox, waiting};
pub use send::{NewReferral, send};
pub use urgency::{Urgency, UrgencyRow, change_urgency, urgency_version};

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
    /// To which site's meeting it was sent; a redirection is among the states.
    pub addressed: SiteId,
    /// Urgency as the sender stated it.
    pub urgency: UrgencyClass,
    /// Classes that it was given later, oldest first.
    pub urgencies: Vec<UrgencyRow>,
    /// What was sent.
    pub document: ReferralDocument,
    /// When.
    pub sent_at: DateTime<Utc>,
    /// States, oldest first.
    pub states: Vec<StateRow>,
    /// Amendments, oldest first.
    pub amendments: Vec<Amendment>,
}

impl Referral {
    /// Its urgency as it stands.
    pub fn urgency_now(&self) -> Urgency {
        let sent = Urgency { class: self.urgency, since: None };
        self.urgencies.last().map_or(sent, |row| row.urgency)
    }

    /// The site that answers it: the one it was sent to, or the one that it was redirected to last.
    pub fn addressed_now(&self) -> SiteId {
        self.states.iter().rev().find_map(|row| row.to_site).unwrap_or(self.addressed)
    }
}

/// One state that a referral has had.
#[derive(Debug, Clone)]
pub struct StateRow {
    /// The state.
    pub state: ReferralState,
    /// Why, in words.
    pub reason: Option<String>,
    /// To which site, of a redirection.
    pub to_site: Option<SiteId>,
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

pub(crate) fn case_number(case: CaseId, text: &str) -> Result<CaseNumber, StoreError> {
    text.parse().map_err(|why| StoreError::inconsistent("mdt_case", "number", case, why))
}

/// A state that a referral comes to.
struct NewState<'a> {
    site: SiteId,
    referral: ReferralId,
    case: CaseId,
    ordinal: i32,
    state: ReferralState,
    reason: Option<&'a str>,
    to_site: Option<SiteId>,
    by: UserId,
    at: DateTime<Utc>,
}

async fn add_state(connection: &mut PgConnection, new: NewState<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into referral_state (site_id, referral_id, case_id, ordinal, state, reason, to_site_id, changed_by,
                                    changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        new.site.uuid(),
        new.referral.uuid(),
        new.case.uuid(),
        new.ordinal,
        new.state.code(),
        new.reason,
        new.to_site.map(SiteId::uuid),
        new.by.uuid(),
        new.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn document(id: ReferralId, bytes: &[u8]) -> Result<ReferralDocument, StoreError> {
    serde_json::from_slice(bytes)
        .map_err(|why| StoreError::inconsistent("referral", "document", id, why))
}

fn urgency(id: ReferralId, code: &str) -> Result<UrgencyClass, StoreError> {
    coded::<UrgencyClass>(code, ("referral", "urgency"), id)
}

fn state(id: ReferralId, code: &str) -> Result<ReferralState, StoreError> {
    coded::<ReferralState>(code, ("referral_state", "state"), id)
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
        r#"select referral_id as "id: ReferralId", state, reason, to_site_id as "to_site: SiteId",
                  changed_by as "by: UserId", changed_at
             from referral_state where case_id = $1 order by referral_id, ordinal"#,
        case.uuid(),
    )
    .fetch_all(&mut *connection)
    .await?;
    let urgencies = sqlx::query!(
        r#"select referral_id as "id: ReferralId", urgency, reason_code, words, since,
                  changed_by as "by: UserId", changed_at
             from referral_urgency where case_id = $1 order by referral_id, ordinal"#,
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
            urgencies: Vec::new(),
            states: Vec::new(),
            amendments: Vec::new(),
        };
        for one in urgencies.iter().filter(|one| one.id == row.id) {
            let reason = coded::<UrgencyReason>(
                &one.reason_code,
                ("referral_urgency", "reason_code"),
                row.id,
            )?;
            referral.urgencies.push(UrgencyRow {
                urgency: Urgency { class: urgency(row.id, &one.urgency)?, since: one.since },
                reason,
                words: one.words.clone(),
                by: one.by,
                at: one.changed_at,
            });
        }
        for one in states.iter().filter(|one| one.id == row.id) {
            let state = state(row.id, &one.state)?;
            referral.states.push(StateRow {
                state,
                reason: one.reason.clone(),
                to_site: one.to_site,
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
