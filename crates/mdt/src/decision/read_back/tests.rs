use insta::assert_snapshot;
use proptest::prelude::*;

use super::super::samples::{any_draft, complete, day, document, names, row, user};
use super::*;
use crate::decision::{
    Acceptance, AmendReason, Amendment, Deferral, DeferralReason, Investigation, Modality,
    NoRecommendationReason, Priority, ReferOn, Sequence, SequenceRelation, StandardOfCare,
    StruckOffReason, Supersedes, Watch,
};

fn said(content: &Content) -> String {
    headline(content, &names())
}

#[test]
fn a_plan_is_one_sentence_that_says_once_what_its_rows_share() {
    assert_snapshot!(said(&complete().content), @"Decompression and fixation at T10 to L2, then stereotactic radiotherapy at T12; palliative intent; responsible Dr P. Okafor; by 19-Jun-2026.");
}

#[test]
fn rows_that_differ_say_what_is_their_own() {
    let mut content = complete().content;
    let radiotherapy = &mut content.plan[1];
    radiotherapy.responsible = Some(user(2));
    radiotherapy.target_date = Some(day(30));
    radiotherapy.dose = Some("24 Gy in 2 fractions".to_owned());
    radiotherapy.site = Some(uuid::Uuid::from_u128(2).into());
    radiotherapy.goals = std::collections::BTreeSet::from([crate::decision::Goal::LocalControl]);
    radiotherapy.note = Some("planning CT on day 10".to_owned());
    assert_snapshot!(said(&content), @"Decompression and fixation at T10 to L2 (responsible Dr P. Okafor, by 19-Jun-2026), then stereotactic radiotherapy at T12 in Eastmoor (24 Gy in 2 fractions, to reach local control, responsible Dr R. Lindqvist, by 30-Jun-2026, planning CT on day 10); palliative intent.");
}

#[test]
fn the_order_of_rows_is_said() {
    let mut content = complete().content;
    content.plan[0].priority = Some(Priority::Urgent);
    content.plan[1].sequence = Some(Sequence { relation: SequenceRelation::With, row: 1 });
    let mut third = row(Modality::Embolisation, "T12");
    third.sequence = Some(Sequence { relation: SequenceRelation::Before, row: 1 });
    content.plan.push(third);
    assert_snapshot!(said(&content), @"Decompression and fixation at T10 to L2 (urgent, within 7 days), together with stereotactic radiotherapy at T12, and before decompression and fixation (row 1): embolisation at T12; palliative intent; responsible Dr P. Okafor; by 19-Jun-2026.");
}

#[test]
fn everything_that_is_signed_is_read_back() {
    let mut document = document();
    document.content.actions = vec![ActionRow {
        text: Some("book theatre".to_owned()),
        owner: Some(user(3)),
        due: Some(day(16)),
    }];
    document.content.dissent = vec![DissentRow {
        person: Some(user(2)),
        position: Some(DissentPosition::PrefersAlternative),
        alternative: Some("radiotherapy alone".to_owned()),
        reason: Some("the steroid holds".to_owned()),
    }];
    document.content.patient_preference =
        Some("wants to walk at her daughter's wedding".to_owned());
    document.content.quorum_note = Some("medical oncology left before the end".to_owned());
    document = document.clone().amending(
        Supersedes { version: 1, hash: document.hash().unwrap() },
        Amendment {
            reason: AmendReason::NewInformation,
            words: "CT shows lysis at T9.".to_owned(),
        },
    );
    assert_snapshot!(read_back(&document, &names()), @"Margaret Ashworth, born 12-Mar-1962. Decompression and fixation at T10 to L2, then stereotactic radiotherapy at T12; palliative intent; responsible Dr P. Okafor; by 19-Jun-2026. Follows Tomita (2001). Departs from Revised Tokuhashi (2005): instability decides; SINS 15, walks in pain. Action: book theatre, S. Whelan, by 16-Jun-2026. Dr R. Lindqvist prefers an alternative: radiotherapy alone; the steroid holds. The patient’s view: wants to walk at her daughter's wedding. Note on quorum: medical oncology left before the end. Amends version 1: new information; CT shows lysis at T9.");
}

#[test]
fn every_other_outcome_is_one_sentence() {
    let of = |kind| Content { outcome_kind: Some(kind), ..Content::default() };
    let contents = [
        Content {
            investigation: Some(Investigation {
                test: Some("CT-guided biopsy of T10".to_owned()),
                owner: Some(user(3)),
                due: Some(day(19)),
                relist: Some(day(23)),
            }),
            plan: vec![row(Modality::Steroid, "")],
            ..of(OutcomeKind::FurtherInvestigation)
        },
        Content {
            deferral: Some(Deferral {
                reason: Some(DeferralReason::HistologyPending),
                words: Some("expected on Thursday".to_owned()),
                owner: Some(user(3)),
                next_date: Some(day(22)),
            }),
            ..of(OutcomeKind::Defer)
        },
        Content {
            watch: Some(Watch {
                interval_weeks: Some(6),
                triggers: Some("new weakness".to_owned()),
            }),
            ..of(OutcomeKind::Watch)
        },
        Content { supportive_owner: Some(user(2)), ..of(OutcomeKind::SupportiveCare) },
        Content {
            refer_on: Some(ReferOn {
                receiver: Some("the sarcoma MDT".to_owned()),
                accepted: Some(Acceptance::Asked),
            }),
            ..of(OutcomeKind::ReferOn)
        },
        Content { confirms: Some(uuid::Uuid::from_u128(9).into()), ..of(OutcomeKind::NoChange) },
        Content {
            standard_of_care: Some(StandardOfCare {
                document: Some("Single-fraction protocol".to_owned()),
                version: Some("3".to_owned()),
            }),
            ..of(OutcomeKind::SocApplied)
        },
        Content {
            no_recommendation: Some(NoRecommendationReason::NoConsensus),
            ..of(OutcomeKind::NoRecommendation)
        },
        Content { struck_off: Some(StruckOffReason::Died), ..of(OutcomeKind::StruckOff) },
    ];
    let sentences: Vec<String> = contents.iter().map(said).collect();
    assert_snapshot!(sentences.join("\n"), @r#"
    Investigate first: CT-guided biopsy of T10; responsible S. Whelan; by 19-Jun-2026; listed again on 23-Jun-2026. Besides: steroid; palliative intent; responsible Dr P. Okafor; by 19-Jun-2026.
    Deferred: histology pending; expected on Thursday; S. Whelan gets what is lacking; back on 22-Jun-2026.
    Watch and wait: re-assess after 6 weeks, earlier if: new weakness.
    Best supportive or palliative care; responsible Dr R. Lindqvist.
    Refer to another team or MDT: the sarcoma MDT; asked, not answered yet.
    Continue present plan: the decision of 12-May-2026.
    Standard of care applied: Single-fraction protocol, version 3.
    No recommendation possible: no consensus.
    Struck off: patient died.
    "#);
}

proptest! {
    #[test]
    fn every_row_levels_date_and_person_of_a_plan_is_said(draft in any_draft()) {
        let mut content = draft.content;
        content.outcome_kind = Some(OutcomeKind::TreatmentPlan);
        let text = said(&content).to_lowercase();
        for row in &content.plan {
            prop_assert!(text.contains(&row.modality.unwrap().label().to_lowercase()));
            prop_assert!(text.contains(&crate::level::in_words(&row.levels).to_lowercase()));
            for words in row.dose.iter().chain(&row.note) {
                prop_assert!(text.contains(&words.to_lowercase()));
            }
            if let Some(date) = row.target_date {
                prop_assert!(text.contains(&display::date(date).to_lowercase()));
            }
            if let Some(intent) = row.intent {
                let said = format!("{intent} intent");
                prop_assert!(text.contains(&said));
            }
        }
    }
}
