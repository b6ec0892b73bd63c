//! Somebody without the key writes a new bundle, with counts, hashes and chain as they should be:
//! the record that does not hold is named all the same.

use super::sample::{assessment, decision, evaluation, protocol, rule_set};
use super::*;
use crate::ledger::bundle::{Bytes, CheckpointRecord, Event, Payload, Staff};
use crate::ledger::tree::{leaf_hash, node_hash};

/// What is named first when the records are written anew without the key.
fn named(records: &[Record]) -> (Kind, String, String) {
    let report = check(&write(records, None), &by_key());
    assert!(!report.is_ok(), "a forged bundle verifies");
    let problem = report.first_bad.unwrap();
    (problem.kind.unwrap(), problem.id, problem.problem)
}

fn assert_named(records: &[Record], kind: Kind, id: &str, words: &str) {
    let (found, name, problem) = named(records);
    assert_eq!((found, name.as_str()), (kind, id), "{problem}");
    assert!(problem.contains(words), "{problem}");
}

#[test]
fn a_rule_set_swapped_for_another_version_is_named() {
    for name in ["growth-2001", "survival-2005"] {
        for mut records in [Sample::new().site(), Sample::new().case()] {
            for record in &mut records {
                if matches!(record, Record::RuleSet(one) if one.id == name) {
                    *record = Record::RuleSet(rule_set(name, 2));
                }
            }
            let id = format!("{name} v2");
            assert_named(&records, Kind::RuleSet, &id, "sample-scores v1 pins");
        }
    }
}

#[test]
fn a_rule_set_that_lies_about_its_name_is_named() {
    let mut records = Sample::new().site();
    if let Record::RuleSet(one) = &mut records[1] {
        one.version = 9;
    }
    assert_named(&records, Kind::RuleSet, "growth-2001 v9", "calls itself growth-2001 v1");
}

#[test]
fn a_document_with_another_content_than_its_hash_is_named() {
    let mut records = Sample::new().site();
    for record in &mut records {
        if let Record::Assessment(facts) = record {
            facts.document = assessment(11, CASE, 10).document;
            break;
        }
    }
    let hash = assessment(11, CASE, 10).hash.to_string();
    assert_named(&records, Kind::Assessment, &id(11).to_string(), &hash);
}

#[test]
fn another_protocol_with_everything_made_again_under_it_is_named_where_the_log_ends() {
    let genuine = Sample::new();
    let mut forged = genuine.clone();
    forged.rule_sets = vec![rule_set("growth-2001", 1), rule_set("survival-2005", 2)];
    forged.protocol = protocol(&forged.rule_sets);
    let first = id(12).to_string();
    assert_named(&forged.site(), Kind::Evaluation, &first, "the protocol it was made under");
    let again = |facts| evaluation(12, facts, &forged.protocol, &forged.rule_sets);
    forged.evaluations = forged.assessments.iter().map(again).collect();
    assert_named(&forged.site(), Kind::Evaluation, &first, "no event of the log says");
}

#[test]
fn other_facts_with_everything_made_again_from_them_are_named() {
    let mut forged = Sample::new();
    forged.assessments[0] = assessment(11, CASE, 20);
    let facts = id(11).to_string();
    assert_named(&forged.site(), Kind::Assessment, &facts, "no event of the log says");
    let again = evaluation(12, &forged.assessments[0], &forged.protocol, &forged.rule_sets);
    forged.decision = decision(21, &again, "radiotherapy");
    forged.evaluations[0] = again;
    assert_named(&forged.site(), Kind::Assessment, &facts, "no event of the log says");
    assert_named(&forged.case(), Kind::Assessment, &facts, "no event of the log says");
}

#[test]
fn an_evaluation_that_its_rules_do_not_give_is_named() {
    let mut forged = Sample::new();
    let other = forged.evaluations[1].document.clone();
    forged.evaluations[0].hash = Hash::of(&other.0);
    forged.evaluations[0].document = other;
    forged.decision.evaluation = forged.evaluations[0].hash;
    let first = id(12).to_string();
    assert_named(&forged.site(), Kind::Evaluation, &first, "made again from the same facts");
}

#[test]
fn a_decision_with_other_words_is_named() {
    let mut forged = Sample::new();
    forged.decision = decision(21, &forged.evaluations[0], "surgery");
    let name = id(21).to_string();
    assert_named(&forged.site(), Kind::DecisionVersion, &name, "that these bytes were signed");
    assert_named(&forged.case(), Kind::DecisionVersion, &name, "that these bytes were signed");
    let report = check(&write(&forged.site(), None), &Trust::default());
    assert_eq!(report.decisions[0].signature, SignatureState::Invalid);
}

#[test]
fn a_decision_passed_off_as_another_version_is_named() {
    let mut forged = Sample::new();
    forged.decision.version = 2;
    let name = id(21).to_string();
    assert_named(&forged.site(), Kind::DecisionVersion, &name, "its document is version 1 of");
    let mut forged = Sample::new();
    forged.decision.id = id(22);
    let name = id(22).to_string();
    assert_named(&forged.site(), Kind::DecisionVersion, &name, "that these bytes were signed");
    let mut forged = Sample::new();
    forged.decision.evaluation = forged.evaluations[1].hash;
    let name = id(21).to_string();
    assert_named(&forged.site(), Kind::DecisionVersion, &name, "its document rests on");
}

#[test]
fn a_rule_or_protocol_that_nothing_uses_is_named() {
    let genuine = Sample::new().site();
    let place = genuine.iter().position(|record| record.kind() == Kind::Protocol).unwrap();
    let unused = [
        (place, Record::RuleSet(rule_set("sins-2010", 1)), "no protocol here pins"),
        (place + 1, Record::Protocol(protocol(&[rule_set("growth-2001", 1)])), "no evaluation"),
    ];
    for (place, record, words) in unused {
        let mut records = genuine.clone();
        let (kind, name) = (record.kind(), record.id());
        records.insert(place, record);
        let problem = check(&write(&records, Some(&key())), &by_key()).first_bad.unwrap();
        assert_eq!((problem.kind, problem.id.as_str()), (Some(kind), name.as_str()));
        assert!(problem.problem.contains(words), "{problem:?}");
    }
}

#[test]
fn every_record_that_is_left_out_is_missed() {
    for records in [Sample::new().site(), Sample::new().case()] {
        for index in 1..records.len() {
            let mut left = records.clone();
            let record = left.remove(index);
            let report = check(&write(&left, None), &Trust::default());
            // The names of staff are covered by the signature of the bundle alone.
            let covered = record.kind() != Kind::Staff;
            assert!(covered != report.is_ok(), "{} {}", record.kind(), record.id());
            assert!(!check(&write(&left, None), &by_key()).is_ok());
        }
    }
}

#[test]
fn a_reading_left_out_of_a_case_with_its_proof_is_noticed_by_the_signature_of_the_bundle() {
    let sample = Sample::new();
    let read = sample.events[6].event.id.uuid();
    let mut records = sample.case();
    records.retain(|record| match record {
        Record::Event(event) => event.id != read,
        Record::Inclusion(inclusion) => inclusion.event != read,
        _ => true,
    });
    let bytes = write(&records, None);
    assert!(check(&bytes, &Trust::default()).is_ok());
    assert_eq!(check(&bytes, &by_key()).first_bad.unwrap().check, Check::Signature);
}

#[test]
fn an_event_that_says_something_else_is_named_by_the_checkpoint_over_it() {
    let mut forged = Sample::new().site();
    for record in &mut forged {
        if let Record::Event(event) = record {
            let text = String::from_utf8(event.document.0.clone()).unwrap();
            if text.contains("case.read") {
                let document = text.replace("\"outcome\":\"done\"", "\"outcome\":\"failed\"");
                let document = document.into_bytes();
                event.leaf = leaf_hash(&document);
                event.document = Bytes(document);
            }
        }
    }
    assert_named(&forged, Kind::Checkpoint, "checkpoint 3", "the root of its 7 entries is");
}

#[test]
fn an_event_of_another_site_or_under_another_id_is_named() {
    let sample = Sample::new();
    let mut records = sample.site();
    let place = records.iter().position(|record| record.kind() == Kind::Event).unwrap();
    if let Record::Event(Event { id: own, .. }) = &mut records[place] {
        *own = id(99);
    }
    assert_named(&records, Kind::Event, &id(99).to_string(), "its document is the event");
    let mut records = sample.case();
    if let Record::Header(header) = &mut records[0] {
        header.scope.id = id(30);
    }
    let first = sample.events[2].event.id.to_string();
    assert_named(&records, Kind::Event, &first, "it is not about the case of the bundle");
}

#[test]
fn entries_that_changed_places_are_named() {
    let mut records = Sample::new().site();
    let places: Vec<usize> =
        (0..records.len()).filter(|index| matches!(records[*index], Record::Leaf(_))).collect();
    let (first, second) = (places[2], places[3]);
    let mut swapped = records.clone();
    swapped.swap(first, second);
    assert_named(&swapped, Kind::Leaf, "entry 3", "entry 2 should stand here");
    // The numbers as they should be, the events exchanged: only the root tells.
    if let [Record::Leaf(one), Record::Leaf(other)] = &mut records[first..=second] {
        std::mem::swap(&mut one.event, &mut other.event);
    }
    assert_named(&records, Kind::Checkpoint, "checkpoint 2", "the root of its 5 entries is");
}

#[test]
fn what_an_event_withholds_cannot_be_exchanged_nor_dropped_as_erased() {
    let records = Sample::new().site();
    let place = records.iter().position(|record| record.kind() == Kind::Payload).unwrap();
    let mut forged = records.clone();
    if let Record::Payload(payload) = &mut forged[place] {
        payload.document = Some(Bytes(br#"{"family":"Other"}"#.to_vec()));
    }
    let event = forged[place].id();
    assert_named(&forged, Kind::Payload, &event, "not what its event commits to");
    let mut forged = records.clone();
    if let Record::Payload(Payload { salt, document, erased_at, .. }) = &mut forged[place] {
        (*salt, *document) = (None, None);
        *erased_at = Some("2026-06-15T08:00:00Z".parse().unwrap());
    }
    assert_named(&forged, Kind::Payload, &event, "no event of the log says that it was erased");
    let mut forged = records;
    forged.remove(place);
    assert_named(&forged, Kind::Event, &event, "neither here nor erased");
}

#[test]
fn a_checkpoint_over_another_log_is_named() {
    let forger = LedgerKey::new("demo", &[8; 32]).unwrap();
    let mut records = Sample::new().site();
    let last = records.len() - 1;
    let replace = |record: &mut Record, with: &dyn Fn(&CheckpointRecord) -> CheckpointRecord| {
        if let Record::Checkpoint(checkpoint) = record {
            *checkpoint = with(checkpoint);
        }
    };
    let genuine = records.clone();
    replace(&mut records[last], &|own| {
        let head = crate::ledger::tree::TreeHead { size: own.size, root: own.root };
        let note = forger.sign_checkpoint("NF", head).unwrap().to_string();
        CheckpointRecord { note, ..own.clone() }
    });
    assert_named(&records, Kind::Checkpoint, "checkpoint 3", "is not signed by the key");
    let mut records = genuine.clone();
    replace(&mut records[last], &|own| CheckpointRecord { size: 6, ..own.clone() });
    assert_named(&records, Kind::Checkpoint, "checkpoint 3", "signed were 7 entries");
    let mut records = genuine.clone();
    replace(&mut records[last], &|own| CheckpointRecord { number: 7, ..own.clone() });
    assert_named(&records, Kind::Checkpoint, "checkpoint 7", "checkpoint 3 should stand here");
    let mut records = genuine;
    records.remove(last);
    assert_named(&records, Kind::Checkpoint, "checkpoint 2", "covers 5 of 7 entries");
}

#[test]
fn a_proof_for_another_place_or_another_past_is_named() {
    let records = Sample::new().case();
    let place = records.iter().position(|record| record.kind() == Kind::Inclusion).unwrap();
    let mut forged = records.clone();
    if let Record::Inclusion(inclusion) = &mut forged[place] {
        inclusion.index += 1;
    }
    assert_named(&forged, Kind::Inclusion, "entry 3", "its place is not proven");
    let mut forged = records.clone();
    if let Record::Inclusion(inclusion) = &mut forged[place] {
        inclusion.size = 6;
    }
    assert_named(&forged, Kind::Inclusion, "entry 2", "no checkpoint here has the 6 entries");
    let mut forged = records;
    let last = forged.len() - 1;
    if let Record::Checkpoint(checkpoint) = &mut forged[last] {
        checkpoint.consistency[0] =
            node_hash(&checkpoint.consistency[0], &checkpoint.consistency[0]);
    }
    assert_named(&forged, Kind::Checkpoint, "checkpoint 3", "is not a beginning of it");
}

#[test]
fn another_name_of_a_person_is_noticed_by_the_signature_of_the_bundle() {
    let mut records = Sample::new().site();
    let genuine = write(&records, Some(&key()));
    let place = records.iter().position(|record| record.kind() == Kind::Staff).unwrap();
    records[place] = Record::Staff(Staff { id: id(2), name: "Dr Nobody".to_owned() });
    let (kind, _, problem) = named(&records);
    assert_eq!(kind, Kind::End);
    assert!(problem.contains("nobody signed the bundle as a whole"), "{problem}");
    // Nor does the signature of the genuine bundle fit the forged one.
    let text = String::from_utf8(genuine).unwrap();
    let end = text.lines().last().unwrap();
    let note = serde_json::from_str::<serde_json::Value>(end).unwrap()["note"].clone();
    let report = check(&with_note(&records, note.as_str().unwrap()), &Trust::default());
    let problem = report.first_bad.unwrap();
    assert_eq!((problem.kind, problem.check), (Some(Kind::End), Check::Signature));
    assert_eq!(problem.problem, "what is signed is another bundle");
}

/// The records with an end that carries this note, chained as it should be.
fn with_note(records: &[Record], note: &str) -> Vec<u8> {
    use crate::ledger::bundle::chained_line;
    let unsigned = write(records, None);
    let text = String::from_utf8(unsigned).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.pop();
    let last: serde_json::Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    let chain: Hash = serde_json::from_value(last["chain"].clone()).unwrap();
    let count = u64::try_from(lines.len()).unwrap();
    let end = Record::End(End { lines: count, note: Some(note.to_owned()) });
    let (_, end) = chained_line(&chain, &end).unwrap();
    let mut bytes = lines.join("\n").into_bytes();
    bytes.push(b'\n');
    bytes.extend(end);
    bytes
}

#[test]
fn a_log_rewritten_under_another_key_is_consistent_in_itself_and_fails_under_the_key() {
    let genuine = Sample::new();
    let mut forged = Sample::new();
    forged.decision = decision(21, &forged.evaluations[0], "surgery");
    forged.events = forged.write_events();
    let stranger = LedgerKey::new("demo", &[8; 32]).unwrap();
    let mut records = forged.site();
    for record in &mut records {
        match record {
            Record::Header(header) => header.key = stranger.verifier("NF").unwrap().to_string(),
            Record::Checkpoint(checkpoint) => {
                let (size, root) = (checkpoint.size, checkpoint.root);
                let head = crate::ledger::tree::TreeHead { size, root };
                checkpoint.note = stranger.sign_checkpoint("NF", head).unwrap().to_string();
            }
            _ => {}
        }
    }
    let bytes = write(&records, Some(&stranger));
    let alone = check(&bytes, &Trust::default());
    assert!(alone.is_ok(), "{}", alone.verdict);
    assert!(alone.verdict.starts_with("consistent in itself"));
    assert_eq!(check(&bytes, &by_key()).first_bad.unwrap().check, Check::Trust);
    assert!(!check(&bytes, &by_checkpoint(genuine.note(7))).is_ok());
}

#[test]
fn a_log_rewritten_under_the_stolen_key_fails_under_a_checkpoint_that_was_kept() {
    let genuine = Sample::new();
    let mut forged = Sample::new();
    forged.decision = decision(21, &forged.evaluations[0], "surgery");
    forged.events = forged.write_events();
    let bytes = write(&forged.site(), Some(&key()));
    assert!(check(&bytes, &by_key()).is_ok());
    // What was written before the forged event is as it was.
    assert!(check(&bytes, &by_checkpoint(genuine.note(2))).is_ok());
    let problem = check(&bytes, &by_checkpoint(genuine.note(5))).first_bad.unwrap();
    assert_eq!(problem.problem, "the first 5 entries are not those of your checkpoint");
}
