//! The referral form of a sketch, as its sender fills it in.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use clinical::assessment::{Answers, Assessment, Context, Route};
use clinical::dictionary::dictionary;
use mdt::case::UrgencyClass;
use mdt::display;
use rules::value::{FactValue, Facts};

use super::calendar::ZONE;
use super::facts::{Fields, Slice, answers};
use super::sketch::{Foci, Imaged, Organs, Sketch};
use crate::referrals::{Demand, LESS_URGENT, ReferralDocument};

/// The sender and the place where the patient is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) name: &'a str,
    pub(super) site: &'a str,
    /// The consultant who stays responsible.
    pub(super) consultant: &'a str,
}

/// The class of urgency that the sender states: at least what the answers, the images and the examination
/// demand, unless the sender says why not.
fn urgency(sketch: &Sketch, letter: &Fields, now: DateTime<Utc>) -> UrgencyClass {
    if !sketch.less_urgent.is_empty() {
        return first_thought(sketch);
    }
    let of_letter = Demand::of_referral(&ReferralDocument::of(letter.clone())).ok();
    let of_facts = everything(sketch, now).and_then(|facts| Demand::of(&facts).ok());
    let demanded = of_letter.into_iter().chain(of_facts).map(|demand| demand.class);
    demanded.fold(first_thought(sketch), Ord::min)
}

/// All facts of a sketch, as the first assessments record them.
fn everything(sketch: &Sketch, now: DateTime<Utc>) -> Option<Facts> {
    let slices = [Slice::Notes, Slice::Both].into_iter();
    let fields: Fields = slices.flat_map(|slice| answers(sketch, slice)).collect();
    let context = Context {
        recorded_by: String::new(),
        recorded_at: now,
        assessed_at: now,
        route: Route::Job,
        patient: BTreeMap::new(),
    };
    let answers = Answers::parse(&fields, &now).ok()?;
    Assessment::next(None, &answers, &context).ok().map(|(assessment, _)| assessment.facts())
}

/// Weakness under a pressed cord: an emergency, though the sender has the images already.
pub(super) fn is_pressing(sketch: &Sketch) -> bool {
    is_pressed(sketch) && matches!(sketch.frankel, Some("A" | "B" | "C" | "D"))
}

fn is_pressed(sketch: &Sketch) -> bool {
    sketch.lesions.iter().any(|lesion| matches!(lesion.escc, "2" | "3"))
}

/// What the sender thinks of first, from the images.
fn first_thought(sketch: &Sketch) -> UrgencyClass {
    let slipped = sketch.lesions.iter().any(|lesion| lesion.sins.contains("subluxation"));
    let loaded = sketch.lesions.iter().any(|lesion| lesion.sins.starts_with("mechanical"));
    match sketch {
        one if one.emergency => UrgencyClass::U1,
        one if is_pressed(one) || slipped => UrgencyClass::U3,
        _ if loaded => UrgencyClass::U4,
        _ => UrgencyClass::U5,
    }
}

/// The class and the fields of the referral.
pub(super) fn fields(
    sketch: &Sketch,
    sender: Sender<'_>,
    again: bool,
    now: DateTime<Utc>,
) -> (UrgencyClass, Fields) {
    let mut form = Form(Vec::new());
    form.suspicion(sketch, now);
    form.spine(sketch);
    form.cancer(sketch);
    form.function(sketch);
    form.safety(sketch);
    form.people(sketch, sender);
    form.question(sketch, again);
    let class = urgency(sketch, &form.0, now);
    form.put("urgency", mdt::coded::Coded::code(class));
    if !sketch.less_urgent.is_empty() {
        form.put(LESS_URGENT, sketch.less_urgent);
    }
    (class, form.0)
}

struct Form(Fields);

impl Form {
    fn put(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    fn suspicion(&mut self, sketch: &Sketch, now: DateTime<Utc>) {
        let soon = sketch.emergency || is_pressing(sketch);
        let ago = if soon { TimeDelta::hours(9) } else { TimeDelta::days(4) };
        let status = match sketch {
            one if one.emergency => "suspected",
            one if is_pressed(one) => "confirmed",
            _ => "none",
        };
        self.put("mscc-status", status);
        self.put("t_suspect", display::date_time(now - ago, ZONE));
        if sketch.emergency {
            self.put("call", format!("Duty surgeon, {}", display::date_time(now, ZONE)));
            for sign in ["rf-limb-weakness", "rf-gait"] {
                self.put("red-flags", sign);
            }
            return;
        }
        let pain = sketch.lesions.first().map_or("?", |lesion| lesion.sins);
        let weak = matches!(sketch.frankel, Some("A" | "B" | "C" | "D"));
        let flags = [
            (weak, "rf-limb-weakness"),
            (pain.starts_with("mechanical"), "rf-mechanical"),
            (pain.starts_with("non-mechanical"), "rf-night"),
        ];
        let mut any = false;
        for (_, flag) in flags.into_iter().filter(|(present, _)| *present) {
            self.put("red-flags", flag);
            any = true;
        }
        if !any {
            self.put("red-flags", "_none");
        }
    }

    fn spine(&mut self, sketch: &Sketch) {
        if let Some(index) = sketch.lesions.first() {
            self.put("index-lesion", index.level);
        }
        for lesion in sketch.lesions {
            self.put("level", lesion.level);
        }
        let (spine, images) = match sketch.imaged {
            Imaged::Whole => ("mri", "MRI of the whole spine and PET-CT, sent and reported"),
            Imaged::Partly => ("partial", "CT of the abdomen only, report attached"),
        };
        self.put("whole-spine-imaged", spine);
        self.put("imaging", images);
    }

    fn cancer(&mut self, sketch: &Sketch) {
        let known = if sketch.tumour.is_empty() { "none" } else { "current" };
        self.put("cancer-history", known);
        let tumour = FactValue::Code(sketch.tumour.to_owned());
        let shown = dictionary().entry("histology").filter(|_| !sketch.tumour.is_empty());
        let primary =
            shown.map_or_else(|| "Not known yet".to_owned(), |entry| entry.shown(&tumour));
        self.put("primary", primary);
        let marrow = ["myeloma", "lymphoma"].contains(&sketch.tumour);
        self.put("haematological-suspected", if marrow { "yes" } else { "no" });
        self.put("extent", extent(sketch));
        self.put("prior_treatment", "no");
    }

    fn function(&mut self, sketch: &Sketch) {
        let walks = match sketch.frankel {
            Some("E") => "independent",
            Some("D") => "with-aid",
            Some("C") => "transfers-only",
            Some(_) => "bed-or-chair",
            None => "_not-assessed",
        };
        self.put("ambulatory-status", walks);
        let bladder =
            if matches!(sketch.frankel, Some("A" | "B")) { "retention" } else { "normal" };
        self.put("bladder-function", bladder);
        self.put("bowel-function", "normal");
        self.put(
            "kps",
            sketch.kps.map_or_else(|| "_not-assessed".to_owned(), |kps| kps.to_string()),
        );
    }

    fn safety(&mut self, sketch: &Sketch) {
        self.put("immobilised", if sketch.emergency { "yes" } else { "no" });
        self.put("steroid", if sketch.emergency { "yes" } else { "no" });
        if sketch.emergency {
            self.put("steroid_detail", "Dexamethasone 16 mg, first dose on admission");
        }
        self.put("antithrombotic-drugs", "_none");
    }

    fn people(&mut self, sketch: &Sketch, sender: Sender<'_>) {
        let place = if sketch.emergency { "admitted, ward 4" } else { "at home" };
        self.put("location", format!("{}, {place}", sender.site));
        self.put("referrer_name", sender.name);
        self.put("referrer_phone", "01632 960 148");
        self.put("responsible_clinician", sender.consultant);
    }

    fn question(&mut self, sketch: &Sketch, again: bool) {
        let level = sketch.lesions.first().map_or("the spine", |lesion| lesion.level);
        let pain = sketch.lesions.first().map_or("", |lesion| lesion.sins);
        let (kind, words) = match sketch {
            one if !one.question.is_empty() => ("combined_plan", one.question.to_owned()),
            _ if again => {
                ("second_opinion", format!("Pain at {level} is less. Does the plan stand?"))
            }
            one if one.emergency => {
                ("surgery", format!("Legs weak since yesterday, cord pressed at {level}. Operate?"))
            }
            _ if pain.starts_with("mechanical") => (
                "stability",
                format!(
                    "Pain at {level} on standing and turning. Does it have to be held before radiotherapy?"
                ),
            ),
            _ => (
                "radiotherapy",
                format!("Lesion at {level}. Is local treatment of use now, and which?"),
            ),
        };
        self.put("question_kind", kind);
        self.put("question", words);
        if again {
            self.put("whats_new", "Seen again in clinic; less pain, function as before.");
        }
    }
}

/// The disease elsewhere, in words.
fn extent(sketch: &Sketch) -> String {
    let organs = match sketch.organs {
        Organs::None => "no organ metastases".to_owned(),
        Organs::Unknown(_) => "organs not staged yet".to_owned(),
        Organs::Present(sites, ..) => format!("metastases in {}", sites.join(" and ")),
    };
    let bones = match sketch.foci {
        Foci::Count(0) => "no other bones".to_owned(),
        Foci::Count(count) => format!("other bones: {count}"),
        Foci::AtLeast(count) => format!("other bones: {count} or more"),
        Foci::Unknown => "other bones not known".to_owned(),
    };
    format!("{organs}; {bones}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::sketch::all;

    #[test]
    fn every_referral_answers_what_an_emergency_and_a_routine_one_need() {
        let needed = [
            "urgency",
            "mscc-status",
            "t_suspect",
            "red-flags",
            "whole-spine-imaged",
            "imaging",
            "cancer-history",
            "haematological-suspected",
            "prior_treatment",
            "ambulatory-status",
            "bladder-function",
            "bowel-function",
            "kps",
            "immobilised",
            "steroid",
            "antithrombotic-drugs",
            "location",
            "referrer_name",
            "referrer_phone",
            "responsible_clinician",
            "question_kind",
            "question",
        ];
        let sender = Sender { name: "J. Adler", site: "Northfield", consultant: "Dr A. Fenwick" };
        let now = "2026-06-12T10:00:00Z".parse().unwrap();
        for sketch in all() {
            let (_, fields) = fields(&sketch, sender, false, now);
            for name in needed {
                let answer = fields.iter().find(|(field, _)| field == name);
                assert!(
                    answer.is_some_and(|(_, value)| !value.trim().is_empty()),
                    "{} {name}",
                    sketch.id
                );
            }
            let question = fields.iter().find(|(field, _)| field == "question").unwrap();
            assert!(question.1.chars().count() <= 500, "{}", sketch.id);
        }
    }

    #[test]
    fn no_referral_is_less_urgent_than_its_facts_demand_without_a_reason() {
        let now: DateTime<Utc> = "2026-06-12T10:00:00Z".parse().unwrap();
        let sender = Sender { name: "J. Adler", site: "Northfield", consultant: "Dr A. Fenwick" };
        let mut with_reason = Vec::new();
        for (sketch, again) in all().iter().flat_map(|one| [(one, false), (one, true)]) {
            let (class, fields) = fields(sketch, sender, again, now);
            let document = ReferralDocument::of(fields);
            let of_letter = Demand::of_referral(&document).unwrap();
            let of_facts = Demand::of(&everything(sketch, now).unwrap()).unwrap();
            let above = of_letter.is_above(class) || of_facts.is_above(class);
            if document.answer(LESS_URGENT).is_some() {
                assert!(above, "{} says why and need not", sketch.id);
                with_reason.push(sketch.id);
            } else {
                assert!(!above, "{} {class} {of_letter:?} {of_facts:?}", sketch.id);
            }
        }
        assert!(!with_reason.is_empty(), "the demonstration has one with a reason");
    }
}
