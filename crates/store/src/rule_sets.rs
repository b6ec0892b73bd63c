//! Rule sets and protocols: loading the bundled files, activating a protocol, and the compiled form of
//! a protocol version, which is kept because compiling takes milliseconds and evaluating microseconds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use clinical::dictionary::dictionary;
use clinical::rulesets::{PROTOCOL_FILES, RULE_SET_FILES};
use mdt::event::{DataValue, Event, EventKind, SubjectKind};
use mdt::ids::{ProtocolVersionId, RuleSetVersionId, SiteId, UserId};
use mdt::permission::{Act, act};
use rules::ruleset::{Body, Status};
use rules::{Compiled, PinnedProtocol, Protocol, RuleSet};
use sqlx::PgConnection;

use crate::{Begun, Command, Committed, Reading, Store, StoreError, Submission};

/// The compiled protocol versions of this process.
#[derive(Debug, Default)]
pub(crate) struct CompiledProtocols(Mutex<BTreeMap<ProtocolVersionId, Arc<Compiled>>>);

/// A rule-set version as a list shows it.
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
    /// SHA-256 of the canonical form, hex.
    pub hash: String,
    /// When it was loaded.
    pub loaded_at: DateTime<Utc>,
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

/// The code of a rule set's kind, as its row has it.
fn kind_of(rule_set: &RuleSet) -> &'static str {
    match rule_set.body {
        Body::Mapping(_) => "mapping",
        Body::Score(_) => "score",
    }
}

fn status_of(rule_set: &RuleSet) -> &'static str {
    match rule_set.status {
        Status::InUse => "in-use",
        Status::Optional => "optional",
        Status::NotForUse => "not-for-use",
        Status::Hold => "hold",
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

    /// All rule-set versions, by id and version.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn rule_set_versions(&self) -> Result<Vec<RuleSetRow>, StoreError> {
        let rows = sqlx::query!(
            r#"
            select v.id as "id: RuleSetVersionId", v.rule_set, v.version, v.kind, v.title, v.status, v.hash, v.loaded_at,
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
                hash: hex::encode(row.hash),
                loaded_at: row.loaded_at,
            })
            .collect())
    }

    /// The file of a rule-set version as it was loaded.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn rule_set_source(
        &self,
        rule_set: &str,
        version: i32,
    ) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            "select source from rule_set_version where rule_set = $1 and version = $2",
            rule_set,
            version,
        )
        .fetch_optional(self.pool())
        .await?)
    }

    /// All protocol versions, by id and version.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn protocol_versions(&self) -> Result<Vec<ProtocolRow>, StoreError> {
        let rows = sqlx::query!(
            r#"select id as "id: ProtocolVersionId", protocol, version, title, hash from protocol_version
                order by protocol, version"#
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

    /// The protocol version, ready to evaluate.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown version, [`StoreError::Inconsistent`] when what is stored
    /// does not compile to the stored hash.
    pub async fn compiled(&self, id: ProtocolVersionId) -> Result<Arc<Compiled>, StoreError> {
        if let Some(known) = self.protocols().get(id) {
            return Ok(known);
        }
        let mut connection = self.pool().acquire().await?;
        let compiled = Arc::new(compile(&mut connection, id).await?);
        self.protocols().put(id, &compiled);
        Ok(compiled)
    }
}

impl CompiledProtocols {
    fn get(&self, id: ProtocolVersionId) -> Option<Arc<Compiled>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn put(&self, id: ProtocolVersionId, compiled: &Arc<Compiled>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(compiled));
    }
}

async fn compile(
    connection: &mut PgConnection,
    id: ProtocolVersionId,
) -> Result<Compiled, StoreError> {
    let version = sqlx::query!(
        "select protocol, version, title, hash from protocol_version where id = $1",
        id.uuid()
    )
    .fetch_optional(&mut *connection)
    .await?
    .ok_or(StoreError::NotFound)?;
    let sources = sqlx::query!(
        r#"select v.rule_set, v.source from protocol_rule_set p
             join rule_set_version v on v.id = p.rule_set_version_id
            where p.protocol_version_id = $1 order by p.position"#,
        id.uuid(),
    )
    .fetch_all(connection)
    .await?;
    let damaged = |why: String| StoreError::inconsistent("protocol_version", "canonical", id, why);
    let mut rule_sets = Vec::new();
    let mut pins = Vec::new();
    for row in sources {
        let rule_set =
            rules::parse(&row.rule_set, &row.source).map_err(|why| damaged(why.to_string()))?;
        let hash = rule_set.hash().map_err(|why| damaged(why.to_string()))?;
        pins.push(rules::protocol::PinnedRuleSet {
            id: rule_set.id.clone(),
            version: rule_set.version,
            hash,
        });
        rule_sets.push(Arc::new(rule_set));
    }
    let pinned = PinnedProtocol {
        id: version.protocol,
        version: u32::try_from(version.version).map_err(|why| damaged(why.to_string()))?,
        title: version.title,
        rule_sets: pins,
    };
    let compiled = Compiled::from_pinned(pinned, rule_sets, dictionary())
        .map_err(|why| damaged(why.to_string()))?;
    if compiled.hash().as_bytes().as_slice() != version.hash.as_slice() {
        return Err(damaged("the rule sets do not have the hash of the protocol".to_owned()));
    }
    Ok(compiled)
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
        kind_of(rule_set),
        rule_set.title,
        status_of(rule_set),
        source,
        bytes,
        hash.as_bytes().as_slice(),
        now,
    )
    .execute(command.connection())
    .await?;
    // Bundled files are approved by the release that carries them.
    sqlx::query!(
        "insert into rule_state (rule_set_version_id, ordinal, state, changed_at) values ($1, 1, 'approved', $2)",
        id.uuid(),
        now,
    )
    .execute(command.connection())
    .await?;
    sqlx::query!(
        r#"insert into rule_approval (rule_set_version_id, ordinal, meaning, approved_at)
           values ($1, 1, 'approved by the release', $2)"#,
        id.uuid(),
        now,
    )
    .execute(command.connection())
    .await?;
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

/// Activates a protocol version at the command's site, from an instant on.
///
/// # Errors
/// [`StoreError::NotFound`] for an unknown version; [`StoreError::Refused`] when it pins a rule set that
/// is kept for fidelity only.
pub async fn activate(
    mut command: Command<act::ProtocolActivate, SiteId>,
    version: ProtocolVersionId,
    active_from: DateTime<Utc>,
) -> Result<Committed, StoreError> {
    let site = command.subject;
    let protocol = sqlx::query!(
        "select protocol, version, hash from protocol_version where id = $1",
        version.uuid()
    )
    .fetch_optional(command.connection())
    .await?
    .ok_or(StoreError::NotFound)?;
    let refused = sqlx::query_scalar!(
        r#"select v.rule_set from protocol_rule_set p join rule_set_version v on v.id = p.rule_set_version_id
            where p.protocol_version_id = $1 and v.status in ('not-for-use', 'hold') limit 1"#,
        version.uuid(),
    )
    .fetch_optional(command.connection())
    .await?;
    if let Some(rule_set) = refused {
        return Err(StoreError::Refused(format!(
            "{rule_set} is not for use, so no protocol with it can be activated"
        )));
    }
    let (now, user) = (command.now(), command.actor().user());
    sqlx::query!(
        r#"
        insert into protocol_activation (site_id, active_from, ordinal, protocol_version_id, activated_by, activated_at)
        select $1, $2, coalesce(max(ordinal), 0) + 1, $3, $4, $5
          from protocol_activation where site_id = $1 and active_from = $2
        "#,
        site.uuid(),
        active_from,
        version.uuid(),
        user.map(UserId::uuid),
        now,
    )
    .execute(command.connection())
    .await?;
    let event = Event::new(EventKind::ProtocolActivated)
        .subject_version(
            SubjectKind::Protocol,
            &protocol.protocol,
            u32::try_from(protocol.version).unwrap_or(0),
        )
        .data("hash", hex::encode(protocol.hash))
        .data("from", active_from);
    command.commit(event, "/rules").await
}

/// The activation in force at a site now, for a page that compares with a case's pin.
///
/// # Errors
/// When the database cannot be reached.
pub async fn protocol_in_force<A: Act, S>(
    reading: &mut Reading<A, S>,
    site: SiteId,
) -> Result<Option<Activation>, StoreError> {
    let now = reading.now();
    Ok(sqlx::query_as!(
        Activation,
        r#"select site_id as "site: SiteId", active_from, protocol_version_id as "protocol_version: ProtocolVersionId"
             from protocol_activation where site_id = $1 and active_from <= $2
            order by active_from desc, ordinal desc limit 1"#,
        site.uuid(),
        now,
    )
    .fetch_optional(reading.connection())
    .await?)
}

/// The protocol version in force at a site at an instant: the greatest `active_from` up to then, on a
/// tie the later ordinal.
pub(crate) async fn in_force(
    connection: &mut PgConnection,
    site: SiteId,
    at: DateTime<Utc>,
) -> Result<Option<ProtocolVersionId>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select protocol_version_id as "id: ProtocolVersionId" from protocol_activation
            where site_id = $1 and active_from <= $2 order by active_from desc, ordinal desc limit 1"#,
        site.uuid(),
        at,
    )
    .fetch_optional(connection)
    .await?)
}

#[cfg(test)]
mod tests {
    use mdt::actor::Actor;
    use mdt::chance::Sources;
    use mdt::clock::SteppedClock;

    use super::*;

    #[test]
    fn the_event_of_a_loading_names_every_protocol_with_its_own_hash() {
        let clock = Arc::new(SteppedClock::new("2026-06-15T07:25:00Z".parse().unwrap()));
        let sources = Sources::seeded(clock, 1);
        let one = |id: &str, version: u32| Published {
            id: id.to_owned(),
            version,
            row: sources.new_id(),
            hash: rules::Hash::of(id.as_bytes()),
        };
        let site: SiteId = sources.new_id();
        let operator = Actor::operator(site);
        let bytes = |published: &[Published]| {
            let sealed = event_of(published).seal(&operator, None, site, &sources).unwrap();
            String::from_utf8(sealed.bytes).unwrap()
        };
        let both = bytes(&[one("core-scores", 2), one("review-2023", 1)]);
        for id in ["core-scores", "review-2023"] {
            assert!(both.contains(id), "{id} in {both}");
            let hash = rules::Hash::of(id.as_bytes()).to_string();
            assert!(both.contains(&hash), "the hash of {id} in {both}");
        }
        assert!(!both.contains("subject"), "two are no single subject: {both}");
        assert!(bytes(&[one("core-scores", 2)]).contains(r#""subject":{"id":"core-scores""#));
    }
}
