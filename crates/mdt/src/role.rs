//! Roles per site, and the duties that are rows of their own.

use crate::coded::coded;

coded! {
    /// What a user is at one site. No role contains another; a user may have several.
    Role, "role" {
        Referrer = "referrer", "Referrer";
        Coordinator = "coordinator", "Coordinator";
        Clinician = "clinician", "Clinician";
        Chair = "chair", "Chair";
        Auditor = "auditor", "Auditor";
        Steward = "steward", "Rule steward";
        Administrator = "administrator", "Administrator";
    }
}

coded! {
    /// What someone does in one meeting or for one decision: a row, never a role.
    Duty, "duty" {
        Chair = "chair", "Chair of the meeting";
        Scribe = "scribe", "Scribe";
        NominatedClinician = "nominated_clinician", "Nominated clinician";
        Presenter = "presenter", "Presenter";
        Deputy = "deputy", "Deputy";
        ResponsibleClinician = "responsible_clinician", "Responsible clinician";
    }
}

coded! {
    /// The specialty of a clinician: the value set of the fact `present-specialties`.
    Specialty, "specialty" {
        SpinalSurgery = "spinal-surgery", "Spinal surgery";
        ClinicalOncology = "clinical-oncology", "Clinical oncology";
        MedicalOncology = "medical-oncology", "Medical oncology";
        Radiology = "radiology", "Radiology";
        PalliativeCare = "palliative-care", "Palliative care";
        SpecialistNurse = "specialist-nurse", "Specialist nurse";
        MdtCoordinator = "mdt-coordinator", "MDT coordinator";
        Pathology = "pathology", "Pathology";
        InterventionalRadiology = "interventional-radiology", "Interventional radiology";
        Haematology = "haematology", "Haematology";
        Anaesthesia = "anaesthesia", "Anaesthesia";
        Physiotherapy = "physiotherapy", "Physiotherapy and occupational therapy";
        Rehabilitation = "rehabilitation", "Rehabilitation";
        PrimarySiteTeam = "primary-site-team", "Primary site team";
        Psychology = "psychology", "Psychology";
        ResearchNurse = "research-nurse", "Research nurse";
        Observer = "observer", "Observer (trainee)";
    }
}
