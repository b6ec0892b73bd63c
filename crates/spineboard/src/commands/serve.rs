//! `spineboard serve`: the product, until it is asked to stop.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use mdt::clock::SystemClock;
use store::Store;
use store::sites::Installation;
use tokio::net::TcpListener;
use web::state::{App, Settings};

use super::{CommandError, Outcome, migrate};
use crate::config::{Config, ConfigFlags};
use crate::database::{Database, open_installation};
use crate::output::Output;
use crate::postgres::Durability;
use crate::runtime::block_on;
use crate::shutdown::Shutdown;
use crate::{ledger_key, worker};

/// How long answers that are under way may take after the signal to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// Options of `serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  spineboard serve                                  on 127.0.0.1:8480, private PostgreSQL in ./data
  spineboard serve --data-dir /srv/mdt --listen 0.0.0.0:80
  DATABASE_URL=postgres://… spineboard serve        with a server of your own, after `migrate`

Prints `ready http://…` when it answers. Stop it with Ctrl-C or SIGTERM. The first time, add a site
and an administrator: `spineboard site add`, `spineboard user add`.")]
pub struct Serve {
    #[command(flatten)]
    pub(super) config: ConfigFlags,
    #[command(flatten)]
    pub(super) testing: Testing,
}

/// For tests only.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Testing {
    /// The private PostgreSQL does not wait for the disk; for tests only
    #[arg(long = "test-without-fsync", hide = true)]
    without_fsync: bool,
}

impl Testing {
    pub(super) fn durability(self) -> Durability {
        if self.without_fsync { Durability::TestsOnly } else { Durability::Durable }
    }
}

pub(super) fn run(options: &Serve, output: &mut Output) -> Result<Outcome, CommandError> {
    let config = Config::load(&options.config)?;
    crate::logging::start(&config.log);
    check_address(&config)?;
    say_where(&config, output);
    let database = Database::start(&config, options.testing.durability())?;
    let served = block_on(&config, async {
        if database.is_private() {
            migrate::ensure_set_up(&database).await?;
        }
        let (store, installation) = open_installation(&database).await?;
        answer(&config, store, installation, output, |_| Ok(())).await
    });
    let stopped = database.stop();
    served?;
    stopped?;
    Ok(Outcome::Done)
}

/// Says at once when the address is taken, before anything is started or seeded for nothing.
pub(super) fn check_address(config: &Config) -> Result<(), CommandError> {
    let address = config.server.listen.value;
    match std::net::TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(source) => Err(CommandError::Listen { address, source }),
    }
}

/// Says what a person would not expect.
pub(super) fn say_where(config: &Config, output: &mut Output) {
    if let Some(obstacle) = &config.data.moved_away_from {
        output.message(format!(
            "The data goes to {}: PostgreSQL does not run as root, and its user cannot enter {}.",
            config.data.directory.value.display(),
            obstacle.display()
        ));
    }
}

/// Answers requests until a signal comes, then finishes those that are under way. `greet` prints
/// what follows the line that says where.
pub(super) async fn answer(
    config: &Config,
    store: Store,
    installation: Installation,
    output: &mut Output,
    greet: impl FnOnce(&mut Output) -> std::io::Result<()>,
) -> Result<(), CommandError> {
    let address = config.server.listen.value;
    let listen = |source| CommandError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let bound = listener.local_addr().map_err(listen)?;
    let shutdown = Shutdown::on_signals().map_err(listen)?;
    let clock = Arc::new(SystemClock);
    let key = ledger_key::open(&config.ledger.key_file.value, &store, &installation).await?;
    let sealing =
        tokio::spawn(worker::run(store.clone(), key.clone(), clock.clone(), shutdown.clone()));
    let app = App::new(store.clone(), installation, clock, settings(config)).with_ledger_key(key);
    let (router, _) = web::app::router(app);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(shutdown.requested());
    output.line(format!("ready http://{}", shown(bound)))?;
    greet(output)?;
    tokio::select! {
        ended = server => ended.map_err(listen)?,
        () = shutdown.overdue(DRAIN) => tracing::warn!("stopping with requests under way"),
    }
    if sealing.await.is_err() {
        tracing::error!("the worker has ended unexpectedly");
    }
    store.close().await;
    Ok(())
}

fn settings(config: &Config) -> Settings {
    Settings {
        secure_cookies: config.server.is_secure(),
        idle: config.session.idle.value,
        absolute: config.session.absolute.value,
        compression: config.server.compression.value,
        verifications: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
    }
}

/// An address that can be opened on this machine.
fn shown(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(ip, bound.port())
}
