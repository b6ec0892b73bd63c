//! The vertebral picker: a drawing whose 29 levels are plain links, and the same levels as
//! checkboxes for marking them. Both work without a script; with one, the drawing is a single tab
//! stop with arrow keys.

pub mod geometry;

use askama::Template;
use askama::filters::HtmlSafe;

use geometry::{LEVELS, ROW, Row, WIDTH, atlas, row_of, unit};

/// Longest text that fits a chip at its normal letter width.
const CHIP_LETTERS: usize = 15;

/// What the bone of a lesion looks like; decides colour and letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bone {
    /// Lytic: red, `L`.
    Lytic,
    /// Blastic: blue, `B`.
    Blastic,
    /// Mixed: purple, `M`.
    Mixed,
    /// A lesion whose kind is not recorded: a dot.
    NotRecorded,
}

impl Bone {
    fn class(self) -> &'static str {
        match self {
            Self::Lytic => "lytic",
            Self::Blastic => "blastic",
            Self::Mixed => "mixed",
            Self::NotRecorded => "untyped",
        }
    }

    fn letter(self) -> &'static str {
        match self {
            Self::Lytic => "L",
            Self::Blastic => "B",
            Self::Mixed => "M",
            Self::NotRecorded => "",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Lytic => "lytic lesion",
            Self::Blastic => "blastic lesion",
            Self::Mixed => "mixed lesion",
            Self::NotRecorded => "lesion, kind not recorded",
        }
    }
}

/// Loss of height of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collapse {
    /// None, or not recorded.
    None,
    /// Less than half.
    Under50,
    /// Exactly half, a value of its own (SINS: Fisher 2010, Spine, has no row for it).
    Exactly50,
    /// More than half.
    Over50,
}

impl Collapse {
    fn chip(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Under50 => Some("<50 %"),
            Self::Exactly50 => Some("=50 %"),
            Self::Over50 => Some(">50 %"),
        }
    }
}

/// What one level shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// A lesion.
    Lesion(LesionMark),
    /// The level was not imaged.
    NotImaged,
}

/// A lesion as the drawing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LesionMark {
    /// Kind of bone lesion.
    pub bone: Bone,
    /// The index lesion has a heavier edge and is where the keyboard starts.
    pub index: bool,
    /// Loss of height.
    pub collapse: Collapse,
    /// Treated before: hatched, and the words for the chip, `SBRT 2025`.
    pub treated: Option<String>,
    /// Equivocal: dashed edge and a question mark.
    pub equivocal: bool,
    /// First line of the chip, `ESCC 2 · SINS 9`; empty when nothing is graded.
    pub chip: String,
}

/// One stretch of levels of the same SINS location class, from the mapping that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Letter beside the strip: `J`, `M`, `SR`, `R`.
    pub letter: &'static str,
    /// Junctional stretches are amber.
    pub junctional: bool,
    first: u8,
    last: u8,
}

impl Zone {
    fn class(&self) -> &'static str {
        if self.junctional { "zoneJ" } else { "zone" }
    }
    fn y(&self) -> String {
        unit(ROW * f64::from(self.first) + 6.0)
    }
    fn height(&self) -> String {
        unit(ROW * f64::from(self.last - self.first + 1) - 2.0)
    }
    fn text_y(&self) -> String {
        unit(ROW * f64::from(self.first) + 16.0)
    }
}

/// Joins neighbouring levels of the same class. `class_of` answers `junctional`, `mobile`,
/// `semirigid` or `rigid` for a level code; a level without a class leaves a gap in the strip.
#[must_use]
pub fn zones(class_of: impl Fn(&str) -> Option<String>) -> Vec<Zone> {
    let mut joined: Vec<Zone> = Vec::new();
    for (row, level) in (0..).zip(LEVELS) {
        let letter = match class_of(level).as_deref() {
            Some("junctional") => "J",
            Some("mobile") => "M",
            Some("semirigid") => "SR",
            Some("rigid") => "R",
            _ => continue,
        };
        match joined.last_mut() {
            Some(zone) if zone.letter == letter && zone.last + 1 == row => zone.last = row,
            _ => joined.push(Zone { letter, junctional: letter == "J", first: row, last: row }),
        }
    }
    joined
}

/// Whether the levels lead to a form or only to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpineMode {
    /// Levels open the lesion's form.
    Edit,
    /// Levels open the lesion's page; nothing reacts to the pointer.
    ReadOnly,
}

/// A lesion at a level that the drawing does not have (`O`, `T13`, `L6`, `CO`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraLevel {
    /// `L6 mixed lesion, ESCC 0`.
    pub text: String,
    /// Address of the lesion.
    pub href: String,
}

/// The drawing beside a list of levels: it shows what is ticked and takes no part in the form.
#[derive(Debug, Clone, Template)]
#[template(path = "components/case_spine_mirror.html")]
pub struct SpineMirror {
    ticked: Vec<String>,
}

/// The drawing is markup of ours with every value escaped inside it.
impl HtmlSafe for SpineMirror {}

impl SpineMirror {
    /// A drawing with these levels ticked.
    #[must_use]
    pub fn new(ticked: Vec<String>) -> Self {
        Self { ticked }
    }

    fn rows(&self) -> impl Iterator<Item = (&'static Row, bool)> {
        atlas().rows.iter().map(|row| (row, self.ticked.iter().any(|level| level == row.level)))
    }
}

/// The drawing of one case.
#[derive(Debug, Clone, Template)]
#[template(path = "components/case_spine.html")]
pub struct Spine {
    base: String,
    skip_to: String,
    mode: SpineMode,
    zones: Vec<Zone>,
    marks: Vec<Option<Mark>>,
    extra: Vec<ExtraLevel>,
}

/// The drawing is markup of ours with every value escaped inside it.
impl HtmlSafe for Spine {}

impl Spine {
    /// A spine whose levels lead to `{base}/{level}`; `skip_to` is the id that the skip link jumps
    /// to (without `#`).
    #[must_use]
    pub fn new(base: &str, skip_to: &str, mode: SpineMode, zones: Vec<Zone>) -> Self {
        Self {
            base: base.to_owned(),
            skip_to: skip_to.to_owned(),
            mode,
            zones,
            marks: vec![None; LEVELS.len()],
            extra: Vec::new(),
        }
    }

    /// The same spine with a mark at a level. A level that the drawing does not have is listed
    /// under it instead, so that no lesion can disappear.
    #[must_use]
    pub fn with(mut self, level: &str, mark: Mark) -> Self {
        let slot = row_of(level).and_then(|row| self.marks.get_mut(usize::from(row)));
        match (slot, mark) {
            (Some(slot), mark) => *slot = Some(mark),
            (None, Mark::Lesion(lesion)) => self.extra.push(ExtraLevel {
                text: format!("{level} {}", lesion.words()),
                href: format!("{}/{level}", self.base),
            }),
            (None, Mark::NotImaged) => {}
        }
        self
    }

    /// Number of lesions shown, those at unusual levels included.
    #[must_use]
    pub fn lesions(&self) -> usize {
        let drawn = self.marks.iter().flatten().filter(|m| matches!(m, Mark::Lesion(_))).count();
        drawn + self.extra.len()
    }

    fn drawn(&self) -> impl Iterator<Item = (&'static Row, Option<&Mark>)> {
        atlas().rows.iter().zip(self.marks.iter().map(Option::as_ref))
    }

    fn read_only(&self) -> bool {
        self.mode == SpineMode::ReadOnly
    }

    fn label(&self, row: &Row, mark: Option<&Mark>) -> String {
        let act = match (self.mode, mark) {
            (SpineMode::Edit, Some(Mark::Lesion(_))) => ", edit",
            (SpineMode::Edit, _) => ", add",
            (SpineMode::ReadOnly, Some(Mark::Lesion(_))) => ", view",
            (SpineMode::ReadOnly, _) => "",
        };
        match mark {
            None => format!("{} no lesion{act}", row.level),
            Some(Mark::NotImaged) => format!("{} not imaged{act}", row.level),
            Some(Mark::Lesion(lesion)) => {
                let seen = [row.level, lesion.letter(), &lesion.chip, &lesion.second_line()]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join(" ");
                format!("{seen}: {}{act}", lesion.words())
            }
        }
    }
}

impl LesionMark {
    fn class(&self) -> String {
        let mut class = format!("v on {}", self.bone.class());
        for (set, word) in [
            (self.index, " index"),
            (self.treated.is_some(), " treated"),
            (self.equivocal, " equivocal"),
        ] {
            if set {
                class.push_str(word);
            }
        }
        class
    }

    fn letter(&self) -> &'static str {
        if self.equivocal { "?" } else { self.bone.letter() }
    }

    fn words(&self) -> String {
        let mut words = self.bone.word().to_owned();
        if self.equivocal {
            words.push_str(", equivocal");
        }
        if self.index {
            words.push_str(", index level");
        }
        words
    }

    /// Collapse and earlier treatment share the second line of the chip.
    fn second_line(&self) -> String {
        [self.collapse.chip(), self.treated.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ")
    }

    fn lines(&self) -> Vec<String> {
        [self.chip.clone(), self.second_line()]
            .into_iter()
            .filter(|line| !line.is_empty())
            .collect()
    }

    fn collapsed(&self) -> bool {
        self.collapse != Collapse::None
    }
}

/// Value of `viewBox`.
fn view_box() -> String {
    format!("0 0 {} {}", unit(WIDTH), unit(geometry::HEIGHT))
}

/// Height of the drawing.
fn height() -> String {
    unit(geometry::HEIGHT)
}

/// Letters of a chip's line that are too many are drawn closer together, never cut.
fn squeezed(line: &str) -> bool {
    line.chars().count() > CHIP_LETTERS
}

/// One box of the marking list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelBox {
    /// Level code, also the posted value.
    pub level: String,
    /// Ticked.
    pub checked: bool,
}

/// The same levels as native checkboxes, by region: for marking, and as the list that print shows.
#[derive(Debug, Clone, Template)]
#[template(path = "components/case_levels.html")]
pub struct LevelPicker {
    name: String,
    regions: Vec<(&'static str, Vec<LevelBox>)>,
    unusual: Vec<LevelBox>,
}

impl HtmlSafe for LevelPicker {}

impl LevelPicker {
    /// Boxes that post `name` once for each ticked level.
    #[must_use]
    pub fn new(name: &str, checked: &[&str]) -> Self {
        let tick =
            |level: &str| LevelBox { level: level.to_owned(), checked: checked.contains(&level) };
        let region =
            |letter: char| LEVELS.into_iter().filter(|l| l.starts_with(letter)).map(tick).collect();
        Self {
            name: name.to_owned(),
            regions: vec![
                ("Cervical", region('C')),
                ("Thoracic", region('T')),
                ("Lumbar", region('L')),
                ("Sacral", region('S')),
            ],
            unusual: ["O", "T13", "L6", "CO"].into_iter().map(tick).collect(),
        }
    }

    fn unusual_used(&self) -> bool {
        self.unusual.iter().any(|level| level.checked)
    }
}

#[cfg(test)]
mod tests;
