//! What the pages of rules show.

use chrono::{DateTime, Utc};
use mdt::ids::{ProtocolVersionId, RuleSetVersionId, SiteId};

use crate::{Store, StoreError};

/// A rule-set version with its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSetRow {
    /// Row id.
    pub id: RuleSetVersionId,
    /// Id of the rule set.
    pub rule_set: String,
    /// Version.
    pub version: i32,
    /// `mapping`, `score`, …
    pub kind: String,
    /// Title.
    pub title: String,
    /// Status of the release.
    pub status: String,
    /// State: `in_review`, `approved`, …
    pub state: String,
    /// The file as it was loaded: what evaluations are made with.
    pub source: String,
    /// The canonical form as it was loaded.
    pub canonical: Vec<u8>,
    /// SHA-256 of the canonical form when it was loaded, hex: the identity.
    pub hash: String,
    /// When it was loaded.
    pub loaded_at: DateTime<Utc>,
}

/// An approval of a rule-set version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who; none for the release that carries it.
    pub by: Option<String>,
    /// What was said by it.
    pub meaning: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A protocol version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtocolRow {
    /// Row id.
    pub id: ProtocolVersionId,
    /// Id of the protocol.
    pub protocol: String,
    /// Version.
    pub version: i32,
    /// Title.
    pub title: String,
    /// SHA-256 of the canonical form, hex.
    pub hash: String,
    /// The rule-set versions that it pins, in the order of evaluation.
    pub rule_sets: Vec<RuleSetVersionId>,
}

/// An activation: from when a site uses a protocol version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// Where.
    pub site: SiteId,
    /// From when.
    pub active_from: DateTime<Utc>,
    /// The version.
    pub protocol_version: ProtocolVersionId,
}

impl Store {
    /// All rule-set versions, by id and version.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn rule_set_versions(&self) -> Result<Vec<RuleSetRow>, StoreError> {
        let rows = sqlx::query!(
            r#"
            select v.id as "id: RuleSetVersionId", v.rule_set, v.version, v.kind, v.title, v.status, v.source,
                   v.canonical, v.hash, v.loaded_at,
                   (select state from rule_state s where s.rule_set_version_id = v.id
                     order by ordinal desc limit 1) as "state!"
              from rule_set_version v order by v.rule_set, v.version
            "#
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| RuleSetRow {
                id: row.id,
                rule_set: row.rule_set,
                version: row.version,
                kind: row.kind,
                title: row.title,
                status: row.status,
                state: row.state,
                source: row.source,
                canonical: row.canonical,
                hash: hex::encode(row.hash),
                loaded_at: row.loaded_at,
            })
            .collect())
    }

    /// The approvals of a rule-set version, the first first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn rule_approvals(&self, id: RuleSetVersionId) -> Result<Vec<Approval>, StoreError> {
        Ok(sqlx::query_as!(
            Approval,
            r#"select u.display_name as "by?", a.meaning, a.approved_at as at
                 from rule_approval a left join app_user u on u.id = a.approved_by
                where a.rule_set_version_id = $1 order by a.ordinal"#,
            id.uuid(),
        )
        .fetch_all(self.pool())
        .await?)
    }

    /// All protocol versions, by id and version.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn protocol_versions(&self) -> Result<Vec<ProtocolRow>, StoreError> {
        let rows = sqlx::query!(
            r#"select v.id as "id: ProtocolVersionId", v.protocol, v.version, v.title, v.hash,
                      array(select p.rule_set_version_id from protocol_rule_set p
                             where p.protocol_version_id = v.id
                             order by p.position) as "rule_sets!: Vec<RuleSetVersionId>"
                 from protocol_version v order by v.protocol, v.version"#
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| ProtocolRow {
                id: row.id,
                protocol: row.protocol,
                version: row.version,
                title: row.title,
                hash: hex::encode(row.hash),
                rule_sets: row.rule_sets,
            })
            .collect())
    }

    /// All activations, by site and time.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn activations(&self) -> Result<Vec<Activation>, StoreError> {
        Ok(sqlx::query_as!(
            Activation,
            r#"select site_id as "site: SiteId", active_from, protocol_version_id as "protocol_version: ProtocolVersionId"
                 from protocol_activation order by site_id, active_from, ordinal"#
        )
        .fetch_all(self.pool())
        .await?)
    }
}
