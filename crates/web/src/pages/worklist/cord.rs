//! Cases with the cord at risk: overdue first, then by what is due first.

use chrono::{DateTime, Utc};
use clinical::dictionary::dictionary;
use mdt::case::UrgencyClass;
use mdt::coded::Coded;
use mdt::display;
use store::referrals::Urgency;
use store::worklist::CordCase;

use crate::pages::asked::capitalised;
use crate::pages::clock::{Due, suspected_at};
use crate::state::App;
use crate::view::worklist::CordRow;
use crate::view::{Tag, Tone};
use crate::visitor::Visitor;

pub(super) fn rows(app: &App, visitor: &Visitor, cases: &[CordCase]) -> Vec<CordRow> {
    let mut rows: Vec<(DateTime<Utc>, CordRow)> =
        cases.iter().map(|case| row(app, visitor, case)).collect();
    // What is overdue is due earliest; without a limit a case comes last.
    rows.sort_by_key(|(due, _)| *due);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn row(app: &App, visitor: &Visitor, cord: &CordCase) -> (DateTime<Utc>, CordRow) {
    let case = &cord.case;
    let zone = visitor.sites.zone(case.site);
    let due = due(visitor, cord);
    let overdue = due.is_some_and(|due| due.overdue(app.now()));
    let clock = match due {
        Some(due) if overdue => Tag::new(Tone::Crit, capitalised(&due.left(app.now()))),
        Some(due) => Tag::new(Tone::Warn, due.left(app.now())),
        None => Tag::new(Tone::Warn, "No decision yet"),
    };
    let row = CordRow {
        name: case.name.to_string(),
        href: format!("/cases/{}", case.number),
        born: case.birth_date.to_string(),
        text: text(visitor, cord),
        due: due.map(|due| format!("{}.", capitalised(&due.words(zone)))),
        clock,
        overdue,
    };
    (due.map_or(DateTime::<Utc>::MAX_UTC, |due| due.at), row)
}

/// Once the compression was graded there is an image: then the plan is due.
fn due(visitor: &Visitor, cord: &CordCase) -> Option<Due> {
    let class = UrgencyClass::from_code(cord.urgency.as_deref()?).ok()?;
    let urgency = Urgency { class, since: cord.urgent_since };
    let (_, sent_at) = cord.sent?;
    let zone = visitor.sites.zone(cord.case.site);
    let due = Due::of(urgency, cord.referral.as_ref(), sent_at, zone);
    Some(if cord.worst_escc.is_some() && due.what == "MRI" {
        Due { what: "plan", ..due }
    } else {
        due
    })
}

fn text(visitor: &Visitor, cord: &CordCase) -> String {
    let zone = visitor.sites.zone(cord.case.site);
    let mut parts = Vec::new();
    if let Some(at) = cord.assessed_at {
        let mut found: Vec<String> = Vec::new();
        found.extend(cord.worst_escc.iter().map(|grade| format!("ESCC {grade}")));
        found.extend(cord.deficit_course.as_deref().map(course));
        found.push(format!("assessed {}", display::date_time(at, zone)));
        parts.push(format!("{}.", capitalised(&found.join(", "))));
    }
    if let Some((site, sent_at)) = cord.sent {
        let suspected = cord.urgent_since.or_else(|| {
            cord.referral.as_ref().and_then(|document| suspected_at(document, sent_at, zone))
        });
        let (what, at) = suspected.map_or(("Referred", sent_at), |at| ("Suspected", at));
        parts.push(format!(
            "{what} {} at {}.",
            display::date_time(at, zone),
            visitor.sites.name(site)
        ));
    }
    match cord.listed {
        Some(at) => {
            parts.push(format!("Listed {}.", display::date_with_day(display::day_of(at, zone))));
        }
        None => parts.push("Not on an agenda.".to_owned()),
    }
    parts.join(" ")
}

/// `deficit slowly worse`
fn course(code: &str) -> String {
    let label = dictionary().value_label("deficit-course", code).unwrap_or(code);
    format!("deficit {}", label.to_lowercase())
}
