//! What events say of documents: the few kinds that name a document by its hash.

use mdt::event::{AuditEvent, DataValue, EventKind, Outcome, SubjectKind};
use rules::canonical::Hash;
use uuid::Uuid;

use super::super::reference;

/// An evaluation with what it was made from, each by its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Evaluated {
    pub(in super::super) evaluation: Hash,
    pub(in super::super) assessment: Hash,
    pub(in super::super) protocol: Hash,
}

/// What an event says of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Statement {
    /// An assessment was saved, and evaluated where the site has a protocol.
    Assessed { case: Uuid, id: Option<Uuid>, assessment: Hash, evaluated: Option<Evaluated> },
    /// An evaluation was made under a newer protocol.
    Evaluated { case: Uuid, evaluated: Evaluated },
    /// A version of a decision was signed.
    Signed {
        case: Uuid,
        id: Option<Uuid>,
        decision: Uuid,
        version: u32,
        document: Hash,
        evaluation: Hash,
    },
}

/// The kinds of events that name documents, as they are stored.
pub(in super::super) const KINDS: [EventKind; 3] =
    [EventKind::AssessmentSaved, EventKind::EvaluationMade, EventKind::DecisionSigned];

impl Statement {
    /// What the event says, if it is of a kind that names documents.
    ///
    /// # Errors
    /// When it is of such a kind and does not say what its kind has to say.
    pub(in super::super) fn of(event: &AuditEvent) -> Result<Option<Self>, String> {
        if !KINDS.contains(&event.kind) || event.outcome != Outcome::Done {
            return Ok(None);
        }
        let case = event.case.ok_or("it does not say which case it is about")?.uuid();
        let statement = match event.kind {
            EventKind::AssessmentSaved => assessed(event, case)?,
            EventKind::EvaluationMade => Self::Evaluated { case, evaluated: evaluated(event)? },
            _ => signed(event, case)?,
        };
        Ok(Some(statement))
    }

    /// The case that the documents belong to.
    pub(in super::super) const fn case(&self) -> Uuid {
        match self {
            Self::Assessed { case, .. }
            | Self::Evaluated { case, .. }
            | Self::Signed { case, .. } => *case,
        }
    }
}

fn assessed(event: &AuditEvent, case: Uuid) -> Result<Statement, String> {
    let assessment = hash(event, reference::ASSESSMENT)?;
    let subject = event.subject.as_ref().filter(|one| one.kind == SubjectKind::Assessment);
    let id = subject.and_then(|subject| subject.id.parse().ok());
    let evaluated =
        event.data.contains_key(reference::EVALUATION).then(|| evaluated(event)).transpose()?;
    Ok(Statement::Assessed { case, id, assessment, evaluated })
}

fn evaluated(event: &AuditEvent) -> Result<Evaluated, String> {
    Ok(Evaluated {
        evaluation: hash(event, reference::EVALUATION)?,
        assessment: hash(event, reference::ASSESSMENT)?,
        protocol: hash(event, reference::PROTOCOL)?,
    })
}

fn signed(event: &AuditEvent, case: Uuid) -> Result<Statement, String> {
    let subject = event.subject.as_ref().filter(|one| one.kind == SubjectKind::Decision);
    let decision = subject.and_then(|subject| subject.id.parse().ok());
    let decision = decision.ok_or("it does not say which decision was signed")?;
    let version = subject.and_then(|subject| subject.version);
    let version = version.ok_or("it does not say which version of the decision was signed")?;
    let document = hash(event, reference::DECISION)?;
    let evaluation = hash(event, reference::EVALUATION)?;
    let id = match event.data.get("decision_version") {
        Some(DataValue::Text(id)) => id.parse().ok(),
        _ => None,
    };
    Ok(Statement::Signed { case, id, decision, version, document, evaluation })
}

fn hash(event: &AuditEvent, key: &str) -> Result<Hash, String> {
    let Some(DataValue::Text(text)) = event.data.get(key) else {
        return Err(format!("its data has no `{key}`"));
    };
    text.parse().map_err(|_| format!("the `{key}` of its data is no hash"))
}
