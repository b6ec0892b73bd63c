//! The referral form of a sketch, as its sender fills it in.

use chrono::{DateTime, TimeDelta, Utc};
use clinical::dictionary::dictionary;
use mdt::case::UrgencyClass;
use mdt::display;
use rules::value::FactValue;

use super::calendar::ZONE;
use super::facts::Fields;
use super::sketch::{Foci, Imaged, Organs, Sketch};

/// The sender and the place where the patient is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) name: &'a str,
    pub(super) site: &'a str,
    /// The consultant who stays responsible.
    pub(super) consultant: &'a str,
}

/// The class of urgency that the sender states.
pub(super) fn urgency(sketch: &Sketch) -> UrgencyClass {
    let pressed = sketch.lesions.iter().any(|lesion| matches!(lesion.escc, "2" | "3"));
    let slipped = sketch.lesions.iter().any(|lesion| lesion.sins.contains("subluxation"));
    let loaded = sketch.lesions.iter().any(|lesion| lesion.sins.starts_with("mechanical"));
    match sketch {
        one if one.emergency => UrgencyClass::U1,
        _ if pressed || slipped => UrgencyClass::U3,
        _ if loaded => UrgencyClass::U4,
        _ => UrgencyClass::U5,
    }
}

/// The fields of the referral.
pub(super) fn fields(
    sketch: &Sketch,
    sender: Sender<'_>,
    again: bool,
    now: DateTime<Utc>,
) -> Fields {
    let mut form = Form(Vec::new());
    form.put("urgency", mdt::coded::Coded::code(urgency(sketch)));
    form.suspicion(sketch, now);
    form.spine(sketch);
    form.cancer(sketch);
    form.function(sketch);
    form.safety(sketch);
    form.people(sketch, sender);
    form.question(sketch, again);
    form.0
}

struct Form(Fields);

impl Form {
    fn put(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    fn suspicion(&mut self, sketch: &Sketch, now: DateTime<Utc>) {
        let ago = if sketch.emergency { TimeDelta::hours(9) } else { TimeDelta::days(4) };
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
            let fields = fields(&sketch, sender, false, now);
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
}
