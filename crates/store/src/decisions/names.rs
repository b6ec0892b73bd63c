//! The names that stand for the ids of a document when it is read back.

use chrono_tz::Tz;
use mdt::decision::DecisionDocument;
use mdt::decision::read_back::Names;
use mdt::display;
use mdt::ids::{DecisionId, SiteId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::record::people_of;
use crate::StoreError;

/// The names of everybody and everything that the document names.
pub(super) async fn names_for(
    connection: &mut PgConnection,
    document: &DecisionDocument,
) -> Result<Names, StoreError> {
    let people: Vec<Uuid> = people_of(&document.content).into_iter().map(UserId::uuid).collect();
    let people = sqlx::query!(
        r#"select id as "id: UserId", display_name from app_user where id = any ($1)"#,
        &people,
    )
    .fetch_all(&mut *connection)
    .await?;
    let sites = sqlx::query!(r#"select id as "id: SiteId", name, zone from site"#)
        .fetch_all(&mut *connection)
        .await?;
    let rules: Vec<Vec<u8>> =
        document.agreements.iter().map(|row| row.advice.hash.as_bytes().to_vec()).collect();
    let rule_sets =
        sqlx::query!("select rule_set, title from rule_set_version where hash = any ($1)", &rules,)
            .fetch_all(&mut *connection)
            .await?;
    let patient = crate::patients::read(&mut *connection, document.heading.patient).await?;
    let zone = sites
        .iter()
        .find(|site| site.id == document.heading.site)
        .map(|site| display::zone(&site.zone))
        .transpose()
        .map_err(|why| StoreError::inconsistent("site", "zone", document.heading.site, why))?
        .unwrap_or(Tz::UTC);
    let mut names = Names {
        patient: format!(
            "{} {}, born {}",
            patient.particulars.name.given(),
            patient.particulars.name.family(),
            patient.particulars.birth_date
        ),
        people: people.into_iter().map(|row| (row.id, row.display_name)).collect(),
        sites: sites.into_iter().map(|row| (row.id, row.name)).collect(),
        rule_sets: rule_sets.into_iter().map(|row| (row.rule_set, row.title)).collect(),
        ..Names::default()
    };
    if let Some(earlier) = document.content.confirms {
        let name = earlier_decision(connection, earlier, zone).await?;
        names.decisions.extend(name.map(|name| (earlier, name)));
    }
    Ok(names)
}

/// `the decision of 12-May-2026`, by its latest signature.
async fn earlier_decision(
    connection: &mut PgConnection,
    decision: DecisionId,
    zone: Tz,
) -> Result<Option<String>, StoreError> {
    let signed_at = sqlx::query_scalar!(
        r#"
        select signed_at from decision_version where decision_id = $1 order by version desc limit 1
        "#,
        decision.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(signed_at.map(|at| format!("the decision of {}", display::date(display::day_of(at, zone)))))
}
