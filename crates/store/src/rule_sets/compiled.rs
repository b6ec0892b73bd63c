//! The compiled form of a protocol version, which is kept because compiling takes milliseconds and
//! evaluating microseconds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use clinical::dictionary::dictionary;
use mdt::ids::ProtocolVersionId;
use rules::{Compiled, PinnedProtocol};
use sqlx::PgConnection;

use crate::{Store, StoreError};

/// The compiled protocol versions of this process.
#[derive(Debug, Default)]
pub(crate) struct CompiledProtocols(Mutex<BTreeMap<ProtocolVersionId, Arc<Compiled>>>);

impl Store {
    /// The protocol version, ready to evaluate.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown version, [`StoreError::Inconsistent`] when what is stored
    /// does not compile to the stored hash.
    pub async fn compiled(&self, id: ProtocolVersionId) -> Result<Arc<Compiled>, StoreError> {
        if let Some(known) = self.protocols().get(id) {
            return Ok(known);
        }
        let mut connection = self.aside().acquire().await?;
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
