//! Decision: recording it, reading it back, signing it; the signed record with its versions; amending,
//! voiding and discarding.

mod act;
mod fields;
mod form;
mod show;

pub use act::{ActKind, DecisionActPage};
pub use fields::{DecisionFields, FieldRow, Lists, OutcomeNeed, Rows};
pub use form::{
    AgreementRow, DecisionFormPage, EarlierAdvice, FactsChanged, NoDecisionPage, SignForm, Stage,
    StandingDraft,
};
pub use show::{ActionLine, DecisionPage, PlanLine, Seal, SignedAgreement, VersionRow, VoidNote};
