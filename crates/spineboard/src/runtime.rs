//! The threads on which asynchronous work runs.

use std::future::Future;
use std::path::Path;

use crate::commands::CommandError;
use crate::config::Config;

/// Runs a command's work to its end, on as many threads as the configuration says.
///
/// # Errors
/// Those of the work, and when the threads cannot be made.
pub fn block_on<T>(
    config: &Config,
    work: impl Future<Output = Result<T, CommandError>>,
) -> Result<T, CommandError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = config.server.worker_threads.value {
        builder.worker_threads(threads.get());
    }
    let runtime = builder
        .enable_all()
        .build()
        .map_err(|source| CommandError::at("start", Path::new("worker threads"), source))?;
    runtime.block_on(work)
}
