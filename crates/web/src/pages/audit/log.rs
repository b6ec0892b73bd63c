//! The log of a site: its state, and its entries, the latest first. It names no patient.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use chrono::TimeDelta;
use mdt::coded::Coded;
use mdt::display;
use mdt::event::{EventGroup, EventKind, Outcome, SubjectKind};
use mdt::ids::{EventId, UserId};
use serde::Deserialize;
use store::audit::{Entry, LogFilter, LogPlace, LogReading, LogState};
use store::cases::HistoryRow;
use store::sites::Site;

use super::{grouped, key_of_log, site_asked, sites, verification};
use crate::error::{WebError, form_encode};
use crate::pages::asked::{id, list_read};
use crate::pages::{history, page};
use crate::state::App;
use crate::view::audit_log::{AuditLogPage, LogState as Shown};
use crate::view::history::EventRow;
use crate::view::{Choice, Empty, FieldView, FormInput, FormView, Pager, Section, Tone};
use crate::visitor::Visitor;

/// Entries of a page.
const PAGE: usize = 50;
/// Events that have waited longer than this for their seal are an alarm.
const SEALED_WITHIN: TimeDelta = TimeDelta::seconds(60);

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    pub(super) site: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    before: String,
    /// The decision from which the log was verified.
    #[serde(default)]
    pub(super) back: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let site = site_asked(&visitor, &asked.site)?;
    let names = app.user_names().await?;
    let filter = filter(&asked, &names)?;
    let mut reading = LogReading::begin(&app.store, &visitor.actor, site.id).await?;
    let state = reading.state().await?;
    let mut entries = reading.entries(&filter).await?;
    let place = reading.place();
    let more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let ids: Vec<EventId> = entries.iter().map(|entry| entry.id).collect();
    let event = list_read("audit-log", &ids, false);
    let searched = asked.who.trim();
    let event = if searched.is_empty() { event } else { event.private("words", searched) };
    reading.record(event).await?;
    let result = verification::take(&visitor, site).await?;
    page(&AuditLogPage {
        shell: visitor
            .shell(format!("Audit log of {}", site.name), Some(Section::Audit))
            .for_list(0),
        filters: filters(&visitor, site, &asked),
        log: shown(&app, site, &state),
        events: entries.iter().map(|entry| row(&visitor, site, &names, entry)).collect(),
        pager: pager(&asked, &entries, more),
        empty: empty(place),
        verification: Some(FormView::new(
            verification::address(site),
            visitor.new_command_id(),
            &FormInput::default(),
        )),
        result,
        bundle: None,
    })
}

fn filters(visitor: &Visitor, site: &Site, asked: &Asked) -> Vec<FieldView> {
    let pairs = [("site", &site.prefix), ("group", &asked.group), ("who", &asked.who)];
    let choices = sites(visitor).into_iter().map(|site| Choice::new(&site.prefix, &site.name));
    AuditLogPage::filters(choices.collect(), &FormInput::from_pairs(pairs))
}

fn pager(asked: &Asked, entries: &[Entry], more: bool) -> Pager {
    let last = entries.last().filter(|_| more);
    Pager {
        range: format!("{} events{}", entries.len(), if more { ", more follow" } else { "" }),
        previous: (!asked.before.is_empty()).then(|| address(asked, "")),
        next: last.map(|last| address(asked, &last.id.to_string())),
        export: None,
    }
}

fn address(asked: &Asked, before: &str) -> String {
    let pairs = [
        ("site", asked.site.as_str()),
        ("group", &asked.group),
        ("who", &asked.who),
        ("before", before),
    ];
    match form_encode(&pairs).as_str() {
        "" => "/audit/log".to_owned(),
        query => format!("/audit/log?{query}"),
    }
}

fn filter(asked: &Asked, names: &BTreeMap<UserId, String>) -> Result<LogFilter, WebError> {
    let who = asked.who.trim().to_lowercase();
    let actors = || {
        names
            .iter()
            .filter(|(_, name)| name.to_lowercase().contains(&who))
            .map(|(id, _)| *id)
            .collect()
    };
    Ok(LogFilter {
        kinds: kinds_of(&asked.group)?,
        outcome: (asked.group == "denied").then_some(Outcome::Denied),
        actors: (!who.is_empty()).then(actors),
        before: if asked.before.is_empty() { None } else { Some(id(&asked.before)?) },
        limit: i64::try_from(PAGE + 1).unwrap_or(i64::MAX),
    })
}

/// The kinds of a filter; none for all.
fn kinds_of(group: &str) -> Result<Vec<EventKind>, WebError> {
    let of = |groups: &[EventGroup]| {
        let all = EventKind::all().iter().copied();
        all.filter(|kind| groups.contains(&kind.group())).collect()
    };
    match group {
        "" | "denied" => Ok(Vec::new()),
        "changes" => {
            let all = EventKind::all().iter().copied();
            Ok(all
                .filter(|kind| !matches!(kind.group(), EventGroup::Read | EventGroup::Auth))
                .collect())
        }
        "reads" => Ok(of(&[EventGroup::Read])),
        "sign-in" => Ok(of(&[EventGroup::Auth])),
        "admin" => Ok(of(&[EventGroup::Admin, EventGroup::Rule])),
        _ => Err(WebError::NotFound),
    }
}

fn shown(app: &App, site: &Site, state: &LogState) -> Shown {
    let late = state.oldest_waiting.is_some_and(|oldest| app.now() - oldest > SEALED_WITHIN);
    let checkpoint = state.checkpoint.as_ref();
    let root = checkpoint.and_then(|(_, root, _)| *root);
    Shown {
        origin: state.origin.clone(),
        entries: grouped(state.size),
        checkpoint: checkpoint.map(|(number, _, _)| grouped(*number)),
        sealed_at: checkpoint
            .map(|(_, _, at)| display::date_time_seconds(*at, site.zone))
            .unwrap_or_default(),
        root: root.map(|root| root.to_string()).unwrap_or_default(),
        key: match &state.key {
            Some(key) => key_of_log(key, &state.origin),
            None => "none yet: nothing was sealed".to_owned(),
        },
        waiting: grouped(state.waiting),
        overdue: late,
    }
}

fn empty(place: LogPlace) -> Empty {
    match place {
        LogPlace::Site(_) => Empty::new("No event of this kind."),
        LogPlace::OwnMeetings(..) => {
            Empty::new("No event of this kind about a case of your own meetings.")
        }
    }
}

fn row(
    visitor: &Visitor,
    site: &Site,
    names: &BTreeMap<UserId, String>,
    entry: &Entry,
) -> EventRow {
    let index = entry.index.map(|index| format!("entry {}", grouped(index)));
    let case = entry.case_number.as_ref().map(|number| ("Case".to_owned(), number.clone()));
    let damage = entry.damage().map(|why| ("Damaged".to_owned(), why));
    let tone = if damage.is_some() { Tone::Crit } else { tone(entry) };
    let mut row = EventRow {
        at: display::date_time_seconds(entry.at, site.zone),
        who: "Cannot be read".to_owned(),
        role: String::new(),
        what: "Cannot be read".to_owned(),
        kind: entry.kind.clone(),
        details: case.into_iter().collect(),
        reason: String::new(),
        entry: index.unwrap_or_else(|| "waits for its seal".to_owned()),
        tone,
        href: href(entry),
    };
    if let Some(event) = &entry.event {
        // Without its payload: the log names nobody but staff.
        let leaf = String::new();
        let bare = HistoryRow { event: event.clone(), payload: None, leaf, index: entry.index };
        row.who = history::who(event, names);
        row.role = history::role(visitor, event);
        row.what = history::what(event);
        row.details.extend(history::details(visitor, names, false, &bare));
        row.reason = history::reason(false, &bare);
    }
    row.details.extend(damage);
    row
}

fn tone(entry: &Entry) -> Tone {
    match entry.event.as_ref().map(|event| (event.outcome, event.kind.group())) {
        None | Some((Outcome::Denied | Outcome::Failed, _)) => Tone::Crit,
        Some((Outcome::Done, EventGroup::Read)) => Tone::Plain,
        Some((Outcome::Done, _)) => Tone::Info,
    }
}

/// Where the thing can be seen: a signed decision at its provenance, a case at its history.
fn href(entry: &Entry) -> Option<String> {
    let event = entry.event.as_ref()?;
    let subject = event.subject.as_ref();
    match subject.map(|subject| (subject.kind, subject.version)) {
        Some((SubjectKind::Decision, Some(version))) if event.kind == EventKind::DecisionSigned => {
            Some(format!("/audit/decisions/{}/{version}", subject?.id))
        }
        _ => entry.case_number.as_ref().map(|number| format!("/cases/{number}/history")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_of_the_filter_is_understood_and_no_other() {
        let filters = AuditLogPage::filters(Vec::new(), &FormInput::default());
        let groups = filters.iter().find(|field| field.name == "group").unwrap();
        for choice in &groups.choices {
            assert!(kinds_of(&choice.value).is_ok(), "{}", choice.value);
        }
        assert!(matches!(kinds_of("x"), Err(WebError::NotFound)));
    }

    #[test]
    fn a_name_narrows_to_the_users_who_have_it_and_an_unknown_one_to_nobody() {
        let user: UserId = uuid::Uuid::from_u128(7).into();
        let names = BTreeMap::from([(user, "Dr P. Okafor".to_owned())]);
        let of = |who: &str| {
            filter(&Asked { who: who.to_owned(), ..Asked::default() }, &names).unwrap().actors
        };
        assert_eq!(of(""), None);
        assert_eq!(of("okafor"), Some(vec![user]));
        assert_eq!(of("nobody"), Some(Vec::new()));
    }
}
