//! The signed decisions of a site, the latest first. Like the log it names no patient.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use mdt::display;
use mdt::ids::{DecisionVersionId, UserId};
use serde::Deserialize;
use store::audit::{LogPlace, LogReading, SignedDecision};
use store::sites::Site;

use super::{site_asked, sites};
use crate::error::{WebError, form_encode};
use crate::pages::asked::{id, list_read};
use crate::pages::page;
use crate::paths;
use crate::state::App;
use crate::view::signed_decisions::{DecisionRow, SignedDecisionsPage};
use crate::view::{Choice, Empty, FormInput, Pager, Section, Tag, Tone};
use crate::visitor::Visitor;

/// Decisions of a page.
const PAGE: usize = 50;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    site: String,
    #[serde(default)]
    before: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let site = site_asked(&visitor, &asked.site)?;
    let before: Option<DecisionVersionId> =
        if asked.before.is_empty() { None } else { Some(id(&asked.before)?) };
    let names = app.user_names().await?;
    let mut reading = LogReading::begin(&app.store, &visitor.actor, site.id).await?;
    // One more than is shown tells whether there is a next page.
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut decisions = reading.decisions(before, limit).await?;
    let place = reading.place();
    let more = decisions.len() > PAGE;
    decisions.truncate(PAGE);
    let ids: Vec<_> = decisions.iter().map(|one| one.decision).collect();
    reading.record(list_read("audit-decisions", &ids, false)).await?;
    let choices = sites(&visitor).into_iter().map(|site| Choice::new(&site.prefix, &site.name));
    let input = FormInput::from_pairs([("site", &site.prefix)]);
    page(&SignedDecisionsPage {
        shell: visitor
            .shell(format!("Decisions of {}", site.name), Some(Section::Audit))
            .for_list(0),
        filters: SignedDecisionsPage::filters(choices.collect(), &input),
        rows: decisions.iter().map(|one| row(site, &names, one)).collect(),
        pager: pager(site, &asked, &decisions, more),
        empty: Empty::new(match place {
            LogPlace::Site(_) => "No decision is signed here yet.",
            LogPlace::OwnMeetings(..) => "No decision of your own meetings is signed yet.",
        }),
    })
}

fn row(site: &Site, names: &BTreeMap<UserId, String>, one: &SignedDecision) -> DecisionRow {
    let signers = one.signers.iter().filter_map(|signer| names.get(signer).cloned());
    DecisionRow {
        case: one.number.to_string(),
        version: format!("Version {}", one.version),
        href: paths::AuditDecision {
            id: one.decision.to_string(),
            version: one.version.to_string(),
        }
        .to_string(),
        at: display::date_time(one.signed_at, site.zone),
        by: signers.collect::<Vec<_>>().join(", "),
        state: state(one),
    }
}

/// Void before everything else; then whether a later version holds.
fn state(one: &SignedDecision) -> Tag {
    match one.voids {
        0 | 1 if one.version < one.latest => {
            Tag::new(Tone::Plain, format!("Replaced by version {}", one.version + 1))
        }
        0 => Tag::new(Tone::Ok, "Holds").with_icon(),
        1 => Tag::new(Tone::Warn, "Asked to be void").with_icon(),
        _ => Tag::new(Tone::Crit, "Void").with_icon(),
    }
}

fn pager(site: &Site, asked: &Asked, decisions: &[SignedDecision], more: bool) -> Pager {
    let count = decisions.len();
    let noun = if count == 1 { "signed version" } else { "signed versions" };
    let last = decisions.last().filter(|_| more);
    Pager {
        range: format!("{count} {noun}{}", if more { ", more follow" } else { "" }),
        previous: (!asked.before.is_empty()).then(|| address(site, "")),
        next: last.map(|last| address(site, &last.id.to_string())),
        export: None,
    }
}

fn address(site: &Site, before: &str) -> String {
    let query = form_encode(&[("site", site.prefix.as_str()), ("before", before)]);
    format!("{}?{query}", paths::AuditDecisions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_void_decision_says_so_whatever_its_version() {
        let one = |version, latest, voids| SignedDecision {
            id: uuid::Uuid::from_u128(1).into(),
            decision: uuid::Uuid::from_u128(2).into(),
            version,
            latest,
            case: uuid::Uuid::from_u128(3).into(),
            number: "NF-2026-0148".parse().unwrap(),
            signed_at: "2026-06-16T07:30:00Z".parse().unwrap(),
            signers: Vec::new(),
            voids,
        };
        assert_eq!(state(&one(1, 1, 0)).text, "Holds");
        assert_eq!(state(&one(1, 3, 0)).text, "Replaced by version 2");
        assert_eq!(state(&one(1, 2, 2)).text, "Void");
        assert_eq!(state(&one(1, 1, 1)).text, "Asked to be void");
    }
}
