//! Released rule files stay what they were: a signed decision names its rule sets by their hashes.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::BTreeMap;

use spineboard_clinical as clinical;

/// The hashes of what was released: `id version sha256` a line, protocols after the rule sets.
const RELEASED: &str = include_str!("released.txt");

const ADVICE: &str = "A released file is never edited: signed decisions name it by its hash. Put the file \
                      back as it was and write the correction as the next version beside it \
                      (docs/how-to/add-a-rule-set.md).";

/// `id version` with the hash, of every bundled file.
fn bundled() -> BTreeMap<String, String> {
    let bundle = clinical::rulesets::bundled().unwrap();
    let rule_sets = bundle
        .rule_sets()
        .iter()
        .map(|one| (format!("{} {}", one.id, one.version), one.hash().unwrap().to_string()));
    let protocols = bundle.protocols().iter().chain(bundle.marks()).map(|one| {
        let (pinned, _) = one.pin(bundle.rule_sets()).unwrap();
        (format!("{} {}", one.id, one.version), pinned.hash().unwrap().to_string())
    });
    rule_sets.chain(protocols).collect()
}

fn released() -> BTreeMap<String, String> {
    let lines = RELEASED.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, hash) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), hash.to_owned())
        })
        .collect()
}

#[test]
fn a_released_rule_set_or_protocol_has_the_hash_that_it_was_released_with() {
    let bundled = bundled();
    for (name, hash) in released() {
        match bundled.get(&name) {
            Some(found) if *found == hash => {}
            Some(found) => {
                panic!("{name} was released with the hash {hash} and now has {found}. {ADVICE}")
            }
            None => panic!("{name} was released and is gone. {ADVICE}"),
        }
    }
}

#[test]
fn every_bundled_file_is_on_the_list_of_what_is_released() {
    let released = released();
    for (name, hash) in bundled() {
        assert!(
            released.contains_key(&name),
            "{name} is new. Add this line to crates/clinical/tests/released.txt when it is ready:\n{name} {hash}"
        );
    }
}
