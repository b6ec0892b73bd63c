//! Where a signed version stands: in force, replaced or voided, its place in the log, and what the visitor
//! may do from here.

use mdt::coded::Coded;
use mdt::permission::Action;
use mdt::role::Duty;
use store::decisions::read::SignedVersion;

use super::Record;
use crate::paths;
use crate::view::decision::{Seal, VoidNote};
use crate::view::{Link, Tag, Tone};

impl Record<'_> {
    pub(super) fn is_latest(&self, version: &SignedVersion) -> bool {
        self.decision.versions.last().is_some_and(|last| last.version == version.version)
    }

    pub(super) fn state(&self, version: &SignedVersion) -> Tag {
        if self.decision.is_voided() {
            Tag::new(Tone::Crit, "Voided").with_icon()
        } else if self.is_latest(version) {
            Tag::new(Tone::Ok, "In force").with_icon()
        } else {
            Tag::new(Tone::Info, format!("Replaced by version {}", version.version + 1)).with_icon()
        }
    }

    pub(super) fn signed(&self, version: &SignedVersion) -> String {
        let signatures = version.signatures.iter().map(|signature| {
            let meaning = signature.meaning.label().to_lowercase();
            format!("{}, {meaning}, {}", signature.signer.name, self.time(signature.signer.at))
        });
        signatures.collect::<Vec<_>>().join("; ")
    }

    pub(super) fn seal(&self) -> Seal {
        match &self.sealed {
            Some(sealed) => Seal::Sealed {
                text: format!(
                    "Entry {} of {}, checkpoint {}, {}",
                    sealed.index,
                    sealed.size,
                    sealed.checkpoint,
                    self.time(sealed.sealed_at)
                ),
            },
            None => Seal::Waiting,
        }
    }

    /// What the visitor may do from here.
    pub(super) fn links(&self) -> Vec<Link> {
        let (loaded, visitor) = (self.loaded, self.visitor);
        let may = |action| visitor.actor.may(action, loaded.case.site);
        let href = format!("{}/decision", loaded.href());
        let mut links = Vec::new();
        if may(Action::HistoryRead) {
            let path = paths::AuditDecision {
                id: self.decision.id.to_string(),
                version: self.version.version.to_string(),
            };
            links.push(Link::new("Provenance", path.to_string()));
        }
        let latest = loaded.decisions.latest_signed().map(|(decision, _)| decision.id);
        let current = latest == Some(self.decision.id)
            && self.is_latest(self.version)
            && !self.decision.is_voided()
            && loaded.case.open;
        let free = current && loaded.draft().is_none();
        if free && may(Action::DecisionAmend) && loaded.on_duty(visitor, &[Duty::Chair]) {
            links.push(Link::new("Amend", format!("{href}/amendment")));
        }
        if free && may(Action::DecisionVoid) {
            links.push(Link::new("Void", format!("{href}/void")));
        }
        if loaded.draft().is_some() && loaded.is_named() {
            links.push(Link::new("Open the draft", href));
        }
        links
    }

    pub(super) fn void_note(&self) -> Option<VoidNote> {
        let first = self.decision.void.first()?;
        let reason = first.reason.label().to_lowercase();
        let Some(second) = self.decision.void.get(1) else {
            let asked = self.time(first.by.at);
            let other = self.visitor.actor.user() != Some(first.by.user);
            let may = self.visitor.actor.may(Action::DecisionVoid, self.loaded.case.site);
            let address = format!("{}/decision/void", self.loaded.href());
            return Some(VoidNote {
                text: format!(
                    "{} has asked to void this decision, {asked}: {reason}.",
                    first.by.name
                ),
                agree: (other && may).then(|| Link::new("Agree", address)),
                withdraw: None,
            });
        };
        let (at, one, two) = (self.time(second.by.at), &first.by.name, &second.by.name);
        Some(VoidNote {
            text: format!("Voided {at} by {one} and {two}: {reason}."),
            agree: None,
            withdraw: None,
        })
    }
}
