//! The drawing of the lateral spine: pure numbers, no page and no patient.
//!
//! The picture is 276 × 793 units, anterior to the left, one row of 27 units for each of the 29
//! levels C1 … S5. Everything that does not depend on a case is computed once ([`atlas`]).

use std::sync::LazyLock;

/// The 29 levels from top to bottom.
pub const LEVELS: [&str; 29] = [
    "C1", "C2", "C3", "C4", "C5", "C6", "C7", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9",
    "T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5", "S1", "S2", "S3", "S4", "S5",
];

/// Height of one row in units; on the case page one unit is about 0.93 CSS pixels, so that a row
/// stays above the 24 pixels of WCAG 2.5.8.
pub const ROW: f64 = 27.0;

/// Width of the drawing in units.
pub const WIDTH: f64 = 276.0;

/// Height of the drawing in units.
pub const HEIGHT: f64 = 29.0 * ROW + 10.0;

/// Body centres `(row, x)` between which the curve runs.
const CURVE: [(f64, f64); 9] = [
    (0.0, 92.0),
    (4.0, 84.0),
    (9.0, 100.0),
    (12.0, 106.0),
    (16.0, 100.0),
    (21.0, 80.0),
    (23.0, 84.0),
    (26.0, 112.0),
    (28.0, 106.0),
];

const FIRST_THORACIC: u8 = 7;
const FIRST_LUMBAR: u8 = 19;
const FIRST_SACRAL: u8 = 24;
const LAST: u8 = 28;
/// The cord ends at L1, the sac at S2.
const LAST_CORD: u8 = 19;
const LAST_SAC: u8 = 25;
/// Down to T9 the spinous processes slope; below they are short.
const LAST_SLOPING: u8 = 15;

/// Row of a level, or `None` for a code that the drawing does not have (`O`, `T13`, `L6`, `CO`).
#[must_use]
pub fn row_of(level: &str) -> Option<u8> {
    LEVELS.iter().position(|code| *code == level).and_then(|row| u8::try_from(row).ok())
}

/// Centre of a row, in units from the top.
#[must_use]
pub fn centre_y(row: u8) -> f64 {
    ROW * f64::from(row) + 17.0
}

/// Horizontal centre of a vertebral body: cosine interpolation between the points of the curve.
/// Outside the curve the nearest piece is continued.
#[must_use]
pub fn centre_x(row: f64) -> f64 {
    CURVE
        .iter()
        .zip(CURVE.iter().skip(1))
        .take_while(|((from, _), _)| *from <= row.max(0.0))
        .last()
        .map_or(0.0, |((from, x_from), (to, x_to))| {
            let turn = std::f64::consts::PI * (row - from) / (to - from);
            x_from + (x_to - x_from) * (1.0 - turn.cos()) / 2.0
        })
}

/// Width of a vertebral body in units.
#[must_use]
pub fn width(row: u8) -> f64 {
    let row_f = f64::from(row);
    match row {
        0..FIRST_THORACIC => 24.0 + row_f * 0.5,
        FIRST_THORACIC..FIRST_LUMBAR => 28.0 + (row_f - 7.0) * 10.0 / 11.0,
        FIRST_LUMBAR..FIRST_SACRAL => 40.0,
        _ => 40.0 - (row_f - 24.0) * 6.0,
    }
}

/// Height of a vertebral body in units.
#[must_use]
pub fn height(row: u8) -> f64 {
    match row {
        0..FIRST_THORACIC => 18.5,
        FIRST_THORACIC..FIRST_LUMBAR => 20.5,
        FIRST_LUMBAR..FIRST_SACRAL => 22.0,
        _ => 26.5,
    }
}

/// Tilt of a body in degrees, clockwise: 0.8 of the slope of the curve, 0.45 in the sacrum.
#[must_use]
pub fn tilt(row: u8) -> f64 {
    let row_f = f64::from(row);
    let slope = (centre_x(row_f + 1.0) - centre_x(row_f - 1.0)) / (2.0 * ROW);
    let share = if row < FIRST_SACRAL { 0.8 } else { 0.45 };
    -share * slope.atan().to_degrees()
}

/// A number as the drawing prints it: one decimal, no negative zero, no trailing `.0`.
#[must_use]
pub fn unit(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// What is drawn for one level whatever the case, as the texts that go into the attributes.
#[derive(Debug)]
pub struct Row {
    /// Level code, `T10`.
    pub level: &'static str,
    /// `translate(x y) rotate(tilt)` of the body.
    pub transform: String,
    /// Outline of the body around its own centre.
    pub body: String,
    /// Outline with a lowered front edge, for a collapsed body.
    pub collapsed: String,
    /// Three strokes over the body, for a treated one.
    pub hatch: String,
    /// Disc below the body: `x`, `y`, `width`, `height`; none from L5 down.
    pub disc: Option<[String; 4]>,
    /// Top of the area that reacts to the pointer.
    pub hit_y: String,
    /// Top of the focus ring.
    pub ring_y: String,
    /// Base line of the level's name and of the chip's only line.
    pub text_y: String,
    /// Base lines of a chip of two lines.
    pub upper_y: String,
    /// Base line of the second line of the chip.
    pub lower_y: String,
    /// Middle of the row.
    pub middle: String,
    /// Where the dotted line to the chip begins.
    pub lead_x: String,
    /// Top of a chip of one line.
    pub chip_y: String,
    /// Top of a chip of two lines.
    pub tall_chip_y: String,
}

/// Everything that is the same in every drawing.
#[derive(Debug)]
pub struct Atlas {
    /// Posterior arches from C1 to L5, painted first.
    pub arches: Vec<String>,
    /// Points of the thecal sac.
    pub sac: String,
    /// Points of the cord.
    pub cord: String,
    /// The 29 rows.
    pub rows: Vec<Row>,
}

/// The drawing, computed at first use.
#[must_use]
pub fn atlas() -> &'static Atlas {
    static ATLAS: LazyLock<Atlas> = LazyLock::new(|| Atlas {
        arches: (0..FIRST_SACRAL).map(arch).collect(),
        sac: canal(LAST_SAC),
        cord: canal(LAST_CORD),
        rows: (0..=LAST).filter_map(row).collect(),
    });
    &ATLAS
}

fn row(row: u8) -> Option<Row> {
    let level = LEVELS.get(usize::from(row)).copied()?;
    let (x, y) = (centre_x(f64::from(row)), centre_y(row));
    let (half, tall) = (width(row) / 2.0, height(row) / 2.0);
    let disc = (row + 1 < FIRST_SACRAL)
        .then(|| [2.0 - half, tall, 2.0 * (half - 2.0), ROW - height(row)].map(unit));
    Some(Row {
        level,
        transform: format!("translate({} {}) rotate({})", unit(x), unit(y), unit(tilt(row))),
        body: outline(half, tall, tall),
        collapsed: outline(half, tall, tall * 0.3),
        hatch: hatch(half, tall),
        disc,
        hit_y: unit(y - ROW / 2.0),
        ring_y: unit(y - 12.0),
        text_y: unit(y + 4.0),
        upper_y: unit(y - 1.5),
        lower_y: unit(y + 9.0),
        middle: unit(y),
        lead_x: unit(x + half + 42.0),
        chip_y: unit(y - 10.0),
        tall_chip_y: unit(y - 12.5),
    })
}

/// Four concave sides; `front` is how far the upper front corner lies above the centre.
fn outline(half: f64, tall: f64, front: f64) -> String {
    let [w, h, f, top, bottom, waist] =
        [half, tall, front, f64::midpoint(front, tall) - 3.0, tall - 3.0, half - 3.0].map(unit);
    format!(
        "M-{w},-{f} Q0,-{top} {w},-{h} Q{waist},0 {w},{h} Q0,{bottom} -{w},{h} Q-{waist},0 -{w},-{f}z"
    )
}

fn hatch(half: f64, tall: f64) -> String {
    let h = tall - 4.0;
    [-0.5, 0.0, 0.5]
        .map(|share| {
            let x = share * half;
            format!("M{},{} L{},{}", unit(x - 4.0), unit(h), unit(x + 4.0), unit(-h))
        })
        .join(" ")
}

fn arch(row: u8) -> String {
    let (x, y) = (centre_x(f64::from(row)) + 10.0, centre_y(row) - 6.0);
    let process = if row >= FIRST_LUMBAR {
        "q10,0 21,9"
    } else if row > LAST_SLOPING {
        "q12,0 24,9"
    } else if row >= FIRST_THORACIC {
        "q12,0 24,15"
    } else {
        "q12,0 24,8"
    };
    format!("M{},{} h16 {process} q-3,4 -9,1 q-8,-3 -13,-5 h-14z", unit(x), unit(y))
}

fn canal(last: u8) -> String {
    (0..=last)
        .map(|row| {
            let x = centre_x(f64::from(row)) + width(row) / 2.0 + 9.0;
            format!("{},{}", unit(x), unit(centre_y(row)))
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_has_29_rows_from_c1_to_s5() {
        assert_eq!(atlas().rows.len(), 29);
        assert_eq!(atlas().rows[0].level, "C1");
        assert_eq!(atlas().rows[28].level, "S5");
        assert_eq!(row_of("T10"), Some(16));
        assert_eq!(row_of("L6"), None);
        assert!((HEIGHT - 793.0).abs() < 1e-9);
    }

    #[test]
    fn the_curve_passes_through_its_points_and_is_smooth_between_them() {
        for (row, x) in CURVE {
            assert!((centre_x(row) - x).abs() < 1e-9, "row {row}");
        }
        assert_eq!(unit(centre_x(1.0)), "90.8");
        assert_eq!(unit(centre_x(24.0)), "91");
        let steps: Vec<f64> =
            (0..28).map(|r| centre_x(f64::from(r + 1)) - centre_x(f64::from(r))).collect();
        assert!(steps.iter().all(|step| step.abs() < 15.0));
    }

    #[test]
    fn bodies_grow_down_to_the_lumbar_spine_and_shrink_in_the_sacrum() {
        let at = |level| row_of(level).unwrap();
        assert_eq!(
            [at("C1"), at("C7"), at("T1"), at("T12")].map(|r| unit(width(r))),
            ["24", "27", "28", "38"]
        );
        assert_eq!(
            [at("L1"), at("L5"), at("S1"), at("S5")].map(|r| unit(width(r))),
            ["40", "40", "40", "16"]
        );
        assert_eq!(
            [at("C3"), at("T5"), at("L2"), at("S2")].map(|r| unit(height(r))),
            ["18.5", "20.5", "22", "26.5"]
        );
    }

    #[test]
    fn the_tilt_follows_the_slope() {
        let at = |level| unit(tilt(row_of(level).unwrap()));
        assert_eq!(at("C1"), "0");
        assert_eq!(at("C3"), "4.8");
        assert_eq!(at("L2"), "5.8");
        assert_eq!(at("S1"), "-9.6");
    }

    #[test]
    fn a_row_is_24_pixels_high_where_the_card_is_narrowest() {
        // The card is 292 pixels wide with 16 of padding and a border on each side.
        let scale = (292.0 - 34.0) / WIDTH;
        assert!(ROW * scale >= 24.0, "{}", ROW * scale);
    }

    #[test]
    fn the_cord_ends_at_l1_and_the_sac_at_s2() {
        assert_eq!(atlas().cord.split(' ').count(), 20);
        assert_eq!(atlas().sac.split(' ').count(), 26);
        assert_eq!(atlas().arches.len(), 24);
    }

    #[test]
    fn numbers_carry_no_negative_zero() {
        assert_eq!([unit(-0.04), unit(3.0), unit(-2.25)], ["0", "3", "-2.2"]);
    }
}
