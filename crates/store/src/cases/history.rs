//! What happened in a case, from the log.

use mdt::coded::Coded;
use mdt::event::{AuditEvent, EventKind, Payload};
use mdt::ids::EventId;
use mdt::permission::Act;

use crate::access::CaseKey;
use crate::{Reading, StoreError};

/// One line of a case's history.
#[derive(Debug, Clone)]
pub struct HistoryRow {
    /// The event.
    pub event: AuditEvent,
    /// Its details, unless erased.
    pub payload: Option<Payload>,
    /// Its leaf hash, hex.
    pub leaf: String,
    /// Its entry number, when sealed.
    pub index: Option<i64>,
}

/// An entry of the case's log: one that cannot be read does not hide the others.
#[derive(Debug, Clone)]
pub enum HistoryEntry {
    /// As it was written.
    Read(Box<HistoryRow>),
    /// Its bytes are no event any more.
    Damaged {
        /// Which.
        event: EventId,
        /// Its entry number, when sealed.
        index: Option<i64>,
    },
}

impl HistoryEntry {
    /// The event's id.
    pub fn id(&self) -> EventId {
        match self {
            Self::Read(row) => row.event.id,
            Self::Damaged { event, .. } => *event,
        }
    }
}

/// The events of a case, newest first, before an event where given; of these kinds only, where any are.
///
/// # Errors
/// When the database cannot be reached.
pub async fn history<A: Act>(
    reading: &mut Reading<A, CaseKey>,
    kinds: &[EventKind],
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<HistoryEntry>, StoreError> {
    let case = reading.subject.clone();
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.code().to_owned()).collect();
    let rows = sqlx::query!(
        r#"
        select e.id as "id: EventId", e.document, e.leaf_hash, p.document as "payload?", l.index as "index?"
          from audit_event e
          left join audit_payload p on p.site_id = e.site_id and p.event_id = e.id
          left join audit_leaf l on l.site_id = e.site_id and l.event_id = e.id
         where e.site_id = $1 and e.case_id = $2 and ($3::uuid is null or e.id < $3)
           and (cardinality($5::text[]) = 0 or e.kind = any ($5))
         order by e.id desc
         limit $4
        "#,
        case.site.uuid(),
        case.id.uuid(),
        before.map(EventId::uuid),
        limit,
        &kinds,
    )
    .fetch_all(reading.connection())
    .await?;
    let entries = rows.into_iter().map(|row| {
        let event = AuditEvent::from_bytes(&row.document).ok();
        let payload = row.payload.map(|bytes| Payload::from_bytes(&bytes)).transpose().ok();
        match event.zip(payload) {
            Some((event, payload)) => {
                let leaf = hex::encode(row.leaf_hash);
                HistoryEntry::Read(Box::new(HistoryRow { event, payload, leaf, index: row.index }))
            }
            None => HistoryEntry::Damaged { event: row.id, index: row.index },
        }
    });
    Ok(entries.collect())
}
