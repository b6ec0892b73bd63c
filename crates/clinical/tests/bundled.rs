//! The bundled files: they parse, they hold, and they say what the specification says.

use rules::value::{Fact, FactValue, Facts, LesionFacts};
use rules::{Value, verify_protocol};
use spineboard_clinical as clinical;

fn code(code: &str) -> Fact {
    Fact::Known(FactValue::Code(code.to_owned()))
}

#[test]
fn every_bundled_rule_set_is_proven_over_its_whole_input_space() {
    let bundle = clinical::rulesets::bundled().unwrap();
    for protocol in bundle.protocols().iter().chain(bundle.marks()) {
        let dictionary = clinical::dictionary::dictionary();
        for report in verify_protocol(protocol, bundle.rule_sets(), dictionary) {
            assert!(report.holds(), "{report}");
            assert!(report.checks().all(|(_, holds)| holds), "{report}");
            assert!(report.examples > 0 && report.inputs > 1, "{report}");
        }
    }
}

#[test]
fn a_file_stands_where_its_id_and_version_say() {
    let bundle = clinical::rulesets::bundled().unwrap();
    for (file, rule_set) in clinical::rulesets::RULE_SET_FILES.iter().zip(bundle.rule_sets()) {
        assert_eq!(file.name, format!("{}/{}.toml", rule_set.id, rule_set.version));
    }
    let files = clinical::rulesets::PROTOCOL_FILES.iter().chain(clinical::rulesets::MARK_FILES);
    for (file, protocol) in files.zip(bundle.protocols().iter().chain(bundle.marks())) {
        assert_eq!(file.name, format!("{}/{}.toml", protocol.id, protocol.version));
    }
}

#[test]
fn every_rule_set_is_proven_in_some_protocol() {
    let bundle = clinical::rulesets::bundled().unwrap();
    for rule_set in bundle.rule_sets() {
        let mut protocols = bundle.protocols().iter().chain(bundle.marks());
        let named = protocols.any(|protocol| {
            let mut named = protocol.rule_sets.iter();
            named.any(|one| one.id == rule_set.id && one.version == rule_set.version)
        });
        assert!(named, "{} v{}", rule_set.id, rule_set.version);
    }
}

#[test]
fn every_file_of_the_folder_is_bundled() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rulesets");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        for file in std::fs::read_dir(entry.path()).unwrap() {
            let (folder, file) = (entry.file_name(), file.unwrap().file_name());
            names.push(format!("{}/{}", folder.to_str().unwrap(), file.to_str().unwrap()));
        }
    }
    names.sort();
    let files = clinical::rulesets::RULE_SET_FILES.iter();
    let files = files.chain(clinical::rulesets::PROTOCOL_FILES);
    let files = files.chain(clinical::rulesets::MARK_FILES);
    let mut bundled: Vec<String> = files.map(|file| file.name.to_owned()).collect();
    bundled.sort();
    assert_eq!(names, bundled);
}

#[test]
fn every_rule_set_and_the_protocol_read_back_from_their_canonical_form() {
    let bundle = clinical::rulesets::bundled().unwrap();
    for rule_set in bundle.rule_sets() {
        let bytes = rules::canonical::to_bytes(&**rule_set).unwrap();
        assert_eq!(rules::RuleSet::from_canonical(&bytes).unwrap(), **rule_set);
    }
    let compiled = clinical::protocol::default_protocol().unwrap();
    let bytes = rules::canonical::to_bytes(compiled.protocol()).unwrap();
    let pinned = rules::PinnedProtocol::from_canonical(&bytes).unwrap();
    assert_eq!(pinned.hash().unwrap(), compiled.hash());
    let rule_sets = compiled.rule_sets().to_vec();
    let dictionary = clinical::dictionary::dictionary();
    let again =
        rules::Compiled::from_pinned(pinned.clone(), rule_sets.clone(), dictionary).unwrap();
    assert_eq!(again.hash(), compiled.hash());
    // Another rule set than the pinned one is refused.
    let mut swapped = rule_sets;
    swapped.swap(0, 1);
    assert!(rules::Compiled::from_pinned(pinned, swapped, dictionary).is_err());
}

#[test]
fn what_if_knows_that_a_count_may_be_a_minimum() {
    let compiled = clinical::protocol::default_protocol().unwrap();
    let number = |number| Fact::Known(FactValue::Integer(number));
    let facts = |minimum: bool| {
        let case = [
            ("histology", code("renal-cell")),
            ("visceral-metastases", code("present")),
            ("visceral-removable", code("all-removable")),
            ("extraspinal-bone-foci-count", number(2)),
            ("extraspinal-count-is-minimum", Fact::Known(FactValue::Bool(minimum))),
            ("vertebral-metastases-count", number(2)),
            ("kps", number(80)),
            ("frankel", code("D")),
        ];
        let case = case.into_iter().map(|(code, fact)| (code.to_owned(), fact)).collect();
        Facts { case, ..Facts::default() }
    };
    let change = |minimum: bool| {
        let evaluation = rules::evaluate(&compiled, &facts(minimum)).unwrap();
        let total = evaluation.result("tokuhashi-2005", None).unwrap().total().unwrap().possible;
        let rows = evaluation.what_if("tokuhashi-2005", None);
        let fact = "extraspinal-count-is-minimum";
        let row = rows.iter().find(|row| row.changes[0].fact == fact).unwrap();
        (total, row.changes[0].to == [Value::Bool(!minimum)], row.total.clone().unwrap().possible)
    };
    assert_eq!(change(false), (vec![9], true, vec![8, 9]));
    assert_eq!(change(true), (vec![8, 9], true, vec![9]));
}

#[test]
fn a_stated_value_beats_the_derived_one_and_the_explanation_says_so() {
    let compiled = clinical::protocol::default_protocol().unwrap();
    let mut facts = Facts::default();
    facts.case.insert("histology".to_owned(), code("breast"));
    facts.case.insert("growth-group-tomita".to_owned(), code("rapid"));
    let evaluation = rules::evaluate(&compiled, &facts).unwrap();
    let growth = evaluation.result("growth-group-tomita", None).unwrap();
    let json = serde_json::to_value(growth).unwrap();
    assert_eq!(json["grade"], "rapid");
    assert_eq!(json["explanation"][0]["origin"], "stated");
    let tomita = evaluation.result("tomita-2001", None).unwrap();
    assert_eq!(tomita.total().unwrap().min, 5);
    // Nothing is concluded backwards: the histology still gives its Tokuhashi group.
    let group = serde_json::to_value(evaluation.result("primary-group-tokuhashi-2005", None));
    assert_eq!(group.unwrap()["grade"], "group-5");
}

#[test]
fn a_fact_that_the_paper_does_not_list_says_so() {
    let compiled = clinical::protocol::default_protocol().unwrap();
    let mut facts = Facts::default();
    facts.case.insert("histology".to_owned(), code("melanoma"));
    let evaluation = rules::evaluate(&compiled, &facts).unwrap();
    let tomita = serde_json::to_value(evaluation.result("tomita-2001", None)).unwrap();
    assert_eq!(tomita["explanation"][0]["reason"], "not-listed");
    // No question would settle it.
    let missing: Vec<&str> =
        tomita["missing"].as_array().unwrap().iter().filter_map(|one| one.as_str()).collect();
    assert!(!missing.contains(&"histology"), "{missing:?}");
}

#[test]
fn what_if_names_the_smallest_changes_in_dictionary_order() {
    let compiled = clinical::protocol::default_protocol().unwrap();
    let case = [
        ("histology", code("renal-cell")),
        ("visceral-metastases", code("none")),
        ("extraspinal-bone-foci-count", Fact::Known(FactValue::Integer(0))),
        ("vertebral-metastases-count", Fact::Known(FactValue::Integer(1))),
        ("kps", Fact::Known(FactValue::Integer(70))),
        ("frankel", code("D")),
    ];
    let facts = Facts {
        case: case.into_iter().map(|(code, fact)| (code.to_owned(), fact)).collect(),
        ..Facts::default()
    };
    let evaluation = rules::evaluate(&compiled, &facts).unwrap();
    let total = evaluation.result("tokuhashi-2005", None).unwrap().total().unwrap();
    assert_eq!(total.exact(), Some(11));
    let rows = evaluation.what_if("tokuhashi-2005", None);
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let change = &row.changes[0];
            let to: Vec<String> = change.to.iter().map(ToString::to_string).collect();
            let total = row.total.as_ref().map(|total| total.possible.clone());
            let from = change.from.map_or_else(String::new, |from| from.to_string());
            format!("{}: {from} -> {} gives {total:?}", change.fact, shorten(&to))
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    histology: renal-cell -> breast, prostate … gives Some([13])
    histology: renal-cell -> lung-nsclc, lung-sclc … gives Some([8])
    histology: renal-cell -> rectum gives Some([12])
    histology: renal-cell -> colorectal gives Some([10, 12])
    histology: renal-cell -> bone-sarcoma gives Some([8, 10])
    kps: 70 -> 80 gives Some([12])
    frankel: D -> E gives Some([12])
    ");
    assert!(rows.iter().all(|row| row.changes.len() == 1));
}

fn shorten(to: &[String]) -> String {
    if to.len() > 3 { format!("{}, {} …", to[0], to[1]) } else { to.join(", ") }
}

#[test]
fn what_if_never_supposes_another_level() {
    let compiled = clinical::protocol::default_protocol().unwrap();
    // Six points at T5. In the mobile spine it would be seven, and another band.
    let facts = [
        ("sins-pain", "mechanical"),
        ("sins-bone-lesion", "lytic"),
        ("sins-alignment", "normal"),
        ("sins-collapse", "none"),
        ("sins-posterolateral", "none"),
    ];
    let facts = facts.map(|(fact, value)| (fact.to_owned(), code(value))).into();
    let lesions = vec![LesionFacts { level: "T5".to_owned(), facts }];
    let evaluation = rules::evaluate(&compiled, &Facts { lesions, ..Facts::default() }).unwrap();
    for rule_set in ["sins-2010", "sins-location", "vertebral-metastases-count"] {
        let rows = evaluation.what_if(rule_set, None);
        let mut changes = rows.iter().flat_map(|row| &row.changes);
        assert!(changes.all(|change| change.fact != "level"), "{rule_set}: {rows:?}");
    }
    assert!(!evaluation.what_if("sins-2010", Some("T5")).is_empty());
}

#[test]
fn what_if_tries_pairs_only_when_no_single_change_moves_the_band() {
    let compiled = clinical::protocol::default_protocol().unwrap();
    let lesion = |pain: &str| LesionFacts {
        level: "S3".to_owned(),
        facts: [
            ("sins-pain", pain),
            ("sins-bone-lesion", "blastic"),
            ("sins-alignment", "normal"),
            ("sins-collapse", "none"),
            ("sins-posterolateral", "none"),
        ]
        .into_iter()
        .map(|(fact, value)| (fact.to_owned(), code(value)))
        .collect(),
    };
    let evaluate = |pain| {
        let facts = Facts { lesions: vec![lesion(pain)], ..Facts::default() };
        rules::evaluate(&compiled, &facts).unwrap()
    };
    let evaluation = evaluate("none");
    let pairs = evaluation.what_if("sins-2010", Some("S3"));
    assert!(!pairs.is_empty() && pairs.iter().all(|row| row.changes.len() == 2));
    let first = &pairs[0];
    assert_eq!(first.changes[0].level, Some("S3"));
    assert!(first.total.as_ref().is_some_and(|total| total.min >= 7));
    let evaluation = evaluate("mechanical");
    let singles = evaluation.what_if("sins-2010", Some("S3"));
    assert!(!singles.is_empty() && singles.iter().all(|row| row.changes.len() == 1));
    assert_eq!(singles[0].changes[0].fact, "sins-alignment");
    assert_eq!(singles[0].changes[0].to, [Value::Code("subluxation")]);
}

#[test]
fn the_level_that_a_rule_set_of_lesion_scope_is_about_is_in_its_result() {
    let compiled = clinical::protocol::default_protocol().unwrap();
    let lesion = |level: &str| LesionFacts { level: level.to_owned(), ..LesionFacts::default() };
    let facts = Facts { lesions: vec![lesion("T5"), lesion("L1")], ..Facts::default() };
    let evaluation = rules::evaluate(&compiled, &facts).unwrap();
    let levels: Vec<Option<&str>> = evaluation
        .results()
        .filter(|result| result.rule_set().id == "sins-2010")
        .map(|result| result.level())
        .collect();
    assert_eq!(levels, [Some("T5"), Some("L1")]);
    let unknown = Facts { lesions: vec![lesion("C0")], ..Facts::default() };
    let error = rules::evaluate(&compiled, &unknown).unwrap_err();
    assert_eq!(error.to_string(), "there is no level `C0`");
}
