//! The other cases: referrals that wait, cases in preparation, and more that were discussed.

use mdt::case::CloseReason;
use mdt::decision::{AmendReason, DeferralReason, StruckOffReason};
use mdt::person::Sex::{Female, Male};

use super::cast::Place::{Eastmoor, Northfield, Westhaven};
use super::sketch::{BASE, Foci, Imaged, Organs, Path, Sketch, Turn, at, lesion};

use Foci::{AtLeast, Count};
use Organs::Present;
use Path::{Discussed, Listed, Preparing, Redirected, Returned, Waiting, Withdrawn};
use Turn::{Amend, Close, Continue, Defer, Plan, ReferOn, StandardOfCare, StrikeOff, Unsigned};

pub(super) const CASES: [Sketch; 25] = [
    // Northfield.
    Sketch {
        id: "NF-CORD",
        sex: Some(Male),
        age: 69,
        tumour: "prostate",
        foci: AtLeast(3),
        kps: Some(50),
        frankel: Some("C"),
        lesions: &[at("T7", "3", "mechanical blastic normal none none")],
        question: "Legs weaker since yesterday evening, walks no more. MRI this morning: cord pressed at T7. Tonight?",
        emergency: true,
        path: Waiting(0),
        ..BASE
    },
    Sketch {
        id: "NF-NEW-1",
        age: 64,
        tumour: "oesophagus",
        primary: "progressive",
        foci: Count(1),
        lesions: &[at("T5", "?", "mechanical lytic normal under-50 none")],
        path: Waiting(1),
        ..BASE
    },
    Sketch {
        id: "NF-NEW-2",
        sex: Some(Female),
        age: 47,
        tumour: "cervix",
        lesions: &[at("L5", "?", "non-mechanical lytic normal none none")],
        less_urgent: "The pain at night is known since the spring and controlled. The MRI shows no compression.",
        path: Waiting(3),
        ..BASE
    },
    Sketch {
        id: "NF-BACK",
        age: 80,
        basis: "none",
        primary: "",
        foci: Foci::Unknown,
        kps: None,
        frankel: None,
        imaged: Imaged::Partly,
        lesions: &[lesion("L3", "indeterminate", "?", "? ? ? ? ?")],
        path: Returned(
            "No cross-sectional images and no question: please send the CT and say what is to be decided.",
        ),
        ..BASE
    },
    Sketch {
        id: "NF-PREP-1",
        age: 59,
        tumour: "head-neck",
        organs: Organs::Unknown("pending"),
        lesions: &[at("C4", "1b", "mechanical lytic normal none none")],
        path: Preparing,
        ..BASE
    },
    Sketch {
        id: "NF-PREP-2",
        sex: Some(Female),
        age: 72,
        tumour: "ovary",
        foci: Count(2),
        kps: Some(60),
        lesions: &[
            at("T11", "1a", "non-mechanical lytic normal under-50 none"),
            at("L4", "0", "none lytic normal none none"),
        ],
        path: Preparing,
        ..BASE
    },
    Sketch {
        id: "NF-MYELOMA",
        age: 66,
        tumour: "myeloma",
        basis: "spine-biopsy",
        foci: AtLeast(3),
        kps: Some(70),
        lesions: &[
            at("L2", "1a", "mechanical lytic normal under-50 none"),
            at("T9", "0", "none lytic normal none none"),
        ],
        path: Discussed(&[ReferOn("Haematology MDT, Northfield"), Close(CloseReason::Moved)]),
        ..BASE
    },
    Sketch {
        id: "NF-CORD-PAST",
        sex: Some(Male),
        age: 76,
        tumour: "prostate",
        foci: Count(4),
        kps: Some(60),
        frankel: Some("D"),
        lesions: &[at("T4", "3", "non-mechanical blastic normal none none")],
        emergency: true,
        ..BASE
    },
    Sketch {
        id: "NF-UNSIGNED",
        age: 62,
        tumour: "leiomyosarcoma",
        organs: Present(&["lung"], Some(true), Some(true)),
        lesions: &[at("T12", "1c", "mechanical lytic normal over-50 unilateral")],
        path: Discussed(&[Unsigned]),
        ..BASE
    },
    // Eastmoor.
    Sketch {
        id: "EM-NEW-1",
        place: Eastmoor,
        age: 67,
        tumour: "upper-urothelial",
        foci: Count(1),
        kps: Some(70),
        lesions: &[at("L1", "?", "mechanical lytic normal under-50 none")],
        path: Waiting(2),
        ..BASE
    },
    Sketch {
        id: "EM-ELSEWHERE",
        place: Eastmoor,
        age: 58,
        tumour: "soft-tissue-sarcoma",
        lesions: &[at("L3", "1b", "mechanical lytic normal none unilateral")],
        path: Redirected(
            Northfield,
            "Needs a surgical opinion first: for the meeting at Northfield.",
        ),
        ..BASE
    },
    Sketch {
        id: "EM-PREP-1",
        place: Eastmoor,
        age: 70,
        tumour: "colorectal",
        organs: Present(&["liver"], None, Some(true)),
        foci: Count(0),
        lesions: &[at("T8", "1a", "non-mechanical lytic normal none none")],
        path: Preparing,
        ..BASE
    },
    Sketch {
        id: "EM-NEXT",
        place: Eastmoor,
        sex: Some(Female),
        age: 63,
        tumour: "breast",
        foci: Count(3),
        kps: Some(80),
        lesions: &[
            at("T7", "1c", "mechanical mixed normal under-50 none"),
            at("T8", "1a", "none mixed normal none none"),
            lesion("L5", "treated", "0", "none blastic normal none none"),
        ],
        path: Listed,
        ..BASE
    },
    Sketch {
        id: "EM-LYMPHOMA",
        place: Eastmoor,
        age: 44,
        tumour: "lymphoma",
        basis: "spine-biopsy",
        kps: Some(80),
        lesions: &[at("T6", "1b", "non-mechanical lytic normal none none")],
        path: Discussed(&[StandardOfCare]),
        ..BASE
    },
    Sketch {
        id: "EM-DIED",
        place: Eastmoor,
        age: 78,
        tumour: "lung-sclc",
        primary: "progressive",
        organs: Present(&["liver", "brain"], Some(false), Some(false)),
        foci: AtLeast(3),
        kps: Some(30),
        lesions: &[at("T10", "1b", "non-mechanical lytic normal none none")],
        path: Discussed(&[StrikeOff(StruckOffReason::Died), Close(CloseReason::Died)]),
        ..BASE
    },
    Sketch {
        id: "EM-LIVER",
        place: Eastmoor,
        sex: Some(Male),
        age: 65,
        tumour: "hepatocellular",
        primary: "progressive",
        foci: Count(1),
        kps: Some(70),
        lesions: &[at("T9", "1c", "mechanical lytic normal under-50 unilateral")],
        path: Discussed(&[Plan, Amend(AmendReason::ErrorInRecord)]),
        ..BASE
    },
    Sketch {
        id: "EM-THYROID",
        place: Eastmoor,
        age: 70,
        tumour: "thyroid-medullary",
        organs: Present(&["lung"], Some(false), Some(true)),
        foci: Count(1),
        kps: Some(80),
        lesions: &[
            at("L3", "0", "mechanical lytic normal under-50 none"),
            at("T11", "0", "none lytic normal none none"),
        ],
        path: Discussed(&[Plan, Continue]),
        ..BASE
    },
    // Westhaven.
    Sketch {
        id: "WH-NEW-1",
        place: Westhaven,
        sex: Some(Male),
        age: 73,
        tumour: "bladder",
        foci: Count(1),
        kps: Some(60),
        lesions: &[at("T10", "?", "non-mechanical lytic normal none none")],
        path: Waiting(1),
        ..BASE
    },
    Sketch {
        id: "WH-WITHDRAWN",
        place: Westhaven,
        age: 84,
        tumour: "unknown-primary",
        primary: "not-found",
        kps: Some(40),
        lesions: &[lesion(
            "L1",
            "metastasis-probable",
            "?",
            "mechanical lytic normal under-50 none",
        )],
        path: Withdrawn("The patient does not want any treatment of the spine."),
        ..BASE
    },
    Sketch {
        id: "WH-PREP-1",
        place: Westhaven,
        age: 60,
        tumour: "neuroendocrine-tumour",
        organs: Present(&["liver"], Some(false), Some(true)),
        foci: Count(1),
        kps: Some(90),
        lesions: &[at("L2", "0", "non-mechanical mixed normal none none")],
        path: Preparing,
        ..BASE
    },
    Sketch {
        id: "WH-NEXT",
        place: Westhaven,
        age: 68,
        tumour: "lung-nsclc",
        organs: Present(&["brain"], Some(false), Some(true)),
        foci: Count(2),
        kps: Some(70),
        lesions: &[at("T3", "1b", "mechanical lytic normal no-collapse-over-50-involved none")],
        path: Listed,
        ..BASE
    },
    Sketch {
        id: "WH-SACRUM",
        place: Westhaven,
        age: 57,
        tumour: "rectum",
        kps: Some(80),
        lesions: &[at(
            "S1",
            "0",
            "mechanical lytic normal no-collapse-over-50-involved unilateral",
        )],
        path: Discussed(&[Plan, Continue]),
        ..BASE
    },
    Sketch {
        id: "WH-AXIS",
        place: Westhaven,
        age: 64,
        tumour: "renal-cell",
        organs: Present(&["lung"], Some(false), Some(true)),
        foci: Count(1),
        kps: Some(70),
        lesions: &[at("C2", "0", "mechanical lytic normal under-50 unilateral")],
        path: Discussed(&[Defer(DeferralReason::ImagingNotTransferred), Plan]),
        ..BASE
    },
    Sketch {
        id: "WH-BLASTIC",
        place: Westhaven,
        sex: Some(Male),
        age: 79,
        tumour: "prostate",
        foci: AtLeast(3),
        kps: Some(80),
        lesions: &[
            at("L3", "0", "none blastic normal none none"),
            at("L4", "0", "none blastic normal none none"),
            lesion("T8", "benign", "0", "none ? normal none none"),
        ],
        path: Discussed(&[Plan, Continue]),
        ..BASE
    },
    Sketch {
        id: "WH-HEADNECK",
        place: Westhaven,
        sex: Some(Male),
        age: 61,
        tumour: "head-neck",
        primary: "progressive",
        organs: Present(&["lung", "pleura"], Some(false), Some(false)),
        foci: Count(1),
        kps: Some(50),
        lesions: &[at("T1", "1c", "mechanical lytic normal under-50 none")],
        path: Discussed(&[Plan, Close(CloseReason::Completed)]),
        ..BASE
    },
];
