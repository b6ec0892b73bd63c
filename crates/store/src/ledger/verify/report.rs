//! What a verification found, for a person and, as JSON, for a script.

use chrono::{DateTime, Utc};
use rules::canonical::Hash;
use serde::Serialize;
use uuid::Uuid;

use super::super::bundle::{Header, Kind, Record, Scope};

/// At most so many problems are listed; all of them are counted.
const MOST_PROBLEMS: usize = 200;

/// Something that a verification checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Each line can be read, is in its place, and follows from the one before.
    Lines,
    /// The numbers of records are those that the header promises.
    Counts,
    /// Each document has the hash that its record states.
    Documents,
    /// Each protocol pins rule sets of the bundle, and each rule set is pinned.
    RuleSets,
    /// Each evaluation is what its protocol makes of its assessment, byte for byte.
    Evaluations,
    /// Each decision is in an event of the log that says it was signed.
    Decisions,
    /// Each event has the leaf hash that its record states, and is of the site.
    Events,
    /// What an event names by its hash is in the bundle, and the other way round.
    References,
    /// What was disclosed is what its event commits to.
    Payloads,
    /// The entries have no gap, or each has a proof of its place.
    Entries,
    /// Each checkpoint is signed and has the root of its entries.
    Checkpoints,
    /// Each checkpoint is a beginning of the next.
    Consistency,
    /// The bundle as a whole is signed.
    Signature,
    /// The key or the checkpoint that the reader trusts fits.
    Trust,
}

impl Check {
    /// All checks, in the order of the report.
    pub const ALL: [Self; 14] = [
        Self::Lines,
        Self::Counts,
        Self::Documents,
        Self::RuleSets,
        Self::Evaluations,
        Self::Decisions,
        Self::Events,
        Self::References,
        Self::Payloads,
        Self::Entries,
        Self::Checkpoints,
        Self::Consistency,
        Self::Signature,
        Self::Trust,
    ];

    /// What it checks, in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Lines => "every line is whole, in its place and unchanged",
            Self::Counts => "the numbers of records are those of the header",
            Self::Documents => "every document has the hash that its record states",
            Self::RuleSets => "every protocol pins the rule sets of the bundle",
            Self::Evaluations => "every evaluation comes out the same again",
            Self::Decisions => "every decision is signed in the log",
            Self::Events => "every event has the leaf hash that its record states",
            Self::References => "events and documents name each other",
            Self::Payloads => "what was disclosed is what its event commits to",
            Self::Entries => "every event has its place in the log",
            Self::Checkpoints => "every checkpoint is signed and has the root of its entries",
            Self::Consistency => "every checkpoint is a beginning of the next",
            Self::Signature => "the bundle is signed as a whole",
            Self::Trust => "the key or checkpoint that you trust fits",
        }
    }
}

/// How one check came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckResult {
    /// What was checked.
    pub check: Check,
    /// The same in words.
    pub label: &'static str,
    /// How many things were checked.
    pub checked: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Whether none failed.
    pub ok: bool,
}

/// A record that does not hold, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line of the bundle, from 1.
    pub line: u64,
    /// The kind of the record; none when the line cannot be read.
    pub kind: Option<Kind>,
    /// Its id or number, as far as it has one.
    pub id: String,
    /// The check that failed.
    pub check: Check,
    /// What is wrong, in plain words.
    pub problem: String,
}

/// What is known of the signature of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureState {
    /// A sealed event of the log says that these very bytes were signed.
    Valid,
    /// An event says so, and waits for its seal.
    Waiting,
    /// No event says so.
    Invalid,
}

/// What was found of one signed version of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DecisionReport {
    /// The id of the version.
    pub id: Uuid,
    /// The decision.
    pub decision: Uuid,
    /// The number of the version.
    pub version: u32,
    /// The hash of the document.
    pub hash: Hash,
    /// Whether the log says that it was signed.
    pub signature: SignatureState,
    /// The event that says so.
    pub event: Option<Uuid>,
    /// The entry of that event.
    pub entry: Option<u64>,
    /// Whether the evaluation it was taken on came out the same again.
    pub recomputed: bool,
}

/// The last checkpoint of the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastCheckpoint {
    /// Its number.
    pub number: u64,
    /// How many entries it covers.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// On what the answer rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustLevel {
    /// On nothing from outside: the bundle is consistent in itself, or is not.
    Itself,
    /// On the key that the reader brought.
    Key,
    /// On the checkpoint that the reader brought.
    Checkpoint,
    /// On both.
    KeyAndCheckpoint,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether everything holds.
    pub ok: bool,
    /// The answer in one sentence.
    pub verdict: String,
    /// On what the answer rests.
    pub trust: TrustLevel,
    /// Whether the bundle is signed as a whole; names of staff are vouched for only then.
    pub signed: bool,
    /// What the bundle is about.
    pub scope: Option<Scope>,
    /// The name of the log.
    pub origin: Option<String>,
    /// The key that the log is said to be signed with.
    pub key: Option<String>,
    /// When the bundle was written.
    pub exported_at: Option<DateTime<Utc>>,
    /// How many lines were read.
    pub lines: u64,
    /// How many events have their place in the log.
    pub entries: u64,
    /// How many events wait for their seal.
    pub waiting: u64,
    /// How many checkpoints the bundle has.
    pub checkpoints: u64,
    /// The last checkpoint.
    pub checkpoint: Option<LastCheckpoint>,
    /// How each check came out.
    pub checks: Vec<CheckResult>,
    /// The first record that does not hold.
    pub first_bad: Option<Problem>,
    /// The problems by line, the first of them if there are very many.
    pub problems: Vec<Problem>,
    /// How many problems there are.
    pub problem_count: u64,
    /// The decisions of the bundle.
    pub decisions: Vec<DecisionReport>,
}

impl Report {
    /// Whether everything holds.
    pub const fn is_ok(&self) -> bool {
        self.ok
    }
}

/// Which record is being checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct At {
    pub(super) line: u64,
    pub(super) kind: Option<Kind>,
    pub(super) id: String,
}

impl At {
    pub(super) fn of(line: u64, record: &Record) -> Self {
        Self { line, kind: Some(record.kind()), id: record.id() }
    }

    pub(super) fn new(line: u64, kind: Kind, id: &(impl ToString + ?Sized)) -> Self {
        Self { line, kind: Some(kind), id: id.to_string() }
    }

    pub(super) const fn unreadable(line: u64) -> Self {
        Self { line, kind: None, id: String::new() }
    }
}

/// Collects the outcome of checks as they are made.
#[derive(Debug, Default)]
pub(super) struct Findings {
    counts: [(u64, u64); Check::ALL.len()],
    problems: Vec<Problem>,
    problem_count: u64,
    first: Option<Problem>,
    broken: Option<Problem>,
    beside: Option<Problem>,
    aside: Option<Problem>,
}

impl Findings {
    /// Counts a check of the record and keeps its problem, if it has one; whether it holds.
    pub(super) fn check(&mut self, check: Check, at: &At, result: Result<(), String>) -> bool {
        let problem = self.count(check, at, result);
        let holds = problem.is_none();
        if let Some(problem) = problem {
            self.keep(problem);
        }
        holds
    }

    /// As [`Findings::check`], for what mostly follows from another problem: it is named first only
    /// when there is no other.
    pub(super) fn check_aside(&mut self, check: Check, at: &At, result: Result<(), String>) {
        let Some(problem) = self.count(check, at, result) else { return };
        self.aside.get_or_insert_with(|| problem.clone());
        self.list(problem);
    }

    fn count(&mut self, check: Check, at: &At, result: Result<(), String>) -> Option<Problem> {
        let place = Check::ALL.iter().position(|one| *one == check);
        let count = place.and_then(|place| self.counts.get_mut(place));
        if let Some((checked, failed)) = count {
            *checked += 1;
            *failed += u64::from(result.is_err());
        }
        let problem = result.err()?;
        let At { line, kind, id } = at.clone();
        Some(Problem { line, kind, id, check, problem })
    }

    fn keep(&mut self, problem: Problem) {
        let earlier =
            |than: &Option<Problem>| than.as_ref().is_none_or(|one| problem.line < one.line);
        if problem.check == Check::Lines && earlier(&self.broken) {
            self.broken = Some(problem.clone());
            self.beside = None;
        } else if self.broken.as_ref().is_some_and(|broken| broken.line == problem.line) {
            self.beside.get_or_insert_with(|| problem.clone());
        }
        if earlier(&self.first) {
            self.first = Some(problem.clone());
        }
        self.list(problem);
    }

    fn list(&mut self, problem: Problem) {
        self.problem_count += 1;
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// The record to name: where the file was damaged, if it was, for other problems follow from
    /// that, before it as well as after it; and what is wrong with that record more closely, if
    /// that is known.
    fn first(&mut self) -> Option<Problem> {
        let named = self.beside.take().or(self.broken.take()).or(self.first.take());
        named.or(self.aside.take())
    }

    /// The report over what was found.
    pub(super) fn into_report(mut self, header: Option<&Header>, facts: Facts) -> Report {
        self.problems.sort_by_key(|problem| problem.line);
        let first = self.first();
        let counts = Check::ALL.into_iter().zip(self.counts);
        let checks = counts.map(|(check, (checked, failed))| CheckResult {
            check,
            label: check.label(),
            checked,
            failed,
            ok: failed == 0,
        });
        Report {
            ok: self.problem_count == 0,
            verdict: verdict(facts.trust, first.as_ref()),
            trust: facts.trust,
            signed: facts.signed,
            scope: header.map(|header| header.scope.clone()),
            origin: header.map(|header| header.origin.clone()),
            key: header.map(|header| header.key.clone()),
            exported_at: header.map(|header| header.exported_at),
            lines: facts.lines,
            entries: facts.entries,
            waiting: facts.waiting,
            checkpoints: facts.checkpoints,
            checkpoint: facts.checkpoint,
            checks: checks.collect(),
            first_bad: first,
            problems: self.problems,
            problem_count: self.problem_count,
            decisions: facts.decisions,
        }
    }
}

/// What a report states besides the findings.
pub(super) struct Facts {
    pub(super) trust: TrustLevel,
    pub(super) signed: bool,
    pub(super) lines: u64,
    pub(super) entries: u64,
    pub(super) waiting: u64,
    pub(super) checkpoints: u64,
    pub(super) checkpoint: Option<LastCheckpoint>,
    pub(super) decisions: Vec<DecisionReport>,
}

fn verdict(trust: TrustLevel, first: Option<&Problem>) -> String {
    if let Some(first) = first {
        let kind = first.kind.map_or("unreadable record", Kind::word);
        let name = if first.id.is_empty() { String::new() } else { format!(" ({})", first.id) };
        return format!("does not verify: line {}, {kind}{name}: {}", first.line, first.problem);
    }
    match trust {
        TrustLevel::Itself => "consistent in itself; nothing from outside says that this is the \
                               log it claims to be"
            .to_owned(),
        TrustLevel::Key => "verifies under the key you trust".to_owned(),
        TrustLevel::Checkpoint => "verifies under the checkpoint you trust".to_owned(),
        TrustLevel::KeyAndCheckpoint => {
            "verifies under the key and checkpoint you trust".to_owned()
        }
    }
}
