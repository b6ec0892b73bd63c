//! Where a version of a rule set is used: in which protocols, at which sites, and with which versions of
//! what it reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use mdt::display;
use mdt::ids::{ProtocolVersionId, RuleSetVersionId, SiteId};
use rules::RuleSet;
use store::rule_sets::{Activation as InForce, ProtocolRow, RuleSetRow};

use super::list::in_force;
use super::protocol;
use crate::error::WebError;
use crate::state::App;
use crate::view::rule::Activation;
use crate::view::{Link, Tag, Tone};
use crate::visitor::Visitor;

/// The rule sets by row, as they are stored.
pub(super) type AtHand = BTreeMap<RuleSetVersionId, Arc<RuleSet>>;

/// Where a version is used.
pub(super) struct Uses {
    /// The protocols that hold it.
    pub(super) protocols: Vec<Link>,
    /// Site by site.
    pub(super) activations: Vec<Activation>,
    /// At how many sites it is active.
    pub(super) active: usize,
    /// With which versions of what it reads it is evaluated.
    pub(super) within: Option<Within>,
}

/// A protocol with the versions that it pins.
pub(super) struct Within {
    /// `core-scores v1`
    pub(super) name: String,
    /// Its rule sets.
    pub(super) rule_sets: Vec<Arc<RuleSet>>,
}

/// Whether the product itself uses a version, to mark cases at every site.
pub(super) fn marks(row: &RuleSetRow) -> bool {
    marks_with(row).is_some()
}

fn marks_with(row: &RuleSetRow) -> Option<Within> {
    let compiled = clinical::marks::protocol().ok()?;
    let protocol = compiled.protocol();
    protocol.rule_sets.iter().find(|pin| pin.hash.to_string() == row.hash)?;
    Some(Within {
        name: format!("{} v{}", protocol.id, protocol.version),
        rule_sets: compiled.rule_sets().to_vec(),
    })
}

pub(super) async fn of(
    app: &App,
    visitor: &Visitor,
    row: &RuleSetRow,
    at_hand: &AtHand,
) -> Result<Uses, WebError> {
    let active = in_force(app, visitor).await?;
    let versions = app.store.protocol_versions().await?;
    let holding: BTreeMap<ProtocolVersionId, &ProtocolRow> = versions
        .iter()
        .filter(|version| version.rule_sets.contains(&row.id))
        .map(|version| (version.id, version))
        .collect();
    let marks = marks_with(row);
    let activations: Vec<Activation> = visitor
        .sites
        .0
        .iter()
        .map(|site| {
            let here = active
                .get(&site.id)
                .and_then(|one| Some((one, *holding.get(&one.protocol_version)?)));
            let (from, protocol) = match (here, &marks) {
                (Some((one, version)), _) => {
                    (display::date(display::day_of(one.active_from, site.zone)), name(version))
                }
                (None, Some(marks)) => ("Always".to_owned(), marks.name.clone()),
                (None, None) => {
                    let site = site.name.clone();
                    let [from, protocol] = ["–", "–"].map(str::to_owned);
                    let state = Tag::new(Tone::Plain, "Not adopted");
                    return Activation { site, from, protocol, state };
                }
            };
            let state = Tag::new(Tone::Ok, "Active").with_icon();
            Activation { site: site.name.clone(), from, protocol, state }
        })
        .collect();
    let pages = holding.values().map(|version| {
        Link::new(name(version), protocol::badge(&version.protocol, version.version).href)
    });
    // What the product itself uses is no protocol of a site, so it has no page: the list says so.
    let marked = marks.iter().map(|marks| Link::new(marks.name.clone(), "/rules"));
    Ok(Uses {
        protocols: pages.chain(marked).collect(),
        active: activations.iter().filter(|one| one.state.tone == Tone::Ok).count(),
        activations,
        within: within(visitor.actor.home, &active, &holding, at_hand).or(marks),
    })
}

fn name(version: &ProtocolRow) -> String {
    format!("{} v{}", version.protocol, version.version)
}

/// The protocol of the reader's own site, else one that is in force anywhere, else the latest.
fn within(
    home: SiteId,
    active: &BTreeMap<SiteId, InForce>,
    holding: &BTreeMap<ProtocolVersionId, &ProtocolRow>,
    at_hand: &AtHand,
) -> Option<Within> {
    let at = |one: &InForce| holding.get(&one.protocol_version).copied();
    let latest = || holding.values().max_by_key(|one| (&one.protocol, one.version)).copied();
    let version =
        active.get(&home).and_then(at).or_else(|| active.values().find_map(at)).or_else(latest)?;
    Some(Within {
        name: name(version),
        rule_sets: version.rule_sets.iter().filter_map(|id| at_hand.get(id).cloned()).collect(),
    })
}
