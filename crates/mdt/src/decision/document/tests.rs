use insta::assert_snapshot;
use proptest::prelude::*;

use super::super::samples::{advising, any_draft, basis, complete, context, document, heading};
use super::*;

#[test]
fn what_is_signed_is_canonical_and_names_nobody() {
    let document = document();
    let bytes = document.canonical_bytes().unwrap();
    assert_snapshot!(String::from_utf8(bytes.clone()).unwrap(), @r#"{"agreements":[{"advice":{"bands":["4-5"],"hash":"8f5b5a935543510440fe694357cf5c587f7e1c5425d65c82373869f703d2a50c","rule_set":"tomita-2001","strategy":"band.4-5","version":1},"agreement":"follows","computed":null},{"advice":{"bands":["9-11"],"hash":"bfdabe4d6aac0f0052dbde022235961ed4e20ef5d11dfce02de483a12c6f1f61","rule_set":"tokuhashi-2005","strategy":"band.9-11","version":1},"agreement":"departs","computed":null,"reason":"instability","words":"SINS 15, walks in pain"}],"basis":{"assessment":"89c08f7a02989db85066486407e81228ddadae03a30b293e5298cd050bd92db7","assessment_ordinal":4,"engine":1,"evaluation":"efe77b201dc216c0edf435a227df2b2898d3f6ea1ff16e5d4d0d4ec0cf593271","evaluation_id":"00000000-0000-0000-0000-000000000008","protocol":"2ea88c7a30351b12a4dcfc06cdce2af6eab18416176466c2500cb6ef74f745bf"},"content":{"outcome_kind":"treatment_plan","plan":[{"intent":"palliative","levels":["T10","T11","T12","L1","L2"],"modality":"surg_decompress_fix","responsible":"01900000-0000-7000-8000-000000000001","target_date":"2026-06-19"},{"intent":"palliative","levels":["T12"],"modality":"sbrt","responsible":"01900000-0000-7000-8000-000000000001","target_date":"2026-06-19"}]},"heading":{"agenda_item":"00000000-0000-0000-0000-000000000007","case":"00000000-0000-0000-0000-000000000004","case_number":"NF-2026-0148","decision":"00000000-0000-0000-0000-000000000005","meeting":"00000000-0000-0000-0000-000000000006","ordinal":1,"patient":"00000000-0000-0000-0000-000000000003","site":"00000000-0000-0000-0000-000000000001","version":1},"v":1}"#);
    assert_eq!(DecisionDocument::from_canonical(&bytes).unwrap(), document);
    assert_eq!(document.check(), []);
    assert_eq!(document.hash().unwrap(), Hash::of(&bytes));
}

#[test]
fn an_incomplete_draft_becomes_no_document() {
    let mut draft = complete();
    draft.content.plan[0].intent = None;
    let error = DecisionDocument::from_draft(&draft, heading(1), basis(), &context(&advising()));
    assert_eq!(error.unwrap_err().to_string(), "the decision is not complete: plan.0.intent");
}

#[test]
fn an_outcome_that_cannot_be_compared_says_so_for_every_score() {
    let mut draft = complete();
    draft.content = Content {
        outcome_kind: Some(OutcomeKind::StruckOff),
        struck_off: Some(crate::decision::StruckOffReason::Died),
        ..Content::default()
    };
    draft.agreements.clear();
    let advising = advising();
    let document =
        DecisionDocument::from_draft(&draft, heading(1), basis(), &context(&advising)).unwrap();
    assert_eq!(document.agreements.len(), 2);
    assert!(document.agreements.iter().all(|row| row.agreement == Agreement::NotCompared));
    assert_eq!(document.check(), []);
}

#[test]
fn an_amendment_names_the_version_before_it_and_why() {
    let first = document();
    let advising = advising();
    let again = || {
        DecisionDocument::from_draft(&first.to_draft(), heading(2), basis(), &context(&advising))
            .unwrap()
    };
    assert_eq!(again().check()[0].field, "supersedes");
    let supersedes = Supersedes { version: 1, hash: first.hash().unwrap() };
    let amendment =
        Amendment { reason: AmendReason::NewInformation, words: "CT shows lysis at T9".to_owned() };
    let second = again().amending(supersedes, amendment.clone());
    assert_eq!(second.check(), []);
    assert_ne!(second.hash().unwrap(), first.hash().unwrap());
    let wordless = again().amending(supersedes, Amendment { words: " ".to_owned(), ..amendment });
    assert_eq!(wordless.check()[0].field, "amendment.words");
}

#[test]
fn accepted_facts_name_the_assessment_that_was_current() {
    let advising = advising();
    let moved = CheckContext { facts_changed_to: Some(5), ..context(&advising) };
    let mut draft = complete();
    draft.facts_accepted = Some("a date was corrected".to_owned());
    let document = DecisionDocument::from_draft(&draft, heading(1), basis(), &moved).unwrap();
    assert_eq!(document.facts_accepted.as_ref().unwrap().assessment_ordinal, 5);
    assert_eq!(document.check(), []);
}

#[test]
fn what_is_no_document_is_refused_with_its_reason() {
    let text = String::from_utf8(document().canonical_bytes().unwrap()).unwrap();
    let refuse =
        |text: String| DecisionDocument::from_canonical(text.as_bytes()).unwrap_err().to_string();
    assert!(
        refuse(text.replace("surg_decompress_fix", "surg_magic"))
            .contains("unknown modality `surg_magic`")
    );
    assert!(refuse(text.replace("\"basis\"", "\"bases\"")).contains("unknown field `bases`"));
    assert_eq!(
        refuse(text.replace("\"v\":1", "\"v\":2")),
        "decision documents of format 2 are not known here"
    );
    assert_eq!(refuse(format!("{text} ")), "the bytes of the decision are not in canonical form");
}

proptest! {
    #[test]
    fn every_content_reads_back_from_its_bytes(draft in any_draft()) {
        let document = DecisionDocument { content: draft.content, ..document() };
        let bytes = document.canonical_bytes().unwrap();
        prop_assert_eq!(DecisionDocument::from_canonical(&bytes).unwrap(), document);
    }
}
