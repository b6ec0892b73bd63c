//! Typed addresses: the same types in the router, in redirects and in links. Parameters stay text until
//! a handler parses them, so that a wrong one gets our page and not the router's.

use axum_extra::routing::TypedPath;
use serde::Deserialize;

/// The user's next work.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/")]
pub struct Worklist;

/// Signing in.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/sign-in")]
pub struct SignIn;

/// Signing out.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/sign-out")]
pub struct SignOut;

/// The user's own preferences and sessions.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/me")]
pub struct Me;

/// Setting one's own password.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/me/password")]
pub struct MePassword;

/// All cases within reach.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases")]
pub struct Cases;

/// Where a new patient is posted.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/patients")]
pub struct Patients;

/// The form for a new patient.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/patients/new")]
pub struct NewPatient;

/// One patient.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/patients/{id}")]
pub struct Patient {
    /// Id of the thing.
    pub id: String,
}

/// Where a correction is posted.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/patients/{id}/correction")]
pub struct PatientCorrection {
    /// Id of the thing.
    pub id: String,
}

/// The inbox of referrals; where a new one is posted.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/referrals")]
pub struct Referrals;

/// The form for a new referral.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/referrals/new")]
pub struct NewReferral;

/// Accepting a referral.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/referrals/{id}/acceptance")]
pub struct ReferralAcceptance {
    /// Id of the thing.
    pub id: String,
}

/// Returning a referral.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/referrals/{id}/return")]
pub struct ReferralReturn {
    /// Id of the thing.
    pub id: String,
}

/// Redirecting a referral.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/referrals/{id}/redirection")]
pub struct ReferralRedirection {
    /// Id of the thing.
    pub id: String,
}

/// Withdrawing a referral.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/referrals/{id}/withdrawal")]
pub struct ReferralWithdrawal {
    /// Id of the thing.
    pub id: String,
}

/// The overview of a case.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}")]
pub struct Case {
    /// Case number.
    pub number: String,
}

/// The referral as sent.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/referral")]
pub struct CaseReferral {
    /// Case number.
    pub number: String,
}

/// Amending the referral.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/referral/amendment")]
pub struct ReferralAmendment {
    /// Case number.
    pub number: String,
}

/// Changing the urgency.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/referral/urgency")]
pub struct ReferralUrgency {
    /// Case number.
    pub number: String,
}

/// Closing a case; deleting the closure reopens it.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/closure")]
pub struct CaseClosure {
    /// Case number.
    pub number: String,
}

/// Reopening a case.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/reopening")]
pub struct CaseReopening {
    /// Case number.
    pub number: String,
}

/// The lesions of a case.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/lesions")]
pub struct Lesions {
    /// Case number.
    pub number: String,
}

/// One lesion.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/lesions/{level}")]
pub struct Lesion {
    /// Case number.
    pub number: String,
    /// Vertebral level.
    pub level: String,
}

/// The form of the next assessment.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/assessment")]
pub struct Assessment {
    /// Case number.
    pub number: String,
}

/// Where an assessment is posted.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/assessments")]
pub struct Assessments {
    /// Case number.
    pub number: String,
}

/// One assessment as recorded.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/assessments/{ordinal}")]
pub struct AssessmentRead {
    /// Case number.
    pub number: String,
    /// Ordinal within the case.
    pub ordinal: String,
}

/// Where a move to a newer protocol is posted.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/evaluations")]
pub struct Evaluations {
    /// Case number.
    pub number: String,
}

/// The evaluation of one assessment.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/evaluations/{ordinal}")]
pub struct EvaluationRead {
    /// Case number.
    pub number: String,
    /// Ordinal within the case.
    pub ordinal: String,
}

/// Who did and saw what.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/history")]
pub struct History {
    /// Case number.
    pub number: String,
}

/// The open or latest decision; where it is recorded.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/decision")]
pub struct Decision {
    /// Case number.
    pub number: String,
}

/// Reading the decision back.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/decision/read-back")]
pub struct DecisionReadBack {
    /// Case number.
    pub number: String,
}

/// Confirming the decision.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/decision/confirmation")]
pub struct DecisionConfirmation {
    /// Case number.
    pub number: String,
}

/// Signing the decision.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/decision/signature")]
pub struct DecisionSignature {
    /// Case number.
    pub number: String,
}

/// Amending a signed decision.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/decision/amendment")]
pub struct DecisionAmendment {
    /// Case number.
    pub number: String,
}

/// Voiding a decision.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/decision/void")]
pub struct DecisionVoid {
    /// Case number.
    pub number: String,
}

/// Discarding a draft decision.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/decision/discard")]
pub struct DecisionDiscard {
    /// Case number.
    pub number: String,
}

/// An action of a signed decision that was done.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/actions/{id}/completion")]
pub struct ActionCompletion {
    /// Case number.
    pub number: String,
    /// Id of the action.
    pub id: String,
}

/// One signed version.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/cases/{number}/decisions/{ordinal}/{version}")]
pub struct DecisionVersion {
    /// Case number.
    pub number: String,
    /// Ordinal within the case.
    pub ordinal: String,
    /// Version.
    pub version: String,
}

/// The signed decisions of a site.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/audit/decisions")]
pub struct AuditDecisions;

/// Where a decision comes from.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/audit/decisions/{id}/{version}")]
pub struct AuditDecision {
    /// Id of the thing.
    pub id: String,
    /// Version.
    pub version: String,
}

/// The bundle of a decision.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/audit/decisions/{id}/{version}/bundle")]
pub struct AuditDecisionBundle {
    /// Id of the thing.
    pub id: String,
    /// Version.
    pub version: String,
}

/// The audit log of a site.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/audit/log")]
pub struct AuditLog;

/// Verifying the log.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/audit/log/verification")]
pub struct AuditLogVerification;

/// Meetings; where a new one is posted.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/meetings")]
pub struct Meetings;

/// The form for a new meeting.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/meetings/new")]
pub struct NewMeeting;

/// One meeting and its agenda.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/meetings/{id}")]
pub struct Meeting {
    /// Id of the thing.
    pub id: String,
}

/// Listing a case.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/meetings/{id}/items")]
pub struct MeetingItems {
    /// Id of the thing.
    pub id: String,
}

/// Moving a case on the agenda.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/meetings/{id}/items/{item}/place")]
pub struct MeetingItemPlace {
    /// Id of the thing.
    pub id: String,
    /// Agenda item.
    pub item: String,
}

/// Taking a case off the agenda.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/meetings/{id}/items/{item}/removal")]
pub struct MeetingItemRemoval {
    /// Id of the thing.
    pub id: String,
    /// Agenda item.
    pub item: String,
}

/// Opening a meeting.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/meetings/{id}/opening")]
pub struct MeetingOpening {
    /// Id of the thing.
    pub id: String,
}

/// Closing a meeting.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/meetings/{id}/closing")]
pub struct MeetingClosing {
    /// Id of the thing.
    pub id: String,
}

/// Cancelling a meeting.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/meetings/{id}/cancellation")]
pub struct MeetingCancellation {
    /// Id of the thing.
    pub id: String,
}

/// All rule sets.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/rules")]
pub struct Rules;

/// One version of a rule set.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/rules/{id}/{version}")]
pub struct Rule {
    /// Id of the thing.
    pub id: String,
    /// Version.
    pub version: String,
}

/// One version of a protocol.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/rules/protocols/{id}/{version}")]
pub struct Protocol {
    /// Id of the protocol.
    pub id: String,
    /// Version.
    pub version: String,
}

/// Users and their roles.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/admin/users")]
pub struct Users;

/// Changing an account.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/admin/users/{id}")]
pub struct UserChange {
    /// Id of the thing.
    pub id: String,
}

/// Giving a role.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/admin/users/{id}/roles")]
pub struct UserRoles {
    /// Id of the thing.
    pub id: String,
}

/// Ending a role.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/admin/users/{id}/roles/{membership}/end")]
pub struct UserRoleEnd {
    /// Id of the thing.
    pub id: String,
    /// Role row.
    pub membership: String,
}

/// Resetting a password.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/admin/users/{id}/password")]
pub struct UserPassword {
    /// Id of the thing.
    pub id: String,
}

/// Hospitals.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/admin/sites")]
pub struct Sites;

/// Changing a hospital.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/admin/sites/{id}")]
pub struct SiteChange {
    /// Id of the thing.
    pub id: String,
}

/// Saving what is typed so far.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/drafts/{form}/{object}")]
pub struct Draft {
    /// Name of the form.
    pub form: String,
    /// What the form is about.
    pub object: String,
}

/// The process is alive.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/healthz")]
pub struct Healthz;

/// The database answers.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/readyz")]
pub struct Readyz;

/// Help.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/help")]
pub struct Help;

/// Intended use and limits.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/about")]
pub struct About;

/// Versions and state.
#[derive(Debug, Clone, Deserialize, TypedPath)]
#[typed_path("/status")]
pub struct Status;
