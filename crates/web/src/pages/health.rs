//! Whether the process lives and whether it can work. Neither says anything about what is stored.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::routes::{Routes, public};
use crate::state::App;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.page("/healthz", public(), alive).page("/readyz", public(), ready)
}

async fn alive() -> &'static str {
    "ok\n"
}

async fn ready(State(app): State<App>) -> Response {
    match app.store.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(error = %error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
        }
    }
}
