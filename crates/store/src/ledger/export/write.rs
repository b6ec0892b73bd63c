//! Writing the chosen rows: fetched a few hundred at a time, written in their order.

use std::collections::BTreeMap;
use std::io::Write;

use chrono::{DateTime, Utc};
use mdt::ids::SiteId;
use rules::canonical::Hash;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::bundle::{
    BundleWriter, CheckpointRecord, Counts, FORMAT, Header, Inclusion, Kind, Leaf, Record, Scope,
    ScopeKind,
};
use super::super::note::VerifierKey;
use super::super::seal::known_verifier;
use super::super::tree::Tree;
use super::rows::{
    assessments, decisions, evaluations, events, natural, payloads, protocols, rule_sets, staff,
};
use super::select::{Chosen, ChosenEvent};
use super::{ExportError, ExportOptions, Extent};
use crate::StoreError;
use crate::stored::hash;

/// So many rows are held at a time.
const CHUNK: usize = 500;

/// The header of the bundle, and the prefix of the site.
pub(super) async fn header(
    connection: &mut PgConnection,
    site: SiteId,
    extent: Extent,
    options: &ExportOptions<'_>,
    chosen: &Chosen,
    exported_at: DateTime<Utc>,
) -> Result<(Header, String), ExportError> {
    let prefix = sqlx::query_scalar!("select prefix from site where id = $1", site.uuid())
        .fetch_one(&mut *connection)
        .await?;
    let verifier = match options.signer {
        Some(key) => key.public()?,
        None => known_verifier(connection).await?.ok_or(ExportError::NoKey)?.parse()?,
    };
    let origin = format!("{}/{prefix}", verifier.name());
    let key: VerifierKey = verifier.named(&origin)?;
    let scope = scope(connection, site, extent, &prefix).await?;
    let header = Header {
        format: FORMAT,
        scope,
        site: site.uuid(),
        origin,
        key: key.to_string(),
        disclosed: options.disclose,
        exported_at,
        counts: counts(chosen),
    };
    Ok((header, prefix))
}

async fn scope(
    connection: &mut PgConnection,
    site: SiteId,
    extent: Extent,
    prefix: &str,
) -> Result<Scope, StoreError> {
    let (kind, id, label) = match extent {
        Extent::Site => (ScopeKind::Site, site.uuid(), prefix.to_owned()),
        Extent::Case(case) => (ScopeKind::Case, case.uuid(), String::new()),
        Extent::Decision(_, decision) => (ScopeKind::Decision, decision.uuid(), String::new()),
    };
    let Some(case) = extent.case() else { return Ok(Scope { kind, id, label }) };
    let number = sqlx::query_scalar!("select number from mdt_case where id = $1", case.uuid())
        .fetch_optional(connection)
        .await?;
    let label = number.ok_or(StoreError::NotFound)?;
    Ok(Scope { kind, id, label })
}

fn counts(chosen: &Chosen) -> Counts {
    let mut counts = Counts::default();
    let placed = chosen.events.iter().filter(|event| event.index.is_some()).count();
    let kind = if chosen.tree.is_some() { Kind::Inclusion } else { Kind::Leaf };
    for (kind, count) in [
        (Kind::RuleSet, chosen.rule_sets.len()),
        (Kind::Protocol, chosen.protocols.len()),
        (Kind::Assessment, chosen.assessments.len()),
        (Kind::Evaluation, chosen.evaluations.len()),
        (Kind::DecisionVersion, chosen.decisions.len()),
        (Kind::Event, chosen.events.len()),
        (Kind::Payload, chosen.payloads.len()),
        (Kind::Staff, chosen.staff.len()),
        (kind, placed),
        (Kind::Checkpoint, chosen.checkpoints.len()),
    ] {
        counts.set(kind, u64::try_from(count).unwrap_or(u64::MAX));
    }
    counts
}

/// Writes all records between header and end.
pub(super) async fn records<W: Write + Send>(
    connection: &mut PgConnection,
    site: SiteId,
    chosen: &Chosen,
    writer: &mut BundleWriter<W>,
) -> Result<(), ExportError> {
    for chunk in chosen.rule_sets.chunks(CHUNK) {
        write(writer, chunk, rule_sets(connection, chunk).await?)?;
    }
    for chunk in chosen.protocols.chunks(CHUNK) {
        write(writer, chunk, protocols(connection, chunk).await?)?;
    }
    for chunk in chosen.assessments.chunks(CHUNK) {
        write(writer, chunk, assessments(connection, site, chunk).await?)?;
    }
    for chunk in chosen.evaluations.chunks(CHUNK) {
        write(writer, chunk, evaluations(connection, site, chunk).await?)?;
    }
    for chunk in chosen.decisions.chunks(CHUNK) {
        write(writer, chunk, decisions(connection, site, chunk).await?)?;
    }
    for chunk in chosen.events.chunks(CHUNK) {
        let ids: Vec<Uuid> = chunk.iter().map(|event| event.id).collect();
        write(writer, &ids, events(connection, site, &ids).await?)?;
    }
    for chunk in chosen.payloads.chunks(CHUNK) {
        write(writer, chunk, payloads(connection, site, chunk).await?)?;
    }
    for chunk in chosen.staff.chunks(CHUNK) {
        write(writer, chunk, staff(connection, chunk).await?)?;
    }
    places(connection, site, chosen, writer).await?;
    checkpoints(connection, site, chosen, writer).await
}

/// Writes the records in the order of their ids; one that is not there is missed by the counts.
fn write<W: Write>(
    writer: &mut BundleWriter<W>,
    ids: &[Uuid],
    records: Vec<(Uuid, Record)>,
) -> Result<(), ExportError> {
    let mut records: BTreeMap<Uuid, Record> = records.into_iter().collect();
    for record in ids.iter().filter_map(|id| records.remove(id)) {
        writer.write(&record)?;
    }
    Ok(())
}

/// The entries of a site; of a part of it, the proofs that lead to its last checkpoint.
async fn places<W: Write + Send>(
    connection: &mut PgConnection,
    site: SiteId,
    chosen: &Chosen,
    writer: &mut BundleWriter<W>,
) -> Result<(), ExportError> {
    let covered = match chosen.checkpoints.last() {
        Some(number) => size_of(connection, site, *number).await?,
        None => 0,
    };
    for ChosenEvent { id, index } in &chosen.events {
        let Some(index) = index else { continue };
        let index: u64 = natural(*index, ("audit_leaf", "index"), id)?;
        let record = match &chosen.tree {
            None => Record::Leaf(Leaf { index, event: *id }),
            Some(tree) => Record::Inclusion(inclusion(tree, index, *id, covered)?),
        };
        writer.write(&record)?;
    }
    Ok(())
}

fn inclusion(tree: &Tree, index: u64, event: Uuid, size: u64) -> Result<Inclusion, StoreError> {
    let gap = || StoreError::inconsistent("audit_leaf", "index", event, "the log has a gap");
    let at = |number: u64| usize::try_from(number).map_err(|_| gap());
    let proof = tree.inclusion(at(index)?, at(size)?).ok_or_else(gap)?;
    Ok(Inclusion { index, event, size, proof })
}

async fn size_of(
    connection: &mut PgConnection,
    site: SiteId,
    number: i64,
) -> Result<u64, StoreError> {
    let entries = sqlx::query_scalar!(
        "select size from audit_checkpoint where site_id = $1 and number = $2",
        site.uuid(),
        number,
    )
    .fetch_one(connection)
    .await?;
    natural(entries, ("audit_checkpoint", "size"), number)
}

async fn checkpoints<W: Write + Send>(
    connection: &mut PgConnection,
    site: SiteId,
    chosen: &Chosen,
    writer: &mut BundleWriter<W>,
) -> Result<(), ExportError> {
    let mut before: Option<u64> = None;
    for chunk in chosen.checkpoints.chunks(CHUNK) {
        let rows = sqlx::query!(
            r#"select number, size, root, note from audit_checkpoint
                where site_id = $1 and number = any ($2) order by number"#,
            site.uuid(),
            chunk,
        )
        .fetch_all(&mut *connection)
        .await?;
        for row in rows {
            let entries = natural(row.size, ("audit_checkpoint", "size"), row.number)?;
            let proven = chosen.tree.as_ref().zip(before.replace(entries));
            writer.write(&Record::Checkpoint(CheckpointRecord {
                number: natural(row.number, ("audit_checkpoint", "number"), row.number)?,
                size: entries,
                root: hash(&row.root, ("audit_checkpoint", "root"), row.number)?,
                note: row.note,
                consistency: proven
                    .map_or(Ok(Vec::new()), |(tree, old)| grown(tree, old, entries))?,
            }))?;
        }
    }
    Ok(())
}

fn grown(tree: &Tree, old: u64, new: u64) -> Result<Vec<Hash>, StoreError> {
    let gap = || StoreError::inconsistent("audit_leaf", "index", new, "the log has a gap");
    let at = |number: u64| usize::try_from(number).map_err(|_| gap());
    tree.consistency(at(old)?, at(new)?).ok_or_else(gap)
}
