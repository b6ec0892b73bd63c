//! The main job through the pages, as its people do it: from a patient to a signed decision. Each step
//! is a form that is opened and sent, so that a test can start wherever it needs to.

use http::StatusCode;

use crate::{Page, TestApp, Visitor};

/// How far a case has come, and where its things are.
#[derive(Debug, Clone, Default)]
pub struct Story {
    /// Id of the patient.
    pub patient: String,
    /// Case number.
    pub case: String,
    /// Id of the meeting.
    pub meeting: String,
}

/// Particulars of an invented patient; the n-th has a name and number of their own.
pub fn particulars(n: u32) -> Vec<(&'static str, String)> {
    vec![
        ("family_name", format!("Testperson{n}")),
        ("given_name", "Invented".to_owned()),
        ("title", "Mrs".to_owned()),
        ("birth_date", "12-Mar-1962".to_owned()),
        ("sex", "female".to_owned()),
        ("nhs_number", nhs_number(n)),
        ("hospital_number", format!("NF {n}")),
    ]
}

/// A valid number of the 999 test range. Of ten numbers in a row one or none has no check digit.
pub fn nhs_number(n: u32) -> String {
    let candidates = (n * 11..).map(|one| format!("999{one:06}"));
    let valid = candidates.filter_map(|nine| {
        let digits: Vec<u32> = nine.chars().filter_map(|one| one.to_digit(10)).collect();
        mdt::nhs_number::check_digit(&digits).map(|check| format!("{nine}{check}"))
    });
    valid.take(1).collect()
}

/// A routine referral.
pub const REFERRAL: [(&str, &str); 23] = [
    ("urgency", "U5"),
    ("mscc-status", "none"),
    ("t_suspect", "10-Jun-2026 09:00"),
    ("red-flags", "_none"),
    ("index-lesion", "L1"),
    ("whole-spine-imaged", "mri"),
    ("imaging", "MRI of the whole spine, 10-Jun-2026, sent and reported"),
    ("cancer-history", "current"),
    ("haematological-suspected", "no"),
    ("prior_treatment", "no"),
    ("ambulatory-status", "with-aid"),
    ("bladder-function", "normal"),
    ("bowel-function", "normal"),
    ("kps", "80"),
    ("immobilised", "no"),
    ("steroid", "no"),
    ("antithrombotic-drugs", "_none"),
    ("location", "At home"),
    ("referrer_name", "Invented Referrer, registrar"),
    ("referrer_phone", "0113 496 0000"),
    ("responsible_clinician", "Invented Consultant"),
    ("question_kind", "combined_plan"),
    ("question", "Fixation before radiotherapy?"),
];

/// The facts of the golden case ONE-1 (renal, KPS 80, L1): Tomita 6, Tokuhashi 2005 10, SINS 13.
pub const FACTS: [(&str, &str); 20] = [
    ("default.source", "examination"),
    ("case.histology", "renal-cell"),
    ("case.histology-basis", "other-biopsy"),
    ("case.visceral-metastases", "present"),
    ("case.visceral-sites", "lung"),
    ("case.visceral-removable", "all-removable"),
    ("case.visceral-treatable", "treatable"),
    ("case.extraspinal-bone-foci-count", "1"),
    ("case.kps", "80"),
    ("case.frankel", "D"),
    ("case.whole-spine-imaged", "mri"),
    ("case.skeletal-staging", "pet-ct"),
    ("case.lesion-list-complete", "true"),
    ("lesion.L1.level", "L1"),
    ("lesion.L1.lesion-status", "metastasis-proven"),
    ("lesion.L1.sins-pain", "mechanical"),
    ("lesion.L1.sins-bone-lesion", "lytic"),
    ("lesion.L1.sins-alignment", "normal"),
    ("lesion.L1.sins-collapse", "under-50"),
    ("lesion.L1.sins-posterolateral", "bilateral"),
];

/// The decision that follows Tomita and departs from nothing: palliative fixation, then radiotherapy.
pub const DECISION: [(&str, &str); 13] = [
    ("outcome_kind", "treatment_plan"),
    ("plan.0.modality", "surg_decompress_fix"),
    ("plan.0.intent", "palliative"),
    ("plan.0.levels", "T12-L2"),
    ("plan.0.priority", "urgent"),
    ("plan.0.target_date", "19-Jun-2026"),
    ("agreement.tokuhashi-2005.value", "partly"),
    ("agreement.tokuhashi-2005.reason", "instability"),
    ("agreement.tokuhashi-2005.words", "The fracture decides, not the prognosis."),
    ("agreement.tomita-2001.value", "follows"),
    ("patient_preference", "Wants to stay on her feet."),
    ("action.0.text", "Book theatre"),
    ("action.0.due", "17-Jun-2026"),
];

impl Story {
    /// Registers the n-th patient.
    pub async fn register(visitor: &mut Visitor, n: u32) -> Self {
        let form = visitor.open("/patients/new").await;
        let answer = visitor.submit(&form, "/patients", &particulars(n)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "register: {}", answer.problems());
        let location = answer.location();
        let patient = location.trim_start_matches("/patients/").to_owned();
        Self { patient, ..Self::default() }
    }

    /// The n-th patient, with the referral sent.
    pub async fn referred(visitor: &mut Visitor, n: u32) -> Self {
        let mut story = Self::register(visitor, n).await;
        story.refer(visitor).await;
        story
    }

    /// Sends the referral, which opens the case.
    pub async fn refer(&mut self, visitor: &mut Visitor) {
        let form = visitor.open(&format!("/referrals/new?patient={}", self.patient)).await;
        let answer = visitor.submit(&form, "/referrals", &REFERRAL).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "refer: {}", answer.problems());
        answer.location().trim_start_matches("/cases/").clone_into(&mut self.case);
    }

    /// Saves the assessment.
    pub async fn assess(&self, visitor: &mut Visitor) {
        let form = visitor.open(&self.path("/assessment")).await;
        let answer = visitor.submit(&form, &self.path("/assessments"), &FACTS).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "assess: {}", answer.problems());
    }

    /// Plans a meeting for this morning with the chair of the cast.
    pub async fn plan(&mut self, app: &TestApp, visitor: &mut Visitor) {
        let chair = app.world.user("chair@northfield.example").await.to_string();
        let scribe = app.world.user("scribe@northfield.example").await.to_string();
        let form = visitor.open("/meetings/new").await;
        let fields = [
            ("name", "Spinal metastasis MDT"),
            ("date", "15-Jun-2026"),
            ("start", "09:00"),
            ("end", "10:30"),
            ("place", "Seminar room"),
            ("chair", &chair),
            ("scribe", &scribe),
        ];
        let answer = visitor.submit(&form, "/meetings", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "plan: {}", answer.problems());
        answer.location().trim_start_matches("/meetings/").clone_into(&mut self.meeting);
    }

    /// Puts the case on the agenda.
    pub async fn list(&self, visitor: &mut Visitor) {
        let page = visitor.open(&format!("/meetings/{}", self.meeting)).await;
        let action = format!("/meetings/{}/items", self.meeting);
        let answer = visitor
            .submit(
                &page,
                &action,
                &[("case", self.case.as_str()), ("reason", "Referred after the cut-off")],
            )
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "list: {}", answer.problems());
    }

    /// The chair opens the meeting.
    pub async fn open_meeting(&self, chair: &mut Visitor) {
        let page = chair.open(&format!("/meetings/{}", self.meeting)).await;
        let action = format!("/meetings/{}/opening", self.meeting);
        let answer = chair.submit::<&str>(&page, &action, &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "open the meeting: {}", answer.problems());
    }

    /// Records the decision.
    pub async fn record(&self, app: &TestApp, visitor: &mut Visitor) {
        let chair = app.world.user("chair@northfield.example").await.to_string();
        let form = visitor.open(&self.path("/decision")).await;
        let mut fields: Vec<(&str, &str)> = DECISION.to_vec();
        fields.push(("plan.0.responsible", &chair));
        fields.push(("action.0.owner", &chair));
        let answer = visitor.submit(&form, &self.path("/decision"), &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "record: {}", answer.problems());
    }

    /// The chair reads the decision back and confirms it.
    pub async fn confirm(&self, chair: &mut Visitor) {
        let page = chair.open(&self.path("/decision")).await;
        // The button of the form itself, with an address of its own: what is read back is what is saved.
        let fields = page.form(&self.path("/decision"));
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = chair.post(&self.path("/decision/read-back"), &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "read back: {}", answer.problems());
        let page = chair.open(&self.path("/decision")).await;
        let answer = chair.submit::<&str>(&page, &self.path("/decision/confirmation"), &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "confirm: {}", answer.problems());
    }

    /// The chair signs with the password again.
    pub async fn sign(&self, chair: &mut Visitor) -> Page {
        let page = chair.open(&self.path("/decision")).await;
        let fields = [("password", store::testing::PASSWORD)];
        let answer = chair.submit(&page, &self.path("/decision/signature"), &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "sign: {}", answer.problems());
        answer
    }

    /// A case with its referral and assessment.
    pub async fn assessed(app: &TestApp, n: u32) -> Self {
        let mut coordinator = app.coordinator().await;
        let mut story = Self::register(&mut coordinator, n).await;
        story.refer(&mut coordinator).await;
        story.assess(&mut coordinator).await;
        story
    }

    /// The same, on the agenda of a meeting in session.
    pub async fn presented(app: &TestApp, n: u32) -> Self {
        let mut story = Self::assessed(app, n).await;
        let mut coordinator = app.coordinator().await;
        story.plan(app, &mut coordinator).await;
        story.list(&mut coordinator).await;
        story.open_meeting(&mut app.chair().await).await;
        story
    }

    /// The same, decided and signed.
    pub async fn signed(app: &TestApp, n: u32) -> Self {
        let story = Self::presented(app, n).await;
        let mut chair = app.chair().await;
        story.record(app, &mut chair).await;
        story.confirm(&mut chair).await;
        story.sign(&mut chair).await;
        story
    }

    /// An address below the case.
    pub fn path(&self, rest: &str) -> String {
        format!("/cases/{}{rest}", self.case)
    }
}
