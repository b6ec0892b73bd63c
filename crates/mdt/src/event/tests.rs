use std::collections::BTreeSet;
use std::sync::Arc;

use insta::assert_snapshot;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::clock::FixedClock;
use crate::coded::Coded;

fn sources() -> Sources {
    let at = "2026-06-15T07:25:00.25Z".parse().unwrap();
    Sources::seeded(Arc::new(FixedClock::new(at)), 42)
}

fn site() -> SiteId {
    Uuid::from_u128(1).into()
}

fn registered() -> SealedEvent {
    Event::new(EventKind::PatientRegistered)
        .subject(SubjectKind::Patient, Uuid::from_u128(5))
        .patient(Uuid::from_u128(5).into())
        .data("fields", vec!["birth-date", "family"])
        .data("status", Change { from: "draft", to: "registered" })
        .data("count", 2)
        .private("family", "Ashworth")
        .seal(&Actor::operator(site()), None, site(), &sources())
        .unwrap()
}

#[test]
fn an_event_is_canonical_and_holds_no_name() {
    let sealed = registered();
    let text = String::from_utf8(sealed.bytes.clone()).unwrap();
    assert!(!text.contains("Ashworth"));
    assert_snapshot!(text, @r#"{"actor":{"kind":"operator"},"at":"2026-06-15T07:25:00.250000Z","basis":"operator","commitment":"3842d406facdee93b2f8aa71c7315d7672cd55bee935ca1844da5204564acc17","data":{"count":2,"fields":["birth-date","family"],"status":{"from":"draft","to":"registered"}},"id":"019eca2b-5dda-729f-91f8-dfb0ca08a881","kind":"patient.registered","outcome":"done","patient":"00000000-0000-0000-0000-000000000005","site":"00000000-0000-0000-0000-000000000001","subject":{"id":"00000000-0000-0000-0000-000000000005","type":"patient"},"v":1}"#);
    assert_eq!(AuditEvent::from_bytes(&sealed.bytes).unwrap(), sealed.event);
}

#[test]
fn the_leaf_is_the_hash_of_a_zero_byte_and_the_event() {
    // RFC 6962 section 2.1: the leaf of an empty entry.
    assert_eq!(
        leaf_hash(b"").to_string(),
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    );
    let sealed = registered();
    assert_eq!(sealed.leaf, leaf_hash(&sealed.bytes));
}

#[test]
fn the_commitment_opens_with_salt_and_payload_and_with_nothing_else() {
    let sealed = registered();
    let (salt, bytes) = sealed.payload.unwrap();
    assert_eq!(sealed.event.commitment, Some(salt.commit(&bytes)));
    assert_ne!(sealed.event.commitment, Some(Salt::from([0; 32]).commit(&bytes)));
    let payload = Payload::from_bytes(&bytes).unwrap();
    let entries: Vec<_> = payload.entries().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(entries, ["family=Ashworth"]);
}

#[test]
fn what_is_no_event_is_refused_with_its_reason() {
    let bytes = registered().bytes;
    let text = String::from_utf8(bytes).unwrap();
    let refuse = |text: &str| AuditEvent::from_bytes(text.as_bytes()).unwrap_err().to_string();
    assert!(
        refuse(&text.replace("patient.registered", "patient.eaten"))
            .contains("unknown event kind `patient.eaten`")
    );
    assert!(refuse(&text.replace("\"outcome\"", "\"result\"")).contains("unknown field `result`"));
    assert_eq!(refuse(&text.replace(":1}", ":9}")), "audit events of format 9 are not known here");
    assert_eq!(
        refuse(&text.replace("\"v\":1", "\"v\": 1")),
        "the bytes of the event are not in canonical form"
    );
}

#[test]
fn no_two_kinds_share_a_code_and_every_group_has_kinds() {
    let codes: BTreeSet<&str> = EventKind::all().iter().map(|kind| kind.code()).collect();
    assert_eq!(codes.len(), EventKind::all().len());
    for group in EventGroup::all() {
        assert!(EventKind::of(*group).count() > 0, "{group}");
    }
}

#[test]
fn a_history_shows_data_in_words() {
    let change = DataValue::from(Change { from: "U4", to: "U1" });
    assert_eq!(change.to_string(), "U4 → U1");
    assert_eq!(DataValue::texts(["T10", "L2"]).to_string(), "T10, L2");
    assert_eq!(DataValue::from(true).to_string(), "yes");
}

fn data_value() -> impl Strategy<Value = DataValue> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(DataValue::Bool),
        // RFC 8785 numbers are exact up to 2^53.
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(DataValue::Integer),
        ".{0,12}".prop_map(DataValue::Text),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(DataValue::List),
            prop::collection::btree_map(".{0,6}", inner, 0..4).prop_map(DataValue::Map),
        ]
    })
}

proptest! {
    #[test]
    fn every_event_reads_back_from_its_bytes(
        kind in prop::sample::select(EventKind::all()),
        outcome in prop::sample::select(Outcome::all()),
        data in prop::collection::btree_map("[a-z_]{1,8}", data_value(), 0..5),
        version in prop::option::of(any::<u32>()),
        id in any::<u128>(),
    ) {
        let mut event = Event::new(kind).outcome(outcome).case(Uuid::from_u128(id).into());
        if let Some(version) = version {
            event = event.subject_version(SubjectKind::Decision, Uuid::from_u128(id), version);
        }
        for (key, value) in data {
            event = event.data(&key, value);
        }
        let sealed = event.seal(&Actor::job(site()), None, site(), &sources()).unwrap();
        prop_assert_eq!(AuditEvent::from_bytes(&sealed.bytes).unwrap(), sealed.event);
    }
}
