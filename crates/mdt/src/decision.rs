//! A decision: what it says ([`Content`], [`Agreement`]), whether it is complete ([`check`]), how it is
//! drafted in a form ([`form`]), read back in words ([`read_back`]), moved from draft to signed
//! ([`state`]) and what exactly is signed ([`DecisionDocument`]).
//!
//! The codes are workflow codes, never re-used; a code that is retired stays readable.

mod agreement;
mod check;
mod codes;
mod content;
mod document;
pub mod form;
mod modality;
pub mod read_back;
pub mod state;
mod unmarked;

pub use agreement::{
    Advice, Agreement, AgreementRow, DepartReason, StatedAgreement, WORDS_OF_OTHER_MIN,
};
pub use check::{CheckContext, Problem, check};
pub use codes::{
    Acceptance, AmendReason, DeferralReason, DissentPosition, NoRecommendationReason, OutcomeKind,
    SignatureMeaning, SignatureMethod, StruckOffReason, VoidReason,
};
pub use content::{
    ActionRow, Content, DecisionDraft, Deferral, DissentRow, Investigation, PlanRow, ReferOn,
    Sequence, SequenceRelation, StandardOfCare, Watch,
};
pub use document::{
    Amendment, Basis, DecisionDocument, DocumentError, FactsAccepted, Heading, Supersedes,
};
pub use modality::{Goal, Intent, Modality, ModalityGroup, Priority};
pub use state::{DecisionError, DecisionState};
pub use unmarked::{unmarked_in_words, unmarked_levels};

#[cfg(test)]
mod samples;
