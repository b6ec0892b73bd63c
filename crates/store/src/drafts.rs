//! What somebody typed and has not sent. Kept on the server, so that a lost connection, an expired
//! session or a refused form loses nothing. No event: a draft changes no record.

use chrono::{DateTime, Utc};
use mdt::coded::Coded;
use mdt::form_draft::{DraftKey, FormKind, KEPT_FOR};
use mdt::ids::{CommandId, UserId};

use crate::scope::Scope;
use crate::{Store, StoreError};

/// A saved draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The fields as typed, wrong values included, passwords never.
    pub fields: Vec<(String, String)>,
    /// The version the form was based on.
    pub base: Option<String>,
    /// Last save.
    pub saved_at: DateTime<Utc>,
}

impl Store {
    /// Saves a draft, in place of an earlier one.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn save_draft(
        &self,
        user: UserId,
        key: &DraftKey,
        base: Option<&str>,
        fields: &[(String, String)],
    ) -> Result<DateTime<Utc>, StoreError> {
        let saved_at = self.save_draft_unless_sent(user, key, base, fields, None).await?;
        saved_at.ok_or(StoreError::NotFound)
    }

    /// Saves a draft unless the form was sent meanwhile, which the receipt of its command tells: a save
    /// that was on its way must not bring back what is done. `None` when it was.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn save_draft_unless_sent(
        &self,
        user: UserId,
        key: &DraftKey,
        base: Option<&str>,
        fields: &[(String, String)],
        command: Option<CommandId>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let now = self.sources().now();
        let bytes =
            serde_json::to_vec(fields).map_err(|error| StoreError::Canonical(error.to_string()))?;
        let mut transaction =
            Scope { user: Some(user), ..Scope::default() }.open(self.pool()).await?;
        let done = sqlx::query!(
            r#"
            insert into form_draft (user_id, form, object, base, fields, created_at, saved_at)
            select $1, $2, $3, $4, $5, $6, $6
             where not exists (select 1 from command_receipt where actor_id = $1 and command_id = $7)
            on conflict (user_id, form, object) do update
               set base = excluded.base, fields = excluded.fields, saved_at = excluded.saved_at,
                   row_version = form_draft.row_version + 1
            "#,
            user.uuid(),
            key.form().code(),
            key.object(),
            base,
            bytes,
            now,
            command.map(CommandId::uuid),
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok((done.rows_affected() == 1).then_some(now))
    }

    /// The draft of a form, if there is one.
    ///
    /// # Errors
    /// When the database cannot be reached, or [`StoreError::Inconsistent`].
    pub async fn draft(&self, user: UserId, key: &DraftKey) -> Result<Option<Draft>, StoreError> {
        let mut transaction =
            Scope { user: Some(user), ..Scope::default() }.open(self.pool()).await?;
        let row = sqlx::query!(
            "select base, fields, saved_at from form_draft where user_id = $1 and form = $2 and object = $3",
            user.uuid(),
            key.form().code(),
            key.object(),
        )
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        row.map(|row| {
            let fields = serde_json::from_slice(&row.fields)
                .map_err(|why| StoreError::inconsistent("form_draft", "fields", key, why))?;
            Ok(Draft { fields, base: row.base, saved_at: row.saved_at })
        })
        .transpose()
    }

    /// Drops a draft: it was sent, or its author starts afresh.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn drop_draft(&self, user: UserId, key: &DraftKey) -> Result<(), StoreError> {
        let mut transaction =
            Scope { user: Some(user), ..Scope::default() }.open(self.pool()).await?;
        sqlx::query!(
            "delete from form_draft where user_id = $1 and form = $2 and object = $3",
            user.uuid(),
            key.form().code(),
            key.object(),
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The drafts of a user, latest first: what waits on their worklist.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn drafts_of(
        &self,
        user: UserId,
    ) -> Result<Vec<(DraftKey, DateTime<Utc>)>, StoreError> {
        let oldest = self.sources().now() - KEPT_FOR;
        let mut transaction =
            Scope { user: Some(user), ..Scope::default() }.open(self.pool()).await?;
        let rows = sqlx::query!(
            "select form, object, saved_at from form_draft where user_id = $1 and saved_at > $2 order by saved_at desc",
            user.uuid(),
            oldest,
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        // A form that this program no longer has is left out; its drafts go by themselves.
        let key =
            |form: &str, object: &str| DraftKey::new(FormKind::from_code(form).ok()?, object).ok();
        let rows = rows.into_iter();
        Ok(rows.filter_map(|row| Some((key(&row.form, &row.object)?, row.saved_at))).collect())
    }
}
