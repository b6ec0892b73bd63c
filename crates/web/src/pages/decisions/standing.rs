//! A draft that was read back, as it will be signed: nothing beside the signature can be changed unseen.

use mdt::coded::Coded;
use mdt::decision::{Agreement, DecisionDocument, DecisionState};
use mdt::display;
use rules::Evaluation;

use super::form::saved;
use super::lines::Naming;
use super::loaded::Loaded;
use crate::pages::case::advice;
use crate::view::decision::{SignedAgreement, StandingDraft};
use crate::view::{Link, RuleBadge, Tag, Tone};
use crate::visitor::Visitor;

/// The draft, once it was read back; only who sees names gets to see one.
pub(super) fn draft(visitor: &Visitor, loaded: &Loaded) -> Option<StandingDraft> {
    let draft = loaded.draft().filter(|draft| draft.state != DecisionState::Draft)?;
    let document = draft.document.as_ref()?;
    let sites = |site| visitor.sites.name(site);
    let naming = Naming { people: &loaded.names, sites: &sites, free_text: true };
    let same = loaded.evaluated() == Some(draft.evaluation);
    let evaluation = loaded.facts.evaluation.as_ref().filter(|_| same);
    let actions = document.content.actions.iter().map(|action| {
        let owner = action.owner.map(|user| loaded.name(user)).unwrap_or_default();
        let due = action.due.map(display::date).unwrap_or_default();
        [action.text.clone().unwrap_or_default(), owner, due]
    });
    Some(StandingDraft {
        changed: changed(visitor, loaded),
        agreements: agreements(document, evaluation, true),
        plan: naming.plan(&document.content),
        record: naming.record(document),
        actions: actions.collect(),
        change: loaded.may_record(visitor).then(|| {
            Link::new("Change the draft", format!("{}/decision?change=yes", loaded.href()))
        }),
    })
}

fn changed(visitor: &Visitor, loaded: &Loaded) -> Option<(String, Link)> {
    let current = loaded.facts.current.as_ref().filter(|_| !loaded.facts_stand())?;
    let words = format!("Assessment {}", current.ordinal);
    let href = format!("{}/assessments/{}", loaded.href(), current.ordinal);
    let saved = saved(visitor, loaded, current);
    let text = format!(
        "{words} was saved {saved}. It can be neither confirmed nor signed until it is recorded on them."
    );
    Some((text, Link::new(words, href)))
}

/// What each score advised, and whether the decision follows it. `evaluation` is the one that the
/// document rests on, where it can be made again.
pub(super) fn agreements(
    document: &DecisionDocument,
    evaluation: Option<&Evaluation>,
    free_text: bool,
) -> Vec<SignedAgreement> {
    let rows = document.agreements.iter();
    rows.map(|row| {
        let id = &row.advice.rule_set;
        let shown = evaluation.and_then(|one| advice(one, id));
        let words = row.words.clone().filter(|_| free_text);
        let reason: Vec<String> =
            row.reason.map(|reason| reason.label().to_owned()).into_iter().chain(words).collect();
        let plain = || RuleBadge {
            title: id.clone(),
            version: format!("v{}", row.advice.version),
            href: format!("/rules/{id}/{}", row.advice.version),
        };
        SignedAgreement {
            score: shown
                .as_ref()
                .map_or_else(|| id.clone(), |shown| format!("{} {}", shown.title, shown.result)),
            badge: shown.as_ref().map_or_else(plain, |shown| shown.badge.clone()),
            strategy: shown.map(|shown| shown.strategies.join(" ")).unwrap_or_default(),
            stated: stated(row.agreement),
            reason: reason.join(": "),
        }
    })
    .collect()
}

fn stated(agreement: Agreement) -> Tag {
    let label = agreement.label();
    match agreement {
        Agreement::Follows => Tag::new(Tone::Ok, label).with_icon(),
        Agreement::Partly | Agreement::Departs => Tag::new(Tone::Warn, label).with_icon(),
        Agreement::Undetermined | Agreement::NoRecommendationGiven | Agreement::NotCompared => {
            Tag::new(Tone::Plain, label)
        }
    }
}
