//! The lists that a decision chooses from.

use mdt::coded::Coded;
use mdt::decision::{
    Acceptance, Agreement, DeferralReason, DepartReason, DissentPosition, Goal, Intent, Modality,
    NoRecommendationReason, OutcomeKind, Priority, SequenceRelation, StruckOffReason,
};
use mdt::display;
use mdt::role::Role;

use super::loaded::Loaded;
use crate::error::WebError;
use crate::state::App;
use crate::view::Choice;
use crate::view::decision::Lists;
use crate::visitor::Visitor;

/// All values of a closed list, in its order.
pub(super) fn all<T: Coded>() -> Vec<Choice> {
    T::all().iter().map(|value| Choice::new(value.code(), value.label())).collect()
}

/// What can be stated about a score.
pub(super) fn agreements() -> Vec<Choice> {
    all::<Agreement>()
}

/// Why a decision departs from a score.
pub(super) fn depart_reasons() -> Vec<Choice> {
    all::<DepartReason>()
}

/// Every list of the form.
pub(super) async fn lists(
    app: &App,
    visitor: &Visitor,
    loaded: &Loaded,
) -> Result<Lists, WebError> {
    let (clinicians, owners) = people(app, visitor, loaded).await?;
    let sites = visitor.sites.0.iter();
    Ok(Lists {
        outcomes: all::<OutcomeKind>(),
        modalities: all::<Modality>(),
        intents: all::<Intent>(),
        goals: all::<Goal>(),
        priorities: all::<Priority>(),
        relations: all::<SequenceRelation>(),
        clinicians,
        owners,
        sites: sites.map(|site| Choice::new(site.id.to_string(), site.name.clone())).collect(),
        positions: all::<DissentPosition>(),
        acceptances: all::<Acceptance>(),
        defer_reasons: all::<DeferralReason>(),
        no_recommendation_reasons: all::<NoRecommendationReason>(),
        struck_off_reasons: all::<StruckOffReason>(),
        earlier_decisions: earlier(visitor, loaded),
    })
}

/// Clinicians, and everybody who treats; those of the owning site first, others with their site.
async fn people(
    app: &App,
    visitor: &Visitor,
    loaded: &Loaded,
) -> Result<(Vec<Choice>, Vec<Choice>), WebError> {
    let (mut clinicians, mut owners): (Vec<Choice>, Vec<Choice>) = (Vec::new(), Vec::new());
    let own = loaded.case.site;
    let others = visitor.sites.0.iter().map(|site| site.id).filter(|site| *site != own);
    for site in std::iter::once(own).chain(others) {
        for (user, name, roles) in app.store.members_of(site).await? {
            let value = user.to_string();
            if owners.iter().any(|choice| choice.value == value) {
                continue;
            }
            let label =
                if site == own { name } else { format!("{name}, {}", visitor.sites.name(site)) };
            let has = |wanted: &[Role]| wanted.iter().any(|role| roles.contains(role));
            if has(&[Role::Clinician, Role::Chair]) {
                clinicians.push(Choice::new(value.clone(), label.clone()));
            }
            if has(&[Role::Coordinator, Role::Clinician, Role::Chair]) {
                owners.push(Choice::new(value, label));
            }
        }
    }
    Ok((clinicians, owners))
}

/// The decisions that the present one could confirm.
fn earlier(visitor: &Visitor, loaded: &Loaded) -> Vec<Choice> {
    let zone = loaded.zone(visitor);
    let open = loaded.decisions.open().map(|(decision, _)| decision.id);
    loaded
        .decisions
        .in_force()
        .filter(|(decision, _)| Some(decision.id) != open)
        .map(|(decision, version)| {
            let day = display::date(display::day_of(version.signed_at, zone));
            let words = format!("{day}: {}", version.outcome.label());
            Choice::new(decision.id.to_string(), words)
        })
        .collect()
}
