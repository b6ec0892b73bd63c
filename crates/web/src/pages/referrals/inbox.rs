//! The inbox: referrals by state, most urgent first, and the one that is being answered.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use chrono_tz::Tz;
use mdt::case::UrgencyClass;
use mdt::coded::Coded;
use mdt::display;
use mdt::ids::{CaseId, ReferralId, UserId};
use mdt::permission::{Action, act};
use mdt::referral::{ReferralState, ReferralStep};
use serde::Deserialize;
use store::referrals::{self, Inbox, InboxRow, LESS_URGENT};

use super::typed::input_of;
use crate::error::WebError;
use crate::pages::asked::{capitalised, id, list_read};
use crate::pages::clock::{Due, span, suspected_at};
use crate::pages::page;
use crate::present::demand;
use crate::state::App;
use crate::view::referral_new::as_sent;
use crate::view::referrals::{Emergency, ReferralRow, ReferralsPage, Triage, lists};
use crate::view::{Choice, Empty, FormInput, Icon, Link, Pager, Section, Shell, Tag, Tone};
use crate::visitor::Visitor;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    list: String,
    #[serde(default)]
    open: String,
}

/// An answer that was refused: the page shows it again with what was typed.
pub(super) struct Refused {
    pub(super) step: ReferralStep,
    pub(super) input: FormInput,
}

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let state = match asked.list.as_str() {
        "" => ReferralState::Received,
        code => ReferralState::from_code(code).map_err(|_| WebError::NotFound)?,
    };
    let open = if asked.open.is_empty() { None } else { Some(id(&asked.open)?) };
    page(&filled(&app, &visitor, state, open, None).await?)
}

/// The page. Its event with the ids of all that it names is durable before it is shown.
pub(super) async fn filled(
    app: &App,
    visitor: &Visitor,
    state: ReferralState,
    open: Option<ReferralId>,
    refused: Option<Refused>,
) -> Result<ReferralsPage, WebError> {
    let mut reading = app.store.read_sites::<act::CaseList>(&visitor.actor).await?;
    let Inbox { rows, counts, open } = referrals::inbox(&mut reading, state, open).await?;
    let mut ids: Vec<CaseId> = rows.iter().chain(&open).map(|row| row.case).collect();
    ids.sort_unstable();
    ids.dedup();
    let with_names = rows.iter().chain(&open).any(|row| row.name.is_some());
    reading.record(list_read("referrals", &ids, with_names).data("state", state.code())).await?;
    let names = app.store.user_names().await?;
    let problem = refused.is_some();
    let shell = visitor.shell("Referrals to triage", Some(Section::Worklist)).for_list(ids.len());
    Ok(ReferralsPage {
        shell: Shell { problem, ..shell },
        subtitle: subtitle(app, visitor, state, &rows),
        may_refer: visitor.may_somewhere(Action::ReferralSend),
        lists: lists(state.code(), counted(&counts)),
        emergency: rows
            .first()
            .filter(|_| state == ReferralState::Received)
            .and_then(|row| emergency(app, visitor, row)),
        rows: rows
            .iter()
            .map(|row| {
                shown(
                    app,
                    visitor,
                    row,
                    &names,
                    open.as_ref().is_some_and(|open| open.id == row.id),
                )
            })
            .collect(),
        pager: Pager { range: range(rows.len()), ..Pager::default() },
        empty: match state {
            ReferralState::Received => Empty::with_link(
                "No new referrals.",
                Link::new("Accepted referrals", "/referrals?list=accepted"),
            ),
            _ => Empty::new("No referral in this list."),
        },
        triage: open.as_ref().map(|row| triage(app, visitor, row, refused)),
    })
}

/// In the order of the lists.
fn counted(counts: &BTreeMap<ReferralState, usize>) -> [usize; 5] {
    [
        ReferralState::Received,
        ReferralState::Accepted,
        ReferralState::Returned,
        ReferralState::Redirected,
        ReferralState::Withdrawn,
    ]
    .map(|state| counts.get(&state).copied().unwrap_or(0))
}

fn range(count: usize) -> String {
    match count {
        1 => "1 referral".to_owned(),
        200 => "The first 200 referrals".to_owned(),
        count => format!("{count} referrals"),
    }
}

fn subtitle(app: &App, visitor: &Visitor, state: ReferralState, rows: &[InboxRow]) -> String {
    let zone = visitor.sites.zone(visitor.actor.home);
    let now = app.now().with_timezone(&zone).format("%a %d-%b-%Y %H:%M");
    let oldest =
        rows.iter().map(|row| row.sent_at).min().filter(|_| state == ReferralState::Received);
    let waiting =
        oldest.map(|at| format!(" Oldest untriaged {}.", span(app.now() - at))).unwrap_or_default();
    format!("{now}.{waiting} Most urgent first.")
}

/// Named where the reader may know the name, else by number, age and sex.
fn name(app: &App, visitor: &Visitor, row: &InboxRow) -> String {
    match &row.name {
        Some(name) => name.to_string(),
        None => unnamed(app, visitor, row),
    }
}

fn unnamed(app: &App, visitor: &Visitor, row: &InboxRow) -> String {
    let today = display::day_of(app.now(), visitor.sites.zone(row.site));
    let age = row.birth_date.age_at(today).map(|age| format!(", {age} y")).unwrap_or_default();
    format!("{}{age}", row.sex.label())
}

fn due(visitor: &Visitor, row: &InboxRow) -> Due {
    Due::of(row.urgency, Some(&row.document), row.sent_at, visitor.sites.zone(row.site))
}

/// Since when a clock of suspicion runs, where that is not the time of receipt that stands beside it.
fn runs_from(row: &InboxRow, zone: Tz) -> String {
    let of_suspicion = matches!(row.urgency.class, UrgencyClass::U1 | UrgencyClass::U2);
    let since = row.urgency.since.or_else(|| suspected_at(&row.document, row.sent_at, zone));
    since.filter(|_| of_suspicion).map_or_else(String::new, |since| {
        format!("suspected {}, ", display::date_time(since, zone))
    })
}

fn emergency(app: &App, visitor: &Visitor, row: &InboxRow) -> Option<Emergency> {
    if row.urgency.class != UrgencyClass::U1 {
        return None;
    }
    let zone = visitor.sites.zone(row.site);
    let suspected = row.urgency.since.or_else(|| suspected_at(&row.document, row.sent_at, zone));
    let since = display::date_time(suspected.unwrap_or(row.sent_at), zone);
    let due = due(visitor, row);
    Some(Emergency {
        headline: format!("{}: suspected cord compression since {since}.", name(app, visitor, row)),
        text: format!(
            "{}, {}. Do not wait for the meeting: call the on-call spinal team.",
            capitalised(&due.words(zone)),
            due.left(app.now()),
        ),
    })
}

fn shown(
    app: &App,
    visitor: &Visitor,
    row: &InboxRow,
    names: &BTreeMap<UserId, String>,
    open: bool,
) -> ReferralRow {
    let zone = visitor.sites.zone(row.site);
    let due = due(visitor, row);
    let sender = names.get(&row.sender).cloned().unwrap_or_default();
    let nhs = row.nhs_number.as_deref().map(crate::pages::patients::spaced);
    let number = nhs.map_or_else(|| row.number.to_string(), |nhs| format!("NHS No. {nhs}"));
    let waits = row.state.waits();
    let question = row.document.answer("question");
    ReferralRow {
        name: name(app, visitor, row),
        identity: match row.name {
            Some(_) => format!("{} · {number}", row.birth_date),
            None => row.number.to_string(),
        },
        href: format!("/cases/{}/referral", row.number),
        demanded: demand::above(row.urgency.class, &row.document)
            .map(|demand| format!("Answers demand {}", demand.class.code())),
        icon: match row.urgency.class {
            UrgencyClass::U1 => Icon::Clock,
            UrgencyClass::U2 | UrgencyClass::U3 => Icon::Warn,
            UrgencyClass::U4 | UrgencyClass::U5 => Icon::Info,
        },
        urgency: format!("{} {}", row.urgency.class.code(), row.urgency.class.label()),
        clock: if waits {
            let suspected = runs_from(row, zone);
            format!("{suspected}{}, {}", due.words(zone), due.left(app.now()))
        } else {
            due.words(zone)
        },
        from: format!("{}, {sender}", visitor.sites.name(row.sender_site)),
        received: display::date_time(row.sent_at, zone),
        question: question.map_or_else(|| "–".to_owned(), str::to_owned),
        state: (row.state != ReferralState::Received)
            .then(|| Tag::new(Tone::Plain, state_in_words(visitor, row))),
        answer: (may_triage(visitor, row) || may_withdraw(visitor, row))
            .then(|| format!("/referrals?open={}#answer", row.id)),
        open,
    }
}

/// `Redirected to Eastmoor`; a state of another kind as it is called.
fn state_in_words(visitor: &Visitor, row: &InboxRow) -> String {
    let state = row.state.label();
    if row.state == ReferralState::Redirected {
        format!("{state} to {}", visitor.sites.name(row.addressed))
    } else {
        state.to_owned()
    }
}

fn may_triage(visitor: &Visitor, row: &InboxRow) -> bool {
    row.state.waits() && visitor.actor.may(Action::ReferralTriage, row.addressed)
}

fn may_withdraw(visitor: &Visitor, row: &InboxRow) -> bool {
    row.state.waits() && visitor.actor.user() == Some(row.sender)
}

/// The sites to which a referral that is addressed to this one can be redirected.
pub(super) fn other_sites(visitor: &Visitor, site: mdt::ids::SiteId) -> Vec<Choice> {
    let others = visitor.sites.0.iter().filter(|other| other.id != site);
    let mut choices = vec![Choice::new("", "Choose a site")];
    choices.extend(others.map(|other| Choice::new(other.id.to_string(), other.name.clone())));
    choices
}

fn triage(app: &App, visitor: &Visitor, row: &InboxRow, refused: Option<Refused>) -> Triage {
    let id = row.id.to_string();
    let commands: [String; 4] = std::array::from_fn(|_| visitor.new_command_id());
    let commands = commands.each_ref().map(String::as_str);
    let sites = || other_sites(visitor, row.addressed);
    let href = format!("/cases/{}/referral", row.number);
    let mut triage = Triage::new(&id, &name(app, visitor, row), &href, commands, sites());
    triage.summary = summary(visitor, row);
    let kept = refused.as_ref().map(|refused| refused.step);
    if let Some(Refused { step, input }) = refused {
        let command = visitor.new_command_id();
        match step {
            ReferralStep::Accept => {}
            ReferralStep::Return => {
                triage.give_back = Some(Triage::give_back_form(&id, &command, &input));
            }
            ReferralStep::Redirect => {
                triage.redirect = Some(Triage::redirect_form(&id, &command, sites(), &input));
            }
            ReferralStep::Withdraw => {
                triage.withdraw = Some(Triage::withdraw_form(&id, &command, &input));
            }
        }
    }
    // Somebody else may have answered meanwhile: the refused form stays, with what was typed.
    keep_allowed(&mut triage, visitor, row, kept);
    triage
}

fn keep_allowed(
    triage: &mut Triage,
    visitor: &Visitor,
    row: &InboxRow,
    kept: Option<ReferralStep>,
) {
    let triages = may_triage(visitor, row);
    let keeps = |step, may: bool| may || kept == Some(step);
    if !triages {
        triage.accept = None;
    }
    if !keeps(ReferralStep::Return, triages) {
        triage.give_back = None;
    }
    if !keeps(ReferralStep::Redirect, triages && visitor.sites.0.len() > 1) {
        triage.redirect = None;
    }
    if !keeps(ReferralStep::Withdraw, may_withdraw(visitor, row)) {
        triage.withdraw = None;
    }
}

/// What the answers demand, where the class as it stands is lower, and what the sender says to that.
fn demanded(row: &InboxRow) -> Vec<(String, String)> {
    let Some(demand) = demand::above(row.urgency.class, &row.document) else { return Vec::new() };
    let words = format!("{}: {}", demand::class(&demand), demand::because(&demand));
    let as_sent = row.document.answer("urgency") == Some(row.urgency.class.code());
    let said = match row.document.answer(LESS_URGENT) {
        _ if !as_sent => "The class was changed after sending; the referral says by whom and why",
        Some(said) => said,
        None => "No reason was given",
    };
    vec![("The answers demand".to_owned(), words), ("Why less urgent".to_owned(), said.to_owned())]
}

/// What matters for the answer.
fn summary(visitor: &Visitor, row: &InboxRow) -> Vec<(String, String)> {
    let zone = visitor.sites.zone(row.site);
    let received = display::date_time(row.sent_at, zone);
    let mut lines = vec![
        (
            "Urgency".to_owned(),
            format!(
                "{} {}, received {received}",
                row.urgency.class.code(),
                row.urgency.class.label()
            ),
        ),
        ("State".to_owned(), state_in_words(visitor, row)),
    ];
    lines.extend(demanded(row));
    if let Some(question) = row.document.answer("question") {
        lines.push(("Question".to_owned(), question.to_owned()));
    }
    let answers = as_sent(&input_of(&row.document));
    let open: Vec<String> = answers
        .into_iter()
        .flat_map(|(_, lines)| lines)
        .filter(|(_, answer)| matches!(answer.as_str(), "Not assessed" | "Not known"))
        .map(|(label, _)| label.trim_end_matches('?').to_owned())
        .collect();
    if !open.is_empty() {
        lines.push(("Not assessed".to_owned(), open.join("; ")));
    }
    lines
}
