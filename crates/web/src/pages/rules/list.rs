//! The list of rule sets and the protocol of each site.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use mdt::display;
use mdt::ids::{ProtocolVersionId, RuleSetVersionId, SiteId};
use mdt::permission::Action;
use rules::RuleSet;
use store::rule_sets::{Activation, ProtocolRow as Version, RuleSetRow};

use super::protocol;
use super::stored::read;
use super::uses::marks;
use crate::error::WebError;
use crate::pages::asked::{capitalised, site_for};
use crate::pages::page;
use crate::paths;
use crate::present::score_card::{badge, short_citation};
use crate::state::App;
use crate::view::rule_list::{ProtocolRow, RuleListPage, RuleRow};
use crate::view::{Empty, RuleBadge, Section, Tag, Tone};
use crate::visitor::Visitor;

/// So many digits of a hash tell versions apart on a list; the rule's own page has all.
const HASH_SHOWN: usize = 12;

pub(super) async fn list(State(app): State<App>, visitor: Visitor) -> Result<Response, WebError> {
    site_for(&visitor, Action::RuleRead)?;
    let active = in_force(&app, &visitor).await?;
    let versions: BTreeMap<ProtocolVersionId, Version> =
        app.store.protocol_versions().await?.into_iter().map(|one| (one.id, one)).collect();
    let sites = visitor.actor.sites().into_iter();
    let protocols =
        sites.map(|site| protocol_row(&visitor, site, active.get(&site), &versions)).collect();
    let used = used_at(&visitor, &active, &versions);
    let rows = app.store.rule_set_versions().await?;
    let mut rules: Vec<RuleRow> = rows.iter().map(|row| rule_row(row, &used)).collect();
    // By the name that is shown; versions of one rule set stay as they came.
    rules.sort_by_key(|rule| rule.badge.title.to_lowercase());
    page(&RuleListPage {
        shell: visitor.shell("Rules", Some(Section::Rules)),
        protocols,
        rules,
        empty: Empty::new(
            "No rule set is loaded. The operator loads the bundled ones with “spineboard migrate”.",
        ),
    })
}

/// The activation in force at each site now: the greatest `active_from` up to now, on a tie the later.
pub(in crate::pages) async fn in_force(
    app: &App,
    visitor: &Visitor,
) -> Result<BTreeMap<SiteId, Activation>, WebError> {
    let now = app.now();
    let known = |one: &Activation| visitor.sites.get(one.site).is_some();
    let activations = app.store.activations().await?.into_iter();
    // They come in order, so the last that has begun is the one in force.
    Ok(activations
        .filter(|one| one.active_from <= now && known(one))
        .map(|one| (one.site, one))
        .collect())
}

fn protocol_row(
    visitor: &Visitor,
    site: SiteId,
    active: Option<&Activation>,
    versions: &BTreeMap<ProtocolVersionId, Version>,
) -> ProtocolRow {
    let zone = visitor.sites.zone(site);
    let version = active.and_then(|one| versions.get(&one.protocol_version));
    ProtocolRow {
        site: visitor.sites.name(site),
        protocol: version.map(|one| protocol::badge(&one.protocol, one.version)),
        since: match active {
            Some(one) => format!("since {}", display::date_time(one.active_from, zone)),
            None => "A rule steward of the site can activate one.".to_owned(),
        },
        hash: version.map(|one| shortened(&one.hash)).unwrap_or_default(),
    }
}

/// Names of the sites that use a rule-set version now.
type Used = BTreeMap<RuleSetVersionId, Vec<String>>;

fn used_at(
    visitor: &Visitor,
    active: &BTreeMap<SiteId, Activation>,
    versions: &BTreeMap<ProtocolVersionId, Version>,
) -> Used {
    let mut used: Used = BTreeMap::new();
    for (site, activation) in active {
        let pins = versions.get(&activation.protocol_version).into_iter();
        for pin in pins.flat_map(|version| &version.rule_sets) {
            used.entry(*pin).or_default().push(visitor.sites.name(*site));
        }
    }
    used
}

fn rule_row(row: &RuleSetRow, used: &Used) -> RuleRow {
    let mut sites = used.get(&row.id).cloned().unwrap_or_default();
    sites.sort();
    let stored = read(row);
    let rule_set = stored.as_ref().map(|stored| &stored.rule_set);
    let unharmed = stored.as_ref().is_some_and(|stored| stored.damage.is_none());
    RuleRow {
        badge: rule_badge(row, rule_set.map(AsRef::as_ref)),
        kind: row.kind.clone(),
        scope: rule_set.map_or_else(String::new, |one| one.scope.as_str().to_owned()),
        state: state_of(row, unharmed),
        sites: match sites.is_empty() {
            false => sites.join(", "),
            true if marks(row) => "every site, as a mark".to_owned(),
            true => "no site".to_owned(),
        },
        hash: shortened(&row.hash),
        source: rule_set.map(|one| short_citation(&one.citation)).unwrap_or_default(),
    }
}

/// The badge of a rule set, even of one of which nothing can be read any more.
pub(super) fn rule_badge(row: &RuleSetRow, rule_set: Option<&RuleSet>) -> RuleBadge {
    rule_set.map_or_else(
        || RuleBadge {
            title: row.title.clone(),
            version: format!("v{}", row.version),
            href: paths::Rule { id: row.rule_set.clone(), version: row.version.to_string() }
                .to_string(),
        },
        badge,
    )
}

/// The state of a rule set as a list shows it.
pub(super) fn state_of(row: &RuleSetRow, unharmed: bool) -> Tag {
    if unharmed {
        state(&row.state, &row.status)
    } else {
        Tag::new(Tone::Crit, "Not as it was loaded").with_icon()
    }
}

/// At how many sites something is active.
pub(super) fn active_tag(sites: usize) -> Tag {
    match sites {
        0 => Tag::new(Tone::Plain, "Active at no site"),
        1 => Tag::new(Tone::Ok, "Active at 1 site").with_icon(),
        count => Tag::new(Tone::Ok, format!("Active at {count} sites")).with_icon(),
    }
}

/// What a release kept for fidelity only is said before its state.
pub(super) fn state(state: &str, status: &str) -> Tag {
    match (state, status) {
        (_, "not-for-use" | "hold") => Tag::new(Tone::Warn, "Not for use").with_icon(),
        ("approved", _) => Tag::new(Tone::Ok, "Approved").with_icon(),
        ("recalled", _) => Tag::new(Tone::Crit, "Recalled").with_icon(),
        ("in_review", _) => Tag::new(Tone::Info, "In review").with_icon(),
        (other, _) => Tag::new(Tone::Plain, capitalised(other)),
    }
}

pub(super) fn shortened(hash: &str) -> String {
    hash.chars().take(HASH_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_set_that_is_not_for_use_says_so_whatever_its_state() {
        assert_eq!(state("approved", "not-for-use").text, "Not for use");
        assert_eq!(state("approved", "in-use").text, "Approved");
        assert_eq!(state("recalled", "in-use").tone, Tone::Crit);
        assert_eq!(state("retired", "in-use").text, "Retired");
    }
}
