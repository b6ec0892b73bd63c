//! A new referral: one page, urgency first.

use askama::Template;

use super::form::{FieldView, FormInput, FormView, SAMPLE_COMMAND};
use super::patient::{PatientBanner, Tabs};
use super::shell::{Section, Shell};
use super::spine::SpineMirror;
use super::{HOSTILE, LONG_NAME, Page};

mod fields;
mod reading;

pub use reading::{as_coded, as_sent, impossible, missing};

/// `/referrals/new?patient=`.
#[derive(Debug, Template)]
#[template(path = "referrals/new.html")]
pub struct ReferralNewPage {
    /// Frame.
    pub shell: Shell,
    /// The patient.
    pub banner: PatientBanner,
    /// None on this page.
    pub tabs: Tabs,
    /// Posts to `/referrals`; drafted.
    pub form: FormView,
    /// Posted as `patient`.
    pub patient_id: String,
    /// `urgency`.
    pub urgency: FieldView,
    /// Why the class is lower than the answers demand; only where it is.
    pub less_urgent: Option<FieldView>,
    /// An emergency was chosen: the warning stands in the page.
    pub emergency: bool,
    /// Whom to call in an emergency: `the on-call spinal team, extension 2222`.
    pub call: String,
    /// Fields that belong to the urgency.
    pub clock: Vec<FieldView>,
    /// Levels, by region.
    pub levels: Vec<LevelColumn>,
    /// The drawing beside them.
    pub spine: SpineMirror,
    /// What is wrong with the levels.
    pub levels_error: Option<String>,
    /// Everything else, in sections.
    pub sections: Vec<FormSection>,
}

/// A section of a long form.
#[derive(Debug, Clone)]
pub struct FormSection {
    /// Element id of the heading.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// Its fields.
    pub fields: Vec<FieldView>,
}

/// The levels of one region: checkboxes named `level`.
#[derive(Debug, Clone)]
pub struct LevelColumn {
    /// `Thoracic`.
    pub region: &'static str,
    /// Levels with whether each is ticked.
    pub levels: Vec<(String, bool)>,
}

impl ReferralNewPage {
    /// The page with what was typed. `sites` are the meetings that it can be addressed to.
    pub fn new(
        shell: Shell,
        banner: PatientBanner,
        patient_id: &str,
        form: FormView,
        sites: Vec<super::form::Choice>,
        input: &FormInput,
    ) -> Self {
        let urgency = fields::urgency().filled(input);
        let sections = fields::sections(sites, input);
        let in_sections = sections.iter().flat_map(|section| &section.fields);
        Self {
            shell: Shell { problem: !input.problems.is_empty(), ..shell },
            banner,
            tabs: Tabs::default(),
            form: form.naming(in_sections.chain([&urgency])),
            patient_id: patient_id.to_owned(),
            urgency,
            less_urgent: Some(fields::less_urgent().filled(input))
                .filter(|field| field.error.is_some() || !field.value.is_empty()),
            emergency: ["U1", "unsure"].iter().any(|code| input.has("urgency", code)),
            call: "the on-call spinal team".to_owned(),
            clock: fields::clock().into_iter().map(|field| field.filled(input)).collect(),
            levels: level_columns(input),
            spine: SpineMirror::new(input.values.get("level").cloned().unwrap_or_default()),
            levels_error: input.problem("level").map(str::to_owned),
            sections,
        }
    }
}

/// Checkboxes of all 29 levels, ticked as typed.
pub fn level_columns(input: &FormInput) -> Vec<LevelColumn> {
    [("Cervical", 'C', 7), ("Thoracic", 'T', 12), ("Lumbar", 'L', 5), ("Sacral", 'S', 5)]
        .into_iter()
        .map(|(region, letter, count)| LevelColumn {
            region,
            levels: (1..=count)
                .map(|number| {
                    let level = format!("{letter}{number}");
                    let ticked = input.has("level", &level);
                    (level, ticked)
                })
                .collect(),
        })
        .collect()
}

/// `/referrals/new` without a patient: whom is it for?
#[derive(Debug, Template)]
#[template(path = "referrals/start.html")]
pub struct ReferralStartPage {
    /// Frame.
    pub shell: Shell,
    /// `q`: name, NHS number or hospital number.
    pub search: FieldView,
    /// Patients found: name, identity, address of the new referral.
    pub found: Vec<FoundPatient>,
    /// A search was made.
    pub searched: bool,
}

/// A patient found.
#[derive(Debug, Clone)]
pub struct FoundPatient {
    /// `KOWALCZYK, Piotr (Mr)`.
    pub name: String,
    /// `03-Aug-1971 · NHS No. 999 174 5521`.
    pub identity: String,
    /// `/referrals/new?patient=…`.
    pub href: String,
}

impl ReferralStartPage {
    /// The page with the search as typed.
    pub fn new(shell: Shell, input: &FormInput, found: Vec<FoundPatient>) -> Self {
        Self {
            shell: Shell { problem: false, ..shell },
            search: FieldView::figures("q", "Name, NHS No. or hospital No.")
                .with_id("patient-search")
                .filled(input),
            found,
            searched: !input.value("q").is_empty(),
        }
    }
}

impl Page for ReferralNewPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let id = "019e8f3a-2b4c-7d5e-8f60-718293a4b5c6";
        let sites =
            || vec![super::form::Choice::new("northfield", "Northfield spinal metastases MDT")];
        let page = |input: &FormInput| {
            let banner = PatientBanner {
                summary: Some("New referral, draft".to_owned()),
                case_number: None,
                referred: None,
                meeting: None,
                cord_at_risk: input.has("urgency", "U1"),
                ..PatientBanner::sample()
            };
            let form = FormView::new("/referrals", SAMPLE_COMMAND, input).drafted(
                format!("/drafts/referral/{id}"),
                Some("Draft saved 07:14:07. It is kept for 14 days.".to_owned()),
            );
            let shell = Shell::sample("New referral", Section::Worklist).for_patient();
            Self::new(shell, banner, id, form, sites(), input)
        };
        let typed = FormInput::from_pairs([
            ("urgency", "U1"),
            ("t_suspect", "15-Jun-2026 06:50"),
            ("call", "Dr P. Okafor 07:05"),
            ("red-flags", "rf-limb-weakness"),
            ("red-flags", "rf-bladder-bowel"),
            ("level", "T9"),
            ("level", "T12"),
            ("index-lesion", "T9"),
            ("question", "MRI where, and who decides tonight?"),
        ]);
        let wrong = FormInput::from_pairs([("t_suspect", "99-Jun-2026"), ("question", "What?")])
            .with_problem("urgency", "Say how urgent it is: not sure counts as an emergency")
            .with_problem("t_suspect", "99-Jun-2026 is not a date")
            .with_problem("level", "T13 is no level: write it under unusual numbering");
        let low = FormInput::from_pairs([
            ("urgency", "U5"),
            ("cancer-history", "current"),
            ("red-flags", "rf-limb-weakness"),
        ])
        .with_problem(
            "less_urgent_reason",
            "The answers demand class U1, Emergency: cord compression. Choose that class, or say here why the case is \
             less urgent. Reason: a neurological symptom or sign in somebody who has or had cancer (Cancer known: \
             Current cancer, Limb weakness)",
        );
        let hostile = FormInput::from_pairs([
            ("question", HOSTILE),
            ("less_urgent_reason", HOSTILE),
            ("referrer_name", LONG_NAME),
            ("urgency", HOSTILE),
        ])
        .with_problem("question", HOSTILE);
        let mut broken = page(&hostile);
        broken.banner = PatientBanner::sample_hostile();
        vec![
            ("empty", page(&FormInput::default())),
            ("emergency", page(&typed)),
            ("wrong", page(&wrong)),
            ("less urgent", page(&low)),
            ("hostile", broken),
        ]
    }
}

impl Page for ReferralStartPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let shell = || Shell::sample("New referral: which patient?", Section::Worklist);
        let found = |name: &str| {
            vec![FoundPatient {
                name: name.to_owned(),
                identity: "03-Aug-1971 · NHS No. 999 174 5521".to_owned(),
                href: "/referrals/new?patient=019e8f3a-2b4c-7d5e-8f60-718293a4b5c6".to_owned(),
            }]
        };
        let typed = FormInput::from_pairs([("q", "kowal")]);
        vec![
            ("empty", Self::new(shell(), &FormInput::default(), Vec::new())),
            ("found", Self::new(shell().for_list(1), &typed, found("KOWALCZYK, Piotr (Mr)"))),
            ("none", Self::new(shell(), &typed, Vec::new())),
            (
                "hostile",
                Self::new(
                    shell().hostile(),
                    &FormInput::from_pairs([("q", HOSTILE)]),
                    found(LONG_NAME),
                ),
            ),
        ]
    }
}
