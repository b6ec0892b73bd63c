//! The sample case of the gallery: one patient through the three scores. The totals are those that
//! the published tables give (Fisher 2010 Spine; Tokuhashi 2005 Spine; Tomita 2001 Spine).

use super::super::case::Advice;
use super::super::parts::{Link, RuleBadge, Tag, Tone};
use super::super::spine::{Bone, Collapse, LesionMark, Mark, Spine, SpineMode, zones};
use super::{
    Change, PointRow, Points, Scale, ScaleBand, ScoreCard, Standing, Step, WhatIf, totals_in_words,
};

const CASE: &str = "/cases/NF-2026-0148";

/// Badge of a bundled rule set.
#[must_use]
pub fn badge(title: &str, id: &str) -> RuleBadge {
    RuleBadge { title: title.to_owned(), version: "v1".to_owned(), href: format!("/rules/{id}/1") }
}

fn rows(rows: &[(&str, &str, &str)]) -> Vec<PointRow> {
    rows.iter()
        .map(|(item, recorded, points)| PointRow {
            item: (*item).to_owned(),
            recorded: (*recorded).to_owned(),
            points: (*points).to_owned(),
            open: points.contains(" or "),
            href: points.contains(" or ").then(|| format!("{CASE}/assessment#missing")),
        })
        .collect()
}

fn scale(bands: &[(i32, i32, &str)], possible: &[i32]) -> Scale {
    Scale {
        bands: bands
            .iter()
            .map(|(from, to, words)| ScaleBand { from: *from, to: *to, words: (*words).to_owned() })
            .collect(),
        possible: possible.to_vec(),
    }
}

/// SINS bands of Fisher 2010.
pub const SINS: [(i32, i32, &str); 3] =
    [(0, 6, "Stable"), (7, 12, "Potentially unstable"), (13, 18, "Unstable")];
/// Bands of Tokuhashi 2005.
pub const TOKUHASHI: [(i32, i32, &str); 3] = [(0, 8, ""), (9, 11, ""), (12, 15, "")];
/// Bands of Tomita 2001.
pub const TOMITA: [(i32, i32, &str); 4] = [(2, 3, ""), (4, 5, ""), (6, 7, ""), (8, 10, "")];

fn what_if(value: &str, changes: Option<&[(&str, &str, &str, &str)]>) -> WhatIf {
    WhatIf {
        action: CASE.to_owned(),
        value: value.to_owned(),
        changes: changes.map(|changes| {
            changes
                .iter()
                .map(|(answer, instead_of, total, band)| Change {
                    answer: (*answer).to_owned(),
                    instead_of: (*instead_of).to_owned(),
                    total: (*total).to_owned(),
                    band: (*band).to_owned(),
                })
                .collect()
        }),
    }
}

/// SINS 9, potentially unstable.
#[must_use]
pub fn sins(level: &str, index: bool) -> ScoreCard {
    let place = if index { "Index level" } else { "Level" };
    ScoreCard {
        id: format!("sins-2010-{level}"),
        title: "SINS".to_owned(),
        subtitle: format!("{place} {level} · spinal instability"),
        standing: Standing::Total { value: "9".to_owned() },
        max: "18".to_owned(),
        bands: vec![Tag::new(Tone::Warn, "Potentially unstable (7–12)")],
        scale: Some(scale(&SINS, &[9])),
        points: Points {
            caption: format!("SINS at {level}, item by item"),
            rows: rows(&[
                ("Location", "Semi-rigid, T3–T10", "1"),
                ("Pain", "Mechanical", "3"),
                ("Bone lesion", "Lytic", "2"),
                ("Alignment", "Normal", "0"),
                ("Body collapse", "Under 50 %", "2"),
                ("Posterolateral", "One side", "1"),
            ]),
            total: "9".to_owned(),
        },
        meaning: "Possibly impending instability: consult a spinal surgeon before treatment such as radiotherapy. \
                  It does not advise an operation."
            .to_owned(),
        source: "Fisher 2010, Spine 35(22):E1221".to_owned(),
        explanation: vec![
            Step {
                text: "Location is semi-rigid: 1 point".to_owned(),
                because: format!("{level} lies between T3 and T10"),
                source: "sins-location v1".to_owned(),
            },
            Step {
                text: "Pain is mechanical: 3 points".to_owned(),
                because: "Recorded by Dr R. Lindqvist, 12-Jun-2026, examination".to_owned(),
                source: "Fisher 2010, table 1".to_owned(),
            },
        ],
        explained: false,
        what_if: Some(what_if(&format!("sins-2010.{level}"), None)),
        badge: badge("SINS 2010", "sins-2010"),
        by: "Dr R. Lindqvist · 12-Jun-2026 16:42".to_owned(),
    }
}

/// SINS 1, stable.
#[must_use]
pub fn sins_low(level: &str) -> ScoreCard {
    ScoreCard {
        standing: Standing::Total { value: "1".to_owned() },
        bands: vec![Tag::new(Tone::Ok, "Stable (0–6)")],
        scale: Some(scale(&SINS, &[1])),
        points: Points {
            rows: rows(&[
                ("Location", "Semi-rigid, T3–T10", "1"),
                ("Pain", "None", "0"),
                ("Bone lesion", "Blastic", "0"),
                ("Alignment", "Normal", "0"),
                ("Body collapse", "None", "0"),
                ("Posterolateral", "None", "0"),
            ]),
            total: "1".to_owned(),
            ..sins(level, false).points
        },
        ..sins(level, false)
    }
}

/// SINS with two inputs missing.
#[must_use]
pub fn sins_open(level: &str) -> ScoreCard {
    let possible = [6, 7, 8, 9, 10, 12];
    ScoreCard {
        standing: Standing::Possible {
            totals: totals_in_words(&possible),
            missing: vec![
                Link::new(
                    "Posterolateral",
                    format!("{CASE}/lesions/{level}#lesion-{level}-sins-posterolateral"),
                ),
                Link::new("Pain", format!("{CASE}/lesions/{level}#lesion-{level}-sins-pain")),
            ],
        },
        bands: vec![
            Tag::new(Tone::Ok, "Stable (0–6)"),
            Tag::new(Tone::Warn, "Potentially unstable (7–12)"),
        ],
        scale: Some(scale(&SINS, &possible)),
        points: Points {
            rows: rows(&[
                ("Location", "Mobile, L2–L4", "2"),
                ("Pain", "Not assessed", "0, 1 or 3"),
                ("Bone lesion", "Mixed", "1"),
                ("Alignment", "Normal", "0"),
                ("Body collapse", "Over 50 %", "3"),
                ("Posterolateral", "Unknown: pending", "0, 1 or 3"),
            ]),
            total: totals_in_words(&possible),
            ..sins(level, false).points
        },
        meaning: String::new(),
        explanation: Vec::new(),
        ..sins(level, false)
    }
}

/// Revised Tokuhashi 9.
#[must_use]
pub fn tokuhashi() -> ScoreCard {
    ScoreCard {
        id: "tokuhashi-2005".to_owned(),
        title: "Revised Tokuhashi".to_owned(),
        subtitle: "Case · prognosis, higher is better".to_owned(),
        standing: Standing::Total { value: "9".to_owned() },
        max: "15".to_owned(),
        bands: vec![Tag::new(Tone::Info, "9–11 · predicted 6 months or more")],
        scale: Some(scale(&TOKUHASHI, &[9])),
        points: Points {
            caption: "Revised Tokuhashi, item by item".to_owned(),
            rows: rows(&[
                ("General condition", "KPS 80 %", "2"),
                ("Bone outside the spine", "0 foci", "2"),
                ("Vertebrae", "3 or more (T6, T10, L2)", "0"),
                ("Major organs", "Removable", "1"),
                ("Primary site", "Kidney", "3"),
                ("Palsy", "Incomplete, Frankel D", "1"),
            ]),
            total: "9".to_owned(),
        },
        meaning: "Predicted survival 6 months or more. Palliative surgery; excision when one vertebra is affected \
                  and no major organ."
            .to_owned(),
        source: "Tokuhashi 2005, Spine 30(19):2186; 246 patients, one hospital. External validation found no \
                 appropriate calibration"
            .to_owned(),
        explanation: vec![Step {
            text: "Primary site group 3, kidney: 3 points".to_owned(),
            because: "Histology is clear-cell renal carcinoma".to_owned(),
            source: "primary-group-tokuhashi-2005 v1".to_owned(),
        }],
        explained: false,
        what_if: Some(what_if("tokuhashi-2005", None)),
        badge: badge("Tokuhashi 2005", "tokuhashi-2005"),
        by: "From 6 facts of assessment 3".to_owned(),
    }
}

/// Revised Tokuhashi with one input missing: crosses a band edge.
#[must_use]
pub fn tokuhashi_open() -> ScoreCard {
    let mut card = tokuhashi();
    card.standing = Standing::Possible {
        totals: totals_in_words(&[8, 9]),
        missing: vec![Link::new(
            "Can they be removed?",
            format!("{CASE}/assessment#case-visceral-removable"),
        )],
    };
    card.bands = vec![
        Tag::new(Tone::Warn, "0–8 · predicted under 6 months"),
        Tag::new(Tone::Info, "9–11 · predicted 6 months or more"),
    ];
    card.scale = Some(scale(&TOKUHASHI, &[8, 9]));
    card.points.rows = rows(&[
        ("General condition", "KPS 80 %", "2"),
        ("Major organs", "Present, not assessed", "0 or 1"),
    ]);
    card.points.total = totals_in_words(&[8, 9]);
    card
}

/// Tomita 6.
#[must_use]
pub fn tomita() -> ScoreCard {
    ScoreCard {
        id: "tomita-2001".to_owned(),
        title: "Tomita".to_owned(),
        subtitle: "Case · surgical strategy, higher is worse".to_owned(),
        standing: Standing::Total { value: "6".to_owned() },
        max: "10".to_owned(),
        bands: vec![Tag::new(Tone::Info, "6–7 · short-term palliation")],
        scale: Some(scale(&TOMITA, &[6])),
        points: Points {
            caption: "Tomita, item by item".to_owned(),
            rows: rows(&[
                ("Growth of the primary", "Moderate, kidney", "2"),
                ("Visceral metastases", "Treatable", "2"),
                ("Bone metastases", "Multiple", "2"),
            ]),
            total: "6".to_owned(),
        },
        meaning: "Short-term palliation: palliative surgery.".to_owned(),
        source: "Tomita 2001, Spine 26(3):298. The paper assigns goals to its bands, not survival"
            .to_owned(),
        explanation: vec![Step {
            text: "Two or more bone lesions in all: multiple, 2 points".to_owned(),
            because: "3 vertebrae recorded, 0 foci outside the spine".to_owned(),
            source: "bone-metastases-pattern v1".to_owned(),
        }],
        explained: false,
        what_if: Some(what_if("tomita-2001", None)),
        badge: badge("Tomita 2001", "tomita-2001"),
        by: "From 4 facts of assessment 3".to_owned(),
    }
}

/// Tomita with its what-if asked.
#[must_use]
pub fn tomita_asked() -> ScoreCard {
    ScoreCard {
        what_if: Some(what_if(
            "tomita-2001",
            Some(&[
                (
                    "Organ metastases: none",
                    "present, treatable",
                    "4",
                    "4–5, middle-term local control",
                ),
                (
                    "Organ metastases: present, untreatable",
                    "present, treatable",
                    "8",
                    "8–10, supportive care",
                ),
            ]),
        )),
        ..tomita()
    }
}

/// A card whose every text is hostile.
#[must_use]
pub fn hostile() -> ScoreCard {
    let mut card = sins_open("T10");
    super::super::HOSTILE.clone_into(&mut card.title);
    super::super::HOSTILE.clone_into(&mut card.by);
    super::super::HOSTILE.clone_into(&mut card.meaning);
    for row in &mut card.points.rows {
        super::super::HOSTILE.clone_into(&mut row.recorded);
    }
    card
}

/// What Tokuhashi and Tomita advise for the sample case.
#[must_use]
pub fn advice() -> Vec<Advice> {
    vec![
        Advice {
            title: "Revised Tokuhashi".to_owned(),
            badge: badge("Tokuhashi 2005", "tokuhashi-2005"),
            result: "9 / 15".to_owned(),
            bands: vec![Tag::new(Tone::Info, "9–11")],
            strategies: vec!["Palliative surgery".to_owned()],
            survival: "6 months or more".to_owned(),
            source: "Tokuhashi 2005, Spine".to_owned(),
        },
        Advice {
            title: "Tomita".to_owned(),
            badge: badge("Tomita 2001", "tomita-2001"),
            result: "6 / 10".to_owned(),
            bands: vec![Tag::new(Tone::Info, "6–7")],
            strategies: vec!["Palliative surgery, for short-term palliation".to_owned()],
            survival: String::new(),
            source: "Tomita 2001, Spine".to_owned(),
        },
        Advice {
            title: "SINS at T10".to_owned(),
            badge: badge("SINS 2010", "sins-2010"),
            result: "9 / 18".to_owned(),
            bands: vec![Tag::new(Tone::Warn, "Potentially unstable")],
            strategies: vec!["Surgical consultation before treatment".to_owned()],
            survival: String::new(),
            source: "Fisher 2010, Spine".to_owned(),
        },
    ]
}

/// The same while Tokuhashi is open.
#[must_use]
pub fn advice_open() -> Vec<Advice> {
    let mut advice = advice();
    if let Some(first) = advice.first_mut() {
        "8 to 9 / 15".clone_into(&mut first.result);
        first.bands = vec![Tag::new(Tone::Warn, "0–8"), Tag::new(Tone::Info, "9–11")];
        first.strategies = vec![
            "0–8: conservative treatment or a palliative procedure".to_owned(),
            "9–11: palliative surgery".to_owned(),
        ];
        "under 6 months, or 6 months or more".clone_into(&mut first.survival);
    }
    advice
}

fn class_of(level: &str) -> String {
    let class = match level {
        "C1" | "C2" | "C7" | "T1" | "T2" | "T11" | "T12" | "L1" | "L5" | "S1" => "junctional",
        "C3" | "C4" | "C5" | "C6" | "L2" | "L3" | "L4" => "mobile",
        "S2" | "S3" | "S4" | "S5" => "rigid",
        _ => "semirigid",
    };
    class.to_owned()
}

/// A spine without a lesion.
#[must_use]
pub fn bare_spine() -> Spine {
    Spine::new(
        &format!("{CASE}/lesions"),
        "after-spine",
        SpineMode::Edit,
        zones(|level| Some(class_of(level))),
    )
}

/// The spine of the sample case, with every state that the drawing knows.
#[must_use]
pub fn spine() -> Spine {
    let lesion = |bone, chip: &str| LesionMark {
        bone,
        index: false,
        collapse: Collapse::None,
        treated: None,
        equivocal: false,
        chip: chip.to_owned(),
    };
    bare_spine()
        .with(
            "C5",
            Mark::Lesion(LesionMark { equivocal: true, ..lesion(Bone::Lytic, "ESCC ? · SINS ?") }),
        )
        .with("T3", Mark::Lesion(lesion(Bone::NotRecorded, "ESCC 1a · SINS 2 to 8")))
        .with("T6", Mark::Lesion(lesion(Bone::Blastic, "ESCC 0 · SINS 1")))
        .with(
            "T10",
            Mark::Lesion(LesionMark {
                index: true,
                collapse: Collapse::Under50,
                ..lesion(Bone::Lytic, "ESCC 2 · SINS 9")
            }),
        )
        .with("L2", Mark::Lesion(lesion(Bone::Mixed, "ESCC 0 · SINS 6–12")))
        .with(
            "L4",
            Mark::Lesion(LesionMark {
                treated: Some("SBRT 2025".to_owned()),
                collapse: Collapse::Over50,
                ..lesion(Bone::Lytic, "ESCC 0 · SINS 11")
            }),
        )
        .with("S5", Mark::NotImaged)
}
