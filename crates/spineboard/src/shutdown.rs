//! Being asked to stop: Ctrl-C or SIGTERM.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Tells everybody who asks that the program is to stop.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<u8>);

impl Shutdown {
    /// Listens for the signals from now on. The second one ends the waiting for what is under way.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn on_signals() -> io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let (tell, told) = watch::channel(0);
        tokio::spawn(async move {
            for count in 1..=2 {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                tracing::info!(count, "asked to stop");
                if tell.send(count).is_err() {
                    return;
                }
            }
            // Keeps the sender, so that nobody takes its end for a signal.
            tell.closed().await;
        });
        Ok(Self(told))
    }

    /// Completes at the first signal.
    pub fn requested(&self) -> impl Future<Output = ()> + Send + use<> {
        self.signals(1)
    }

    /// Completes `patience` after the first signal, or at the second.
    pub async fn overdue(&self, patience: Duration) {
        self.signals(1).await;
        tokio::select! {
            () = tokio::time::sleep(patience) => {}
            () = self.signals(2) => {}
        }
    }

    fn signals(&self, wanted: u8) -> impl Future<Output = ()> + Send + use<> {
        let mut told = self.0.clone();
        async move {
            // An error means that the listener is gone, and with it the runtime: stop too.
            let _ = told.wait_for(|count| *count >= wanted).await;
        }
    }
}
