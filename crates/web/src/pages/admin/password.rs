//! A password to hand over: made here, shown once, kept only as its hash.

use axum::extract::State;
use axum::response::Response;
use mdt::ids::UserId;
use mdt::permission::act;
use secrecy::SecretString;
use store::{Begun, users};

use super::users::{Shown, filled, managed};
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::id;
use crate::pages::sign_in::hashed;
use crate::pages::{page, see};
use crate::paths;
use crate::state::App;
use crate::view::admin::NewPassword;
use crate::visitor::Visitor;

/// 32 characters that nobody confuses when reading them out: five random bits each.
const ALPHABET: [char; 32] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v',
    'w', 'x', 'y', 'z', '2', '3', '4', '5', '6', '7', '8', '9', '+',
];
/// Characters of a password: 100 random bits.
const LENGTH: usize = 20;
/// Characters between two hyphens.
const GROUP: usize = 5;

/// A password, and its stored form.
pub(super) async fn made(app: &App) -> Result<(String, String), WebError> {
    let text = words(app.store.sources().bytes::<LENGTH>());
    let hash = hashed(app, SecretString::from(text.clone())).await?;
    Ok((text, hash.map_err(|error| WebError::Internal(error.to_string()))?))
}

fn words(bytes: [u8; LENGTH]) -> String {
    let signs: Vec<char> =
        bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32))).copied().collect();
    signs.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

pub(super) async fn reset(
    paths::UserPassword { id: text }: paths::UserPassword,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let user: UserId = id(&text)?;
    let row = managed(&app, &visitor, user).await?;
    let (password, hash) = made(&app).await?;
    let begun = app
        .store
        .command_at_site::<act::UserManage>(&visitor.actor, row.home, form.submission()?)
        .await?;
    let command = match begun {
        Begun::Repeated(location) => return Ok(see(&location)),
        Begun::Fresh(command) => command,
    };
    users::reset_password(command, user, &hash).await?;
    // Not by way of a redirect: the password would have to be stored to survive it.
    let made = NewPassword { name: row.display_name, password };
    page(&filled(&app, &visitor, Shown { new_password: Some(made), ..Shown::default() }).await?)
}

#[cfg(test)]
mod tests {
    use store::password;

    use super::*;

    #[test]
    fn a_password_has_four_groups_of_signs_that_nobody_confuses() {
        let password = words(std::array::from_fn(|place| u8::try_from(place * 13 % 256).unwrap()));
        assert_eq!(password.len(), LENGTH + 3);
        assert_eq!(password.split('-').count(), 4);
        for confusing in ['0', 'o', '1', 'l', 'i'] {
            assert!(!ALPHABET.contains(&confusing));
        }
        assert!(password.chars().count() >= password::SHORTEST);
    }
}
