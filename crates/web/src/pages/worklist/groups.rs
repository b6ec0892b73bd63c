//! Everything else that waits, grouped: referrals, decisions, facts, actions, drafts.

use mdt::case::UrgencyClass;
use mdt::coded::Coded;
use mdt::decision::DecisionState;
use mdt::display;
use mdt::form_draft::{FormKind, NEW};
use mdt::ids::SiteId;
use mdt::permission::{Action, Relation, allowed_on_duty};
use mdt::role::Duty;
use store::worklist::{IncompleteCase, OpenAction, OpenScore, WaitingDecision, WorkCase};

use super::Waiting;
use crate::draft;
use crate::error::WebError;
use crate::pages::asked::case_number;
use crate::pages::clock::span;
use crate::paths;
use crate::state::App;
use crate::view::score::totals_in_words;
use crate::view::worklist::{WorkGroup, WorkRow};
use crate::view::{FormInput, FormView, Link, Tag, Tone};
use crate::visitor::Visitor;

/// A draft decision that waits longer than this is marked.
const LONG: chrono::TimeDelta = chrono::TimeDelta::days(2);
/// So many actions are shown before "All".
const FEW_ACTIONS: usize = 5;

pub(super) async fn all(
    app: &App,
    visitor: &Visitor,
    waiting: &Waiting,
    all_actions: bool,
) -> Result<Vec<WorkGroup>, WebError> {
    let groups = vec![
        referrals(visitor, waiting),
        group("returned", "Returned to you", returned(visitor, waiting)),
        group("decisions", "Decisions", decisions(app, visitor, waiting)),
        group("facts", "Facts not assessed", facts(visitor, waiting)),
        actions(app, visitor, waiting, all_actions),
        group("drafts", "Your drafts", drafts(app, visitor).await?),
    ];
    Ok(groups.into_iter().filter(|group| !group.rows.is_empty()).collect())
}

fn group(id: &str, title: &str, rows: Vec<WorkRow>) -> WorkGroup {
    WorkGroup { id: id.to_owned(), title: title.to_owned(), all: None, key: None, rows }
}

fn patient(case: &WorkCase) -> Link {
    Link::new(case.name.to_string(), format!("/cases/{}", case.number))
}

/// Counted, not named: the inbox names them.
fn referrals(visitor: &Visitor, waiting: &Waiting) -> WorkGroup {
    let count = waiting.untriaged.len();
    let emergencies =
        waiting.untriaged.iter().filter(|row| row.urgency.class == UrgencyClass::U1).count();
    let zone = visitor.sites.zone(visitor.actor.home);
    let oldest = waiting.untriaged.iter().map(|row| row.sent_at).min();
    let since = oldest.map(|at| format!("the oldest of {}", display::date_time(at, zone)));
    let row = WorkRow {
        title: format!("{count} to triage"),
        patient: None,
        detail: since.unwrap_or_default(),
        tag: (emergencies > 0)
            .then(|| Tag::new(Tone::Crit, format!("{emergencies} U1")).with_icon()),
        action: Some(Link::new("Triage", "/referrals")),
        complete: None,
    };
    WorkGroup {
        all: Some(Link::new("All referrals", "/referrals")),
        key: Some("r".to_owned()),
        ..group("referrals", "New referrals", if count == 0 { Vec::new() } else { vec![row] })
    }
}

fn returned(visitor: &Visitor, waiting: &Waiting) -> Vec<WorkRow> {
    let rows = waiting.returned.iter().map(|one| {
        let at = display::date_time(one.returned_at, visitor.sites.zone(one.case.site));
        let reason = one.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        WorkRow {
            title: "Referral returned".to_owned(),
            patient: Some(patient(&one.case)),
            detail: format!("{at}{reason}"),
            tag: None,
            action: Some(Link::new(
                "Refer again",
                draft::page_of(FormKind::Referral, &one.case.patient.to_string()),
            )),
            complete: None,
        }
    });
    rows.collect()
}

/// What the user can do comes first, then what waits for others.
fn decisions(app: &App, visitor: &Visitor, waiting: &Waiting) -> Vec<WorkRow> {
    let mut rows: Vec<(bool, WorkRow)> =
        waiting.decisions.iter().map(|one| decision(app, visitor, one)).collect();
    rows.sort_by_key(|(mine, _)| !mine);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn decision(app: &App, visitor: &Visitor, one: &WaitingDecision) -> (bool, WorkRow) {
    let (next, do_it, wait) = match one.state {
        DecisionState::ReadBack => (
            Action::DecisionConfirm,
            "Confirm the decision",
            "Waits for the nominated clinician to confirm",
        ),
        DecisionState::Confirmed => {
            (Action::DecisionSign, "Sign the decision", "Waits for the chair’s signature")
        }
        _ => (Action::DecisionReadBack, "Read the decision back", "Waits to be read back"),
    };
    let site = one.case.site;
    let mine = may_now(visitor, next, site, &one.duties);
    let waits = app.now() - one.since;
    let row = WorkRow {
        title: if mine { do_it } else { wait }.to_owned(),
        patient: Some(patient(&one.case)),
        detail: format!(
            "{} {}",
            one.state.label().to_lowercase(),
            display::date_time(one.since, visitor.sites.zone(site))
        ),
        tag: (waits > LONG).then(|| Tag::new(Tone::Warn, span(waits))),
        action: Some(Link::new("Open", format!("/cases/{}/decision", one.case.number))),
        complete: None,
    };
    (mine, row)
}

/// With the duties of the meeting concerned.
fn may_now(visitor: &Visitor, action: Action, site: SiteId, duties: &[Duty]) -> bool {
    let roles = visitor.actor.roles_at(site);
    roles.into_iter().any(|role| allowed_on_duty(role, action, Relation::Member, duties))
}

/// The last few, with a link to all: a long list would push the rest of the work off the page.
fn actions(app: &App, visitor: &Visitor, waiting: &Waiting, all: bool) -> WorkGroup {
    let count = waiting.actions.len();
    let shown = if all { count } else { FEW_ACTIONS };
    let rows = waiting.actions.iter().take(shown).map(|one| {
        let today = display::day_of(app.now(), visitor.sites.zone(one.case.site));
        let late = one.due.is_some_and(|due| due < today);
        WorkRow {
            title: one.text.clone(),
            patient: Some(patient(&one.case)),
            detail: one.due.map(|due| format!("due {}", display::date(due))).unwrap_or_default(),
            tag: late.then(|| Tag::new(Tone::Warn, "Overdue").with_icon()),
            action: Some(Link::new("Open", decision_of(one))),
            complete: visitor
                .actor
                .may(Action::ActionComplete, one.case.site)
                .then(|| completion_of(visitor, one)),
        }
    });
    let more = count > shown;
    WorkGroup {
        all: more.then(|| Link::new(format!("All {count}"), "/?actions=all#group-actions")),
        ..group("actions", "Your actions", rows.collect())
    }
}

fn completion_of(visitor: &Visitor, action: &OpenAction) -> FormView {
    let number = action.case.number.to_string();
    let path = paths::ActionCompletion { number, id: action.id.to_string() };
    FormView::new(path.to_string(), visitor.new_command_id(), &FormInput::default())
}

/// The signed version that has this action, not the latest one of the case.
fn decision_of(action: &OpenAction) -> String {
    let (ordinal, version) = action.decision;
    format!("/cases/{}/decisions/{ordinal}/{version}", action.case.number)
}

fn facts(visitor: &Visitor, waiting: &Waiting) -> Vec<WorkRow> {
    waiting.incomplete.iter().map(|one| incomplete(visitor, one)).collect()
}

fn incomplete(visitor: &Visitor, one: &IncompleteCase) -> WorkRow {
    let zone = visitor.sites.zone(one.case.site);
    let listed =
        one.listed.map(|at| format!("Listed {}", display::date(display::day_of(at, zone))));
    let href = format!("/cases/{}/assessment", one.case.number);
    WorkRow {
        title: if one.assessed { "Scores still open" } else { "No assessment yet" }.to_owned(),
        patient: Some(patient(&one.case)),
        detail: one.scores.iter().map(still_possible).collect::<Vec<_>>().join("; "),
        tag: listed.map(|words| Tag::new(Tone::Warn, words).with_icon()),
        action: Some(Link::new(if one.assessed { "Answer" } else { "Assess" }, href)),
        complete: None,
    }
}

/// `Tomita (2001) could be 4, 6 or 8`.
fn still_possible(score: &OpenScore) -> String {
    let level = score.level.as_deref().map(|level| format!(" of {level}")).unwrap_or_default();
    format!("{}{level} could be {}", short_title(score), totals_in_words(&score.totals))
}

/// The name by which people call a score, as its card and its badge do; the title of one that this
/// release does not carry.
fn short_title(score: &OpenScore) -> String {
    let bundled = clinical::protocol::default_protocol().ok();
    let known = bundled.as_ref().and_then(|compiled| compiled.rule_set(&score.rule_set));
    known.map_or_else(|| score.title.clone(), |rule_set| rule_set.short_title.clone())
}

async fn drafts(app: &App, visitor: &Visitor) -> Result<Vec<WorkRow>, WebError> {
    let zone = visitor.sites.zone(visitor.actor.home);
    let kept = app.store.drafts_of(visitor.user()?).await?;
    let rows = kept.into_iter().map(|(key, saved_at)| {
        let form = key.form();
        // A patient's id says nothing to a person, a case number does.
        let about =
            case_number(key.object()).ok().map(|number| format!("{number}, ")).unwrap_or_default();
        let new = if key.object() == NEW { "new, " } else { "" };
        WorkRow {
            title: form.label().to_owned(),
            patient: None,
            detail: format!("{about}{new}saved {}", display::date_time_seconds(saved_at, zone)),
            tag: None,
            action: Some(Link::new("Continue", draft::page_of(form, key.object()))),
            complete: None,
        }
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_called_by_its_short_title() {
        let score = OpenScore {
            rule_set: "sins-2010".to_owned(),
            title: "Spinal Instability Neoplastic Score".to_owned(),
            level: Some("T10".to_owned()),
            totals: vec![7, 9],
        };
        assert_eq!(still_possible(&score), "SINS of T10 could be 7 or 9");
    }

    #[test]
    fn an_open_score_says_which_totals_are_still_possible() {
        let score = |level: Option<&str>, totals: &[i32]| OpenScore {
            rule_set: "a-later-score".to_owned(),
            title: "Tomita (2001)".to_owned(),
            level: level.map(str::to_owned),
            totals: totals.to_vec(),
        };
        assert!(still_possible(&score(None, &[4, 6, 8])).starts_with("Tomita (2001) could be 4"));
        assert!(
            still_possible(&score(Some("T9"), &[7, 9]))
                .starts_with("Tomita (2001) of T9 could be 7")
        );
    }
}
