//! The log of a bundle: events, what they withhold, their places, and the checkpoints over them.

use std::collections::{BTreeMap, BTreeSet};

use mdt::event::{AuditEvent, EventKind, Salt, leaf_hash};
use rules::canonical::Hash;
use uuid::Uuid;

use super::super::bundle::ScopeKind;
use super::super::bundle::{CheckpointRecord, Event, Header, Inclusion, Kind, Leaf, Payload};
use super::super::note::{Checkpoint, SignedNote, VerifierKey};
use super::super::tree::{Frontier, TreeHead, empty_root, verify_consistency, verify_inclusion};
use super::documents::Documents;
use super::report::{At, Check, Findings, LastCheckpoint};
use super::statements::Statement;

struct Logged {
    line: u64,
    leaf: Hash,
    statement: Option<Statement>,
    commitment: Option<Hash>,
    entry: Option<u64>,
    // Whether the bundle has a record of what the event withholds.
    opened: bool,
}

struct Passed {
    line: u64,
    number: u64,
    head: TreeHead,
}

impl Passed {
    fn at(&self) -> At {
        At::new(self.line, Kind::Checkpoint, &format!("checkpoint {}", self.number))
    }
}

/// The log as far as it was read.
#[derive(Default)]
pub(super) struct Log {
    events: BTreeMap<Uuid, Logged>,
    // What events say was erased; what is erased without such an event was lost, or taken.
    said_erased: BTreeSet<String>,
    erased: Vec<(u64, Uuid)>,
    leaves: Vec<Hash>,
    proofs: Vec<(At, Hash, Inclusion)>,
    heads: Vec<Passed>,
    // Grows along the leaves as the checkpoints come.
    frontier: Frontier,
}

impl Log {
    /// Takes an event in.
    pub(super) fn event(&mut self, at: &At, record: &Event, header: &Header, found: &mut Findings) {
        let leaf = leaf_hash(&record.document.0);
        let wrong = || format!("its leaf hash is {leaf}, the record states {}", record.leaf);
        let result = if leaf == record.leaf { Ok(()) } else { Err(wrong()) };
        found.check(Check::Events, at, result);
        let read = AuditEvent::from_bytes(&record.document.0).map_err(|why| why.to_string());
        let belongs =
            read.as_ref().map_err(Clone::clone).and_then(|event| belongs(event, record, header));
        found.check(Check::Events, at, belongs);
        let mut logged = Logged {
            line: at.line,
            leaf,
            statement: None,
            commitment: None,
            entry: None,
            opened: false,
        };
        if let Ok(event) = read {
            match Statement::of(&event) {
                Ok(statement) => logged.statement = statement,
                Err(problem) => {
                    found.check(Check::References, at, Err(problem));
                }
            }
            logged.commitment = event.commitment;
            if let (EventKind::PayloadErased, Some(subject)) = (event.kind, event.subject) {
                self.said_erased.insert(subject.id);
            }
        }
        if self.events.insert(record.id, logged).is_some() {
            found.check(Check::Events, at, Err("the event stands twice".to_owned()));
        }
    }

    /// Takes in what an event withholds.
    pub(super) fn payload(&mut self, at: &At, record: &Payload, found: &mut Findings) {
        let result = self.open(record);
        if result.is_ok() && record.document.is_none() {
            self.erased.push((at.line, record.event));
        }
        found.check(Check::Payloads, at, result);
    }

    fn open(&mut self, record: &Payload) -> Result<(), String> {
        let event = self.events.get_mut(&record.event).ok_or("its event is not here")?;
        let commitment = event.commitment.ok_or("its event withholds nothing")?;
        if std::mem::replace(&mut event.opened, true) {
            return Err("what the event withholds stands twice".to_owned());
        }
        match (&record.salt, &record.document, &record.erased_at) {
            (Some(salt), Some(document), None) => {
                let salt =
                    Salt::try_from(salt.0.as_slice()).map_err(|_| "its salt is not 32 bytes")?;
                let fits = salt.commit(&document.0) == commitment;
                fits.then_some(()).ok_or_else(|| "it is not what its event commits to".to_owned())
            }
            (None, None, Some(_)) => Ok(()),
            _ => Err("it is neither disclosed whole nor erased".to_owned()),
        }
    }

    /// Takes in the place of an event: the entries come in order, without a gap.
    pub(super) fn leaf(&mut self, at: &At, record: &Leaf, header: &Header, found: &mut Findings) {
        let expected = u64::try_from(self.leaves.len()).unwrap_or(u64::MAX);
        let placed = self.place(record.event, record.index);
        // A leaf that is wrong still takes its place, so that one fault is named once.
        self.leaves.push(self.events.get(&record.event).map_or_else(empty_root, |one| one.leaf));
        let result = if header.scope.kind != ScopeKind::Site {
            Err("entries without proof stand only in the bundle of a whole site".to_owned())
        } else if record.index == expected {
            placed.map(|_| ())
        } else {
            Err(format!("entry {expected} should stand here"))
        };
        found.check(Check::Entries, at, result);
    }

    /// Takes in the proof of an event's place; it is checked when its checkpoint was read.
    pub(super) fn inclusion(
        &mut self,
        at: At,
        record: Inclusion,
        header: &Header,
        found: &mut Findings,
    ) {
        let placed = if header.scope.kind == ScopeKind::Site {
            Err("the bundle of a whole site has its entries, not proofs".to_owned())
        } else {
            self.place(record.event, record.index)
        };
        match placed {
            Ok(leaf) => self.proofs.push((at, leaf, record)),
            Err(problem) => {
                found.check(Check::Entries, &at, Err(problem));
            }
        }
    }

    fn place(&mut self, event: Uuid, index: u64) -> Result<Hash, String> {
        let logged = self.events.get_mut(&event);
        let logged = logged.ok_or_else(|| format!("its event {event} is not here"))?;
        match logged.entry.replace(index) {
            None => Ok(logged.leaf),
            Some(other) => Err(format!("its event {event} is entry {other} already")),
        }
    }

    /// Takes a checkpoint in.
    pub(super) fn checkpoint(
        &mut self,
        at: &At,
        record: &CheckpointRecord,
        header: &Header,
        key: Option<&VerifierKey>,
        found: &mut Findings,
    ) {
        found.check(Check::Checkpoints, at, signed(record, header, key));
        let head = TreeHead { size: record.size, root: record.root };
        let before = self.heads.last().map(|last| (last.number, last.head));
        if header.scope.kind == ScopeKind::Site {
            found.check(Check::Checkpoints, at, self.root(&head));
            let next = before.map_or(1, |(number, _)| number + 1);
            let follows = if record.number == next {
                Ok(())
            } else {
                Err(format!("checkpoint {next} should stand here"))
            };
            found.check(Check::Checkpoints, at, follows);
        }
        found.check(Check::Consistency, at, grows(before, record, &head, header));
        self.heads.push(Passed { line: at.line, number: record.number, head });
    }

    /// Checks the root against the entries themselves.
    fn root(&mut self, head: &TreeHead) -> Result<(), String> {
        if head.size < self.frontier.size() {
            // Only after a checkpoint that was larger; start again.
            self.frontier = Frontier::default();
        }
        let start = usize::try_from(self.frontier.size()).unwrap_or(usize::MAX);
        let end = usize::try_from(head.size).unwrap_or(usize::MAX);
        let Some(next) = self.leaves.get(start..end) else {
            let count = self.leaves.len();
            return Err(format!("it covers {} entries, there are {count}", head.size));
        };
        for leaf in next {
            self.frontier.push(*leaf);
        }
        let root = self.frontier.root();
        if root == head.root {
            Ok(())
        } else {
            Err(format!("the root of its {} entries is {root}, it states {}", head.size, head.root))
        }
    }

    /// Checks what can be checked only when all was read.
    pub(super) fn finish(
        &mut self,
        header: &Header,
        live: bool,
        documents: &mut Documents,
        found: &mut Findings,
    ) {
        self.check_proofs(found);
        self.check_cover(header, found);
        for (id, logged) in &self.events {
            let at = At::new(logged.line, Kind::Event, id);
            if !live {
                let placed = logged.entry.map(|_| ());
                let placed = placed.ok_or_else(|| "the event has no place in the log".to_owned());
                found.check(Check::Entries, &at, placed);
            }
            if let Some(statement) = &logged.statement {
                let met = documents.meet(*id, logged.entry, statement);
                found.check(Check::References, &at, met);
            }
            if header.disclosed && logged.commitment.is_some() && !logged.opened {
                let problem = "what the event withholds is neither here nor erased".to_owned();
                found.check(Check::Payloads, &at, Err(problem));
            }
        }
        if header.scope.kind == ScopeKind::Site {
            for (line, event) in &self.erased {
                let said = self.said_erased.contains(&event.to_string());
                let problem = || "no event of the log says that it was erased".to_owned();
                let at = At::new(*line, Kind::Payload, event);
                found.check(Check::Payloads, &at, said.then_some(()).ok_or_else(problem));
            }
        }
    }

    fn check_proofs(&mut self, found: &mut Findings) {
        let heads: BTreeMap<u64, Hash> =
            self.heads.iter().map(|head| (head.head.size, head.head.root)).collect();
        for (at, leaf, record) in std::mem::take(&mut self.proofs) {
            let result = match heads.get(&record.size) {
                None => {
                    Err(format!("no checkpoint here has the {} entries of its proof", record.size))
                }
                Some(root) => {
                    verify_inclusion(&leaf, record.index, record.size, &record.proof, root)
                        .map_err(|why| format!("its place is not proven: {why}"))
                }
            };
            found.check(Check::Entries, &at, result);
        }
    }

    /// In the bundle of a site the last checkpoint covers every entry.
    fn check_cover(&self, header: &Header, found: &mut Findings) {
        let count = u64::try_from(self.leaves.len()).unwrap_or(u64::MAX);
        let last = self.heads.last();
        let covered = last.map_or(0, |passed| passed.head.size);
        if header.scope.kind == ScopeKind::Site && covered < count {
            let at = match last {
                Some(passed) => passed.at(),
                None => At::new(1, Kind::Header, &header.scope.label),
            };
            let problem = format!("the last checkpoint covers {covered} of {count} entries");
            found.check(Check::Checkpoints, &at, Err(problem));
        }
    }

    /// Checks a checkpoint that the reader brought.
    pub(super) fn trusted(
        &self,
        note: &str,
        header: &Header,
        key: Option<&VerifierKey>,
    ) -> Result<(), String> {
        let unread = |why: super::super::note::NoteError| format!("your checkpoint: {why}");
        let note: SignedNote = note.parse().map_err(unread)?;
        let checkpoint = Checkpoint::of(&note).map_err(unread)?;
        let key = key.ok_or("the key of the bundle cannot be read")?;
        key.verify(&note).map_err(unread)?;
        if checkpoint.origin != header.origin {
            return Err(format!("your checkpoint is of the log {}", checkpoint.origin));
        }
        let size = checkpoint.head.size;
        let root = if header.scope.kind == ScopeKind::Site {
            let end = usize::try_from(size).unwrap_or(usize::MAX);
            self.leaves.get(..end).map(|leaves| {
                let mut frontier = Frontier::default();
                for leaf in leaves {
                    frontier.push(*leaf);
                }
                frontier.root()
            })
        } else {
            self.heads
                .iter()
                .map(|head| head.head)
                .find(|head| head.size == size)
                .map(|head| head.root)
        };
        match root {
            Some(root) if root == checkpoint.head.root => Ok(()),
            Some(_) => Err(format!("the first {size} entries are not those of your checkpoint")),
            None => Err(format!("nothing here leads to your checkpoint of {size} entries")),
        }
    }

    /// How many events have their place.
    pub(super) fn sealed(&self) -> u64 {
        let sealed = self.events.values().filter(|logged| logged.entry.is_some()).count();
        u64::try_from(sealed).unwrap_or(u64::MAX)
    }

    /// How many events wait for their place.
    pub(super) fn waiting(&self) -> u64 {
        let all = u64::try_from(self.events.len()).unwrap_or(u64::MAX);
        all - self.sealed()
    }

    /// The last checkpoint.
    pub(super) fn last(&self) -> Option<LastCheckpoint> {
        let Passed { number, head, .. } = self.heads.last()?;
        Some(LastCheckpoint { number: *number, size: head.size, root: head.root })
    }
}

/// Whether the event is the one that its record states, and belongs into this bundle.
fn belongs(event: &AuditEvent, record: &Event, header: &Header) -> Result<(), String> {
    if event.id.uuid() != record.id {
        return Err(format!("its document is the event {}", event.id));
    }
    if event.site.uuid() != header.site {
        return Err(format!("it belongs to the log of another site ({})", event.site));
    }
    let case = event.case.map(mdt::ids::CaseId::uuid);
    if header.scope.kind == ScopeKind::Case && case != Some(header.scope.id) {
        return Err("it is not about the case of the bundle".to_owned());
    }
    Ok(())
}

/// Checks the note of a checkpoint, and that the record states what the note says.
fn signed(
    record: &CheckpointRecord,
    header: &Header,
    key: Option<&VerifierKey>,
) -> Result<(), String> {
    let note: SignedNote = record.note.parse().map_err(|why| format!("its note: {why}"))?;
    let checkpoint = Checkpoint::of(&note).map_err(|why| why.to_string())?;
    let key = key.ok_or("the key of the bundle cannot be read")?;
    key.verify(&note).map_err(|why| why.to_string())?;
    if checkpoint.origin != header.origin {
        return Err(format!("it is signed for the log {}", checkpoint.origin));
    }
    let TreeHead { size, root } = checkpoint.head;
    if (size, root) == (record.size, record.root) {
        Ok(())
    } else {
        Err(format!("signed were {size} entries with the root {root}, the record states others"))
    }
}

/// Checks that a checkpoint continues the one before.
fn grows(
    before: Option<(u64, TreeHead)>,
    record: &CheckpointRecord,
    head: &TreeHead,
    header: &Header,
) -> Result<(), String> {
    let Some((number, old)) = before else {
        let first = record.consistency.is_empty();
        return first
            .then_some(())
            .ok_or_else(|| "it has a proof and nothing before it".to_owned());
    };
    if record.number <= number || head.size <= old.size {
        return Err(format!("it does not come after checkpoint {number}"));
    }
    if header.scope.kind == ScopeKind::Site {
        // Both roots are those of the same entries, so the one continues the other.
        let bare = record.consistency.is_empty();
        return bare.then_some(()).ok_or_else(|| "it has a proof where its entries are".to_owned());
    }
    verify_consistency(&old, head, &record.consistency)
        .map_err(|why| format!("checkpoint {number} is not a beginning of it: {why}"))
}
