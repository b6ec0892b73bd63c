use chrono::Utc;
use clinical::assessment::{Context, Route};

use super::*;

fn now() -> DateTime<Tz> {
    "2026-06-15T08:25:00Z".parse::<DateTime<Utc>>().unwrap().with_timezone(&Tz::Europe__London)
}

fn pairs(list: &[(&str, &str)]) -> Fields {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn recorded(list: &[(&str, &str)]) -> Assessment {
    let context = Context {
        recorded_by: String::new(),
        recorded_at: now().to_utc(),
        assessed_at: now().to_utc(),
        route: Route::Form,
        patient: BTreeMap::new(),
    };
    let answers = Answers::parse(&pairs(list), &now()).unwrap();
    Assessment::next(None, &answers, &context).unwrap().0
}

fn read(list: &[(&str, &str)], sender: Sender) -> Fields {
    fields(&pairs(list), sender, None, &now())
}

#[test]
fn a_field_belongs_to_its_fact_and_to_no_other_of_a_similar_name() {
    assert_eq!(fact_of("case.kps.source"), Some("case.kps"));
    assert_eq!(fact_of("lesion.T10.sins-pain"), Some("lesion.T10.sins-pain"));
    assert_eq!(fact_of("case.prior-radiotherapy.0.dose"), Some("case.prior-radiotherapy"));
    for none in [
        "lesion.T10.level",
        "lesion.T10._left-out",
        "lesion._listed",
        "default.source",
        "base",
        "case",
        "lesion.T10",
    ] {
        assert_eq!(fact_of(none), None, "{none}");
    }
    assert!(belongs("case.odi-1.source", "case.odi-1"));
    assert!(!belongs("case.odi-10", "case.odi-1"));
}

#[test]
fn a_sender_is_a_page_of_ours_or_none() {
    assert_eq!(Sender::parse(""), Some(Sender::Assessment));
    assert_eq!(Sender::parse("lesions"), Some(Sender::Levels));
    for level in ["lesions/T10", "lesions/CO"] {
        assert_eq!(Sender::parse(level).unwrap().page(), level);
    }
    for other in ["lesions/T99", "//evil.example", "decision", "lesions/"] {
        assert_eq!(Sender::parse(other), None, "{other}");
    }
}

#[test]
fn the_source_of_the_form_goes_to_every_answer_without_its_own() {
    let given = read(
        &[
            ("default.source", "report"),
            ("default.observed", "12-Jun-2026"),
            ("case.kps", "80"),
            ("case.kps.source", "examination"),
            ("case.frankel", "D"),
            ("case.frankel.source", ""),
            ("case.ecog", ""),
            ("case.histology.state", "_unknown"),
        ],
        Sender::Assessment,
    );
    let find = |name: &str| {
        given.iter().filter(|(field, value)| field == name && !value.is_empty()).count()
    };
    let source_of = |fact: &str| value(&given, &format!("{fact}.source")).to_owned();
    assert_eq!(source_of("case.kps"), "examination");
    assert_eq!(source_of("case.frankel"), "report");
    assert_eq!(source_of("case.histology"), "report");
    assert_eq!(find("case.ecog.source"), 0);
    assert_eq!(value(&given, "case.kps.observed"), "12-Jun-2026");
}

#[test]
fn a_known_answer_needs_a_source_where_the_form_asks_for_one() {
    let lacks = |list: &[(&str, &str)]| {
        let content = pairs(list);
        lacks_source(&content, &fields(&content, Sender::Assessment, None, &now()))
    };
    assert!(lacks(&[("default.source", ""), ("case.kps", "80")]));
    assert!(!lacks(&[("default.source", ""), ("case.kps", "_not-assessed")]));
    assert!(!lacks(&[("default.source", ""), ("case.kps", "80"), ("case.kps.source", "patient")]));
    assert!(!lacks(&[("default.source", "report"), ("case.kps", "80")]));
    assert!(!lacks(&[("case.kps", "80")]), "the marking form asks for none");
}

#[test]
fn the_marking_form_becomes_the_whole_list_with_one_reason_and_back() {
    let content = [
        ("level", "T10"),
        ("level", "L2"),
        ("removal-reason", "benign on MRI"),
        ("case.index-lesion", "T10"),
    ];
    let given = read(&content, Sender::Levels);
    let answers = Answers::parse(&given, &now()).unwrap();
    let listed: Vec<String> = answers.listed().unwrap().iter().map(ToString::to_string).collect();
    assert!(listed.is_empty() || listed == ["T10", "L2"], "{listed:?}");
    assert_eq!(value(&given, "lesion.T6._left-out"), "benign on MRI");
    assert_eq!(value(&given, "lesion.T10._left-out"), "");
    let back = on_page(&given, Sender::Levels);
    for (name, value) in content {
        assert!(back.contains(&(name.to_owned(), value.to_owned())), "{name}");
    }
    assert!(!back.iter().any(|(name, _)| name.starts_with("lesion.")));
}

#[test]
fn an_error_is_shown_where_the_page_has_a_control() {
    let content = [("default.observed", "soon"), ("case.kps", "80"), ("case.frankel", "D")];
    let content = pairs(&content);
    let errors =
        Answers::parse(&fields(&content, Sender::Assessment, None, &now()), &now()).unwrap_err();
    let shown = input(&content, Sender::Assessment, Some(&errors));
    assert_eq!(shown.problems.len(), 1, "{:?}", shown.problems);
    assert_eq!(shown.problems[0].field, DEFAULT_OBSERVED);
    let content = pairs(&[("case.kps", "85"), ("lesion.T10.sins-pain", "_unknown")]);
    let errors = Answers::parse(&content, &now()).unwrap_err();
    let shown = input(&content, Sender::Assessment, Some(&errors));
    let places: Vec<&str> = shown.problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(places, ["case.kps", "lesion.T10.sins-pain.reason"]);
    assert!(shown.problems[0].message.starts_with("Karnofsky: "), "{}", shown.problems[0].message);
    assert!(shown.problems[1].message.starts_with("T10 Pain: "), "{}", shown.problems[1].message);
}

#[test]
fn an_error_of_a_level_is_shown_at_the_list_of_levels() {
    let content = pairs(&[("level", "T99")]);
    let errors =
        Answers::parse(&fields(&content, Sender::Levels, None, &now()), &now()).unwrap_err();
    let shown = input(&content, Sender::Levels, Some(&errors));
    assert_eq!(shown.problems[0].field, "level");
}

#[test]
fn the_rows_of_a_list_say_nothing_until_they_are_changed_or_confirmed() {
    let rows = [
        ("case.prior-radiotherapy.0.levels", "T10"),
        ("case.prior-radiotherapy.0.dose", "30"),
        ("case.prior-radiotherapy.0.end-date", "Nov-2025"),
    ];
    let base = recorded(&rows);
    let with = |more: &[(&str, &str)]| {
        let content: Fields = pairs(&rows).into_iter().chain(pairs(more)).collect();
        Answers::parse(&fields(&content, Sender::Assessment, Some(&base), &now()), &now()).unwrap()
    };
    let empty_row = ("case.prior-radiotherapy.1.dose", "");
    assert!(with(&[empty_row]).is_empty());
    assert_eq!(with(&[empty_row, ("confirm.case.prior-radiotherapy", "yes")]).iter().count(), 1);
    assert_eq!(with(&[("case.prior-radiotherapy.1.dose", "8")]).iter().count(), 1);
}

#[test]
fn answers_of_an_offered_level_without_its_tick_are_a_mistake() {
    let offered = ("offered", "T9");
    let pain = ("lesion.T9.sins-pain", "none");
    let levels = |list: &[(&str, &str)]| unticked(&pairs(list)).len();
    assert_eq!(levels(&[offered, pain]), 1);
    assert_eq!(levels(&[offered, pain, ("lesion.T9.level", "T9")]), 0);
    assert_eq!(levels(&[offered]), 0);
    assert_eq!(levels(&[pain]), 0);
}
