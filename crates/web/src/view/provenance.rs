//! Provenance of one decision: who decided it, on which facts, under which version of which rule, and
//! whether all of that still recomputes.

use askama::Template;

use super::form::FormView;
use super::parts::{Icon, Link, RuleBadge, Tone};
use super::patient::{PatientBanner, Tabs};
use super::shell::Shell;

mod samples;

/// `/audit/decisions/{id}/{v}`.
#[derive(Debug, Template)]
#[template(path = "audit/decision.html")]
pub struct ProvenancePage {
    /// Frame.
    pub shell: Shell,
    /// Who it is about: number, age, sex and no free text without a named-view grant.
    pub banner: PatientBanner,
    /// No tabs.
    pub tabs: Tabs,
    /// Case number of the crumbs.
    pub case_number: String,
    /// Other versions: `Version 2 replaced it on 17-Jun-2026`.
    pub other_versions: Vec<Link>,
    /// The answer first.
    pub verdict: Verdict,
    /// `/audit/decisions/{id}/{v}/bundle`; none for who may not export.
    pub bundle: Option<Link>,
    /// Recompute and verify again: posts to `/audit/log/verification`.
    pub verify: Option<FormView>,
    /// What was decided: label and words.
    pub decided: Vec<(String, String)>,
    /// `Assessment 3`
    pub assessment: Link,
    /// SHA-256 of the assessment, shortened.
    pub assessment_hash: String,
    /// Facts that a result rests on.
    pub facts: Vec<UsedFact>,
    /// `18 of 18 shown. None was missing.`
    pub facts_note: String,
    /// Protocol of the evaluation.
    pub protocol: RuleBadge,
    /// Its hash, shortened.
    pub protocol_hash: String,
    /// Rule sets that were applied.
    pub rules: Vec<AppliedRule>,
    /// Entries of the site's log about this decision.
    pub entries: Vec<LogEntry>,
    /// Who has seen it, the latest first.
    pub views: Vec<Viewing>,
    /// All of them, where more have seen it than are shown.
    pub all_views: Option<Link>,
    /// Checking without this program.
    pub offline: Offline,
    /// Newer rules: what they give on these facts; none while there are none.
    pub newer: Option<(String, Link)>,
}

/// Whether everything recomputes.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Everything holds.
    Holds {
        /// `Recomputed now: identical`
        heading: String,
        /// `16-Jun-2026 10:05, engine 1, 4 ms`
        at: String,
        /// Evaluation, signature, log, checkpoint.
        checks: Vec<Check>,
    },
    /// Something does not hold. The notice cannot be dismissed.
    Broken {
        /// `This decision does not recompute`
        heading: String,
        /// The first bad record by name: `Evaluation of assessment 3: stored hash 9c41…, recomputed 81d3…`.
        first: String,
        /// `16-Jun-2026 10:05, engine 1`
        at: String,
        /// Whom to tell, and what to quote.
        advice: String,
        /// What holds and what does not.
        checks: Vec<Check>,
    },
}

impl Verdict {
    fn checks(&self) -> &[Check] {
        match self {
            Self::Holds { checks, .. } | Self::Broken { checks, .. } => checks,
        }
    }
}

/// One of the four checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// `Evaluation`
    pub what: String,
    /// `Same bytes`
    pub answer: String,
    /// Whose, which, when.
    pub note: String,
    /// Ok or critical; plain while it waits.
    pub tone: Tone,
}

/// One fact that a result rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedFact {
    /// `ESCC, T10`
    pub fact: String,
    /// `2`
    pub value: String,
    /// `Report, observed 09-Jun-2026`
    pub came_from: String,
    /// `S. Bhatt, 09-Jun-2026 15:02`
    pub by: String,
    /// `Tokuhashi 3, Tomita 2`
    pub used_by: String,
}

/// One rule set that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedRule {
    /// Name, version, page.
    pub badge: RuleBadge,
    /// Level, for a rule set of a lesion; empty for the case.
    pub level: String,
    /// `9, band 9–11`
    pub result: String,
    /// Its hash, shortened.
    pub hash: String,
    /// `Active, active`
    pub status: String,
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// `4,812`; for one that waits for its seal `waiting`.
    pub number: String,
    /// `Decision signed`
    pub what: String,
    /// Leaf hash, shortened.
    pub leaf: String,
    /// This decision's own entry.
    pub current: bool,
    /// Ok, critical, or plain while it waits.
    pub tone: Tone,
}

impl LogEntry {
    fn icon(&self) -> Icon {
        match (self.tone, self.current) {
            (Tone::Crit, _) => Icon::Crit,
            (_, true) => Icon::Current,
            (Tone::Ok, false) => Icon::Ok,
            _ => Icon::Waiting,
        }
    }
}

/// One view of the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewing {
    /// Who.
    pub who: String,
    /// `Coordinator, Northfield`
    pub role: String,
    /// `16-Jun-2026 14:49`
    pub at: String,
    /// `Case overview`, `Own referral`.
    pub why: String,
}

/// How to check it elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offline {
    /// `spineboard audit verify NF-2026-0148.bundle --key …`
    pub command: String,
    /// Public key of the installation: `northfield+3f9a21c7+AdXk…`.
    pub key: String,
    /// `12 KB`; empty if not known before it is made.
    pub size: String,
}
