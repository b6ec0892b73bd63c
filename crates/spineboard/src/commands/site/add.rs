//! `spineboard site add`.

use chrono_tz::Tz;
use mdt::permission::act;
use store::sites::{NewSite, add_site};
use store::{Begun, Command, Store, Submission};

use crate::commands::{CommandError, Outcome};
use crate::config::{Config, VisitFlags};
use crate::database::{Database, open_installation};
use crate::output::Output;
use crate::runtime::block_on;

/// Options of `site add`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  spineboard site add --prefix NF --name 'Northfield Hospital' --zone Europe/London")]
pub struct Add {
    /// Prefix of its case numbers: two to four capitals, unique in the installation
    #[arg(long, value_name = "PREFIX", value_parser = prefix)]
    prefix: String,
    /// Its name
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Its time zone, as the IANA list names it
    #[arg(long, value_name = "ZONE")]
    zone: Tz,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: VisitFlags,
}

fn prefix(text: &str) -> Result<String, String> {
    let fits = (2..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if fits { Ok(text.to_owned()) } else { Err("two to four capital letters, such as NF".into()) }
}

pub(super) fn run(options: Add, output: &mut Output) -> Result<Outcome, CommandError> {
    let config = Config::load(&options.config)?;
    crate::logging::start(&config.log);
    let database = Database::visit(&config)?;
    let site = NewSite { prefix: options.prefix, name: options.name, zone: options.zone };
    let (prefix, name) = (site.prefix.clone(), site.name.clone());
    let added = block_on(&config, async {
        let (store, _) = open_installation(&database).await?;
        let command = begin(&store).await?;
        let (id, _) = add_site(command, site).await?;
        store.close().await;
        Ok(id)
    });
    database.stop()?;
    let id = added?;
    if options.json {
        output
            .json(&serde_json::json!({ "id": id.to_string(), "prefix": prefix, "name": name }))?;
    } else {
        output.line(format!("Added {name} ({prefix})."))?;
    }
    Ok(Outcome::Done)
}

/// The operator, about to change the installation's sites.
async fn begin(store: &Store) -> Result<Command<act::SiteManage, mdt::ids::SiteId>, CommandError> {
    let operator = store.operator().await?;
    let once = Submission::single(store.sources());
    match store.command_at_site(&operator, operator.home, once).await? {
        Begun::Fresh(command) => Ok(command),
        Begun::Repeated(location) => {
            Err(CommandError::Refused(format!("this was done already: {location}")))
        }
    }
}
