//! Checking a bundle without the database: the same for a file that somebody was sent and for the
//! database in force, which is exported into memory first.

mod documents;
mod log;
mod report;
pub(super) mod statements;

#[cfg(test)]
pub(super) mod tests;

use std::io::{self, BufRead};

use rules::canonical::Hash;

use self::documents::Documents;
use self::log::Log;
use self::report::{At, Facts, Findings};
use super::bundle::{
    BundleReader, Counts, End, FORMAT, Header, Kind, ReadLine, Record, ScopeKind, signed_text,
};
use super::note::{SignedNote, VerifierKey};

pub use self::documents::Recompute;
pub use self::report::{
    Check, CheckResult, DecisionReport, LastCheckpoint, Problem, Report, SignatureState, TrustLevel,
};

/// What the reader brings from elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The key that the log must be signed with. The bundle as a whole must then be signed too.
    pub key: Option<VerifierKey>,
    /// A checkpoint of the log, as it was printed or published: what the log held then, it must
    /// hold still.
    pub checkpoint: Option<String>,
    /// Whether the bundle was taken just now from the database in force: then events may still
    /// wait for their seal, and nobody has to sign the end.
    pub live: bool,
}

/// Checks a bundle.
///
/// # Errors
/// Only when it cannot be read at all; whatever the bundle holds is told in the report.
pub fn verify(
    bundle: impl BufRead,
    trust: &Trust,
    recompute: &dyn Recompute,
) -> io::Result<Report> {
    let mut reader = BundleReader::new(bundle);
    let mut verifier = Verifier::new(trust, recompute);
    while let Some(line) = reader.next_line()? {
        verifier.line(line);
    }
    Ok(verifier.finish())
}

struct Verifier<'a> {
    trust: &'a Trust,
    recompute: &'a dyn Recompute,
    found: Findings,
    documents: Documents,
    log: Log,
    header: Option<Header>,
    key: Option<VerifierKey>,
    counts: Counts,
    lines: u64,
    last: Kind,
    end: Option<At>,
    signed: bool,
}

impl<'a> Verifier<'a> {
    fn new(trust: &'a Trust, recompute: &'a dyn Recompute) -> Self {
        Self {
            trust,
            recompute,
            found: Findings::default(),
            documents: Documents::default(),
            log: Log::default(),
            header: None,
            key: None,
            counts: Counts::default(),
            lines: 0,
            last: Kind::Header,
            end: None,
            signed: false,
        }
    }

    fn line(&mut self, line: ReadLine) {
        self.lines = line.number;
        let record = match line.record {
            Ok(ref record) => record,
            Err(problem) => {
                let at = At::unreadable(line.number);
                self.found.check(Check::Lines, &at, Err(problem.to_string()));
                return;
            }
        };
        let at = At::of(line.number, record);
        let follows = if line.follows {
            Ok(())
        } else {
            let problem = "it was changed, or a line before it was removed, added or moved";
            Err(format!("the line does not follow from the one before: {problem}"))
        };
        self.found.check(Check::Lines, &at, follows);
        let order = self.order(line.number, record.kind());
        self.found.check(Check::Lines, &at, order);
        self.counts.add(record.kind());
        self.record(at, line);
    }

    fn order(&mut self, number: u64, kind: Kind) -> Result<(), String> {
        if self.end.is_some() {
            return Err("it stands after the end of the bundle".to_owned());
        }
        if (number == 1) != (kind == Kind::Header) {
            return Err("a bundle begins with its header, and has only one".to_owned());
        }
        let before = self.last;
        self.last = kind.max(before);
        if kind < before {
            return Err(format!("it stands after a record of kind {before}"));
        }
        Ok(())
    }

    fn record(&mut self, at: At, line: ReadLine) {
        let Ok(record) = line.record else { return };
        let found = &mut self.found;
        match (record, &self.header) {
            (Record::Header(header), None) => self.begin(&at, header),
            (Record::RuleSet(record), _) => self.documents.rule_set(at, record, found),
            (Record::Protocol(record), _) => self.documents.protocol(at, record, found),
            (Record::Assessment(record), _) => self.documents.assessment(&at, record, found),
            (Record::Evaluation(record), _) => {
                self.documents.evaluation(&at, &record, self.recompute, found);
            }
            (Record::DecisionVersion(record), _) => self.documents.decision(&at, record, found),
            (Record::Event(record), Some(header)) => self.log.event(&at, &record, header, found),
            (Record::Payload(record), _) => self.log.payload(&at, &record, found),
            (Record::Leaf(record), Some(header)) => self.log.leaf(&at, &record, header, found),
            (Record::Inclusion(record), Some(header)) => {
                self.log.inclusion(at, record, header, found);
            }
            (Record::Checkpoint(record), Some(header)) => {
                self.log.checkpoint(&at, &record, header, self.key.as_ref(), found);
            }
            (Record::End(end), _) => self.end(at, &end, line.before.as_ref()),
            // A second header, or a record that means nothing without one: said by the order.
            (_, _) => {}
        }
    }

    fn begin(&mut self, at: &At, header: Header) {
        let format = if header.format == FORMAT {
            Ok(())
        } else {
            Err(format!("this program reads bundles of format {FORMAT}, this is {}", header.format))
        };
        self.found.check(Check::Lines, at, format);
        let key = header.key.parse::<VerifierKey>().map_err(|why| format!("its key: {why}"));
        let key = key.and_then(|key| {
            if key.name() == header.origin {
                Ok(key)
            } else {
                Err(format!("its key is for {}, its log is {}", key.name(), header.origin))
            }
        });
        match key {
            Ok(key) => self.key = Some(key),
            Err(problem) => {
                self.found.check(Check::Checkpoints, at, Err(problem));
            }
        }
        if header.scope.kind == ScopeKind::Site && header.scope.id != header.site {
            let problem = "it is about a site, and its log is that of another".to_owned();
            self.found.check(Check::Events, at, Err(problem));
        }
        self.header = Some(header);
    }

    fn end(&mut self, at: At, end: &End, chain: Option<&Hash>) {
        let before = self.lines.saturating_sub(1);
        let lines = if end.lines == before {
            Ok(())
        } else {
            Err(format!("{} lines should come before it, there are {before}", end.lines))
        };
        self.found.check(Check::Lines, &at, lines);
        if let Some(header) = &self.header {
            let counts = same_counts(&header.counts, &self.counts);
            self.found.check(Check::Counts, &at, counts);
        }
        match &end.note {
            Some(note) => {
                let signature = self.signature(note, before, chain);
                self.signed = self.found.check(Check::Signature, &at, signature);
            }
            None if self.trust.key.is_some() && !self.trust.live => {
                let problem = "nobody signed the bundle as a whole, so your key vouches for the \
                               log in it and not for the names of staff";
                self.found.check(Check::Signature, &at, Err(problem.to_owned()));
            }
            None => {}
        }
        self.end = Some(at);
    }

    fn signature(&self, note: &str, lines: u64, chain: Option<&Hash>) -> Result<(), String> {
        let note: SignedNote = note.parse().map_err(|why| format!("its signature: {why}"))?;
        let key = self.key.as_ref().ok_or("the key of the bundle cannot be read")?;
        key.verify(&note).map_err(|why| why.to_string())?;
        let text = chain.map(|chain| signed_text(lines, chain));
        if text.as_deref() == Some(note.text()) {
            Ok(())
        } else {
            Err("what is signed is another bundle".to_owned())
        }
    }

    fn finish(mut self) -> Report {
        if self.end.is_none() {
            let at = At::unreadable(self.lines + 1);
            let problem = "the bundle stops before its end".to_owned();
            self.found.check(Check::Lines, &at, Err(problem));
        }
        let live = self.trust.live;
        if let Some(header) = &self.header {
            self.log.finish(header, live, &mut self.documents, &mut self.found);
        }
        let decisions = self.documents.finish(live, &mut self.found);
        self.check_trust();
        self.report(decisions)
    }

    fn check_trust(&mut self) {
        let Some(header) = &self.header else { return };
        let at = At::new(1, Kind::Header, &header.scope.label);
        let own = self.key.as_ref();
        if let Some(trusted) = &self.trust.key {
            let fits = own.is_some_and(|own| own.same_key(trusted));
            let problem =
                || format!("the log is signed with another key than yours: {}", header.key);
            self.found.check(Check::Trust, &at, fits.then_some(()).ok_or_else(problem));
        }
        if let Some(checkpoint) = &self.trust.checkpoint {
            let result = self.log.trusted(checkpoint, header, own);
            self.found.check(Check::Trust, &at, result);
        }
    }

    fn report(self, decisions: Vec<DecisionReport>) -> Report {
        let trust = match (&self.trust.key, &self.trust.checkpoint) {
            (None, None) => TrustLevel::Itself,
            (Some(_), None) => TrustLevel::Key,
            (None, Some(_)) => TrustLevel::Checkpoint,
            (Some(_), Some(_)) => TrustLevel::KeyAndCheckpoint,
        };
        let header = self.header.as_ref();
        let facts = Facts {
            trust,
            signed: self.signed,
            lines: self.lines,
            entries: self.log.sealed(),
            waiting: self.log.waiting(),
            checkpoints: self.counts.of(Kind::Checkpoint),
            checkpoint: self.log.last(),
            decisions,
        };
        self.found.into_report(header, facts)
    }
}

fn same_counts(promised: &Counts, read: &Counts) -> Result<(), String> {
    let kinds = promised.0.keys().chain(read.0.keys());
    let differs = kinds.copied().find(|kind| promised.of(*kind) != read.of(*kind));
    differs.map_or(Ok(()), |kind| {
        let (promised, read) = (promised.of(kind), read.of(kind));
        Err(format!("the header promises {promised} records of kind {kind}, there are {read}"))
    })
}
