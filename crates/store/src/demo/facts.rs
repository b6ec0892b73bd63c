//! The answers of the assessment form for a sketch, as the people who know them post them.

use super::sketch::{Foci, Imaged, Lesion, Organs, Sketch};

/// Fields of a form.
pub(super) type Fields = Vec<(String, String)>;

/// A part of the form that one person fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slice {
    /// The coordinator, from letters and reports: cancer, organs, imaging.
    Notes,
    /// The reader of the images: the lesions.
    Images,
    /// Whoever sees the patient: function, neurology, wishes.
    Patient,
    /// Images and patient in one.
    Both,
    /// Function and pain again, before the case is discussed again.
    Again,
}

/// The pain that a patient with this kind of pain states, 0 to 10.
fn pain_of(sins_pain: &str) -> Option<u32> {
    match sins_pain {
        "mechanical" => Some(7),
        "non-mechanical" => Some(4),
        "none" => Some(0),
        _ => None,
    }
}

/// The answers of one slice.
pub(super) fn answers(sketch: &Sketch, slice: Slice) -> Fields {
    let mut form = Form::default();
    match slice {
        Slice::Notes => {
            form.cancer(sketch);
            form.extent(sketch);
            form.imaging(sketch);
        }
        Slice::Images => form.lesions(sketch),
        Slice::Patient => form.patient(sketch),
        Slice::Both => {
            form.lesions(sketch);
            form.patient(sketch);
        }
        Slice::Again => form.again(sketch),
    }
    form.0
}

#[derive(Default)]
struct Form(Fields);

impl Form {
    fn put(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// An answer and where it comes from.
    fn from(&mut self, source: &str, name: &str, value: impl Into<String>) {
        self.put(name, value);
        self.put(&format!("{name}.source"), source);
    }

    fn unknown(&mut self, name: &str, reason: &str) {
        self.put(name, "_unknown");
        self.put(&format!("{name}.reason"), reason);
    }

    fn cancer(&mut self, sketch: &Sketch) {
        if sketch.tumour.is_empty() {
            self.unknown("case.histology", "pending");
            self.put("case.cancer-history", "none");
        } else {
            self.from("report", "case.histology", sketch.tumour);
            self.put("case.cancer-history", "current");
        }
        self.put("case.histology-basis", sketch.basis);
        if !sketch.primary.is_empty() {
            self.from("external-record", "case.primary-status", sketch.primary);
        }
        self.put("case.prior-radiotherapy", "_none");
        self.put("case.prior-spine-surgery", "_none");
    }

    fn extent(&mut self, sketch: &Sketch) {
        match sketch.organs {
            Organs::Unknown(reason) => self.unknown("case.visceral-metastases", reason),
            Organs::None => {
                self.from("report", "case.visceral-metastases", "none");
                for detail in ["sites", "removable", "treatable"] {
                    self.put(&format!("case.visceral-{detail}"), "_not-applicable");
                }
            }
            Organs::Present(sites, removable, treatable) => {
                self.from("report", "case.visceral-metastases", "present");
                for site in sites {
                    self.put("case.visceral-sites", *site);
                }
                self.judged(
                    "case.visceral-removable",
                    removable,
                    ["all-removable", "not-removable"],
                );
                self.judged("case.visceral-treatable", treatable, ["treatable", "untreatable"]);
            }
        }
        match sketch.foci {
            Foci::Unknown => self.unknown("case.extraspinal-bone-foci-count", "not-done"),
            Foci::Count(count) => {
                self.from("report", "case.extraspinal-bone-foci-count", count.to_string());
                self.put("case.extraspinal-count-is-minimum", "false");
            }
            Foci::AtLeast(count) => {
                self.from("report", "case.extraspinal-bone-foci-count", count.to_string());
                self.put("case.extraspinal-count-is-minimum", "true");
            }
        }
    }

    /// A judgement of yes or no; not assessed while nobody has made it.
    fn judged(&mut self, name: &str, answer: Option<bool>, [yes, no]: [&str; 2]) {
        match answer {
            Some(true) => self.put(name, yes),
            Some(false) => self.put(name, no),
            None => self.put(name, "_not-assessed"),
        }
    }

    fn imaging(&mut self, sketch: &Sketch) {
        let (spine, skeleton) = match sketch.imaged {
            Imaged::Whole => ("mri", "pet-ct"),
            Imaged::Partly => ("partial", "none"),
        };
        self.from("report", "case.whole-spine-imaged", spine);
        self.from("report", "case.skeletal-staging", skeleton);
        for image in ["mri", "ct"] {
            self.put("case.imaging-done", image);
        }
        if sketch.imaged == Imaged::Whole {
            self.put("case.imaging-done", "pet-ct");
        }
    }

    fn lesions(&mut self, sketch: &Sketch) {
        self.put("lesion._listed", "1");
        for lesion in sketch.lesions {
            self.lesion(lesion);
        }
        self.put("case.lesion-list-complete", (sketch.imaged == Imaged::Whole).to_string());
        if let Some(index) = sketch.lesions.first() {
            self.put("case.index-lesion", index.level);
        }
        self.put("case.mscc-status", compression(sketch));
    }

    fn lesion(&mut self, lesion: &Lesion) {
        let at = |code: &str| format!("lesion.{}.{code}", lesion.level);
        self.put(&at("level"), lesion.level);
        self.from("report", &at("lesion-status"), lesion.status);
        match lesion.escc {
            "?" => self.unknown(&at("escc-grade"), "not-done"),
            grade => {
                self.from("report", &at("escc-grade"), grade);
                self.put(&at("escc-read-from"), "mri-t2");
            }
        }
        self.put(&at("planned-options"), "_none");
        let items = ["pain", "bone-lesion", "alignment", "collapse", "posterolateral"];
        for (item, answer) in items.into_iter().zip(lesion.sins.split_whitespace()) {
            let field = at(&format!("sins-{item}"));
            match (item, answer) {
                (_, "?") => self.unknown(&field, "not-done"),
                ("pain", answer) => self.from("patient", &field, answer),
                (_, answer) => self.from("report", &field, answer),
            }
        }
        let pain = lesion.sins.split_whitespace().next().and_then(pain_of);
        if let Some(pain) = pain {
            self.put(&at("lesion-symptomatic"), (pain > 0).to_string());
            self.from("patient", &at("pain-nrs"), pain.to_string());
        }
    }

    fn patient(&mut self, sketch: &Sketch) {
        self.function(sketch);
        let fit = match sketch.kps {
            Some(70..) => "able",
            Some(40..70) => "limited",
            Some(_) => "unable",
            None => "_not-assessed",
        };
        self.put("case.noms-systemic", fit);
        let (bladder, saddle) = match sketch.frankel {
            Some("A" | "B") => ("retention", "absent"),
            Some(_) => ("normal", "normal"),
            None => ("_not-assessed", "_not-assessed"),
        };
        self.put("case.bladder-function", bladder);
        self.put("case.saddle-sensation", saddle);
        self.put("case.symptoms-recorded", "back-pain");
        if matches!(sketch.frankel, Some("A" | "B" | "C" | "D")) {
            self.put("case.symptoms-recorded", "motor");
        }
        for (name, value) in sketch.more {
            self.put(name, *value);
        }
    }

    fn function(&mut self, sketch: &Sketch) {
        match sketch.kps {
            Some(kps) => self.from("examination", "case.kps", kps.to_string()),
            None => self.put("case.kps", "_not-assessed"),
        }
        let Some(frankel) = sketch.frankel else {
            self.put("case.frankel", "_not-assessed");
            return;
        };
        self.from("examination", "case.frankel", frankel);
        let (walks, course) = match (frankel, sketch.kps.unwrap_or(50)) {
            ("E", 60..) => ("independent", "_not-applicable"),
            ("E", _) => ("with-aid", "_not-applicable"),
            ("D", _) => ("with-aid", "slow"),
            ("C", _) => ("transfers-only", "rapid"),
            _ => ("bed-or-chair", "stable"),
        };
        self.from("examination", "case.ambulatory-status", walks);
        self.from("examination", "case.deficit-course", course);
    }

    /// Later the patient is asked again: less pain, function as before.
    fn again(&mut self, sketch: &Sketch) {
        self.function(sketch);
        for lesion in sketch.lesions {
            let pain = lesion.sins.split_whitespace().next().and_then(pain_of);
            if let Some(pain) = pain {
                let now = pain.saturating_sub(3).to_string();
                self.from("patient", &format!("lesion.{}.pain-nrs", lesion.level), now);
            }
        }
    }
}

/// Cord compression, as the images and the examination say together.
fn compression(sketch: &Sketch) -> &'static str {
    let pressed = sketch.lesions.iter().any(|lesion| matches!(lesion.escc, "2" | "3"));
    let unread = sketch.lesions.iter().any(|lesion| lesion.escc == "?");
    let deficit = matches!(sketch.frankel, Some("A" | "B" | "C" | "D"));
    match (pressed, unread, deficit) {
        (true, _, _) => "confirmed",
        (false, true, true) => "suspected",
        _ => "none",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use chrono::{DateTime, Utc};
    use clinical::assessment::{Answers, Assessment, Context, Route};
    use clinical::protocol::compile_bundled;
    use rules::value::{Fact, FactValue};
    use rules::{Compiled, Evaluation};
    use serde_json::Value;

    use super::*;
    use crate::demo::sketch::all;

    fn now() -> DateTime<Utc> {
        "2026-06-12T10:00:00Z".parse().unwrap()
    }

    /// The assessments that the slices make, one on top of the other.
    fn assessed(sketch: &Sketch, slices: &[Slice]) -> Assessment {
        let born = Fact::Known(FactValue::Date("1961-02-03".to_owned()));
        let context = Context {
            recorded_by: "somebody".to_owned(),
            recorded_at: now(),
            assessed_at: now(),
            route: Route::Form,
            patient: BTreeMap::from([("birth-date".to_owned(), born)]),
        };
        let mut current: Option<(Assessment, u32)> = None;
        for slice in slices {
            let fields = answers(sketch, *slice);
            let parsed = Answers::parse(&fields, &now())
                .unwrap_or_else(|why| panic!("{}: {why:?}", sketch.id));
            let base = current.as_ref().map(|(assessment, ordinal)| (assessment, *ordinal));
            let next = Assessment::next(base, &parsed, &context);
            let (assessment, _) = next.unwrap_or_else(|why| panic!("{}: {why:?}", sketch.id));
            let ordinal = current.map_or(1, |(_, ordinal)| ordinal + 1);
            current = Some((assessment, ordinal));
        }
        current.unwrap().0
    }

    fn core_scores() -> Arc<Compiled> {
        compile_bundled("core-scores").unwrap()
    }

    fn evaluated(compiled: &Arc<Compiled>, sketch: &Sketch, slices: &[Slice]) -> Evaluation {
        rules::evaluate(compiled, &assessed(sketch, slices).facts()).unwrap()
    }

    /// The results that a golden case expects of the three scores.
    fn expected() -> BTreeMap<String, Vec<Value>> {
        let file = include_str!("../../../clinical/tests/golden-cases.json");
        let cases: Vec<Value> = serde_json::from_str(file).unwrap();
        let scores = ["tomita-2001", "tokuhashi-2005", "sins-2010"];
        let wanted = |case: &Value| {
            let results = case["expect"]["results"].as_array().cloned().unwrap_or_default();
            results
                .into_iter()
                .filter(|one| scores.contains(&one["rule_set"].as_str().unwrap()))
                .collect()
        };
        cases.iter().map(|case| (case["id"].as_str().unwrap().to_owned(), wanted(case))).collect()
    }

    const SLICES: [&[Slice]; 3] = [
        &[Slice::Notes, Slice::Images, Slice::Patient],
        &[Slice::Notes, Slice::Both],
        &[Slice::Notes, Slice::Both, Slice::Again, Slice::Again],
    ];

    #[test]
    fn every_golden_case_comes_out_with_its_published_totals_also_when_it_is_assessed_again() {
        let (compiled, expected) = (core_scores(), expected());
        let golden: Vec<Sketch> = all().into_iter().filter(|sketch| sketch.golden).collect();
        for (sketch, slices) in
            golden.iter().flat_map(|sketch| SLICES.map(|slices| (sketch, slices)))
        {
            let evaluation = evaluated(&compiled, sketch, slices);
            let results = &expected[sketch.id];
            assert!(!results.is_empty(), "{}", sketch.id);
            for wanted in results {
                let name = wanted["rule_set"].as_str().unwrap();
                let result = evaluation.result(name, wanted["level"].as_str()).unwrap();
                let total = serde_json::to_value(result.total().unwrap()).unwrap();
                assert_eq!(total, wanted["total"], "{} {name}", sketch.id);
                let bands: Vec<&str> = result.bands().iter().map(|band| band.id.as_str()).collect();
                assert_eq!(
                    serde_json::to_value(bands).unwrap(),
                    wanted["bands"],
                    "{} {name}",
                    sketch.id
                );
            }
        }
    }

    #[test]
    fn every_worked_case_of_the_three_scores_is_among_the_patients() {
        let ours: Vec<&str> =
            all().iter().filter(|sketch| sketch.golden).map(|sketch| sketch.id).collect();
        let families = ["TOM-", "T05-", "SIN-", "INT-", "ONE-"];
        for (id, results) in expected() {
            let about_as_printed = ["INT-11", "INT-12"].contains(&id.as_str());
            let wanted = families.iter().any(|family| id.starts_with(family));
            if wanted && !about_as_printed && !results.is_empty() {
                assert!(ours.contains(&id.as_str()), "{id}");
            }
        }
        assert_eq!(ours.len(), 34);
    }

    #[test]
    fn the_patient_of_the_drawings_has_the_scores_that_are_drawn() {
        let sketch = all().into_iter().find(|sketch| sketch.id == "ASHWORTH").unwrap();
        let evaluation = evaluated(&core_scores(), &sketch, SLICES[0]);
        let total = |name, level| evaluation.result(name, level).unwrap().total().unwrap().exact();
        assert_eq!(total("tomita-2001", None), Some(6));
        assert_eq!(total("tokuhashi-2005", None), Some(9));
        assert_eq!(total("sins-2010", Some("T10")), Some(9));
        assert_eq!(total("sins-2010", Some("T6")), Some(1));
        assert_eq!(total("sins-2010", Some("L2")), Some(4));
    }

    #[test]
    fn the_facts_of_every_sketch_agree_with_each_other_and_answer_what_is_required() {
        for sketch in all() {
            let assessment = assessed(&sketch, &[Slice::Notes, Slice::Both]);
            let open: Vec<String> =
                assessment.unanswered().iter().map(ToString::to_string).collect();
            // Nothing was read where there is no grade.
            let open: Vec<&String> =
                open.iter().filter(|key| !key.ends_with("escc-read-from")).collect();
            let elsewhere = ["site-resources", "present-specialties"];
            assert!(
                open.iter().all(|key| elsewhere.contains(&key.as_str())),
                "{}: {open:?}",
                sketch.id
            );
        }
    }

    #[test]
    fn weakness_has_a_cause_that_the_images_show() {
        for sketch in all() {
            let deficit = matches!(sketch.frankel, Some("A" | "B" | "C" | "D"));
            let pressed = sketch.lesions.iter().any(|lesion| matches!(lesion.escc, "2" | "3"));
            assert!(!deficit || pressed, "{}", sketch.id);
        }
    }
}
