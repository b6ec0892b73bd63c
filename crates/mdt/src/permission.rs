//! Who may do what: one pure function over role, action and relation.
//!
//! A role right can hang on a duty as well ("the chair *of this meeting*"). [`verdict`] says which;
//! [`allowed`] answers for role and relation alone, [`allowed_on_duty`] for all three. The whole matrix
//! stands in `tests/output/permissions.txt`; the second lock is the database's row-level security.

use crate::coded::{Coded, coded};
use crate::role::{Duty, Role};
use crate::words::list;

macro_rules! actions {
    ($( $name:ident = $code:literal, $label:literal; )+) => {
        coded! {
            /// Something that needs a right. The label completes "You may …" and "To …".
            Action, "action" {
                $( $name = $code, $label; )+
            }
        }

        /// A type for each action, so that a permit for one cannot serve for another.
        pub mod act {
            $(
                #[doc = concat!("Marks a permit to ", $label, " (`", $code, "`).")]
                #[derive(Debug, Clone, Copy)]
                pub struct $name;

                impl super::Act for $name {
                    const ACTION: super::Action = super::Action::$name;
                }
            )+
        }
    };
}

/// The type of an action, for typed permits.
pub trait Act: Send + Sync + 'static {
    /// The action that the type stands for.
    const ACTION: Action;
}

actions! {
    AccountUse = "account.use", "use your own account";
    PatientRegister = "patient.register", "register a patient";
    PatientCorrect = "patient.correct", "correct a patient's particulars";
    PatientRead = "patient.read", "read a patient's record";
    ReferralSend = "referral.send", "send a referral";
    ReferralTriage = "referral.triage", "accept, return or redirect a referral";
    ReferralWithdraw = "referral.withdraw", "withdraw a referral";
    ReferralAmend = "referral.amend", "amend a referral";
    ReferralRead = "referral.read", "read referrals";
    UrgencyChange = "urgency.change", "change the urgency of a case";
    UrgencyLower = "urgency.lower", "lower the urgency of a case";
    CaseList = "case.list", "open the lists of cases and referrals";
    CaseRead = "case.read", "read a case";
    CaseClose = "case.close", "close a case";
    CaseReopen = "case.reopen", "reopen a case";
    AssessmentSave = "assessment.save", "save an assessment";
    EvaluationMake = "evaluation.make", "move a case to a newer protocol";
    MeetingRead = "meeting.read", "read meetings and their agendas";
    MeetingPlan = "meeting.plan", "plan or cancel a meeting";
    MeetingRun = "meeting.run", "open, run and close a meeting";
    AgendaPropose = "agenda.propose", "propose a case for a meeting";
    AgendaList = "agenda.list", "list a case on an agenda and order the agenda";
    DecisionRecord = "decision.record", "record a decision";
    DecisionReadBack = "decision.read_back", "read a decision back";
    DecisionConfirm = "decision.confirm", "confirm a decision";
    DecisionSign = "decision.sign", "sign a decision";
    DecisionAmend = "decision.amend", "amend a signed decision";
    DecisionVoid = "decision.void", "void a decision";
    DecisionDiscard = "decision.discard", "discard a draft decision";
    ActionComplete = "action.complete", "mark an action as done";
    HistoryRead = "history.read", "read the history of a case";
    BundleExport = "bundle.export", "export an audit bundle";
    LedgerVerify = "ledger.verify", "verify the audit log";
    RuleRead = "rule.read", "read rules";
    ProtocolActivate = "protocol.activate", "activate a protocol";
    UserManage = "user.manage", "manage users and roles";
    SiteManage = "site.manage", "manage sites and settings";
}

coded! {
    /// How an actor stands to the thing that the action is about.
    Relation, "relation" {
        Member = "member", "Member of the site that owns it";
        Addressed = "addressed", "Member of the site that its referral is addressed to";
        Sender = "sender", "Sender of its referral";
        Stranger = "none", "No relation";
    }
}

/// What role and relation say about an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not with this role and relation, whatever the duty.
    No,
    /// Yes.
    Yes,
    /// Yes for whoever has one of these duties in the meeting concerned.
    OnDuty(&'static [Duty]),
}

/// The matrix itself.
pub fn verdict(role: Role, action: Action, relation: Relation) -> Verdict {
    match relation {
        Relation::Member => member(role, action),
        Relation::Addressed => addressed(role, action),
        Relation::Sender => sender(role, action),
        Relation::Stranger => Verdict::No,
    }
}

/// May someone with this role and relation do this, the duty set aside? For menus and for pages;
/// a command on something with duties asks [`allowed_on_duty`].
pub fn allowed(role: Role, action: Action, relation: Relation) -> bool {
    verdict(role, action, relation) != Verdict::No
}

/// May someone with this role, relation and these duties do this?
pub fn allowed_on_duty(role: Role, action: Action, relation: Relation, duties: &[Duty]) -> bool {
    match verdict(role, action, relation) {
        Verdict::No => false,
        Verdict::Yes => true,
        Verdict::OnDuty(needed) => needed.iter().any(|duty| duties.contains(duty)),
    }
}

/// May the command line do this? It acts as `operator`, never with patient data of its own accord.
pub fn operator_may(action: Action) -> bool {
    matches!(
        action,
        Action::BundleExport
            | Action::LedgerVerify
            | Action::RuleRead
            | Action::ProtocolActivate
            | Action::UserManage
            | Action::SiteManage
    )
}

/// The roles that have the right as members of the owning site, or of the one that a referral is
/// addressed to, for the page that refuses.
pub fn who_may(action: Action) -> Vec<Role> {
    Role::all().iter().copied().filter(|role| allowed_at_site(*role, action)).collect()
}

/// May someone with this role do this to something that their own site owns, or that is addressed to it?
pub fn allowed_at_site(role: Role, action: Action) -> bool {
    [Relation::Member, Relation::Addressed]
        .into_iter()
        .any(|relation| allowed(role, action, relation))
}

/// What the refusing page says: what was asked for and who may do it.
pub fn refusal(action: Action) -> String {
    let mut who = Vec::new();
    let plain = roles_with(action, Relation::Member, Verdict::Yes);
    if !plain.is_empty() {
        who.push(list(&plain, "or"));
    }
    for duties in duties_of(action) {
        let words: Vec<String> = duties.iter().map(|duty| duty.label().to_lowercase()).collect();
        let roles = roles_with(action, Relation::Member, Verdict::OnDuty(duties));
        who.push(format!("{} who is {}", list(&roles, "or"), list(&words, "or")));
    }
    let addressed = roles_with(action, Relation::Addressed, Verdict::Yes);
    if plain.is_empty() && !addressed.is_empty() {
        who.push(format!("{} of the site that it is addressed to", list(&addressed, "or")));
    }
    if Role::all().iter().any(|role| allowed(*role, action, Relation::Sender)) {
        who.push("whoever sent the referral".to_owned());
    }
    format!("You may not {}. Who may: {}.", action.label(), who.join("; "))
}

/// What a sender is told who asks for more of a case than its status.
pub fn refusal_in_full() -> String {
    let who = list(&roles_with(Action::CaseRead, Relation::Member, Verdict::Yes), "or");
    format!(
        "You follow the status of this case; you may not read it in full. Who may: {who} of the site that owns it."
    )
}

fn roles_with(action: Action, relation: Relation, wanted: Verdict) -> Vec<String> {
    Role::all()
        .iter()
        .filter(|role| verdict(**role, action, relation) == wanted)
        .map(|role| {
            let name = role.label().to_lowercase();
            let article = if name.starts_with('a') { "an" } else { "a" };
            format!("{article} {name}")
        })
        .collect()
}

/// The sets of duties that the action asks of one role or another, each once.
fn duties_of(action: Action) -> Vec<&'static [Duty]> {
    let mut sets = Vec::new();
    for role in Role::all() {
        match member(*role, action) {
            Verdict::OnDuty(duties) if !sets.contains(&duties) => sets.push(duties),
            Verdict::OnDuty(_) | Verdict::No | Verdict::Yes => {}
        }
    }
    sets
}

fn yes_if(right: bool) -> Verdict {
    if right { Verdict::Yes } else { Verdict::No }
}

fn on_duty_if(right: bool, duties: &'static [Duty]) -> Verdict {
    if right { Verdict::OnDuty(duties) } else { Verdict::No }
}

/// Rights of a member of the owning site.
fn member(role: Role, action: Action) -> Verdict {
    use Role::{Administrator, Auditor, Chair, Clinician, Coordinator, Referrer, Steward};

    let treating = matches!(role, Coordinator | Clinician | Chair);
    match action {
        Action::AccountUse | Action::RuleRead => Verdict::Yes,
        Action::PatientRegister
        | Action::PatientCorrect
        | Action::PatientRead
        | Action::UrgencyChange
        | Action::AssessmentSave
        | Action::AgendaPropose
        | Action::DecisionRecord
        | Action::DecisionDiscard
        | Action::ActionComplete => yes_if(treating),
        Action::ReferralSend => yes_if(treating || role == Referrer),
        Action::CaseClose | Action::CaseReopen | Action::MeetingPlan | Action::AgendaList => {
            yes_if(matches!(role, Coordinator | Chair))
        }
        // Whoever it is addressed to answers it; the owner is that until it is redirected.
        Action::ReferralTriage | Action::ReferralWithdraw => Verdict::No,
        Action::ReferralAmend => yes_if(role == Coordinator),
        Action::UrgencyLower | Action::EvaluationMake | Action::DecisionVoid => {
            yes_if(matches!(role, Clinician | Chair))
        }
        Action::CaseList => yes_if(treating || matches!(role, Referrer | Auditor)),
        Action::ReferralRead | Action::CaseRead | Action::MeetingRead | Action::HistoryRead => {
            yes_if(treating || role == Auditor)
        }
        Action::MeetingRun | Action::DecisionReadBack => match role {
            Chair => Verdict::OnDuty(&[Duty::Chair, Duty::Scribe]),
            Coordinator | Clinician => Verdict::OnDuty(&[Duty::Scribe]),
            Referrer | Auditor | Steward | Administrator => Verdict::No,
        },
        Action::DecisionConfirm => {
            on_duty_if(matches!(role, Clinician | Chair), &[Duty::NominatedClinician])
        }
        Action::DecisionSign | Action::DecisionAmend => on_duty_if(role == Chair, &[Duty::Chair]),
        Action::BundleExport | Action::LedgerVerify => match role {
            Auditor => Verdict::Yes,
            Chair => Verdict::OnDuty(&[Duty::Chair]),
            Referrer | Coordinator | Clinician | Steward | Administrator => Verdict::No,
        },
        Action::ProtocolActivate => yes_if(role == Steward),
        Action::UserManage | Action::SiteManage => yes_if(role == Administrator),
    }
}

/// Rights of a member of the site that the referral is addressed to, as long as it is: most often that
/// is the owning site itself, whose members have their own rights besides.
fn addressed(role: Role, action: Action) -> Verdict {
    use Role::{Chair, Clinician, Coordinator};

    match action {
        Action::ReferralTriage => yes_if(matches!(role, Coordinator | Chair)),
        Action::ReferralRead | Action::CaseRead | Action::UrgencyChange => {
            yes_if(matches!(role, Coordinator | Clinician | Chair))
        }
        Action::UrgencyLower => yes_if(matches!(role, Clinician | Chair)),
        _ => Verdict::No,
    }
}

/// Rights of whoever sent the referral, wherever they are a member.
fn sender(role: Role, action: Action) -> Verdict {
    let sends = matches!(role, Role::Referrer | Role::Coordinator | Role::Clinician | Role::Chair);
    yes_if(
        sends
            && matches!(
                action,
                Action::CaseRead
                    | Action::ReferralRead
                    | Action::ReferralAmend
                    | Action::ReferralWithdraw
            ),
    )
}

coded! {
    /// How much of a case a reader sees.
    CaseView, "case view" {
        Full = "full", "Everything";
        Deidentified = "deidentified", "Number, age and sex, without names, identifiers and free text";
        Status = "status", "The referral as sent, its status and the letter";
    }
}

/// How much of a case someone who may read it sees; `None` when they may not.
pub fn case_view(role: Role, relation: Relation) -> Option<CaseView> {
    if !allowed(role, Action::CaseRead, relation) {
        return None;
    }
    match (role, relation) {
        (_, Relation::Sender) => Some(CaseView::Status),
        (Role::Auditor, _) => Some(CaseView::Deidentified),
        _ => Some(CaseView::Full),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn a_stranger_may_nothing() {
        for role in Role::all() {
            for action in Action::all() {
                assert!(!allowed(*role, *action, Relation::Stranger));
            }
        }
    }

    #[test]
    fn an_administrator_sees_no_clinical_data() {
        let rights: Vec<&str> = Action::all()
            .iter()
            .filter(|action| allowed(Role::Administrator, **action, Relation::Member))
            .map(|action| action.code())
            .collect();
        assert_eq!(rights, ["account.use", "rule.read", "user.manage", "site.manage"]);
    }

    #[test]
    fn a_chair_signs_only_in_the_meeting_that_is_theirs() {
        let sign = |duties: &[Duty]| {
            allowed_on_duty(Role::Chair, Action::DecisionSign, Relation::Member, duties)
        };
        assert!(sign(&[Duty::Chair]));
        assert!(!sign(&[Duty::Scribe, Duty::NominatedClinician]));
        assert!(!sign(&[]));
    }

    #[test]
    fn every_action_has_someone_who_may() {
        for action in Action::all() {
            let someone = Role::all().iter().any(|role| {
                allowed_at_site(*role, *action) || allowed(*role, *action, Relation::Sender)
            });
            assert!(someone, "{action}");
        }
    }

    #[test]
    fn a_site_that_a_referral_is_addressed_to_reads_the_case_and_works_on_nothing_but_the_referral()
    {
        for role in Role::all() {
            let rights = Action::all()
                .iter()
                .filter(|action| allowed(*role, **action, Relation::Addressed))
                .map(|action| action.code());
            let expected: &[&str] = match role {
                Role::Coordinator => {
                    &["referral.triage", "referral.read", "urgency.change", "case.read"]
                }
                Role::Clinician => {
                    &["referral.read", "urgency.change", "urgency.lower", "case.read"]
                }
                Role::Chair => &[
                    "referral.triage",
                    "referral.read",
                    "urgency.change",
                    "urgency.lower",
                    "case.read",
                ],
                _ => &[],
            };
            assert_eq!(rights.collect::<Vec<_>>(), expected, "{role}");
        }
        assert_eq!(case_view(Role::Clinician, Relation::Addressed), Some(CaseView::Full));
    }

    #[test]
    fn a_sender_reads_status_and_letter_and_an_auditor_no_names() {
        assert_eq!(case_view(Role::Referrer, Relation::Sender), Some(CaseView::Status));
        assert_eq!(case_view(Role::Referrer, Relation::Member), None);
        assert_eq!(case_view(Role::Auditor, Relation::Member), Some(CaseView::Deidentified));
        assert_eq!(case_view(Role::Chair, Relation::Member), Some(CaseView::Full));
    }

    #[test]
    fn a_refusal_names_who_may() {
        assert_snapshot!(refusal(Action::DecisionSign), @"You may not sign a decision. Who may: a chair who is chair of the meeting.");
        assert_snapshot!(refusal(Action::MeetingRun), @"You may not open, run and close a meeting. Who may: a coordinator or a clinician who is scribe; a chair who is chair of the meeting or scribe.");
        assert_snapshot!(refusal(Action::BundleExport), @"You may not export an audit bundle. Who may: an auditor; a chair who is chair of the meeting.");
        assert_snapshot!(refusal(Action::ReferralAmend), @"You may not amend a referral. Who may: a coordinator; whoever sent the referral.");
        assert_snapshot!(refusal_in_full(), @"You follow the status of this case; you may not read it in full. Who may: a coordinator, a clinician, a chair or an auditor of the site that owns it.");
        assert_snapshot!(refusal(Action::ReferralTriage), @"You may not accept, return or redirect a referral. Who may: a coordinator or a chair of the site that it is addressed to.");
        assert_snapshot!(refusal(Action::ReferralWithdraw), @"You may not withdraw a referral. Who may: whoever sent the referral.");
        assert_snapshot!(refusal(Action::AssessmentSave), @"You may not save an assessment. Who may: a coordinator, a clinician or a chair.");
    }
}
