//! The installation itself.

use chrono_tz::Europe;
use mdt::ids::SiteId;
use mdt::permission::act;
use sqlx::{Executor, Row};
use store::sites::{InstallationKind, change_site};
use store::testing::{World, fresh};
use store::{Committed, StoreError};

async fn change(world: &World, id: SiteId, base: i32) -> Result<Committed, StoreError> {
    let actor = world.actor("administrator@northfield.example").await;
    let once = world.once();
    let begun = world.store.command_at_site::<act::SiteManage>(&actor, world.northfield, once);
    change_site(fresh(begun.await.unwrap()), id, "Northfield General", Europe::Paris, base).await
}

#[tokio::test]
async fn a_changed_site_leaves_what_it_was_and_what_it_became() {
    let world = World::new().await;
    change(&world, world.northfield, 1).await.unwrap();
    let statement =
        "select convert_from(document, 'utf8')::jsonb ->> 'data' as data from audit_event
                      where kind = 'site.changed' order by at desc, id desc limit 1";
    let row = world.superuser().await.fetch_one(statement).await.unwrap();
    let data: serde_json::Value = serde_json::from_str(row.get("data")).unwrap();
    let expected = serde_json::json!({
        "name": {"from": "Northfield", "to": "Northfield General"},
        "zone": {"from": "Europe/London", "to": "Europe/Paris"},
    });
    assert_eq!(data, expected);
    let stale = change(&world, world.northfield, 1).await;
    assert!(matches!(stale, Err(StoreError::Stale { base: 1, current: 2 })), "{stale:?}");
}

#[tokio::test]
async fn a_site_that_is_none_cannot_be_changed() {
    let world = World::new().await;
    let unknown = world.store.sources().new_id();
    assert!(matches!(change(&world, unknown, 1).await, Err(StoreError::NotFound)));
    let installation = world.store.installation().await.unwrap().unwrap().site;
    assert!(matches!(change(&world, installation, 1).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn an_installation_has_a_name_that_its_logs_can_have() {
    let world = World::new().await;
    for name in ["", "my hospital", "mdt/north", "mdt+north"] {
        let kind = InstallationKind::Production;
        let made = world.store.create_installation(kind, name, None).await;
        match made {
            Err(StoreError::Refused(words)) => {
                assert!(words.contains("cannot name an installation"), "{words}");
            }
            other => panic!("a refusal was expected, not {other:?}"),
        }
    }
}

#[tokio::test]
async fn applied_migrations_are_one_event_of_the_installation_and_are_said_once() {
    let world = World::new().await;
    let expected = vec![store::migrate::expected_version()];
    assert_eq!(world.store.record_migrations().await.unwrap(), expected);
    assert_eq!(world.store.record_migrations().await.unwrap(), Vec::<i64>::new());
    let statement = "select s.kind, convert_from(e.document, 'utf8')::jsonb::text as document
                       from audit_event e join site s on s.id = e.site_id
                      where e.kind = 'migration.applied'";
    let rows = world.superuser().await.fetch_all(statement).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<String, _>("kind"), "installation");
    let event: serde_json::Value = serde_json::from_str(rows[0].get("document")).unwrap();
    assert_eq!(event["actor"]["kind"], "operator");
    assert_eq!(event["data"], serde_json::json!({ "versions": expected }));
}
