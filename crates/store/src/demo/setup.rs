//! Sites, people and rules, before anything happens.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use mdt::clock::{Clock, SteppedClock};
use mdt::ids::SiteId;
use mdt::permission::{Act, act};

use super::calendar::ZONE;
use super::cast::{CAST, PLACES, Person, Place, Who};
use super::run::{Member, fresh};
use crate::rule_sets::activate;
use crate::sites::{NewSite, add_site};
use crate::users::{NewUser, add_user};
use crate::{Command, Store, StoreError, Submission};

/// The protocol that every site begins with.
const PROTOCOL: (&str, i32) = ("core-scores", 1);

/// The sites and the people, by the names that the story has for them.
type Network = (BTreeMap<Place, SiteId>, BTreeMap<Who, Member>);

/// Loads the bundled rules, adds sites and people, and activates the protocol at each site.
pub(super) async fn set_up(
    store: &Store,
    clock: &SteppedClock,
    password_hash: &str,
) -> Result<Network, StoreError> {
    let begins_at = clock.now();
    store.load_bundled().await?;
    let mut sites = BTreeMap::new();
    for place in PLACES {
        clock.advance(TimeDelta::seconds(40));
        let site = NewSite {
            prefix: place.prefix().to_owned(),
            name: place.name().to_owned(),
            zone: ZONE,
        };
        let (id, _) = add_site(by_operator::<act::SiteManage>(store).await?, site).await?;
        sites.insert(place, id);
    }
    let mut people = BTreeMap::new();
    for person in &CAST {
        clock.advance(TimeDelta::seconds(40));
        people.insert(person.who, add_person(store, person, &sites, password_hash).await?);
    }
    let versions = store.protocol_versions().await?;
    let protocol = versions
        .iter()
        .find(|one| (one.protocol.as_str(), one.version) == PROTOCOL)
        .ok_or_else(|| StoreError::Schema(format!("the protocol {} is not bundled", PROTOCOL.0)))?;
    let steward = people.get(&Who::Tan).ok_or(StoreError::NotFound)?;
    for site in sites.values() {
        clock.advance(TimeDelta::seconds(40));
        let submission = Submission::single(store.sources());
        let command = store.command_at_site(&steward.actor, *site, submission).await?;
        activate(fresh(command)?, protocol.id, begins_at).await?;
    }
    Ok((sites, people))
}

async fn add_person(
    store: &Store,
    person: &Person,
    sites: &BTreeMap<Place, SiteId>,
    password_hash: &str,
) -> Result<Member, StoreError> {
    let site = |place: Place| sites.get(&place).copied().ok_or(StoreError::NotFound);
    let mut roles = Vec::new();
    for (place, role, specialty) in person.posts {
        roles.push((site(*place)?, *role, *specialty));
    }
    let user = NewUser {
        email: person.email(),
        display_name: person.name.to_owned(),
        home: site(person.home)?,
        password_hash: Some(password_hash.to_owned()),
        roles,
    };
    let (id, _) = add_user(by_operator::<act::UserManage>(store).await?, user).await?;
    let account = store.account(id).await?.ok_or(StoreError::NotFound)?;
    let actor = Arc::new(account.actor(None, None));
    Ok(Member { id, email: person.email(), name: person.name, actor })
}

/// A command of the operator in the installation's own log.
async fn by_operator<A: Act>(store: &Store) -> Result<Command<A, SiteId>, StoreError> {
    let operator = store.operator().await?;
    let submission = Submission::single(store.sources());
    fresh(store.command_at_site::<A>(&operator, operator.home, submission).await?)
}
