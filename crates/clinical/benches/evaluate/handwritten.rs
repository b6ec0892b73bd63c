//! The three scores and what they derive from, written out by hand: the yardstick of the benchmark.
//!
//! It takes the same facts as the rules and returns the same evaluation, so that the two differ
//! only in how they get there. It knows complete and incomplete cases; only which missing fact would
//! narrow a result most, it does not rank.

use std::collections::BTreeMap;
use std::sync::Arc;

use rules::result::{EvaluationData, ResultRow};
use rules::state::{NO_ROW, Origin, State, States};
use rules::value::{Fact, FactValue, Facts, LesionFacts};
use rules::{Compiled, Evaluation};

/// By tumour the possible growth points (bits 1, 2, 4) and the possible primary site groups.
const HISTOLOGY: [(&str, u8, u8); 52] = [
    ("breast", 1, 0b10_0000),
    ("prostate", 1, 0b10_0000),
    ("thyroid", 1, 0b10_0000),
    ("thyroid-differentiated", 1, 0b10_0000),
    ("thyroid-medullary", 1, 0b10_0000),
    ("thyroid-anaplastic", 1, 0b10_0000),
    ("neuroendocrine-tumour", 7, 0b10_0000),
    ("neuroendocrine-carcinoma", 7, 0b100),
    ("renal-cell", 2, 0b1000),
    ("uterus", 2, 0b1000),
    ("endometrium", 2, 0b1000),
    ("cervix", 2, 0b1000),
    ("rectum", 7, 0b10000),
    ("colon", 7, 0b100),
    ("colorectal", 7, 0b10100),
    ("lung-nsclc", 4, 0b1),
    ("lung-sclc", 4, 0b1),
    ("lung", 4, 0b1),
    ("stomach", 4, 0b1),
    ("oesophagus", 7, 0b1),
    ("pancreas", 7, 0b1),
    ("bladder", 7, 0b1),
    ("upper-urothelial", 7, 0b100),
    ("hepatocellular", 7, 0b10),
    ("cholangiocarcinoma", 7, 0b10),
    ("gallbladder", 7, 0b10),
    ("unknown-primary", 4, 0b10),
    ("osteosarcoma", 7, 0b1),
    ("bone-sarcoma", 7, 0b101),
    ("ewing", 7, 0b100),
    ("rhabdomyosarcoma", 7, 0b100),
    ("chondrosarcoma", 7, 0b100),
    ("leiomyosarcoma", 7, 0b100),
    ("liposarcoma", 7, 0b100),
    ("synovial-sarcoma", 7, 0b100),
    ("soft-tissue-sarcoma", 7, 0b100),
    ("haemangioendothelioma", 7, 0b100),
    ("melanoma", 7, 0b100),
    ("head-neck", 7, 0b100),
    ("nasopharynx", 7, 0b100),
    ("ovary", 7, 0b100),
    ("seminoma", 7, 0b100),
    ("germ-cell-other", 7, 0b100),
    ("lymphoma", 7, 0b100),
    ("myeloma", 7, 0b100),
    ("plasmacytoma", 7, 0b100),
    ("leukaemia", 7, 0b100),
    ("thymoma", 7, 0b100),
    ("adrenocortical", 7, 0b100),
    ("mesothelioma", 7, 0b100),
    ("chordoma", 0, 0b0),
    ("other", 7, 0b100),
];

const CASE: [&str; 19] = [
    "histology",
    "growth-group-tomita",
    "primary-group-tokuhashi-2005",
    "visceral-metastases",
    "visceral-treatable",
    "visceral-removable",
    "visceral-tomita",
    "organs-tokuhashi",
    "kps",
    "ecog",
    "general-condition-tokuhashi",
    "frankel",
    "palsy-tokuhashi",
    "whole-spine-imaged",
    "lesion-list-complete",
    "vertebral-metastases-count",
    "extraspinal-bone-foci-count",
    "extraspinal-count-is-minimum",
    "bone-metastases-pattern",
];

const LESION: [&str; 8] = [
    "level",
    "lesion-status",
    "sins-location",
    "sins-pain",
    "sins-bone-lesion",
    "sins-alignment",
    "sins-collapse",
    "sins-posterolateral",
];

const STEPS: [&str; 12] = [
    "growth-group-tomita",
    "primary-group-tokuhashi-2005",
    "visceral-tomita",
    "organs-tokuhashi",
    "general-condition-tokuhashi",
    "palsy-tokuhashi",
    "sins-location",
    "sins-2010",
    "vertebral-metastases-count",
    "bone-metastases-pattern",
    "tomita-2001",
    "tokuhashi-2005",
];

/// The three totals as sets of bits: SINS by lesion, Tomita, Tokuhashi.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) sins: Vec<u32>,
    pub(crate) tomita: u32,
    pub(crate) tokuhashi: u32,
}

/// A fact as the hand-written code sees it: a cell, or nothing known.
#[derive(Clone, Copy)]
struct Seen {
    /// Possible cells.
    cells: u128,
    number: i32,
    row: u16,
    origin: Origin,
}

pub(crate) struct Handwritten {
    compiled: Arc<Compiled>,
    case_slots: [usize; 19],
    lesion_slots: [usize; 8],
    steps: [u16; 12],
    /// The cell of every tumour in the table above.
    tumour_cells: [u8; 52],
    /// By cell the place in the table above.
    tumour_of_cell: [u8; 52],
    level_cells: BTreeMap<String, u8>,
    /// By cell of the level the SINS class as a set of bits, the row, and the bit of the vertebra.
    levels: Vec<(u8, u16, u128)>,
}

const JUNCTIONAL: [&str; 11] = ["O", "C1", "C2", "C7", "T1", "T2", "T11", "T12", "L1", "L5", "S1"];
const MOBILE: [&str; 7] = ["C3", "C4", "C5", "C6", "L2", "L3", "L4"];
const SEMIRIGID: [&str; 8] = ["T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10"];
const RIGID: [&str; 4] = ["S2", "S3", "S4", "S5"];

const NOT_APPLICABLE: u128 = 1 << 127;

impl Handwritten {
    pub(crate) fn new(compiled: Arc<Compiled>) -> Self {
        let code = |fact: &str, code: &str| {
            compiled.cell(fact, &FactValue::Code(code.to_owned())).unwrap_or_default()
        };
        let small = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
        let tumour_cells = HISTOLOGY.map(|(tumour, _, _)| small(code("histology", tumour)));
        let mut tumour_of_cell = [0; 52];
        for (place, cell) in tumour_cells.iter().enumerate() {
            tumour_of_cell[usize::from(*cell)] = small(place);
        }
        let mut level_cells = BTreeMap::new();
        let mut levels = vec![(0, NO_ROW, 0); 64];
        let classes: [(&[&str], u8); 6] = [
            (&JUNCTIONAL, 1),
            (&MOBILE, 2),
            (&SEMIRIGID, 4),
            (&RIGID, 8),
            (&["T13", "L6"], 15),
            (&["CO"], 0),
        ];
        for (row, (names, class)) in classes.into_iter().enumerate() {
            for name in names {
                let cell = code("level", name);
                level_cells.insert((*name).to_owned(), small(cell));
                let sacrum = if matches!(*name, "S2" | "S3" | "S4" | "S5") { "S1" } else { name };
                let bit = if *name == "O" { 0 } else { 1 << code("level", sacrum) };
                levels[cell] = (class, u16::try_from(row).unwrap_or(NO_ROW), bit);
            }
        }
        let step = |id: &str| {
            let place = compiled.rule_sets().iter().position(|one| one.id == id);
            u16::try_from(place.unwrap_or_default()).unwrap_or_default()
        };
        Self {
            case_slots: CASE.map(|code| compiled.slot(code).unwrap_or_default().1),
            lesion_slots: LESION.map(|code| compiled.slot(code).unwrap_or_default().1),
            steps: STEPS.map(step),
            tumour_cells,
            tumour_of_cell,
            level_cells,
            levels,
            compiled,
        }
    }

    /// The whole evaluation.
    pub(crate) fn evaluate(&self, facts: &Facts) -> Evaluation {
        let case = self.case(facts);
        let mut rows = Vec::with_capacity(10 + 2 * facts.lesions.len());
        let mut states = States {
            case: vec![State::missing(0); 19],
            lesions: vec![State::missing(0); 8 * facts.lesions.len()],
            width: 8,
            count: facts.lesions.len(),
        };
        for (slot, seen) in self.case_slots.iter().zip(&case.facts) {
            states.case[*slot] = seen.state();
        }
        for (place, output) in OUTPUT.iter().enumerate() {
            rows.push(self.row(place, case.facts[*output].cells, 0, 0));
        }
        for lesion in 0..facts.lesions.len() {
            let seen = case.lesions[lesion];
            for (slot, seen) in self.lesion_slots.iter().zip(&seen) {
                states.lesions[lesion * 8 + slot] = seen.state();
            }
            rows.push(self.row(6, seen[2].cells, 0, lesion));
        }
        for (lesion, seen) in case.lesions.iter().enumerate() {
            let totals = sins(seen);
            let bands = bands(totals, &[0x7f, 0x1f80, 0x7_e000]);
            rows.push(self.row(7, widen(totals), bands, lesion));
        }
        rows.push(self.row(8, case.facts[15].cells, 0, 0));
        rows.push(self.row(9, case.facts[18].cells, 0, 0));
        let tomita = tomita(&case.facts);
        let tomita_bands = bands(tomita, &[0b11, 0b1100, 0b11_0000, 0b1_1100_0000]);
        rows.push(self.row(10, widen(tomita), tomita_bands, 0));
        let tokuhashi = tokuhashi(&case.facts);
        let tokuhashi_bands = bands(tokuhashi, &[0x1ff, 0xe00, 0xf000]);
        rows.push(self.row(11, widen(tokuhashi), tokuhashi_bands, 0));
        let data = EvaluationData { states, rows, missing: Vec::new() };
        Evaluation::new(Arc::clone(&self.compiled), data)
    }

    /// The totals alone.
    pub(crate) fn totals(&self, facts: &Facts) -> Totals {
        let case = self.case(facts);
        Totals {
            sins: case.lesions.iter().map(sins).collect(),
            tomita: tomita(&case.facts),
            tokuhashi: tokuhashi(&case.facts),
        }
    }

    fn row(&self, step: usize, cells: u128, bands: u64, lesion: usize) -> ResultRow {
        ResultRow {
            cells,
            bands,
            step: self.steps[step],
            lesion: u16::try_from(lesion).unwrap_or_default(),
            missing: (0, 0),
            approximate: false,
        }
    }

    fn case(&self, facts: &Facts) -> Case {
        let case = &facts.case;
        let histology = self.histology(case.get("histology"));
        let tumour = |pick: fn(&(&str, u8, u8)) -> u8, all: u8| {
            if histology.cells.count_ones() != 1 {
                return Seen::derived(u128::from(all), NO_ROW);
            }
            let place = self.tumour_of_cell[histology.cells.trailing_zeros() as usize];
            let cells = u128::from(pick(&HISTOLOGY[usize::from(place)]));
            let cells = if cells == 0 { NOT_APPLICABLE } else { cells };
            Seen::derived(cells, u16::from(place))
        };
        let growth = stated(case, "growth-group-tomita", &["slow", "moderate", "rapid"])
            .unwrap_or_else(|| {
                let seen = tumour(|tumour| tumour.1, 7);
                Seen { cells: points_to_cells(seen.cells), ..seen }
            });
        let groups = ["group-0", "group-1", "group-2", "group-3", "group-4", "group-5"];
        let group = stated(case, "primary-group-tokuhashi-2005", &groups)
            .unwrap_or_else(|| tumour(|tumour| tumour.2, 63));
        let present = asked(case, "visceral-metastases", &["none", "present"]);
        let treatable = asked(case, "visceral-treatable", &["treatable", "untreatable"]);
        let removable = asked(case, "visceral-removable", &["all-removable", "not-removable"]);
        let visceral = stated(case, "visceral-tomita", &["none", "treatable", "untreatable"])
            .unwrap_or_else(|| organs(present, treatable));
        let major = stated(case, "organs-tokuhashi", &["none", "removable", "unremovable"])
            .unwrap_or_else(|| organs(present, removable));
        let kps = number(case, "kps", 10, 10, 10);
        let ecog = number(case, "ecog", 0, 1, 5);
        let condition = stated(case, "general-condition-tokuhashi", &["poor", "moderate", "good"])
            .unwrap_or_else(|| condition(kps, ecog));
        let frankel = asked(case, "frankel", &["A", "B", "C", "D", "E"]);
        let palsy = stated(case, "palsy-tokuhashi", &["complete", "incomplete", "none"])
            .unwrap_or_else(|| palsy(frankel));
        let imaged = asked(case, "whole-spine-imaged", &["mri", "ct", "pet-ct", "partial", "no"]);
        let complete = yes_or_no(case, "lesion-list-complete");
        let minimum = yes_or_no(case, "extraspinal-count-is-minimum");
        let mut foci = number(case, "extraspinal-bone-foci-count", 0, 1, 100);
        if minimum.cells == 2 && foci.cells.is_power_of_two() {
            foci.cells = ((1_u128 << 100) - 1) & !(foci.cells - 1);
        }
        let minimum = if minimum.cells == 3 { Seen { cells: 1, ..minimum } } else { minimum };
        let lesions: Vec<[Seen; 8]> =
            facts.lesions.iter().map(|lesion| self.lesion(lesion)).collect();
        let count = case.get("vertebral-metastases-count");
        let count = match count {
            Some(Fact::Known(FactValue::Integer(number))) => Seen {
                cells: 1 << (number - 1),
                number: i32::try_from(*number).unwrap_or_default(),
                row: NO_ROW,
                origin: Origin::Stated,
            },
            _ => self.count(&lesions, imaged, complete),
        };
        let pattern =
            stated(case, "bone-metastases-pattern", &["solitary-or-isolated", "multiple"])
                .unwrap_or_else(|| pattern(foci, count));
        Case {
            facts: [
                histology, growth, group, present, treatable, removable, visceral, major, kps,
                ecog, condition, frankel, palsy, imaged, complete, count, foci, minimum, pattern,
            ],
            lesions,
        }
    }

    fn histology(&self, fact: Option<&Fact>) -> Seen {
        if let Some(Fact::Known(FactValue::Code(code))) = fact {
            let place = HISTOLOGY.iter().position(|(tumour, _, _)| tumour == code);
            let cell = self.tumour_cells[place.unwrap_or_default()];
            return Seen::asked(1 << cell);
        }
        Seen::missing((1 << 52) - 1)
    }

    fn lesion(&self, lesion: &LesionFacts) -> [Seen; 8] {
        let cell = usize::from(self.level_cells[&lesion.level]);
        let (class, row, _) = self.levels[cell];
        let facts = &lesion.facts;
        let statuses =
            ["metastasis-proven", "metastasis-probable", "treated", "indeterminate", "benign"];
        let location =
            stated(facts, "sins-location", &["junctional", "mobile", "semirigid", "rigid"])
                .unwrap_or_else(|| {
                    let cells = if class == 0 { NOT_APPLICABLE } else { u128::from(class) };
                    Seen::derived(cells, row)
                });
        let collapse =
            ["over-50", "exactly-50", "under-50", "no-collapse-over-50-involved", "none"];
        [
            Seen::asked(1 << cell),
            asked(facts, "lesion-status", &statuses),
            location,
            asked(facts, "sins-pain", &["mechanical", "non-mechanical", "none"]),
            asked(facts, "sins-bone-lesion", &["lytic", "mixed", "blastic"]),
            asked(facts, "sins-alignment", &["subluxation", "deformity", "normal"]),
            asked(facts, "sins-collapse", &collapse),
            asked(facts, "sins-posterolateral", &["bilateral", "unilateral", "none"]),
        ]
    }

    fn count(&self, lesions: &[[Seen; 8]], imaged: Seen, complete: Seen) -> Seen {
        let (mut surely, mut perhaps) = (0_u128, 0_u128);
        for lesion in lesions {
            let (_, _, bit) = self.levels[lesion[0].cells.trailing_zeros() as usize];
            match (lesion[1].cells & 0b111 != 0, lesion[1].cells & !0b111 == 0) {
                (true, true) => surely |= bit,
                (true, false) => perhaps |= bit,
                _ => {}
            }
        }
        let all = (1_u128 << 34) - 1;
        let least = surely.count_ones();
        if least == 0 {
            return Seen::derived(all, NO_ROW);
        }
        let from = all & !((1 << (least - 1)) - 1);
        if imaged.cells & !0b101 != 0 || complete.cells != 2 {
            return Seen::derived(from, NO_ROW);
        }
        let most = least + (perhaps & !surely).count_ones();
        Seen::derived(from & ((1 << most) - 1), NO_ROW)
    }
}

/// The places of what the first six steps derive.
const OUTPUT: [usize; 6] = [1, 2, 6, 7, 10, 12];

struct Case {
    facts: [Seen; 19],
    lesions: Vec<[Seen; 8]>,
}

impl Seen {
    fn missing(cells: u128) -> Self {
        Self { cells, number: 0, row: NO_ROW, origin: Origin::Missing }
    }

    fn asked(cells: u128) -> Self {
        Self { cells, number: 0, row: NO_ROW, origin: Origin::Asked }
    }

    fn derived(cells: u128, row: u16) -> Self {
        Self { cells, number: 0, row, origin: Origin::Derived }
    }

    fn state(&self) -> State {
        State { cells: self.cells, number: self.number, row: self.row, origin: self.origin }
    }
}

fn cell_of(codes: &[&str], code: &str) -> u128 {
    codes.iter().position(|one| *one == code).map_or(0, |cell| 1 << cell)
}

fn asked(facts: &BTreeMap<String, Fact>, fact: &str, codes: &[&str]) -> Seen {
    match facts.get(fact) {
        Some(Fact::Known(FactValue::Code(code))) => Seen::asked(cell_of(codes, code)),
        Some(Fact::NotApplicable) => Seen::asked(NOT_APPLICABLE),
        _ => Seen::missing((1 << codes.len()) - 1),
    }
}

fn stated(facts: &BTreeMap<String, Fact>, fact: &str, codes: &[&str]) -> Option<Seen> {
    let cells = match facts.get(fact)? {
        Fact::Known(FactValue::Code(code)) => cell_of(codes, code),
        Fact::NotApplicable => NOT_APPLICABLE,
        _ => return None,
    };
    Some(Seen { cells, number: 0, row: NO_ROW, origin: Origin::Stated })
}

fn yes_or_no(facts: &BTreeMap<String, Fact>, fact: &str) -> Seen {
    match facts.get(fact) {
        Some(Fact::Known(FactValue::Bool(value))) => Seen::asked(1 << u8::from(*value)),
        _ => Seen::missing(3),
    }
}

fn number(facts: &BTreeMap<String, Fact>, fact: &str, min: i64, step: i64, values: u32) -> Seen {
    match facts.get(fact) {
        Some(Fact::Known(FactValue::Integer(number))) => Seen {
            cells: 1 << ((number - min) / step),
            number: i32::try_from(*number).unwrap_or_default(),
            row: NO_ROW,
            origin: Origin::Asked,
        },
        _ => Seen::missing((1 << values) - 1),
    }
}

/// Growth points 1, 2, 4 as the cells 0, 1, 2: as bits they are the same.
fn points_to_cells(points: u128) -> u128 {
    points
}

fn organs(present: Seen, detail: Seen) -> Seen {
    if present.cells == 1 {
        return Seen::derived(1, 0);
    }
    let detail = if detail.cells == NOT_APPLICABLE { 0 } else { detail.cells };
    let cells = (present.cells & 1) | (detail << 1);
    let row = match (present.cells, detail) {
        (2, 1) => 1,
        (2, 2) => 2,
        _ => NO_ROW,
    };
    Seen::derived(if cells == 0 { NOT_APPLICABLE } else { cells }, row)
}

fn condition(kps: Seen, ecog: Seen) -> Seen {
    if kps.cells.is_power_of_two() {
        return match kps.cells.trailing_zeros() {
            0..=3 => Seen::derived(1, 0),
            4..=6 => Seen::derived(2, 1),
            _ => Seen::derived(4, 2),
        };
    }
    match (ecog.cells.count_ones(), ecog.cells.trailing_zeros()) {
        (1, 0) => Seen::derived(0b100, 3),
        (1, 1) => Seen::derived(0b110, 4),
        (1, 2) => Seen::derived(0b010, 5),
        (1, 3) => Seen::derived(0b011, 6),
        (1, _) => Seen::derived(0b001, 7),
        _ => Seen::derived(0b111, NO_ROW),
    }
}

fn palsy(frankel: Seen) -> Seen {
    match frankel.cells {
        0b00001 | 0b00010 => Seen::derived(1, 0),
        0b00100 | 0b01000 => Seen::derived(2, 1),
        0b10000 => Seen::derived(4, 2),
        _ => Seen::derived(7, NO_ROW),
    }
}

fn pattern(foci: Seen, count: Seen) -> Seen {
    if foci.cells & 1 == 0 {
        return Seen::derived(2, 0);
    }
    if count.cells & 1 == 0 {
        return if foci.cells == 1 { Seen::derived(2, 1) } else { Seen::derived(2, NO_ROW) };
    }
    match (foci.cells, count.cells) {
        (1, 1) => Seen::derived(1, 2),
        _ => Seen::derived(3, NO_ROW),
    }
}

/// All sums of a total of a set and the points of the options that remain.
fn add(totals: u32, cells: u128, points: &[u32]) -> u32 {
    let mut sums = 0;
    for (cell, points) in points.iter().enumerate() {
        if cells >> cell & 1 == 1 {
            sums |= totals << points;
        }
    }
    sums
}

const NONE: u32 = 1 << 31;

fn sins(lesion: &[Seen; 8]) -> u32 {
    if lesion[2].cells == NOT_APPLICABLE {
        return NONE;
    }
    let totals = add(1, lesion[2].cells, &[3, 2, 1, 0]);
    let totals = add(totals, lesion[3].cells, &[3, 1, 0]);
    let totals = add(totals, lesion[4].cells, &[2, 1, 0]);
    let totals = add(totals, lesion[5].cells, &[4, 2, 0]);
    let exactly = if lesion[6].cells & 2 == 0 { 0 } else { totals << 2 };
    let totals = add(totals, lesion[6].cells, &[3, 3, 2, 1, 0]) | exactly;
    add(totals, lesion[7].cells, &[3, 1, 0])
}

fn tomita(case: &[Seen; 19]) -> u32 {
    if case[1].cells == NOT_APPLICABLE || case[6].cells == NOT_APPLICABLE {
        return NONE;
    }
    let totals = add(1, case[1].cells, &[0, 1, 3]);
    let totals = add(totals, case[6].cells, &[0, 2, 4]);
    add(totals, case[18].cells, &[0, 1])
}

fn tokuhashi(case: &[Seen; 19]) -> u32 {
    if case[2].cells == NOT_APPLICABLE || case[7].cells == NOT_APPLICABLE {
        return NONE;
    }
    let totals = add(1, case[10].cells, &[0, 1, 2]);
    let foci = case[16].cells;
    let foci = u128::from(foci & 1 != 0) << 2
        | u128::from(foci & 0b110 != 0) << 1
        | u128::from(foci >> 3 != 0);
    let totals = add(totals, foci, &[0, 1, 2]);
    let count = case[15].cells;
    let count = (count & 1) << 2 | (count & 2) | u128::from(count >> 2 != 0);
    let totals = add(totals, count, &[0, 1, 2]);
    let totals = add(totals, case[7].cells, &[2, 1, 0]);
    let totals = add(totals, case[2].cells, &[0, 1, 2, 3, 4, 5]);
    add(totals, case[12].cells, &[0, 1, 2])
}

fn widen(totals: u32) -> u128 {
    if totals == NONE { NOT_APPLICABLE } else { u128::from(totals) }
}

fn bands(totals: u32, bands: &[u32]) -> u64 {
    if totals == NONE {
        return 0;
    }
    let mut hit = 0;
    for (index, band) in bands.iter().enumerate() {
        if totals & band != 0 {
            hit |= 1 << index;
        }
    }
    hit
}
