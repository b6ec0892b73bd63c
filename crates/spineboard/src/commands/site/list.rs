//! `spineboard site list`.

use crate::commands::{CommandError, Outcome};
use crate::config::{Config, VisitFlags};
use crate::database::{Database, open_installation};
use crate::output::Output;
use crate::runtime::block_on;

/// Options of `site list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: VisitFlags,
}

pub(super) fn run(options: &List, output: &mut Output) -> Result<Outcome, CommandError> {
    let config = Config::load(&options.config)?;
    crate::logging::start(&config.log);
    let database = Database::visit(&config)?;
    let listed = block_on(&config, async {
        let (store, _) = open_installation(&database).await?;
        let sites = store.sites().await?;
        store.close().await;
        Ok(sites)
    });
    database.stop()?;
    let sites = listed?;
    if options.json {
        let rows: Vec<serde_json::Value> = sites
            .iter()
            .map(|site| {
                serde_json::json!({
                    "id": site.id.to_string(),
                    "prefix": site.prefix,
                    "name": site.name,
                    "zone": site.zone.name(),
                })
            })
            .collect();
        output.json(&rows)?;
    } else {
        let rows: Vec<Vec<String>> = sites
            .into_iter()
            .map(|site| vec![site.prefix, site.name, site.zone.name().to_owned()])
            .collect();
        output.table(&rows)?;
    }
    Ok(Outcome::Done)
}
