//! The urgency of a case after its referral was sent: every class that it has had stays.

use chrono::{DateTime, Utc};
use mdt::actor::Object;
use mdt::case::{CaseError, UrgencyClass};
use mdt::coded::Coded;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{ReferralId, SiteId, UserId};
use mdt::permission::{Action, act};
use mdt::referral::ReferralState;
use mdt::urgency::{UrgencyChange, UrgencyReason};

use super::{Referral, state, urgency};
use crate::access::CaseKey;
use crate::patients::acting_user;
use crate::{Command, Committed, StoreError};

/// The urgency of a referral as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Urgency {
    /// The class.
    pub class: UrgencyClass,
    /// When its clock started, of a class that was raised later; else it runs as the referral says.
    pub since: Option<DateTime<Utc>>,
}

/// A class that somebody gave to a referral after it was sent.
#[derive(Debug, Clone)]
pub struct UrgencyRow {
    /// The class from then on.
    pub urgency: Urgency,
    /// Why.
    pub reason: UrgencyReason,
    /// Why in words.
    pub words: Option<String>,
    /// Who.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
}

/// The version of a case's urgency, which a change of it states as its base: it grows with every referral
/// and with every change.
pub fn urgency_version(referrals: &[Referral]) -> i32 {
    let changes = referrals.iter().map(|referral| referral.urgencies.len()).sum::<usize>();
    let newest = referrals.iter().map(|referral| referral.ordinal).max().unwrap_or(0);
    newest.saturating_add(i32::try_from(changes).unwrap_or(i32::MAX))
}

struct Standing {
    id: ReferralId,
    ordinal: i32,
    addressed: SiteId,
    state: ReferralState,
    class: UrgencyClass,
    changes: i32,
    version: i32,
}

/// Changes the urgency of a case, that is of its latest referral; `base` is the [`urgency_version`] that
/// the form was made from.
///
/// # Errors
/// [`StoreError::Forbidden`] when it is lowered by somebody who may only raise it;
/// [`StoreError::Refused`] when something is missing or the case is closed; [`StoreError::Stale`].
pub async fn change_urgency(
    mut command: Command<act::UrgencyChange, CaseKey>,
    change: &UrgencyChange,
    base: i32,
) -> Result<Committed, StoreError> {
    let case = command.subject.clone();
    if !case.open {
        return Err(StoreError::Refused(CaseError::Closed.to_string()));
    }
    let standing = standing(&mut command).await?;
    if standing.version != base {
        return Err(StoreError::Stale { base: base.into(), current: standing.version.into() });
    }
    change
        .check(standing.class, standing.state, command.now())
        .map_err(|error| StoreError::Refused(error.to_string()))?;
    if standing.class.is_lowered_by(change.to) {
        let object = Object::of(case.site).addressed_to(standing.addressed);
        command.actor().authorise(Action::UrgencyLower, &object)?;
    }
    insert(&mut command, &standing, change).await?;
    let event = Event::new(EventKind::UrgencyChanged)
        .subject_version(
            SubjectKind::Referral,
            standing.id,
            u32::try_from(standing.ordinal).unwrap_or(0),
        )
        .case(case.id)
        .patient(case.patient)
        .reason(change.reason.code())
        .data("ordinal", standing.changes + 1)
        .data("from", standing.class.code())
        .data("to", change.to.code());
    let event = match change.since {
        Some(since) => event.private("since", since),
        None => event,
    };
    let event = match words_of(change) {
        Some(words) => event.private("words", words),
        None => event,
    };
    command.commit(event, format!("/cases/{}/referral", case.number)).await
}

fn words_of(change: &UrgencyChange) -> Option<&str> {
    Some(change.words.trim()).filter(|words| !words.is_empty())
}

async fn standing(
    command: &mut Command<act::UrgencyChange, CaseKey>,
) -> Result<Standing, StoreError> {
    let (site, case) = (command.subject.site, command.subject.id);
    let row = sqlx::query!(
        r#"
        select id as "id!: ReferralId", ordinal as "ordinal!", addressed_site_id as "addressed!: SiteId",
               state as "state!", urgency as "urgency!", urgency_ordinal as "changes!",
               (select count(*)::integer from referral_urgency u
                 where u.site_id = r.site_id and u.case_id = r.case_id) as "all_changes!"
          from referral_now r
         where site_id = $1 and case_id = $2
         order by ordinal desc limit 1
        "#,
        site.uuid(),
        case.uuid(),
    )
    .fetch_optional(command.connection())
    .await?
    .ok_or(StoreError::NotFound)?;
    Ok(Standing {
        id: row.id,
        ordinal: row.ordinal,
        addressed: row.addressed,
        state: state(row.id, &row.state)?,
        class: urgency(row.id, &row.urgency)?,
        changes: row.changes,
        version: row.ordinal.saturating_add(row.all_changes),
    })
}

/// The ordinal is the next after the one that was looked at: of two changes at once the second is stale.
async fn insert(
    command: &mut Command<act::UrgencyChange, CaseKey>,
    standing: &Standing,
    change: &UrgencyChange,
) -> Result<(), StoreError> {
    let case = command.subject.clone();
    let (now, user) = (command.now(), acting_user(command.actor().user())?);
    let since = change.since.filter(|_| !standing.class.is_lowered_by(change.to));
    let inserted = sqlx::query!(
        r#"
        insert into referral_urgency (site_id, referral_id, case_id, ordinal, urgency, reason_code, words, since,
                                      changed_by, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
        case.site.uuid(),
        standing.id.uuid(),
        case.id.uuid(),
        standing.changes + 1,
        change.to.code(),
        change.reason.code(),
        words_of(change),
        since,
        user.uuid(),
        now,
    )
    .execute(command.connection())
    .await
    .map_err(StoreError::from);
    let (base, current) = (standing.version.into(), i64::from(standing.version) + 1);
    crate::error::on_constraint(inserted, "referral_urgency_pkey", || StoreError::Stale {
        base,
        current,
    })?;
    Ok(())
}
