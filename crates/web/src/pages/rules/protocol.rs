//! The page of one version of a protocol: what it pins, what it is for, and since when which site uses it.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use mdt::display;
use mdt::ids::RuleSetVersionId;
use mdt::permission::Action;
use store::rule_sets::{Activation, ProtocolRow, RuleSetRow};

use super::list::{active_tag, rule_badge, shortened, state_of};
use super::stored::read;
use crate::error::WebError;
use crate::pages::asked::{id, site_for};
use crate::pages::page;
use crate::paths;
use crate::state::App;
use crate::view::protocol::{ActivationRow, PinnedRow, ProtocolPage, VersionRow};
use crate::view::{RuleBadge, Section, Tag, Tone};
use crate::visitor::Visitor;

/// The badge of a protocol version, leading to its page.
pub(in crate::pages) fn badge(protocol: &str, version: impl std::fmt::Display) -> RuleBadge {
    RuleBadge {
        title: protocol.to_owned(),
        version: format!("v{version}"),
        href: paths::Protocol { id: protocol.to_owned(), version: version.to_string() }.to_string(),
    }
}

pub(super) async fn show(
    paths::Protocol { id: protocol, version }: paths::Protocol,
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, WebError> {
    site_for(&visitor, Action::RuleRead)?;
    let version: i32 = id(&version)?;
    let versions = app.store.protocol_versions().await?;
    let this = versions.iter().find(|one| one.protocol == protocol && one.version == version);
    let this = this.ok_or(WebError::NotFound)?;
    let rows = app.store.rule_set_versions().await?;
    let rows: BTreeMap<RuleSetVersionId, &RuleSetRow> =
        rows.iter().map(|row| (row.id, row)).collect();
    let pins: Vec<&RuleSetRow> =
        this.rule_sets.iter().filter_map(|pin| rows.get(pin).copied()).collect();
    let activations = activations(&visitor, this, &app.store.activations().await?, app.now());
    let active = activations.iter().filter(|one| one.state.tone == Tone::Ok).count();
    let RuleBadge { version: shown, href, .. } = badge(&this.protocol, this.version);
    page(&ProtocolPage {
        shell: visitor.shell(format!("{} {shown}", this.title), Some(Section::Rules)),
        id: this.protocol.clone(),
        title: this.title.clone(),
        version: shown,
        active: active_tag(active),
        rule_sets: pins.iter().map(|row| pinned(row)).collect(),
        header: header(this, &pins),
        hash: grouped(&this.hash),
        address: href,
        activations,
        versions: versions
            .iter()
            .rev()
            .filter(|other| other.protocol == this.protocol)
            .map(|other| version_row(other, this))
            .collect(),
    })
}

fn pinned(row: &RuleSetRow) -> PinnedRow {
    let stored = read(row);
    let rule_set = stored.as_ref().map(|stored| stored.rule_set.as_ref());
    let unharmed = stored.as_ref().is_some_and(|stored| stored.damage.is_none());
    PinnedRow {
        badge: rule_badge(row, rule_set),
        kind: row.kind.clone(),
        scope: rule_set.map_or_else(String::new, |one| one.scope.as_str().to_owned()),
        state: state_of(row, unharmed),
        hash: shortened(&row.hash),
    }
}

/// What its file in the release says, as long as that one pins the very same rule sets.
fn header(this: &ProtocolRow, pins: &[&RuleSetRow]) -> Vec<(String, String)> {
    let Ok(bundle) = clinical::rulesets::bundled() else { return Vec::new() };
    let same = |file: &&rules::Protocol| {
        let named = file.id == this.protocol && i32::try_from(file.version) == Ok(this.version);
        let hash = file.pin(bundle.rule_sets()).ok().and_then(|(pinned, _)| pinned.hash().ok());
        named && hash.is_some_and(|hash| hash.to_string() == this.hash)
    };
    let Some(file) = bundle.protocols().iter().find(same) else { return Vec::new() };
    let scores = pins.iter().filter(|row| row.kind == "score").count();
    [
        ("For", file.purpose.clone()),
        ("Scores", scores.to_string()),
        ("Author", file.author.clone()),
        ("Change", file.change_note.clone()),
    ]
    .map(|(label, words)| (label.to_owned(), words))
    .to_vec()
}

/// Every time that a site took the version, and when another took its place.
fn activations(
    visitor: &Visitor,
    this: &ProtocolRow,
    all: &[Activation],
    now: DateTime<Utc>,
) -> Vec<ActivationRow> {
    let mut rows = Vec::new();
    for site in &visitor.sites.0 {
        let here: Vec<&Activation> = all.iter().filter(|one| one.site == site.id).collect();
        for (place, one) in here.iter().enumerate() {
            if one.protocol_version != this.id {
                continue;
            }
            let next = here.get(place + 1).map(|next| next.active_from);
            let state = stage(one.active_from, next, now);
            rows.push(ActivationRow {
                site: site.name.clone(),
                from: display::date_time(one.active_from, site.zone),
                until: next
                    .map_or_else(|| "–".to_owned(), |next| display::date_time(next, site.zone)),
                state,
            });
        }
    }
    rows
}

/// Where an activation stands.
fn stage(from: DateTime<Utc>, next: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Tag {
    if next.is_some_and(|next| next <= now) {
        Tag::new(Tone::Plain, "Ended")
    } else if from > now {
        Tag::new(Tone::Info, "Begins later")
    } else {
        Tag::new(Tone::Ok, "Active").with_icon()
    }
}

fn version_row(row: &ProtocolRow, shown: &ProtocolRow) -> VersionRow {
    let RuleBadge { version, href, .. } = badge(&row.protocol, row.version);
    VersionRow { version, href, hash: shortened(&row.hash), current: row.version == shown.version }
}

fn grouped(hash: &str) -> String {
    let figures: Vec<char> = hash.chars().collect();
    figures.chunks(8).map(|group| group.iter().collect()).collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_is_active_from_its_instant_until_another_takes_its_place() {
        let at = |hour: u32| {
            chrono::TimeZone::with_ymd_and_hms(&Utc, 2026, 6, 15, hour, 0, 0).single().unwrap()
        };
        let words = |from, next, now| stage(at(from), next, at(now)).text;
        assert_eq!(words(8, None, 7), "Begins later");
        assert_eq!(words(8, None, 8), "Active");
        assert_eq!(words(8, Some(at(12)), 11), "Active");
        assert_eq!(words(8, Some(at(12)), 12), "Ended");
    }
}
