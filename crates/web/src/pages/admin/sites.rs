//! Sites: names, prefixes of case numbers, time zones.

use axum::extract::{Query, State};
use axum::response::Response;
use chrono_tz::Tz;
use mdt::case_number::SitePrefix;
use mdt::display;
use mdt::form_draft::{FormKind, NEW};
use mdt::ids::SiteId;
use mdt::permission::{Action, act};
use serde::Deserialize;
use store::Begun;
use store::sites::{self, NewSite};

use crate::draft;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::{capitalised, id, refused, site_for, text_problem};
use crate::pages::rules::in_force;
use crate::pages::{invalid, page, see};
use crate::paths;
use crate::state::App;
use crate::view::admin::{SelectedSite, SiteRow, SitesPage};
use crate::view::{FormInput, Section, Shell, Tone};
use crate::visitor::Visitor;

/// The longest name of a site, in characters.
const NAME_MAX: usize = 120;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    site: String,
}

#[derive(Default)]
struct Shown {
    selected: Option<SiteId>,
    adding: FormInput,
    changing: Option<FormInput>,
}

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let selected = if asked.site.is_empty() { None } else { Some(id(&asked.site)?) };
    let draft = draft::restore(&app, &visitor, FormKind::Site, NEW).await?;
    let adding = draft.map(|draft| draft.form.input()).unwrap_or_default();
    page(&filled(&app, &visitor, Shown { selected, adding, changing: None }).await?)
}

async fn filled(app: &App, visitor: &Visitor, shown: Shown) -> Result<SitesPage, WebError> {
    site_for(visitor, Action::SiteManage)?;
    let manages = |site| visitor.actor.may(Action::SiteManage, site);
    let active = in_force(app, visitor).await?;
    let versions = app.store.protocol_versions().await?;
    let users = app.store.users().await?;
    // Read anew: the list of the request may be some seconds old, and a site may just have been added.
    let all = app.store.sites().await?;
    let mut rows = Vec::new();
    for site in &all {
        let here = users
            .iter()
            .filter(|user| user.memberships.iter().any(|one| one.site == site.id))
            .count();
        let activation = active.get(&site.id);
        let version = activation
            .and_then(|one| versions.iter().find(|version| version.id == one.protocol_version));
        let protocol = activation.zip(version).map(|(one, version)| {
            let since = display::date(display::day_of(one.active_from, site.zone));
            format!("{} v{} since {since}", version.protocol, version.version)
        });
        rows.push(SiteRow {
            name: site.name.clone(),
            prefix: site.prefix.clone(),
            zone: site.zone.name().to_owned(),
            protocol: protocol.unwrap_or_else(|| "None active".to_owned()),
            users: here.to_string(),
            href: manages(site.id).then(|| format!("/admin/sites?site={}#selected", site.id)),
        });
    }
    let selected = match shown.selected {
        Some(id) => {
            Some(all.iter().find(|site| site.id == id && manages(id)).ok_or(WebError::NotFound)?)
        }
        None => None,
    };
    let selected = selected.map(|site| {
        let stored =
            FormInput::from_pairs([("name", site.name.as_str()), ("zone", site.zone.name())]);
        let input = shown.changing.as_ref().unwrap_or(&stored);
        let (command, base) = (visitor.new_command_id(), site.row_version.to_string());
        SelectedSite {
            name: site.name.clone(),
            change: SitesPage::change_form(&site.id.to_string(), &command, &base, input),
        }
    });
    let changing = shown.changing.as_ref().is_some_and(|input| !input.problems.is_empty());
    let problem = changing || !shown.adding.problems.is_empty();
    Ok(SitesPage {
        shell: Shell { problem, ..visitor.shell("Sites", Some(Section::Admin)) },
        sites: rows,
        add: Some(SitesPage::add_form(&visitor.new_command_id(), &shown.adding)),
        selected,
    })
}

pub(super) async fn add(
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let at = site_for(&visitor, Action::SiteManage)?;
    let site = match new_site(&form) {
        Ok(site) => site,
        Err(input) => return refuse_adding(&app, &visitor, &form, input).await,
    };
    let begun = app
        .store
        .command_at_site::<act::SiteManage>(&visitor.actor, at, form.submission()?)
        .await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => match sites::add_site(command, site).await {
            Ok((_, committed)) => committed.location,
            Err(error) => {
                let input = refused(form.input(), error)?;
                return refuse_adding(&app, &visitor, &form, input).await;
            }
        },
    };
    draft::drop(&app, &visitor, FormKind::Site, NEW).await;
    let next = "The site was added. The operator gives it its first administrator with “spineboard user add”.";
    visitor.flash(Tone::Ok, next, None).await?;
    Ok(see(&location))
}

async fn refuse_adding(
    app: &App,
    visitor: &Visitor,
    form: &PostedForm,
    input: FormInput,
) -> Result<Response, WebError> {
    draft::save(app, visitor, FormKind::Site, NEW, form).await?;
    invalid(&filled(app, visitor, Shown { adding: input, ..Shown::default() }).await?)
}

pub(super) async fn change(
    paths::SiteChange { id: text }: paths::SiteChange,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let site: SiteId = id(&text)?;
    let base = form
        .number("base")
        .ok_or_else(|| WebError::Malformed("the change has no base".to_owned()))?;
    if let Some(input) = form.unseen() {
        return refuse_changing(&app, &visitor, site, input).await;
    }
    let begun = app
        .store
        .command_at_site::<act::SiteManage>(&visitor.actor, site, form.submission()?)
        .await?;
    let command = match begun {
        Begun::Repeated(location) => return Ok(see(&location)),
        Begun::Fresh(command) => command,
    };
    let (name, zone) = match name_and_zone(&form, form.input()) {
        Ok(typed) => typed,
        Err(input) => {
            drop(command);
            return refuse_changing(&app, &visitor, site, input).await;
        }
    };
    let committed = sites::change_site(command, site, &name, zone, base).await?;
    visitor.flash(Tone::Ok, "The site was changed.", None).await?;
    Ok(see(&committed.location))
}

async fn refuse_changing(
    app: &App,
    visitor: &Visitor,
    site: SiteId,
    input: FormInput,
) -> Result<Response, WebError> {
    let shown = Shown { selected: Some(site), changing: Some(input), ..Shown::default() };
    invalid(&filled(app, visitor, shown).await?)
}

fn new_site(form: &PostedForm) -> Result<NewSite, FormInput> {
    let typed = form.value("prefix").to_uppercase();
    let (input, prefix) = match typed.parse::<SitePrefix>() {
        Ok(prefix) => (form.input(), Some(prefix)),
        Err(error) => (form.input().with_problem("prefix", capitalised(&error.to_string())), None),
    };
    let (name, zone) = name_and_zone(form, input.clone())?;
    let prefix = prefix.ok_or(input)?;
    Ok(NewSite { prefix: prefix.as_str().to_owned(), name, zone })
}

fn name_and_zone(form: &PostedForm, mut input: FormInput) -> Result<(String, Tz), FormInput> {
    let name = form.value("name");
    let wrong = if name.is_empty() {
        Some("Write the name of the site".to_owned())
    } else {
        text_problem(name, NAME_MAX)
    };
    let named = wrong.is_none();
    if let Some(problem) = wrong {
        input = input.with_problem("name", problem);
    }
    match display::zone(form.value("zone")) {
        Ok(zone) if named => Ok((name.to_owned(), zone)),
        Ok(_) => Err(input),
        Err(error) => Err(input.with_problem("zone", capitalised(&error.to_string()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(name: &str, prefix: &str, zone: &str) -> PostedForm {
        let pairs = [("name", name), ("prefix", prefix), ("zone", zone)];
        PostedForm::of(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }

    #[test]
    fn a_site_has_a_name_a_prefix_and_a_zone() {
        let site = new_site(&typed("Southmere", "sm", "Europe/London")).unwrap();
        assert_eq!((site.prefix.as_str(), site.zone), ("SM", chrono_tz::Europe::London));
    }

    #[test]
    fn all_that_is_wrong_with_a_site_is_said_at_once() {
        let input = new_site(&typed("", "S1", "London")).unwrap_err();
        let fields: Vec<&str> =
            input.problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["prefix", "name", "zone"]);
        assert_eq!(
            input.problem("zone"),
            Some("“London” is not a time zone: give its IANA name, like Europe/London")
        );
    }
}
