//! Loading the bundled files into the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use clinical::dictionary::dictionary;
use clinical::rulesets::{PROTOCOL_FILES, RULE_SET_FILES};
use mdt::event::{DataValue, Event, EventKind, SubjectKind};
use mdt::ids::{ProtocolVersionId, RuleSetVersionId, SiteId};
use mdt::permission::act;
use rules::{Compiled, Protocol, RuleSet};

use crate::{Begun, Command, Store, StoreError, Submission};

/// What loading the bundled files did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Rule-set versions that were new: `tokuhashi-2005 v1`.
    pub rule_sets: Vec<String>,
    /// Protocol versions that were new.
    pub protocols: Vec<String>,
}

fn unreadable(what: &str, why: impl std::fmt::Display) -> StoreError {
    StoreError::Schema(format!("{what}: {why}"))
}

/// A protocol version that was loaded now.
struct Published {
    id: String,
    version: u32,
    row: ProtocolVersionId,
    hash: rules::Hash,
}

/// The event of a loading names every protocol; it is about one if there is only one.
fn event_of(published: &[Published]) -> Event {
    let each = published.iter().map(|one| {
        DataValue::Map(BTreeMap::from([
            ("id".to_owned(), one.id.as_str().into()),
            ("version".to_owned(), one.version.into()),
            ("version_id".to_owned(), DataValue::text(one.row)),
            ("hash".to_owned(), one.hash.into()),
        ]))
    });
    let event =
        Event::new(EventKind::ProtocolPublished).data("protocols", DataValue::List(each.collect()));
    match published {
        [one] => event.subject_version(SubjectKind::Protocol, &one.id, one.version),
        _ => event,
    }
}

impl Store {
    /// Loads the bundled rule sets and protocols that the database does not have yet. A bundled file
    /// whose version is known with another hash is refused: released files are never edited.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when a file does not parse or a released one was changed.
    pub async fn load_bundled(&self) -> Result<Loaded, StoreError> {
        let operator = self.operator().await?;
        let submission = Submission::single(self.sources());
        let begun = self
            .command_at_site::<act::ProtocolActivate>(&operator, operator.home, submission)
            .await?;
        let Begun::Fresh(mut command) = begun else { return Ok(Loaded::default()) };
        let mut loaded = Loaded::default();
        let mut at_hand = Vec::new();
        for file in RULE_SET_FILES {
            let parsed =
                rules::parse(file.name, file.text).map_err(|why| unreadable(file.name, why))?;
            let rule_set = Arc::new(parsed);
            if load_rule_set(&mut command, &rule_set, file.text).await? {
                loaded.rule_sets.push(format!("{} v{}", rule_set.id, rule_set.version));
            }
            at_hand.push(rule_set);
        }
        let mut published = Vec::new();
        for file in PROTOCOL_FILES {
            let protocol = rules::parse_protocol(file.name, file.text)
                .map_err(|why| unreadable(file.name, why))?;
            let (id, hash, new) = load_protocol(&mut command, &protocol, &at_hand).await?;
            if new {
                loaded.protocols.push(format!("{} v{}", protocol.id, protocol.version));
                published.push(Published {
                    id: protocol.id,
                    version: protocol.version,
                    row: id,
                    hash,
                });
            }
        }
        if loaded == Loaded::default() {
            // Nothing new, so nothing to keep: dropping the command rolls it back.
            return Ok(loaded);
        }
        let event = event_of(&published).data("rule_sets", loaded.rule_sets.clone());
        command.commit(event, "/rules").await?;
        Ok(loaded)
    }
}

async fn load_rule_set(
    command: &mut Command<act::ProtocolActivate, SiteId>,
    rule_set: &RuleSet,
    source: &str,
) -> Result<bool, StoreError> {
    let bytes =
        rules::canonical::to_bytes(rule_set).map_err(|why| unreadable(&rule_set.id, why))?;
    let hash = rules::Hash::of(&bytes);
    let version = i32::try_from(rule_set.version).map_err(|why| unreadable(&rule_set.id, why))?;
    let known = sqlx::query_scalar!(
        "select hash from rule_set_version where rule_set = $1 and version = $2",
        rule_set.id,
        version,
    )
    .fetch_optional(command.connection())
    .await?;
    if let Some(known) = known {
        if known != hash.as_bytes() {
            return Err(unreadable(
                &rule_set.id,
                format!("the released version {version} was changed"),
            ));
        }
        return Ok(false);
    }
    let id: RuleSetVersionId = command.new_id();
    let now = command.now();
    sqlx::query!(
        r#"
        insert into rule_set_version (id, rule_set, version, kind, title, status, origin, source, canonical, hash, loaded_at)
        values ($1, $2, $3, $4, $5, $6, 'bundled', $7, $8, $9, $10)
        "#,
        id.uuid(),
        rule_set.id,
        version,
        rule_set.kind(),
        rule_set.title,
        rule_set.status.as_str(),
        source,
        bytes,
        hash.as_bytes().as_slice(),
        now,
    )
    .execute(command.connection())
    .await?;
    let approved = rule_set.status.is_approved_by_release();
    sqlx::query!(
        "insert into rule_state (rule_set_version_id, ordinal, state, changed_at) values ($1, 1, $2, $3)",
        id.uuid(),
        if approved { "approved" } else { "in_review" },
        now,
    )
    .execute(command.connection())
    .await?;
    if approved {
        sqlx::query!(
            r#"insert into rule_approval (rule_set_version_id, ordinal, meaning, approved_at)
               values ($1, 1, 'approved by the release', $2)"#,
            id.uuid(),
            now,
        )
        .execute(command.connection())
        .await?;
    }
    Ok(true)
}

async fn load_protocol(
    command: &mut Command<act::ProtocolActivate, SiteId>,
    protocol: &Protocol,
    at_hand: &[Arc<RuleSet>],
) -> Result<(ProtocolVersionId, rules::Hash, bool), StoreError> {
    let fail = |why: String| unreadable(&protocol.id, why);
    let compiled =
        Compiled::new(protocol, at_hand, dictionary()).map_err(|why| fail(why.to_string()))?;
    let pinned = compiled.protocol();
    let hash = compiled.hash();
    let version = i32::try_from(protocol.version).map_err(|why| fail(why.to_string()))?;
    let known = sqlx::query!(
        r#"select id as "id: ProtocolVersionId", hash from protocol_version where protocol = $1 and version = $2"#,
        protocol.id,
        version,
    )
    .fetch_optional(command.connection())
    .await?;
    if let Some(known) = known {
        if known.hash != hash.as_bytes() {
            return Err(fail(format!("the released version {version} was changed")));
        }
        return Ok((known.id, hash, false));
    }
    let id: ProtocolVersionId = command.new_id();
    let now = command.now();
    let bytes = rules::canonical::to_bytes(pinned).map_err(|why| fail(why.to_string()))?;
    sqlx::query!(
        r#"insert into protocol_version (id, protocol, version, title, canonical, hash, loaded_at)
           values ($1, $2, $3, $4, $5, $6, $7)"#,
        id.uuid(),
        protocol.id,
        version,
        protocol.title,
        bytes,
        hash.as_bytes().as_slice(),
        now,
    )
    .execute(command.connection())
    .await?;
    for (position, pin) in (1_i32..).zip(&pinned.rule_sets) {
        sqlx::query!(
            r#"insert into protocol_rule_set (protocol_version_id, position, rule_set_version_id)
               select $1, $2, id from rule_set_version where hash = $3"#,
            id.uuid(),
            position,
            pin.hash.as_bytes().as_slice(),
        )
        .execute(command.connection())
        .await?;
    }
    Ok((id, hash, true))
}
