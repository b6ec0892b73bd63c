//! Reading files: what is not understood is refused, with its place, and nothing panics.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use common::{head, score_text};
use proptest::prelude::*;
use spineboard_rules as rules;

fn error(text: &str) -> String {
    rules::parse("toy/1.toml", text).unwrap_err().to_string()
}

#[test]
fn a_whole_file_is_read() {
    let rule_set = rules::parse("toy/1.toml", &score_text()).unwrap();
    assert_eq!(
        (rule_set.id.as_str(), rule_set.version, rule_set.kind()),
        ("toy-score", 1, "score")
    );
    let score = rule_set.score().unwrap();
    assert_eq!(score.components[1].options[2].points, [3, 4]);
    assert_eq!(score.components[1].options[2].when.key(), "4+");
    assert!(!score.bands[2].provenance.verified);
}

#[test]
fn an_unknown_key_is_shown_with_file_and_line() {
    let text = score_text().replace("title = \"Colour\"", "titel = \"Colour\"");
    insta::assert_snapshot!(error(&text), @r#"
    error: unknown field `titel`, expected one of `fact`, `title`, `options`
      --> toy/1.toml:23:1
       |
    23 | titel = "Colour"
       | ^^^^^
    "#);
}

#[test]
fn a_value_of_the_wrong_type_is_shown_with_file_and_line() {
    let text =
        score_text().replace("points = 0, label = \"Red\"", "points = \"no\", label = \"Red\"");
    insta::assert_snapshot!(error(&text), @r#"
    error: expected a whole number, or a list of whole numbers
      --> toy/1.toml:25:29
       |
    25 |   { value = "red", points = "no", label = "Red", sources = ["A"] },
       |                             ^^^^
    "#);
}

#[test]
fn every_error_of_the_content_is_shown_not_only_the_first() {
    let text = score_text()
        .replace("label = \"Red\", sources = [\"A\"]", "label = \"Red\", sources = [\"B\"]")
        .replace("from = 1, to = 3", "from = 3, to = 1")
        .replace("id = \"middle\"", "id = \"low\"");
    insta::assert_snapshot!(error(&text), @r#"
    error: the source `B` is not listed
      --> toy/1.toml:25:58
       |
    25 |   { value = "red", points = 0, label = "Red", sources = ["B"] },
       |                                                          ^^^ no such key under [sources]

    error: no number is between 3 and 1
      --> toy/1.toml:34:3
       |
    34 |   { from = 3, to = 1, points = 1, label = "Few", sources = ["A"] },
       |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    error: the band `low` stands here twice
      --> toy/1.toml:46:1
       |
    46 | [[band]]
       | ^^^^^^^^
    "#);
}

#[test]
fn a_row_has_to_say_where_it_comes_from() {
    let text = score_text().replace("label = \"Many\", local_rule = true", "label = \"Many\"");
    let error = error(&text);
    assert!(error.contains("the row does not say where it comes from"), "{error}");
    assert!(error.contains("{ from = 4, points = [3, 4], label = \"Many\" }"), "{error}");
}

#[test]
fn parts_of_another_kind_are_refused() {
    let text = head("mapping", "group", "case")
        + "direction = \"higher-is-better\"\n[sources]\nA = \"a\"\n[[row]]\nid = \"all\"\n\
           result = \"p\"\nsources = [\"A\"]\n[count]\nplace = \"level\"\nfact = \"state\"\n\
           counted = [\"bad\"]\nsources = [\"A\"]\n";
    let error = error(&text);
    assert!(error.contains("a mapping has no `direction`"), "{error}");
    assert!(error.contains("a mapping has one function"), "{error}");
}

#[test]
fn lines_are_counted_from_one() {
    let errors = rules::parse("x", "kind = \"score\"\nnonsense").unwrap_err();
    assert_eq!(errors.line(&errors.errors()[0]), 2);
    assert_eq!(errors.name(), "x");
}

#[test]
fn a_protocol_names_each_rule_set_once() {
    let text = "kind = \"protocol\"\nid = \"p\"\nversion = 1\ntitle = \"P\"\nauthor = \"a\"\n\
                purpose = \"b\"\nchange_note = \"c\"\n[[rule_set]]\nid = \"a\"\nversion = 1\n\
                [[rule_set]]\nid = \"a\"\nversion = 2\n";
    let error = rules::parse_protocol("p.toml", text).unwrap_err().to_string();
    assert!(error.contains("the rule set `a` is named twice"), "{error}");
    assert!(error.contains("p.toml:11:1"), "{error}");
}

/// A file with one stretch of it replaced by something else.
fn damaged() -> impl Strategy<Value = String> {
    let text = score_text();
    let length = text.len();
    let junk = prop_oneof![
        "\\PC{0,12}",
        Just("\n".to_owned()),
        Just("[[".to_owned()),
        Just("}".to_owned()),
        Just("= -9223372036854775808".to_owned()),
        Just("\"".to_owned()),
        Just("ß\u{fe0f}".to_owned()),
    ];
    (0..length, 0..40_usize, junk).prop_map(move |(start, cut, junk)| {
        let mut text = text.clone();
        text.replace_range(start..(start + cut).min(length), &junk);
        text
    })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        if let Err(errors) = rules::parse("any", &text) {
            prop_assert!(!errors.to_string().is_empty());
        }
    }

    #[test]
    fn a_damaged_file_is_read_or_refused_with_its_place(text in damaged()) {
        if let Err(errors) = rules::parse("toy/1.toml", &text) {
            prop_assert!(!errors.errors().is_empty());
            prop_assert!(errors.to_string().contains("error"));
            for error in errors.errors() {
                prop_assert!(errors.line(error) <= text.lines().count() + 1);
            }
        }
    }
}
