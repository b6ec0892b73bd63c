//! `spineboard user add`.

use mdt::coded::Coded;
use mdt::ids::UserId;
use mdt::role::{Role, Specialty};
use store::users::{NewUser, add_user};

use super::begin;
use super::password::NewPassword;
use crate::commands::site::by_prefix;
use crate::commands::{CommandError, Outcome};
use crate::config::{Config, VisitFlags};
use crate::database::{Database, open_installation};
use crate::output::Output;
use crate::runtime::block_on;

/// Options of `user add`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  spineboard user add --email jo@nf.example --name 'Jo Ferreira' --site NF --role administrator
  spineboard user add --email li@nf.example --name 'Dr Li' --site NF \\
      --role clinician --specialty spinal-surgery --password-stdin <password.txt")]
pub struct Add {
    /// Address to sign in with
    #[arg(long, value_name = "ADDRESS", value_parser = email)]
    email: String,
    /// Name that pages and records show
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Prefix of the home site, where the roles count
    #[arg(long, value_name = "PREFIX")]
    site: String,
    /// Role at that site; may be given more than once: referrer, coordinator, clinician, chair,
    /// auditor, steward, administrator
    #[arg(long = "role", value_name = "ROLE", required = true, value_parser = role)]
    roles: Vec<Role>,
    /// Specialty, for a clinician: spinal-surgery, clinical-oncology, radiology …
    #[arg(long, value_name = "SPECIALTY", value_parser = specialty)]
    specialty: Option<Specialty>,
    /// Read the password from standard input instead of making one
    #[arg(long)]
    password_stdin: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: VisitFlags,
}

fn email(text: &str) -> Result<String, String> {
    let (name, host) = text.split_once('@').unwrap_or_default();
    let fits = !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace);
    if fits { Ok(text.to_lowercase()) } else { Err("not an e-mail address".into()) }
}

fn role(text: &str) -> Result<Role, String> {
    coded(text)
}

fn specialty(text: &str) -> Result<Specialty, String> {
    coded(text)
}

/// A code, or which ones there are.
fn coded<T: Coded>(text: &str) -> Result<T, String> {
    T::from_code(text).map_err(|error| {
        let known: Vec<&str> = T::all().iter().map(|one| one.code()).collect();
        format!("{error}; there are: {}", known.join(", "))
    })
}

pub(super) fn run(options: &Add, output: &mut Output) -> Result<Outcome, CommandError> {
    let config = Config::load(&options.config)?;
    crate::logging::start(&config.log);
    let database = Database::visit(&config)?;
    let added = block_on(&config, add(&database, options));
    database.stop()?;
    let (id, password) = added?;
    if options.json {
        output.json(&serde_json::json!({
            "id": id.to_string(),
            "email": options.email,
            "password": password.to_show(),
        }))?;
    } else {
        output.line(format!("Added {}.", options.email))?;
        password.print(output)?;
    }
    Ok(Outcome::Done)
}

async fn add(database: &Database, options: &Add) -> Result<(UserId, NewPassword), CommandError> {
    let (store, _) = open_installation(database).await?;
    let sites = store.sites().await?;
    let site = by_prefix(&sites, &options.site)?.id;
    let password = NewPassword::choose(options.password_stdin, store.sources())?;
    let specialty_of = |role| options.specialty.filter(|_| role == Role::Clinician);
    let roles = options.roles.iter().map(|role| (site, *role, specialty_of(*role))).collect();
    let user = NewUser {
        email: options.email.clone(),
        display_name: options.name.clone(),
        home: site,
        password_hash: Some(password.hash.clone()),
        roles,
    };
    let (id, _) = add_user(begin(&store, site).await?, user).await?;
    store.close().await;
    Ok((id, password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_there_is_not_is_answered_with_those_that_there_are() {
        let error = role("nurse").unwrap_err();
        assert!(error.contains("`nurse`") && error.contains("coordinator, clinician"), "{error}");
        assert_eq!(role("chair"), Ok(Role::Chair));
        assert!(specialty("surgery").unwrap_err().contains("spinal-surgery"));
    }
}
