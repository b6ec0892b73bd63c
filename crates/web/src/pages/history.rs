//! The audit trail of a case: every view and every change, the newest first.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use clinical::dictionary::dictionary;
use mdt::coded::Coded;
use mdt::display;
use mdt::event::{
    ActorCode, AuditEvent, DataValue, Event, EventGroup, EventKind, Outcome, SubjectKind, leaf_hash,
};
use mdt::ids::{EventId, SiteId, UserId};
use mdt::permission::{Action, CaseView, act};
use serde::Deserialize;
use store::cases::{self, HistoryEntry, HistoryRow};
use store::{CaseKey, assessments};

use super::asked::{capitalised, case_number, id};
use super::page;
use crate::error::{WebError, form_encode};
use crate::paths;
use crate::present::banner;
use crate::routes::{Routes, needs};
use crate::state::{App, SiteList};
use crate::view::history::{EventRow, HistoryPage};
use crate::view::{CaseTab, Empty, FormInput, Pager, Section, Tone};
use crate::visitor::Visitor;

/// Events of a page.
const PAGE: usize = 50;
/// So many digits of a hash are enough to compare by eye.
const HASH_SHOWN: usize = 12;
/// Keys of event data that only a program reads.
const NOT_SHOWN: [&str; 3] = ["ids", "version_id", "named"];

pub(super) fn routes(routes: Routes) -> Routes {
    routes.page(
        "/cases/{number}/history",
        needs(Action::HistoryRead).leaves(EventKind::HistoryRead),
        show,
    )
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    group: String,
    #[serde(default)]
    before: String,
}

async fn show(
    paths::History { number: text }: paths::History,
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let number = case_number(&text)?;
    let kinds = kinds_of(&asked.group)?;
    let before = if asked.before.is_empty() { None } else { Some(id::<EventId>(&asked.before)?) };
    let mut reading = app.store.read_case::<act::HistoryRead>(&visitor.actor, &number).await?;
    let head = cases::head(&mut reading).await?;
    let current = assessments::current(&mut reading).await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = cases::history(&mut reading, &kinds, before, limit).await?;
    let case = reading.subject.clone();
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let event = Event::new(EventKind::HistoryRead)
        .subject(SubjectKind::Case, case.id)
        .case(case.id)
        .patient(case.patient)
        .data("page", "history")
        .data("count", rows.len());
    reading.record(event).await?;
    let names = app.store.user_names().await?;
    let assessment = current.as_ref().map(|stored| &stored.assessment);
    let words = head.view == CaseView::Full;
    let next = rows.last().filter(|_| more).map(|row| {
        let query = form_encode(&[("group", &asked.group), ("before", &row.id().to_string())]);
        format!("/cases/{number}/history?{query}")
    });
    let input = FormInput::from_pairs([("group", &asked.group)]);
    page(&HistoryPage {
        shell: visitor.shell(format!("Case {number}, history"), Some(Section::Cases)).for_patient(),
        banner: banner::of_case(&visitor, &case, &head, assessment),
        tabs: banner::tabs(
            &visitor,
            &case,
            Some(CaseTab::History),
            assessment.map(|one| one.levels().len()),
        ),
        action: format!("/cases/{number}/history"),
        filters: vec![HistoryPage::group_filter(&input)],
        broken: broken(&rows),
        pager: Pager {
            range: format!("{} events{}", rows.len(), if more { ", more follow" } else { "" }),
            previous: (!asked.before.is_empty()).then(|| format!("/cases/{number}/history")),
            next,
            export: None,
        },
        events: rows
            .iter()
            .map(|entry| match entry {
                HistoryEntry::Read(row) => shown(&visitor, &case, &names, words, row),
                HistoryEntry::Damaged { event, index } => unreadable(*event, *index),
            })
            .collect(),
        empty: Empty::new("No event of this kind."),
    })
}

/// The kinds of a filter; none for all.
fn kinds_of(group: &str) -> Result<Vec<EventKind>, WebError> {
    let all = EventKind::all().iter().copied();
    match group {
        "" => Ok(Vec::new()),
        "changes" => Ok(all.filter(|kind| kind.group() != EventGroup::Read).collect()),
        "reads" => Ok(EventKind::of(EventGroup::Read).collect()),
        "decisions" => Ok(EventKind::of(EventGroup::Decision).collect()),
        _ => Err(WebError::NotFound),
    }
}

/// Whether each event can be read and still has the hash that the log has for it.
fn broken(rows: &[HistoryEntry]) -> Option<String> {
    let (event, index) = rows.iter().find_map(|entry| match entry {
        HistoryEntry::Damaged { event, index } => Some((*event, *index)),
        HistoryEntry::Read(row) => {
            let bytes = row.event.to_bytes();
            let same = bytes.is_ok_and(|bytes| leaf_hash(&bytes).to_string() == row.leaf);
            (!same).then_some((row.event.id, row.index))
        }
    })?;
    let place = index.map_or_else(|| format!("Event {event}"), |index| format!("Entry {index}"));
    Some(format!(
        "{place} does not have the hash that the log has for it. Tell the auditor of the site now."
    ))
}

/// A line in place of an event that nobody can read any more.
fn unreadable(event: EventId, index: Option<i64>) -> EventRow {
    EventRow {
        at: "Not readable".to_owned(),
        who: "Not readable".to_owned(),
        role: String::new(),
        what: "This event cannot be read".to_owned(),
        kind: event.to_string(),
        details: Vec::new(),
        reason: String::new(),
        entry: entry_words(index),
        tone: Tone::Crit,
        href: None,
    }
}

fn entry_words(index: Option<i64>) -> String {
    index.map_or_else(|| "waits for its seal".to_owned(), |index| format!("entry {index}"))
}

fn shown(
    visitor: &Visitor,
    case: &CaseKey,
    names: &BTreeMap<UserId, String>,
    words: bool,
    row: &HistoryRow,
) -> EventRow {
    let event = &row.event;
    let zone = visitor.sites.zone(case.site);
    EventRow {
        at: display::date_time_seconds(event.at, zone),
        who: who(event, names),
        role: role(visitor, event),
        what: what(event),
        kind: event.kind.code().to_owned(),
        details: details(visitor, names, words, row),
        reason: reason(words, row),
        entry: entry_words(row.index),
        tone: match (event.outcome, event.kind.group()) {
            (Outcome::Denied | Outcome::Failed, _) => Tone::Crit,
            (Outcome::Done, EventGroup::Read) => Tone::Plain,
            (Outcome::Done, _) => Tone::Info,
        },
        href: href(case, event),
    }
}

pub(super) fn who(event: &AuditEvent, names: &BTreeMap<UserId, String>) -> String {
    match event.actor.kind {
        ActorCode::User => event
            .actor
            .id
            .and_then(|id| names.get(&id).cloned())
            .unwrap_or_else(|| "A user".to_owned()),
        other => other.label().to_owned(),
    }
}

/// `clinician, Northfield`.
pub(super) fn role(visitor: &Visitor, event: &AuditEvent) -> String {
    let site = visitor.sites.name(event.site);
    match event.role {
        Some(role) => format!("{}, {site}", role.label().to_lowercase()),
        None => site,
    }
}

pub(super) fn what(event: &AuditEvent) -> String {
    let label = event.kind.label();
    let version = event.subject.as_ref().and_then(|subject| subject.version);
    let text = |key: &str| event.data.get(key).map(ToString::to_string);
    match (event.kind, version, text("page")) {
        (EventKind::AssessmentSaved, Some(version), _) => format!("Assessment {version} saved"),
        (EventKind::DecisionSigned, Some(version), _) => {
            format!("Decision signed, version {version}")
        }
        (_, _, Some(page)) => named_page(label, &page),
        _ => label.to_owned(),
    }
}

/// `Case read: overview`; the page is left out where the event says it already.
fn named_page(label: &str, page: &str) -> String {
    let words = page.replace('-', " ");
    let said = |word: &str| label.to_lowercase().split(' ').any(|one| one == word);
    let new: Vec<&str> = words.split(' ').filter(|word| !said(word)).collect();
    if new.is_empty() { label.to_owned() } else { format!("{label}: {}", new.join(" ")) }
}

/// Data, and for those who may read them the words.
pub(super) fn details(
    visitor: &Visitor,
    names: &BTreeMap<UserId, String>,
    words: bool,
    row: &HistoryRow,
) -> Vec<(String, String)> {
    let data = row.event.data.iter().map(|(key, value)| (key.as_str(), value));
    let data = data.filter(|(key, _)| !NOT_SHOWN.contains(key) && *key != "page");
    let private = row
        .payload
        .iter()
        .flat_map(mdt::event::Payload::entries)
        .filter(|(key, _)| words && *key != "reason");
    data.chain(private)
        .map(|(key, value)| {
            (
                capitalised(&key.replace(['_', '-'], " ")),
                value_in_words(&visitor.sites, names, value),
            )
        })
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// A hash shortened, a site and a user by name, anything else as it is.
fn value_in_words(sites: &SiteList, names: &BTreeMap<UserId, String>, value: &DataValue) -> String {
    let text = value.to_string();
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return text.chars().take(HASH_SHOWN).collect();
    }
    let site =
        text.parse::<SiteId>().ok().and_then(|id| sites.get(id)).map(|site| site.name.clone());
    let user = || text.parse::<UserId>().ok().and_then(|id| names.get(&id).cloned());
    let nobody_reads = || uuid::Uuid::parse_str(&text).is_ok();
    site.or_else(user).unwrap_or_else(|| if nobody_reads() { String::new() } else { facts(&text) })
}

/// Codes of facts by their names; anything else as it is.
fn facts(text: &str) -> String {
    let name = |code: &str| {
        let (place, fact) = code.rsplit_once('.').map_or(("", code), |(place, fact)| (place, fact));
        let label = dictionary().entry(fact)?.label();
        let level =
            place.rsplit('.').next().filter(|level| !["", "case", "lesion"].contains(level));
        Some(level.map_or_else(|| label.to_owned(), |level| format!("{label} at {level}")))
    };
    let names: Option<Vec<String>> = text.split(", ").map(name).collect();
    names.map_or_else(|| text.to_owned(), |names| names.join(", "))
}

pub(super) fn reason(words: bool, row: &HistoryRow) -> String {
    let code = row.event.reason.as_deref().map(|code| code.replace('_', " "));
    let typed =
        row.payload.iter().flat_map(mdt::event::Payload::entries).find(|(key, _)| *key == "reason");
    let typed = typed.filter(|_| words).map(|(_, value)| value.to_string());
    code.into_iter().chain(typed).collect::<Vec<_>>().join(": ")
}

/// Where the thing can be seen.
fn href(case: &CaseKey, event: &AuditEvent) -> Option<String> {
    let subject = event.subject.as_ref()?;
    match (subject.kind, subject.version) {
        (SubjectKind::Assessment, Some(version)) => {
            Some(format!("/cases/{}/assessments/{version}", case.number))
        }
        (SubjectKind::Referral, _) => Some(format!("/cases/{}/referral", case.number)),
        (SubjectKind::Decision, Some(version)) if event.kind == EventKind::DecisionSigned => {
            Some(format!("/audit/decisions/{}/{version}", subject.id))
        }
        (SubjectKind::Decision, _) => Some(format!("/cases/{}/decision", case.number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_kinds_of_its_group_and_an_unknown_one_is_not_found() {
        assert!(kinds_of("").unwrap().is_empty());
        assert!(kinds_of("reads").unwrap().contains(&EventKind::CaseRead));
        assert!(!kinds_of("changes").unwrap().contains(&EventKind::CaseRead));
        assert!(kinds_of("decisions").unwrap().contains(&EventKind::DecisionSigned));
        assert!(matches!(kinds_of("x"), Err(WebError::NotFound)));
    }

    #[test]
    fn a_hash_is_shortened_and_a_user_is_named() {
        let user: UserId = uuid::Uuid::from_u128(7).into();
        let names = BTreeMap::from([(user, "Dr P. Okafor".to_owned())]);
        let sites = SiteList(Vec::new());
        let words = |text: &str| value_in_words(&sites, &names, &DataValue::from(text));
        assert_eq!(words(&"ab".repeat(32)), "abababababab");
        assert_eq!(words(&user.to_string()), "Dr P. Okafor");
        assert_eq!(words("U1"), "U1");
    }

    #[test]
    fn facts_have_their_names_and_an_id_that_names_nothing_is_left_out() {
        let words = |text: &str| {
            value_in_words(&SiteList(Vec::new()), &BTreeMap::new(), &DataValue::from(text))
        };
        let label = |code: &str| dictionary().entry(code).unwrap().label().to_owned();
        assert_eq!(words("kps, frankel"), format!("{}, {}", label("kps"), label("frankel")));
        assert_eq!(words("T10.escc-grade"), format!("{} at T10", label("escc-grade")));
        assert_eq!(words(&uuid::Uuid::from_u128(9).to_string()), "");
    }

    #[test]
    fn a_page_is_named_once() {
        assert_eq!(named_page("Case read", "overview"), "Case read: overview");
        assert_eq!(named_page("Decision read", "decision"), "Decision read");
        assert_eq!(named_page("Case read", "assessment-read"), "Case read: assessment");
    }
}
