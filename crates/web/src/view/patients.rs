//! A patient: registration, the patient's page, correction.

use askama::Template;

use super::form::{Choice, FieldView, FormInput, FormView, SAMPLE_COMMAND};
use super::parts::{Empty, Tag, Tone};
use super::patient::{PatientBanner, Tabs};
use super::shell::{Section, Shell};
use super::{HOSTILE, LONG_NAME, Page};

/// The fields of a patient's identity.
#[derive(Debug, Clone)]
pub struct PatientForm {
    /// Posts to `/patients` or `/patients/{id}/correction`.
    pub form: FormView,
    /// `family_name`, `given_name`, `title`, `birth_date`, `sex`, `nhs_number`, `hospital_number`, and for a
    /// correction `reason`.
    pub fields: Vec<FieldView>,
    /// Posted as they are: what the record said when a correction was begun, `was.<field>`.
    pub was: Vec<(String, String)>,
}

impl PatientForm {
    /// The form of a registration.
    pub fn registration(command_id: &str, input: &FormInput) -> Self {
        let form = FormView::new("/patients", command_id, input);
        let fields = identity_fields(input);
        Self { form: form.naming(&fields), fields, was: Vec::new() }
    }

    /// The form of a correction, based on this version of the patient.
    pub fn correction(patient_id: &str, command_id: &str, base: &str, input: &FormInput) -> Self {
        let mut fields = identity_fields(input);
        fields.push(
            FieldView::text("reason", "Why it is corrected")
                .hint("It is kept with the old and the new words.")
                .filled(input),
        );
        let action = format!("/patients/{patient_id}/correction");
        let form = FormView::new(action, command_id, input).based_on(base);
        Self { form: form.naming(&fields), fields, was: Vec::new() }
    }
}

fn identity_fields(input: &FormInput) -> Vec<FieldView> {
    let sexes = vec![
        Choice::new("female", "Female"),
        Choice::new("male", "Male"),
        Choice::new("other", "Other"),
        Choice::new("unknown", "Not known"),
    ];
    [
        FieldView::text("family_name", "Family name"),
        FieldView::text("given_name", "Given names"),
        FieldView::text("title", "Title").optional(),
        FieldView::date("birth_date", "Date of birth"),
        FieldView::radio("sex", "Sex", sexes),
        FieldView::figures("nhs_number", "NHS number")
            .hint("10 digits, spaces do not matter. Leave it empty when it is not known.")
            .optional(),
        FieldView::figures("hospital_number", "Hospital number").optional(),
    ]
    .into_iter()
    .map(|field| field.filled(input))
    .collect()
}

/// `/patients/new`.
#[derive(Debug, Template)]
#[template(path = "patients/new.html")]
pub struct PatientNewPage {
    /// Frame.
    pub shell: Shell,
    /// The form.
    pub patient: PatientForm,
    /// Patients of this site who may be the same person. Not empty: the form asks to confirm.
    pub similar: Vec<SimilarPatient>,
    /// `confirm_new`: shown with `similar`.
    pub confirm: FieldView,
}

/// A patient who may be the same person.
#[derive(Debug, Clone)]
pub struct SimilarPatient {
    /// `NAKAMURA, Keiko (Ms)`.
    pub name: String,
    /// `19-Sep-1958 · NHS No. 999 087 1337`.
    pub identity: String,
    /// Address of the patient.
    pub href: String,
    /// What is the same: `name and date of birth`.
    pub same: String,
}

impl PatientNewPage {
    /// The page with what was typed and who is similar.
    pub fn new(
        shell: Shell,
        command_id: &str,
        input: &FormInput,
        similar: Vec<SimilarPatient>,
    ) -> Self {
        let confirm = vec![Choice::new("yes", "None of these: register a new patient")];
        Self {
            shell: Shell { problem: !input.problems.is_empty(), ..shell },
            patient: PatientForm::registration(command_id, input),
            similar,
            confirm: FieldView::checkboxes("confirm_new", "Is it one of these?", confirm)
                .filled(input),
        }
    }
}

/// `/patients/{id}`.
#[derive(Debug, Template)]
#[template(path = "patients/page.html")]
pub struct PatientPage {
    /// Frame.
    pub shell: Shell,
    /// The patient.
    pub banner: PatientBanner,
    /// None on this page.
    pub tabs: Tabs,
    /// Label and value of each line of the record.
    pub record: Vec<(String, String)>,
    /// The patient's cases, newest first.
    pub cases: Vec<PatientCase>,
    /// What to say when there is no case.
    pub empty: Empty,
    /// Address of a new referral, where the user may send one.
    pub refer: Option<String>,
    /// The correction, where the user may make one.
    pub correction: Option<PatientForm>,
}

/// A case of the patient.
#[derive(Debug, Clone)]
pub struct PatientCase {
    /// `NF-2026-0148`.
    pub number: String,
    /// Its address.
    pub href: String,
    /// `Clear-cell renal carcinoma, T10 index`.
    pub summary: String,
    /// `09-Jun-2026`.
    pub opened: String,
    /// Derived stage.
    pub stage: Tag,
}

impl PatientPage {
    /// The correction is open: it was sent and did not validate, or a draft of it was restored.
    pub fn correction_open(&self) -> bool {
        self.correction.as_ref().is_some_and(|correction| {
            !correction.form.summary.is_empty() || correction.form.draft_note.is_some()
        })
    }
}

fn sample_typed() -> FormInput {
    FormInput::from_pairs([
        ("family_name", "Nakamura"),
        ("given_name", "Keiko"),
        ("title", "Ms"),
        ("birth_date", "19-Sep-1958"),
        ("sex", "female"),
        ("nhs_number", "999 087 1338"),
    ])
}

impl Page for PatientNewPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |input: &FormInput, similar| {
            Self::new(
                Shell::sample("Register a patient", Section::Cases),
                SAMPLE_COMMAND,
                input,
                similar,
            )
        };
        let wrong = sample_typed()
            .with_problem("birth_date", "The date of birth is after today")
            .with_problem("nhs_number", "The last digit does not fit the others: check each digit");
        let similar = vec![SimilarPatient {
            name: "NAKAMURA, Keiko (Mrs)".to_owned(),
            identity: "19-Sep-1958 · NHS No. 999 087 1337".to_owned(),
            href: "/patients/019e8f3a-2b4c-7d5e-8f60-718293a4b5c6".to_owned(),
            same: "name and date of birth".to_owned(),
        }];
        let ask = sample_typed()
            .with_problem("confirm_new", "Say whether this is one of the patients below");
        let hostile = FormInput::from_pairs([("family_name", HOSTILE), ("given_name", LONG_NAME)])
            .with_problem("family_name", HOSTILE);
        vec![
            ("empty", page(&FormInput::default(), Vec::new())),
            ("wrong", page(&wrong, Vec::new())),
            ("similar", page(&ask, similar)),
            ("hostile", page(&hostile, Vec::new())),
        ]
    }
}

impl Page for PatientPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let id = "019e8f3a-2b4c-7d5e-8f60-718293a4b5c6";
        let record = |name: &str| {
            vec![
                ("Name".to_owned(), name.to_owned()),
                ("Born".to_owned(), "12-Mar-1962 (64y)".to_owned()),
                ("Sex".to_owned(), "Female".to_owned()),
                ("NHS No.".to_owned(), "999 012 3470".to_owned()),
                ("Hospital No.".to_owned(), "NF 482 117".to_owned()),
                ("Registered".to_owned(), "09-Jun-2026 09:02 by M. Castellano".to_owned()),
            ]
        };
        let page = |banner: PatientBanner, input: &FormInput| Self {
            shell: Shell {
                problem: !input.problems.is_empty(),
                ..Shell::sample("Patient", Section::Cases).for_patient()
            },
            record: record(&banner.name),
            banner,
            tabs: Tabs::default(),
            cases: Vec::new(),
            empty: Empty::new("No case yet. A referral opens one."),
            refer: Some(format!("/referrals/new?patient={id}")),
            correction: Some(PatientForm::correction(id, SAMPLE_COMMAND, "3", input)),
        };
        let cases = vec![PatientCase {
            number: "NF-2026-0148".to_owned(),
            href: "/cases/NF-2026-0148".to_owned(),
            summary: "Clear-cell renal carcinoma, T10 index".to_owned(),
            opened: "09-Jun-2026".to_owned(),
            stage: Tag::new(Tone::Info, "Listed 16-Jun-2026"),
        }];
        let wrong = sample_typed().with_problem("reason", "Say why it is corrected");
        vec![
            ("empty", page(PatientBanner::sample_bare(), &sample_typed())),
            (
                "full",
                Self { cases: cases.clone(), ..page(PatientBanner::sample(), &sample_typed()) },
            ),
            (
                "read-only",
                Self {
                    correction: None,
                    refer: None,
                    cases,
                    ..page(PatientBanner::sample_died(), &sample_typed())
                },
            ),
            ("wrong", page(PatientBanner::sample(), &wrong)),
            (
                "hostile",
                page(
                    PatientBanner::sample_hostile(),
                    &FormInput::from_pairs([("family_name", HOSTILE)]),
                ),
            ),
        ]
    }
}
