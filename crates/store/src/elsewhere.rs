//! What reaches an actor from other sites: referrals that they sent there, and referrals that are
//! addressed to a site of theirs. A referral leads to its case, and the scope is widened to that.

use mdt::actor::Actor;
use mdt::ids::{CaseId, PatientId, SiteId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::StoreError;
use crate::scope::Scope;

/// Cases of other sites that a referral has ever led the actor to. Whether it still does is for whoever
/// asks to check: see `referral_now`.
pub(crate) async fn cases(
    connection: &mut PgConnection,
    actor: &Actor,
) -> Result<Vec<CaseId>, StoreError> {
    let sites: Vec<Uuid> = actor.sites().into_iter().map(SiteId::uuid).collect();
    let cases = sqlx::query_scalar!(
        r#"
        select case_id as "case_id!: CaseId" from referral
         where sender_user_id = $1 and site_id <> all ($2)
        union
        select case_id from referral
         where addressed_site_id = any ($2) and addressed_site_id <> site_id and site_id <> all ($2)
        union
        select case_id from referral_state
         where to_site_id = any ($2) and site_id <> all ($2)
        "#,
        actor.user().map(UserId::uuid),
        &sites,
    )
    .fetch_all(connection)
    .await?;
    Ok(cases)
}

/// Widens a scope to these cases and their patients.
pub(crate) async fn widen(
    connection: &mut PgConnection,
    mut scope: Scope,
    cases: Vec<CaseId>,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = cases.iter().map(|case| case.uuid()).collect();
    scope.cases = cases;
    scope.apply(connection).await?;
    scope.patients = sqlx::query_scalar!(
        r#"select patient_id as "patient: PatientId" from mdt_case where id = any ($1)"#,
        &ids,
    )
    .fetch_all(&mut *connection)
    .await?;
    scope.apply(connection).await
}
