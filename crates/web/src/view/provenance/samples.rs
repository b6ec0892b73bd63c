//! Samples: everything holds, waiting for a seal, broken, hostile.

use super::super::form::{FormInput, FormView, SAMPLE_COMMAND};
use super::super::parts::{Link, Tone};
use super::super::patient::{PatientBanner, Tabs};
use super::super::score::samples::badge;
use super::super::shell::{Section, Shell};
use super::super::{HOSTILE, LONG_NAME, Page};
use super::{AppliedRule, Check, LogEntry, Offline, ProvenancePage, UsedFact, Verdict, Viewing};

fn check(what: &str, answer: &str, note: &str, tone: Tone) -> Check {
    Check { what: what.to_owned(), answer: answer.to_owned(), note: note.to_owned(), tone }
}

fn entry(number: &str, what: &str, leaf: &str, current: bool, tone: Tone) -> LogEntry {
    LogEntry {
        number: number.to_owned(),
        what: what.to_owned(),
        leaf: leaf.to_owned(),
        current,
        tone,
    }
}

fn facts() -> Vec<UsedFact> {
    [
        ("Histology", "Clear-cell renal carcinoma", "Report", "Tokuhashi 3, Tomita 2"),
        ("KPS", "80 %", "Examination", "Tokuhashi 2"),
        ("Frankel", "D", "Examination", "Tokuhashi 1"),
        ("SINS items, T10", "1+3+2+0+2+1 = 9", "Report", "SINS"),
    ]
    .map(|(fact, value, came_from, used_by)| UsedFact {
        fact: fact.to_owned(),
        value: value.to_owned(),
        came_from: format!("{came_from}, observed 12-Jun-2026"),
        by: "Dr R. Lindqvist, 12-Jun-2026 16:42".to_owned(),
        used_by: used_by.to_owned(),
    })
    .to_vec()
}

fn rules() -> Vec<AppliedRule> {
    [
        ("Tokuhashi 2005", "tokuhashi-2005", "", "9, band 9–11", "4f1c 9a02 … 4a1b"),
        ("Tomita 2001", "tomita-2001", "", "6, band 6–7", "81d3 5c7e … 902f"),
        ("SINS 2010", "sins-2010", "T10", "9, potentially unstable", "c2a9 10f4 … 7be0"),
    ]
    .map(|(title, id, level, result, hash)| AppliedRule {
        badge: badge(title, id),
        level: level.to_owned(),
        result: result.to_owned(),
        hash: hash.to_owned(),
        status: "Active, active".to_owned(),
    })
    .to_vec()
}

impl ProvenancePage {
    fn sample() -> Self {
        let pair = |label: &str, words: &str| (label.to_owned(), words.to_owned());
        Self {
            shell: Shell::sample("Provenance of a decision", Section::Audit).for_patient(),
            banner: PatientBanner::sample(),
            tabs: Tabs::default(),
            case_number: "NF-2026-0148".to_owned(),
            other_versions: vec![Link::new(
                "Version 2 replaced it on 17-Jun-2026",
                "/audit/decisions/019e8f3a/2",
            )],
            verdict: Verdict::Holds {
                heading: "Recomputed now: identical".to_owned(),
                at: "16-Jun-2026 10:05, engine 1, 4 ms".to_owned(),
                checks: vec![
                    check("Evaluation", "Same bytes", "9c41 e07b … 5d12", Tone::Ok),
                    check(
                        "Signature",
                        "Valid",
                        "Dr P. Okafor, chair, with the password again",
                        Tone::Ok,
                    ),
                    check("Log", "Entry 4,812 of 24,977", "A leaf of Northfield’s tree", Tone::Ok),
                    check(
                        "Checkpoint",
                        "Covered",
                        "Checkpoint 913, 16-Jun-2026 08:31:02",
                        Tone::Ok,
                    ),
                ],
            },
            bundle: Some(Link::new("Download bundle", "/audit/decisions/019e8f3a/1/bundle")),
            verify: Some(FormView::new(
                "/audit/log/verification",
                SAMPLE_COMMAND,
                &FormInput::default(),
            )),
            decided: vec![
                pair("Decision", "Separation surgery at T10, fixation T9–T11, then SBRT"),
                pair("Revised Tokuhashi", "Follows: palliative surgery"),
                pair("Tomita", "Partly: instability decides"),
                pair("Signed", "Dr P. Okafor, approved as chair, 16-Jun-2026 08:31:07"),
                pair("Read back", "08:30:52, confirmed by Dr P. Okafor"),
                pair("Dissent", "Dr E. Serrano"),
            ],
            assessment: Link::new("Assessment 3", "/cases/NF-2026-0148/assessments/3"),
            assessment_hash: "5be1 c0a4 … 0a77".to_owned(),
            facts: facts(),
            facts_note: "Every fact that a result rests on. None was missing.".to_owned(),
            protocol: badge("core-scores", "core-scores"),
            protocol_hash: "a6f2 77c1 … 18c0".to_owned(),
            rules: rules(),
            entries: vec![
                entry("4,790", "Assessment 3 saved, evaluated", "5be1 … 0a77", false, Tone::Ok),
                entry("4,808", "Decision recorded", "1f83 … c6e9", false, Tone::Ok),
                entry("4,812", "Decision signed", "b7e0 … 0f6e", true, Tone::Ok),
                entry("913", "Checkpoint", "root 60d8 … 2be4", false, Tone::Ok),
            ],
            all_views: Some(Link::new(
                "All",
                "/audit/decisions/019e8f3a-2b4c-7d5e-8f60-718293a4b5c6/1?views=all",
            )),
            views: [
                ("S. Whelan", "Clinician, Northfield", "16-Jun-2026 08:31:10", "Decision"),
                ("P. Raman", "Auditor, Northfield", "16-Jun-2026 10:04", "Provenance"),
            ]
            .map(|(who, role, at, why)| Viewing {
                who: who.to_owned(),
                role: role.to_owned(),
                at: at.to_owned(),
                why: why.to_owned(),
            })
            .to_vec(),
            offline: Offline {
                command: "spineboard audit verify NF-2026-0148.bundle".to_owned(),
                key: "demonstration/NF+3f9a21c7+AdXkQw".to_owned(),
                size: "12 KB".to_owned(),
            },
            newer: None,
        }
    }
}

impl Page for ProvenancePage {
    fn samples() -> Vec<(&'static str, Self)> {
        let waiting = Self {
            verdict: Verdict::Holds {
                heading: "Recomputed now: identical".to_owned(),
                at: "16-Jun-2026 08:31, engine 1".to_owned(),
                checks: vec![
                    check("Evaluation", "Same bytes", "9c41 e07b … 5d12", Tone::Ok),
                    check("Signature", "Valid", "Dr P. Okafor, chair", Tone::Ok),
                    check("Log", "Waiting", "Sealed within seconds", Tone::Plain),
                    check("Checkpoint", "Waiting", "Load the page again", Tone::Plain),
                ],
            },
            entries: vec![entry("waiting", "Decision signed", "b7e0 … 0f6e", true, Tone::Plain)],
            other_versions: Vec::new(),
            facts: Vec::new(),
            facts_note: String::new(),
            views: Vec::new(),
            all_views: None,
            bundle: None,
            verify: None,
            ..Self::sample()
        };
        let broken = Self {
            verdict: Verdict::Broken {
                heading: "This decision does not recompute".to_owned(),
                first: "Evaluation of assessment 3: stored hash 9c41 e07b, recomputed 81d3 5c7e".to_owned(),
                at: "16-Jun-2026 10:05, engine 1".to_owned(),
                advice: "Do not act on the record as shown. Tell the administrator, and quote entry 4,790.".to_owned(),
                checks: vec![
                    check("Evaluation", "Different bytes", "9c41 e07b, now 81d3 5c7e", Tone::Crit),
                    check("Signature", "Valid", "Dr P. Okafor, chair", Tone::Ok),
                    check("Log", "Broken at entry 4,790", "Leaf does not match", Tone::Crit),
                    check("Checkpoint", "Covered", "Checkpoint 913", Tone::Ok),
                ],
            },
            entries: vec![
                entry("4,790", "Assessment 3 saved, evaluated", "5be1 … 0a77", false, Tone::Crit),
                entry("4,812", "Decision signed", "b7e0 … 0f6e", true, Tone::Ok),
            ],
            newer: Some((
                "review-2023 v1, active since 15-Jun-2026, gives the same results on these facts. The record is not changed."
                    .to_owned(),
                Link::new("Compare", "/cases/NF-2026-0148/evaluations/3"),
            )),
            ..Self::sample()
        };
        let mut hostile = Self {
            banner: PatientBanner::sample_hostile(),
            facts_note: LONG_NAME.to_owned(),
            ..Self::sample()
        };
        hostile.decided.push((HOSTILE.to_owned(), HOSTILE.to_owned()));
        for fact in &mut hostile.facts {
            HOSTILE.clone_into(&mut fact.value);
        }
        vec![
            ("waiting", waiting),
            ("typical", Self::sample()),
            ("broken", broken),
            ("hostile", hostile),
        ]
    }
}
