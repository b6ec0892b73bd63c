//! The closed list of what can happen.

use crate::coded::{Coded, coded};

coded! {
    /// The groups of events, for filters and for the rights of readers.
    EventGroup, "group of events" {
        Auth = "auth", "Sign-in";
        Read = "read", "Reading";
        Patient = "patient", "Patient";
        Case = "case", "Referral and case";
        Facts = "facts", "Facts and evaluations";
        Meeting = "meeting", "Meeting";
        Decision = "decision", "Decision";
        Output = "output", "Export";
        Rule = "rule", "Rules and protocols";
        Admin = "admin", "Administration";
    }
}

coded! {
    /// What an event is about.
    SubjectKind, "subject" {
        Action = "action", "Action";
        AgendaItem = "agenda_item", "Agenda item";
        Assessment = "assessment", "Assessment";
        Bundle = "bundle", "Audit bundle";
        Case = "case", "Case";
        Decision = "decision", "Decision";
        Draft = "draft", "Draft";
        Evaluation = "evaluation", "Evaluation";
        Event = "event", "Audit event";
        Installation = "installation", "Installation";
        List = "list", "List";
        Log = "log", "Audit log";
        Meeting = "meeting", "Meeting";
        Membership = "membership", "Role of a user";
        Migration = "migration", "Migration";
        Page = "page", "Page";
        Patient = "patient", "Patient";
        Protocol = "protocol", "Protocol";
        Referral = "referral", "Referral";
        RuleSet = "rule_set", "Rule set";
        Session = "session", "Session";
        Setting = "setting", "Setting";
        Site = "site", "Site";
        User = "user", "User";
    }
}

macro_rules! event_kinds {
    ($( $group:ident { $( $name:ident = $code:literal, $label:literal; )+ } )+) => {
        coded! {
            /// What happened, in the past tense.
            EventKind, "event kind" {
                $($( $name = $code, $label; )+)+
            }
        }

        impl EventKind {
            /// The group of the kind.
            pub fn group(self) -> EventGroup {
                match self {
                    $($( Self::$name )|+ => EventGroup::$group,)+
                }
            }
        }
    };
}

event_kinds! {
    Auth {
        AuthSignedIn = "auth.signed_in", "Signed in";
        AuthFailed = "auth.failed", "Password refused";
        AuthLocked = "auth.locked", "Locked after wrong passwords";
        AuthSignedOut = "auth.signed_out", "Signed out";
        AuthPasswordSet = "auth.password_set", "Password set";
    }
    Read {
        CaseRead = "case.read", "Case read";
        PatientRead = "patient.read", "Patient read";
        ListRead = "list.read", "List read";
        HistoryRead = "history.read", "History read";
        DecisionRead = "decision.read", "Decision read";
        AccessDenied = "access.denied", "Access refused";
    }
    Patient {
        PatientRegistered = "patient.registered", "Patient registered";
        PatientCorrected = "patient.corrected", "Patient corrected";
    }
    Case {
        ReferralSent = "referral.sent", "Referral sent";
        ReferralAccepted = "referral.accepted", "Referral accepted";
        ReferralReturned = "referral.returned", "Referral returned";
        ReferralRedirected = "referral.redirected", "Referral redirected";
        ReferralWithdrawn = "referral.withdrawn", "Referral withdrawn";
        ReferralAmended = "referral.amended", "Referral amended";
        CaseClosed = "case.closed", "Case closed";
        CaseReopened = "case.reopened", "Case reopened";
        UrgencyChanged = "urgency.changed", "Urgency changed";
    }
    Facts {
        AssessmentSaved = "assessment.saved", "Assessment saved";
        EvaluationMade = "evaluation.made", "Evaluated under a newer protocol";
    }
    Meeting {
        MeetingPlanned = "meeting.planned", "Meeting planned";
        MeetingOpened = "meeting.opened", "Meeting opened";
        MeetingClosed = "meeting.closed", "Meeting closed";
        MeetingCancelled = "meeting.cancelled", "Meeting cancelled";
        AgendaItemProposed = "agenda.item_proposed", "Case proposed";
        AgendaItemListed = "agenda.item_listed", "Case listed";
        AgendaChanged = "agenda.changed", "Agenda changed";
    }
    Decision {
        DecisionRecorded = "decision.recorded", "Decision recorded";
        DecisionReadBack = "decision.read_back", "Decision read back";
        DecisionConfirmed = "decision.confirmed", "Decision confirmed";
        DecisionSigned = "decision.signed", "Decision signed";
        DecisionVoidAsked = "decision.void_asked", "Voiding asked for";
        DecisionVoided = "decision.voided", "Decision voided";
        DecisionDiscarded = "decision.discarded", "Draft decision discarded";
        ActionDone = "action.done", "Action done";
    }
    Output {
        BundleExported = "bundle.exported", "Audit bundle exported";
    }
    Rule {
        ProtocolPublished = "protocol.published", "Protocol published";
        ProtocolActivated = "protocol.activated", "Protocol activated";
    }
    Admin {
        UserAdded = "user.added", "User added";
        UserChanged = "user.changed", "User changed";
        UserReset = "user.reset", "Password reset";
        MembershipGranted = "membership.granted", "Role given";
        MembershipEnded = "membership.ended", "Role ended";
        SiteChanged = "site.changed", "Site changed";
        InstallationCreated = "installation.created", "Installation created";
        MigrationApplied = "migration.applied", "Migration applied";
        PayloadErased = "payload.erased", "Details erased";
        DraftsPurged = "drafts.purged", "Old drafts removed";
    }
}

impl EventKind {
    /// The kinds of a group, in the order of the list.
    pub fn of(group: EventGroup) -> impl Iterator<Item = Self> {
        Self::all().iter().copied().filter(move |kind| kind.group() == group)
    }
}
