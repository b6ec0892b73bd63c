//! Finding patients: by name or number, and those who may be the same person.

use chrono::NaiveDate;
use mdt::ids::{PatientId, SiteId};
use mdt::permission::Act;
use mdt::person::{BirthDate, PersonName};

use super::name_key::{key_of, name_key};
use super::{Particulars, stored_name};
use crate::{Reading, StoreError};

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

/// The columns that make a [`PatientRow`].
struct Columns {
    id: PatientId,
    site: SiteId,
    family_name: String,
    given_name: String,
    title: Option<String>,
    birth_date: NaiveDate,
    nhs: Option<String>,
    hospital: Option<String>,
}

impl TryFrom<Columns> for PatientRow {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            site: row.site,
            name: stored_name(row.id, &row.family_name, &row.given_name, row.title.as_deref())?,
            birth_date: BirthDate::stored(row.birth_date),
            nhs_number: row.nhs,
            hospital_number: row.hospital,
        })
    }
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
    let rows = sqlx::query_as!(
        Columns,
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
    rows.into_iter().map(PatientRow::try_from).collect()
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
    let rows = sqlx::query_as!(
        Columns,
        r#"
        select p.id as "id: PatientId", p.site_id as "site: SiteId", p.family_name, p.given_name, p.title, p.birth_date,
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
    rows.into_iter().map(PatientRow::try_from).collect()
}
