use insta::assert_debug_snapshot;
use proptest::prelude::*;

use super::super::samples::{any_draft, complete, day};
use super::*;
use crate::decision::Modality;

fn posted(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn problems(fields: &[(&str, &str)]) -> Vec<String> {
    parse(&posted(fields), day(15))
        .problems
        .into_iter()
        .map(|problem| format!("{}: {}", problem.field, problem.message))
        .collect()
}

#[test]
fn a_draft_reads_as_the_fields_of_the_contract() {
    let fields: Vec<String> =
        to_fields(&complete()).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_debug_snapshot!(fields, @r#"
    [
        "outcome_kind=treatment_plan",
        "plan.0.modality=surg_decompress_fix",
        "plan.0.intent=palliative",
        "plan.0.levels=T10",
        "plan.0.levels=T11",
        "plan.0.levels=T12",
        "plan.0.levels=L1",
        "plan.0.levels=L2",
        "plan.0.responsible=01900000-0000-7000-8000-000000000001",
        "plan.0.target_date=19-Jun-2026",
        "plan.1.modality=sbrt",
        "plan.1.intent=palliative",
        "plan.1.levels=T12",
        "plan.1.responsible=01900000-0000-7000-8000-000000000001",
        "plan.1.target_date=19-Jun-2026",
        "agreement.tokuhashi-2005.value=departs",
        "agreement.tokuhashi-2005.reason=instability",
        "agreement.tokuhashi-2005.words=SINS 15, walks in pain",
        "agreement.tomita-2001.value=follows",
    ]
    "#);
}

#[test]
fn what_cannot_be_read_is_a_problem_beside_its_field_and_stays_as_typed() {
    let fields = [
        ("outcome_kind", "cure"),
        ("plan.0.modality", "sbrt"),
        ("plan.0.levels", "T15"),
        ("plan.0.target_date", "31/02/2026"),
        ("plan.0.responsible", "okafor"),
        ("plan.0.sequence", "after"),
        ("watch.interval_weeks", "six"),
    ];
    assert_debug_snapshot!(problems(&fields), @r#"
    [
        "outcome_kind: Choose an outcome from the list",
        "plan.0.levels: `T15` is not a vertebral level: C1 to C7, T1 to T12, L1 to L5, S1 to S5",
        "plan.0.sequence_row: Choose the number of the other row",
        "plan.0.responsible: Choose from the list",
        "plan.0.target_date: there is no 31-Feb-2026",
        "watch.interval_weeks: `six` is not a whole number",
    ]
    "#);
    let parsed = parse(&posted(&fields), day(15));
    assert!(parsed.fields.contains(&("plan.0.target_date".to_owned(), "31/02/2026".to_owned())));
    assert_eq!(parsed.draft.content.plan[0].modality, Some(Modality::Sbrt));
}

#[test]
fn blank_rows_are_closed_up_and_references_follow() {
    let parsed = parse(
        &posted(&[
            ("plan.0.modality", " "),
            ("plan.2.modality", "surg_fix"),
            ("plan.5.modality", "sbrt"),
            ("plan.5.sequence", "after"),
            ("plan.5.sequence_row", "3"),
            ("plan.5.target_date", "nonsense"),
            ("action.7.text", "book theatre"),
        ]),
        day(15),
    );
    let plan = &parsed.draft.content.plan;
    assert_eq!(plan.len(), 2);
    assert_eq!(plan[1].sequence.unwrap().row, 1);
    assert_eq!(parsed.problems[0].field, "plan.1.target_date");
    assert!(parsed.fields.contains(&("plan.1.target_date".to_owned(), "nonsense".to_owned())));
    assert_eq!(parsed.draft.content.actions[0].text.as_deref(), Some("book theatre"));
}

#[test]
fn an_empty_form_is_an_empty_draft() {
    let parsed = parse(&posted(&[("plan.0.modality", ""), ("deferral.words", "  ")]), day(15));
    assert_eq!(parsed.draft, DecisionDraft::default());
    assert!(parsed.problems.is_empty());
}

#[test]
fn levels_may_be_typed_as_ranges() {
    let parsed = parse(&posted(&[("plan.0.levels", "T10-L2, L4")]), day(15));
    assert_eq!(crate::level::in_words(&parsed.draft.content.plan[0].levels), "T10 to L2 and L4");
}

proptest! {
    #[test]
    fn every_draft_reads_back_from_its_fields(draft in any_draft()) {
        let parsed = parse(&to_fields(&draft), day(15));
        prop_assert_eq!(&parsed.problems, &[]);
        prop_assert_eq!(parsed.draft, draft);
    }

    #[test]
    fn no_posted_field_makes_the_reader_fail(
        fields in prop::collection::vec(
            ("(plan|action|dissent|agreement|x)(\\.[0-9]{1,12})?(\\.[a-z_-]{0,8}){0,2}", ".{0,12}"), 0..12,
        ),
    ) {
        let parsed = parse(&fields, day(15));
        // What came out is stable: reading it again changes nothing.
        let again = parse(&parsed.fields, day(15));
        prop_assert_eq!(again.draft, parsed.draft);
    }
}
