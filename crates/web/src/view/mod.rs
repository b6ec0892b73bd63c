//! What the pages show: one struct a page, holding exactly what its template prints, already formatted.
//!
//! Nothing here knows the other crates, the database or HTTP: a handler fills a struct with plain strings,
//! small enums and links, and renders it. Every page implements [`Page`], whose samples feed a test of the
//! HTML and the gallery. Start with [`Shell`], which every page carries, then [`form`] for pages that post.

use askama::Template;

pub mod about;
pub mod admin;
pub mod assessment;
pub mod audit_log;
pub mod case;
pub mod cases;
pub mod conflict;
pub mod decision;
pub mod errors;
pub mod evaluation;
pub mod fact;
pub mod form;
pub mod history;
pub mod lesion;
pub mod me;
pub mod meetings;
pub mod parts;
pub mod patient;
pub mod patients;
pub mod protocol;
pub mod provenance;
pub mod referral;
pub mod referral_new;
pub mod referrals;
pub mod rule;
pub mod rule_list;
pub mod score;
pub mod shell;
pub mod sign_in;
pub mod signed_decisions;
pub mod spine;
pub mod worklist;

pub use form::{Choice, Control, ErrorSummary, FieldView, FormInput, FormView, Problem};
pub use parts::{Empty, Flash, Icon, Link, Pager, RuleBadge, SortDirection, SortHead, Tag, Tone};
pub use patient::{CaseTab, PatientBanner, Referred, Tab, Tabs};
pub use shell::{Footnote, Section, Shell, SignedIn, TextSize, Theme};

#[cfg(test)]
mod gallery;

/// A page: a template, with samples of what it may have to show.
pub trait Page: Template + Sized {
    /// Samples with short names: empty, typical, full, and text that tries to break the page.
    fn samples() -> Vec<(&'static str, Self)>;
}

/// Text that a page must escape, used by the samples.
pub const HOSTILE: &str = "<script>alert('x')</script> \"quoted\" & 'single' <b>bold</b>";

/// A name long enough to break a careless layout, used by the samples.
pub const LONG_NAME: &str = "FEATHERSTONEHAUGH-WOLFESCHLEGELSTEINHAUSENBERGERDORFF, Anastasia-Wilhelmina Bartholomea Konstantinopolitana";
