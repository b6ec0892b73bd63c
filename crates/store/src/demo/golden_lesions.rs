//! The worked cases of SINS (Fisher, Spine, 2010), those in which facts are missing, so that several totals
//! remain possible, and the one that goes through all scores. What a worked case leaves open is made up
//! to fit it.

use mdt::decision::{AmendReason, DeferralReason};
use mdt::person::Sex::{Female, Male};

use super::cast::Place::{Eastmoor, Westhaven};
use super::sketch::{BASE, Foci, Imaged, Organs, Path, Sketch, Turn, at};

use Foci::Count;
use Organs::Present;
use Path::{Discussed, Listed};
use Turn::{Amend, Defer, Dissent, Plan};

const WORKED: Sketch = Sketch { golden: true, ..BASE };

pub(super) const GOLDEN_LESIONS: [Sketch; 15] = [
    // SINS, Fisher 2010.
    Sketch {
        id: "SIN-1",
        place: Westhaven,
        sex: Some(Male),
        age: 77,
        tumour: "prostate",
        foci: Count(3),
        lesions: &[at("S3", "0", "none blastic normal none none")],
        ..WORKED
    },
    Sketch {
        id: "SIN-2",
        place: Eastmoor,
        sex: Some(Female),
        age: 60,
        tumour: "breast",
        foci: Count(1),
        lesions: &[at("T6", "1a", "non-mechanical lytic normal under-50 none")],
        path: Discussed(&[Dissent]),
        ..WORKED
    },
    Sketch {
        id: "SIN-3",
        age: 59,
        tumour: "colon",
        organs: Present(&["lung"], Some(true), Some(true)),
        lesions: &[at("T6", "1b", "non-mechanical lytic normal under-50 unilateral")],
        ..WORKED
    },
    Sketch {
        id: "SIN-4",
        age: 65,
        tumour: "lung-nsclc",
        foci: Count(1),
        kps: Some(70),
        lesions: &[at("L3", "1a", "mechanical lytic normal under-50 bilateral")],
        path: Discussed(&[Dissent]),
        ..WORKED
    },
    Sketch {
        id: "SIN-5",
        age: 70,
        tumour: "bladder",
        foci: Count(2),
        kps: Some(60),
        lesions: &[at("L1", "1b", "mechanical lytic normal under-50 bilateral")],
        ..WORKED
    },
    Sketch {
        id: "SIN-6",
        age: 56,
        tumour: "thyroid-differentiated",
        lesions: &[at("T12", "1c", "mechanical lytic subluxation over-50 bilateral")],
        question: "Slips at T12 with pain on every move. When can this be fixed, and how many levels?",
        path: Listed,
        ..WORKED
    },
    Sketch {
        id: "SIN-7",
        sex: Some(Female),
        age: 68,
        tumour: "endometrium",
        kps: Some(70),
        lesions: &[
            at("L1", "1b", "mechanical lytic normal under-50 bilateral"),
            at("T5", "0", "none mixed normal no-collapse-over-50-involved none"),
        ],
        path: Discussed(&[Plan, Amend(AmendReason::NewInformation)]),
        ..WORKED
    },
    // Missing facts: every total that remains possible is shown.
    Sketch {
        id: "INT-1",
        age: 63,
        tumour: "renal-cell",
        organs: Organs::Unknown("pending"),
        kps: Some(70),
        frankel: Some("D"),
        lesions: &[
            at("T8", "2", "mechanical lytic normal under-50 unilateral"),
            at("T9", "1a", "non-mechanical lytic normal none none"),
        ],
        question: "Weakness of the left leg for a week. CT of chest and abdomen is booked. Decompress before its result?",
        path: Listed,
        ..WORKED
    },
    Sketch {
        id: "INT-2",
        place: Eastmoor,
        age: 54,
        basis: "awaiting",
        primary: "",
        foci: Count(1),
        kps: Some(90),
        lesions: &[at("L4", "0", "mechanical lytic normal under-50 none")],
        question: "First sign of cancer. Biopsy of L4 was taken last week. Can the brace go on until the result?",
        path: Listed,
        ..WORKED
    },
    Sketch {
        id: "INT-3",
        place: Westhaven,
        sex: Some(Female),
        age: 66,
        tumour: "breast",
        foci: Foci::Unknown,
        imaged: Imaged::Partly,
        lesions: &[at("L2", "0", "non-mechanical lytic normal none none")],
        path: Listed,
        ..WORKED
    },
    Sketch {
        id: "INT-4",
        place: Eastmoor,
        age: 69,
        tumour: "lung",
        primary: "untreated",
        organs: Organs::Unknown("not-done"),
        foci: Count(3),
        kps: Some(70),
        lesions: &[
            at("T10", "1b", "mechanical lytic normal none none"),
            at("T2", "0", "none lytic normal none none"),
        ],
        path: Discussed(&[Defer(DeferralReason::ImagingMissing), Plan]),
        ..WORKED
    },
    Sketch {
        id: "INT-5",
        place: Eastmoor,
        age: 51,
        tumour: "melanoma",
        kps: Some(90),
        lesions: &[at("L5", "0", "mechanical lytic normal none none")],
        ..WORKED
    },
    Sketch {
        id: "INT-7",
        place: Westhaven,
        age: 75,
        tumour: "renal-cell",
        foci: Count(1),
        kps: Some(60),
        lesions: &[at("T12", "1a", "? lytic normal under-50 bilateral")],
        path: Discussed(&[Defer(DeferralReason::PatientNotSeen), Plan]),
        ..WORKED
    },
    Sketch {
        id: "INT-8",
        place: Westhaven,
        sex: Some(Male),
        age: 71,
        tumour: "prostate",
        foci: Count(2),
        kps: Some(70),
        lesions: &[at("L4", "0", "mechanical mixed normal exactly-50 none")],
        ..WORKED
    },
    // One patient through all instruments.
    Sketch {
        id: "ONE-1",
        age: 61,
        tumour: "renal-cell",
        organs: Present(&["lung"], Some(true), Some(true)),
        foci: Count(1),
        frankel: Some("D"),
        lesions: &[at("L1", "2", "mechanical lytic normal under-50 bilateral")],
        more: &[
            ("case.ecog", "2"),
            ("case.visceral-pattern", "nodular"),
            ("case.previous-chemotherapy", "false"),
            ("case.crp", "2"),
            ("case.ldh", "180"),
            ("case.albumin", "42"),
            ("case.platelets", "250"),
            ("case.corrected-calcium", "9.4"),
            ("case.bilirubin", "0.6"),
        ],
        question: "Broken L1 with a weak right quadriceps; the nodule in the lung could come out. Scores disagree: what first?",
        path: Listed,
        ..WORKED
    },
];
