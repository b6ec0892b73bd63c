//! Evaluating a case again under a protocol that came into force after its first assessment.

use std::sync::Arc;

use clinical::dictionary::dictionary;
use clinical::rulesets::{PROTOCOL_FILES, RULE_SET_FILES};
use mdt::case::CloseReason;
use mdt::ids::{EvaluationId, ProtocolVersionId};
use mdt::permission::act;
use rules::Compiled;
use sqlx::{Acquire, AssertSqlSafe, Executor, Row};
use store::rule_sets::activate;
use store::testing::fresh;
use store::{Committed, StoreError, assessments, cases};

use crate::arrange::{CLINICIAN, COORDINATOR, Story};
use crate::cases::somebody_waits;
use crate::meetings::refusal;

impl Story {
    /// A second version of the protocol of the scores, loaded as a release would load it.
    async fn next_protocol(&self) -> ProtocolVersionId {
        let file = PROTOCOL_FILES.iter().find(|file| file.name == "core-scores/1.toml").unwrap();
        let text = file.text.replacen("version = 1", "version = 2", 1);
        let protocol = rules::parse_protocol(file.name, &text).unwrap();
        let rule_sets: Vec<_> = RULE_SET_FILES
            .iter()
            .map(|file| Arc::new(rules::parse(file.name, file.text).unwrap()))
            .collect();
        let compiled = Compiled::new(&protocol, &rule_sets, dictionary()).unwrap();
        let id: ProtocolVersionId = self.world.store.sources().new_id();
        let mut superuser = self.world.superuser().await;
        let pinned = hex::encode(rules::canonical::to_bytes(compiled.protocol()).unwrap());
        let (name, title, hash) = (&protocol.id, &protocol.title, compiled.hash());
        let load = format!(
            "insert into protocol_version (id, protocol, version, title, canonical, hash, loaded_at)
             values ('{id}', '{name}', 2, '{title}', '\\x{pinned}', '\\x{hash}', now());
             insert into protocol_rule_set
             select '{id}', position, rule_set_version_id from protocol_rule_set"
        );
        superuser.execute(AssertSqlSafe(load)).await.unwrap();
        id
    }

    async fn activate(&self, protocol: ProtocolVersionId) {
        let operator = self.world.store.operator().await.unwrap();
        let (site, once) = (self.world.northfield, self.world.once());
        let begun = self.world.store.command_at_site(&operator, site, once).await.unwrap();
        let from = self.world.store.sources().now();
        activate(fresh(begun), protocol, from).await.unwrap();
    }

    async fn evaluate_again(&self) -> Result<Committed, StoreError> {
        let command = self.command::<act::EvaluationMake>(CLINICIAN).await;
        assessments::make_evaluation(&self.world.store, command).await
    }

    /// The evaluation that the pages show, and the protocol it was made under.
    async fn shown(&self) -> (EvaluationId, ProtocolVersionId) {
        let actor = self.world.actor(COORDINATOR).await;
        let database = &self.world.store;
        let mut reading = database.read_case::<act::CaseRead>(&actor, &self.number).await.unwrap();
        let pin = reading.subject.protocol_version.unwrap();
        let current = assessments::current(&mut reading).await.unwrap().unwrap();
        let shown = assessments::evaluation_of(&mut reading, current.id).await.unwrap().unwrap();
        reading.finish().await.unwrap();
        assert_eq!(shown.protocol_version, pin, "what is shown is what the case is pinned to");
        (shown.id, pin)
    }
}

#[tokio::test]
async fn a_case_moves_to_the_protocol_in_force_when_somebody_asks_and_only_then() {
    let story = Story::assessed().await;
    let (first, before) = story.shown().await;
    assert!(refusal(story.evaluate_again().await).contains("in force already"));
    let next = story.next_protocol().await;
    story.activate(next).await;
    assert_eq!(story.shown().await, (first, before));
    story.evaluate_again().await.unwrap();
    let (second, pin) = story.shown().await;
    assert_eq!(pin, next);
    assert_ne!(second, first);
    assert!(refusal(story.evaluate_again().await).contains("in force already"));
    assert_eq!(story.world.events("evaluation.made").await, 1);
}

#[tokio::test]
async fn back_under_the_protocol_before_its_evaluation_counts_again() {
    let story = Story::assessed().await;
    let (first, before) = story.shown().await;
    let next = story.next_protocol().await;
    story.activate(next).await;
    story.evaluate_again().await.unwrap();
    story.activate(before).await;
    story.evaluate_again().await.unwrap();
    assert_eq!(story.shown().await, (first, before), "the same three, the same row");
    let last = "select convert_from(document, 'utf8')::jsonb as event from audit_event
                 where kind = 'evaluation.made' order by at desc, id desc limit 1";
    let said = format!(
        "select event -> 'data' ->> 'made_before' as before, event -> 'subject' ->> 'id' as id from ({last}) e"
    );
    let row = story.world.superuser().await.fetch_one(AssertSqlSafe(said)).await.unwrap();
    assert_eq!(row.get::<Option<&str>, _>("before"), Some("true"));
    assert_eq!(row.get::<&str, _>("id"), first.to_string());
}

#[tokio::test]
async fn a_closed_case_is_not_evaluated_again() {
    let story = Story::assessed().await;
    let next = story.next_protocol().await;
    story.activate(next).await;
    let closing = story.command::<act::CaseClose>(COORDINATOR).await;
    let base = closing.subject.row_version;
    cases::close(closing, CloseReason::Completed, base).await.unwrap();
    assert!(refusal(story.evaluate_again().await).contains("closed"));
    assert_eq!(story.world.events("evaluation.made").await, 0);
}

#[tokio::test]
async fn facts_that_are_saved_meanwhile_are_evaluated_under_the_protocol_that_the_case_moved_to() {
    let story = Story::assessed().await;
    let next = story.next_protocol().await;
    story.activate(next).await;
    // Both have begun, and read the old pin, before either holds the case.
    let saving = story.command::<act::AssessmentSave>(COORDINATOR).await;
    let moving = story.command::<act::EvaluationMake>(CLINICIAN).await;
    let mut other = story.world.superuser().await;
    let mut holding = other.begin().await.unwrap();
    let held = format!("select * from mdt_case where number = '{}' for update", story.number);
    holding.execute(AssertSqlSafe(held)).await.unwrap();
    let mut watching = story.world.superuser().await;
    let release = async {
        somebody_waits(&mut watching).await;
        holding.commit().await.unwrap();
    };
    let (moved, saved, ()) = tokio::join!(
        assessments::make_evaluation(&story.world.store, moving),
        story.save(saving, &[("case.kps", "60")], 1),
        release,
    );
    moved.unwrap();
    saved.unwrap();
    let (_, pin) = story.shown().await;
    assert_eq!(pin, next, "the current assessment has an evaluation under the pin");
}
