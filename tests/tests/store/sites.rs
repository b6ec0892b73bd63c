//! The installation itself.

use store::StoreError;
use store::sites::InstallationKind;
use store::testing::World;

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
