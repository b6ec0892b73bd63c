//! The patient of the drawings, and the worked cases of the two scores of prognosis: each comes out with
//! its published totals (Tomita, Spine, 2001; Tokuhashi, Spine, 2005). What a worked case leaves open is
//! made up to fit it.

use mdt::case::CloseReason;
use mdt::decision::{AmendReason, DeferralReason};
use mdt::person::Sex::{Female, Male};

use super::cast::Place::{Eastmoor, Westhaven};
use super::sketch::{BASE, Foci, Organs, Path, Sketch, Turn, at};

use Foci::Count;
use Organs::Present;
use Path::{Discussed, Listed};
use Turn::{Amend, Close, Continue, Defer, Investigate, Plan};

const WORKED: Sketch = Sketch { golden: true, ..BASE };

pub(super) const GOLDEN: [Sketch; 20] = [
    Sketch {
        id: "ASHWORTH",
        sex: Some(Female),
        age: 64,
        tumour: "renal-cell",
        organs: Present(&["lung"], Some(true), Some(true)),
        frankel: Some("D"),
        lesions: &[
            at("T10", "2", "mechanical lytic normal under-50 unilateral"),
            at("T6", "0", "none blastic normal none none"),
            at("L2", "0", "non-mechanical mixed normal none none"),
        ],
        more: &[
            ("case.asa-class", "3"),
            ("case.dexamethasone-dose-mg", "16"),
            ("case.lower-limb-power-worst", "4"),
            ("case.antithrombotic-drugs", "_none"),
        ],
        question: "Progressive mid-thoracic pain for 5 weeks, worse on standing. Right leg power 4/5, sphincters intact. \
                   Walks with one stick. Is decompression and fixation appropriate before stereotactic radiotherapy?",
        path: Listed,
        ..BASE
    },
    // Tomita 2001.
    Sketch {
        id: "TOM-1",
        sex: Some(Female),
        age: 58,
        tumour: "breast",
        kps: Some(90),
        lesions: &[at("L2", "0", "non-mechanical lytic normal none none")],
        ..WORKED
    },
    Sketch {
        id: "TOM-2",
        place: Westhaven,
        sex: Some(Male),
        age: 74,
        tumour: "prostate",
        foci: Count(4),
        kps: Some(70),
        lesions: &[
            at("T8", "1a", "non-mechanical blastic normal none none"),
            at("L1", "0", "none blastic normal none none"),
            at("L3", "0", "none blastic normal none none"),
        ],
        path: Discussed(&[Plan, Continue]),
        ..WORKED
    },
    Sketch {
        id: "TOM-3",
        age: 66,
        tumour: "renal-cell",
        lesions: &[
            at("T7", "1c", "mechanical lytic normal under-50 none"),
            at("T11", "0", "none lytic normal none none"),
        ],
        path: Discussed(&[Plan, Amend(AmendReason::PatientChoice)]),
        ..WORKED
    },
    Sketch {
        id: "TOM-4",
        age: 61,
        tumour: "thyroid",
        organs: Present(&["lung"], Some(true), Some(true)),
        foci: Count(1),
        lesions: &[at("C6", "1b", "mechanical lytic normal none unilateral")],
        path: Discussed(&[Defer(DeferralReason::ImagingNotReported), Plan]),
        ..WORKED
    },
    Sketch {
        id: "TOM-5",
        place: Eastmoor,
        age: 68,
        tumour: "lung",
        primary: "progressive",
        foci: Count(2),
        kps: Some(60),
        lesions: &[
            at("T4", "1a", "non-mechanical lytic normal none none"),
            at("T9", "0", "none lytic normal none none"),
        ],
        ..WORKED
    },
    Sketch {
        id: "TOM-6",
        place: Eastmoor,
        age: 63,
        tumour: "lung",
        organs: Present(&["adrenal"], Some(true), Some(true)),
        lesions: &[at("T12", "1b", "mechanical lytic normal under-50 none")],
        path: Discussed(&[
            Investigate("MRI of the brain before surgery of the adrenal gland"),
            Plan,
        ]),
        ..WORKED
    },
    Sketch {
        id: "TOM-7",
        age: 71,
        tumour: "unknown-primary",
        basis: "spine-biopsy",
        primary: "not-found",
        organs: Present(&["liver"], Some(false), Some(true)),
        foci: Count(3),
        kps: Some(60),
        lesions: &[
            at("L3", "0", "mechanical lytic normal under-50 none"),
            at("T6", "0", "none lytic normal none none"),
        ],
        path: Discussed(&[Investigate("Immunohistochemistry of the biopsy of L3"), Plan]),
        ..WORKED
    },
    Sketch {
        id: "TOM-8",
        place: Westhaven,
        age: 70,
        tumour: "stomach",
        primary: "progressive",
        organs: Present(&["liver"], Some(false), Some(false)),
        foci: Count(5),
        kps: Some(40),
        lesions: &[
            at("T9", "1a", "non-mechanical lytic normal none none"),
            at("T11", "0", "none lytic normal none none"),
        ],
        path: Discussed(&[Plan, Close(CloseReason::Completed)]),
        ..WORKED
    },
    Sketch {
        id: "TOM-9",
        place: Westhaven,
        sex: Some(Female),
        age: 55,
        tumour: "breast",
        primary: "progressive",
        organs: Present(&["liver"], Some(false), Some(false)),
        foci: Count(2),
        kps: Some(60),
        lesions: &[
            at("T5", "1b", "non-mechanical lytic normal under-50 none"),
            at("L4", "0", "none mixed normal none none"),
        ],
        ..WORKED
    },
    // Tokuhashi 2005.
    Sketch {
        id: "T05-1",
        age: 73,
        tumour: "pancreas",
        primary: "progressive",
        organs: Present(&["liver", "peritoneum"], Some(false), Some(false)),
        foci: Count(3),
        kps: Some(20),
        frankel: Some("A"),
        lesions: &[
            at("T8", "3", "non-mechanical lytic normal over-50 none"),
            at("T4", "0", "none lytic normal none none"),
            at("L2", "0", "none lytic normal none none"),
        ],
        emergency: true,
        path: Discussed(&[Plan, Close(CloseReason::Completed)]),
        ..WORKED
    },
    Sketch {
        id: "T05-2",
        age: 67,
        tumour: "renal-cell",
        organs: Present(&["lung"], Some(true), Some(true)),
        foci: Count(2),
        kps: Some(60),
        frankel: Some("D"),
        lesions: &[
            at("T5", "2", "mechanical lytic normal under-50 bilateral"),
            at("L4", "0", "none lytic normal none none"),
        ],
        ..WORKED
    },
    Sketch {
        id: "T05-3",
        age: 62,
        tumour: "renal-cell",
        organs: Present(&["lung"], Some(true), Some(true)),
        foci: Count(2),
        frankel: Some("D"),
        lesions: &[
            at("T9", "2", "mechanical lytic normal under-50 none"),
            at("L1", "0", "none lytic normal none none"),
        ],
        path: Listed,
        ..WORKED
    },
    Sketch {
        id: "T05-4",
        age: 69,
        tumour: "renal-cell",
        kps: Some(70),
        frankel: Some("D"),
        lesions: &[at("T11", "2", "mechanical lytic normal under-50 unilateral")],
        ..WORKED
    },
    Sketch {
        id: "T05-5",
        age: 57,
        tumour: "renal-cell",
        frankel: Some("D"),
        lesions: &[at("L1", "2", "mechanical lytic deformity under-50 unilateral")],
        path: Discussed(&[Plan, Continue]),
        ..WORKED
    },
    Sketch {
        id: "T05-6",
        age: 49,
        tumour: "thyroid",
        kps: Some(100),
        lesions: &[at("T7", "0", "non-mechanical lytic normal no-collapse-over-50-involved none")],
        path: Discussed(&[Plan, Continue]),
        ..WORKED
    },
    Sketch {
        id: "T05-7",
        place: Eastmoor,
        age: 64,
        tumour: "rectum",
        organs: Present(&["liver"], Some(false), Some(true)),
        frankel: Some("D"),
        lesions: &[at("L2", "2", "mechanical lytic normal under-50 none")],
        ..WORKED
    },
    Sketch {
        id: "T05-8",
        place: Eastmoor,
        sex: Some(Female),
        age: 52,
        tumour: "breast",
        kps: Some(90),
        lesions: &[
            at("T10", "1a", "non-mechanical mixed normal none none"),
            at("T12", "0", "none mixed normal none none"),
            at("L3", "0", "none mixed normal none none"),
        ],
        path: Discussed(&[Plan, Continue]),
        ..WORKED
    },
    Sketch {
        id: "T05-9",
        place: Eastmoor,
        age: 46,
        tumour: "melanoma",
        foci: Count(1),
        lesions: &[at("T3", "1b", "non-mechanical lytic normal none none")],
        ..WORKED
    },
    Sketch {
        id: "T05-10",
        place: Westhaven,
        age: 72,
        tumour: "gallbladder",
        primary: "progressive",
        kps: Some(60),
        lesions: &[
            at("L1", "0", "mechanical lytic normal under-50 none"),
            at("L2", "0", "non-mechanical lytic normal none none"),
        ],
        ..WORKED
    },
];
