//! What one transaction may see: the settings that the row-level policies read.

use mdt::actor::{Actor, ActorKind};
use mdt::ids::{CaseId, PatientId, SiteId, UserId};
use sqlx::postgres::Postgres;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Transaction};
use uuid::Uuid;

use crate::StoreError;

/// The user and the sites, cases and patients of one transaction.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    pub(crate) user: Option<UserId>,
    pub(crate) sites: Vec<SiteId>,
    pub(crate) cases: Vec<CaseId>,
    pub(crate) patients: Vec<PatientId>,
}

impl Scope {
    /// The actor's own: their id, and the sites at which they have any role.
    pub(crate) fn of(actor: &Actor) -> Self {
        let user = match actor.kind {
            ActorKind::User(user) => Some(user),
            // Their receipts need an owner of their own that is no user.
            ActorKind::Operator | ActorKind::Job => Some(UserId::from(Uuid::nil())),
            ActorKind::Anonymous => None,
        };
        Self { user, sites: actor.sites().into_iter().collect(), ..Self::default() }
    }

    /// Opens a transaction whose policies show this scope and nothing else.
    ///
    /// Begin and settings travel as one statement; they hold ids only, which have no characters that
    /// could end a literal. `set local` ends with the transaction, so a pooled connection carries
    /// nothing to its next user.
    pub(crate) async fn open(
        &self,
        pool: &PgPool,
    ) -> Result<Transaction<'static, Postgres>, StoreError> {
        let statement = format!("begin; {}", self.settings());
        Ok(pool.begin_with(AssertSqlSafe(statement)).await?)
    }

    /// Widens or narrows a transaction that is already open.
    pub(crate) async fn apply(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        use sqlx::Executor;
        connection.execute(AssertSqlSafe(self.settings())).await?;
        Ok(())
    }

    fn settings(&self) -> String {
        let user = self.user.map(|user| user.to_string()).unwrap_or_default();
        format!(
            "set local spineboard.user_id = '{user}'; set local spineboard.sites = '{}'; \
             set local spineboard.cases = '{}'; set local spineboard.patients = '{}'",
            array(self.sites.iter().map(|id| id.uuid())),
            array(self.cases.iter().map(|id| id.uuid())),
            array(self.patients.iter().map(|id| id.uuid())),
        )
    }
}

/// A PostgreSQL array literal; nothing at all for none, which the policies read as "no rows".
fn array(ids: impl Iterator<Item = Uuid>) -> String {
    let listed: Vec<String> = ids.map(|id| id.to_string()).collect();
    if listed.is_empty() { String::new() } else { format!("{{{}}}", listed.join(",")) }
}
