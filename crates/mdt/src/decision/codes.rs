//! The closed lists of a decision that have no behaviour of their own.

use crate::coded::coded;

coded! {
    /// What was decided: exactly one for a decision.
    OutcomeKind, "outcome" {
        TreatmentPlan = "treatment_plan", "Treatment plan agreed";
        FurtherInvestigation = "further_investigation", "Investigate first";
        Defer = "defer", "Deferred";
        Watch = "watch", "Watch and wait";
        SupportiveCare = "supportive_care", "Best supportive or palliative care";
        ReferOn = "refer_on", "Refer to another team or MDT";
        NoChange = "no_change", "Continue present plan";
        Ratify = "ratify", "Out-of-meeting decision ratified";
        SocApplied = "soc_applied", "Standard of care applied";
        NoRecommendation = "no_recommendation", "No recommendation possible";
        StruckOff = "struck_off", "Struck off";
    }
}

impl OutcomeKind {
    /// Can the outcome be compared with what a score advises?
    pub fn is_comparable(self) -> bool {
        !matches!(self, Self::Defer | Self::StruckOff | Self::FurtherInvestigation)
    }

    /// Does the outcome confirm an earlier decision, which it then names?
    pub fn confirms_earlier(self) -> bool {
        matches!(self, Self::NoChange | Self::Ratify)
    }
}

coded! {
    /// Why a case is deferred.
    DeferralReason, "deferral reason" {
        ImagingMissing = "imaging_missing", "Imaging missing";
        ImagingNotTransferred = "imaging_not_transferred", "Imaging not transferred";
        ImagingNotReported = "imaging_not_reported", "Imaging not reported";
        HistologyPending = "histology_pending", "Histology pending";
        ClinicalInfoMissing = "clinical_info_missing", "Clinical information missing";
        PatientNotSeen = "patient_not_seen", "Patient not seen";
        PatientViewUnknown = "patient_view_unknown", "Patient's view unknown";
        QuorumLost = "quorum_lost", "Quorum lost";
        PresenterAbsent = "presenter_absent", "Presenter absent";
        TimeRanOut = "time_ran_out", "Time ran out";
        OtherMdtFirst = "other_mdt_first", "Another MDT first";
        PatientUnwell = "patient_unwell", "Patient unwell";
        TechnicalFailure = "technical_failure", "Technical failure";
        Other = "other", "Other, in words";
    }
}

coded! {
    /// Why no recommendation was possible.
    NoRecommendationReason, "reason for no recommendation" {
        InsufficientEvidence = "insufficient_evidence", "Insufficient evidence";
        NoConsensus = "no_consensus", "No consensus";
        PatientChoicePending = "patient_choice_pending", "Patient's choice pending";
    }
}

coded! {
    /// Why a case is struck off an agenda.
    StruckOffReason, "reason to strike off" {
        Died = "died", "Patient died";
        Withdrawn = "withdrawn", "Referral withdrawn";
        Duplicate = "duplicate", "Duplicate";
        NotMetastasis = "not_metastasis", "Not a spinal metastasis";
        Moved = "moved", "Moved to another service";
    }
}

coded! {
    /// Has the receiver taken over?
    Acceptance, "answer of the receiver" {
        Accepted = "accepted", "Accepted";
        Asked = "asked", "Asked, not answered yet";
        Declined = "declined", "Declined";
    }
}

coded! {
    /// How a dissenting member stands.
    DissentPosition, "position" {
        Against = "against", "Against";
        PrefersAlternative = "prefers_alternative", "Prefers an alternative";
        Abstains = "abstains", "Abstains";
        InsufficientInformation = "insufficient_information", "Thinks the information insufficient";
    }
}

coded! {
    /// What a signature means.
    SignatureMeaning, "meaning of a signature" {
        ApprovedAsChair = "approved_as_chair", "Approved as chair";
        Ratified = "ratified", "Ratified";
    }
}

coded! {
    /// How the signer proved who they are.
    SignatureMethod, "method of signature" {
        Password = "password", "Password entered again";
    }
}

coded! {
    /// Why a signed decision is amended.
    AmendReason, "reason to amend" {
        NewInformation = "new_information", "New information";
        ClinicalChange = "clinical_change", "The patient's condition changed";
        PatientChoice = "patient_choice", "The patient's choice";
        ErrorInRecord = "error_in_record", "Error in the record";
        Other = "other", "Other, in words";
    }
}

coded! {
    /// Why a decision is voided: never to change what was decided.
    VoidReason, "reason to void" {
        EnteredForWrongPatient = "entered_for_wrong_patient", "Entered for the wrong patient";
        Test = "test", "Test entry";
    }
}
