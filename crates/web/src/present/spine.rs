//! The lesions of an assessment on the drawing.

use std::sync::LazyLock;

use clinical::assessment::Assessment;
use clinical::level::VertebralLevel;
use rules::value::FactValue;
use rules::{Evaluation, Value};

use super::banner::index_level;
use crate::view::spine::{Bone, Collapse, LesionMark, Mark, Spine, SpineMode, Zone, zones};

/// Computed once: the mapping of the release does not change while the program runs.
static ZONES: LazyLock<Vec<Zone>> = LazyLock::new(location_zones);

/// The spine of a case.
pub fn of_case(
    case_href: &str,
    editable: bool,
    assessment: Option<&Assessment>,
    evaluation: Option<&Evaluation>,
) -> Spine {
    let mode = if editable { SpineMode::Edit } else { SpineMode::ReadOnly };
    let spine = Spine::new(&format!("{case_href}/lesions"), "after-spine", mode, ZONES.clone());
    let Some(assessment) = assessment else { return spine };
    let index = index_level(assessment);
    assessment.levels().into_iter().fold(spine, |spine, level| {
        let mark = lesion_mark(assessment, evaluation, level, index.as_deref());
        spine.with(level.code(), Mark::Lesion(mark))
    })
}

/// The strip of SINS locations, from the mapping itself (Fisher 2010, Spine).
fn location_zones() -> Vec<Zone> {
    let Ok(protocol) = clinical::protocol::default_protocol() else { return Vec::new() };
    zones(|level| {
        let facts = rules::value::Facts {
            lesions: vec![rules::value::LesionFacts {
                level: level.to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        };
        let evaluation = rules::evaluate(&protocol, &facts).ok()?;
        let result = evaluation.result("sins-location", Some(level))?;
        match result.grade()? {
            rules::result::Grade::Values(values) => match values.as_slice() {
                [Value::Code(code)] => Some((*code).to_owned()),
                _ => None,
            },
            rules::result::Grade::NotApplicable => None,
        }
    })
}

fn lesion_mark(
    assessment: &Assessment,
    evaluation: Option<&Evaluation>,
    level: VertebralLevel,
    index: Option<&str>,
) -> LesionMark {
    let code = |fact: &str| match assessment.value(fact, Some(level)) {
        Some(FactValue::Code(code)) => Some(code.as_str()),
        _ => None,
    };
    LesionMark {
        bone: match code("sins-bone-lesion") {
            Some("lytic") => Bone::Lytic,
            Some("mixed") => Bone::Mixed,
            Some("blastic") => Bone::Blastic,
            _ => Bone::NotRecorded,
        },
        index: index == Some(level.code()),
        collapse: match code("sins-collapse") {
            Some("over-50") => Collapse::Over50,
            Some("exactly-50") => Collapse::Exactly50,
            Some("under-50") => Collapse::Under50,
            _ => Collapse::None,
        },
        treated: (code("lesion-status") == Some("treated")).then(|| "treated".to_owned()),
        equivocal: code("lesion-status") == Some("indeterminate"),
        chip: chip(code("escc-grade"), evaluation, level),
    }
}

/// "ESCC 2 · SINS 9"; a SINS that facts are missing for is "open".
fn chip(escc: Option<&str>, evaluation: Option<&Evaluation>, level: VertebralLevel) -> String {
    let sins = evaluation
        .and_then(|evaluation| evaluation.result("sins-2010", Some(level.code())))
        .map(|result| super::score_card::possible(&result))
        .filter(|totals| !totals.is_empty())
        .map(|totals| match totals.as_slice() {
            [only] => format!("SINS {only}"),
            _ => "SINS open".to_owned(),
        });
    let escc = escc.map(|grade| format!("ESCC {grade}"));
    escc.into_iter().chain(sins).collect::<Vec<_>>().join(" · ")
}
