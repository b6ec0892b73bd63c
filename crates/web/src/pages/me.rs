//! The user's own page: how they want their pages, their roles, their sessions, their password.

use axum::extract::State;
use axum::response::Response;
use mdt::coded::Coded;
use mdt::display;
use mdt::event::EventKind;
use mdt::permission::{Action, act};
use secrecy::SecretString;
use store::Begun;
use store::password::{self, SHORTEST};
use store::users::{self, Preferences};

use super::asked::capitalised;
use super::sign_in::hashed;
use super::{invalid, page, prompt, see};
use crate::error::WebError;
use crate::form::PostedForm;
use crate::routes::{Routes, needs};
use crate::session_store::key_of;
use crate::state::App;
use crate::view::me::{MePage, PasswordForm, RoleRow, SessionRow};
use crate::view::{FormInput, Tone};
use crate::visitor::Visitor;

pub(super) fn routes(routes: Routes) -> Routes {
    let own = needs(Action::AccountUse);
    routes
        .page("/me", own, show)
        .command("/me", own.leaves(EventKind::UserChanged), change)
        .command("/me/password", own.leaves(EventKind::AuthPasswordSet), set_password)
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, WebError> {
    page(&filled(&app, &visitor, &stored(&visitor), &FormInput::default()).await?)
}

/// The preferences as they are.
fn stored(visitor: &Visitor) -> FormInput {
    let preferences = &visitor.account.preferences;
    let shortcuts = if preferences.shortcuts { "on" } else { "off" };
    FormInput::from_pairs([
        ("theme", preferences.theme.as_str()),
        ("text_size", preferences.text_size.as_str()),
        ("shortcuts", shortcuts),
    ])
}

async fn filled(
    app: &App,
    visitor: &Visitor,
    preferences: &FormInput,
    password: &FormInput,
) -> Result<MePage, WebError> {
    let shell = visitor.shell("Your preferences", None);
    let email = visitor.account.email.clone();
    let password = PasswordForm::new(&visitor.new_command_id(), SHORTEST, password);
    let mut me = MePage::new(shell, email, &visitor.new_command_id(), preferences, password);
    me.roles = roles(visitor);
    let current = visitor.session.id().map(|id| key_of(&id));
    let zone = visitor.sites.zone(visitor.actor.home);
    for session in app.store.sessions_of(visitor.user()?, app.real_clock.now()).await? {
        let is_current = current.is_some_and(|key| key.is(&session.key));
        me.sessions.push(SessionRow {
            started: display::date_time(session.created_at, zone),
            last_used: display::date_time(session.seen_at, zone),
            current: is_current,
            id: (!is_current).then(|| hex::encode(&session.key)),
        });
    }
    Ok(me)
}

fn roles(visitor: &Visitor) -> Vec<RoleRow> {
    let sites = visitor.actor.sites();
    sites
        .into_iter()
        .map(|site| {
            let words = visitor.actor.memberships.iter().filter(|one| one.site == site).map(
                |one| match one.specialty {
                    Some(specialty) => {
                        format!("{} ({})", one.role.label(), specialty.label().to_lowercase())
                    }
                    None => one.role.label().to_owned(),
                },
            );
            RoleRow {
                site: visitor.sites.name(site),
                roles: words.collect::<Vec<_>>().join(", "),
                since: String::new(),
            }
        })
        .collect()
}

fn preferences(form: &PostedForm) -> Result<Preferences, FormInput> {
    let mut input = form.input();
    for (field, allowed, what) in [
        ("theme", ["system", "light", "dark"].as_slice(), "Choose a colour theme"),
        ("text_size", ["normal", "larger"].as_slice(), "Choose a text size"),
        ("shortcuts", ["on", "off"].as_slice(), "Choose whether single keys act"),
    ] {
        if !allowed.contains(&form.value(field)) {
            input = input.with_problem(field, what);
        }
    }
    if !input.problems.is_empty() {
        return Err(input);
    }
    Ok(Preferences {
        theme: form.value("theme").to_owned(),
        text_size: form.value("text_size").to_owned(),
        shortcuts: form.value("shortcuts") == "on",
    })
}

async fn change(
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let preferences = match preferences(&form) {
        Ok(preferences) => preferences,
        Err(input) => {
            return invalid(&filled(&app, &visitor, &input, &FormInput::default()).await?);
        }
    };
    let home = visitor.actor.home;
    let begun = app
        .store
        .command_at_site::<act::AccountUse>(&visitor.actor, home, form.submission()?)
        .await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => users::set_preferences(command, &preferences).await?.location,
    };
    visitor.flash(Tone::Ok, "Your preferences were saved.", None).await?;
    Ok(see(&location))
}

async fn set_password(
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let submission = form.submission()?;
    if let Some(location) = app.store.answer_of(&visitor.actor, &submission).await? {
        return password_set(&visitor, &location, SENT_BEFORE).await;
    }
    let wrong = "This is not your present password";
    let judged = prompt::judge(&app, &visitor, &form, Action::AccountUse, wrong).await?;
    let mut input = form.input();
    if let Some(refused) = &judged {
        input = input.with_problem("password", refused.words.as_str());
    }
    let new = SecretString::from(form.value("new_password").to_owned());
    if let Err(error) = password::check(&new) {
        input = input.with_problem("new_password", capitalised(&error.to_string()));
    }
    if form.value("new_password") != form.value("repeat_password") {
        input = input.with_problem("repeat_password", "The two new passwords differ");
    }
    if !input.problems.is_empty() {
        let page = invalid(&filled(&app, &visitor, &stored(&visitor), &input).await?)?;
        return Ok(match judged {
            Some(refused) => refused.answer(&app, page),
            None => page,
        });
    }
    let hash = hashed(&app, new).await?.map_err(|error| WebError::Internal(error.to_string()))?;
    let session = visitor.session.id().map(|id| key_of(&id));
    let home = visitor.actor.home;
    let begun =
        app.store.command_at_site::<act::AccountUse>(&visitor.actor, home, submission).await?;
    match begun {
        Begun::Repeated(location) => password_set(&visitor, &location, SENT_BEFORE).await,
        Begun::Fresh(command) => {
            let done = users::set_own_password(command, &hash, session).await?;
            let words = "Your password was changed. Your other sessions have ended.";
            password_set(&visitor, &done.location, words).await
        }
    }
}

/// What a second sending is told. Passwords are not compared: it may have had another new one.
const SENT_BEFORE: &str = "Your password was changed when this form was sent first: that one counts. Your other sessions have ended.";

async fn password_set(
    visitor: &Visitor,
    location: &str,
    words: &str,
) -> Result<Response, WebError> {
    visitor.flash(Tone::Ok, words, None).await?;
    Ok(see(location))
}
