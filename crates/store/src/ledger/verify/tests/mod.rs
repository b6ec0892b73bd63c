//! What a verification promises: that what is whole verifies, that damage is named by its line, and
//! that nobody without the key can rewrite what the log holds.

mod damage;
mod forgery;
pub(in crate::ledger) mod sample;

use std::sync::LazyLock;

use self::sample::{CASE, Rules, SITE, Sample, id, key, write};
use super::*;
use crate::ledger::LedgerKey;

fn check(bytes: &[u8], trust: &Trust) -> Report {
    verify(bytes, trust, &Rules).unwrap()
}

/// The key of the site, brought from elsewhere.
fn by_key() -> Trust {
    Trust { key: Some(key().verifier("NF").unwrap()), ..Trust::default() }
}

fn by_checkpoint(note: String) -> Trust {
    Trust { checkpoint: Some(note), ..Trust::default() }
}

fn bundles() -> [(&'static str, Vec<u8>); 2] {
    static BUNDLES: LazyLock<[(&str, Vec<u8>); 2]> = LazyLock::new(|| {
        let sample = Sample::new();
        let signed = |records: &[Record]| write(records, Some(&key()));
        [("site", signed(&sample.site())), ("case", signed(&sample.case()))]
    });
    BUNDLES.clone()
}

#[test]
fn a_whole_bundle_verifies_in_itself_and_under_the_key() {
    for (name, bytes) in bundles() {
        let alone = check(&bytes, &Trust::default());
        assert!(alone.is_ok(), "{name}: {}", alone.verdict);
        assert!(alone.verdict.starts_with("consistent in itself"), "{}", alone.verdict);
        assert_eq!((alone.trust, alone.signed), (TrustLevel::Itself, true));
        let trusted = check(&bytes, &by_key());
        assert!(trusted.is_ok(), "{name}: {}", trusted.verdict);
        assert_eq!(trusted.verdict, "verifies under the key you trust");
    }
}

#[test]
fn a_report_says_what_was_checked_and_what_the_decisions_rest_on() {
    let sample = Sample::new();
    let report = check(&write(&sample.site(), Some(&key())), &by_key());
    assert_eq!((report.entries, report.waiting, report.checkpoints), (7, 0, 3));
    assert_eq!(report.checkpoint.as_ref().map(|last| (last.number, last.size)), Some((3, 7)));
    let checked = |check| report.checks.iter().find(|one| one.check == check).unwrap().checked;
    assert_eq!(checked(Check::Evaluations), 2);
    assert_eq!(checked(Check::Payloads), 3);
    assert_eq!(checked(Check::Trust), 1);
    let [decision] = report.decisions.as_slice() else { panic!("one decision") };
    assert_eq!(decision.signature, SignatureState::Valid);
    assert_eq!(decision.entry, Some(4));
    assert!(decision.recomputed);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["ok"], true);
    assert_eq!(json["decisions"][0]["signature"], "valid");
    assert_eq!(json["checks"][4]["check"], "evaluations");
    assert_eq!(json["scope"]["kind"], "site");
    assert_eq!(json["first_bad"], serde_json::Value::Null);
}

#[test]
fn the_key_of_the_installation_fits_the_logs_of_its_sites() {
    let trust = Trust { key: Some(key().public().unwrap()), ..Trust::default() };
    for (name, bytes) in bundles() {
        let report = check(&bytes, &trust);
        assert!(report.is_ok(), "{name}: {}", report.verdict);
    }
}

#[test]
fn an_earlier_checkpoint_that_was_kept_is_found_again() {
    let sample = Sample::new();
    let site = write(&sample.site(), None);
    for size in 1..=7 {
        let report = check(&site, &by_checkpoint(sample.note(size)));
        assert!(report.is_ok(), "{size}: {}", report.verdict);
        assert_eq!(report.verdict, "verifies under the checkpoint you trust");
    }
    let case = write(&sample.case(), None);
    assert!(check(&case, &by_checkpoint(sample.note(5))).is_ok());
    let report = check(&case, &by_checkpoint(sample.note(6)));
    let problem = report.first_bad.unwrap();
    assert_eq!(problem.check, Check::Trust);
    assert_eq!(problem.problem, "nothing here leads to your checkpoint of 6 entries");
}

#[test]
fn another_key_or_another_logs_checkpoint_is_not_trusted() {
    let sample = Sample::new();
    let bytes = write(&sample.site(), Some(&key()));
    let stranger = LedgerKey::new("demo", &[8; 32]).unwrap();
    let trust = Trust { key: Some(stranger.verifier("NF").unwrap()), ..Trust::default() };
    assert_eq!(check(&bytes, &trust).first_bad.unwrap().check, Check::Trust);
    let head = crate::ledger::tree::TreeHead { size: 2, root: Hash::of(b"another") };
    let notes = [
        key().sign_checkpoint("NF", head).unwrap(),
        key().sign_checkpoint("EM", head).unwrap(),
        stranger.sign_checkpoint("NF", head).unwrap(),
    ];
    for note in notes {
        let report = check(&bytes, &by_checkpoint(note.to_string()));
        assert_eq!(report.first_bad.unwrap().check, Check::Trust);
    }
    assert!(!check(&bytes, &by_checkpoint("not a note".to_owned())).is_ok());
}

#[test]
fn an_unsigned_bundle_is_not_enough_for_a_key_unless_it_comes_from_the_database() {
    let bytes = write(&Sample::new().site(), None);
    let report = check(&bytes, &by_key());
    assert_eq!(report.first_bad.unwrap().check, Check::Signature);
    let live = check(&bytes, &Trust { live: true, ..by_key() });
    assert!(live.is_ok(), "{}", live.verdict);
    assert!(!live.signed);
}

#[test]
fn events_that_wait_for_their_seal_are_counted_in_the_database_and_refused_in_a_file() {
    let sample = Sample::new();
    // The last checkpoint and the entries under it are not there yet.
    let mut records = sample.site();
    records.retain(|record| match record {
        Record::Leaf(leaf) => leaf.index < 2,
        Record::Checkpoint(checkpoint) => checkpoint.number == 1,
        _ => true,
    });
    let bytes = write(&records, Some(&key()));
    let live = check(&bytes, &Trust { live: true, ..Trust::default() });
    assert!(live.is_ok(), "{}", live.verdict);
    assert_eq!((live.entries, live.waiting), (2, 5));
    assert_eq!(live.decisions[0].signature, SignatureState::Waiting);
    let file = check(&bytes, &Trust::default());
    let problem = file.first_bad.unwrap();
    assert_eq!(problem.kind, Some(Kind::DecisionVersion));
    assert_eq!(problem.check, Check::Decisions);
}

#[test]
fn an_empty_log_verifies() {
    let records = &Sample::new().site()[..1];
    let report = check(&write(records, Some(&key())), &by_key());
    assert!(report.is_ok(), "{}", report.verdict);
    assert_eq!((report.entries, report.checkpoint), (0, None));
}

#[test]
fn the_scopes_are_those_of_the_sample() {
    let [(_, site), (_, case)] = bundles();
    let scope = |bytes: &[u8]| check(bytes, &Trust::default()).scope.unwrap();
    assert_eq!((scope(&site).kind, scope(&site).id), (ScopeKind::Site, id(SITE)));
    assert_eq!((scope(&case).kind, scope(&case).id), (ScopeKind::Case, id(CASE)));
}
