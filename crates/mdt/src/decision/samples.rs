//! Decisions for tests: one that is complete, and strategies that make any.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use proptest::collection::{btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use rules::canonical::Hash;
use uuid::Uuid;

use super::read_back::Names;
use super::*;
use crate::coded::Coded;
use crate::ids::{SiteId, UserId};
use crate::level::{Level, parse_levels};

pub(super) fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, day).unwrap()
}

pub(super) fn user(n: u128) -> UserId {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n).into()
}

fn site(n: u128) -> SiteId {
    Uuid::from_u128(n).into()
}

pub(super) fn names() -> Names {
    Names {
        patient: "Margaret Ashworth, born 12-Mar-1962".to_owned(),
        people: BTreeMap::from([
            (user(1), "Dr P. Okafor".to_owned()),
            (user(2), "Dr R. Lindqvist".to_owned()),
            (user(3), "S. Whelan".to_owned()),
        ]),
        sites: BTreeMap::from([(site(2), "Eastmoor".to_owned())]),
        rule_sets: BTreeMap::from([
            ("tomita-2001".to_owned(), "Tomita (2001)".to_owned()),
            ("tokuhashi-2005".to_owned(), "Revised Tokuhashi (2005)".to_owned()),
        ]),
        decisions: BTreeMap::from([(
            Uuid::from_u128(9).into(),
            "the decision of 12-May-2026".to_owned(),
        )]),
    }
}

pub(super) fn advising() -> Vec<Advice> {
    let advice = |rule_set: &str, band: &str| Advice {
        rule_set: rule_set.to_owned(),
        version: 1,
        hash: Hash::of(rule_set.as_bytes()),
        bands: vec![band.to_owned()],
        strategy: Some(format!("band.{band}")),
    };
    vec![advice("tomita-2001", "4-5"), advice("tokuhashi-2005", "9-11")]
}

pub(super) fn context(advising: &[Advice]) -> CheckContext<'_> {
    CheckContext { earliest: Some(day(15)), advising, facts_changed_to: None }
}

pub(super) fn row(modality: Modality, levels: &str) -> PlanRow {
    PlanRow {
        modality: Some(modality),
        intent: Some(Intent::Palliative),
        levels: parse_levels(levels).unwrap(),
        responsible: Some(user(1)),
        target_date: Some(day(19)),
        ..PlanRow::default()
    }
}

/// Fixation, then radiotherapy: follows one score and departs from the other.
pub(super) fn complete() -> DecisionDraft {
    let follows = StatedAgreement { value: Some(Agreement::Follows), ..StatedAgreement::default() };
    let departs = StatedAgreement {
        value: Some(Agreement::Departs),
        reason: Some(DepartReason::Instability),
        words: Some("SINS 15, walks in pain".to_owned()),
    };
    DecisionDraft {
        content: Content {
            outcome_kind: Some(OutcomeKind::TreatmentPlan),
            plan: vec![row(Modality::SurgDecompressFix, "T10-L2"), row(Modality::Sbrt, "T12")],
            ..Content::default()
        },
        agreements: BTreeMap::from([
            ("tomita-2001".to_owned(), follows),
            ("tokuhashi-2005".to_owned(), departs),
        ]),
        facts_accepted: None,
    }
}

pub(super) fn heading(version: u32) -> Heading {
    Heading {
        site: site(1),
        patient: Uuid::from_u128(3).into(),
        case: Uuid::from_u128(4).into(),
        case_number: "NF-2026-0148".parse().unwrap(),
        decision: Uuid::from_u128(5).into(),
        ordinal: 1,
        version,
        meeting: Uuid::from_u128(6).into(),
        agenda_item: Uuid::from_u128(7).into(),
    }
}

pub(super) fn basis() -> Basis {
    Basis {
        assessment_ordinal: 4,
        assessment: Hash::of(b"assessment"),
        evaluation_id: Uuid::from_u128(8).into(),
        evaluation: Hash::of(b"evaluation"),
        protocol: Hash::of(b"protocol"),
        engine: 1,
    }
}

pub(super) fn document() -> DecisionDocument {
    let advising = advising();
    DecisionDocument::from_draft(&complete(), heading(1), basis(), &context(&advising)).unwrap()
}

fn any_text() -> impl Strategy<Value = String> {
    "[A-Za-z0-9äöü“”<&;,.'\"-]{1,8}( [A-Za-z0-9<&]{1,8}){0,2}"
}

fn any_date() -> impl Strategy<Value = NaiveDate> {
    (0_u64..400).prop_map(|days| day(15) + Days::new(days))
}

fn any_user() -> impl Strategy<Value = UserId> {
    any::<u128>().prop_map(|n| Uuid::from_u128(n).into())
}

fn any_level() -> impl Strategy<Value = Level> {
    select(vec!["O", "C1", "T1", "T9", "T10", "T12", "T13", "L1", "L2", "L6", "S1"])
        .prop_map(|code| code.parse().unwrap())
}

prop_compose! {
    /// A row that has at least its modality.
    fn any_row()(
        modality in select(Modality::all()),
        intent in of(select(Intent::all())),
        goals in btree_set(select(Goal::all()), 0..3),
        levels in btree_set(any_level(), 0..4),
        sequence in of((select(SequenceRelation::all()), 1_u32..5)),
        (dose, note) in (of(any_text()), of(any_text())),
        priority in of(select(Priority::all())),
        (responsible, target_date, delivers) in (of(any_user()), of(any_date()), of(any::<u128>())),
    ) -> PlanRow {
        PlanRow {
            modality: Some(modality), intent, goals, levels,
            sequence: sequence.map(|(relation, row)| Sequence { relation, row }),
            dose, note, priority, responsible, target_date,
            site: delivers.map(site),
        }
    }
}

prop_compose! {
    /// Any draft in the form in which it reads back: no blank rows, no empty details.
    pub(super) fn any_draft()(
        outcome_kind in of(select(OutcomeKind::all())),
        plan in vec(any_row(), 0..4),
        (test, due) in (of(any_text()), of(any_date())),
        (reason, words) in (of(select(DeferralReason::all())), of(any_text())),
        (weeks, triggers) in (of(any::<u32>()), of(any_text())),
        (receiver, accepted) in (of(any_text()), of(select(Acceptance::all()))),
        actions in vec((any_text(), of(any_user()), of(any_date())), 0..3),
        dissent in vec((select(DissentPosition::all()), of(any_user()), of(any_text())), 0..3),
        agreements in prop::collection::btree_map(
            "[a-z]{1,8}-[0-9]{4}",
            (select(Agreement::all()), of(select(DepartReason::all())), of(any_text())),
            0..3,
        ),
        (patient_preference, quorum_note, facts_accepted) in (of(any_text()), of(any_text()), of(any_text())),
        (no_recommendation, struck_off) in
            (of(select(NoRecommendationReason::all())), of(select(StruckOffReason::all()))),
    ) -> DecisionDraft {
        let investigation = Investigation { test, due, ..Investigation::default() };
        let deferral = Deferral { reason, words, ..Deferral::default() };
        let watch = Watch { interval_weeks: weeks, triggers };
        let refer_on = ReferOn { receiver, accepted };
        DecisionDraft {
            content: Content {
                outcome_kind,
                plan,
                investigation: (investigation != Investigation::default()).then_some(investigation),
                deferral: (deferral != Deferral::default()).then_some(deferral),
                watch: (watch != Watch::default()).then_some(watch),
                refer_on: (refer_on != ReferOn::default()).then_some(refer_on),
                no_recommendation,
                struck_off,
                actions: actions
                    .into_iter()
                    .map(|(text, owner, due)| ActionRow { text: Some(text), owner, due })
                    .collect(),
                dissent: dissent
                    .into_iter()
                    .map(|(position, person, reason)| DissentRow {
                        person, position: Some(position), alternative: None, reason,
                    })
                    .collect(),
                patient_preference,
                quorum_note,
                ..Content::default()
            },
            agreements: agreements
                .into_iter()
                .map(|(rule_set, (value, reason, words))| {
                    (rule_set, StatedAgreement { value: Some(value), reason, words })
                })
                .collect(),
            facts_accepted,
        }
    }
}
