//! Patients as a site knows them.

mod name_key;
mod register;
mod search;

use chrono::{DateTime, NaiveDate, Utc};
use mdt::ids::{PatientId, SiteId, UserId};
use mdt::nhs_number::NhsNumber;
use mdt::permission::Act;
use mdt::person::{BirthDate, PersonName, Sex};
use sqlx::PgConnection;

use crate::access::PatientKey;
use crate::stored::coded;
use crate::{Reading, StoreError};

pub use name_key::name_key;
pub use register::{correct, register};
pub use search::{PatientRow, search, similar};

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

pub(crate) fn acting_user(user: Option<UserId>) -> Result<UserId, StoreError> {
    user.ok_or_else(|| StoreError::Refused("only a signed-in person can do this".to_owned()))
}

/// The columns that make a [`Patient`].
pub(crate) struct PatientColumns {
    pub(crate) id: PatientId,
    pub(crate) site: SiteId,
    pub(crate) family_name: String,
    pub(crate) given_name: String,
    pub(crate) title: Option<String>,
    pub(crate) birth_date: NaiveDate,
    pub(crate) sex: String,
    pub(crate) death_date: Option<NaiveDate>,
    pub(crate) registered_at: DateTime<Utc>,
    pub(crate) registered_by: UserId,
    pub(crate) row_version: i32,
    pub(crate) nhs: Option<String>,
    pub(crate) hospital: Option<String>,
}

impl TryFrom<PatientColumns> for Patient {
    type Error = StoreError;

    fn try_from(row: PatientColumns) -> Result<Self, StoreError> {
        let id = row.id;
        let nhs_number = row
            .nhs
            .map(|text| text.parse())
            .transpose()
            .map_err(|why| StoreError::inconsistent("patient_identifier", "value", id, why))?;
        let particulars = Particulars {
            name: stored_name(id, &row.family_name, &row.given_name, row.title.as_deref())?,
            birth_date: BirthDate::stored(row.birth_date),
            sex: stored_sex(id, &row.sex)?,
            nhs_number,
            hospital_number: row.hospital,
        };
        Ok(Self {
            id,
            site: row.site,
            particulars,
            death_date: row.death_date,
            registered_at: row.registered_at,
            registered_by: row.registered_by,
            row_version: row.row_version,
        })
    }
}

/// The patient of a reading or command that is already inside the permit.
pub(crate) async fn read(
    connection: &mut PgConnection,
    id: PatientId,
) -> Result<Patient, StoreError> {
    let row = sqlx::query_as!(
        PatientColumns,
        r#"
        select p.id as "id: PatientId", p.site_id as "site: SiteId", p.family_name, p.given_name, p.title, p.birth_date,
               p.sex, p.death_date, p.registered_at, p.registered_by as "registered_by: UserId", p.row_version,
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
    row.try_into()
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

pub(crate) fn stored_sex(id: PatientId, code: &str) -> Result<Sex, StoreError> {
    coded::<Sex>(code, ("patient", "sex"), id)
}

/// The patient that a page is about.
///
/// # Errors
/// When the database cannot be reached.
pub async fn patient<A: Act>(reading: &mut Reading<A, PatientKey>) -> Result<Patient, StoreError> {
    let id = reading.subject.id;
    read(reading.connection(), id).await
}
