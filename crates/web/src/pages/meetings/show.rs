//! The page of one meeting: its agenda, and what the visitor may do with it.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use axum_extra::extract::Query;
use clinical::assessment::Assessment;
use clinical::dictionary::dictionary;
use clinical::level::VertebralLevel;
use clinical::quantity::EsccGrade;
use mdt::coded::Coded;
use mdt::display;
use mdt::event::{DataValue, Event, EventKind, SubjectKind};
use mdt::ids::{AgendaItemId, MeetingId};
use mdt::meeting::{ItemState, MeetingState};
use mdt::permission::{Action, act};
use mdt::role::Duty;
use rules::value::FactValue;
use serde::Deserialize;
use store::meetings::{
    AgendaEntry, AgendaFacts, AgendaPatient, AgendaTotal, ListableCase, Meeting, agenda_facts,
    agenda_of, listable_cases, meeting_of,
};

use super::list::{state, when};
use crate::error::WebError;
use crate::pages::asked;
use crate::pages::case::SINS;
use crate::pages::{invalid, page};
use crate::paths;
use crate::present::banner::index_level;
use crate::state::App;
use crate::view::meetings::{AddItem, AgendaRow, MeetingPage, WithReason, problems_of_meeting};
use crate::view::worklist::Figure;
use crate::view::{Choice, Empty, ErrorSummary, FormInput, FormView, Link, Section, Tag, Tone};
use crate::visitor::Visitor;

/// The case that somebody came to list.
#[derive(Debug, Deserialize)]
pub(super) struct Listing {
    case: Option<String>,
}

pub(super) async fn show(
    path: paths::Meeting,
    State(app): State<App>,
    visitor: Visitor,
    Query(listing): Query<Listing>,
) -> Result<Response, WebError> {
    let chosen = FormInput::from_pairs(listing.case.map(|case| ("case", case)));
    page(&filled(&app, &visitor, asked::id(&path.id)?, &chosen).await?)
}

/// The page again after one of its forms was refused, 422.
pub(super) async fn refused(
    app: &App,
    visitor: &Visitor,
    id: MeetingId,
    input: &FormInput,
) -> Result<Response, WebError> {
    let mut again = filled(app, visitor, id, input).await?;
    again.shell.problem = true;
    again.summary = problems_of_meeting(input);
    invalid(&again)
}

/// What the page needs to know about its visitor.
struct Rights<'a> {
    visitor: &'a Visitor,
    meeting: &'a Meeting,
}

impl Rights<'_> {
    fn may(&self, action: Action) -> bool {
        self.visitor.actor.may(action, self.meeting.site)
    }

    /// Chair or scribe of it.
    fn runs(&self) -> bool {
        let user = self.visitor.actor.user();
        self.may(Action::MeetingRun)
            && self.meeting.duties.iter().any(|holder| {
                Some(holder.user) == user && matches!(holder.duty, Duty::Chair | Duty::Scribe)
            })
    }

    fn form(&self, address: String) -> FormView {
        FormView::new(address, self.visitor.new_command_id(), &FormInput::default())
    }
}

async fn filled(
    app: &App,
    visitor: &Visitor,
    id: MeetingId,
    input: &FormInput,
) -> Result<MeetingPage, WebError> {
    let mut reading = app.store.read_meeting::<act::MeetingRead>(&visitor.actor, id).await?;
    let meeting = meeting_of(&mut reading).await?;
    let agenda = agenda_of(&mut reading).await?;
    let facts = agenda_facts(&mut reading).await?;
    let rights = Rights { visitor, meeting: &meeting };
    let open = !meeting.state.is_terminal();
    let adds = open && rights.may(Action::AgendaPropose);
    let listable = if adds { listable_cases(&mut reading).await? } else { Vec::new() };
    reading.record(read_event(&meeting, &agenda, &listable)).await?;
    let shown = agenda.len() + listable.len();
    let title = format!("Meeting {}", when(&meeting));
    Ok(MeetingPage {
        shell: visitor.shell(title, Some(Section::Meetings)).for_list(shown),
        title: meeting.name.clone(),
        when: place_and_time(&meeting),
        state: state(&meeting),
        summary: ErrorSummary::default(),
        figures: figures(&meeting, &agenda),
        duties: duties(&meeting),
        items: rows(&rights, &agenda, &facts),
        empty: Empty::new(if adds {
            "The agenda is empty. Add a case below."
        } else {
            "The agenda is empty."
        }),
        add: adds.then(|| add(app, &rights, &listable, input)),
        opening: opening(&rights),
        closing: closing(&rights),
        unfinished: unfinished(&agenda),
        cancellation: cancellation(&rights),
    })
}

/// What was shown: the cases by id, and whether with names.
fn read_event(meeting: &Meeting, agenda: &[AgendaEntry], listable: &[ListableCase]) -> Event {
    let cases = agenda.iter().map(|entry| entry.case).chain(listable.iter().map(|one| one.case));
    let named = agenda
        .iter()
        .map(|entry| &entry.patient)
        .chain(listable.iter().map(|one| &one.patient))
        .any(|patient| patient.name.is_some());
    Event::new(EventKind::ListRead)
        .subject(SubjectKind::Meeting, meeting.id)
        .data("page", "meeting")
        .data("count", agenda.len() + listable.len())
        .data("named", named)
        .data("ids", DataValue::texts(cases))
}

fn place_and_time(meeting: &Meeting) -> String {
    let end = meeting.ends_at.with_timezone(&meeting.zone).format("%H:%M");
    let time = format!("{}–{end}", when(meeting));
    match &meeting.place {
        Some(place) => format!("{time}, {place}"),
        None => time,
    }
}

fn figures(meeting: &Meeting, agenda: &[AgendaEntry]) -> Vec<Figure> {
    let on = agenda.iter().filter(|entry| entry.state != ItemState::Removed);
    let complete = on.clone().filter(|entry| entry.open_results == Some(0)).count();
    let of = |count: usize| format!("of {count}");
    let count = on.count();
    let room = meeting.capacity.map_or_else(String::new, |capacity| format!("of {capacity}"));
    vec![
        Figure::new("Listed", count.to_string(), room),
        Figure::new("Complete", complete.to_string(), of(count)),
        Figure::new("With an outcome", meeting.items.done.to_string(), of(count)),
    ]
}

fn duties(meeting: &Meeting) -> Vec<(String, String)> {
    let mut duties: Vec<(String, String)> = meeting
        .duties
        .iter()
        .map(|holder| (holder.duty.label().to_owned(), holder.name.clone()))
        .collect();
    let cut_off = display::date_time(meeting.cut_off, meeting.zone);
    duties.push(("Agenda complete".to_owned(), cut_off));
    duties
}

/// The facts of the cases, by agenda item.
type Facts = BTreeMap<AgendaItemId, AgendaFacts>;

fn rows(rights: &Rights<'_>, agenda: &[AgendaEntry], facts: &Facts) -> Vec<AgendaRow> {
    let last = agenda.iter().filter(|entry| entry.state != ItemState::Removed).count();
    let mut place = 0;
    agenda
        .iter()
        .map(|entry| {
            let removed = entry.state == ItemState::Removed;
            place += usize::from(!removed);
            AgendaRow {
                summary: summary(entry, facts.get(&entry.item)),
                ..row(rights, entry, place, last)
            }
        })
        .collect()
}

fn row(rights: &Rights<'_>, entry: &AgendaEntry, place: usize, last: usize) -> AgendaRow {
    let meeting = rights.meeting;
    let number = entry.number.to_string();
    let orders = !meeting.state.is_terminal()
        && rights.may(Action::AgendaList)
        && entry.state != ItemState::Removed;
    let address =
        paths::MeetingItemPlace { id: meeting.id.to_string(), item: entry.item.to_string() };
    let step = || rights.form(address.to_string()).based_on(entry.row_version.to_string());
    let before_discussion = matches!(entry.state, ItemState::Proposed | ItemState::Listed);
    AgendaRow {
        id: entry.item.to_string(),
        place,
        name: name(&entry.patient, &number),
        identity: identity(&entry.patient, &number),
        href: paths::Case { number: number.clone() }.to_string(),
        summary: String::new(),
        question: note(entry),
        urgency: urgency(entry.urgency.as_deref()),
        waiting: (!entry.accepted)
            .then(|| Tag::new(Tone::Warn, "Referral not accepted").with_icon()),
        readiness: readiness(entry),
        state: item_state(entry),
        up: (orders && place > 1).then(step),
        down: (orders && place < last).then(step),
        removal: (orders && before_discussion).then(|| removal(rights, entry)),
        decision: (entry.state != ItemState::Removed)
            .then(|| Link::new("Decision", paths::Decision { number }.to_string())),
    }
}

fn removal(rights: &Rights<'_>, entry: &AgendaEntry) -> WithReason {
    let id = rights.meeting.id.to_string();
    let address = paths::MeetingItemRemoval { id, item: entry.item.to_string() };
    let form = rights.form(address.to_string()).based_on(entry.row_version.to_string());
    WithReason::new(form, &format!("removal-{}", entry.item), "Why it is taken off")
}

/// The name; the case number for a reader who sees no names.
fn name(patient: &AgendaPatient, number: &str) -> String {
    patient.name.as_ref().map_or_else(|| number.to_owned(), ToString::to_string)
}

fn identity(patient: &AgendaPatient, number: &str) -> String {
    if patient.name.is_some() {
        format!("{} · {number}", patient.birth_date)
    } else {
        patient.sex.label().to_owned()
    }
}

/// `Renal cell carcinoma · ESCC 2 at T10 · SINS 9 at T10 · Tokuhashi 9 · Tomita 6`
fn summary(entry: &AgendaEntry, facts: Option<&AgendaFacts>) -> String {
    let histology = entry.histology.as_deref().map(|code| label("histology", code));
    let mut parts: Vec<String> = histology.into_iter().collect();
    if let Some(facts) = facts {
        parts.extend(escc(&facts.assessment));
        parts.extend(totals(facts));
    }
    if parts.is_empty() { "No facts recorded yet".to_owned() } else { parts.join(" · ") }
}

/// The worst grade that is recorded, and where: `ESCC 2 at T10 and T12`.
fn escc(assessment: &Assessment) -> Option<String> {
    let graded = assessment.levels().into_iter().filter_map(|level| {
        match assessment.value("escc-grade", Some(level)) {
            Some(FactValue::Code(code)) => Some((code.parse::<EsccGrade>().ok()?, level)),
            _ => None,
        }
    });
    let graded: Vec<(EsccGrade, VertebralLevel)> = graded.collect();
    let (worst, _) = graded.iter().max_by_key(|(grade, _)| *grade)?;
    let levels: Vec<String> = graded
        .iter()
        .filter(|(grade, _)| grade == worst)
        .map(|(_, level)| level.to_string())
        .collect();
    Some(format!("ESCC {worst} at {}", levels.join(", ")))
}

/// SINS of the index lesion, or of the least stable one while there is none, and the scores of the case.
fn totals(facts: &AgendaFacts) -> Vec<String> {
    let range = |total: &AgendaTotal| match total.range {
        (least, greatest) if least == greatest => least.to_string(),
        (least, greatest) => format!("{least} to {greatest}"),
    };
    let index = index_level(&facts.assessment);
    let of = |rule_set: &'static str| {
        facts.totals.iter().filter(move |total| total.rule_set == rule_set)
    };
    let sins = of(SINS)
        .find(|total| index.is_some() && total.level == index)
        .or_else(|| of(SINS).max_by_key(|total| (total.range.1, total.range.0)));
    let sins = sins.map(|total| {
        let level = total.level.as_deref().unwrap_or_default();
        format!("SINS {} at {level}", range(total))
    });
    let of_case = [("tokuhashi-2005", "Tokuhashi"), ("tomita-2001", "Tomita")]
        .into_iter()
        .flat_map(|(id, name)| of(id).map(move |total| format!("{name} {}", range(total))));
    sins.into_iter().chain(of_case).collect()
}

/// The words of a coded value; the code itself where the dictionary has none.
fn label(fact: &str, code: &str) -> String {
    dictionary().value_label(fact, code).unwrap_or(code).to_owned()
}

/// The question, or why the case was added late or taken off.
fn note(entry: &AgendaEntry) -> String {
    let question = entry.question.clone().unwrap_or_default();
    match (&entry.reason, entry.state) {
        (Some(reason), ItemState::Removed) => format!("Taken off: {reason}"),
        (Some(reason), _) => format!("{question} (added late: {reason})").trim().to_owned(),
        (None, _) => question,
    }
}

fn urgency(code: Option<&str>) -> Tag {
    match code {
        Some(code @ ("U1" | "U2")) => Tag::new(Tone::Crit, code).with_icon(),
        Some(code @ "U3") => Tag::new(Tone::Warn, code).with_icon(),
        Some(code) => Tag::new(Tone::Plain, code),
        None => Tag::new(Tone::Plain, "No urgency"),
    }
}

fn readiness(entry: &AgendaEntry) -> Tag {
    match (entry.assessment, entry.open_results) {
        (None, _) => Tag::new(Tone::Warn, "No facts yet").with_icon(),
        (Some(_), None) => Tag::new(Tone::Warn, "Not evaluated").with_icon(),
        (Some(_), Some(0)) => Tag::new(Tone::Ok, "Complete").with_icon(),
        (Some(_), Some(1)) => Tag::new(Tone::Warn, "1 result open").with_icon(),
        (Some(_), Some(count)) => Tag::new(Tone::Warn, format!("{count} results open")).with_icon(),
    }
}

fn item_state(entry: &AgendaEntry) -> Tag {
    let label = entry.state.label();
    let signed = entry.decision.as_ref().and_then(|decision| decision.signed);
    match (entry.state, signed) {
        (ItemState::Decided, Some((_, outcome))) => {
            Tag::new(Tone::Ok, format!("Signed: {}", outcome.label())).with_icon()
        }
        (ItemState::Decided, None) => Tag::new(Tone::Warn, "Decided, not signed").with_icon(),
        (ItemState::Open, _) => Tag::new(Tone::Info, label).with_icon(),
        _ => Tag::new(Tone::Plain, label),
    }
}

fn add(app: &App, rights: &Rights<'_>, listable: &[ListableCase], input: &FormInput) -> AddItem {
    let mut cases: Vec<Choice> = listable
        .iter()
        .map(|one| {
            let number = one.number.to_string();
            let name = name(&one.patient, &number);
            let urgency =
                one.urgency.as_deref().map_or_else(String::new, |code| format!(", {code}"));
            let waits = if one.accepted { "" } else { ", referral not accepted yet" };
            let words = format!("{number} {name}, born {}{urgency}{waits}", one.patient.birth_date);
            Choice::new(number, words)
        })
        .collect();
    if !cases.is_empty() {
        cases.insert(0, Choice::new("", "Choose a case"));
    }
    let id = rights.meeting.id.to_string();
    let late = rights.meeting.is_late(app.now());
    let mut add = AddItem::new(&id, &rights.visitor.new_command_id(), cases, late, input);
    add.proposes = !rights.may(Action::AgendaList);
    if !rights.may(Action::ReferralTriage) {
        add.empty.link = None;
    }
    add
}

fn opening(rights: &Rights<'_>) -> Option<FormView> {
    let planned = rights.meeting.state == MeetingState::Planned;
    let address = paths::MeetingOpening { id: rights.meeting.id.to_string() };
    (planned && rights.runs()).then(|| rights.form(address.to_string()))
}

fn closing(rights: &Rights<'_>) -> Option<FormView> {
    let in_session = rights.meeting.state == MeetingState::InSession;
    let address = paths::MeetingClosing { id: rights.meeting.id.to_string() };
    (in_session && rights.runs()).then(|| rights.form(address.to_string()))
}

fn cancellation(rights: &Rights<'_>) -> Option<WithReason> {
    let planned = rights.meeting.state == MeetingState::Planned;
    let address = paths::MeetingCancellation { id: rights.meeting.id.to_string() };
    (planned && rights.may(Action::MeetingPlan)).then(|| {
        let form = rights.form(address.to_string());
        WithReason::new(form, "cancellation", "Why it is cancelled")
    })
}

fn unfinished(agenda: &[AgendaEntry]) -> Vec<Link> {
    let mut place = 0;
    agenda
        .iter()
        .filter(|entry| entry.state != ItemState::Removed)
        .filter_map(|entry| {
            place += 1;
            let number = entry.number.to_string();
            let words = format!("{place}. {}", name(&entry.patient, &number));
            let link = Link::new(words, paths::Decision { number }.to_string());
            (!entry.state.is_terminal()).then_some(link)
        })
        .collect()
}
