//! What an act on a decision is about: the words of its page.

use mdt::coded::Coded;
use mdt::decision::{AmendReason, VoidReason};
use mdt::display;

use super::lists::all;
use super::loaded::Loaded;
use crate::error::WebError;
use crate::view::Choice;
use crate::view::decision::ActKind;
use crate::visitor::Visitor;

/// What an act is about.
pub(super) struct About {
    pub(super) path: &'static str,
    pub(super) title: &'static str,
    pub(super) sentence: String,
    pub(super) consequences: Vec<String>,
    pub(super) standing: Option<String>,
    pub(super) base: String,
    pub(super) reasons: Vec<Choice>,
}

impl About {
    pub(super) fn of(loaded: &Loaded, visitor: &Visitor, kind: ActKind) -> Result<Self, WebError> {
        match kind {
            ActKind::Amend => Self::amend(loaded),
            ActKind::Void => Self::void(loaded, visitor),
            ActKind::Discard => Self::discard(loaded),
        }
    }

    fn amend(loaded: &Loaded) -> Result<Self, WebError> {
        let (_, signed) = loaded.decisions.latest_signed().ok_or_else(nothing_signed)?;
        let (version, next) = (signed.version, signed.version + 1);
        Ok(Self {
            path: "amendment",
            title: "Amend a decision",
            sentence: signed.sentence.clone(),
            consequences: vec![
                format!("A draft of version {next} begins, with what version {version} says."),
                format!(
                    "Version {version} holds until version {next} is read back, confirmed and signed."
                ),
                "Everybody who can read the case sees both versions.".to_owned(),
            ],
            standing: None,
            base: version.to_string(),
            reasons: all::<AmendReason>(),
        })
    }

    fn void(loaded: &Loaded, visitor: &Visitor) -> Result<Self, WebError> {
        let (decision, signed) = loaded.decisions.latest_signed().ok_or_else(nothing_signed)?;
        let zone = loaded.zone(visitor);
        let standing = match decision.void.as_slice() {
            [] => None,
            [first] => Some(format!(
                "Asked for by {}, {}: {}. A second person must agree.",
                first.by.name,
                display::date_time(first.by.at, zone),
                first.reason.label().to_lowercase(),
            )),
            _ => return Err(WebError::Refused("The decision is voided already.".to_owned())),
        };
        let first =
            "Nothing changes yet: a second person must agree, and one of the two is a chair.";
        let second =
            "The decision is voided: it stays readable, marked as void, and this cannot be undone.";
        Ok(Self {
            path: "void",
            title: "Void a decision",
            sentence: signed.sentence.clone(),
            consequences: vec![
                if standing.is_some() { second } else { first }.to_owned(),
                "Voiding is for an entry about the wrong patient, or a test. A change of mind is an amendment."
                    .to_owned(),
            ],
            standing,
            base: signed.version.to_string(),
            reasons: all::<VoidReason>(),
        })
    }

    fn discard(loaded: &Loaded) -> Result<Self, WebError> {
        let draft = loaded
            .draft()
            .ok_or_else(|| WebError::Refused("There is no draft to discard.".to_owned()))?;
        let outcome = draft.document.as_ref().and_then(|document| document.content.outcome_kind);
        let sentence = match outcome {
            Some(outcome) => format!("Draft of version {}: {}.", draft.version, outcome.label()),
            None => format!("Draft of version {}, not complete.", draft.version),
        };
        let then = if draft.version > 1 {
            format!("Version {} stays in force.", draft.version - 1)
        } else {
            "The case stays on the agenda, without an outcome.".to_owned()
        };
        Ok(Self {
            path: "discard",
            title: "Discard a draft",
            sentence,
            consequences: vec![
                "The draft goes. Nothing was signed, so no record is lost.".to_owned(),
                then,
                "The log keeps that a draft was discarded, and why.".to_owned(),
            ],
            standing: None,
            base: draft.row_version.to_string(),
            reasons: Vec::new(),
        })
    }
}

fn nothing_signed() -> WebError {
    WebError::Refused("The case has no signed decision.".to_owned())
}
