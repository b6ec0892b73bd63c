//! The answer first: what was made again, and whether it fits.

use mdt::coded::Coded;
use mdt::display;
use store::audit::{Broken, Findings, Outcome, Provenance};

use super::{grouped, shortened};
use crate::view::Tone;
use crate::view::provenance::{Check, Verdict};

/// What is said of something that the log has not taken in yet.
const WAITING: &str = "Waiting for its seal";

/// What the answer needs beside the findings.
pub(super) struct Answer<'a> {
    pub(super) provenance: &'a Provenance,
    pub(super) findings: &'a Findings,
    /// `16-Jun-2026 10:05, engine 1, 4 ms`
    pub(super) at: String,
    pub(super) site: &'a str,
    pub(super) zone: chrono_tz::Tz,
}

impl Answer<'_> {
    pub(super) fn verdict(&self) -> Verdict {
        let checks = vec![self.evaluation(), self.signature(), self.log(), self.checkpoint()];
        let at = self.at.clone();
        match self.findings.first_broken() {
            None => Verdict::Holds { heading: "Recomputed now: identical".to_owned(), at, checks },
            Some(first) => Verdict::Broken {
                heading: match self.findings.evaluation {
                    Outcome::Broken(_) => "This decision does not recompute".to_owned(),
                    Outcome::Holds | Outcome::Waiting => "The record of this decision does not verify".to_owned(),
                },
                first: format!("{}: {}", first.record, first.why),
                at,
                advice: "Do not act on the record as shown. Tell the administrator of the site, quote this line, and \
                         keep a bundle or checkpoint that you hold from before."
                    .to_owned(),
                checks,
            },
        }
    }

    fn evaluation(&self) -> Check {
        match &self.findings.evaluation {
            Outcome::Broken(broken) => fails("Evaluation", "Does not fit", broken),
            Outcome::Holds | Outcome::Waiting => {
                let hash = shortened(&self.provenance.evaluation.result.hash_again());
                check("Evaluation", "Same bytes", hash, Tone::Ok)
            }
        }
    }

    /// A signature is valid when a sealed event says that these bytes were signed.
    fn signature(&self) -> Check {
        let signatures = self.provenance.record.signatures.iter().map(|signature| {
            let (meaning, method) =
                (signature.meaning.label().to_lowercase(), signature.method.label().to_lowercase());
            format!("{}, {meaning}, {method}", signature.signer.name)
        });
        let note = signatures.collect::<Vec<_>>().join("; ");
        match (&self.findings.signature, &self.findings.log) {
            (Outcome::Broken(broken), _) => fails("Signature", "Does not fit", broken),
            (_, Outcome::Waiting) => check("Signature", WAITING, note, Tone::Plain),
            (_, _) => check("Signature", "Valid", note, Tone::Ok),
        }
    }

    fn log(&self) -> Check {
        let index = self.provenance.signing().and_then(|entry| entry.index);
        match (&self.findings.log, index) {
            (Outcome::Broken(broken), _) => fails("Log", "Does not fit", broken),
            (Outcome::Holds, Some(index)) => check(
                "Log",
                format!("Entry {} of {}", grouped(index), grouped(self.provenance.log_size)),
                format!("A leaf of {}’s tree", self.site),
                Tone::Ok,
            ),
            (_, _) => {
                check("Log", WAITING, "Stored; the log takes it in within seconds", Tone::Plain)
            }
        }
    }

    fn checkpoint(&self) -> Check {
        match (&self.findings.checkpoint, &self.provenance.checkpoint) {
            (Outcome::Broken(broken), _) => fails("Checkpoint", "Does not fit", broken),
            (Outcome::Holds, Some(checkpoint)) => check(
                "Checkpoint",
                "Covered",
                format!(
                    "Checkpoint {}, {}",
                    grouped(checkpoint.number),
                    display::date_time_seconds(checkpoint.sealed_at, self.zone)
                ),
                Tone::Ok,
            ),
            (_, _) => check("Checkpoint", WAITING, "Load the page again", Tone::Plain),
        }
    }
}

fn check(what: &str, answer: impl Into<String>, note: impl Into<String>, tone: Tone) -> Check {
    Check { what: what.to_owned(), answer: answer.into(), note: note.into(), tone }
}

fn fails(what: &str, answer: &str, broken: &Broken) -> Check {
    check(what, answer, format!("{}: {}", broken.record, broken.why), Tone::Crit)
}
