//! Cases: closing one while somebody works on it.

use mdt::case::CloseReason;
use sqlx::{Acquire, AssertSqlSafe, Executor, Row};
use store::cases;

use crate::arrange::{COORDINATOR, Story};
use crate::meetings::refusal;

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
        let waits = "select count(*) from pg_stat_activity
                      where datname = current_database() and wait_event_type = 'Lock'";
        while watching.fetch_one(waits).await.unwrap().get::<i64, _>(0) == 0 {
            tokio::task::yield_now().await;
        }
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
