//! Amending a referral: what is added or corrected stands beside what was sent.

use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::ReferralId;
use mdt::permission::act;

use crate::access::CaseKey;
use crate::patients::acting_user;
use crate::{Command, Committed, StoreError};

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
