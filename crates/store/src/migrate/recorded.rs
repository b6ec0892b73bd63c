//! What the installation's own log says of the schema.

use mdt::coded::Coded as _;
use mdt::event::{DataValue, Event, EventKind, SubjectKind};
use mdt::permission::act;
use sqlx::PgConnection;

use super::applied_versions;
use crate::scope::Scope;
use crate::{Begun, Store, StoreError, Submission};

/// Under what a `migration.applied` lists its versions.
const VERSIONS: &str = "versions";

impl Store {
    /// Writes into the installation's log which migrations were applied since it last said so; those
    /// versions, ascending. Asked of the database and not of the run that applied them: the first
    /// migrations are older than any log, and a program may end between the two.
    ///
    /// # Errors
    /// [`StoreError::Schema`] before the installation was created.
    pub async fn record_migrations(&self) -> Result<Vec<i64>, StoreError> {
        let operator = self.operator().await?;
        let submission = Submission::single(self.sources());
        let begun =
            self.command_at_site::<act::SiteManage>(&operator, operator.home, submission).await?;
        let Begun::Fresh(mut command) = begun else { return Ok(Vec::new()) };
        let site = command.subject;
        // The command line writes into every log and reads none of its own accord.
        let scope = Scope { sites: vec![site], ..Scope::of(&operator) };
        scope.apply(command.connection()).await?;
        let mut new = applied_versions(command.connection()).await?;
        let said = recorded(command.connection()).await?;
        new.retain(|version| !said.contains(version));
        if new.is_empty() {
            // Nothing to say: dropping the command rolls it back.
            return Ok(new);
        }
        let versions = DataValue::List(new.iter().copied().map(DataValue::Integer).collect());
        let event = Event::new(EventKind::MigrationApplied)
            .subject(SubjectKind::Installation, site)
            .data(VERSIONS, versions);
        command.commit(event, "/status").await?;
        Ok(new)
    }
}

async fn recorded(connection: &mut PgConnection) -> Result<Vec<i64>, StoreError> {
    let versions = sqlx::query_scalar!(
        r#"
        select version::bigint as "version!"
          from audit_event e
          join site s on s.id = e.site_id and s.kind = 'installation'
         cross join lateral jsonb_array_elements_text(
               convert_from(e.document, 'utf8')::jsonb -> 'data' -> $1) as version
         where e.kind = $2
        "#,
        VERSIONS,
        EventKind::MigrationApplied.code(),
    )
    .fetch_all(connection)
    .await?;
    Ok(versions)
}
