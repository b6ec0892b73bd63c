//! Users, their roles per site, and their accounts.

use axum::extract::{Query, State};
use axum::response::Response;
use mdt::actor::Membership;
use mdt::coded::Coded;
use mdt::form_draft::{FormKind, NEW};
use mdt::ids::{MembershipId, SiteId, UserId};
use mdt::permission::{Action, act};
use mdt::role::{Role, Specialty};
use serde::Deserialize;
use store::Begun;
use store::users::{self, NewUser, UserRow as Row};

use super::password::made;
use super::typed::{account, new_user, role};
use crate::draft;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::{id, refused, site_for};
use crate::pages::{invalid, page, see};
use crate::paths;
use crate::state::App;
use crate::view::admin::{
    MembershipRow, NewPassword, SelectedUser, UserChoices, UserRow, UsersPage,
};
use crate::view::{Choice, FormInput, FormView, Section, Shell, Tag, Tone};
use crate::visitor::Visitor;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    user: String,
}

/// What the page shows besides the list.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) selected: Option<UserId>,
    /// What was typed to add a user, to change one, to give a role.
    pub(super) adding: FormInput,
    pub(super) changing: Option<FormInput>,
    pub(super) granting: FormInput,
    pub(super) new_password: Option<NewPassword>,
}

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let selected = if asked.user.is_empty() { None } else { Some(id(&asked.user)?) };
    let draft = draft::restore(&app, &visitor, FormKind::User, NEW).await?;
    let adding = draft.map(|draft| draft.form.input()).unwrap_or_default();
    page(&filled(&app, &visitor, Shown { selected, adding, ..Shown::default() }).await?)
}

/// The users who have to do with the administrator's sites.
async fn within_reach(app: &App, visitor: &Visitor) -> Result<Vec<Row>, WebError> {
    site_for(visitor, Action::UserManage)?;
    let sites = visitor.actor.sites_where(Action::UserManage);
    let concerns = |row: &Row| {
        sites.contains(&row.home) || row.memberships.iter().any(|one| sites.contains(&one.site))
    };
    Ok(app.store.users().await?.into_iter().filter(concerns).collect())
}

/// A user within reach.
async fn find(app: &App, visitor: &Visitor, user: UserId) -> Result<Row, WebError> {
    let users = within_reach(app, visitor).await?;
    users.into_iter().find(|row| row.id == user).ok_or(WebError::NotFound)
}

/// A user whose home site the visitor administers: only there the account itself is managed.
pub(super) async fn managed(app: &App, visitor: &Visitor, user: UserId) -> Result<Row, WebError> {
    let row = find(app, visitor, user).await?;
    if visitor.actor.may(Action::UserManage, row.home) {
        Ok(row)
    } else {
        Err(WebError::Forbidden(Action::UserManage))
    }
}

pub(super) async fn filled(
    app: &App,
    visitor: &Visitor,
    shown: Shown,
) -> Result<UsersPage, WebError> {
    let rows = within_reach(app, visitor).await?;
    let selected = match shown.selected {
        Some(user) => Some(rows.iter().find(|row| row.id == user).ok_or(WebError::NotFound)?),
        None => None,
    };
    let changing = shown.changing.as_ref().is_some_and(|input| !input.problems.is_empty());
    let problem =
        changing || !shown.adding.problems.is_empty() || !shown.granting.problems.is_empty();
    Ok(UsersPage {
        shell: Shell { problem, ..visitor.shell("Users", Some(Section::Admin)) },
        users: rows.iter().map(|row| user_row(visitor, row)).collect(),
        add: UsersPage::add_form(&visitor.new_command_id(), choices(visitor), &shown.adding),
        selected: selected.map(|row| selected_user(visitor, row, &shown)),
        new_password: shown.new_password,
    })
}

fn choices(visitor: &Visitor) -> UserChoices {
    let sites = visitor.actor.sites_where(Action::UserManage).into_iter();
    let roles = Role::all().iter().map(|role| Choice::new(role.code(), role.label()));
    let specialties = Specialty::all().iter().map(|one| Choice::new(one.code(), one.label()));
    UserChoices {
        sites: sites.map(|site| Choice::new(site.to_string(), visitor.sites.name(site))).collect(),
        roles: std::iter::once(Choice::new("", "Choose a role")).chain(roles).collect(),
        specialties: std::iter::once(Choice::new("", "None")).chain(specialties).collect(),
    }
}

fn role_in_words(membership: &Membership) -> String {
    let role = membership.role.label();
    membership.specialty.map_or_else(
        || role.to_owned(),
        |specialty| format!("{role} ({})", specialty.label().to_lowercase()),
    )
}

fn user_row(visitor: &Visitor, row: &Row) -> UserRow {
    let roles = row
        .memberships
        .iter()
        .map(|one| format!("{}, {}", role_in_words(one), visitor.sites.name(one.site)));
    let roles = roles.collect::<Vec<_>>().join("; ");
    UserRow {
        name: row.display_name.clone(),
        email: row.email.clone(),
        site: visitor.sites.name(row.home),
        roles: if roles.is_empty() { "No role".to_owned() } else { roles },
        state: if row.active {
            Tag::new(Tone::Ok, "May sign in")
        } else {
            Tag::new(Tone::Warn, "May not sign in")
        },
        href: format!("/admin/users?user={}#selected", row.id),
    }
}

fn selected_user(visitor: &Visitor, row: &Row, shown: &Shown) -> SelectedUser {
    let id = row.id.to_string();
    let commands: [String; 3] = std::array::from_fn(|_| visitor.new_command_id());
    let stored = FormInput::from_pairs([
        ("name", row.display_name.as_str()),
        ("email", row.email.as_str()),
        ("active", if row.active { "yes" } else { "no" }),
    ]);
    let changed = shown.changing.as_ref().unwrap_or(&stored);
    let base = row.row_version.to_string();
    let mut selected = SelectedUser::new(
        &id,
        &row.display_name,
        &base,
        commands.each_ref().map(String::as_str),
        choices(visitor),
        [changed, &shown.granting],
    );
    if !visitor.actor.may(Action::UserManage, row.home) {
        selected.change = None;
        selected.reset = None;
    }
    selected.memberships = row
        .memberships
        .iter()
        .map(|one| {
            let action = format!("/admin/users/{id}/roles/{}/end", one.id);
            let end = FormView::new(action, visitor.new_command_id(), &FormInput::default());
            MembershipRow {
                text: format!("{} at {}", role_in_words(one), visitor.sites.name(one.site)),
                end: visitor.actor.may(Action::UserManage, one.site).then_some(end),
            }
        })
        .collect();
    selected
}

pub(super) async fn add(
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    site_for(&visitor, Action::UserManage)?;
    let (email, display_name, role) = match new_user(&form) {
        Ok(typed) => typed,
        Err(input) => return refuse_adding(&app, &visitor, &form, input).await,
    };
    let Ok(home) = form.value("site").parse::<SiteId>() else {
        let input = form.input().with_problem("site", "Choose the home site");
        return refuse_adding(&app, &visitor, &form, input).await;
    };
    let (password, hash) = made(&app).await?;
    let begun = app
        .store
        .command_at_site::<act::UserManage>(&visitor.actor, home, form.submission()?)
        .await?;
    let command = match begun {
        Begun::Repeated(location) => return Ok(see(&location)),
        Begun::Fresh(command) => command,
    };
    let roles = vec![(home, role.0, role.1)];
    let new = NewUser {
        email: email.as_str().to_owned(),
        display_name: display_name.clone(),
        home,
        password_hash: Some(hash),
        roles,
    };
    match users::add_user(command, new).await {
        Ok((user, _)) => {
            draft::drop(&app, &visitor, FormKind::User, NEW).await;
            // Not by way of a redirect: the password would have to be stored to survive it.
            let new_password = Some(NewPassword { name: display_name, password });
            page(
                &filled(
                    &app,
                    &visitor,
                    Shown { selected: Some(user), new_password, ..Shown::default() },
                )
                .await?,
            )
        }
        Err(error) => {
            let input = refused(form.input(), error)?;
            refuse_adding(&app, &visitor, &form, input).await
        }
    }
}

async fn refuse_adding(
    app: &App,
    visitor: &Visitor,
    form: &PostedForm,
    input: FormInput,
) -> Result<Response, WebError> {
    draft::save(app, visitor, FormKind::User, NEW, form).await?;
    invalid(&filled(app, visitor, Shown { adding: input, ..Shown::default() }).await?)
}

pub(super) async fn change(
    paths::UserChange { id: text }: paths::UserChange,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let row = managed(&app, &visitor, id(&text)?).await?;
    let base = form
        .number("base")
        .ok_or_else(|| WebError::Malformed("the change has no base".to_owned()))?;
    let change = match account(&form) {
        Ok(change) => change,
        Err(input) => return refuse_changing(&app, &visitor, row.id, input).await,
    };
    let begun = app
        .store
        .command_at_site::<act::UserManage>(&visitor.actor, row.home, form.submission()?)
        .await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => match users::change_account(command, row.id, change, base).await {
            Ok(committed) => committed.location,
            Err(error) => {
                let input = refused(form.input(), error)?;
                return refuse_changing(&app, &visitor, row.id, input).await;
            }
        },
    };
    visitor.flash(Tone::Ok, "The account was changed.", None).await?;
    Ok(see(&location))
}

async fn refuse_changing(
    app: &App,
    visitor: &Visitor,
    user: UserId,
    input: FormInput,
) -> Result<Response, WebError> {
    let shown = Shown { selected: Some(user), changing: Some(input), ..Shown::default() };
    invalid(&filled(app, visitor, shown).await?)
}

pub(super) async fn grant(
    paths::UserRoles { id: text }: paths::UserRoles,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let row = find(&app, &visitor, id(&text)?).await?;
    let (role, specialty) = match role(&form) {
        Ok(role) => role,
        Err((field, why)) => {
            return refuse_granting(&app, &visitor, row.id, form.input().with_problem(field, why))
                .await;
        }
    };
    let Ok(site) = form.value("site").parse::<SiteId>() else {
        return refuse_granting(
            &app,
            &visitor,
            row.id,
            form.input().with_problem("site", "Choose a site"),
        )
        .await;
    };
    let begun = app
        .store
        .command_at_site::<act::UserManage>(&visitor.actor, site, form.submission()?)
        .await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => match users::grant_role(command, row.id, role, specialty).await {
            Ok(committed) => committed.location,
            Err(error) => {
                let input = refused(form.input(), error)?;
                return refuse_granting(&app, &visitor, row.id, input).await;
            }
        },
    };
    visitor.flash(Tone::Ok, "The role was given.", None).await?;
    Ok(see(&location))
}

async fn refuse_granting(
    app: &App,
    visitor: &Visitor,
    user: UserId,
    input: FormInput,
) -> Result<Response, WebError> {
    invalid(
        &filled(app, visitor, Shown { selected: Some(user), granting: input, ..Shown::default() })
            .await?,
    )
}

pub(super) async fn end_role(
    path: paths::UserRoleEnd,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let row = find(&app, &visitor, id(&path.id)?).await?;
    let membership: MembershipId = id(&path.membership)?;
    // A second sending finds the role ended: its receipt is at the site where the first one found it.
    let site = row.memberships.iter().find(|one| one.id == membership).map(|one| one.site);
    let site = site.map_or_else(|| site_for(&visitor, Action::UserManage), Ok)?;
    let begun = app
        .store
        .command_at_site::<act::UserManage>(&visitor.actor, site, form.submission()?)
        .await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => users::end_role(command, row.id, membership).await?.location,
    };
    visitor.flash(Tone::Ok, "The role was ended.", None).await?;
    Ok(see(&location))
}
