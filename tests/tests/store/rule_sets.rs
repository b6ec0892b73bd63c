//! Rule sets: what the files, the domain and the database call them, and what may come into force.

use rules::ruleset::Status;
use sqlx::{Executor, Row};
use store::StoreError;
use store::rule_sets::activate;
use store::testing::{World, fresh};

/// The quoted words of a check constraint.
async fn allowed(world: &World, constraint: &str) -> Vec<String> {
    let statement = "select pg_get_constraintdef(oid) as words, conname from pg_constraint";
    let rows = world.superuser().await.fetch_all(statement).await.unwrap();
    let row = rows.iter().find(|row| row.get::<&str, _>("conname") == constraint).unwrap();
    let words = row.get::<&str, _>("words");
    let mut words: Vec<String> =
        words.split('\'').skip(1).step_by(2).map(ToOwned::to_owned).collect();
    words.sort();
    words
}

#[tokio::test]
async fn a_rule_file_can_have_every_status_that_the_database_knows_and_no_other() {
    let world = World::new().await;
    let mut known: Vec<&str> = Status::ALL.iter().map(|status| status.as_str()).collect();
    known.sort_unstable();
    assert_eq!(allowed(&world, "rule_set_version_status").await, known);
}

#[tokio::test]
async fn what_the_release_carries_for_use_it_approves() {
    let world = World::new().await;
    let rows = world.store.rule_set_versions().await.unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        assert_eq!(row.state, "approved", "{}", row.rule_set);
        let approvals = world.store.rule_approvals(row.id).await.unwrap();
        let [approval] = &approvals[..] else { panic!("{}: {approvals:?}", row.rule_set) };
        assert_eq!((approval.by.as_deref(), &*approval.meaning), (None, "approved by the release"));
    }
}

#[tokio::test]
async fn a_protocol_with_a_rule_set_that_is_not_approved_cannot_be_activated() {
    let world = World::new().await;
    let back = "insert into rule_state (rule_set_version_id, ordinal, state, changed_at)
                select id, 2, 'in_review', now() from rule_set_version where rule_set = 'sins-2010'";
    world.superuser().await.execute(back).await.unwrap();
    let versions = world.store.protocol_versions().await.unwrap();
    let protocol = versions.iter().find(|one| one.protocol == "core-scores").unwrap();
    let operator = world.store.operator().await.unwrap();
    let begun = world.store.command_at_site(&operator, world.northfield, world.once()).await;
    let from = world.store.sources().now();
    let refused = activate(fresh(begun.unwrap()), protocol.id, from).await;
    let Err(StoreError::Refused(words)) = refused else { panic!("{refused:?}") };
    assert_eq!(words, "sins-2010 is not approved, so no protocol with it can be activated");
}
