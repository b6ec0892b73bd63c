//! The registry of ids: one distinct type for each kind of thing, all of them UUID v7.
//!
//! Ids are made by [`crate::chance::Sources::new_id`] or arrive with a command; nothing here makes one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is no UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id")]
pub struct IdError {
    /// The text that was given.
    pub text: String,
}

macro_rules! ids {
    ($( $(#[$meta:meta])* $name:ident; )+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The UUID behind the id.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|_| IdError { text: text.to_owned() })
            }
        }
    )+};
}

ids! {
    /// One open item of work that a decision set.
    ActionId;
    /// One presentation of a case at one meeting.
    AgendaItemId;
    /// One immutable set of facts.
    AssessmentId;
    /// One spinal-metastasis episode.
    CaseId;
    /// One sending of one form; the same id never has two effects.
    CommandId;
    /// What one presentation decided, all its versions together.
    DecisionId;
    /// One version of a decision.
    DecisionVersionId;
    /// One unfinished form of one user.
    DraftId;
    /// One assessment under one protocol version and engine.
    EvaluationId;
    /// One audit event.
    EventId;
    /// One vertebral level of a case.
    LesionId;
    /// One sitting.
    MeetingId;
    /// The recurring meeting that sittings belong to.
    MeetingSeriesId;
    /// One user's role at one site.
    MembershipId;
    /// A person as one site knows them.
    PatientId;
    /// One pinned list of rule-set versions.
    ProtocolVersionId;
    /// One request to a meeting.
    ReferralId;
    /// One HTTP request, as the logs and the audit events name it.
    RequestId;
    /// One version of a rule set.
    RuleSetVersionId;
    /// One signed-in session.
    SessionId;
    /// One hospital, or the installation itself.
    SiteId;
    /// One person with a sign-in.
    UserId;
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0197a1b2-c3d4-7e5f-8a6b-0123456789ab";

    #[test]
    fn an_id_reads_back_what_it_shows() {
        let id: CaseId = TEXT.parse().unwrap();
        assert_eq!(id.to_string(), TEXT);
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{TEXT}\""));
        assert_eq!(serde_json::from_str::<CaseId>(&format!("\"{TEXT}\"")).unwrap(), id);
    }

    #[test]
    fn a_text_that_is_no_uuid_is_refused_by_name() {
        let error = "NF-2026-0148".parse::<CaseId>().unwrap_err();
        assert_eq!(error.to_string(), "`NF-2026-0148` is not an id");
    }
}
