//! Roles and schema. The only code that connects as the owner.

mod recorded;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Executor};

use crate::StoreError;

/// The migrations, embedded. One static, so that no test embeds a copy of its own.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// The roles that the schema grants to. Cluster-wide, so all databases of a cluster share them.
const ROLES: [&str; 3] = ["spineboard_owner", "spineboard_app", "spineboard_auditor"];

/// What [`run`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// Versions that were applied now, ascending.
    pub applied: Vec<i64>,
    /// The version the schema has.
    pub version: i64,
}

/// Creates the roles where they are missing and applies the migrations that are.
///
/// # Errors
/// When the database cannot be reached, the login may neither create roles nor act as the owner, or a
/// migration that was applied before has changed since.
pub async fn run(options: &PgConnectOptions) -> Result<Migrated, StoreError> {
    let mut connection = connect(options).await?;
    // Held until the connection closes: two programs at once must not both grant on the schema.
    connection.execute("select pg_advisory_lock(hashtext('spineboard.migrate'))").await?;
    ensure_roles(&mut connection).await?;
    hand_over_schema(&mut connection).await?;
    connection.execute("set role spineboard_owner").await.map_err(|error| {
        StoreError::Schema(format!("the login may not act as spineboard_owner: {error}"))
    })?;
    let before = applied_versions(&mut connection).await?;
    MIGRATOR.run(&mut connection).await.map_err(|error| StoreError::Schema(error.to_string()))?;
    // The program reads which migrations have run; it writes none.
    connection
        .execute("grant select on public._sqlx_migrations to spineboard_app, spineboard_auditor")
        .await?;
    let after = applied_versions(&mut connection).await?;
    connection.close().await?;
    let applied = after.iter().copied().filter(|version| !before.contains(version)).collect();
    Ok(Migrated { applied, version: after.last().copied().unwrap_or(0) })
}

/// The right to set a database up, that one program at a time has: schema, installation and rules
/// together. It ends with this value.
#[derive(Debug)]
pub struct Alone(PgConnection);

/// Waits until no other program sets this database up.
///
/// # Errors
/// When the database cannot be reached.
pub async fn alone(options: &PgConnectOptions) -> Result<Alone, StoreError> {
    let mut connection = connect(options).await?;
    connection.execute("select pg_advisory_lock(hashtext('spineboard.set_up'))").await?;
    Ok(Alone(connection))
}

/// Without a word about slow statements: waiting until another program is done is none.
async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let options = options.clone().disable_statement_logging();
    Ok(PgConnection::connect_with(&options).await?)
}

impl Alone {
    /// Lets the next one in.
    ///
    /// # Errors
    /// When the connection was lost; then the next one is in already.
    pub async fn release(self) -> Result<(), StoreError> {
        Ok(self.0.close().await?)
    }
}

/// The version of the schema that a database has; `None` before the first migration.
///
/// # Errors
/// When the database cannot be reached.
pub async fn version(options: &PgConnectOptions) -> Result<Option<i64>, StoreError> {
    let mut connection = PgConnection::connect_with(options).await?;
    let versions = applied_versions(&mut connection).await?;
    connection.close().await?;
    Ok(versions.last().copied())
}

/// The version of the schema that this program was built for.
pub fn expected_version() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0)
}

async fn ensure_roles(connection: &mut PgConnection) -> Result<(), StoreError> {
    for role in ROLES {
        // Roles are the cluster's and a lock is a database's: a program that migrates another database
        // may create the role, or grant it, between the question and the answer.
        let statement = format!(
            "do $$ begin
                 if not exists (select from pg_roles where rolname = '{role}') then
                     begin
                         create role {role} nologin;
                     exception when duplicate_object or unique_violation then null;
                     end;
                 end if;
                 -- Since PostgreSQL 16 whoever creates a role may grant it, but not yet act as it.
                 if not pg_has_role(current_user, '{role}', case
                     when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end) then
                     begin
                         execute format('grant {role} to %I', current_user);
                     exception when unique_violation then null;
                     end;
                 end if;
             end $$"
        );
        connection.execute(sqlx::AssertSqlSafe(statement)).await.map_err(|error| {
            StoreError::Schema(format!("role {role} is missing and cannot be created: {error}"))
        })?;
    }
    Ok(())
}

/// Only who owns the schema `public` can give rights to it, which is not `spineboard_owner`.
async fn hand_over_schema(connection: &mut PgConnection) -> Result<(), StoreError> {
    let done = connection
        .execute(
            "grant usage, create on schema public to spineboard_owner;
             grant usage on schema public to spineboard_app, spineboard_auditor",
        )
        .await;
    done.map(drop).map_err(|error| {
        StoreError::Schema(format!(
            "the login may not hand the schema to spineboard_owner: {error}"
        ))
    })
}

pub(crate) async fn applied_versions(
    connection: &mut PgConnection,
) -> Result<Vec<i64>, StoreError> {
    use sqlx::Row;
    let known: bool = connection
        .fetch_one("select to_regclass('public._sqlx_migrations') is not null")
        .await?
        .try_get(0)?;
    if !known {
        return Ok(Vec::new());
    }
    let rows = connection
        .fetch_all("select version from public._sqlx_migrations where success order by version")
        .await?;
    rows.iter().map(|row| row.try_get(0).map_err(StoreError::from)).collect()
}
