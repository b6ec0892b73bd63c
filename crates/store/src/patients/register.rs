//! Registering a patient, and correcting what was registered.

use mdt::coded::Coded;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{PatientId, SiteId};
use mdt::permission::act;
use sqlx::PgConnection;

use super::name_key::key_of;
use super::{Particulars, acting_user, read};
use crate::access::PatientKey;
use crate::error::on_constraint;
use crate::{Command, Committed, StoreError};

/// Registers a patient.
///
/// # Errors
/// [`StoreError::Refused`] when the site knows the NHS or hospital number already.
pub async fn register(
    mut command: Command<act::PatientRegister, SiteId>,
    particulars: &Particulars,
) -> Result<(PatientId, Committed), StoreError> {
    let id: PatientId = command.new_id();
    let site = command.subject;
    let (now, user) = (command.now(), acting_user(command.actor().user())?);
    let name = &particulars.name;
    sqlx::query!(
        r#"
        insert into patient (site_id, id, family_name, given_name, title, name_key, birth_date, sex,
                             registered_at, registered_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
        site.uuid(),
        id.uuid(),
        name.family(),
        name.given(),
        name.title(),
        key_of(name),
        particulars.birth_date.date(),
        particulars.sex.code(),
        now,
        user.uuid(),
    )
    .execute(command.connection())
    .await?;
    set_identifiers(command.connection(), site, id, particulars).await?;
    let event = Event::new(EventKind::PatientRegistered)
        .subject(SubjectKind::Patient, id)
        .patient(id)
        .data("systems", systems(particulars))
        .private("name", name.to_string())
        .private("birth_date", particulars.birth_date.date().to_string());
    let committed = command.commit(event, format!("/patients/{id}")).await?;
    Ok((id, committed))
}

/// Corrects a patient's particulars. The words before and after go to the payload.
///
/// # Errors
/// [`StoreError::Stale`] when somebody corrected them since `base`.
pub async fn correct(
    mut command: Command<act::PatientCorrect, PatientKey>,
    particulars: &Particulars,
    base: i32,
    reason: &str,
) -> Result<Committed, StoreError> {
    let PatientKey { id, site, .. } = command.subject;
    let before = read(command.connection(), id).await?;
    if before.row_version != base {
        return Err(StoreError::Stale { base: base.into(), current: before.row_version.into() });
    }
    let name = &particulars.name;
    let done = sqlx::query!(
        r#"
        update patient
           set family_name = $3, given_name = $4, title = $5, name_key = $6, birth_date = $7, sex = $8,
               row_version = row_version + 1
         where site_id = $1 and id = $2 and row_version = $9
        "#,
        site.uuid(),
        id.uuid(),
        name.family(),
        name.given(),
        name.title(),
        key_of(name),
        particulars.birth_date.date(),
        particulars.sex.code(),
        base,
    )
    .execute(command.connection())
    .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Stale { base: base.into(), current: i64::from(base) + 1 });
    }
    set_identifiers(command.connection(), site, id, particulars).await?;
    let changes = differences(&before.particulars, particulars);
    if changes.is_empty() {
        return Err(StoreError::Refused("nothing was changed".to_owned()));
    }
    let names: Vec<&str> = changes.iter().map(|(field, ..)| *field).collect();
    let mut event = Event::new(EventKind::PatientCorrected)
        .subject(SubjectKind::Patient, id)
        .patient(id)
        .data("fields", names)
        .private("reason", reason);
    for (field, old, new) in changes {
        event = event.private(field, mdt::event::Change { from: old, to: new });
    }
    command.commit(event, format!("/patients/{id}")).await
}

/// Field, before, after of everything that differs.
fn differences(before: &Particulars, after: &Particulars) -> Vec<(&'static str, String, String)> {
    let texts = |one: &Particulars| {
        [
            ("family_name", one.name.family().to_owned()),
            ("given_name", one.name.given().to_owned()),
            ("title", one.name.title().unwrap_or_default().to_owned()),
            ("birth_date", one.birth_date.date().to_string()),
            ("sex", one.sex.code().to_owned()),
            (
                "nhs_number",
                one.nhs_number.as_ref().map(|nhs| nhs.digits().to_owned()).unwrap_or_default(),
            ),
            ("hospital_number", one.hospital_number.clone().unwrap_or_default()),
        ]
    };
    let pairs = texts(before).into_iter().zip(texts(after));
    pairs.filter(|(old, new)| old.1 != new.1).map(|(old, new)| (old.0, old.1, new.1)).collect()
}

fn systems(particulars: &Particulars) -> Vec<String> {
    let nhs = particulars.nhs_number.as_ref().map(|_| "nhs".to_owned());
    let hospital = particulars.hospital_number.as_ref().map(|_| "hospital".to_owned());
    nhs.into_iter().chain(hospital).collect()
}

async fn set_identifiers(
    connection: &mut PgConnection,
    site: SiteId,
    patient: PatientId,
    particulars: &Particulars,
) -> Result<(), StoreError> {
    let nhs = particulars.nhs_number.as_ref().map(|number| number.digits().to_owned());
    let hospital = particulars.hospital_number.clone();
    for (system, value, what) in
        [("nhs", nhs, "NHS number"), ("hospital", hospital, "hospital number")]
    {
        let Some(value) = value else {
            sqlx::query!(
                "delete from patient_identifier where site_id = $1 and patient_id = $2 and system = $3",
                site.uuid(),
                patient.uuid(),
                system,
            )
            .execute(&mut *connection)
            .await?;
            continue;
        };
        let done = sqlx::query!(
            r#"
            insert into patient_identifier (site_id, patient_id, system, value) values ($1, $2, $3, $4)
            on conflict (site_id, patient_id, system) do update set value = excluded.value
            "#,
            site.uuid(),
            patient.uuid(),
            system,
            value,
        )
        .execute(&mut *connection)
        .await
        .map_err(StoreError::from);
        on_constraint(done.map(drop), "patient_identifier_unique", || {
            StoreError::Refused(format!("another patient of this site has this {what} already"))
        })?;
    }
    Ok(())
}
