//! Cases: closing one while somebody works on it.

use mdt::case::CloseReason;
use sqlx::postgres::PgConnection;
use sqlx::{Acquire, AssertSqlSafe, Executor, Row};
use store::assessments::SaveError;
use store::cases;

use crate::arrange::{COORDINATOR, Story};
use crate::meetings::refusal;

/// Returns when a command of this database waits for a lock.
pub(crate) async fn somebody_waits(watching: &mut PgConnection) {
    let waits = "select count(*) from pg_stat_activity
                  where datname = current_database() and wait_event_type = 'Lock'";
    while watching.fetch_one(waits).await.unwrap().get::<i64, _>(0) == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_case_that_is_listed_while_it_is_being_closed_stays_open() {
    let story = Story::assessed().await;
    let (number, meeting) = (&story.number, story.meeting);
    // Somebody holds the case, as listing it does; closing has to wait and look again.
    let mut other = story.world.superuser().await;
    let mut holding = other.begin().await.unwrap();
    let held = format!("select * from mdt_case where number = '{number}' for update");
    holding.execute(AssertSqlSafe(held)).await.unwrap();
    let closing = cases::close(story.command(COORDINATOR).await, CloseReason::Completed, 1);
    let mut watching = story.world.superuser().await;
    let listing = async {
        somebody_waits(&mut watching).await;
        let item = format!(
            "insert into agenda_item (site_id, id, meeting_id, case_id, position, state, listed_by, listed_at)
             select site_id, gen_random_uuid(), '{meeting}', id, 1, 'listed', (select id from app_user limit 1), opened_at
               from mdt_case where number = '{number}'"
        );
        holding.execute(AssertSqlSafe(item)).await.unwrap();
        holding.commit().await.unwrap();
    };
    let (closed, ()) = tokio::join!(closing, listing);
    assert!(refusal(closed).contains("still on an agenda"));
    assert_eq!(story.world.events("case.closed").await, 0);
}

#[tokio::test]
async fn an_assessment_that_waits_while_its_case_is_closed_is_not_saved() {
    let story = Story::assessed().await;
    let number = &story.number;
    let command = story.command(COORDINATOR).await;
    let mut other = story.world.superuser().await;
    let mut closing = other.begin().await.unwrap();
    let close = format!("update mdt_case set state = 'closed' where number = '{number}'");
    closing.execute(AssertSqlSafe(close)).await.unwrap();
    let saving = story.save(command, &[("case.kps", "60")], 1);
    let mut watching = story.world.superuser().await;
    let closed = async {
        somebody_waits(&mut watching).await;
        closing.commit().await.unwrap();
    };
    let (saved, ()) = tokio::join!(saving, closed);
    let Err(SaveError::Store(error)) = saved else { panic!("{saved:?}") };
    assert_eq!(error.to_string(), "The case is closed: reopen it first.");
    assert_eq!(story.world.events("assessment.saved").await, 1, "the one before");
}
