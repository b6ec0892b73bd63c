//! Planning a meeting.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use mdt::display;
use mdt::form_draft::{FormKind, NEW};
use mdt::ids::{MeetingSeriesId, SiteId, UserId};
use mdt::meeting::{CAPACITY, LONGEST};
use mdt::permission::{Action, act};
use mdt::role::{Duty, Role};
use store::meetings::{NewMeeting, SeriesChoice, plan_meeting, roles_for, series_of};
use store::{Begun, StoreError};

use crate::draft;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked;
use crate::pages::{invalid, page, see};
use crate::state::App;
use crate::view::meetings::{MeetingChoices, MeetingNewPage};
use crate::view::{Choice, FormInput, Section, Tone};
use crate::visitor::Visitor;

/// The longest name or place, in characters.
const TEXT_MAX: usize = 200;

pub(super) async fn form(State(app): State<App>, visitor: Visitor) -> Result<Response, WebError> {
    require(&visitor)?;
    let restored = draft::restore(&app, &visitor, FormKind::Meeting, NEW).await?;
    let input = match &restored {
        Some(restored) => restored.form.input(),
        None => FormInput::from_pairs([("start", "08:00"), ("end", "09:30")]),
    };
    page(&filled(&app, &visitor, &input, restored.map(|restored| restored.note)).await?)
}

/// Nobody plans at no site: the same answer as for the command.
fn require(visitor: &Visitor) -> Result<(), WebError> {
    if visitor.may_somewhere(Action::MeetingPlan) {
        Ok(())
    } else {
        Err(WebError::Forbidden(Action::MeetingPlan))
    }
}

async fn filled(
    app: &App,
    visitor: &Visitor,
    input: &FormInput,
    note: Option<String>,
) -> Result<MeetingNewPage, WebError> {
    let shell = visitor.shell("New meeting", Some(Section::Meetings));
    let choices = choices(app, visitor).await?;
    let mut new = MeetingNewPage::new(shell, &visitor.new_command_id(), choices, input);
    new.form = new.form.drafted(draft::address(FormKind::Meeting, NEW), note);
    Ok(new)
}

async fn choices(app: &App, visitor: &Visitor) -> Result<MeetingChoices, WebError> {
    let sites = visitor.actor.sites_where(Action::MeetingPlan);
    let several = sites.len() > 1;
    let mut choices = MeetingChoices::default();
    choices.series.push(Choice::new("", "A single meeting"));
    choices.series.push(Choice::new(NEW, "The first of a new series"));
    choices.chairs.push(Choice::new("", "Choose"));
    choices.nominated.push(Choice::new("", "The chair"));
    choices.scribes.push(Choice::new("", "Nobody"));
    for site in sites {
        let name = visitor.sites.name(site);
        let at = |label: String| if several { format!("{label}, {name}") } else { label };
        choices.sites.push(Choice::new(site.to_string(), name.clone()));
        let mut reading = app.store.read_site::<act::MeetingPlan>(&visitor.actor, site).await?;
        for series in series_of(&mut reading).await? {
            choices.series.push(Choice::new(series.id.to_string(), at(series.name)));
        }
        reading.finish().await?;
        for (user, name, roles) in app.store.members_of(site).await? {
            let choice = Choice::new(user.to_string(), at(name));
            offer(&mut choices.chairs, Duty::Chair, &roles, &choice);
            offer(&mut choices.nominated, Duty::NominatedClinician, &roles, &choice);
            offer(&mut choices.scribes, Duty::Scribe, &roles, &choice);
        }
    }
    Ok(choices)
}

fn offer(list: &mut Vec<Choice>, duty: Duty, roles: &[Role], choice: &Choice) {
    if roles_for(duty).iter().any(|role| roles.contains(role)) {
        list.push(choice.clone());
    }
}

pub(super) async fn plan(
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    require(&visitor)?;
    let (site, meeting) = match parse(&app, &visitor, &form) {
        Ok(parsed) => parsed,
        Err(input) => return invalid(&filled(&app, &visitor, &input, None).await?),
    };
    let submission = form.submission()?;
    let begun =
        app.store.command_at_site::<act::MeetingPlan>(&visitor.actor, site, submission).await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => match plan_meeting(command, meeting).await {
            Ok(done) => done.location,
            Err(StoreError::Refused(words)) => {
                let input = form.input().with_problem("", words);
                return invalid(&filled(&app, &visitor, &input, None).await?);
            }
            Err(StoreError::NotFound) => {
                let input = form.input().with_problem("series", "Choose a series of this site");
                return invalid(&filled(&app, &visitor, &input, None).await?);
            }
            Err(other) => return Err(other.into()),
        },
    };
    draft::drop(&app, &visitor, FormKind::Meeting, NEW).await;
    visitor.flash(Tone::Ok, "The meeting was planned.", None).await?;
    Ok(see(&location))
}

/// Reads the form; collects every problem before it gives up.
struct Parser<'a> {
    form: &'a PostedForm,
    input: FormInput,
}

impl Parser<'_> {
    fn problem(&mut self, field: &str, message: impl Into<String>) {
        self.input = std::mem::take(&mut self.input).with_problem(field, message);
    }

    fn id<T: std::str::FromStr>(&mut self, field: &str, ask: &str) -> Option<T> {
        let id = self.form.value(field).parse().ok();
        if id.is_none() {
            self.problem(field, ask);
        }
        id
    }

    fn optional_id<T: std::str::FromStr>(&mut self, field: &str, ask: &str) -> Option<T> {
        if self.form.given(field).is_none() { None } else { self.id(field, ask) }
    }

    fn text(&mut self, field: &str) -> Option<String> {
        let text = self.form.given(field)?.to_owned();
        if let Some(problem) = asked::text_problem(&text, TEXT_MAX) {
            self.problem(field, problem);
        }
        Some(text)
    }

    /// Beginning and end, in the zone of the site; the end may lie after midnight.
    fn times(&mut self, now: DateTime<Utc>, zone: Tz) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let date = display::parse_date(self.form.value("date"), display::day_of(now, zone));
        let start = display::parse_time(self.form.value("start"));
        let end = display::parse_time(self.form.value("end"));
        for (field, problem) in [
            ("date", date.as_ref().err()),
            ("start", start.as_ref().err()),
            ("end", end.as_ref().err()),
        ] {
            if let Some(problem) = problem {
                self.problem(field, asked::capitalised(&problem.to_string()));
            }
        }
        let (date, start, end) = (date.ok()?, start.ok()?, end.ok()?);
        let starts_at = display::instant_of(date.and_time(start), zone);
        let next_day = if end <= start { date.succ_opt()? } else { date };
        let ends_at = display::instant_of(next_day.and_time(end), zone);
        match (starts_at, ends_at) {
            (Ok(starts_at), Ok(ends_at)) => Some((starts_at, ends_at)),
            (Err(problem), _) => {
                self.problem("start", asked::capitalised(&problem.to_string()));
                None
            }
            (_, Err(problem)) => {
                self.problem("end", asked::capitalised(&problem.to_string()));
                None
            }
        }
    }
}

fn parse(
    app: &App,
    visitor: &Visitor,
    form: &PostedForm,
) -> Result<(SiteId, NewMeeting), FormInput> {
    let mut parser = Parser { form, input: form.input() };
    let site: Option<SiteId> = parser.id("site", "Choose the site");
    let zone = visitor.sites.zone(site.unwrap_or(visitor.actor.home));
    let times = parser.times(app.now(), zone);
    if times.is_some_and(|(_, ends_at)| ends_at <= app.now()) {
        parser.problem("date", "This time is over: choose one that is still to come");
    }
    if times.is_some_and(|(starts_at, ends_at)| ends_at - starts_at > LONGEST) {
        let hours = LONGEST.num_hours();
        parser
            .problem("end", format!("A meeting of more than {hours} hours is a slip in the times"));
    }
    let is_new = form.value("series") == NEW;
    let known: Option<MeetingSeriesId> =
        if is_new { None } else { parser.optional_id("series", "Choose a series of the list") };
    let name = parser.text("name");
    if known.is_none() && name.is_none() {
        parser.problem("name", "Name the meeting, or choose a series");
    }
    let place = parser.text("place");
    let capacity = capacity(&mut parser);
    let chair: Option<UserId> = parser.id("chair", "Choose who chairs the meeting");
    let nominated_clinician = parser.optional_id("nominated", "Choose somebody of the list");
    let scribe = parser.optional_id("scribe", "Choose somebody of the list");
    match (site, times, chair) {
        (Some(site), Some((starts_at, ends_at)), Some(chair))
            if parser.input.problems.is_empty() =>
        {
            let new = || name.clone().filter(|_| is_new).map(SeriesChoice::New);
            let series = known.map(SeriesChoice::Known).or_else(new);
            let meeting = NewMeeting {
                series,
                name: name.unwrap_or_default(),
                starts_at,
                ends_at,
                place,
                capacity,
                chair,
                nominated_clinician,
                scribe,
            };
            Ok((site, meeting))
        }
        _ => Err(parser.input),
    }
}

fn capacity(parser: &mut Parser<'_>) -> Option<u32> {
    let typed = parser.form.given("capacity")?;
    let capacity = typed.parse().ok().filter(|capacity| CAPACITY.contains(capacity));
    if capacity.is_none() {
        let (fewest, most) = (CAPACITY.start(), CAPACITY.end());
        parser.problem("capacity", format!("Write a number from {fewest} to {most}"));
    }
    capacity
}
