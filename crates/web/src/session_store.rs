//! Sessions of `tower-sessions` in our own table.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use mdt::clock::Clock;
use mdt::ids::UserId;
use store::{SessionKey, SessionState, Store};
use tower_sessions::session::{Id, Record};
use tower_sessions::{SessionStore, session_store};

/// Name under which a session keeps who signed in.
pub(crate) const USER: &str = "user";

/// The table behind the session layer.
#[derive(Clone)]
pub struct Sessions {
    store: Store,
    clock: Arc<dyn Clock>,
    idle: TimeDelta,
}

impl Sessions {
    /// Sessions in this database, by this clock (a real one); each ends after `idle` without a save.
    pub fn new(store: Store, clock: Arc<dyn Clock>, idle: Duration) -> Self {
        Self { store, clock, idle: TimeDelta::from_std(idle).unwrap_or(TimeDelta::MAX) }
    }

    /// By our own clock: the layer dates a record by the machine's, which a test cannot step.
    fn expiry(&self) -> DateTime<Utc> {
        self.clock.now() + self.idle
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sessions").finish_non_exhaustive()
    }
}

/// The key of a session's row.
pub(crate) fn key_of(id: &Id) -> SessionKey {
    SessionKey::of(&id.0.to_be_bytes())
}

fn user_of(record: &Record) -> Option<UserId> {
    record.data.get(USER).and_then(|value| value.as_str()).and_then(|text| text.parse().ok())
}

fn backend(error: impl fmt::Display) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let data = serde_json::to_vec(&record.data)
            .map_err(|error| session_store::Error::Encode(error.to_string()))?;
        loop {
            let (user, expires_at) = (user_of(record), self.expiry());
            let added = self
                .store
                .create_session(key_of(&record.id), user, &data, self.clock.now(), expires_at)
                .await
                .map_err(backend)?;
            if added {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let data = serde_json::to_vec(&record.data)
            .map_err(|error| session_store::Error::Encode(error.to_string()))?;
        self.store
            .save_session(
                key_of(&record.id),
                user_of(record),
                &data,
                self.clock.now(),
                self.expiry(),
            )
            .await
            .map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let state = self.store.session(key_of(id), self.clock.now()).await.map_err(backend)?;
        let data = match state {
            None => return Ok(None),
            Some(SessionState::Open(data)) => serde_json::from_slice(&data)
                .map_err(|error| session_store::Error::Decode(error.to_string()))?,
            // Nobody is signed in by it, but the layer must leave the browser its cookie: a form that is
            // sent later is kept for whoever it names.
            Some(SessionState::Over) => HashMap::new(),
        };
        // The row said that it has not expired; the date here is only what a later save would extend.
        let expiry_date =
            time::OffsetDateTime::from_unix_timestamp(self.clock.now().timestamp() + 1)
                .map_err(|error| session_store::Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.store.delete_session(key_of(id)).await.map_err(backend)
    }
}
