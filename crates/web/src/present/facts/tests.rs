use std::sync::Arc;

use askama::Template;
use clinical::assessment::{Answers, Context, Route};
use rules::value::{Fact, FactValue};

use super::conflict::{Keeps, Merge};
use super::posted::Fields;
use super::*;
use crate::view::conflict::Settling;
use crate::view::fact::{CaveatKind, Kind};

fn now() -> DateTime<Tz> {
    "2026-06-15T08:25:00Z".parse::<DateTime<Utc>>().unwrap().with_timezone(&Tz::Europe__London)
}

fn pairs(list: &[(&str, &str)]) -> Fields {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn answers(list: &[(&str, &str)]) -> Answers {
    Answers::parse(&pairs(list), &now()).unwrap()
}

fn made(base: Option<&Assessment>, list: &[(&str, &str)]) -> Assessment {
    let context = Context {
        recorded_by: String::new(),
        recorded_at: now().to_utc() - chrono::TimeDelta::hours(100),
        assessed_at: now().to_utc(),
        route: Route::Form,
        patient: BTreeMap::new(),
    };
    Assessment::next(base.map(|base| (base, 1)), &answers(list), &context).unwrap().0
}

const BASE: [(&str, &str); 9] = [
    ("case.histology", "renal-cell"),
    ("case.kps", "80"),
    ("case.noms-systemic", "able"),
    ("case.visceral-metastases", "present"),
    ("lesion.T10.level", "T10"),
    ("lesion.T10.sins-pain", "mechanical"),
    ("lesion.T10.escc-grade", "1c"),
    ("lesion.T6.level", "T6"),
    ("case.index-lesion", "T10"),
];

/// The rows of a form that is based on [`BASE`], with what was typed.
fn with_sheet<T>(typed: &[(&str, &str)], look: impl FnOnce(&Sheet<'_>) -> T) -> T {
    let base = made(None, &BASE);
    let input = FormInput::from_pairs(pairs(typed));
    let given = answers(typed);
    let compiled = clinical::protocol::default_protocol().unwrap();
    let next = if given.is_empty() { base.clone() } else { made(Some(&base), typed) };
    let evaluation = rules::evaluate(&compiled, &next.facts()).unwrap();
    let marks = clinical::marks::evaluate(&next).unwrap();
    let points: Arc<Points> = Points::of(&compiled);
    let names = BTreeMap::new();
    look(&Sheet {
        case_href: "/cases/NF-2026-0148",
        base: Some(&base),
        input: &input,
        answers: given.iter().collect(),
        evaluation: Some(&evaluation),
        marks: Some(&marks),
        points: Some(&points),
        names: &names,
        zone: Tz::Europe__London,
        now: now().to_utc(),
    })
}

fn find<'a>(sections: &'a [FactSection], field: &str) -> &'a FactRow {
    let mut rows = sections.iter().flat_map(|section| section.rows.iter().chain(&section.more));
    rows.find(|row| row.field == field).unwrap()
}

#[test]
fn every_fact_of_the_layout_has_a_row_and_nothing_is_chosen() {
    with_sheet(&[], |sheet| {
        let sections = sheet.case_sections();
        let rows: usize =
            sections.iter().map(|section| section.rows.len() + section.more.len()).sum();
        let asked: usize =
            dictionary().form().case_sections().map(|section| section.facts.len()).sum();
        assert_eq!(rows, asked);
        let lesion = sheet.lesion("T10".parse().unwrap(), true, Extent::Full);
        let asked: usize =
            dictionary().form().lesion_sections().map(|section| section.facts.len()).sum();
        assert_eq!(lesion.facts.rows.len() + lesion.facts.more.len(), asked);
        for row in sections.iter().flat_map(|section| section.rows.iter().chain(&section.more)) {
            let html = row.render().unwrap();
            let html = html.replace("value=\"\" checked", "value=\"\"");
            assert!(!html.contains(" checked"), "{}", row.field);
        }
    });
}

#[test]
fn the_mark_of_a_row_follows_from_what_was_typed() {
    let typed = [("case.kps", "70"), ("case.histology", "renal-cell"), ("case.frankel", "D")];
    with_sheet(&typed, |sheet| {
        let sections = sheet.case_sections();
        let standing = |field: &str| find(&sections, field).standing;
        assert_eq!(standing("case.kps"), Standing::Changed);
        assert_eq!(standing("case.histology"), Standing::Confirmed);
        assert_eq!(standing("case.frankel"), Standing::New);
        assert_eq!(standing("case.visceral-metastases"), Standing::Carried);
        assert_eq!(standing("case.ecog"), Standing::Open);
        assert_eq!(standing("case.palsy-tokuhashi"), Standing::Derived);
        assert!(find(&sections, "case.palsy-tokuhashi").note.starts_with("Gives Incomplete"));
        assert!(find(&sections, "case.histology").gives.contains("Tok 3"));
    });
}

#[test]
fn what_only_marks_the_case_says_what_it_gives() {
    with_sheet(&[("lesion.T10.escc-grade", "2"), ("lesion.T6.escc-grade", "1a")], |sheet| {
        let sections = sheet.case_sections();
        let note = &find(&sections, "case.worst-escc").note;
        assert_eq!(note, "Gives 2, by Worst ESCC v1");
    });
}

#[test]
fn a_question_says_what_of_it_is_a_local_rule_and_what_no_source_confirms() {
    with_sheet(&[], |sheet| {
        let caveats = |code: &str, level: Option<&str>| {
            let level = level.map(|level| level.parse().unwrap());
            sheet.row(dictionary().entry(code).unwrap(), level).caveats
        };
        let escc = caveats("escc-grade", Some("T10"));
        let kinds: Vec<CaveatKind> = escc.iter().map(|caveat| caveat.kind).collect();
        assert_eq!(kinds, [CaveatKind::LocalRule, CaveatKind::Doubt]);
        assert!(escc[0].words.contains("plain CT"), "{escc:?}");
        assert!(escc[1].words.contains("below the sac"), "{escc:?}");
        assert!(caveats("kps", None).is_empty());
    });
}

#[test]
fn fitness_older_than_three_days_has_to_be_answered_again() {
    with_sheet(&[], |sheet| {
        let sections = sheet.case_sections();
        assert_eq!(find(&sections, "case.noms-systemic").standing, Standing::ToAnswer);
        assert_eq!(find(&sections, "case.kps").standing, Standing::Carried);
    });
}

#[test]
fn a_date_typed_in_another_way_is_the_same_answer() {
    let base = made(None, &[("case.deficit-onset-at", "14-Jun-2026")]);
    let typed = [("case.deficit-onset-at", "14/06/2026")];
    let (input, given, names) =
        (FormInput::from_pairs(pairs(&typed)), answers(&typed), BTreeMap::new());
    let sheet = Sheet {
        case_href: "",
        base: Some(&base),
        input: &input,
        answers: given.iter().collect(),
        evaluation: None,
        marks: None,
        points: None,
        names: &names,
        zone: Tz::Europe__London,
        now: now().to_utc(),
    };
    let row = sheet.row(dictionary().entry("deficit-onset-at").unwrap(), None);
    assert_eq!(row.standing, Standing::Confirmed);
    let Kind::Typed { value, was, .. } = &row.kind else { panic!("an instant is typed") };
    assert_eq!((value.as_str(), was.as_str()), ("14/06/2026", "14-Jun-2026"));
}

#[test]
fn the_index_lesion_is_first_and_open_and_the_others_are_folded() {
    with_sheet(&[], |sheet| {
        let lesions = sheet.lesions(Some("T10"));
        let levels: Vec<&str> = lesions.iter().map(|lesion| lesion.level.as_str()).collect();
        assert_eq!(levels, ["T10", "T6"]);
        assert_eq!(lesions[0].folded, None);
        assert_eq!(lesions[1].folded.as_deref(), Some("no fact recorded yet"));
        assert_eq!(lesions[0].tick, None);
    });
    with_sheet(&[("lesion.T6.sins-pain", "none")], |sheet| {
        assert_eq!(sheet.lesions(Some("T10"))[1].folded, None, "what was typed is not hidden");
    });
}

#[test]
fn totals_are_sets_and_say_what_is_open() {
    with_sheet(&[("lesion.T10.sins-collapse", "under-50")], |sheet| {
        let assessment =
            made(Some(sheet.base.unwrap()), &[("lesion.T10.sins-collapse", "under-50")]);
        let (sections, lesions) = (sheet.case_sections(), sheet.lesions(Some("T10")));
        let panel = sheet.totals(Some(&assessment), &sections, &lesions);
        let sins = panel.scores.iter().find(|one| one.title == "SINS at T10").unwrap();
        // T10 1, mechanical pain 3, collapse 2; bone 0 to 2, alignment 0, 2 or 4, posterolateral 0, 1 or 3.
        assert_eq!(sins.value, "6 to 15");
        assert!(sins.crosses);
        let escc = panel.scores.iter().find(|one| one.title == "ESCC at T10").unwrap();
        assert_eq!(escc.value, "1c");
        assert!(panel.answered < panel.asked);
        assert!(totals::save_note(&panel).contains("nothing is guessed"));
    });
}

fn merge_of(theirs: &[(&str, &str)], yours: &[(&str, &str)], look: impl FnOnce(&Merge<'_>)) {
    let base = made(None, &BASE);
    let theirs = made(Some(&base), theirs);
    let (fields, given, names) = (pairs(yours), answers(yours), BTreeMap::new());
    look(&Merge {
        base: Some(&base),
        theirs: &theirs,
        answers: &given,
        fields: &fields,
        names: &names,
        zone: Tz::Europe__London,
    });
}

fn keeps(list: &[(&str, &str)]) -> Keeps {
    pairs(list).into_iter().collect()
}

/// What is recorded when the settled fields are saved on top of theirs.
fn saved(merge: &Merge<'_>, kept: &[(&str, &str)]) -> Assessment {
    let fields = merge.settled(&keeps(kept)).unwrap();
    let list: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    made(Some(merge.theirs), &list)
}

fn value(assessment: &Assessment, field: &str) -> Option<FactValue> {
    let key = posted::key_of(field).unwrap();
    assessment.fact(&key.code, key.level).and_then(|recorded| match &recorded.fact {
        Fact::Known(value) => Some(value.clone()),
        _ => None,
    })
}

#[test]
fn what_one_side_changed_is_merged_and_what_both_changed_is_asked() {
    let theirs = [("case.kps", "70"), ("case.frankel", "D")];
    let yours = [("case.kps", "60"), ("case.ecog", "2")];
    merge_of(&theirs, &yours, |merge| {
        let rows = merge.page_rows(&Keeps::new(), false);
        let settling = |field: &str| &rows.iter().find(|row| row.field == field).unwrap().settling;
        assert!(
            matches!(settling("case.kps"), Settling::Choose { chosen, error: None } if chosen.is_empty())
        );
        assert!(
            matches!(settling("case.frankel"), Settling::Merged { side, .. } if side == "theirs")
        );
        assert!(matches!(settling("case.ecog"), Settling::Merged { side, .. } if side == "yours"));
        assert_eq!(merge.settled(&Keeps::new()).unwrap_err(), ["case.kps"]);
        for (side, kps) in [("theirs", 70), ("yours", 60), ("base", 80)] {
            let next = saved(merge, &[("case.kps", side)]);
            assert_eq!(value(&next, "case.kps"), Some(FactValue::Integer(kps)), "{side}");
            assert_eq!(value(&next, "case.frankel"), Some(FactValue::Code("D".to_owned())));
            assert_eq!(value(&next, "case.ecog"), Some(FactValue::Integer(2)));
        }
    });
}

#[test]
fn a_confirmation_of_what_they_changed_is_asked_too() {
    merge_of(&[("case.kps", "70")], &[("case.kps", "80")], |merge| {
        assert_eq!(merge.settled(&Keeps::new()).unwrap_err(), ["case.kps"]);
    });
}

#[test]
fn a_level_that_they_added_stays_though_your_list_does_not_have_it() {
    let yours = [
        ("lesion._listed", "1"),
        ("lesion.T10.level", "T10"),
        ("lesion.T6.level", "T6"),
        ("lesion.L2.level", "L2"),
    ];
    merge_of(&[("lesion.T4.level", "T4")], &yours, |merge| {
        let levels: Vec<String> =
            saved(merge, &[]).levels().iter().map(ToString::to_string).collect();
        assert_eq!(levels, ["T4", "T6", "T10", "L2"]);
    });
}

#[test]
fn a_level_that_you_leave_out_and_they_worked_on_is_asked() {
    let yours = [
        ("lesion._listed", "1"),
        ("lesion.T10.level", "T10"),
        ("lesion.T6._left-out", "benign on MRI"),
    ];
    merge_of(&[("lesion.T6.sins-pain", "none")], &yours, |merge| {
        assert_eq!(merge.settled(&Keeps::new()).unwrap_err(), ["lesion.T6.level"]);
        let theirs = merge.settled(&keeps(&[("lesion.T6.level", "theirs")])).unwrap();
        assert!(theirs.contains(&("lesion.T6.level".to_owned(), "T6".to_owned())));
        assert!(!theirs.iter().any(|(name, _)| name == "lesion.T6._left-out"));
        assert_eq!(saved(merge, &[("lesion.T6.level", "yours")]).levels().len(), 1);
    });
    merge_of(&[("case.frankel", "D")], &yours, |merge| {
        assert_eq!(saved(merge, &[]).levels().len(), 1, "nobody else touched it");
    });
}

#[test]
fn a_level_that_they_left_out_comes_back_only_if_you_say_so() {
    let theirs = [("case.index-lesion", "_not-assessed"), ("lesion.T10._left-out", "wrong level")];
    merge_of(&theirs, &[("lesion.T10.escc-grade", "2")], |merge| {
        assert_eq!(merge.settled(&Keeps::new()).unwrap_err(), ["lesion.T10.level"]);
        let yours = saved(merge, &[("lesion.T10.level", "yours")]);
        assert_eq!(value(&yours, "lesion.T10.escc-grade"), Some(FactValue::Code("2".to_owned())));
        assert_eq!(
            value(&yours, "lesion.T10.sins-pain"),
            Some(FactValue::Code("mechanical".to_owned()))
        );
        assert!(merge.settled(&keeps(&[("lesion.T10.level", "theirs")])).unwrap().is_empty());
    });
}

#[test]
fn words_that_both_changed_beside_the_same_answer_are_asked() {
    let base = [
        ("case.patient-preference", "undecided"),
        ("case.patient-preference.text", "waits for the family"),
    ];
    let base = made(None, &base);
    let theirs = [
        ("case.patient-preference", "undecided"),
        ("case.patient-preference.text", "asks for a week"),
    ];
    let theirs = made(Some(&base), &theirs);
    let yours = [
        ("case.patient-preference", "undecided"),
        ("case.patient-preference.text", "fears the ward"),
    ];
    let (fields, given, names) = (pairs(&yours), answers(&yours), BTreeMap::new());
    let merge = Merge {
        base: Some(&base),
        theirs: &theirs,
        answers: &given,
        fields: &fields,
        names: &names,
        zone: Tz::Europe__London,
    };
    assert_eq!(merge.settled(&Keeps::new()).unwrap_err(), ["case.patient-preference"]);
}
