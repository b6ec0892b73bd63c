//! What a meeting sees of a case when it decides: the facts and the bands that count.

use clinical::assessment::Assessment;
use clinical::quantity::EsccGrade;
use rules::Evaluation;
use rules::value::FactValue;

/// Tumours that radiation alone controls well.
const SENSITIVE: [&str; 9] = [
    "breast",
    "prostate",
    "lymphoma",
    "myeloma",
    "plasmacytoma",
    "leukaemia",
    "seminoma",
    "lung-sclc",
    "ovary",
];

/// The power of the legs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    /// Full, or not examined.
    Full,
    /// Weak, of use.
    Weak,
    /// No useful movement.
    Lost,
}

/// The facts and results that a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Situation {
    pub(super) kps: Option<i64>,
    pub(super) power: Power,
    /// Sensitive to radiation.
    pub(super) sensitive: bool,
    /// Metastases in organs.
    pub(super) organs: bool,
    pub(super) levels: Vec<String>,
    /// The level that the decision is about.
    pub(super) index: String,
    /// The worst grade and its level.
    pub(super) escc: Option<(EsccGrade, String)>,
    /// The highest possible SINS and its level.
    pub(super) sins: Option<(i64, String)>,
    pub(super) mechanical: bool,
    /// The bands that remain possible.
    pub(super) tomita: Vec<String>,
    pub(super) tokuhashi: Vec<String>,
}

impl Situation {
    pub(super) fn of(assessment: &Assessment, evaluation: &Evaluation) -> Self {
        let code = |fact: &str| text(assessment.value(fact, None));
        let levels: Vec<String> = assessment.levels().iter().map(ToString::to_string).collect();
        let frankel = code("frankel").unwrap_or_default();
        let index = code("index-lesion").or_else(|| levels.first().cloned()).unwrap_or_default();
        let kps = match assessment.value("kps", None) {
            Some(FactValue::Integer(kps)) => Some(*kps),
            _ => None,
        };
        let bands = |rule_set: &str| {
            let bands =
                evaluation.result(rule_set, None).map(|result| result.bands()).unwrap_or_default();
            bands.into_iter().map(|band| band.id.clone()).collect()
        };
        Self {
            kps,
            power: match frankel.as_str() {
                "A" | "B" => Power::Lost,
                "C" | "D" => Power::Weak,
                _ => Power::Full,
            },
            sensitive: code("histology").is_some_and(|tumour| SENSITIVE.contains(&tumour.as_str())),
            organs: code("visceral-metastases").is_some_and(|answer| answer == "present"),
            escc: worst_escc(assessment),
            sins: highest_sins(evaluation, &levels),
            mechanical: assessment.levels().into_iter().any(|level| {
                text(assessment.value("sins-pain", Some(level)))
                    .is_some_and(|pain| pain == "mechanical")
            }),
            levels,
            index,
            tomita: bands("tomita-2001"),
            tokuhashi: bands("tokuhashi-2005"),
        }
    }

    /// Whether there is weakness of any degree.
    pub(super) fn has_deficit(&self) -> bool {
        self.power != Power::Full
    }

    /// Whether the cord is pressed.
    pub(super) fn pressed(&self) -> bool {
        self.escc.as_ref().is_some_and(|(grade, _)| *grade >= EsccGrade::Two)
    }

    /// The highest possible SINS; 0 where there is none.
    pub(super) fn sins_total(&self) -> i64 {
        self.sins.as_ref().map_or(0, |(total, _)| *total)
    }

    /// `ESCC 2 at T10`.
    pub(super) fn escc_words(&self) -> String {
        self.escc.as_ref().map_or_else(
            || "ESCC not read".to_owned(),
            |(grade, level)| format!("ESCC {grade} at {level}"),
        )
    }

    /// `SINS 13 at L1`.
    pub(super) fn sins_words(&self) -> String {
        let sins = self.sins.as_ref();
        sins.map_or_else(
            || "SINS not known".to_owned(),
            |(total, level)| format!("SINS {total} at {level}"),
        )
    }
}

fn text(value: Option<&FactValue>) -> Option<String> {
    match value? {
        FactValue::Code(code) => Some(code.clone()),
        _ => None,
    }
}

fn worst_escc(assessment: &Assessment) -> Option<(EsccGrade, String)> {
    let graded = assessment.levels().into_iter().filter_map(|level| {
        let grade = text(assessment.value("escc-grade", Some(level)))?;
        Some((grade.parse().ok()?, level.to_string()))
    });
    // Of equal grades the upper level counts.
    graded.reduce(|worst, one| if one.0 > worst.0 { one } else { worst })
}

fn highest_sins(evaluation: &Evaluation, levels: &[String]) -> Option<(i64, String)> {
    let totals = levels.iter().filter_map(|level| {
        let total = evaluation.result("sins-2010", Some(level))?.total()?.max;
        Some((total, level.clone()))
    });
    totals.reduce(|highest, one| if one.0 > highest.0 { one } else { highest })
}
