//! The tables of the three scores once more, as plain lists: the second opinion of the tests.

use std::collections::BTreeSet;

/// The points, or totals, that remain possible.
pub(crate) type Points = BTreeSet<i64>;

/// All levels, the variants included.
pub(crate) const LEVELS: [&str; 33] = [
    "O", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8",
    "T9", "T10", "T11", "T12", "T13", "L1", "L2", "L3", "L4", "L5", "L6", "S1", "S2", "S3", "S4",
    "S5", "CO",
];

/// All tumours of the vocabulary.
pub(crate) const TUMOURS: [&str; 52] = [
    "breast",
    "prostate",
    "thyroid",
    "thyroid-differentiated",
    "thyroid-medullary",
    "thyroid-anaplastic",
    "neuroendocrine-tumour",
    "neuroendocrine-carcinoma",
    "renal-cell",
    "uterus",
    "endometrium",
    "cervix",
    "rectum",
    "colon",
    "colorectal",
    "lung-nsclc",
    "lung-sclc",
    "lung",
    "stomach",
    "oesophagus",
    "pancreas",
    "bladder",
    "upper-urothelial",
    "hepatocellular",
    "cholangiocarcinoma",
    "gallbladder",
    "unknown-primary",
    "osteosarcoma",
    "bone-sarcoma",
    "ewing",
    "rhabdomyosarcoma",
    "chondrosarcoma",
    "leiomyosarcoma",
    "liposarcoma",
    "synovial-sarcoma",
    "soft-tissue-sarcoma",
    "haemangioendothelioma",
    "melanoma",
    "head-neck",
    "nasopharynx",
    "ovary",
    "seminoma",
    "germ-cell-other",
    "lymphoma",
    "myeloma",
    "plasmacytoma",
    "leukaemia",
    "thymoma",
    "adrenocortical",
    "mesothelioma",
    "chordoma",
    "other",
];

/// Every sum of one number of each set.
pub(crate) fn sums(parts: &[Points]) -> Points {
    parts.iter().fold(Points::from([0]), |totals, part| {
        totals.iter().flat_map(|total| part.iter().map(move |points| total + points)).collect()
    })
}

/// The bands that a set of totals hits, from the lowest total up.
pub(crate) fn bands(id: &str, totals: &Points) -> Vec<&'static str> {
    let bands: &[(&str, i64, i64)] = match id {
        "sins-2010" => &[("stable", 0, 6), ("indeterminate", 7, 12), ("unstable", 13, 18)],
        "tomita-2001" => &[("2-3", 2, 3), ("4-5", 4, 5), ("6-7", 6, 7), ("8-10", 8, 10)],
        _ => &[("0-8", 0, 8), ("9-11", 9, 11), ("12-15", 12, 15)],
    };
    let hit = |from: i64, to: i64| totals.iter().any(|total| (from..=to).contains(total));
    bands.iter().filter(|(_, from, to)| hit(*from, *to)).map(|(band, _, _)| *band).collect()
}

/// SINS of a lesion; nothing where the score does not apply. Fisher, Spine 2010.
pub(crate) fn sins<'a>(level: &str, fact: impl Fn(&str) -> Option<&'a str>) -> Option<Points> {
    let location = match fact("sins-location") {
        Some("junctional") => Points::from([3]),
        Some("mobile") => Points::from([2]),
        Some("semirigid") => Points::from([1]),
        Some("rigid") => Points::from([0]),
        _ => location(level)?,
    };
    let pain = match fact("sins-pain") {
        Some("mechanical") => Points::from([3]),
        Some("non-mechanical") => Points::from([1]),
        Some("none") => Points::from([0]),
        _ => Points::from([0, 1, 3]),
    };
    let bone = match fact("sins-bone-lesion") {
        Some("lytic") => Points::from([2]),
        Some("mixed") => Points::from([1]),
        Some("blastic") => Points::from([0]),
        _ => Points::from([0, 1, 2]),
    };
    let alignment = match fact("sins-alignment") {
        Some("subluxation") => Points::from([4]),
        Some("deformity") => Points::from([2]),
        Some("normal") => Points::from([0]),
        _ => Points::from([0, 2, 4]),
    };
    let collapse = match fact("sins-collapse") {
        Some("over-50") => Points::from([3]),
        Some("exactly-50") => Points::from([2, 3]),
        Some("under-50") => Points::from([2]),
        Some("no-collapse-over-50-involved") => Points::from([1]),
        Some("none") => Points::from([0]),
        _ => Points::from([0, 1, 2, 3]),
    };
    let sides = match fact("sins-posterolateral") {
        Some("bilateral") => Points::from([3]),
        Some("unilateral") => Points::from([1]),
        Some("none") => Points::from([0]),
        _ => Points::from([0, 1, 3]),
    };
    Some(sums(&[location, pain, bone, alignment, collapse, sides]))
}

fn location(level: &str) -> Option<Points> {
    let points = match level {
        "O" | "C1" | "C2" | "C7" | "T1" | "T2" | "T11" | "T12" | "L1" | "L5" | "S1" => 3,
        "C3" | "C4" | "C5" | "C6" | "L2" | "L3" | "L4" => 2,
        "T3" | "T4" | "T5" | "T6" | "T7" | "T8" | "T9" | "T10" => 1,
        "S2" | "S3" | "S4" | "S5" => 0,
        "CO" => return None,
        _ => return Some(Points::from([0, 1, 2, 3])),
    };
    Some(Points::from([points]))
}

/// Tomita's growth points; nothing for what is no metastasis. Tomita, Spine 2001.
pub(crate) fn growth_points(tumour: Option<&str>) -> Option<Points> {
    Some(match tumour {
        Some("chordoma") => return None,
        Some("breast" | "prostate") => Points::from([1]),
        Some(thyroid) if thyroid.starts_with("thyroid") => Points::from([1]),
        Some("renal-cell" | "uterus" | "endometrium" | "cervix") => Points::from([2]),
        Some("lung" | "lung-nsclc" | "lung-sclc" | "stomach" | "unknown-primary") => {
            Points::from([4])
        }
        _ => Points::from([1, 2, 4]),
    })
}

/// Tokuhashi's points for the primary site. Tokuhashi, Spine 2005.
pub(crate) fn site_points(tumour: Option<&str>) -> Option<Points> {
    let Some(tumour) = tumour else { return Some((0..=5).collect()) };
    Some(match tumour {
        "chordoma" => return None,
        "colorectal" => Points::from([2, 4]),
        "bone-sarcoma" => Points::from([0, 2]),
        "lung" | "lung-nsclc" | "lung-sclc" | "osteosarcoma" | "stomach" | "bladder"
        | "oesophagus" | "pancreas" => Points::from([0]),
        "hepatocellular" | "cholangiocarcinoma" | "gallbladder" | "unknown-primary" => {
            Points::from([1])
        }
        "renal-cell" | "uterus" | "endometrium" | "cervix" => Points::from([3]),
        "rectum" => Points::from([4]),
        "breast" | "prostate" | "neuroendocrine-tumour" => Points::from([5]),
        thyroid if thyroid.starts_with("thyroid") => Points::from([5]),
        _ => Points::from([2]),
    })
}

/// Organ points: of none, of the good detail, of the bad one.
pub(crate) fn visceral_points(
    present: Option<&str>,
    good: Option<bool>,
    [none, better, worse]: [i64; 3],
) -> Points {
    let detail = match good {
        Some(true) => Points::from([better]),
        Some(false) => Points::from([worse]),
        None => Points::from([better, worse]),
    };
    match present {
        Some("none") => Points::from([none]),
        Some(_) => detail,
        None => detail.into_iter().chain([none]).collect(),
    }
}

/// Tokuhashi's general condition. With KPS alone, or what four conversions leave of ECOG.
pub(crate) fn condition_points(kps: Option<i64>, ecog: Option<i64>) -> Points {
    match (kps, ecog) {
        (Some(80..), _) | (None, Some(0)) => Points::from([2]),
        (Some(50..=79), _) | (None, Some(2)) => Points::from([1]),
        (Some(_), _) | (None, Some(4)) => Points::from([0]),
        (None, Some(1)) => Points::from([1, 2]),
        (None, Some(_)) => Points::from([0, 1]),
        (None, None) => Points::from([0, 1, 2]),
    }
}

/// Tokuhashi's bone foci outside the spine; a count may be a minimum.
pub(crate) fn foci_points(count: Option<i64>, minimum: bool) -> Points {
    let exact = |count: i64| match count {
        0 => 2,
        1 | 2 => 1,
        _ => 0,
    };
    match (count, minimum) {
        (None, _) => Points::from([0, 1, 2]),
        (Some(count), false) => Points::from([exact(count)]),
        (Some(count), true) => (count..=99).map(exact).collect(),
    }
}

/// Tokuhashi's vertebrae.
pub(crate) fn vertebra_points(count: Option<i64>) -> Points {
    match count {
        Some(1) => Points::from([2]),
        Some(2) => Points::from([1]),
        Some(_) => Points::from([0]),
        None => Points::from([0, 1, 2]),
    }
}

/// Tokuhashi's palsy.
pub(crate) fn palsy_points(frankel: Option<&str>) -> Points {
    match frankel {
        Some("A" | "B") => Points::from([0]),
        Some("C" | "D") => Points::from([1]),
        Some(_) => Points::from([2]),
        None => Points::from([0, 1, 2]),
    }
}

/// Tomita's bone points: the spine holds the only lesion, or not.
pub(crate) fn bone_points(foci: Option<i64>, minimum: bool, vertebrae: Option<i64>) -> Points {
    let most = if minimum || foci.is_none() { 99 } else { foci.unwrap_or(99) };
    let (few, many) = vertebrae.map_or((1, 34), |count| (count, count));
    let mut points = Points::new();
    for foci in foci.unwrap_or(0)..=most {
        for vertebrae in few..=many {
            points.insert(if foci + vertebrae == 1 { 1 } else { 2 });
        }
    }
    points
}

/// The vertebrae that hold a metastasis, by every reading of the lesions without a status.
pub(crate) fn vertebrae(list: &[(&str, Option<&str>)], complete: bool) -> BTreeSet<i64> {
    let vertebra = |level: &str| match level {
        "O" => None,
        sacral if sacral.starts_with('S') => Some("sacrum".to_owned()),
        other => Some(other.to_owned()),
    };
    let counts = |status: &str| !matches!(status, "indeterminate" | "benign");
    let places = |wanted: &dyn Fn(Option<&str>) -> bool| -> BTreeSet<String> {
        let lesions = list.iter().filter(|(_, status)| wanted(*status));
        lesions.filter_map(|(level, _)| vertebra(level)).collect()
    };
    let surely = places(&|status| status.is_some_and(counts));
    let at_most = places(&|status| status.is_none_or(counts));
    let number = |places: BTreeSet<String>| i64::try_from(places.len()).unwrap();
    match (number(surely), complete) {
        (0, _) => (1..=34).collect(),
        (least, true) => (least..=number(at_most)).collect(),
        (least, false) => (least..=34).collect(),
    }
}
