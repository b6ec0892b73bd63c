//! Requests that hold a connection and look something up beside it.

use futures::future::join_all;
use http::StatusCode;
use spineboard_tests::TestApp;
use spineboard_tests::story::Story;
use store::Store;
use web::state::Settings;

#[tokio::test]
async fn a_pool_of_one_connection_serves_many_requests_of_a_cold_program_at_once() {
    let warm = TestApp::new().await;
    let story = Story::signed(&warm, 1).await;
    let mut world = warm.world;
    world.store = Store::open(world.options(), 1, world.store.sources().clone());
    let app = TestApp::over(world, Settings::default()).await;
    let chair = app.chair().await;
    let pages = ["", "/decision", "/assessment", "/evaluations/1"].map(|rest| story.path(rest));
    let requests = pages.iter().cycle().take(16).map(|path| {
        let mut visitor = chair.clone();
        async move { visitor.get(path).await }
    });
    for page in join_all(requests).await {
        assert_eq!(page.status, StatusCode::OK, "{}: {}", page.path, page.text());
    }
}
