//! Proofs: what holds is said to hold, and every way of not holding is found.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::sync::Arc;

use common::{head, score_text, toy};
use rules::verify::{Check, Report};
use spineboard_rules as rules;

fn report(text: &str) -> Report {
    let rule_set = Arc::new(rules::parse("toy/1.toml", text).unwrap());
    rules::verify(&rule_set, &[], &toy())
}

fn edges_shown() -> String {
    // The edge 4 and the highest total of 6 need an option of one point value each.
    score_text().replace("points = [3, 4], label", "points = 4, label").replace(
        "totals = [3, 4], bands = [\"middle\", \"high\"]",
        "totals = [4], bands = [\"high\"]",
    ) + "[[example]]\nid = \"e6\"\ntitle = \"highest\"\ncase = { colour = \"blue\", number = 4 }\n\
           expect = { totals = [6], bands = [\"high\"] }\n"
}

fn only(report: &Report, check: Check) -> &str {
    assert!(report.problems.iter().all(|problem| problem.check == check), "{report}");
    assert!(report.checks().any(|(one, holds)| one == check && !holds), "{report}");
    &report.problems[0].message
}

#[test]
fn a_whole_score_holds() {
    let report = report(&edges_shown());
    assert!(report.holds(), "{report}");
    assert_eq!((report.inputs, report.examples), (30, 6));
    assert!(report.to_string().starts_with("toy-score version 1: holds"), "{report}");
}

#[test]
fn an_edge_without_an_example_is_found() {
    let report = report(&score_text());
    assert_eq!(only(&report, Check::Edges), "no example with a total of 4");
}

#[test]
fn a_value_without_an_option_is_found() {
    let text = edges_shown().replace("from = 1, to = 3", "from = 1, to = 2");
    assert_eq!(only(&report(&text), Check::Complete), "no option for 3");
}

#[test]
fn a_value_with_two_options_is_found() {
    let text = edges_shown().replace("from = 1, to = 3", "from = 1, to = 4");
    assert_eq!(only(&report(&text), Check::Consistent), "4 stands in two options");
}

#[test]
fn a_gap_between_bands_is_found() {
    let text = edges_shown().replace("from = 2\nto = 3", "from = 3\nto = 3");
    let report = report(&text);
    let messages: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    assert!(messages.contains(&"toy-score: no band for the total 2".to_owned()), "{report}");
    assert!(report.checks().any(|(check, holds)| check == Check::Bands && !holds));
}

#[test]
fn overlapping_bands_are_found() {
    let text = edges_shown().replace("from = 2\nto = 3", "from = 1\nto = 3");
    let report = report(&text);
    let messages: Vec<&str> =
        report.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert!(messages.contains(&"the total 1 is in low and middle"), "{report}");
}

#[test]
fn bands_wider_than_the_totals_are_found() {
    let text = edges_shown().replace("from = 4\nto = 6", "from = 4\nto = 7");
    assert_eq!(only(&report(&text), Check::Bands), "ends at 7, the highest total is 6");
}

#[test]
fn an_example_that_comes_out_otherwise_is_found() {
    let text = edges_shown().replace("number = 3 }", "number = 0 }");
    let report = report(&text);
    assert_eq!(only(&report, Check::Examples), "gives the totals [0], written as [1]");
}

#[test]
fn an_unused_source_is_found() {
    let text = edges_shown().replace("A = \"a paper\"", "A = \"a paper\"\nB = \"another\"");
    assert_eq!(only(&report(&text), Check::Sources), "no row cites this source");
}

#[test]
fn a_fact_that_is_not_there_is_named_with_the_nearest() {
    let text = edges_shown().replace("fact = \"colour\"", "fact = \"color\"");
    let message = only(&report(&text), Check::Dictionary).to_owned();
    assert_eq!(message, "there is no fact `color`; the nearest are `colour`");
    let text = edges_shown().replace("fact = \"colour\"", "fact = \"words\"");
    assert_eq!(only(&report(&text), Check::Dictionary), "rules cannot read a fact of this type");
}

#[test]
fn a_code_that_the_fact_does_not_have_is_found() {
    let text = edges_shown().replace("value = \"red\"", "value = \"pink\"");
    let report = report(&text);
    assert_eq!(report.problems[0].message, "`colour` has no value `pink`");
}

fn mapping(rows: &str) -> String {
    head("mapping", "group", "case")
        + "[sources]\nA = \"a\"\n"
        + "[[output]]\ncode = \"p\"\nlabel = \"P\"\n[[output]]\ncode = \"q\"\nlabel = \"Q\"\n"
        + "[[output]]\ncode = \"r\"\nlabel = \"R\"\n"
        + rows
        + "[[example]]\nid = \"e\"\ntitle = \"e\"\ncase = { colour = \"red\", shape = \"round\" }\n\
           expect = { values = [\"p\"] }\n"
}

fn row(id: &str, when: &str, result: &str) -> String {
    format!("[[row]]\nid = \"{id}\"\nwhen = {when}\nresult = \"{result}\"\nsources = [\"A\"]\n")
}

#[test]
fn rows_that_leave_nothing_out_and_all_decide_hold() {
    let rows = row("a", "{ colour = \"red\" }", "p")
        + &row("b", "{ shape = \"round\" }", "q")
        + &row("c", "{}", "r");
    let report = report(&mapping(&rows));
    assert!(report.holds(), "{report}");
}

#[test]
fn a_case_without_a_row_is_found_and_named() {
    let rows = row("a", "{ colour = \"red\" }", "p")
        + &row("b", "{ shape = \"round\" }", "q")
        + &row("c", "{ colour = \"blue\" }", "r");
    let report = report(&mapping(&rows));
    assert_eq!(only(&report, Check::Complete), "no row for `colour` = `green`, `shape` = `square`");
}

#[test]
fn a_row_that_can_never_decide_is_found() {
    let rows = row("a", "{ colour = \"red\" }", "p")
        + &row("b", "{ colour = [\"green\", \"blue\"] }", "q")
        + &row("c", "{ shape = \"round\" }", "r");
    let report = report(&mapping(&rows));
    let message = only(&report, Check::Reachable);
    assert!(message.starts_with("the row can never decide"), "{message}");
}

#[test]
fn a_value_that_no_row_gives_is_found() {
    let rows = row("a", "{ colour = \"red\" }", "p") + &row("c", "{}", "q");
    let report = report(&mapping(&rows));
    assert_eq!(only(&report, Check::Reachable), "no row gives this value");
    assert_eq!(report.problems[0].place, "r");
}

#[test]
fn a_derived_fact_needs_a_rule_set_that_derives_it() {
    let text = edges_shown().replace("fact = \"colour\"", "fact = \"kind\"");
    let message = report(&text).problems[0].message.clone();
    assert_eq!(message, "is a derived fact, and no rule set before this one derives it");
}

#[test]
fn a_rule_set_is_proven_with_those_that_feed_it() {
    let kind = head("mapping", "kind", "case")
        + "[sources]\nA = \"a\"\n[[output]]\ncode = \"k\"\nlabel = \"K\"\n[[output]]\ncode = \"l\"\n\
           label = \"L\"\n[[table]]\nfact = \"shape\"\nrows = [\n\
           { value = \"round\", result = \"k\", sources = [\"A\"] },\n\
           { value = \"square\", result = \"l\", sources = [\"A\"] },\n]\n";
    let group = mapping(
        &(row("a", "{ kind = \"k\" }", "p")
            + &row("b", "{ colour = \"red\" }", "q")
            + &row("c", "{}", "r")),
    );
    let kind = Arc::new(rules::parse("kind", &kind).unwrap());
    let group = Arc::new(rules::parse("group", &group).unwrap());
    let report = rules::verify(&group, &[Arc::clone(&kind)], &toy());
    assert!(report.holds(), "{report}");
    let report = rules::verify(&kind, &[], &toy());
    assert_eq!(only(&report, Check::Edges), "there is no worked example");
}
