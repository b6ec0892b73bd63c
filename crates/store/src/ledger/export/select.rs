//! Which rows a bundle holds: ids only, so that the numbers are known before the first line.

use std::collections::BTreeSet;

use mdt::coded::Coded;
use mdt::event::{AuditEvent, SubjectKind};
use mdt::ids::{CaseId, DecisionId, SiteId};
use rules::canonical::Hash;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::tree::Tree;
use super::super::verify::statements::{KINDS, Statement};
use super::{ExportOptions, Extent};
use crate::StoreError;
use crate::stored::hash;

/// An event of the bundle.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChosenEvent {
    pub(super) id: Uuid,
    pub(super) index: Option<i64>,
}

/// The rows of a bundle, each kind in its order.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) rule_sets: Vec<Uuid>,
    pub(super) protocols: Vec<Uuid>,
    pub(super) assessments: Vec<Uuid>,
    pub(super) evaluations: Vec<Uuid>,
    pub(super) decisions: Vec<Uuid>,
    pub(super) events: Vec<ChosenEvent>,
    pub(super) payloads: Vec<Uuid>,
    pub(super) staff: Vec<Uuid>,
    pub(super) checkpoints: Vec<i64>,
    /// The tree that proves places; none in the bundle of a site, which has every entry.
    pub(super) tree: Option<Tree>,
}

struct AssessmentRow {
    id: Uuid,
    case_id: Uuid,
    hash: Vec<u8>,
}

struct EvaluationRow {
    id: Uuid,
    case_id: Uuid,
    assessment_id: Uuid,
    protocol_version_id: Uuid,
    hash: Vec<u8>,
}

struct DecisionRow {
    id: Uuid,
    case_id: Uuid,
    decision_id: Uuid,
    evaluation_id: Uuid,
    hash: Vec<u8>,
}

struct EventRow {
    id: Uuid,
    index: Option<i64>,
    actor_id: Option<Uuid>,
}

/// The documents of the site or case.
struct Documents {
    assessments: Vec<AssessmentRow>,
    evaluations: Vec<EvaluationRow>,
    decisions: Vec<DecisionRow>,
}

/// Chooses the rows of a bundle.
pub(super) async fn choose(
    connection: &mut PgConnection,
    site: SiteId,
    extent: Extent,
    options: &ExportOptions<'_>,
) -> Result<Chosen, StoreError> {
    let case = extent.case();
    let mut documents = documents(connection, site, case).await?;
    let mut events = events(connection, site, case, options.live).await?;
    if !options.live {
        let pending = pending(connection, site, case).await?;
        documents.leave_out(&pending);
    }
    if let Extent::Decision(case, decision) = extent {
        let stated = case_events(connection, site, case).await?;
        let kept = documents.keep(decision, &stated);
        if documents.decisions.is_empty() {
            return Err(StoreError::NotFound);
        }
        events.retain(|event| kept.contains(&event.id));
    }
    let mut chosen = Chosen {
        protocols: documents.protocols(),
        assessments: documents.assessments.iter().map(|row| row.id).collect(),
        evaluations: documents.evaluations.iter().map(|row| row.id).collect(),
        decisions: documents.decisions.iter().map(|row| row.id).collect(),
        ..Chosen::default()
    };
    let actors: BTreeSet<Uuid> = events.iter().filter_map(|event| event.actor_id).collect();
    chosen.staff = staff(connection, &actors).await?;
    chosen.events = events.iter().map(|row| ChosenEvent { id: row.id, index: row.index }).collect();
    chosen.rule_sets = rule_sets(connection, &chosen.protocols).await?;
    if options.disclose {
        chosen.payloads = payloads(connection, site, &chosen.events).await?;
    }
    chosen.checkpoints = checkpoints(connection, site, extent, options.known_size).await?;
    if case.is_some() {
        chosen.tree = Some(tree(connection, site).await?);
    }
    Ok(chosen)
}

impl Documents {
    /// Leaves out what only events say that have no place in the log yet.
    fn leave_out(&mut self, pending: &BTreeSet<(Uuid, Hash)>) {
        let waits = |case: Uuid, hash: &[u8]| {
            let hash = <[u8; 32]>::try_from(hash).map(Hash::from_bytes);
            hash.is_ok_and(|hash| pending.contains(&(case, hash)))
        };
        self.assessments.retain(|row| !waits(row.case_id, &row.hash));
        self.evaluations.retain(|row| !waits(row.case_id, &row.hash));
        self.decisions.retain(|row| !waits(row.case_id, &row.hash));
    }

    /// Keeps a decision and what it rests on; the events that belong to them. An event that says how
    /// a document came about also names others, which then belong to it too.
    fn keep(&mut self, decision: DecisionId, events: &[AuditEvent]) -> BTreeSet<Uuid> {
        self.decisions.retain(|row| row.decision_id == decision.uuid());
        let taken_on: BTreeSet<Uuid> = self.decisions.iter().map(|row| row.evaluation_id).collect();
        let evaluations = self.evaluations.iter().filter(|row| taken_on.contains(&row.id));
        let made_from: BTreeSet<Uuid> = evaluations.clone().map(|row| row.assessment_id).collect();
        let assessments = self.assessments.iter().filter(|row| made_from.contains(&row.id));
        let mut hashes: BTreeSet<Vec<u8>> = evaluations.map(|row| row.hash.clone()).collect();
        hashes.extend(assessments.map(|row| row.hash.clone()));
        let mut kept = BTreeSet::new();
        loop {
            let before = kept.len();
            for event in events {
                if belongs(event, decision, &mut hashes) {
                    kept.insert(event.id.uuid());
                }
            }
            if kept.len() == before {
                break;
            }
        }
        self.evaluations.retain(|row| hashes.contains(&row.hash));
        self.assessments.retain(|row| hashes.contains(&row.hash));
        kept
    }

    fn protocols(&self) -> Vec<Uuid> {
        let protocols = self.evaluations.iter().map(|row| row.protocol_version_id);
        protocols.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Whether an event belongs to a decision or to the documents with these hashes; adds what it names.
fn belongs(event: &AuditEvent, decision: DecisionId, hashes: &mut BTreeSet<Vec<u8>>) -> bool {
    let named = match Statement::of(event) {
        Ok(Some(Statement::Assessed { assessment, evaluated, .. })) => {
            let evaluation = evaluated.map(|evaluated| evaluated.evaluation);
            [Some(assessment), evaluation]
        }
        Ok(Some(Statement::Evaluated { evaluated, .. })) => {
            [Some(evaluated.assessment), Some(evaluated.evaluation)]
        }
        _ => {
            let subject = event.subject.as_ref();
            let id = decision.to_string();
            return subject.is_some_and(|one| one.kind == SubjectKind::Decision && one.id == id);
        }
    };
    let named = named.into_iter().flatten().map(|hash| hash.as_bytes().to_vec());
    let named: Vec<Vec<u8>> = named.collect();
    let belongs = named.iter().any(|hash| hashes.contains(hash));
    if belongs {
        hashes.extend(named);
    }
    belongs
}

async fn documents(
    connection: &mut PgConnection,
    site: SiteId,
    case: Option<CaseId>,
) -> Result<Documents, StoreError> {
    let (site, case) = (site.uuid(), case.map(CaseId::uuid));
    let assessments = sqlx::query_as!(
        AssessmentRow,
        r#"select id, case_id, hash from assessment
            where site_id = $1 and ($2::uuid is null or case_id = $2)
            order by case_id, ordinal"#,
        site,
        case,
    )
    .fetch_all(&mut *connection)
    .await?;
    let evaluations = sqlx::query_as!(
        EvaluationRow,
        r#"select id, case_id, assessment_id, protocol_version_id, hash from evaluation
            where site_id = $1 and ($2::uuid is null or case_id = $2)
            order by case_id, made_at, id"#,
        site,
        case,
    )
    .fetch_all(&mut *connection)
    .await?;
    let decisions = sqlx::query_as!(
        DecisionRow,
        r#"select id, case_id, decision_id, evaluation_id, hash from decision_version
            where site_id = $1 and ($2::uuid is null or case_id = $2)
            order by case_id, decision_id, version"#,
        site,
        case,
    )
    .fetch_all(connection)
    .await?;
    Ok(Documents { assessments, evaluations, decisions })
}

async fn events(
    connection: &mut PgConnection,
    site: SiteId,
    case: Option<CaseId>,
    live: bool,
) -> Result<Vec<EventRow>, StoreError> {
    let events = sqlx::query_as!(
        EventRow,
        r#"
        select e.id, l.index as "index?", e.actor_id
          from audit_event e
          left join audit_leaf l on l.site_id = e.site_id and l.event_id = e.id
         where e.site_id = $1 and ($2::uuid is null or e.case_id = $2)
           and ($3 or l.index is not null)
         order by l.index nulls last, e.at, e.id
        "#,
        site.uuid(),
        case.map(CaseId::uuid),
        live,
    )
    .fetch_all(connection)
    .await?;
    Ok(events)
}

/// The documents that only events without a place say to be there, by case and hash.
async fn pending(
    connection: &mut PgConnection,
    site: SiteId,
    case: Option<CaseId>,
) -> Result<BTreeSet<(Uuid, Hash)>, StoreError> {
    let kinds: Vec<String> = KINDS.iter().map(|kind| kind.code().to_owned()).collect();
    let rows = sqlx::query_scalar!(
        r#"
        select e.document
          from audit_event e
         where e.site_id = $1 and ($2::uuid is null or e.case_id = $2) and e.kind = any ($3)
           and not exists (select 1 from audit_leaf l
                            where l.site_id = e.site_id and l.event_id = e.id)
        "#,
        site.uuid(),
        case.map(CaseId::uuid),
        &kinds,
    )
    .fetch_all(connection)
    .await?;
    let mut pending = BTreeSet::new();
    for event in rows.iter().filter_map(|document| AuditEvent::from_bytes(document).ok()) {
        let Ok(Some(statement)) = Statement::of(&event) else { continue };
        let case = statement.case();
        match statement {
            Statement::Assessed { assessment, evaluated, .. } => {
                pending.insert((case, assessment));
                pending.extend(evaluated.map(|evaluated| (case, evaluated.evaluation)));
            }
            Statement::Evaluated { evaluated, .. } => {
                pending.insert((case, evaluated.evaluation));
            }
            Statement::Signed { document, .. } => {
                pending.insert((case, document));
            }
        }
    }
    Ok(pending)
}

async fn case_events(
    connection: &mut PgConnection,
    site: SiteId,
    case: CaseId,
) -> Result<Vec<AuditEvent>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select document from audit_event where site_id = $1 and case_id = $2 order by at, id",
        site.uuid(),
        case.uuid(),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().filter_map(|document| AuditEvent::from_bytes(document).ok()).collect())
}

async fn rule_sets(
    connection: &mut PgConnection,
    protocols: &[Uuid],
) -> Result<Vec<Uuid>, StoreError> {
    let ids = sqlx::query_scalar!(
        r#"
        select distinct r.id as "id!"
          from protocol_rule_set p
          join rule_set_version r on r.id = p.rule_set_version_id
         where p.protocol_version_id = any ($1)
         order by 1
        "#,
        protocols,
    )
    .fetch_all(connection)
    .await?;
    Ok(ids)
}

async fn payloads(
    connection: &mut PgConnection,
    site: SiteId,
    events: &[ChosenEvent],
) -> Result<Vec<Uuid>, StoreError> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    let rows = sqlx::query_scalar!(
        "select event_id from audit_payload where site_id = $1 and event_id = any ($2)",
        site.uuid(),
        &ids,
    )
    .fetch_all(connection)
    .await?;
    let with: BTreeSet<Uuid> = rows.into_iter().collect();
    Ok(ids.into_iter().filter(|id| with.contains(id)).collect())
}

async fn staff(
    connection: &mut PgConnection,
    actors: &BTreeSet<Uuid>,
) -> Result<Vec<Uuid>, StoreError> {
    let actors: Vec<Uuid> = actors.iter().copied().collect();
    let ids =
        sqlx::query_scalar!("select id from app_user where id = any ($1) order by id", &actors)
            .fetch_all(connection)
            .await?;
    Ok(ids)
}

/// All of a site; of a part of it the last, and the one that the receiver holds.
async fn checkpoints(
    connection: &mut PgConnection,
    site: SiteId,
    extent: Extent,
    known_size: Option<u64>,
) -> Result<Vec<i64>, StoreError> {
    let all = extent == Extent::Site;
    let known = known_size.and_then(|size| i64::try_from(size).ok());
    let numbers = sqlx::query_scalar!(
        r#"
        select number
          from audit_checkpoint
         where site_id = $1
           and ($2 or size = $3
                or number = (select max(number) from audit_checkpoint where site_id = $1))
         order by number
        "#,
        site.uuid(),
        all,
        known,
    )
    .fetch_all(connection)
    .await?;
    Ok(numbers)
}

async fn tree(connection: &mut PgConnection, site: SiteId) -> Result<Tree, StoreError> {
    let rows = sqlx::query!(
        r#"
        select l.index, e.leaf_hash
          from audit_leaf l
          join audit_event e on e.site_id = l.site_id and e.id = l.event_id
         where l.site_id = $1
         order by l.index
        "#,
        site.uuid(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| hash(&row.leaf_hash, ("audit_event", "leaf_hash"), row.index))
        .collect()
}
