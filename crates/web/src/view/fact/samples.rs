//! Facts of the sample case.

use super::super::form::FormInput;
use super::{
    Answer, Caveat, CaveatKind, FactRow, FactSection, Kind, LesionSection, Standing, State,
    StateChoice,
};

fn answers(list: &[(&str, &str, &str, &str)], was: &str, chosen: &str) -> Vec<Answer> {
    list.iter()
        .map(|(value, label, detail, key)| Answer {
            was: *value == was,
            chosen: *value == chosen,
            ..Answer::new(value, label, detail, key)
        })
        .collect()
}

/// A row of radio buttons, each `(code, label, points, key)`, with the earlier and the chosen code.
#[must_use]
pub fn choice(
    field: &str,
    label: &str,
    help: &str,
    list: &[(&str, &str, &str, &str)],
    was: &str,
    chosen: &str,
) -> FactRow {
    let base: Vec<&str> = Some(was).filter(|was| !was.is_empty()).into_iter().collect();
    let input = FormInput::from_pairs(Some((field, chosen)).filter(|_| !chosen.is_empty()));
    let row = FactRow::new(field, label, help, Kind::Choice(answers(list, "", "")))
        .recorded(&base, was)
        .filled(&input, &base);
    let note = match row.standing {
        Standing::Confirmed => "As 12-Jun-2026. Examination".to_owned(),
        Standing::Changed | Standing::Carried => format!("Was {was}, 12-Jun-2026"),
        _ => String::new(),
    };
    FactRow {
        note,
        standing: if row.standing == Standing::Carried { Standing::ToAnswer } else { row.standing },
        ..row
    }
}

/// The ESCC picker.
#[must_use]
pub fn escc(field: &str, was: &str) -> FactRow {
    let list = [
        ("0", "Bone only", "", "0"),
        ("1a", "Epidural, sac not deformed", "", "a"),
        ("1b", "Sac deformed, cord not touched", "", "b"),
        ("1c", "Cord touched, not compressed", "", "c"),
        ("2", "Cord compressed, CSF visible", "high grade", "2"),
        ("3", "Cord compressed, no CSF", "high grade", "3"),
    ];
    let mut row = FactRow::new(
        field,
        "ESCC grade on the worst axial T2 slice",
        "Viewed from below: the patient’s right is on the left of the picture. Keys 0, a, b, c, 2, 3.",
        Kind::Escc(answers(&list, was, "")),
    );
    row.caveats = vec![
        Caveat {
            kind: CaveatKind::LocalRule,
            words: "The reading below the conus and that of plain CT are local rules.".to_owned(),
        },
        Caveat {
            kind: CaveatKind::Doubt,
            words: "That it is not applicable below the sac is not confirmed in a source."
                .to_owned(),
        },
    ];
    row.states.push(StateChoice { state: State::NotApplicable, chosen: false, was: false });
    row
}

/// The facts of a lesion.
#[must_use]
pub fn lesion(level: &str, title: &str, folded: Option<&str>) -> LesionSection {
    let field = |code: &str| format!("lesion.{level}.{code}");
    let fact =
        |code: &str, label: &str, list: &[(&str, &str, &str, &str)], was: &str, chosen: &str| {
            choice(&field(code), label, "", list, was, chosen)
        };
    let rows = vec![
        escc(&field("escc-grade"), "1c"),
        fact(
            "sins-pain",
            "Pain",
            &[
                ("mechanical", "Mechanical", "SINS 3", "m"),
                ("non-mechanical", "Other pain", "SINS 1", "o"),
                ("none", "None", "SINS 0", "n"),
            ],
            "mechanical",
            "mechanical",
        ),
        fact(
            "sins-bone-lesion",
            "Bone lesion",
            &[
                ("lytic", "Lytic", "SINS 2", "l"),
                ("mixed", "Mixed", "SINS 1", "m"),
                ("blastic", "Blastic", "SINS 0", "b"),
            ],
            "lytic",
            "lytic",
        ),
        fact(
            "sins-alignment",
            "Alignment",
            &[
                ("subluxation", "Subluxation", "SINS 4", "s"),
                ("deformity", "Deformity, new", "SINS 2", "d"),
                ("normal", "Normal", "SINS 0", "n"),
            ],
            "normal",
            "normal",
        ),
        fact(
            "sins-collapse",
            "Body collapse",
            &[
                ("over-50", "Over 50 %", "SINS 3", "o"),
                ("exactly-50", "Exactly 50 %", "SINS 2 or 3", "e"),
                ("under-50", "Under 50 %", "SINS 2", "u"),
                ("no-collapse-over-50-involved", "None, over half involved", "SINS 1", "h"),
                ("none", "None", "SINS 0", "n"),
            ],
            "under-50",
            "under-50",
        ),
        FactRow {
            help: "Facets, pedicles, costovertebral joints".to_owned(),
            ..fact(
                "sins-posterolateral",
                "Posterolateral elements",
                &[
                    ("bilateral", "Both sides", "SINS 3", "b"),
                    ("unilateral", "One side", "SINS 1", "o"),
                    ("none", "None", "SINS 0", "n"),
                ],
                "unilateral",
                "",
            )
        },
    ];
    let more = vec![FactRow {
        standing: Standing::Derived,
        note: "From the level".to_owned(),
        stated: Some(String::new()),
        ..fact(
            "sins-location",
            "SINS location",
            &[
                ("junctional", "Junctional", "SINS 3", "j"),
                ("mobile", "Mobile", "SINS 2", "m"),
                ("semirigid", "Semi-rigid", "SINS 1", "s"),
                ("rigid", "Rigid", "SINS 0", "r"),
            ],
            "semirigid",
            "",
        )
    }];
    LesionSection {
        level: level.to_owned(),
        facts: FactSection {
            id: format!("lesion-{level}"),
            title: title.to_owned(),
            count: "5 of 6 · SINS location semi-rigid, T3–T10: 1".to_owned(),
            rows,
            more,
            more_open: false,
        },
        folded: folded.map(str::to_owned),
        href: format!("/cases/NF-2026-0148/lesions/{level}"),
        tick: None,
    }
}

/// The case facts of the sample form.
#[must_use]
pub fn sections() -> Vec<FactSection> {
    let section = |id: &str, title: &str, count: &str, rows, more| FactSection {
        id: id.to_owned(),
        title: title.to_owned(),
        count: count.to_owned(),
        rows,
        more,
        more_open: false,
    };
    vec![
        section("cancer", "Cancer", "2 of 2", cancer(), more()),
        section("systemic", "Systemic disease", "3 of 4, 1 unknown", systemic(), Vec::new()),
        section("function", "Function", "2 of 3", function(), Vec::new()),
    ]
}

fn cancer() -> Vec<FactRow> {
    let groups = vec![
        (
            "Kidney".to_owned(),
            answers(
                &[
                    ("renal-clear-cell", "Clear-cell renal carcinoma", "", ""),
                    ("renal-other", "Renal carcinoma, other", "", ""),
                ],
                "renal-clear-cell",
                "renal-clear-cell",
            ),
        ),
        (
            "Not found".to_owned(),
            answers(&[("unknown-primary", "Primary searched for and not found", "", "")], "", ""),
        ),
    ];
    vec![
        FactRow {
            gives: "Gives Tok 3 kidney · Tom 2 moderate growth".to_owned(),
            standing: Standing::Confirmed,
            note: "As 12-Jun-2026. Report".to_owned(),
            ..FactRow::new(
                "case.histology",
                "Primary tumour and histology",
                "Type letters, arrows choose",
                Kind::List { groups, was: "Clear-cell renal carcinoma".to_owned() },
            )
        },
        choice(
            "case.primary-status",
            "Primary tumour under control?",
            "",
            &[
                ("controlled", "Controlled", "", "c"),
                ("progressive", "Progressive", "", "p"),
                ("untreated", "Untreated", "", "u"),
                ("not-found", "Not found", "", "n"),
            ],
            "controlled",
            "controlled",
        ),
    ]
}

fn more() -> Vec<FactRow> {
    let typed = |value: &str, unit: &str, figures, lines| Kind::Typed {
        value: value.to_owned(),
        unit: unit.to_owned(),
        units: Vec::new(),
        figures,
        lines,
        was: String::new(),
    };
    vec![
        FactRow {
            error: Some("Enter the date as day, month, year, for example 17-Nov-2025".to_owned()),
            ..FactRow::new(
                "case.histology-date",
                "Tissue diagnosis",
                "Date of the pathology report",
                typed("31/11/2025", "", true, false),
            )
        },
        FactRow::new(
            "case.prior-systemic-lines",
            "Systemic lines so far",
            "",
            typed("2", "lines", true, false),
        ),
        FactRow::new(
            "case.steroid-contraindication",
            "Steroid contraindicated",
            "",
            typed("", "", false, true),
        ),
        FactRow::new(
            "case.imaging-done",
            "Imaging done",
            "",
            Kind::Set {
                answers: answers(
                    &[("x-ray", "X-ray", "", ""), ("ct", "CT", "", ""), ("mri", "MRI", "", "")],
                    "mri",
                    "mri",
                ),
                none: false,
                none_was: false,
            },
        ),
    ]
}

fn systemic() -> Vec<FactRow> {
    let removable = FactRow {
        reason: "indeterminate".to_owned(),
        standing: Standing::Unknown,
        note: "Was all-removable, 12-Jun-2026, from the CT of 02-May".to_owned(),
        states: vec![
            StateChoice { state: State::Unknown, chosen: true, was: false },
            StateChoice { state: State::NotAssessed, chosen: false, was: false },
            StateChoice { state: State::NotApplicable, chosen: false, was: false },
        ],
        source: "report".to_owned(),
        observed: "14-Jun-2026".to_owned(),
        ..choice(
            "case.visceral-removable",
            "Can they be removed?",
            "As revised Tokuhashi asks it",
            &[("all-removable", "Yes, all", "Tok 1", "y"), ("not-removable", "No", "Tok 0", "n")],
            "all-removable",
            "",
        )
    };
    vec![
        FactRow {
            standing: Standing::Confirmed,
            note: "As 12-Jun-2026. Bone scan".to_owned(),
            ..FactRow::new(
                "case.extraspinal-bone-foci-count",
                "Bone metastases outside the spine",
                "0: Tok 2 · 1 to 2: Tok 1 · 3 or more: Tok 0",
                Kind::Typed {
                    value: "0".to_owned(),
                    unit: "foci".to_owned(),
                    units: Vec::new(),
                    figures: true,
                    lines: false,
                    was: "0".to_owned(),
                },
            )
        },
        choice(
            "case.visceral-metastases",
            "Metastases in major organs",
            "",
            &[("none", "None", "Tok 2 · Tom 0", "n"), ("present", "Present", "next 2 facts", "p")],
            "present",
            "present",
        ),
        removable,
        choice(
            "case.visceral-treatable",
            "Can they be treated?",
            "As Tomita asks it",
            &[("treatable", "Yes", "Tom 2", "y"), ("untreatable", "No", "Tom 4", "n")],
            "treatable",
            "treatable",
        ),
    ]
}

fn function() -> Vec<FactRow> {
    let kps: Vec<(&str, &str, &str, &str)> = vec![
        ("100", "100", "Tok 2", "0"),
        ("90", "90", "Tok 2", "9"),
        ("80", "80", "Tok 2", "8"),
        ("70", "70", "Tok 1", "7"),
        ("60", "60", "Tok 1", "6"),
        ("50", "50", "Tok 1", "5"),
        ("40", "40", "Tok 0", "4"),
        ("30", "30", "Tok 0", "3"),
        ("20", "20", "Tok 0", "2"),
        ("10", "10", "Tok 0", "1"),
    ];
    vec![
        choice("case.kps", "KPS, %", "Key: first figure, 0 is 100", &kps, "80", "80"),
        choice(
            "case.frankel",
            "Frankel grade",
            "",
            &[
                ("A", "A", "Tok 0", "a"),
                ("B", "B", "Tok 0", "b"),
                ("C", "C", "Tok 1", "c"),
                ("D", "D", "Tok 1", "d"),
                ("E", "E", "Tok 2", "e"),
            ],
            "D",
            "D",
        ),
        choice(
            "case.deficit-course",
            "Weakness: how is it changing?",
            "",
            &[
                ("stable", "Stable", "", "s"),
                ("slow", "Slowly worse", "", "l"),
                ("rapid", "Rapidly worse", "urgent", "r"),
                ("improving", "Improving", "", "i"),
            ],
            "stable",
            "slow",
        ),
        choice(
            "case.noms-systemic",
            "Fitness for surgery",
            "Over 72 h old: answer again",
            &[
                ("able", "Able", "", "a"),
                ("limited", "Limited", "", "l"),
                ("unable", "Unable", "", "u"),
            ],
            "able",
            "",
        ),
    ]
}
