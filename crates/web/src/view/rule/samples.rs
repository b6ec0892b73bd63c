//! Samples: a score, a mapping, a version on hold, hostile text. Points of Tokuhashi 2005, Spine 30(19):2186.

use super::super::parts::{Link, Tag, Tone};
use super::super::shell::{Section, Shell};
use super::super::{HOSTILE, LONG_NAME, Page};
use super::{
    Activation, ApprovalRow, BandRow, Citation, Example, PointGroup, PointOption, Reading,
    RulePage, RuleVersion, ValueRow, ValueTable,
};

fn group(item: &str, code: &str, options: &[(&str, &str)]) -> PointGroup {
    PointGroup {
        item: item.to_owned(),
        code: code.to_owned(),
        options: options
            .iter()
            .map(|(words, points)| PointOption {
                words: (*words).to_owned(),
                points: (*points).to_owned(),
                sources: "T05-EXP, T05-NSN".to_owned(),
                marks: Vec::new(),
            })
            .collect(),
    }
}

fn points() -> Vec<PointGroup> {
    vec![
        group(
            "General condition",
            "general-condition-tokuhashi",
            &[
                ("Poor, KPS 10–40 %", "0"),
                ("Moderate, KPS 50–70 %", "1"),
                ("Good, KPS 80–100 %", "2"),
            ],
        ),
        group(
            "Bone metastases outside the spine",
            "extraspinal-bone-foci-count",
            &[("3 or more", "0"), ("1–2", "1"), ("0", "2")],
        ),
        group(
            "Vertebrae with metastasis",
            "vertebral-metastases-count",
            &[("3 or more", "0"), ("2", "1"), ("1", "2")],
        ),
        group(
            "Metastases in major organs",
            "organs-tokuhashi",
            &[("Unremovable", "0"), ("Removable", "1"), ("None", "2")],
        ),
        group(
            "Primary site",
            "primary-group-tokuhashi-2005",
            &[
                ("Lung, osteosarcoma, stomach, bladder, oesophagus, pancreas", "0"),
                ("Liver, gallbladder, unidentified", "1"),
                ("Others", "2"),
                ("Kidney, uterus", "3"),
                ("Rectum", "4"),
                ("Thyroid, breast, prostate, carcinoid", "5"),
            ],
        ),
        group(
            "Spinal cord palsy",
            "palsy-tokuhashi",
            &[
                ("Complete, Frankel A, B", "0"),
                ("Incomplete, Frankel C, D", "1"),
                ("None, Frankel E", "2"),
            ],
        ),
    ]
}

fn bands() -> Vec<BandRow> {
    [
        ("0–8", "Under 6 months", "Conservative treatment or a palliative procedure"),
        (
            "9–11",
            "6 months or more",
            "Palliative surgery; excision if one vertebra and no organ metastasis",
        ),
        ("12–15", "1 year or more", "Excisional surgery"),
    ]
    .map(|(range, survival, strategy)| BandRow {
        range: range.to_owned(),
        name: String::new(),
        survival: survival.to_owned(),
        strategy: strategy.to_owned(),
        sources: "T05-ABS".to_owned(),
        marks: Vec::new(),
    })
    .to_vec()
}

fn score() -> RulePage {
    let pair = |label: &str, words: &str| (label.to_owned(), words.to_owned());
    let active = |site: &str| Activation {
        site: site.to_owned(),
        from: "15-Dec-2025".to_owned(),
        protocol: "core-scores v1".to_owned(),
        state: Tag::new(Tone::Ok, "Active").with_icon(),
    };
    let example = |name: &str, facts: &str, expected: &str| Example {
        name: name.to_owned(),
        facts: facts.split(", ").map(str::to_owned).collect(),
        expected: expected.to_owned(),
        result: Tag::new(Tone::Ok, "Same").with_icon(),
    };
    RulePage {
        shell: Shell::sample("Revised Tokuhashi (2005) v1", Section::Rules),
        kind: "Scores".to_owned(),
        title: "Revised Tokuhashi (2005)".to_owned(),
        version: "v1".to_owned(),
        tags: vec![
            Tag::new(Tone::Ok, "Active at 3 sites").with_icon(),
            Tag::new(Tone::Ok, "Verified: complete, consistent, reachable").with_icon(),
        ],
        line: "Score, per case, 0 to 15, higher is better".to_owned(),
        notice: None,
        damage: None,
        points: points(),
        values: None,
        bands: bands(),
        bands_note: "The paper’s predictions are those of one hospital before 2005. External validation found no appropriate \
                     calibration."
            .to_owned(),
        readings: vec![Reading {
            matter: "9–11 is often printed “6 to 12 months”. The paper gives only a floor.".to_owned(),
            taken: "Floor only: 6 months or more.".to_owned(),
        }],
        examples: vec![
            example("G1", "Breast, KPS 80, 0 foci, 1 vertebra, no organ, Frankel E", "2+2+2+2+5+2 = 15, 1 year or more"),
            example("Edge 8 / 9", "Kidney, KPS 80, 0 foci, 3 vertebrae, removable, Frankel D", "2+2+0+1+3+1 = 9, 6 months or more"),
        ],
        examples_note: "All are run before each release and at each start. Every band edge has one.".to_owned(),
        header: vec![
            pair("Citation", "Tokuhashi Y and others. Spine 2005;30(19):2186–2191"),
            pair("Points confirmed", "Yes, from reproductions. Full paper not seen"),
            pair("Derived from", "246 patients who had died, one hospital, Japan"),
            pair("Author", "The release"),
            pair("Verified with", "the versions of what it reads that core-scores v1 pins"),
        ],
        approvals: vec![ApprovalRow {
            who: "The release that carries it".to_owned(),
            at: "01-Dec-2025 09:00".to_owned(),
            meaning: "Approved by the release".to_owned(),
        }],
        citations: vec![Citation {
            key: "T05-ABS".to_owned(),
            text: "Tokuhashi Y, Matsuzaki H, Oda H, Oshima M, Ryu J. Spine 2005;30(19):2186–2191, abstract".to_owned(),
            doi: Some("10.1097/01.brs.0000180401.06919.a5".to_owned()),
        }],
        hash: "4f1c9a0277be31d05a6e84c319f00b7de2c85f64a93d11806cb7f3e502d94a1b".to_owned(),
        address: "/rules/tokuhashi-2005/1".to_owned(),
        protocols: vec![Link::new("core-scores v1", "/rules/protocols/core-scores/1")],
        related: vec![
            Link::new("primary-group-tokuhashi-2005 v1", "/rules/primary-group-tokuhashi-2005/1"),
            Link::new("palsy-tokuhashi v1", "/rules/palsy-tokuhashi/1"),
        ],
        activations: vec![
            active("Northfield"),
            active("Eastmoor"),
            Activation {
                site: "Southmere".to_owned(),
                from: "–".to_owned(),
                protocol: "–".to_owned(),
                state: Tag::new(Tone::Plain, "Not adopted"),
            },
        ],
        versions: vec![RuleVersion {
            version: "v1".to_owned(),
            href: "/rules/tokuhashi-2005/1".to_owned(),
            state: Tag::new(Tone::Ok, "Approved"),
            hash: "4f1c 9a02".to_owned(),
            current: true,
        }],
    }
}

fn mapping() -> RulePage {
    let unconfirmed = || Tag::new(Tone::Warn, "Source not confirmed");
    let row = |cells: [&str; 2], marks| ValueRow {
        cells: cells.map(str::to_owned).to_vec(),
        sources: "REV, CALC-A".to_owned(),
        marks,
    };
    RulePage {
        shell: Shell::sample("Tomita growth group v1", Section::Rules),
        kind: "Mappings".to_owned(),
        title: "Tomita growth group".to_owned(),
        line: "Mapping, per case, from the histology".to_owned(),
        points: Vec::new(),
        bands: Vec::new(),
        bands_note: String::new(),
        values: Some(ValueTable {
            heads: vec!["Histology".to_owned(), "Growth group".to_owned()],
            rows: vec![
                row(["Clear-cell renal carcinoma", "moderate"], Vec::new()),
                row(["Carcinoid", "slow"], vec![unconfirmed()]),
                row(
                    ["Plasmacytoma", "slow, moderate or rapid: not listed by the paper"],
                    vec![Tag::new(Tone::Info, "Local rule"), unconfirmed()],
                ),
            ],
            note: "A histology that the paper does not list leaves every group possible."
                .to_owned(),
        }),
        address: "/rules/growth-group-tomita/1".to_owned(),
        ..score()
    }
}

impl Page for RulePage {
    fn samples() -> Vec<(&'static str, Self)> {
        let hold = Self {
            tags: vec![
                Tag::new(Tone::Warn, "On hold").with_icon(),
                Tag::new(Tone::Warn, "No approval recorded").with_icon(),
            ],
            approvals: Vec::new(),
            notice: Some(
                "On hold: the points were not confirmed in the paper. It is never evaluated."
                    .to_owned(),
            ),
            points: Vec::new(),
            bands: Vec::new(),
            bands_note: String::new(),
            readings: Vec::new(),
            examples: Vec::new(),
            examples_note: String::new(),
            activations: Vec::new(),
            protocols: Vec::new(),
            related: Vec::new(),
            ..score()
        };
        let damaged = Self {
            damage: Some(
                "The stored file of this version was changed. Its table, shown here, has the hash \
                 09c1e4a77be31d05a6e84c319f00b7de2c85f64a93d11806cb7f3e502d94a1b4; it was loaded with \
                 4f1c9a0277be31d05a6e84c319f00b7de2c85f64a93d11806cb7f3e502d94a1b."
                    .to_owned(),
            ),
            ..score()
        };
        let mut hostile =
            Self { title: HOSTILE.to_owned(), notice: Some(LONG_NAME.to_owned()), ..score() };
        for option in hostile.points.iter_mut().flat_map(|group| &mut group.options) {
            HOSTILE.clone_into(&mut option.words);
            option.marks = vec![Tag::new(Tone::Warn, HOSTILE)];
        }
        hostile.approvals.push(ApprovalRow {
            who: HOSTILE.to_owned(),
            at: "01-Dec-2025 09:00".to_owned(),
            meaning: HOSTILE.to_owned(),
        });
        vec![
            ("hold", hold),
            ("score", score()),
            ("mapping", mapping()),
            ("damaged", damaged),
            ("hostile", hostile),
        ]
    }
}
