//! Sites and the installation.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use mdt::actor::Actor;
use mdt::event::{Change, Event, EventKind, SubjectKind};
use mdt::ids::SiteId;
use mdt::permission::act;
use std::sync::Arc;

use crate::command::insert_event;
use crate::ledger::check_installation_name;
use crate::scope::Scope;
use crate::{Command, Committed, Store, StoreError};

/// What a database is for, for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallationKind {
    /// Invented patients only.
    Demonstration,
    /// Real patients only.
    Production,
}

impl InstallationKind {
    /// The stored code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Demonstration => "demonstration",
            Self::Production => "production",
        }
    }
}

/// The one row that says what this database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Demonstration or production.
    pub kind: InstallationKind,
    /// Its name, the first part of every checkpoint's origin.
    pub name: String,
    /// The site that owns the log of what belongs to no hospital.
    pub site: SiteId,
    /// As-of time of a demonstration, and the real instant at which it was set.
    pub demonstration_clock: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A hospital.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Prefix of its case numbers.
    pub prefix: String,
    /// Its name.
    pub name: String,
    /// The zone in which it reads its clocks.
    pub zone: Tz,
    /// The version an edit states as its base.
    pub row_version: i32,
}

/// A site to be added.
#[derive(Debug, Clone)]
pub struct NewSite {
    /// Prefix of its case numbers, two to four capitals, unique in the installation.
    pub prefix: String,
    /// Its name.
    pub name: String,
    /// Its time zone.
    pub zone: Tz,
}

struct SiteRow {
    id: SiteId,
    prefix: String,
    name: String,
    zone: String,
    row_version: i32,
}

impl TryFrom<SiteRow> for Site {
    type Error = StoreError;

    fn try_from(row: SiteRow) -> Result<Self, StoreError> {
        let zone = row
            .zone
            .parse()
            .map_err(|why| StoreError::inconsistent("site", "zone", row.id, why))?;
        Ok(Self {
            id: row.id,
            prefix: row.prefix,
            name: row.name,
            zone,
            row_version: row.row_version,
        })
    }
}

impl Store {
    /// Writes the row that says what this database is, the installation's own site, and the first event.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the database is an installation already, or when the name cannot stand
    /// in the names of its logs.
    pub async fn create_installation(
        &self,
        kind: InstallationKind,
        name: &str,
        demonstration_clock: Option<(DateTime<Utc>, DateTime<Utc>)>,
    ) -> Result<Installation, StoreError> {
        check_installation_name(name).map_err(|error| StoreError::Refused(error.to_string()))?;
        let site: SiteId = self.sources().new_id();
        let actor = Actor::operator(site);
        let mut transaction = Scope::of(&actor).open(self.pool()).await?;
        let (starts_at, set_at) = demonstration_clock.unzip();
        let done = sqlx::query!(
            r#"insert into installation (kind, name, created_at, clock_starts_at, clock_set_at)
               values ($1, $2, $3, $4, $5) on conflict do nothing"#,
            kind.code(),
            name,
            self.sources().now(),
            starts_at,
            set_at,
        )
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::Refused("this database is an installation already".to_owned()));
        }
        sqlx::query!(
            "insert into site (id, kind, prefix, name, zone) values ($1, 'installation', 'INST', $2, 'UTC')",
            site.uuid(),
            name,
        )
        .execute(&mut *transaction)
        .await?;
        let sealed = Event::new(EventKind::InstallationCreated)
            .subject(SubjectKind::Installation, site)
            .data("kind", kind.code())
            .seal(&actor, None, site, self.sources())
            .map_err(|error| StoreError::Canonical(error.to_string()))?;
        insert_event(&mut transaction, &sealed).await?;
        transaction.commit().await?;
        Ok(Installation { kind, name: name.to_owned(), site, demonstration_clock })
    }

    /// What this database is; `None` before it was made an installation.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn installation(&self) -> Result<Option<Installation>, StoreError> {
        let row = sqlx::query!(
            r#"select i.kind, i.name, i.clock_starts_at, i.clock_set_at, s.id as "site: SiteId"
                 from installation i join site s on s.kind = 'installation'"#
        )
        .fetch_optional(self.aside())
        .await?;
        row.map(|row| {
            let kind = match row.kind.as_str() {
                "demonstration" => InstallationKind::Demonstration,
                "production" => InstallationKind::Production,
                other => return Err(StoreError::inconsistent("installation", "kind", "1", other)),
            };
            let demonstration_clock = row.clock_starts_at.zip(row.clock_set_at);
            Ok(Installation { kind, name: row.name, site: row.site, demonstration_clock })
        })
        .transpose()
    }

    /// All hospitals, by name.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn sites(&self) -> Result<Vec<Site>, StoreError> {
        let rows = sqlx::query_as!(
            SiteRow,
            r#"select id as "id: SiteId", prefix, name, zone, row_version from site
                where kind = 'hospital' order by name"#
        )
        .fetch_all(self.aside())
        .await?;
        rows.into_iter().map(Site::try_from).collect()
    }

    /// The command line, acting for this installation.
    ///
    /// # Errors
    /// [`StoreError::Schema`] before the installation was created.
    pub async fn operator(&self) -> Result<Arc<Actor>, StoreError> {
        let installation = self.installation().await?;
        let site = installation.map(|one| one.site).ok_or_else(not_created)?;
        Ok(Arc::new(Actor::operator(site)))
    }
}

fn not_created() -> StoreError {
    StoreError::Schema("the installation has not been created".to_owned())
}

/// Adds a hospital.
///
/// # Errors
/// [`StoreError::Refused`] when the prefix is taken.
pub async fn add_site(
    mut command: Command<act::SiteManage, SiteId>,
    site: NewSite,
) -> Result<(SiteId, Committed), StoreError> {
    let id: SiteId = command.new_id();
    let added = sqlx::query!(
        "insert into site (id, kind, prefix, name, zone) values ($1, 'hospital', $2, $3, $4)",
        id.uuid(),
        site.prefix,
        site.name,
        site.zone.name(),
    )
    .execute(command.connection())
    .await
    .map_err(StoreError::from);
    crate::error::on_constraint(added.map(drop), "site_prefix_unique", || {
        StoreError::Refused(format!("another site has the prefix {} already", site.prefix))
    })?;
    let event = Event::new(EventKind::SiteChanged)
        .subject(SubjectKind::Site, id)
        .data("prefix", site.prefix)
        .data("zone", site.zone.name());
    let committed = command.commit(event, "/admin/sites").await?;
    Ok((id, committed))
}

/// Changes a hospital's name or zone.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown one; [`StoreError::Stale`] when somebody else changed it since
/// `base`.
pub async fn change_site(
    mut command: Command<act::SiteManage, SiteId>,
    id: SiteId,
    name: &str,
    zone: Tz,
    base: i32,
) -> Result<Committed, StoreError> {
    let before = sqlx::query!(
        "select name, zone, row_version from site where id = $1 and kind = 'hospital' for update",
        id.uuid(),
    )
    .fetch_optional(command.connection())
    .await?
    .ok_or(StoreError::NotFound)?;
    if before.row_version != base {
        return Err(StoreError::Stale { base: base.into(), current: before.row_version.into() });
    }
    sqlx::query!(
        "update site set name = $2, zone = $3, row_version = row_version + 1 where id = $1",
        id.uuid(),
        name,
        zone.name(),
    )
    .execute(command.connection())
    .await?;
    let event = Event::new(EventKind::SiteChanged)
        .subject(SubjectKind::Site, id)
        .data("name", Change { from: before.name, to: name.to_owned() })
        .data("zone", Change { from: before.zone, to: zone.name().to_owned() });
    command.commit(event, "/admin/sites").await
}
