//! Patients as a site knows them.

use chrono::{DateTime, NaiveDate, Utc};
use mdt::coded::Coded;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{PatientId, SiteId, UserId};
use mdt::nhs_number::NhsNumber;
use mdt::permission::{Act, act};
use mdt::person::{BirthDate, PersonName, Sex};
use sqlx::PgConnection;

use crate::access::PatientKey;
use crate::error::on_constraint;
use crate::{Command, Committed, Reading, StoreError};

/// A patient's particulars, as they are registered or corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Particulars {
    /// Name.
    pub name: PersonName,
    /// Date of birth.
    pub birth_date: BirthDate,
    /// Sex as recorded.
    pub sex: Sex,
    /// NHS number, if known.
    pub nhs_number: Option<NhsNumber>,
    /// Hospital number, if known.
    pub hospital_number: Option<String>,
}

/// A patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// Id.
    pub id: PatientId,
    /// The site that knows them.
    pub site: SiteId,
    /// Particulars.
    pub particulars: Particulars,
    /// Date of death, if they have died.
    pub death_date: Option<NaiveDate>,
    /// Registered.
    pub registered_at: DateTime<Utc>,
    /// By whom.
    pub registered_by: UserId,
    /// The version an edit states as its base.
    pub row_version: i32,
}

/// A patient on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientRow {
    /// Id.
    pub id: PatientId,
    /// The site that knows them.
    pub site: SiteId,
    /// Name.
    pub name: PersonName,
    /// Date of birth.
    pub birth_date: BirthDate,
    /// NHS number, digits only.
    pub nhs_number: Option<String>,
    /// Hospital number.
    pub hospital_number: Option<String>,
}

/// The folded form of a name that searches compare: lower case, letters and digits of any script, one
/// space between words. Accents fold where Unicode decomposes them into a Latin letter that a keyboard
/// without them would type.
pub fn name_key(text: &str) -> String {
    let folded: String = text.chars().flat_map(fold).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fold(character: char) -> Vec<char> {
    let plain = match character {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' | 'ą' | 'Ą' => {
            "a"
        }
        'ç' | 'Ç' | 'ć' | 'Ć' | 'č' | 'Č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'È' | 'É' | 'Ê' | 'Ë' | 'ę' | 'Ę' | 'ě' | 'Ě' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'Ì' | 'Í' | 'Î' | 'Ï' | 'ı' | 'İ' => "i",
        'ł' | 'Ł' => "l",
        'ñ' | 'Ñ' | 'ń' | 'Ń' | 'ň' | 'Ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' => "o",
        'ś' | 'Ś' | 'š' | 'Š' | 'ş' | 'Ş' => "s",
        'ù' | 'ú' | 'û' | 'ü' | 'Ù' | 'Ú' | 'Û' | 'Ü' | 'ů' | 'Ů' => "u",
        'ý' | 'ÿ' | 'Ý' => "y",
        'ź' | 'ż' | 'ž' | 'Ź' | 'Ż' | 'Ž' => "z",
        'ß' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ð' | 'Ð' | 'đ' | 'Đ' => "d",
        'þ' | 'Þ' => "th",
        other if other.is_alphanumeric() => return other.to_lowercase().collect(),
        '\'' | '’' => return Vec::new(),
        _ => " ",
    };
    plain.chars().collect()
}

fn key_of(name: &PersonName) -> String {
    name_key(&format!("{} {}", name.family(), name.given()))
}

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

pub(crate) fn acting_user(user: Option<UserId>) -> Result<UserId, StoreError> {
    user.ok_or_else(|| StoreError::Refused("only a signed-in person can do this".to_owned()))
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

/// The patient of a reading or command that is already inside the permit.
pub(crate) async fn read(
    connection: &mut PgConnection,
    id: PatientId,
) -> Result<Patient, StoreError> {
    let row = sqlx::query!(
        r#"
        select p.site_id as "site: SiteId", p.family_name, p.given_name, p.title, p.birth_date, p.sex, p.death_date,
               p.registered_at, p.registered_by as "registered_by: UserId", p.row_version,
               (select value from patient_identifier i
                 where i.site_id = p.site_id and i.patient_id = p.id and i.system = 'nhs') as nhs,
               (select value from patient_identifier i
                 where i.site_id = p.site_id and i.patient_id = p.id and i.system = 'hospital') as hospital
          from patient p
         where p.id = $1
        "#,
        id.uuid(),
    )
    .fetch_one(connection)
    .await?;
    let name = stored_name(id, &row.family_name, &row.given_name, row.title.as_deref())?;
    let sex = Sex::from_code(&row.sex)
        .map_err(|why| StoreError::inconsistent("patient", "sex", id, why))?;
    let nhs_number = row
        .nhs
        .map(|text| text.parse())
        .transpose()
        .map_err(|why| StoreError::inconsistent("patient_identifier", "value", id, why))?;
    let particulars = Particulars {
        name,
        birth_date: BirthDate::stored(row.birth_date),
        sex,
        nhs_number,
        hospital_number: row.hospital,
    };
    Ok(Patient {
        id,
        site: row.site,
        particulars,
        death_date: row.death_date,
        registered_at: row.registered_at,
        registered_by: row.registered_by,
        row_version: row.row_version,
    })
}

pub(crate) fn stored_name(
    id: PatientId,
    family: &str,
    given: &str,
    title: Option<&str>,
) -> Result<PersonName, StoreError> {
    PersonName::new(family, given, title)
        .map_err(|why| StoreError::inconsistent("patient", "name", id, why))
}

/// The patient that a page is about.
///
/// # Errors
/// When the database cannot be reached.
pub async fn patient<A: Act>(reading: &mut Reading<A, PatientKey>) -> Result<Patient, StoreError> {
    let id = reading.subject.id;
    read(reading.connection(), id).await
}

/// Patients whose family name begins as typed, or who have this number: at most 50, by name.
///
/// # Errors
/// When the database cannot be reached.
pub async fn search<A: Act>(
    reading: &mut Reading<A, Vec<SiteId>>,
    words: &str,
) -> Result<Vec<PatientRow>, StoreError> {
    let key = name_key(words);
    let number: String = words.chars().filter(|one| !one.is_whitespace()).collect();
    let sites: Vec<uuid::Uuid> = reading.subject.iter().map(|site| site.uuid()).collect();
    // starts_with (^@) and equality are leakproof, so row-level security lets them use the indexes.
    let rows = sqlx::query!(
        r#"
        select p.id as "id: PatientId", p.site_id as "site: SiteId", p.family_name, p.given_name, p.title, p.birth_date,
               (select value from patient_identifier i
                 where i.site_id = p.site_id and i.patient_id = p.id and i.system = 'nhs') as nhs,
               (select value from patient_identifier i
                 where i.site_id = p.site_id and i.patient_id = p.id and i.system = 'hospital') as hospital
          from patient p
         where p.site_id = any ($1)
           and (($2 <> '' and p.name_key ^@ $2)
                or p.id in (select patient_id from patient_identifier i
                             where i.site_id = any ($1) and i.value in ($3, $4)))
         order by p.name_key, p.id
         limit 50
        "#,
        &sites,
        key,
        number,
        words.trim(),
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PatientRow {
                id: row.id,
                site: row.site,
                name: stored_name(row.id, &row.family_name, &row.given_name, row.title.as_deref())?,
                birth_date: BirthDate::stored(row.birth_date),
                nhs_number: row.nhs,
                hospital_number: row.hospital,
            })
        })
        .collect()
}

/// Patients of the site who may be the same person: a number in common, or name and birth date.
///
/// # Errors
/// When the database cannot be reached.
pub async fn similar<A: Act>(
    reading: &mut Reading<A, SiteId>,
    particulars: &Particulars,
) -> Result<Vec<PatientRow>, StoreError> {
    let site = reading.subject;
    let nhs = particulars.nhs_number.as_ref().map(|number| number.digits().to_owned());
    let rows = sqlx::query!(
        r#"
        select p.id as "id: PatientId", p.family_name, p.given_name, p.title, p.birth_date,
               (select value from patient_identifier i
                 where i.site_id = p.site_id and i.patient_id = p.id and i.system = 'nhs') as nhs,
               (select value from patient_identifier i
                 where i.site_id = p.site_id and i.patient_id = p.id and i.system = 'hospital') as hospital
          from patient p
         where p.site_id = $1
           and ((p.name_key = $2 and p.birth_date = $3)
                or (p.birth_date = $3 and p.name_key ^@ $6)
                or exists (select 1 from patient_identifier i
                            where i.site_id = p.site_id and i.patient_id = p.id
                              and ((i.system = 'nhs' and i.value = $4) or (i.system = 'hospital' and i.value = $5))))
         order by p.name_key
         limit 10
        "#,
        site.uuid(),
        key_of(&particulars.name),
        particulars.birth_date.date(),
        nhs,
        particulars.hospital_number,
        name_key(particulars.name.family()),
    )
    .fetch_all(reading.connection())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PatientRow {
                id: row.id,
                site,
                name: stored_name(row.id, &row.family_name, &row.given_name, row.title.as_deref())?,
                birth_date: BirthDate::stored(row.birth_date),
                nhs_number: row.nhs,
                hospital_number: row.hospital,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::name_key;

    #[test]
    fn a_name_is_found_without_its_accents_and_apostrophes() {
        assert_eq!(name_key("Ångström, Łukasz"), "angstrom lukasz");
        assert_eq!(name_key("O'Brien-Smith"), "obrien smith");
        assert_eq!(name_key("Μαρία"), "μαρία");
    }
}
