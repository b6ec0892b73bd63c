//! What every handler can reach.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use mdt::clock::Clock;
use mdt::ids::{SiteId, UserId};
use store::ledger::LedgerKey;
use store::password::Verifier;
use store::sites::{Installation, InstallationKind, Site};
use store::{Store, StoreError};
use tokio::sync::{Mutex, Semaphore};

/// Names change rarely; another process's change shows after this long.
const KEPT_FOR: TimeDelta = TimeDelta::seconds(5);

/// Something read from the database, and when.
type Kept<T> = Arc<Mutex<Option<(DateTime<Utc>, Arc<T>)>>>;

fn still_fresh<T>(kept: Option<&(DateTime<Utc>, Arc<T>)>, now: DateTime<Utc>) -> Option<Arc<T>> {
    kept.filter(|(read_at, _)| now - *read_at < KEPT_FOR).map(|(_, value)| Arc::clone(value))
}

/// How the server behaves, from the configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Cookies only over TLS; off for plain HTTP on the own machine.
    pub secure_cookies: bool,
    /// A session ends after this long without a request.
    pub idle: Duration,
    /// A session ends after this long in any case.
    pub absolute: Duration,
    /// Whether answers are compressed.
    pub compression: bool,
    /// Argon2 verifications at a time; each takes one core for tens of milliseconds.
    pub verifications: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            secure_cookies: false,
            idle: Duration::from_mins(30),
            absolute: Duration::from_hours(12),
            compression: true,
            verifications: 2,
        }
    }
}

/// What every handler can reach. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// What this database is.
    pub installation: Arc<Installation>,
    /// Counts the Argon2 verifications.
    pub verifier: Arc<Verifier>,
    /// Limits them.
    pub verifications: Arc<Semaphore>,
    /// The hospitals, read again every few seconds: another process may have added one.
    site_list: Kept<SiteList>,
    /// The names of users, likewise.
    user_names: Kept<BTreeMap<UserId, String>>,
    /// The real clock, for sessions.
    pub real_clock: Arc<dyn Clock>,
    /// Behaviour.
    pub settings: Arc<Settings>,
    /// The key that signs the log, where this process has it: bundles are then signed as a whole.
    pub ledger_key: Option<Arc<LedgerKey>>,
}

impl App {
    /// The application over a database that is an installation.
    pub fn new(
        store: Store,
        installation: Installation,
        real_clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Self {
        Self {
            store,
            installation: Arc::new(installation),
            verifier: Arc::default(),
            verifications: Arc::new(Semaphore::new(settings.verifications)),
            site_list: Arc::default(),
            user_names: Arc::default(),
            real_clock,
            settings: Arc::new(settings),
            ledger_key: None,
        }
    }

    /// The same with the key that signs the log.
    #[must_use]
    pub fn with_ledger_key(self, key: LedgerKey) -> Self {
        Self { ledger_key: Some(Arc::new(key)), ..self }
    }

    /// Whether the bar "synthetic patients only" is shown.
    pub fn is_demonstration(&self) -> bool {
        self.installation.kind == InstallationKind::Demonstration
    }

    /// The hospitals.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn site_list(&self) -> Result<Arc<SiteList>, StoreError> {
        let now = self.real_clock.now();
        let mut kept = self.site_list.lock().await;
        if let Some(list) = still_fresh(kept.as_ref(), now) {
            return Ok(list);
        }
        let list = Arc::new(SiteList(self.store.sites().await?));
        *kept = Some((now, Arc::clone(&list)));
        Ok(list)
    }

    /// The names of users, for "recorded by".
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn user_names(&self) -> Result<Arc<BTreeMap<UserId, String>>, StoreError> {
        let now = self.real_clock.now();
        let mut kept = self.user_names.lock().await;
        if let Some(names) = still_fresh(kept.as_ref(), now) {
            return Ok(names);
        }
        let names = Arc::new(self.store.user_names().await?);
        *kept = Some((now, Arc::clone(&names)));
        Ok(names)
    }

    /// The instant of a request.
    pub fn now(&self) -> DateTime<Utc> {
        self.store.sources().now()
    }
}

/// The hospitals, as a request needs their names and zones.
#[derive(Debug, Clone)]
pub struct SiteList(pub Vec<Site>);

impl SiteList {
    /// The site of that id.
    pub fn get(&self, id: SiteId) -> Option<&Site> {
        self.0.iter().find(|site| site.id == id)
    }

    /// Its name; the installation and what is unknown have the installation's.
    pub fn name(&self, id: SiteId) -> String {
        self.get(id).map_or_else(|| "Installation".to_owned(), |site| site.name.clone())
    }

    /// Its zone; UTC for the installation.
    pub fn zone(&self, id: SiteId) -> Tz {
        self.get(id).map_or(Tz::UTC, |site| site.zone)
    }
}
