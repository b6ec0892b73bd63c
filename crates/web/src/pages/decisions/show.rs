//! The decision of a case: the form while it is open, the record once it is signed.

mod version;

use axum::extract::{Query, State};
use axum::response::Response;
use mdt::coded::Coded;
use mdt::display;
use mdt::permission::{Action, act};
use mdt::role::Role;
use rules::Evaluation;
use serde::Deserialize;
use store::assessments;
use store::decisions::read::{ActionItem, ActionState, Decision, Sealed, SignedVersion};
use store::decisions::{actions_of, seal_of};
use store::{CaseKey, Reading};

use super::form::{Shown, filled, why_nothing};
use super::lines::Naming;
use super::loaded::{self, Loaded};
use super::standing;
use crate::error::WebError;
use crate::pages::asked::{case_number, id};
use crate::pages::case::DOES_NOT_RECOMPUTE;
use crate::pages::page;
use crate::pages::rules::protocol_badge;
use crate::paths;
use crate::present::score_card;
use crate::state::App;
use crate::view::decision::{ActionLine, DecisionPage, NoDecisionPage, VersionRow};
use crate::view::{Empty, FormInput, FormView, Link, RuleBadge};
use crate::visitor::Visitor;

/// Figures of a hash that tell versions apart in a table.
const SHORT_HASH: usize = 12;

/// What the address asks for besides the case.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    /// `yes` opens the form of a draft that was read back.
    #[serde(default)]
    change: String,
}

pub(super) async fn decision(
    path: paths::Decision,
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let (reading, loaded) = loaded::read::<act::CaseRead>(&app, &visitor, &number).await?;
    let open = loaded.decisions.open().map(|(decision, draft)| (decision, draft.version));
    let begins = open.is_none() && loaded.can_begin() && loaded.may_record(&visitor);
    if (open.is_some() && loaded.is_named()) || begins {
        loaded.record(reading, "decision", open).await?;
        let mut shown = Shown::restored(&app, &visitor, &loaded).await?;
        shown.change |= asked.change == "yes";
        return page(&filled(&app, &visitor, &loaded, shown).await?);
    }
    if let Some((decision, version)) = loaded.decisions.latest_signed() {
        let (decision, version) = (decision.clone(), version.clone());
        return signed(&app, &visitor, reading, loaded, &decision, &version).await;
    }
    loaded.record(reading, "decision", open).await?;
    let (text, link) = why_nothing(&loaded);
    page(&NoDecisionPage {
        shell: loaded::shell(&visitor, "Decision"),
        banner: loaded.banner(&visitor),
        tabs: loaded.tabs(&visitor),
        nothing: Empty { text, link },
    })
}

pub(super) async fn version(
    path: paths::DecisionVersion,
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let (ordinal, version): (u32, u32) = (id(&path.ordinal)?, id(&path.version)?);
    let (reading, loaded) = loaded::read::<act::CaseRead>(&app, &visitor, &number).await?;
    let decision = loaded.decisions.0.iter().find(|decision| decision.ordinal == ordinal).cloned();
    let decision = decision.ok_or(WebError::NotFound)?;
    let found = decision.versions.iter().find(|one| one.version == version).cloned();
    let found = found.ok_or(WebError::NotFound)?;
    signed(&app, &visitor, reading, loaded, &decision, &found).await
}

/// What the record needs besides the document.
struct Record<'a> {
    visitor: &'a Visitor,
    loaded: &'a Loaded,
    decision: &'a Decision,
    version: &'a SignedVersion,
    /// Of the facts and under the protocol of the version, made again.
    evaluation: Option<Evaluation>,
    /// Whether that is what was recorded and signed.
    recomputes: bool,
    actions: Vec<ActionItem>,
    sealed: Option<Sealed>,
}

async fn signed(
    app: &App,
    visitor: &Visitor,
    mut reading: Reading<act::CaseRead, CaseKey>,
    loaded: Loaded,
    decision: &Decision,
    version: &SignedVersion,
) -> Result<Response, WebError> {
    let (evaluation, recomputes) = evaluation_of(app, &mut reading, version).await?;
    let actions = actions_of(&mut reading, version.id).await?;
    let sealed = match version.signatures.first() {
        Some(signature) => seal_of(&mut reading, signature.event).await?,
        None => None,
    };
    loaded.record(reading, "decision", Some((decision, version.version))).await?;
    let loaded = &loaded;
    let record =
        Record { visitor, loaded, decision, version, evaluation, recomputes, actions, sealed };
    page(&record.page())
}

/// The evaluation that the version rests on, made again; and whether its bytes are those that were
/// recorded and that the signed document names.
async fn evaluation_of(
    app: &App,
    reading: &mut Reading<act::CaseRead, CaseKey>,
    version: &SignedVersion,
) -> Result<(Option<Evaluation>, bool), WebError> {
    let ordinal =
        i32::try_from(version.document.basis.assessment_ordinal).map_err(|_| WebError::NotFound)?;
    let assessment = assessments::numbered(reading, ordinal).await?;
    // The one that was signed, whichever protocol the case has moved to since.
    let stored = assessments::evaluation(reading, version.evaluation).await?;
    let compiled = app.store.compiled(stored.protocol_version).await?;
    let evaluation = assessments::evaluate(&compiled, &assessment.assessment)?;
    let signed = version.document.basis.evaluation;
    let same = evaluation.hash().is_ok_and(|hash| hash == stored.hash && hash == signed);
    Ok((Some(evaluation), same))
}

impl Record<'_> {
    fn page(&self) -> DecisionPage {
        let (loaded, visitor, version) = (self.loaded, self.visitor, self.version);
        let sites = |site| visitor.sites.name(site);
        let naming = Naming { people: &loaded.names, sites: &sites, free_text: loaded.is_named() };
        let mut record = naming.record(&version.document);
        record.push(("Recorded".to_owned(), self.deed(&version.recorded)));
        record.push(("Confirmed".to_owned(), self.deed(&version.confirmed)));
        let title = format!("Decision, version {}", version.version);
        DecisionPage {
            shell: loaded::shell(visitor, title),
            banner: loaded.banner(visitor),
            tabs: loaded.tabs(visitor),
            context: self.context(),
            version: version.version.to_string(),
            state: self.state(version),
            signed: self.signed(version),
            sentence: self.sentence(),
            agreements: standing::agreements(
                &version.document,
                self.evaluation.as_ref(),
                loaded.is_named(),
            ),
            plan: naming.plan(&version.document.content),
            record,
            actions: self.actions(),
            versions: self.versions(&naming),
            rules: self.rules(),
            rests_on: self.rests_on(),
            hash: version.hash.to_string(),
            seal: self.seal(),
            links: self.links(),
            void_note: self.void_note(),
            broken: (!self.recomputes).then(|| DOES_NOT_RECOMPUTE.to_owned()),
        }
    }

    fn time(&self, at: chrono::DateTime<chrono::Utc>) -> String {
        display::date_time(at, self.loaded.zone(self.visitor))
    }

    fn deed(&self, deed: &store::decisions::read::Deed) -> String {
        format!("{} by {}", self.time(deed.at), deed.name)
    }

    /// `Decision 1, from the meeting of Tue 16-Jun-2026`.
    fn context(&self) -> String {
        let place = self.loaded.place.as_ref();
        let same = place.is_some_and(|place| place.meeting.id == self.decision.meeting);
        if same {
            self.loaded.place_in_words()
        } else {
            format!("Decision {} of the case", self.decision.ordinal)
        }
    }

    fn sentence(&self) -> String {
        if self.loaded.is_named() {
            self.version.sentence.clone()
        } else {
            // The sentence holds free text and names of people.
            format!(
                "{}. The sentence that was read back is not shown to you.",
                self.version.outcome.label()
            )
        }
    }

    fn actions(&self) -> Vec<ActionLine> {
        let named = self.loaded.is_named();
        let line = |action: &ActionItem| ActionLine {
            what: if named { action.text.clone() } else { "Not shown to you".to_owned() },
            owner: action.owner.as_ref().map(|(_, name)| name.clone()).unwrap_or_default(),
            due: action.due.map(display::date).unwrap_or_default(),
            state: match action.state {
                ActionState::Open => action.state.label().to_owned(),
                state => format!("{} {}", state.label(), self.deed(&action.changed)),
            },
            complete: self.may_complete(action).then(|| {
                let number = self.loaded.case.number.to_string();
                let path = paths::ActionCompletion { number, id: action.id.to_string() };
                FormView::new(
                    path.to_string(),
                    self.visitor.new_command_id(),
                    &FormInput::default(),
                )
            }),
        };
        self.actions.iter().map(line).collect()
    }

    fn may_complete(&self, action: &ActionItem) -> bool {
        let (actor, site) = (&self.visitor.actor, self.loaded.case.site);
        let owner = action.owner.as_ref().map(|(user, _)| *user);
        action.state == ActionState::Open
            && actor.may(Action::ActionComplete, site)
            && (owner == actor.user() || actor.roles_at(site).contains(&Role::Coordinator))
    }

    /// The latest first, each with what it changed.
    fn versions(&self, naming: &Naming<'_>) -> Vec<VersionRow> {
        let all = &self.decision.versions;
        let rows = all.iter().enumerate().map(|(index, version)| {
            let before = index.checked_sub(1).and_then(|index| all.get(index));
            let hash = version.hash.to_string();
            VersionRow {
                version: version.version.to_string(),
                href: self.address(version),
                state: Some(self.state(version)),
                changes: before.map_or_else(Vec::new, |before| {
                    naming.changes(&before.document, &version.document)
                }),
                reason: self.reason(version),
                by: version
                    .signatures
                    .iter()
                    .map(|signature| signature.signer.name.clone())
                    .collect::<Vec<_>>()
                    .join(", "),
                at: self.time(version.signed_at),
                hash: hash.chars().take(SHORT_HASH).collect(),
            }
        });
        let mut rows: Vec<VersionRow> = rows.collect();
        rows.reverse();
        rows
    }

    fn reason(&self, version: &SignedVersion) -> String {
        match &version.amendment {
            None => "First decision".to_owned(),
            Some(amendment) if self.loaded.is_named() => {
                format!("{}: {}", amendment.reason.label(), amendment.words)
            }
            Some(amendment) => amendment.reason.label().to_owned(),
        }
    }

    fn address(&self, version: &SignedVersion) -> String {
        let (ordinal, version) = (self.decision.ordinal, version.version);
        format!("{}/decisions/{ordinal}/{version}", self.loaded.href())
    }

    /// The protocol and the rule sets that advised.
    fn rules(&self) -> Vec<RuleBadge> {
        let Some(evaluation) = &self.evaluation else { return Vec::new() };
        let protocol = evaluation.compiled().protocol();
        let protocol = protocol_badge(&protocol.id, protocol.version);
        let advised = self.version.document.agreements.iter().filter_map(|row| {
            let result = evaluation.result(&row.advice.rule_set, None)?;
            Some(score_card::badge(result.rule_set()))
        });
        std::iter::once(protocol).chain(advised).collect()
    }

    fn rests_on(&self) -> Vec<Link> {
        let (href, ordinal) = (self.loaded.href(), self.version.document.basis.assessment_ordinal);
        vec![
            Link::new(format!("Assessment {ordinal}"), format!("{href}/assessments/{ordinal}")),
            Link::new("Evaluation", format!("{href}/evaluations/{ordinal}")),
        ]
    }
}
