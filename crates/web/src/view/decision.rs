//! Decision: recording it, reading it back, signing it; the signed record with its versions; amending,
//! voiding and discarding.

mod act;
mod form;
mod show;

pub use act::{ActKind, DecisionActPage};
pub use form::{
    ActionRow, AgreementRow, DecisionFormPage, DissentRow, FactsChanged, NoDecisionPage, OutcomeNeed, PlanRow, SignForm,
    Stage,
};
pub use show::{DecisionPage, PlanLine, Seal, SignedAgreement, VersionRow};
