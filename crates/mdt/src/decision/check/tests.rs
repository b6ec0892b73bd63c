use insta::assert_debug_snapshot;
use proptest::prelude::*;

use super::super::samples::{advising, any_draft, complete, context, day, row, user};
use super::*;
use crate::coded::Coded;
use crate::decision::{
    ActionRow, Deferral, DissentPosition, DissentRow, Investigation, Modality, Sequence,
    SequenceRelation, Watch,
};

fn problems(draft: &DecisionDraft) -> Vec<String> {
    check(draft, &context(&advising()))
        .into_iter()
        .map(|problem| format!("{}: {}", problem.field, problem.message))
        .collect()
}

fn of_kind(kind: OutcomeKind) -> DecisionDraft {
    let mut draft = complete();
    draft.content = Content { outcome_kind: Some(kind), ..Content::default() };
    if !kind.is_comparable() {
        draft.agreements.clear();
    }
    draft
}

#[test]
fn a_complete_decision_has_no_problem() {
    assert_eq!(problems(&complete()), Vec::<String>::new());
}

#[test]
fn an_empty_decision_asks_for_outcome_and_agreements() {
    assert_debug_snapshot!(problems(&DecisionDraft::default()), @r#"
    [
        "outcome_kind: Choose the outcome of the discussion",
        "agreement.tomita-2001.value: Say whether the decision follows this score",
        "agreement.tokuhashi-2005.value: Say whether the decision follows this score",
    ]
    "#);
}

#[test]
fn every_outcome_says_what_it_needs() {
    let needs: Vec<String> = OutcomeKind::all()
        .iter()
        .map(|kind| {
            let fields: Vec<String> = check(&of_kind(*kind), &context(&advising()))
                .into_iter()
                .map(|problem| problem.field)
                .collect();
            format!("{kind}: {}", fields.join(" "))
        })
        .collect();
    assert_debug_snapshot!(needs, @r#"
    [
        "treatment_plan: plan.0.modality",
        "further_investigation: investigation.test investigation.owner investigation.due investigation.relist",
        "defer: deferral.reason deferral.owner deferral.next_date",
        "watch: watch.interval_weeks watch.triggers",
        "supportive_care: supportive.owner",
        "refer_on: refer_on.receiver refer_on.accepted",
        "no_change: confirms.decision",
        "ratify: confirms.decision",
        "soc_applied: soc.document soc.version",
        "no_recommendation: no_recommendation.reason",
        "struck_off: struck_off.reason",
    ]
    "#);
}

#[test]
fn a_row_of_a_plan_needs_what_makes_it_a_plan() {
    let mut draft = complete();
    let mut bare =
        crate::decision::PlanRow { modality: Some(Modality::Sbrt), ..Default::default() };
    bare.sequence = Some(Sequence { relation: SequenceRelation::After, row: 3 });
    bare.target_date = Some(day(14));
    draft.content.plan = vec![row(Modality::SurgFix, "T10"), row(Modality::Chemo, ""), bare];
    assert_debug_snapshot!(problems(&draft), @r#"
    [
        "plan.2.intent: Choose the intent",
        "plan.2.levels: Say which levels are treated",
        "plan.2.sequence_row: Choose the number of another row of this plan",
        "plan.2.responsible: Choose the responsible clinician",
        "plan.2.target_date: This date is before the discussion on 15-Jun-2026",
    ]
    "#);
}

#[test]
fn what_belongs_to_another_outcome_is_said_and_not_dropped() {
    let mut draft = of_kind(OutcomeKind::StruckOff);
    draft.content.struck_off = Some(crate::decision::StruckOffReason::Died);
    draft.content.plan = vec![row(Modality::Sbrt, "T10")];
    draft.content.deferral = Some(Deferral::default());
    draft.agreements = complete().agreements;
    assert_debug_snapshot!(problems(&draft), @r#"
    [
        "deferral.reason: This does not belong to “Struck off”: clear it, or choose the other outcome",
        "plan.0.modality: This treatment does not go with “Struck off”: remove it, or choose another outcome",
        "agreement.tomita-2001.value: This outcome cannot be compared with a score: choose “not compared”",
        "agreement.tokuhashi-2005.value: This outcome cannot be compared with a score: choose “not compared”",
    ]
    "#);
}

#[test]
fn watching_and_comfort_allow_no_local_treatment() {
    for kind in [OutcomeKind::Watch, OutcomeKind::SupportiveCare] {
        let mut draft = of_kind(kind);
        draft.content.supportive_owner = (kind == OutcomeKind::SupportiveCare).then(|| user(1));
        draft.content.watch = (kind == OutcomeKind::Watch)
            .then(|| Watch { interval_weeks: Some(6), triggers: Some("new weakness".to_owned()) });
        draft.content.plan = vec![row(Modality::BoneAgent, "")];
        assert_eq!(problems(&draft), Vec::<String>::new(), "{kind}");
        draft.content.plan = vec![row(Modality::Vertebroplasty, "T10")];
        assert_eq!(check(&draft, &context(&advising()))[0].field, "plan.0.modality");
    }
}

#[test]
fn departing_takes_a_coded_reason_and_words() {
    let mut draft = complete();
    let stated = draft.agreements.get_mut("tokuhashi-2005").unwrap();
    stated.reason = None;
    stated.words = None;
    assert_eq!(
        problems(&draft),
        [
            "agreement.tokuhashi-2005.reason: Choose the reason for departing",
            "agreement.tokuhashi-2005.words: Say in words why the decision departs",
        ]
    );
    let stated = draft.agreements.get_mut("tokuhashi-2005").unwrap();
    stated.reason = Some(DepartReason::Other);
    stated.words = Some("short".to_owned());
    assert_eq!(
        problems(&draft),
        ["agreement.tokuhashi-2005.words: Say a little more: at least 10 characters"]
    );
}

#[test]
fn an_agreement_fits_what_the_score_gave() {
    let mut open = advising();
    open[0].bands = vec!["4-5".to_owned(), "6-7".to_owned()];
    open[0].strategy = None;
    let mut draft = complete();
    draft.agreements.get_mut("tomita-2001").unwrap().value = Some(Agreement::Undetermined);
    assert_eq!(check(&draft, &context(&open)), []);
    assert_eq!(
        problems(&draft),
        ["agreement.tomita-2001.value: The band is certain: follows, partly or departs"]
    );
    draft.agreements.get_mut("tomita-2001").unwrap().value = Some(Agreement::NotCompared);
    assert_eq!(problems(&draft).len(), 1);
    draft.agreements.get_mut("tomita-2001").unwrap().value = Some(Agreement::Follows);
    draft.agreements.insert("noms-2013".to_owned(), StatedAgreement::default());
    assert_eq!(check(&draft, &context(&advising()))[0].field, "agreement.noms-2013.value");
}

#[test]
fn changed_facts_are_accepted_with_a_reason() {
    let advising = advising();
    let moved = CheckContext { facts_changed_to: Some(5), ..context(&advising) };
    let mut draft = complete();
    assert_eq!(check(&draft, &moved)[0].field, "facts_accepted");
    draft.facts_accepted = Some("only a date was corrected".to_owned());
    assert_eq!(check(&draft, &moved), []);
}

#[test]
fn actions_dissent_and_dates_are_complete() {
    let mut draft = of_kind(OutcomeKind::FurtherInvestigation);
    draft.content.investigation = Some(Investigation {
        test: Some("biopsy of T10".to_owned()),
        owner: Some(user(1)),
        due: Some(day(23)),
        relist: Some(day(22)),
    });
    draft.content.actions = vec![ActionRow::default()];
    draft.content.dissent = vec![DissentRow {
        position: Some(DissentPosition::PrefersAlternative),
        ..DissentRow::default()
    }];
    draft.content.patient_preference = Some("x".repeat(2001));
    assert_debug_snapshot!(problems(&draft), @r#"
    [
        "investigation.relist: The case is listed again before the test is due",
        "action.0.text: Say what is to be done",
        "action.0.owner: Choose who does it",
        "action.0.due: Say by when",
        "dissent.0.person: Choose who dissents",
        "dissent.0.reason: Give the reason in their words",
        "dissent.0.alternative: Say which alternative they prefer",
        "patient_preference: Keep this under 2000 characters",
    ]
    "#);
}

proptest! {
    #[test]
    fn no_draft_makes_the_check_fail_and_every_problem_names_a_field(draft in any_draft()) {
        for problem in check(&draft, &context(&advising())) {
            prop_assert!(!problem.field.is_empty() && !problem.message.is_empty());
        }
    }
}
