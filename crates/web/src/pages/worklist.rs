//! The worklist: what waits for the user, most urgent first.

mod cord;
mod groups;
mod meeting;

use axum::extract::{Query, State};
use axum::response::Response;
use mdt::ids::{CaseId, SiteId};
use mdt::permission::{Action, act};
use serde::Deserialize;
use store::meetings::{self, Meeting, MeetingRange};
use store::referrals::{self, InboxRow};
use store::worklist::{
    self, CordCase, IncompleteCase, MeetingFigures, OpenAction, ReturnedReferral, WaitingDecision,
};

use super::asked::list_read;
use super::page;
use crate::error::WebError;
use crate::routes::{Routes, signed_in};
use crate::state::App;
use crate::view::worklist::WorklistPage;
use crate::view::{Empty, Section};
use crate::visitor::Visitor;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.page("/", signed_in(), show)
}

/// What the lists of cases give to the worklist.
#[derive(Default)]
struct Waiting {
    cord: Vec<CordCase>,
    decisions: Vec<WaitingDecision>,
    incomplete: Vec<IncompleteCase>,
    returned: Vec<ReturnedReferral>,
    actions: Vec<OpenAction>,
    /// Counted only: nobody of them is named here.
    untriaged: Vec<InboxRow>,
    meeting: Option<(Meeting, MeetingFigures)>,
}

impl Waiting {
    /// The cases that the page names.
    fn ids(&self) -> Vec<CaseId> {
        let cases = self.cord.iter().map(|one| one.case.id);
        let mut ids: Vec<CaseId> = cases
            .chain(self.decisions.iter().map(|one| one.case.id))
            .chain(self.incomplete.iter().map(|one| one.case.id))
            .chain(self.returned.iter().map(|one| one.case.id))
            .chain(self.actions.iter().map(|one| one.case.id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    /// `all` shows every action, not the last few only.
    #[serde(default)]
    actions: String,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let waiting = if visitor.may_somewhere(Action::CaseList) {
        read(&app, &visitor).await?
    } else {
        Waiting::default()
    };
    let zone = visitor.sites.zone(visitor.actor.home);
    let now = app.now().with_timezone(&zone);
    let named = waiting.ids().len();
    let next = waiting
        .meeting
        .as_ref()
        .map(|(meeting, figures)| meeting::shown(&app, &visitor, meeting, *figures));
    let idle =
        next.as_ref().map(|next| format!(" Next meeting {}.", next.when)).unwrap_or_default();
    page(&WorklistPage {
        shell: visitor.shell("My week", Some(Section::Worklist)).for_list(named),
        subtitle: format!(
            "{}. {}. Data as of {}.",
            now.format("%a %d-%b-%Y %H:%M"),
            visitor.sites.name(visitor.actor.home),
            now.format("%H:%M")
        ),
        may_refer: visitor.may_somewhere(Action::ReferralSend),
        stale_since: None,
        cord_at_risk: cord::rows(&app, &visitor, &waiting.cord),
        groups: groups::all(&app, &visitor, &waiting, asked.actions == "all").await?,
        reads_meetings: visitor.may_somewhere(Action::MeetingRead),
        meeting: next,
        empty: Empty::new(format!("Nothing waits for you.{idle}")),
    })
}

/// One reading, one event with the ids of all that the page names.
async fn read(app: &App, visitor: &Visitor) -> Result<Waiting, WebError> {
    let mut reading = app.store.read_sites::<act::CaseList>(&visitor.actor).await?;
    let triages = |site: SiteId| visitor.actor.may(Action::ReferralTriage, site);
    let mut waiting = Waiting {
        cord: worklist::cord_at_risk(&mut reading).await?,
        decisions: worklist::waiting_decisions(&mut reading).await?,
        incomplete: worklist::incomplete_cases(&mut reading).await?,
        returned: worklist::returned_referrals(&mut reading).await?,
        actions: worklist::own_actions(&mut reading).await?,
        untriaged: Vec::new(),
        meeting: None,
    };
    if visitor.may_somewhere(Action::ReferralTriage) {
        waiting.untriaged = referrals::waiting(&mut reading).await?;
        waiting.untriaged.retain(|row| triages(row.addressed));
    }
    let coming = meetings::meetings_of(&mut reading, MeetingRange::Coming).await?;
    let next = coming.into_iter().find(|one| visitor.actor.may(Action::MeetingRead, one.site));
    if let Some(next) = next {
        let figures = worklist::meeting_figures(&mut reading, next.id).await?;
        waiting.meeting = Some((next, figures));
    }
    let ids = waiting.ids();
    reading.record(list_read("worklist", &ids, !ids.is_empty())).await?;
    Ok(waiting)
}
