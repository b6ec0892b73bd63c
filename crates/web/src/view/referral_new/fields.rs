//! Fields of the referral: the minimum dataset of the clinical standards, in the order in which it is asked.
//!
//! Facts have the codes of the data dictionary; what is no fact has a plain name. Every coded question can be
//! answered with `_not-assessed`, so that nobody has to guess.

use super::super::form::{Choice, FieldView, FormInput};
use super::FormSection;
use store::referrals::LESS_URGENT;

pub(super) fn urgency() -> FieldView {
    let classes = vec![
        Choice::new(
            "U1",
            "Emergency: cord or cauda equina compression, suspected or seen, with symptoms or signs",
        ),
        Choice::new("U2", "Urgent: pain pattern, no neurological sign"),
        Choice::new("U3", "Unstable or high grade on imaging, no deficit"),
        Choice::new("U4", "Known metastasis, pain getting worse"),
        Choice::new("U5", "Routine"),
        Choice::new("unsure", "Not sure: treat as emergency"),
    ];
    FieldView::radio("urgency", "How urgent is it?", classes).hint(
        "Asked first: your answer starts the clock (class U1 to U5). Only a clinician can lower it later, with a reason. \
         In an emergency, call as well.",
    )
}

/// Asked only where the class is less urgent than the answers demand.
pub(super) fn less_urgent() -> FieldView {
    FieldView::area(LESS_URGENT, "Why less urgent than the signs say")
        .hint("Needed where the class above stays. Whoever answers the referral reads it beside the signs.")
}

pub(super) fn clock() -> Vec<FieldView> {
    vec![
        FieldView::radio(
            "mscc-status",
            "Compression of the cord or cauda equina",
            choices(&[
                ("none", "Not thought of"),
                ("suspected", "Suspected"),
                ("confirmed", "Confirmed on imaging"),
                ("excluded", "Excluded on imaging"),
                ("_not-assessed", "Not known"),
            ]),
        ),
        FieldView::figures("t_suspect", "First suspected")
            .hint("Day and time, for example 15-Jun-2026 06:50"),
        FieldView::text("call", "Who took the call").hint("Name and time").optional(),
        FieldView::checkboxes("red-flags", "Symptoms and signs in the last 14 days", red_flags())
            .hint(
                "Tick all. The first seven mean an emergency, U1, when cancer is known or was treated: with a lower class \
                 you are asked why.",
            ),
    ]
}

fn red_flags() -> Vec<Choice> {
    choices(&[
        ("rf-limb-weakness", "Limb weakness"),
        ("rf-gait", "Difficulty walking"),
        ("rf-sensory", "Numbness, sensory loss"),
        ("rf-saddle", "Saddle numbness"),
        ("rf-bladder-bowel", "Bladder or bowel"),
        ("rf-cord-cauda-signs", "Signs of cord or cauda equina compression"),
        ("rf-radicular", "Radicular pain"),
        ("rf-unremitting", "Severe unremitting pain"),
        ("rf-progressive", "Progressive pain"),
        ("rf-mechanical", "Worse standing, sitting, moving"),
        ("rf-strain", "Worse on coughing, straining"),
        ("rf-night", "Disturbs sleep"),
        ("rf-tender", "Localised tenderness"),
        ("rf-band", "Band-like pain"),
        ("_none", "None of these"),
        ("_not-assessed", "Not assessed"),
    ])
}

pub(super) fn sections(sites: Vec<Choice>, input: &FormInput) -> Vec<FormSection> {
    vec![
        section("spine", "Spine and imaging", spine(), input),
        section("cancer", "Cancer", cancer(), input),
        section("function", "Function", function(), input),
        section("safety", "Until the meeting", safety(), input),
        section("people", "People", people(), input),
        section("ask", "Question", ask(sites), input),
    ]
}

fn section(
    id: &'static str,
    title: &'static str,
    fields: Vec<FieldView>,
    input: &FormInput,
) -> FormSection {
    FormSection { id, title, fields: fields.into_iter().map(|field| field.filled(input)).collect() }
}

fn spine() -> Vec<FieldView> {
    let mut levels = vec![Choice::new("", "Not known")];
    for (letter, count) in [('C', 7), ('T', 12), ('L', 5), ('S', 5)] {
        levels.extend(
            (1..=count)
                .map(|number| format!("{letter}{number}"))
                .map(|level| Choice::new(&level, &level)),
        );
    }
    vec![
        FieldView::select("index-lesion", "Index level", levels)
            .hint("The level that the question is about")
            .optional(),
        FieldView::text("anatomy_note", "Unusual numbering")
            .hint("L6, T13, lumbarised S1")
            .optional(),
        FieldView::radio(
            "whole-spine-imaged",
            "Whole spine imaged?",
            choices(&[
                ("mri", "MRI"),
                ("ct", "CT"),
                ("pet-ct", "PET-CT"),
                ("partial", "In part"),
                ("no", "No"),
                ("_not-assessed", "Not known"),
            ]),
        )
        .hint("A second level may be hidden elsewhere"),
        FieldView::text("imaging", "Imaging so far").hint("What, where, when; sent, reported?"),
        FieldView::text("report", "Report").hint("Its words, without names").optional(),
    ]
}

fn cancer() -> Vec<FieldView> {
    vec![
        FieldView::radio(
            "cancer-history",
            "Past or current cancer?",
            choices(&[
                ("current", "Current"),
                ("past", "Past"),
                ("none", "None known"),
                ("_not-assessed", "Not assessed"),
            ]),
        ),
        FieldView::text("primary", "Primary tumour")
            .hint("Site and type, when and how proven")
            .optional(),
        FieldView::radio("haematological-suspected", "Could it be lymphoma or myeloma?", yes_no())
            .hint("Then ask haematology before giving a steroid"),
        FieldView::text("extent", "Extent elsewhere").hint("Other bones, organs, brain").optional(),
        FieldView::text("systemic", "Systemic treatment")
            .hint("What, since when, what is left")
            .optional(),
        FieldView::radio(
            "prior_treatment",
            "Radiotherapy or surgery to this area before?",
            yes_no(),
        ),
        FieldView::text("prior", "If so, what and when")
            .hint("Levels, dose, fractions, date")
            .optional(),
    ]
}

fn function() -> Vec<FieldView> {
    vec![
        FieldView::radio(
            "ambulatory-status",
            "Walking now",
            choices(&[
                ("independent", "Independent"),
                ("with-aid", "With an aid"),
                ("transfers-only", "Transfers only"),
                ("bed-or-chair", "Bed or chair"),
                ("_not-assessed", "Not assessed"),
            ]),
        ),
        FieldView::radio(
            "bladder-function",
            "Bladder",
            choices(&[
                ("normal", "Normal"),
                ("urgency-or-hesitancy", "Urgency or hesitancy"),
                ("retention", "Retention"),
                ("incontinence", "Incontinence"),
                ("catheter-for-other-reason", "Catheter for another reason"),
                ("_not-assessed", "Not assessed"),
            ]),
        ),
        FieldView::radio(
            "bowel-function",
            "Bowel",
            choices(&[
                ("normal", "Normal"),
                ("constipation-new", "New constipation"),
                ("incontinence", "Incontinence"),
                ("_not-assessed", "Not assessed"),
            ]),
        ),
        FieldView::select("kps", "Karnofsky performance status", karnofsky()),
        FieldView::figures("deficit-onset-at", "Weakness since")
            .hint("Day, and time if known")
            .optional(),
    ]
}

fn safety() -> Vec<FieldView> {
    vec![
        FieldView::radio(
            "immobilised",
            "Immobilised",
            choices(&[
                ("yes", "Yes, flat, log-roll"),
                ("no", "No"),
                ("stopped", "Stopped"),
                ("_not-assessed", "Not assessed"),
            ]),
        ),
        FieldView::radio("steroid", "Steroid given?", yes_no()),
        FieldView::text("steroid_detail", "If so, which, dose and first time").optional(),
        FieldView::checkboxes(
            "antithrombotic-drugs",
            "Blood thinners",
            choices(&[
                ("anticoagulant", "Anticoagulant"),
                ("antiplatelet", "Antiplatelet"),
                ("_none", "None"),
                ("_not-assessed", "Not assessed"),
            ]),
        ),
        FieldView::text("comorbidity", "Other illness, allergies, devices").optional(),
    ]
}

fn people() -> Vec<FieldView> {
    vec![
        FieldView::text("location", "Where the patient is now")
            .hint("Ward or address region, and whether admitted"),
        FieldView::text("referrer_name", "Who refers").hint("Name and role"),
        FieldView::text("referrer_phone", "Direct telephone")
            .hint("The opinion must reach a person"),
        FieldView::text("responsible_clinician", "Responsible consultant")
            .hint("Remains responsible until the outcome says otherwise"),
        FieldView::text("copies", "Copies to").hint("GP, oncologist, key worker").optional(),
    ]
}

fn ask(sites: Vec<Choice>) -> Vec<FieldView> {
    vec![
        FieldView::select("site", "Meeting", sites),
        FieldView::select(
            "question_kind",
            "Kind of question",
            choices(&[
                ("", "Choose"),
                ("combined_plan", "Combined plan"),
                ("diagnosis", "Diagnosis"),
                ("stability", "Stability"),
                ("surgery", "Surgery"),
                ("radiotherapy", "Radiotherapy"),
                ("pain", "Pain"),
                ("second_opinion", "Second opinion"),
                ("other", "Other"),
            ]),
        ),
        FieldView::area("question", "Question to the meeting")
            .hint("What is to be decided, in one or two sentences. At most 500 characters."),
        FieldView::area("whats_new", "What is new since the last presentation")
            .hint("At most 500 characters")
            .optional(),
        FieldView::area("patient_view", "What the patient knows and wants")
            .hint("Of the suspicion, of this referral; goals, what was refused")
            .optional(),
    ]
}

fn karnofsky() -> Vec<Choice> {
    let steps =
        (1..=10).rev().map(|ten| Choice::new((ten * 10).to_string(), format!("{} %", ten * 10)));
    std::iter::once(Choice::new("", "Choose"))
        .chain(steps)
        .chain(std::iter::once(Choice::new("_not-assessed", "Not assessed")))
        .collect()
}

fn yes_no() -> Vec<Choice> {
    choices(&[("yes", "Yes"), ("no", "No"), ("_not-assessed", "Not assessed")])
}

fn choices(pairs: &[(&str, &str)]) -> Vec<Choice> {
    pairs.iter().map(|(value, label)| Choice::new(*value, *label)).collect()
}
