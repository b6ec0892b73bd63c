//! Who manages whom, and what the database lets an auditor read.

use chrono::TimeDelta;
use mdt::ids::{MembershipId, SiteId, UserId};
use mdt::permission::act;
use mdt::role::Role;
use sqlx::Executor;
use store::testing::{World, fresh};
use store::users::{
    AccountChange, Attempt, PasswordCounter, change_account, end_role, grant_role, reset_password,
};
use store::{Command, SessionKey, SessionState, StoreError};

use crate::arrange::{CHAIR, COORDINATOR};

const ADMINISTRATOR: &str = "administrator@northfield.example";

/// A command of Northfield's administrator, at Northfield.
async fn manages(world: &World) -> Command<act::UserManage, SiteId> {
    let actor = world.actor(ADMINISTRATOR).await;
    let begun = world.store.command_at_site(&actor, world.northfield, world.once()).await;
    fresh(begun.unwrap())
}

async fn membership(world: &World, user: UserId, role: Role) -> MembershipId {
    let account = world.store.account(user).await.unwrap().unwrap();
    account.memberships.iter().find(|one| one.role == role).unwrap().id
}

/// A second administrator of Northfield.
async fn second_administrator(world: &World) -> UserId {
    let user = world.user(COORDINATOR).await;
    grant_role(manages(world).await, user, Role::Administrator, None).await.unwrap();
    user
}

#[tokio::test]
async fn a_site_changes_neither_roles_nor_accounts_of_another() {
    let world = World::new().await;
    let theirs = world.user("chair@eastmoor.example").await;
    let role = membership(&world, theirs, Role::Chair).await;
    let ours = world.user(CHAIR).await;
    for user in [ours, theirs] {
        let ended = end_role(manages(&world).await, user, role).await;
        assert!(matches!(ended, Err(StoreError::NotFound)), "{ended:?}");
    }
    let reset = reset_password(manages(&world).await, theirs, "$argon2id$").await;
    assert!(matches!(reset, Err(StoreError::NotFound)), "{reset:?}");
    let change = AccountChange {
        display_name: "Taken Over".to_owned(),
        email: "chair@northfield.example.org".to_owned(),
        active: true,
    };
    let changed = change_account(manages(&world).await, theirs, change, 1).await;
    assert!(matches!(changed, Err(StoreError::NotFound)), "{changed:?}");
    assert_eq!(membership(&world, theirs, Role::Chair).await, role);
    assert_eq!(world.events("membership.ended").await, 0);
}

#[tokio::test]
async fn an_administrator_who_may_not_sign_in_does_not_count_as_the_one_who_stays() {
    let world = World::new().await;
    let second = second_administrator(&world).await;
    let change = AccountChange {
        display_name: "C. Northfield".to_owned(),
        email: COORDINATOR.to_owned(),
        active: false,
    };
    change_account(manages(&world).await, second, change, 1).await.unwrap();
    let first = world.user(ADMINISTRATOR).await;
    let role = membership(&world, first, Role::Administrator).await;
    let ended = end_role(manages(&world).await, first, role).await;
    assert!(matches!(ended, Err(StoreError::Refused(_))), "{ended:?}");
}

#[tokio::test]
async fn two_administrators_who_remove_each_other_at_once_do_not_both_go() {
    let world = World::new().await;
    let (first, second) = (world.user(ADMINISTRATOR).await, second_administrator(&world).await);
    let roles = (
        membership(&world, first, Role::Administrator).await,
        membership(&world, second, Role::Administrator).await,
    );
    let commands = (manages(&world).await, manages(&world).await);
    let (one, other) =
        tokio::join!(end_role(commands.0, first, roles.0), end_role(commands.1, second, roles.1));
    assert!(one.is_ok() != other.is_ok(), "{one:?} and {other:?}");
    assert_eq!(world.events("membership.ended").await, 1);
}

#[tokio::test]
async fn a_session_that_is_over_is_not_saved_again() {
    let world = World::new().await;
    let user = Some(world.user(COORDINATOR).await);
    let now = world.store.sources().now();
    let later = now + TimeDelta::minutes(30);
    let (deleted, aged) = (SessionKey::of(b"deleted"), SessionKey::of(b"aged"));
    for key in [deleted, aged] {
        assert!(world.store.create_session(key, user, b"{}", now, later).await.unwrap());
        world.store.save_session(key, user, b"{\"a\":1}", now, later).await.unwrap();
        let open = world.store.session(key, now).await.unwrap();
        assert_eq!(open, Some(SessionState::Open(b"{\"a\":1}".to_vec())));
    }
    world.store.delete_session(deleted).await.unwrap();
    world.store.expire_session(aged, now).await.unwrap();
    for key in [deleted, aged] {
        world.store.save_session(key, user, b"{}", now, later).await.unwrap();
    }
    assert_eq!(world.store.session(deleted, now).await.unwrap(), None);
    assert_eq!(world.store.session(aged, now).await.unwrap(), Some(SessionState::Over));
    assert_eq!(world.store.session_owner(aged).await.unwrap(), user);
}

#[tokio::test]
async fn nobody_outside_can_lock_the_prompts_of_a_user() {
    let world = World::new().await;
    let user = world.user(CHAIR).await;
    for address in [CHAIR.to_owned(), user.to_string(), format!("prompt{user}")] {
        for _ in 0..5 {
            let counted = world.store.count_attempt(PasswordCounter::sign_in(&address)).await;
            assert!(matches!(counted.unwrap(), Attempt::Judge(_)));
        }
        let sixth = world.store.count_attempt(PasswordCounter::sign_in(&address)).await.unwrap();
        assert!(matches!(sixth, Attempt::Locked(_)), "{sixth:?}");
    }
    let prompt = world.store.count_attempt(PasswordCounter::prompt(user)).await.unwrap();
    assert!(matches!(prompt, Attempt::Judge(counted) if counted.failures == 1), "{prompt:?}");
}

#[tokio::test]
async fn an_auditor_of_the_database_reads_who_is_who_and_no_secret() {
    let world = World::new().await;
    let mut connection = world.superuser().await;
    connection.execute("set role spineboard_auditor").await.unwrap();
    connection.execute("select display_name, email, active from app_user").await.unwrap();
    connection.execute("select * from membership").await.unwrap();
    for secret in [
        "select password_hash from app_user",
        "select * from session",
        "select * from password_attempt",
        "select * from form_draft",
        "select * from command_receipt",
    ] {
        let refused = connection.execute(secret).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{secret}: {refused}");
    }
}
